"""Who was not heard, the result weighted for them, and what citizens say of the return against the dossiers' dates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reports.figures import DatesFigure, UnheardFigure
from reports.marks import Mark, is_apart, percent, wilson
from reports.rules import RETURN_QUESTION, Scale
from reports.tallies import UNKNOWN, Pool, Pools, Returns

Stratum = tuple[str, bool]  # outcome, whether it was late


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rate:
    """How many of those invited handed in a form."""

    name: str
    invited: int
    submitted: int

    @property
    def mark(self) -> Mark:
        share = Fraction(self.submitted, self.invited)
        return Mark(
            mean=share, variance=share * (1 - share), n=self.invited, effective=Fraction(self.invited)
        )


def compare_unheard(returns: Sequence[Returns], min_group: int) -> tuple[UnheardFigure, ...]:
    """Return the answer rates of groups that should answer alike.

    Rate = forms handed in / invitations of the period's transactions: late against on time, refused against granted, the
    unit that answered least against the one that answered most. Clear when Wilson's 95 % intervals do not touch, which of
    few units chance alone seldom does. Groups of fewer invitations than `min_group` are not compared.
    """
    pairs = [
        (
            "late_on_time",
            _rate("late", returns, lambda one: one.is_late is True),
            _rate("on_time", returns, lambda one: one.is_late is False),
        ),
        (
            "refused_granted",
            _rate("refused", returns, lambda one: one.outcome == "refused"),
            _rate("granted", returns, lambda one: one.outcome == "granted"),
        ),
    ]
    units = [_rate(unit, returns, _is_of(unit)) for unit in sorted({one.unit for one in returns})]
    ranked = sorted((one for one in units if one.invited >= min_group), key=lambda one: one.mark.mean)
    if len(ranked) > 1:
        pairs.append(("units", ranked[0], ranked[-1]))
    return tuple(
        UnheardFigure(
            kind=kind,
            first=first.name,
            second=second.name,
            first_pct=first.mark.percent,
            second_pct=second.mark.percent,
            first_n=first.invited,
            second_n=second.invited,
            is_clear=is_apart(wilson(first.mark), wilson(second.mark)),
        )
        for kind, first, second in pairs
        if min(first.invited, second.invited) >= min_group
    )


def compare_dates(late: Mapping[bool, Pool], scale: Scale | None, min_group: int) -> DatesFigure:
    """Return how far 3.9 agrees with the dossiers' dates (late: returned on a local day after the appointed one).

    Compared are answers to 3.9 whose dossier and its two dates are known. Fewer than `min_group` of them are not told.
    """
    counts = {is_late: pool.counts(RETURN_QUESTION) for is_late, pool in late.items()}
    compared = sum(sum(given) for given in counts.values())
    if scale is None or not scale.satisfied or compared < min_group:
        return DatesFigure(compared=0, agree=0, said_late_was_on_time=0, said_on_time_was_late=0)
    said_late = {
        is_late: sum(c for c, good in zip(given, scale.satisfied, strict=False) if not good)
        for is_late, given in counts.items()
    }
    early, belated = counts.get(False, ()), counts.get(True, ())
    wrong_late = said_late.get(False, 0)
    wrong_on_time = sum(belated) - said_late.get(True, 0)
    return DatesFigure(
        compared=compared,
        agree=sum(early) - wrong_late + said_late.get(True, 0),
        said_late_was_on_time=wrong_late,
        said_on_time_was_late=wrong_on_time,
    )


def weigh(
    pools: Pools, returns: Sequence[Returns], min_group: int, mark: Callable[[Pool], Sequence[Mark | None]]
) -> tuple[Fraction | None, ...] | None:
    """Return the criteria weighted for those who were not heard; None when nothing can be weighted.

    Post-stratified by outcome and lateness (Holt and Smith 1979): Σ W·m over the strata, W the stratum's share of the
    transactions, m its mark; strata without an answer to a criterion are left out of it. Strata of fewer than `min_group`
    people are joined to the next smallest, so that no small group shows; fewer than two strata cannot be weighted.
    Answers whose dossier is not known, such as of paper forms without its number, are in no stratum.
    """
    size: dict[Stratum, int] = {}
    for one in returns:
        if one.is_late is not None and one.outcome != UNKNOWN:
            stratum = (one.outcome, one.is_late)
            size[stratum] = size.get(stratum, 0) + one.returned
    strata = [
        (pool, size[stratum])
        for stratum, pool in sorted(pools.strata.items())
        if size.get(stratum) and pool.people
    ]
    joined = _join(strata, min_group)
    if len(joined) < 2 or joined[0][0].people < min_group:
        return None
    marked = [(mark(pool), transactions) for pool, transactions in joined]
    weighted: list[Fraction | None] = []
    for place in range(len(marked[0][0])):
        given = [(m.mean, weight) for marks, weight in marked if (m := marks[place]) is not None]
        total = sum(weight for _, weight in given)
        weighted.append(
            sum((mean * weight for mean, weight in given), Fraction(0)) / total if total else None
        )
    return tuple(weighted)


def _join(strata: Sequence[tuple[Pool, int]], min_group: int) -> list[tuple[Pool, int]]:
    """Join the smallest stratum with the next one until none is small; smallest first."""
    listed = sorted(strata, key=lambda one: one[0].people)
    while len(listed) > 1 and listed[0][0].people < min_group:
        (one, first), (other, second), *rest = listed
        listed = sorted([(_sum(one, other), first + second), *rest], key=lambda pair: pair[0].people)
    return listed


def _sum(one: Pool, other: Pool) -> Pool:
    answers = {}
    for question in {*one.answers, *other.answers}:
        left, right = one.counts(question), other.counts(question)
        length = max(len(left), len(right))
        answers[question] = tuple(
            sum(counts[place] for counts in (left, right) if place < len(counts)) for place in range(length)
        )
    return Pool(people=one.people + other.people, answers=answers)


def _rate(name: str, returns: Sequence[Returns], wanted: Callable[[Returns], bool]) -> _Rate:
    mine = [one for one in returns if wanted(one)]
    return _Rate(
        name=name,
        invited=sum(one.invited for one in mine),
        submitted=sum(one.submitted for one in mine),
    )


def _is_of(unit: str) -> Callable[[Returns], bool]:
    return lambda one: one.unit == unit


def average(rounded: Sequence[Fraction | None]) -> Fraction | None:
    """Return the plain mean of the criteria that have an answer, each rounded as printed; None without any."""
    printed = [Fraction(percent(one)) for one in rounded if one is not None]
    return sum(printed, Fraction(0)) / len(printed) if printed else None
