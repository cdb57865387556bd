"""Which calls and signals are shown, and that it does not matter who filters them."""
import glob
import json
import os
import re
import resource
import signal
import subprocess
import tempfile
import unittest

import harness
from harness import TRACE, TraceTest, field, pid_alive, until, wait_blocked

PROCESS_LINE = re.compile(r"Tracing |Process (exited|terminated|detached)")


def calls(lines):
    """The lines of a trace without those about processes."""
    return [line for line in lines if not PROCESS_LINE.search(line)]


def can_filter_in_kernel():
    """Without this privilege, a filter would take their privileges from set-user-id programs."""
    return int(field("self", "CapEff"), 16) >> 21 & 1


class Expressions(TraceTest):
    def shown(self, *options, program=("hello",), status=7):
        return calls(harness.normal(self.trace(*program, options=options, status=status)))

    def names(self, *options, **more):
        return [re.match(r"\w+", line).group(0) for line in self.shown(*options, **more)]

    def test_names(self):
        lines = self.shown("-e", "getpid,close")
        self.assertEqual(lines[-2:-1], ["close(-1) = -1 [EBADF]"])
        self.assertRegex(lines[-1], r"^getpid\(\) = P1 ")
        self.assertEqual(set(lines[:-2]), {"close(3) = 0"})

    def test_names_taken_away(self):
        everything = self.names()
        rest = self.names("-e", "!write,!/^m,!%memory")
        self.assertEqual(rest, [name for name in everything
                                if not re.match("write$|m", name) and name not in ("brk", "pkey_mprotect")])
        self.assertIn("syscall_999", rest)

    def test_a_call_without_a_name_is_no_call_of_a_list(self):
        self.assertNotIn("syscall_999", self.names("-e", "%file,/.*"))
        self.assertIn("syscall_999", self.names("-e", "none", "-e", "all,!close"))

    def test_classes(self):
        self.assertLessEqual({"access", "openat"}, set(self.names("-e", "%file")))
        self.assertLessEqual(set(self.names("-e", "%file")), {"access", "openat", "newfstatat", "readlink", "statx"})

    def test_the_class_of_processes_is_about_their_lives(self):
        self.assertEqual(self.names("-e", "%process"), ["exit_group"])
        for name in "clone3", "execve", "wait4", "waitid", "tgkill", "exit":
            listed = subprocess.run([TRACE, "--list", name], stdout=subprocess.PIPE, text=True, check=True).stdout
            self.assertRegex(listed, r"(?m)^\tnumber \d+.* %process\b", name)

    def test_a_call_that_this_kernel_lacks(self):
        self.assertEqual(self.names("-e", "?frobnicate,exit_group"), ["exit_group"])

    def test_signals(self):
        program = ("signals", "pending")
        every = self.shown("-e", "none", program=program, status=0)
        self.assertEqual(every, ["** SIGUSR1 ** ** SIGUSR2 **"])
        self.assertEqual(self.shown("-e", "none", "-e", "signal=USR2", program=program, status=0), ["** SIGUSR2 **"])
        self.assertEqual(self.shown("-e", "none", "-e", "signal=!SIGUSR2", program=program, status=0),
                         ["** SIGUSR1 **"])
        self.assertEqual(self.shown("-e", "none", "-e", "signal=none", program=program, status=0), [])

    def test_calls_around_a_signal_that_is_not_shown(self):
        lines = self.lines("signals", "self", options=["-e", "signal=!USR1"])
        self.assertEqual(lines[1:], ["rt_sigreturn()", "---"])

    def test_no_change_of_context_is_shown_without_its_call(self):
        self.assertEqual(self.shown("-e", "kill", program=("signals", "self"), status=0)[1:], ["** SIGUSR1 **"])

    def test_mistakes(self):
        for option, message in (
                ("opnat", "unknown system call 'opnat'; did you mean 'openat'?"),
                ("signal=TRM", "unknown signal 'TRM'; did you mean 'TERM'?"),
                ("status=good", "unknown status 'good'"),
                ("fd=/", "bad descriptor '/'")):
            with self.subTest(option=option):
                done = subprocess.run([TRACE, "-e", option, "true"], stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (2, f"trace: {message}\n"))

    def test_options_that_contradict_each_other(self):
        for options in (["-z", "-Z"], ["-z", "-e", "status=failed"], ["-r", "-t"], ["-c", "-C"], ["-c", "-T"],
                        ["-c", "-r"], ["-c", "-tt"], ["-c", "--json"], ["-C", "--json"], ["-r", "--json"],
                        ["-T", "--json"], ["--summary-sort=time"], ["--filter=kernel"], ["--filter=here"],
                        ["-c", "--summary-sort=size"], ["-P", ""], ["-o", ""], ["-o", "|"], ["-o", "| "]):
            with self.subTest(options=options):
                done = subprocess.run([TRACE, *options, "true"], stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, r"\Atrace: .*\n\Z")


