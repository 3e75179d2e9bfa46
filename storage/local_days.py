"""The department's local day of an instant, inside a statement; the same on both databases, whatever zones they know."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Date, case, cast, func, literal, null

from storage.types import Instant

_MARGIN = timedelta(days=40)  # instants further from the span than this are on another day in any case
_A_QUARTER = timedelta(minutes=15)  # clocks change on a full quarter of an hour


def starts_at(day: date, zone: tzinfo) -> datetime:
    """Return the instant a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def is_after_day(
    tx: Connection,
    later: Column[Any],  # Any: SQLAlchemy's columns of this schema
    earlier: Column[Any],
    *,
    span: tuple[date, date],
    zone: tzinfo,
) -> ColumnElement[Any]:
    """Return 1 where `later` falls on a local day after that of `earlier`, 0 where it does not, NULL where one is NULL.

    Right for every `later` that lies in the span of local days.
    """
    same_day = _local_day(tx, later, span, zone) == _local_day(tx, earlier, span, zone)
    return case(
        (later.is_(None) | earlier.is_(None), null()),
        (later <= earlier, 0),  # most rows end here, without a look at the day
        (same_day, 0),
        else_=1,
    )


def _local_day(
    tx: Connection, column: Column[Any], span: tuple[date, date], zone: tzinfo
) -> ColumnElement[Any]:  # Any: text on one database, a date on the other
    offset = _offset(column, span, zone)
    if tx.dialect.name == "postgresql":
        return cast(func.timezone("UTC", column) + func.make_interval(0, 0, 0, 0, 0, 0, offset), Date)
    return func.date(func.substr(column, 1, 19), func.printf("%+d seconds", offset))


def _offset(
    column: Column[Any], span: tuple[date, date], zone: tzinfo
) -> ColumnElement[int]:  # Any: as above
    """Return the seconds between UTC and local time at the instant in the column."""
    first, *changes = _offsets(span, zone)
    whens = [(column >= literal(at, Instant), literal(seconds)) for at, seconds in reversed(changes)]
    return case(*whens, else_=literal(first[1])) if whens else literal(first[1])


@lru_cache(maxsize=64)
def _offsets(span: tuple[date, date], zone: tzinfo) -> tuple[tuple[datetime, int], ...]:
    return tuple(_walk(span, zone))


def _walk(span: tuple[date, date], zone: tzinfo) -> Iterator[tuple[datetime, int]]:
    """Yield from when which offset holds, in seconds; the first holds before, too."""
    at = datetime.combine(span[0], time(), UTC) - _MARGIN
    end = datetime.combine(span[1], time(), UTC) + _MARGIN
    offset = _seconds(at, zone)
    yield at, offset
    while at < end:
        after = at + timedelta(days=1)
        if _seconds(after, zone) != offset:
            while _seconds(at, zone) == offset:
                at += _A_QUARTER
            offset = _seconds(at, zone)
            yield at, offset
        at = max(at, after)


def _seconds(at: datetime, zone: tzinfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
