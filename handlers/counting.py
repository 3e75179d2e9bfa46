"""From the counts of the database to the material of a report: which column of which version was which question."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from handlers.setup import Setup
from handlers.spans import list_parts, plan_spans
from reports.figures import ComplaintsFigure
from reports.marks import percent
from reports.measures import Material
from reports.periods import Period
from reports.tallies import UNKNOWN, Ratings, Returns, Tally
from storage import figures
from storage.database import Transaction
from storage.figures import AnswerCount, ComplaintCount, ReturnCount, Span


def collect(tx: Transaction, setup: Setup, period: Period, at: datetime, *, unit: str = "") -> Material:
    """Return the counts of a period: of the whole department, only the complaints are those of `unit` if one is named."""
    span = _span(setup, period)
    return replace(
        collect_answers(tx, setup, period),
        returns=tuple(_returns(one) for one in figures.count_returns(tx, span)),
        complaints=_complaints(figures.count_complaints(tx, span, unit_code=unit or None, at=at)),
    )


def collect_answers(tx: Transaction, setup: Setup, period: Period) -> Material:
    """Return the counts of answers alone: enough to compare another period with."""
    spans = plan_spans(tx, setup, period)
    tallies: dict[bool, list[Tally]] = {True: [], False: []}
    for part, is_inside in list_parts(setup, spans, period):
        counts = figures.count_answers(tx, _span(setup, part))
        tallies[is_inside] += [_tally(setup, part.id, one) for one in counts]
    return Material(
        period=period,
        tallies=tuple(tallies[True]),
        around=tuple(tallies[False]),
        spans=spans,
        returns=(),
        ratings=tuple(
            Ratings(unit=one.unit_code, procedure=one.procedure_code, steps=one.steps)
            for one in figures.count_ratings(tx, _span(setup, period))
        ),
        complaints=_complaints(ComplaintCount()),
    )


def _span(setup: Setup, period: Period) -> Span:
    return Span(first=period.first, last=period.last, zone=setup.timezone)


def _tally(setup: Setup, part: str, one: AnswerCount) -> Tally:
    questions = setup.questionnaire(one.questionnaire_version).questions
    return Tally(
        part=part,
        unit=one.unit_code,
        procedure=one.procedure_code,
        channel=one.channel,
        outcome=one.outcome or UNKNOWN,
        is_late=one.is_late,
        people=one.responses,
        answers={
            question.key: counts
            for question, counts in zip(questions, one.options, strict=False)
            if any(counts)
        },
        handled=one.handled,
    )


def _returns(one: ReturnCount) -> Returns:
    return Returns(
        unit=one.unit_code,
        procedure=one.procedure_code,
        outcome=one.outcome or UNKNOWN,
        is_late=one.is_late,
        channel=one.channel or UNKNOWN,
        returned=one.returned,
        invited=one.invited,
        reached=one.reached,
        started=one.started,
        submitted=one.submitted,
    )


def _complaints(one: ComplaintCount) -> ComplaintsFigure:
    in_time = percent(Fraction(one.resolved_in_time, one.resolved)) if one.resolved else None
    same: Iterable[str] = (
        "received",
        "resolved",
        "confirmed",
        "partly",
        "reopened",
        "open",
        "overdue",
        "promises",
        "promises_kept",
        "apologised",
    )
    return ComplaintsFigure(
        **{name: getattr(one, name) for name in same}, resolved_in_time_pct=in_time, by_kind=one.by_kind
    )
