"""The examples of syscalls.def(5) can be put into the definition as they are."""
import os
import re
import unittest

from support import DEFINITION, ROOT, default_cc, read_files, start

from gen.run import Run

MANUAL = os.path.join(ROOT, "man", "syscalls.def.5")
EXAMPLE = re.compile(r"^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$", re.MULTILINE)
ITEM = re.compile(r"^(?=[A-Za-z#/{])", re.MULTILINE)
NAME = re.compile(r"(enum|flags|struct)\s+(\w+)(?!\w*\s*\()|(?:\w+\s+)?(\w+)\(")


def items(text):
    """Each with what it defines, if anything."""
    found = []
    for item in ITEM.split(text):
        match = NAME.match(item)
        found.append((name_of(*match.groups()) if match else None, item))
    return found


def name_of(keyword, name, call):
    """Structs have a name space of their own."""
    return ("call", call) if call else ("struct" if keyword == "struct" else "set", name)


def examples():
    """Those that are whole items of a definition."""
    with open(MANUAL, encoding="utf-8") as f:
        tutorial = re.search(r"^\.Sh TUTORIAL\n(.*?)^\.Sh ", f.read(), re.MULTILINE | re.DOTALL).group(1)
    texts = (text.replace(r"\&", "") for text in EXAMPLE.findall(tutorial))
    return [text for text in texts if all(name for name, item in items(text) if item.strip())]


class Tutorial(unittest.TestCase):
    def test_the_examples_can_take_the_place_of_what_they_define(self):
        text = "".join(examples())
        names = {name for name, item in items(text) if item.strip()}
        self.assertGreater(len(names), 15)
        definition = items(read_files([DEFINITION])[0][1])
        files = [("manual", text + "".join(item for name, item in definition if name not in names))]
        run = Run(files, start(files, default_cc()))
        run.build("")
        # An example may be shorter than what it takes the place of.
        self.assertEqual([run.messages.render_one(m) for m in run.messages.list
                          if not m.what.endswith("is never used")], [])


if __name__ == "__main__":
    unittest.main()
