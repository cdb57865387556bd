"""Starting lines for calls that the running kernel has and the definition lacks.

The kernel tells names and C types of parameters in tracefs.  Types that mean
something are guessed from both, and what cannot be guessed is `todo`.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Dict, List, Tuple

from .tree import Definition

PREFIX = "sys_enter_"
FIELD = re.compile(r"^\tfield:(.*?)\s*\b(\w+);\toffset:", re.MULTILINE)

# By name, for numbers: the first type that the definition has.
NAMED = (
    (re.compile(r"(old|new|in|out|from_|to_)?dfd$"), ("dirfd", "fd")),
    (re.compile(r"\w*fd$"), ("fd",)),
    (re.compile(r"(sig|signal)$"), ("signal", "int")),
)
FLAGS = re.compile(r"(\w+_)?flags?$")
# By C type.
NUMBERS: Dict[str, Tuple[str, ...]] = {
    "int": ("int",), "unsigned int": ("uint",), "long": ("long",), "unsigned long": ("ulong",),
    "unsigned": ("uint",), "size_t": ("size",), "loff_t": ("off",), "off_t": ("off", "long"),
    "pid_t": ("pid",), "uid_t": ("uid",), "gid_t": ("gid",), "umode_t": ("mode", "oct16"),
    "clockid_t": ("clockid", "int"),
    "u16": ("u16",), "u32": ("u32",), "u64": ("u64",), "__u32": ("u32",), "__u64": ("u64",), "__s32": ("i32",),
    "key_t": ("ipc_key", "x32"), "aio_context_t": ("ptr",), "timer_t": ("int",), "mqd_t": ("fd",),
}
PATHS = re.compile(r"(\w*path\w*|\w*filename|oldname|newname|dir_name|library|specialfile)$")
SIZES = ("usize", "size", "len", "count", "bufsiz")


@dataclass
class Prototype:
    name: str
    params: List[Tuple[str, str]]       # C type, name


def prototypes(tracing: str) -> List[Prototype]:
    """Of the calls of the running kernel, by name.  OSError: it does not say."""
    events = os.path.join(tracing, "events", "syscalls")
    found = []
    for entry in sorted(os.listdir(events)):
        if entry.startswith(PREFIX):
            with open(os.path.join(events, entry, "format"), encoding="utf-8") as f:
                fields = FIELD.findall(f.read())
            start = next((n for n, field in enumerate(fields) if field[1] == "__syscall_nr"), -1)
            found.append(Prototype(entry[len(PREFIX):], fields[start + 1:] if start >= 0 else []))
    return found


class Guess:
    def __init__(self, definition: Definition) -> None:
        self.types = {k.name for k in definition.kinds} | {s.name for s in definition.sets}
        self.structs = {s.name for s in definition.structs}

    def first(self, names: Tuple[str, ...]) -> str:
        return next((n for n in names if n in self.types), "todo")

    def param(self, prototype: Prototype, at: int) -> str:
        ctype, name = prototype.params[at]
        if "*" in ctype:
            return self.pointer(ctype, name, self.size_after(prototype, at))
        ctype = " ".join(w for w in ctype.split() if w != "const")
        if FLAGS.match(name):
            return f"{self.first(('xlong' if 'long' in ctype else 'x32',))} {name}"
        for pattern, types in NAMED:
            if pattern.match(name):
                return f"{self.first(types)} {name}"
        return f"{self.first(NUMBERS.get(ctype, ()))} {name}"

    @staticmethod
    def size_after(prototype: Prototype, at: int) -> str:
        """The next parameter, when it looks like the size of this one."""
        following = prototype.params[at + 1:at + 2]
        return following[0][1] if following and following[0][1] in SIZES else ""

    def pointer(self, ctype: str, name: str, size: str) -> str:
        """Only what is const is surely read; of anything else nobody knows the direction."""
        words = ctype.replace("*", " ").split()
        target = " ".join(w for w in words if w not in ("const", "__user"))
        sized = f" sized {size}" if size else ""
        if target == "char" and ctype.count("*") == 1 and "const" in words:
            text = "path" if PATHS.match(name) else "string"
            return f"char {name}[{size}]" if size else f"{self.first((text,))} {name}"
        if target == "sigset_t" and "const" in words:
            return f"sigset *{name}{sized or ' sized 8'}"
        if target.startswith("struct ") and target[7:] in self.structs and ctype.count("*") == 1:
            return f"{'' if 'const' in words else 'inout '}{target} *{name}{sized}"
        return f"todo {name}"


def skeleton(definition: Definition, found: List[Prototype]) -> str:
    """A line for each call that has none, under the prototype of the kernel."""
    known = {c.alias or c.name for c in definition.calls}
    guess = Guess(definition)
    out = []
    for prototype in found:
        if prototype.name not in known:
            theirs = ", ".join(f"{ctype} {name}".replace("* ", "*") for ctype, name in prototype.params)
            ours = ", ".join(guess.param(prototype, n) for n in range(len(prototype.params)))
            out.append(f"/* {prototype.name}({theirs}) */\ntodo\t{prototype.name}({ours});\n")
    return "".join(out)
