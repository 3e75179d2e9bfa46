"""What a member of staff does with a case: decided by the state machine, stored, shown, told to the citizen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.complaints import cards, citizen, dates
from handlers.setup import Setup
from storage import complaints, records, staff
from storage.addresses import Address
from storage.complaints import Complaint
from storage.database import Transaction
from storage.staff import Person, Role
from survey.complaints.case import (
    MAX_PROMISE_DAYS,
    Actor,
    Case,
    Promise,
    Reason,
    Refer,
    Refusal,
    Reopen,
    Reply,
    Resolve,
    StaffAct,
    Status,
    Step,
    act,
    resume,
)
from survey.complaints.lists import OTHER

_HEADS = {Role.HEAD, Role.OFFICE, Role.INSPECTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A member of staff at work: who, in which chat, when; and what is needed to store and to say things."""

    tx: Transaction
    setup: Setup
    at: datetime
    person: Person
    address: Address
    key: str = ""  # the platform's id of the person, to call them by


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a staff act: one line to be shown, and whether the act was done."""

    line: str
    is_done: bool


def work(
    desk: Desk, complaint: Complaint, wish: StaffAct, *, words: str = "", attachment: str = ""
) -> Result:
    """Do a staff act. Return what came of it, or why nothing did."""
    tx, setup, at = desk.tx, desk.setup, desk.at
    step = _decide(desk, complaint, wish)
    if isinstance(step, Refusal):
        return Result(_refuse(desk, complaint, step.reason), is_done=False)
    if isinstance(wish, Reply) and citizen.find_citizen(tx, setup, complaint) is None:
        return Result(_line(setup, "case_unreachable", complaint), is_done=False)
    saved = _save(tx, setup, complaint, step, at)
    message_id = _tell_citizen(desk, saved, wish, words=words, attachment=attachment)
    _note(desk, saved, step, words=words, message_id=message_id)
    cards.redraw(tx, setup, saved, at)
    return Result(_done(setup, saved, step, desk.person.name), is_done=True)


def why_not(desk: Desk, complaint: Complaint, wish: StaffAct) -> str:
    """Return why a staff act would be refused, "" when it would not."""
    step = _decide(desk, complaint, wish)
    return _refuse(desk, complaint, step.reason) if isinstance(step, Refusal) else ""


def _decide(desk: Desk, complaint: Complaint, wish: StaffAct) -> Step | Refusal:
    who = Actor(person=desk.person.id, is_head=_is_head(desk.tx, complaint, desk.person.id))
    today, is_late = desk.setup.local(desk.at).date(), dates.is_overdue(complaint, desk.at)
    return act(complaint.case, wish, who, today=today, is_overdue=is_late)


def move(
    tx: Transaction,
    setup: Setup,
    complaint: Complaint,
    step: Step,
    at: datetime,
    *,
    actor: str,
    words: str = "",
) -> Complaint:
    """Store what the citizen or the service did to a case, and show it."""
    saved = _save(tx, setup, complaint, step, at)
    for what in step.happened:
        said = words or None
        complaints.put_event(
            tx, setup.vault, saved.id, at=at, actor=actor, what=what, details=step.details, words=said
        )
        words = ""
        records.put_audit(tx, at=at, actor=actor, action=f"complaint_{what}", subject=saved.number)
    cards.redraw(tx, setup, saved, at)
    return saved


def end_pause(
    tx: Transaction, setup: Setup, complaint: Complaint, at: datetime, *, ended_at: datetime | None = None
) -> Complaint:
    """Let the clock of a case run again whose citizen will not answer, since `ended_at` when that lies back."""
    since = complaint.case.waiting_since
    if since is None:
        return complaint
    step = resume(complaint.case)
    running = _resume(setup, complaint, since, ended_at or at)
    return move(tx, setup, replace(running, case=step.case), step, at, actor="service")


def _save(tx: Transaction, setup: Setup, complaint: Complaint, step: Step, at: datetime) -> Complaint:
    """Store the case as it stands after a step, with the dates that follow from it."""
    before, case, local = complaint.case, step.case, setup.local(at)
    after = replace(complaint, case=case)
    if before.waiting_since is not None and case.waiting_since is None:
        after = _resume(setup, after, before.waiting_since, at)
    if (case.route, case.level) != (
        before.route,
        before.level,
    ):  # other chats: whether those can be reached is seen
        after = replace(after, is_fallback=False)
    if "asked" in step.happened and before.waiting_since is None:
        after = replace(after, case=replace(case, waiting_since=at))
    if before.status is Status.RESOLVED and case.is_open:
        after = replace(after, resolved_at=None)
    is_again = before.status is Status.RESOLVED and "turned_critical" in step.happened
    if is_again or "judged_not" in step.happened:  # only her word begins the clock anew, never that of staff
        due = dates.count_due(setup, at)
        after = replace(after, clock_from=at, pauses=(), due_at=due.at, reminded=0, was_in_time=None)
    if case.status is Status.CLAIMED and before.status is not Status.CLAIMED:
        after = replace(after, claimed_at=after.claimed_at or at)
    if case.promised_on != before.promised_on or "promised" in step.happened:
        after = replace(after, promise_asked_at=None)
    if case.status is Status.RESOLVED and before.status is not Status.RESOLVED:
        is_in_time = at <= after.due_at and after.was_in_time is not False  # once late, late for good
        after = replace(after, resolved_at=at, was_in_time=is_in_time)
        after = replace(after, cause=_key(step.details, "cause"), action=_key(step.details, "action"))
    saved = complaints.save_complaint(tx, setup.vault, after)
    if "resolved" in step.happened:
        complaints.set_days(tx, saved.id, resolved_on=local.date())
    if "rated" in step.happened:
        complaints.set_days(tx, saved.id, rated_on=local.date())
    return saved


def _resume(setup: Setup, complaint: Complaint, since: datetime, at: datetime) -> Complaint:
    pauses = (*complaint.pauses, (since, at))
    due = dates.count_due(setup, complaint.clock_from, pauses)
    is_new_day = at <= due.at and setup.local(due.at).date() > setup.local(complaint.due_at).date()
    reminded = 0 if is_new_day else complaint.reminded  # of another day people are reminded anew
    return replace(complaint, pauses=pauses, due_at=due.at, reminded=reminded)


def _key(details: Mapping[str, object], name: str) -> str:
    return str(details.get(name, OTHER))


def _tell_citizen(
    desk: Desk, complaint: Complaint, wish: StaffAct, *, words: str, attachment: str
) -> int | None:
    tx, setup, at = desk.tx, desk.setup, desk.at
    match wish:
        case Reply(waits):
            return citizen.send_reply(
                tx, setup, complaint, words, at, attachment=attachment, is_question=waits
            )
        case Resolve(_, action):
            done = words.partition("\n")[2] if action == OTHER else _say(setup, f"action_{action}")
            done = done[:1].lower() + done[1:]
            return citizen.ask_verdict(tx, setup, complaint, at, done)
        case Promise(day):
            citizen.tell(tx, setup, complaint, "case_promised", at, day=f"{day:%d/%m/%Y}")
        case Reopen():
            citizen.tell(tx, setup, complaint, "case_reopened", at)
        case Refer():
            citizen.tell(tx, setup, complaint, "case_referred", at, hotline=setup.hotline or setup.department)
    return None


def _note(desk: Desk, complaint: Complaint, step: Step, *, words: str, message_id: int | None) -> None:
    """Write the act into the history of the case and into the audit log."""
    tx, setup, at, person_id = desk.tx, desk.setup, desk.at, desk.person.id
    for what in step.happened:
        is_main = what == step.happened[-1]
        complaints.put_event(
            tx,
            setup.vault,
            complaint.id,
            at=at,
            actor="staff",
            what=what,
            person_id=person_id,
            details=step.details,
            words=words if is_main and words else None,
            message_id=message_id if is_main else None,
        )
        actor, action = f"person {person_id}", f"complaint_{what}"
        records.put_audit(tx, at=at, actor=actor, action=action, subject=complaint.number)


def _done(setup: Setup, complaint: Complaint, step: Step, name: str) -> str:
    what = step.happened[-1]
    day = complaint.case.promised_on
    return _line(setup, f"done_{what}", complaint, name=name, day=f"{day:%d/%m/%Y}" if day else "")


def _refuse(desk: Desk, complaint: Complaint, reason: Reason) -> str:
    holder = staff.find_person(desk.tx, desk.setup.vault, complaint.case.holder)
    name = holder.name if holder else ""
    return _line(desk.setup, f"refused_{reason}", complaint, name=name, days=MAX_PROMISE_DAYS)


def _line(setup: Setup, key: str, complaint: Complaint, **values: object) -> str:
    return setup.wording.say(setup.language, key, number=complaint.number, **values)


def _say(setup: Setup, key: str) -> str:
    return setup.wording.say(setup.language, key)


def _is_head(tx: Transaction, complaint: Complaint, person_id: int) -> bool:
    return any(
        binding.role in _HEADS and binding.unit_code in {None, complaint.unit_code}
        for binding in staff.list_bindings(tx, person_id=person_id)
    )


def release_holder(tx: Transaction, setup: Setup, person_id: int, at: datetime) -> int:
    """Let go of everything a person who has left holds. Return how many cases are free again."""
    held = complaints.list_held_by(tx, person_id)
    for complaint_id in held:
        complaint = complaints.load_complaint(tx, setup.vault, complaint_id, lock=True)
        case: Case = replace(complaint.case, status=Status.NEW, holder=None)
        move(tx, setup, complaint, Step(case=case, happened=("released",)), at, actor="service")
    return len(held)
