"""What the figures of a period are made of: counts in few statements, never a row for each response.

A response counts by its local day (`submitted_on`), a transaction by the local day of `returned_at`, a complaint by the
days it was received and resolved on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from storage.case_tables import complaint_events, complaints
from storage.local_days import is_after_day, starts_at
from storage.tables import ANSWERS, addresses, conversations, invitations, outbox, responses
from storage.zalo_tables import phone_invitations

OPTIONS = 5  # at most, of a question; survey.questionnaire.MAX_OPTIONS
_A_DAY = timedelta(days=1)
_OPEN = ("new", "claimed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The local days of a period, both included, and the zone they are local in."""

    first: date
    last: date
    zone: tzinfo

    @property
    def begins_at(self) -> datetime:
        """The instant its first day begins."""
        return starts_at(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The instant its last day is over; not in it."""
        return starts_at(self.last + _A_DAY, self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCount:
    """The responses of one combination of unit, procedure, channel, version, outcome and lateness."""

    unit_code: str
    procedure_code: str
    channel: str
    questionnaire_version: str
    outcome: str | None  # of the dossier; None when it is not known
    is_late: bool | None  # whether the dossier was returned after the appointed day
    responses: int
    options: tuple[tuple[int, ...], ...]  # of the ten answers of the row: how often each option
    handled: tuple[int, ...]  # how feedback was handled: how often each step


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCount:
    """The transactions of one combination of unit, procedure, outcome, lateness and channel, and how far they came."""

    unit_code: str
    procedure_code: str
    outcome: str | None
    is_late: bool | None
    channel: str | None  # the conversation was last on; None: nobody was reached on one yet, or it was erased
    returned: int
    invited: int
    reached: int
    started: int
    submitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingCount:
    """The ratings of cases closed in the period, of a unit and procedure."""

    unit_code: str
    procedure_code: str
    steps: tuple[int, ...]  # 1 the best


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintCount:
    """The complaints of a period."""

    received: int = 0
    resolved: int = 0
    resolved_in_time: int = 0
    confirmed: int = 0
    partly: int = 0
    reopened: int = 0
    open: int = 0
    overdue: int = 0
    promises: int = 0
    promises_kept: int = 0
    apologised: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)


def count_answers(tx: Connection, span: Span) -> list[AnswerCount]:
    """Return the answers given in the period: one pass over the wide rows."""
    is_late = is_after_day(
        tx,
        invitations.c.returned_at,
        invitations.c.due_at,
        span=(span.first - timedelta(days=400), span.last),
        zone=span.zone,
    )
    groups = [
        responses.c.unit_code,
        responses.c.procedure_code,
        responses.c.channel,
        responses.c.questionnaire_version,
        invitations.c.outcome,
        is_late.label("is_late"),
    ]
    columns = [responses.c[name] for name in (*ANSWERS, "feedback_handling")]
    counts = [_count(column == number) for column in columns for number in range(1, OPTIONS + 1)]
    days = responses.c.submitted_on.between(span.first, span.last)
    query = (
        select(*groups, func.count(), *counts)
        .select_from(responses.outerjoin(invitations, invitations.c.id == responses.c.invitation_id))
        .where(days)
        .group_by(*groups)
    )
    return [_answer_count(tuple(row), len(groups)) for row in tx.execute(query).all()]


def count_returns(tx: Connection, span: Span) -> list[ReturnCount]:
    """Return the transactions of the period and how far their invitations came.

    Invited: chosen to be asked. Reached: a message arrived, or she came by the link. Whoever came further counts before.
    """
    is_late = is_after_day(
        tx,
        invitations.c.returned_at,
        invitations.c.due_at,
        span=(span.first, span.last),
        zone=span.zone,
    )
    groups = [
        invitations.c.unit_code,
        invitations.c.procedure_code,
        invitations.c.outcome,
        is_late.label("is_late"),
        addresses.c.channel,
    ]
    talk = conversations.c
    arrived = exists().where(outbox.c.conversation_id == talk.id, outbox.c.state == "sent")
    is_submitted = talk.submitted_at.is_not(None)
    is_started = or_(talk.begun_at.is_not(None), is_submitted)
    came = and_(talk.id.is_not(None), talk.invited_at.is_(None))
    by_phone = exists().where(phone_invitations.c.invitation_id == invitations.c.id)
    rang = by_phone.where(phone_invitations.c.delivered_at.is_not(None))
    is_reached = or_(is_started, came, and_(talk.id.is_not(None), arrived), rang)
    is_invited = or_(invitations.c.is_sampled, is_reached, by_phone)
    query = (
        select(*groups, func.count(), *map(_count, (is_invited, is_reached, is_started, is_submitted)))
        .select_from(
            invitations.outerjoin(conversations, talk.invitation_id == invitations.c.id).outerjoin(
                addresses, addresses.c.id == talk.address_id
            )
        )
        .where(invitations.c.returned_at >= span.begins_at, invitations.c.returned_at < span.ends_at)
        .group_by(*groups)
    )
    return [
        ReturnCount(
            unit_code=row[0],
            procedure_code=row[1],
            outcome=row[2],
            is_late=_bool(row[3]),
            channel=row[4],
            returned=row[5],
            invited=row[6],
            reached=row[7],
            started=row[8],
            submitted=row[9],
        )
        for row in tx.execute(query).all()
    ]


def count_ratings(tx: Connection, span: Span) -> list[RatingCount]:
    """Return how citizens rated the handling of their cases that were closed in the period and stayed closed."""
    case_ = complaints.c
    groups = [case_.unit_code, case_.procedure_code]
    steps = [_count(case_.rating == number) for number in range(1, OPTIONS + 1)]
    query = (
        select(*groups, *steps)
        .where(_is_resolved_in(span), case_.rating.is_not(None))
        .group_by(*groups)
        .order_by(*groups)
    )
    return [
        RatingCount(unit_code=row[0], procedure_code=row[1], steps=tuple(row[2:]))
        for row in tx.execute(query)
    ]


def count_complaints(tx: Connection, span: Span, *, unit_code: str | None, at: datetime) -> ComplaintCount:
    """Return the complaints received and resolved in the period, and those open when it ended (or at `at`, if before)."""
    one = complaints.c
    received = and_(one.created_on.between(span.first, span.last), one.status != "withdrawn")
    resolved = _is_resolved_in(span)
    was_open = and_(
        one.created_on <= span.last,
        or_(one.status.in_(_OPEN), and_(one.status == "resolved", one.resolved_on > span.last)),
    )
    promised = and_(one.promised_on.between(span.first, span.last), one.status != "withdrawn")
    ends_at = min(span.ends_at, at.astimezone(UTC))
    wanted = {
        "received": received,
        "resolved": resolved,
        "resolved_in_time": and_(resolved, one.was_in_time),
        "confirmed": and_(resolved, one.verdict == "done"),
        "partly": and_(resolved, one.verdict == "partly"),
        "reopened": and_(received, one.reopenings > 0),
        "open": was_open,
        "overdue": and_(was_open, one.due_at < ends_at, one.waiting_since.is_(None)),
        "apologised": and_(resolved, one.action == "apologised"),  # of survey.complaints.lists.ACTIONS
        "promises": promised,
        "promises_kept": and_(promised, one.was_promise_kept),
    }
    mine = [] if unit_code is None else [one.unit_code == unit_code]
    counts = tx.execute(select(*map(_count, wanted.values())).where(one.created_on <= span.last, *mine)).one()
    kinds = select(one.kind, func.count()).where(received, *mine).group_by(one.kind).order_by(one.kind)
    by_kind = {row[0]: row[1] for row in tx.execute(kinds)}
    values = dict(zip(wanted, counts, strict=True))
    earlier = _judge_earlier_promises(tx, span, mine)
    values["promises"] += len(earlier)
    values["promises_kept"] += sum(earlier)
    return ComplaintCount(**values, by_kind=by_kind)


def _judge_earlier_promises(tx: Connection, span: Span, mine: list[ColumnElement[bool]]) -> list[bool]:
    """Return whether each promise for a day of the period was kept whose case has been promised another day since."""
    one = complaints.c
    query = (
        select(complaint_events.c.what, complaint_events.c.details, one.promised_on)
        .join(complaints, one.id == complaint_events.c.complaint_id)
        .where(complaint_events.c.what.in_(("promise_kept", "promise_broken")), one.status != "withdrawn")
        .where(one.created_on <= span.last, one.promised_on >= span.first, *mine)
    )
    days = [(row[0], json.loads(row[1]).get("day"), row[2].isoformat()) for row in tx.execute(query)]
    first, last = span.first.isoformat(), span.last.isoformat()
    return [what == "promise_kept" for what, day, now in days if day and first <= day <= last and day != now]


def find_first_return(tx: Connection) -> datetime | None:
    """Return when the first result was returned, None when there is none."""
    found: datetime | None = tx.execute(select(func.min(invitations.c.returned_at))).scalar_one()
    return found


def has_responses(tx: Connection, first: date, last: date) -> bool:
    """Whether anybody answered on those local days."""
    days = responses.c.submitted_on.between(first, last)
    return tx.execute(select(responses.c.id).where(days).limit(1)).first() is not None


def _is_resolved_in(span: Span) -> ColumnElement[bool]:
    return and_(complaints.c.status == "resolved", complaints.c.resolved_on.between(span.first, span.last))


def _count(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(wanted)  # on SQLite less than half the time of count(CASE WHEN …)


def _answer_count(row: tuple[Any, ...], groups: int) -> AnswerCount:  # Any: the columns are named below
    values: Sequence[int] = row[groups + 1 :]
    parts = [tuple(values[place : place + OPTIONS]) for place in range(0, len(values), OPTIONS)]
    return AnswerCount(
        unit_code=row[0],
        procedure_code=row[1],
        channel=row[2],
        questionnaire_version=row[3],
        outcome=row[4],
        is_late=_bool(row[5]),
        responses=row[groups],
        options=tuple(parts[:-1]),
        handled=parts[-1],
    )


def _bool(value: int | None) -> bool | None:
    return None if value is None else bool(value)
