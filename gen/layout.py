"""Values, sizes and offsets, asked of the C compiler.

The questions are C expressions.  They become the elements of an array in a
section of its own of an object file, which is read here and never linked or
run, so any cross compiler can answer.  `#line` numbers the questions, so that
the compiler's complaints can be told at the place in the definition that each
came from.
"""
from __future__ import annotations

import os
import re
import struct
from typing import Dict, List, Optional, Tuple

from .expressions import number_value
from .headers import FLAGS, Headers
from .memory import Memory
from .names import all_members, is_constant, kind_of
from .source import NOWHERE, Messages
from .tree import Definition, Expr, Field, Kind, Member, Struct, Switch, Type

SECTION = "deftrace"
COMPLAINT = re.compile(r"^(.*?):(\d+):(?:\d+:)? (?:fatal )?error: (.*)$", re.MULTILINE)
OURS = "deftrace_"      # the tags of structs that are laid out here begin with it
MANGLED = re.compile(r"\bdeftrace_|\bm\d+_(?=\w)")     # what is ours in the names that it knows
DIAGNOSTICS = ["-fdiagnostics-color=never"]
RESERVED = re.compile(r"spare|reserved|resv|rsvd|unused|pad", re.IGNORECASE)     # members without a meaning
UNIT = "question"       # the file name in #line directives


def read_section(data: bytes, wanted: str) -> bytes:
    """The bytes of a section of an ELF object of any class and byte order."""
    if data[:4] != b"\x7fELF":
        raise ValueError("the compiler made no ELF object")
    wide = data[4] == 2
    order = "<" if data[5] == 1 else ">"
    shoff, = struct.unpack_from(order + ("Q" if wide else "I"), data, 0x28 if wide else 0x20)
    entsize, count, names = struct.unpack_from(order + "HHH", data, 0x3a if wide else 0x2e)

    def section(i: int) -> Tuple[int, int, int]:
        at = shoff + i * entsize
        name, = struct.unpack_from(order + "I", data, at)
        start, size = struct.unpack_from(order + ("QQ" if wide else "II"), data, at + (0x18 if wide else 0x10))
        return name, start, size

    _, base, _ = section(names)
    for i in range(count):
        name, start, size = section(i)
        if data[base + name:data.index(b"\0", base + name)].decode() == wanted:
            return data[start:start + size]
    raise ValueError("the object has no answers")


def byte_order(data: bytes) -> str:
    return "<" if data[5] == 1 else ">"


def numbered(n: int) -> str:
    """The directive in front of question n.

    A complaint can name the line after the one it is about, when the compiler had to look ahead: hence two
    lines for each question.
    """
    return f'#line {2 * n} "{UNIT}"\n'


def complaints_by_question(text: str) -> Dict[int, str]:
    """What the compiler says about each question, the first thing only."""
    found: Dict[int, str] = {}
    for path, line, what in COMPLAINT.findall(text):
        if path == UNIT:
            found.setdefault(int(line) // 2, what)
    return found


class Compiler:
    """Compiles lists of questions."""

    def __init__(self, headers: Headers) -> None:
        self.cc = headers.cc
        clang = "__clang__" in headers.macros
        # Complaints about an expanded macro shall name the place of its use.
        self.flags = [] if clang else ["-ftrack-macro-expansion=0"]
        self.flags += ["-ferror-limit=0"] if clang else ["-fmax-errors=0"]

    def compile(self, start: List[str], questions: List[str]) -> Tuple[Optional[List[int]], str]:
        """The answers, or None, and what the compiler said.  start: C text with what the questions are about."""
        import subprocess   # these cost milliseconds, and are not needed by a run that remembers
        import tempfile
        with tempfile.TemporaryDirectory(prefix="gen-") as directory:
            unit, out = os.path.join(directory, "questions.c"), os.path.join(directory, "answers.o")
            with open(unit, "w", encoding="utf-8") as f:
                f.writelines(start)
                f.write(f'extern const unsigned long long answers[];\n__attribute__((section("{SECTION}")))\n'
                        "const unsigned long long answers[] = {\n")
                f.writelines(questions)
                f.write("0};\n")
            command = [*self.cc, *FLAGS, *DIAGNOSTICS, *self.flags, "-fno-lto", "-O0", "-x", "c", "-c", unit, "-o", out]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                                  encoding="utf-8", errors="replace", env={**os.environ, "LC_ALL": "C"})
            if done.returncode:
                return None, done.stderr
            with open(out, "rb") as f:
                data = f.read()
        try:
            return list(struct.unpack_from(f"{byte_order(data)}{len(questions)}Q", read_section(data, SECTION))), ""
        except (ValueError, IndexError, struct.error) as e:
            return None, f"{self.cc[0]} made no object file that can be read: {e}"


