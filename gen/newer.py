"""Structs of which the installed headers have an older version.

A member that the definition calls optional is put behind the one in front of
it.  Any other makes the whole struct be laid out from the definition.  That is
right when what both have is at the same places, and what only the definition
has is reserved, or where the headers have nothing or something that is
reserved.  If not, the name is a mistake.
"""
from __future__ import annotations

from typing import Iterator, List, Tuple

from .layout import RESERVED, Layout
from .names import all_members
from .source import Messages, did_you_mean
from .tree import Member, Struct

Place = Tuple[int, int]     # offset, size


def older_places(struct: Struct, layout: Layout) -> Iterator[Place]:
    """Where the struct of the headers has something that means something."""
    for name in layout.headers.declared(struct.tag_keyword, struct.tag):
        if not RESERVED.search(name):
            yield layout.place(layout.c_tag(struct), name, struct.tag_pos)


def moved(struct: Struct, member: Member, layout: Layout) -> bool:
    """Whether a member that both have is at another place."""
    return not RESERVED.search(member.name) and (layout.place_there(struct, member)
                                                 != layout.field_place(struct, member))


def overlap(a: Place, b: Place) -> bool:
    return a[0] < b[0] + b[1] and b[0] < a[0] + a[1]


def check_optional(struct: Struct, layout: Layout, messages: Messages) -> None:
    """Where the headers have an optional member, it must be where it would be put without them."""
    for member in all_members(struct.fields):
        if member.optional and member.before is not None and layout.in_headers(struct):
            there, behind = layout.place_there(struct, member), layout.place_behind(struct, member)
            if there != behind and layout.answers:
                messages.error(member.at_pos, f"'{member.name}' has {there[1]} bytes at {there[0]}: behind "
                               f"'{member.before.name}' it would have {behind[1]} at {behind[0]}")


def check_newer(struct: Struct, layout: Layout, messages: Messages) -> None:
    newer = layout.newer.get(id(struct))
    if newer is None:
        return
    new = {id(m) for m in newer}
    taken = list(older_places(struct, layout))
    strayed = [m for m in all_members(struct.fields) if id(m) not in new and moved(struct, m, layout)]
    wrong: List[Member] = []
    for member in newer:
        if RESERVED.search(member.name) and not strayed:
            continue            # it may have become a field since
        place = layout.place(layout.c_struct(struct), layout.member_name(member), member.pos)
        if strayed or any(overlap(place, other) for other in taken):
            wrong.append(member)
    if not layout.answers:
        return
    for member in wrong:
        name = member.at or member.name
        near = did_you_mean(name, layout.headers.declared(struct.tag_keyword, struct.tag))
        messages.error(member.at_pos or member.pos, f"{layout.c_tag(struct)} has no member '{name}'",
                       near or "to have it before the headers do, list all fields, in order")
