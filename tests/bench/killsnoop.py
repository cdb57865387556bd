"""What does it cost a sender to be watched?  Prints nanoseconds a kill(), and what of them is captured.

CPU time beside the time that passed, for they differ by what others do on the same CPU: on a busy machine, and when the
tracer runs where the sender does.  killsnoop that is stopped costs what its events cost, and with the -p of another
process what it costs those that are not watched.

The same program sends signal 0 to itself, untraced, under killsnoop, and under bpftrace's killsnoop.bt, perf trace
and strace where they are installed.  All take turns, and the median of the rounds counts.  Then: how long killsnoop
takes from its start to the first row, and from a single kill() to its row in a pipe.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

KILLSNOOP = os.environ["KILLSNOOP"]
BURST = os.environ["BURST"]
STOPPED, OTHER = "  stopped", "  -p other"
SCRIPT = "/usr/sbin/killsnoop.bt"


def tracers():
    """Name, command, and how many calls are enough to measure it."""
    yield "untraced", None, 1000000
    yield "killsnoop", [KILLSNOOP], 1000000
    yield STOPPED, [KILLSNOOP], 1000000
    yield OTHER, [KILLSNOOP, "-p", "1"], 1000000
    if shutil.which("bpftrace") and os.path.exists(SCRIPT):
        yield "bpftrace", ["bpftrace", SCRIPT], 100000
    if shutil.which("perf"):
        yield "perf trace", ["perf", "trace", "-a", "-e", "kill"], 50000
    if shutil.which("strace"):
        yield "strace", ["strace", "-f", "-e", "trace=kill"], 20000


def burst(n, prefix=()):
    """Number of the process, nanoseconds a call, and of CPU time."""
    with subprocess.Popen([*prefix, BURST, str(n)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        pid, ns = p.stdout.read().split()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    return pid.decode(), float(ns), (usage.ru_utime + usage.ru_stime) * 1e9 / n


def wait_for(file, text):
    """Sends until the tracer has written that.  It may keep it in a buffer: then ten seconds are enough."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        os.kill(os.getpid(), 0)
        file.seek(0)
        if re.search(rf"\b{text}\b", file.read()):
            return
        time.sleep(0.01)


def measure(name, command, n):
    """Nanoseconds a call, of CPU time, and the share of calls that came out as rows (None: not counted)."""
    if command is None:
        return *burst(n)[1:], None
    if command[0] == "strace":  # which shares their CPU time out in another way
        return burst(n, command)[1], None, None
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        wait_for(out, "Tracing" if name == OTHER else os.getpid())
        if name == STOPPED:
            tracer.send_signal(signal.SIGSTOP)
        pid, ns, cpu = burst(n)
        tracer.send_signal(signal.SIGCONT)
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        out.seek(0)
        rows = sum(re.search(rf"\b{pid}\b", line) is not None for line in out)
    return ns, cpu, rows / n if name not in (STOPPED, OTHER) else None


def first_row():
    """Milliseconds from the start of killsnoop to its first row; and from a kill to its row in the pipe."""
    begin = time.monotonic()
    # of our own kills alone: those of a busy machine would fill the pipe
    p = subprocess.Popen([KILLSNOOP, "-p", str(os.getpid())], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    os.set_blocking(p.stdout.fileno(), False)
    text = b""
    while str(os.getpid()).encode() not in text:
        os.kill(os.getpid(), 0)
        time.sleep(0.0005)
        text += p.stdout.read() or b""
    start = time.monotonic() - begin
    time.sleep(0.1)
    p.stdout.read()
    os.set_blocking(p.stdout.fileno(), True)
    begin = time.monotonic()
    os.kill(os.getpid(), 0)
    os.read(p.stdout.fileno(), 4096)
    delay = time.monotonic() - begin
    p.send_signal(signal.SIGINT)
    p.communicate()
    return start * 1e3, delay * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("needs root")
        return 77

    times, cpus, shares = {}, {}, {}
    for _ in range(args.rounds):
        for name, command, n in tracers():
            ns, cpu, share = measure(name, command, n)
            times.setdefault(name, []).append(ns)
            cpus.setdefault(name, []).append(cpu)
            shares.setdefault(name, []).append(share)
    untraced, own = statistics.median(times["untraced"]), statistics.median(cpus["untraced"])
    ours = statistics.median(times["killsnoop"]) - untraced
    print(f"{'':<12}{'ns a kill':>12}{'cost':>12}{'CPU cost':>12}{'x untraced':>12}{'x ours':>10}{'captured':>10}")
    for name, values in times.items():
        ns = statistics.median(values)
        cpu = "" if None in cpus[name] else format(statistics.median(cpus[name]) - own, ".0f")
        captured = [s for s in shares[name] if s is not None]
        share = f"{100 * min(captured):.1f}%" if captured else ""
        print(f"{name:<12}{ns:>12.0f}{ns - untraced:>12.0f}{cpu:>12}{ns / untraced:>12.1f}"
              f"{(ns - untraced) / ours:>10.1f}{share:>10}")
    starts, delays = zip(*(first_row() for _ in range(args.rounds)))
    print(f"first row {statistics.median(starts):.0f} ms after the start, a row {statistics.median(delays):.2f} ms "
          "after its kill (medians)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
