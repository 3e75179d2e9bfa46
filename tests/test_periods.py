"""Periods as decree 09/2019/NĐ-CP cuts them, and as the calendar does."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.periods import (
    PeriodError,
    months_inside,
    parse_period,
    period_a_year_before,
    period_of,
    periods_that_tell,
    previous_period,
    quarter_of,
)

days = st.dates(date(1990, 1, 1), date(2200, 11, 30))
cuts = st.sampled_from(["administrative", "calendar"])
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "first", "last", "kind"),
    [
        ("2026-Q1", date(2025, 12, 15), date(2026, 3, 14), "quarter"),
        ("2026-Q2", date(2026, 3, 15), date(2026, 6, 14), "quarter"),
        ("2026-Q3", date(2026, 6, 15), date(2026, 9, 14), "quarter"),
        ("2026-Q4", date(2026, 9, 15), date(2026, 12, 14), "quarter"),
        ("2026-H1", date(2025, 12, 15), date(2026, 6, 14), "half"),
        ("2026-H2", date(2026, 6, 15), date(2026, 12, 14), "half"),
        ("2026", date(2025, 12, 15), date(2026, 12, 14), "year"),
        ("2026-01", date(2025, 12, 15), date(2026, 1, 14), "month"),
        ("2026-07", date(2026, 6, 15), date(2026, 7, 14), "month"),
        ("2026-12", date(2026, 11, 15), date(2026, 12, 14), "month"),
    ],
)
def test_administrative_periods_begin_on_the_15th_of_the_month_before(name, first, last, kind):
    period = parse_period(name, "administrative")

    assert (period.id, period.first, period.last, period.kind) == (name, first, last, kind)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2028-Q1", date(2028, 1, 1), date(2028, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_calendar_periods_are_those_of_the_calendar(name, first, last):
    period = parse_period(name, "calendar")

    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 9, 14), "2026-Q3"),
        (date(2026, 9, 15), "2026-Q4"),
        (date(2026, 12, 14), "2026-Q4"),
        (date(2026, 12, 15), "2027-Q1"),
        (date(2027, 1, 1), "2027-Q1"),
    ],
)
def test_the_administrative_cut_is_at_the_end_of_the_14th(day, name):
    assert period_of(day, "administrative").id == name


@given(days, cuts)
def test_every_day_is_in_the_quarter_it_belongs_to_and_in_no_neighbour(day, cut):
    period = period_of(day, cut)

    assert day in period
    assert day not in period_of(period.first - A_DAY, cut)
    assert day not in period_of(period.last + A_DAY, cut)


@given(days, cuts)
def test_quarters_follow_each_other_without_gap_or_overlap(day, cut):
    period = period_of(day, cut)

    after = period_of(period.last + A_DAY, cut)

    assert after.first == period.last + A_DAY
    assert period_of(after.first - A_DAY, cut) == period
    assert 89 <= (period.last - period.first).days + 1 <= 92


@given(days, cuts)
def test_a_quarter_is_found_again_by_its_name(day, cut):
    period = period_of(day, cut)

    assert parse_period(period.id, cut) == period


@given(st.integers(1990, 2200), cuts)
def test_halves_and_years_are_made_of_whole_quarters(year, cut):
    quarters = [parse_period(f"{year}-Q{n}", cut) for n in (1, 2, 3, 4)]
    halves = [parse_period(f"{year}-H{n}", cut) for n in (1, 2)]

    whole = parse_period(f"{year}", cut)

    assert (halves[0].first, halves[0].last) == (quarters[0].first, quarters[1].last)
    assert (halves[1].first, halves[1].last) == (quarters[2].first, quarters[3].last)
    assert (whole.first, whole.last) == (quarters[0].first, quarters[3].last)


@given(st.integers(1990, 2199), st.integers(1, 4), cuts)
def test_three_months_make_a_quarter_without_gap_or_overlap(year, number, cut):
    quarter = parse_period(f"{year}-Q{number}", cut)

    months = months_inside(quarter, cut)

    assert [one.id for one in months] == [f"{year}-{3 * number - 2 + place:02}" for place in range(3)]
    assert (months[0].first, months[-1].last) == (quarter.first, quarter.last)
    assert all(a.last + A_DAY == b.first for a, b in itertools.pairwise(months))
    assert {quarter_of(one, cut) for one in months} == {quarter}
    assert all(parse_period(one.id, cut) == one for one in months)


@pytest.mark.parametrize("cut", ["administrative", "calendar"])
def test_a_month_knows_its_neighbours(cut):
    january = parse_period("2026-01", cut)

    assert previous_period(january, cut).id == "2025-12"
    assert previous_period(january, cut).last + A_DAY == january.first
    assert period_a_year_before(january, cut).id == "2025-01"
    assert [one.id for one in periods_that_tell(january, cut)] == ["2026-01", "2026-02", "2027-01"]
    december = parse_period("2026-12", cut)
    assert [one.id for one in periods_that_tell(december, cut)] == ["2026-12", "2027-01", "2027-12"]
    assert len(months_inside(parse_period("2026", cut), cut)) == 12


def test_a_period_may_be_written_in_small_letters():
    assert parse_period(" 2026-q3 ", "administrative").id == "2026-Q3"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2026-Q5",
        "2026-Q0",
        "2026-H3",
        "26-Q1",
        "Q3-2026",
        "2026-",
        "0001-Q1",
        "2026-Q³",
        "2026-7",
        "2026-00",
        "2026-13",
    ],
)
def test_what_names_no_period_is_told_how_periods_are_written(name):
    with pytest.raises(PeriodError, match="2026-Q3"):
        parse_period(name, "administrative")
