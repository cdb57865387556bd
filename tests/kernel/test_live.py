"""What trace decodes is what the kernel recorded: each word of each call of real programs, and each result.

The programs run under `trace -f -nn -N`, which shows parameters as numbers with their names.  Meanwhile the kernel's
event tracing records the registers of the same threads in a tracefs instance of our own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from definition import EVENTS, checked, missing
from gen.names import all_sigs
from test_calls import kernel_calls

# Under a sanitizer: the search for leaks is a thread of trace itself, which the kernel records like any other.
NO_THREAD_OF_ITS_OWN = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
INSTANCES = EVENTS.parents[1] / "instances"
BUFFER_KB = 16384
WORD = (1 << 64) - 1
PYTHON = os.path.realpath(sys.executable)
# The kernel's own numbers for a call to be made again, which no program sees.
RESTARTS = range(-516, -511)

PROGRAMS = {
    "pipes": ["sh", "-c", "ls -l /etc | sort -r | head -3; cat /proc/self/stat /nonexistent | wc -c; kill -TERM $$"],
    "python": [PYTHON, "-c", "import json, socket, tempfile, threading, time, select\n"
               "a, b = socket.socketpair()\na.sendmsg([b'1', b'2'])\nb.recvmsg(10)\n"
               "s = socket.create_server(('127.0.0.1', 0))\nc = socket.create_connection(s.getsockname())\n"
               "select.select([a], [b], [], 0)\nselect.poll().poll(0)\n"
               "t = threading.Thread(target=time.sleep, args=(0.001,))\nt.start()\nt.join()\n"
               "tempfile.TemporaryFile().write(b'x')\n"],
    "signals": ["sh", "-c", "trap 'echo usr' USR1; (kill -USR1 $$) & wait; wait; sleep 0.01"],
    "files": ["sh", "-c", "cd $DIR && cp -a /etc/passwd p && mv p q && ln -s q r && stat r && chmod 600 q && touch -d @1 q "
              "&& dd if=q of=s bs=100 conv=fsync && truncate -s 9999999999 s && find . -newer q && rm -f q r s"],
}


@dataclass
class Recorded:
    """One call as the kernel saw it."""
    nr: int
    words: list[int]
    ret: int | None = None


@dataclass
class Decoded:
    """One call as trace printed it."""
    name: str
    params: dict[str, str] = field(default_factory=dict)
    result: str = ""


# ---- the kernel's side ----

@contextlib.contextmanager
def instance() -> Iterator[Path]:
    path = INSTANCES / f"deftrace-test-{os.getpid()}"
    path.mkdir()
    try:
        (path / "buffer_size_kb").write_text(str(BUFFER_KB))
        (path / "options/event-fork").write_text("1")
        yield path
    finally:
        for event in ("sys_enter", "sys_exit"):
            (path / "events/raw_syscalls" / event / "enable").write_text("0")
        path.rmdir()


def record(command: list[str], path: Path, env: dict[str, str]) -> dict[int, list[Recorded]]:
    """Run a command and return the calls of its children by thread."""
    def follow() -> None:
        (path / "set_event_pid").write_text(str(os.getpid()))
        for event in ("sys_enter", "sys_exit"):
            (path / "events/raw_syscalls" / event / "enable").write_text("1")

    with subprocess.Popen(command, preexec_fn=follow, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        process.wait(300)
    for stats in path.glob("per_cpu/cpu*/stats"):
        lost = re.findall(r"^(?:overrun|dropped events): (\d+)", stats.read_text(), re.MULTILINE)
        if any(int(n) for n in lost):
            raise RuntimeError(f"the buffer of {BUFFER_KB} KB is too small")
    calls = read_events((path / "trace").read_text())
    calls.pop(process.pid, None)    # trace itself
    return calls


ENTER = re.compile(r"-(\d+) +\[\d+\].*: sys_enter: NR (-?\d+) \((.*)\)$")
EXIT = re.compile(r"-(\d+) +\[\d+\].*: sys_exit: NR (-?\d+) = (-?\d+)$")


def read_events(text: str) -> dict[int, list[Recorded]]:
    calls: dict[int, list[Recorded]] = defaultdict(list)
    for line in text.splitlines():
        if match := ENTER.search(line):
            calls[int(match.group(1))].append(Recorded(int(match.group(2)),
                                                       [int(w, 16) for w in match.group(3).split(",")]))
        elif match := EXIT.search(line):
            pid, nr, ret = (int(g) for g in match.groups())
            if calls[pid] and calls[pid][-1].nr == nr:
                calls[pid][-1].ret = ret
    return calls


# ---- our side ----

PREFIX = re.compile(r" *(\d+)[|']([ *])")
CALL = re.compile(r"(\w+)\(")
SIGNAL = re.compile(r"\*\* [^*]* \*\* ?")


def read_trace(text: str) -> dict[int, list[Decoded]]:
    calls: dict[int, list[Decoded]] = defaultdict(list)
    pid = 0
    for line in text.splitlines():
        mark = " "
        if match := PREFIX.match(line):
            pid, mark, line = int(match.group(1)), match.group(2), line[match.end():]
        elif match := re.match(r"Tracing .* \(pid (\d+)\)$", line):
            pid = pid or int(match.group(1))
        elif line.startswith("*") and not line.startswith("**"):
            mark, line = "*", line[1:]
        line = SIGNAL.sub("", line)
        if match := CALL.match(line):
            call = calls[pid][-1] if mark == "*" else Decoded(match.group(1))
            if mark != "*":
                calls[pid].append(call)
            read_call(call, line[match.end():])
    return calls


def read_call(call: Decoded, text: str) -> None:
    """Parameters and result; a line that goes on with another one brings the same and more."""
    end, depth, piece, pieces = 0, 0, "", []
    for end, char in enumerate(text):
        if char == ")" and not depth:
            break
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(char, 0)
        if char == "," and not depth:
            pieces.append(piece)
            piece = ""
        else:
            piece += char
    for piece in [*pieces, piece]:
        name, equals, value = piece.strip().partition("=")
        if equals and value:
            call.params[name] = value
    after = text[end + 1:].strip()
    if after.startswith("= ") and not after.startswith("= <"):
        call.result = after[2:]


def number(text: str) -> int | None:
    """The number shown; None: something else (a set of signals)."""
    text = text.removeprefix("&").rstrip(" )")
    if re.fullmatch(r"-?(?:0x[0-9a-f]+|\d+)", text):
        return int(text, 16 if "x" in text else 8 if re.fullmatch(r"0\d+", text) else 10)
    return None


def result(text: str) -> int | None:
    if match := re.match(r"-1 \[(\w+)\]", text):
        return -getattr(errno, match.group(1))
    return number(text.split(" ")[0])


# ---- both ----

class Kernel:
    """What the calls and parameters are called, by number and register: from the event formats."""

    def __init__(self) -> None:
        tables = checked().tables
        formats = kernel_calls()
        self.names = {row.nr: row.call.name for row in tables.calls}
        self.params = {row.call.name: [p.name for p in formats.get(row.event, [])] for row in tables.calls}
        # A parameter with several types, by case, has several widths.
        self.widths: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row in tables.calls:
            for sig in all_sigs(row.call.sig):
                for member in sig.params:
                    width = 8 if member.stars or member.is_array else tables.types[tables.type_of(member.type)].width
                    self.widths[row.call.name, member.name].add(8 * (width or 8))


def merged(calls: list[Recorded]) -> list[Recorded]:
    """Without the attempts of calls that the kernel made again, and without exec, whose thread we see after it."""
    out: list[Recorded] = []
    for call in calls:
        last = out[-1] if out else None
        if last is not None and last.ret in RESTARTS and (call.words, call.nr) == (last.words, last.nr):
            last.ret = call.ret
        else:
            out.append(call)
    return out


@unittest.skipIf(missing(), missing())
class TheLiveDecoderSeesWhatTheKernelRecorded(unittest.TestCase):
    maxDiff = None

    def check(self, program: str) -> None:
        kernel = Kernel()
        with tempfile.TemporaryDirectory() as directory, instance() as path:
            out = Path(directory) / "out"
            # Nobody shares a CPU, so that trace makes no process of its own for that (src/trace/pins.h).
            recorded = record([os.environ["TRACE"], "-f", "--placement=free", "-nn", "-N", "-o", str(out),
                               *PROGRAMS[program]], path,
                              {**os.environ, "DIR": directory, "ASAN_OPTIONS": NO_THREAD_OF_ITS_OWN})
            decoded = read_trace(out.read_text())
        self.assertEqual(sorted(recorded), sorted(decoded))
        words = results = 0
        first = min(decoded)
        for pid, ours in decoded.items():
            theirs = merged(recorded[pid])
            if pid == first:    # up to and with its exec there is only us
                start = next(n for n, c in enumerate(theirs) if kernel.names[c.nr] == "execve" and c.ret == 0)
                theirs = theirs[start + 1:]
            if ours[0].name in ("fork", "vfork", "clone", "clone3") and result(ours[0].result) == 0:
                ours = ours[1:]     # its birth, which it did not call
            self.assertEqual([c.name for c in ours], [kernel.names[c.nr] for c in theirs], f"thread {pid}")
            for one, other in zip(ours, theirs):
                words += self.compare_words(kernel, one, other)
                results += self.compare_result(one, other)
        print(f"{program}: {words} words and {results} results of {len(decoded)} threads")
        self.assertGreater(words, 100)

    def compare_words(self, kernel: Kernel, ours: Decoded, theirs: Recorded) -> int:
        count = 0
        for name, text in ours.params.items():
            value = number(text)
            if value is None or name not in kernel.params[ours.name]:
                continue
            word = theirs.words[kernel.params[ours.name].index(name)]
            masks = [(1 << width) - 1 for width in kernel.widths[ours.name, name]]
            self.assertTrue(any(value & mask == word & mask for mask in masks),
                            f"{ours}: {name} was {word:#x}, {theirs}")
            count += 1
        return count

    def compare_result(self, ours: Decoded, theirs: Recorded) -> int:
        value = result(ours.result)
        if value is None or theirs.ret is None or theirs.ret in RESTARTS:
            return 0
        self.assertIn((value ^ theirs.ret) & WORD, (0, WORD ^ 0xffffffff), f"{ours} returned {theirs.ret:#x}")
        return 1

    def test_a_pipeline(self) -> None:
        self.check("pipes")

    def test_sockets_and_threads(self) -> None:
        self.check("python")

    def test_signals(self) -> None:
        self.check("signals")

    def test_files(self) -> None:
        self.check("files")


if __name__ == "__main__":
    if missing():
        print(missing(), file=sys.stderr)
        sys.exit(77)
    unittest.main()