class Endings(TraceTest):
    def shown(self, *options, **more):
        return self.lines("hello", options=["-e", "!getpid", *options], status=7, **more)

    def test_only_successful_calls(self):
        lines = harness.normal(self.trace("hello", options=["-z"], status=7))
        self.assertIn('write(1, "hello\\n", 6) = 6', lines)
        self.assertFalse([line for line in lines if "= -1" in line or "exit_group" in line])
        self.assertEqual(lines[-1], "Process exited normally with code 7")

    def test_only_failed_calls(self):
        self.assertEqual(self.shown("-Z"), [
            "close(-1) = -1 [EBADF]", "syscall_999(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 [ENOSYS]",
            "Process exited normally with code 7"])

    def test_a_call_that_never_returns_is_unfinished(self):
        lines = harness.normal(self.trace("hello", options=["-e", "status=unfinished"], status=7))
        self.assertEqual(calls(lines), ["exit_group(7)"])

    def test_an_exec_that_succeeds(self):
        for options, expected in ((["-z"], [0]), (["-Z"], [-1])):
            text = self.trace("execs", self.program("hello"), options=[*options, "-e", "execve"], status=7)
            lines = calls(harness.normal(text))
            if expected == [0]:
                self.assertRegex(lines[0], r"^execve\(.*hello.*\)$")
                self.assertEqual(lines[1:], ["---"])
            else:
                self.assertEqual(lines, ['execve("/nonexistent", [], []) = -1 [ENOENT]'])

    def blocked(self, *options):
        reader, writer = os.pipe()
        run = self.run_trace("--filter=user", *options, self.program("waits"), "read", "plain", stdin=reader)
        os.close(reader)
        self.addCleanup(os.close, writer)
        pid = run.command("waits")
        wait_blocked(pid, "read")
        return run, pid, writer

    def finish(self, run, status=0):
        self.assertEqual(run.end(), status)
        return calls(harness.normal(run.text()))

    def test_nothing_is_shown_of_a_call_until_it_is_known_how_it_ends(self):
        run, _, writer = self.blocked("-e", "read", "-e", "fd=0", "-z")
        run.signal(signal.SIGUSR1)
        run.wait_text("^ INFO")
        self.assertNotIn("read(", run.text().replace(" read call", ""))
        os.write(writer, b"x")
        self.assertEqual(self.finish(run), ["P1' read(0, \"x\", 1) = 1"])

    def test_a_signal_comes_before_a_call_that_waits_to_be_shown(self):
        run, pid, _ = self.blocked("-e", "read", "-e", "fd=0", "-Z")
        os.kill(pid, signal.SIGUSR1)
        self.assertEqual(self.finish(run), ["** SIGUSR1 **", "read(0, &0x.., 1) = -1 [EINTR]", "---"])

    def test_a_call_that_is_not_shown_leaves_no_change_of_context(self):
        run, pid, _ = self.blocked("-e", "read", "-e", "fd=0", "-z")
        os.kill(pid, signal.SIGUSR1)
        self.assertEqual(self.finish(run), ["** SIGUSR1 **"])

    def test_death_in_a_call(self):
        run, pid, _ = self.blocked("-e", "read", "-e", "fd=0", "-e", "status=unfinished")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.finish(run, -signal.SIGKILL), ["read(0, <..>"])

    def test_detached(self):
        process = self.start("waits", "pause")
        wait_blocked(process.pid, "pause")
        run = self.run_trace("-e", "pause", "-e", "status=detached", "-p", process.pid)
        until(lambda: field(process.pid, "TracerPid") == str(run.pid), "trace to attach")
        run.wait_text("Tracing")

        def is_known():     # that it is announced does not say that its call was seen
            run.signal(signal.SIGUSR1)
            return "in a pause call" in run.text()
        until(is_known, "the call to be seen")
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 0)
        self.assertEqual([line for line in harness.normal(run.text()) if "pause(" in line], ["P1' pause() = <..>"])


