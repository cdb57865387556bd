"""How long calls take, and summaries of them."""
import os
import re
import signal
import subprocess
import time

import harness
from harness import TRACE, TraceTest, wait_blocked

TIME = r"<(\d+\.\d{6})>"
ROW = re.compile(r"^ *([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +(\d+) ([ \d]*) ([\w()]+)$")


def rows(text):
    """The lines of a summary: name, calls, errors, and its times in seconds."""
    result = []
    for line in text.splitlines():
        match = ROW.match(line)
        if match:
            share, total, avg, low, high, calls, errors, name = match.groups()
            result.append((name, int(calls), int(errors.strip() or 0),
                           {"share": float(share), "total": float(total), "avg": float(avg), "min": float(low),
                            "max": float(high)}))
    return result


class Durations(TraceTest):
    def test_every_call_ends_in_its_time(self):
        lines = harness.normal(self.trace("hello", options=["-T"], status=7))
        found = [line for line in lines if re.match(r"\w+\(", line)]
        self.assertGreater(len(found), 10)
        for line in found:
            self.assertRegex(line, TIME + "$")
        self.assertRegex("\n".join(lines), r"\nexit_group\(7\) <")
        self.assertEqual(lines[-1], "Process exited normally with code 7")

    def test_the_time_is_that_of_the_call(self):
        run = self.run_trace("-T", "-e", "nanosleep,clock_nanosleep", "sleep", "0.2")
        self.assertEqual(run.end(), 0)
        took = float(re.search(TIME, run.text()).group(1))
        self.assertGreaterEqual(took, 0.2)
        self.assertLess(took, harness.LIMIT)

    def test_an_interrupted_call_has_one_time(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        run = self.run_trace("-T", self.program("waits"), "read", stdin=reader)
        os.close(reader)
        pid = run.command("waits")
        wait_blocked(pid, "read")
        begin = time.monotonic()
        os.kill(pid, signal.SIGWINCH)
        run.wait_text(r"SIGWINCH \*\*\Z")
        wait_blocked(pid, "read")
        waited = time.monotonic() - begin
        os.write(writer, b"x")
        self.assertEqual(run.end(), 0)
        line = re.search(r"^read\(0, \*\* SIGWINCH.*$", run.text(), re.M).group(0)
        self.assertRegex(line, r'^read\(0, \*\* SIGWINCH \*\* "x", 1\) = 1 ' + TIME + "$")
        self.assertGreaterEqual(float(re.search(TIME, line).group(1)), waited)

    def test_a_call_that_is_cut_has_none(self):
        run = self.run_trace("-T", self.program("waits"), "pause")
        pid = run.command("waits")
        wait_blocked(pid, "pause")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(run.end(), -signal.SIGKILL)
        self.assertIn("pause() = <..>\n", run.text())

    def test_the_child_s_half_of_a_call_has_none(self):
        text = self.trace("forks", "fork", options=["-f", "-T"])
        self.assertRegex(text, r"fork\(\) = 0\n")
        self.assertRegex(text, r"fork\(\) = [1-9]\d* " + TIME + "\n")


class Relative(TraceTest):
    def test_lines_begin_with_the_time_since_the_last(self):
        run = self.run_trace("-r", "-e", "nanosleep,clock_nanosleep,exit_group", "sleep", "0.2")
        self.assertEqual(run.end(), 0)
        lines = run.text().splitlines()
        times = [float(re.match(r" *(\d+\.\d{6}) ", line).group(1)) for line in lines]
        self.assertEqual(times[0], 0)
        self.assertGreaterEqual(times[2], 0.2)
        self.assertRegex(lines[2], r"exit_group")
        self.assertLess(sum(times), harness.LIMIT)


class Summary(TraceTest):
    def test_only_a_summary(self):
        text = self.trace("hello", options=["-c"], status=7)
        self.assertRegex(text, r"\A% time +seconds +avg +min +max +calls +errors call\n-")
        self.assertNotIn("Tracing", text)
        found = {name: (calls, errors) for name, calls, errors, _ in rows(text)}
        lines = harness.normal(self.trace("hello", status=7))
        for name in "write", "close", "openat", "(unknown)", "exit_group":
            shown = [line for line in lines if line.startswith(name.replace("(unknown)", "syscall_") + ("" if "(" in name else "("))]
            failed = [line for line in shown if " = -1 [" in line]
            self.assertEqual(found[name], (len(shown), len(failed)), name)
        self.assertEqual(found["total"][0], sum(calls for name, (calls, _) in found.items() if name != "total"))
        self.assertEqual(found["total"][1], sum(errors for name, (_, errors) in found.items() if name != "total"))

    def test_columns_are_aligned(self):
        for line in self.trace("hello", options=["-c"], status=7).splitlines()[2:-2]:
            self.assertEqual(line.rindex(" "), len(re.match(r"^[-% .\w]*? (?=[a-z(]\S*$)", line).group(0)) - 1)
        lines = self.trace("hello", options=["-c"], status=7).splitlines()
        self.assertEqual(len({line.rindex(" ") for line in lines}), 1)

    def test_lines_and_a_summary(self):
        text = self.trace("hello", options=["-C"], status=7)
        self.assertIn('close(-1) = -1 [EBADF]\n', text)
        self.assertRegex(text, r"Process exited normally with code 7\n% time")

    def test_times(self):
        run = self.run_trace("-c", "sleep", "0.2")
        self.assertEqual(run.end(), 0)
        found = {name: times for name, _, _, times in rows(run.text())}
        sleep = found.get("clock_nanosleep") or found["nanosleep"]
        self.assertGreaterEqual(sleep["total"], 0.2)
        self.assertEqual(sleep["total"], sleep["max"])
        for times in found.values():
            self.assertAlmostEqual(times["share"], 100 * times["total"] / found["total"]["total"], delta=0.01)
            self.assertLessEqual(times["min"], times["avg"])
            self.assertLessEqual(times["avg"], times["max"])
            self.assertLessEqual(times["max"], times["total"])

    def test_it_is_sorted(self):
        for by, key in (("calls", lambda row: -row[1]), ("errors", lambda row: -row[2]), ("name", lambda row: row[0]),
                        ("max", lambda row: -row[3]["max"]), ("time", lambda row: -row[3]["total"])):
            option = ["-S", by] if by == "calls" else [f"--summary-sort={by}"]
            found = rows(self.trace("hello", options=["-c", *option], status=7))[:-1]
            self.assertGreater(len(found), 5)
            self.assertEqual(found, sorted(found, key=key), by)

    def test_filters_hold_for_it(self):
        for where in "user", "auto":
            text = self.trace("hello", options=["-c", f"--filter={where}", "-e", "close", "-Z"], status=7)
            self.assertEqual([row[:3] for row in rows(text)], [("close", 1, 1), ("total", 1, 1)])

    def test_children_count(self):
        found = {row[0]: row[1] for row in rows(self.trace("forks", "fork", options=["-f", "-c"]))}
        self.assertEqual((found["exit_group"], found["fork"]), (2, 1))

    def test_an_interrupt_ends_in_a_summary(self):
        process = self.start("waits", "pause")
        wait_blocked(process.pid, "pause")
        run = self.run_trace("-C", "-p", process.pid)
        run.wait_text(r"pause\(|restart")
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 0)
        self.assertRegex(run.text(), r"Process detached\n% time(.*\n)*.* 1 +pause\n")

    def test_it_goes_to_standard_error_too(self):
        done = subprocess.run([TRACE, "-c", "true"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=True)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\A% time(.*\n)*.* total\n\Z")


if __name__ == "__main__":
    harness.main()
