"""The measures: counts in, a Report out. Each public measure says its formula and where it comes from.

What small groups hide is decided in reports.disclosure and only carried out here; changes against other periods are added
by reports.changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from reports.comparisons import average, compare_dates, compare_unheard, weigh
from reports.disclosure import Hidden, Spans
from reports.figures import (
    ComplaintsFigure,
    CriterionFigure,
    GroupFigure,
    Interval,
    OverallFigure,
    QuestionFigure,
    Report,
)
from reports.funnels import measure_funnel, measure_funnels
from reports.marks import Mark, build_mark, normal, percent, round_half_up, sampling_error, spread, wilson
from reports.periods import Period
from reports.rules import (
    OVERALL,
    OVERALL_QUESTION,
    PAPERS_QUESTION,
    RETURN_QUESTION,
    Criterion,
    ReportRules,
    Scale,
    handling_worth,
)
from reports.supplements import measure_supplements
from reports.tallies import (
    HANDLING,
    UNKNOWN,
    Dimension,
    Pool,
    Pools,
    Ratings,
    Returns,
    Tally,
    build_pools,
    build_total,
)

_ONE = Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the groups of a report are called."""

    department: str
    units: Mapping[str, str] = field(default_factory=dict)  # in the order of the settings
    procedures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The counts of a period: what a report is made of."""

    period: Period
    tallies: tuple[Tally, ...]
    returns: tuple[Returns, ...]
    ratings: tuple[Ratings, ...]
    complaints: ComplaintsFigure
    around: tuple[Tally, ...] = ()  # of days outside it: only what small groups hide is decided with them
    spans: Spans = ()  # in which order it is decided what they hide

    def of_unit(self, unit: str) -> "Material":
        """Return what belongs to one unit."""
        return replace(
            self,
            tallies=tuple(one for one in self.tallies if one.unit == unit),
            returns=tuple(one for one in self.returns if one.unit == unit),
            ratings=tuple(one for one in self.ratings if one.unit == unit),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """The criteria of a pool and their mean."""

    marks: tuple[Mark | None, ...]  # by criterion
    mean: Fraction | None  # of the rounded criteria, in percent

    @property
    def measured(self) -> int:
        """How many criteria have an answer."""
        return sum(mark is not None for mark in self.marks)

    @property
    def interval(self) -> Interval | None:
        """The normal 95 % interval of the mean of k criteria: mean ± z·√(Σ variance of each criterion's mean / k²).

        For shares the variance of a criterion's mean is p(1-p)/n. The criteria are taken as independent.
        """
        if self.mean is None:
            return None
        error = sum((mark.error for mark in self.marks if mark is not None), Fraction(0))
        return spread(self.mean / 100, error / self.measured**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """The rules and scales by which pools are measured."""

    rules: ReportRules
    scales: Mapping[str, Scale]

    def measure_question(self, pool: Pool, question: str) -> Mark | None:
        """Return the mark of one question (docs/method.md): top2 (Hài lòng + Rất hài lòng) / n, or mean5."""
        worth = self._worth(question)
        return build_mark([(pool.counts(question), worth, _ONE)]) if worth else None

    def measure_criterion(self, pool: Pool, criterion: Criterion) -> Mark | None:
        """Return the mark of a criterion: the pooled answers of its questions (docs/method.md).

        Σ satisfied / Σ answers over its questions, each with its weight; without questions (criterion 6) the
        ratings of how feedback was handled.
        """
        return build_mark(
            (pool.counts(question), worth, Fraction(criterion.weights.get(question, 1)))
            for question in criterion.questions or (HANDLING,)
            if (worth := self._worth(question))
        )

    def compose(self, pool: Pool) -> Composite:
        """Return the criteria and the overall: the plain mean of the rounded criteria that have an answer.

        Equal weights and printed figures, so that anybody can check it by hand (490,50 / 6 = 81,75).
        """
        marks = tuple(self.measure_criterion(pool, criterion) for criterion in self.rules.criteria)
        return Composite(marks=marks, mean=average([mark.mean if mark else None for mark in marks]))

    def interval(self, mark: Mark) -> Interval:
        """Return the 95 % interval of a mark: Wilson's of a share (top2), the normal one of a mean (mean5)."""
        return wilson(mark) if self.rules.method == "top2" else normal(mark)

    def _worth(self, question: str) -> tuple[Fraction, ...]:
        """Return what each option is worth; () of a question that is not scored or not known."""
        if question == HANDLING:
            return handling_worth(self.rules.method)
        scale = self.scales.get(question)
        return scale.worth if scale else ()


def find_name(names: Mapping[str, str], code: str) -> str:
    """Return what a group is called; a procedure's local suffix stands after 8 characters of its code."""
    return names.get(code) or names.get(code[:8], code)


def measure_coverage(responses: int, transactions: int) -> Decimal | None:
    """Return responses / transactions in percent; None without transactions."""
    return percent(Fraction(responses, transactions)) if transactions else None


def meets_quota(responses: int, transactions: int, quota_pct: Decimal) -> bool | None:
    """Whether responses / transactions reaches the quota, by the exact counts; None without transactions."""
    return Fraction(100 * responses, transactions) >= Fraction(quota_pct) if transactions else None


def build_report(
    material: Material,
    measuring: Measuring,
    office: Office,
    hidden: Hidden,
    *,
    unit: str = "",
    is_compared: bool = False,
) -> Report:
    """Return the report of a period, of the department or of one unit; changes are not in it yet.

    One that another period is only compared with (`is_compared`) has no groups.
    """
    rules = measuring.rules
    mine = material.of_unit(unit) if unit else material
    pools = (build_total if is_compared else build_pools)(mine.tallies, mine.ratings)
    responses, transactions = pools.total.people, sum(one.returned for one in mine.returns)
    is_hidden = hidden.is_all or responses < rules.min_group
    composite = measuring.compose(pools.total)
    year = material.period.last.year
    groups = _Groups(measuring=measuring, pools=pools, returns=mine.returns, hidden=hidden)
    return Report(
        period=material.period,
        department=office.department,
        authority=rules.authority,
        place=rules.place,
        method=rules.method,
        quota_pct=rules.quota_pct,
        min_group=rules.min_group,
        transactions=transactions,
        responses=responses,
        coverage_pct=measure_coverage(responses, transactions),
        quota_met=meets_quota(responses, transactions, rules.quota_pct),
        sampling_error_points=sampling_error(responses, transactions),
        overall=_overall(measuring, composite, pools, mine.returns, year=year, is_hidden=is_hidden),
        overall_question=_question(measuring, pools.total, OVERALL_QUESTION, is_hidden=is_hidden),
        funnel=measure_funnel(mine.returns),
        funnels=measure_funnels(mine.returns, office.units),
        criteria=_criteria(measuring, composite, year=year, is_hidden=is_hidden),
        questions=tuple(
            _question(measuring, pools.total, question, is_hidden=is_hidden) for question in measuring.scales
        ),
        units=groups.build(
            "unit", {unit: office.units.get(unit, unit)} if unit else office.units, keeps_all=True
        ),
        procedures=groups.build("procedure", office.procedures),
        channels=groups.build("channel", {}),
        outcomes=groups.build("outcome", {}),
        unheard=compare_unheard(mine.returns, rules.min_group),
        dates=compare_dates(
            {} if is_hidden else pools.late, measuring.scales.get(RETURN_QUESTION), rules.min_group
        ),
        complaints=replace(mine.complaints, by_kind={}) if unit and is_hidden else mine.complaints,
        trend=(),
        late_returned=sum(one.returned for one in mine.returns if one.is_late),
        supplements=tuple(
            replace(one, name=find_name(office.procedures, one.code))
            for one in measure_supplements(
                mine.returns,
                pools.groups["procedure"],
                measuring.scales.get(PAPERS_QUESTION),
                hidden=replace(hidden, is_all=is_hidden),
                min_group=rules.min_group,
            )
        ),
        unit=unit,
    )


def _overall(
    measuring: Measuring,
    composite: Composite,
    pools: Pools,
    returns: Sequence[Returns],
    *,
    year: int,
    is_hidden: bool,
) -> OverallFigure:
    rules = measuring.rules
    mean = None if composite.mean is None or is_hidden else round_half_up(composite.mean)
    weighted = None
    if mean is not None:
        marks = weigh(pools, returns, rules.min_group, lambda pool: measuring.compose(pool).marks)
        weighted = None if marks is None else average(marks)
    target = rules.target(OVERALL, year)
    return OverallFigure(
        satisfaction_pct=mean,
        criteria_measured=composite.measured,
        criteria_total=len(rules.criteria),
        target_pct=target,
        met=_is_met(mean, target),
        interval=None if mean is None else composite.interval,
        change_points=None,
        weighted_pct=None if weighted is None else round_half_up(weighted),
    )


def _criteria(
    measuring: Measuring, composite: Composite, *, year: int, is_hidden: bool
) -> tuple[CriterionFigure, ...]:
    built = []
    for criterion, mark in zip(measuring.rules.criteria, composite.marks, strict=True):
        shown = None if is_hidden else mark
        target = measuring.rules.target(criterion.id, year)
        built.append(
            CriterionFigure(
                id=criterion.id,
                number=criterion.number,
                name=criterion.name,
                questions=criterion.questions,
                n=mark.n if mark else 0,
                satisfaction_pct=shown.percent if shown else None,
                interval=measuring.interval(shown) if shown else None,
                target_pct=target,
                met=_is_met(shown.percent if shown else None, target),
            )
        )
    return tuple(built)


def _is_met(value: Decimal | None, target: Decimal | None) -> bool | None:
    """Whether the printed figure reaches the target; None without one of the two."""
    return None if value is None or target is None else value >= target


def _question(measuring: Measuring, pool: Pool, question: str, *, is_hidden: bool) -> QuestionFigure:
    scale = measuring.scales.get(question)
    labels = scale.labels if scale else ()
    counts = pool.counts(question)
    counts = (*counts, *(0 for _ in range(len(labels) - len(counts))))[: max(len(labels), _used(counts))]
    mark = None if is_hidden else measuring.measure_question(pool, question)
    return QuestionFigure(
        id=question,
        subject=scale.subject if scale else question,
        labels=labels,
        n=sum(counts),
        counts=None if is_hidden and pool.people else counts,
        satisfied_pct=mark.percent if mark else None,
        interval=measuring.interval(mark) if mark else None,
    )


def _used(counts: Sequence[int]) -> int:
    """Return how many options there are, as far as the answers tell."""
    return max((place for place, count in enumerate(counts, 1) if count), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    """The groups of a report."""

    measuring: Measuring
    pools: Pools
    returns: tuple[Returns, ...]
    hidden: Hidden

    def build(
        self, dimension: Dimension, names: Mapping[str, str], *, keeps_all: bool = False
    ) -> tuple[GroupFigure, ...]:
        """Return the groups in the order of `names`, then the others; those where nothing happened only if `keeps_all`."""
        pools = self.pools.groups[dimension]
        transactions = None if dimension == "channel" else self._count_transactions(dimension)
        present = {*pools, *(transactions or ())}
        codes = [code for code in names if keeps_all or code in present]
        codes += sorted(present - {*names}, key=lambda code: (code == UNKNOWN, code))
        return tuple(
            self._build_one(
                dimension,
                code,
                find_name(names, code),
                None if transactions is None else transactions.get(code, 0),
            )
            for code in codes
        )

    def _build_one(self, dimension: Dimension, code: str, name: str, transactions: int | None) -> GroupFigure:
        rules = self.measuring.rules
        pool = self.pools.groups[dimension].get(code, Pool())
        composite = self.measuring.compose(pool)
        is_few = pool.people < rules.min_group or self.hidden.hides(dimension, code)
        is_hidden = is_few and (pool.people > 0 or composite.mean is not None)
        counted = transactions or 0
        return GroupFigure(
            code=code,
            name=name,
            transactions=transactions,
            responses=pool.people,
            coverage_pct=measure_coverage(pool.people, counted),
            quota_met=meets_quota(pool.people, counted, rules.quota_pct),
            sampling_error_points=sampling_error(pool.people, transactions),
            satisfaction_pct=None if composite.mean is None or is_hidden else round_half_up(composite.mean),
            criteria_measured=composite.measured,
            is_hidden=is_hidden,
        )

    def _count_transactions(self, dimension: Dimension) -> dict[str, int]:
        counted: dict[str, int] = {}
        for one in self.returns:
            code = getattr(one, dimension)
            counted[code] = counted.get(code, 0) + one.returned
        return counted
