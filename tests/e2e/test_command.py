"""The command line, the started command, exit statuses, the output file."""
import fcntl
import os
import pty
import shutil
import signal
import subprocess
import tempfile
import termios

import harness
from harness import TRACE, TraceTest, blocked, pid_alive, until, wait_blocked


def trace(*args, **options):
    return subprocess.run([TRACE, *args], capture_output=True, text=True, timeout=harness.LIMIT,
                          stdin=subprocess.DEVNULL, check=False, **options)


class CommandLine(TraceTest):
    def test_no_command_and_no_pid_is_bad_usage(self):
        r = trace()
        self.assertEqual((r.returncode, r.stdout), (2, ""))
        self.assertRegex(r.stderr, r"^usage: trace ")

    def test_bad_options_and_pids_are_bad_usage(self):
        for args in (["--nonsense"], ["-p", "x"], ["-p", "0"], ["-p", "-3"], ["-p", "99999999999"], ["-p", ""], ["-p", ","], ["-p", "1,x"],
                     ["--string-limit", "-1", "true"]):
            with self.subTest(args=args):
                r = trace(*args)
                self.assertEqual(r.returncode, 2)
                self.assertIn("usage: trace ", r.stderr)

    def test_help_fits_a_screen_on_standard_output(self):
        r = trace("--help")
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        self.assertLessEqual(len(r.stdout.splitlines()), 24)
        self.assertLessEqual(max(map(len, r.stdout.splitlines())), 80)

    def test_version(self):
        r = trace("--version")
        self.assertEqual(r.returncode, 0)
        self.assertRegex(r.stdout, r"^trace .*\d+\.\d+")

    def test_options_after_the_command_are_its_own(self):
        r = trace(self.program("die"), "0", "3")
        self.assertEqual(r.returncode, 3)


class Started(TraceTest):
    def test_the_first_line_is_the_command_after_its_exec(self):
        lines = self.trace("hello", status=7).splitlines()
        self.assertRegex(lines[0], r"^Tracing hello \(pid \d+\)$")
        self.assertEqual(lines[-2:], ["exit_group(7)", "Process exited normally with code 7"])

    def test_calls_print_results_errors_and_unknown_numbers(self):
        run = self.run_trace(self.program("hello"))
        self.assertEqual(run.end(), 7)
        self.assertEqual(harness.section(harness.normal(run.text())), [
            'write(1, "hello\\n", 6) = 6',
            "close(-1) = -1 [EBADF]",
            f"getpid() = P1 (ppid={run.pid})",
            "syscall_999(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 [ENOSYS]",
            "exit_group(7)",
            "Process exited normally with code 7",
        ])

    def test_a_call_of_another_abi_is_not_decoded(self):
        run = self.run_trace(self.program("foreign"))
        if run.end() == 77:
            self.skipTest("this kernel has no i386 calls")
        self.assertEqual(run.process.returncode, 0)
        pid = run.text().split("(pid ")[1].split(")")[0]
        self.assertRegex(harness.section(run.text().splitlines())[0],
                         rf"^syscall_20\(0x1, 0x2, 0x3, 0x4, 0x5, \w+\) = (?:{pid}|{hex(int(pid))})$")

    def test_exec_fails_and_succeeds(self):
        found = self.lines("execs", self.program("die"), "0", "9", options=["--string-limit=4096"], status=9)[:4]
        self.assertEqual(found, [
            'execve("/nonexistent", [], []) = -1 [ENOENT]',
            f'execve("{self.program("die")}", ["{self.program("die")}", "0", "9"], [])',
            "---",
            "Tracing die (pid P1)",
        ])

    def test_the_exit_status_is_the_command_s(self):
        for status in (0, 1, 255):
            self.assertEqual(trace(self.program("die"), "0", str(status)).returncode, status)

    def test_death_by_a_signal_is_the_command_s(self):
        for sig in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGHUP, 40):
            self.assertEqual(trace(self.program("die"), str(int(sig))).returncode, -sig)

    def test_a_command_that_is_not_there(self):
        r = trace("/nonexistent/command")
        self.assertEqual((r.returncode, r.stderr), (127, "trace: /nonexistent/command: No such file or directory\n"))

    def test_a_number_for_a_command_is_a_string_limit_for_strace(self):
        r = trace("-s", "1000", self.program("hello"))
        self.assertEqual((r.returncode, r.stderr), (127, "trace: 1000: No such file or directory (-s takes no number: for "
                                                         "the length of strings, see --string-limit)\n"))
        r = trace("-fs200", self.program("hello"))
        self.assertEqual((r.returncode, r.stderr.splitlines()[:2]), (2, [
            "trace: invalid option -- '2'", "trace: -s takes no number: for the length of strings, see --string-limit"]))

    def test_a_command_that_cannot_be_executed(self):
        r = trace("/etc/passwd")
        self.assertEqual((r.returncode, r.stderr), (126, "trace: /etc/passwd: Permission denied\n"))

    def test_a_child_that_is_not_followed_runs_free(self):
        self.assertEqual(self.lines("forks", "fork", calls=["write"]), ["** SIGCHLD **"])


