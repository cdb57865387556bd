"""The definition under test, read and checked by the generator, and what the running kernel is asked."""

from __future__ import annotations

import functools
import os
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from gen.headers import default_cc, read_files, start  # noqa: E402
from gen.run import Run  # noqa: E402
from gen.source import Messages  # noqa: E402

from btf import VMLINUX, Btf  # noqa: E402

DESCRIBED = (6, 18)     # the version of Linux that the definition describes
EVENTS = Path("/sys/kernel/tracing/events/syscalls")


class Checked:
    """A definition with the compiler's answers about it."""

    def __init__(self, paths: list[str]) -> None:
        files = read_files(paths)
        self.run = Run(files, start(files, default_cc()))
        self.definition = self.run.definition
        tables = self.run.build("")
        if tables is None:
            raise SystemExit(self.run.messages.render())
        self.tables, self.layout = tables, tables.layout

    def where(self, pos: int) -> str:
        return Messages(self.run.sources).where(pos)


@functools.lru_cache(maxsize=None)
def checked() -> Checked:
    files = os.environ.get("SYSCALLS_DEF", str(ROOT / "syscalls.def"))
    return Checked(files.split(":"))


@functools.lru_cache(maxsize=None)
def btf() -> Btf:
    return Btf.vmlinux()


def missing() -> str:
    """What this machine lacks for the checks, or nothing."""
    if not VMLINUX.exists():
        return "the kernel has no BTF"
    if not os.access(EVENTS, os.R_OK):
        return "no system call events: not root, tracefs not mounted, or a kernel without CONFIG_FTRACE_SYSCALLS"
    return ""


def release() -> tuple[int, ...]:
    """The version of the running kernel."""
    return tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2])


@functools.lru_cache(maxsize=None)
def headers_newer() -> bool:
    """Whether the headers may have what the definition lacks."""
    compiler = checked().layout.compiler
    values, complaints = compiler.compile(["#include <linux/version.h>\n"], ["LINUX_VERSION_CODE >> 8,\n"])
    if values is None:
        raise RuntimeError(complaints)
    return (values[0] >> 8, values[0] & 0xff) > DESCRIBED


def newer() -> bool:
    """Whether the kernel may have what the definition lacks."""
    return release() > DESCRIBED


def older() -> bool:
    """Whether the kernel may lack what the definition has."""
    return release() < DESCRIBED


def judge(test: unittest.TestCase, found: list[str], explained: bool) -> None:
    """Differences are mistakes, unless the version of the kernel explains them: then they are only told."""
    if explained:
        print(*found, sep="\n")
    else:
        test.assertEqual(found, [])
