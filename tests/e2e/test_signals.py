"""Signals outside of calls and inside them."""
import os
import signal

import harness
from harness import TraceTest, wait_blocked, wait_state



class Outside(TraceTest):
    def test_a_signal_is_a_line_of_its_own_after_the_call_that_sent_it(self):
        lines = self.lines("signals", "self")
        self.assertRegex(lines[0], r"^kill\(\w+, SIGUSR1\) = 0$")
        self.assertEqual(lines[1:], ["** SIGUSR1 **", "rt_sigreturn()", "---"])

    def test_consecutive_signals_share_a_line(self):
        lines = self.lines("signals", "pending")
        self.assertEqual(lines[1:], ["** SIGUSR1 ** ** SIGUSR2 **", "rt_sigreturn()", "---", "rt_sigreturn()", "---"])

    def test_with_v_a_signal_says_what_the_kernel_told_of_it(self):
        pid = r"si_pid=\d+"
        self.assertRegex("\n".join(self.lines("signals", "pending", options=["-v"])),
                         rf"(?m)^\*\* SIGUSR1 {{si_signo=SIGUSR1, si_code=SI_USER, {pid}, si_uid=0, \.\.}} \*\* "
                         rf"\*\* SIGUSR2 {{si_signo=SIGUSR2, si_code=SI_USER, {pid}, si_uid=0, \.\.}} \*\*$")
        self.assertIn("** SIGUSR1 **", self.lines("signals", "self", options=["-v", "-nn"]))
        self.assertRegex(self.trace("signals", "self", options=["-vn"]), r"\*\* SIGUSR1 {si_signo=10, si_code=0, ")

    def test_real_time_signals_have_names(self):
        self.assertIn("** SIGRTMIN+3 **", self.lines("signals", "realtime"))

    def test_a_program_s_own_sigtrap_reaches_it(self):
        self.assertEqual(self.lines("signals", "trap")[-3:], ["** SIGTRAP **", "rt_sigreturn()", "---"])

    def test_death(self):
        self.assertEqual(self.lines("die", "15", status=-15)[-2:],
                         ["** SIGTERM **", "Process terminated from signal SIGTERM"])


