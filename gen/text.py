"""The tree back into text: expressions and types as they are written."""
from __future__ import annotations

from typing import List

from .expressions import LEVELS
from .names import printed_values
from .tree import Expr, Kind, Member, Set, Type, TypeRef, Value

UNARY = len(LEVELS)     # binds closer than any binary operator


def expr_text(expr: Expr, level: int = -1) -> str:
    """level: of the operator around it; what binds less close is put into parentheses."""
    if expr.op == "?:" and expr.args[0].op == "<" and expr.args[0].args == expr.args[1:]:
        return f"min({expr_text(expr.args[1])}, {expr_text(expr.args[2])})"
    if expr.op == "?:":
        text = " ".join((expr_text(expr.args[0], 0), "?", expr_text(expr.args[1]), ":", expr_text(expr.args[2])))
        return f"({text})" if level >= 0 else text
    if len(expr.args) == 2:
        own = LEVELS[expr.op]
        text = f"{expr_text(expr.args[0], own)} {expr.op} {expr_text(expr.args[1], own + 1)}"
        return f"({text})" if own < level else text
    if expr.args:
        return expr.op[1:] + expr_text(expr.args[0], UNARY)
    if expr.op == "sizeof_type":
        return f"sizeof({type_text(expr.type)})"
    forms = {"deref": f"*{expr.text}", "entry": f"entry(*{expr.text})", "kept": f"entry({expr.text})",
             "field": f"{expr.text}->{expr.field}"}
    return forms.get(expr.op, expr.text or expr.op)


def type_text(ref: "TypeRef | None") -> str:
    return "nothing" if ref is None else ("struct " if ref.is_struct else "") + ref.name


def declaration(member: Member, is_field: bool = False) -> str:
    """Type, name, and what stands around the name."""
    name = "*" * member.stars + member.name
    if is_field and member.is_indirect:
        name = f"(*{name})"
    if member.is_array:
        name += f"[{expr_text(member.count) if member.count else ''}]"
    return f"{member.dir + ' ' if member.dir else ''}{type_text(member.type)} {name}"


def clauses(member: Member) -> List[str]:
    found = ((word, expr) for word, expr in (("sized", member.sized), ("if", member.cond), ("when", member.when)))
    return [f"{word} {expr_text(expr)}" for word, expr in found if expr is not None]


def kind_text(target: Type) -> str:
    """What a type is made of: `flags open_flags : int`."""
    if isinstance(target, Set):
        base = f" : {target.base.name}" if target.base else ""
        return f"{target.keyword} {target.name or 'of the labels'}{base}"
    return target.name if isinstance(target, Kind) else f"struct {target.name}"


def value_text(value: Value) -> str:
    inner = "" if value.inner is None else " { " + ", ".join(v.label for v in value.inner) + " }"
    return value.label + inner


def values_text(item: Set) -> str:
    if item.sources and not list(printed_values(item)):
        return "those of the headers"
    return ", ".join(value_text(v) for v in item.values) + (", and more of the headers" if item.sources else "")
