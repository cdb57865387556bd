"""How fast is trace?  Prints times per call, and ratios, for several kinds of work.

Each kind of work runs untraced, under a ptrace loop that prints nothing (bare.c), under trace with its text to
/dev/null and to a file, and under strace where that is installed.  All of them take turns, and the median of the
rounds counts.  There are no thresholds: what is fast depends on the machine, and on how the scheduler places tracer
and traced program.  The loop runs once as the scheduler has it (free) and once on one CPU (placed); trace is compared
with the one that is placed as trace does it: the latter where one thread runs at a time, free for several.  --cpu N
runs everything on that CPU.

"calls" is how many system calls the work makes, "own" how many trace makes for each of them, when it is on one CPU
anyway.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TRACE = os.environ["TRACE"]
PROGRAMS = os.environ["PROGRAMS"]
BARE = os.path.join(PROGRAMS, "bare")
CALLS = os.path.join(PROGRAMS, "calls")

FORKS = "i=0; while [ $i -lt %d ]; do /bin/true; i=$((i + 1)); done"


# git asks for the state of 500 files or more in each of its threads, and for that of fewer than 1000 in one.
REPOSITORIES = {"git status": (900, "placed"), "git, 2 threads": (1000, "free")}


def make_files(scratch, name, count):
    """A directory with the files 0, 1, .. count - 1."""
    directory = os.path.join(scratch, name)
    os.mkdir(directory)
    for i in range(count):
        with open(os.path.join(directory, str(i)), "w", encoding="ascii") as f:
            f.write(str(i))
    return directory


def make_repository(scratch, name, count):
    files = make_files(scratch, name, count)
    subprocess.run(["git", "init", "-q", files], check=True)
    subprocess.run(["git", "-C", files, "add", "."], check=True)
    return files


def work(scratch, scale):
    """Name of each kind of work, command, and which of the loops is placed as trace will be."""
    files = make_files(scratch, "files", 1000)
    yield "getppid", [CALLS, "getppid", str(scale)], "placed"
    yield "read/write 32", [CALLS, "rw", str(scale)], "placed"
    yield "open/close", [CALLS, "open", str(scale)], "placed"
    yield "stat", [CALLS, "stat", str(scale), files], "placed"
    yield "fork (sh)", ["/bin/sh", "-c", FORKS % (scale // 100)], "placed"
    if shutil.which("git"):
        for name, (count, bare) in REPOSITORIES.items():
            yield name, ["git", "-C", make_repository(scratch, name, count), "status"], bare
    yield "8 threads", [CALLS, "threads", str(scale)], "free"


def one_cpu():
    return ["taskset", "-c", str(min(os.sched_getaffinity(0)))]


def tracers(scratch):
    """Name and command prefix of each way to run the work."""
    yield "untraced", []
    yield "free", [BARE, "-f"]
    yield "placed", [BARE, "-f", "-p"]
    yield "null", [TRACE, "-f", "-o", "/dev/null"]
    yield "file", [TRACE, "-f", "-o", os.path.join(scratch, "out")]
    if shutil.which("strace"):
        yield "strace", ["strace", "-f", "-o", os.path.join(scratch, "out")]


def run(command, clock="wall"):
    """Seconds it took.  Without a timeout: with one, Python polls for the end, in steps of up to 50 ms."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime if clock == "cpu" else wall


def count(scratch, follow, command):
    """System calls that a command makes."""
    name = os.path.join(scratch, "count")
    run([*one_cpu(), BARE, *follow, "-c", name, *command])
    with open(name, encoding="ascii") as f:
        return int(f.read())


def measure(scratch, name, command, bare, args):
    ways = dict(tracers(scratch))
    times = {way: [] for way in ways}
    for _ in range(args.rounds):
        for way, prefix in ways.items():
            times[way].append(run(prefix + command, args.clock))
    calls = count(scratch, ["-f"], command)
    own = count(scratch, [], ways["file"] + command) / calls

    def ratio(way, base):
        """Of what tracing adds in the same round: the work itself would hide the difference between tracers."""
        return statistics.median((a - u) / (b - u) for a, b, u in zip(times[way], times[base], times["untraced"]))

    cells = [f"{name:14}", f"{calls:7}"]
    for way in ("untraced", "free", "placed", "null", "file", "strace"):
        cells.append(f"{statistics.median(times[way]) / calls * 1e9:9.0f}" if way in times else f"{'-':>9}")
    cells.append(f"{ratio('null', bare):10.2f}")
    cells.append(f"{ratio('file', bare):10.2f}")
    cells.append(f"{ratio('file', 'strace'):12.2f}" if "strace" in times else f"{'-':>12}")
    cells.append(f"{own:6.2f}")
    print(*cells, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, default=10000, help="system calls of each simple kind of work")
    parser.add_argument("--cpu", type=int, help="run everything on one CPU")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall",
                        help="cpu: time spent by tracer and traced program together, for a machine that is busy")
    parser.add_argument("--only", help="one kind of work")
    args = parser.parse_args()
    if args.cpu is not None:
        os.sched_setaffinity(0, {args.cpu})
    print(f"ns per call ({args.clock}), medians of {args.rounds} rounds; ratios of what tracing adds to the untraced time")
    print(f"{'':14} {'calls':>7} {'untraced':>9} {'free':>9} {'placed':>9} {'null':>9} {'file':>9} {'strace':>9} "
          f"{'null/bare':>10} {'file/bare':>10} {'file/strace':>12} {'own':>6}")
    with tempfile.TemporaryDirectory(prefix="trace-bench-") as scratch:
        for name, command, bare in work(scratch, args.scale):
            if args.only in (None, name):
                measure(scratch, name, command, bare, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
