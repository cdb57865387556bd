#!/usr/bin/env python3
"""Which named constants strace shows, and trace does not.

    tests/kernel/compare_strace.py path/to/trace [PROGRAM... | bits]

Runs real programs, those that are there, once under `strace -f -v -s 4096` and once under `trace -f -vv`, and pairs the nth call of each
name in each process.  Two runs are never quite the same, so a constant also counts as shown when a neighbouring call
of that name has it.  Run by hand, as root: it needs strace and all the programs, and prints what to look at.

`bits` is all_bits.c, which makes every call with every bit and small number, and without effect.  Much of what it
shows is no mistake: strace names flags that the call in question refuses, and has names that Linux has dropped.
"""

from __future__ import annotations

import collections
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

PYTHON = os.path.realpath(sys.executable)
WEB = """
import http.server, os, socket, urllib.request
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
child = os.fork()
if not child:
    urllib.request.urlopen("http://127.0.0.1:%d/" % server.server_port).read()
    os._exit(0)
server.handle_request()
os.waitpid(child, 0)
"""
PROGRAMS = {
    "dpkg": "dpkg -l",
    "apt": "apt-cache policy",
    "gcc": "gcc -g hello.c -o hello",
    "python": f"{PYTHON} -c 'import json, subprocess, tempfile, threading; subprocess.run([\"true\"]); "
              "tempfile.TemporaryFile(); t = threading.Thread(target=print); t.start(); t.join()'",
    "web": f"{PYTHON} web.py",
    "git": "git init -q repo && cd repo && touch file && git add file && git -c user.name=a -c user.email=b "
           "commit -q -m first && git log && git gc -q; rm -rf ../repo",
    "ssh-keygen": "rm -f key; ssh-keygen -q -t ed25519 -N '' -f key",
    "ip": "ip address; ip route; ip -s link; ip neigh",
    "ss": "ss -tuxna; ss -ti",
    "mount": "mkdir -p m && unshare -m sh -c 'mount -t tmpfs none m && mount --bind /usr m && mount -o remount,ro,bind m "
             "&& umount m && umount m'",
    "unshare": "unshare -Urpnf --mount-proc sh -c 'ip link set lo up; id; hostname'",
    "tmux": "tmux -L compare -f /dev/null new-session -d sleep 100 && tmux -L compare list-sessions && "
            "tmux -L compare kill-server",
    "gdb": "gcc -g hello.c -o hello && gdb -nx -batch -ex 'break main' -ex run -ex bt ./hello",
    "coreutils": "ls -lR /etc/apt; cp -a /etc/passwd p; stat p; df; dd if=p of=q bs=1k conv=fsync; touch -d yesterday q; "
                 "chmod 600 q; ln -s q r; mv r s; tail -n1 q; sort q; nice id; timeout 5 true; mkfifo f; rm -f f s q p; "
                 "stty -a </dev/tty; sync p; truncate -s 1M q; fallocate -l 1M q; flock q true; setsid true; taskset 1 true; "
                 "ps ax; free; nproc; uname -a; date; kill -0 $$; chrt -p $$; ionice; prlimit; lsblk; find . -size +1",
    "languages": "perl -e 'use Socket; socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); open(F, \"</etc/passwd\"); flock(F, 1); "
                 "fcntl(F, 1, 0); print scalar <F>; sleep 0'; sqlite3 x.db 'create table t(a); insert into t values(1); "
                 "pragma journal_mode=wal; select * from t'",
    "archives": "mkdir d; cp /etc/passwd d; setfattr -n user.a -v b d/passwd; getfattr -d d/passwd; setfacl -m u:1:r d/passwd; "
                "getfacl d; tar --xattrs -czf d.tgz d; tar -tzf d.tgz; rsync -aX d/ e; cmp d/passwd e/passwd; chattr +A d/passwd; "
                "lsattr d; xz -k d/passwd; split -b 500 d/passwd",
    "limits": "chrt -f 1 true; chrt -d --sched-runtime 100000 --sched-deadline 200000 --sched-period 200000 0 true; "
              "ionice -c 2 -n 3 true; taskset -c 0 true; numactl --interleave=all true; numactl --hardware; prlimit --nofile=99 true; "
              "nice -n 5 true; capsh --print; capsh --drop=cap_chown -- -c true; setpriv --no-new-privs --reuid 1 true; "
              "choom -n 5 true; uclampset -m 10 true; setsid -w true; setarch -R true; linux32 true",
    "blocks": "truncate -s 4M i; mkfs.ext4 -q i; blkid i; losetup -l; losetup -f; l=$(losetup -f --show i) && { blockdev --getsz "
              "--getss --getra --flushbufs $l; blkid $l; losetup -d $l; }; fallocate -p -o 0 -l 4096 i; fallocate -d i; "
              "filefrag -v i; dd if=/dev/zero of=o bs=4k count=2 oflag=direct conv=notrunc,fdatasync; mkswap -q o; swapon --show; "
              "xfs_io -c 'fiemap -v' -c 'pwrite 0 4k' -c 'mmap -rw 0 4k' -c 'madvise -d 0 4k' -c 'msync -s' -c 'fadvise -d 0 4k' "
              "-c 'statx -m 0xfff' -c 'falloc -k 0 8k' -c 'seek -a 0' -c 'copy_range -l 4096 i' -c stat -c statfs i",
    "aio": "fio --name=a --ioengine=libaio --direct=1 --size=64k --rw=randwrite --iodepth=4 --output=/dev/null; "
           "fio --name=b --ioengine=io_uring --size=64k --rw=randread --filename=a.0.0 --output=/dev/null; "
           "fio --name=c --ioengine=splice --size=64k --rw=read --filename=a.0.0 --output=/dev/null",
    "firewalls": "unshare -n sh -c 'ip link set lo up; iptables -A INPUT -p tcp --dport 1 -j DROP; iptables -L -n; "
                 "nft list ruleset; nft add table inet t; ip link add v0 type veth peer name v1; ip addr add 10.9.9.1/24 dev v0; "
                 "ip link set v0 up; ip route add 10.8.0.0/16 via 10.9.9.2; ip rule; ip tuntap add mode tap name t0; tc qdisc; "
                 "ip netns list; ip maddr; ping -c 1 -W 1 127.0.0.1; timeout 1 tcpdump -c 1 -i lo -n'",
    "sockets": "timeout 2 socat -u TCP-LISTEN:49152,bind=127.0.0.1,reuseaddr OPEN:/dev/null & socat -u -T1 OPEN:/etc/passwd "
               "TCP:127.0.0.1:49152,retry=20,interval=0.1,nodelay,keepalive; socat -u OPEN:/etc/passwd UDP:127.0.0.1:9; "
               "socat - ABSTRACT-CONNECT:nobody </dev/null; curl -s -m 2 http://127.0.0.1:9/; getent hosts localhost; wait",
    "keys": "keyctl session - true; keyctl show; keyctl add user a b @s; keyctl print $(keyctl search @s user a); "
            "keyctl request user nokey; keyctl describe @u",
    "watches": "timeout 2 inotifywait -t 1 -e create,delete .; timeout 1 tail -f /etc/passwd; findmnt; mountpoint /; "
               "nsenter -t $$ -n true; pivot_root . . ; quota; last; who; hostname; dmesg",
    "ipc": "unshare -i sh -c 'ipcmk -M 4096; ipcmk -S 2; ipcmk -Q; ipcs; ipcs -u; ipcs -l; ipcs -m -i 0; ipcrm -a'",
    "counters": "perf stat -e task-clock,faults true; perf record -q -o p.data -F 99 true; perf trace -e none true; perf list sw; "
                "bpftool prog; bpftool map",
}
BITS = "./all_bits"
# The same addresses in both runs, as they are arguments of flags too.
SAME_ADDRESSES = ["setarch", "-R"]
ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TERM": "xterm",
       "PYTHONDONTWRITEBYTECODE": "1"}
