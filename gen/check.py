"""Names, directions and scopes: every mistake that can be found without knowing values."""
from __future__ import annotations

from typing import Callable, Dict, List, Optional, Union

from .headers import ARCHES, Headers
from .names import Names, all_members, all_values, bottom, expressions, is_constant, kind_of, uses, walk
from .source import Messages, did_you_mean
from .tree import Call, Definition, Expr, Field, Kind, Member, Ref, Set, Sig, Struct, Switch, Type, TypeRef, Value

# Types that C code prints by itself: results, and what a stopped process reports.
ROOTS = ("errno", "signal", "ptrace_event")
REGISTERS = 6

Scope = Dict[str, Member]


class Check:
    def __init__(self, definition: Definition, messages: Messages) -> None:
        self.definition = definition
        self.messages = messages
        self.error = messages.error
        self.names = Names(definition, messages)
        self.constants: Dict[str, int] = {}     # each constant named, and where first

    def run(self) -> None:
        for kind in self.definition.kinds:
            self.names.classes(kind.classes)
        for item in self.definition.sets:
            self.inherit(item, [])
        for item in self.definition.sets:
            self.set_(item)
        for item in self.definition.sets:
            self.set_base(item)
        for struct in self.definition.structs:
            self.names.resolve(struct.base)
        for struct in self.definition.structs:
            self.struct(struct)
        self.nesting()
        self.call_names()
        for call in self.definition.calls:
            self.call(call)

    # ---- sets ----

    def inherit(self, item: Set, users: List[Set]) -> None:
        """Put the values of another set before its own, and those of others into its fields."""
        ref, item.like = item.like, None        # done, should it be met again
        other = self.set_named(ref, item.keyword, [*users, item])
        if other is not None:
            item.inherited = len(other.values)
            item.values = other.values + item.values
        for value in item.values:
            ref, value.like = value.like, None
            other = self.set_named(ref, "enum", [*users, item])
            if other is not None:
                value.inner = list(other.values)

    def set_named(self, ref: Optional[Ref], keyword: str, users: List[Set]) -> Optional[Set]:
        """The set of that name, with the values that it has from others itself."""
        if ref is None:
            return None
        found = self.names.types.get(ref.name)
        if found is None and ref.name in self.definition.lost:
            return None
        if not isinstance(found, Set) or found.keyword != keyword:
            known = [s.name for s in self.definition.sets if s.keyword == keyword]
            self.error(ref.pos, f"'{ref.name}' is no {keyword}", did_you_mean(ref.name, known))
            return None
        self.names.used.add(id(found))
        if any(found is user for user in users):
            self.error(ref.pos, f"'{ref.name}' would have its own values")
            return None
        self.inherit(found, users)
        return found

    def set_(self, item: Set) -> None:
        self.names.classes(item.classes)
        if item.base is None:
            item.base = TypeRef("int" if item.keyword == "enum" else "x32", item.pos)
        self.names.resolve(item.base)
        seen: Dict[str, Value] = {}
        prefixes = tuple(p.name for p in item.prefixes)
        for ref in item.omitted:
            seen[ref.name] = Value(ref.name, ref.pos)
        for value in all_values(item):
            self.constant_value(value)
            if not value.name:
                continue
            first = seen.setdefault(value.name, value)
            if first is not value:
                self.error(value.pos, f"'{value.name}' is already in this set, at {self.messages.where(first.pos)}")
            if prefixes and not value.name.startswith(prefixes) and value not in item.values[:item.inherited]:
                wanted = " or ".join(p + "*" for p in prefixes)
                self.error(value.pos, f"'{value.name}' does not begin with {wanted}",
                           "a set can have several prefixes: " + " ".join(p + "*" for p in (*prefixes, value.name)))

    def set_base(self, item: Set) -> None:
        assert item.base is not None
        base = bottom(item)
        item.kind = base if isinstance(base, Kind) else None
        if isinstance(item.base.target, Struct):
            self.error(item.base.pos, "a set cannot be made of a struct")
        elif isinstance(base, Set):
            self.error(item.pos, f"'{item.name}' is based on itself")
        elif item.kind is not None and (item.kind.is_memory or item.kind.is_aggregate):
            self.error(item.base.pos, f"'{item.kind.name}' has no scalar storage", "a set needs one")

    def constant_value(self, value: Value) -> None:
        if value.name:
            self.constants.setdefault(value.name, value.pos)
        if value.fallback is not None:
            self.expr(value.fallback, {})
            if not is_constant(value.fallback):
                self.error(value.fallback.pos, "a fallback value must be constant")
            elif value.name:
                self.definition.fallbacks.setdefault(value.name, []).append((value.fallback, value.pos))

    # ---- expressions ----

    def expr(self, expr: Optional[Expr], scope: Scope, special: str = "") -> None:
        """special: a name that is known here and is no member."""
        if expr is None:
            return
        if expr.op == "name" and expr.text == special and special not in scope:
            expr.op = special
        elif expr.op in ("name", "deref", "entry", "kept", "field"):
            self.expr_name(expr, scope)
        elif expr.op == "sizeof_type":
            self.sizeof_type(expr)
        for arg in expr.args:
            self.expr(arg, scope, special)

    def sizeof_type(self, expr: Expr) -> None:
        assert expr.type is not None
        target = self.names.resolve(expr.type)
        if isinstance(target, Struct) and target.base is not None:
            self.error(expr.type.pos, f"'{target.name}' is made of bits and has no size of its own")

    def expr_name(self, expr: Expr, scope: Scope) -> None:
        member = scope.get(expr.text)
        if member is not None:
            expr.member = member
            if expr.op == "field":
                self.pointed(expr, member)
            else:
                self.operand(expr, member)
        elif expr.op != "name":
            self.error(expr.pos, f"unknown name '{expr.text}' in an expression", did_you_mean(expr.text, scope))
        elif expr.text != expr.text.lower():
            self.constants.setdefault(expr.text, expr.pos)
        else:
            known = "it is known to 'when' only" if expr.text == "err" else \
                f"known here: {', '.join(scope)}" if scope else ""
            self.error(expr.pos, f"unknown name '{expr.text}' in an expression",
                       did_you_mean(expr.text, scope) or known)

    def operand(self, expr: Expr, member: Member) -> None:
        """Whether a member can stand in an expression: scalars, addresses, and * of pointers to scalars."""
        target = member.type.target
        kind = kind_of(target)
        if target is None or kind is None and (not isinstance(target, Struct) or target.base is not None):
            return
        scalar = kind is not None and not kind.is_memory and not kind.is_aggregate
        pointer = member.stars > 0 or member.is_indirect
        if expr.op in ("deref", "entry"):
            if not pointer or not scalar or member.stars > 1 or member.is_array:
                self.error(expr.pos, f"'{expr.text}' is not a pointer to a number")
        elif not pointer and (not scalar or member.is_array):
            self.error(expr.pos, f"'{expr.text}' is not a number")

    def pointed(self, expr: Expr, member: Member) -> None:
        """`pointer->field`: the field of a struct that is outside of its switches."""
        struct = member.type.target
        if struct is None:
            return
        if not isinstance(struct, Struct) or struct.base is not None or member.stars != 1 or member.is_array:
            self.error(expr.pos, f"'{expr.text}' is not a pointer to a struct")
            return
        fields = {f.name: f for f in struct.fields if isinstance(f, Member)}
        expr.pointed = fields.get(expr.field)
        if expr.pointed is None:
            self.error(expr.pos, f"struct '{struct.name}' has no field '{expr.field}'"
                       + " outside of its switches" * any(m.name == expr.field for m in all_members(struct.fields)),
                       did_you_mean(expr.field, fields))
        else:
            self.operand(Expr("name", expr.pos, (), f"{expr.text}->{expr.field}"), expr.pointed)

    # ---- members ----

    def member(self, member: Member, is_field: bool) -> None:
        """What is wrong with a member by itself; its expressions come later, when all names are known."""
        target = self.names.resolve(member.type)
        if target is None:
            return
        kind = kind_of(target)
        memory = kind is not None and kind.is_memory
        pointer = member.stars > 0 or member.is_indirect
        if kind is not None and kind.name == "void":
            self.error(member.type.pos, "'void' is the type of no result",
                       "an address whose contents do not matter is a 'ptr'")
            return
        if not is_field and not pointer:
            if isinstance(target, Struct) and target.base is None:
                self.error(member.pos, f"struct '{target.name}' is passed by value",
                           f"write 'struct {target.name} *{member.name}'")
            elif memory or (kind is not None and kind.is_aggregate):
                self.error(member.pos, f"'{member.type.name}' lives in memory and cannot be passed by value",
                           f"write '{member.type.name} *{member.name}'")
            elif member.dir in ("out", "inout") and not (kind is not None and kind.is_pointer):
                self.error(member.pos, f"'{member.name}' is {member.dir}, but it is not a pointer",
                           f"write '{member.type.name} *{member.name}'")
        if memory and pointer and member.sized is None:
            self.error(member.pos, f"'{member.type.name}' has no size of its own", "say how many bytes: sized EXPR")
        if member.is_array and member.is_indirect and member.count is None:
            self.unbounded(member, target, kind)
        if member.sized is not None and not (pointer or member.is_array or memory or isinstance(target, Struct)
                                             or (kind is not None and (kind.is_pointer or kind.is_aggregate))):
            self.error(member.sized.pos, f"'{member.name}' is a number and has its own size",
                       "sized belongs to pointers")

    def unbounded(self, member: Member, target: Type, kind: Optional[Kind]) -> None:
        ends_in_null = member.stars > 0 or (kind is not None and kind.is_pointer)
        stride = isinstance(target, Struct) and target.stride is not None
        if not (ends_in_null or stride or member.sized is not None):
            self.error(member.pos, f"the array '{member.name}' has no end",
                       "give a number of elements in [], or bytes with sized EXPR")

    def member_exprs(self, member: Member, scope: Scope, is_field: bool) -> None:
        if not member.has_exprs:
            return
        for own in expressions(member):
            self.expr(own, scope)
        self.expr(member.when, scope, "err")
        direction = member.dir or ("" if is_field else "in")
        if member.when is not None and is_field and (direction != "out" or not (member.stars or member.is_indirect)):
            self.error(member.when.pos, "'when' belongs to what a call writes behind an address: a parameter, "
                       "or an out field that is a pointer")
        elif member.when is not None and direction == "in":
            self.error(member.when.pos, "'when' says whether the call wrote there, and this is an input",
                       f"is '{member.name}' an out?")
        if direction in ("in", "inout"):
            for expr, what in ((member.count, "length"), (member.sized, "length"), (member.cond, "condition")):
                use = uses(expr, "ret")
                if use is not None and (direction == "in" or what == "condition"):
                    self.error(use.pos, f"the {what} of an input uses the result, which is not known yet",
                               f"is '{member.name}' an out?" if member.stars or member.is_array else "")
        if is_field:
            for own in expressions(member):
                use = uses(own, "entry")
                if use is not None:
                    self.error(use.pos, "only what a parameter pointed to is known from the entry")
        else:
            for own in expressions(member):
                use = uses(own, "sizeof")
                if use is not None:
                    self.error(use.pos, "'sizeof' is the size of a struct, and this is a parameter")
                use = uses(own, "kept")
                if use is not None:
                    self.error(use.pos, f"'{use.text}' is a parameter: no call changes its value",
                               f"what it points to is *{use.text}")

    def add_name(self, scope: Scope, member: Member, what: str) -> None:
        first = scope.setdefault(member.name, member)
        if first is not member:
            self.error(member.pos, f"{what} '{member.name}' is already declared, at {self.messages.where(first.pos)}")

    # ---- switches ----

    def switch(self, switch: Switch, scope: Scope, is_field: bool) -> None:
        self.expr(switch.key, scope)
        use = uses(switch.key, "ret")
        if use is not None:
            self.error(use.pos, "a switch on the result cannot be shown at entry")
        names = {id(m) for m in self.own_names(switch).values()}
        own = any(id(e.member) in names for e in walk(switch.key))
        subject = None if own else self.switch_set(switch)
        seen: Dict[str, Value] = {}
        for case in switch.cases:
            for label in case.labels:
                self.label(label, seen, subject)
        if not is_field and "default" not in seen:
            self.error(switch.pos, "the switch has no 'default'", "a call can always be made with another value")
        if not own:
            self.imply_enum(switch)

    def label(self, label: Value, seen: Dict[str, Value], subject: Optional[Set]) -> None:
        first = seen.setdefault(label.label, label)
        if first is not label:
            self.error(label.pos, f"case '{label.label}' is already there, at {self.messages.where(first.pos)}")
        if label.name == "default" or not label.name:
            return
        if subject is not None and not subject.sources:
            known = [v.name for v in all_values(subject)]
            if label.name not in known:
                self.error(label.pos, f"'{label.name}' is not a value of {subject.keyword} '{subject.name}'",
                           did_you_mean(label.name, known) or f"add it at {self.messages.where(subject.pos)}")
                return
        self.constant_value(label)

    @staticmethod
    def switch_set(switch: Switch) -> Optional[Set]:
        """The set whose values the labels are: of `switch (x)` and `switch (x & MASK)`."""
        key = switch.key
        if key.op == "&":
            key = key.args[0] if key.args[0].member else key.args[1]
        target = key.member.type.target if key.member else None
        return target if isinstance(target, Set) else None

    def imply_enum(self, switch: Switch) -> None:
        """A bare number switched on is printed by the names of the labels."""
        member = switch.key.member
        if switch.key.op != "name" or member is None or member.stars or member.is_array:
            return
        kind = member.type.target
        if not isinstance(kind, Kind) or kind.is_memory or kind.is_pointer or kind.is_aggregate:
            return
        if member.implied is None:
            member.implied = Set("enum", "", switch.pos, member.type, kind=kind)
        known = {v.name for v in member.implied.values}
        for case in switch.cases:
            member.implied.values += [l for l in case.labels if l.name not in known and l.name not in ("", "default")]

    # ---- structs ----

    def struct(self, struct: Struct) -> None:
        self.names.classes(struct.classes)
        if struct.base is not None:
            self.bits(struct)
        scope: Scope = {}
        self.fields(struct, struct.fields, scope)
        self.order(struct.fields, None)
        named = {m.name for m in all_members(struct.fields)} if struct.omitted else ()
        for ref in struct.omitted:
            if ref.name in named:
                self.error(ref.pos, f"'{ref.name}' has a description, and so is not left out")
        if not struct.fields:
            self.error(struct.pos, f"struct '{struct.name}' has no fields")
        self.expr(struct.stride, scope)

    def fields(self, struct: Struct, fields: List[Field], scope: Scope) -> None:
        for item in fields:
            if isinstance(item, Member):
                self.member(item, True)
                self.add_name(scope, item, "field")
                if item.bits is not None and struct.base is None:
                    self.error(item.pos, f"'{item.name}' is a bit-field in a struct that is no scalar",
                               f"write 'struct {struct.name} : u32' (or another type)")
        for item in fields:
            if isinstance(item, Member):
                self.member_exprs(item, scope, True)
            else:
                self.switch(item, {**self.own_names(item), **scope}, True)
                for case in item.cases:
                    self.fields(struct, case.fields, dict(scope))

    def order(self, fields: List[Field], before: Optional[Member]) -> None:
        """Behind which member an optional one lies where the headers lack it."""
        for item in fields:
            if isinstance(item, Switch):
                for case in item.cases:
                    self.order(case.fields, before)
                before = None       # which of the cases ends last is not known here
                continue
            if item.optional:
                item.before = before
                if before is None:
                    self.error(item.at_pos, f"the optional '{item.name}' has no field in front of it",
                               "that is where it is put when the headers lack it")
            before = item

    @staticmethod
    def own_names(switch: Switch) -> Scope:
        """Of the cases.  The key may be made of one: a code whose meaning, so its type, depends on itself."""
        own: Scope = {}
        for case in reversed(switch.cases):
            own.update((m.name, m) for m in all_members(case.fields))
            own.update((m.name, m) for m in (case.sig.params if case.sig else ()))
        return own

    def bits(self, struct: Struct) -> None:
        assert struct.base is not None
        target = struct.base.target
        kind = kind_of(target)
        if target is not None and (not isinstance(target, Kind) or kind is None or kind.is_memory or kind.is_pointer
                                   or kind.is_aggregate):
            self.error(struct.base.pos, f"bit-fields need a number as storage, and '{struct.base.name}' is none")
        for item in struct.fields:
            if isinstance(item, Switch):
                self.error(item.pos, "bit-fields cannot hold a switch")
            elif item.bits is None or item.bits == 0:
                self.error(item.pos, f"the bit-field '{item.name}' has no width", f"write '{item.name} : BITS'")
            elif item.stars or item.is_array:
                self.error(item.pos, "a bit-field is a plain number")

    def nesting(self) -> None:
        """A struct that holds itself has no size."""
        state: Dict[int, int] = {}

        def visit(struct: Struct, by: Member) -> None:
            if state.get(id(struct)) == 1:
                self.error(by.pos, f"struct '{struct.name}' contains itself", "a pointer is wanted?")
            if id(struct) in state:
                return
            state[id(struct)] = 1
            self.inner_structs(struct.fields, visit)
            state[id(struct)] = 2

        for struct in self.definition.structs:
            if id(struct) not in state:
                state[id(struct)] = 1
                self.inner_structs(struct.fields, visit)
                state[id(struct)] = 2

    @staticmethod
    def inner_structs(fields: List[Field], visit: Callable[[Struct, Member], None]) -> None:
        for member in all_members(fields):
            if isinstance(member.type.target, Struct) and not member.stars and not member.is_indirect:
                visit(member.type.target, member)

    # ---- calls ----

    def call_names(self) -> None:
        """A call may have several lines only when they are for different architectures."""
        seen: Dict[str, List[Call]] = {}
        for call in self.definition.calls:
            arches = {a.name for a in call.arches}
            for other in seen.setdefault(call.name, []):
                if not arches or not other.arches or arches & {a.name for a in other.arches}:
                    self.error(call.pos, f"call '{call.name}' is already defined, at {self.messages.where(other.pos)}")
                    break
            seen[call.name].append(call)

    def call(self, call: Call) -> None:
        self.names.classes(call.classes)
        for arch in call.arches:
            if arch.name not in ARCHES:
                self.error(arch.pos, f"unknown architecture '{arch.name}'",
                           did_you_mean(arch.name, ARCHES) or "known: " + " ".join(ARCHES))
        for extra in call.behaviour[1:]:
            self.error(extra.pos, f"'{extra.name}' and '{call.behaviour[0].name}' exclude each other")
        self.sig(call.sig, {}, 0, call.sig.ret is not None)
        if call.sends:
            own = {p.name: p for p in call.sig.params}
            for ref in call.sends:
                if ref.name not in own or ref.name == "_":
                    self.error(ref.pos, f"'{call.name}' has no parameter '{ref.name}'", did_you_mean(ref.name, own))

    def sig(self, sig: Sig, outer: Scope, register: int, has_result: bool) -> None:
        self.result(sig, has_result)
        scope = dict(outer)
        for param in sig.params:
            param.register = register
            if register == REGISTERS:
                self.error(param.pos, f"more than {REGISTERS} parameters")
            register += 1
            if param.name != "_":
                self.member(param, False)
                self.add_name(scope, param, "parameter")
        for param in sig.params:
            self.member_exprs(param, scope, False)
        if sig.more is not None and sig.switch is None:
            self.error(sig.more, "'...' needs a switch that says what follows")
        if sig.switch is not None:
            self.switch(sig.switch, {**self.own_names(sig.switch), **scope}, False)
            for case in sig.switch.cases:
                if case.sig is not None:
                    if case.sig.params and sig.more is None:
                        self.error(case.sig.params[0].pos, "the case has parameters, but the signature has no '...'")
                    self.sig(case.sig, scope, register, has_result or case.sig.ret is not None)

    def result(self, sig: Sig, has_result: bool) -> None:
        target = self.names.resolve(sig.ret)
        if not has_result and sig.switch is None:
            self.error(sig.pos, "no type of the result", "write it in front, as in C")
        if sig.ret is None or target is None:
            return
        kind = kind_of(target)
        if (isinstance(target, Struct) and target.base is None) or (
                kind is not None and (kind.is_aggregate or kind.is_memory) and kind.name != "void"):
            self.error(sig.ret.pos, f"a call cannot return '{sig.ret.name}'")

    # ---- the whole ----

    def unused(self) -> None:
        """Types that nothing refers to.  Comes last: a lost item may have used them."""
        items: List[Union[Set, Struct]] = [*self.definition.sets, *self.definition.structs]
        for item in items:
            if id(item) not in self.names.used and item.name not in ROOTS:
                what = "struct" if isinstance(item, Struct) else item.keyword
                self.error(item.pos, f"{what} '{item.name}' is never used")


def check(definition: Definition, messages: Messages) -> Check:
    result = Check(definition, messages)
    result.run()
    return result


def check_constants(check: Check, headers: Headers) -> None:
    """Every constant must be known to the headers or have a fallback."""
    definition = check.definition
    known: List[str] = []
    for name, pos in check.constants.items():
        if headers.has(name) or name in definition.fallbacks:
            continue
        known = known or headers.names()
        near = did_you_mean(name, [k for k in known if k[:2] == name[:2]])
        repair = f"#include the header that defines it, or give a value: {name} = ..."
        check.messages.error(pos, f"unknown constant '{name}'", f"{near} else {repair}" if near else repair)
    for item in definition.sets:
        for source in item.sources:
            if source.name not in headers.macros:
                check.messages.error(source.pos, f"unknown macro '{source.name}'",
                                     "#include the header that defines it")
