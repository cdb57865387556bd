"""Names that the headers are taken not to have, as if they were older.

A definition must be readable with headers older than those at hand.  A list
of what these have and older ones lack, a name in a line, tells whether it is:

    CONSTANT
    linux/header.h
    struct tag          or union
    tag.member
"""
from __future__ import annotations

import re
from typing import Dict, Set, Tuple

LINE = re.compile(r"(struct|union) (\w+)$|(\w+)\.(\w+)$|\w+(?:/[\w./-]+)?$")


class NoName(Exception):
    """A line of the list is something else."""


class Lacking:
    def __init__(self, text: str = "") -> None:
        self.text = text
        self.names: Set[str] = set()                    # constants and headers
        self.tags: Set[Tuple[str, str]] = set()
        self.members: Dict[str, Set[str]] = {}          # by tag
        for number, line in enumerate(text.split("\n"), 1):
            name = line.partition("#")[0].strip()
            if name:
                self.add(name, number)

    def add(self, name: str, number: int) -> None:
        match = LINE.match(name)
        if not match:
            raise NoName(f"line {number}: '{name}' is no name of a constant, header, struct or member")
        keyword, tag, owner, member = match.groups()
        if tag:
            self.tags.add((keyword, tag))
        elif member:
            self.members.setdefault(owner, set()).add(member)
        else:
            self.names.add(name)

    def of(self, tag: str) -> Set[str]:
        """Members that the struct of that name lacks."""
        return self.members.get(tag, set())
