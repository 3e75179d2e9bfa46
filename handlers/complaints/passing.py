"""Words of the citizen reach staff: whom they accuse decides who reads them, and a flood of them is collected."""

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.complaints import cards, working
from handlers.setup import Setup
from storage import complaints
from storage.complaints import Complaint
from storage.database import Transaction
from survey.complaints.case import Refusal, Step, Tell, hear, pass_over, turn_critical
from survey.complaints.rules import Route, names_somebody
from survey.message import Message
from survey.reading import Severity, explain_comment

MAX_TOLD, WINDOW = 10, timedelta(minutes=10)  # messages that staff get one by one, and in which time


def pass_on(
    tx: Transaction,
    setup: Setup,
    complaint: Complaint,
    words: str,
    *,
    file: str = "",
    draft: int | None = None,
    at: datetime,
) -> str | None:
    """Show her words and her picture to those who see the case. Return the key of what she is told, "" for nothing.

    None when the case takes no words any more.
    """
    if isinstance(hear(complaint.case, Tell()), Refusal):
        return None
    seated = _seat(tx, setup, complaint, words, at)
    is_separate, is_first = (True, False) if seated is not complaint else _count(tx, setup, complaint, at)
    step = hear(seated.case, Tell())
    if isinstance(step, Refusal):
        return None
    details: dict[str, object] = {} if draft is None else {"draft": draft}
    if not is_separate:
        details["collected"] = True
    step = replace(step, details={**step.details, **details})
    saved = working.move(tx, setup, seated, step, at, actor="citizen", words=words)
    if not is_separate:
        if is_first:
            cards.tell_staff(tx, setup, saved, "staff_collected", at)
        return "case_picture_later" if file else "case_collected" if is_first else ""
    title = setup.wording.say(setup.language, "staff_told", number=saved.number)
    cards.say_to_staff(tx, setup, saved, Message(title=title, text="", quote=words), at)
    if file:
        cards.send_attachment(tx, setup, saved, file, at)
    return "case_passed_on"


def _seat(tx: Transaction, setup: Setup, complaint: Complaint, words: str, at: datetime) -> Complaint:
    """Let a case that words accuse somebody in leave the chats of the accused before anybody reads them."""
    case = complaint.case
    if not words or case.route is Route.INTEGRITY:
        return complaint
    reading = explain_comment(words, setup.wording.lexicon)
    if (
        reading.severity is Severity.CRITICAL and reading.is_found_by_rule
    ):  # answers are about anything: no leaning
        urgent = replace(complaint, is_critical=True, is_fallback=False, shown_at=min(complaint.shown_at, at))
        return _move_away(tx, setup, urgent, turn_critical(case), at)
    unit = setup.units.get(complaint.unit_code)
    names = (*setup.titles, *(unit.people if unit else ()))
    if case.route is Route.UNIT and case.level == 0 and names_somebody(words, names):
        return _move_away(tx, setup, complaint, pass_over(case), at)
    return complaint


def _move_away(tx: Transaction, setup: Setup, complaint: Complaint, step: Step, at: datetime) -> Complaint:
    cards.leave(tx, setup, replace(complaint, case=step.case), at)
    moved = working.move(tx, setup, complaint, step, at, actor="service")
    if moved.is_critical:
        cards.hasten(tx, moved.id, at)
    return complaints.load_complaint(tx, setup.vault, moved.id, lock=True)


def _count(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> tuple[bool, bool]:
    """Return whether staff get her words as a message of their own, and whether they are the first that are collected."""
    told = complaints.list_events(tx, setup.vault, complaint.id, what=("told",))
    collected = [bool(entry.details.get("collected")) for entry in told if entry.at > at - WINDOW]
    return collected.count(False) < MAX_TOLD, not any(collected)
