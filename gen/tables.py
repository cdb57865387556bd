"""The rows of src/decode/tables.h.

What is reported counts only when the compiler has answered all that was asked.
"""
from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from .expressions import number_value
from .layout import Layout
from .names import CLASSES, all_members, all_sigs, expressions, is_constant, kind_of, uses, walk
from .newer import check_newer, check_optional
from .source import NOWHERE, Messages
from .tree import (Call, Case, Definition, Expr, Field, Kind, Member, Ref, Set, Sig, Struct, Switch, Type,
                   TypeRef, Value)
from .values import Storage, XlatRow, set_rows

KIND, ENUM, FLAGS, STRUCT, BITS = range(5)
SIGNED, POINTER, MEMORY, UNNAMED, OUTS = 1, 2, 4, 8, 16
ARRAY, INDIRECT, SWITCH = 1, 2, 4
LIMIT_DEFAULT = 0xffff
NO_PARAM = 0xff
INDEX_MAX = 0xffff
STACK = 32      # values that the decoder can keep while it evaluates an expression

OPCODES = ["END", "CONST", "MEMBER", "DEREF", "ENTRY", "FIELD", "RET", "ERR", "SIZEOF", "NETLINK", "RETURNED",
           "u-", "u!", "u~", "*", "/", "%", "+", "-", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&", "^", "|", "&&",
           "||", "?:"]
OP = {name: n for n, name in enumerate(OPCODES)}
MEMBER_OPS = {"name": "MEMBER", "deref": "DEREF", "entry": "ENTRY", "kept": "ENTRY"}
CALL_CLASSES = {"": 0, "noreturn": 1, "exec": 2, "sigreturn": 3, "fork": 4, "restart": 5}
ALSO = {"": 0, "ppid": 1, "euid": 2, "egid": 3}
DIRECTION = {"": 0, "in": 1, "out": 2, "inout": 3}


@dataclass
class TypeRow:
    name: str
    cls: int
    traits: int
    kind: int
    width: int
    first: int = 0
    count: int = 0
    stride: int = 0
    limit: Tuple[int, int] = (LIMIT_DEFAULT, LIMIT_DEFAULT)


@dataclass
class MemberRow:
    name: str = ""
    type: int = 0
    off: int = 0
    width: int = 0
    count: int = 0
    sized: int = 0
    cond: int = 0
    when: int = 0
    dir: int = 0
    show: int = 0
    how: int = 0
    stars: int = 0


@dataclass
class SigRow:
    ret: int = 0
    first: int = 0
    count: int = 0
    switch: int = 0


@dataclass
class SwitchRow:
    key: int = 0
    first: int = 0
    count: int = 0
    other: int = 0


@dataclass
class CallRow:
    call: Call
    event: str
    classes: int
    nr: int
    sig: int
    cls: int
    also: int
    sends: int
    to: int
    affinity: int
    seccomp: int
    keeps: int
    keeps_at: int
    given: int
    filled: int
    late: int


