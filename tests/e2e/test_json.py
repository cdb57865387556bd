"""trace --json: every line is JSON, fits the schema, and says what the text says."""
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
from json_schema import Invalid, Schema
from text_call import Call, Differs, compare_call

SCHEMA = Schema(os.environ["SCHEMA"])

COMMON = ["type", "time", "pid", "tid", "comm"]
ADDR_NO_RANDOMIZE = 0x0040000  # sys/personality.h
CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")


def unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise AssertionError(f"a key twice: {[k for k, _ in pairs]}")
    return found


def parse(data):
    """The events of an output; every line is checked by itself."""
    if not data.endswith(b"\n"):
        raise AssertionError(f"the output ends inside of a line: {data[-200:]!r}")
    events = []
    for line in data.decode("utf-8", errors="strict").split("\n")[:-1]:
        if CONTROL.search(line):
            raise AssertionError(f"a control character in {line!r}")
        event = json.loads(line, object_pairs_hook=unique)
        try:
            SCHEMA.validate(event)
        except Invalid as error:
            raise AssertionError(f"{error}\nin {line}") from None
        assert list(event)[:5] == COMMON, line
        events.append(event)
    return events


class JsonTest(harness.TraceTest):
    def events(self, *command, options=(), status=0, **popen):
        run = self.run_trace("--json", *options, *command, **popen)
        self.assertEqual(run.end(), status, run.err)
        self.assertEqual(run.err, b"")
        return self.read(run)

    @staticmethod
    def read(run):
        with open(run.file.name, "rb") as output:
            return parse(output.read())

    def only(self, events, **wanted):
        found = [e for e in events if all(e.get(k) == v for k, v in wanted.items())]
        self.assertEqual(len(found), 1, f"{wanted}: {found}")
        return found[0]


class Programs(JsonTest):
    """Ordinary programs: their output is parsed and validated line by line."""

    commands = [
        ["true"], ["ls", "-l", "/"], ["cat", "/etc/passwd"], ["date"], ["id"],
        ["sh", "-c", "echo a | cat; exec true"],
        ["python3", "-c", "import json, socket, threading; t = threading.Thread(target=print); t.start(); t.join()"],
    ]

    def test_every_line_of_ordinary_programs_fits_the_schema(self):
        for command in self.commands:
            for options in [], ["-f"], ["-f", "-vv"], ["-n", "-n"]:
                with self.subTest(command=command, options=options):
                    events = self.events(*command, options=options)
                    self.assertEqual(events[0]["type"], "attach")
                    self.assertEqual(events[-1]["type"], "exit")
                    self.assertGreater(len(events), 20)

    @unittest.skipUnless(shutil.which("git"), "there is no git")
    def test_git_status_fits_the_schema(self):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run(["git", "init", "-q", directory], check=True)
            events = self.events("git", "status", options=["-f"], cwd=directory)
        self.assertIn("exit", [e["type"] for e in events])

    def test_a_line_that_does_not_fit_is_noticed(self):
        good = {"type": "exit", "time": 1.5, "pid": 1, "tid": 1, "comm": "x", "code": 0}
        SCHEMA.validate(good)
        for change in {"code": "0"}, {"pid": True}, {"time": "1.5"}, {"comm": {"bytes": "f"}}, {"more": 1}, \
                {"signal": 9}, {"type": "exec"}, {"type": "end"}:
            with self.subTest(change=change), self.assertRaises(Invalid):
                SCHEMA.validate({**good, **change})


