"""What does -y cost?  Prints times per call without it and with it, and for strace where that is installed.

The ways take turns, and the median of the rounds counts; "own" is how many system calls trace makes for each call with
-y, less those that it makes without.  There are no thresholds.  TRACE_BEFORE, another trace, is measured beside it.
"""
import argparse
import os
import shutil
import statistics
import tempfile

import bench


def ways():
    for name, trace in ("", bench.TRACE), (" before", os.environ.get("TRACE_BEFORE")):
        if trace:
            yield "trace" + name, [trace, "-vv", "-o", "/dev/null"]
            yield "-y" + name, [trace, "-vvy", "-o", "/dev/null"]
    if shutil.which("strace"):
        yield "strace", ["strace", "-o", "/dev/null"]
        yield "-yy", ["strace", "-yy", "-o", "/dev/null"]


def measure(scratch, work, args):
    command = [bench.CALLS, work, str(args.scale)]
    times = {way: [] for way, _ in ways()}
    for _ in range(args.rounds):
        for way, prefix in ways():
            times[way].append(bench.run(prefix + command))
    cells = [f"{work:8}"] + [f"{statistics.median(t) / args.scale * 1e9:12.0f}" for t in times.values()]
    prefixes = dict(ways())
    for name in "", " before":
        if "-y" + name in prefixes:
            own = [bench.count(scratch, [], prefixes[way + name] + command) for way in ("trace", "-y")]
            cells.append(f"{(own[1] - own[0]) / args.scale:10.2f}")
    print(*cells, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, default=5000, help="system calls of each kind of work")
    args = parser.parse_args()
    names = [way for way, _ in ways()]
    print(f"{'ns/call':8}", *(f"{name:>12}" for name in names),
          *(f"{name:>10}" for name in ("own", "own before")[:1 + ("-y before" in names)]))
    with tempfile.TemporaryDirectory(prefix="trace-bench-") as scratch:
        for work in "file", "socket", "polls":
            measure(scratch, work, args)


if __name__ == "__main__":
    main()
