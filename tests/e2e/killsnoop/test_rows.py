"""Each signal of a program that knows all ways to send one: in which mode it is shown, and how."""
import re
import signal

import snoop

# way of sending, comm, PID, TPID, signal, name, call, result; $NAME is a number that the program tells
ROWS = [line.split("|") for line in """
kill|sender|$main|$main|0|0|kill|0
kill|sender|$main|$main|10|SIGUSR1|kill|0
kill|sender|$main|-$main|12|SIGUSR2|kill|0
kill|sender|$main|0|28|SIGWINCH|kill|0
kill|sender|$main|4194304|15|SIGTERM|kill|-1 [ESRCH]
kill|sender|$main|$main|65|65|kill|-1 [EINVAL]
kill|sender|$main|$main|-1|-1|kill|-1 [EINVAL]
kill|sender|$main|$main|2147483647|2147483647|kill|-1 [EINVAL]
kill|sender|$main|4194304|32|SIG32|kill|-1 [ESRCH]
kill|sender|$main|$main|34|SIGRTMIN|kill|0
kill|sender|$main|$main|37|SIGRTMIN+3|kill|0
kill|sender|$main|$main|64|SIGRTMIN+30|kill|0
kill|sender|$main|$main|10|SIGUSR1|kill|0
other|sender|$main|$main|23|SIGURG|tkill|0
other|sender|$main|$main|23|SIGURG|tgkill|0
other|sender|$main|$main|1|SIGHUP|tgkill|0
other|sender|$main|$main|10|SIGUSR1|rt_sigqueueinfo|0
other|sender|$main|$main|12|SIGUSR2|rt_tgsigqueueinfo|0
other|sender|$main|$main|12|SIGUSR2|pidfd_send_signal|0
kill|worker|$main|$main|29|SIGIO|kill|0
kill|sender|$stranger|1|10|SIGUSR1|kill|-1 [EPERM]
kill|sender|$suicide|$suicide|9|SIGKILL|kill|0
kernel|sender|$compat|$compat|27|SIGPROF|-|-
kernel|sender|$fault|$fault|11|SIGSEGV|-|-
kernel|-|-|$timer|14|SIGALRM|-|-
kernel|sender|$parent|$orphan|12|SIGUSR2|-|-
kill|a b\\xe9\\x1b[2J|$main|$main|18|SIGCONT|kill|0
""".strip().splitlines()]
WAY, COMM, PID, TPID, SIGNAL, NAME, CALL, RETURN = range(8)


def has_32_bit(said):
    """Where the kernel has no 32-bit calls, the program dies of the attempt."""
    return said["compat_signal"] == 0


