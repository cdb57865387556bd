#!/usr/bin/env python3
"""Writes the list newer-than-5.10: what newer headers have and older ones lack, for gen's --lacking.

newer_names.py OLD NEW >newer-than-5.10

OLD and NEW are directories with UAPI headers, as usr/include of Debian's linux-libc-dev, which
https://snapshot.debian.org keeps in all versions.  Only the headers that syscalls.def includes are looked at, and
the list begins with their names: when another is included, the list is to be made again.
"""
import os
import re
import subprocess
import sys

from support import DEFINITION, default_cc, includes

from gen.headers import Headers

MEMBER = re.compile(r"\b([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*[;,:]")


def read(directory):
    """Those headers, and no others that the compiler would find in its usual places."""
    names = includes(DEFINITION)
    cc = default_cc()
    arch = subprocess.run([*cc, "-print-multiarch"], stdout=subprocess.PIPE, check=True, encoding="ascii").stdout.strip()
    places = [os.path.join(directory, arch), directory]
    there = [name for name in names if any(os.path.exists(os.path.join(place, name)) for place in places)]
    headers = Headers([*cc, *(f"-isystem{place}" for place in places)], there)
    headers.finish()
    if headers.failure:
        sys.exit(headers.failure)
    return headers, set(there)


def members(headers, tag):
    return set(MEMBER.findall(headers.body(*tag)))


def newer(old, new):
    """Lines of the list."""
    (before, files_before), (now, files) = old, new
    yield from (f"#include <{name}>" for name in includes(DEFINITION))
    yield from sorted(files - files_before)
    yield from sorted(" ".join(tag) for tag in set(now.tags) - set(before.tags))
    yield from sorted(f"{tag[1]}.{name}" for tag in set(now.tags) & set(before.tags)
                      for name in members(now, tag) - members(before, tag))
    yield from sorted({name for name in now.names() if now.has(name) and not before.has(name)})


if __name__ == "__main__":
    print("\n".join(newer(*(read(directory) for directory in sys.argv[1:3]))))
