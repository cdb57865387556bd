"""What check remembers changes how long it takes, and never what it says."""
import os
import subprocess
import sys
import tempfile
import unittest

from support import BASE, HERE, ROOT, default_cc

from gen.memory import KEPT, Memory

TIMEOUT = 300
# Starts the compiler, and tells of it.
WRAPPER = """#!/bin/sh
echo "$*" >>"{log}"
exec {cc} "$@"
"""
# Starts the compiler, and keeps what it compiles.
KEEPER = """#!/bin/sh
for arg; do case "$arg" in *.c) cat "$arg" >>"{kept}" ;; esac; done
exec {cc} "$@"
"""
# Puts another header in the place of one that has just been compiled.
CHANGER = """#!/bin/sh
{cc} "$@" || exit
case "$*" in *" -c "*) mv "{new}" "{old}" 2>/dev/null || :; esac
"""
HEADER = """
struct own { int a; long b; };
enum { OWN_ONE = 1, OWN_TWO };
#define OWN_FOUR 4
#define OWN_EIGHT (1 << 3)
#define OWN_SIXTEEN 0x10
#define OWN_BIT(n) (1##UL << (n))
#define OWN_HIGH OWN_BIT(OWN_FOUR + 3)
#define OWN_NEXT (OWN_TWO + 1)
#ifdef OTHER
#define OWN_TWO 1
#endif
"""
GOOD = """
#include <own.h>
#include <perhaps.h> optional
int	close(own flags, struct own *o, struct made *m);
flags own { OWN_ONE, OWN_TWO }
struct own { int a; long b; }
struct made { int x; long y; }
"""
BAD = ("bad_ends", "bad_layout", "bad_names", "bad_syntax", "bad_unused", "bad_values")


class Directory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        bytecode = tempfile.TemporaryDirectory()        # to compile the generator takes longer than to run it here
        cls.addClassCleanup(bytecode.cleanup)
        cls.bytecode = bytecode.name

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.include, self.cache = self.path("include"), self.path("cache")
        os.mkdir(self.include)
        self.write("include/own.h", HEADER)
        self.write("test.def", GOOD)
        self.write("log", "")
        self.cc = self.write("cc", WRAPPER.format(log=self.path("log"), cc=" ".join(default_cc())))
        os.chmod(self.cc, 0o755)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def replace(self, name, old, new):
        with open(self.path(name), encoding="utf-8") as f:
            text = f.read()
        self.assertIn(old, text)
        self.write(name, text.replace(old, new))

    def files(self):
        place = os.path.join(self.cache, "deftrace")
        return [os.path.join(place, name) for name in sorted(os.listdir(place))]

    def gen(self, *args, cc="", **environment):
        """Exit status, messages, and how often the compiler was started."""
        command = f"{cc or self.cc} -I {self.include}"
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run([sys.executable, "-m", "gen", *args, "--cc", command], cwd=ROOT, timeout=TIMEOUT,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              env={**inherited, "PYTHONPYCACHEPREFIX": self.bytecode, "XDG_CACHE_HOME": self.cache,
                                   **environment})
        self.assertEqual(done.stdout, "")
        with open(self.path("log"), encoding="utf-8") as f:
            self.compiled = f.read()
        starts = self.compiled.count("\n")
        self.write("log", "")
        return done.returncode, done.stderr, starts

    def check(self, *args, **more):
        return self.gen("check", BASE, self.path("test.def"), *args, **more)

    def forgetful(self, *args):
        """What check says when there is nothing to remember."""
        return self.check(*args, XDG_CACHE_HOME=self.path("empty"))[:2]

    def good(self, compiles):
        """It is good, and whether the compiler was started."""
        code, said, starts = self.check()
        self.assertEqual((code, said, starts > 0), (0, "", compiles))

    def same(self):
        """Something is wrong, and it says so with and without a memory."""
        code, said, _ = self.check()
        self.assertEqual((code, said), self.forgetful())
        self.assertEqual(code, 1)
        return said


