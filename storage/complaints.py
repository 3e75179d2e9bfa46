"""Complaints and their history: kept, found, changed under guard of a revision."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from storage.case_tables import complaint_events, complaints, counters
from storage.tables import conversations, holders
from storage.upsert import insert_or_ignore
from storage.vault import SealError, Vault
from survey.complaints.case import Case, Status, Verdict
from survey.complaints.rules import Route

_WORDS, _EVENT = "complaint", "complaint event"
_OPEN = (Status.NEW, Status.CLAIMED)


class Changed(Exception):
    """Somebody else changed the case in between; the turn is rolled back and tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A complaint: where its life stands, and what the card shows. `words` is the comment, None without or erased.

    What was sealed and cannot be opened any more `is_damaged`: it reads like none and is kept as it lies.
    """

    id: int
    number: str
    conversation_id: int | None
    unit_code: str
    procedure_code: str
    questionnaire_version: str
    kind: str
    is_critical: bool
    answers: Mapping[str, int]
    has_comment: bool
    is_unfinished: bool
    is_fallback: bool
    wants_reply: bool
    shows_dossier: bool
    words: str | None
    is_damaged: bool = False
    created_at: datetime
    created_on: date
    shown_at: datetime
    clock_from: datetime
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    due_at: datetime
    claimed_at: datetime | None = None
    resolved_at: datetime | None = None
    was_in_time: bool | None = None
    cause: str | None = None
    action: str | None = None
    promise_asked_at: datetime | None = None
    reminded: int = 0
    revision: int = 0
    case: Case = field(default_factory=lambda: Case(route=Route.UNIT))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """Something that happened to a case."""

    id: int
    at: datetime
    actor: str  # staff, citizen, service
    person_id: int | None
    what: str
    details: Mapping[str, object]
    words: str | None
    message_id: int | None
    is_damaged: bool = False


def next_number(tx: Connection, year: int) -> str:
    """Return the next running number of a year, PA-2026-0001 being the first. The row's lock orders those who ask."""
    name = f"complaints-{year}"
    tx.execute(insert_or_ignore(tx, counters), {"name": name, "value": 0})
    change = update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
    return f"PA-{year}-{tx.execute(change.returning(counters.c.value)).scalar_one():04}"


def put_complaint(tx: Connection, vault: Vault, complaint: Complaint) -> Complaint:
    """Store a new complaint and return it with its id. `id` and `revision` given are ignored."""
    row = _row(vault, complaint) | {
        "number": complaint.number,
        "conversation_id": complaint.conversation_id,
        "created_at": complaint.created_at,
        "created_on": complaint.created_on,
    }
    made = tx.execute(insert(complaints).returning(complaints.c.id), row).scalar_one()
    return load_complaint(tx, vault, int(made))


def load_complaint(tx: Connection, vault: Vault, complaint_id: int, *, lock: bool = False) -> Complaint:
    """Return a complaint. LookupError when there is none."""
    found = find_complaint(tx, vault, complaints.c.id == complaint_id, lock=lock)
    if found is None:
        raise LookupError(f"there is no complaint {complaint_id}")
    return found


def find_by_id(tx: Connection, vault: Vault, complaint_id: int, *, lock: bool = False) -> Complaint | None:
    """Return the complaint with that id, or None."""
    return find_complaint(tx, vault, complaints.c.id == complaint_id, lock=lock)


def find_by_number(tx: Connection, vault: Vault, number: str, *, lock: bool = False) -> Complaint | None:
    """Return the complaint PA-…, or None."""
    return find_complaint(tx, vault, complaints.c.number == number, lock=lock)


def find_by_conversation(
    tx: Connection, vault: Vault, conversation_id: int, *, lock: bool = False
) -> Complaint | None:
    """Return the complaint of a conversation, or None."""
    return find_complaint(tx, vault, complaints.c.conversation_id == conversation_id, lock=lock)


def find_complaint(
    tx: Connection, vault: Vault, wanted: ColumnElement[bool], *, lock: bool = False
) -> Complaint | None:
    """Return the one complaint that is `wanted`, or None."""
    query = select(complaints).where(wanted)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _complaint(row, vault)


def list_complaints(
    tx: Connection,
    vault: Vault,
    *,
    is_open: bool | None = None,
    unit_code: str | None = None,
    since: date | None = None,
    until: date | None = None,
    ids: Sequence[int] | None = None,
    limit: int | None = None,
) -> list[Complaint]:
    """Return complaints, the oldest due date first."""
    query = select(complaints).order_by(complaints.c.due_at, complaints.c.id)
    if is_open is not None:
        among = complaints.c.status.in_(_OPEN)
        query = query.where(among if is_open else ~among)
    if unit_code is not None:
        query = query.where(complaints.c.unit_code == unit_code)
    if since is not None:
        query = query.where(complaints.c.created_on >= since)
    if until is not None:
        query = query.where(complaints.c.created_on <= until)
    if ids is not None:
        query = query.where(complaints.c.id.in_(ids))
    return [_complaint(row, vault) for row in tx.execute(query.limit(limit) if limit else query)]


