"""What the kernel knows and the definition lacks: fields of its structs, names in its enums.

The definition describes one version of Linux.  What a newer kernel has beyond it is told, and is no mistake.
"""

from __future__ import annotations

import re
import sys
import unittest

from definition import VMLINUX, btf, checked, judge, newer
from btf import STRUCT, UNION, Btf, Type
from gen.layout import RESERVED
from gen.names import all_members, all_sigs, all_values
from gen.tree import Call, Member, Set, Struct
from test_sets import HELPER

BOUND = re.compile(rf"{HELPER.pattern}|_MAX_|_(?:NUM[A-Z]+|TYPES)$")
WORD = re.compile(r"[A-Za-z_]\w*")
MISSING = "" if VMLINUX.exists() else "the kernel has no BTF"


def described(t: Type, ours: list[Struct]) -> tuple[set[str], set[int]]:
    """Names of the fields that have a description, and the bytes that these take."""
    names: set[str] = set()
    places: set[int] = set()
    for struct in ours:
        for member in all_members(struct.fields):
            names.update(WORD.findall(member.at or member.name))
            places.update(bytes_of(t, struct, member))
    return names, places


def bytes_of(t: Type, struct: Struct, member: Member) -> range:
    off, width = checked().layout.field_place(struct, member)
    place = btf().place(t, member.at or member.name)
    return range(off, off + (btf().sizeof(place[1]) if place else width))


def undescribed(kernel: Btf, t: Type, names: set[str], places: set[int], base: int = 0,
                view: bool = False) -> list[str]:
    """Fields that have no description.  view: they are another view of bytes that have one."""
    found: list[str] = []
    for m in t.members:
        inner = kernel.resolve(m.type)
        at = base + m.bit // 8
        if not m.name and inner.kind in (STRUCT, UNION):
            # What is described by one of its names is described as such, and so must be all of it.
            other = t.kind == UNION and not names & kernel.fields(inner).keys()
            found += undescribed(kernel, inner, names, places, at, inner.kind == UNION or other)
        elif m.name and not (m.name in names or RESERVED.search(m.name) or not kernel.sizeof(inner)
                             or at in places and (view or m.bits or inner.kind == UNION)):
            found.append(m.name)
    return found


def views(call: Call) -> dict[int, list[Struct]]:
    """The structs that a register can point to, by its number."""
    found: dict[int, list[Struct]] = {}
    for sig in all_sigs(call.sig):
        for param in sig.params:
            if isinstance(param.type.target, Struct) and param.type.target.base is None:
                found.setdefault(param.register, []).append(param.type.target)
    return found


@unittest.skipIf(MISSING, MISSING)
class StructsAreComplete(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.by_tag: dict[str, list[Struct]] = {}
        for struct in checked().definition.structs:
            if struct.base is None and btf().tagged(struct.tag):
                cls.by_tag.setdefault(struct.tag, []).append(struct)
        for structs in (structs for call in checked().definition.calls for structs in views(call).values()):
            cls.add_views(structs)

    @classmethod
    def add_views(cls, structs: list[Struct]) -> None:
        """A struct without a name in the kernel describes a part of the union that is in the same place."""
        unions = {s.tag for s in structs if s.tag in cls.by_tag and btf().tagged(s.tag).kind == UNION}
        for tag in unions:
            cls.by_tag[tag] += [s for s in structs if s.tag not in cls.by_tag]

    def test_a_field_of_a_struct_is_described_or_left_out_on_purpose(self) -> None:
        found = []
        for tag, ours in self.by_tag.items():
            theirs = btf().tagged(tag)
            if any(s.differs for s in ours):
                continue
            left_out = {r.name for s in ours for r in s.omitted}
            names, places = described(theirs, ours)
            lacking = undescribed(btf(), theirs, names | left_out, places, view=theirs.kind == UNION)
            if lacking:
                found.append(f"{checked().where(ours[0].pos)}: struct {ours[0].name} lacks {', '.join(lacking)}")
        judge(self, found, newer())

    def test_a_field_that_is_left_out_is_one_of_the_kernel_and_has_no_description(self) -> None:
        found = []
        for tag, ours in self.by_tag.items():
            theirs = btf().fields(btf().tagged(tag))
            names = {m.name for s in ours for m in all_members(s.fields)}
            found += [f"{checked().where(r.pos)}: {r.name}" for s in ours for r in s.omitted
                      if r.name not in theirs or r.name in names]
        self.assertEqual(found, [])


@unittest.skipIf(MISSING, MISSING)
class SetsHaveTheNamesOfTheKernel(unittest.TestCase):
    maxDiff = None

    def test_an_enumerator_is_in_a_set_or_left_out_on_purpose(self) -> None:
        sets = [*checked().definition.sets, *checked().tables.implied()]
        self.mentioned = {n for s in sets for n in self.names(s)}
        enums = [t.values for t in btf().types if t.values]
        judge(self, [f"{checked().where(item.pos)}: {item.keyword} {item.name} lacks {', '.join(lacking)}"
                     for item in sets if (lacking := self.lacking(item, enums))], newer())

    @staticmethod
    def names(item: Set) -> set[str]:
        return {v.name for v in all_values(item) if v.name} | {r.name for r in item.omitted}

    def lacking(self, item: Set, enums: list[dict[str, int]]) -> list[str]:
        """From enums that share names with a set (one proves nothing): those whose value it does not show."""
        layout, own = checked().layout, self.names(item)
        numbers = {layout.answers.get(layout.c_constant(v.name), -1) & 0xffffffff for v in all_values(item) if v.name}
        bits = 0
        for number in numbers if item.keyword == "flags" else ():
            bits |= number
        return sorted(name for theirs in enums if len(own & theirs.keys()) > 1 for name, value in theirs.items()
                      if name not in self.mentioned and not BOUND.search(name)
                      and value & 0xffffffff not in numbers and (not bits or value & ~bits))


if __name__ == "__main__":
    if MISSING:
        print(MISSING, file=sys.stderr)
        sys.exit(77)
    unittest.main()
