"""What goes wrong around killsnoop: a message says what it was, and nothing stays in tracefs."""
import os
import pty
import random
import resource
import signal
import subprocess
import termios
import time
import unittest

import snoop

SANITIZED = os.environ.get("SANITIZED") == "yes"


class Limits(snoop.TestCase):
    def limited(self, what, limit, *args):
        def prepare():
            resource.setrlimit(what, (limit, limit))
        p = subprocess.Popen([snoop.KILLSNOOP, "-d", "0.01", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, preexec_fn=prepare)
        snoop.Snoop.started.append(p.pid)
        try:
            out, err = p.communicate(timeout=snoop.LIMIT)
        finally:
            p.kill()
            p.wait()
        self.assertNotIn(f"killsnoop.{p.pid}", snoop.instances())
        if p.returncode == 127 or p.returncode == -signal.SIGSEGV and not err:  # before its own code: the loader
            return None
        return p.returncode, out, err

    def check(self, what, limits, message, *args):
        """With some limits it works, with lower ones it says why not."""
        worked = set()
        for limit in limits:
            with self.subTest(limit=limit):
                result = self.limited(what, limit, *args)
                if result is None:
                    continue
                status, out, err = result
                self.assertIn(status, (0, 1))
                if status == 0:
                    self.assertEqual(err, snoop.NOTICE + snoop.ENDING)
                    self.assertTrue(out)
                else:
                    self.assertRegex(err, rf"(?m)^killsnoop: .*{message}")
                worked.add(status == 0)
        self.assertEqual(worked, {False, True})

    def test_no_descriptors(self):
        self.check(resource.RLIMIT_NOFILE, range(4, 24), "Too many open files")

    @unittest.skipIf(SANITIZED, "a sanitizer needs all the address space there is")
    def test_no_memory(self):
        least = self.least_to_load(2 << 20, 64 << 20)
        self.check(resource.RLIMIT_AS, [*range(least, least + (1 << 20), 1 << 15), 64 << 20], "Cannot allocate memory")

    def least_to_load(self, low, high):
        """The address space in which the program can just be loaded: one page less is too little."""
        while high - low > resource.getpagesize():
            middle = (low + high) // 2 & -resource.getpagesize()
            if self.limited(resource.RLIMIT_AS, middle) is None:
                low = middle
            else:
                high = middle
        return high


@unittest.skipIf(SANITIZED, "a sanitizer needs /proc itself")
class Proc(snoop.TestCase):
    def test_not_mounted(self):
        """Names of processes that began earlier come from there; everything else does not."""
        p = subprocess.Popen(["unshare", "--mount", "sh", "-c", 'umount -l /proc; exec "$0" -s', snoop.KILLSNOOP],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        snoop.Snoop.started.append(p.pid)
        try:
            self.assertEqual(p.stderr.readline(), snoop.NOTICE)
            (pid, _), = snoop.program("burst", 3)
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=snoop.LIMIT)
        finally:
            p.kill()
            p.wait()
            p.stdout.close()
            p.stderr.close()
        self.assertEqual((p.returncode, err), (0, snoop.ENDING))
        rows = [line.split() for line in out.splitlines()]
        self.assertEqual([row[0] for row in rows if row[1] == pid], ["snoop-burst"] * 3)


class Moments(snoop.TestCase):
    """A signal at any moment, from before its first call on."""

    def at_random(self, sig, rounds):
        rng = random.Random(int(sig))
        for _ in range(rounds):
            p = subprocess.Popen([snoop.KILLSNOOP, rng.choice(["-a", "-k", "-ak", "-s"])], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.random() * 0.05)
            p.send_signal(sig)
            status = p.wait(timeout=snoop.LIMIT)
            yield p.pid, status

    def test_stopped_at_any_moment(self):
        for sig in signal.SIGINT, signal.SIGTERM:
            for pid, status in self.at_random(sig, 30):
                self.assertIn(status, (0, -sig))    # by the signal: before it had done anything
                self.assertNotIn(f"killsnoop.{pid}", snoop.instances())

    def test_killed_at_any_moment(self):
        killed = []
        for pid, status in self.at_random(signal.SIGKILL, 30):
            self.assertEqual(status, -signal.SIGKILL)
            killed.append(f"killsnoop.{pid}")
        self.snooped(["burst", 1])
        self.assertEqual([name for name in snoop.instances() if name in killed], [])


class Terminal(snoop.TestCase):
    def test_an_interrupt_that_is_typed(self):
        """The terminal shows it as ^C, which is a line of its own then.

        It does so when it has sent the signal, perhaps after what comes of that.
        """
        pid, master = pty.fork()
        if pid == 0:
            os.execl(snoop.KILLSNOOP, "killsnoop", "-p", str(os.getppid()))     # which sends none
        snoop.Snoop.started.append(pid)
        got = b""
        while b"RETURN\r\n" not in got:
            got += os.read(master, 4096)
        os.write(master, b"\x03")
        while b"Ending tracing...\r\n" not in got:
            got += os.read(master, 4096)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        os.close(master)
        self.assertRegex(got.replace(b"^C", b""), rb"RETURN\r\n\r\nEnding tracing...\r\n")


class Stopped(snoop.TestCase):
    def test_nothing_is_lost_while_it_is_stopped(self):
        burst = snoop.waiting(1000)
        s = snoop.Snoop("-p", burst.pid)    # what others do takes no room meanwhile
        s.process.send_signal(signal.SIGSTOP)
        burst.communicate(b"\n", timeout=snoop.LIMIT)
        s.process.send_signal(signal.SIGCONT)
        self.assertEqual((s.end(), s.err), (0, snoop.ENDING))
        self.assertEqual(len(s.lines()), 1001)

    def test_a_stopped_terminal(self):
        """The first signal waits for the rows to be seen, the second does not."""
        for n in 1, 20000:
            with self.subTest(n=n):
                master, slave = os.openpty()
                p = subprocess.Popen([snoop.KILLSNOOP, "-p", str(os.getpid())], stdin=slave, stdout=slave, stderr=slave)
                snoop.Snoop.started.append(p.pid)
                self.addCleanup(p.wait)
                self.addCleanup(p.kill)
                got = b""
                while b"RETURN\r\n" not in got:
                    got += os.read(master, 4096)
                termios.tcflow(slave, termios.TCOOFF)
                for _ in range(n):
                    os.kill(os.getpid(), 0)
                p.send_signal(signal.SIGTERM)
                p.send_signal(signal.SIGINT)
                self.assertEqual(p.wait(timeout=snoop.LIMIT), 0)
                os.close(master)
                os.close(slave)


if __name__ == "__main__":
    snoop.main()