class Tables:
    def __init__(self, definition: Definition, layout: Layout, messages: Messages, arch: str) -> None:
        self.definition = definition
        self.layout = layout
        self.messages = messages
        self.arch = arch
        self.types: List[TypeRow] = []
        self.xlats: List[XlatRow] = []
        self.members: List[MemberRow] = []
        self.sigs: List[SigRow] = [SigRow()]    # row 0: nothing, for a struct's switch without default
        self.switches: List[SwitchRow] = []
        self.cases: List[Tuple[int, int, str]] = []     # value, signature, label
        self.calls: List[CallRow] = []
        self.code: List[int] = [OP["END"]]
        self.consts: List[int] = []
        self.type_index: Dict[int, int] = {}    # id() of the type
        self.member_index: Dict[int, int] = {}  # id() of the member
        self.described: set[int] = set()        # id() of the structs whose members are there
        self.code_index: Dict[Tuple[int, ...], int] = {}
        self.const_index: Dict[int, int] = {}

    def build(self) -> None:
        self.type_rows()
        for struct in self.definition.structs:
            self.struct_members(struct)
        self.call_rows()
        self.sizes()

    def sizes(self) -> None:
        for count, what in ((len(self.types), "types"), (len(self.xlats), "constants in sets"),
                            (len(self.members), "members"), (len(self.sigs), "signatures"),
                            (len(self.cases), "cases"), (len(self.code), "expressions")):
            if count > INDEX_MAX:
                self.messages.error(NOWHERE, f"too many {what}: {count}, and an index has 16 bits")

    # ---- types ----

    def type_rows(self) -> None:
        definition = self.definition
        implied = self.implied()
        items: List[Type] = [*definition.kinds, *definition.sets, *definition.structs, *implied]
        for item in items:
            self.type_index[id(item)] = len(self.type_index)
        for kind in definition.kinds:
            width, traits = self.storage(kind)
            self.types.append(TypeRow(kind.name, KIND, traits, self.type_index[id(kind)], width, limit=limit(kind)))
        for item in definition.sets:
            self.types.append(self.set_row(item))
        for struct in definition.structs:
            self.types.append(self.struct_row(struct))
        for item in implied:
            self.types.append(self.set_row(item))

    def implied(self) -> List[Set]:
        """The enums made of case labels."""
        found = []
        for struct in self.definition.structs:
            found += [m.implied for m in all_members(struct.fields) if m.implied]
        for call in self.calls_here():
            for sig in all_sigs(call.sig):
                found += [m.implied for m in sig.params if m.implied]
        return found

    def storage(self, kind: Optional[Kind]) -> Tuple[int, int]:
        """Width and traits."""
        if kind is None:
            return 0, 0
        traits = (MEMORY if kind.is_memory else 0) | (POINTER if kind.is_pointer else 0)
        return self.layout.kind_width(kind), traits | (SIGNED if self.layout.kind_signed(kind) else 0)

    def set_row(self, item: Set) -> TypeRow:
        width, traits = self.storage(item.kind)
        first = len(self.xlats)
        self.xlats += set_rows(item, Storage(width, bool(traits & SIGNED)), self.layout, self.messages)
        return TypeRow(item.name, ENUM if item.keyword == "enum" else FLAGS, traits, self.type_index[id(item.kind)],
                       width, first, len(self.xlats) - first, limit=limit(item))

    def struct_row(self, item: Struct) -> TypeRow:
        if item.base is not None:
            kind = kind_of(item)
            width, traits = self.storage(kind)
            traits |= UNNAMED if item.unnamed else 0
            return TypeRow("struct " + item.name, BITS, traits, self.type_index[id(kind)], width, limit=limit(item))
        size = self.layout.struct_size(item)
        if size > INDEX_MAX:
            self.messages.error(item.pos, f"struct '{item.name}' has {size} bytes, and there are 16 bits for that "
                                "number")
        traits = (UNNAMED if item.unnamed else 0) | (OUTS if has_outs(item, set()) else 0)
        return TypeRow("struct " + item.name, STRUCT, traits, 0, size, limit=limit(item))

    def type_of(self, ref: Optional[TypeRef]) -> int:
        return self.type_index[id(ref.target)] if ref is not None and ref.target is not None else 0

    # ---- structs ----

    def struct_members(self, struct: Struct) -> None:
        if id(struct) in self.described:
            return
        self.described.add(id(struct))
        row = self.types[self.type_index[id(struct)]]
        row.first, row.count = self.field_rows(struct, struct.fields)
        row.stride = self.expr(struct.stride)
        if struct.base is not None:
            self.bit_offsets(struct, row)
        check_newer(struct, self.layout, self.messages)
        check_optional(struct, self.layout, self.messages)

    def field_rows(self, struct: Struct, fields: List[Field]) -> Tuple[int, int]:
        first = len(self.members)
        for n, item in enumerate(fields):
            self.members.append(MemberRow())
            if isinstance(item, Member):
                self.member_index[id(item)] = first + n
        for n, item in enumerate(fields):
            if isinstance(item, Member):
                off, width = (0, item.bits or 0) if struct.base is not None else self.layout.field_place(struct, item)
                if max(off, width) > INDEX_MAX:
                    self.messages.error(item.pos, f"'{item.name}' has {width} bytes at {off}, and there are 16 bits "
                                        "for each of these numbers")
                self.members[first + n] = self.member_row(item, off, width, "")
                self.fits(struct, item, self.members[first + n])
            else:
                index = self.switch_row(item, lambda case: self.field_sig(struct, case))
                self.members[first + n] = MemberRow(type=index, how=SWITCH)
        return first, len(fields)

    def field_sig(self, struct: Struct, case: Case) -> int:
        index = len(self.sigs)
        self.sigs.append(SigRow())
        self.sigs[index].first, self.sigs[index].count = self.field_rows(struct, case.fields)
        return index

    def bit_offsets(self, struct: Struct, row: TypeRow) -> None:
        at = 0
        for n, item in enumerate(struct.fields):
            member = self.members[row.first + n]
            member.off = at
            at += member.width
            if at > 8 * row.width and isinstance(item, Member):
                self.messages.error(item.pos, f"'{item.name}' ends at bit {at}, and there are {8 * row.width}")
                break

    def fits(self, struct: Struct, member: Member, row: MemberRow) -> None:
        """Whether the C member can be what the definition says."""
        target = member.type.target
        if struct.base is not None or target is None:
            return
        size = self.types[self.type_index[id(struct)]].width
        own = self.types[self.type_index[id(target)]].width
        kind = kind_of(target)
        pos = member.at_pos or member.pos
        if member.stars or member.is_indirect:
            if row.width not in (self.layout.word(), 8):
                self.messages.error(pos, f"'{member.name}' is a pointer, but the C member has {row.width} bytes")
        elif kind is None:
            if row.width != own and member.sized is None:
                self.messages.error(pos, f"the C member has {row.width} bytes, but struct '{target.name}' has {own}")
        elif not kind.is_memory and not kind.is_aggregate and row.width not in (1, 2, 4, 8):
            self.messages.error(pos, f"'{member.name}' is a number, but the C member has {row.width} bytes")
        if member.is_array and not member.is_indirect and member.count is not None and is_constant(member.count):
            end = row.off + row.width * self.layout.constant(member.count)
            if end > size and self.layout.in_headers(struct):
                self.messages.error(member.pos, f"the array ends at byte {end}, but the struct has {size}")

    # ---- members and expressions ----

    def member_row(self, member: Member, off: int, width: int, direction: str) -> MemberRow:
        ref = self.type_index[id(member.implied)] if member.implied else self.type_of(member.type)
        how = (ARRAY if member.is_array else 0) | (INDIRECT if member.is_array and member.is_indirect else 0)
        row = MemberRow(member.name, ref, off, width, dir=DIRECTION[member.dir or direction], show=member.show, how=how,
                        stars=member.stars)
        if member.has_exprs:
            row.count, row.sized = self.expr(member.count), self.expr(member.sized)
            row.cond, row.when = self.expr(member.cond), self.expr(member.when)
        return row

    def expr(self, expr: Optional[Expr]) -> int:
        if expr is None:
            return 0
        code: List[int] = []
        self.postfix(expr, code)
        code.append(OP["END"])
        if stack_depth(expr) > STACK:
            self.messages.error(expr.pos, f"the expression needs more than {STACK} values at a time",
                                "operators of the same kind need few when they are not in parentheses")
        key = tuple(code)
        index = self.code_index.setdefault(key, len(self.code))
        if index == len(self.code):
            self.code += code
        return index

    def postfix(self, expr: Expr, code: List[int]) -> None:
        if is_constant(expr):
            value = self.layout.constant(expr)
            index = self.const_index.setdefault(value, len(self.consts))
            if index == len(self.consts):
                self.consts.append(value)
            code += [OP["CONST"], index]
        elif expr.op in MEMBER_OPS:
            assert expr.member is not None
            code += [OP[MEMBER_OPS[expr.op]], self.member_index[id(expr.member)]]
        elif expr.op == "field":
            assert expr.member is not None and expr.pointed is not None
            struct = expr.member.type.target
            assert isinstance(struct, Struct)
            self.struct_members(struct)     # now: its fields need their indexes
            code += [OP["FIELD"], self.member_index[id(expr.member)], self.member_index[id(expr.pointed)]]
        elif expr.op in ("ret", "err", "sizeof", "netlink", "returned"):
            code.append(OP[expr.op.upper()])
        else:
            for arg in expr.args:
                self.postfix(arg, code)
            code.append(OP[expr.op])

    def key_storage(self, key: Expr) -> Storage:
        """Labels are compared with the key as it is loaded: by the width and sign of its member."""
        if key.op == "&":
            key = key.args[0] if key.args[0].member else key.args[1]
        if key.member is not None and key.member.type.target is not None:
            width, traits = self.storage(kind_of(key.member.type.target))
            return Storage(width, bool(traits & SIGNED))
        return Storage(8, False)

    def switch_row(self, switch: Switch, make_sig: Callable[[Case], int]) -> int:
        index = len(self.switches)
        row = SwitchRow()
        self.switches.append(row)
        storage = self.key_storage(switch.key)
        found: Dict[int, Tuple[Value, int]] = {}
        for case in switch.cases:
            sig = make_sig(case)
            for label in case.labels:
                if label.name == "default":
                    row.other = sig
                    continue
                value = storage.load(self.label_value(label))
                first = found.setdefault(value, (label, sig))[0]
                # A number may be what a constant of the same case is with other headers: a command holds the size of
                # its struct, which grows.
                if first is not label and not (label.number and first in case.labels):
                    self.messages.error(label.pos, f"case '{label.label}' has the same value as '{first.label}', at "
                                        f"{self.messages.where(first.pos)}: {value:#x}")
        row.key = self.expr(switch.key)     # last, as it can name a field of the cases
        self.same_place(switch)
        row.first, row.count = len(self.cases), len(found)
        self.cases += [(value, sig, label.label) for value, (label, sig) in sorted(found.items(), key=lambda f: f[0])]
        return index

    def same_place(self, switch: Switch) -> None:
        """A field or parameter of the cases that the key names is one, so it is at one place in all of them."""
        keys = {e.member.name: e.member for e in walk(switch.key) if e.member is not None}
        for case in switch.cases:
            for member in [*all_members(case.fields), *(case.sig.params if case.sig else ())]:
                key = keys.get(member.name)
                if key is not None and key is not member and id(key) in self.member_index:
                    own, other = (self.members[self.member_index[id(m)]] for m in (member, key))
                    if (own.off, own.width) != (other.off, other.width):
                        self.messages.error(member.pos, f"'{member.name}' is the key of the switch, and at "
                                            f"{self.messages.where(key.pos)} it has another place")

    def label_value(self, label: Value) -> int:
        if not label.name:
            return number_value(label.number) or 0
        return self.layout.ask(self.layout.c_constant(label.name), label.pos)

    # ---- calls ----

    def calls_here(self) -> List[Call]:
        return [c for c in self.definition.calls if not c.arches or self.arch in {a.name for a in c.arches}]

    def call_rows(self) -> None:
        numbers = self.layout.headers.numbers()
        seen: Dict[int, Call] = {}
        for call in self.calls_here():
            nr = self.number(call, numbers)
            if nr is None:
                continue
            first = seen.setdefault(nr, call)
            if first is not call:
                self.messages.error(call.pos, f"call '{call.name}' has number {nr}, as '{first.name}' at "
                                    f"{self.messages.where(first.pos)}")
            self.calls.append(self.call_row(call, nr))
        self.calls.sort(key=lambda row: row.nr)

    def number(self, call: Call, numbers: Dict[str, str]) -> Optional[int]:
        """The number of a call; None: the architecture does not have it."""
        macro = numbers.get(call.name)
        if macro is None:
            if call.nr is None and self.arch == "x86_64":
                self.messages.error(call.pos, f"the headers have no number for '{call.name}'",
                                    "give it: nr NUMBER" if call.name.islower() else "")
            return call.nr
        nr = self.layout.ask(macro, call.pos)
        if call.nr is not None and call.nr != nr:
            self.messages.error(call.nr_pos, f"'{call.name}' has number {nr} in the headers, not {call.nr}")
        return nr

    def call_row(self, call: Call, nr: int) -> CallRow:
        params = {p.name: p for p in call.sig.params}
        sends = [params[ref.name].register for ref in call.sends] if call.sends else [NO_PARAM, NO_PARAM]
        behaviour = call.behaviour[0].name if call.behaviour else ""
        return CallRow(call, call.alias or call.name, self.call_classes(call), nr, self.sig_row(call.sig, None),
                       CALL_CLASSES[behaviour], ALSO[call.also.name if call.also else ""], sends[0], sends[1],
                       int(call.affinity), int(call.seccomp), *self.keeps(call), *reads(call.sig), int(is_late(call)))

    def keeps(self, call: Call) -> Tuple[int, int]:
        """The parameter, and how far behind its address is the int that an expression wants as it was at the entry."""
        found = (NO_PARAM, 0)
        for param in (p for sig in all_sigs(call.sig) for p in sig.params):
            for use, place in [*self.kept_pointees(param), *self.kept_fields(param)]:
                if found not in ((NO_PARAM, 0), place):
                    self.messages.error(use.pos, "a call keeps one value from its entry")
                found = place
        return found

    def kept_pointees(self, param: Member) -> Iterator[Tuple[Expr, Tuple[int, int]]]:
        for expr in expressions(param):
            use = uses(expr, "entry")
            if use is not None and use.member is not None:
                self.kept_as_int(use, f"*{use.text}", self.types[self.type_of(use.member.type)].width)
                yield use, (use.member.register, 0)

    def kept_fields(self, param: Member) -> Iterator[Tuple[Expr, Tuple[int, int]]]:
        """Of the struct that a parameter points to, if the call writes there."""
        struct = param.type.target
        if not isinstance(struct, Struct) or param.stars != 1 or param.is_array or (param.dir or "in") == "in":
            return
        for field in all_members(struct.fields):
            for use in filter(None, (uses(expr, "kept") for expr in expressions(field))):
                self.struct_members(struct)
                row = self.members[self.member_index[id(use.member)]]
                self.kept_as_int(use, use.text, row.width)
                yield use, (param.register, row.off)

    def kept_as_int(self, use: Expr, text: str, width: int) -> None:
        if width != 4:
            self.messages.error(use.pos, f"'{text}' is kept from the entry as an int, and it is none")

    def sig_row(self, sig: Sig, outer: Optional[TypeRef]) -> int:
        ret = sig.ret or outer
        params = [p for p in sig.params if p.name != "_"]
        index = len(self.sigs)
        row = SigRow(self.type_of(ret), len(self.members), len(params))
        self.sigs.append(row)
        for n, param in enumerate(params):
            self.member_index[id(param)] = row.first + n
            self.members.append(MemberRow())
        for n, param in enumerate(params):
            pointer = param.stars or param.is_array
            width = self.layout.word() if pointer else self.types[self.type_of(param.type)].width
            self.members[row.first + n] = self.member_row(param, param.register, width, "in")
        if sig.switch is not None:
            row.switch = 1 + self.switch_row(sig.switch, lambda case: self.case_sig(case, ret))
        return index

    def case_sig(self, case: Case, ret: Optional[TypeRef]) -> int:
        assert case.sig is not None
        return self.sig_row(case.sig, ret)

    # ---- filter classes ----

    def call_classes(self, call: Call) -> int:
        return class_bits(call.classes) | self.sig_classes(call.sig)

    def sig_classes(self, sig: Sig) -> int:
        """Of its own types, and of what all cases have: that one command takes a signal says little of fcntl."""
        bits = self.type_classes(sig.ret.target if sig.ret else None)
        for param in sig.params:
            bits |= self.type_classes(param.type.target)
        cases = [self.sig_classes(case.sig) for case in sig.switch.cases if case.sig] if sig.switch else []
        return bits | functools.reduce(operator.and_, cases) if cases else bits

    @staticmethod
    def type_classes(target: Optional[Type]) -> int:
        """Of a type and of what it is made of; not of the fields of a struct: not every call with a stat is %creds."""
        bits = 0
        while target is not None:
            bits |= class_bits(target.classes)
            target = target.base.target if isinstance(target, (Set, Struct)) and target.base else None
        return bits


