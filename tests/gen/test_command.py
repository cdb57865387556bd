"""The command line, and what it writes."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

from support import BASE, ROOT, default_cc

GOOD = """
#include <linux/utsname.h>
int	uname(out struct utsname *name) alias newuname;
struct utsname = struct new_utsname { text sysname[65]; text nodename[65]; }
kind { text: char }
fcntl(fd fd, uint cmd, ...) switch (cmd) { F_GETFD: int (); default: int (ulong arg); }
"""
TIMEOUT = 300


class Command(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.good = self.write("good.def", GOOD)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def gen(self, *args, seed="0"):
        return subprocess.run([sys.executable, "-m", "gen", *args], cwd=ROOT, timeout=TIMEOUT, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              env={**os.environ, "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": self.path("cache")})

    def emit(self, *files, seed="0"):
        return self.gen("emit", "--output-c", self.path("t.c"), "--output-h", self.path("t.h"),
                        "--depfile", self.path("t.d"), *files, seed=seed)

    def test_check_is_silent_about_a_good_definition(self):
        done = self.gen("check", BASE, self.good)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_message_has_place_line_caret_and_hint(self):
        bad = self.write("bad.def", "int\tread(fd fd,\n\tpth name);\n")
        done = self.gen("check", BASE, bad)
        self.assertEqual((done.returncode, done.stderr),
                         (1, f"{bad}:2:2: error: unknown type 'pth'\n\tpth name);\n\t^~~\n\tdid you mean 'path'?\n"))

    def test_a_message_can_refer_to_another_file(self):
        bad = self.write("bad.def", "kind { fd: int }\n")
        done = self.gen("check", BASE, bad)
        self.assertRegex(done.stderr, rf"{re.escape(bad)}:1:8: error: type 'fd' is already defined, at "
                         rf"{re.escape(BASE)}:\d+\n")

    def test_a_header_that_does_not_exist_is_blamed_on_its_include(self):
        bad = self.write("bad.def", "\n#include <linux/no_such_header.h>\n")
        done = self.gen("check", BASE, bad)
        self.assertIn(f"{bad}:2:1: error: there is no header <linux/no_such_header.h>\n", done.stderr)

    def test_no_line_is_blamed_for_a_compiler_that_does_not_work(self):
        for cc, said in (("no-such-compiler -O2", "the headers cannot be read: no-such-compiler: No such file or directory"),
                         ("false", "the headers cannot be read: false failed"),
                         (" ".join([*default_cc(), "-S"]), "the compiler failed: .* made no object file that can be read: ")):
            done = self.gen("check", "--cc", cc, BASE, self.good)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, "^gen: " + said)

    def test_the_ends_of_lines_and_a_mark_of_the_encoding_do_not_matter(self):
        with open(self.path("crlf.def"), "wb") as f:
            f.write(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
        done = self.gen("check", BASE, self.path("crlf.def"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_bytes_that_are_no_text_and_endless_chains_of_types_are_reported(self):
        with open(self.path("junk.def"), "wb") as f:
            f.write(bytes(range(256)))
        done = self.gen("check", BASE, self.path("junk.def"))
        self.assertIn("junk.def:1:1: error: stray character '\\x00'", done.stderr)
        chain = self.write("chain.def", "".join(f"enum e{n} = e{n + 1};\n" for n in range(3000)))
        self.assertEqual(self.gen("check", BASE, chain).stderr,
                         "gen: types are made of each other too many times over\n")

    def test_a_file_that_cannot_be_read_is_named(self):
        done = self.gen("check", self.path("none.def"))
        self.assertEqual((done.returncode, done.stderr), (1, f"gen: {self.path('none.def')}: No such file or "
                                                         "directory\n"))

    def test_nothing_is_written_after_a_mistake(self):
        bad = self.write("bad.def", "int read(pth p);\n")
        self.assertEqual(self.emit(BASE, bad).returncode, 1)
        self.assertFalse(os.path.exists(self.path("t.c")))

    def test_the_output_is_the_same_every_time(self):
        outputs = set()
        for seed in ("1", "2", "3"):
            done = self.emit(BASE, self.good, seed=seed)
            self.assertEqual(done.stderr, "")
            outputs.add((self.read("t.c"), self.read("t.h"), self.read("t.d")))
        self.assertEqual(len(outputs), 1)

    def test_output_that_would_not_change_is_left_alone(self):
        self.emit(BASE, self.good)
        os.utime(self.path("t.c"), (1, 1))
        self.emit(BASE, self.good)
        self.assertEqual(os.stat(self.path("t.c")).st_mtime, 1)

    def test_the_tables_compile_strictly_and_hold_data_only(self):
        self.emit(BASE, self.good)
        out = self.path("t.o")
        done = subprocess.run([*default_cc(), "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror",
                               "-fPIE", "-I", os.path.join(ROOT, "src"), "-c", self.path("t.c"), "-o", out],
                              stderr=subprocess.PIPE, check=False, timeout=TIMEOUT, encoding="utf-8")
        self.assertEqual(done.stderr, "")
        sections = subprocess.run(["objdump", "-h", "-r", "-t", out], stdout=subprocess.PIPE, check=True,
                                  timeout=TIMEOUT, encoding="utf-8").stdout
        self.assertNotIn("RELOCATION", sections)
        for section in (".text", ".data", ".bss"):
            self.assertRegex(sections, rf" {re.escape(section)} +00000000 ")
        self.assertIn("table_calls", sections)

    def test_the_names_have_the_indexes_of_types_and_kinds(self):
        self.emit(BASE, self.good)
        names = self.read("t.h")
        self.assertRegex(names, r"enum \{\n\tKIND_void,\n\tKIND_int,")
        self.assertRegex(names, r"#define TABLE_KINDS\(X\) \\\n\tX\(void\) \\\n\tX\(int\)")
        self.assertRegex(names, r"TYPE_struct_utsname = \d+,")
        self.assertRegex(names, r"enum \{\n\tFILTER_file,\n\tFILTER_desc,")

    def test_every_name_and_every_row_is_where_its_index_says(self):
        """The C arrays, read by a C program."""
        self.emit(BASE, self.good)
        program = self.write("main.c", """
            #include <stdio.h>
            #include "decode/tables.h"
            int main(void)
            {
                for (uint32_t nr = 0; nr < table_nrs; nr++) {
                    if (!table_call_of[nr])
                        continue;
                    const struct call *call = &table_calls[table_call_of[nr] - 1];
                    const struct sig *sig = &table_sigs[call->sig];
                    printf("%u %s %s", call->nr, table_name(call->name), table_name(call->event));
                    for (unsigned i = 0; i < sig->count; i++)
                        printf(" %s:%s", table_name(table_members[sig->first + i].name),
                               table_name(table_types[table_members[sig->first + i].type].name));
                    printf("\\n");
                }
                printf("%u %u\\n", table_ncalls, table_nswitches);
                return 0;
            }""")
        out = self.path("main")
        subprocess.run([*default_cc(), "-I", os.path.join(ROOT, "src"), program, self.path("t.c"), "-o", out],
                       check=True, timeout=TIMEOUT)
        done = subprocess.run([out], stdout=subprocess.PIPE, check=True, timeout=TIMEOUT, encoding="utf-8")
        self.assertEqual(done.stdout, "63 uname newuname name:utsname\n72 fcntl fcntl fd:fd cmd:\n2 1\n")

    def test_the_dependency_file_names_the_headers_and_the_definitions(self):
        self.emit(BASE, self.good)
        words = self.read("t.d").replace("\\\n", " ").split()
        self.assertEqual(words[0], self.path("t.c") + ":")
        self.assertIn(self.good, words)
        self.assertTrue(any(w.endswith("/linux/utsname.h") for w in words))
        self.assertFalse([w for w in words[1:] if not os.path.exists(w)])

    def test_odd_names_of_files_are_quoted_in_the_dependency_file(self):
        odd = self.write("odd $ #name.def", GOOD)
        self.emit(BASE, odd)
        self.assertIn("odd\\ $$\\ \\#name.def", self.read("t.d"))

    def test_report_counts_what_is_not_described(self):
        some = self.write("some.def", "todo read(fd fd, todo buf, todo n); todo pause(); int close(fd fd);\n")
        done = self.gen("report", BASE, some)
        self.assertEqual(done.stdout.split("\n")[:4],
                         ["partial read 1/4", "todo    pause 0/1",
                          "calls       3: 1 typed, 1 partial, 1 todo",
                          "parameters  7, results counted: 4 todo"])

    def test_report_counts_a_call_with_a_line_for_each_architecture_once(self):
        some = self.write("some.def", "pid fork(int a) on x86_64; pid fork(todo a) on arm; int close(fd fd);\n")
        done = self.gen("report", BASE, some)
        self.assertEqual(done.stdout.split("\n")[:2], ["partial fork 1/2", "calls       2: 1 typed, 1 partial, 0 todo"])


if __name__ == "__main__":
    unittest.main()
