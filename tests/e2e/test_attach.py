"""Attaching to running processes, and letting them go."""
import os
import re
import signal
import subprocess
import tempfile
import time

import harness
from harness import TRACE, TraceTest, field, wait_blocked, wait_state



class Attach(TraceTest):
    def attach(self, *args):
        run = self.run_trace(*args)
        return run

    def detach(self, run):
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 0)

    def test_a_call_under_way_is_shown_and_goes_on_after_detaching(self):
        p = self.start("waits", "read")
        wait_blocked(p.pid, "read")
        run = self.attach("-p", p.pid)
        run.wait_text(r"^read\(0,\Z")
        wait_blocked(p.pid, "read")
        self.detach(run)
        self.assertEqual(run.text().splitlines(), [f"Tracing waits (pid {p.pid})", "read(0, <..>", "Process detached"])
        self.assertEqual(field(p.pid, "TracerPid"), "0")
        wait_blocked(p.pid, "read")
        p.communicate(b"x", timeout=harness.LIMIT)
        self.assertEqual(p.returncode, 0)

    def test_a_stopped_process_stays_stopped(self):
        p = self.start("waits", "pause")
        wait_blocked(p.pid, "pause")
        p.send_signal(signal.SIGSTOP)
        wait_state(p.pid, "T")
        run = self.attach("-p", p.pid)
        wait_state(p.pid, "t")
        run.signal(signal.SIGUSR1)
        run.wait_text("^ INFO.*call status unknown$")
        self.detach(run)
        wait_state(p.pid, "T")
        self.assertEqual(field(p.pid, "TracerPid"), "0")
        p.send_signal(signal.SIGCONT)
        wait_blocked(p.pid, "pause")

    def test_the_last_process_to_end_ends_trace(self):
        p = self.start("waits", "pause")
        run = self.attach("-p", p.pid)
        run.wait_text(r"^pause\(\) =\Z")
        p.kill()
        self.assertEqual(run.end(), 0)
        self.assertTrue(run.text().endswith("Process terminated from signal SIGKILL\n"))

    def test_several_at_once(self):
        a, b = self.start("waits", "pause"), self.start("waits", "read")
        wait_blocked(a.pid, "pause")
        wait_blocked(b.pid, "read")
        for pids in ["-p", a.pid, "-p", b.pid, "-p", a.pid], ["-p", f"{a.pid},{b.pid}"], ["-p", f"{a.pid} {b.pid}\n"]:
            with self.subTest(pids=pids):
                run = self.attach(*pids)
                run.wait_text(rf"^ *{a.pid}\| pause\(\)")
                run.wait_text(rf"^ *{b.pid}\| read\(0,")
                self.detach(run)
                self.assertEqual(len(re.findall("Process detached", run.text())), 2)

    def test_every_thread_with_f_and_one_without(self):
        p = self.start("threads", "wait", "5")
        self.assertEqual(harness.read_line(p.stdout), b"ready\n")
        for options, n in (["-f"], 6), ([], 1):
            with self.subTest(options=options):
                run = self.attach(*options, "-p", p.pid)
                harness.until(lambda n=n, run=run: len(re.findall(r"pause\(\)", run.text())) >= n, "all threads")
                self.detach(run)
                self.assertEqual(len(re.findall("Tracing threads", run.text())), n)
                self.assertEqual(len(re.findall("Process detached", run.text())), n)
                self.assertEqual([field(t, "TracerPid") for t in harness.threads(p.pid)], ["0"] * 6)

    def test_a_parent_that_waits_for_its_vfork(self):
        """It cannot be stopped until its child is done: trace waits for that, or, when asked again, does not."""
        for again in False, True:
            with self.subTest(again=again):
                p = self.start("forks", "vfork-wait")
                child = harness.until(lambda p=p: harness.children(p.pid), "the child")[0]
                self.kill_at_end(child)
                wait_blocked(child, "pause")
                run = self.attach("-p", p.pid)
                harness.until(lambda p=p, run=run: field(p.pid, "TracerPid") == str(run.pid), "trace to attach")
                run.wait_text("Tracing forks")
                run.interrupt(signal.SIGINT)
                if again:
                    run.signal(signal.SIGINT)
                else:
                    os.kill(child, signal.SIGKILL)
                self.assertEqual(run.end(), 0)
                self.assertEqual(run.text().splitlines(), [
                    f"Tracing forks (pid {p.pid})",
                    f" INFO| Tracing forks (pid {p.pid}), call status unknown",
                    *([] if again else [f"{p.pid:5}' Process detached"]),
                ])
                if again:
                    os.kill(child, signal.SIGKILL)
                self.assertEqual(p.wait(timeout=harness.LIMIT), 0)

    def test_one_that_an_untraced_thread_replaces(self):
        """Its exec takes the traced thread away, and the kernel says nothing."""
        for alone in True, False:
            with self.subTest(alone=alone):
                p = self.start("threads", "exec", "1", self.program("waits"), "pause")
                other = self.start("waits", "pause")
                self.assertEqual(harness.read_line(p.stdout), b"ready\n")
                for pid in p.pid, other.pid:
                    wait_blocked(pid, "pause")
                run = self.attach("-p", p.pid, *([] if alone else ["-p", other.pid]))
                run.wait_text(r"pause\(\) =")
                if not alone:
                    run.wait_text(rf"^ *{other.pid}\| pause\(\) =")
                p.stdin.write(b"x")
                p.stdin.flush()
                run.wait_text(r"Process detached$")
                self.assertEqual(field(p.pid, "TracerPid"), "0")
                wait_blocked(p.pid, "pause")
                if not alone:
                    self.assertEqual(field(other.pid, "TracerPid"), str(run.pid))
                    run.signal(signal.SIGINT)
                self.assertEqual(run.end(), 0)
                self.assertEqual(run.text().count("Process detached"), 1 if alone else 2)

    def test_one_whose_exec_replaces_an_untraced_leader(self):
        """It goes on under the leader's id."""
        for how in "exec", "leader":
            with self.subTest(how=how):
                p = self.start("threads", how, "1", self.program("die"), "0", "6")
                self.assertEqual(harness.read_line(p.stdout), b"ready\n")
                tid = harness.threads(p.pid)[-1]
                wait_blocked(tid, "read")
                if how == "leader":
                    wait_state(p.pid, "Z")
                run = self.attach("-p", tid)
                run.wait_text(r"^read\(0,\Z")
                p.communicate(b"x", timeout=harness.LIMIT)
                self.assertEqual(p.returncode, 6)
                self.assertEqual(run.end(), 0)
                text = run.text()
                self.assertRegex(text, rf"(?m)^execve\(.*\)\n---\nTracing die \(pid {p.pid}\)$")
                self.assertTrue(text.endswith("exit_group(6)\nProcess exited normally with code 6\n"), text)

    def test_one_whose_first_thread_has_ended(self):
        p = self.start("threads", "leader", "1", self.program("die"), "0", "6")
        self.assertEqual(harness.read_line(p.stdout), b"ready\n")
        wait_state(p.pid, "Z")
        tids = harness.threads(p.pid)
        wait_blocked(tids[2], "read")
        run = self.attach("-f", "-p", p.pid)
        run.wait_text(rf"^ *{tids[1]}\| pause\(\) =")
        run.wait_text(rf"^ *{tids[2]}\| read\(0,")
        p.communicate(b"x", timeout=harness.LIMIT)
        self.assertEqual(p.returncode, 6)
        self.assertEqual(run.end(), 0)
        self.assertRegex(run.text(), rf"(?m)^ *{p.pid}'\*execve\(.*\)\n---\nTracing die \(pid {p.pid}\)$")

    def test_one_that_ends_among_others(self):
        other = self.start("waits", "pause")
        q = self.start("threads", "late", "2")
        wait_blocked(q.pid, "read")
        run = self.attach("-p", q.pid, "-p", other.pid)
        run.wait_text(rf"^ *{q.pid}\| read\(0,")
        q.communicate(b"xx", timeout=harness.LIMIT)
        run.wait_text(rf"^ *{q.pid}\| Process exited normally with code 5$")
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 0)

    def test_together_with_a_command(self):
        p = self.start("waits", "pause")
        wait_blocked(p.pid, "pause")
        run = self.attach("-p", p.pid, self.program("die"), "0", "4")
        run.wait_text("exited normally")
        self.detach_after_command(run)

    def detach_after_command(self, run):
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 4)
        self.assertRegex(run.text(), r"Process detached\n\Z")

    def test_the_parent_sees_the_exit_of_a_traced_child(self):
        p = self.start("waits", "read")
        run = self.attach("-p", p.pid)
        run.wait_text(r"^read\(0,\Z")
        p.communicate(b"x", timeout=harness.LIMIT)
        self.assertEqual(p.returncode, 0)
        self.assertEqual(run.end(), 0)


