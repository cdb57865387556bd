"""--list, --help and --version: what trace says without tracing."""
import re
import subprocess

import harness
from harness import TRACE, TraceTest


def run(*args):
    return subprocess.run([TRACE, *args], capture_output=True, text=True, timeout=harness.LIMIT, check=False)


class List(TraceTest):
    def listed(self, *patterns):
        r = run("--list", *patterns)
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        return r.stdout

    def test_a_call_comes_with_its_number_its_classes_and_its_types(self):
        text = self.listed("openat")
        self.assertRegex(text, r"\Afd openat\(dirfd dfd, path filename, open_flags flags, mode mode if .*\);\n"
                               r"\tnumber 257 %file %desc\n\nenum dirfd : fd\n\tAT_FDCWD +-100\n\n")
        self.assertRegex(text, r"(?m)^flags open_flags : int .*\n\tO_RDONLY +0 of 0x3\n\tO_WRONLY +0x1 of 0x3\n")
        self.assertRegex(text, r"(?m)^\tO_CLOEXEC +0x80000$")
        self.assertRegex(text, r"(?m)^flags mode .*\n\tS_IFREG +0100000 of 0170000$")

    def test_of_a_call_that_differs_between_architectures_only_the_one_that_is_here(self):
        text = self.listed("clone")
        self.assertEqual(len(re.findall(r"(?m)^clone\(", text)), 1)
        self.assertRegex(text, r"(?m)^\tnumber \d+ %process$")

    def test_structs_are_shown_with_what_they_consist_of(self):
        text = self.listed("pollfd")
        self.assertRegex(text, r"\Astruct pollfd [^{]*\{\n")
        self.assertRegex(text, r"(?m)^flags poll_events ")
        self.assertRegex(text, r"(?m)^\tPOLLIN +0x1$")

    def test_a_constant_is_found_in_its_sets(self):
        self.assertRegex(self.listed("AT_FDCWD"), r"\Aenum dirfd : fd\n\tAT_FDCWD +-100\n")

    def test_patterns(self):
        text = self.listed("get?id", "timespec")
        self.assertEqual(re.findall(r"(?m)^\w+ (get\w+)\(", text), ["getpid", "gettid", "getsid", "getuid", "getgid"])
        self.assertIn("struct timespec = ", text)

    def test_a_call_by_its_number_and_by_the_kernel_s_name(self):
        self.assertEqual(self.listed("257"), self.listed("openat"))
        self.assertEqual(self.listed("newfstatat").splitlines()[0], self.listed("262").splitlines()[0])
        self.assertRegex(self.listed("newuname"), r"\Aint uname\(")

    def test_the_calls_of_a_class(self):
        network = re.findall(r"(?m)^\w+ (\w+)\(", self.listed("%network"))
        self.assertLess({"socket", "connect", "recvmsg"}, set(network))
        self.assertNotIn("openat", network)
        self.assertNotRegex(self.listed("%network"), r"(?m)^struct")
        self.assertEqual(self.listed("%net"), self.listed("%network"))

    def test_without_a_pattern_everything(self):
        text = self.listed()
        self.assertGreater(len(re.findall(r"(?m)^(?:struct )?\w+ \w+\([^\n]*\) ?[^{;]*[;{]", text)), 300)
        for line in ("int close(fd fd);", "kind fd: int %desc", "enum dirfd : fd"):
            self.assertIn(line + "\n", text)

    def test_a_name_that_nothing_has(self):
        r = run("--list", "close", "opneat")
        self.assertEqual(r.returncode, 1)
        self.assertIn("int close(fd fd);\n", r.stdout)
        self.assertEqual(r.stderr, "trace: the table has no call, type or constant 'opneat'; did you mean 'openat'?\n")
        r = run("--list", "%netwrok")
        self.assertEqual((r.returncode, r.stderr), (1, "trace: unknown class '%netwrok'; did you mean '%network'?\n"))
        self.assertEqual(run("--list", "qqqqqqqq").stderr, "trace: the table has no call, type or constant 'qqqqqqqq'\n")

    def test_it_traces_nothing(self):
        for options in (["-p", "1"], ["-o", "/dev/null"], ["-e", "%file"], ["--json"], ["-c"]):
            r = run("--list", *options)
            self.assertEqual((r.returncode, r.stdout), (2, ""))
            self.assertRegex(r.stderr, r"\Atrace: --list traces nothing: .*\n\Z")

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w", encoding="ascii") as f:
            for option in ("--list", "--help", "--version"):
                self.assertEqual(subprocess.run([TRACE, option], stdout=f, check=False).returncode, 1)


if __name__ == "__main__":
    harness.main()