def limit(item: Type) -> Tuple[int, int]:
    return item.limit or (LIMIT_DEFAULT, LIMIT_DEFAULT)


def reads(sig: Sig) -> Tuple[int, int]:
    """The registers that point to what the entry half of a call shows, and to what the exit half shows, as bits."""
    given = filled = 0
    split = False
    for param in sig.params:
        split = split or param.dir == "out"
        bit = 1 << param.register if points(param) else 0
        given |= 0 if split else bit
        filled |= bit if split or param.dir == "inout" else 0
    return given, filled


def points(param: Member) -> bool:
    """Is it the address of something that is shown?"""
    kind = param.type.target
    if param.stars or param.is_array:
        return True
    return isinstance(kind, Kind) and kind.is_pointer and kind.ctype != "void *"


def is_late(call: Call) -> bool:
    """What it is given can as well be read when it returns: it only looks at a file, and says so in a struct."""
    pointers = [p for p in call.sig.params if points(p)]
    paths = [p for p in pointers if is_path(p)]
    structs = [p for p in pointers if is_answer(p)]
    ret = kind_of(call.sig.ret.target) if call.sig.ret else None
    plain = ret is not None and ret.name == "int" and not call.behaviour and not call.sig.switch
    return plain and bool(paths and structs) and len(paths) + len(structs) == len(pointers)