class SameAsText(JsonTest):
    """Runs that repeat exactly: what two runs as text agree on, a run as JSON must say too."""

    def calls_of_text(self, command, environment):
        run = self.run_trace("-vv", "-V", *command, env=environment, preexec_fn=self.no_randomness)
        self.assertEqual(run.end(), 0)
        return [line for line in run.text().splitlines() if re.match(r"\w+\(", line)]

    @staticmethod
    def no_randomness():
        ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)

    def compare_runs(self, *command, least):
        environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        first, second = (self.calls_of_text(command, environment) for _ in range(2))
        events = self.events(*command, options=["-vv"], env=environment, preexec_fn=self.no_randomness)
        calls = [e for e in events if e["type"] == "syscall"]
        self.assertEqual([re.match(r"\w+", line).group() for line in first], [c["name"] for c in calls])
        stable = 0
        for line, again, call in zip(first, second, calls):
            if line != again:
                continue
            stable += 1
            try:
                compare_call(Call(line), call)
            except (Differs, KeyError, TypeError) as error:
                self.fail(f"{error!r}\ntext: {line[:2000]}\nJSON: {json.dumps(call)[:2000]}")
        self.assertGreater(stable, least * len(calls), "too few calls are the same in two runs")

    def test_ls_says_the_same_in_both(self):
        with tempfile.TemporaryDirectory() as quiet:  # nobody else makes or removes files there
            os.mkdir(os.path.join(quiet, "directory"))
            os.mkfifo(os.path.join(quiet, "fifo"))
            self.compare_runs("/bin/ls", "-l", quiet, least=0.6)

    def test_cat_says_the_same_in_both(self):
        self.compare_runs("/bin/cat", "/etc/passwd", "/etc/hostname", least=0.7)

    def test_python_says_the_same_in_both(self):
        self.compare_runs("python3", "-E", "-S", "-c", "import select, socket, struct\n"
                          "a, b = socket.socketpair(); a.send(b'\\x00\\xff\\n'); select.select([b], [], [], 0)\n"
                          "socket.socket().bind(('127.0.0.1', 0)); b.recv(9)", least=0.5)

    def test_a_difference_is_noticed(self):
        line = 'openat(dfd=AT_FDCWD, filename="/x", flags=O_RDONLY|O_CREAT|0x800000, mode=S_ISUID|0644) = -1 [ENOENT]'
        same = {
            "name": "openat",
            "args": {"dfd": {"name": "AT_FDCWD", "value": -100}, "filename": "/x",
                     "flags": {"names": ["O_RDONLY", "O_CREAT"], "value": 0x800040, "rest": 0x800000},
                     "mode": {"names": ["S_ISUID"], "value": 0o4644, "rest": 0o644}},
            "result": -1, "errno": {"name": "ENOENT", "value": 2},
        }
        compare_call(Call(line), same)
        for old, new in ("/x", "/y"), ("AT_FDCWD", "5"), ("|0x800000", ""), ("0644", "0645"), ("ENOENT", "EPERM"), \
                ("dfd=", "fd="), ("-1 [ENOENT]", "3"), ("O_CREAT", "O_EXCL"):
            with self.subTest(new=new), self.assertRaises(Differs):
                compare_call(Call(line.replace(old, new)), same)