TIMEOUT = 120

NOISE = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/')
CONSTANT = re.compile(r"(?<![\w.])_{0,2}[A-Z][A-Z0-9_]*[A-Z0-9][A-Za-z0-9_]*")
# What strace writes otherwise than we do on purpose, and how we say it.  None: not at all.
SAME: dict[str, list[str]] = {
    "WIFEXITED": ["W_EXITED"], "WEXITSTATUS": [], "WIFSIGNALED": ["W_SIGNALED"], "WTERMSIG": [],
    "WSTOPPED": ["WUNTRACED"], "SCHED_OTHER": ["SCHED_NORMAL"], "EXT2_SUPER_MAGIC": ["EXT4_SUPER_MAGIC"],
    "BTRFS_IOC_CLONE": ["FICLONE"], "SNDCTL_TMR_TIMEBASE": ["TCGETS"], "SNDCTL_TMR_START": ["TCSETS"],
    "SNDCTL_TMR_STOP": ["TCSETSW"], "SNDCTL_TMR_CONTINUE": ["TCSETSF"], "IOPRIO_PRIO_VALUE": [],
    "QCMD": [], "BPF_STMT": [], "BPF_JUMP": [], "WIFSTOPPED": ["W_STOPPED"], "WSTOPSIG": [], "WIFCONTINUED": ["W_CONTINUED"], "WCOREDUMP": ["WCOREDUMP"],
}
REAL_TIME = re.compile(r"(?:SIG)?RT(?:MIN|_\d+)$")     # counted from 32, and in sets we show the number
HEADER = re.compile(r"\{nlmsg_len=[^}]*\}")
NEIGHBOURS = 8


