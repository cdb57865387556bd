"""Many processes, threads and attachments: nothing hangs, nothing is lost."""
import signal

import harness
from harness import TraceTest, field
from lives import lives

harness.LIMIT = 50.0    # a hang is to be noticed within a minute; something happens all the time


class Stress(TraceTest):
    def whole(self, text):
        """Every process that was announced has ended.  How many there were."""
        number, alive = lives(text)
        self.assertEqual(alive, set())
        self.assertNotIn("detached", text)
        return number

    def test_two_thousand_short_processes(self):
        run = self.run_trace("-f", self.program("bomb"), "2000", "/bin/true")
        self.assertEqual(run.end(), 3)
        self.assertEqual(self.whole(run.text()), 2001)

    def test_exit_group_among_two_hundred_busy_threads(self):
        for _ in range(50):
            run = self.run_trace("-f", self.program("busy"), "200", "3")
            self.assertEqual(run.end(), 5)
            self.assertEqual(self.whole(run.text()), 201)
            run.close()

    def test_letting_a_process_go_while_it_makes_children(self):
        """Whatever was known of parent and child at that moment, both run on."""
        for i in range(40):
            p = self.start("bomb", "100000", "/bin/true")
            run = self.run_trace("-f", "-p", p.pid)
            run.wait_text("vfork|clone")
            for _ in range(i % 20):
                harness.os.sched_yield()
            run.signal(signal.SIGINT)
            self.assertEqual(run.end(), 0)
            self.assertEqual(field(p.pid, "TracerPid"), "0")
            run.close()
            p.kill()

    def test_attaching_to_a_busy_process_again_and_again(self):
        p = self.start("busy", "3")
        self.assertEqual(harness.read_line(p.stdout), b"ready\n")
        for _ in range(500):
            run = self.run_trace("-f", "-p", p.pid)
            run.wait_text("gettid")
            run.signal(signal.SIGINT)
            self.assertEqual(run.end(), 0)
            self.assertEqual(run.text().count("Process detached"), 4)
            run.close()
        self.assertEqual(field(p.pid, "TracerPid"), "0")
        harness.wait_state(p.pid, "RS")


if __name__ == "__main__":
    harness.main()
