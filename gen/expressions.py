"""Tokens, and expressions made of them: what every part of a definition needs to be read."""
from __future__ import annotations

import functools
import re
from typing import NoReturn, Optional

from .scan import END, INCLUDE, NAME, NUMBER, STRING, scan
from .source import File, Messages
from .tree import Definition, Expr, Ref, TypeRef

LEVELS = {op: n for n, ops in enumerate((
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="), ("<<", ">>"),
    ("+", "-"), ("*", "/", "%"))) for op in ops}
NUMBER_FORM = re.compile(r"(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)[uU]?[lL]{0,2}$")
LONGEST_NUMBER = 40     # digits; longer ones are not worth to be computed
MOST_TERMS = 200        # of an expression: what walks it goes as deep


class Bad(Exception):
    """The current item cannot be read further; the message is already recorded."""


@functools.lru_cache(maxsize=None)
def number_value(text: str) -> Optional[int]:
    """The value of a C integer literal; None when it is none or needs more than 64 bits."""
    match = NUMBER_FORM.match(text)
    if not match:
        return None
    digits = match.group(1)
    if len(digits) > LONGEST_NUMBER:
        return None
    octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX"
    value = int(digits, 8) if octal else int(digits, 0)
    return value if value < 1 << 64 else None


class Reader:
    """Where the parser is in the tokens of a file."""

    def __init__(self, file: File, messages: Messages, out: Definition) -> None:
        tokens = scan(file, messages)
        self.kinds, self.texts, self.starts = tokens.kinds, tokens.texts, tokens.starts
        self.file = file
        self.messages = messages
        self.out = out
        self.i = 0
        self.start = 0      # of the item at hand
        self.terms = 0      # of the expression at hand

    # ---- tokens ----

    @property
    def pos(self) -> int:
        return self.starts[self.i]

    def fail(self, what: str, hint: str = "", pos: Optional[int] = None) -> NoReturn:
        self.messages.error(self.pos if pos is None else pos, what, hint)
        raise Bad()

    def shown(self) -> str:
        return f"'{self.texts[self.i].strip()}'" if self.kinds[self.i] != END else "the end of the file"

    def at_margin(self, i: int) -> bool:
        """Whether a token is where items begin, and can begin one."""
        offset = self.starts[i] - self.file.base
        return self.kinds[i] in (NAME, INCLUDE) and (offset == 0 or self.file.text[offset - 1] == "\n")

    def open_bracket(self) -> str:
        """The bracket that would close the innermost one that the item has opened."""
        closing = {"(": ")", "[": "]", "{": "}"}
        ahead = [""]
        for text in self.texts[self.start:self.i]:
            if text in closing:
                ahead.append(closing[text])
            elif text == ahead[-1]:
                ahead.pop()
        return ahead[-1]

    def expected(self, what: str) -> NoReturn:
        """Something is missing: the place is right behind what is there."""
        for i in range(self.i - 1, max(self.i - 4, self.start), -1):
            if self.at_margin(i):       # the next item was taken for a part of this one
                self.i = i
                what = f"'{self.open_bracket()}'"
                break
        pos = self.pos
        if self.i:
            pos = self.starts[self.i - 1] + len(self.texts[self.i - 1])
        self.fail(f"expected {what} before {self.shown()}", "", pos)

    def take(self, text: str) -> bool:
        if self.texts[self.i] == text:
            self.i += 1
            return True
        return False

    def need(self, text: str) -> None:
        if self.texts[self.i] != text:
            self.expected(f"'{text}'")
        self.i += 1

    def name(self, what: str) -> Ref:
        i = self.i
        if self.kinds[i] != NAME:
            self.fail(f"expected {what}, found {self.shown()}")
        self.i = i + 1
        return Ref(self.texts[i], self.starts[i])

    def number(self, what: str, below: int) -> int:
        if self.kinds[self.i] != NUMBER:
            self.fail(f"expected {what}, found {self.shown()}")
        value = self.literal()
        if value >= below:
            self.fail(f"{what} {self.texts[self.i]} is too large (at most {below - 1})")
        self.i += 1
        return value

    def literal(self) -> int:
        value = number_value(self.texts[self.i])
        if value is None:
            text = self.texts[self.i]
            self.fail(f"the number {text} does not fit 64 bits" if NUMBER_FORM.match(text)
                      else f"'{text}' is not a number")
        return value

    def string(self, what: str) -> str:
        if self.kinds[self.i] != STRING:
            self.fail(f"expected {what} in quotes, found {self.shown()}")
        self.i += 1
        return self.texts[self.i - 1][1:-1]

    def type(self) -> TypeRef:
        if self.texts[self.i] == "struct":
            self.i += 1
            name = self.name("the name of a struct")
            return TypeRef(name.name, name.pos, True)
        name = self.name("a type")
        return TypeRef(name.name, name.pos)

    # ---- expressions ----

    def expr(self) -> Expr:
        self.terms = 0
        return self.choice()

    def choice(self) -> Expr:
        cond = self.binary(0)
        if self.texts[self.i] != "?":
            return cond
        pos = self.pos
        self.i += 1
        yes = self.choice()
        self.need(":")
        return Expr("?:", pos, (cond, yes, self.choice()))

    def binary(self, level: int) -> Expr:
        left = self.unary()
        while True:
            op = self.texts[self.i]
            at = LEVELS.get(op, -1)
            if at < level:
                return left
            if op == "%" and self.at_class():
                return left
            pos = self.pos
            self.i += 1
            left = Expr(op, pos, (left, self.binary(at + 1)))

    def at_class(self) -> bool:
        """`stride d_reclen %file {`: a class, not a remainder."""
        return self.texts[self.i + 2] in ("{", "%", "differs", "limit", "unnamed")

    def unary(self) -> Expr:
        i = self.i
        text, pos = self.texts[i], self.starts[i]
        self.terms += 1
        if self.terms > MOST_TERMS:
            self.fail(f"the expression has more than {MOST_TERMS} terms")
        self.i = i + 1
        if self.kinds[i] == NAME:
            if text == "sizeof" and self.texts[i + 1] == "(" and self.texts[i + 2] == "struct":
                return self.sizeof_type(pos)
            if text in ("ret", "sizeof", "netlink", "returned"):
                return Expr(text, pos)
            if text in ("min", "entry") and self.texts[i + 1] == "(":
                return self.min() if text == "min" else self.entry()
            if self.take("->"):
                return Expr("field", pos, (), text, field=self.name("the name of a field").name)
            return Expr("name", pos, (), text)
        if self.kinds[i] == NUMBER:
            self.i = i
            self.literal()
            self.i = i + 1
            return Expr("num", pos, (), text)
        if text in ("-", "!", "~"):
            return Expr("u" + text, pos, (self.unary(),))
        if text == "*":
            name = self.name("the name of a pointer")
            return Expr("deref", name.pos, (), name.name)
        if text == "(":
            inner = self.choice()
            self.need(")")
            return inner
        self.i = i
        self.fail(f"expected an expression, found {self.shown()}")

    def sizeof_type(self, pos: int) -> Expr:
        self.need("(")
        ref = self.type()
        self.need(")")
        return Expr("sizeof_type", pos, type=ref)

    def min(self) -> Expr:
        """The smaller of two."""
        self.need("(")
        a = self.choice()
        pos = self.pos
        self.need(",")
        b = self.choice()
        self.need(")")
        return Expr("?:", pos, (Expr("<", pos, (a, b)), a, b))

    def entry(self) -> Expr:
        """What a pointer pointed to when the call was entered, or a field held."""
        self.need("(")
        pointer = self.take("*")
        name = self.name("the name of a pointer" if pointer else "the name of a field")
        self.need(")")
        return Expr("entry" if pointer else "kept", name.pos, (), name.name)
