"""The definitions as they were written, for `trace --list`: a C array of names and texts.

Values of sets are left out: the tables have them, with their numbers.  This
only reads the definition, and needs no compiler.
"""
from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import List, Tuple, Union

from .emit import NOTE
from .headers import ARCHES
from .parse import parse
from .scan import END, Tokens, scan
from .source import File, Messages, Sources
from .tree import Call, Definition, Kind, Set, Struct

Item = Union[Call, Set, Struct]

OPEN, CLOSE = ("(", "{", "["), (")", "}", "]")


def ends(tokens: Tokens) -> List[Tuple[int, int]]:
    """Start and end of each item: it starts at the left margin, and is over with its last `;` or brace."""
    spans: List[Tuple[int, int]] = []
    depth, start = 0, -1
    for i, text in enumerate(tokens.texts):
        if tokens.kinds[i] == END or text.startswith("#"):
            continue
        if start < 0:
            start = tokens.starts[i]
        if text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
        if depth == 0 and text in (";", "}"):
            spans.append((start, tokens.starts[i] + 1))
            start = -1
    return spans


def with_comment(text: str, end: int) -> int:
    """The end of a comment that follows on the same line."""
    match = re.compile(r"[ \t]*(/\*[^\n]*?\*/|//[^\n]*)(?=\n|$)").match(text, end)
    return match.end() if match else end


def tidy(text: str) -> str:
    """One blank between result and name, where the source has a column."""
    return re.sub(r"\A((?:struct )?\w+)\t+", r"\1 ", text).rstrip()


def head(text: str) -> str:
    """A set without its values."""
    return text.partition("{")[0].rstrip().rstrip(";")


def kind_text(kind: Kind) -> str:
    classes = "".join(f" %{c.name}" for c in kind.classes)
    limit = f" limit {kind.limit[0]}, {kind.limit[1]}" if kind.limit else ""
    return f"kind {kind.name}: {kind.ctype}{classes}{limit}"


@dataclass
class Row:
    what: str           # KIND SET STRUCT CALL
    name: str
    text: str
    arches: List[str] = field(default_factory=list)     # none: all


def texts(file: File, definition: Definition, messages: Messages) -> List[Row]:
    """Every definition in the file."""
    out = [Row("KIND", kind.name, kind_text(kind)) for kind in definition.kinds]
    items: List[Item] = [*definition.sets, *definition.structs, *definition.calls]
    by_pos = sorted(items, key=lambda item: item.pos)
    spans = iter(ends(scan(file, messages)))
    for item in by_pos:
        start, end = next((s, e) for s, e in spans if s <= item.pos < e)
        text = file.text[start - file.base:with_comment(file.text, end - file.base)]
        if isinstance(item, Set):
            out.append(Row("SET", item.name, head(text)))
        elif isinstance(item, Struct):
            out.append(Row("STRUCT", item.name, tidy(text)))
        else:
            out.append(Row("CALL", item.name, tidy(text), [arch.name for arch in item.arches]))
    return out


def quoted(text: str) -> str:
    lines = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").split("\n")
    return '"' + '\\n"\n\t "'.join(lines) + '"'


def row_c(row: Row) -> str:
    """Of a call that several lines define, the C compiler takes the one of its architecture."""
    out = f"\t{{ DEFINITION_{row.what}, \"{row.name}\",\n\t {quoted(row.text)} }},\n"
    if not row.arches:
        return out
    here = " || ".join(f"defined({ARCHES[arch]})" for arch in row.arches if arch in ARCHES)
    return f"#if {here or 0}\n{out}#endif\n"


def definitions_c(found: List[Row]) -> str:
    out = [NOTE, '#include "trace/list.h"\n\n#pragma GCC diagnostic ignored "-Woverlength-strings"\n'
           "const struct definition table_definitions[] = {\n"]
    out += [row_c(row) for row in found]
    out.append("};\n\nconst unsigned table_ndefinitions = sizeof(table_definitions) / sizeof(table_definitions[0]);\n")
    return "".join(out)


def list_definitions(paths: List[str], output: str) -> bool:
    """False after a mistake in the definition, which is reported."""
    sources = Sources()
    messages = Messages(sources)
    found: List[Row] = []
    for path in paths:
        with open(path, encoding="utf-8-sig", errors="replace") as f:
            file = sources.add(path, f.read())
        definition = Definition()
        parse(file, messages, definition)
        if messages:
            sys.stderr.write(messages.render())
            return False
        found += texts(file, definition, messages)
    with open(output, "w", encoding="utf-8") as f:
        f.write(definitions_c(found))
    return True
