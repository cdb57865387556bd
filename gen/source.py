"""Source files and the messages about them.

A position is one integer: an offset into all files laid end to end.  It is
turned into file, line and column only when a message needs it.
"""
from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from typing import Iterable, List, Optional, Tuple

NOWHERE = -1    # the position of what no line of the definition is to blame for

WORD = re.compile(r"#\s*include|\w+|\.\.\.|\S")


@dataclass(eq=False, repr=False)
class File:
    path: str
    text: str
    base: int
    lines: Optional[List[int]] = None   # offsets of line starts, made when first needed

    def line_starts(self) -> List[int]:
        if self.lines is None:
            self.lines = [0] + [m.end() for m in re.finditer("\n", self.text)]
        return self.lines


@dataclass(eq=False, repr=False)
class Place:
    path: str
    line: int
    col: int
    text: str   # the whole line


class Sources:
    """The files of one definition, in reading order."""

    def __init__(self) -> None:
        self.files: List[File] = []
        self.bases: List[int] = []
        self.end = 0

    def add(self, path: str, text: str) -> File:
        file = File(path, text, self.end)
        self.files.append(file)
        self.bases.append(self.end)
        self.end += len(text) + 1
        return file

    def file_of(self, pos: int) -> File:
        return self.files[max(bisect.bisect_right(self.bases, pos) - 1, 0)]

    def place(self, pos: int) -> Place:
        file = self.file_of(pos)
        starts = file.line_starts()
        offset = min(pos - file.base, len(file.text))
        line = bisect.bisect_right(starts, offset)
        start = starts[line - 1]
        end = file.text.find("\n", start)
        text = file.text[start:] if end < 0 else file.text[start:end]
        return Place(file.path, line, offset - start + 1, text)

    def position(self, path: str, line: int, col: int) -> Optional[int]:
        """The reverse of place(), for messages of the compiler."""
        for file in self.files:
            if file.path == path:
                starts = file.line_starts()
                if 1 <= line <= len(starts):
                    return file.base + starts[line - 1] + max(col, 1) - 1
        return None


@dataclass(eq=False, repr=False)
class Message:
    pos: int
    what: str
    hint: str = ""


class Messages:
    """Collects what is wrong; every step goes on after a mistake and adds to the same list."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.list: List[Message] = []
        self.seen: set[Tuple[int, str]] = set()

    def error(self, pos: int, what: str, hint: str = "") -> None:
        if (pos, what) not in self.seen:
            self.seen.add((pos, what))
            self.list.append(Message(pos, what, hint))

    def add(self, others: Messages) -> None:
        for message in others.list:
            self.error(message.pos, message.what, message.hint)

    def __bool__(self) -> bool:
        return bool(self.list)

    def where(self, pos: int) -> str:
        """A short reference to another place, for use inside a message."""
        place = self.sources.place(pos)
        return f"{place.path}:{place.line}"

    def render(self) -> str:
        return "".join(self.render_one(m) for m in sorted(self.list, key=lambda m: m.pos))

    def render_one(self, message: Message) -> str:
        if message.pos == NOWHERE:
            return f"gen: {message.what}\n"
        place = self.sources.place(message.pos)
        before = place.text[:place.col - 1]
        word = WORD.match(place.text, place.col - 1)
        under = "^" + "~" * (len(word.group()) - 1 if word else 0)
        lead = "".join(c if c == "\t" else " " for c in before)
        out = f"{place.path}:{place.line}:{place.col}: error: {message.what}\n{place.text}\n{lead}{under}\n"
        if message.hint:
            out += f"{lead}{message.hint}\n"
        return out


class Unknown(Exception):
    """There is no call, or no case, of that name."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming what was probably meant, or nothing."""
    import difflib  # costs milliseconds, and most runs have no mistakes
    near = difflib.get_close_matches(name, [k for k in known if k], 1, 0.7)
    return f"did you mean '{near[0]}'?" if near else ""
