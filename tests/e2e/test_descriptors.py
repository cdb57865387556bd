"""-y: what is behind descriptors."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import TraceTest
from json_schema import Schema

SCHEMA = Schema(os.environ["SCHEMA"])


class Descriptors(TraceTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="trace-e2e-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.path = cls.directory.name

    def calls(self, *names, options=("-fy",)):
        """The calls of these names, with numbers of sockets and the like as N."""
        lines = self.trace("descriptors", self.path, options=options).splitlines()
        lines = [harness.PREFIX.sub("", line) for line in harness.section(lines)]
        return [re.sub(r"\[(\d+)\]", "[N]", line) for line in lines if line.split("(")[0] in names]

    def test_paths_of_files_follow_renames_and_removal(self):
        found = self.calls("openat", "rename", "fcntl", "close", "dup", "unlink")
        start = found.index(f'openat(AT_FDCWD<{self.path}>, "file", O_RDWR|O_CREAT, 0600) = 3<{self.path}/file>')
        self.assertEqual(found[start + 1:start + 14], [
            f"dup(3<{self.path}/file>) = 4<{self.path}/file>",
            f'openat(AT_FDCWD<{self.path}>, ".", O_RDONLY|O_DIRECTORY) = 5<{self.path}>',
            f'openat(5<{self.path}>, "file", O_RDONLY) = 6<{self.path}/file>',
            f"close(6<{self.path}/file>) = 0",
            'rename("file", "renamed") = 0',
            f"fcntl(3<{self.path}/renamed>, F_GETFD) = 0",
            f"fcntl(4<{self.path}/renamed>, F_DUPFD, 5) = 6<{self.path}/renamed>",
            f"close(6<{self.path}/renamed>) = 0",
            'unlink("renamed") = 0',
            f"fcntl(4<{self.path}/renamed (deleted)>, F_GETFD) = 0",
            f"close(3<{self.path}/renamed (deleted)>) = 0",
            "close(3) = -1 [EBADF]",
            f"close(4<{self.path}/renamed (deleted)>) = 0",
        ])

    def inet(self, family, host):
        found = [line for line in self.calls("fcntl", "socket", "bind") if f"[{family} " in line]
        self.assertIn(f"socket({family}, SOCK_STREAM, IPPROTO_IP) = 3<socket:[{family} "
                      f"{'[::]' if family == 'AF_INET6' else '0.0.0.0'}:0]>", found)
        asked = [line for line in found if line.startswith("fcntl")][:4]
        address = re.escape(host) + r":\d+"
        server = re.fullmatch(rf"fcntl\(3<socket:\[{family} ({address})\]>, F_GETFD\) = 0", asked[0]).group(1)
        client = re.fullmatch(rf"fcntl\(4<socket:\[{family} ({address})->{re.escape(server)}\]>, F_GETFD\) = 0",
                              asked[1]).group(1)
        self.assertEqual(asked[2], f"fcntl(5<socket:[{family} {server}->{client}]>, F_GETFD) = 0")
        self.assertNotEqual(client, server)

    def test_addresses_of_internet_sockets(self):
        self.inet("AF_INET", "127.0.0.1")

    def test_addresses_of_internet_6_sockets(self):
        self.inet("AF_INET6", "[::1]")

    def test_addresses_of_unix_sockets(self):
        found = [re.sub(r"AF_UNIX \d+", "AF_UNIX N", line) for line in self.calls("socket", "fcntl", "socketpair")
                 if "AF_UNIX" in line]
        self.assertEqual(found[:6], [
            "socket(AF_UNIX, SOCK_STREAM, 0) = 3<socket:[AF_UNIX N]>",
            "socket(AF_UNIX, SOCK_STREAM, 0) = 4<socket:[AF_UNIX N]>",
            'fcntl(3<socket:[AF_UNIX "socket"]>, F_GETFD) = 0',
            'fcntl(4<socket:[AF_UNIX N->"socket"]>, F_GETFD) = 0',
            'fcntl(5<socket:[AF_UNIX "socket"]>, F_GETFD) = 0',
            'fcntl(5<socket:[AF_UNIX "socket"]>, F_GETFD) = 0',
        ])
        self.assertIn("socketpair(AF_UNIX, SOCK_DGRAM, 0, [3<socket:[AF_UNIX N]>, 4<socket:[AF_UNIX N]>]) = 0", found)

    def test_other_things_and_sets_of_descriptors(self):
        found = self.calls("epoll_create1", "pipe", "pipe2", "select", "pselect6")
        self.assertEqual(found[0], "epoll_create1(0) = 3<anon_inode:[eventpoll]>")
        self.assertRegex(found[1], r"^pipe2?\(\[4<pipe:\[N\]>, 5<pipe:\[N\]>\](, 0)?\) = 0$")
        self.assertRegex(found[2], r"^p?select6?\(6, NULL, \[5<pipe:\[N\]>\], NULL, NULL(, NULL)?\) = 1 ")

    def test_a_thread_may_have_descriptors_of_its_own(self):
        found = [line for line in self.calls("fcntl") if line.startswith("fcntl(3<")]
        self.assertRegex(found[-1], r"^fcntl\(3<socket:\[AF_INET 127\.0\.0\.1:\d+\]>, F_GETFD\) = 0$")

    def test_in_json(self):
        output = self.trace("descriptors", self.path, options=["-fy", "--json"])
        events = [json.loads(line) for line in output.splitlines()]
        for event in events:
            SCHEMA.validate(event)
        opened = next(e for e in events if e.get("name") == "openat" and e["args"]["filename"] == "file")
        self.assertEqual(opened["args"]["dfd"], {"name": "AT_FDCWD", "value": -100, "path": self.path})
        self.assertEqual(opened["result"], {"value": 3, "path": self.path + "/file"})
        closed = [e["args"]["fd"] for e in events if e.get("name") == "close" and e["result"] == -1]
        self.assertEqual(closed, [3])
        paths = [e["args"]["fd"]["path"] for e in events if e.get("name") == "fcntl"]
        self.assertIn(self.path + "/renamed (deleted)", paths)
        self.assertTrue([path for path in paths if re.fullmatch(r'socket:\[AF_UNIX \d+->"socket"\]', path)], paths)

    def truths(self):
        """What the program said was behind its descriptor, and what -y did."""
        truth = None
        for line in self.trace("changing", self.path, options=["-fvvy", "--json"]).splitlines():
            event = json.loads(line)
            SCHEMA.validate(event)
            if event.get("name") == "write" and event["args"]["fd"] == -1:
                truth = event["args"]["buf"]
            elif event.get("name") == "fcntl" and truth is not None:
                fd = event["args"]["fd"]
                yield truth, "" if fd == 9 else fd["path"]
                truth = None

    def test_it_is_the_truth_whoever_changes_it(self):
        found = list(self.truths())
        self.assertEqual([shown for _, shown in found], [truth for truth, _ in found])
        for kind in (f"{self.path}/one/renamed", f"{self.path}/two/renamed (deleted)", "/dev/null", "",
                     "socket:[AF_INET 0.0.0.0:0]", "socket:[AF_INET 127.0.0.1:N->127.0.0.1:N]", "socket:[AF_UNIX N]"):
            said = [truth for truth, _ in found if re.sub(r"(?<=:)[1-9]\d+|(?<=X )\d+", "N", truth) == kind]
            self.assertGreaterEqual(len(said), 6, kind)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_proc_can_be_unmounted_meanwhile(self):
        """In a namespace of its own, by a program whose descriptors were asked for so often that a handle is held."""
        program = ("import ctypes, fcntl\n"
                   "for _ in range(20): fcntl.fcntl(0, fcntl.F_GETFD)\n"
                   "ctypes.CDLL(None).umount2(b'/proc', 0)")
        with tempfile.NamedTemporaryFile("r", encoding="ascii") as output:
            ran = subprocess.run(["unshare", "-mpf", "--mount-proc", harness.TRACE, "-yo", output.name,
                                  "-e", "umount2,fcntl", "--filter=user", sys.executable, "-c", program],
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=harness.LIMIT, check=False)
            if b"unshare:" in ran.stderr:
                self.skipTest(ran.stderr.decode())
            lines = output.read().splitlines()
        self.assertIn("fcntl(0</dev/null>, F_GETFD) = 0", lines)
        self.assertIn('umount2("/proc", 0) = 0', lines)

    def test_without_it_descriptors_are_numbers(self):
        self.assertIn("fcntl(3, F_GETFD) = 0", self.calls("fcntl", options=["-f"]))

    def test_numbers_have_it_too(self):
        lines = [harness.PREFIX.sub("", line) for line in self.trace("descriptors", self.path,
                                                                     options=["-fny"]).splitlines()]
        self.assertIn(f"fcntl(3<{self.path}/renamed>, 1) = 0", lines)


if __name__ == "__main__":
    harness.main()
