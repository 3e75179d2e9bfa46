"""What the figures suggest for the parts of the official report that a person writes: strengths, weaknesses, tasks.

Hints state figures and never causes; whoever drafts the report keeps, changes or deletes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from reports.figures import CriterionFigure, Report, SupplementFigure
from reports.render_digest import say_unheard
from reports.render_words import Words, is_small, shorten, under_quota

_NAMED = 5  # units named in a sentence
_NAME = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """Sentences backed by figures."""

    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    causes: tuple[str, ...]
    tasks: tuple[str, ...]


def build_hints(report: Report, words: Words) -> Hints:
    """Return what the figures of a report suggest."""
    return Hints(
        strengths=tuple(_strengths(report, words)),
        weaknesses=tuple(_weaknesses(report, words)),
        causes=tuple(_causes(report, words)),
        tasks=tuple(_tasks(report, words)),
    )


def below_target(report: Report) -> tuple[CriterionFigure, ...]:
    """Return the criteria that were measured and not reached, the lowest first."""
    missed = [criterion for criterion in report.criteria if criterion.met is False]
    return tuple(
        sorted(missed, key=lambda criterion: (criterion.satisfaction_pct or Decimal(0), criterion.number))
    )


def most_supplemented(report: Report) -> SupplementFigure | None:
    """Return the procedure whose dossiers had to be supplemented most often; of small samples only if there is no other."""
    listed = [one for one in report.supplements if not is_small(one.n)] or list(report.supplements)
    return next(iter(listed), None)


def _strengths(report: Report, words: Words) -> Iterator[str]:
    for criterion in report.criteria:
        if criterion.met:
            yield words.say("hint_met", **_named(criterion, words))
    yield from _clear_changes(report, words, is_up=True)
    if report.quota_met:
        yield words.say(
            "hint_quota_met", coverage=words.short(report.coverage_pct), quota=words.short(report.quota_pct)
        )
    if report.complaints.received and not report.complaints.overdue:
        yield words.say("hint_none_overdue", received=words.number(report.complaints.received))


def _weaknesses(report: Report, words: Words) -> Iterator[str]:
    for criterion in below_target(report):
        yield words.say("hint_not_met", **_named(criterion, words))
    yield from _clear_changes(report, words, is_up=False)
    short = under_quota(report)
    if short:
        yield words.say(
            "hint_under_quota",
            count=words.number(len(short)),
            quota=words.short(report.quota_pct),
            units=_units(report, words),
        )
    if report.complaints.overdue:
        yield words.say("hint_overdue", overdue=words.number(report.complaints.overdue))
    broken = report.complaints.promises - report.complaints.promises_kept
    if broken > 0:
        yield words.say(
            "hint_promises", broken=words.number(broken), promises=words.number(report.complaints.promises)
        )
    if report.late_returned:
        yield words.say("hint_late", late=words.number(report.late_returned))


def _clear_changes(report: Report, words: Words, *, is_up: bool) -> Iterator[str]:
    for criterion in report.criteria:
        points = criterion.change_points
        if criterion.change_is_clear and points is not None and (points > 0) == is_up:
            yield words.say("hint_change", name=shorten(criterion.name, _NAME), change=words.change(points))


def _causes(report: Report, words: Words) -> Iterator[str]:
    scored = [q for q in report.questions if q.satisfied_pct is not None and q.n]
    for question in sorted(scored, key=lambda q: (q.satisfied_pct or Decimal(0), q.id))[:2]:
        yield words.say(
            "hint_lowest_question",
            id=question.id,
            subject=shorten(question.subject, _NAME),
            mark=words.percent(question.satisfied_pct),
            n=words.number(question.n),
        )
    for kind, count in report.complaints.kinds()[:1]:
        if count:
            name = shorten(words.name_of("kind", kind), _NAME)
            yield words.say("hint_most_complaints", kind=name, count=words.number(count))
    most = most_supplemented(report)
    if most is not None:
        yield _supplement(most, words)
    for unheard in report.unheard:
        if unheard.is_clear:
            yield words.say("hint_unheard", unheard=say_unheard(unheard, report, words, name=_NAME))


def _tasks(report: Report, words: Words) -> Iterator[str]:
    for criterion in below_target(report):
        yield words.say("task_criterion", **_named(criterion, words))
    if under_quota(report):
        yield words.say("task_quota", quota=words.short(report.quota_pct), units=_units(report, words))
    if report.complaints.overdue:
        yield words.say("task_overdue", overdue=words.number(report.complaints.overdue))
    elif report.complaints.open:
        yield words.say("task_open", open=words.number(report.complaints.open))
    if report.late_returned:
        yield words.say("task_late", late=words.number(report.late_returned))
    most = most_supplemented(report)
    if most is not None:
        yield words.say("task_supplement", name=shorten(most.name, _NAME))


def _supplement(one: SupplementFigure, words: Words) -> str:
    said = words.say(
        "hint_supplement",
        name=shorten(one.name, _NAME),
        code=one.code,
        share=words.percent(one.share_pct),
        count=words.number(one.supplemented),
        n=words.number(one.n),
    )
    if one.asked is not None and one.asked_n:
        said += " " + words.say("hint_asked", asked=words.number(one.asked), n=words.number(one.asked_n))
    return said + (f" ({words.say('small_sample')})" if is_small(one.n) else "")


def _named(criterion: CriterionFigure, words: Words) -> dict[str, object]:
    return {
        "number": criterion.number,
        "name": shorten(criterion.name, _NAME),
        "mark": words.percent(criterion.satisfaction_pct),
        "target": words.short(criterion.target_pct),
        "n": words.number(criterion.n),
    }


def _units(report: Report, words: Words) -> str:
    short = under_quota(report)
    named = [
        f"{shorten(unit.name or unit.code, _NAME)} ({words.short(unit.coverage_pct)})"
        for unit in short[:_NAMED]
    ]
    more = [words.say("hint_more_units", count=len(short) - _NAMED)] if len(short) > _NAMED else []
    return "; ".join([*named, *more])