class Named(TraceTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="trace-names-")
        self.addCleanup(directory.cleanup)
        self.directory = os.path.realpath(directory.name)
        for name in "file", "other":
            with open(os.path.join(self.directory, name), "w", encoding="ascii") as f:
                f.write(name)
        os.symlink("file", os.path.join(self.directory, "link"))

    def shown(self, *options, **popen):
        run = self.run_trace(*options, self.program("names"), self.directory, **popen)
        self.assertEqual(run.end(), 0)
        lines = [line.replace(self.directory, "DIR") for line in calls(harness.normal(run.text()))]
        lines = [re.sub(r"^(poll.* = 1) .*", r"\1", line) for line in lines]
        return [line for line in lines if not re.search(r"\.so|execve|/lib|/etc", line)]

    def test_a_path_however_it_is_named(self):
        expected = [
            'openat(AT_FDCWD, "file", O_RDONLY) = 3',
            'openat(5, "file", O_RDONLY) = 6',
            'openat(5, "link", O_RDONLY) = 7',
            'read(3, "f", 1) = 1',
            "poll([{fd=6, events=POLLIN}], 1, 0) = 1",
            "dup2(3, 9) = 9",
            "close(9) = 0",
        ]
        self.assertEqual(self.shown("-P", os.path.join(self.directory, "file")), expected)
        self.assertEqual(self.shown("-P", "./file", cwd=self.directory), expected)
        self.assertEqual(self.shown("-P", os.path.join(self.directory, "../") + os.path.basename(self.directory) +
                                    "/file"), expected)

    def test_a_link_is_named_too(self):
        self.assertIn('openat(5, "link", O_RDONLY) = 7',
                      self.shown("-P", os.path.join(self.directory, "link")))

    def test_a_file_that_is_not_there(self):
        self.assertEqual(self.shown("-P", os.path.join(self.directory, "gone")),
                         ['unlinkat(5, "gone", 0) = -1 [ENOENT]'])

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_a_path_under_another_root(self):
        program = ["perl", "-e", 'chroot($ARGV[0]); open(F, "/file"); open(F, "/other")', self.directory]
        for path, names in (self.directory + "/file", ["/file"]), ("/file", []):
            run = self.run_trace("-P", path, "-e", "open,openat", *program)
            self.assertEqual(run.end(), 0)
            self.assertEqual(re.findall(r'open(?:at)?\(.*"(.*)"', run.text()), names)

    def test_a_descriptor(self):
        self.assertEqual(self.shown("-e", "fd=4,9"), ['write(4, "x", 1) = 1', "dup2(3, 9) = 9", "close(9) = 0"])

    def test_a_descriptor_of_some_calls_only(self):
        self.assertEqual(self.shown("-e", "fd=9", "-e", "close"), ["close(9) = 0"])


# The first line of a process that another one made.
CHILD = re.compile(r"Tracing \S+\*F \(pid")
# Lines in which a number can be a pid, also one that a call of another ABI returns.
PIDS = re.compile(harness.PIDS.pattern + r"|syscall_\d+\(")

PROGRAMS = (
    ("hello",), ("forks", "fork"), ("forks", "vfork"), ("forks", "clone"), ("signals", "self"), ("signals", "pending"),
    ("signals", "trap"), ("die", "15"), ("execs", "hello"), ("foreign",), ("foreign", "2"),
    ("deny", "getpid", "hello"),
)
FILTERS = (
    ["openat"], ["!openat"], ["none"], ["%file", "-z"], ["%desc", "-Z"], ["%process"], ["!%process"], ["write", "-V"],
    ["/^(fork|vfork|clone|exit_group)$"], ["wait4,execve"], ["!rt_sigreturn"], ["kill,rt_sigreturn"],
    ["getpid,getppid"],
)


