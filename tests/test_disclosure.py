"""Small groups: nothing that is given out, added and subtracted in any way, gives the marks of a few people."""

import random
from fractions import Fraction

import pytest

from reports.disclosure import hide_small, hide_small_of_unit
from reports.linear import Published
from tests.figuring import a_tally, pure_report

K = 5
ONE = [("a", ["a"])]
QUARTERS = [("a", ["a"]), ("b", ["b"])]
HALF = [*QUARTERS, ("ab", ["a", "b"])]
QUARTER = ("abc", ["a", "b", "c"])
MONTHS = [("a", ["a"]), ("b", ["b"]), ("c", ["c"])]


def cell(people, unit="U1", procedure="", channel="web", outcome="granted", part="a"):
    return a_tally(
        people,
        unit=unit,
        procedure=procedure or f"{unit}-p",
        channel=channel,
        outcome=outcome,
        part=part,
        answers={"3.2": (people, 0)},
    )


def hidden(tallies, spans=ONE):
    found = hide_small(tallies, K, spans)
    return "all" if found.is_all else {code for dimension, code in found.groups if dimension == "unit"}


def test_a_group_of_k_people_is_shown_and_of_fewer_is_not():
    assert hidden([cell(5, "U1"), cell(9, "U2")]) == set()
    assert hidden([cell(4, "U1"), cell(9, "U2"), cell(30, "U3")]) == {"U1", "U2"}


def test_the_next_smallest_is_hidden_beside_a_single_one():
    assert hidden([cell(4, "U1"), cell(100, "U2"), cell(20, "U3"), cell(50, "U4")]) == {"U1", "U3"}


def test_two_small_ones_of_fewer_than_k_together_hide_a_third():
    assert hidden([cell(1, "U1"), cell(3, "U2"), cell(50, "U3"), cell(60, "U4")]) == {"U1", "U2", "U3"}
    assert hidden([cell(2, "U1"), cell(3, "U2"), cell(50, "U3"), cell(60, "U4")]) == {"U1", "U2"}


def test_fewer_than_k_in_all_hide_everything():
    assert hidden([cell(2, "U1"), cell(2, "U2")]) == "all"

    report = pure_report([cell(2, "U1"), cell(2, "U2")])

    assert report.responses == 4
    assert {one.responses for one in report.units} == {2}
    assert report.overall.satisfaction_pct is None
    assert report.overall.interval is None
    assert all(one.counts is None and one.satisfied_pct is None for one in report.questions)
    assert all(one.satisfaction_pct is None for one in report.criteria)
    assert all(one.satisfaction_pct is None and one.is_hidden for one in report.units)


def test_a_group_without_people_needs_no_hiding():
    assert hidden([cell(0, "U1"), cell(9, "U2"), cell(8, "U3")]) == set()


def test_the_procedures_of_a_unit_are_a_partition_of_their_own():
    tallies = [
        cell(3, "U1", "p1"),
        cell(9, "U1", "p2"),
        cell(30, "U1", "p3"),
        cell(4, "U2", "p4"),
        cell(9, "U2", "p5"),
    ]

    found = hide_small(tallies, K, ONE)

    assert {code for dimension, code in found.groups if dimension == "procedure"} == {"p1", "p2", "p4", "p5"}
    assert not found.hides("unit", "U1")


def test_what_a_unit_has_of_a_shared_procedure_is_a_small_group_too():
    """U1 has p only, and three people of U2 have it: p minus U1 would be these three."""
    tallies = [cell(10, "U1", "p"), cell(3, "U2", "p"), cell(40, "U2", "q"), cell(40, "U3", "r")]

    found = hide_small(tallies, K, ONE)

    assert not can_solve(
        published_of(tallies, found, "a"), tallies, [people_in(tallies, unit="U2", procedure="p")]
    )


def test_a_longer_period_does_not_give_away_a_quarter():
    """Unit U1 has three forms in the first quarter and many in the second: its half-year minus that is three."""
    tallies = [cell(3, "U1"), cell(50, "U2"), cell(60, "U3"), cell(40, "U1", part="b")]
    tallies += [cell(50, "U2", part="b"), cell(60, "U3", part="b")]

    assert hidden(tallies, HALF) >= {"U1"}
    assert len(hidden(tallies, HALF)) > 1


def test_a_longer_period_shows_what_only_it_has_enough_of():
    tallies = [cell(3, "U1"), cell(50, "U2"), cell(3, "U1", part="b"), cell(50, "U2", part="b")]

    assert hidden(tallies, HALF) == set()


def test_a_quarter_of_a_few_people_hides_the_longer_period():
    assert hidden([cell(3), cell(100, part="b")], HALF) == "all"
    assert hidden([cell(0), cell(100, part="b")], HALF) == set()


