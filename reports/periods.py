"""Reporting periods: which local days a quarter, a half-year and a year hold, and what they are called.

Only dates go in and come out. Which instant falls on which local day is for the caller, who knows the department's zone.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

Quarter: TypeAlias = Literal["administrative", "calendar"]
Kind: TypeAlias = Literal["quarter", "half", "year"]

_CUT = 14  # the last day of a month that an administrative period counts to it
_YEARS = range(1990, 2201)  # the same years in which an instant is believed
_NAME = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])))?", re.ASCII)


class PeriodError(ValueError):
    """What was given names no period; the message says how periods are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period of reporting. Both its days are in it."""

    id: str  # 2026-Q3, 2026-H1, 2026
    first: date
    last: date
    kind: Kind

    def __contains__(self, day: date) -> bool:
        """Whether that local day lies in the period."""
        return self.first <= day <= self.last


def period_of(day: date, quarter: Quarter) -> Period:
    """Return the quarter a local day belongs to.

    Administrative (Nghị định 09/2019/NĐ-CP, art. 12): from the 15th of the month before the quarter to the 14th of its
    last month, so that from 15 December the next year has begun. Calendar: from its first month's first day on.
    """
    year, month = day.year, day.month
    if quarter == "administrative" and day.day > _CUT:
        year, month = _month_after(year, month)
    number = (month + 2) // 3
    return _build(
        f"{year}-Q{number}", "quarter", year=year, months=(3 * number - 2, 3 * number), quarter=quarter
    )


def parse_period(name: str, quarter: Quarter) -> Period:
    """Return the period called `name`: YYYY-Qn, YYYY-Hn or YYYY. PeriodError when nothing is called so.

    Administrative (Nghị định 09/2019/NĐ-CP, art. 12): a half-year runs from 15 December or 15 June, a year from
    15 December of the year before to 14 December.
    """
    found = _NAME.fullmatch(name.strip().upper())
    if found is None or int(found["year"]) not in _YEARS:
        raise PeriodError(
            f"'{name}' is no period; write a quarter as 2026-Q3, a half-year as 2026-H1, a year as 2026"
        )
    year = int(found["year"])
    if found["quarter"]:
        number = int(found["quarter"])
        return _build(found[0], "quarter", year=year, months=(3 * number - 2, 3 * number), quarter=quarter)
    if found["half"]:
        number = int(found["half"])
        return _build(found[0], "half", year=year, months=(6 * number - 5, 6 * number), quarter=quarter)
    return _build(found[0], "year", year=year, months=(1, 12), quarter=quarter)


def previous_period(period: Period, quarter: Quarter) -> Period:
    """Return the period of the same kind just before. PeriodError before the first year that is believed."""
    year, part = _split(period)
    if period.kind == "year":
        return parse_period(str(year - 1), quarter)
    last = 4 if period.kind == "quarter" else 2
    year, part = (year, part - 1) if part > 1 else (year - 1, last)
    return parse_period(f"{year}-{period.id[5]}{part}", quarter)


def period_a_year_before(period: Period, quarter: Quarter) -> Period:
    """Return the same period of the year before. PeriodError before the first year that is believed."""
    return parse_period(f"{_split(period)[0] - 1}{period.id[4:]}", quarter)


def periods_inside(period: Period, quarter: Quarter) -> tuple[Period, ...]:
    """Return the shorter periods a period is made of, quarters first; () of a quarter."""
    year, part = _split(period)
    quarters = {"quarter": (), "half": (2 * part - 1, 2 * part), "year": (1, 2, 3, 4)}[period.kind]
    halves = (1, 2) if period.kind == "year" else ()
    names = [*(f"{year}-Q{n}" for n in quarters), *(f"{year}-H{n}" for n in halves)]
    return tuple(parse_period(name, quarter) for name in names)


def _split(period: Period) -> tuple[int, int]:
    """Return the year and the number within it that a period's name has; 0 of a year."""
    year, _, part = period.id.partition("-")
    return int(year), int(part[1:] or 0) if part else 0


def _build(name: str, kind: Kind, *, year: int, months: tuple[int, int], quarter: Quarter) -> Period:
    first, last = date(year, months[0], 1), date(year, months[1], _CUT)
    if quarter == "administrative":
        return Period(id=name, first=(first - timedelta(days=1)).replace(day=_CUT + 1), last=last, kind=kind)
    after = _month_after(year, months[1])
    return Period(id=name, first=first, last=date(*after, 1) - timedelta(days=1), kind=kind)


def _month_after(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)
