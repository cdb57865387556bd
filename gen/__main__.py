"""The command line: python3 -m gen check|emit|explain|list|report|skeleton."""
from __future__ import annotations

import argparse
import gc
import os
import shlex
import sys
from typing import TYPE_CHECKING, List, Optional

from .headers import default_cc, read_files, start
from .lacking import Lacking, NoName
from .memory import Memory

if TYPE_CHECKING:
    from .run import Run
    from .tables import Tables

# What one command alone needs is imported where it is run: `check` shall not wait for it.

TRACING = "/sys/kernel/tracing"
COMMANDS = (
    ("check", "find mistakes"), ("emit", "write the tables"), ("list", "write the definitions as C strings"),
    ("report", "tell what is described"), ("explain", "tell how a call is read and shown"),
    ("skeleton", "write starting lines for calls of the running kernel that have none"),
)


def arguments(argv: Optional[List[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gen", description="Turn syscalls.def into tables.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS:
        command = commands.add_parser(name, help=text)
        if name == "explain":
            command.add_argument("call", metavar="CALL")
            command.add_argument("labels", nargs="*", metavar="CASE", help="only this case of its switch")
            command.add_argument("--file", dest="files", action="append", metavar="FILE")
        else:
            command.add_argument("files", nargs="*", metavar="FILE",
                                 help="read as one definition (default: syscalls.def)")
        if name == "list":
            command.add_argument("--output", required=True, metavar="FILE")
            continue
        command.add_argument("--cc", help="the C compiler with its options (default: $CC, cc)")
        command.add_argument("--lacking", metavar="LIST",
                             help="take the headers to lack the names in this file, as older ones do")
        command.add_argument("--arch", help="keep the calls of this architecture (default: the compiler's)")
        if name == "emit":
            for option in ("--output-c", "--output-h"):
                command.add_argument(option, required=True, metavar="FILE")
            command.add_argument("--depfile", metavar="FILE")
        if name == "skeleton":
            command.add_argument("--tracing", default=TRACING, metavar="DIR", help=f"default: {TRACING}")
    args = parser.parse_args(argv)
    args.files = args.files or ["syscalls.def"]
    return args


def write(path: str, text: str) -> None:
    """Leaves a file that would not change alone, so that nothing is compiled again for a comment."""
    try:
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    except OSError:
        pass
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def emit(args: argparse.Namespace, run: Run, tables: Tables) -> None:
    from .emit import depfile, names_h, tables_c
    write(args.output_c, tables_c(tables))
    write(args.output_h, names_h(tables))
    if args.depfile:
        write(args.depfile, depfile(args.output_c, [*args.files, *run.headers.files]))


def text_of(args: argparse.Namespace, run: Run, tables: Tables) -> str:
    """What the commands that write to the output have to say."""
    if args.command == "report":
        from .report import report
        return report(run.definition)
    if args.command == "explain":
        from .explain import Explain
        return Explain(tables, run.sources).call(args.call, args.labels)
    if args.command == "skeleton":
        from .skeleton import prototypes, skeleton
        return skeleton(run.definition, prototypes(args.tracing))
    return ""


def read_lacking(path: Optional[str]) -> Lacking:
    if path is None:
        return Lacking()
    with open(path, encoding="utf-8", errors="replace") as f:
        return Lacking(f.read())


def run_command(args: argparse.Namespace) -> bool:
    """False after a mistake in the definition, which is reported."""
    if args.command == "list":
        from .listing import list_definitions
        return list_definitions(args.files, args.output)
    cc = shlex.split(args.cc) if args.cc else default_cc()
    memory = Memory([*cc, args.lacking or "", *args.files]) if args.command == "check" else None
    files = read_files(args.files)
    headers = start(files, cc, read_lacking(args.lacking), memory)
    from .run import Run    # this takes a while, in which the compiler works
    from .source import Unknown
    run = Run(files, headers)
    tables = run.build(args.arch)
    if memory is not None:
        memory.keep()
    if tables is None:
        sys.stderr.write(run.messages.render())
        return False
    if args.command == "emit":
        emit(args, run, tables)
    try:
        sys.stdout.write(text_of(args, run, tables))
    except Unknown as e:
        print("gen: " + ", ".join(part for part in e.args if part), file=sys.stderr)
        return False
    sys.stdout.flush()
    return True


def main(argv: Optional[List[str]] = None) -> int:
    gc.disable()    # a short run that keeps all it makes
    args = arguments(argv)
    try:
        return 0 if run_command(args) else 1
    except OSError as e:
        print(f"gen: {e.filename}: {e.strerror}", file=sys.stderr)
    except RecursionError:
        print("gen: types are made of each other too many times over", file=sys.stderr)
    except NoName as e:
        print(f"gen: {args.lacking}: {e}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    code = main()
    if code == 0:
        os._exit(0)     # at once: to take apart all that was made costs a tenth of making it
    sys.exit(code)
