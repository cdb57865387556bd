"""Children and threads that are followed."""
import os
import re
import signal

import harness
from harness import TraceTest, children, wait_blocked



def of(lines, who):
    """The lines of one process, suspended calls put together again."""
    result = []
    for line in lines:
        prefix = re.match(r"^(P\d+)[|']([ *])", line)
        if not prefix or prefix.group(1) != who:
            continue
        text = line[prefix.end():]
        if prefix.group(2) == "*":
            for i in reversed(range(len(result))):
                head = result[i].removesuffix("<..>").rstrip()
                if result[i].endswith("<..>") and text.startswith(head):
                    del result[i]
                    break
        result.append(text)
    return result


class Children(TraceTest):
    def test_a_forked_child_follows_the_return_of_its_parent(self):
        for call in "fork", "clone":
            with self.subTest(call=call):
                lines = self.lines("forks", call, options=["-f"], calls=[call, "write", "exit_group", "wait4"])
                self.assertRegex(lines[0], rf"^{call}\(.*\) = P2$")
                self.assertEqual(lines[1], "P2| Tracing forks*F (pid P2)")
                self.assertRegex(lines[2], rf"^P2\| {call}\(.*\) = 0$")
                self.assertEqual(of(lines, "P2")[2:], [
                    'write(-1, "child", 5) = -1 [EBADF]',
                    "exit_group(3)",
                    "Process exited normally with code 3",
                ])

    def test_the_line_after_the_last_child_has_a_quote(self):
        lines = self.lines("forks", "fork", options=["-f"], calls=["wait4"])
        after = lines[lines.index("P2| Process exited normally with code 3") + 1:]
        self.assertRegex(after[0], r"^P1'")
        self.assertEqual([line for line in after[1:] if re.match(r"^P\d", line)], [])

    def test_vfork_returns_in_the_child_first(self):
        lines = self.lines("forks", "vfork", options=["-f"], calls=["vfork", "exit_group"])
        self.assertEqual(lines[:3], ["vfork() = <..>", "P2| Tracing forks*F (pid P2)", "P2| vfork() = 0"])
        self.assertEqual(of(lines, "P2")[2:], ["exit_group(3)", "Process exited normally with code 3"])
        self.assertTrue(any(re.match(r"^P1['|]\*vfork\(\) = P2$", line) for line in lines), lines)

    def test_one_made_through_another_abi(self):
        """What is not known of the call that made it is shown for the child as for its creator."""
        for number, vfork in (2, False), (120, False), (190, True):     # fork, clone, vfork
            with self.subTest(number=number):
                run = self.run_trace("-f", self.program("foreign"), number)
                if run.end() == 77:
                    self.skipTest("this kernel has no i386 calls")
                lines = harness.section(harness.normal(run.text()))
                self.assertRegex(lines[0], rf"^syscall_{number}\(.*\) = {r'<..>' if vfork else r'[1-9]'}")
                self.assertEqual(lines[1], "P2| Tracing foreign*F (pid P2)")
                self.assertRegex(of(lines, "P2")[1], rf"^syscall_{number}\(0x11, 0x0, 0x3, 0x4, 0x5, .*\) = 0$")
                self.assertEqual(of(lines, "P2")[2:], self.ENDING)

    def test_one_of_a_program_of_another_abi(self):
        if not os.path.exists(self.program("i386")):
            self.skipTest("cannot be built here")
        run = self.run_trace("-f", self.program("i386"))
        if run.end() == 126:
            self.skipTest("this kernel has no i386 programs")
        lines = harness.normal(run.text())
        self.assertEqual(lines[2:4], ["P2| Tracing i386*F (pid P2)", "P2| syscall_2(0x0, 0x0, 0x0, 0x0, 0x0, 0x0) = 0"])


    ENDING = ['write(-1, "child", 5) = -1 [EBADF]', "exit_group(3)", "Process exited normally with code 3"]

    def ending(self, lines):
        """What lines say of its end; its creator may have ended before, and the last one has no number."""
        return [text for text in (harness.PREFIX.sub("", line) for line in lines) if text in self.ENDING]

    def test_one_that_its_creator_hands_over(self):
        """With CLONE_PTRACE the kernel gives it to us, whether we follow or not."""
        lines = self.lines("clones", "ptrace", calls=["write"])
        self.assertEqual([line for line in lines if "SIGCHLD" not in line], [])
        lines = harness.normal(self.trace("clones", "ptrace", options=["-f"]))
        self.assertEqual(self.ending(lines), self.ENDING)

    def test_one_that_hides(self):
        """With CLONE_UNTRACED the kernel does not give it to us."""
        for options in [], ["-f"]:
            lines = self.lines("clones", "untraced", options=options, calls=["write"])
            self.assertEqual([line for line in lines if "SIGCHLD" not in line], [])

    def test_a_sibling(self):
        """With CLONE_PARENT it becomes a child of trace itself."""
        for options in [], ["-f"]:
            with self.subTest(options=options):
                lines = harness.normal(self.trace("clones", "parent", options=options))
                self.assertRegex(harness.section(lines)[0], r"^clone\(CLONE_PARENT\|SIGCHLD, .*\) = (\d+|P2)$")
                self.assertEqual(self.ending(lines), self.ENDING if options else [])


