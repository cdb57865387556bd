"""What do many traced threads cost?  Time per call and memory per thread.

One busy thread alone, one beside many that wait, and many busy ones: each untraced, under a ptrace loop that prints
nothing (bare.c), under trace and under strace.  Medians of the rounds; "x1" is the ratio to one thread alone.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys

TRACE, BARE, CROWD = (os.environ[name] for name in ("TRACE", "BARE", "CROWD"))
CALLS = 10000


def tracers():
    yield "bare", [BARE, "-f"]
    yield "trace", [TRACE, "-f", "-o", "/dev/null"]
    yield "free", [TRACE, "-f", "-o", "/dev/null", "--placement=free"]
    if shutil.which("strace"):
        yield "strace", ["strace", "-f", "-o", "/dev/null"]


def cost(prefix, *args):
    """Nanoseconds per call."""
    done = subprocess.run([*prefix, CROWD, *args], stdout=subprocess.PIPE, check=True)
    return int(done.stdout) / CALLS


def resident(n):
    """Kilobytes that trace has with that many threads."""
    script = f"exec {CROWD} {n} 1000000 idle"
    process = subprocess.Popen([TRACE, "-f", "-o", "/dev/null", "sh", "-c", script], stdout=subprocess.DEVNULL)
    try:
        while True:
            with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as f:
                children = f.read().split()
            if children and len(os.listdir(f"/proc/{children[0]}/task")) == n:
                break
        with open(f"/proc/{process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s*(\d+)", f.read()).group(1))
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2000)
    args = parser.parse_args()
    n = args.threads
    kinds = {"1 busy": ["1", str(CALLS)], f"1 busy, {n - 1} wait": [str(n), str(CALLS // n), "idle"],
             f"{n} busy": [str(n), str(CALLS // n)]}
    times = {(kind, way): [] for kind in kinds for way, _ in tracers()}
    for _ in range(args.rounds):
        for kind, work in kinds.items():
            for way, prefix in tracers():
                times[kind, way].append(cost(prefix, *work))
    print(f"ns per call, medians of {args.rounds} rounds, and ratios to one busy thread alone")
    print(f"{'':20}", *(f"{way:>9} {'x1':>6}" for way, _ in tracers()))
    for kind in kinds:
        cells = [f"{kind:20}"]
        for way, _ in tracers():
            have, alone = (statistics.median(times[k, way]) for k in (kind, "1 busy"))
            cells.append(f"{have:9.0f} {have / alone:6.2f}")
        print(*cells)
    print(f"memory of trace: {(resident(n) - resident(1)) / (n - 1):.2f} KB for each thread")
    return 0


if __name__ == "__main__":
    sys.exit(main())
