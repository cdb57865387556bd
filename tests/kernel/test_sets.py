"""Every set has the constants that the headers have, and every parameter is described."""

from __future__ import annotations

import functools
import re
import subprocess
import tempfile
import unittest

from definition import VMLINUX, btf, checked, headers_newer, judge
from gen.check import Check
from gen.headers import FLAGS
from gen.layout import complaints_by_question, numbered
from gen.names import all_sigs, all_values
from gen.report import field_totals, undescribed
from gen.tree import Set, Switch

PLACE = re.compile(r'# \d+ "([^"]+)"')
DEFINE = re.compile(r"#define (\w+)[ \t]")
WORD = re.compile(r"\b[A-Z]\w*\b")
# Bounds, masks and positions: what programs compute with, and do not pass.
HELPER = re.compile(r"_(?:MAX|MIN|LAST|END|CNT|COUNT|NR|MASK|SHIFT|BITS?|SIZE|LEN|SIZE_VER\d|VALID|B)$|__")


@functools.lru_cache(maxsize=None)
def homes() -> dict[str, set[str]]:
    """The headers that define each constant."""
    headers = checked().run.headers
    with tempfile.NamedTemporaryFile("w", suffix=".c") as unit:
        unit.write(headers.start)
        unit.flush()
        text = subprocess.run([*headers.cc, *FLAGS, "-E", "-dD", unit.name], check=True, capture_output=True,
                              text=True).stdout
    found: dict[str, set[str]] = {}
    path = ""
    for line in text.splitlines():
        if place := PLACE.match(line):
            path = place.group(1)
            continue
        define = DEFINE.match(line)
        for name in [define.group(1)] if define else WORD.findall(line):
            found.setdefault(name, set()).add(path)
    return found


def values(names: list[str]) -> dict[str, int]:
    """The values of those names that are constants."""
    while names:
        lines = [f"{numbered(n)}(unsigned long long)({name}),\n" for n, name in enumerate(names)]
        answers, complaints = checked().layout.compiler.compile([checked().run.headers.start], lines)
        if answers is not None:
            return dict(zip(names, answers))
        bad = complaints_by_question(complaints)
        names = [name for n, name in enumerate(names) if n not in bad]
    return {}


class SetsAreComplete(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        run, tables = checked().run, checked().tables
        cls.mentioned = {*run.check.constants, *(r.name for s in run.definition.sets for r in s.omitted),
                         *tables.layout.macros}
        cls.prefixes = tuple({p.name for s in run.definition.sets for p in s.prefixes})
        cls.values = values(sorted(n for n in homes() if n.startswith(cls.prefixes) and run.headers.has(n)))

    def shown(self, sets: list[Set]) -> tuple[set[int], int]:
        """The values that a prefix's sets print already, perhaps by another name, and the bits of their flags."""
        numbers, bits = set(), 0
        for item in sets:
            for value in all_values(item):
                number = self.values.get(value.name)
                if number is not None:
                    numbers.add(number)
                    bits |= number if item.keyword == "flags" else 0
        return numbers, bits

    def missing(self, prefix: str, sets: list[Set]) -> list[str]:
        """Constants with the prefix of these sets, from the headers that define their values."""
        headers = set().union(*(homes().get(v.name, ()) for s in sets for v in all_values(s)))
        narrower = tuple(p for p in self.prefixes if p != prefix and p.startswith(prefix))
        numbers, bits = self.shown(sets)
        return sorted(
            name for name, number in self.values.items()
            if name.startswith(prefix) and not name.startswith(narrower) and name not in self.mentioned
            and homes()[name] & headers and not HELPER.search(name)
            and number not in numbers and (not number or number & ~bits))

    def test_a_constant_with_the_prefix_of_a_set_is_in_a_set_or_left_out_on_purpose(self) -> None:
        by_prefix: dict[str, list[Set]] = {}
        for item in checked().definition.sets:
            for prefix in item.prefixes:
                by_prefix.setdefault(prefix.name, []).append(item)
        found = [f"{checked().where(sets[0].pos)}: {sets[0].name} lacks {', '.join(names)}"
                 for prefix, sets in sorted(by_prefix.items()) if (names := self.missing(prefix, sets))]
        judge(self, found, headers_newer())

    def test_what_is_left_out_exists(self) -> None:
        headers = checked().run.headers
        kernel = btf().enumerators if VMLINUX.exists() else {}
        self.assertEqual([f"{checked().where(r.pos)}: there is no {r.name}" for s in checked().definition.sets
                          for r in s.omitted if not headers.has(r.name) and r.name not in kernel], [])

    def test_a_case_is_printed_by_its_label(self) -> None:
        """Two macros can have one value: of those that `from` brings the first is printed, unless one is listed."""
        found = []
        for call in checked().definition.calls:
            for switch in (s.switch for s in all_sigs(call.sig) if s.switch):
                item = Check.switch_set(switch)
                if item is not None and item.sources:
                    found += self.printed_otherwise(item, switch)
        self.assertEqual(found, [])

    @staticmethod
    def printed_otherwise(item: Set, switch: Switch) -> list[str]:
        tables = checked().tables
        row = tables.types[tables.type_index[id(item)]]
        names = {x.name for x in tables.xlats[row.first:row.first + row.count]}
        return [f"{checked().where(label.pos)}: {label.name} is printed by another name"
                for case in switch.cases for label in case.labels
                if label.name not in (*names, "", "default")]


class NothingIsLeftToDescribe(unittest.TestCase):
    def test_calls(self) -> None:
        self.assertEqual([call.name for call in checked().definition.calls if undescribed(call)[0]], [])

    def test_fields(self) -> None:
        self.assertEqual(field_totals(checked().definition)[1], 0)


if __name__ == "__main__":
    unittest.main()