class Nested(TraceTest):
    """What is behind a result is what the program would be told, in namespaces too."""

    def results(self, scene, *calls):
        run = self.run_trace("-f", self.program("nested"), scene)
        if run.end() == 77:
            self.skipTest("such namespaces cannot be made here")
        lines = [harness.PREFIX.sub("", line) for line in harness.section(run.text().splitlines())]
        return [line for line in lines if line.startswith(calls) and not line.endswith("<..>")]

    def test_the_parent_of_a_process_in_a_pid_namespace(self):
        self.assertEqual(self.results("pids", "getpid"), ["getpid() = 1 (ppid=0)", "getpid() = 2 (ppid=1)"])

    def test_effective_ids_in_a_user_namespace(self):
        self.assertEqual(self.results("users", "getuid", "getgid"), ["getuid() = 3 (euid=14)", "getgid() = 15 (egid=16)"])


class Threads(TraceTest):
    def ready(self, *args):
        run = self.run_trace("-f", self.program("threads"), *args, stdin=harness.subprocess.PIPE)
        pid = run.command("threads")
        self.assertEqual(harness.read_line(run.process.stdout), b"ready\n")
        return run, pid, harness.threads(pid)

    def test_exit_group_ends_threads_inside_their_calls(self):
        run, pid, tids = self.ready("exit", "3")
        for tid in tids[1:]:
            wait_blocked(tid, "pause")
        run.process.stdin.write(b"x")
        self.assertEqual(run.end(), 5)
        text = run.text()
        self.assertEqual(len(tids), 4)
        self.assertEqual(text.count("Process exited normally with code 5\n"), 4)
        for tid in tids[1:]:
            self.assertRegex(text, rf"(?m)^ *{tid}\|[ *]pause\(\) = <\.\.>$")
            self.assertNotRegex(text, rf"(?m)^ *{tid}\|\*pause")

    def test_exec_in_another_thread_takes_the_leader_s_id(self):
        for how in "exec", "leader":
            with self.subTest(how=how):
                run, pid, tids = self.ready(how, "1", self.program("die"), "0", "6")
                self.assertEqual(len(tids), 3)
                wait_blocked(tids[1], "pause")
                wait_blocked(tids[2], "read")
                if how == "exec":
                    wait_blocked(pid, "pause")
                else:
                    harness.wait_state(pid, "Z")
                run.process.stdin.write(b"x")
                self.assertEqual(run.end(), 6)
                text = run.text()
                self.assertRegex(text, rf"(?m)^ *{tids[2]}\| execve\(.*<\.\.>\n")
                self.assertRegex(text, rf"(?m)^ *{pid}'\*execve\(.*\)\n---\nTracing die \(pid {pid}\)$")
                self.assertRegex(text, rf"(?m)^ *{tids[1]}\| Process exited normally with code 0$")
                self.assertNotRegex(text, rf"(?m)^ *{tids[2]}\| Process")

    def test_a_thread_is_not_marked_as_a_forked_image(self):
        run, pid, tids = self.ready("wait", "1")
        run.wait_text(rf"Tracing threads \(pid {tids[1]}\)$")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(run.end(), -signal.SIGKILL)
        self.assertEqual(len(re.findall("Process terminated from signal SIGKILL", run.text())), 2)


