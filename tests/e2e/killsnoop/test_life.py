"""From start to end: who may, what stays behind, what is lost, who was it."""
import ctypes
import itertools
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import snoop

BURST = 1000000


def run(*command, **popen):
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       timeout=snoop.LIMIT, **popen)
    return p.returncode, p.stdout, p.stderr


class Names(snoop.TestCase):
    def test_processes_that_are_gone_at_once_have_their_names(self):
        s, said = self.snooped(["shortlived", 2000])
        rows = [line.split()[:2] for line in s.lines()[1:]]
        found = [(pid, comm) for comm, pid in rows if comm.startswith("name-")]
        self.assertEqual(len(said), 2000)
        self.assertEqual(sorted(found), sorted((pid, name) for pid, name in said))

    def test_a_sender_in_a_pid_namespace(self):
        """The argument is the sender's number of the target; with -a it is the kernel's."""
        script = "sleep 1000 & kill -CONT $!; kill -KILL $!; wait; echo done"
        for option, own in ("-s", True), ("-as", False):
            s = snoop.Snoop(option, "-S", "CONT,KILL", "-n", "^nssh$")
            with tempfile.TemporaryDirectory() as d:
                shell = f"{d}/nssh"
                os.symlink(shutil.which("sh"), shell)
                status, out, err = run("unshare", "--pid", "--fork", "--mount-proc", shell, "-c", script)
            self.assertEqual(s.end(), 0)
            self.assertIn("done", out, err)
            targets = {line.split()[2] for line in s.lines()[1:]}
            self.assertEqual(len(targets), 1, s.text)
            self.assertEqual(int(targets.pop()) < 10, own, s.text)

    def test_a_target_by_the_number_of_the_kernel(self):
        """-a -T finds a sender that knows its target by another number, and -k does not blame the kernel."""
        target = subprocess.Popen(["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c",
                                   "sleep 1000 & echo $!; read x; kill -CONT $!; kill -KILL $!; wait"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        inside = int(target.stdout.readline())
        deadline, children = time.monotonic() + snoop.LIMIT, []
        while not children and time.monotonic() < deadline:  # its exec may still be to come
            children = [int(p) for p in os.listdir("/proc") if p.isdigit() and self.numbers(p)[1:] == [inside]
                        and self.command(p) == "sleep"]
        self.assertEqual(len(children), 1)
        s = snoop.Snoop("-aks", "-T", children[0])
        target.communicate(b"\n", timeout=snoop.LIMIT)
        self.assertEqual(s.end(), 0)
        rows = [line.split()[2:5] for line in s.lines()[1:]]
        self.assertEqual(rows, [[str(children[0]), name, "kill"] for name in ("SIGCONT", "SIGKILL")])

    @staticmethod
    def numbers(pid):
        """The numbers of a process in all namespaces, the outermost first."""
        try:
            with open(f"/proc/{pid}/status", encoding="latin-1") as f:
                return [int(n) for n in re.search(r"^NSpid:(.*)$", f.read(), re.M)[1].split()]
        except OSError:
            return []

    @staticmethod
    def command(pid):
        try:
            with open(f"/proc/{pid}/comm", encoding="latin-1") as f:
                return f.read().strip()
        except OSError:
            return ""


class Process(snoop.TestCase):
    def test_only_one_process_with_all_its_threads(self):
        source = "import os, threading\n" \
                 "input()\n" \
                 "t = threading.Thread(target=lambda: os.kill(os.getpid(), 0)); t.start(); t.join()\n" \
                 "os.kill(os.getpid(), 0)\n" \
                 "if os.fork() == 0: os.kill(os.getpid(), 0); os._exit(0)\n" \
                 "os.wait()\n"
        p = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE)
        s = snoop.Snoop("-p", p.pid)
        snoop.program("sender")
        p.communicate(b"\n", timeout=snoop.LIMIT)
        self.assertEqual(s.end(), 0)
        self.assertEqual([line.split()[1:4] for line in s.lines()[1:]], [[str(p.pid), str(p.pid), "0"]] * 2)

    def test_its_target_is_a_process_too(self):
        """Though the births of other processes are not seen."""
        source = "import subprocess, sys\n" \
                 "input()\n" \
                 "subprocess.run([sys.executable, '-c', sys.argv[1]])\n"
        target = "import signal, threading\n" \
                 "signal.signal(signal.SIGUSR1, signal.SIG_IGN)\n" \
                 "t = threading.Thread(target=input)\n" \
                 "t.start()\n" \
                 "import os\n" \
                 "print(os.getpid(), t.native_id, flush=True)\n"
        parent = subprocess.Popen([sys.executable, "-c", source, target], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        r, w = os.pipe()
        s = snoop.Snoop("-a", "-p", os.getpid(), "-S", "USR1", stdout=w)
        os.close(w)
        parent.stdin.write("\n")
        parent.stdin.flush()
        pid, tid = map(int, parent.stdout.readline().split())
        self.assertEqual(ctypes.CDLL(None).tgkill(pid, tid, signal.SIGUSR1), 0)
        with os.fdopen(r) as pipe:
            pipe.readline()
            self.assertEqual(pipe.readline().split()[2:5], [str(pid), "10", "tgkill"])
            self.assertEqual(s.end(), 0)
        parent.communicate("\n", timeout=snoop.LIMIT)

    def test_no_such_process(self):
        self.assertEqual(run(snoop.KILLSNOOP, "-p", "4194304"), (1, "", "killsnoop: process 4194304: No such process\n"))

    def test_a_thread_is_not_a_process(self):
        go = threading.Event()
        thread = threading.Thread(target=go.wait)
        thread.start()
        tid = thread.native_id
        self.assertEqual(run(snoop.KILLSNOOP, "-p", str(tid), "-d", "0.1"),
                         (1, "", f"killsnoop: {tid} is a thread of process {os.getpid()}\n"))
        go.set()
        thread.join()


class OtherEvents:
    """Counts the events of the kinds that killsnoop [-a] needs and that are not of the calls of one process."""
    calls = ["tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"]
    events = ["task/task_newtask", "task/task_rename", "sched/sched_process_exit"]

    def __init__(self, pid, every_call):
        self.instance = snoop.TRACING / "instances" / f"killsnoop-test.{os.getpid()}"
        self.instance.mkdir()
        self.write("buffer_size_kb", "4")
        calls = ["kill", *(self.calls if every_call else [])]
        for event in [f"syscalls/sys_{half}_{call}" for call in calls for half in ("enter", "exit")]:
            if (self.instance / "events" / event).is_dir():  # older kernels have fewer calls
                self.write(f"events/{event}/filter", f"common_pid != {pid}")
                self.write(f"events/{event}/enable", "1")
        for event in [*self.events, *(["signal/signal_generate"] if every_call else [])]:
            self.write(f"events/{event}/enable", "1")

    def write(self, name, text):
        (self.instance / name).write_text(text)

    def count(self):
        """Of those that are in the buffers, and those that had to leave them."""
        self.write("tracing_on", "0")
        stats = "".join(p.read_text() for p in self.instance.glob("per_cpu/cpu*/stats"))
        return sum(map(int, re.findall(r"^(?:entries|overrun|commit overrun|dropped events): (\d+)$", stats, re.M)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.instance.rmdir()


class Losses(snoop.TestCase):
    def test_a_million_in_a_burst(self):
        s, said = self.snooped(["burst", BURST], *os.environ.get("BURST_OPTIONS", "").split())
        self.assertEqual(sum(line.split()[1] == said[0][0] for line in s.lines()), BURST)

    def test_bursts_on_all_cpus(self):
        """Senders that leave it no CPU of its own."""
        senders = 4 * os.cpu_count()
        s = snoop.Snoop(*os.environ.get("BURST_OPTIONS", "").split())
        bursts = [subprocess.Popen([snoop.PROGRAMS + "burst", str(BURST // senders)], stdout=subprocess.DEVNULL)
                  for _ in range(senders)]
        for burst in bursts:
            burst.wait(timeout=snoop.LIMIT)
        self.assertEqual((s.end(), s.err), (0, snoop.ENDING))
        pids = {str(burst.pid) for burst in bursts}
        self.assertEqual(sum(line.split()[1] in pids for line in s.lines()), BURST // senders * senders)

    def test_rows_and_losses_add_up(self):
        """Each call is two events: in a row, as a half, or lost."""
        for options in itertools.product(["-b4", "-b16", "-b4096"], ["", "-a"], ["", "-d1000"]):
            given = [option for option in options if option]
            with self.subTest(options=given, which="those of the sender only"):
                with self.sender() as sender:
                    self.assertEqual(self.account(sender, *given, "-p", sender.pid), 0)
            with self.subTest(options=given, which="all"):
                with self.sender() as sender, OtherEvents(sender.pid, "-a" in given) as others:
                    more = self.account(sender, *given)
                    self.assertLessEqual(0, more)
                    self.assertLessEqual(more, others.count())

    n = 50000

    def sender(self):
        return subprocess.Popen([snoop.PROGRAMS + "burst", str(self.n), "wait"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)

    def account(self, sender, *options):
        """How many events it accounts for, beyond those of the calls of a burst."""
        s = snoop.Snoop(*options)
        sender.stdin.write(b"\n")
        sender.stdin.flush()
        sender.stdout.readline()
        self.assertEqual(s.end(), 0)
        lost, halves = snoop.lost(s.err)
        rows = sum(line.split()[1] == str(sender.pid) for line in s.lines())
        if "-b4" in options:
            self.assertGreater(lost, 0)
            self.assertLess(rows, self.n)
        return 2 * rows + lost + halves - 2 * self.n

    def test_it_says_that_it_loses_events(self):
        s = snoop.Snoop("-b", 4)
        snoop.program("burst", BURST)
        self.assertEqual(s.end(), 0)
        self.assertRegex(s.err, r"^killsnoop: lost \d+ events: the buffers were full \(-b makes them larger\)\n")

    def test_a_duration_keeps_the_beginning(self):
        burst = snoop.waiting(10000)
        s = snoop.Snoop("-d", 1000, "-b", 64, "-p", burst.pid)  # what others do takes no room meanwhile
        burst.communicate(b"\n", timeout=snoop.LIMIT)
        self.assertEqual(s.end(), 0)
        rows = len(s.lines()) - 1
        self.assertGreater(rows, 500)
        self.assertLess(rows, 10000)


class Ends(snoop.TestCase):
    def test_every_signal_to_stop(self):
        for how in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT:
            s = snoop.Snoop()
            self.assertEqual((s.end(how), s.err), (0, snoop.ENDING))
            self.assertNotIn(f"killsnoop.{s.pid}", snoop.instances())

    def test_nohup(self):
        """A hangup that is ignored already stays ignored; the other signals end it even then, as in `killsnoop &`."""
        s = snoop.Snoop(prefix=["sh", "-c", 'trap "" HUP INT; exec "$0" "$@"'])
        s.process.send_signal(signal.SIGHUP)
        (pid, _), = snoop.program("burst", 3)
        self.assertEqual((s.end(), s.err), (0, snoop.ENDING))
        self.assertEqual(sum(line.split()[1] == pid for line in s.lines()), 3)

    def test_a_duration_ends_by_itself(self):
        duration, in_time = 0.3, False
        while not in_time:
            begin = time.monotonic()
            s = snoop.Snoop("-d", duration)
            (pid, _), = snoop.program("burst", 3)
            in_time = time.monotonic() < begin + duration   # it ends later than that
            self.assertEqual((s.wait(), s.err), (0, snoop.ENDING))
            self.assertGreaterEqual(time.monotonic(), begin + duration)
            rows = sum(line.split()[1] == pid for line in s.lines())
            self.assertTrue(rows == 3 or not in_time)
            duration *= 4

    def test_a_reader_that_goes_away(self):
        """`killsnoop | head -2` ends without waiting for a third row."""
        r, w = os.pipe()
        s = snoop.Snoop(stdout=w)
        os.close(w)
        snoop.program("burst", 1)
        with os.fdopen(r) as pipe:
            pipe.readline()
            pipe.readline()
        self.assertEqual((s.wait(), s.err), (0, snoop.ENDING))

    def test_a_row_is_in_the_pipe_at_once(self):
        burst = snoop.waiting(1)
        r, w = os.pipe()
        s = snoop.Snoop("-p", burst.pid, stdout=w)  # rows of others would fill the pipe, when nobody reads any more
        os.close(w)
        with os.fdopen(r) as pipe:
            pipe.readline()
            burst.communicate(b"\n", timeout=snoop.LIMIT)
            self.assertEqual(pipe.readline().split()[1], str(burst.pid))	# or the watchdog ends this
            self.assertEqual(s.end(), 0)

    def test_a_reader_that_does_not_read(self):
        r, w = os.pipe()
        s = snoop.Snoop(stdout=w)
        snoop.program("burst", 20000)	# more than fits into a pipe
        s.process.send_signal(signal.SIGINT)
        s.process.send_signal(signal.SIGTERM)
        self.assertEqual(s.wait(), 0)
        os.close(r)
        os.close(w)

    def test_a_reader_that_is_slow(self):
        """Interrupted while the pipe is full, it writes all that happened before."""
        burst = snoop.waiting(20000)
        r, w = os.pipe()
        s = snoop.Snoop("-p", burst.pid, stdout=w)  # what others do takes no room meanwhile
        burst.communicate(b"\n", timeout=snoop.LIMIT)
        while select.select([], [w], [], 0)[1]:
            self.assertIsNone(s.process.poll())     # the watchdog ends this
        os.close(w)
        s.process.send_signal(signal.SIGINT)
        while self.is_pending(s.pid, signal.SIGINT) and s.process.poll() is None:
            pass
        with os.fdopen(r) as pipe:
            rows = sum(1 for _ in pipe) - 1
        self.assertEqual((s.wait(), s.err), (0, snoop.ENDING))
        self.assertEqual(rows, 20000)

    @staticmethod
    def is_pending(pid, sig):
        with open(f"/proc/{pid}/status", encoding="latin-1") as f:
            return bool(int(re.search(r"^ShdPnd:\t(.*)$", f.read(), re.M)[1], 16) >> (sig - 1) & 1)

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            s = snoop.Snoop("-d", 1000, stdout=full)
            self.assertEqual(s.wait(), 1)
        self.assertIn("killsnoop: standard output: No space left on device\n", s.notice + s.err)

    def test_a_standard_output_that_is_not_open(self):
        p = subprocess.run(["sh", "-c", 'exec "$0" >&-', snoop.KILLSNOOP], stdin=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, timeout=snoop.LIMIT)
        self.assertEqual(p.returncode, 1)
        self.assertIn("killsnoop: standard output: Bad file descriptor\n", p.stderr)

    def test_no_standard_descriptor_is_open(self):
        """What it opens itself must not be taken for one of them."""
        p = subprocess.run(["sh", "-c", 'exec "$0" <&- >&- 2>&-', snoop.KILLSNOOP], timeout=snoop.LIMIT)
        self.assertEqual(p.returncode, 1)

    def test_one_that_is_killed_is_cleared_away_by_the_next(self):
        first, second = snoop.Snoop(), snoop.Snoop()
        name = f"killsnoop.{second.pid}"
        with open(snoop.TRACING / "instances" / name / "tracing_on", encoding="ascii") as f:    # nobody removes it now
            second.end(signal.SIGKILL)
            self.assertIn(name, snoop.instances())
            self.assertEqual(f.read(), "0\n")	# costs nothing any more
        third = snoop.Snoop()
        self.assertNotIn(name, snoop.instances())
        (pid, _), = snoop.program("burst", 100)
        for s in first, third:
            self.assertEqual((s.end(), s.err), (0, snoop.ENDING))
            self.assertEqual(sum(line.split()[1] == pid for line in s.lines()), 100)


def global_state():
    """What another user of the tracer could notice."""
    names = ["current_tracer", "tracing_on", "set_event", "trace_clock", "buffer_size_kb", "buffer_percent", "trace",
             "set_event_pid", "tracing_cpumask", "trace_options", "events/enable",
             "events/syscalls/enable", "events/syscalls/sys_enter_kill/filter", "events/task/enable"]
    return {name: (snoop.TRACING / name).read_text() for name in names if (snoop.TRACING / name).exists()}


class Others(snoop.TestCase):
    def test_the_shared_tracer_is_not_touched(self):
        before = global_state()
        s = snoop.Snoop("-ak", "-T", 1)
        during = global_state()
        snoop.program("sender")
        s.end()
        self.assertEqual(before, during)
        self.assertEqual(before, global_state())

    def test_only_the_owner_may_look(self):
        s = snoop.Snoop()
        mode = (snoop.TRACING / "instances" / f"killsnoop.{s.pid}").stat().st_mode
        self.assertEqual(mode & 0o777, 0o700)
        s.end()


class Refusals(snoop.TestCase):
    def as_nobody(self, *args):
        with tempfile.TemporaryDirectory() as d:
            os.chmod(d, 0o755)
            copy = shutil.copy(snoop.KILLSNOOP, d)
            return run(copy, *args, user=65534, group=65534, extra_groups=[])

    def test_without_permission(self):
        self.assertEqual(self.as_nobody(), (1, "", "killsnoop: /sys/kernel/tracing: Permission denied (needs root)\n"))

    def test_a_bad_command_line_comes_before_that(self):
        for args in ["-q"], ["-p", "x"], ["-S", "NOSUCH"], ["-n", "("], ["-d", "-1"], ["-b", "0"], ["-T", "0"], ["x"]:
            status, out, err = self.as_nobody(*args)
            self.assertEqual((status, out), (2, ""))
            self.assertRegex(err, r"^killsnoop: .*\nusage: killsnoop ")

    def test_help(self):
        status, out, err = self.as_nobody("--help")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"^usage: killsnoop ")
        self.assertLess(len(out.splitlines()), 25)
        for option in re.findall(r"-(\w)\b", out.split("\n", 1)[0].replace("[-ahjkstVx]", "")):
            self.assertIn(f"-{option}, --", out)

    def test_help_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            p = subprocess.run([snoop.KILLSNOOP, "--help"], stdout=full, stderr=subprocess.PIPE, text=True,
                               timeout=snoop.LIMIT)
        self.assertEqual((p.returncode, p.stderr), (1, "killsnoop: standard output: No space left on device\n"))

    def test_in_a_pid_namespace(self):
        """The numbers in the events would be those of other processes."""
        self.assertEqual(run("unshare", "--pid", "--fork", "--mount-proc", snoop.KILLSNOOP, "-d", "0.1"), (1, "",
                         "killsnoop: events have the process IDs of the initial PID namespace, and this is another\n"))

    def test_without_tracefs(self):
        script = "awk '$3 ~ /^(trace|debug)fs$/ { print $2 }' /proc/mounts | xargs umount -l; exec \"$0\""
        self.assertEqual(run("unshare", "--mount", "sh", "-c", script, snoop.KILLSNOOP), (1, "",
                         "killsnoop: tracefs is not mounted; to mount it: mount -t tracefs tracefs /sys/kernel/tracing\n"))


if __name__ == "__main__":
    snoop.main()
