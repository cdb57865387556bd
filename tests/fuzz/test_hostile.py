"""Every system call with hostile arguments gives a traced program what it gives an untraced one."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

from lives import lives

TRACE = os.environ["TRACE"]
HOSTILE = os.environ["HOSTILE"]
LIMIT = 300
CANNOT_RUN = 77


def run(*command):
    """Status and output; what is left of it is killed when it takes too long."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LIMIT, check=False)
    return done.returncode, done.stdout.decode("ascii")


class HostileCalls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        status, cls.untraced = run(HOSTILE)
        if status != 0:
            sys.exit(status)

    def traced(self, *options):
        """Runs it traced: the same results, the same status.  Returns the trace."""
        with tempfile.NamedTemporaryFile(prefix="trace-hostile-") as f:
            status, results = run(TRACE, "-f", "-o", f.name, *options, HOSTILE)
            trace = f.read()
        self.assertEqual(status, 0)
        for untraced, traced in zip(self.untraced.splitlines(), results.splitlines()):
            self.assertEqual(traced, untraced)
        self.assertEqual(len(results), len(self.untraced))
        return trace

    def whole(self, *options):
        """And the trace is text for a terminal, and tells of the end of every process."""
        trace = self.traced(*options)
        self.assertIsNone(re.search(rb"[^\n\x20-\x7e]", trace))
        self.assertIsNone(re.search(rb" $", trace, re.M))
        self.assertTrue(trace.endswith(b"Process exited normally with code 0\n"))
        number, alive = lives(trace.decode("ascii"))
        self.assertGreater(number, 500)
        self.assertEqual(alive, set())

    def test_with_everything_shown(self):
        self.whole("-vv")

    def test_with_names(self):
        self.whole("-V", "-v")

    def test_with_nothing_but_numbers(self):
        self.whole("-nn")


if __name__ == "__main__":
    unittest.main(verbosity=2)
