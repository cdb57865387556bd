"""Runs killsnoop beside programs that send signals, and gives its rows back.

A test starts killsnoop, waits for the notice that it traces, runs a program
to its end, and interrupts killsnoop: what happened in between is then in
the output.  Rows of other processes of the machine are left out.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import surroundings
from json_schema import Invalid, Schema

KILLSNOOP = os.environ["KILLSNOOP"]
PROGRAMS = os.environ["PROGRAMS"]
LIMIT = float(os.environ.get("LIMIT", "300"))     # much more than it takes on a busy machine
TRACING = pathlib.Path("/sys/kernel/tracing")
SCHEMA = Schema(os.environ["SCHEMA"])
NOTICE = "Tracing kill()s. Ctrl-C to end.\n"
ENDING = "Ending tracing...\n"


def main():
    surroundings.ordinary_signals()
    need_tracefs()
    unittest.main()


def need_tracefs():
    """Ends the test program with the status that means `skipped`, and the reason."""
    if os.geteuid() != 0:
        print("skipped: needs root")
        sys.exit(77)
    if os.stat("/proc/self/ns/pid").st_ino != 0xeffffffc:
        print("skipped: needs the initial PID namespace")
        sys.exit(77)
    if not (TRACING / "events/syscalls").is_dir():
        print(f"skipped: no tracefs with events for system calls at {TRACING}")
        sys.exit(77)


def instances():
    return sorted(p.name for p in (TRACING / "instances").iterdir() if p.name.startswith("killsnoop."))


def program(name, *args, check=True):
    """Runs a program of programs/ to its end; the words of its lines."""
    p = subprocess.run([PROGRAMS + name, *map(str, args)], stdout=subprocess.PIPE, text=True, timeout=LIMIT,
                       check=check)
    return [line.split() for line in p.stdout.splitlines()]


def waiting(n):
    """A burst that begins when it is sent a line; so its number is known before."""
    return subprocess.Popen([PROGRAMS + "burst", str(n), "wait"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


class Snoop:
    """A killsnoop under way, its output in a file (or in `stdout`)."""
    started = []

    def __init__(self, *args, stdout=None, prefix=()):
        self.file = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*prefix, KILLSNOOP, *map(str, args)], stdin=subprocess.DEVNULL,
                                        stdout=self.file if stdout is None else stdout, stderr=subprocess.PIPE)
        self.started.append(self.process.pid)
        self.watchdog = threading.Timer(LIMIT, self.process.kill)
        self.watchdog.start()
        self.notice = self.process.stderr.readline().decode()

    @property
    def pid(self):
        return self.process.pid

    def wait(self):
        """Waits for the end; the exit status."""
        self.err = self.process.stderr.read().decode()
        status = self.process.wait()
        self.watchdog.cancel()
        self.process.stderr.close()
        self.file.seek(0)
        self.text = self.file.read().decode("ascii")
        self.file.close()
        return status

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        return self.wait()

    def lines(self):
        return self.text.splitlines()

    def objects(self):
        """The rows of -j, each of which must fit the schema."""
        objects = [json.loads(line) for line in self.lines()]
        for row, line in zip(objects, self.lines()):
            try:
                SCHEMA.validate(row)
            except Invalid as error:
                raise AssertionError(f"{error}\nin {line}") from None
        return objects


class TestCase(unittest.TestCase):
    def tearDown(self):
        ours = [f"killsnoop.{pid}" for pid in Snoop.started]
        self.assertEqual([name for name in instances() if name in ours], [], "something stays behind in instances/")

    def snooped(self, program_args, *args):
        """Runs killsnoop with args around a program; returns it and what the program said."""
        snoop = Snoop(*args)
        try:
            self.assertEqual(snoop.notice, NOTICE)
            said = program(*program_args)
        finally:
            status = snoop.end()
        self.assertEqual((status, snoop.err), (0, ENDING))
        return snoop, said


def lost(err):
    """(events lost, halves) as the last line on standard error says."""
    match = re.search(r"lost (\d+) events in all; of (\d+) calls only a half was seen\n", err)
    return (int(match[1]), int(match[2])) if match else (0, 0)
