"""The tree of a definition, as parsed.  `pos` is a position of source.Sources.

A node is equal to itself only.  (Making methods that nobody calls takes as long as all else that importing does.)
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple, Union


@dataclass(eq=False, repr=False)
class Ref:
    """A name used where something of that name is meant."""
    name: str
    pos: int


@dataclass(eq=False, repr=False)
class Expr:
    """What `op` says: one of these, or a C operator (unary ones as u-, u!, u~; ?: for the conditional).

    num; name, deref (*name), entry (entry(*name)), kept (entry(name)), field (name->field); sizeof_type
    (sizeof(struct name)); ret, err, sizeof, netlink, returned.
    """
    op: str
    pos: int
    args: Tuple["Expr", ...] = ()
    text: str = ""                      # num: as written; name, deref, entry, kept, field: the name
    member: Optional["Member"] = None   # set by check: what the name means; None: a constant
    field: str = ""                     # field: name of the field
    pointed: Optional["Member"] = None  # field, set by check: what that name means
    type: Optional["TypeRef"] = None    # sizeof_type


@dataclass(eq=False, repr=False)
class TypeRef:
    name: str
    pos: int
    is_struct: bool = False
    target: Optional["Type"] = None     # set by check


@dataclass(eq=False, repr=False)
class Kind:
    name: str
    pos: int
    ctype: str
    ctype_pos: int
    classes: List[Ref] = field(default_factory=list)
    limit: Optional[Tuple[int, int]] = None

    @property
    def is_memory(self) -> bool:
        return self.ctype == "void"

    @property
    def is_pointer(self) -> bool:
        return self.ctype.endswith("*")

    @property
    def is_aggregate(self) -> bool:
        return not self.is_pointer and self.ctype.split(" ")[0] in ("struct", "union")


@dataclass(eq=False, repr=False)
class Value:
    """A constant in a set, a field of flags with its values (`inner`), or a case label."""
    name: str                           # empty: a number
    pos: int
    number: str = ""
    fallback: Optional[Expr] = None
    inner: Optional[List["Value"]] = None
    like: Optional[Ref] = None          # a field: the enum whose values it has; check puts them into inner

    @property
    def label(self) -> str:
        return self.name or self.number


@dataclass(eq=False, repr=False)
class Set:
    keyword: str                        # enum, flags
    name: str                           # empty: implied by a switch
    pos: int
    base: Optional[TypeRef] = None
    bits: bool = False                  # flags: the constants are numbers of bits
    prefixes: List[Ref] = field(default_factory=list)
    sources: List[Ref] = field(default_factory=list)
    classes: List[Ref] = field(default_factory=list)
    limit: Optional[Tuple[int, int]] = None
    values: List[Value] = field(default_factory=list)
    omitted: List[Ref] = field(default_factory=list)        # !CONST: known, and left out on purpose
    like: Optional[Ref] = None          # the set whose values it has too; check puts them before its own
    inherited: int = 0                  # set by check: how many these are
    differs: str = ""                   # why it is not as the kernel has it
    kind: Optional[Kind] = None         # set by check: the kind at the bottom of the bases


@dataclass(eq=False, repr=False)
class Member:
    """A parameter or a field; named `_` when the register is unused."""
    name: str
    pos: int
    type: TypeRef
    dir: str = ""                       # in, out, inout; empty: not given
    stars: int = 0
    is_array: bool = False
    is_indirect: bool = False           # the array is behind a pointer
    count: Optional[Expr] = None
    sized: Optional[Expr] = None
    cond: Optional[Expr] = None
    when: Optional[Expr] = None
    at: str = ""
    at_pos: int = 0
    optional: bool = False              # `at`: not all headers have that member
    before: Optional["Member"] = None   # set by check, of fields that are optional: behind which one it then lies
    show: int = 0
    bits: Optional[int] = None
    implied: Optional[Set] = None       # set by check: enum made of the labels of its switch
    register: int = 0                   # set by check, of parameters

    @property
    def has_exprs(self) -> bool:
        """Most have none, and need not be asked for each."""
        return bool(self.count or self.sized or self.cond or self.when)


@dataclass(eq=False, repr=False)
class Case:
    labels: List[Value]
    pos: int
    sig: Optional["Sig"] = None         # in a call
    fields: List["Field"] = field(default_factory=list)     # in a struct


@dataclass(eq=False, repr=False)
class Switch:
    pos: int
    key: Expr
    cases: List[Case]


Field = Union[Member, Switch]


@dataclass(eq=False, repr=False)
class Struct:
    name: str
    pos: int
    tag: str
    tag_keyword: str = "struct"
    tag_pos: int = 0
    base: Optional[TypeRef] = None      # bit-fields of this scalar
    unnamed: bool = False
    stride: Optional[Expr] = None
    limit: Optional[Tuple[int, int]] = None
    classes: List[Ref] = field(default_factory=list)
    fields: List[Field] = field(default_factory=list)
    omitted: List[Ref] = field(default_factory=list)        # !field: known, and left out on purpose
    differs: str = ""                   # why it is not as the kernel has it


Type = Union[Kind, Set, Struct]


@dataclass(eq=False, repr=False)
class Sig:
    """Result and parameters of a call or of one case of its switch."""
    ret: Optional[TypeRef]
    params: List[Member]
    pos: int
    more: Optional[int] = None          # position of `...`
    switch: Optional[Switch] = None


@dataclass(eq=False, repr=False)
class Call:
    name: str
    pos: int
    sig: Sig
    alias: str = ""
    nr: Optional[int] = None
    nr_pos: int = 0
    arches: List[Ref] = field(default_factory=list)
    classes: List[Ref] = field(default_factory=list)
    behaviour: List[Ref] = field(default_factory=list)      # noreturn, exec, fork ...
    sends: Optional[Tuple[Ref, Ref]] = None
    also: Optional[Ref] = None
    affinity: bool = False
    seccomp: bool = False
    differs: str = ""                   # why it is not as the kernel has it, or has none


@dataclass(eq=False, repr=False)
class Definition:
    includes: List[Ref] = field(default_factory=list)
    kinds: List[Kind] = field(default_factory=list)
    sets: List[Set] = field(default_factory=list)
    structs: List[Struct] = field(default_factory=list)
    calls: List[Call] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)            # names of types that could not be read
    # Set by check: every constant that is named, with its fallbacks.
    fallbacks: Dict[str, List[Tuple[Expr, int]]] = field(default_factory=dict)
