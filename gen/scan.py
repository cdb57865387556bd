"""Text into tokens, by one regular expression."""
from __future__ import annotations

import re
from typing import List

from .source import File, Messages

NAME, NUMBER, INCLUDE, OP, STRING, END = 1, 2, 3, 4, 5, 0

TOKEN = re.compile(r"""
    [ \t\r\n\f]* (?: (?: //[^\n]* | /\*.*?\*/ ) [ \t\r\n\f]* )*
    (?: ([A-Za-z_]\w*)
      | (\d\w*)
      | (\#[^\n]*)
      | ([{}()\[\];:,*^~+%?] | \.\.\. | -> | << | >> | <= | >= | == | != | && | \|\| | /(?!\*) | [-.&|!<>=])
      | ("[^"\n]*"?)
      | (/\*.*)
      | ([^ \t\r\n\f])
      | \Z                      # else the last comment would be given back in parts
    )""", re.VERBOSE | re.DOTALL | re.ASCII)


class Tokens:
    """Three lists side by side: what a token is, its text, its position.  The last token is END."""

    def __init__(self) -> None:
        self.kinds: List[int] = []
        self.texts: List[str] = []
        self.starts: List[int] = []


def scan(file: File, messages: Messages) -> Tokens:
    tokens = Tokens()
    base = file.base
    add_kind, add_text, add_start = tokens.kinds.append, tokens.texts.append, tokens.starts.append
    for match in TOKEN.finditer(file.text):
        kind = match.lastindex
        if kind is None:
            break
        if kind > STRING:
            pos = base + match.start(kind)
            messages.error(pos, "the comment is not closed" if kind == STRING + 1
                           else f"stray character {match.group(kind)!r}")
            continue
        if kind == STRING and not match.group(kind).endswith('"', 1):
            messages.error(base + match.start(kind), "the quotes are not closed")
        add_kind(kind)
        add_text(match.group(kind))
        add_start(base + match.start(kind))
    add_kind(END)
    add_text("")
    add_start(tokens.starts[-1] + len(tokens.texts[-2]) if tokens.starts else base)    # behind the last one
    return tokens
