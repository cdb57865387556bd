"""What the compiler said, kept from one `check` to the next.

Most of the time of a check is the compiler's, and while a definition is edited it says the same again and again.
Only `check` remembers: what is built has always been asked of the compiler.

What is kept counts only while everything that it came from is as it was: the generator, the command and the program of
the compiler, the #includes, every header that was read, and every directory that a header was looked for in, as a new
one there may come first.  Nothing depends on it: a file that is missing, damaged or somebody else's is as good as none.
"""
from __future__ import annotations

import marshal
import os
import sys
import time
import zlib
from typing import Dict, Iterable, List, Optional, Set, Tuple

Stamp = Optional[Tuple[int, int, int]]      # None: it is not there

MAGIC = f"deftrace {sys.implementation.cache_tag} {marshal.version}\n".encode()
KEPT = 16               # files, of that many definitions and compilers
TICK = 10_000_000       # ns that the time of a file can lag behind the clock
ENVIRONMENT = ("PATH", "CPATH", "C_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "SOURCE_DATE_EPOCH",
               "CCC_OVERRIDE_OPTIONS", "SDKROOT", "CCACHE_COMPILER", "CCACHE_PREFIX")     # what compilers heed


def cache_directory() -> str:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "deftrace")


def stamp(path: str) -> Stamp:
    """Different when the file is."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size


def own(found: os.stat_result) -> bool:
    """Whether nobody else can have written it."""
    return found.st_uid == os.geteuid() and not found.st_mode & 0o022


def programs(cc: List[str]) -> List[Tuple[str, Stamp]]:
    """The files that the words of a command may be: a wrapper, the compiler, a file of options."""
    found = []
    for word in cc:
        name = word.lstrip("@").rpartition("=")[2]
        places = [""] if "/" in name else ["", *os.environ.get("PATH", os.defpath).split(os.pathsep)]
        paths = (os.path.realpath(os.path.join(place, name)) for place in places)
        found += [(path, stamp(path)) for path in paths if os.path.isfile(path)]
    return found


def generator() -> List[Tuple[str, Stamp]]:
    with os.scandir(os.path.dirname(os.path.abspath(__file__))) as entries:
        return sorted((entry.path, stamp(entry.path)) for entry in entries if entry.name.endswith(".py"))


class Memory:
    """Of one definition and compiler; empty until recall() has found that it counts."""

    def __init__(self, of: Iterable[str]) -> None:
        """of: tells the definition and compiler from others."""
        self.start = time.time_ns()
        self.directory = cache_directory()
        self.path = os.path.join(self.directory, f"check-{zlib.crc32(repr((os.getcwd(), *of)).encode()):08x}")
        self.key = ""
        self.stamps: Dict[str, Stamp] = {}
        self.changed = False
        self.macros: Dict[str, Tuple[bool, str]] = {}       # what Headers has read
        self.enumerators: Set[str] = set()
        self.tags: Dict[Tuple[str, str], int] = {}
        self.code = ""
        self.used: Dict[str, List[str]] = {}
        self.structs = ""                                   # the structs of the definition, as it was asked with them
        self.answers: Dict[str, int] = {}                   # C text, value
        self.sources: List[str] = []                        # macros that `from` names
        self.values: Dict[str, int] = {}                    # of the macros that use them

    def recall(self, cc: List[str], *of: str) -> bool:
        """Whether there is something that counts, for this compiler and all else that its answers depend on."""
        environment = [os.environ.get(name) for name in ENVIRONMENT]
        self.key = repr((cc, programs(cc), os.getcwd(), environment, generator(), of))
        try:
            with open(self.path, "rb") as f:
                data = f.read() if own(os.fstat(f.fileno())) and own(os.stat(self.directory)) else b""
            at = len(MAGIC) + 4
            if data[:at] != MAGIC + zlib.crc32(data[at:]).to_bytes(4, "little"):
                return False
            key, stamps, kept = marshal.loads(memoryview(data)[at:])
            if key != self.key or any(stamp(path) != then for path, then in stamps.items()):
                return False
            (self.macros, self.enumerators, self.tags, self.code, self.used, self.structs, self.answers,
             self.sources, self.values) = kept
        except (OSError, EOFError, ValueError, TypeError):
            return False
        self.stamps = stamps
        return True

    def came_from(self, files: List[str], directories: Iterable[str]) -> None:
        """The headers that were read, and where others were looked for.  Before it is told, nothing is kept."""
        if all(stamp(file) for file in files):      # else their names were not understood
            self.stamps = {path: None for path in (*directories, *files)}
            self.changed = True

    def keep(self) -> None:
        """For the next time, if there is anything new."""
        if not self.changed or not self.stamps:
            return
        stamps = {path: stamp(path) for path in self.stamps}
        if any(max(s[:2]) >= self.start - TICK for s in stamps.values() if s):
            return      # what was read before may not be what is there now
        kept = (self.macros, self.enumerators, self.tags, self.code, self.used, self.structs, self.answers,
                self.sources, self.values)
        data = marshal.dumps((self.key, stamps, kept))
        try:
            self.write(MAGIC + zlib.crc32(data).to_bytes(4, "little") + data)
        except OSError:
            pass

    def write(self, data: bytes) -> None:
        for directory in (os.path.dirname(self.directory), self.directory):     # not a home that nobody has made
            if not os.path.isdir(directory):
                os.mkdir(directory, 0o700)
        if not own(os.stat(self.directory)):
            return
        part = f"{self.path}.{os.getpid()}"
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
                f.write(data)
            os.rename(part, self.path)
        except OSError:
            os.unlink(part)
            raise
        self.drop()

    def drop(self) -> None:
        """The files that have not been written for longest."""
        with os.scandir(self.directory) as entries:
            found = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries
                           if entry.name.startswith("check-"))
        for _, path in found[:-KEPT]:
            os.unlink(path)