class Inside(TraceTest):
    def waiting(self, call, *handler):
        """A program that blocks in a call, its standard input open."""
        reader, self.writer = os.pipe()
        run = self.run_trace(self.program("waits"), call, *handler, stdin=reader)
        os.close(reader)
        self.addCleanup(self.close_writer)
        self.call = call
        pid = run.command("waits")
        wait_blocked(pid, self.call)
        return run, pid

    def close_writer(self):
        if self.writer is not None:
            os.close(self.writer)
            self.writer = None

    def finish(self, run, status=0):
        self.assertEqual(run.end(), status)
        return harness.section(harness.normal(run.text()))

    def test_a_handler_ends_a_call_with_eintr(self):
        run, pid = self.waiting("read", "plain")
        os.kill(pid, signal.SIGUSR1)
        self.assertEqual(self.finish(run), [
            "read(0, ** SIGUSR1 ** &0x.., 1) = -1 [EINTR]",
            "---",
            "rt_sigreturn()",
            "---",
        ])

    def test_pause_ends_even_with_sa_restart(self):
        run, pid = self.waiting("pause", "restart")
        os.kill(pid, signal.SIGUSR1)
        self.assertEqual(self.finish(run)[:2], ["pause() = ** SIGUSR1 ** -1 [EINTR]", "---"])

    def test_sleep_ends_with_eintr(self):
        run, pid = self.waiting("nanosleep", "restart")
        os.kill(pid, signal.SIGUSR1)
        lines = self.finish(run)
        self.assertRegex(lines[0], r"^nanosleep\(.*\*\* SIGUSR1 \*\* .*-1 \[EINTR\]$")
        self.assertEqual(lines[1], "---")

    def test_a_restarted_call_is_a_new_line_after_the_handler(self):
        run, pid = self.waiting("read", "restart")
        os.kill(pid, signal.SIGUSR1)
        run.wait_text(r"^rt_sigreturn(.*\n)*read\(0,\Z")
        os.write(self.writer, b"x")
        self.assertEqual(self.finish(run), [
            "read(0, ** SIGUSR1 ** <..>",
            "---",
            "rt_sigreturn()",
            "---",
            'read(0, "x", 1) = 1',
        ])

    def test_a_call_goes_on_after_a_signal_without_a_handler(self):
        for call in "read", "pause", "nanosleep":
            with self.subTest(call=call):
                run, pid = self.waiting(call)
                os.kill(pid, signal.SIGWINCH)
                run.wait_text(r"SIGWINCH \*\*\Z")
                wait_blocked(pid, "restart_syscall" if call == "nanosleep" else call)
                os.kill(pid, signal.SIGURG)
                run.wait_text(r"\*\* SIGWINCH \*\* \*\* SIGURG \*\*\Z")
                os.kill(pid, signal.SIGTERM)
                lines = self.finish(run, -signal.SIGTERM)
                self.assertRegex(lines[0], r"\*\* SIGWINCH \*\* \*\* SIGURG \*\* \*\* SIGTERM \*\* <\.\.>$")
                self.assertEqual(lines[1:], ["Process terminated from signal SIGTERM"])

    def test_a_call_that_went_on_shows_its_result(self):
        run, pid = self.waiting("read")
        os.kill(pid, signal.SIGWINCH)
        run.wait_text(r"SIGWINCH \*\*\Z")
        wait_blocked(pid, "read")
        os.write(self.writer, b"y")
        self.assertEqual(self.finish(run), ['read(0, ** SIGWINCH ** "y", 1) = 1'])

    def test_a_stopped_program_stays_stopped_until_sigcont(self):
        run, pid = self.waiting("read")
        os.kill(pid, signal.SIGSTOP)
        run.wait_text(r"SIGSTOP \*\*\Z")
        wait_state(pid, "tT")
        os.write(self.writer, b"z")
        run.signal(signal.SIGUSR1)  # a whole round of trace's loop, in which nothing may come from the program
        run.wait_text("^ INFO.*read call$")
        self.assertIn(harness.state(pid), "tT")
        os.kill(pid, signal.SIGCONT)
        lines = self.finish(run)
        self.assertEqual(lines[0], "read(0, ** SIGSTOP ** <..>")
        self.assertEqual(lines[2], "P1'*read(0, ** SIGCONT ** \"z\", 1) = 1")

    def test_sigkill_inside_a_call(self):
        run, pid = self.waiting("read")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.finish(run, -signal.SIGKILL),
                         ["read(0, <..>", "Process terminated from signal SIGKILL"])

    def test_a_call_that_a_filter_refuses_has_no_result(self):
        """SIGSYS takes its place; what the register holds is not a result."""
        self.assertEqual(self.lines("refused", "caught"),
                         ["getuid() = ** SIGSYS ** <..>", "---", "rt_sigreturn()", "---"])
        self.assertEqual(self.lines("refused", "deadly", status=-signal.SIGSYS),
                         ["getuid() = ** SIGSYS ** <..>", "Process terminated from signal SIGSYS"])
        self.assertEqual(self.lines("refused", "kill", status=-signal.SIGSYS),
                         ["getuid() = <..>", "Process terminated from signal SIGSYS"])

    def test_two_signals_with_handlers(self):
        run, pid = self.waiting("pause", "plain")
        os.kill(pid, signal.SIGSTOP)
        run.wait_text(r"SIGSTOP \*\*\Z")
        os.kill(pid, signal.SIGUSR1)
        os.kill(pid, signal.SIGUSR2)
        os.kill(pid, signal.SIGCONT)
        lines = self.finish(run)
        self.assertEqual(lines[1], "---")
        self.assertEqual(lines[-4:], ["rt_sigreturn()", "---"] * 2)


if __name__ == "__main__":
    harness.main()
