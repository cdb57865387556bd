"""What reaches a terminal: colours, and nothing that the traced program says to it."""
import os
import pty
import re
import shutil
import subprocess
import tempfile
import threading

import harness
from harness import TRACE, TraceTest

SGR = re.compile(rb"\x1b\[[0-9;]*m")
# Of what trace colours; the rest of a terminal's language is not for it to speak.
OURS = {b"\x1b[0m", b"\x1b[1m", b"\x1b[31m", b"\x1b[32m", b"\x1b[36m"}


def on_terminal(*args, term="xterm", **environment):
    """What a terminal is sent: trace's standard error, and whatever the command writes there."""
    master, slave = pty.openpty()
    got = []

    def read():
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:     # the last end of the other side is closed
                return
            got.append(piece)
    reader = threading.Thread(target=read)
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    process = subprocess.Popen([TRACE, *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave,
                               env={**env, "TERM": term, **environment})
    os.close(slave)
    reader.start()
    try:
        process.wait(timeout=harness.LIMIT)
    finally:
        process.kill()
        process.wait()
        reader.join()
        os.close(master)
    return b"".join(got), process.returncode


def control(data):
    """The bytes in it that may steer a terminal, but for line ends (which the terminal makes \\r\\n)."""
    return sorted({byte for byte in data.replace(b"\r\n", b"") if byte < 0x20 or byte >= 0x7f})


class Rude(TraceTest):
    """A program that puts control bytes wherever it can."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="trace-e2e-")
        self.addCleanup(directory.cleanup)
        self.directory = os.path.join(directory.name, "d\x1b[2J\n")
        os.mkdir(self.directory)
        self.rude = os.path.join(self.directory, "r\x1b[7m\udc9b>")
        shutil.copy(self.program("rude"), self.rude)

    def test_no_byte_of_it_reaches_the_terminal(self):
        for options in (["-fy"], ["-fyVvv", "--string-limit=9999"], ["-fyn"], ["-f", "-tt"], ["-fs"], ["-f", "-c"],
                        ["-f", "--json"]):
            with self.subTest(options=options):
                data, status = on_terminal(*options, "--color=never", self.rude, self.directory)
                self.assertEqual(status, 3)
                self.assertIn(b"prctl", data)
                self.assertEqual(control(data), [])

    def test_colours_are_all_that_is_added(self):
        data, status = on_terminal("-fy", self.rude, self.directory)
        self.assertEqual(status, 3)
        self.assertEqual(set(SGR.findall(data)), OURS)
        self.assertEqual(control(SGR.sub(b"", data)), [])

    def test_messages_are_safe_too(self):
        tracer = os.path.join(self.directory, "t\x1b[1m")
        shutil.copy(self.program("tracer"), tracer)
        waits = self.start("waits", "pause")
        process = subprocess.Popen([tracer, str(waits.pid)], stdout=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual(harness.read_line(process.stdout), b"ready\n")
        data, status = on_terminal("-p", str(waits.pid))
        self.assertEqual(status, 1)
        self.assertIn(b"t\\x1b[1m (pid %d) traces it" % process.pid, data)
        self.assertEqual(control(data), [])


class Color(TraceTest):
    def test_on_a_terminal_unless_told_otherwise(self):
        hello = self.program("hello")
        for args, environment, colored in (
                ([], {}, True), (["--color=never"], {}, False), (["--color=auto"], {}, True),
                ([], {"NO_COLOR": "1"}, False), ([], {"NO_COLOR": ""}, True), ([], {"term": "dumb"}, False),
                (["--color=always"], {"NO_COLOR": "1"}, True), (["-o", "/dev/null"], {}, False)):
            with self.subTest(args=args, environment=environment):
                data, status = on_terminal(*args, hello, **environment)
                self.assertEqual(status, 7)
                self.assertEqual(bool(SGR.search(data)), colored)

    def test_not_in_files_unless_asked_for(self):
        self.assertNotIn("\x1b", self.trace("hello", status=7))
        self.assertIn("\x1b[1mexit_group\x1b[0m(7)\n", self.trace("hello", options=["--color=always"], status=7))

    def test_each_sort_of_text_has_its_own(self):
        text = self.trace("hello", options=["--color=always"], status=7)
        self.assertIn('\x1b[1mwrite\x1b[0m(1, \x1b[32m"hello\\n"\x1b[0m, 6) = 6\n', text)
        self.assertIn("\x1b[1mclose\x1b[0m(-1) = \x1b[31m-1 [EBADF]\x1b[0m\n", text)
        self.assertRegex(text, "\x1b\\[36mPROT_READ\x1b\\[0m[|]")

    def test_it_changes_nothing_else(self):
        for program in (["signals", "pending"], ["signals", "self"], ["execs", self.program("die"), "0", "0"]):
            with self.subTest(program=program):
                plain = self.trace(*program)
                colored = self.trace(*program, options=["--color=always"])
                plain, colored = (re.sub(r"ppid=\d+", "ppid=", text) for text in (plain, colored))
                self.assertEqual(harness.normal(SGR.sub(b"", colored.encode()).decode()), harness.normal(plain))

    def test_no_colour_is_left_at_the_end_of_a_line(self):
        lines = self.trace("forks", "vfork", options=["-f", "--color=always"]).splitlines()
        self.assertTrue([line for line in lines if line.endswith("<..>")])
        for line in lines:
            codes = re.findall("\x1b\\[(\\d+)m", line)
            self.assertEqual(codes[1::2], ["0"] * (len(codes) // 2), line)
            self.assertEqual(len(codes) % 2, 0, line)

    def test_bad_values_and_json(self):
        for args, message in ((["--color=blue"], "--color is auto, always or never"),
                              (["--json", "--color=always"], "--json has no colours")):
            r = subprocess.run([TRACE, *args, "true"], capture_output=True, text=True, check=False)
            self.assertEqual(r.returncode, 2)
            self.assertIn(message, r.stderr)


if __name__ == "__main__":
    harness.main()