class LetGo(TraceTest):
    """Nothing of it is noticed by who is let go."""

    def let_go(self, run):
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 0)

    def data(self, process, text):
        """Ends the program: its call was interrupted as often as the trace shows it, by attaching, and then got data."""
        out, _ = process.communicate(b"x", timeout=harness.LIMIT)
        shown = len(re.findall(r'(?m)(?:^| )write\(1, "interrupted', text))     # *write: the same one goes on
        self.assertEqual((process.returncode, out.decode()), (0, shown * "interrupted\n" + "data\n"))

    def test_a_call_that_a_stop_would_end(self):
        """As attaching does."""
        p = self.start("waits", "epoll")
        wait_blocked(p.pid, "epoll_pwait")
        run = self.run_trace("-p", p.pid)
        run.wait_text(r"^epoll_pwait\(\d+,\Z")
        wait_blocked(p.pid, "epoll_pwait")
        self.let_go(run)
        self.assertRegex(run.text(), r"(?m)^epoll_pwait\(\d+, <\.\.>\nProcess detached\n\Z")
        self.assertEqual(field(p.pid, "TracerPid"), "0")
        wait_blocked(p.pid, "epoll_pwait")
        self.data(p, run.text())

    def test_calls_that_come_one_after_the_other(self):
        """Detaching at the entry of one would end it as well."""
        for _ in range(20):
            p = self.start("waits", "epoll-often")
            run = self.run_trace("-p", p.pid)
            run.wait_text(r"(^epoll_pwait\(.*\) = 0$\n){3}")
            self.let_go(run)
            self.assertEqual(field(p.pid, "TracerPid"), "0")
            self.data(p, run.text())
            run.close()

    def test_a_process_that_makes_no_calls(self):
        p = self.start("waits", "spin")
        self.assertEqual(harness.read_line(p.stdout), b"ready\n")
        run = self.run_trace("-p", p.pid)
        run.wait_text("^Tracing")
        self.let_go(run)
        self.assertEqual(run.text(), f"Tracing waits (pid {p.pid})\nProcess detached\n")
        self.assertEqual((field(p.pid, "TracerPid"), harness.state(p.pid)), ("0", "R"))

    def test_a_signal_at_that_moment_is_not_lost(self):
        for how, call in ("signals", r"pause\(\) ="), ("signals-often", "gettid"):
            p = self.start("waits", how)
            self.assertEqual(harness.read_line(p.stdout), b"ready\n")
            for i in range(120):
                run = self.run_trace("-p", p.pid)
                run.wait_text(rf"^{call}")
                self.both(run.pid, signal.SIGINT, p.pid, signal.SIGUSR1, (i - 30) * 10000)
                self.assertEqual(run.end(), 0)
                self.assertEqual(harness.read_line(p.stdout), b"signal\n")
                run.close()
            self.assertEqual(field(p.pid, "TracerPid"), "0")

    @staticmethod
    def both(one, sig, other, others_sig, ns):
        """Two signals, the second so long after the first, or the other way round."""
        if ns < 0:
            one, sig, other, others_sig = other, others_sig, one, sig
        os.kill(one, sig)
        end = time.monotonic_ns() + abs(ns)
        while time.monotonic_ns() < end:
            pass
        os.kill(other, others_sig)

    def test_a_process_that_a_signal_has_stopped_meanwhile(self):
        p = self.start("waits", "pause")
        run = self.run_trace("-p", p.pid)
        run.wait_text(r"^pause\(\) =\Z")
        p.send_signal(signal.SIGSTOP)
        run.wait_text("SIGSTOP")
        wait_state(p.pid, "t")
        self.let_go(run)
        wait_state(p.pid, "T")
        self.assertEqual(field(p.pid, "TracerPid"), "0")
        p.send_signal(signal.SIGCONT)
        wait_blocked(p.pid, "pause")

    def test_while_a_command_is_traced_on(self):
        p, q = self.start("waits", "epoll"), self.start("waits", "signals")
        wait_blocked(p.pid, "epoll_pwait")
        self.assertEqual(harness.read_line(q.stdout), b"ready\n")
        run = self.run_trace("-p", p.pid, "-p", q.pid, self.program("waits"), "read", stdin=subprocess.PIPE)
        run.wait_text(r"\| epoll_pwait\(\d+,")
        run.wait_text(r"\| pause\(\) =")
        run.wait_text(r"\| read\(0,")
        run.signal(signal.SIGINT)
        for pid in p.pid, q.pid:
            run.wait_text(rf"^ *{pid}\| Process detached$")
        self.data(p, run.text())
        q.send_signal(signal.SIGUSR1)
        self.assertEqual(harness.read_line(q.stdout), b"signal\n")
        harness.until(lambda: field(q.pid, "TracerPid") == "0", "the process to be let go")
        wait_blocked(q.pid, "pause")
        run.process.communicate(b"x", timeout=harness.LIMIT)
        self.assertEqual(run.process.returncode, 0)
        self.assertNotRegex(run.text(), "= 1 .*data|SIGUSR1|epoll_pwait.*= 1")

    @staticmethod
    def all_of(f):
        f.seek(0)
        return f.read()

    def test_while_trace_waits_for_the_end_of_its_reader(self):
        """The process goes on although trace is still there, and its parent sees its end."""
        p = self.start("waits", "epoll")
        wait_blocked(p.pid, "epoll_pwait")
        reader, writer = os.pipe()
        with tempfile.NamedTemporaryFile("r") as f:
            run = subprocess.Popen([TRACE, "-o", f"|cat >{f.name}; echo read; read x <&{reader}", "-p", str(p.pid)],
                                   pass_fds=[reader], stdout=subprocess.PIPE)
            self.addCleanup(run.stdout.close)
            self.kill_at_end(run.pid)
            os.close(reader)
            harness.until(lambda: re.search(r"^epoll_pwait\(\d+,", self.all_of(f), re.M), "the call")
            wait_blocked(p.pid, "epoll_pwait")
            run.send_signal(signal.SIGINT)
            self.assertEqual(harness.read_line(run.stdout), b"read\n")
            self.data(p, self.all_of(f))
            self.assertIsNone(run.poll())
            os.close(writer)
            self.assertEqual(run.wait(timeout=harness.LIMIT), 0)