class Remembered(Directory):
    def test_the_compiler_is_not_started_again_for_the_same(self):
        self.good(True)
        self.good(False)
        self.replace("test.def", "long y; }", "long y; }\n")
        self.good(False)

    def test_a_build_always_asks_the_compiler(self):
        self.good(True)
        for _ in range(2):
            code, said, starts = self.gen("emit", "--output-c", self.path("t.c"), "--output-h", self.path("t.h"),
                                          BASE, self.path("test.def"))
            self.assertEqual((code, said), (0, ""))
            self.assertGreater(starts, 1)

    def test_only_what_is_not_known_yet_is_asked(self):
        self.good(True)
        self.replace("test.def", "OWN_TWO }", "OWN_TWO, OWN_EIGHT }")
        self.assertEqual(self.check(), (0, "", 1))
        self.good(False)

    def test_a_macro_that_is_a_plain_number_needs_no_compiler(self):
        self.good(True)
        self.replace("test.def", "OWN_TWO }", "OWN_TWO, OWN_FOUR, OWN_SIXTEEN = 16 }")
        self.good(False)
        self.replace("test.def", "OWN_SIXTEEN = 16", "OWN_SIXTEEN = 17")
        self.assertIn("OWN_SIXTEEN is 0x10 in the headers, not 0x11", self.same())

    def test_a_macro_made_of_macros_is_asked_of_the_compiler_without_the_headers(self):
        self.write("cc", KEEPER.format(kept=self.path("log"), cc=" ".join(default_cc())))
        for name, wrong, value, with_headers in (("OWN_HIGH", "0x81", "0x80", False), ("OWN_NEXT", "0x5", "0x3", True)):
            self.write("test.def", GOOD)
            self.assertEqual(self.check()[:2], (0, ""))
            self.replace("test.def", "OWN_TWO }", f"OWN_TWO, {name} = {wrong} }}")
            code, said, _ = self.check()
            self.assertIn(f"{name} is {value} in the headers, not {wrong}", said)
            self.assertEqual((code, "#include" in self.compiled), (1, with_headers))

    def test_answers_about_a_struct_of_the_definition_go_with_it(self):
        self.good(True)
        self.replace("test.def", "struct made { int x; long y; }", "struct made { char x[65536]; long y; }")
        self.assertIn("and there are 16 bits", self.same())

    def test_a_mistake_is_reported_every_time(self):
        self.good(True)
        for old, new, want in (("OWN_TWO }", "OWN_TWO, OWN_TREE }", "unknown constant 'OWN_TREE'"),
                               ("OWN_TREE", "OWN_ONE", "'OWN_ONE' is already in this set"),
                               (", OWN_ONE }", ", ONE = 1 }", "ONE (0x1) is hidden behind OWN_ONE"),
                               (", ONE = 1 }", " }\nstruct none { int a; }", "struct 'none' is never used"),
                               ("struct own { int a; long b; }", "struct own { long c; }", "no member named 'c'"),
                               ("own.h", "none.h", "there is no header <none.h>"),
                               ("int\tclose", "int\tclose(", "expected")):
            self.replace("test.def", old, new)
            self.assertIn(want, self.same())

    def test_bad_definitions_are_as_bad_the_second_time(self):
        for name in BAD:
            args = ("check", BASE, os.path.join(HERE, name + ".def"))
            first, again = self.gen(*args), self.gen(*args)
            self.assertEqual(first[:2], again[:2])
            self.assertEqual(first[0], 1)


