"""The examples of killsnoop(8): they have the form that the program gives its output, with the same options."""
import json
import os
import re
import unittest

import snoop

SESSION = re.compile(r"^\.Bd -literal\n# killsnoop (.*)\n((?:.*\n)*?)\.Ed$", re.M)
CELLS = {
    "COMM": r".{17}", "PID": r"(?:\d+|tid:\d+|-) *", "TPID": r"(?:-?\d+|fd:\d+) *",
    "SIGNAL": r"(?:SIG[A-Z0-9+]+|-?\d+) *", "CALL": r"(?:[a-z_]+|-) *", "RETURN": r"0|-|-1 \[E[A-Z0-9]+\]",
}


def sessions():
    """Options, and lines of output."""
    with open(os.environ["MANUAL"], encoding="utf-8") as f:
        for options, lines in SESSION.findall(f.read()):
            yield options.split(), lines.splitlines()


class Manual(snoop.TestCase):
    def output(self, options):
        """Around a program of which something is shown whatever they are, but for its target."""
        s, _ = self.snooped(["sender"], *options)
        if "-T" not in options:
            self.assertGreater(len(s.lines()), 1 if "-j" not in options else 0)
        return s

    def check_rows(self, header, lines):
        names = header.split()
        starts = [header.index(name) for name in names] + [None]
        for line in lines:
            for i, name in enumerate(names):
                if name == "CALL" and i == len(names) - 1:
                    self.assertRegex(line[starts[i]:], r"^[a-z_]+\(.*\) = (\d+|-1 \[E\w+\])$")
                    continue
                cell = line[starts[i]:starts[i + 1]]
                self.assertRegex(cell, rf"^(?:{CELLS[name]})$", line)

    def test_examples(self):
        found = list(sessions())
        self.assertEqual(len(found), 5)
        for options, lines in found:
            with self.subTest(options):
                end = -2 if "-d" not in options else 2     # then the rows come last
                self.assertEqual([lines[0], *lines[end:][:2]], [snoop.NOTICE.strip(), "^C", snoop.ENDING.strip()])
                s, shown = self.output(options), [line for line in lines if line not in (lines[0], *lines[end:][:2])]
                if "-j" in options:
                    row = json.loads("".join(shown))
                    snoop.SCHEMA.validate(row)
                    self.assertEqual(list(row), list(s.objects()[0]))
                else:
                    self.assertEqual(shown[0], s.lines()[0])
                    # a name that is wider than its column moves what follows
                    ours = [line for line in s.lines()[1:] if line.startswith("sender ") and "RTMIN+30" not in line]
                    self.check_rows(shown[0], ours)
                    self.check_rows(shown[0], shown[1:])


if __name__ == "__main__":
    snoop.need_tracefs()
    unittest.main()
