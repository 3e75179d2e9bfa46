"""What reading gives back: an option, a control, several answers, or none of these – and how serious a comment is."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reply was read as. Without option, control and several it is unclear."""

    option: int | None = None  # 1 … n in the order of the form
    control: str | None = None
    remark: str | None = None  # words beyond a clear answer, in the citizen's own spelling
    several: tuple[tuple[str, int | None], ...] = ()  # answers to several questions, to be confirmed
    rule: str = ""  # which rule fired


class Severity(StrEnum):
    """How much attention a comment needs, most first."""

    CRITICAL = "critical"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentReading:
    """What a comment was read as, and why: what the rules found, the two sums of the weights, the words that weighed most."""

    severity: Severity
    rule: str
    is_found_by_rule: bool = False  # the rules found the same: more than weights that lean that way
