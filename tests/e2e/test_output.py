"""When the trace is written: in few pieces, but always before what the program does next can be seen."""
import contextlib
import itertools
import os
import re
import select
import signal
import subprocess
import tempfile
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


class Late(TraceTest):
    """In a file, the first half of a line may be read and written when the call returns, and must not look it."""

    def test_a_file_holds_what_a_pipe_holds(self):
        with tempfile.NamedTemporaryFile(mode="r") as piped:
            reader = subprocess.run([TRACE, "-o", f"|cat >{piped.name}", self.program("rules"), "looks"], timeout=LIMIT,
                                    check=False, stdin=subprocess.DEVNULL)
            self.assertEqual(reader.returncode, 0)
            want = harness.section(harness.normal(piped.read()))
        found = self.lines("rules", "looks")
        self.assertEqual(len(found), 16)
        free = r"f_(bfree|bavail|ffree)=\d+"    # others write files meanwhile
        self.assertEqual([re.sub(free, "", line) for line in found], [re.sub(free, "", line) for line in want])

    @contextlib.contextmanager
    def no_answer(self):
        """A directory in which whoever looks for a file waits, until killed: nobody does what autofs asks for."""
        with open("/proc/filesystems", encoding="ascii") as f:
            if os.geteuid() != 0 or "\tautofs\n" not in f.read():
                self.skipTest("only root can mount, and autofs has to be there")
        ours, kernels = os.pipe()
        with tempfile.TemporaryDirectory(prefix="trace-e2e-") as path:
            subprocess.run(["mount", "-t", "autofs", "-o", f"fd={kernels},pgrp={os.getpgrp()},minproto=5,maxproto=5,"
                            "indirect", "none", path], pass_fds=[kernels], check=True)
            try:
                yield os.path.join(path, "file"), ours
            finally:
                subprocess.run(["umount", "-l", path], check=True)
                os.close(ours)
                os.close(kernels)

    def test_who_is_let_go_has_nothing_to_show_any_more(self):
        pids = [self.start("rules", "look_on", "/").pid for _ in range(2)]
        for options in [[], ["-f"]] * 20:
            run = self.run_trace(*options, *itertools.chain(*(("-p", pid) for pid in pids)))
            run.wait_text("newfstatat.*\n.*newfstatat")
            run.signal(signal.SIGINT)
            self.assertEqual(run.end(), 0)
            first, _, rest = run.text().partition("Process detached\n")
            gone = int(harness.PREFIX.match(first.splitlines()[-1]).group(1))
            self.assertNotIn(f"{gone}|", rest)
            self.assertTrue(rest.endswith("Process detached\n"))
            run.close()

    def test_what_others_do_comes_after(self):
        with self.no_answer() as (file, asked):
            run = self.run_trace("-f", self.program("rules"), "look_beside", file, process_group=0,
                                 stdin=subprocess.PIPE)
            pid = run.command("rules")
            child = harness.until(lambda: harness.children(pid), "the child")[0]
            self.kill_at_end(pid)
            self.kill_at_end(child)
            os.read(asked, 4096)
            run.process.stdin.write(b"x")
            run.process.stdin.flush()
            run.wait_text(r'write\(-1, "after", 5\) = ')
            os.kill(child, signal.SIGKILL)
            run.end()
            seen = rf'{child}\| newfstatat\(AT_FDCWD, "{file}", <..>\n'
            self.assertRegex(run.text(), rf'(?s){seen}.*read\(0, "x", 1\) = 1\n')

    def test_a_call_that_does_not_return_is_seen(self):
        for options, end in itertools.product(([], ["-f"]), ("at once", "when it was seen", "when it was told of")):
            with self.subTest(options=options, end=end), self.no_answer() as (file, asked):
                run = self.run_trace(*options, self.program("rules"), "look", file, process_group=0)
                pid = run.command("rules")
                self.kill_at_end(pid)
                self.assertGreater(len(os.read(asked, 4096)), 0)    # it waits
                call = f'newfstatat(AT_FDCWD, "{file}", '
                if end == "when it was told of":
                    run.signal(signal.SIGUSR1)
                    text = run.wait_text(r"INFO\|.*").string
                    self.assertRegex(text, re.escape(call) + r"<\.\.>\n INFO\| Tracing .*, in a newfstatat call\n")
                if end == "when it was seen":
                    run.wait_text(re.escape(call.rstrip()) + "$")
                os.kill(pid, signal.SIGKILL)
                self.assertEqual(run.end(), -signal.SIGKILL)
                if end == "at once":    # then it can be too late to read the name
                    call = re.sub(r'"/.*?"', "&0x..", call)
                    self.assertIn(call + "<..>", harness.normal(run.text().replace(f'"{file}"', "&0x123456")))
                else:
                    self.assertIn(call + "<..>\n", run.text())
                self.assertIn("Process terminated from signal SIGKILL\n", run.text())
                run.close()


if __name__ == "__main__":
    harness.main()
