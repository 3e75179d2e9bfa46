"""What reading a message for one question came to, before it is handed out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """An option, or none; `is_touched` says that words of the question were there at all."""

    option: int | None = None
    rule: str = ""
    is_touched: bool = False
    answered: tuple[int, ...] = ()  # clauses that gave the answer; the others are remarks
    is_vetoed: bool = False  # words that forbid any option


NOTHING = Outcome()
