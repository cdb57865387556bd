"""One definition from its files to its tables."""
from __future__ import annotations

import threading
from typing import List, Optional, Tuple

from .check import Check, check, check_constants
from .headers import Headers
from .layout import Layout
from .parse import parse
from .questions import Questions
from .source import NOWHERE, Messages, Sources
from .tables import Tables
from .tree import Definition
from .values import check_fallbacks


class Run:
    """One definition, read and checked by name."""

    def __init__(self, files: List[Tuple[str, str]], headers: Headers) -> None:
        """files: paths and text.  headers: what these include."""
        self.sources = Sources()
        self.messages = Messages(self.sources)
        self.definition = Definition()
        self.headers = headers
        for path, text in files:
            parse(self.sources.add(path, text), self.messages, self.definition)
        self.check: Check = check(self.definition, self.messages)
        self.headers.finish()
        if self.headers.failure:
            self.header_failure()
        else:
            check_constants(self.check, self.headers)

    def build(self, arch: str) -> Optional[Tables]:
        """The tables, which also finds the mistakes that only values show; None after a mistake."""
        if self.messages:
            return None
        layout = Layout(self.definition, self.headers, self.messages)
        # The macros that `from` names can need two rounds: meanwhile the other questions are found and asked.
        macros = threading.Thread(target=layout.ask_macros)
        macros.start()
        Questions(self.definition, layout, Messages(self.sources)).gather(self.check.constants)
        tables: Optional[Tables] = None
        while tables is None or layout.unanswered():
            answered = not layout.unanswered() or layout.answer()
            macros.join()
            if not answered:
                return None
            said = Messages(self.sources)       # counts when all has been answered
            tables = Tables(self.definition, layout, said, arch or self.headers.arch())
            tables.build()
            check_fallbacks(self.definition, layout, said)
        self.messages.add(said)
        if not self.messages:
            self.check.unused()
        return None if self.messages else tables

    def header_failure(self) -> None:
        """Blame the #include of a header that does not exist; tell anything else as it came."""
        blamed = False
        for ref in self.definition.includes:
            gcc, clang = f"{ref.name}: No such file", f"'{ref.name}' file not found"
            if gcc in self.headers.failure or clang in self.headers.failure:
                self.messages.error(ref.pos, f"there is no header <{ref.name}>")
                blamed = True
        if not blamed:
            self.messages.error(NOWHERE, "the headers cannot be read: " + self.headers.failure.strip())
