"""Working days: when something is due, which days off lie in between, and what an office may write about its own.

The dates of the tables were counted by hand on these weeks (Monday to Friday; `x` = off, `+` = worked weekend day):

    2025  24/1 x27-31/1 3/2 · 4/4 x7/4 8/4 · 21-25/4 +Sat 26/4 28 29 x30 x1 x2/5 5/5 · 29/8 x1 x2/9 3/9 · 21/11 24/11
    2025  22-26/12 29 30 31/12 x1 x2/1/2026 5-9/1 +Sat 10/1 12-16/1
    2026  2-6/2 9-13/2 x16-20/2 23-27/2 2/3 · 20-24/4 x27 28 29 x30/4 x1/5 4-8/5 11-15/5
    2026  17-21/8 +Sat 22/8 24-28/8 x31/8 x1 x2/9 3 4 7-11/9 · 5-9/10 12-16/10 19-23/10 26/10 (an ordinary month)
    2026  16-20/11 23 x24 25 26 27 30/11 1-4/12 7-11/12 14/12 · 28-31/12 x1/1/2027 4-8/1/2027
    2027  25-29/1 1 2 3 x4 x5/2 x8 x9 x10 11 12/2 15-19/2 22/2 · 15 x16/4 19/4 · 26-29 x30/4 x3 4/5
    2027  30 31/8 1 x2 x3/9 6 7/9 · 22 23 x24 25/11
    2028  no table: 28/4 x1/5 2/5 · 23 x24 27/11
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendars import load_calendar
from bot.config import ConfigError
from reports.workdays import OFFICE_HOURS, Calendar, Run, due_after, idle_runs
from tests.settings_samples import load_from, minimal, problems_of, the_problem

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = load_calendar(None, hours=OFFICE_HOURS, zone=ZONE)
A_DAY = timedelta(days=1)


def at(text):
    """Read "2026-10-05 09:00" as local time, "2026-10-05 09:00Z" as UTC."""
    written = datetime.fromisoformat(text)
    return written if written.tzinfo else written.replace(tzinfo=ZONE)


def day(text):
    return date.fromisoformat(text)


# --------------------------------------------------------------------------------------------- when it is due

# Events of the same row end alike: their terms, by working days, end on the days named.
DUE = [
    # an ordinary month; the hour of the event does not matter, nor whether the office was open
    (["2026-10-05 09:00"], {1: "2026-10-06", 2: "2026-10-07", 5: "2026-10-12", 10: "2026-10-19", 15: "2026-10-26"}),
    (["2026-10-09 16:29", "2026-10-09 16:31"], {1: "2026-10-12", 2: "2026-10-13", 5: "2026-10-16"}),  # 12 13 14 15 16
    (["2026-10-10 10:00", "2026-10-11 23:59"], {1: "2026-10-12", 2: "2026-10-13", 5: "2026-10-16"}),  # Saturday, Sunday
    # the day is the local one, seven hours ahead of UTC
    (["2026-10-11 16:59Z"], {1: "2026-10-12"}),  # Sunday 23:59 here
    (["2026-10-12 00:00", "2026-10-11 17:00Z", "2026-10-12 16:59Z"], {1: "2026-10-13"}),  # Monday 00:00, 00:00, 23:59
    (["2026-10-12 17:00Z"], {1: "2026-10-14"}),  # Tuesday 00:00 here
    # the turn of 2025 to 2026: Thu 1/1 and Fri 2/1 off, Sat 10/1 worked for it
    (["2025-12-22 10:00"], {15: "2026-01-13"}),  # 23 24 25 26, 29 30 31, 5 6 7 8 9, Sat 10, 12 13
    (["2025-12-29 10:00"], {5: "2026-01-07"}),  # 30 31, 5 6 7
    (["2025-12-31 16:00", "2026-01-01 09:00", "2026-01-02 09:00"], {1: "2026-01-05", 5: "2026-01-09", 10: "2026-01-15"}),
    (["2026-01-05 08:00"], {5: "2026-01-10"}),  # 6 7 8 9, Sat 10
    (["2026-01-09 15:00"], {1: "2026-01-10", 2: "2026-01-12"}),
    (["2026-01-10 10:00"], {1: "2026-01-12"}),  # begins on the worked Saturday
    # Tết 2026: no work from Sat 14 to Sun 22/2; mùng 1 is the 17th
    (["2026-02-02 09:00"], {15: "2026-03-02"}),  # 3-6, 9-13, 23-27, 2
    (["2026-02-06 09:00"], {10: "2026-02-27"}),  # 9-13, 23-27
    (["2026-02-09 11:00"], {5: "2026-02-23"}),  # 10 11 12 13, 23
    (["2026-02-12 11:00"], {2: "2026-02-23"}),  # 13, 23
    (["2026-02-13 11:00", "2026-02-14 08:00", "2026-02-17 00:05", "2026-02-22 20:00"], {1: "2026-02-23", 2: "2026-02-24", 5: "2026-02-27"}),
    # Giỗ Tổ on Sunday 26/4, made up for on 27/4; 30/4 and 1/5
    (["2026-04-20 09:00"], {10: "2026-05-07", 15: "2026-05-14"}),  # 21 22 23 24, 28 29, 4 5 6 7 | 8, 11 12 13 14
    (["2026-04-24 09:00", "2026-04-26 09:00", "2026-04-27 09:00"], {1: "2026-04-28", 5: "2026-05-06"}),  # 28 29, 4 5 6
    (["2026-04-29 17:00", "2026-04-30 17:00", "2026-05-03 17:00"], {1: "2026-05-04", 2: "2026-05-05"}),
    # 31/8 off against Saturday 22/8, then 1/9 and 2/9
    (["2026-08-17 09:00"], {15: "2026-09-09"}),  # 18-21, Sat 22, 24-28, 3 4, 7 8 9
    (["2026-08-18 09:00"], {10: "2026-09-03"}),  # 19 20 21, Sat 22, 24-28, 3
    (["2026-08-21 16:00"], {1: "2026-08-22", 2: "2026-08-24", 5: "2026-08-27"}),  # Sat 22, 24 25 26 27
    (["2026-08-22 09:00"], {1: "2026-08-24"}),  # begins on the worked Saturday
    (["2026-08-28 09:00", "2026-08-31 09:00", "2026-09-02 09:00"], {1: "2026-09-03", 5: "2026-09-09"}),  # 3 4, 7 8 9
    # Ngày Văn hóa, Tuesday 24/11/2026
    (["2026-11-20 16:00"], {1: "2026-11-23", 2: "2026-11-25", 5: "2026-11-30", 15: "2026-12-14"}),  # 23, 25 26 27, 30 | 1-4, 7-11, 14
    (["2026-11-23 09:00", "2026-11-24 09:00"], {1: "2026-11-25"}),
    # the turn of 2026 to 2027, Friday 1/1 off
    (["2026-12-28 09:00"], {5: "2027-01-05"}),  # 29 30 31, 4 5
    (["2026-12-31 09:00", "2027-01-01 09:00"], {1: "2027-01-04"}),
    # Tết 2027: 4, 5, 8, 9, 10/2 off; mùng 1 is Saturday the 6th
    (["2027-01-25 09:00"], {10: "2027-02-15", 15: "2027-02-22"}),  # 26-29, 1 2 3, 11 12, 15 | 16 17 18 19, 22
    (["2027-02-03 09:00", "2027-02-06 09:00"], {1: "2027-02-11", 2: "2027-02-12", 5: "2027-02-17"}),  # 11 12, 15 16 17
    # the other holidays of 2027; 3/5 makes up for Saturday 1/5
    (["2027-04-15 09:00"], {1: "2027-04-19"}), (["2027-04-29 09:00"], {1: "2027-05-04"}),
    (["2027-11-23 09:00"], {1: "2027-11-25"}), (["2027-09-01 09:00"], {2: "2027-09-07"}),  # 6 7
    # 2025; Saturday 26/4 worked for Friday 2/5, and 24/11 no holiday yet
    (["2025-01-24 09:00"], {1: "2025-02-03"}), (["2025-04-04 09:00"], {1: "2025-04-08"}),
    (["2025-04-25 09:00"], {1: "2025-04-26", 2: "2025-04-28"}), (["2025-04-29 09:00"], {1: "2025-05-05"}),
    (["2025-08-29 09:00"], {1: "2025-09-03"}), (["2025-11-21 09:00"], {1: "2025-11-24"}),
    # years without a table: weekends and holidays of fixed date; nobody has said what makes up for Saturday 1/1/2028
    (["2027-12-31 09:00"], {1: "2028-01-03"}), (["2028-04-28 09:00"], {1: "2028-05-02"}),
    (["2028-11-23 09:00"], {1: "2028-11-27"}), (["2020-11-23 09:00"], {1: "2020-11-24"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "term", "due"), [(start, *one) for starts, dues in DUE for start in starts for one in dues.items()]
)  # fmt: skip
def test_a_term_ends_when_the_office_closes_on_its_last_working_day(start, term, due):
    assert due_after(CALENDAR, at(start), term).at == at(f"{due} 16:30")


WEEK = ("2026-10-05 09:00", 5)  # due Monday 12/10 without pauses
PAUSED = [
    # within the week: the first day of a pause is used up, its last is given back
    (*WEEK, [("2026-10-06 10:00", "2026-10-08 15:00")], "2026-10-14"),  # 7 8 given back
    (*WEEK, [("2026-10-06 09:00", "2026-10-06 16:00")], "2026-10-12"),  # none
    (*WEEK, [("2026-10-06 17:00", "2026-10-07 07:00")], "2026-10-13"),  # 7
    (*WEEK, [("2026-10-06 16:59Z", "2026-10-06 17:01Z")], "2026-10-13"),  # 23:59 to 00:01 here: 7
    (*WEEK, [("2026-10-06 17:00Z", "2026-10-07 16:59Z")], "2026-10-12"),  # the 7th from end to end: none
    # over weekends
    (*WEEK, [("2026-10-09 10:00", "2026-10-12 10:00")], "2026-10-13"),  # 12
    (*WEEK, [("2026-10-09 10:00", "2026-10-11 10:00")], "2026-10-12"),  # none
    # over a holiday, 24/11; the term without pause ends on Monday 30/11
    ("2026-11-20 16:00", 5, [("2026-11-23 15:00", "2026-11-24 20:00")], "2026-11-30"),  # none
    ("2026-11-20 16:00", 5, [("2026-11-23 15:00", "2026-11-25 09:00")], "2026-12-01"),  # 25
    # over Tết 2026; without pause Monday 23/2
    ("2026-02-09 11:00", 5, [("2026-02-12 11:00", "2026-02-24 11:00")], "2026-02-26"),  # 13, 23 24
    # over a worked Saturday; without pause that Saturday, 22/8
    ("2026-08-17 09:00", 5, [("2026-08-21 09:00", "2026-08-23 09:00")], "2026-08-24"),  # Sat 22
    # over the turn of the year; without pause Tuesday 5/1/2027
    ("2026-12-28 09:00", 5, [("2026-12-30 09:00", "2027-01-04 09:00")], "2027-01-07"),  # 31, 4
    # two of them, in any order
    (*WEEK, [("2026-10-06 09:00", "2026-10-07 09:00"), ("2026-10-08 09:00", "2026-10-09 09:00")], "2026-10-14"),  # 7, 9
    (*WEEK, [("2026-10-08 09:00", "2026-10-09 09:00"), ("2026-10-06 09:00", "2026-10-07 09:00")], "2026-10-14"),
    (*WEEK, [("2026-10-06 09:00", "2026-10-07 09:00"), ("2026-10-07 14:00", "2026-10-08 09:00")], "2026-10-14"),  # 7, 8
    # overlapping days are given back once
    (*WEEK, [("2026-10-06 09:00", "2026-10-08 09:00"), ("2026-10-07 09:00", "2026-10-09 09:00")], "2026-10-15"),  # 7 8 9
    (*WEEK, [("2026-10-06 09:00", "2026-10-09 09:00"), ("2026-10-07 09:00", "2026-10-08 09:00"), ("2026-10-08 10:00", "2026-10-09 10:00")], "2026-10-15"),  # 7 8 9
    (*WEEK, [("2026-10-06 09:00", "2026-10-08 09:00")] * 2, "2026-10-14"),  # 7 8
    # a pause on the moved part counts too
    (*WEEK, [("2026-10-06 09:00", "2026-10-08 09:00"), ("2026-10-13 09:00", "2026-10-14 09:00")], "2026-10-15"),  # 7 8, 14
    # up to the due moment a pause counts, after it what is late stays late
    (*WEEK, [("2026-10-12 16:29", "2026-10-14 09:00")], "2026-10-14"),  # 13 14
    (*WEEK, [("2026-10-12 16:30", "2026-10-14 09:00")], "2026-10-14"),
    (*WEEK, [("2026-10-12 16:31", "2026-10-14 09:00")], "2026-10-12"),
    (*WEEK, [("2026-10-13 09:00", "2026-10-16 09:00")], "2026-10-12"),
    # only what lies after the day of the event is given back
    (*WEEK, [("2026-10-01 09:00", "2026-10-07 09:00")], "2026-10-14"),  # 6 7
    (*WEEK, [("2026-10-01 09:00", "2026-10-02 09:00")], "2026-10-12"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "working_days", "pauses", "due"), PAUSED)
def test_a_pause_gives_back_its_working_days(start, working_days, pauses, due):
    spans = [(at(paused), at(resumed)) for paused, resumed in pauses]

    assert due_after(CALENDAR, at(start), working_days, spans).at == at(f"{due} 16:30")


def test_a_term_says_which_days_made_it_longer_or_shorter():
    due = due_after(CALENDAR, at("2026-08-20 09:00"), 9, [(at("2026-08-21 09:00"), at("2026-08-22 09:00"))])

    # 21, Sat 22 given back, 24-28, 3 4, 7
    assert due.at == at("2026-09-07 16:30")
    assert due.working_days == 9
    assert due.skipped == (day("2026-08-31"), day("2026-09-01"), day("2026-09-02"))
    assert due.worked == (day("2026-08-22"),)


def test_a_term_of_no_days_and_an_instant_without_zone_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        due_after(CALENDAR, at("2026-10-05 09:00"), 0)
    with pytest.raises(ValueError, match="time zone"):
        due_after(CALENDAR, datetime(2026, 10, 5), 1)  # noqa: DTZ001 - the refusal is what is tested


# ------------------------------------------------------------------------------------------ days off in between


@pytest.mark.parametrize(
    ("start", "due", "runs"),
    [
        ("2026-10-05", "2026-10-26", []),  # plain weekends are not told
        ("2025-12-29", "2026-01-07", [("2026-01-01", "2026-01-04", "Tết Dương lịch, hoán đổi")]),
        ("2026-01-01", "2026-01-07", [("2026-01-02", "2026-01-04", "hoán đổi")]),  # begun on 1/1
        ("2026-02-09", "2026-02-23", [("2026-02-14", "2026-02-22", "Tết Nguyên đán")]),
        ("2026-02-21", "2026-02-23", []),  # only the end of a weekend is left
        ("2026-04-20", "2026-05-07", [("2026-04-25", "2026-04-27", "bù Giỗ Tổ Hùng Vương"), ("2026-04-30", "2026-05-03", "Ngày Chiến thắng, Quốc tế Lao động")]),
        ("2026-08-18", "2026-09-03", [("2026-08-29", "2026-09-02", "hoán đổi, Quốc khánh")]),
        ("2026-11-20", "2026-11-25", [("2026-11-24", "2026-11-24", "Ngày Văn hóa Việt Nam")]),
        ("2027-02-03", "2027-02-12", [("2027-02-04", "2027-02-10", "Tết Nguyên đán")]),
        ("2027-12-31", "2028-01-03", []),  # a holiday on a Saturday took no working day
    ],
)  # fmt: skip
def test_days_off_are_told_as_runs_with_their_weekends(start, due, runs):
    expected = tuple(Run(first=day(first), last=day(last), name=name) for first, last, name in runs)

    assert idle_runs(CALENDAR, day(start), day(due)) == expected


# ------------------------------------------------------------------------------------------------ office hours


@pytest.mark.parametrize(
    ("instant", "opening"),
    [
        ("2026-10-05 07:29", "2026-10-05 07:30"), ("2026-10-05 07:30", "2026-10-05 07:30"),
        ("2026-10-05 11:29", "2026-10-05 11:29"), ("2026-10-05 11:30", "2026-10-05 13:00"),  # lunch
        ("2026-10-05 12:59", "2026-10-05 13:00"), ("2026-10-05 13:00", "2026-10-05 13:00"),
        ("2026-10-05 16:29", "2026-10-05 16:29"), ("2026-10-05 16:30", "2026-10-06 07:30"),
        ("2026-10-09 20:00", "2026-10-12 07:30"), ("2026-10-10 09:00", "2026-10-12 07:30"),  # a plain weekend
        ("2026-08-21 17:00", "2026-08-22 07:30"), ("2026-08-22 09:00", "2026-08-22 09:00"),  # a worked Saturday
        ("2026-11-23 16:30", "2026-11-25 07:30"), ("2026-02-13 16:30", "2026-02-23 07:30"),  # holidays
        ("2026-10-04 23:00Z", "2026-10-05 07:30"), ("2026-10-05 03:00Z", "2026-10-05 10:00"),  # 06:00, 10:00 here
    ],
)  # fmt: skip
def test_outside_office_hours_the_next_opening_is_found(instant, opening):
    assert CALENDAR.next_open(at(instant)) == at(opening)
    assert CALENDAR.is_open(at(instant)) == (at(instant) == at(opening))


# ---------------------------------------------------------------------------------------------------- as a law

DAYS = st.dates(date(2024, 12, 1), date(2028, 6, 30))
SOME_DAYS = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 31)), max_size=40)
CALENDARS = st.just(CALENDAR) | st.builds(
    Calendar,
    days_off=SOME_DAYS.map(lambda days: dict.fromkeys(days, "nghỉ")),
    working_saturdays=SOME_DAYS.map(lambda days: frozenset(one for one in days if one.weekday() >= 5)),
    known_years=st.frozensets(st.integers(2025, 2028)),
    zone=st.just(ZONE),
)
INSTANTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 5, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
TERMS = st.integers(1, 30)
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=20))
PAUSES = st.lists(st.builds(lambda start, length: (start, start + length), INSTANTS, LENGTHS), max_size=4)


@given(CALENDARS, INSTANTS, TERMS, PAUSES)
def test_what_is_due_is_due_on_a_later_working_day(calendar, start, term, pauses):
    due = due_after(calendar, start, term, pauses)
    due_day = calendar.day_of(due.at)

    assert due.at.time() == time(16, 30)
    assert due_day > calendar.day_of(start)
    assert calendar.is_working_day(due_day)
    assert not any(calendar.is_working_day(one) for one in due.skipped)
    assert all(calendar.is_working_day(one) for one in due.worked)


@given(CALENDARS, INSTANTS, INSTANTS, TERMS, PAUSES)
def test_what_begins_later_is_due_no_earlier(calendar, start, other, term, pauses):
    first, second = sorted([start, other])

    assert due_after(calendar, first, term, pauses).at <= due_after(calendar, second, term, pauses).at


@given(CALENDARS, INSTANTS, TERMS, TERMS, PAUSES)
def test_a_longer_term_ends_later(calendar, start, term, more, pauses):
    due, later = (due_after(calendar, start, days, pauses) for days in (term, term + more))

    assert later.at > due.at


@given(CALENDARS, INSTANTS, TERMS, INSTANTS, LENGTHS, LENGTHS)
def test_a_longer_pause_never_makes_it_due_earlier(calendar, start, term, paused_at, length, longer):
    pauses = [(paused_at, paused_at + one) for one in sorted([length, longer])]

    assert due_after(calendar, start, term, pauses[:1]).at <= due_after(calendar, start, term, pauses[1:]).at


@given(CALENDARS, INSTANTS, TERMS, PAUSES, st.randoms())
def test_the_order_and_repetition_of_pauses_do_not_matter(calendar, start, term, pauses, chance):
    shuffled = pauses * 2
    chance.shuffle(shuffled)

    assert due_after(calendar, start, term, shuffled) == due_after(calendar, start, term, pauses)


@given(CALENDARS)
def test_a_day_of_the_table_is_off_whether_its_year_is_known_or_not(calendar):
    assert not any(map(calendar.is_working_day, set(calendar.days_off) - calendar.working_saturdays))


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_counting_undoes_adding(calendar, start, term):
    due = calendar.add_working_days(start, term)

    assert calendar.count_working_days(start, due) == term
    assert calendar.count_working_days(start, due - A_DAY) == term - 1
    assert calendar.count_working_days(due, start) == 0


@given(CALENDARS, INSTANTS, LENGTHS)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar, instant, later):
    opening = calendar.next_open(instant)

    assert opening >= instant
    assert calendar.is_open(opening)
    assert calendar.next_open(opening) == opening
    assert instant + later >= opening or not calendar.is_open(instant + later)


@given(CALENDARS, DAYS, TERMS)
def test_runs_hold_every_skipped_weekday_and_no_working_day(calendar, start, term):
    due_day = calendar.add_working_days(start, term)
    due = due_after(calendar, datetime.combine(start, time(9), ZONE), term)

    runs = idle_runs(calendar, start, due_day)

    told = [run.first + A_DAY * n for run in runs for n in range((run.last - run.first).days + 1)]
    assert set(due.skipped) <= set(told)
    assert not any(calendar.is_working_day(one) for one in told)
    assert all(run.name for run in runs)
    assert told == sorted(set(told))


# ------------------------------------------------------------------------------------------- tables and settings


def test_the_built_in_calendar_knows_which_years_may_still_change():
    assert [year for year in range(2020, 2035) if CALENDAR.is_known(year)] == [2025, 2026, 2027]
    assert [year for year in range(2020, 2035) if CALENDAR.is_provisional(year)] == [2027]


def test_an_office_replaces_the_years_it_names_and_keeps_the_rest(tmp_path):
    calendar = load(
        tmp_path,
        """
        2027: {days_off: {2027-02-04: Tết}, working_saturdays: [2027-02-20]}
        2028: {days_off: {2028-01-03: bù Tết Dương lịch}}
        """,
    )

    assert calendar.known_years == {2025, 2026, 2027, 2028}
    assert calendar.provisional_years == set()
    assert calendar.is_working_day(day("2027-02-05"))  # off in the built-in table
    assert calendar.is_working_day(day("2027-02-20"))
    assert not calendar.is_working_day(day("2028-01-03"))
    assert not calendar.is_working_day(day("2026-11-24"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "own.yaml: names no year"),
        ("tet: {days_off: {}}", "own.yaml: tet: is no year"),
        ("2028:", "own.yaml: 2028: write its days_off"),
        ("2028: {working_saturdays: []}", "own.yaml: 2028.days_off: is missing"),
        ("2028: {days_off: {}}", "own.yaml: 2028.days_off: needs at least 1"),
        ("2028: {days_off: {03/01: bù}}", "own.yaml: 2028.days_off.03/01: must be a date"),
        ("2028: {days_off: {2028-01-03: }}", "own.yaml: 2028.days_off.2028-01-03: must be text"),
        ("2028: {days_off: {2027-01-03: bù}}", "own.yaml: 2028.days_off.2027-01-03: lies in another year"),
        ("2028: {days_off: {2028-01-03: a}, days_of: {}}", "own.yaml: 2028.days_of: there is no such"),
        ("2028: {days_off: {2028-01-03: a}, provisional: perhaps}", "own.yaml: 2028.provisional: must be"),
        ("2028: {days_off: {2028-01-03: a}, working_saturdays: [x]}", "own.yaml: 2028.working_saturdays[0]: must be a date"),
        ("2028: {days_off: {2028-01-03: a}, working_saturdays: [2028-01-04]}", "own.yaml: 2028.working_saturdays: 2028-01-04 is neither"),
        ("2028: {days_off: {2028-01-08: a}, working_saturdays: [2028-01-08]}", "own.yaml: 2028.working_saturdays: 2028-01-08 is among"),
        ("2028: {days_off: {2028-01-03: a}}\n2028: {days_off: {2028-01-03: a}}", "own.yaml line 2: 2028 is written twice"),
        ("2028: {days_off: {2028-02-30: a}}", "own.yaml: is no valid YAML"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_told_with_file_and_key(tmp_path, text, problem):
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text)

    assert len(raised.value.problems) == 1, raised.value.problems
    assert raised.value.problems[0].startswith(problem)


def test_office_hours_and_the_table_are_settings(tmp_path):
    (tmp_path / "own.yaml").write_text("2028: {days_off: {2028-01-03: bù}}", encoding="utf-8")
    written = {"file": "own.yaml", "office_hours": ["07:00-11:30", "13:30-17:00"]}

    default = load_from(tmp_path, minimal()).calendar
    changed = load_from(tmp_path, minimal() | {"calendar": written}).calendar

    assert (default.file, default.office_hours) == (None, OFFICE_HOURS)
    assert changed.file == tmp_path / "own.yaml"
    assert changed.office_hours == ((time(7), time(11, 30)), (time(13, 30), time(17)))
    calendar = load_calendar(changed.file, hours=changed.office_hours, zone=ZONE)
    assert due_after(calendar, at("2027-12-31 09:00"), 1).at == at("2028-01-04 17:00")


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("calendar.file", {"file": "none.yaml"}),
        ("calendar.office_hours", {"office_hours": []}),
        ("calendar.office_hours", {"office_hours": "07:30-11:30"}),
        ("calendar.office_hours[0]", {"office_hours": ["7:30-11:30"]}),
        ("calendar.office_hours[1]", {"office_hours": ["07:30-11:30", ["13:00", "16:30"]]}),
        ("calendar.office_hours", {"office_hours": ["13:00-16:30", "07:30-11:30"]}),
        ("calendar.office_hours", {"office_hours": ["07:30-13:00", "12:00-16:30"]}),
        ("calendar.office_hours", {"office_hours": ["22:00-06:00"]}),
    ],
)
def test_hours_and_files_that_cannot_be_used_are_named(tmp_path, path, settings):
    assert the_problem(problems_of(tmp_path, minimal() | {"calendar": settings}), path)


def load(folder: Path, text):
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return load_calendar(path, hours=OFFICE_HOURS, zone=ZONE)
