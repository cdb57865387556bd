"""What the command begins with (-u, -E, --argv0), and where its trace goes (-q, -o '|..', --output-per-process)."""
import glob
import json
import os
import pwd
import re
import signal
import shutil
import subprocess
import tempfile
import unittest

import harness
from harness import TRACE, TraceTest, until


def trace(*args, **options):
    return subprocess.run([TRACE, *args], capture_output=True, text=True, timeout=harness.LIMIT,
                          stdin=subprocess.DEVNULL, check=False, **options)


def user_with_groups():
    """Some user other than us, with the groups that they are in."""
    for user in pwd.getpwall():
        if user.pw_uid not in (0, os.getuid()) and user.pw_gid != 0:
            return user, sorted(os.getgrouplist(user.pw_name, user.pw_gid))
    raise unittest.SkipTest("there is no other user")


class Command(TraceTest):
    def for_everybody(self, name):
        """A copy of a program: another user may not look into the directory where it was built."""
        directory = tempfile.TemporaryDirectory(prefix="trace-e2e-")
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        return shutil.copy(self.program(name), directory.name)

    def image(self, *args, options=(), **more):
        run = trace("-o", "/dev/null", *options, self.for_everybody("image"), *args, **more)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        return run.stdout.splitlines()

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_another_user_with_their_groups(self):
        user, groups = user_with_groups()
        for text in (user.pw_name, str(user.pw_uid)):
            line = self.image(options=["-u", text])[1]
            ids = [int(word) for word in line.split()]
            self.assertEqual(ids[:4], [user.pw_uid] * 2 + [user.pw_gid] * 2)
            self.assertEqual(sorted(ids[4:]), groups)

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_another_user_is_traced_in_full(self):
        run = trace("-u", user_with_groups()[0].pw_name, self.for_everybody("hello"))
        self.assertEqual(run.returncode, 7)
        self.assertIn('write(1, "hello\\n", 6) = 6\n', run.stderr)

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_to_become_a_user_takes_the_right_to(self):
        user = user_with_groups()[0]
        with tempfile.TemporaryDirectory() as d:    # for the copy: nobody else may look into where it was built
            os.chmod(d, 0o755)
            mine = os.path.join(d, "trace")
            with open(TRACE, "rb") as f, open(mine, "wb") as g:
                g.write(f.read())
            os.chmod(mine, 0o755)
            run = subprocess.run([mine, "-u", "root", "/bin/true"], capture_output=True, text=True, check=False,
                                 user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/")
        self.assertEqual((run.returncode, run.stderr), (1, "trace: cannot become user root: Operation not permitted\n"))

    def test_a_user_that_is_not_there(self):
        run = trace("-u", "no-such-user", "true")
        self.assertEqual((run.returncode, run.stderr), (2, "trace: no user 'no-such-user': not in the user database\n"))

    def test_variables_are_set_and_taken_out_in_order(self):
        changes = ["A=1", "B=", "HOME", "C=x", "C=y=z"]
        found = self.image("A", "B", "C", "HOME", options=["--env=" + change for change in changes],
                           env={**os.environ, "HOME": "/h"})
        self.assertEqual(found[2:], ["A=1", "B=", "C=y=z", "HOME=(none)"])

    def test_the_command_is_looked_up_with_its_own_path(self):
        run = trace("-o", "/dev/null", "-E", "PATH=" + harness.PROGRAMS, "hello")
        self.assertEqual(run.returncode, 7)

    def test_the_environment_of_trace_stays(self):
        self.assertEqual(self.image("HOME", env={**os.environ, "HOME": "/h"})[2], "HOME=/h")

    def test_another_name(self):
        self.assertEqual(self.image(options=["--argv0", "-some name"])[0], "-some name")
        self.assertRegex(self.image()[0], "^/.*/image$")

    def test_bad_variables(self):
        for text in ("", "=x"):
            run = trace("-E", text, "true")
            self.assertEqual(run.returncode, 2)
            self.assertIn(f"bad variable '{text}'", run.stderr)

    def test_they_need_a_command(self):
        for options in (["-u", "root"], ["-E", "A=1"], ["--argv0", "x"]):
            run = trace(*options, "-p", str(os.getpid()))
            self.assertEqual(run.returncode, 2)
            self.assertIn(" is for a command, and none is given\n", run.stderr)


class Quiet(TraceTest):
    def test_calls_and_signals_are_all_that_is_left(self):
        plain = harness.normal(self.trace("forks", "fork", options=["-f"]))
        self.assertTrue([line for line in plain if re.search(r"Tracing|Process exited", line)])
        quiet = self.trace("forks", "fork", options=["-f", "-q"])
        self.assertNotRegex(quiet, "Tracing|Process")
        self.assertIn("** SIGCHLD **", quiet)
        self.assertIn("exit_group(0)", quiet)

    def test_in_json_too(self):
        lines = self.trace("hello", options=["-q", "--json"], status=7).splitlines()
        self.assertEqual({json.loads(line)["type"] for line in lines}, {"syscall"})

    def test_the_information_key_still_answers(self):
        run = self.run_trace("-q", self.program("waits"), "pause")
        pid = run.command("waits")
        harness.wait_blocked(pid, "pause")
        run.signal(signal.SIGUSR1)
        run.wait_text("^ INFO. Tracing waits")
        os.kill(pid, signal.SIGKILL)
        run.end()


class Pipe(TraceTest):
    @staticmethod
    def content(name):
        with open(name, encoding="ascii") as f:
            return f.read()

    def test_a_command_reads_the_trace_to_its_end(self):
        with tempfile.NamedTemporaryFile("r") as f:
            run = trace("-o", f"|(cat; echo the end) > {f.name}", self.program("hello"))
            self.assertEqual((run.returncode, run.stdout, run.stderr), (7, "hello\n", ""))
            lines = f.read().splitlines()
        self.assertRegex(lines[0], r"^Tracing hello \(pid \d+\)$")
        self.assertEqual(lines[-3:], ["exit_group(7)", "Process exited normally with code 7", "the end"])

    def test_a_long_trace_is_all_there(self):
        with tempfile.NamedTemporaryFile("r") as f:
            run = trace("-o", "|cat > " + f.name, "sh", "-c", "i=0; while [ $i -lt 3000 ]; do cd /; i=$((i+1)); done")
            self.assertEqual(run.returncode, 0)
            self.assertEqual(f.read().count('chdir("/") = 0\n'), 3000)

    def test_a_command_that_stops_reading_is_a_write_error(self):
        run = trace("-o", "|exec <&-; exit 3", "sh", "-c", "for i in 1 2 3; do ls / > /dev/null; done; exit 5")
        self.assertEqual(run.returncode, 1)
        self.assertIn("trace: cannot write to |exec <&-; exit 3: Broken pipe\n", run.stderr)

    def test_interrupts_are_for_trace_alone(self):
        with tempfile.NamedTemporaryFile("r") as f:
            run = subprocess.Popen([TRACE, "-o", "|cat > " + f.name, self.program("waits"), "pause"],
                                   stdin=subprocess.DEVNULL, start_new_session=True)
            self.addCleanup(run.wait)
            self.addCleanup(run.kill)
            until(lambda: "pause()" in self.content(f.name), "the call")
            os.killpg(run.pid, signal.SIGINT)   # as Ctrl-C does, to the reader too
            self.assertEqual(run.wait(timeout=harness.LIMIT), -signal.SIGINT)
            self.assertTrue(f.read().endswith("Process terminated from signal SIGINT\n"))

    def test_the_reader_is_not_a_child_of_trace(self):
        run = self.run_trace("-o", "|cat >/dev/null", self.program("waits"), "pause")
        pid = run.command("waits")
        harness.wait_blocked(pid, "pause")
        self.assertEqual(harness.children(run.pid), [pid])
        os.kill(pid, signal.SIGKILL)
        run.end()


class PerProcess(TraceTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="trace-e2e-")
        self.addCleanup(directory.cleanup)
        self.base = os.path.join(directory.name, "out")

    def files(self, *args, options=("-f",), status=0):
        run = trace(*options, "-o", self.base, "--output-per-process", self.program(args[0]), *args[1:])
        self.assertEqual((run.returncode, run.stderr), (status, ""))
        found = {}
        for name in glob.glob(self.base + "*"):
            self.assertEqual(os.stat(name).st_mode & 0o777, 0o600)
            with open(name, encoding="ascii") as f:
                found[int(name.rpartition(".")[2])] = f.read()
        return found

    def test_each_process_has_a_file_whose_lines_need_no_pid(self):
        files = self.files("forks", "fork")
        self.assertEqual(len(files), 2)
        for pid, text in files.items():
            lines = text.splitlines()
            self.assertRegex(lines[0], rf"^Tracing forks(\*F)? \(pid {pid}\)$")
            self.assertRegex(lines[-1], r"^Process exited normally with code \d+$")
            self.assertFalse([line for line in lines if harness.PREFIX.match(line) or "<..>" in line])
        parent, child = (files[pid] for pid in sorted(files, key=lambda p: "*F" in files[p]))
        self.assertRegex(parent, r"(?m)^fork\(\) = \d+$")
        self.assertRegex(child, r"(?m)^fork\(\) = 0$")

    def test_threads_share_the_file_of_their_process(self):
        files = self.files("threads", "exit", "2", status=5)
        (pid, text), = files.items()
        self.assertRegex(text, rf"(?m)^ *{pid}\| ")
        self.assertGreater(len(set(re.findall(r"(?m)^ *(\d+)\|", text))), 1)

    def test_following_twice_is_that_too_where_there_is_a_file(self):
        run = trace("-ff", "-o", self.base, self.program("forks"), "fork")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(len(glob.glob(self.base + ".*")), 2)
        self.assertFalse(os.path.exists(self.base))
        for options in ["-ff"], ["-ff", "-o", "|cat >&2"], ["-ff", "-c", "-o", "/dev/stderr"]:
            run = trace(*options, self.program("forks"), "fork")
            self.assertEqual(run.returncode, 0)
            self.assertRegex(run.stderr, r"exit_group")

    def test_json_lines_too(self):
        for pid, text in self.files("forks", "fork", options=["-f", "--json"]).items():
            events = [json.loads(line) for line in text.splitlines()]
            self.assertEqual({event["pid"] for event in events}, {pid})
            self.assertEqual((events[0]["type"], events[-1]["type"]), ("attach", "exit"))

    def test_a_place_where_no_file_can_be(self):
        run = trace("-o", "/nonexistent/out", "--output-per-process", self.program("hello"))
        self.assertEqual((run.returncode, run.stdout, run.stderr),
                         (1, "", "trace: cannot open /nonexistent/out.PID: No such file or directory\n"))

    def test_it_needs_the_name_of_a_file(self):
        for options in ([], ["-o", "|cat"]):
            run = trace(*options, "--output-per-process", "true")
            self.assertEqual((run.returncode, run.stderr),
                             (2, "trace: --output-per-process needs -o with the name of a file\n"))


if __name__ == "__main__":
    harness.main()
