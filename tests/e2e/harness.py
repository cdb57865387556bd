"""Runs trace on a real program and gives its output back in a form that can be compared.

Nothing here sleeps for a fixed time: a test waits until the kernel shows
the state that it needs, and gives up after LIMIT seconds.
"""
import functools
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

import surroundings

TRACE = os.environ["TRACE"]
PROGRAMS = os.environ["PROGRAMS"]
LIMIT = float(os.environ.get("LIMIT", "300"))   # much more than it takes on a busy machine

# The marks around what a program is about; -n and -nn show their texts as addresses.
BEGIN = re.compile(r'write\(-1, ("begin"|&0x[\w.]+), 5\) = -1 \[EBADF\]$')
END = re.compile(r'write\(-1, ("end"|&0x[\w.]+), 3\) = -1 \[EBADF\]$')

PREFIX = re.compile(r"^ *(P?\d+)([|'])([ *])")
# Lines in which a number can be a pid.  In others it is a size, and no pid however equal the two are.
PIDS = re.compile(r"Tracing | INFO|(?:clone3?|v?fork|wait4|waitid|[gs]et\w*id|set_tid_address|\w*kill|\w*sigqueueinfo|"
                  r"pidfd_open|ptrace|sched_\w+|prlimit64|process_vm_\w+|fcntl|rt_sigtimedwait)\(")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


def until(condition, what):
    """The first true value of condition()."""
    deadline = time.monotonic() + LIMIT
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("waited too long for " + what)
        time.sleep(0.001)


def read_proc(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", encoding="latin-1") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def state(pid):
    """As in ps: R S D T t Z, or "" when there is no such process."""
    stat = read_proc(pid, "stat")
    return stat[stat.rindex(")") + 2] if stat else ""


def field(pid, name):
    match = re.search(rf"^{name}:\s*(.*)$", read_proc(pid, "status"), re.M)
    return match.group(1) if match else ""


@functools.cache
def numbers():
    """What this machine calls the calls."""
    found = subprocess.run([os.path.join(PROGRAMS, "numbers")], capture_output=True, text=True, check=True).stdout
    return dict(line.split() for line in found.splitlines())


def in_call(pid, *names):
    return read_proc(pid, "syscall").split(" ")[0] in [numbers()[name] for name in names]


def blocked(pid, *names):
    """Is the thread asleep in one of these system calls?"""
    return in_call(pid, *names) and state(pid) == "S"


def wait_blocked(pid, *names):
    until(lambda: blocked(pid, *names), f"{pid} to block in {names}")


def wait_state(pid, wanted):
    until(lambda: state(pid) in wanted, f"{pid} to be in state {wanted}")


def read_line(pipe):
    """The next line of a program's output; the pipe must hold no other."""
    readable, _, _ = select.select([pipe], [], [], LIMIT)
    if not readable:
        raise AssertionError("waited too long for a line of output")
    return pipe.readline()


def children(pid):
    return [int(child) for child in read_proc(pid, f"task/{pid}/children").split()]


def threads(pid):
    """Those of a process in the order they were made, which is that of /proc: their numbers may be in another."""
    return [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]


# A sanitizer looks for leaks with ptrace, which what is traced cannot do.
NO_LEAK_CHECK = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


class Run:
    """One trace under way, its output in a file."""

    def __init__(self, *args, **popen):
        self.file = tempfile.NamedTemporaryFile(prefix="trace-e2e-")
        self.process = subprocess.Popen([TRACE, "-o", self.file.name, *map(str, args)],
                                        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                                           "stderr": subprocess.PIPE, **popen})

    @property
    def pid(self):
        return self.process.pid

    def command(self, name):
        """The pid of the started command, once it runs its own image."""
        def find():
            return [c for c in children(self.pid) if read_proc(c, "comm").strip() == name]
        return until(find, f"{name} to start")[0]

    def text(self):
        with open(self.file.name, encoding="utf-8") as f:    # JSON may hold more than ASCII
            return f.read()

    def wait_text(self, pattern):
        return until(lambda: re.search(pattern, self.text(), re.M), f"{pattern!r} in the output")

    def signal(self, number):
        self.process.send_signal(number)

    def interrupt(self, number):
        """Interrupts trace, and waits until it has acted on that: only after that it answers the information key.

        That a signal is not pending any more does not tell: it may have come
        just before trace waits for an event, and be seen a moment later.
        """
        answers = self.text().count(" INFO| ")
        self.signal(number)
        self.signal(signal.SIGUSR1)
        until(lambda: self.text().count(" INFO| ") > answers, "an answer to the information key")

    def end(self):
        """Waits for the end, and returns the exit status (negative: the signal).  No output for too long: it hangs."""
        size, deadline = 0, time.monotonic() + LIMIT
        while True:
            try:
                self.out, self.err = self.process.communicate(timeout=1)
                return self.process.returncode
            except subprocess.TimeoutExpired:
                grown = os.stat(self.file.fileno()).st_size
                if grown != size:
                    size, deadline = grown, time.monotonic() + LIMIT
                elif time.monotonic() > deadline:
                    raise AssertionError("trace hangs; its output so far:\n" + self.text()[-4000:]) from None

    def close(self):
        self.process.kill()
        self.process.wait()  # not for the end of its output: a process that was let go may still hold it
        for pipe in self.process.stdin, self.process.stdout, self.process.stderr:
            if pipe:
                pipe.close()
        self.file.close()


