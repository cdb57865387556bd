"""The values of sets as rows, and what can be wrong with them once they are known."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional

from .expressions import number_value
from .layout import Layout
from .source import Messages
from .tree import Definition, Set, Value

ALL = (1 << 64) - 1
IOCTL_SIZE = 0x3fff0000     # in the number of an ioctl command: of its struct, which may have grown


@dataclass
class Storage:
    width: int
    signed: bool

    def load(self, value: int) -> int:
        """A value as the decoder loads it from this storage into 64 bits."""
        if self.width in (0, 8):
            return value
        bits = 8 * self.width
        value &= (1 << bits) - 1
        if self.signed and value >> (bits - 1):
            value |= ALL ^ ((1 << bits) - 1)
        return value

    def holds(self, value: int) -> bool:
        """Whether nothing but copies of the sign is cut off."""
        if self.width in (0, 8):
            return True
        high = value >> (8 * self.width)
        return high == 0 or (high == ALL >> (8 * self.width) and bool(value >> (8 * self.width - 1) & 1))


@dataclass
class XlatRow:
    mask: int
    value: int
    name: str


class Named:
    """A printed value: field is the mask of the field it stands in, or None."""

    def __init__(self, value: Value, number: int, field: Optional[int]) -> None:
        self.value = value
        self.number = number
        self.field = field
        self.mask = number if field is None else field


def set_rows(item: Set, storage: Storage, layout: Layout, messages: Messages) -> List[XlatRow]:
    named = list_values(item, storage, layout, messages)
    if item.keyword == "enum":
        same_values(named, messages)
    else:
        hidden_flags(named, messages)
    if item.sources:
        named += from_macros(item, storage, layout, named)
    rows = []
    for n in named:
        rows.append(XlatRow(ALL if item.keyword == "enum" else n.mask, n.number, n.value.name))
    return rows


def list_values(item: Set, storage: Storage, layout: Layout, messages: Messages) -> List[Named]:
    named: List[Named] = []

    def number(value: Value) -> int:
        if value.name:
            raw = layout.ask(layout.c_constant(value.name), value.pos)
        else:
            raw = number_value(value.number) or 0
        if item.bits:
            raw = 1 << raw % (8 * storage.width or 64)
        if not storage.holds(raw):
            messages.error(value.pos, f"{value.label} is {raw:#x}, which does not fit {storage.width} bytes")
        return storage.load(raw)

    for value in item.values:
        if value.inner is None:
            named.append(Named(value, number(value), None))
            continue
        mask = number(value)
        for inner in value.inner:
            wanted = number(inner)
            if wanted and not wanted & mask:
                messages.error(inner.pos, f"{inner.name} is {wanted:#x}, which has no bit of the field {value.label}, "
                               f"{mask:#x}")
                continue
            # A value can have bits beside the field (PER_SVR3): then these belong to it too.
            named.append(Named(inner, wanted, mask | wanted))
    return named


def same_values(named: List[Named], messages: Messages) -> None:
    first: Dict[int, Named] = {}
    for n in named:
        other = first.setdefault(n.number, n)
        if other is not n and other.value.name != n.value.name:
            messages.error(n.value.pos, f"{n.value.name} has the same value as {other.value.name}: {n.number:#x}",
                           "drop one of them: only the first can be printed")


def hidden_flags(named: List[Named], messages: Messages) -> None:
    """A value that an earlier one is a part of is never printed alone."""
    for i, n in enumerate(named):
        number = n.number
        for other in named[:i]:
            if number & other.mask == other.number and hides(other, n):     # most differ in this already
                messages.error(n.value.pos, f"{n.value.name} ({n.number:#x}) is hidden behind {other.value.name} "
                               f"({other.number:#x}), at {messages.where(other.value.pos)}",
                               "put the one with more bits first, or drop one" if other.field is None else
                               f"{other.value.name} is in a field of the bits {other.field:#x}")
                break


def hides(first: Named, then: Named) -> bool:
    """Whether the first is printed in the place of the other wherever the other could be."""
    if first.value.name == then.value.name:
        return False            # reported as a repetition
    if not first.mask or not then.mask:
        return first.mask == then.mask      # names for 0
    return then.number & first.mask == first.number and first.mask & then.mask != 0


def from_macros(item: Set, storage: Storage, layout: Layout, listed: List[Named]) -> List[Named]:
    """Macros of the headers that use the named ones.  A listed value wins over them, else the first by name."""
    names = set(layout.headers.uses({r.name for r in item.sources}))
    seen = {n.number for n in listed}
    found: List[Named] = []
    for name, raw in layout.macros.items():
        number = storage.load(raw)
        if name in names and number not in seen and storage.holds(raw):
            seen.add(number)
            found.append(Named(Value(name, item.pos), number, None))
    return found


def check_fallbacks(definition: Definition, layout: Layout, messages: Messages) -> None:
    """A value given must be the value that the headers have, and the same everywhere."""
    commands = set(layout.headers.uses({r.name for s in definition.sets for r in s.sources}))
    for name, given in definition.fallbacks.items():
        has = layout.headers.has(name)
        ignored = IOCTL_SIZE if name in commands else 0
        want = layout.ask(name, given[0][1]) if has else layout.constant(given[0][0])
        for expr, pos in given:
            value = layout.constant(expr)
            if not agree(value & ~ignored, want & ~ignored):
                where = "in the headers" if has else f"at {messages.where(given[0][1])}"
                messages.error(expr.pos, f"{name} is {want:#x} {where}, not {value:#x}")


def agree(a: int, b: int) -> bool:
    """Equal, or equal as 32 bits whose sign was taken differently."""
    return a == b or (a & 0xffffffff == b & 0xffffffff and {a >> 32, b >> 32} == {0, 0xffffffff})
