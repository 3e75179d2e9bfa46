"""What nobody presses a button for: forms left unfinished, cards that did not arrive, promised days, reminders."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from handlers import saying
from handlers.chats import list_chats
from handlers.complaints import cards, citizen, dates, listing, raising, seats, working
from handlers.setup import Rung, Setup
from storage import cards as card_rows
from storage import complaints
from storage.addresses import Address
from storage.complaints import Complaint
from storage.database import Transaction, work_alone
from survey.complaints.rules import Route
from survey.message import Message

CARD_PATIENCE = timedelta(seconds=90)  # after that a card that has not arrived goes to those above the unit
CARD_AGAIN = timedelta(minutes=30)  # after that what only the integrity contacts may see is tried again
SOON, LATE = 1, 2  # reminders; each rung of the ladder follows, one more
_BATCH = 200
log = structlog.get_logger()


def watch(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Do everything about complaints that has become due. Return how much; safe to run twice and late."""
    left = complaints.find_unfinished(tx, at - raising.ABANDONED_AFTER, limit=_BATCH)
    done = _each(tx, "form_failed", left, lambda one: raising.raise_one(tx, setup, one, at))
    done += _rescue_cards(tx, setup, at)
    done += _bring_again(tx, setup, at)
    if setup.calendar.is_open(at):
        done += _end_pauses(tx, setup, at)
        done += _ask_promises(tx, setup, at)
        done += _remind(tx, setup, at)
    return done


def _each(tx: Transaction, what: str, numbers: Iterable[int], work: Callable[[int], bool]) -> int:
    """Do something for each case in a savepoint of its own. Return for how many; one that fails holds up no other."""
    done = 0
    for number in numbers:
        result = work_alone(tx, partial(work, number))
        if isinstance(result, Exception):
            log.error(what, number=number, fault=type(result).__name__)
        else:
            done += result
    return done


