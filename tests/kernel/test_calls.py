"""Every call and parameter of the definition against the event formats of the running kernel."""

from __future__ import annotations

import functools
import re
import sys
import unittest

from definition import EVENTS, btf, checked, headers_newer, judge, missing, newer, older
from btf import ARRAY, POINTER_SIZE, PTR, Type
from gen.names import all_members, all_sigs, all_values, kind_of
from gen.tree import Call, Member, Set, Sig, Struct

FIELD = re.compile(r"field:(.*?)(\w+);\s*offset:(\d+);\s*size:(\d+);")
ABSENT = "is not in the kernel"
FIRST_ARGUMENT = 16  # below: the common fields and __syscall_nr
WIDTHS = {"char": 1, "short": 2, "int": 4, "unsigned": 4, "unsigned int": 4, "long": 8, "unsigned long": 8}


class Param:
    """A parameter as the kernel declares it."""

    def __init__(self, ctype: str, name: str) -> None:
        self.name = name
        words = [w for w in ctype.replace("*", " * ").split() if w not in ("const", "volatile", "__user")]
        base = " ".join(w for w in words if w != "*")
        typedef = btf().typedefs.get(base)
        self.pointer = "*" in words or bool(typedef and btf().resolve(typedef.ref).kind == PTR)
        self.width = POINTER_SIZE if self.pointer else self.scalar_width(base, typedef)
        self.ctype = ctype.strip()

    @staticmethod
    def scalar_width(base: str, typedef: Type | None) -> int:
        if base.startswith("enum "):
            return WIDTHS["int"]
        return btf().sizeof(typedef) if typedef else WIDTHS[base]


def kernel_calls() -> dict[str, list[Param]]:
    calls = {}
    for event in EVENTS.glob("sys_enter_*"):
        text = (event / "format").read_text()
        calls[event.name[len("sys_enter_"):]] = [Param(ctype, name) for ctype, name, off, _ in FIELD.findall(text)
                                                 if int(off) >= FIRST_ARGUMENT]
    return calls


def full_sig(sig: Sig) -> list[Member]:
    """The parameters with those of `default`: the general form of a call."""
    params = list(sig.params)
    if sig.switch:
        for case in sig.switch.cases:
            if any(label.name == "default" for label in case.labels) and case.sig:
                params += full_sig(case.sig)
    return params


def is_pointer(member: Member) -> bool:
    kind = kind_of(member.type.target)
    return bool(member.stars or member.is_array or (kind and kind.is_pointer))


