"""How an office measures: which question counts how, which criteria pool which, targets, method, smallest group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from reports.periods import Quarter
from survey.questionnaire import Questionnaire
from survey.questions import Question

Method: TypeAlias = Literal["top2", "mean5"]

OVERALL = "overall"  # the key of its target
OVERALL_QUESTION = "3.10"  # a figure of its own, in no criterion
UNSCORED = frozenset({"3.1"})  # how people found out: no answer is better than another
PAPERS_QUESTION = "3.7"  # whether papers beyond the rules were asked for
RETURN_QUESTION = "3.9"  # early, on time, late: what can be held against the dossier's dates
STEPS = 5  # of the scale of how feedback was handled, 1 the best


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A criterion: the questions whose answers it pools; none: how feedback was handled."""

    id: str
    number: int
    name: str
    questions: tuple[str, ...] = ()
    weights: Mapping[str, Decimal] = field(default_factory=dict)  # 1 where nothing is said


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRules:
    """What a report needs to know of the settings."""

    quarter: Quarter = "administrative"
    method: Method = "top2"
    min_group: int = 5
    quota_pct: Decimal = Decimal(10)
    criteria: tuple[Criterion, ...] = ()
    targets: Mapping[str, Decimal] = field(default_factory=lambda: {OVERALL: Decimal(85)})
    targets_by_year: Mapping[int, Mapping[str, Decimal]] = field(default_factory=dict)
    authority: str = ""
    place: str = ""

    def target(self, name: str, year: int) -> Decimal | None:
        """Return the target of a criterion or of the overall in a year, None when there is none.

        The latest year up to `year` that names it counts, before that what holds for every year; a criterion without
        target of its own has that of the overall.
        """
        years = sorted((one for one in self.targets_by_year if one <= year), reverse=True)
        for key in (name, OVERALL):
            for targets in (*(self.targets_by_year[one] for one in years), self.targets):
                if key in targets:
                    return targets[key]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What each option of a question is worth, from 0 (worst) to 1 (best). () when it is not scored."""

    question: str
    subject: str
    labels: tuple[str, ...]
    worth: tuple[Fraction, ...]
    satisfied: tuple[bool, ...]  # by option; () when not scored


def build_scale(question: Question, *, method: Method, language: str) -> Scale:
    """Return the scale of a question.

    top2 (the national way, docs/method.md): an answer is satisfied when it is one of the first two options; of a
    question about a fact (3.7, 3.8) when it is not the bad one, "Không". Satisfied is worth 1, the rest 0.

    mean5: (mean of the points - 1) / 4, so that 0 % is the worst and 100 % the best.
    Five options give 5, 4, 3, 2, 1 points; Không and Có 5 and 1; Trước hẹn, Đúng hẹn, Trễ hẹn 5, 4, 1.
    """
    labels = tuple(
        option.label.get(language, next(iter(option.label.values()))) for option in question.options
    )
    subject = question.subject.get(language, next(iter(question.subject.values())))
    if question.key in UNSCORED:
        return Scale(question=question.key, subject=subject, labels=labels, worth=(), satisfied=())
    if question.is_fact:
        satisfied = tuple(not option.is_bad for option in question.options)
        points = tuple(5 if good else 1 for good in satisfied)
    else:
        satisfied = tuple(option.number <= 2 for option in question.options)
        points = _points(len(question.options))
    worth = tuple(Fraction(good) for good in satisfied) if method == "top2" else _share_of_best(points)
    return Scale(question=question.key, subject=subject, labels=labels, worth=worth, satisfied=satisfied)


def build_scales(
    questionnaires: Mapping[str, Questionnaire], current: str, *, method: Method, language: str
) -> dict[str, Scale]:
    """Return the scales by question: those of the current version in its order, then what only earlier ones asked."""
    versions = [current, *sorted(version for version in questionnaires if version != current)]
    scales: dict[str, Scale] = {}
    for version in versions:
        for question in questionnaires[version].questions:
            scales.setdefault(question.key, build_scale(question, method=method, language=language))
    return scales


def handling_worth(method: Method) -> tuple[Fraction, ...]:
    """Return what each step of how feedback was handled is worth: as five options of a question are."""
    if method == "top2":
        return tuple(Fraction(step < 2) for step in range(STEPS))
    return _share_of_best(_points(STEPS))


def _points(options: int) -> tuple[int, ...]:
    if options == 3:
        return (5, 4, 1)
    return tuple(max(1, 5 - place) for place in range(options))


def _share_of_best(points: tuple[int, ...]) -> tuple[Fraction, ...]:
    return tuple(Fraction(one - 1, 4) for one in points)
