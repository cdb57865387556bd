"""Reads BTF, the kernel's own description of its types (Documentation/bpf/btf.rst)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

VMLINUX = Path("/sys/kernel/btf/vmlinux")

(INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC,
 FLOAT, DECL_TAG, TYPE_TAG, ENUM64) = range(1, 20)
POINTER_SIZE = 8
PATH = re.compile(r"(\w+)(?:\[(\d+)\])?")


@dataclass
class Member:
    name: str
    type: int
    bit: int  # offset in the struct
    bits: int  # of a bit-field, else 0


@dataclass
class Type:
    kind: int
    name: str
    size: int  # of INT, STRUCT, UNION, ENUM
    ref: int  # of PTR, TYPEDEF, CONST, ARRAY (element)
    count: int = 0  # of ARRAY
    members: list[Member] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)


class Btf:
    """All types of one BTF blob, by number and by name."""

    def __init__(self, data: bytes) -> None:
        magic, _version, _flags, hdr, type_off, type_len, str_off, str_len = struct.unpack_from("<HBBIIIII", data)
        if magic != 0xEB9F:
            raise ValueError("not little-endian BTF")
        self._strings = data[hdr + str_off:hdr + str_off + str_len]
        self.types: list[Type] = [Type(0, "void", 0, 0)]
        self._parse(data, hdr + type_off, hdr + type_off + type_len)
        self.structs = {t.name: t for t in self.types if t.kind in (STRUCT, UNION) and t.name}
        self.typedefs = {t.name: t for t in self.types if t.kind == TYPEDEF}
        self.enumerators: dict[str, int] = {}
        for t in self.types:
            self.enumerators.update(t.values)

    @classmethod
    def vmlinux(cls) -> Btf:
        return cls(VMLINUX.read_bytes())

    def _name(self, off: int) -> str:
        return self._strings[off:self._strings.index(b"\0", off)].decode()

    def _parse(self, data: bytes, pos: int, end: int) -> None:
        while pos < end:
            name, info, size = struct.unpack_from("<III", data, pos)
            pos += 12
            kind, n, flag = info >> 24 & 0x1F, info & 0xFFFF, info >> 31
            t = Type(kind, self._name(name), size, size)
            if kind in (INT, VAR, DECL_TAG):
                pos += 4
            elif kind == ARRAY:
                t.ref, _, t.count = struct.unpack_from("<III", data, pos)
                pos += 12
            elif kind in (STRUCT, UNION):
                for _ in range(n):
                    m_name, m_type, off = struct.unpack_from("<III", data, pos)
                    pos += 12
                    t.members.append(Member(self._name(m_name), m_type, off & 0xFFFFFF if flag else off,
                                            off >> 24 if flag else 0))
            elif kind == ENUM:
                for _ in range(n):
                    v_name, value = struct.unpack_from("<Ii" if flag else "<II", data, pos)
                    pos += 8
                    t.values[self._name(v_name)] = value
            elif kind == ENUM64:
                for _ in range(n):
                    v_name, low, high = struct.unpack_from("<III", data, pos)
                    pos += 12
                    value = high << 32 | low
                    t.values[self._name(v_name)] = value - (1 << 64) if flag and value >> 63 else value
            elif kind == FUNC_PROTO:
                pos += 8 * n
            elif kind == DATASEC:
                pos += 12 * n
            self.types.append(t)

    def resolve(self, number: int) -> Type:
        """The type itself, behind typedefs and qualifiers."""
        t = self.types[number]
        while t.kind in (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG):
            t = self.types[t.ref]
        return t

    def sizeof(self, t: Type) -> int:
        if t.kind in (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG):
            return self.sizeof(self.types[t.ref])
        if t.kind == PTR:
            return POINTER_SIZE
        if t.kind == ARRAY:
            return t.count * self.sizeof(self.types[t.ref])
        return t.size

    def tagged(self, tag: str) -> Type | None:
        """A struct or union by its tag, or by the name of a typedef of one."""
        if tag in self.structs:
            return self.structs[tag]
        if tag in self.typedefs:
            t = self.resolve(self.typedefs[tag].ref)
            return t if t.kind in (STRUCT, UNION) else None
        return None

    def fields(self, t: Type, base: int = 0) -> dict[str, tuple[int, Type]]:
        """Byte offset and type of every named field, those of anonymous structs and unions included."""
        out: dict[str, tuple[int, Type]] = {}
        for m in t.members:
            inner = self.resolve(m.type)
            at = base + m.bit // 8
            if m.name:
                out[m.name] = (at, inner)
            elif inner.kind in (STRUCT, UNION):
                out.update(self.fields(inner, at))
        return out

    def bit_fields(self, t: Type, base: int = 0) -> set[int]:
        """Byte offsets at which bit-fields begin."""
        out = set()
        for m in t.members:
            inner = self.resolve(m.type)
            if m.bits and m.bit % 8 == 0:
                out.add(base + m.bit // 8)
            elif not m.name and inner.kind in (STRUCT, UNION):
                out |= self.bit_fields(inner, base + m.bit // 8)
        return out

    def place(self, t: Type, path: str) -> tuple[int, Type] | None:
        """Byte offset and type of a member like a.b[1].c, or None."""
        offset = 0
        for name, index in PATH.findall(path):
            fields = self.fields(t)
            if name not in fields:
                return None
            at, t = fields[name]
            offset += at
            if index:
                if t.kind != ARRAY:
                    return None
                t = self.resolve(t.ref)
                offset += int(index) * self.sizeof(t)
        return offset, t