@unittest.skipIf(missing(), missing())
class CallsMatchTheKernel(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.kernel = kernel_calls()
        cls.calls: dict[str, Call] = {call.alias or call.name: call for call in checked().tables.calls_here()}

    def test_every_event_has_a_line(self) -> None:
        judge(self, sorted(set(self.kernel) - set(self.calls)), newer())

    def test_every_line_has_an_event_or_says_why_not(self) -> None:
        judge(self, [name for name, call in sorted(self.calls.items())
                     if name not in self.kernel and not call.differs], older())

    def compare(self, of) -> list[str]:
        """Differences that `of` finds for a pair of parameters, of calls that do not state one."""
        found = []
        for name, params in sorted(self.kernel.items()):
            call = self.calls.get(name)
            if call is None or call.differs:
                continue
            for ours, theirs in zip(full_sig(call.sig), params):
                if ours.name != "_" and (difference := of(ours, theirs)):
                    found.append(f"{checked().where(ours.pos)}: {call.name}: {difference}")
        return found

    def test_parameter_counts(self) -> None:
        self.assertEqual([], [
            f"{checked().where(call.pos)}: {name} has {len(full_sig(call.sig))} parameters, the kernel's {len(params)}"
            for name, params in sorted(self.kernel.items()) if (call := self.calls.get(name)) and not call.differs
            and len(full_sig(call.sig)) != len(params)])

    def test_parameter_names(self) -> None:
        self.assertEqual([], self.compare(lambda ours, theirs:
                                          ours.name != theirs.name and f"{ours.name} is {theirs.name} in the kernel"))

    def test_parameter_widths(self) -> None:
        tables = checked().tables

        def difference(ours: Member, theirs: Param) -> str:
            kind = kind_of(ours.type.target)
            width = tables.types[tables.type_of(ours.type)].width
            # Declared long by some calls, but fget() and find_vpid() take an int: the upper half is ignored.
            narrowed = kind and kind.name in ("fd", "pid", "tid") and theirs.width > width
            if is_pointer(ours) or narrowed or width == theirs.width:
                return ""
            return f"{ours.name} has {width} bytes, {theirs.ctype} has {theirs.width}"

        self.assertEqual([], self.compare(lambda ours, theirs: "" if theirs.pointer else difference(ours, theirs)))

    def test_pointers_are_pointers(self) -> None:
        def difference(ours: Member, theirs: Param) -> str:
            if theirs.pointer and not is_pointer(ours):
                return f"{ours.name} is no pointer, but {theirs.ctype} is"
            if is_pointer(ours) and theirs.width != POINTER_SIZE:
                return f"{ours.name} is a pointer, but {theirs.ctype} has {theirs.width} bytes"
            return ""

        self.assertEqual([], self.compare(difference))


@unittest.skipIf(missing(), missing())
class LayoutsMatchTheKernel(unittest.TestCase):
    maxDiff = None

    def test_sizes_and_offsets(self) -> None:
        found, in_vain = [], []
        for ours in (s for s in checked().definition.structs if s.base is None):
            theirs = btf().tagged(ours.tag)
            differences = self.differences(ours, theirs) if theirs else []
            if not ours.differs:
                found += differences
            elif not differences:
                in_vain.append(f"{checked().where(ours.pos)}: struct {ours.name} does not differ")
        judge(self, [text for text in found if text.endswith(ABSENT)], newer() or older())
        self.assertEqual([text for text in found if not text.endswith(ABSENT)], [])
        self.assertEqual(in_vain, [])

    def differences(self, ours: Struct, theirs: Type) -> list[str]:
        found = [self.field_difference(ours, member, theirs) for member in all_members(ours.fields)]
        own, kernels = checked().layout.struct_size(ours), btf().sizeof(theirs)
        grown = own < kernels and (newer() or ours.name in growing()) or own > kernels and (older() or headers_newer())
        if own != kernels and not grown:
            found.append(f"{checked().where(ours.pos)}: struct {ours.name} has {own} bytes, the kernel's {kernels}")
        return [text for text in found if text]

    @staticmethod
    def field_difference(ours: Struct, member: Member, theirs: Type) -> str:
        name = member.at or member.name
        off, width = checked().layout.field_place(ours, member)
        where = f"{checked().where(member.pos)}: {ours.name}.{name}"
        place = btf().place(theirs, name)
        if place is None:   # ifr_name is a macro; bit-fields that we show as one number have names of their own
            named_here = name in checked().run.headers.macros or off in btf().bit_fields(theirs)
            return "" if named_here else f"{where} {ABSENT}"
        kernel_off, kernel_type = place
        if off != kernel_off:
            return f"{where} is at {off}, in the kernel at {kernel_off}"
        if kernel_type.kind != ARRAY and not member.is_array and width != btf().sizeof(kernel_type):
            return f"{where} has {width} bytes, in the kernel {btf().sizeof(kernel_type)}"
        return ""


@functools.lru_cache(maxsize=None)
def growing() -> set[str]:
    """Structs that come with their size wherever they are used: new kernels may have made them longer."""
    definition = checked().definition
    members = [m for call in definition.calls for sig in all_sigs(call.sig) for m in sig.params]
    members += [m for s in definition.structs for m in all_members(s.fields)]
    uses = [(m.type.name, m.sized is not None) for m in members if m.type.is_struct]
    return {name for name, sized in uses if sized} - {name for name, sized in uses if not sized}


@unittest.skipIf(missing(), missing())
class ConstantsMatchTheKernel(unittest.TestCase):
    maxDiff = None

    def test_enumerators(self) -> None:
        enums = [t.values for t in btf().types if t.values]
        found, in_vain = [], []
        for item in [*checked().definition.sets, *checked().tables.implied()]:
            differences = self.differences(item, enums)
            if not item.differs:
                found += differences
            elif not differences:
                in_vain.append(f"{checked().where(item.pos)}: {item.keyword} {item.name} does not differ")
        self.assertEqual(found, [])
        self.assertEqual(in_vain, [])

    @staticmethod
    def differences(item: Set, enums: list[dict[str, int]]) -> list[str]:
        layout, found = checked().layout, []
        ours = {v.name: v for v in all_values(item) if v.name}
        # One name in common proves nothing: the kernel has enums of its own with names like FS or DONE.
        for theirs in (e for e in enums if len(ours.keys() & e.keys()) > 1):
            for name in ours.keys() & theirs.keys():
                value = layout.answers.get(layout.c_constant(name))
                if value is not None and (value ^ theirs[name]) & 0xffffffff:
                    found.append(f"{checked().where(ours[name].pos)}: {name} is {value:#x}, "
                                 f"in the kernel {theirs[name]:#x}")
        return found


if __name__ == "__main__":
    if missing():
        print(missing(), file=sys.stderr)
        sys.exit(77)
    unittest.main()