def normal(text):
    """The lines of a trace so that runs can be compared.

    Pids become P1, P2, ... in the order they were announced, addresses 0x..
    """
    names = {}
    for pid in re.findall(r"Tracing .* \(pid (\d+)\)", text):
        names.setdefault(pid, f"P{len(names) + 1}")

    def name(match):
        return names.get(match.group(0), match.group(0))

    result = []
    for line in text.splitlines():
        prefix = PREFIX.match(line)
        head = ""
        if prefix:
            head = names.get(prefix.group(1), prefix.group(1)) + prefix.group(2) + prefix.group(3)
            line = line[prefix.end():]
        if PIDS.match(line):
            line = re.sub(r"\b\d{2,}\b", name, line)
        line = re.sub(r"^rt_sigreturn\(.*\)$", "rt_sigreturn()", line)  # the context is another test's matter
        result.append(head + ADDRESS.sub("0x..", line))
    return result


def section(lines):
    """The lines between the marks that a program makes with write(-1, ...); to the end without a second one."""
    texts = [PREFIX.sub("", line) for line in lines]
    begins = [i for i, text in enumerate(texts) if BEGIN.match(text)]
    ends = [i for i, text in enumerate(texts) if END.match(text)]
    return lines[begins[0] + 1:ends[-1] if ends else len(lines)]


class TraceTest(unittest.TestCase):
    maxDiff = None

    def run_trace(self, *args, **popen):
        run = Run(*args, **popen)
        self.addCleanup(run.close)
        return run

    def program(self, name):
        return os.path.join(PROGRAMS, name)

    def start(self, *args):
        """A program that runs on its own, untraced."""
        process = subprocess.Popen([self.program(args[0]), *args[1:]], stdout=subprocess.PIPE, stdin=subprocess.PIPE)

        def stop():
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
        self.addCleanup(stop)
        return process

    def kill_at_end(self, pid):
        """For a process that may outlive its trace when the test fails."""
        pidfd = os.pidfd_open(pid)

        def stop():
            try:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.close(pidfd)
        self.addCleanup(stop)

    def trace(self, *args, options=(), status=0):
        """Runs a program to its end; the whole output."""
        run = self.run_trace(*options, self.program(args[0]), *args[1:])
        self.assertEqual(run.end(), status)
        return run.text()

    def lines(self, *args, options=(), status=0, calls=None):
        """The normalised lines between the marks; calls: those whose lines are kept, None for all."""
        found = section(normal(self.trace(*args, options=options, status=status)))
        if calls is not None:
            found = [line for line in found if self.is_kept(line, calls)]
        return found

    @staticmethod
    def is_kept(line, calls):
        text = re.sub(r"^P\d+[|'][ *]", "", line)
        call = re.match(r"(\w+)\(", text)
        return not call or call.group(1) in calls


def pid_alive(pid):
    return state(pid) not in ("", "Z", "X")


def main():
    surroundings.ordinary_signals()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    unittest.main(verbosity=2)
