"""When the trace is written: in few pieces, but always before what the program does next can be seen."""
import os
import re
import select
import subprocess
import time

import harness
from harness import LIMIT, TRACE, TraceTest

TICK = 0.05     # seconds: what ends a line is written by then


class Pieces(TraceTest):
    def packets(self, *args):
        """What trace writes to standard error, each write for itself: a pipe in packet mode keeps them apart."""
        reader, writer = os.pipe2(os.O_DIRECT)
        process = subprocess.Popen([TRACE, *args], stderr=writer, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.close(writer)
        found = []
        while packet := os.read(reader, 65536):
            found.append(packet.decode())
        os.close(reader)
        process.wait(timeout=LIMIT)
        return found

    def test_no_more_writes_than_lines(self):
        for options in ["--placement=free"], ["--placement=share"], ["-e", "gettid", "--filter=user"], ["-f"]:
            with self.subTest(options=options):
                begin = time.monotonic()
                packets = self.packets(*options, self.program("busy"), "0", "2000")
                ticks = (time.monotonic() - begin) / TICK
                lines = "".join(packets).splitlines()
                self.assertGreater(len(lines), 2000)
                self.assertLess(len(packets), len(lines) + ticks + 100)


class Order(TraceTest):
    SCRIPT = "i=0; while [ $i -lt 200 ]; do cd /; echo said $i >&2; i=$((i + 1)); done"

    def test_the_program_speaks_between_the_lines_of_its_calls(self):
        """Also when the call that it speaks with is not shown."""
        for options in ([], ["--placement=free"], ["--placement=share"], ["--filter=user"],
                        ["--filter=user", "--placement=share"]):
            with self.subTest(options=options):
                run = subprocess.run([TRACE, *options, "-e", "chdir", "sh", "-c", self.SCRIPT], capture_output=True,
                                     text=True, stdin=subprocess.DEVNULL, timeout=LIMIT, check=True)
                lines = [line for line in run.stderr.splitlines() if re.match("chdir|said", line)]
                want = [line for i in range(200) for line in ('chdir("/") = 0', f"said {i}")]
                self.assertEqual(lines, want)


class Soon(TraceTest):
    def test_the_end_of_a_line_does_not_wait_for_the_next_call(self):
        for options in [], ["--placement=free"], ["-e", "write"], ["-e", "write", "--filter=user"]:
            with self.subTest(options=options):
                process = subprocess.Popen([TRACE, *options, self.program("affinity"), "compute"],
                                           stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
                self.addCleanup(process.stderr.close)
                self.addCleanup(process.wait)
                self.addCleanup(process.kill)
                got = b""

                def read(process=process):
                    nonlocal got
                    if select.select([process.stderr], [], [], 0)[0]:
                        got += os.read(process.stderr.fileno(), 65536)
                    return got.endswith(b'write(1, "ready \\n", 7) = 7\n')
                harness.until(read, "the last line")


if __name__ == "__main__":
    harness.main()
