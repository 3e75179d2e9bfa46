"""Where a command talks: its output, its errors, and whether somebody watches. Tests hand in their own."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from bot.record_files import json_line

OK, FAILED, WRONG_USE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The two streams of a command."""

    out: TextIO
    err: TextIO
    has_progress: bool = False  # somebody watches the error stream

    def say(self, line: str) -> None:
        """Write a line."""
        self.out.write(f"{line}\n")

    def say_json(self, record: Mapping[str, object]) -> None:
        """Write a record as one line of JSON."""
        self.say(json_line(record))

    def say_table(self, rows: Iterable[Sequence[str]]) -> None:
        """Write a line for each row, its columns below each other."""
        listed = [list(row) for row in rows]
        widths = [max(len(cell) for cell in column) for column in zip(*listed, strict=True)]
        for row in listed:
            padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            self.say("  ".join(padded).rstrip())

    def fail(self, line: str) -> int:
        """Say what went wrong. Return the exit status."""
        self.err.write(f"hailong: {line}\n")
        return FAILED

    def refuse(self, line: str) -> int:
        """Say what was used wrongly. Return the exit status."""
        self.err.write(f"hailong: {line}\n")
        return WRONG_USE


def terminal() -> Console:
    """Return the console of this process."""
    return Console(out=sys.stdout, err=sys.stderr, has_progress=sys.stderr.isatty())


def one_line(text: str) -> str:
    """Return somebody's words on one line: line ends, tabs and control signs become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
