"""The names of a definition: which exist, what they stand for, which are given twice."""
from __future__ import annotations

from typing import Dict, Iterator, List, Optional

from .source import Messages, did_you_mean
from .tree import Definition, Expr, Field, Kind, Member, Ref, Set, Sig, Struct, Switch, Type, TypeRef, Value

# The filter classes, in the order of their bits.
CLASSES = ("file", "desc", "process", "signal", "network", "memory", "ipc", "clock", "creds", "pure")


class Names:
    """Types by name.  Structs have a name space of their own, as in C."""

    def __init__(self, definition: Definition, messages: Messages) -> None:
        self.messages = messages
        self.types: Dict[str, Type] = {}
        self.structs: Dict[str, Type] = {}
        self.lost = definition.lost
        self.used: set[int] = set()     # id() of types that something refers to
        items: List[Type] = [*definition.kinds, *definition.sets]
        for item in items:
            self.enter(self.types, item)
        for struct in definition.structs:
            self.enter(self.structs, struct)

    def enter(self, table: Dict[str, Type], item: Type) -> None:
        first = table.setdefault(item.name, item)
        if first is not item:
            what = "struct" if isinstance(item, Struct) else "type"
            where = self.messages.where(first.pos)
            self.messages.error(item.pos, f"{what} '{item.name}' is already defined, at {where}")

    def resolve(self, ref: Optional[TypeRef]) -> Optional[Type]:
        """Find the type that is meant and remember it in the reference."""
        if ref is None or not ref.name:
            return None
        table = self.structs if ref.is_struct else self.types
        ref.target = table.get(ref.name)
        if ref.target is not None:
            self.used.add(id(ref.target))
            return ref.target
        if ref.is_struct:
            if ref.name in self.types:
                self.messages.error(ref.pos, f"'{ref.name}' is not a struct", f"write '{ref.name}' without struct")
            elif ref.name not in self.lost:
                self.messages.error(ref.pos, f"unknown struct '{ref.name}'", did_you_mean(ref.name, self.structs))
        elif ref.name in self.structs:
            self.used.add(id(self.structs[ref.name]))
            self.messages.error(ref.pos, f"'{ref.name}' is a struct", f"write 'struct {ref.name}'")
        elif ref.name not in self.lost:
            self.messages.error(ref.pos, f"unknown type '{ref.name}'",
                                did_you_mean(ref.name, [*self.types, *self.structs]))
        return None

    def classes(self, refs: List[Ref]) -> None:
        for ref in refs:
            if ref.name not in CLASSES:
                self.messages.error(ref.pos, f"unknown filter class '%{ref.name}'",
                                    did_you_mean(ref.name, CLASSES) or "known: " + " ".join("%" + c for c in CLASSES))


def bottom(item: Set) -> Optional[Type]:
    """What is below all the sets that a set is based on; a set when they are based on each other."""
    seen = set()
    at: Optional[Type] = item
    while isinstance(at, Set) and id(at) not in seen:
        seen.add(id(at))
        at = at.base.target if at.base else None
    return at


def kind_of(target: Optional[Type]) -> Optional[Kind]:
    """The kind that gives a type its storage; None for structs other than bits."""
    if isinstance(target, Struct):
        return kind_of(target.base.target) if target.base else None
    return target.kind if isinstance(target, Set) else target


def all_values(item: Set) -> Iterator[Value]:
    """The named values of a set, those inside fields too, and the masks of fields."""
    for value in item.values:
        yield value
        if value.inner is not None:
            yield from value.inner


def printed_values(item: Set) -> Iterator[Value]:
    """The values of a set that can be printed: all but the masks of fields."""
    for value in item.values:
        if value.inner is None:
            yield value
        else:
            yield from value.inner


def all_members(fields: List[Field]) -> Iterator[Member]:
    for item in fields:
        if isinstance(item, Switch):
            for case in item.cases:
                yield from all_members(case.fields)
        else:
            yield item


def all_sigs(sig: Sig) -> Iterator[Sig]:
    yield sig
    if sig.switch:
        for case in sig.switch.cases:
            if case.sig:
                yield from all_sigs(case.sig)


def expressions(member: Member) -> Iterator[Expr]:
    for expr in (member.count, member.sized, member.cond):
        if expr is not None:
            yield expr


# What a constant expression can be made of.
CONSTANT = frozenset(("num", "name", "sizeof_type", "u-", "u!", "u~", "?:", "*", "/", "%", "+", "-", "<<", ">>",
                      "<", "<=", ">", ">=", "==", "!=", "&", "^", "|", "&&", "||"))


def walk(expr: Expr) -> Iterator[Expr]:
    yield expr
    for arg in expr.args:
        yield from walk(arg)


def uses(expr: Optional[Expr], op: str) -> Optional[Expr]:
    """The first use of `ret` (say) in an expression."""
    if expr is not None:
        for part in walk(expr):
            if part.op == op:
                return part
    return None


def is_constant(expr: Expr) -> bool:
    if expr.args:
        return expr.op in CONSTANT and all(map(is_constant, expr.args))
    return expr.op in CONSTANT and expr.member is None