def _rescue_cards(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Show to those above the unit what could not be brought to its own chat."""
    stuck = card_rows.list_stuck(tx, at - CARD_PATIENCE, limit=_BATCH)
    return sum(
        _each(tx, "case_failed", [complaint_id], partial(_rescue_card, tx, setup, at, address_id))
        for _, complaint_id, address_id in stuck
    )


def _rescue_card(tx: Transaction, setup: Setup, at: datetime, address_id: int, complaint_id: int) -> bool:
    complaint = complaints.load_complaint(tx, setup.vault, complaint_id, lock=True)
    if complaint.shown_at > at - CARD_PATIENCE:
        return False  # it was held back until a moment ago
    if not complaint.case.is_open or complaint.is_fallback:
        return False
    if not seats.sits_here(tx, setup, complaint, address_id, at):
        return False
    cards.fall_back(tx, setup, complaint, at)
    return True


def _bring_again(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Try again to show what accuses somebody and no integrity contact has got: it goes to nobody else."""
    unshown = card_rows.list_unshown(tx, at - CARD_AGAIN, at, route=Route.INTEGRITY, limit=_BATCH)
    return _each(tx, "case_failed", unshown, partial(_bring_one, tx, setup, at))


def _bring_one(tx: Transaction, setup: Setup, at: datetime, complaint_id: int) -> bool:
    complaint = complaints.load_complaint(tx, setup.vault, complaint_id, lock=True)
    cards.bring_again(tx, setup, complaint, at)
    return True


def _end_pauses(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Let the clock run again where the citizen has not answered within the term of a case: nothing waits for ever."""
    term = timedelta(days=setup.due_working_days)  # working days are never fewer
    waiting = complaints.find_waiting(tx, at - term, limit=_BATCH)
    return _each(tx, "case_failed", waiting, partial(_end_pause, tx, setup, at))


def _end_pause(tx: Transaction, setup: Setup, at: datetime, complaint_id: int) -> bool:
    complaint = complaints.load_complaint(tx, setup.vault, complaint_id, lock=True)
    since = complaint.case.waiting_since
    ends_at = None if since is None else dates.count_due(setup, since).at
    if ends_at is None or at <= ends_at:
        return False
    running = working.end_pause(tx, setup, complaint, at, ended_at=ends_at)
    cards.tell_staff(tx, setup, running, "staff_no_answer", at)
    return True


def _ask_promises(tx: Transaction, setup: Setup, at: datetime) -> int:
    promised = complaints.find_promised(tx, setup.local(at).date(), limit=_BATCH)
    return _each(tx, "case_failed", promised, partial(_ask_promise, tx, setup, at))


def _ask_promise(tx: Transaction, setup: Setup, at: datetime, complaint_id: int) -> bool:
    complaint = complaints.load_complaint(tx, setup.vault, complaint_id, lock=True)
    complaints.save_complaint(tx, setup.vault, replace(complaint, promise_asked_at=at))
    citizen.ask_promise(tx, setup, complaint, at)
    return True


def _remind(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Remind of what is due soon or late: one summary for each chat, however many cases."""
    due: dict[int, list[Complaint]] = defaultdict(list)
    chats: dict[int, Address] = {}
    cases = {one.id: one for one in complaints.list_complaints(tx, setup.vault, is_open=True)}

    def remind(complaint_id: int) -> bool:
        complaint = cases[complaint_id]
        stage = _stage(setup, complaint, at)
        told = _whom(tx, setup, complaint, stage, at)
        complaints.save_complaint(tx, setup.vault, replace(complaint, reminded=stage))
        for address in told:
            chats[address.id] = address
            due[address.id].append(complaint)
        return True

    due_now = [
        one.id for one in cases.values() if one.shown_at <= at and _stage(setup, one, at) > one.reminded
    ]
    _each(tx, "case_failed", due_now, remind)
    return _each(
        tx, "reminder_failed", list(due), lambda one: _say_summary(tx, setup, chats[one], due[one], at)
    )


def _stage(setup: Setup, complaint: Complaint, at: datetime) -> int:
    """Return which reminder a case has come to: 0 none, 1 due on this or the next working day, 2 late, 3… the ladder."""
    if complaint.case.waiting_since is not None:
        return 0
    today, due_day = setup.calendar.day_of(at), setup.calendar.day_of(complaint.due_at)
    if at <= complaint.due_at:
        return SOON if setup.calendar.count_working_days(today, due_day) <= 1 else 0
    days = setup.calendar.count_working_days(due_day, today)
    return LATE + sum(rung.days <= days for rung in _rungs(setup, complaint))


def _whom(tx: Transaction, setup: Setup, complaint: Complaint, stage: int, at: datetime) -> list[Address]:
    """Return who is told: the chats of the case, and from a rung of the ladder on the person who stands there."""
    found = [a for a in seats.list_seats(tx, setup, complaint, at) if a.is_reachable]
    climbed = _rungs(setup, complaint)[max(0, complaint.reminded - LATE) : max(0, stage - LATE)]
    found += list_chats(tx, setup, (rung.chat for rung in climbed), at)
    return list({address.id: address for address in found}.values())


def _rungs(setup: Setup, complaint: Complaint) -> list[Rung]:
    """Return the ladder of a case. What accuses somebody climbs none: it stays with the integrity contacts."""
    if complaint.case.route is Route.INTEGRITY:
        return []
    rungs = [rung for rung in setup.ladder if not rung.units or complaint.unit_code in rung.units]
    return sorted(rungs, key=lambda rung: rung.days)


def _say_summary(
    tx: Transaction, setup: Setup, address: Address, cases: list[Complaint], at: datetime
) -> bool:
    cases.sort(key=lambda one: (one.due_at, one.id))
    lines = listing.list_lines(tx, setup, cases, at)
    title = setup.wording.say(setup.language, "reminder_title")
    saying.say_to(tx, setup, address, Message(title=title, text="\n" + "\n".join(lines)), at)
    return True