def is_path(param: Member) -> bool:
    kind = param.type.target
    return isinstance(kind, Kind) and kind.name == "path" and not param.stars and param.dir in ("", "in")


def is_answer(param: Member) -> bool:
    """A struct that the call fills in, of a size that it always has."""
    struct = param.type.target
    if not isinstance(struct, Struct) or param.dir != "out" or param.stars != 1 or param.is_array or param.has_exprs:
        return False
    return struct.base is None and not any(m.stars or m.is_indirect for m in all_members(struct.fields))


def has_outs(struct: Struct, seen: set[int]) -> bool:
    """Does a call fill in something through a field of it?  Structs can point to each other."""
    if id(struct) in seen:
        return False
    seen.add(id(struct))
    return any(m.dir in ("out", "inout") or (isinstance(m.type.target, Struct) and has_outs(m.type.target, seen))
               for m in all_members(struct.fields))


def stack_depth(expr: Expr) -> int:
    """How many values are there at a time while an expression is evaluated, operands from left to right."""
    if not expr.args or is_constant(expr):
        return 1
    return max(n + stack_depth(arg) for n, arg in enumerate(expr.args))


def class_bits(refs: List[Ref]) -> int:
    bits = 0
    for ref in refs:
        bits |= 1 << CLASSES.index(ref.name)
    return bits
