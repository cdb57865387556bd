"""The examples of trace(1): a comment in front of each names the program that it is the trace of."""
import os
import re
import shlex
import subprocess

import harness
from harness import TRACE, TraceTest

PAGE = os.environ["MANUAL"]
SESSION = re.compile(r"^\.Bd -literal.*\n(\$ (?:.*\n)*?)\.Ed$", re.M)
SAME_EVERYWHERE = re.compile(r"trace (--list |-e opnat )")
EXAMPLE = re.compile(r'^\.\\" trace (.*)\n\.Bd -literal.*\n((?:.*\n)*?)\.Ed$', re.M)
VARIES = [  # what differs from run to run, or from machine to machine
    (re.compile(r"0x[0-9a-f]{6,}"), "0x.."),
    (re.compile(r"\b(?!32 33)\d{3,}\b(?=[,) ]|$)"), "N"),
    (re.compile(r"st_(ino|blocks|[amc]time)=\d+"), r"st_\1=N"),
    (re.compile(r"<\d+,\d+>"), "<M,N>"),
]


def shown(roff):
    """A literal line as the page shows it."""
    return roff.removeprefix("\\&").replace("\\(aq", "'").replace("\\e", "\\")


def comparable(line):
    for pattern, text in VARIES:
        line = pattern.sub(text, line)
    return line


def examples():
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    for words, lines in EXAMPLE.findall(page):
        args = shlex.split(words)
        options = [a for a in args if a.startswith("-")]
        yield words, options, [a for a in args if not a.startswith("-")], [shown(l) for l in lines.splitlines()]


def sessions():
    """Commands and what they print."""
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    for block in SESSION.findall(page):
        for part in block.split("$ ")[1:]:
            command, *lines = part.splitlines()
            yield shown(command), [shown(line) for line in lines if line]


def between_marks(lines):
    """As harness.section, but whatever the options made of the marks."""
    marks = [i for i, line in enumerate(lines) if re.match(r"write\((?:fd=)?-1, .*\) = -1 \[?(EBADF|9)\]?$", line)
             and re.search(r'begin|end"|&0x\w+, [35]\)', line)]
    return lines[marks[0] + 1:marks[-1]]


class Manual(TraceTest):
    def test_every_example_is_what_trace_prints(self):
        found = list(examples())
        self.assertGreater(len(found), 25)
        for words, options, command, lines in found:
            with self.subTest(words):
                traced = between_marks(self.trace(*command, options=options).splitlines())
                self.assertEqual([comparable(l) for l in traced], [comparable(l) for l in lines])

    def test_every_example_of_the_command_line_is_what_it_prints(self):
        found = [(command, lines) for command, lines in sessions() if SAME_EVERYWHERE.match(command)]
        self.assertGreater(len(found), 3)
        for command, lines in found:
            with self.subTest(command):
                r = subprocess.run([TRACE, *shlex.split(command)[1:]], text=True, timeout=harness.LIMIT, check=False,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                printed = [line for line in r.stdout.splitlines() if line]
                if lines[-1] == "...":
                    lines = lines[:-1]
                    printed = printed[:len(lines)]
                self.assertEqual(printed, lines)


if __name__ == "__main__":
    harness.main()