class SameEitherWay(TraceTest):
    """The filter in the kernel and the one in trace itself show the same."""

    def setUp(self):
        if not can_filter_in_kernel():
            self.skipTest("needs CAP_SYS_ADMIN")

    def run_filtered(self, where, program, options):
        """The output of each process, normalised, the command's before its child's."""
        command = [self.program(program[0]), *(self.program(p) if p == "hello" else p for p in program[1:])]
        with tempfile.TemporaryDirectory(prefix="trace-filter-") as directory:
            output = os.path.join(directory, "out")
            done = subprocess.run([TRACE, f"--filter={where}", *options, "--output-per-process", "-o", output, *command],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=harness.LIMIT, check=False)
            found = {}
            for name in glob.glob(output + ".*"):
                with open(name, encoding="ascii") as f:
                    found[name.rsplit(".", 1)[1]] = f.read()
        self.assertLessEqual(len(found), 2)
        texts = dict(sorted(found.items(), key=lambda item: bool(CHILD.match(item[1]))))
        made = re.findall(r"^(?:v?fork|clone|wait4)\(.*\) = (\d+)$", "".join(texts.values()), re.M)
        names = {pid: f"P{n}" for n, pid in enumerate(dict.fromkeys([*texts, *made]), 1)}

        def normal(text):
            text = "\n".join(re.sub(r"\b\d{2,}\b", lambda m: names.get(m.group(0), m.group(0)), line)
                             if PIDS.match(line) else line for line in text.splitlines())
            text = re.sub(r'getrandom\("[^"]*"(\.\.)?', 'getrandom("..."', text)
            text = re.sub(r"ppid=\d+", "ppid=..", text)
            text = re.sub(r"^(rt_sigreturn\().*\)$", r"\1)", text, flags=re.M)
            return harness.ADDRESS.sub("0x..", text)
        return done.returncode, done.stdout, [normal(text) for text in texts.values()]

    def test_programs(self):
        for program in PROGRAMS:
            for expression in FILTERS:
                options = ["-f", "-e", "signal=!CHLD", "-e", *expression]
                with self.subTest(program=program, options=options):
                    user = self.run_filtered("user", program, options)
                    self.assertEqual(self.run_filtered("kernel", program, options), user)
                    self.assertEqual(self.run_filtered("auto", program, options), user)

    def test_without_following(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                options = ["-e", "signal=!CHLD", "-e", "%file,%process,write"]
                self.assertEqual(self.run_filtered("kernel", program, options),
                                 self.run_filtered("user", program, options))

    def test_calls_that_a_filter_of_the_program_refuses(self):
        for where in "user", "kernel":
            with self.subTest(where=where):
                run = self.run_trace(f"--filter={where}", "--json", "-f", "-e", "getppid", self.program("confine"))
                self.assertEqual(run.end(), 0)
                calls_made = [e for e in map(json.loads, run.text().splitlines()) if e["type"] == "syscall"]
                self.assertEqual([e["errno"]["name"] for e in calls_made], ["EPERM"] * 3, run.text())

    @unittest.skipUnless(tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups())) >= (6, 16),
                         "needs Linux 6.16")
    def test_calls_that_a_filter_of_the_program_leaves_to_a_tracer(self):
        """It has none, so they fail, also where the one of ours would let them go on, or nobody is shown."""
        for where in "user", "kernel":
            for options, shown in (["-f", "-e", "getppid"], 3), (["-f", "-e", "read"], 0), (["-e", "getppid"], 1):
                with self.subTest(where=where, options=options):
                    run = self.run_trace(f"--filter={where}", *options, "--json", self.program("confine"), "trace")
                    self.assertEqual(run.end(), 0)
                    refused = [e["errno"]["name"] for e in map(json.loads, run.text().splitlines())
                               if e.get("name") == "getppid"]
                    self.assertEqual(refused, ["ENOSYS"] * shown)

    def test_the_program_is_filtered_by_the_kernel(self):
        for options, seccomp in ((["--filter=kernel"], "2"), ([], "2"), (["--filter=user"], "0")):
            run = self.run_trace(*options, "-e", "openat", "grep", "^Seccomp:", "/proc/self/status")
            self.assertEqual(run.end(), 0)
            self.assertEqual(run.out.split(), [b"Seccomp:", seccomp.encode()])

    def test_privileges_stay(self):
        run = self.run_trace("-e", "openat", "grep", "^NoNewPrivs:", "/proc/self/status")
        self.assertEqual(run.end(), 0)
        self.assertEqual(run.out.split(), [b"NoNewPrivs:", b"0"])

    def test_its_time_is_that_of_trace(self):
        for where, rounds in ("user", "10000"), ("kernel", "200000"):    # a call that stops costs a hundred others
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = self.run_trace(f"--filter={where}", "-e", "none", self.program("busy"), "0", rounds)
            self.assertEqual(run.end(), 5)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.assertGreater(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 0.01)

    def test_signals_inside_calls(self):
        for where in "user", "kernel":
            for call in "read", "pause", "nanosleep":
                for shown in ([call], ["none"]):
                    with self.subTest(where=where, call=call, shown=shown):
                        self.check_signals(where, call, shown)

    def check_signals(self, where, call, shown):
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        run = self.run_trace(f"--filter={where}", "-e", *shown, self.program("waits"), call, stdin=reader)
        os.close(reader)
        run.wait_text("Tracing")
        pid = int(re.search(r"pid (\d+)", run.text()).group(1))
        wait_blocked(pid, call)
        os.kill(pid, signal.SIGWINCH)
        run.wait_text(r"SIGWINCH \*\*\Z")
        wait_blocked(pid, "restart_syscall" if call == "nanosleep" else call)
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(run.end(), -signal.SIGTERM)
        last = calls(harness.normal(run.text()))[-1]
        if shown == ["none"]:
            self.assertEqual(last, "** SIGWINCH ** ** SIGTERM **")
        else:
            self.assertRegex(last, rf"^{call}\(.* \*\* SIGWINCH \*\* \*\* SIGTERM \*\* <\.\.>$")


