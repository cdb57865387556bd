"""The rules of the output that the examples of the manual page do not hold."""
import os
import re
import resource
import signal
import subprocess
import tempfile

import harness
from harness import TraceTest, until, wait_blocked

DIGITS = "0123456789" * 30


class RuleTest(TraceTest):
    def scene(self, name, *args, options=()):
        """What is between the marks, which some options cut or show as addresses."""
        lines = self.trace("rules", name, *args, options=options).splitlines()
        mark = re.compile(r"write\(-1, \S+, [35]\) = -1 \[EBADF\]$")
        marks = [i for i, line in enumerate(lines) if mark.match(line)]
        return [re.sub("&0x[0-9a-f]{6,}", "&0x..", line) for line in lines[marks[0] + 1:marks[-1]]]


class Limits(RuleTest):
    """What the table of limits says, at -v 0, 1 and 2."""

    LEVELS = [], ["-v"], ["-vv"]

    def each(self, *limits):
        for options, limit in zip(self.LEVELS, limits):
            with self.subTest(options=options):
                yield options, limit

    def test_bytes_of_a_buffer(self):
        for options, limit in self.each(32, 256, 1 << 20):
            self.assertEqual(self.scene("buffers", options=options), [
                f'write(-1, "{DIGITS[:min(n, limit)]}"{".." if n > limit else ""}, {n}) = -1 [EBADF]'
                for n in (31, 32, 33, 34, 256, 257)])

    def test_the_string_limit_overrides_it(self):
        for limit in 0, 1, 33, 1000:
            for options in self.LEVELS:
                self.assertEqual(self.scene("buffers", options=[f"--string-limit={limit}", *options])[2],
                                 f'write(-1, "{DIGITS[:min(33, limit)]}"{".." if limit < 33 else ""}, 33) = -1 [EBADF]')

    def test_the_limit_is_on_bytes_of_the_program(self):
        """However long their escapes are."""
        self.assertEqual(self.scene("escapes", options=["--string-limit=3"])[0],
                         r'write(-1, "\n\r\t".., 10) = -1 [EBADF]')

    def test_paths_are_never_cut(self):
        for options in [], ["-v"], ["--string-limit=5"]:
            self.assertEqual(self.scene("paths", options=options),
                             [f'openat(AT_FDCWD, "{DIGITS}", O_RDONLY) = -1 [ENAMETOOLONG]'])

    def shown(self, line, limit, n, one):
        more = [] if n <= limit else [f"..(+{n - limit})" if limit else f"..({n})"]
        self.assertIn("[" + ", ".join([one] * min(n, limit) + more) + "]", line)

    def test_strings_of_a_program(self):
        for options, (args, env) in self.each((16, 0), (64, 64), (1000, 1000)):
            lines = self.scene("programs", options=options)
            self.assertEqual(len(lines), 5)
            for n, line in zip((16, 17, 64, 65, 70), lines):
                self.shown(line, args, n, '"a"')
                self.shown(line, env, n, '"E="')

    def test_directory_entries(self):
        with tempfile.TemporaryDirectory(prefix="trace-e2e-") as path:
            for name in "ab":
                os.mkdir(os.path.join(path, name))
            for options, limit in self.each(0, 3, 1000):
                lines = [line for line in self.scene("directory", path, options=options) if "getdents" in line]
                self.assertEqual(lines[0].count("d_name="), min(4, limit))
                self.assertIn("..(4)]" if limit == 0 else "..(+1)]" if limit == 3 else '"}]', lines[0])
                self.assertEqual(lines[1], "getdents64(3, [], 4096) = 0")

    def test_buffers_of_a_vector(self):
        for options, limit in self.each(4, 16, 1000):
            for n, line in zip((4, 5, 16, 17), self.scene("vectors", options=options), strict=True):
                self.shown(line, limit, n, '{iov_base="x", iov_len=1}')

    def test_elements_of_other_arrays(self):
        for options, limit in self.each(4, 16, 1000):
            for n, line in zip((4, 5, 16, 17), self.scene("polls", options=options), strict=True):
                self.shown(line, limit, n, "{fd=-1, events=0}")

    def test_descriptors_of_a_set(self):
        for options, limit in self.each(16, 1024, 1 << 20):
            found = [line for line in self.scene("fdsets", options=options) if "EBADF" in line]
            for n, line in zip((16, 17, 18), found, strict=True):
                bits = " ".join(map(str, range(min(n, limit)))) + (f" ..(+{n - limit})" if n > limit else "")
                self.assertEqual(line, f"select({n}, [{bits}], NULL, NULL, {{0, 0}}) = -1 [EBADF]")


    def test_frames_of_a_stack_trace(self):
        for options, limit in self.each(15, 31, 1000):
            run = self.run_trace("-s", *options, self.program("rules"), "deep")
            run.end()
            if b"without libdw" in run.err:
                self.skipTest("built without libdw")
            lines = run.text().splitlines()
            frames = lines[[i for i, line in enumerate(lines) if '"deep"' in line][0] - 1].split("  ")
            self.assertEqual(frames[0], "")
            names = [re.sub(r"\+0x.*", "", frame) for frame in frames[1:]]
            self.assertEqual(names[:10], ["syscall"] + ["descend"] * 9)
            self.assertEqual(names.count("descend"), min(limit - 1, 51))
            self.assertEqual("main" in names, limit > 53)