def test_the_report_of_a_unit_shows_channels_only_where_no_unit_has_few_in_one():
    enough = [cell(9, unit, channel=channel) for unit in ("U1", "U2") for channel in ("web", "zalo")]
    few = [*enough, cell(2, "U2", channel="paper"), cell(9, "U1", channel="paper")]

    assert hide_small_of_unit(enough, K, ONE, "U1").groups == frozenset()
    assert hide_small_of_unit(few, K, ONE, "U1").hides("channel", "web")


def test_the_report_of_a_hidden_unit_shows_no_marks():
    tallies = [cell(3, "U1"), cell(20, "U2"), cell(30, "U3")]

    assert hide_small_of_unit(tallies, K, ONE, "U1").is_all
    assert hide_small_of_unit(tallies, K, ONE, "U2").is_all  # hidden so that U1 is
    assert not hide_small_of_unit(tallies, K, ONE, "U3").is_all


# ------------------------------------------------------------------------------------- the attacker


def people_in(tallies, parts=None, **wanted):
    """The rows of people that belong to a group: an indicator over all tallies."""
    return tuple(
        int(
            bool(one.people)
            and (parts is None or one.part in parts)
            and all(getattr(one, k) == v for k, v in wanted.items())
        )
        for one in tallies
    )


def size(tallies, row):
    return sum(one.people for one, is_in in zip(tallies, row, strict=True) if is_in)


def published_of(tallies, found, *parts, unit=""):
    """What a decision lets a report give out, as rows."""
    within = {"unit": unit} if unit else {}
    if found.is_all or size(tallies, people_in(tallies, parts, **within)) < K:
        return []
    rows = [people_in(tallies, parts, **within)]
    for name in ("unit", "procedure", "channel", "outcome"):
        for code in {getattr(one, name) for one in tallies if not unit or one.unit == unit}:
            row = people_in(tallies, parts, **within, **({} if name in within else {name: code}))
            if not found.hides(name, code) and size(tallies, row) >= K:
                rows.append(row)
    return rows


def read_off(tallies, found, *parts, unit=""):
    """What a finished report gives out, as rows."""
    within = {"unit": unit} if unit else {}
    report = pure_report([one for one in tallies if one.part in parts], hidden=found, unit=unit)
    is_shown = report.questions[1].counts is not None and report.responses
    rows = [people_in(tallies, parts, **within)] if is_shown else []
    for name in ("unit", "procedure", "channel", "outcome"):
        codes = [one.code for one in getattr(report, f"{name}s") if one.satisfaction_pct is not None]
        rows += [people_in(tallies, parts, **{**within, name: code}) for code in codes]
    return rows


def can_solve(rows, tallies, secrets):
    """Whether any secret is a combination of rows: plain elimination with fractions."""
    basis = []
    for row in rows:
        left = reduce([Fraction(value) for value in row], basis)
        if any(left):
            basis.append(left)
    return [
        secret for secret in secrets if any(secret) and not any(reduce([Fraction(v) for v in secret], basis))
    ]


def reduce(row, basis):
    for known in basis:
        pivot = next(place for place, value in enumerate(known) if value)
        if row[pivot]:
            factor = row[pivot] / known[pivot]
            row = [one - factor * other for one, other in zip(row, known, strict=True)]
    return row


def a_town(chance, parts):
    """Random people: units with procedures of their own, some shared, channels, outcomes."""
    units = [f"U{number}" for number in range(chance.randint(1, 4))]
    tallies = []
    for part in parts:
        for _ in range(chance.randint(0, 9)):
            unit = chance.choice(units)
            shared = chance.random() < 0.15
            tallies.append(
                cell(
                    chance.choice([1, 1, 2, 3, 4, 5, 7, 20]),
                    unit,
                    "shared" if shared else f"{unit}-p{chance.randint(0, 2)}",
                    chance.choice(["web", "paper", "zalo"]),
                    chance.choice(["granted", "granted", "refused"]),
                    part,
                )
            )
    return tallies


@pytest.mark.parametrize("seed", range(20))
def test_a_report_gives_out_what_was_decided(seed):
    tallies = a_town(random.Random(seed), ["a"])  # noqa: S311 - the same towns each time
    found = hide_small(tallies, K, ONE)

    assert set(read_off(tallies, found, "a")) == set(published_of(tallies, found, "a"))

    found = hide_small_of_unit(tallies, K, ONE, "U0")
    assert set(read_off(tallies, found, "a", unit="U0")) == set(published_of(tallies, found, "a", unit="U0"))


