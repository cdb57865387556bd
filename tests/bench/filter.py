"""What do calls cost that are not shown?

A program makes a million calls of getppid, and openat is to be shown: untraced, under trace, which lets the kernel
filter, under trace that filters itself, under strace with a filter in the kernel, where that is installed, and with a
filter that only allows and no tracer: what the kernel takes for it.  All of
them take turns, and the fastest of the rounds counts: what else the machine does can only add to it.  Fails when trace,
with the kernel's help, takes more than LIMIT times as long as the program alone, and more than the filter does.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time

TRACE = os.environ["TRACE"]
CALLS = os.path.join(os.environ["PROGRAMS"], "calls")
ALLOW = os.path.join(os.environ["PROGRAMS"], "allow")
LIMIT = 1.3
NOISE = 1.05


def ways():
    yield "untraced", []
    yield "untraced, a filter", [ALLOW]
    yield "trace -e openat", [TRACE, "-o", "/dev/null", "-e", "openat"]
    yield "trace -f -e openat", [TRACE, "-o", "/dev/null", "-f", "-e", "openat"]
    if shutil.which("strace"):
        yield "strace --seccomp-bpf -f -e openat", ["strace", "-o", "/dev/null", "--seccomp-bpf", "-f", "-e", "openat"]
    yield "trace --filter=user -e openat", [TRACE, "-o", "/dev/null", "--filter=user", "-e", "openat"]


def run(command):
    begin = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=int, default=1000000, help="system calls")
    args = parser.parse_args()
    times = {}
    for number in range(args.rounds):
        for way, prefix in ways():
            if "user" in way and number >= 1:  # slow, and nobody doubts it
                continue
            times.setdefault(way, []).append(run([*prefix, CALLS, "getppid", str(args.scale)]))
    base = min(times["untraced"])
    print(f"{args.scale} calls of getppid, the fastest of {args.rounds} rounds")
    for way, taken in times.items():
        print(f"{way:34} {min(taken):8.3f} s {min(taken) / base:8.2f}")
    worst = max(min(times[way]) / base for way in ("trace -e openat", "trace -f -e openat"))
    return 0 if worst <= max(LIMIT, NOISE * min(times["untraced, a filter"]) / base) else 1


if __name__ == "__main__":
    sys.exit(main())
