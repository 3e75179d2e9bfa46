"""Working days and office hours: by when something is due, and which days off lie in between.

The days come from a table that is edited every year; reading it, the present and all wording are for the caller.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import TypeAlias

Hours: TypeAlias = tuple[tuple[time, time], ...]
Pause: TypeAlias = tuple[datetime, datetime]

OFFICE_HOURS: Hours = ((time(7, 30), time(11, 30)), (time(13), time(16, 30)))

_A_DAY = timedelta(days=1)
_SATURDAY = 5
# Holidays that fall on the same date every year; all that is known of a year without a table.
_FIXED = {
    (1, 1): "Tết Dương lịch",
    (4, 30): "Ngày Chiến thắng",
    (5, 1): "Quốc tế Lao động",
    (9, 2): "Quốc khánh",
    (11, 24): "Ngày Văn hóa Việt Nam",
}
_CULTURE_DAY, _CULTURE_DAY_SINCE = (11, 24), 2026  # Nghị quyết 28/2026/QH16


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days and hours an office works."""

    days_off: Mapping[date, str]  # holidays, and weekdays swapped against a Saturday, with their short names
    working_saturdays: frozenset[date]  # days of a weekend that are worked; a Sunday may be among them
    known_years: frozenset[int]  # the years whose table is complete
    provisional_years: frozenset[int] = frozenset()  # those of them not officially announced yet
    hours: Hours = OFFICE_HOURS  # in order, without overlap; the end is not included
    zone: tzinfo

    def is_known(self, year: int) -> bool:
        """Whether there is a table for the year; without one only weekends and holidays of fixed date are off."""
        return year in self.known_years

    def is_provisional(self, year: int) -> bool:
        """Whether the year's table may still change."""
        return year in self.provisional_years

    def find_holiday(self, day: date) -> str | None:
        """Return the short name of a day off that is more than a plain weekend."""
        if self.is_known(day.year) or day in self.days_off:
            return self.days_off.get(day)
        if (day.month, day.day) == _CULTURE_DAY and day.year < _CULTURE_DAY_SINCE:
            return None
        return _FIXED.get((day.month, day.day))

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on that local day."""
        if day in self.working_saturdays:
            return True
        return day.weekday() < _SATURDAY and self.find_holiday(day) is None

    def next_working_day(self, day: date) -> date:
        """Return the first working day after the day."""
        day += _A_DAY
        while not self.is_working_day(day):
            day += _A_DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day after the day, which is itself not counted."""
        if n < 1:
            raise ValueError(f"{n} working days are no term; count at least 1")
        for _ in range(n):
            day = self.next_working_day(day)
        return day

    def count_working_days(self, after: date, until: date) -> int:
        """Count the working days from the day after `after` to `until`; 0 when there are none in between."""
        return sum(self.is_working_day(day) for day in _days(after, until))

    def day_of(self, instant: datetime) -> date:
        """Return the local day of an instant."""
        return self._local(instant).date()

    def closing_of(self, day: date) -> datetime:
        """Return the instant at which a working day is over."""
        return datetime.combine(day, self.hours[-1][1], self.zone)

    def is_open(self, instant: datetime) -> bool:
        """Whether the instant lies in office hours."""
        local = self._local(instant)
        is_hour = any(start <= local.time() < end for start, end in self.hours)
        return is_hour and self.is_working_day(local.date())

    def next_open(self, instant: datetime) -> datetime:
        """Return the instant itself in office hours, else the next opening: after lunch, or on the next working day."""
        if self.is_open(instant):
            return instant
        local = self._local(instant)
        if self.is_working_day(local.date()):
            for start, _ in self.hours:
                if start > local.time():
                    return datetime.combine(local, start, self.zone)
        return datetime.combine(self.next_working_day(local.date()), self.hours[0][0], self.zone)

    def _local(self, instant: datetime) -> datetime:
        if instant.tzinfo is None:
            raise ValueError("an instant without a time zone lies on no certain day; pass an aware one")
        return instant.astimezone(self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """By when something must be done, and what moved that day."""

    at: datetime  # the closing time of the due day
    working_days: int  # the term as it was given, without pauses
    skipped: tuple[date, ...]  # days off on the way that fall on Monday to Friday
    worked: tuple[date, ...]  # Saturdays and Sundays on the way that are worked


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Days without work that follow each other."""

    first: date
    last: date
    name: str  # the holidays in it, each once


def due_after(calendar: Calendar, start: datetime, working_days: int, pauses: Sequence[Pause] = ()) -> Due:
    """Return by when something that began at `start` is due.

    Bộ luật Dân sự 2015, art. 147: the day of the event is not counted, whatever its hour. A pause gives back the
    working days after its first day up to and including its last, no day twice; one still open is passed with the
    present as its end. A pause that began after the due moment changes nothing: what is late stays late.
    """
    first_day = calendar.day_of(start)
    due_day = calendar.add_working_days(first_day, working_days)
    given_back, looked_at = 0, first_day
    for paused_at, resumed_at in sorted(pauses):
        if paused_at > calendar.closing_of(due_day):
            break
        paused_on, resumed_on = calendar.day_of(paused_at), calendar.day_of(resumed_at)
        given_back += calendar.count_working_days(max(paused_on, looked_at), resumed_on)
        looked_at = max(resumed_on, looked_at)
        due_day = calendar.add_working_days(first_day, working_days + given_back)
    days = tuple(_days(first_day, due_day))
    return Due(
        at=calendar.closing_of(due_day),
        working_days=working_days,
        skipped=tuple(day for day in days if not _is_weekend(day) and not calendar.is_working_day(day)),
        worked=tuple(day for day in days if _is_weekend(day) and calendar.is_working_day(day)),
    )


def idle_runs(calendar: Calendar, start_day: date, due_day: date) -> tuple[Run, ...]:
    """Return the runs of days off after `start_day` up to `due_day`, with the weekends that touch them.

    Plain weekends are left out; so is what lies on or before `start_day`, even when a run begins there.
    """
    runs = []
    for is_working, days in groupby(_days(start_day, due_day), calendar.is_working_day):
        idle = tuple(days)
        if is_working or all(_is_weekend(day) for day in idle):
            continue
        names = dict.fromkeys(name for day in idle if (name := calendar.find_holiday(day)))
        runs.append(Run(first=idle[0], last=idle[-1], name=", ".join(names)))
    return tuple(runs)


def _days(after: date, until: date) -> Iterator[date]:
    return (after + timedelta(days=n) for n in range(1, (until - after).days + 1))


def _is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY
