"""Reporting periods: which local days a month, a quarter, a half-year and a year hold, and what they are called.

Only dates go in and come out. Which instant falls on which local day is for the caller, who knows the department's zone.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

Quarter: TypeAlias = Literal["administrative", "calendar"]
Kind: TypeAlias = Literal["month", "quarter", "half", "year"]

_CUT = 14  # the last day of a month that an administrative period counts to it
_YEARS = range(1990, 2201)  # the same years in which an instant is believed
_MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_SIGNS: dict[Kind, str] = {"month": "", "quarter": "Q", "half": "H"}  # before the number within the year
_NAME = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12])))?", re.ASCII
)


class PeriodError(ValueError):
    """What was given names no period; the message says how periods are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period of reporting. Both its days are in it."""

    id: str  # 2026-07, 2026-Q3, 2026-H1, 2026
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
    return _build("quarter", year=year, number=(month + 2) // 3, quarter=quarter)


def parse_period(name: str, quarter: Quarter) -> Period:
    """Return the period called `name`: YYYY-MM, YYYY-Qn, YYYY-Hn or YYYY. PeriodError when nothing is called so.

    Administrative (Nghị định 09/2019/NĐ-CP, art. 12): a month runs from the 15th of the month before to its 14th, a
    half-year from 15 December or 15 June, a year from 15 December of the year before to 14 December.
    """
    found = _NAME.fullmatch(name.strip().upper())
    if found is None or int(found["year"]) not in _YEARS:
        raise PeriodError(
            f"'{name}' is no period; write a quarter as 2026-Q3, a month as 2026-07, a half-year as 2026-H1, "
            "a year as 2026"
        )
    year = int(found["year"])
    for kind in _SIGNS:
        if found[kind]:
            return _build(kind, year=year, number=int(found[kind]), quarter=quarter)
    return _build("year", year=year, number=1, quarter=quarter)


def previous_period(period: Period, quarter: Quarter) -> Period:
    """Return the period of the same kind just before. PeriodError before the first year that is believed."""
    year, number = _split(period)
    year, number = (year, number - 1) if number > 1 else (year - 1, 12 // _MONTHS[period.kind])
    return _find(period.kind, year=year, number=number, quarter=quarter)


def next_period(period: Period, quarter: Quarter) -> Period:
    """Return the period of the same kind just after."""
    year, number = _split(period)
    year, number = (year, number + 1) if number < 12 // _MONTHS[period.kind] else (year + 1, 1)
    return _build(period.kind, year=year, number=number, quarter=quarter)


def period_a_year_before(period: Period, quarter: Quarter) -> Period:
    """Return the same period of the year before. PeriodError before the first year that is believed."""
    year, number = _split(period)
    return _find(period.kind, year=year - 1, number=number, quarter=quarter)


def periods_that_tell(period: Period, quarter: Quarter) -> tuple[Period, ...]:
    """Return the periods whose reports tell a period's result: itself, and by their changes the next and a year after."""
    year, number = _split(period)
    year_after = _build(period.kind, year=year + 1, number=number, quarter=quarter)
    return (period, next_period(period, quarter), year_after)


def periods_inside(period: Period, quarter: Quarter) -> tuple[Period, ...]:
    """Return the shorter periods a half-year or year is made of, quarters first; () of a quarter or a month."""
    kinds: dict[Kind, tuple[Kind, ...]] = {"half": ("quarter",), "year": ("quarter", "half")}
    return tuple(one for kind in kinds.get(period.kind, ()) for one in _parts(period, kind, quarter))


def months_inside(period: Period, quarter: Quarter) -> tuple[Period, ...]:
    """Return the months a period is made of; a month is itself."""
    return _parts(period, "month", quarter)


def quarter_of(period: Period, quarter: Quarter) -> Period:
    """Return the quarter a month lies in; a quarter is itself."""
    return period_of(period.last, quarter)


def _parts(period: Period, kind: Kind, quarter: Quarter) -> tuple[Period, ...]:
    year, number = _split(period)
    count = _MONTHS[period.kind] // _MONTHS[kind]
    first = (number - 1) * count + 1
    return tuple(
        _find(kind, year=year, number=first + place, quarter=quarter) for place in range(max(1, count))
    )


def _split(period: Period) -> tuple[int, int]:
    """Return the year and the number within it that a period's name has; 1 of a year."""
    year, _, part = period.id.partition("-")
    return int(year), int(part.lstrip("QH") or 1)


def _find(kind: Kind, *, year: int, number: int, quarter: Quarter) -> Period:
    if year not in _YEARS:
        raise PeriodError(f"{year} is not among the years that are believed")
    return _build(kind, year=year, number=number, quarter=quarter)


def _build(kind: Kind, *, year: int, number: int, quarter: Quarter) -> Period:
    months = _MONTHS[kind]
    name = {"year": f"{year}", "month": f"{year}-{number:02}"}.get(
        kind, f"{year}-{_SIGNS.get(kind, '')}{number}"
    )
    start, end = date(year, (number - 1) * months + 1, 1), date(year, number * months, _CUT)
    if quarter == "administrative":
        return Period(id=name, first=(start - timedelta(days=1)).replace(day=_CUT + 1), last=end, kind=kind)
    after = date(*_month_after(year, number * months), 1)
    return Period(id=name, first=start, last=after - timedelta(days=1), kind=kind)


def _month_after(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)
