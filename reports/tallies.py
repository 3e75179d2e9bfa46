"""The counts a report is made of, as the statements give them, and how they are summed by unit, procedure and so on.

pandas shapes the small frame of counts; it is imported late, because it takes a second and only reports need it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from reports.rules import STEPS

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Dimension: TypeAlias = Literal["unit", "procedure", "channel", "outcome"]
DIMENSIONS: tuple[Dimension, ...] = ("unit", "procedure", "channel", "outcome")
UNKNOWN = "unknown"  # the outcome of a dossier that is not known, such as of a paper form without its number
HANDLING = "handling"  # stands among the questions for how feedback was handled

_NONE = (0,) * STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The answers of one combination of part, unit, procedure, channel, outcome and lateness."""

    part: str  # the quarter it belongs to
    unit: str
    procedure: str
    channel: str
    outcome: str = UNKNOWN
    is_late: bool | None = None
    people: int = 0  # responses
    answers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # by question: how often each option
    handled: tuple[int, ...] = _NONE  # how often each step, of paper forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """The transactions of one combination, and how far their invitations came."""

    unit: str
    procedure: str
    outcome: str = UNKNOWN
    is_late: bool | None = None
    channel: str = UNKNOWN  # of its conversation
    returned: int = 0
    invited: int = 0
    reached: int = 0
    started: int = 0
    submitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """How citizens rated the handling of cases of a unit and procedure that were closed in the period."""

    unit: str
    procedure: str
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """All answers of some people, by question (HANDLING among them)."""

    people: int = 0
    answers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def counts(self, question: str) -> tuple[int, ...]:
        """Return how often each option was chosen; () when the question was never answered."""
        return self.answers.get(question, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """The answers of a period: of all, of each group, and of each stratum (outcome, lateness)."""

    total: Pool
    groups: Mapping[Dimension, Mapping[str, Pool]]
    strata: Mapping[tuple[str, bool], Pool]  # of dossiers whose outcome and dates are known
    late: Mapping[bool, Pool]  # by lateness, where it is known


def build_total(tallies: Sequence[Tally], ratings: Sequence[Ratings]) -> Pools:
    """Sum the counts of all alone, without groups: enough to compare another period with."""
    sums: dict[str, list[int]] = {}
    for tally in tallies:
        for question, counts in (*tally.answers.items(), (HANDLING, tally.handled)):
            _add(sums.setdefault(question, [0] * STEPS), counts)
    for rating in ratings:
        _add(sums.setdefault(HANDLING, [0] * STEPS), rating.steps)
    answers = {question: tuple(counts) for question, counts in sums.items()}
    total = Pool(people=sum(tally.people for tally in tallies), answers=answers)
    return Pools(total=total, groups={name: {} for name in DIMENSIONS}, strata={}, late={})


def _add(sums: list[int], counts: Sequence[int]) -> None:
    sums.extend([0] * (len(counts) - len(sums)))
    for place, count in enumerate(counts):
        sums[place] += count


def build_pools(tallies: Sequence[Tally], ratings: Sequence[Ratings]) -> Pools:
    """Sum the counts. Ratings of cases count for their unit and procedure and for the total: no more is known of them."""
    if not tallies and not ratings:
        return Pools(total=Pool(), groups={name: {} for name in DIMENSIONS}, strata={}, late={})
    keys, counts = _build_frames(tallies, ratings)
    groups: dict[Dimension, Mapping[str, Pool]] = {}
    for name in DIMENSIONS:
        is_known = keys[name] != ""
        groups[name] = {code: _pool(row) for code, row in _sum(counts[is_known], keys[name][is_known])}
    dated = keys["dates"] != ""
    placed = dated & (keys["outcome"] != UNKNOWN)
    strata = _sum(counts[placed], keys["outcome"][placed] + _SIGN + keys["dates"][placed])
    late = _sum(counts[dated], keys["dates"][dated])
    return Pools(
        total=_pool(dict(zip(counts.columns, map(int, counts.sum().tolist()), strict=True))),
        groups=groups,
        strata={(code.rpartition(_SIGN)[0], code.endswith(_LATE)): _pool(row) for code, row in strata},
        late={code == _LATE: _pool(row) for code, row in late},
    )


_SIGN = "#"  # a counter is called question#place, counted from 0
_PEOPLE = f"people{_SIGN}0"
_LATE, _ON_TIME = "late", "on_time"


def _build_frames(tallies: Sequence[Tally], ratings: Sequence[Ratings]) -> "tuple[DataFrame, DataFrame]":
    """Return what the counts belong to, and the counts: a row for each combination, a column for each counter."""
    from pandas import DataFrame

    keys = [
        {
            **{name: getattr(one, name) for name in DIMENSIONS},
            "dates": "" if one.is_late is None else _LATE if one.is_late else _ON_TIME,
        }
        for one in tallies
    ]
    keys += [
        {"unit": one.unit, "procedure": one.procedure, "channel": "", "outcome": "", "dates": ""}
        for one in ratings
    ]
    counts = [
        {_PEOPLE: one.people, **_counters(one.answers), **_counters({HANDLING: one.handled})}
        for one in tallies
    ]
    counts += [{_PEOPLE: 0, **_counters({HANDLING: one.steps})} for one in ratings]
    columns = list(dict.fromkeys(name for row in counts for name in row))
    table = [[row.get(name, 0) for name in columns] for row in counts]
    return DataFrame(keys), DataFrame(table, columns=columns, dtype="int64")


def _counters(answers: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    return {
        f"{question}{_SIGN}{place}": count
        for question, counts in answers.items()
        for place, count in enumerate(counts)
    }


def _sum(counts: "DataFrame", codes: "Series[str]") -> list[tuple[str, dict[str, int]]]:
    """Return the sums of the counters by code."""
    sums = counts.groupby(codes).sum()
    listed = zip(sums.index.tolist(), sums.to_numpy().tolist(), strict=True)
    return [(str(code), dict(zip(sums.columns, map(int, row), strict=True))) for code, row in listed]


def _pool(counters: Mapping[str, int]) -> Pool:
    answers: dict[str, list[int]] = {}
    for name, count in counters.items():
        question, _, place = name.rpartition(_SIGN)
        listed = answers.setdefault(question, [])
        listed.extend([0] * (int(place) + 1 - len(listed)))
        listed[int(place)] = count
    people = answers.pop("people", [0])[0]
    return Pool(people=people, answers={question: tuple(counts) for question, counts in answers.items()})
