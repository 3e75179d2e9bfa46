"""How messages about a case went: a card that cannot arrive goes up, a reply that did is shown to who wrote it."""

from dataclasses import replace
from datetime import datetime

from handlers.complaints import cards, seats, working
from handlers.setup import Setup
from storage import addresses, complaints, records
from storage.cards import CARD, FILE, REPLY, list_waiting_replies, state_of
from storage.complaints import Complaint
from storage.database import Transaction
from storage.outbox import Due, State
from survey.complaints.case import Status


def note_arrived(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> None:
    """A message about a case has arrived; what takes a card is reachable again."""
    if entry.place == REPLY:
        _show_fate(tx, setup, entry, "reply_arrived", at)
    elif entry.place == CARD and not addresses.load_address(tx, entry.address_id).is_reachable:
        regain_chat(tx, setup, entry.address_id, at)


def note_lost(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> None:
    """A message about a case cannot arrive any more: nobody is there, or the platform refuses it."""
    if entry.place == REPLY:
        _show_fate(tx, setup, entry, "reply_lost", at)
    elif entry.place == FILE:
        _show_fate(tx, setup, entry, "file_lost", at)
    else:
        _rescue_card(tx, setup, entry, at)


def note_held(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> None:
    """A message about a case waits until the person writes again: a card goes up, a reply is shown as what it is."""
    if entry.place == REPLY:
        if records.put_notice(tx, f"held:{entry.id}", at):  # once, however often it is refused
            _show_fate(tx, setup, entry, "reply_held", at)
    else:
        _rescue_card(tx, setup, entry, at)


def note_unknown(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> None:
    """Nobody can tell whether a message about a case has arrived: a card goes up, a reply is shown as what it is."""
    if entry.place == REPLY:
        _show_fate(tx, setup, entry, "reply_unknown", at)
    else:
        _rescue_card(tx, setup, entry, at)


def _rescue_card(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> None:
    if entry.complaint_id is not None and entry.place == CARD and entry.edits_id is None:
        complaint = complaints.find_by_id(tx, setup.vault, entry.complaint_id, lock=True)
        if complaint is not None and complaint.case.is_open:
            cards.fall_back(tx, setup, complaint, at)


def lose_chat(tx: Transaction, setup: Setup, address_id: int, at: datetime) -> None:
    """A chat cannot be reached any more: what it was to see or is working on goes to those above.

    Of a citizen the staff who wrote to her are told.
    """
    address = addresses.load_address(tx, address_id)
    unsent = list_waiting_replies(tx, address_id)
    addresses.mark_reachable(tx, address_id, unreachable_at=at)
    if address.is_citizen:
        for complaint_id in unsent:
            _tell_fate(tx, setup, complaint_id, "reply_lost", at)
        return
    for complaint in complaints.list_complaints(tx, setup.vault, is_open=True):
        if seats.sits_here(tx, setup, complaint, address_id, at):
            cards.post(tx, setup, complaint, at)


def regain_chat(tx: Transaction, setup: Setup, address_id: int, at: datetime) -> None:
    """A chat of staff can be reached (again): it gets the cards of its open cases, and works those that had gone up.

    Who had taken one of those meanwhile lets go of it: those above do not see it any more.
    """
    was_gone = not addresses.load_address(tx, address_id).is_reachable
    addresses.mark_reachable(tx, address_id, unreachable_at=None)
    for listed in complaints.list_complaints(tx, setup.vault, is_open=True):
        complaint = replace(listed, is_fallback=False)
        if not seats.sits_here(tx, setup, complaint, address_id, at):
            continue
        if listed.is_fallback:
            if _is_held_above(tx, setup, complaint):
                loose = replace(complaint.case, status=Status.NEW, holder=None)
                complaint = replace(complaint, case=loose)
            complaint = complaints.save_complaint(tx, setup.vault, complaint)
            complaints.put_event(tx, setup.vault, complaint.id, at=at, actor="service", what="came_back")
        if was_gone or listed.is_fallback:
            cards.redraw(tx, setup, complaint, at)
        else:
            cards.post(tx, setup, complaint, at)


def _is_held_above(tx: Transaction, setup: Setup, complaint: Complaint) -> bool:
    """Whether whoever holds a case took it after it had gone up."""
    what = ("fell_back", "claimed", "taken_over")
    entries = complaints.list_events(tx, setup.vault, complaint.id, what=what)
    return complaint.case.holder is not None and bool(entries) and entries[-1].what != "fell_back"


def move_chat(tx: Transaction, setup: Setup, *, channel: str, old: str, new: str, at: datetime) -> None:
    """A group became another one: what was shown in the old cannot be pressed any more and is shown again."""
    addresses.move_group(tx, setup.vault, channel=channel, old=old, new=new, at=at)
    moved = addresses.find_address(tx, setup.vault, channel=channel, name=new)
    for complaint in complaints.list_complaints(tx, setup.vault, is_open=True):
        if moved is not None and seats.sits_here(tx, setup, complaint, moved.id, at):
            cards.post(tx, setup, complaint, at)


def _show_fate(tx: Transaction, setup: Setup, entry: Due, key: str, at: datetime) -> None:
    if entry.complaint_id is not None:
        _tell_fate(tx, setup, entry.complaint_id, key, at)


def _tell_fate(tx: Transaction, setup: Setup, complaint_id: int, key: str, at: datetime) -> None:
    complaint = complaints.find_by_id(tx, setup.vault, complaint_id, lock=True)
    if complaint is None:
        return
    if key == "reply_lost" and _waits_in_vain(tx, setup, complaint):
        complaint = working.end_pause(tx, setup, complaint, at)
    else:
        cards.redraw(tx, setup, complaint, at)
    cards.tell_staff(tx, setup, complaint, key, at)


def _waits_in_vain(tx: Transaction, setup: Setup, complaint: Complaint) -> bool:
    """Whether the clock stands for questions none of which can reach the citizen."""
    since = complaint.case.waiting_since
    asked = complaints.list_events(tx, setup.vault, complaint.id, what=("asked",))
    sent = [one.message_id for one in asked if since is not None and one.at >= since]
    lost = {State.FAILED, State.DROPPED}
    return since is not None and all(one is None or state_of(tx, one) in lost for one in sent)
