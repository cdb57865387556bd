"""How the programs are built, and that trace lends nobody its privileges."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

TRACE = os.environ["TRACE"]
BOTH = (TRACE, os.environ["KILLSNOOP"])
NOBODY = 65534
LIMIT = 300     # much more than it takes on a busy machine


def readelf(*args):
    return subprocess.run(["readelf", "-W", *args], check=True, capture_output=True, text=True, timeout=LIMIT,
                          env={**os.environ, "LC_ALL": "C"}).stdout


class Build(unittest.TestCase):
    def test_code_and_stack_lie_at_random_addresses(self):
        for program in BOTH:
            self.assertRegex(readelf("-h", program), r"Type: +DYN")
            self.assertRegex(readelf("-d", program), r"FLAGS_1.*\bPIE\b")

    def test_the_stack_is_not_executable(self):
        for program in BOTH:
            self.assertRegex(readelf("-l", program), r"GNU_STACK .* RW +0x")

    def test_what_the_linker_resolved_is_read_only(self):
        for program in BOTH:
            self.assertIn("GNU_RELRO", readelf("-l", program))
            self.assertRegex(readelf("-d", program), r"FLAGS_1.*\bNOW\b")

    def test_overflows_are_noticed(self):
        for program in BOTH:
            symbols = readelf("--dyn-syms", program)
            self.assertIn("__stack_chk_fail", symbols)
            if os.environ["FORTIFIED"] == "yes":
                self.assertRegex(symbols, r"__\w+_chk\b")


class Privileges(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make a set-user-ID program of root")
        directory = tempfile.TemporaryDirectory(prefix="trace-setuid-")
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        if os.statvfs(directory.name).f_flag & os.ST_NOSUID:
            self.skipTest("no set-user-ID programs on this file system")
        self.copy = os.path.join(directory.name, "trace")
        shutil.copy(TRACE, self.copy)

    def run_as(self, user, mode):
        os.chmod(self.copy, mode)
        return subprocess.run([self.copy, "true"], user=user, group=user, extra_groups=[], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=LIMIT, check=False)

    def refused(self, run):
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        # A sanitizer complains (==PID==) that it may not look for leaks in a process with more privileges than its user.
        said = [line for line in run.stderr.splitlines() if line and not line.startswith("==")]
        self.assertEqual(len(said), 1, run.stderr)
        self.assertRegex(said[0], r"^trace: .*set-user-ID")

    def test_set_user_id_is_refused(self):
        self.refused(self.run_as(NOBODY, 0o4755))

    def test_set_group_id_is_refused(self):
        self.refused(self.run_as(NOBODY, 0o2755))

    def test_a_user_without_privileges_may_trace_a_command(self):
        self.assertEqual(self.run_as(NOBODY, 0o755).returncode, 0)

    def test_root_gains_nothing_and_may_run_it(self):
        self.assertEqual(self.run_as(0, 0o4755).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