class Transparency(TraceTest):
    def test_the_command_inherits_what_trace_was_given(self):
        def out(*command):
            return subprocess.run(command, capture_output=True, timeout=harness.LIMIT, stdin=subprocess.DEVNULL,
                                  check=True).stdout
        self.assertEqual(out(TRACE, "-f", "-o", "/dev/null", self.program("inherited")),
                         out(self.program("inherited")))

    def test_a_parent_sees_its_child_stop_and_continue(self):
        for options in ["-f"], []:
            with self.subTest(options=options):
                self.assertEqual(trace(*options, "-o", "/dev/null", self.program("stopper")).stdout, "1 19\n1\n15\n")

    def test_a_program_can_trace_others(self):
        plain = subprocess.run([self.program("debugger")], capture_output=True, text=True, timeout=harness.LIMIT,
                               check=True)
        self.assertEqual(trace("-o", "/dev/null", self.program("debugger")).stdout, plain.stdout)

    def test_ignored_and_blocked_signals_stay_as_they_were(self):
        def prepare():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])

        def out(*command):
            return subprocess.run(command, capture_output=True, timeout=harness.LIMIT, stdin=subprocess.DEVNULL,
                                  preexec_fn=prepare, check=True).stdout
        plain = out(self.program("inherited"))
        self.assertIn(b"handled 10\n", plain)
        self.assertEqual(out(TRACE, "-o", "/dev/null", self.program("inherited")), plain)

    def test_a_killed_trace_takes_its_command_with_it(self):
        run = self.run_trace(self.program("waits"), "pause")
        pid = run.command("waits")
        self.kill_at_end(pid)
        run.wait_text(r"^pause\(")
        run.signal(signal.SIGKILL)
        run.end()
        until(lambda: not pid_alive(pid), "the command to die")


