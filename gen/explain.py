"""How a call is fetched and shown, in words: `python3 -m gen explain openat`."""
from __future__ import annotations

import re
import textwrap
from typing import List, Optional, Sequence

from .names import CLASSES, kind_of
from .source import Sources, Unknown, did_you_mean
from .tables import CallRow, Tables
from .text import clauses, declaration, expr_text, kind_text, type_text, values_text
from .tree import Case, Field, Kind, Member, Set, Sig, Struct, Switch, Type, TypeRef

ITEM_END = re.compile(r"\n(?![ \t}])")
WIDTH = 100
VERBOSITY = ("", "with -v", "with -vv")


class Explain:
    def __init__(self, tables: Tables, sources: Sources) -> None:
        self.tables = tables
        self.sources = sources
        self.out: List[str] = []
        self.types: List[Type] = []     # sets and structs met, each to be explained once

    def call(self, name: str, labels: Sequence[str]) -> str:
        row = next((c for c in self.tables.calls if c.call.name == name), None)
        if row is None:
            raise Unknown(f"no call '{name}'", did_you_mean(name, [c.call.name for c in self.tables.calls]))
        self.head(row)
        self.source(row.call.sig.ret.pos if row.call.sig.ret else row.call.pos)
        self.sig(row.call.sig, row.call.sig.ret, "", list(labels))
        for item in self.types:         # grows while it is walked
            self.type(item)
        return "".join(line + "\n" for line in self.out)

    def head(self, row: CallRow) -> None:
        classes = " ".join("%" + name for n, name in enumerate(CLASSES) if row.classes >> n & 1)
        self.out.append(f"{row.call.name}: number {row.nr}, tracepoint sys_enter_{row.event}"
                        + (f", {classes}" if classes else ""))

    def source(self, pos: int) -> None:
        place = self.sources.place(pos)
        file = self.sources.file_of(pos)
        start = file.line_starts()[place.line - 1]
        end = ITEM_END.search(file.text, start)
        text = file.text[start:end.start() if end else None].rstrip()
        self.out += [f"{place.path}:{place.line}:", *("    " + line for line in text.expandtabs(8).split("\n")), ""]

    # ---- parameters ----

    def sig(self, sig: Sig, ret: Optional[TypeRef], indent: str, labels: List[str]) -> None:
        for param in sig.params:
            if param.name == "_":
                self.out.append(f"{indent}register {param.register}: not used")
            else:
                self.out.append(f"{indent}register {param.register}: {declaration(param)}")
                self.notes(param, indent + "    ", param.dir or "in")
        if sig.switch is None:
            if labels:
                raise Unknown(f"no cases, and so no '{labels[0]}'", "")
            self.out.append(f"{indent}result: {type_text(ret)}")
            self.note_type(ret.target if ret else None)
            return
        cases = self.chosen(sig.switch, labels)
        self.out.append(f"{indent}then by {expr_text(sig.switch.key)}:")
        for case in cases:
            self.out.append(f"{indent}{', '.join(label.label for label in case.labels)}:")
            assert case.sig is not None
            self.sig(case.sig, case.sig.ret or ret, indent + "    ", labels[1:])

    @staticmethod
    def chosen(switch: Switch, labels: List[str]) -> List[Case]:
        if not labels:
            return switch.cases
        known = {label.label: case for case in switch.cases for label in case.labels}
        if labels[0] not in known:
            raise Unknown(f"no case '{labels[0]}'", did_you_mean(labels[0], known))
        return [known[labels[0]]]

    def notes(self, member: Member, indent: str, direction: str) -> None:
        target = member.implied or member.type.target
        assert target is not None
        self.note_type(target)
        if isinstance(target, Set):
            self.out.append(f"{indent}{kind_text(target)}")
        if member.cond is not None:
            self.out.append(f"{indent}passed, and shown, only if {expr_text(member.cond)}")
        what = self.fetched(member)
        if what and "in" in direction.replace("inout", "in out").split():
            self.out.append(f"{indent}entry: reads {what}")
        if what and "out" in direction:
            condition = f"when {expr_text(member.when)}" if member.when else "when it succeeded"
            self.out.append(f"{indent}exit, {condition}: reads {what}")

    def fetched(self, member: Member) -> str:
        """What is read through the pointer that a member is; empty: it is none."""
        target = member.type.target
        assert target is not None
        kind = kind_of(target)
        sized = f"{expr_text(member.sized)} bytes" if member.sized else ""
        if member.is_array and member.is_indirect:
            element = "pointers" if member.stars else f"elements of {self.size(target)}"
            if member.count is not None:
                own = f"; their own buffers show {sized}" if sized else ""
                return f"{expr_text(member.count)} {element}{own}"
            return f"{element} in {sized}" if sized else "pointers up to NULL, and what they point to"
        if member.stars:
            if kind is not None and kind.is_memory and member.sized is not None:
                return f"{kind.name} of size {expr_text(member.sized)}"
            return f"{sized} of {kind_text(target)}" if sized else self.size(target)
        if kind is not None and kind.is_pointer and kind.name != "ptr" and not member.is_array:
            return sized or "up to the NUL"
        return ""

    def size(self, target: Type) -> str:
        width = self.tables.types[self.tables.type_index[id(target)]].width
        name = f" ({kind_text(target)})" if isinstance(target, Struct) else ""
        return f"{width} byte{'s' * (width != 1)}{name}" if width else kind_text(target)

    # ---- types ----

    def note_type(self, target: Optional[Type]) -> None:
        if target is not None and not isinstance(target, Kind) and all(t is not target for t in self.types):
            self.types.append(target)

    def type(self, item: Type) -> None:
        if isinstance(item, Set):
            self.out.append(f"\n{kind_text(item)}:")
            self.out += textwrap.wrap(values_text(item), WIDTH, initial_indent="    ", subsequent_indent="    ",
                                      break_long_words=False, break_on_hyphens=False)
        elif isinstance(item, Struct):
            self.out.append(f"\n{kind_text(item)}, {self.size(item).partition(' (')[0]}:")
            self.fields(item, item.fields, "    ")

    def fields(self, struct: Struct, fields: List[Field], indent: str) -> None:
        for item in fields:
            if isinstance(item, Member):
                self.field(struct, item, indent)
                continue
            self.out.append(f"{indent}then by {expr_text(item.key)}:")
            for case in item.cases:
                self.out.append(f"{indent}{', '.join(label.label for label in case.labels)}:")
                self.fields(struct, case.fields, indent + "    ")

    def field(self, struct: Struct, member: Member, indent: str) -> None:
        row = self.tables.members[self.tables.member_index[id(member)]]
        unit = "bit" if struct.base is not None else "byte"
        words = [declaration(member, True), *clauses(member)]
        what = self.fetched(member)
        words += [f"reads {what}"] if what else []
        words += [VERBOSITY[member.show]] if member.show else []
        self.out.append(f"{indent}{unit} {row.off}: {'; '.join(words)}")
        self.note_type(member.implied or member.type.target)
