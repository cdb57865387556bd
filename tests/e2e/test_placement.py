"""Tracer and traced program on one CPU, which the program must not see."""
import contextlib
import os
import signal
import subprocess
import time
import unittest

import harness
from harness import LIMIT, TraceTest, field, until, wait_blocked, wait_state



def allowed(pid):
    return field(pid, "Cpus_allowed_list")


OWN = allowed("self")


def is_one(cpus):
    return cpus.isdecimal()


@unittest.skipIf(is_one(OWN), "there is one CPU only")
class Placement(TraceTest):
    def untraced(self, *args):
        return subprocess.run([self.program("affinity"), *args], stdout=subprocess.PIPE, check=True,
                              timeout=LIMIT).stdout

    def traced(self, *args, options=(), prefix=()):
        run = self.run_trace(*options, *prefix, self.program("affinity"), *args)
        self.assertEqual(run.end(), 0)
        return run.out

    def started(self, how, *options):
        """A run of the program, when it is past its first calls, and the pid of the program."""
        run = self.run_trace(*options, self.program("affinity"), how)
        self.assertEqual(harness.read_line(run.process.stdout), b"ready \n")
        return run, run.command("affinity")

    def wait_shared(self, pid):
        until(lambda: is_one(allowed(pid)), f"{pid} to share a CPU")

    def wait_parted(self, pid):
        until(lambda: allowed(pid) == OWN, f"{pid} to have its CPUs back")

    @contextlib.contextmanager
    def standing_still(self, run):
        """Meanwhile trace changes nobody's affinity: what is read one after the other was so at the same time."""
        run.signal(signal.SIGSTOP)
        wait_state(run.pid, "T")
        yield
        run.signal(signal.SIGCONT)

    def assert_alone(self, run, pid):
        """It has its own affinity for many calls."""
        def many():
            self.assertEqual(allowed(pid), OWN)
            return os.stat(run.file.name).st_size > 500000
        until(many, "many calls")

    # ---- that it happens ----

    def test_a_program_that_calls_fast_shares_a_cpu_with_its_tracer(self):
        run, pid = self.started("loop", "--placement=share")
        self.wait_shared(pid)
        until(lambda: is_one(allowed(run.pid)) and allowed(run.pid) == allowed(pid), "the tracer to be there too")

    def test_it_happens_without_being_asked_for(self):
        _, pid = self.started("loop")
        self.wait_shared(pid)

    def test_it_happens_before_the_first_calls(self):
        run = self.run_trace("-e", "ptrace,sched_setaffinity", "--filter=user", harness.TRACE, "-o", "/dev/null",
                             self.program("affinity"), "get", env={**os.environ, **harness.NO_LEAK_CHECK})
        self.assertEqual(run.end(), 0)
        before, found, _ = run.text().partition("sched_setaffinity(")
        self.assertTrue(found)
        self.assertLess(before.count("ptrace(PTRACE_SYSCALL,"), 4)

    def test_threads_that_wait_do_not_keep_another_from_it(self):
        run, pid = self.started("joined", "-f", "--placement=share")
        second = next(tid for tid in os.listdir(f"/proc/{pid}/task") if int(tid) != pid)
        self.wait_shared(f"{pid}/task/{second}")
        self.wait_parted(f"{pid}/task/{pid}")   # the one that waits
        self.wait_shared(f"{pid}/task/{second}")

    def test_a_thread_that_computes_does(self):
        run, pid = self.started("beside", "-f", "--placement=share")
        tids = os.listdir(f"/proc/{pid}/task")
        self.assertEqual(len(tids), 2)
        for tid in tids:
            self.wait_parted(f"{pid}/task/{tid}")

        def many():
            for tid in tids:
                self.assertEqual(allowed(f"{pid}/task/{tid}"), OWN)
            return os.stat(run.file.name).st_size > 500000
        until(many, "many calls")

    def test_children_share_too(self):
        for option in ("auto", "share"):
            with self.subTest(option=option):
                _, pid = self.started("child", "-f", f"--placement={option}")
                child, = harness.children(pid)
                self.kill_at_end(child)
                self.wait_shared(child)
                self.wait_parted(pid)   # it waits

    def test_free_leaves_it_alone(self):
        self.assert_alone(*self.started("loop", "--placement=free"))

    def test_an_attached_process_is_left_alone_unless_asked_for(self):
        for option, is_shared in (("auto", False), ("share", True)):
            p = self.start("affinity", "loop")
            self.assertEqual(harness.read_line(p.stdout), b"ready \n")
            run = self.run_trace("-q", f"--placement={option}", "-p", p.pid)
            if is_shared:
                self.wait_shared(p.pid)
            else:
                self.assert_alone(run, p.pid)
            run.signal(signal.SIGINT)
            self.assertEqual(run.end(), 0)
            self.assertEqual(allowed(p.pid), OWN)

    # ---- that it ends ----

    def test_a_program_that_blocks_or_computes_has_its_cpus_back(self):
        for how in ("block", "compute"):
            run, pid = self.started(how, "--placement=share")
            self.wait_parted(pid)
            self.wait_parted(run.pid)

    def test_a_stopped_program_has_its_cpus_back(self):
        _, pid = self.started("loop", "--placement=share")
        self.wait_shared(pid)
        os.kill(pid, signal.SIGSTOP)
        wait_state(pid, "tT")
        self.wait_parted(pid)

    def test_a_second_thread_that_goes_on_calling_parts_them(self):
        run = self.run_trace("-f", "--placement=share", self.program("busy"), 1)
        self.assertEqual(harness.read_line(run.process.stdout), b"ready\n")
        pid = run.command("busy")
        run.wait_text(rf"^ *{pid}\| gettid")
        threads = harness.threads(pid)
        self.assertEqual(len(threads), 2)
        apart = 0   # looks in a row
        deadline = time.monotonic() + LIMIT
        while apart < 100:
            self.assertLess(time.monotonic(), deadline)
            with self.standing_still(run):
                apart = 0 if all(is_one(allowed(tid)) for tid in threads) else apart + 1

    # ---- that it cannot be seen ----

    def test_the_program_sees_its_own_affinity(self):
        for how in ("get", "status", "relative", "cwd", "early", "handed-on", "fork", "thread", "relay", "exec",
                    "untraced", "untraced3", "chosen", "thread-exec", "thread-exec-late", "set", "watched", "watching",
                    "children"):
            plain = self.untraced(how)
            for options in (["--placement=share"], ["--placement=auto"], ["--placement=share", "-f"]):
                with self.subTest(how=how, options=options):
                    self.assertEqual(self.traced(how, options=options), plain)

    def test_calls_that_are_not_shown_count_too(self):
        for options in (["-e", "getppid", "--filter=user"], ["-e", "getppid"], ["-c"]):
            for how in ("get", "status", "fork"):
                with self.subTest(how=how, options=options):
                    self.assertEqual(self.traced(how, options=["--placement=share", *options]), self.untraced(how))

    def test_an_affinity_that_the_user_chose_stays(self):
        last = str(max(os.sched_getaffinity(0)))
        for how in ("get", "status", "fork", "set"):
            with self.subTest(how=how):
                plain = subprocess.run(["taskset", "-c", last, self.program("affinity"), how], stdout=subprocess.PIPE,
                                       check=True, timeout=LIMIT).stdout
                self.assertEqual(self.traced(how, options=["--placement=share"], prefix=["taskset", "-c", last]), plain)

    def test_the_tracer_follows_a_program_that_chose_one_cpu(self):
        last = str(max(os.sched_getaffinity(0)))
        run = self.run_trace("--placement=share", "taskset", "-c", last, self.program("affinity"), "loop")
        self.assertEqual(harness.read_line(run.process.stdout), b"ready \n")
        until(lambda: allowed(run.pid) == last, "the tracer to follow")
        self.assertEqual(allowed(run.command("affinity")), last)

    def test_what_somebody_else_sets_meanwhile_stays(self):
        run, pid = self.started("loop", "--placement=share")
        other = None
        while other is None:
            self.wait_shared(pid)
            with self.standing_still(run):
                shared = os.sched_getaffinity(pid)
                if len(shared) == 1:    # still
                    other = min(os.sched_getaffinity(0) - shared)
                    os.sched_setaffinity(pid, {other})
        os.kill(pid, signal.SIGSTOP)
        wait_state(pid, "tT")
        self.wait_parted(run.pid)
        self.assertEqual(allowed(pid), str(other))

    def test_nproc_and_taskset(self):
        script = "i=0; while [ $i -lt 300 ]; do [ -e / ]; i=$((i + 1)); done; nproc; taskset -p $$; " \
                 "grep Cpus_allowed_list /proc/self/status; read line </proc/self/status; echo $line"

        def values(text):
            return [line.split(b":")[-1] for line in text.split(b"\n")]

        want = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, check=True, timeout=LIMIT).stdout
        for options in ([], ["-f"], ["--placement=share", "-f"], ["--placement=share"]):
            with self.subTest(options=options):
                run = self.run_trace(*options, "sh", "-c", script)
                self.assertEqual(run.end(), 0)
                self.assertEqual(values(run.out), values(want))

    # ---- the end of the tracer ----

    def test_a_killed_tracer_leaves_nobody_behind_on_its_cpu(self):
        run, pid = self.started("loop", "--placement=share")
        self.wait_shared(pid)
        self.kill_at_end(pid)
        run.process.kill()
        until(lambda: not harness.pid_alive(pid), "the program to die with its tracer")

    def keeper_of(self, run):
        """The process that waits for the end of a trace: it has the other end of a pipe."""
        def pipes(pid):
            with contextlib.suppress(FileNotFoundError, PermissionError):
                return {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
            return set()
        own = pipes(run.pid)

        def find():
            return [pid for pid in os.listdir("/proc") if pid.isdecimal() and
                    harness.read_proc(pid, "comm") == "trace-keeper\n" and pipes(pid) & own]
        keeper, = until(find, "the keeper to be ready")
        return keeper

    def wait_ended(self, pid):
        until(lambda: harness.state(pid) in ("", "Z"), f"{pid} to end")   # who has to wait for it may be slow

    def test_a_killed_tracer_leaves_no_child_on_its_cpu(self):
        run, pid = self.started("child", "-f", "--placement=share")
        child, = harness.children(pid)
        self.kill_at_end(child)
        self.wait_shared(child)
        keeper = self.keeper_of(run)
        run.process.kill()
        until(lambda: not harness.pid_alive(pid), "the command to die with its tracer")
        self.wait_parted(child)
        self.assertEqual(field(child, "TracerPid"), "0")
        self.wait_ended(keeper)

    def test_a_killed_tracer_leaves_no_attached_process_on_its_cpu(self):
        p = self.start("affinity", "loop")
        self.assertEqual(harness.read_line(p.stdout), b"ready \n")
        run = self.run_trace("--placement=share", "-p", p.pid)
        self.wait_shared(p.pid)
        run.process.kill()
        self.wait_parted(p.pid)

    def test_nor_does_one_that_is_killed_with_its_process_group(self):
        run = self.run_trace("-f", "--placement=share", self.program("affinity"), "child", process_group=0)
        self.assertEqual(harness.read_line(run.process.stdout), b"ready \n")
        child, = harness.children(run.command("affinity"))
        self.kill_at_end(child)
        self.wait_shared(child)
        self.keeper_of(run)
        os.killpg(run.pid, signal.SIGKILL)
        self.wait_parted(child)

    def test_nobody_stays_on_its_cpu_whenever_it_is_killed(self):
        script = "(while :; do /bin/true; done) & wait"
        for i in range(20):
            run = self.run_trace("-f", "sh", "-c", script, start_new_session=True)
            until(lambda: os.stat(run.file.name).st_size > 20000 * (1 + i % 7), "many calls")
            run.process.kill()
            run.process.wait()
            try:
                until(lambda: self.left(run) and all(field(pid, "TracerPid") in ("0", "") for pid in self.left(run)),
                      "its end")
                until(lambda: all(allowed(pid) in (OWN, "") for pid in self.left(run)), "all to have their CPUs back")
            finally:
                for pid in self.left(run):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)

    def spawning(self):
        """20 traces that are stopped when they may not have been told of a child, with its creator and the child."""
        found = 0
        for _ in range(400):
            if found == 20:     # in a third of them it has not
                return
            run = self.run_trace("-f", "--placement=share", "sh", "-c", self.program("affinity") + " spawns & wait",
                                 start_new_session=True)
            try:
                run.wait_text(r'execve\("/bin/sleep"')
                creator, = harness.children(run.command("sh"))
                run.signal(signal.SIGSTOP)
                harness.wait_state(run.pid, "T")
                made = [child for child in harness.children(creator) if allowed(child) not in (OWN, "")]
                if made and harness.state(creator) == "t" and harness.in_call(creator, "vfork"):
                    found += 1
                    yield run, creator, made
            finally:
                for pid in self.left(run):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
                run.close()
        self.fail(f"it happened {found} times only")

    def wait_own(self, pids):
        """Until those that are alive have their CPUs back."""
        until(lambda: all(allowed(pid) in (OWN, "") for pid in pids() if harness.pid_alive(pid)),
              "all to have their CPUs")

    def test_a_child_that_is_being_made_does_not_stay_on_its_cpu(self):
        """It has inherited the CPU, and the killed tracer had not heard of it.  Nor does it die with that."""
        others = [self.start("affinity", "block") for _ in os.sched_getaffinity(0)]
        for other, cpu in zip(others, os.sched_getaffinity(0)):
            harness.read_line(other.stdout)
            os.sched_setaffinity(other.pid, {cpu})
        for run, creator, _ in self.spawning():
            os.kill(creator, signal.SIGKILL)
            run.process.kill()
            run.process.wait()
            until(lambda run=run: all(field(pid, "TracerPid") in ("0", "") for pid in self.left(run)), "its end")
            self.wait_own(lambda run=run: self.left(run))
        self.assertEqual([os.sched_getaffinity(other.pid) for other in others], [{n} for n in os.sched_getaffinity(0)])

    def test_nor_does_one_whose_creator_is_gone(self):
        for run, creator, made in self.spawning():
            os.kill(creator, signal.SIGKILL)
            run.signal(signal.SIGCONT)
            until(lambda creator=creator: not harness.pid_alive(creator), "its end")
            self.wait_own(lambda made=made: made)

    def left(self, run):
        """The processes of its session."""
        return [pid for pid in os.listdir("/proc") if pid.isdecimal() and
                (harness.read_proc(pid, "stat").rpartition(")")[2].split() + [""] * 4)[3] == str(run.pid)]

    def test_the_keeper_ends_with_the_trace(self):
        run, pid = self.started("child", "-f", "--placement=share")
        child, = harness.children(pid)
        self.kill_at_end(child)
        self.wait_shared(child)
        keeper = self.keeper_of(run)
        until(lambda: os.listdir(f"/proc/{keeper}/fd") == ["0"], "the keeper to close its files")
        self.assertEqual(allowed(keeper), OWN)
        os.kill(child, signal.SIGKILL)
        self.assertEqual(run.end(), 0)
        self.wait_ended(keeper)

    def test_an_output_that_fails_gives_the_program_its_cpus_back(self):
        run = self.run_trace("--placement=share", "-o", "|head -c 100000 >/dev/null", self.program("affinity"), "loop")
        self.assertEqual(harness.read_line(run.process.stdout), b"ready \n")
        pid = run.command("affinity")
        self.kill_at_end(pid)
        until(lambda: field(pid, "TracerPid") == "0", "the program to be let go")
        self.assertEqual(allowed(pid), OWN)


if __name__ == "__main__":
    harness.main()
