"""What a check has found: a line each, and whether it holds."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a check came out; only FAIL makes the examination fail."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    LEFT_OUT = "-"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination."""

    mark: Mark
    what: str  # the setting or thing looked at
    text: str

    def __str__(self) -> str:
        return f"{self.mark:4}  {self.what}: {self.text}"


def ok(what: str, text: str) -> Finding:
    """Return that a check holds."""
    return Finding(Mark.OK, what, text)


def warn(what: str, text: str) -> Finding:
    """Return that something should be looked at."""
    return Finding(Mark.WARN, what, text)


def fail(what: str, text: str) -> Finding:
    """Return that a check does not hold, and what to do."""
    return Finding(Mark.FAIL, what, text)


def left_out(what: str, text: str) -> Finding:
    """Return that a check was not made, and why."""
    return Finding(Mark.LEFT_OUT, what, text)