class Layout:
    """Questions are put with ask(); an answer that is not known yet is 0 until answer() has run."""

    def __init__(self, definition: Definition, headers: Headers, messages: Messages) -> None:
        self.definition = definition
        self.headers = headers
        self.messages = messages
        self.compiler = Compiler(headers)
        self.questions: Dict[str, int] = {}     # C text, position
        self.answers: Dict[str, int] = {}
        self.there: set[str] = set()            # constants that the headers have
        self.members: Dict[int, str] = {}       # id() of a field of a struct laid out here: its C name
        self.newer: Dict[int, List[Member]] = {}    # id() of a struct: members that the headers lack
        self.types_there: Dict[int, str] = {}   # id() of one of its other members: the C type that the headers give it
        for item in definition.structs:
            self.find_newer(item)
        self.made = [s for s in definition.structs if s.base is None and not self.in_headers(s)]
        for item in self.made:
            for ref in item.omitted:
                messages.error(ref.pos, f"'{ref.name}' cannot be left out: the headers lack this {self.c_tag(item)}",
                               "it is laid out from all its fields, in order: show this one with -vv")
        self.macros: Dict[str, int] = {}        # of `from`: name, value
        self.places: List[int] = []             # of the lines of the struct definitions
        self.made_text = self.struct_definitions(self.places)
        if headers.memory is not None:
            self.recall(headers.memory)

    # ---- C text ----

    def in_headers(self, item: Struct) -> bool:
        return (item.tag_keyword, item.tag) in self.headers.tags and id(item) not in self.newer

    def find_newer(self, item: Struct) -> None:
        """A struct of which the headers have some members and lack others, see newer.py."""
        if item.base is not None or (item.tag_keyword, item.tag) not in self.headers.tags:
            return
        words = self.headers.members(item.tag_keyword, item.tag)
        macros = self.headers.macros
        members = list(all_members(item.fields))
        newer = [m for m in members if not m.at and m.name not in words and m.name not in macros]
        if newer and len(newer) < len(members):
            self.newer[id(item)] = newer
            new = {id(m) for m in newer}
            for member in members:
                if id(member) not in new and not RESERVED.search(member.name) and not self.lacks(item, member):
                    self.types_there[id(member)] = f"__typeof__((({self.c_tag(item)} *)0)->{member.at or member.name})"

    def c_struct(self, item: Struct) -> str:
        return self.c_tag(item) if self.in_headers(item) else f"struct {OURS}{item.name}"

    @staticmethod
    def c_tag(item: Struct) -> str:
        return f"{item.tag_keyword} {item.tag}"

    def c_type(self, target: Type) -> str:
        if isinstance(target, Struct) and target.base is None:
            return self.c_struct(target)
        kind = kind_of(target)
        assert kind is not None
        return kind.ctype

    def c_constant(self, name: str, inside: Tuple[str, ...] = ()) -> str:
        """A constant: by name where the headers have it, else by its fallback."""
        if name in self.there or name in inside:
            return name
        if self.headers.has(name):
            self.there.add(name)
            return name
        fallbacks = self.definition.fallbacks.get(name)
        return f"({self.c_expr(fallbacks[0][0], (*inside, name))})" if fallbacks else name

    def c_expr(self, expr: Expr, inside: Tuple[str, ...] = ()) -> str:
        if expr.op == "num":
            return expr.text.rstrip("uUlL") + ("ULL" if "u" in expr.text.lower() else "LL")   # 1 << 34 is no int
        if expr.op == "name":
            return self.c_constant(expr.text, inside)
        if expr.op == "sizeof_type":
            assert expr.type is not None and expr.type.target is not None
            return f"sizeof({self.c_type(expr.type.target)})"
        args = [self.c_expr(a, inside) for a in expr.args]
        if expr.op == "?:":
            return f"({args[0]} ? {args[1]} : {args[2]})"
        if len(args) == 1:
            return f"({expr.op[1:]} {args[0]})"
        return f"({args[0]} {expr.op} {args[1]})"

    # ---- questions ----

    def ask(self, text: str, pos: int) -> int:
        self.questions.setdefault(text, pos)
        return self.answers.get(text, 0)

    def constant(self, expr: Expr) -> int:
        if expr.op == "num":
            return number_value(expr.text) or 0
        return self.ask(self.c_expr(expr), expr.pos)

    def recall(self, memory: Memory) -> None:
        """What is known from before, but for answers about structs of the definition if any of these is another."""
        same = memory.structs == "".join(self.made_text)
        self.answers = {text: value for text, value in memory.answers.items() if same or OURS not in text}

    def unanswered(self) -> List[str]:
        return [text for text in self.questions if text not in self.answers]

    def read_off(self, texts: List[str]) -> bool:
        """Whether all are macros that are plain numbers: a check need not start the compiler for these alone."""
        macros = self.headers.macros
        found = {text: number_value(macros[text][1].strip()) for text in texts if text in macros}
        numbers = {text: number for text, number in found.items() if number is not None}
        if len(numbers) < len(texts):
            return False
        self.answers.update(numbers)
        return True

    def answer_without_headers(self, texts: List[str], memory: Memory) -> bool:
        """Whether all are made of macros that need nothing but each other: most of the time goes into the headers."""
        macros = self.headers.alone(texts)
        if not macros:
            return False
        values, _ = self.compiler.compile(macros, [f"(unsigned long long)({text}),\n" for text in texts])
        if values is None:      # whatever it is, it is told where it is asked with all
            return False
        self.learn(texts, values, memory)
        return True

    def learn(self, texts: List[str], values: List[int], memory: Optional[Memory]) -> None:
        self.answers.update(zip(texts, values))
        if memory is not None:
            memory.structs, memory.changed = "".join(self.made_text), True
            memory.answers = {text: self.answers[text] for text in self.questions}

    def answer(self) -> bool:
        """Ask the compiler everything at once.  False: it complained, and the messages say about what."""
        texts = self.unanswered()
        memory = self.headers.memory
        if memory is not None and memory.answers and (self.read_off(texts)
                                                      or self.answer_without_headers(texts, memory)):
            return True
        places = self.places + [self.questions[text] for text in texts]
        lines = [f"{numbered(n)}(unsigned long long)({text}),\n" for n, text in enumerate(texts, len(self.places))]
        values, complaints = self.compiler.compile([self.headers.start, *self.made_text], lines)
        if values is None:
            found = complaints_by_question(complaints)
            told: set[int] = set()
            for n, what in found.items():
                if places[n] not in told:
                    told.add(places[n])
                    self.messages.error(places[n], f"the compiler says: {MANGLED.sub('', what)}")
            if not found:
                self.messages.error(NOWHERE, "the compiler failed: " + complaints.strip())
            return False
        self.learn(texts, values, memory)
        return True

    def ask_macros(self) -> None:
        """Values of the macros that `from` names; those that do not compile are left out."""
        wanted = {r.name for s in self.definition.sets for r in s.sources}
        memory = self.headers.memory
        if memory is not None and memory.sources == sorted(wanted):
            self.macros = memory.values
            return
        names = self.headers.usable(self.headers.uses(wanted)) if wanted else []
        while names:    # again only after a complaint, which costs as much as all the rest
            lines = [f"{numbered(n)}(unsigned long long)({name}),\n" for n, name in enumerate(names)]
            values, complaints = self.compiler.compile([self.headers.start], lines)
            if values is not None:
                self.macros = dict(zip(names, values))
                if memory is not None:
                    memory.sources, memory.values, memory.changed = sorted(wanted), self.macros, True
                return
            bad = complaints_by_question(complaints)
            if not bad:
                self.messages.error(NOWHERE, "the compiler failed: " + complaints.strip())
                return
            names = [name for n, name in enumerate(names) if n not in bad]

    # ---- structs that the headers lack ----

    def struct_definitions(self, places: List[int]) -> List[str]:
        """C text.  The place of each numbered line is added to places."""
        out: List[str] = []
        done: set[int] = set()

        def define(item: Struct) -> None:
            if id(item) in done:
                return
            done.add(id(item))
            for inner in self.inner(item.fields):
                define(inner)
            out.append(f"{numbered(len(places))}{self.c_struct(item)} {{\n")
            places.append(item.pos)
            self.field_definitions(item.fields, out, places)
            out.append("};\n")

        for item in self.made:
            define(item)
        return out

    def inner(self, fields: List[Field]) -> List[Struct]:
        """The structs that must be complete before these fields."""
        found: List[Struct] = []
        for item in fields:
            if isinstance(item, Switch):
                for case in item.cases:
                    found += self.inner(case.fields)
            elif isinstance(item.type.target, Struct) and item.type.target in self.made and not item.stars:
                found.append(item.type.target)
        return found

    def field_definitions(self, fields: List[Field], out: List[str], places: List[int]) -> None:
        for item in fields:
            if isinstance(item, Member):
                out.append(f"{numbered(len(places))}{self.field_definition(item)};\n")
                places.append(item.pos)
                continue
            out.append("union {\n")
            for case in item.cases:
                out.append("struct {\n")
                self.field_definitions(case.fields, out, places)
                out.append("};\n")
            out.append("};\n")

    def field_definition(self, member: Member) -> str:
        name = self.member_name(member)
        target = member.type.target
        assert target is not None
        if id(member) in self.types_there:
            return f"{self.types_there[id(member)]} {name}"
        if member.stars and not member.is_array or member.is_indirect:
            return f"void *{name}"
        kind = kind_of(target)
        if member.is_array:
            count = self.c_expr(member.count) if member.count is not None and is_constant(member.count) else "0"
            element = "void *" if member.stars else self.c_type(target)
            return f"{'unsigned char' if kind and kind.is_memory else element} {name}[{count}]"
        if kind is not None and kind.is_memory:
            return self.opaque(member, name)
        return f"{self.c_type(target)} {name}"

    def opaque(self, member: Member, name: str) -> str:
        """A field whose kind has no C type: as many bytes as said, aligned as words when they are words."""
        size = self.c_expr(member.sized) if member.sized is not None and is_constant(member.sized) else "0"
        word = f"__builtin_choose_expr(({size}) && ({size}) % sizeof(long) == 0, 0L, (char)0)"
        return f"__typeof__({word}) {name}[({size}) / sizeof({word})]"

    def member_name(self, member: Member) -> str:
        """Names of fields can be macros in the headers, so ours are their own."""
        return self.members.setdefault(id(member), f"m{len(self.members)}_{member.name}")

    # ---- answers about types ----

    def kind_width(self, kind: Kind) -> int:
        if kind.is_memory:
            return 0
        return self.ask("sizeof(void *)" if kind.is_pointer else f"sizeof({kind.ctype})", kind.ctype_pos)

    def kind_signed(self, kind: Kind) -> bool:
        if kind.is_memory or kind.is_pointer or kind.is_aggregate:
            return False
        return self.ask(f"({kind.ctype})-1 < ({kind.ctype})1", kind.ctype_pos) == 1

    def word(self) -> int:
        return self.ask("sizeof(void *)", 0)

    def struct_size(self, item: Struct) -> int:
        size = self.ask(f"sizeof({self.c_struct(item)})", item.tag_pos)
        return max(size, self.ask(f"sizeof({self.c_tag(item)})", item.tag_pos)) if id(item) in self.newer else size

    def place(self, c_struct: str, path: str, pos: int, element: str = "") -> Tuple[int, int]:
        """Offset and width of a member; element: [0] for the width of one of an array."""
        return (self.ask(f"__builtin_offsetof({c_struct}, {path})", pos),
                self.ask(f"sizeof((({c_struct} *)0)->{path}{element})", pos))

    def field_place(self, item: Struct, member: Member) -> Tuple[int, int]:
        """Offset and width; of an array in place the width of one element."""
        if self.in_headers(item):
            return self.place_there(item, member)
        return self.place(self.c_struct(item), self.member_name(member), member.pos, element(member))

    def lacks(self, item: Struct, member: Member) -> bool:
        """Whether the headers are too old for an optional member."""
        return member.optional and not self.headers.has_member(item.tag_keyword, item.tag, member.at)

    def place_behind(self, item: Struct, member: Member) -> Tuple[int, int]:
        """Where an optional member is when the headers lack it: behind the one in front of it, as C aligns it."""
        alone = f"struct {{ char before; {self.field_definition(member)}; }}"
        name = self.member_name(member)
        align = self.ask(f"__builtin_offsetof({alone}, {name})", member.pos) or 1
        width = self.ask(f"sizeof((({alone} *)0)->{name}{element(member)})", member.pos)
        return -(-self.end(item, member.before) // align) * align, width

    def end(self, item: Struct, member: Optional[Member]) -> int:
        if member is None:
            return 0
        if self.lacks(item, member):
            return sum(self.place_behind(item, member))
        return sum(self.place(self.c_tag(item), member.at or member.name, member.at_pos or member.pos))

    def place_there(self, item: Struct, member: Member) -> Tuple[int, int]:
        """The same in the struct of the headers."""
        if self.lacks(item, member):
            return self.place_behind(item, member)
        return self.place(self.c_tag(item), member.at or member.name, member.at_pos or member.pos, element(member))


def element(member: Member) -> str:
    return "[0]" if member.is_array and not member.is_indirect else ""