class Rows(snoop.TestCase):
    maxDiff = None

    def run_sender(self, *args):
        self.snoop, said = self.snooped(["sender"], *args)
        said = {name: int(number) for name, number in said}
        self.said = said

        def fill(row):
            return [re.sub(r"\$(\w+)", lambda m: str(said[m[1]]), cell) for cell in row]
        rows = [fill(row) for row in ROWS]
        if not has_32_bit(said):
            next(row for row in rows if row[PID] == str(said["compat"]))[SIGNAL:NAME + 1] = ["11", "SIGSEGV"]
        return rows

    def ours(self, row):
        """Is that line one of the program's?"""
        pids = [str(pid) for name, pid in self.said.items() if name not in ("pidfd", "compat_signal")]
        return any(re.search(rf"(^|\s|=){pid}(\s|,|$)", row) for pid in pids)

    def check(self, args, expected, names=False, call=False):
        rows = self.run_sender(*args)
        lines = []
        for row in rows:
            if expected(row):
                line = f"{row[COMM]:<16.16} {row[PID]:<6} {row[TPID]:<8} {row[NAME if names else SIGNAL]:<10} "
                line += f"{row[CALL]:<18} " if call else ""
                lines.append(line + row[RETURN])
        header, *found = self.snoop.lines()
        self.assertEqual(header, "COMM             PID    TPID     SIGNAL     " + ("CALL               " if call else "")
                         + "RETURN")
        self.assertEqual([line for line in found if self.ours(line)], lines)

    def test_without_options_every_kill_is_a_row(self):
        self.check([], lambda row: row[WAY] == "kill")

    def test_names(self):
        self.check(["-s"], lambda row: row[WAY] == "kill", names=True)

    def test_all_calls(self):
        self.check(["-as"], lambda row: row[WAY] in ("kill", "other"), names=True, call=True)

    def test_kernel(self):
        self.check(["-ks"], lambda row: row[WAY] in ("kill", "kernel"), names=True, call=True)

    def test_all_calls_and_kernel(self):
        self.check(["-aks"], lambda row: True, names=True, call=True)

    def test_failed(self):
        self.check(["-x"], lambda row: row[WAY] == "kill" and row[RETURN] != "0")

    def test_signals(self):
        self.check(["-S", "USR1,SIGTERM,RTMIN+3,0"], lambda row: row[WAY] == "kill" and row[SIGNAL] in "10 15 37 0".split())

    def test_names_of_senders(self):
        self.check(["-n", "^work|^a b"], lambda row: row[WAY] == "kill" and row[COMM][0] in "wa")

    def test_duration_gives_the_same_rows(self):
        self.check(["-as", "-d", "1000"], lambda row: row[WAY] in ("kill", "other"), names=True, call=True)

    def test_time_goes_forward(self):
        self.run_sender("-t", "-a")
        header, *lines = self.snoop.lines()
        self.assertEqual(header[:21], "TIMEs            COMM")
        times = []
        for line in lines:
            self.assertRegex(line, r"^\d+\.\d{6} +\S")
            times.append(float(line.split()[0]))
        self.assertEqual(times, sorted(times))

    def test_calls_in_full(self):
        rows = self.run_sender("-V")
        found = [re.sub(r"^.{16} \d+ +", "", line) for line in self.snoop.lines()[1:] if self.ours(line)]
        expected = []
        for row in rows:
            if row[WAY] == "kill":
                expected.append(f"kill(pid={row[TPID]}, sig={row[NAME]}) = {row[RETURN]}")
        self.assertEqual(found, expected)

    def test_other_calls_in_full(self):
        self.run_sender("-aV")
        pid, fd = self.said["main"], self.said["pidfd"]
        text = self.snoop.text
        self.assertIn(f"tgkill(tgid={pid}, pid={pid}, sig=SIGURG) = 0\n", text)
        self.assertRegex(text, rf"rt_sigqueueinfo\(pid={pid}, sig=SIGUSR1, uinfo=&0x[0-9a-f]+\) = 0\n")
        self.assertIn(f"pidfd_send_signal(pidfd={fd}, sig=SIGUSR2, info=NULL, flags=0) = 0\n", text)

    def test_json(self):
        rows = self.run_sender("-akj")
        objects = self.snoop.objects()
        ours = [o for o, line in zip(objects, self.snoop.lines()) if self.ours(line.replace(":", " "))]
        self.assertEqual(len(ours), len(rows))
        for o, row in zip(ours, rows):
            sig = o["signal"]
            self.assertEqual(str(sig if isinstance(sig, int) else sig["value"]), row[SIGNAL])
            self.assertEqual("-" if o["pid"] is None else str(o["pid"]), row[PID])
            if row[WAY] == "kernel":
                self.assertEqual((o["type"], str(o["target"])), ("signal", row[TPID]))
                continue
            self.assertEqual((o["type"], o["name"]), ("syscall", row[CALL]))
            self.assertEqual(o["result"], int(row[RETURN].split()[0]))
            self.assertEqual(f"-1 [{o['errno']['name']}]" if "errno" in o else "0", row[RETURN])
            self.assertEqual(sig if isinstance(sig, int) else sig["name"], int(row[SIGNAL]) if row[NAME] == row[SIGNAL]
                             else row[NAME])
            self.assertEqual(str(o["target"]), row[TPID])
            self.assertEqual(o["args"]["sig"], sig)
        self.assertEqual(ours[-1]["comm"], {"bytes": b"a b\xe9\x1b[2J".hex()})

    def test_every_row_as_json_fits_the_schema(self):
        for options in ["-j"], ["-aj"], ["-kj"], ["-Vj"], ["-xj"], ["-akjst", "-d", "1000"], ["-j", "-S", "0,RTMIN+3"]:
            with self.subTest(options=options):
                self.run_sender(*options)
                self.assertNotEqual(self.snoop.objects(), [])

    def test_a_row_that_does_not_fit_the_schema_is_noticed(self):
        self.run_sender("-kj")
        objects = self.snoop.objects()
        for kind in "syscall", "signal":
            good = next(o for o in objects if o["type"] == kind)
            for change in {"pid": "1"}, {"comm": {"bytes": "f"}}, {"target": "x"}, {"signal": "SIGTERM"}, {"more": 1}, \
                    {"type": "exit"}:
                with self.subTest(kind=kind, change=change), self.assertRaises(snoop.Invalid):
                    snoop.SCHEMA.validate({**good, **change})

    def test_target(self):
        """Of all senders on the machine, those whose signals come to this process."""
        target = snoop.subprocess.Popen(["sleep", "1000"])
        try:
            s = snoop.Snoop("-s", "-a", "-T", target.pid)
            with open("/proc/self/comm", encoding="ascii") as f:
                comm = f.read().strip()
            me = snoop.os.getpid()
            snoop.os.kill(target.pid, 0)
            snoop.os.kill(target.pid, signal.SIGCONT)
            snoop.os.kill(me, 0)
            fd = snoop.os.pidfd_open(target.pid)
            signal.pidfd_send_signal(fd, signal.SIGCONT)
            snoop.os.close(fd)
            snoop.program("sender")
            self.assertEqual(s.end(), 0)
        finally:
            target.kill()
            target.wait()
        rows = [line.split() for line in s.lines()[1:]]
        self.assertEqual(rows, [[comm, str(me), str(target.pid), name, call, "0"] for name, call in
                                [("0", "kill"), ("SIGCONT", "kill"), ("SIGCONT", "pidfd_send_signal")]])

    def test_target_group(self):
        """A signal for a group shows for the group, and for a process that is in it."""
        target = snoop.subprocess.Popen(["sleep", "1000"], start_new_session=True)
        try:
            group, process = snoop.Snoop("-T", -target.pid), snoop.Snoop("-T", target.pid)
            snoop.os.kill(-target.pid, signal.SIGCONT)
            snoop.os.kill(target.pid, signal.SIGCONT)
            self.assertEqual((group.end(), process.end()), (0, 0))
        finally:
            target.kill()
            target.wait()
        self.assertEqual([line.split()[2] for line in group.lines()[1:]], [str(-target.pid)])
        self.assertEqual([line.split()[2] for line in process.lines()[1:]], [str(-target.pid), str(target.pid)])


if __name__ == "__main__":
    snoop.main()
