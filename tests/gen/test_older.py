"""Headers older than those at hand: what can be said without having them, and that syscalls.def says it."""
import os
import tempfile
import unittest

from support import DEFINITION, HERE, Built, includes, rows, run

from gen.lacking import Lacking, NoName
from gen.layout import Layout

LIST = os.path.join(HERE, "newer-than-5.10")
HEADER = """
struct grown { int a; int b; int c; };
struct outer { int a; struct { int b; long c; unsigned char d; } in; };
enum { HAS_ONE = 1, HAS_TWO = 2 };
#define HAS_THREE 3
#define HAD_FOUR 4
#undef HAD_FOUR
#define EMPTY
#define FUNCTION(x) x
"""


class Names(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.header = os.path.join(directory.name, "own.h")
        with open(self.header, "w", encoding="utf-8") as f:
            f.write(HEADER)

    def built(self, text, lacking=""):
        return Built(f"#include <{self.header}>\n{text}", lacking=Lacking(lacking))

    def test_lines_name_constants_headers_structs_and_members(self):
        have = Lacking("# of old\nAB_C\n\nlinux/can/raw.h   # new\nstruct s\nunion u\ns.a\ns.b\n")
        self.assertEqual(have.names, {"AB_C", "linux/can/raw.h"})
        self.assertEqual(have.tags, {("struct", "s"), ("union", "u")})
        self.assertEqual((have.of("s"), have.of("t")), ({"a", "b"}, set()))
        for bad in ("a b", "struct s t", "s.a.b", "-x"):
            with self.assertRaisesRegex(NoName, f"line 2: '{bad}' is no name"):
                Lacking(f"A\n{bad}\n")

    def test_a_constant_that_is_lacking_needs_its_value(self):
        text = "int close(e e); enum e { HAS_ONE, HAS_TWO = 2, HAS_THREE }"
        self.assertEqual(len(self.built(text, "HAS_TWO").values("e")), 3)
        for name in ("HAS_ONE", "HAS_THREE"):
            with self.assertRaisesRegex(AssertionError, f"unknown constant '{name}'"):
                self.built(text, name)

    def test_macros_that_are_gone_or_no_numbers_are_no_constants(self):
        for name in ("HAD_FOUR", "EMPTY", "FUNCTION"):
            with self.assertRaisesRegex(AssertionError, f"unknown constant '{name}'"):
                self.built(f"int close(e e); enum e {{ {name} }}")

    def test_a_call_number_that_is_lacking_needs_its_value(self):
        self.assertEqual(self.built("int close(int a) nr 3;", "__NR_close").call("close").nr, 3)
        with self.assertRaisesRegex(AssertionError, "the headers have no number for 'close'"):
            self.built("int close(int a);", "__NR_close")

    def test_a_header_that_is_lacking_must_be_optional(self):
        self.built("#include <linux/pidfd.h> optional\nint close(int a);", "linux/pidfd.h")
        with self.assertRaisesRegex(AssertionError, r"test.def:2:1: error: there is no header <linux/pidfd.h>"):
            self.built("#include <linux/pidfd.h>\nint close(int a);", "linux/pidfd.h")

    def test_a_struct_that_is_lacking_is_laid_out(self):
        text = "int read(struct grown *s); struct grown { u8 a; u16 b; }"
        for lacking, offset in (("", 4), ("struct grown", 2)):
            self.assertEqual(self.built(text, lacking).fields("grown")["b"].off, offset)

    def test_a_member_that_is_lacking_needs_those_in_front_of_it(self):
        self.assertEqual(self.built("int read(struct grown *s); struct grown { int a; int b; int c; }",
                                    "grown.c").fields("grown")["c"].off, 8)
        with self.assertRaisesRegex(AssertionError, "struct grown has no member 'c'"):
            self.built("int read(struct grown *s); struct grown { int a; int c; }", "grown.c")

    def test_an_optional_member_is_behind_the_one_in_front_of_it(self):
        text = ("int read(struct outer *o); struct outer { int a;"
                " switch (a) { 1: { int b at in.b; long c at in.c optional; u8 d at in.d optional; } } }")
        for lacking in ("", "outer.d", "outer.c\nouter.d"):
            built = self.built(text, lacking)
            row = built.type("struct outer")
            switch = built.tables.members[row.first + 1]
            fields = built.cases(switch.type)[1][1]
            self.assertEqual([(m.off, m.width) for m in fields.values()], [(8, 4), (16, 8), (24, 1)])
            self.assertEqual(row.width, 32)

    def test_an_optional_member_is_where_it_would_be_without_the_headers(self):
        with self.assertRaisesRegex(AssertionError, "'d' has 1 bytes at 24: behind 'b' it would have 1 at 12"):
            self.built("int read(struct outer *o); struct outer { int b at in.b; u8 d at in.d optional; }")
        with self.assertRaisesRegex(AssertionError, "the optional 'd' has no field in front of it"):
            self.built("int read(struct outer *o); struct outer { u8 d at in.d optional; }")


class Definition(unittest.TestCase):
    """syscalls.def with the headers at hand, less all that Linux 5.10 lacked of Linux 7.2's."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with open(LIST, encoding="utf-8") as f:
            cls.list = f.read()

    def test_the_list_is_of_all_headers_that_are_included(self):
        self.assertEqual(includes(LIST), includes(DEFINITION), "newer_names.py makes the list again")

    def test_it_can_be_read_with_the_headers_of_linux_5_10_and_means_the_same(self):
        full, older = run(DEFINITION), run(DEFINITION, lacking=Lacking(self.list))
        tables = [r.build("x86_64") for r in (full, older)]
        self.assertEqual(older.messages.render(), "")
        with_all, without = (self.rows(t) for t in tables)
        self.assertEqual([pair for pair in zip(with_all, without) if pair[0] != pair[1]], [])
        self.assertEqual(len(with_all), len(without))
        grown = [new.name for old, new in zip(*(t.types for t in tables)) if new.width > old.width]
        self.assertEqual(grown, ["struct landlock_path_beneath_attr"])      # packed: its use says how many bytes

    @staticmethod
    def rows(tables):
        """What is the same with all headers: not the macros that `from` finds, nor what structs have at their end."""
        macros = {s.name for s in tables.definition.sets if s.sources}
        return [*((t.name, t.cls, t.traits, t.kind, t.cls == rows.STRUCT or t.width, t.count * (t.name not in macros))
                  for t in tables.types),
                *(x for t in tables.types if t.cls in (rows.ENUM, rows.FLAGS) and t.name not in macros
                  for x in tables.xlats[t.first:t.first + t.count]),
                *(m for m in tables.members if m.name != "userns_fd"),      # an fd in 64 bits, which no type says
                *tables.sigs, *tables.switches, *tables.cases, *tables.code, *tables.consts,
                *((c.nr, c.call.name, c.sig) for c in tables.calls)]

    def test_all_questions_are_foreseen(self):
        """The compiler is asked them at once, or making the tables would take twice as long."""
        asked = []
        answer = Layout.answer
        self.addCleanup(setattr, Layout, "answer", answer)
        Layout.answer = lambda layout: asked.append(len(layout.unanswered())) or answer(layout)
        for lacking in (Lacking(), Lacking(self.list)):
            self.assertIsNotNone(run(DEFINITION, lacking=lacking).build("x86_64"))
            self.assertEqual(len(asked), 1)
            asked.clear()

    def test_a_constant_newer_than_linux_5_10_needs_its_value(self):
        with open(DEFINITION, encoding="utf-8") as f:
            text = f.read()
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "syscalls.def")
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace("IORING_OP_SOCKET = 45,", "IORING_OP_SOCKET,"))
            self.assertIn("unknown constant 'IORING_OP_SOCKET'",
                          run(path, lacking=Lacking(self.list)).messages.render())


if __name__ == "__main__":
    unittest.main()
