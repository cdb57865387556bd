"""What the installed headers have, by name: one run of the preprocessor.

Macros are never evaluated here; the compiler does that, see layout.
"""
from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING, Collection, Dict, Iterable, List, Optional, Set as SetOf, Tuple

from .lacking import Lacking
from .memory import Memory

if TYPE_CHECKING:
    import subprocess   # costs milliseconds, and is not needed by a run that remembers

# Stand-ins for the headers of the C library that some UAPI headers include: both define the same structs.
STAND_INS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "include")
FLAGS = ["-std=gnu11", "-w", "-I", STAND_INS]      # -I: before those that the compiler is given with -isystem
FIRST = "stddef.h"              # older UAPI headers use size_t and leave its definition to others
ALWAYS = ("asm/unistd.h",)      # the call numbers

DEFINE = re.compile(r"^#(?:define (\w+)(\()?(.*)|undef (\w+))$", re.MULTILINE)
DIRECTIVE = re.compile(r"^#.*\n", re.MULTILINE)
# The keyword comes first, and what may not be in front of it then: so the search for it is one for a string.
ENUM = re.compile(r"enum(?<!\wenum)\b\s*(?:__attribute__\s*\(\(.*?\)\)\s*)?\w*\s*\{([^{}]*)\}")
ENUMERATOR = re.compile(r"(?:^|,)\s*([A-Za-z_]\w*)")
TAG = {keyword: re.compile(rf"{keyword}(?<!\w{keyword})\s+(?:__attribute__\s*\(\(.*?\)\)\s*)?(\w+)\s*\{{")
       for keyword in ("struct", "union")}
BRACE = re.compile(r"[{}]")
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
ARGUMENTS = re.compile(r"\)\s*\([^()]*\)")
DECLARATOR = re.compile(r"(\w+)\s*\)?\s*(?:\[[^\]]+\]\s*)*$")
WORD = re.compile(r"\w+")
NAMES = re.compile(r"\b[A-Za-z_]\w*")
C_WORDS = frozenset(("sizeof", "char", "short", "int", "long", "signed", "unsigned",
                     "U", "UL", "ULL", "L", "LL"))      # what macros put behind numbers
BIT_FIELD = re.compile(r"(\w+)\s*:\s*\d")
PARENTHESES = re.compile(r"\([^()]*\)")
STRUCT_TYPE = re.compile(r"\b(struct|union)\s+(\w+)")
NAMED_TYPE = re.compile(r"\b[a-z]\w*_t\b")
LEADING_NAME = re.compile(r"\s*\(*\s*(\w+)\s*\(")
BEFORE_NAME = " \t\f\v("
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<([^>\s]+)>([ \t]+optional\b)?", re.MULTILINE)
INCLUDED = re.compile(r"#include <(.*)>")
SEARCHED = re.compile(r"^#include [\"<].*\n((?: .*\n)*)", re.MULTILINE)
NOT_THERE = re.compile(r'^ignoring nonexistent directory "(.*)"$', re.MULTILINE)

# Architectures by their names in the definition, and the macro by which a compiler tells its target.
ARCHES = {
    "x86_64": "__x86_64__", "i386": "__i386__", "aarch64": "__aarch64__", "arm": "__arm__",
    "riscv64": "__riscv", "s390x": "__s390x__", "powerpc64": "__powerpc64__", "loongarch64": "__loongarch64",
    "mips64": "__mips64", "mips": "__mips__", "powerpc": "__powerpc__", "sparc64": "__sparc__", "alpha": "__alpha__",
    "m68k": "__m68k__", "parisc": "__hppa__", "sh": "__sh__",
}


def default_cc() -> List[str]:
    return shlex.split(os.environ.get("CC", "")) or ["cc"]


def read_files(paths: List[str]) -> List[Tuple[str, str]]:
    """The files of a definition with their text."""
    files = []
    for path in paths:
        with open(path, encoding="utf-8-sig", errors="replace") as f:
            files.append((path, f.read()))
    return files


def start(files: List[Tuple[str, str]], cc: List[str], lacking: Optional[Lacking] = None,
          memory: Optional[Memory] = None) -> Headers:
    """The headers that the files of a definition include."""
    includes = [i for _, text in files for i in INCLUDE.findall(text)]
    return Headers(cc, [name for name, _ in includes], {name for name, optional in includes if optional}, lacking,
                   memory)


def directive(name: str, optional: bool) -> str:
    include = f"#include <{name}>\n"
    return f"#if __has_include(<{name}>)\n{include}#endif\n" if optional else include


def search_directories(said: str) -> List[str]:
    """Where the compiler looks for headers, and would if it were there, from what it says with -v."""
    there = [line.strip() for block in SEARCHED.findall(said) for line in block.splitlines()]
    return [*dict.fromkeys(there + NOT_THERE.findall(said))] if there else []


def within(path: str, places: List[str]) -> str:
    """A header by the name that it is included by."""
    return next((path[len(place) + 1:] for place in places if path.startswith(place + "/")), path)


