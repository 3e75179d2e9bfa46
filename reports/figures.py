"""The figures of a period as values: what is counted and computed once, and shown everywhere. Nothing is computed here.

Percentages are Decimals with two decimals, rounded half up from exact counts. None: not measured, or hidden because the
group is too small (`is_hidden` of the group says which).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

from reports.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % interval in percent."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFigure:
    """One question."""

    id: str  # 3.1 … 3.10
    subject: str
    labels: tuple[str, ...]  # of the options, in the order of the form
    n: int  # answers
    counts: tuple[int, ...] | None  # by option; None when hidden
    satisfied_pct: Decimal | None  # None for 3.1, which is not scored
    interval: Interval | None = None  # Wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionFigure:
    """One criterion: the pooled answers of its questions."""

    id: str
    number: int
    name: str
    questions: tuple[str, ...]  # () for how feedback was handled
    n: int
    satisfaction_pct: Decimal | None
    interval: Interval | None
    target_pct: Decimal | None
    met: bool | None
    change_points: Decimal | None = None  # against the period of the same kind before
    change_is_clear: bool = False  # the intervals do not touch: only then it is called a change
    last_year_points: Decimal | None = None  # against the same period of the year before


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallFigure:
    """The plain mean of the rounded criteria that were measured."""

    satisfaction_pct: Decimal | None
    criteria_measured: int
    criteria_total: int
    target_pct: Decimal | None
    met: bool | None
    interval: Interval | None  # normal interval of the mean of the criteria
    change_points: Decimal | None
    change_is_clear: bool = False
    last_year_points: Decimal | None = None
    weighted_pct: Decimal | None = None  # weighted for those who were not heard, beside the plain one


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigure:
    """A unit, procedure, channel or outcome."""

    code: str
    name: str
    transactions: int | None  # None where they cannot be counted, such as for channels
    responses: int
    coverage_pct: Decimal | None
    quota_met: bool | None
    sampling_error_points: Decimal | None  # half the width of the 95 % interval a share of 50 % would have
    satisfaction_pct: Decimal | None
    criteria_measured: int
    is_hidden: bool = False  # fewer than min_group people, or needed to hide one that is


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelFigure:
    """From returned results to forms handed in, step by step; paper is not among them."""

    returned: int
    invited: int
    reached: int
    started: int
    submitted: int

    def steps(self) -> Mapping[str, int]:
        """Return how many took each step, by its name, in order."""
        return _counts_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFunnel:
    """The funnel of a unit, outcome or channel."""

    kind: str  # units, outcomes, channels
    code: str
    name: str
    funnel: FunnelFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class UnheardFigure:
    """Answer rates of two groups that should answer alike."""

    kind: str  # late_on_time, refused_granted, units
    first: str
    second: str
    first_pct: Decimal
    second_pct: Decimal
    first_n: int
    second_n: int
    is_clear: bool  # the Wilson intervals do not touch


@dataclass(frozen=True, slots=True, kw_only=True)
class DatesFigure:
    """What citizens say of 3.9 against the dates of their dossiers."""

    compared: int
    agree: int
    said_late_was_on_time: int
    said_on_time_was_late: int

    def counts(self) -> Mapping[str, int]:
        """Return the counts by name, in order."""
        return _counts_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementFigure:
    """How often dossiers of a procedure had to be supplemented."""

    code: str
    name: str
    n: int  # transactions whose outcome is known
    supplemented: int
    share_pct: Decimal
    asked_n: int | None  # answers to whether papers beyond the rules were asked for; None when hidden
    asked: int | None  # of them: yes


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintsFigure:
    """The complaints of the period."""

    received: int
    resolved: int
    resolved_in_time_pct: Decimal | None
    confirmed: int  # resolved cases of which the citizen said "done"
    partly: int
    reopened: int
    open: int
    overdue: int
    promises: int
    promises_kept: int
    apologised: int = 0  # resolved with an apology, as the staff said
    by_kind: Mapping[str, int] = field(default_factory=dict)

    def kinds(self) -> list[tuple[str, int]]:
        """Return the kinds with their counts, the most frequent first."""
        return sorted(self.by_kind.items(), key=lambda kind: (-kind[1], kind[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """The overall of an earlier period, as its snapshot says."""

    period: str
    satisfaction_pct: Decimal | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a digest says about a period."""

    period: Period
    department: str
    authority: str
    place: str
    method: str  # top2, mean5
    quota_pct: Decimal
    min_group: int
    transactions: int
    responses: int
    coverage_pct: Decimal | None
    quota_met: bool | None
    sampling_error_points: Decimal | None
    overall: OverallFigure
    overall_question: QuestionFigure  # 3.10
    funnel: FunnelFigure
    criteria: tuple[CriterionFigure, ...]
    questions: tuple[QuestionFigure, ...]
    units: tuple[GroupFigure, ...]
    procedures: tuple[GroupFigure, ...]
    channels: tuple[GroupFigure, ...]
    outcomes: tuple[GroupFigure, ...]
    unheard: tuple[UnheardFigure, ...]
    dates: DatesFigure
    complaints: ComplaintsFigure
    trend: tuple[TrendPoint, ...]  # oldest first, this period last
    late_returned: int = (
        0  # returned after the appointed day: written apologies that were due; made ones are not recorded
    )
    supplements: tuple[SupplementFigure, ...] = ()  # by procedure, the highest share first
    funnels: tuple[GroupFunnel, ...] = ()  # by unit, outcome, channel
    unit: str = ""  # code of the one unit it is about, "" for the department
    version: int = 1  # 2 and on: "bản điều chỉnh lần 1" and on
    frozen_on: date | None = None  # local day of the snapshot; None when computed on the spot
    digest: str = ""  # SHA-256 of the snapshot


def _counts_of(figure: FunnelFigure | DatesFigure) -> Mapping[str, int]:
    return {one.name: getattr(figure, one.name) for one in fields(figure)}