def list_of_address(tx: Connection, vault: Vault, address_id: int) -> list[Complaint]:
    """Return the complaints of whoever has that address, the oldest first."""
    hers = select(holders.c.invitation_id).where(holders.c.address_id == address_id)
    query = select(complaints).join(conversations, conversations.c.id == complaints.c.conversation_id)
    query = query.where(conversations.c.invitation_id.in_(hers)).order_by(complaints.c.id)
    return [_complaint(row, vault) for row in tx.execute(query)]


def save_complaint(tx: Connection, vault: Vault, complaint: Complaint) -> Complaint:
    """Store what has changed. Raises Changed when somebody else was faster."""
    guard = (complaints.c.id == complaint.id) & (complaints.c.revision == complaint.revision)
    row = _row(vault, complaint) | {"revision": complaint.revision + 1}
    if complaint.is_damaged and complaint.words is None:
        del row["sealed_words"]  # the right key may open it one day
    if tx.execute(update(complaints).where(guard).values(row)).rowcount != 1:
        raise Changed(f"complaint {complaint.id} was changed in between")
    return load_complaint(tx, vault, complaint.id)


def set_fallback(tx: Connection, complaint_id: int) -> None:
    """Note that those above the unit see the case too, because its own chat cannot be reached."""
    wanted = complaints.c.id == complaint_id
    tx.execute(update(complaints).where(wanted).values(is_fallback=True, revision=complaints.c.revision + 1))


def put_event(
    tx: Connection,
    vault: Vault,
    complaint_id: int,
    *,
    at: datetime,
    actor: str,
    what: str,
    person_id: int | None = None,
    details: Mapping[str, object] | None = None,
    words: str | None = None,
    message_id: int | None = None,
) -> int:
    """Add a line to the history of a case and return its id."""
    row = {
        "complaint_id": complaint_id,
        "at": at,
        "actor": actor,
        "person_id": person_id,
        "what": what,
        "details": json.dumps(dict(details or {})),
        "sealed_words": None if words is None else vault.seal(words, _EVENT),
        "message_id": message_id,
    }
    return int(tx.execute(insert(complaint_events).returning(complaint_events.c.id), row).scalar_one())


def list_events(
    tx: Connection, vault: Vault, complaint_id: int, *, what: Sequence[str] = ()
) -> list[HistoryEntry]:
    """Return the history of a case, oldest first; only those kinds of events when `what` names some."""
    query = select(complaint_events).where(complaint_events.c.complaint_id == complaint_id)
    if what:
        query = query.where(complaint_events.c.what.in_(what))
    return [_entry(row, vault) for row in tx.execute(query.order_by(complaint_events.c.id))]


def find_unfinished(tx: Connection, before: datetime, *, limit: int) -> list[int]:
    """Return the conversations begun and left before `before` that nobody has searched for complaints since."""
    left = conversations.c.status.in_(("open", "paused")) & conversations.c.looked_at.is_(None)
    query = select(conversations.c.id).where(left, conversations.c.updated_at <= before)
    return list(tx.execute(query.order_by(conversations.c.updated_at).limit(limit)).scalars())


def mark_looked_at(tx: Connection, conversation_id: int, at: datetime) -> None:
    """Note that an unfinished form was searched; its next turn clears the note."""
    wanted = conversations.c.id == conversation_id
    tx.execute(update(conversations).where(wanted).values(looked_at=at))


def find_promised(tx: Connection, day: date, *, limit: int) -> list[int]:
    """Return the cases whose promised day has come and whose citizens were not asked yet."""
    due = complaints.c.promised_on <= day
    wanted = due & complaints.c.promise_asked_at.is_(None) & complaints.c.was_promise_kept.is_(None)
    wanted &= complaints.c.status != Status.WITHDRAWN
    return list(tx.execute(select(complaints.c.id).where(wanted).limit(limit)).scalars())


def find_waiting(tx: Connection, before: datetime, *, limit: int) -> list[int]:
    """Return the open cases whose clock has stood since before `before`, the longest first."""
    wanted = complaints.c.status.in_(_OPEN) & (complaints.c.waiting_since <= before)
    query = select(complaints.c.id).where(wanted).order_by(complaints.c.waiting_since, complaints.c.id)
    return list(tx.execute(query.limit(limit)).scalars())


def list_held_by(tx: Connection, person_id: int) -> list[int]:
    """Return the open cases that person holds."""
    wanted = (complaints.c.holder_id == person_id) & complaints.c.status.in_(_OPEN)
    return list(tx.execute(select(complaints.c.id).where(wanted)).scalars())


