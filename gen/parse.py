"""Tokens into the tree.  After a mistake it goes on at the next item.

An item starts at the left margin and everything inside it is indented or is
a closing brace: that is how the next item is found when braces do not match.
"""
from __future__ import annotations

import re
from typing import List, Optional

from .expressions import Bad, Reader
from .scan import END, INCLUDE, NAME, NUMBER
from .source import File, Messages
from .tree import Call, Case, Definition, Field, Kind, Member, Ref, Set, Sig, Struct, Switch, TypeRef, Value

BEHAVIOURS = ("noreturn", "exec", "fork", "sigreturn", "restart")
ALSO = ("ppid", "euid", "egid")
MOST_SWITCHES = 20      # inside each other: what walks them goes as deep
MOST_STARS = 3
DIRECTIONS = ("in", "out", "inout")
INCLUDE_LINE = re.compile(r"#[ \t]*include[ \t]*<([^>\s]+)>\s*(?:optional\b)?\s*(?://.*|/\*.*\*/\s*)?$")


class Parser(Reader):
    """Reads the items of a file into a definition."""

    # ---- items ----

    def run(self) -> None:
        while self.kinds[self.i] != END:
            self.start = self.i
            try:
                self.item()
            except Bad:
                self.i = max(self.i, self.start + 1)
                while self.kinds[self.i] != END and not self.at_margin(self.i):
                    self.i += 1
                self.lose()

    def lose(self) -> None:
        """Remember the names of what could not be read: nothing shall be said about their uses."""
        tokens = self.texts[self.start:self.i]
        if tokens[0] in ("enum", "flags", "struct"):
            self.out.lost.update(tokens[1:2])
        elif tokens[0] == "kind":
            self.out.lost.update(tokens)

    def item(self) -> None:
        self.depth = 0          # of switches
        if self.kinds[self.i] == INCLUDE:
            self.include()
        elif self.kinds[self.i] != NAME:
            self.fail(f"expected #include, kind, enum, flags, struct or a system call, found {self.shown()}")
        else:
            word = self.texts[self.i]
            following = self.kinds[self.i + 1]
            if word == "kind" and self.texts[self.i + 1] == "{":
                self.kind_list()
            elif word in ("enum", "flags") and following == NAME:
                self.set_()
            elif word == "struct" and following == NAME:
                self.struct()
            else:
                self.call()

    def include(self) -> None:
        match = INCLUDE_LINE.match(self.texts[self.i])
        if not match:
            self.fail("expected #include <header>")
        self.out.includes.append(Ref(match.group(1), self.pos))
        self.i += 1

    def kind_list(self) -> None:
        self.i += 1
        self.need("{")
        while not self.take("}"):
            self.kind()
            if not self.take(",") and self.texts[self.i] != "}":
                if self.kinds[self.i] == NAME:
                    self.fail(f"unknown attribute '{self.texts[self.i]}' of a kind", "known: %class, limit N, N")
                self.expected("',' or '}'")

    def kind(self) -> None:
        name = self.name("the name of a kind")
        self.need(":")
        pos = self.pos
        words: List[str] = []
        while self.kinds[self.i] == NAME and self.texts[self.i] != "limit" and (
                not words or words[-1] in ("struct", "union", "unsigned", "signed", "long", "short")):
            words.append(self.name("a C type").name)
        if not words:
            self.expected("a C type")
        while self.take("*"):
            words.append("*")
        kind = Kind(name.name, name.pos, " ".join(words), pos)
        while self.attribute(kind):
            pass
        self.out.kinds.append(kind)

    def attribute(self, owner: "Kind | Set | Struct") -> bool:
        """`%class` or `limit N, N`."""
        if self.texts[self.i] == "%":
            owner.classes.append(self.class_())
            return True
        if self.texts[self.i] == "limit" and self.kinds[self.i + 1] == NUMBER:
            self.i += 1
            first = self.number("a limit", 0xffff)
            self.need(",")
            owner.limit = (first, self.number("a limit", 0xffff))
            return True
        return False

    def differs(self, owner: "Set | Struct") -> bool:
        if self.take("differs"):
            owner.differs = self.string("the reason")
            return True
        return False

    def class_(self) -> Ref:
        pos = self.pos
        self.need("%")
        return Ref(self.name("the name of a filter class").name, pos)

    def set_(self) -> None:
        keyword = self.name("enum or flags").name
        name = self.name(f"the name of the {keyword}")
        item = Set(keyword, name.name, name.pos)
        if self.take(":"):
            item.base = self.type()
        item.bits = keyword == "flags" and self.take("bits")
        while self.kinds[self.i] == NAME and self.texts[self.i + 1] == "*":
            item.prefixes.append(self.name("a prefix"))
            self.need("*")
        if self.texts[self.i] == "from":
            self.i += 1
            item.sources.append(self.name("the name of a macro"))
            while self.take(","):
                item.sources.append(self.name("the name of a macro"))
        if self.take("="):
            item.like = self.name("the name of a set")
        while self.attribute(item) or self.differs(item):
            pass
        if item.like is None or not self.take(";"):
            self.need("{")
            item.values = self.values(keyword == "flags", item.omitted)
        self.out.sets.append(item)

    def values(self, fields_allowed: bool, omitted: Optional[List[Ref]]) -> List[Value]:
        """The values of a set up to and with the closing brace.  Most of a definition is in this loop."""
        values: List[Value] = []
        kinds, texts, starts = self.kinds, self.texts, self.starts
        i = self.i
        while texts[i] != "}":
            kind = kinds[i]
            value: Optional[Value] = None
            if kind == NAME:
                value = Value(texts[i], starts[i])
            elif kind == NUMBER and texts[i + 1] == "{":
                self.i = i
                self.literal()
                value = Value("", starts[i], texts[i])
            elif texts[i] == "!" and omitted is not None:
                self.i = i + 1
                omitted.append(self.name("the name of a constant"))
                i = self.i
            else:
                self.i = i
                self.fail(f"expected the name of a constant, found {self.shown()}",
                          "values are written by name" if kind == NUMBER else "")
            if value is not None:
                i += 1
                if texts[i] not in (",", "}"):
                    self.i = i
                    self.value_rest(value, fields_allowed)
                    i = self.i
                values.append(value)
            if texts[i] == ",":
                i += 1
            elif texts[i] != "}":
                self.i = i
                self.expected("',' or '}'")
        self.i = i + 1
        return values

    def value_rest(self, value: Value, fields_allowed: bool) -> None:
        if self.take("="):
            value.fallback = self.expr()
        if self.texts[self.i] == "{":
            if not fields_allowed:
                self.fail("a field can stand in flags only, and not inside another field")
            self.i += 1
            if self.take("="):
                value.inner, value.like = [], self.name("the name of an enum")
                self.need("}")
            else:
                value.inner = self.values(False, None)

    # ---- structs ----

    def struct(self) -> None:
        self.i += 1
        name = self.name("the name of the struct")
        item = Struct(name.name, name.pos, name.name, "struct", name.pos)
        if self.take("="):
            if self.texts[self.i] in ("struct", "union"):
                item.tag_keyword = self.name("struct or union").name
            tag = self.name("the tag of the C struct")
            item.tag, item.tag_pos = tag.name, tag.pos
        if self.take(":"):
            item.base = self.type()
        while self.texts[self.i] != "{":
            if self.take("unnamed"):
                item.unnamed = True
            elif self.take("stride"):
                item.stride = self.expr()
            elif not self.attribute(item) and not self.differs(item):
                if self.kinds[self.i] == NAME:
                    self.fail(f"unknown attribute {self.shown()} of a struct",
                              "known: unnamed, stride EXPR, limit N, N, differs \"REASON\", %class")
                self.expected("'{'")
        item.fields = self.fields(item.omitted)
        self.out.structs.append(item)

    def fields(self, omitted: List[Ref]) -> List[Field]:
        """omitted: is given the names of those that are left out."""
        self.need("{")
        fields: List[Field] = []
        while not self.take("}"):
            if self.take("!"):
                omitted.append(self.name("the name of a field"))
                self.need(";")
            elif self.texts[self.i] == "switch" and self.texts[self.i + 1] == "(":
                fields.append(self.field_switch(omitted))
            else:
                fields.append(self.field())
        return fields

    def field(self) -> Member:
        show = 0
        if self.texts[self.i] == "-":
            if self.texts[self.i + 1] not in ("v", "vv"):
                self.fail("expected -v or -vv")
            show = len(self.texts[self.i + 1])
            self.i += 2
        member = self.member(True)
        member.show = show
        self.need(";")
        return member

    def field_switch(self, omitted: List[Ref]) -> Switch:
        switch = self.switch_head()
        while not self.take("}"):
            pos = self.pos
            labels = self.labels()
            fields = self.fields(omitted) if self.texts[self.i] == "{" else [self.field()]
            switch.cases.append(Case(labels, pos, None, fields))
        self.depth -= 1
        return switch

    # ---- calls ----

    def call(self) -> None:
        ret = None
        start = self.i
        if self.texts[self.i] == "struct" or self.kinds[self.i + 1] == NAME:
            ret = self.type()
        name = self.name("the name of a system call")
        if self.texts[self.i] != "(" and ret is None:
            self.i = start
            self.fail(f"expected #include, kind, enum, flags, struct or a system call, found {self.shown()}")
        call = Call(name.name, name.pos, self.params(ret))
        while self.texts[self.i] not in (";", "switch"):
            self.call_attribute(call)
        self.sig_end(call.sig)
        self.out.calls.append(call)

    def call_attribute(self, call: Call) -> None:
        if self.texts[self.i] == "%":
            call.classes.append(self.class_())
            return
        if self.kinds[self.i] != NAME or self.at_margin(self.i):
            self.expected("';'")
        word = self.name("an attribute")
        if word.name == "alias":
            call.alias = self.name("the name of an event").name
        elif word.name == "nr":
            call.nr_pos = self.pos
            call.nr = self.number("a call number", 0xffff)
        elif word.name == "on":
            while self.kinds[self.i] == NAME and not self.at_margin(self.i) and self.texts[self.i] not in CALL_WORDS:
                call.arches.append(self.name("the name of an architecture"))
            if not call.arches:
                self.expected("the name of an architecture")
        elif word.name == "differs":
            call.differs = self.string("the reason")
        elif word.name in BEHAVIOURS:
            call.behaviour.append(word)
        elif word.name == "affinity":
            call.affinity = True
        elif word.name == "seccomp":
            call.seccomp = True
        elif word.name == "sends":
            signal = self.name("the name of a parameter")
            self.need("to")
            call.sends = (signal, self.name("the name of a parameter"))
        elif word.name == "also":
            call.also = self.name("one of " + ", ".join(ALSO))
            if call.also.name not in ALSO:
                self.fail(f"expected one of {', '.join(ALSO)}, found '{call.also.name}'", "", call.also.pos)
        else:
            known = ", ".join(sorted(CALL_WORDS - {"switch"}))
            self.fail(f"unknown attribute '{word.name}' of a call", f"known: {known}", word.pos)

    def params(self, ret: Optional[TypeRef]) -> Sig:
        sig = Sig(ret, [], self.pos)
        self.need("(")
        while self.texts[self.i] != ")":
            if self.texts[self.i] == "...":
                sig.more = self.pos
                self.i += 1
                break
            if self.texts[self.i] == "_":
                sig.params.append(Member("_", self.pos, TypeRef("", self.pos)))
                self.i += 1
            else:
                sig.params.append(self.member(False))
            if not self.take(","):
                if self.texts[self.i] not in (")", "..."):
                    self.expected("',' or ')'")
            elif self.texts[self.i] == ")":
                self.expected("a parameter")
        self.need(")")
        return sig

    def sig_end(self, sig: Sig) -> None:
        if self.texts[self.i] != "switch":
            self.need(";")
            return
        sig.switch = self.switch_head()
        while not self.take("}"):
            pos = self.pos
            labels = self.labels()
            ret = self.type() if self.kinds[self.i] == NAME else None
            if self.texts[self.i] != "(":
                self.expected("'('")
            inner = self.params(ret)
            self.sig_end(inner)
            sig.switch.cases.append(Case(labels, pos, inner))
        self.depth -= 1

    # ---- shared pieces ----

    def switch_head(self) -> Switch:
        pos = self.pos
        self.need("switch")
        self.depth += 1
        if self.depth > MOST_SWITCHES:
            self.fail(f"more than {MOST_SWITCHES} switches inside each other", "", pos)
        self.need("(")
        key = self.expr()
        self.need(")")
        self.need("{")
        return Switch(pos, key, [])

    def labels(self) -> List[Value]:
        labels: List[Value] = []
        while True:
            if self.kinds[self.i] == NUMBER:
                self.literal()
                labels.append(Value("", self.pos, self.texts[self.i]))
                self.i += 1
            else:
                name = self.name("a case label")
                label = Value(name.name, name.pos)
                if self.take("="):
                    label.fallback = self.expr()
                labels.append(label)
            if self.take(":"):
                return labels
            if not self.take(","):
                self.expected("':' or ','")

    def member(self, is_field: bool) -> Member:
        direction = ""
        if self.texts[self.i] in DIRECTIONS and self.kinds[self.i + 1] == NAME:
            direction = self.texts[self.i]
            self.i += 1
        member = Member("", self.pos, self.type(), direction)
        self.declarator(member, is_field)
        while self.clause(member, is_field):
            pass
        return member

    def declarator(self, member: Member, is_field: bool) -> None:
        if self.take("("):
            self.need("*")
            self.member_name(member)
            self.need(")")
            if self.texts[self.i] != "[":
                self.expected("'['")
            member.is_indirect = True
        else:
            while self.take("*"):
                member.stars += 1
            if member.stars > MOST_STARS:
                self.fail(f"more than {MOST_STARS} stars")
            self.member_name(member)
        if self.take("["):
            member.is_array = True
            member.is_indirect = member.is_indirect or not is_field
            if self.texts[self.i] != "]":
                member.count = self.expr()
            self.need("]")
        if is_field and self.take(":"):
            member.bits = self.number("a number of bits", 65)

    def member_name(self, member: Member) -> None:
        if self.kinds[self.i] != NAME:
            self.expected("a name")
        name = self.name("a name")
        member.name, member.pos = name.name, name.pos

    def clause(self, member: Member, is_field: bool) -> bool:
        word = self.texts[self.i]
        given = {"sized": member.sized, "if": member.cond, "when": member.when, "at": member.at or None}
        if given.get(word) is not None:
            self.fail(f"'{word}' is there twice")
        if word == "sized":
            self.i += 1
            member.sized = self.expr()
        elif word == "if":
            self.i += 1
            member.cond = self.expr()
        elif word == "when":
            self.i += 1
            member.when = self.expr()
        elif word == "at":
            if not is_field:
                self.fail("'at' names a member of a C struct, and this is a parameter")
            self.i += 1
            member.at_pos = self.pos
            member.at = self.cpath()
            member.optional = self.take("optional")
        else:
            return False
        return True

    def cpath(self) -> str:
        path = self.name("a member of the C struct").name
        while True:
            if self.take("."):
                path += "." + self.name("a member of the C struct").name
            elif self.texts[self.i] == "[":
                self.i += 1
                path += f"[{self.number('an index', 1 << 16)}]"
                self.need("]")
            else:
                return path


CALL_WORDS = frozenset(("affinity", "alias", "differs", "nr", "on", "seccomp", "sends", "also", "switch") + BEHAVIOURS)


def parse(file: File, messages: Messages, out: Definition) -> None:
    """Add the items of a file to a definition."""
    Parser(file, messages, out).run()
