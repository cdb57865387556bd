"""`gen explain` and `gen skeleton`: what is told of a call, and the lines to start from."""
import contextlib
import io
import os
import tempfile
import unittest

from support import BASE, Built

from gen.__main__ import main
from gen.explain import Explain, Unknown
from gen.skeleton import prototypes, skeleton
from gen.text import expr_text


def explained(text, call, *labels):
    built = Built(text)
    return Explain(built.tables, built.run.sources).call(call, labels)


class Expressions(unittest.TestCase):
    def test_an_expression_is_written_as_it_was_read(self):
        for text in ("a | b & a == b + a * 2", "(a | b) & 2", "!(a && *n) || ~a", "a - (b - 2)", "a - b - 2",
                     "(a ? b : 2) ? a : b ? 1 : 2", "s->x == sizeof(struct s)", "ret - 4 >> 1", "min(a, *n) + min(min(b, 2), a - 1)", "a < b ? b : a"):
            built = Built(f"int open(int a, int b, int *n, struct s *s, out int *c if {text}); struct s {{ int x; }}")
            condition = built.run.definition.calls[0].sig.params[4].cond
            self.assertEqual(expr_text(condition), text)


class Explained(unittest.TestCase):
    def test_the_call_comes_first_with_its_number_classes_and_definition(self):
        lines = explained("int\tfstat(fd fd,\n\t\tout int *a) alias newfstat;\nint close();", "fstat").split("\n")
        self.assertEqual(lines[0], "fstat: number 5, tracepoint sys_enter_newfstat, %desc")
        self.assertRegex(lines[1], r"test\.def:1:$")
        self.assertEqual(lines[2:5],
                         ["    int     fstat(fd fd,", "                    out int *a) alias newfstat;", ""])

    def test_each_parameter_says_what_is_read_and_when(self):
        text = explained("ssize open(path p, out char buf[ret], inout struct s *s sized n when err == 4, size n,"
                         " int v if n, arg argv[]); struct s { int a; }", "open")
        self.assertIn("register 0: path p\n    entry: reads up to the NUL\n", text)
        self.assertIn("register 1: out char buf[ret]\n"
                      "    exit, when it succeeded: reads ret elements of 1 byte\n", text)
        self.assertIn("register 2: inout struct s *s\n    entry: reads n bytes of struct s\n"
                      "    exit, when err == 4: reads n bytes of struct s\n", text)
        self.assertIn("register 3: size n\nregister 4: int v\n    passed, and shown, only if n\n", text)
        self.assertIn("register 5: arg argv[]\n    entry: reads pointers up to NULL, and what they point to\n"
                      "result: ssize\n", text)

    def test_arrays_and_pointers_to_numbers(self):
        text = explained("int open(int a[n], itime *t, out int *e sized 2, struct s r[] sized n, size n, ptr q);"
                         " struct s { int a; }", "open")
        self.assertIn("a[n]\n    entry: reads n elements of 4 bytes\n", text)
        self.assertIn("*t\n    entry: reads 16 bytes\n", text)
        self.assertIn("*e\n    exit, when it succeeded: reads 2 bytes of int\n", text)
        self.assertIn("r[]\n    entry: reads elements of 4 bytes (struct s) in n bytes\n", text)
        self.assertIn("register 5: ptr q\nresult: int\n", text)

    def test_a_pointer_to_an_array_is_told_from_an_array_in_place(self):
        text = explained("int open(struct s *s, int n[2]); struct s { int a[2]; int (*b)[2]; }", "open")
        self.assertIn("    byte 0: int a[2]\n    byte 8: int (*b)[2]; reads 2 elements of 4 bytes\n", text)
        self.assertIn("register 1: int n[2]\n", text)

    def test_what_has_no_size_of_its_own_may_count_it_otherwise_than_in_bytes(self):
        self.assertIn("    entry: reads sigset of size n\n",
                      explained("int open(sigset *s sized n, int n);", "open"))

    def test_types_follow_once_each(self):
        text = explained("flags f : int { 3 { O_RDONLY, O_WRONLY }, O_CREAT } enum e : fd { AT_FDCWD }"
                         "struct s { f a; -v e b if a; struct t *t; switch (a) { 1: f c; default: { f d; } } }"
                         "struct t : u32 { int low : 4; int high : 4; } int open(f f, struct s *s);", "open")
        self.assertIn("register 0: f f\n    flags f : int\n", text)
        self.assertEqual(text.count("\nflags f : int:\n    3 { O_RDONLY, O_WRONLY }, O_CREAT\n"), 1)
        self.assertIn("\nstruct s, 24 bytes:\n    byte 0: f a\n    byte 4: e b; if a; with -v\n"
                      "    byte 8: struct t *t; reads 4 bytes (struct t)\n"
                      "    then by a:\n    1:\n        byte 16: f c\n"
                      "    default:\n        byte 16: f d\n", text)
        self.assertIn("\nstruct t, 4 bytes:\n    bit 0: int low\n    bit 4: int high\n", text)

    def test_a_case_can_be_asked_for(self):
        text = "fcntl(int a, ...) switch (a & 3) { 1, 2: fd (path p); default: int (int q); }"
        self.assertIn("then by a & 3:\n1, 2:\n    register 1: path p\n        entry: reads up to the NUL\n"
                      "    result: fd\ndefault:\n", explained(text, "fcntl"))
        self.assertNotIn("default:\n    register", explained(text, "fcntl", "2"))
        with self.assertRaises(Unknown):
            explained(text, "fcntl", "3")

    def test_a_name_that_is_none_gets_a_suggestion(self):
        for words, said in ((["opn"], "gen: no call 'opn', did you mean 'open'?\n"),
                            (["open", "x"], "gen: no cases, and so no 'x'\n")):
            with tempfile.TemporaryDirectory() as directory:
                path = os.path.join(directory, "test.def")
                with open(path, "w", encoding="utf-8") as f:
                    f.write("int open(int a);")
                errors = io.StringIO()
                with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
                    status = main(["explain", *words, "--file", BASE, "--file", path])
            self.assertEqual((status, errors.getvalue()), (1, said))