@dataclass
class Call:
    name: str
    text: str

    def constants(self) -> list[str]:
        return CONSTANT.findall(NOISE.sub("", self.text))


@dataclass
class Process:
    calls: list[Call] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    open: dict[str, Call] = field(default_factory=dict)


BIRTH = re.compile(r"\A(clone3?|v?fork)\b.*=\s*(\d+)", re.DOTALL)
Processes = dict[int, Process]


def entered(process: Process, name: str, text: str) -> Call:
    call = Call(name, text)
    process.calls.append(call)
    return call


def read_strace(lines: list[str]) -> Processes:
    found: Processes = collections.defaultdict(Process)
    for line in lines:
        pid, _, text = line.partition(" ")
        process, text = found[int(pid)], text.strip()
        if match := re.match(r"<\.\.\. (\w+) resumed>", text):
            if call := process.open.pop("", None):
                call.text += text[match.end():]
        elif match := re.match(r"(\w+)\(", text):
            call = entered(process, match.group(1), text)
            if text.endswith("<unfinished ...>"):
                process.open[""] = call
    return found


PREFIX = re.compile(r"\A *(\d+)([|'])([ *])")


def read_trace(lines: list[str]) -> Processes:
    found: Processes = collections.defaultdict(Process)
    pid = 0
    for line in lines:
        mark, text = " ", line.rstrip("\n")
        if match := PREFIX.match(text):
            pid, mark, text = int(match.group(1)), match.group(3), text[match.end():]
        elif match := re.match(r"Tracing .* \(pid (\d+)\)$", text):
            pid = pid or int(match.group(1))
        elif text.startswith("*"):
            mark, text = "*", text[1:]
        process = found[pid]
        if mark == "*" and "" in process.open:
            process.open[""].text += " " + text
        elif match := re.match(r"(\w+)\(", text):
            process.open[""] = entered(process, match.group(1), text)
    return found


def families(processes: Processes) -> dict[str, Process]:
    """The processes by their place in the family: the second child of the first is 0.1."""
    born: set[int] = set()
    for process in processes.values():
        for call in process.calls:
            result = call.text[call.text.rfind("="):]
            if re.match(r"clone3?$|v?fork$", call.name) and (match := re.match(r"= ?(\d+)", result)):
                child = int(match.group(1))
                if child and child in processes:
                    process.children.append(child)
                    born.add(child)
        process.calls = [c for c in process.calls if not (re.match(r"clone3?$|v?fork$", c.name)
                                                          and re.search(r"= 0\b[^=]*$", c.text))]
    roles: dict[str, Process] = {}

    def name(pid: int, role: str) -> None:
        roles[role] = processes[pid]
        for n, child in enumerate(processes[pid].children):
            name(child, f"{role}.{n}")

    for n, pid in enumerate(p for p in processes if p not in born):
        name(pid, str(n))
    return roles


