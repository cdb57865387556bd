"""The rows as C: tables.c, which is data only, and names.h, the indexes that C code may use by name."""
from __future__ import annotations

from typing import Dict, Iterable, List

from .names import CLASSES
from .tables import KIND, Tables

NOTE = "/* Made from syscalls.def by the generator; do not edit. */\n"
CLASS_NAMES = ("kind", "enum", "flags", "struct", "bits")
PER_LINE = 16


class Strings:
    """Every name once.  Offset 0 is the empty name."""

    def __init__(self) -> None:
        self.offsets: Dict[str, int] = {"": 0}
        self.size = 1

    def add(self, name: str) -> int:
        offset = self.offsets.get(name)
        if offset is None:
            offset = self.offsets[name] = self.size
            self.size += len(name) + 1
        return offset


def array(out: List[str], declaration: str, rows: Iterable[str]) -> None:
    lines = list(rows) or ["0"]
    out.append(f"\nconst {declaration}[] = {{\n")
    out += [f"\t{line}\n" if line.startswith("/*") else f"\t{line},\n" for line in lines]
    out.append("};\n")


def packed(numbers: List[str]) -> List[str]:
    return [", ".join(numbers[i:i + PER_LINE]) for i in range(0, len(numbers), PER_LINE)]


def number(value: int) -> str:
    return str(value) if value < 10 else f"{value:#x}" if value < 1 << 31 else f"{value:#x}u" if value < 1 << 32 \
        else f"{value:#x}ull"


def tables_c(tables: Tables) -> str:
    strings = Strings()
    out = [NOTE, '#include "decode/tables.h"\n']
    array(out, "struct type table_types", type_rows(tables, strings))
    array(out, "struct xlat table_xlats", xlat_rows(tables, strings))
    array(out, "struct member table_members", member_rows(tables, strings))
    array(out, "struct sig table_sigs",
          (f"{{ {s.ret}, {s.first}, {s.count}, {s.switch} }}" for s in tables.sigs))
    array(out, "struct swtch table_switches",
          (f"{{ {s.key}, {s.first}, {s.count}, {s.other} }}" for s in tables.switches) if tables.switches
          else ["{ 0, 0, 0, 0 }"])
    array(out, "struct swcase table_cases",
          (f"{{ {number(value)}, {sig} }}" for value, sig, _ in tables.cases) if tables.cases else ["{ 0, 0 }"])
    array(out, "struct call table_calls", call_rows(tables, strings))
    array(out, "uint16_t table_call_of", packed([str(n) for n in call_of(tables)]))
    array(out, "uint16_t table_code", packed([str(n) for n in tables.code]))
    array(out, "uint64_t table_consts", (number(n) for n in tables.consts))
    out.append("\n/* ISO C promises strings of 4095 bytes only; every compiler that builds this does better. */\n"
               '#pragma GCC diagnostic ignored "-Woverlength-strings"\nconst char table_strings[] =\n')
    out += [f'\t"{name}\\0"\n' for name in strings.offsets]
    out.append("\t;\n\n")
    counts = (("types", len(tables.types)), ("calls", len(tables.calls)), ("members", len(tables.members)),
              ("rs", len(call_of(tables))), ("switches", len(tables.switches)))
    out += [f"const uint32_t table_n{name} = {count};\n" for name, count in counts]
    return "".join(out)


def type_rows(tables: Tables, strings: Strings) -> List[str]:
    out = []
    for n, t in enumerate(tables.types):
        name = strings.add(t.name[7:] if t.name.startswith("struct ") else t.name)
        out.append(f"/* {n}: {CLASS_NAMES[t.cls]} {t.name or 'of case labels'} */")
        out.append(f"{{ {name}, {t.cls}, {t.traits}, {t.kind}, {t.width}, {t.first}, {t.count}, {t.stride}, "
                   f"{{ {number(t.limit[0])}, {number(t.limit[1])} }} }}")
    return out


def xlat_rows(tables: Tables, strings: Strings) -> List[str]:
    rows = [f"{{ {number(x.mask)}, {number(x.value)}, {strings.add(x.name)} }}" for x in tables.xlats]
    return rows or ["{ 0, 0, 0 }"]


def member_rows(tables: Tables, strings: Strings) -> List[str]:
    return [f"{{ {strings.add(m.name)}, {m.type}, {m.off}, {m.width}, {m.count}, {m.sized}, {m.cond}, {m.when}, "
            f"{m.dir}, {m.show}, {m.how}, {m.stars} }}"
            for m in tables.members] or ["{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }"]


def call_rows(tables: Tables, strings: Strings) -> List[str]:
    out = []
    for c in tables.calls:
        out.append(f"/* {c.nr}: {c.call.name} */")
        out.append(f"{{ {strings.add(c.call.name)}, {strings.add(c.event)}, {c.classes:#x}, {c.nr}, {c.sig}, {c.cls}, "
                   f"{c.also}, {c.sends}, {c.to}, {c.affinity}, {c.seccomp}, {c.keeps}, {c.keeps_at}, "
                   f"{c.given:#x}, {c.filled:#x}, {c.late} }}")
    return out or ["{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }"]


def call_of(tables: Tables) -> List[int]:
    index = [0] * (tables.calls[-1].nr + 1 if tables.calls else 1)
    for n, call in enumerate(tables.calls):
        index[call.nr] = n + 1
    return index


def names_h(tables: Tables) -> str:
    kinds = [t.name for t in tables.types if t.cls == KIND]
    out = [NOTE, "#ifndef NAMES_H\n#define NAMES_H\n\n",
           "/* Indexes of kinds, and X(NAME) for each in this order. */\nenum {\n"]
    out += [f"\tKIND_{name},\n" for name in kinds]
    out.append("};\n\n#define TABLE_KINDS(X)")
    out += [f" \\\n\tX({name})" for name in kinds]
    out.append("\n\n/* Indexes into table_types. */\nenum {\n")
    out += [f"\tTYPE_{t.name.replace(' ', '_')} = {n},\n" for n, t in enumerate(tables.types) if t.name]
    out.append("};\n\n/* Bits of the filter classes. */\nenum {\n")
    out += [f"\tFILTER_{name},\n" for name in CLASSES]
    out.append("};\n\n#define TABLE_FILTERS(X)")
    out += [f" \\\n\tX({name})" for name in CLASSES]
    out.append("\n\n#endif\n")
    return "".join(out)


def depfile(target: str, files: Iterable[str]) -> str:
    def quote(path: str) -> str:
        return path.replace("\\", "\\\\").replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$")
    return quote(target) + ":" + "".join(f" \\\n  {quote(f)}" for f in files) + "\n"