class Forgotten(Directory):
    """What makes the compiler be asked again."""

    def test_a_header_that_has_changed(self):
        self.good(True)
        self.replace("include/own.h", "OWN_FOUR 4", "OWN_FOUR 5")
        self.good(True)
        self.replace("include/own.h", "long b;", "long c;")
        self.assertIn("has no member 'b'", self.same())

    def test_a_header_that_has_changed_and_has_the_old_time_and_size(self):
        self.good(True)
        header = os.path.join(self.include, "own.h")
        before = os.stat(header)
        self.replace("include/own.h", "long b;", "long c;")
        os.utime(header, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assertIn("has no member 'b'", self.same())

    def test_a_header_that_changes_meanwhile(self):
        header = os.path.join(self.include, "own.h")
        new = self.write("new.h", HEADER.replace("long b;", "long c;"))
        self.write("cc", CHANGER.format(cc=" ".join(default_cc()), new=new, old=header))
        self.assertEqual(self.check()[:2], (0, ""))
        self.assertFalse(os.path.exists(new))
        self.assertIn("has no member 'b'", self.same())

    def test_an_optional_header_that_was_not_there(self):
        self.good(True)
        self.write("include/perhaps.h", "#undef OWN_TWO\n#define OWN_TWO 1\n")
        self.assertIn("OWN_TWO (0x1) is hidden behind OWN_ONE", self.same())

    def test_a_header_that_now_comes_first(self):
        self.good(True)
        os.mkdir(os.path.join(self.include, "asm"))
        self.write("include/asm/unistd.h", "#define __NR_open 2\n")
        self.assertIn("the headers have no number for 'close'", self.same())

    def test_a_header_that_is_gone(self):
        self.good(True)
        os.unlink(os.path.join(self.include, "own.h"))
        self.assertIn("there is no header <own.h>", self.same())

    def test_a_directory_of_headers_that_was_not_there(self):
        more = self.path("more")
        cc = f"{self.cc} -I {more}"
        self.assertEqual(self.check(cc=cc)[:2], (0, ""))
        self.assertEqual(self.check(cc=cc), (0, "", 0))
        os.mkdir(more)
        self.write("more/own.h", HEADER.replace("long b;", "long c;"))
        code, said, _ = self.check(cc=cc)
        self.assertEqual(code, 1)
        self.assertIn("has no member 'b'", said)

    def test_another_compiler_of_the_same_name(self):
        self.good(True)
        self.write("cc", WRAPPER.format(log=self.path("log"), cc=" ".join([*default_cc(), "-DOTHER"])))
        self.assertIn("OWN_TWO (0x1) is hidden behind OWN_ONE", self.same())

    def test_where_the_environment_says_headers_are(self):
        self.good(True)
        os.mkdir(self.path("more"))
        self.write("more/perhaps.h", "#define OWN_ONE 2\n")
        code, said, _ = self.check(CPATH=self.path("more"))
        self.assertEqual(code, 1)
        self.assertIn("OWN_TWO (0x2) is hidden behind OWN_ONE", said)

    def test_a_list_of_what_is_lacking(self):
        lacking = self.write("lacking", "")
        self.assertEqual(self.check("--lacking", lacking)[:2], (0, ""))
        self.assertEqual(self.check("--lacking", lacking), (0, "", 0))
        self.write("lacking", "OWN_TWO\n")
        code, said, _ = self.check("--lacking", lacking)
        self.assertEqual((code, said), self.forgetful("--lacking", lacking))
        self.assertIn("unknown constant 'OWN_TWO'", said)

    def test_another_include(self):
        self.good(True)
        self.write("include/second.h", "#define OWN_TWO 1\n")
        self.replace("test.def", "#include <perhaps.h> optional", "#include <second.h>")
        self.assertIn("OWN_TWO (0x1) is hidden behind OWN_ONE", self.same())


class File(Directory):
    def test_damage_is_as_if_there_were_none(self):
        self.good(True)
        path, = self.files()
        with open(path, "rb") as f:
            data = f.read()
        for damaged in (b"", data[:20], data[:-1], data.replace(b"OWN_TWO", b"OWN_TOO")):
            with open(path, "wb") as f:
                f.write(damaged)
            self.good(True)
        self.good(False)

    def test_a_file_that_others_can_write_is_not_read(self):
        self.good(True)
        path, = self.files()
        os.chmod(path, 0o666)
        self.good(True)
        os.chmod(os.path.dirname(path), 0o777)
        self.good(True)

    def test_a_place_that_cannot_be_written_is_no_mistake(self):
        self.write("cache", "")
        self.good(True)
        for place in ("/proc/none", "relative"):
            self.assertEqual(self.check(XDG_CACHE_HOME=place, HOME=self.path("file"))[:2], (0, ""))
        self.assertFalse(os.path.exists(os.path.join(ROOT, "relative")))

    def test_a_home_that_does_not_exist_is_not_made(self):
        home = self.path("nobody")
        self.assertEqual(self.check(XDG_CACHE_HOME="", HOME=home)[:2], (0, ""))
        self.assertFalse(os.path.exists(home))

    def test_it_is_the_users_own_and_nothing_else_is_left_there(self):
        self.good(True)
        path, = self.files()
        self.assertEqual([os.stat(p).st_mode & 0o777 for p in (path, os.path.dirname(path))], [0o600, 0o700])

    def test_there_is_one_for_each_definition_and_not_more_than_some(self):
        self.good(True)
        self.replace("test.def", "OWN_TWO }", "OWN_TWO, OWN_EIGHT }")
        self.good(True)
        path, = self.files()
        for n in range(KEPT + 3):
            other = f"{os.path.dirname(path)}/check-{n}"
            with open(other, "w", encoding="utf-8"):
                pass
            os.utime(other, (n, n))
        self.replace("test.def", "OWN_TWO,", "OWN_TWO, ONE_MORE = 1 << 5,")
        self.write("include/own.h", HEADER + "#define ONE_MORE (1 << 5)\n")
        self.check()
        self.assertEqual(len(self.files()), KEPT)
        self.assertIn(path, self.files())


class Name(unittest.TestCase):
    def test_one_memory_is_for_one_definition(self):
        names = {Memory(of).path for of in (["cc", "a"], ["cc", "b"], ["gcc", "a"])}
        self.assertEqual(len(names), 3)


if __name__ == "__main__":
    unittest.main()
