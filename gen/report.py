"""What is described and what is not: `todo` is the type of what nobody has described yet."""
from __future__ import annotations

from typing import Dict, List, Tuple

from .names import all_members, all_sigs
from .tree import Call, Definition, Member

TODO = "todo"


def undescribed(call: Call) -> Tuple[int, int]:
    """Parameters and results of a call that are `todo`, and all of them, over all cases of its switch."""
    todo = total = 0
    for sig in all_sigs(call.sig):
        types = [p.type for p in sig.params if p.name != "_"] + ([sig.ret] if sig.ret else [])
        total += len(types)
        todo += sum(t.name == TODO for t in types)
    return todo, total


def report(definition: Definition) -> str:
    """A line for each call that is not wholly described, and the totals."""
    out: List[str] = []
    states: Dict[str, str] = {}     # by name: a call has several lines where its arguments depend on the architecture
    params = todo_params = 0
    for call in definition.calls:
        todo, total = undescribed(call)
        state = "typed" if not todo else TODO if todo == total else "partial"
        if todo or call.name not in states:
            states[call.name] = state
        params += total
        todo_params += todo
        if todo:
            out.append(f"{state:8}{call.name} {total - todo}/{total}\n")
    fields, todo_fields = field_totals(definition)
    found = list(states.values())
    out.append(f"calls       {len(found)}: "
               + ", ".join(f"{found.count(name)} {name}" for name in ("typed", "partial", TODO)) + "\n")
    out.append(f"parameters  {params}, results counted: {todo_params} todo\n")
    out.append(f"fields      {fields} in {len(definition.structs)} structs: {todo_fields} todo\n")
    constants = sum(len(s.values) for s in definition.sets)
    out.append(f"constants   {constants} in {len(definition.sets)} sets\n")
    return "".join(out)


def field_totals(definition: Definition) -> Tuple[int, int]:
    fields: List[Member] = [m for s in definition.structs for m in all_members(s.fields)]
    return len(fields), sum(m.type.name == TODO for m in fields)