@pytest.mark.parametrize("seed", range(300))
def test_no_small_group_can_be_computed_from_all_that_is_given_out(seed):
    chance = random.Random(seed)  # noqa: S311 - the same towns each time
    spans = ONE if seed % 2 else HALF
    tallies = a_town(chance, [part for part, _ in spans if len(part) == 1])
    rows, secrets = [], []
    for place, (_, parts) in enumerate(spans, 1):
        rows += published_of(tallies, hide_small(tallies, K, spans[:place]), *parts)
        units = sorted({one.unit for one in tallies if one.part in parts})
        for unit in units:
            rows += published_of(
                tallies, hide_small_of_unit(tallies, K, spans[:place], unit), *parts, unit=unit
            )
        secrets.append(people_in(tallies, parts))
        for name in ("unit", "procedure", "channel", "outcome"):
            secrets += [
                people_in(tallies, parts, **{name: code}) for code in {getattr(o, name) for o in tallies}
            ]
        shares = {(one.unit, one.procedure) for one in tallies}
        secrets += [people_in(tallies, parts, unit=unit, procedure=code) for unit, code in shares]

    few = [secret for secret in secrets if 0 < size(tallies, secret) < K]
    assert not can_solve(rows, tallies, few)


# ----------------------------------------------------------------------- months against their quarter


def test_a_quiet_month_hides_another_one_and_not_its_quarter():
    """The quarter stands first: what it and two months would tell of the third is hidden in the months."""
    tallies = [cell(60, part="a"), cell(40, part="b"), cell(3, part="c")]
    spans = [QUARTER, *MONTHS]

    decided = {name: hide_small(tallies, K, spans, name).is_all for name, _ in spans}

    assert decided == {"abc": False, "a": False, "b": True, "c": True}


def test_a_quarter_hides_what_months_that_were_given_out_would_give_away():
    tallies = [cell(60, part="a"), cell(40, part="b"), cell(3, part="c")]
    spans = [*MONTHS[:2], QUARTER, MONTHS[2]]

    decided = {name: hide_small(tallies, K, spans, name).is_all for name, _ in spans}

    assert decided == {"a": False, "b": False, "abc": True, "c": True}


def test_two_months_of_a_few_together_are_a_small_group_too():
    tallies = [cell(60, part="a"), cell(2, part="b"), cell(2, part="c")]

    assert hide_small(tallies, K, [QUARTER, *MONTHS], "a").is_all


def test_a_quarter_is_decided_as_if_nobody_had_asked_for_its_months():
    for seed in range(50):
        tallies = a_town(random.Random(seed), "abc")  # noqa: S311 - the same towns each time

        assert hide_small(tallies, K, [QUARTER]) == hide_small(tallies, K, [QUARTER, *MONTHS], "abc")


@pytest.mark.parametrize("seed", range(120))
def test_no_small_group_can_be_computed_from_months_and_their_quarter(seed):
    chance = random.Random(1000 + seed)  # noqa: S311 - the same towns each time
    tallies = a_town(chance, "abc")
    told = chance.sample(MONTHS, chance.randint(0, 3))  # before the quarter
    spans = [*told, QUARTER, *(one for one in MONTHS if one not in told)]
    rows, secrets = [], []
    for name, parts in spans:
        found = hide_small(tallies, K, spans, name)
        rows += published_of(tallies, found, *parts)
        units = sorted({one.unit for one in tallies if one.part in parts})
        for unit in units:
            hidden = hide_small_of_unit(tallies, K, spans, unit, name)
            rows += published_of(tallies, hidden, *parts, unit=unit)
    for parts in ("a", "b", "c", "ab", "bc", "ac", "abc"):
        secrets.append(people_in(tallies, parts))
        for dimension in ("unit", "procedure", "channel", "outcome"):
            codes = {getattr(one, dimension) for one in tallies}
            secrets += [people_in(tallies, parts, **{dimension: code}) for code in codes]

    few = [secret for secret in secrets if 0 < size(tallies, secret) < K]
    alone = published_of(tallies, hide_small(tallies, K, [QUARTER]), "a", "b", "c")
    for unit in {one.unit for one in tallies}:
        alone += published_of(
            tallies, hide_small_of_unit(tallies, K, [QUARTER], unit), "a", "b", "c", unit=unit
        )
    new = [secret for secret in few if secret not in can_solve(alone, tallies, few)]
    assert not can_solve(rows, tallies, new)


def test_the_attacker_would_find_what_is_not_hidden():
    """The test above can fail: without secondary hiding the single small unit is the total minus the others."""
    tallies = [cell(3, "U1"), cell(20, "U2"), cell(30, "U3")]
    rows = [people_in(tallies), people_in(tallies, unit="U2"), people_in(tallies, unit="U3")]

    assert can_solve(rows, tallies, [people_in(tallies, unit="U1")])


def test_sums_that_solve_a_set_are_named():
    published = Published()
    for name, cells in (("all", {1, 2, 3}), ("left", {1}), ("right", {3})):
        published.add(name, cells)

    assert published.solve({2}) == {"all", "left", "right"}
    assert published.solve({1, 2}) == {"all", "right"}
    assert Published().solve({1}) is None