class Events(JsonTest):
    def test_a_command_has_a_beginning_and_an_end(self):
        events = self.events(self.program("hello"), status=7, stdout=subprocess.DEVNULL)
        self.assertEqual({k: events[0][k] for k in ("type", "comm")}, {"type": "attach", "comm": "hello"})
        self.assertEqual({k: events[-1][k] for k in ("type", "code")}, {"type": "exit", "code": 7})
        last = events[-2]
        self.assertEqual((last["name"], "result" in last, "unfinished" in last), ("exit_group", False, False))
        times = [e["time"] for e in events]
        self.assertEqual(times, sorted(times))

    def test_calls_that_fail_and_unknown_ones(self):
        events = self.events(self.program("hello"), status=7, stdout=subprocess.DEVNULL)
        failed = self.only(events, name="close", args={"fd": -1})
        self.assertEqual((failed["result"], failed["errno"]), (-1, {"name": "EBADF", "value": 9}))
        unknown = self.only(events, name="syscall_999")
        self.assertEqual(unknown["args"], {f"arg{i}": i + 1 for i in range(6)})
        self.assertEqual(unknown["errno"], {"name": "ENOSYS", "value": 38})
        self.assertEqual(self.only(events, name="getpid")["out"], {"ppid": self.parent(events)})

    @staticmethod
    def parent(events):
        return next(e["out"]["ppid"] for e in events if e.get("name") == "getpid")

    def test_an_exec_is_told_between_its_call_and_the_new_image(self):
        events = self.events("sh", "-c", "exec /bin/true")
        at = [i for i, e in enumerate(events) if e["type"] == "exec"]
        self.assertEqual(len(at), 1)
        call, event = events[at[0] - 1], events[at[0]]
        self.assertEqual((call["name"], "result" in call), ("execve", False))
        self.assertEqual(call["args"]["filename"], "/bin/true")
        self.assertEqual(event["comm"], "true")

    def test_children_are_attached_and_return_0_from_their_call(self):
        events = self.events("sh", "-c", "true & wait; :", options=["-f"])
        child = self.only(events, type="attach", forked=True)
        mine = [e for e in events if e["tid"] == child["tid"]]
        self.assertEqual(mine[0], child)
        self.assertEqual((mine[1]["result"], "duration" in mine[1]), (0, False))
        self.assertRegex(mine[1]["name"], "fork|clone")
        made = [e for e in events if e.get("name") == mine[1]["name"] and e.get("result") == child["pid"]]
        self.assertEqual(len(made), 1)
        self.assertIn("duration", made[0])

    def test_a_thread_has_a_tid_of_its_own(self):
        events = self.events("python3", "-c", "import threading as t; x = t.Thread(target=int); x.start(); x.join()",
                             options=["-f"])
        threads = [e for e in events if e["type"] == "attach"]
        self.assertEqual(len(threads), 2)
        self.assertEqual(threads[0]["pid"], threads[1]["pid"])
        self.assertNotEqual(threads[0]["tid"], threads[1]["tid"])

    def test_a_signal_and_the_death_by_it(self):
        events = self.events("sh", "-c", "kill -TERM $$", status=-signal.SIGTERM)
        term = {"name": "SIGTERM", "value": 15}
        arrived = self.only(events, type="signal")
        self.assertEqual(arrived["signal"], term)
        self.assertEqual(arrived["info"], {"si_signo": term, "si_code": {"name": "SI_USER", "value": 0},
                                           "si_errno": 0, "si_pid": arrived["pid"], "si_uid": os.getuid()})
        self.assertEqual((events[-1]["type"], events[-1]["signal"]), ("exit", term))

    def test_a_call_that_its_process_dies_in_is_unfinished(self):
        run = self.run_trace("--json", "/bin/cat", stdin=subprocess.PIPE)
        pid = run.command("cat")
        harness.wait_blocked(pid, "read")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(run.end(), -signal.SIGKILL)
        events = self.read(run)
        self.assertEqual((events[-1]["type"], events[-1]["signal"]["name"]), ("exit", "SIGKILL"))
        self.assertEqual((events[-2]["name"], events[-2]["args"]["fd"]), ("read", 0))
        self.assertTrue(events[-2]["unfinished"])
        self.assertFalse({"result", "errno", "duration"} & set(events[-2]))

    def test_attaching_asking_and_detaching(self):
        cat = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)
        self.addCleanup(cat.communicate)
        harness.wait_blocked(cat.pid, "read")
        run = self.run_trace("--json", "-p", cat.pid)
        run.wait_text('"attach"')
        harness.wait_blocked(cat.pid, "read")
        cat.stdin.write(b"x")
        cat.stdin.flush()
        run.wait_text('"name":"write"')
        harness.wait_blocked(cat.pid, "read")
        run.signal(signal.SIGUSR1)
        run.wait_text('"info"')
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 0)
        events = self.read(run)
        info = self.only(events, type="info")
        self.assertEqual((info["state"], info["name"], info["args"]), ("call", "read", {"fd": 0}))
        self.assertEqual([e["type"] for e in events][-1], "detach")
        self.assertEqual({e["comm"] for e in events}, {"cat"})

    def test_a_call_shows_what_it_was_given_though_memory_changes_meanwhile(self):
        events = self.events("python3", "-c", CHANGES_ITS_MIND, options=["-f"])
        opened = [e for e in events if e["type"] == "syscall" and str(e["args"].get("filename")).endswith("/before")]
        self.assertEqual(len([e for e in opened if e.get("result", -1) >= 0 and e["name"] == "openat" and
                              "O_WRONLY" in e["args"]["flags"]["names"]]), 1)

    def test_a_name_that_would_break_the_line_does_not(self):
        with tempfile.TemporaryDirectory() as directory:
            name = os.path.join(os.fsencode(directory), b'"\\\n\x1b[2J\xff')
            shutil.copy(self.program("hello"), name)
            events = self.events(os.fsdecode(name), status=7, stdout=subprocess.DEVNULL)
            self.assertEqual(events[0]["comm"], {"bytes": b'"\\\n\x1b[2J\xff'.hex()})
            name = os.path.join(os.fsencode(directory), '"\\\n\x1b[2J\x9bü'.encode())
            shutil.copy(self.program("hello"), name)
            events = self.events(os.fsdecode(name), status=7, stdout=subprocess.DEVNULL)
            self.assertEqual(events[0]["comm"], '"\\\n\x1b[2J\x9bü')

    def test_the_limit_of_strings_holds(self):
        events = self.events("cat", "/etc/passwd", options=["--string-limit", "5"], stdout=subprocess.DEVNULL)
        cut = [e["args"]["buf"] for e in events if e.get("name") == "write" and e["args"]["fd"] == 1]
        with open("/etc/passwd", encoding="ascii") as passwd:
            self.assertEqual(cut, [{"string": passwd.read(5), "truncated": True}])

    def test_stack_traces_are_refused(self):
        run = self.run_trace("--json", "-s", "true")
        self.assertEqual(run.end(), 2)


# A thread opens a FIFO by a name that is changed while it waits for the other end.
CHANGES_ITS_MIND = r"""
import ctypes, os, tempfile, threading, time
directory = tempfile.mkdtemp()
fifo = os.path.join(directory, "before")
os.mkfifo(fifo)
libc = ctypes.CDLL(None, use_errno=True)
name = ctypes.create_string_buffer(fifo.encode())
at = hex(ctypes.addressof(name))

def other():
    libc.open(name, os.O_WRONLY)

thread = threading.Thread(target=other)
thread.start()
def in_open():
    with open(f"/proc/self/task/{thread.native_id}/syscall") as f:
        call = f.read()
    with open(f"/proc/self/task/{thread.native_id}/stat") as f:
        return at in call and ") S " in f.read()
while not in_open():
    time.sleep(0.001)
name.value = fifo.encode().replace(b"before", b"behind")
fd = os.open(fifo, os.O_RDONLY)
thread.join()
os.unlink(fifo)
os.rmdir(directory)
"""


if __name__ == "__main__":
    harness.main()