def count_open(tx: Connection, at: datetime) -> int:
    """Return how many cases that staff may see at `at` are open."""
    among = complaints.c.status.in_(_OPEN) & (complaints.c.shown_at <= at)
    return int(tx.execute(select(func.count()).select_from(complaints).where(among)).scalar_one())


def erase_complaint(tx: Connection, conversation_id: int) -> int | None:
    """Forget the citizen's words and the link to her; the case and its counts stay. Return its id, if there is one."""
    wanted = complaints.c.conversation_id == conversation_id
    change = (
        update(complaints)
        .where(wanted)
        .values(
            sealed_words=None,
            conversation_id=None,
            shows_dossier=False,
            wants_reply=False,
            revision=complaints.c.revision + 1,
        )
    )
    found = tx.execute(change.returning(complaints.c.id)).scalar_one_or_none()
    if found is not None:
        mine = complaint_events.c.complaint_id == found
        tx.execute(update(complaint_events).where(mine).values(sealed_words=None, message_id=None))
    return None if found is None else int(found)


def _row(vault: Vault, complaint: Complaint) -> dict[str, object]:
    case = complaint.case
    words = complaint.words
    pauses = [[a.isoformat(), b.isoformat()] for a, b in complaint.pauses]
    return {
        "unit_code": complaint.unit_code,
        "procedure_code": complaint.procedure_code,
        "questionnaire_version": complaint.questionnaire_version,
        "kind": complaint.kind,
        "severity": "critical" if complaint.is_critical else "normal",
        "route": case.route,
        "level": case.level,
        "status": case.status,
        "reasons": json.dumps({"answers": dict(complaint.answers), "comment": complaint.has_comment}),
        "is_unfinished": complaint.is_unfinished,
        "is_fallback": complaint.is_fallback,
        "wants_reply": complaint.wants_reply,
        "shows_dossier": complaint.shows_dossier,
        "sealed_words": None if words is None else vault.seal(words, _WORDS),
        "holder_id": case.holder,
        "shown_at": complaint.shown_at,
        "clock_from": complaint.clock_from,
        "pauses": json.dumps(pauses),
        "waiting_since": case.waiting_since,
        "due_at": complaint.due_at,
        "claimed_at": complaint.claimed_at,
        "resolved_at": complaint.resolved_at,
        "was_in_time": complaint.was_in_time,
        "cause": complaint.cause,
        "action": complaint.action,
        "verdict": case.verdict,
        "nots": case.nots,
        "reopenings": case.reopenings,
        "rating": case.rating,
        "promised_on": case.promised_on,
        "promise_asked_at": complaint.promise_asked_at,
        "was_promise_kept": case.was_promise_kept,
        "reminded": complaint.reminded,
    }


def set_days(
    tx: Connection, complaint_id: int, *, resolved_on: date | None = None, rated_on: date | None = None
) -> None:
    """Note the department's local days that periods are made of; None leaves one as it is."""
    values = {"resolved_on": resolved_on, "rated_on": rated_on}
    given = {name: day for name, day in values.items() if day is not None}
    if given:
        tx.execute(update(complaints).where(complaints.c.id == complaint_id).values(given))


def _complaint(row: Row[Any], vault: Vault) -> Complaint:  # Any: the columns are named below
    reasons = json.loads(row.reasons)
    pauses = tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in json.loads(row.pauses))
    case = Case(
        route=Route(row.route),
        level=row.level,
        status=Status(row.status),
        holder=row.holder_id,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        nots=row.nots,
        reopenings=row.reopenings,
        rating=row.rating,
        waiting_since=row.waiting_since,
        promised_on=row.promised_on,
        was_promise_kept=row.was_promise_kept,
    )
    same = (
        "id number conversation_id unit_code procedure_code questionnaire_version kind is_unfinished is_fallback "
        "wants_reply shows_dossier created_at created_on shown_at clock_from due_at claimed_at resolved_at "
        "was_in_time cause action promise_asked_at reminded revision"
    )
    words, is_damaged = _open(vault, row.sealed_words, _WORDS)
    return Complaint(
        **{name: getattr(row, name) for name in same.split()},
        is_critical=row.severity == "critical",
        answers=reasons["answers"],
        has_comment=reasons["comment"],
        words=words,
        is_damaged=is_damaged,
        pauses=pauses,
        case=case,
    )


def _open(vault: Vault, sealed: bytes | None, purpose: str) -> tuple[str | None, bool]:
    """Return what was sealed and whether it is damaged: one row that cannot be opened must not hide the others."""
    try:
        return (None if sealed is None else vault.open(sealed, purpose)), False
    except SealError:
        return None, True


def _entry(row: Row[Any], vault: Vault) -> HistoryEntry:  # Any: the columns are named below
    words, is_damaged = _open(vault, row.sealed_words, _EVENT)
    return HistoryEntry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        person_id=row.person_id,
        what=row.what,
        details=json.loads(row.details),
        words=words,
        message_id=row.message_id,
        is_damaged=is_damaged,
    )