class Values(RuleTest):
    def test_strings(self):
        self.assertEqual(self.scene("escapes"), [
            r'write(-1, "\n\r\t\a\b\v\f\x1b\x7f\xff", 10) = -1 [EBADF]',
            r'write(-1, "\0", 1) = -1 [EBADF]',
            r'write(-1, "\0007", 2) = -1 [EBADF]',
            r'write(-1, "\0x", 2) = -1 [EBADF]',
            r'write(-1, "a' "'" r'b\"c\\d%s", 9) = -1 [EBADF]',
            'write(-1, "", 0) = -1 [EBADF]',
        ])

    def test_memory_that_cannot_be_read(self):
        """Half-way it says so, at once there is the pointer."""
        self.assertEqual(self.scene("faults")[2:], [
            'write(-1, "tail"..(?), 8) = -1 [EBADF]',
            "write(-1, &0x.., 8) = -1 [EBADF]",
            "writev(-1, [{iov_base=NULL, iov_len=0}, ..(?)], 2) = -1 [EBADF]",
            "writev(-1, &0x.., 2) = -1 [EBADF]",
            'execve("/nonexistent", ["one", ..(?)], NULL) = -1 [ENOENT]',
            'execve("/nonexistent", ["a", &0x10], NULL) = -1 [ENOENT]',
        ])

    def test_null(self):
        self.assertEqual(self.scene("nulls"), [
            "mmap(NULL, 0, PROT_NONE, 0, -1, 0x0) = -1 [EBADF]",
            "write(-1, NULL, 1) = -1 [EBADF]",
            "nanosleep(NULL, NULL) = -1 [EFAULT]",
            "openat(AT_FDCWD, NULL, O_RDONLY) = -1 [EFAULT]",
        ])

    def test_null_in_numbers(self):
        for options in ["-n"], ["-nn"]:
            self.assertEqual(self.scene("nulls", options=options), [
                "mmap(&0x0, 0, 0, 0, -1, 0x0) = -1 [EBADF]",
                "write(-1, &0x0, 1) = -1 [EBADF]",
                "nanosleep(&0x0, &0x0) = -1 [EFAULT]",
                "openat(-100, &0x0, 0) = -1 [EFAULT]",
            ])

    def numbers(self, *options):
        return [re.sub(r"(?<!-)\b[1-9]\d{2,}\b", "N", line) for line in self.scene("numbers", options=options)]

    def test_names(self):
        self.assertEqual(self.numbers(), [
            'openat(AT_FDCWD, "/nonexistent/a", O_WRONLY|O_CREAT, 0644) = -1 [ENOENT]',
            "rt_sigprocmask(SIG_BLOCK, [USR1], NULL, 8) = 0",
            "nanosleep({0, 1}, NULL) = 0",
            "fork() = N",
            "wait4(-1, {W_EXITED(3)}, 0, NULL) = N",
            "kill(0, 0) = 0",
        ])

    def test_numbers_for_constants_and_addresses_for_strings(self):
        self.assertEqual(self.numbers("-n"), [
            "openat(-100, &0x.., 0x41, 0644) = -1 [ENOENT]",
            "rt_sigprocmask(0, [USR1], &0x0, 8) = 0",
            "nanosleep({0, 1}, &0x0) = 0",
            "fork() = N",
            "wait4(-1, {W_EXITED(3)}, 0, &0x0) = N",
            "kill(0, 0) = 0",
        ])

    def test_addresses_for_structures_too(self):
        """But signal sets stay: they have no other form."""
        self.assertEqual(self.numbers("-nn"), [
            "openat(-100, &0x.., 0x41, 0644) = -1 [ENOENT]",
            "rt_sigprocmask(0, [USR1], &0x0, 8) = 0",
            "nanosleep(&0x.., &0x0) = 0",
            "fork() = N",
            "wait4(-1, &0x.., 0, &0x0) = N",
            "kill(0, 0) = 0",
        ])

    def test_sets_of_signals(self):
        self.assertEqual(self.scene("signals"), [
            "rt_sigprocmask(99, [], NULL, 8) = -1 [EINVAL]",
            "rt_sigprocmask(99, ~[], NULL, 8) = -1 [EINVAL]",
            "rt_sigprocmask(99, ~[USR1], NULL, 8) = -1 [EINVAL]",
        ])

    def test_flags(self):
        """Nothing set is 0 or its own name; what has no name comes last."""
        self.assertEqual(self.scene("flags"), [
            'openat(-1, "a", O_RDONLY) = -1 [EBADF]',
            'openat(-1, "a", O_WRONLY|O_APPEND|O_NONBLOCK) = -1 [EBADF]',
            "mprotect(&0x1, 0, PROT_NONE) = -1 [EINVAL]",
            "mprotect(&0x1, 0, PROT_READ|PROT_EXEC) = -1 [EINVAL]",
            "mprotect(&0x1, 0, 0x40000000) = -1 [EINVAL]",
            "lseek(-1, 0, 77) = -1 [EBADF]",
            "socket(999, SOCK_STREAM, 0) = -1 [EAFNOSUPPORT]",
        ])

    def test_modes_and_devices(self):
        self.assertEqual([line.split(" = ")[0] for line in self.scene("modes")], [
            'mknod("/nonexistent/a", S_IFREG|S_ISUID|0755)',
            'mknod("/nonexistent/a", S_IFDIR|S_ISVTX|0777)',
            'mknod("/nonexistent/a", S_IFIFO)',
            'mknod("/nonexistent/a", S_IFSOCK|0600)',
            'mknod("/nonexistent/a", S_IFBLK|S_ISGID, <8,1>)',
        ])

    def test_stat(self):
        """A file has a size, a device its numbers."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x" * 747)
            file.flush()
            lines = self.scene("stats", file.name)
        self.assertEqual(lines[0],
                         f'newfstatat(AT_FDCWD, "{file.name}", {{st_mode=S_IFREG|0600, st_size=747, ..}}, 0) = 0')
        self.assertEqual(lines[1],
                         'newfstatat(AT_FDCWD, "/dev/null", {st_mode=S_IFCHR|0666, st_rdev=<1,3>, ..}, 0) = 0')
        self.assertRegex(lines[2], r"\{st_mode=S_IFDIR\|0\d+, st_size=\d+, \.\.\}")

    def test_wait_statuses(self):
        resource_limit = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, resource_limit)
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource_limit[1]))
        found = [line for line in self.scene("statuses") if line.startswith("wait4")]
        self.assertEqual([re.search(r"\{(.*)\}", line).group(1) for line in found],
                         ["W_STOPPED(SIGSTOP)", "W_CONTINUED", "W_SIGNALED(SIGABRT)"])

    def test_a_core_dump(self):
        """As the kernel tells it to a parent that is not traced."""
        limit = resource.getrlimit(resource.RLIMIT_CORE)
        if limit[1] == 0 or os.environ.get("SANITIZED") == "yes":
            self.skipTest("core dumps are forbidden, by the system or the sanitizer")
        with tempfile.TemporaryDirectory(prefix="trace-e2e-") as path:
            def prepare():
                os.chdir(path)
                resource.setrlimit(resource.RLIMIT_CORE, (limit[1], limit[1]))
            pid = os.fork()
            if pid == 0:
                prepare()
                os.kill(os.getpid(), signal.SIGABRT)
            _, status = os.waitpid(pid, 0)
            run = self.run_trace(self.program("rules"), "statuses", preexec_fn=prepare)
            self.assertEqual(run.end(), 0)
        expected = "W_SIGNALED(SIGABRT)" + ("|WCOREDUMP" if os.WCOREDUMP(status) else "")
        self.assertIn("{" + expected + "}", run.text())


class Results(RuleTest):
    def test_what_is_ready(self):
        self.assertEqual(self.scene("ready"), [
            "pipe2([3, 4], 0) = 0",
            "ppoll([{fd=-1, events=POLLIN}, {fd=4, events=POLLOUT}], 2, {0, 0}, NULL, 8) = 1 "
            "(ufds=[{fd=-1, revents=0}, {fd=4, revents=POLLOUT}], tsp={0, 0})",
            "poll([{fd=-1, events=POLLIN}], 1, 0) = 0",
            "pselect6(5, [3], [4], NULL, {0, 0}, NULL) = 1 (inp=[], outp=[4], tsp={0, 0})",
            "epoll_create1(0) = 5",
            "epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLOUT, data=0x7}) = 0",
            "epoll_wait(5, [{events=EPOLLOUT, data=0x7}], 4, 0) = 1",
            "epoll_pwait(5, [{events=EPOLLOUT, data=0x7}], 4, 0, NULL, 8) = 1",
        ])

    def test_ioctl_both_ways(self):
        """What it is given, and what it answers: on success only."""
        self.assertEqual(self.scene("both_ways")[1:], [
            'ioctl(3, SIOCGIFINDEX, {ifr_name="lo"}) = 0 {ifr_ifindex=1}',
            'ioctl(3, SIOCGIFINDEX, {ifr_name="xo"}) = -1 [ENODEV]',
            "ioctl(3, _IOWR(171,9,12), &0x..) = -1 [ENOTTY]",
        ])


class Records(TraceTest):
    """What is repeated of a call that is resumed: 254 characters, or its name."""

    def wait_in_open(self, length):
        """A call whose beginning has that many characters."""
        directory = tempfile.TemporaryDirectory(prefix="trace-e2e-")
        self.addCleanup(directory.cleanup)
        path = directory.name + "/"
        path += "x" * (length - len(f'openat(AT_FDCWD, "{path}", O_RDONLY) ='))
        os.mkfifo(path)
        run = self.run_trace(self.program("rules"), "long_wait", path)
        pid = until(lambda: re.search(r"Tracing \S+ \(pid (\d+)\)", run.text()), "trace")
        pid = int(pid.group(1))
        run.wait_text(r"^openat\(AT_FDCWD, .*xx.* =\Z")
        until(lambda: harness.state(pid) == "S", "the program to block")
        run.signal(signal.SIGUSR1)
        run.wait_text("^ INFO.*in a openat call$")
        os.close(os.open(path, os.O_WRONLY))
        self.assertEqual(run.end(), 0)
        lines = run.text().splitlines()
        at = [i for i, line in enumerate(lines) if line.startswith(" INFO")][0]
        self.assertEqual(lines[at - 1], f'openat(AT_FDCWD, "{path}", O_RDONLY) = <..>')
        self.assertEqual(lines[at], f" INFO| Tracing rules (pid {pid}), in a openat call")
        return path, lines[at + 1].removeprefix(f"{pid:5}'*")

    def test_254_characters_are_repeated(self):
        path, resumed = self.wait_in_open(254)
        self.assertEqual(resumed, f'openat(AT_FDCWD, "{path}", O_RDONLY) = 3')

    def test_255_characters_are_replaced(self):
        _, resumed = self.wait_in_open(255)
        self.assertEqual(resumed, "openat(<..>) = 3")

    def test_a_long_call_with_more_parameters_to_come(self):
        run = self.run_trace("-f", self.program("rules"), "long_call", stdin=subprocess.PIPE)
        run.wait_text(rf'^ *\d+\| readlink\("{DIGITS}", <\.\.>$')
        run.wait_text(r"^ *\d+\|\*readlink\(<\.\.>, &0x\w+, 1\) = -1 \[ENAMETOOLONG\]$")
        run.process.stdin.write(b"x")
        self.assertEqual(run.end(), 0)

    def test_a_long_call_without_a_result(self):
        text = self.trace("rules", "long_exec", options=["-f", "-v"])
        self.assertRegex(text, r'(?m)^ *\d+\| execve\("/bin/true", (.*"abcdefgh".*, |.*)<\.\.>$')
        self.assertRegex(text, r"(?m)^( *\d+['|]\*)execve\(<\.\.>\)$")


class Lines(TraceTest):
    def test_no_line_ends_in_a_blank(self):
        for program in (["manual", "statuses"], ["signals", "self"], ["signals", "pending"], ["forks", "vfork"],
                        ["forks", "clone"], ["bomb", "30", "/bin/true"], ["busy", "3", "300"], ["die", "15"],
                        ["execs", self.program("die"), "0", "0"], ["hello"]):
            for options in [], ["-f"], ["-ft"], ["-fs"], ["-fV", "-vv"]:
                run = self.run_trace(*options, self.program(program[0]), *program[1:])
                run.end()
                text = run.text()
                self.assertEqual([line for line in text.split("\n") if line.endswith(" ")], [])
                self.assertTrue(text.endswith("\n"))
                run.close()

    def test_a_stack_trace_comes_before_a_signal_outside_a_call(self):
        run = self.run_trace("-s", self.program("signals"), "self")
        run.end()
        if b"without libdw" in run.err:
            self.skipTest("built without libdw")
        lines = run.text().splitlines()
        self.assertRegex(lines[lines.index("** SIGUSR1 **") - 1], r"^  \S+\+0x\w+ \[\S+\]  ")

    def test_the_other_letter_for_names(self):
        found = [harness.normal(self.trace("manual", "zero", options=[letter])) for letter in ("-N", "-V")]
        self.assertEqual(found[0], found[1])
        self.assertIn("close(fd=3) = 0", found[0])

    def test_a_pid_has_at_least_five_places(self):
        for line in self.trace("forks", "fork", options=["-f"]).splitlines():
            if "|" in line[:12]:
                self.assertRegex(line, r"^(?= {0,4}\d{1,5}\||\d{6,}\|)[ \d]{5,}\|[ *]")

    def test_the_information_key_outside_a_call(self):
        p = self.start("waits", "pause")
        wait_blocked(p.pid, "pause")
        p.send_signal(signal.SIGSTOP)
        harness.wait_state(p.pid, "T")
        q = self.start("busy", "0")
        self.assertEqual(harness.read_line(q.stdout), b"ready\n")
        run = self.run_trace("-p", p.pid, "-p", q.pid)
        run.wait_text("gettid")
        until(lambda: self.told(run, p.pid, q.pid), "both states of a call")
        run.signal(signal.SIGINT)
        self.assertEqual(run.end(), 0)

    @staticmethod
    def told(run, stopped, busy):
        run.signal(signal.SIGUSR1)
        text = run.text()
        return all(re.search(rf"^ INFO\| Tracing {what}$", text, re.M) for what in (
            rf"waits \(pid {stopped}\), call status unknown", rf"busy \(pid {busy}\), in a gettid call",
            rf"busy \(pid {busy}\), not in a call"))


if __name__ == "__main__":
    harness.main()