class Skeleton(unittest.TestCase):
    def lines(self, calls, text):
        """What is written for calls of a made-up kernel: {event: C parameters}."""
        with tempfile.TemporaryDirectory() as directory:
            for name, params in calls.items():
                path = os.path.join(directory, "events", "syscalls", name)
                os.makedirs(path)
                with open(os.path.join(path, "format"), "w", encoding="utf-8") as f:
                    f.write(f"name: {name}\nID: 1\nformat:\n")
                    for param in ["unsigned short common_type", "int __syscall_nr", *params]:
                        f.write(f"\tfield:{param};\toffset:8;\tsize:8;\tsigned:0;\n")
                    f.write('\nprint fmt: "x"\n')
            return skeleton(Built(text).run.definition, prototypes(directory)).split("\n")[:-1]

    def test_calls_that_are_described_are_left_out(self):
        have = self.lines({"sys_enter_close": ["unsigned int fd"], "sys_enter_newfstat": [], "sys_exit_dup": [],
                           "sys_enter_dup": ["unsigned int fildes"]}, "int close(fd fd); int fstat() alias newfstat;")
        self.assertEqual(have, ["/* dup(unsigned int fildes) */", "todo\tdup(uint fildes);"])

    def test_types_are_guessed_from_names_and_c_types(self):
        have = self.lines({"sys_enter_new": ["int dfd", "const char * filename", "const char * buf", "size_t count",
                                             "unsigned int flags", "const __u32 mask"]},
                          "int close(dirfd d); enum dirfd : fd { AT_FDCWD }")
        self.assertEqual(have[1], "todo\tnew(dirfd dfd, path filename, char buf[count], size count, x32 flags,"
                                  " u32 mask);")

    def test_what_cannot_be_guessed_is_todo_and_structs_are_those_described(self):
        have = self.lines({"sys_enter_new": ["void * data", "const struct s * s", "struct s * t", "size_t usize",
                                             "struct other * o", "odd_t odd"]},
                          "int close(struct s *s); struct s { int a; }")
        self.assertEqual(have[1], "todo\tnew(todo data, struct s *s, inout struct s *t sized usize, size usize, todo o,"
                                  " todo odd);")

    def test_the_lines_are_a_definition_without_mistakes(self):
        have = self.lines({"sys_enter_read": ["unsigned int fd", "char * buf", "size_t count", "const sigset_t * mask",
                                              "const struct s * s"]}, "int close(struct s *s); struct s { int a; }")
        built = Built("int close(struct s *s); struct s { int a; }" + "\n".join(have))
        self.assertEqual(sorted(built.params("read")), ["buf", "count", "fd", "mask", "s"])


if __name__ == "__main__":
    unittest.main()