class Output(TraceTest):
    def test_the_file_is_the_owner_s_alone(self):
        with tempfile.TemporaryDirectory() as d:
            name = os.path.join(d, "out")
            trace("-o", name, "true")
            self.assertEqual(os.stat(name).st_mode & 0o777, 0o600)

    def test_a_file_that_cannot_be_opened(self):
        r = trace("-o", "/nonexistent/out", self.program("hello"))
        self.assertEqual((r.returncode, r.stdout), (1, ""))
        self.assertEqual(r.stderr, "trace: cannot open /nonexistent/out: No such file or directory\n")

    def test_after_a_write_error_the_command_runs_on_untraced(self):
        reader, writer = os.pipe()
        with tempfile.TemporaryFile("w+") as err:
            p = subprocess.Popen([TRACE, "-o", "/dev/full", "/bin/sh", "-c", 'echo $$; exec "$0" read',
                                  self.program("waits")], stdin=reader, stdout=subprocess.PIPE, stderr=err)
            self.addCleanup(p.stdout.close)
            os.close(reader)
            child = int(harness.read_line(p.stdout))
            self.kill_at_end(child)
            self.assertEqual(p.wait(timeout=harness.LIMIT), 1)
            err.seek(0)
            self.assertEqual(err.read(), "trace: cannot write to /dev/full: No space left on device\n")
        wait_blocked(child, "read")
        self.assertEqual(harness.field(child, "TracerPid"), "0")
        os.close(writer)
        until(lambda: not pid_alive(child), "the command to end by itself")

    def test_standard_error_is_where_the_trace_goes(self):
        r = trace(self.program("hello"))
        self.assertEqual(r.stdout, "hello\n")
        self.assertIn("exit_group(7)\n", r.stderr)

    def test_times(self):
        for line in self.trace("hello", options=["-t"], status=7).splitlines():
            self.assertRegex(line, r"^\d\d:\d\d:\d\d [^ .]")
        for line in self.trace("hello", options=["-tt"], status=7).splitlines():
            self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{6} [^ ]")

    def test_grouping_changes_the_order_only(self):
        run = self.run_trace("-fg", self.program("bomb"), "20")
        self.assertEqual(run.end(), 3)
        self.assertEqual(run.text().count("Process exited normally"), 21)

    def test_a_stack_trace_comes_before_each_call(self):
        r = trace("-s", self.program("hello"))
        if "without libdw" in r.stderr:
            self.assertEqual(r.returncode, 2)
            self.skipTest("built without libdw")
        lines = r.stderr.splitlines()
        before = lines[lines.index('write(1, "hello\\n", 6) = 6') - 1]
        self.assertRegex(before, r"^  syscall\+0x\w+ \[libc\.so\.6\]  main\+0x\w+ \[hello\]  ")

    def own_frame(self, script, *around):
        """Of a stack trace of a program that goes deep, run by the script: the second frame."""
        r = subprocess.run([*around, TRACE, "-s", "sh", "-c", script], capture_output=True, text=True, check=False,
                           timeout=harness.LIMIT, stdin=subprocess.DEVNULL)
        if "without libdw" in r.stderr or "unshare: " in r.stderr or "mount: " in r.stderr:
            self.skipTest("no stack traces, or no mount namespaces")
        lines = r.stderr.splitlines()
        return lines[[i for i, line in enumerate(lines) if line.startswith('write(-1, "deep"')][0] - 1].split("  ")[2]

    def test_stack_traces_name_what_is_in_the_program_s_own_files(self):
        """In its mount namespace a name may lead to another file than here, and here the name may be a longer one."""
        below = 'mount --rbind / "$0" && exec chroot "$0" "$@"'
        for flags in "-m", "-Urm":      # with capabilities to look at any file that is mapped, and without
            for outer in 'exec "$@"', below:
                with self.subTest(flags=flags, outer=outer):
                    self.own_files(flags, outer)

    def own_files(self, flags, outer):
        with tempfile.TemporaryDirectory(prefix="trace-e2e-") as directory:
            name, root = directory + "/program", directory + "/root"
            shutil.copy(self.program("hello"), name)
            os.mkdir(root)
            inner = f"mount --bind {self.program('rules')} {name} && exec {name} deep"
            frame = self.own_frame(f"exec unshare -m sh -c '{inner}'", "unshare", flags, "sh", "-c", outer, root)
            self.assertRegex(frame, r"^descend\+0x\w+ \[program\]$")

    def test_stack_traces_name_what_is_in_a_file_that_has_no_name_any_more(self):
        try:
            os.stat(f"/proc/self/map_files/{harness.read_proc('self', 'maps').split(' ', 1)[0]}")
        except PermissionError:
            self.skipTest("needs CAP_CHECKPOINT_RESTORE")
        with tempfile.TemporaryDirectory(prefix="trace-e2e-") as directory:
            name = os.path.join(directory, "program")
            shutil.copy(self.program("rules"), name)
            frame = self.own_frame(f"exec 3<{name}; rm {name}; exec /proc/self/fd/3 deep")
        self.assertRegex(frame, r"^descend\+0x\w+ \[program\b.*\]$")

    def test_a_blocked_call_is_visible_at_once(self):
        run = self.run_trace(self.program("waits"), "pause")
        run.wait_text(r"^pause\(\) =\Z")
        os.kill(run.command("waits"), signal.SIGKILL)
        run.end()


class Interrupts(TraceTest):
    def test_the_second_interrupt_kills_the_command(self):
        run = self.run_trace(self.program("waits"), "pause")
        pid = run.command("waits")
        wait_blocked(pid, "pause")
        run.interrupt(signal.SIGINT)
        self.assertTrue(blocked(pid, "pause"))
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), -signal.SIGKILL)
        self.assertEqual(run.text().splitlines()[-3:], [
            "pause() = <..>",
            f" INFO| Tracing waits (pid {pid}), in a pause call",
            f"{pid:5}' Process terminated from signal SIGKILL",
        ])

    def test_the_quit_key_of_the_terminal_is_the_information_key(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        run = self.run_trace(self.program("waits"), "pause", stdin=slave, stdout=slave, stderr=slave,
                             preexec_fn=own_terminal)
        os.close(slave)
        pid = run.command("waits")
        wait_blocked(pid, "pause")
        os.write(master, b"\x1c")
        run.wait_text(rf"^pause\(\) = <..>\n INFO\| Tracing waits \(pid {pid}\), in a pause call$")
        wait_blocked(pid, "pause")
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(run.end(), -signal.SIGTERM)
        self.assertEqual(run.text().splitlines()[-2:],
                         [f"{pid:5}'*pause() = ** SIGTERM ** <..>", "Process terminated from signal SIGTERM"])

    def test_the_information_key(self):
        run = self.run_trace(self.program("waits"), "pause")
        pid = run.command("waits")
        wait_blocked(pid, "pause")
        run.signal(signal.SIGUSR1)
        run.wait_text("^ INFO")
        os.kill(pid, signal.SIGKILL)
        run.end()
        self.assertEqual(run.text().splitlines()[-3:], [
            "pause() = <..>",
            f" INFO| Tracing waits (pid {pid}), in a pause call",
            f"{pid:5}' Process terminated from signal SIGKILL",
        ])


if __name__ == "__main__":
    harness.main()