class Refused(TraceTest):
    def refused(self, pid, reason, *options):
        other = self.start("waits", "pause")
        wait_blocked(other.pid, "pause")
        r = subprocess.run([TRACE, *options, "-p", str(other.pid), "-p", str(pid)], capture_output=True, text=True,
                           timeout=harness.LIMIT, check=False)
        self.assertEqual((r.returncode, r.stdout), (1, ""))
        self.assertRegex(r.stderr, rf"^trace: cannot attach to pid {pid}: {reason}\n$")
        wait_blocked(other.pid, "pause")
        self.assertEqual(field(other.pid, "TracerPid"), "0")

    def test_a_process_that_does_not_exist(self):
        self.refused(4194304, "No such process")    # PID_MAX_LIMIT: no process has this number

    def test_one_whose_first_thread_has_ended(self):
        p = self.start("threads", "leader", "1", self.program("die"), "0", "6")
        self.assertEqual(harness.read_line(p.stdout), b"ready\n")
        wait_state(p.pid, "Z")
        self.refused(p.pid, "its first thread has ended; -f takes the others on")

    def test_one_that_has_ended(self):
        p = self.start("die", "0", "0")
        wait_state(p.pid, "Z")
        for options in [], ["-f"]:
            self.refused(p.pid, "it has ended", *options)

    def test_a_kernel_thread(self):
        self.refused(2, "it is a kernel thread")

    def test_a_process_that_another_traces(self):
        p = self.start("waits", "pause")
        q = self.start("tracer", str(p.pid))
        self.assertEqual(harness.read_line(q.stdout), b"ready\n")
        self.refused(p.pid, rf"tracer \(pid {q.pid}\) traces it")

    def test_trace_itself(self):
        r = subprocess.run(["/bin/sh", "-c", 'exec "$0" -p $$', TRACE], capture_output=True, text=True,
                           timeout=harness.LIMIT, check=False)
        self.assertEqual(r.returncode, 1)
        self.assertRegex(r.stderr, r"^trace: cannot attach to pid \d+: it is this trace itself\n$")


if __name__ == "__main__":
    harness.main()