class Headers:
    """Starts the preprocessor when made, so that parsing can go on beside it; finish() waits."""

    def __init__(self, cc: List[str], includes: Iterable[str], optional: Collection[str] = (),
                 lacking: Optional[Lacking] = None, memory: Optional[Memory] = None) -> None:
        self.cc = cc
        self.memory = memory
        self.lacking = lacking or Lacking()
        wanted = [name for name in dict.fromkeys([FIRST, *includes, *ALWAYS])
                  if name not in optional or name not in self.lacking.names]
        self.start = "".join(directive(name, name in optional) for name in wanted)
        self.macros: Dict[str, Tuple[bool, str]] = {}   # name: takes arguments, replacement
        self.enumerators: SetOf[str] = set()
        self.tags: Dict[Tuple[str, str], int] = {}      # where each begins in the code
        self.code = ""
        self.files: List[str] = []                      # all headers read, for the dependency file
        self.failure = ""
        self.used: Dict[str, List[str]] = {}            # what uses() has found
        self.process: Optional[subprocess.Popen[str]] = None
        self.search: Optional[subprocess.Popen[str]] = None     # tells where headers are looked for
        missing = [name for name in wanted if name in self.lacking.names]
        if missing:
            self.failure = "".join(f"{name}: No such file or directory\n" for name in missing)
        elif memory is not None and memory.recall(cc, self.start, self.lacking.text):
            self.macros, self.enumerators = memory.macros, memory.enumerators
            self.tags, self.code, self.used = memory.tags, memory.code, memory.used
        else:
            self.preprocess()

    def preprocess(self) -> None:
        import tempfile
        self.directory = tempfile.TemporaryDirectory(prefix="gen-")
        self.depfile = os.path.join(self.directory.name, "deps")
        unit = os.path.join(self.directory.name, "includes.c")
        with open(unit, "w", encoding="utf-8") as f:
            f.write(self.start)
        # Into a file: a pipe would soon be full, and the compiler would wait until it is read.
        self.output = os.path.join(self.directory.name, "includes.i")
        try:
            self.process = self.start_compiler(["-dD", "-MD", "-MF", self.depfile, "-MT", "x", "-o", self.output, unit])
            if self.memory is not None:
                self.search = self.start_compiler(["-v", "-o", os.devnull, os.devnull])
        except OSError as e:
            self.failure = f"{self.cc[0]}: {e.strerror}"

    def start_compiler(self, options: List[str]) -> "subprocess.Popen[str]":
        import subprocess
        return subprocess.Popen([*self.cc, *FLAGS, "-x", "c", "-E", *options], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
                                env={**os.environ, "LC_ALL": "C"})

    def finish(self) -> None:
        if self.process is None:
            return
        errors = self.process.communicate()[1]
        if self.process.returncode:
            self.failure = errors or f"{self.cc[0]} failed"
        text = ""
        try:
            with open(self.output, encoding="utf-8", errors="replace") as f:
                text = f.read()
            with open(self.depfile, encoding="utf-8") as f:
                words = f.read().replace("\\\n", " ").split()[1:]
            self.files = [w for w in words if not w.startswith(self.directory.name)]
        except OSError:
            pass
        self.directory.cleanup()
        self.read(text)
        if self.memory is not None and self.search is not None:
            said = self.search.communicate()[1]
            if not self.failure and not self.search.returncode:
                self.remember(self.memory, search_directories(said))

    def remember(self, memory: Memory, found: List[str]) -> None:
        """found: the directories that the compiler looks for headers in; empty: it has not told them."""
        memory.macros, memory.enumerators = self.macros, self.enumerators
        memory.tags, memory.code, memory.used = self.tags, self.code, self.used
        if found:
            names = [*INCLUDED.findall(self.start), *self.files]
            below = {os.path.dirname(within(name, found)) for name in names}
            memory.came_from(self.files, [os.path.join(place, inner) for place in found for inner in sorted(below)])

    def read(self, text: str) -> None:
        for name, paren, rest, gone in DEFINE.findall(text):
            if gone:
                self.macros.pop(gone, None)
            else:
                self.macros[name] = (bool(paren), rest)
        code = DIRECTIVE.sub("", text)
        for body in ENUM.findall(code):
            while "(" in body:
                fewer = PARENTHESES.sub("", body)
                if fewer == body:
                    break
                body = fewer
            self.enumerators.update(ENUMERATOR.findall(body))
        self.code = code
        for keyword, tag in TAG.items():
            for match in tag.finditer(code):
                self.tags.setdefault((keyword, match.group(1)), match.end())
        self.forget()

    def forget(self) -> None:
        """What they are taken to lack."""
        for name in self.lacking.names:
            self.macros.pop(name, None)
        self.enumerators -= self.lacking.names
        for tag in self.lacking.tags:
            self.tags.pop(tag, None)

    def has(self, name: str) -> bool:
        """Whether the headers have a constant (maybe) of this name."""
        macro = self.macros.get(name)
        if macro is not None:
            return not macro[0] and macro[1].strip() != ""
        return name in self.enumerators

    def body(self, keyword: str, tag: str) -> str:
        """What is between the braces of a struct or union."""
        start = self.tags[keyword, tag]
        end = self.code.find("}", start)
        if self.code.find("{", start, end) < 0:
            return self.code[start:max(end, start)]
        depth = 1
        for brace in BRACE.finditer(self.code, start):
            depth += 1 if brace.group() == "{" else -1
            if depth == 0:
                return self.code[start:brace.start()]
        return ""

    def words(self, keyword: str, tag: str) -> SetOf[str]:
        """All names in a struct: of its members, of theirs, and of their types."""
        return set(WORD.findall(self.body(keyword, tag))) - self.lacking.of(tag)

    def has_member(self, keyword: str, tag: str, path: str) -> bool:
        """Whether all names in a path to a member are in a struct, or in those that it holds, as far as they tell."""
        found: SetOf[str] = set()
        seen: SetOf[Tuple[str, str]] = set()
        ahead = [(keyword, tag)]
        while ahead:
            at = ahead.pop()
            if at in self.tags and at not in seen:
                seen.add(at)
                found |= self.words(*at)
                ahead += STRUCT_TYPE.findall(self.body(*at))
        return all(name in found or name in self.macros for name in re.findall(r"[A-Za-z_]\w*", path))

    def members(self, keyword: str, tag: str) -> SetOf[str]:
        """The same without its bit-fields, which have no offset."""
        body = self.body(keyword, tag)
        found = set(WORD.findall(body)) - self.lacking.of(tag)
        return found.difference(BIT_FIELD.findall(body)) if ":" in body else found

    def declared(self, keyword: str, tag: str) -> List[str]:
        """Names of the members of a struct, but for bit-fields and an array without an end."""
        lacking = self.lacking.of(tag)
        return [name for name in declared(ATTRIBUTE.sub("", self.body(keyword, tag))) if name not in lacking]

    def names(self) -> List[str]:
        return [n for n, m in self.macros.items() if not m[0]] + list(self.enumerators)

    def uses(self, of: SetOf[str]) -> List[str]:
        """Macros without arguments whose replacement is a use of one of these macros, by name."""
        key = " ".join(sorted(of))
        if key not in self.used:
            starts = tuple(of)
            likely = [(name, text) for name, (arguments, text) in self.macros.items()
                      if not arguments and text.lstrip(BEFORE_NAME).startswith(starts)]
            matches = ((name, LEADING_NAME.match(text)) for name, text in likely)
            self.used[key] = sorted(name for name, match in matches if match and match.group(1) in of)
        return self.used[key]

    def usable(self, names: List[str]) -> List[str]:
        """Without the macros that plainly cannot be used: their text names a type that the headers do not define."""
        defined: Dict[str, bool] = {}

        def has_types(text: str) -> bool:
            for word in NAMED_TYPE.findall(text):
                if word not in defined:
                    defined[word] = f"{word};" in self.code
            return (all(tag in self.tags or tag[1] in self.macros for tag in STRUCT_TYPE.findall(text))
                    and all(defined[word] for word in NAMED_TYPE.findall(text)))

        return [name for name in names if has_types(self.macros[name][1])]

    def alone(self, texts: List[str]) -> List[str]:
        """Definitions of all macros that C texts are made of; empty: something else of the headers may be needed."""
        found: Dict[str, str] = {}
        ahead = [word for text in texts for word in NAMES.findall(text)]
        while ahead:
            name = ahead.pop()
            if name in found or name in C_WORDS:
                continue
            if name not in self.macros:
                return []
            arguments, text = self.macros[name]
            found[name] = f"#define {name}{'(' if arguments else ''}{text}\n"
            parameters, _, body = text.partition(")") if arguments else ("", "", text)
            ahead += set(NAMES.findall(body)).difference(NAMES.findall(parameters))
        return list(found.values())

    def arch(self) -> str:
        for arch, macro in ARCHES.items():
            if macro in self.macros:
                return arch
        return ""

    def numbers(self) -> Dict[str, str]:
        """Call names with the macros that hold their numbers."""
        return {name[5:]: name for name in self.macros if name.startswith("__NR_")}


def declared(body: str) -> List[str]:
    """Names of the members declared in the body of a struct.  Those of an anonymous inner struct are among them."""
    found: List[str] = []
    for inner, text in declarations(body):
        names = [DECLARATOR.search(part.strip()) for part in ARGUMENTS.sub(")", text).split(",")
                 if ":" not in part]
        if inner and not text.strip():
            found += declared(inner)
        else:
            found += [name.group(1) for name in names if name]
    return found


def declarations(body: str) -> List[Tuple[str, str]]:
    """Each declaration: what is inside of its braces, and the text behind them, or all of it."""
    found: List[Tuple[str, str]] = []
    depth = start = opened = 0
    inner = ""
    for i, c in enumerate(body):
        if c == "{":
            depth += 1
            opened = i + 1 if depth == 1 else opened
        elif c == "}":
            depth -= 1
            if depth == 0:
                inner, start = body[opened:i], i + 1
        elif c == ";" and depth == 0:
            found.append((inner, body[start:i]))
            inner, start = "", i + 1
    return found