def without_netlink_payload(text: str) -> str:
    """What follows the header of a netlink message is bytes to us."""
    start = text.find("{nlmsg_len=")
    if start < 0:
        return text
    while start and text[start - 1] == "[":
        start -= 1
    depth, end = 0, start
    while end < len(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(text[end], 0)
        end += 1
        if not depth:
            break
    return text[:start] + " ".join(HEADER.findall(text[start:end])) + text[end:]


def wanted(call: Call) -> list[set[str]]:
    """The constants that strace shows, each with what we may show for it."""
    text = re.sub(r"= \? .*", "", call.text)    # the kernel's internal numbers for "call me again"
    if call.name == "rt_sigreturn":
        text = re.sub(r"= -1 E.*", "", text)    # the register it restores, which is no result
    text = without_netlink_payload(NOISE.sub("", text))
    out: list[set[str]] = []
    for name in CONSTANT.findall(text):
        if REAL_TIME.match(name):
            continue
        if name.startswith("FUTEX_") and name.endswith("_PRIVATE"):
            out += [{name[:-len("_PRIVATE")]}, {"FUTEX_PRIVATE_FLAG"}]
        elif re.match(r"SO_\w+_OLD$", name):    # the ones that this architecture has under the old name
            out.append({name, name[:-len("_OLD")], "SCM" + name[2:-len("_OLD")]})
        elif SAME.get(name, name):
            out.append({name, *SAME.get(name, [])})
    return out


class Comparison:
    def __init__(self, neighbours: int) -> None:
        self.neighbours = neighbours
        self.total = self.missing = self.unpaired = 0
        self.lost: collections.Counter[tuple[str, str]] = collections.Counter()
        self.example: dict[tuple[str, str], tuple[str, str]] = {}

    def add(self, theirs: Process, ours: Process) -> None:
        by_name: dict[str, list[Call]] = collections.defaultdict(list)
        for call in ours.calls:
            by_name[call.name].append(call)
        seen: collections.Counter[str] = collections.Counter()
        for call in theirs.calls:
            n = seen[call.name]
            seen[call.name] += 1
            self.call(call, by_name[call.name], n)

    def call(self, call: Call, ours: list[Call], n: int) -> None:
        names = wanted(call)
        if n >= len(ours):
            self.unpaired += len(names)
            return
        have = set(ours[n].constants())
        near = ours[max(0, n - self.neighbours):n + self.neighbours + 1]
        self.total += len(names)
        for accepted in names:
            if not accepted & have and not any(accepted.intersection(c.constants()) for c in near):
                name = min(accepted)
                self.missing += 1
                self.lost[call.name, name] += 1
                self.example.setdefault((call.name, name), (call.text[:300], ours[n].text[:300]))


def run(tracer: list[str], program: str) -> list[str]:
    command = ["sh", "-c", PROGRAMS[program]] if program != "bits" else [BITS]
    with tempfile.TemporaryDirectory(prefix="compare-") as name:
        directory = Path(name)
        (directory / "hello.c").write_text('#include <stdio.h>\nint main(void) { puts("hello"); }\n')
        (directory / "web.py").write_text(WEB)
        if program == "bits":
            subprocess.run(["cc", "-o", directory / BITS, Path(__file__).parent / "all_bits.c"], check=True)
        out = directory / "out"
        subprocess.run([*SAME_ADDRESSES, *tracer, "-o", str(out), *command], cwd=directory, env={**ENV, "HOME": name},
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=TIMEOUT, check=False)
        with open(out, encoding="utf-8", errors="replace") as f:
            return f.readlines()


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    trace = os.path.realpath(sys.argv[1])
    all_of_them = Comparison(NEIGHBOURS)
    for program in sys.argv[2:] or PROGRAMS:
        one = Comparison(0 if program == "bits" else NEIGHBOURS)
        theirs = families(read_strace(run(["strace", "-f", "-v", "-s", "4096"], program)))
        ours = families(read_trace(run([trace, "-f", "-vv"], program)))
        theirs["0"].calls.pop(0)    # its exec, before which we do not look
        for role, process in theirs.items():
            one.add(process, ours.get(role, Process()))
        print(f"{program}: {one.total} constants in {len(theirs)} processes ({len(ours)} of ours), {one.missing} missing, "
              f"{one.unpaired} in calls without a partner", flush=True)
        all_of_them.total += one.total
        all_of_them.missing += one.missing
        all_of_them.unpaired += one.unpaired
        all_of_them.lost.update(one.lost)
        all_of_them.example = {**one.example, **all_of_them.example}
    for (call, constant), count in all_of_them.lost.most_common():
        print(f"{count:6} {call} {constant}")
        for text in all_of_them.example[call, constant]:
            print(f"         {text}")
    shown = 100 * (1 - all_of_them.missing / max(1, all_of_them.total))
    print(f"{all_of_them.total} constants, {shown:.3f} % shown; {all_of_them.unpaired} not compared")
    return 0


if __name__ == "__main__":
    sys.exit(main())