class Survivors(TraceTest):
    """Whoever carries the filter goes on as if there were none, long after trace has ended."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="trace-survivors-")
        self.addCleanup(directory.cleanup)
        self.fifo = os.path.join(directory.name, "fifo")
        self.out = os.path.join(directory.name, "out")
        os.mkfifo(self.fifo)
        os.mkfifo(self.fifo + ".2")
        self.fd = os.open(self.fifo, os.O_RDWR)
        self.addCleanup(self.clean_up)
        self.script = f"(read x <{self.fifo}; cat /proc/self/comm >{self.out}; sh -c 'kill $$'; echo $? >>{self.out}) & "

    def clean_up(self):
        os.write(self.fd, b"go\n")
        os.close(self.fd)

    def let_go(self):
        os.write(self.fd, b"go\n")

        def is_done():
            if not os.path.exists(self.out):
                return False
            with open(self.out, encoding="ascii") as f:
                return f.read() == "cat\n143\n"

        until(is_done, "the survivor to be done")

    def test_a_child_that_was_left_behind(self):
        for where in "user", "auto":
            with self.subTest(where=where):
                run = self.run_trace(f"--filter={where}", "-e", "openat,read", "sh", "-c", self.script + "exit 4",
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.assertEqual(run.end(), 4)
                self.assertIn("Process exited normally with code 4\n", run.text())
                self.let_go()
                os.unlink(self.out)

    def test_a_child_that_an_interrupt_has_detached(self):
        for where in "user", "auto":
            with self.subTest(where=where):
                run = self.run_trace(f"--filter={where}", "-f", "-e", "clone,fork,vfork", "-e", "signal=none", "sh", "-c",
                                     self.script + f"read y <{self.fifo}.2; exit 4", stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
                run.wait_text(r"Tracing sh\*F")
                run.signal(signal.SIGINT)
                run.wait_text("Process detached")
                with open(self.fifo + ".2", "w", encoding="ascii") as f:
                    f.write("go\n")
                self.assertEqual(run.end(), 4)
                self.assertEqual(run.text().count("Process detached"), 1)
                self.let_go()
                os.unlink(self.out)

    def test_nothing_survives_the_tracer_s_own_death(self):
        if not can_filter_in_kernel():
            self.skipTest("needs CAP_SYS_ADMIN")
        run = self.run_trace("-e", "openat", self.program("waits"), "pause")
        run.wait_text("Tracing")
        pid = int(re.search(r"pid (\d+)", run.text()).group(1))
        wait_blocked(pid, "pause")
        run.process.kill()
        until(lambda: not pid_alive(pid), "the command to die")

    def test_signals_to_trace_reach_the_tracer(self):
        run = self.run_trace("-e", "openat", self.program("waits"), "pause")
        run.wait_text("Tracing")
        pid = int(re.search(r"pid (\d+)", run.text()).group(1))
        wait_blocked(pid, "pause")
        run.signal(signal.SIGUSR1)
        run.wait_text(r"^ INFO\|.*waits")
        run.signal(signal.SIGINT)
        run.signal(signal.SIGTERM)
        self.assertEqual(run.end(), -signal.SIGKILL)


if __name__ == "__main__":
    harness.main()