class Followed(TraceTest):
    def test_the_first_interrupt_detaches_followed_children(self):
        """They are let go when the call returns that they are in."""
        run = self.run_trace("-f", "/bin/sh", "-c", f"{self.program('waits')} signals & wait")
        shell = run.command("sh")
        child = harness.until(lambda: [c for c in children(shell) if harness.blocked(c, "pause")], "the child")[0]
        self.kill_at_end(child)
        self.assertEqual(harness.read_line(run.process.stdout), b"ready\n")
        run.signal(signal.SIGINT)
        run.wait_text(rf"^ *{child}\| Process detached$")
        os.kill(child, signal.SIGUSR1)
        self.assertEqual(harness.read_line(run.process.stdout), b"signal\n")
        harness.until(lambda: harness.field(child, "TracerPid") == "0", "the child to be let go")
        wait_blocked(child, "pause")
        os.kill(child, signal.SIGKILL)
        run.end()
        self.assertNotIn("** SIGUSR1", run.text())
        self.assertIn("Tracing sh ", run.text())
        self.assertRegex(run.text(), r"Process exited normally with code \d+\n\Z")

    def test_children_that_come_after_the_interrupt_are_not_followed(self):
        run = self.run_trace("-f", "/bin/sh", "-c", f"read x; {self.program('waits')} pause & wait; exit 3",
                             stdin=harness.subprocess.PIPE)
        shell = run.command("sh")
        harness.until(lambda: harness.blocked(shell, "read") and harness.field(shell, "TracerPid") != "0", "the shell")
        run.interrupt(signal.SIGTERM)
        run.process.stdin.write(b"\n")
        run.process.stdin.flush()
        child = harness.until(lambda: [c for c in children(shell) if harness.blocked(c, "pause")], "the child")[0]
        self.kill_at_end(child)
        self.assertEqual(harness.field(child, "TracerPid"), "0")
        os.kill(child, signal.SIGKILL)
        self.assertEqual(run.end(), 3)
        self.assertEqual(len(re.findall("^(?! INFO).*Tracing", run.text(), re.M)), 1)
        self.assertNotIn("detached", run.text())

    def test_threads_that_come_after_the_interrupt_are(self):
        run = self.run_trace("-f", self.program("threads"), "late", "2", stdin=harness.subprocess.PIPE)
        pid = run.command("threads")
        harness.until(lambda: harness.blocked(pid, "read") and harness.field(pid, "TracerPid") != "0", "the program")
        run.interrupt(signal.SIGINT)
        run.process.stdin.write(b"xx")
        self.assertEqual(run.end(), 5)
        self.assertEqual(len(re.findall("Process exited normally with code 5", run.text())), 3)
        self.assertNotIn("detached", run.text())

    def test_children_outlive_a_killed_trace_and_its_command(self):
        run = self.run_trace("-f", "/bin/sh", "-c", f"{self.program('waits')} pause & wait")
        shell = run.command("sh")
        child = harness.until(lambda: [c for c in children(shell) if harness.blocked(c, "pause")], "the child")[0]
        self.kill_at_end(child)
        run.signal(signal.SIGKILL)
        run.process.wait(timeout=harness.LIMIT)
        harness.until(lambda: not harness.pid_alive(shell), "the command to die")
        wait_blocked(child, "pause")
        self.assertEqual(harness.field(child, "TracerPid"), "0")


if __name__ == "__main__":
    harness.main()
