"""The shell completions, in the shells themselves."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import support

TIMEOUT = 300   # seconds, for shells on a busy machine
PROGRAMS = ("trace", "killsnoop")
TABLES = """
const struct call table_calls[] = {
\t/* 0: read */
\t{ 1 },
\t/* 257: openat */
\t{ 2 },
\t/* 437: openat2 */
\t{ 3 },
};
const struct swcase table_cases[] = {
\t/* 5: openness */
};
"""
NAMES = "enum {\n\tFILTER_file,\n\tFILTER_desc,\n};\n"

BASH = r"""
compopt() { :; }
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_$1
printf '%s\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.dir.cleanup)
        for name, text in (("tables.c", TABLES), ("names.h", NAMES), ("bash-test", BASH)):
            with open(os.path.join(cls.dir.name, name), "w", encoding="utf-8") as f:
                f.write(text)

    def path(self, name):
        return os.path.join(self.dir.name, name)

    @staticmethod
    def table(program):
        return os.path.join(support.ROOT, "src", program, "option_table.h")

    def generate(self, shell, program="trace", options=None):
        return subprocess.run([sys.executable, "-m", "gen.completion", shell, program,
                               "--options", options or self.table(program), "--tables", self.path("tables.c"), "--names", self.path("names.h"),
                               "--output", self.path(f"{program}.{shell}")], cwd=support.ROOT, capture_output=True, text=True,
                              check=False)

    def needs(self, shell):
        if not shutil.which(shell):
            self.skipTest(f"no {shell} here")
        for program in PROGRAMS:
            r = self.generate(shell, program)
            self.assertEqual((r.returncode, r.stderr), (0, ""))

    def bash(self, *words):
        r = subprocess.run(["bash", "--norc", self.path("bash-test"), self.path(words[0] + ".bash"), *words],
                           capture_output=True, text=True, check=False, timeout=TIMEOUT)
        self.assertEqual(r.stderr, "")
        return r.stdout.split()

    def fish(self, line):
        program = line.split()[0]
        r = subprocess.run(["fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]',
                            self.path(program + ".fish"), line],
                           capture_output=True, text=True, check=False, timeout=TIMEOUT,
                           env={**os.environ, "HOME": self.dir.name})
        self.assertEqual(r.stderr, "")
        return sorted(found.split("\t")[0] for found in r.stdout.splitlines())

    def test_bash_completes_options_their_arguments_and_the_command(self):
        self.needs("bash")
        for words, expected in (
                (["trace", "--summary-s"], ["--summary-sort"]),
                (["trace", "-e", "open"], ["openat", "openat2"]),
                (["trace", "-fe", "read,!opena"], ["read,!openat", "read,!openat2"]),
                (["trace", "-e", "trace", "=", "%f"], ["%file"]),
                (["trace", "-e", "status", "=", "failed,succ"], ["failed,successful"]),
                (["trace", "-e", "signal", "=", "SIGUSR"], ["SIGUSR1", "SIGUSR2"]),
                (["trace", "-e", "signal", "=", "INT,!US"], ["INT,!USR1", "INT,!USR2"]),
                (["trace", "--color", "=", "al"], ["always"]),
                (["trace", "--color", "n"], ["never"]),
                (["trace", "-u", "roo"], ["root"]),
                (["trace", "--list", "openat2"], ["openat2"]),
                (["trace", "-f", "/nonexistent", "--col"], []),
                (["killsnoop", "--verb"], ["--verbose-call"]),
                (["killsnoop", "-a", "--na"], ["--name", "--names"]),
                (["killsnoop", "-asS", "SIGUSR"], ["SIGUSR1", "SIGUSR2"]),
                (["killsnoop", "--signal", "=", "INT,US"], ["INT,USR1", "INT,USR2"]),
                (["killsnoop", "-n", "--na"], []),
                (["killsnoop", "tru"], []),
        ):
            with self.subTest(words=words):
                self.assertEqual(self.bash(*words), expected)
        self.assertIn("true", self.bash("trace", "-o", "out", "tru"))
        self.assertIn(str(os.getpid()), self.bash("killsnoop", "-p", str(os.getpid())[0]))

    def test_fish_completes_the_same(self):
        self.needs("fish")
        for line, expected in (
                ("trace --summary-s", ["--summary-sort"]),
                ("trace -e open", ["openat", "openat2"]),
                ("trace -fe read,!opena", ["read,!openat", "read,!openat2"]),
                ("trace -e trace=%f", ["trace=%file"]),
                ("trace -e status=failed,succ", ["status=failed,successful"]),
                ("trace --color=al", ["--color=always"]),
                ("trace --color n", ["never"]),
                ("trace --list openat2", ["openat2"]),
                ("killsnoop --verb", ["--verbose-call"]),
                ("killsnoop -a --na", ["--name", "--names"]),
                ("killsnoop -asS INT,US", ["INT,USR1", "INT,USR2"]),
                ("killsnoop --signal=US", ["--signal=USR1", "--signal=USR2"]),
                ("killsnoop tru", []),
        ):
            with self.subTest(line=line):
                self.assertEqual(self.fish(line), expected)
        self.assertIn("true", self.fish("trace -o out tru"))
        self.assertNotIn("--color", self.fish("trace true --colo"))

    def test_zsh_can_read_it(self):
        self.needs("zsh")
        for program in PROGRAMS:
            r = subprocess.run(["zsh", "-n", self.path(program + ".zsh")], capture_output=True, text=True, check=False)
            self.assertEqual((r.returncode, r.stderr), (0, ""))

    def test_every_option_is_offered_by_every_shell(self):
        for program in PROGRAMS:
            with open(self.table(program), encoding="utf-8") as f:
                names = re.findall(r'^L\w+\([^,]*, "([^"]*)"', f.read(), re.M)
            self.assertGreater(len(names), 10)
            for shell in ("bash", "zsh", "fish"):
                self.assertEqual(self.generate(shell, program).returncode, 0)
                with open(self.path(f"{program}.{shell}"), encoding="utf-8") as f:
                    text = f.read()
                self.assertEqual([n for n in names if n not in text], [])
                self.assertNotIn("_trace" if program == "killsnoop" else "killsnoop", text)

    def test_a_row_that_cannot_be_read_is_an_error(self):
        with open(self.path("bad"), "w", encoding="utf-8") as f:
            f.write("LETTER('f', \"follow\", \"\",\n\t\"children\", NONE)\n")
        self.assertNotEqual(self.generate("bash", options=self.path("bad")).returncode, 0)


if __name__ == "__main__":
    unittest.main()
