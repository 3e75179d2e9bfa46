"""Cases as the command line shows and exports them: facts in one place, the citizen's words only where they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from handlers.complaints.cards import list_answers
from handlers.complaints.dates import is_overdue
from handlers.complaints.history import HIDDEN
from handlers.setup import Setup
from reports.periods import Quarter, period_of
from storage import complaints, records, staff
from storage.complaints import Complaint, HistoryEntry
from storage.database import Transaction

Value = str | int | bool | None

COLUMNS = (
    "complaint_id",
    "period",
    "created_on",
    "unit_code",
    "procedure_code",
    "kind",
    "severity",
    "route",
    "level",
    "status",
    "is_unfinished",
    "due_on",
    "claimed_on",
    "resolved_on",
    "in_time",
    "cause",
    "action",
    "verdict",
    "not_done",
    "reopenings",
    "rating",
    "promised_on",
    "promise_kept",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A case in a list: nothing the citizen wrote."""

    number: str
    kind: str
    unit_code: str
    status: str
    severity: str
    level: int
    holder: str  # "" when nobody holds it
    created_on: date
    due_on: date
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a case. `at` is a day only unless staff did it: the minute could tell who the citizen is."""

    at: datetime | date
    who: str
    what: str
    words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Everything about a case that staff may see."""

    line: Line
    facts: dict[str, Value]
    answers: list[str]
    comment: str | None
    wants_reply: bool
    history: list[Event]


def list_lines(
    tx: Transaction,
    setup: Setup,
    at: datetime,
    *,
    is_open: bool | None,
    unit_code: str | None,
    since: date | None,
    until: date | None,
) -> list[Line]:
    """Return the cases of some days and a unit, the oldest due date first."""
    found = complaints.list_complaints(
        tx, setup.vault, is_open=is_open, unit_code=unit_code, since=since, until=until
    )
    return [_line(tx, setup, complaint, at) for complaint in found]


def open_file(
    tx: Transaction, setup: Setup, number: str, at: datetime, *, quarter: Quarter, actor: str
) -> File | None:
    """Return a case with its words, and write down who read them. None when there is no such case."""
    complaint = complaints.find_by_number(tx, setup.vault, number)
    if complaint is None:
        return None
    records.put_audit(tx, at=at, actor=actor, action="complaint_read", subject=complaint.number)
    entries = complaints.list_events(tx, setup.vault, complaint.id)
    return File(
        line=_line(tx, setup, complaint, at),
        facts=build_record(complaint, setup, quarter),
        answers=list_answers(setup, complaint),
        comment=complaint.words,
        wants_reply=complaint.wants_reply,
        history=[_event(tx, setup, entry) for entry in entries if entry.what not in HIDDEN],
    )


def stream_records(
    tx: Transaction,
    setup: Setup,
    *,
    quarter: Quarter,
    unit_code: str | None,
    since: date | None,
    until: date | None,
) -> Iterator[dict[str, Value]]:
    """Yield a record by column for each case of some days and a unit, in order of their numbers."""
    found = complaints.list_complaints(tx, setup.vault, unit_code=unit_code, since=since, until=until)
    for complaint in sorted(found, key=lambda one: one.id):
        yield build_record(complaint, setup, quarter)


def build_record(complaint: Complaint, setup: Setup, quarter: Quarter) -> dict[str, Value]:
    """Return a case by column: no words, no names."""
    case = complaint.case
    values: tuple[Value, ...] = (
        complaint.number,
        period_of(complaint.created_on, quarter).id,
        complaint.created_on.isoformat(),
        complaint.unit_code,
        complaint.procedure_code,
        complaint.kind,
        _severity(complaint),
        str(case.route),
        case.level,
        str(case.status),
        complaint.is_unfinished,
        _day(setup, complaint.due_at),
        _day(setup, complaint.claimed_at),
        _day(setup, complaint.resolved_at),
        None if case.is_open else complaint.was_in_time,
        complaint.cause,
        complaint.action,
        None if case.verdict is None else str(case.verdict),
        case.nots,
        case.reopenings,
        case.rating,
        None if case.promised_on is None else case.promised_on.isoformat(),
        case.was_promise_kept,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _line(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> Line:
    holder = staff.find_person(tx, setup.vault, complaint.case.holder)
    return Line(
        number=complaint.number,
        kind=complaint.kind,
        unit_code=complaint.unit_code,
        status=str(complaint.case.status),
        severity=_severity(complaint),
        level=complaint.case.level,
        holder=holder.name if holder else "",
        created_on=complaint.created_on,
        due_on=setup.local(complaint.due_at).date(),
        is_overdue=is_overdue(complaint, at),
    )


def _event(tx: Transaction, setup: Setup, entry: HistoryEntry) -> Event:
    person = staff.find_person(tx, setup.vault, entry.person_id)
    local = setup.local(entry.at)
    return Event(
        at=local if entry.actor == "staff" else local.date(),
        who=person.name if person else entry.actor,
        what=entry.what,
        words=entry.words,
    )


def _severity(complaint: Complaint) -> str:
    return "critical" if complaint.is_critical else "normal"


def _day(setup: Setup, at: datetime | None) -> str | None:
    return None if at is None else setup.local(at).date().isoformat()
