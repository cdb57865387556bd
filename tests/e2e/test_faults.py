"""What goes wrong around trace: nothing hangs, nothing is left stopped, and a message says what it was."""
import fcntl
import os
import random
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import termios
import time
import unittest
import unittest.mock

import harness
from harness import (TRACE, Run, TraceTest, blocked, children, field, pid_alive, read_proc, state, until, wait_blocked,
                     wait_state)
from lives import lives

NOBODY = 65534
SANITIZED = os.environ.get("SANITIZED") == "yes"


def untraced(pid):
    return field(pid, "TracerPid") == "0"


def in_own_mounts(script, *args, **options):
    """Runs a shell script that may mount and unmount what it likes."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can mount")
    return subprocess.run(["unshare", "--mount", "sh", "-ec", script, "sh", *map(str, args)], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=harness.LIMIT, check=False, **options)


def unread(fd):
    """Bytes that wait in a pipe or terminal."""
    n = bytearray(4)
    fcntl.ioctl(fd, termios.FIONREAD, n)
    return int.from_bytes(n, "little")


class FaultTest(TraceTest):
    def waiting(self):
        """An untraced process, for trace to attach to."""
        p = self.start("waits", "pause")
        wait_blocked(p.pid, "pause")
        return p.pid

    def runs_free(self, pid):
        until(lambda: untraced(pid), f"{pid} to be let go")
        wait_blocked(pid, "pause")

    def directory(self):
        path = tempfile.mkdtemp(prefix="trace-e2e-")
        self.addCleanup(shutil.rmtree, path)
        os.chmod(path, 0o755)
        return path


class Output(FaultTest):
    def test_a_full_disk(self):
        other, directory = self.waiting(), self.directory()
        r = in_own_mounts('mount -t tmpfs -o size=64k none "$1"\n'
                          '"$2" -o "$1/out" -p "$3" "$4" 0 100000 || echo $?\n'
                          'wc -c < "$1/out"', directory, TRACE, other, self.program("busy"))
        self.assertEqual(r.stderr, f"trace: cannot write to {directory}/out: No space left on device\n")
        self.assertEqual(r.stdout.split(), ["ready", "1", "65536"])
        self.runs_free(other)

    def test_a_limit_on_the_size_of_files(self):
        out = os.path.join(self.directory(), "out")

        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
        for options in [], ["-e", "gettid"]:
            with self.subTest(options=options):
                r = subprocess.run([TRACE, *options, "-o", out, self.program("busy"), "0", "100000"],
                                   capture_output=True, text=True, preexec_fn=limited, timeout=harness.LIMIT,
                                   check=False)
                self.assertEqual((r.returncode, r.stdout), (1, "ready\n"))
                self.assertEqual(r.stderr, f"trace: cannot write to {out}: File too large\n")
                self.assertEqual(os.path.getsize(out), 65536)

    def test_a_reader_that_goes_away(self):
        other = self.waiting()
        reader, writer = os.pipe()
        trace = subprocess.Popen([TRACE, "-p", str(other), self.program("busy"), "0"], stderr=writer,
                                 stdout=subprocess.PIPE)
        self.addCleanup(trace.stdout.close)
        os.close(writer)
        command = until(lambda: children(trace.pid), "the command")[0]
        self.kill_at_end(command)
        self.assertEqual(harness.read_line(trace.stdout), b"ready\n")
        os.close(reader)
        self.assertEqual(trace.wait(timeout=harness.LIMIT), 1)
        self.runs_free(other)
        self.assertTrue(untraced(command))
        wait_state(command, "RS")

    def test_a_command_for_the_output_that_ends_early(self):
        other = self.waiting()
        r = subprocess.run([TRACE, "-o", "|exec true", "-p", str(other), self.program("busy"), "0", "100000"],
                           capture_output=True, text=True, timeout=harness.LIMIT, check=False)
        self.assertEqual((r.returncode, r.stderr), (1, "trace: cannot write to |exec true: Broken pipe\n"))
        self.runs_free(other)

    def test_a_hundred_thousand_lines_to_a_slow_reader(self):
        reader, writer = os.pipe()
        trace = subprocess.Popen([TRACE, self.program("busy"), "0", "100000"], stderr=writer,
                                 stdout=subprocess.DEVNULL)
        self.addCleanup(trace.kill)
        os.close(writer)
        size = fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ)
        got = []
        while piece := os.read(reader, 50000):
            got.append(piece)
            if len(got) < 20:   # until nothing goes any more, and trace waits for us
                until(lambda: unread(reader) > size // 2 and state(trace.pid) == "S", "the pipe to fill")
        os.close(reader)
        self.assertEqual(trace.wait(timeout=harness.LIMIT), 5)
        lines = b"".join(got).decode().splitlines()
        calls = [line for line in lines if line.startswith("gettid")]
        self.assertEqual(len(calls), 100000)
        self.assertEqual(len(set(calls)), 1)
        self.assertEqual(lines[-2:], ["exit_group(5)", "Process exited normally with code 5"])

    def test_an_interrupt_while_nobody_reads(self):
        """As `trace -p N 2>&1 | less`: the process must not stay stopped until somebody turns the page."""
        for extra in [], [self.program("busy"), "0"]:
            with self.subTest(extra=extra):
                p = self.start("busy", "0")
                self.assertEqual(harness.read_line(p.stdout), b"ready\n")
                reader, writer = os.pipe()
                fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
                trace = subprocess.Popen([TRACE, "-p", str(p.pid), *extra], stderr=writer, stdout=subprocess.DEVNULL)
                self.addCleanup(trace.kill)
                os.close(writer)
                if extra:
                    self.kill_at_end(until(lambda trace=trace: children(trace.pid), "the command")[0])
                until(lambda: blocked(trace.pid, "write"), "the pipe to fill")
                trace.send_signal(signal.SIGINT)
                until(lambda: untraced(p.pid), "the process to be let go")
                wait_state(p.pid, "RS")
                self.assertEqual(trace.wait(timeout=harness.LIMIT), 1)
                os.close(reader)

    def test_an_interrupt_when_there_is_no_room_for_the_last_lines(self):
        """The process was let go in a call, and could not return from it before trace is gone."""
        p = self.start("waits", "read")
        wait_blocked(p.pid, "read")
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        trace = subprocess.Popen([TRACE, "-p", str(p.pid)], stderr=writer)
        self.addCleanup(trace.kill)
        os.close(writer)
        until(lambda: unread(reader) and os.read(reader, 1000).endswith(b"read(0,"), "the call to be shown")
        wait_blocked(p.pid, "read")
        full = os.open(f"/proc/self/fd/{reader}", os.O_WRONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, full)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(full, b"x" * 4096)
        trace.send_signal(signal.SIGINT)
        self.assertEqual(trace.wait(timeout=harness.LIMIT), 1)
        self.assertTrue(untraced(p.pid))
        wait_blocked(p.pid, "read")

    def test_a_second_interrupt_while_nobody_reads_kills_the_command(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        trace = subprocess.Popen([TRACE, self.program("busy"), "0"], stderr=writer, stdout=subprocess.DEVNULL)
        self.addCleanup(trace.kill)
        os.close(writer)
        until(lambda: blocked(trace.pid, "write"), "the pipe to fill")
        command = children(trace.pid)[0]
        self.kill_at_end(command)
        trace.send_signal(signal.SIGINT)
        trace.send_signal(signal.SIGTERM)
        trace.wait(timeout=harness.LIMIT)
        until(lambda: not pid_alive(command), "the command to be killed")


class Terminal(FaultTest):
    def on_terminal(self, *args, session=None):
        """trace (or a shell, session) with a terminal of its own."""
        self.master, slave = os.openpty()
        self.addCleanup(os.close, self.master)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        process = subprocess.Popen(session or [TRACE, *args], stdin=slave, stdout=slave, stderr=slave,
                                   preexec_fn=own_terminal)
        os.close(slave)

        def stop():
            process.kill()
            process.wait()
        self.addCleanup(stop)
        return process

    def read(self, pattern):
        """What the terminal is sent, up to the pattern."""
        got = b""

        def found():
            nonlocal got
            if select.select([self.master], [], [], 0)[0]:
                try:
                    got += os.read(self.master, 65536)
                except OSError:     # the other side is closed
                    pass
            return re.search(pattern, got)
        until(found, f"{pattern} on the terminal")
        return got

    def test_output_stopped_and_started(self):
        trace = self.on_terminal("--color=never", self.program("busy"), "0", "20000")
        got = self.read(rb"gettid\(\) = \d+\r\n")
        os.write(self.master, b"\x13")
        until(lambda: blocked(trace.pid, "write"), "the terminal to fill")
        wait_state(children(trace.pid)[0], "t")
        os.write(self.master, b"\x11")
        got += self.read(rb"exit_group\(5\)\r\nProcess exited normally with code 5\r\n")
        self.assertEqual(trace.wait(timeout=harness.LIMIT), 5)
        self.assertEqual(len(re.findall(rb"^gettid\(\) = \d+\r$", got, re.M)), 20000)

    def test_termination_while_output_is_stopped(self):
        p = self.start("busy", "0")
        self.assertEqual(harness.read_line(p.stdout), b"ready\n")
        trace = self.on_terminal("-p", str(p.pid))
        self.read(rb"gettid")
        os.write(self.master, b"\x13")
        until(lambda: blocked(trace.pid, "write"), "the terminal to fill")
        trace.send_signal(signal.SIGTERM)
        until(lambda: untraced(p.pid), "the process to be let go")
        wait_state(p.pid, "RS")
        self.assertEqual(trace.wait(timeout=harness.LIMIT), 1)

    def test_suspended_from_the_keyboard(self):
        out = os.path.join(self.directory(), "out")
        script = (f'set -m; "{TRACE}" -o "{out}" "{self.program("waits")}" read; echo "stopped $?"; read x; fg; '
                  'echo "end $?"')
        shell = self.on_terminal(session=["/bin/sh", "-c", script])
        command = until(lambda: [c for t in children(shell.pid) for c in children(t)
                                 if read_proc(c, "comm") == "waits\n" and blocked(c, "read")],
                        "the command to start")[0]
        trace = int(field(command, "TracerPid"))
        os.write(self.master, b"\x1a")
        wait_state(trace, "T")
        self.read(rb"stopped \d+")
        wait_state(command, "tT")
        os.write(self.master, b"go on\n")
        wait_blocked(command, "read")
        wait_blocked(trace, "wait4")
        os.write(self.master, b"x\n")
        self.read(rb"end 0")
        with open(out, encoding="ascii") as f:
            text = f.read()
        self.assertRegex(text, r'(?m)^read\(0, (\*\* \w+ \*\* )*(<\.\.>|"x", 1\) = 1)$')
        self.assertTrue(text.endswith("Process exited normally with code 0\n"), text)


class Stopped(FaultTest):
    def test_trace_itself_stopped_and_continued(self):
        run = self.run_trace("-f", self.program("busy"), "3")
        run.wait_text("gettid")
        for _ in range(20):
            run.signal(signal.SIGSTOP)
            wait_state(run.pid, "T")
            run.signal(signal.SIGCONT)
            wait_state(run.pid, "RS")
        os.kill(run.command("busy"), signal.SIGTERM)
        self.assertEqual(run.end(), -signal.SIGTERM)
        self.assertEqual(lives(run.text()), (4, set()))


class Killed(FaultTest):
    def test_at_random_moments(self):
        rng = random.Random(20)
        for i in range(60):
            program = [["busy", "3"], ["bomb", "100000", "/bin/true"], ["threads", "wait", "3"]][i % 3]
            run = self.run_trace(*rng.choice([["-f"], ["-fy"], ["-fg"], []]), self.program(program[0]), *program[1:])
            pid = until(lambda: [c for c in children(run.pid) if not untraced(c)], "the command")[0]
            pidfd = os.pidfd_open(pid)
            time.sleep(rng.random() * 0.03)
            while run.process.poll() is None and rng.random() < 0.7:
                victims = children(pid) or [pid]
                try:
                    os.kill(rng.choice(victims), signal.SIGKILL)
                except ProcessLookupError:
                    pass
                time.sleep(rng.random() * 0.005)
            try:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.close(pidfd)
            self.assertEqual(run.end(), -signal.SIGKILL)
            text = run.text()
            self.assertNotIn("detached", text)
            self.assertEqual(lives(text)[1], set(), text[-2000:])
            self.assertEqual(run.err, b"")
            run.close()


class Descriptors(FaultTest):
    def limited(self, limit, *options):
        """trace of a program that makes threads and children, and no more descriptors from a moment on."""
        run = self.run_trace(*options, "/bin/sh", "-c", f'read x; "{self.program("bomb")}" 20 /bin/true; exit 4',
                             stdin=subprocess.PIPE)
        shell = run.command("sh")
        wait_blocked(shell, "read")
        used = len(os.listdir(f"/proc/{run.pid}/fd"))
        resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (used + limit, used + limit))
        run.process.stdin.write(b"\n")
        run.process.stdin.close()
        run.process.stdin = None
        return run

    def test_names_and_paths_are_missing(self):
        for options in ["-f"], ["-fy"], ["-fyV", "--json"], ["-fs"]:
            with self.subTest(options=options):
                run = self.limited(0, *options)
                self.assertEqual((run.end(), run.err), (4, b""))
                if "--json" not in options:
                    self.assertEqual(run.text().count("Process exited normally"), 22)
                run.close()

    def test_no_more_output_files(self):
        """Everything that runs is let go, and the message says why."""
        directory = self.directory()
        run = Run("-f", "--output-per-process", "-o", f"{directory}/out", "/bin/sh", "-c",
                  f'read x; "{self.program("bomb")}" 500 & "{self.program("waits")}" pause', stdin=subprocess.PIPE)
        self.addCleanup(run.close)
        shell = run.command("sh")
        wait_blocked(shell, "read")
        self.kill_at_end(shell)
        resource.prlimit(run.pid, resource.RLIMIT_NOFILE, (6, 6))
        run.process.stdin.write(b"\n")
        run.process.stdin.flush()
        run.process.wait(timeout=harness.LIMIT)
        waits = until(lambda: [c for c in children(shell) if blocked(c, "pause")], "the child to go on")[0]
        self.kill_at_end(waits)
        self.runs_free(waits)
        self.assertEqual(run.process.returncode, 1)
        self.assertEqual(run.process.stderr.readline().decode(),
                         f"trace: cannot write to {directory}/out: Too many open files\n")

    def test_none_from_the_start(self):
        """Either all is as ever, or it says what is missing, and the command does not run."""
        directory = self.directory()
        marker = os.path.join(directory, "ran")
        for options in [], ["-fy"], ["-o", "|exec cat"], ["-o", f"{directory}/out"], ["-e", "write"]:
            seen = set()
            for limit in range(4, 16):
                with self.subTest(options=options, limit=limit):
                    def limited(limit=limit):
                        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
                    r = subprocess.run([TRACE, *options, "/usr/bin/touch", marker], capture_output=True, text=True,
                                       preexec_fn=limited, timeout=harness.LIMIT, check=False)
                    if "loading shared libraries" in r.stderr:
                        continue
                    ran = os.path.exists(marker)
                    self.assertEqual(r.returncode, 0 if ran else 1)
                    if ran:
                        os.unlink(marker)
                    else:
                        self.assertRegex(r.stderr, r"\Atrace: cannot .*: Too many open files\n\Z")
                    seen.add(ran)
            self.assertEqual(seen, {False, True})


    def test_standard_error_is_closed(self):
        """Nothing else takes its place: neither the output, nor what makes the command go."""
        directory = self.directory()
        out, marker = os.path.join(directory, "out"), os.path.join(directory, "ran")
        for closed in "2>&-", ">&- 2>&-", "<&- >&- 2>&-":
            with self.subTest(closed=closed):
                def run(*args, closed=closed):
                    return subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", TRACE, *args],
                                          timeout=harness.LIMIT, check=False).returncode
                self.assertEqual(run("-o", out, "/nonexistent"), 127)
                with open(out, encoding="utf-8") as f:
                    self.assertEqual(f.read(), "")
                self.assertEqual(run("-p", str(os.getpid()), "-p", "999999999", "touch", marker), 1)
                self.assertFalse(os.path.exists(marker))
                self.assertEqual(run("-o", out, "sh", "-c", "[ ! -e /proc/self/fd/2 ]"), 0)


@unittest.skipIf(SANITIZED, "a sanitizer needs all the address space there is")
class Memory(FaultTest):
    def limited(self, grow, *options, program):
        """trace of a shell command, and no more memory from a moment on, but for what it has and grow bytes."""
        run = self.run_trace(*options, "/bin/sh", "-c", f"read x; {program}; exit 4", stdin=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        shell = run.command("sh")
        until(lambda: blocked(shell, "read") and not untraced(shell), "the shell")
        self.kill_at_end(shell)
        size = int(read_proc(run.pid, "statm").split()[0]) * resource.getpagesize() + grow
        resource.prlimit(run.pid, resource.RLIMIT_AS, (size, size))
        run.process.stdin.write(b"\n")
        run.process.stdin.close()
        run.process.stdin = None
        return run, shell

    def test_a_trace_is_complete_or_says_that_it_is_not(self):
        statuses = set()
        big = f"dd if=/dev/zero of=/dev/null bs=300k count=3 2>{os.devnull}"
        for options in ["-fvv"], ["-fvv", "--json"], ["-fyvv", "-z"], ["-fs"], ["-fc"]:
            for program in f"{self.program('bomb')} 50 /bin/true", big:
                with self.subTest(options=options, program=program):
                    run, shell = self.limited(0, *options, program=program)
                    status = run.end()
                    statuses.add(status)
                    if status == 4:
                        self.assertEqual(run.err, b"")
                        self.assertRegex(run.text(), r"exited normally with code 4\n\Z|\"code\":4\}\n\Z|total\n\Z")
                    else:
                        self.assertEqual((status, run.err), (1, b"trace: out of memory\n"))
                        until(lambda: not pid_alive(shell) or untraced(shell), "the command to be let go")
                    run.close()
        self.assertEqual(statuses, {1, 4})


class Denied(FaultTest):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        patch = unittest.mock.patch.dict(os.environ, harness.NO_LEAK_CHECK)     # it needs what the tests take away
        patch.start()
        self.addCleanup(patch.stop)

    def as_nobody(self, *args, **options):
        return subprocess.run([self.copy(args[0]), *args[1:]], user=NOBODY, group=NOBODY, extra_groups=[],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.LIMIT,
                              check=False, **options)

    def copy(self, program):
        """Where everybody can reach it."""
        return shutil.copy(program, self.directory())

    def test_another_user_s_process(self):
        other = self.waiting()
        r = self.as_nobody(TRACE, "-p", str(other))
        self.assertEqual((r.returncode, r.stdout), (1, ""))
        self.assertRegex(r.stderr, rf"^trace: cannot attach to pid {other}: Operation not permitted "
                         r"\(it is another user's.*yama.*CAP_SYS_PTRACE\)\n$")
        self.runs_free(other)

    def test_a_sandbox_that_forbids_ptrace(self):
        other = self.waiting()
        deny = [self.program("deny"), "ptrace", TRACE]
        for args, message in ((["-p", str(other)], rf"cannot attach to pid {other}: Operation not permitted .*"),
                              (["touch", "/nonexistent/x"], r"cannot start tracing: Operation not permitted.*")):
            r = subprocess.run([*deny, *args], capture_output=True, text=True, timeout=harness.LIMIT, check=False)
            self.assertEqual((r.returncode, r.stdout), (1, ""))
            self.assertRegex(r.stderr, rf"^trace: {message}\n$")
        self.runs_free(other)

    def test_a_sandbox_that_forbids_to_read_memory_otherwise(self):
        """PTRACE_PEEKDATA always may."""
        for scene in "strings", "structs", "vectors", "sigsets":
            plain = self.lines("manual", scene)
            out = os.path.join(self.directory(), "out")
            subprocess.run([self.program("deny"), "process_vm_readv", TRACE, "-o", out, self.program("manual"), scene],
                           timeout=harness.LIMIT, check=True)
            with open(out, encoding="ascii") as f:
                self.assertEqual(harness.section(harness.normal(f.read())), plain)

    def test_a_program_that_may_not_be_read(self):
        """The kernel lets nobody look into it: addresses are shown, and it runs as ever."""
        program = self.copy(self.program("hello"))
        os.chmod(program, 0o711)
        r = self.as_nobody(TRACE, program)
        self.assertEqual((r.returncode, r.stdout), (7, "hello\n"))
        self.assertRegex(r.stderr, r"(?m)^write\(1, &0x[0-9a-f]+, 6\) = 6$")


class SetUserId(FaultTest):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can make a set-user-ID program of root")
        directory = self.directory()
        if os.statvfs(directory).f_flag & os.ST_NOSUID:
            self.skipTest("no set-user-ID programs on this file system")
        self.manual = shutil.copy(self.program("manual"), directory)
        self.trace_copy = shutil.copy(TRACE, directory)
        os.chown(self.manual, 12345, 12346)
        os.chmod(self.manual, 0o6755)

    def ids(self, user):
        r = subprocess.run([self.trace_copy, self.manual, "also"], user=user, group=user, extra_groups=[],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.LIMIT, check=False)
        self.assertEqual(r.returncode, 0)
        return harness.section(r.stderr.splitlines())[1:]

    def test_it_gains_nothing_when_traced_without_privilege(self):
        self.assertEqual(self.ids(NOBODY), [f"getuid() = {NOBODY} (euid={NOBODY})",
                                            f"getgid() = {NOBODY} (egid={NOBODY})"])

    def test_it_is_what_it_is_when_root_traces(self):
        self.assertEqual(self.ids(0), ["getuid() = 0 (euid=12345)", "getgid() = 0 (egid=12346)"])


@unittest.skipIf(SANITIZED, "a sanitizer needs /proc itself")
class Proc(FaultTest):
    """Names and other details come from /proc; tracing does not need it."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can mount")

    UNMOUNTED = "umount -l /proc\n"
    EMPTY = "mount -t tmpfs none /proc\n"
    HIDDEN = "mount -t proc -o hidepid=2 none /proc\n"

    def test_a_command(self):
        for how in self.UNMOUNTED, self.EMPTY:
            for options in [], ["-f"], ["-fyV"], ["-fs"], ["-e", "clone"], ["-fe", "clone"]:
                with self.subTest(how=how, options=options):
                    r = in_own_mounts(how + '"$@"', TRACE, *options, self.program("bomb"), 20, "/bin/true")
                    self.assertEqual((r.returncode, r.stdout), (3, ""))
                    follows = any("f" in option for option in options)
                    self.assertEqual(r.stderr.count("Process exited normally"), 21 if follows else 1)
                    made = re.findall(r"clone\(.*\) = (?:\*\* SIGCHLD \*\* )*\d{2,}$", r.stderr, re.M)
                    self.assertEqual(len(made), 20)
                    self.assertEqual(len(re.findall(r"\| clone\(.*\) = 0$", r.stderr, re.M)), 20 * follows)

    def test_the_filter_of_the_kernel_harms_no_child(self):
        """One that is not followed needs a tracer nevertheless."""
        r = in_own_mounts(self.UNMOUNTED + '"$@"', TRACE, "-e", "write", "/bin/sh", "-c",
                          "echo one; (echo two); echo three")
        self.assertEqual((r.returncode, r.stdout), (0, "one\ntwo\nthree\n"))
        self.assertNotIn("two", r.stderr)

    def test_attaching(self):
        for how in self.UNMOUNTED, self.EMPTY:
            with self.subTest(how=how):
                p = self.waiting()
                out = os.path.join(self.directory(), "out")
                trace = subprocess.Popen(["unshare", "--mount", "sh", "-ec", how + 'exec "$@"', "sh", TRACE, "-yo", out,
                                          "-p", str(p)])
                self.addCleanup(trace.wait)
                self.addCleanup(trace.kill)
                until(lambda p=p: not untraced(p) and blocked(p, "pause"), "trace to attach")
                trace.send_signal(signal.SIGINT)
                self.assertEqual(trace.wait(timeout=harness.LIMIT), 0)
                self.runs_free(p)
                r = in_own_mounts(how + '"$@"', TRACE, "-f", "-p", p)
                self.assertEqual(r.returncode, 1)
                self.assertEqual(r.stderr, f"trace: cannot attach to pid {p}: "
                                 "/proc does not show it, and so not its threads\n")
                self.runs_free(p)

    def test_proc_of_another_namespace(self):
        """Its numbers mean other processes."""
        for args in ["/bin/true"], ["-f", "-p", "1"]:
            r = subprocess.run(["unshare", "--pid", "--fork", TRACE, *args], capture_output=True, text=True,
                               stdin=subprocess.DEVNULL, timeout=harness.LIMIT, check=False)
            self.assertEqual((r.returncode, r.stdout), (1, ""))
            self.assertEqual(r.stderr, "trace: /proc is that of another PID namespace; mount it anew\n")

    def test_processes_of_others_are_hidden(self):
        other, program, trace = self.waiting(), self.directory(), self.directory()
        shutil.copy(self.program("bomb"), program)
        shutil.copy(TRACE, trace)
        as_nobody = self.HIDDEN + f'exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups "$@"'
        r = in_own_mounts(as_nobody, f"{trace}/trace", "-fy", f"{program}/bomb", 20, "/bin/true")
        self.assertEqual((r.returncode, r.stderr.count("Process exited normally")), (3, 21))
        self.assertEqual(len(re.findall(r"Tracing bomb\*F", r.stderr)), 20)
        for options in [], ["-f"]:
            r = in_own_mounts(as_nobody, f"{trace}/trace", *options, "-p", other)
            self.assertEqual(r.returncode, 1)
            self.assertRegex(r.stderr, rf"^trace: cannot attach to pid {other}: "
                             "(Operation not permitted|/proc does not show it)")
        self.runs_free(other)


if __name__ == "__main__":
    harness.main()
