"""Who was born and who died, as a trace tells it."""
import re

PREFIX = re.compile(r"^ *(\d+)[|'][ *]")
BEGIN = re.compile(r"Tracing .* \(pid (\d+)\)$")
END = re.compile(r"Process (?:exited normally|terminated from|detached)")


def lives(text):
    """How many processes and threads a trace tells of, and the numbers of those whose end it does not tell.

    A number can be one's that is gone and then another's; and after an exec,
    one is announced again.
    """
    number, alive = 0, set()
    for line in text.splitlines():
        prefix = PREFIX.match(line)
        said = line[prefix.end():] if prefix else line
        if begin := BEGIN.match(said):
            number += begin[1] not in alive
            alive.add(begin[1])
        elif END.match(said):
            pid = prefix[1] if prefix else min(alive)   # without a number there is only one
            alive.remove(pid)
    return number, alive
