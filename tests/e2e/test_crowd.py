"""Many threads: none is forgotten, however the tracer waits for them."""
import collections
import re

import harness
from harness import TraceTest

THREADS, ROUNDS = 100, 30


class Crowd(TraceTest):
    def counts(self, *options):
        text = self.trace("crowd", str(THREADS), str(ROUNDS), options=["-f", *options])
        return collections.Counter(re.findall(r"^ *(\d+)[|'][ *]getppid\(\) = \d+", text, re.M))

    def test_every_call_of_every_thread_is_shown(self):
        for options in ([], ["-g"], ["--placement=share"]):
            with self.subTest(options=options):
                counts = self.counts("-q", *options)
                self.assertEqual((len(counts), set(counts.values())), (THREADS, {ROUNDS}))

    def test_one_busy_thread_among_many_that_wait(self):
        text = self.trace("crowd", str(THREADS), str(ROUNDS), "idle", options=["-f", "-q"])
        self.assertEqual(len(re.findall(r"getppid\(\) = \d+", text)), THREADS * ROUNDS)

    def test_an_attached_crowd_is_let_go_as_a_whole(self):
        p = self.start("busy", "60")
        self.assertEqual(harness.read_line(p.stdout), b"ready\n")
        run = self.run_trace("-f", "-o", "/dev/null", "-p", p.pid)
        harness.until(lambda: all(harness.field(f"{p.pid}/task/{tid}", "TracerPid") == str(run.pid)
                                  for tid in harness.os.listdir(f"/proc/{p.pid}/task")), "all to be traced")
        run.signal(harness.signal.SIGINT)
        self.assertEqual(run.end(), 0)
        self.assertEqual({harness.field(f"{p.pid}/task/{tid}", "TracerPid")
                          for tid in harness.os.listdir(f"/proc/{p.pid}/task")}, {"0"})


if __name__ == "__main__":
    harness.main()
