"""Every mistake is found, at its place, and nothing else is.

In the bad_*.def files a line `//! COL: message (hint)` stands under the line
that it is about.  The messages of one file must be exactly these.
"""
import os
import re
import unittest

from support import HERE, run

NOTE = re.compile(r"//! (\d+): (.*)$")
PLACE = re.compile(r"\S+\.def:\d+")     # a reference to another line moves with every edit
SAYS = re.compile(r"the compiler says: .*")     # each compiler in its own words


def expected(path):
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    found, about = set(), 0
    for number, line in enumerate(lines, 1):
        note = NOTE.search(line)
        if note:
            found.add((about, int(note.group(1)), SAYS.sub("the compiler says", note.group(2))))
        elif not line.startswith("//!"):
            about = number
    return found


def actual(path):
    result = run(os.path.join(HERE, "base.def"), path)
    result.build("x86_64")
    found = set()
    for message in result.messages.list:
        place = result.sources.place(message.pos)
        hint = f" ({message.hint})" if message.hint else ""
        what = SAYS.sub("the compiler says", PLACE.sub("@", message.what + hint))
        found.add((place.line if place.path == path else place.path, place.col, what))
    return found


class BadDefinitions(unittest.TestCase):
    maxDiff = None

    def check(self, name):
        path = os.path.join(HERE, name)
        want, have = expected(path), actual(path)
        self.assertTrue(want)
        self.assertEqual(sorted(want - have, key=str), [], "not reported")
        self.assertEqual(sorted(have - want, key=str), [], "reported, but not expected")

    def test_syntax_mistakes_are_each_reported_and_the_next_item_is_read(self):
        self.check("bad_syntax.def")

    def test_items_without_an_end_lose_themselves_only(self):
        self.check("bad_ends.def")

    def test_names_directions_and_scopes_are_checked(self):
        self.check("bad_names.def")

    def test_mistakes_in_values_are_found_without_running_anything(self):
        self.check("bad_values.def")

    def test_complaints_of_the_compiler_point_into_the_definition(self):
        self.check("bad_layout.def")

    def test_types_that_nothing_uses_are_reported(self):
        self.check("bad_unused.def")


if __name__ == "__main__":
    unittest.main()
