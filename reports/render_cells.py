"""What a table of a report is made of: cells that are numbers wherever there is one, else words that say why there is none."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from reports.figures import Interval
from reports.marks import percent
from reports.render_words import Words

Cell: TypeAlias = str | int | Decimal
Kind: TypeAlias = Literal["text", "number", "points"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name, its title, what its numbers are, and how wide it is beside the others."""

    key: str
    title: str
    kind: Kind = "number"
    width: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its title; the note stands under it."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def pick(self, *keys: str) -> "Table":
        """Return the table with these columns only, in this order."""
        places = [[column.key for column in self.columns].index(key) for key in keys]
        return replace(
            self,
            columns=tuple(self.columns[place] for place in places),
            rows=tuple(tuple(row[place] for place in places) for row in self.rows),
        )

    def first(self, count: int) -> "Table":
        """Return the table with its first rows only."""
        return replace(self, rows=self.rows[:count])


def columns_of(words: Words, key: str, *columns: tuple[str, Kind, int]) -> tuple[Column, ...]:
    """Return the columns of the table `key`: name, kind and width of each; titles are in the texts."""

    def title(name: str) -> str:
        return words.texts.get(f"column_{key}_{name}") or words.say(f"column_{name}")

    return tuple(Column(key=name, title=title(name), kind=kind, width=width) for name, kind, width in columns)


def or_sign(value: Cell | None, words: Words) -> Cell:
    """Return a value, or the sign that there is none."""
    return words.say("no_value") if value is None else value


def mark_or_reason(value: Decimal | None, n: int, words: Words, *, is_hidden: bool = False) -> Cell:
    """Return a satisfaction, or why there is none."""
    return words.mark(None, n=n, is_hidden=is_hidden) if value is None else value


def share_of(part: int, whole: int | None, words: Words) -> Cell:
    """Return a part in percent of the whole, or the sign that there is none."""
    return percent(Fraction(part, whole)) if whole else words.say("no_value")


def ends_of(interval: Interval | None, words: Words) -> tuple[Cell, Cell]:
    """Return both ends of an interval, or the sign that there is none."""
    if interval is None:
        return words.say("no_value"), words.say("no_value")
    return interval.low, interval.high
