"""What the compiler will have to answer, gathered before the tables are made.

Making the tables puts the same questions again.  One that was not foreseen costs another run of the compiler and
making the tables again, and nothing else.
"""
from __future__ import annotations

from typing import Dict, Optional

from .layout import Layout
from .names import all_members, all_sigs, is_constant
from .newer import check_newer, check_optional
from .source import Messages
from .tree import Call, Definition, Expr, Field, Member, Sig, Struct, Switch
from .values import check_fallbacks


class Questions:
    def __init__(self, definition: Definition, layout: Layout, messages: Messages) -> None:
        """messages: of what is not answered yet; they mean nothing."""
        self.definition = definition
        self.layout = layout
        self.messages = messages

    def gather(self, constants: Dict[str, int]) -> None:
        layout = self.layout
        layout.word()
        for kind in self.definition.kinds:
            layout.kind_width(kind)
            layout.kind_signed(kind)
        check_fallbacks(self.definition, layout, self.messages)
        for name, pos in constants.items():
            layout.ask(layout.c_constant(name), pos)
        for struct in self.definition.structs:
            self.struct(struct)
        numbers = layout.headers.numbers()
        for call in self.definition.calls:
            self.call(call, numbers.get(call.name))

    def struct(self, struct: Struct) -> None:
        self.expr(struct.stride)
        if struct.base is None:
            self.layout.struct_size(struct)
            for member in all_members(struct.fields):
                self.layout.field_place(struct, member)
        for item in struct.fields:
            self.field(item)
        check_newer(struct, self.layout, self.messages)
        check_optional(struct, self.layout, self.messages)

    def field(self, item: Field) -> None:
        if isinstance(item, Member):
            self.member(item)
            return
        self.switch(item)
        for case in item.cases:
            for inner in case.fields:
                self.field(inner)

    def call(self, call: Call, number: Optional[str]) -> None:
        if number is not None:
            self.layout.ask(number, call.pos)
        for sig in all_sigs(call.sig):
            self.sig(sig)

    def sig(self, sig: Sig) -> None:
        for param in sig.params:
            self.member(param)
        if sig.switch is not None:
            self.switch(sig.switch)

    def switch(self, switch: Switch) -> None:
        self.expr(switch.key)

    def member(self, member: Member) -> None:
        if member.has_exprs:
            for expr in (member.count, member.sized, member.cond, member.when):
                self.expr(expr)

    def expr(self, expr: Optional[Expr]) -> None:
        """The parts that are constant, each as a whole."""
        if expr is None:
            return
        if is_constant(expr):
            self.layout.constant(expr)
            return
        for arg in expr.args:
            self.expr(arg)
