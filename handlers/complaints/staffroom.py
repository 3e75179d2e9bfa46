"""What comes in from the chats of staff: presses on cards, answers to cards, short commands, codes that bind.

Actions count only in the office's own chats, and there only from those who may act. Strangers get nothing.
"""

from datetime import datetime, timedelta

from handlers.chats import get_chat
from handlers.complaints import asking, delivery, enlisting, hearing, seats, working
from handlers.complaints.people import get_person
from handlers.complaints.working import Desk
from handlers.happenings import Attachment, CasePress, Inbound, Words
from handlers.setup import Chat, Setup
from storage import cards, complaints, staff
from storage.addresses import Address
from storage.cards import Answered
from storage.complaints import Complaint
from storage.database import Transaction
from storage.staff import Input
from survey.complaints.case import Claim, Escalate, HandBack, Reopen, Reply, StaffAct
from survey.complaints.words import Command, read_command
from survey.folding import tidy

PICKING_LIFE = timedelta(minutes=2)  # so long plain words after a prompt are the cause or action it asked for
_PLAIN: dict[str, StaffAct] = {
    "claim": Claim(),
    "escalate": Escalate(),
    "back": HandBack(),
    "reopen": Reopen(),
}


def receive(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> str | None:
    """Take what came from a chat of staff. Return the toast, "" without one; None when it is no matter of staff."""
    actor, happening = inbound.actor, inbound.happening
    if actor is None:
        return None
    if isinstance(happening, Words) and not happening.is_edit and enlisting.is_code(happening.text):
        return enlisting.enlist(tx, setup, inbound, at)
    if isinstance(happening, CasePress) and happening.place in hearing.PLACES:
        return None
    is_ours = seats.is_staff_chat(
        tx, setup, channel=inbound.channel, name=inbound.name, is_group=inbound.is_group
    )
    if not is_ours:
        return None
    chat = Chat(channel=inbound.channel, name=inbound.name)
    address = get_chat(tx, setup, chat, at)
    if not address.is_reachable:
        delivery.regain_chat(tx, setup, address.id, at)
    nothing = "" if inbound.is_group else None
    if _is_talk(tx, inbound, address):
        return nothing
    person = get_person(tx, setup, channel=inbound.channel, actor=actor, at=at)
    desk = Desk(tx=tx, setup=setup, at=at, person=person, address=address, key=actor.key)
    match happening:
        case CasePress(complaint_id, place, choice):
            return _press(desk, complaint_id, place, choice)
        case Words(text, is_edit):
            if is_edit or not _take_words(desk, inbound, tidy(text)):
                return nothing
            return ""
        case Attachment(_, ref, caption):
            return "" if _take_file(desk, inbound, ref, caption) else nothing
    return nothing


def _is_talk(tx: Transaction, inbound: Inbound, address: Address) -> bool:
    """Whether colleagues talk with each other: nothing is kept of that, not even who did."""
    match inbound.happening:
        case Words(text, _):
            is_command = read_command(tidy(text), is_answer=bool(inbound.reply_ref)) is not None
        case Attachment():
            is_command = False
        case _:
            return False
    return not (is_command or inbound.reply_ref or staff.has_inputs(tx, address_id=address.id))


def _press(desk: Desk, complaint_id: int, place: str, choice: str) -> str:
    complaint = complaints.find_by_id(desk.tx, desk.setup.vault, complaint_id, lock=True)
    refused = _refuse(desk, complaint)
    if refused or complaint is None:
        return refused
    if place == "card" and choice in _PLAIN:
        return _act(desk, complaint, _PLAIN[choice])
    return asking.press(desk, complaint, place, choice)


def _act(desk: Desk, complaint: Complaint, wish: StaffAct) -> str:
    return working.work(desk, complaint, wish).line


def _take_words(desk: Desk, inbound: Inbound, text: str) -> bool:
    """Take words typed in a chat of staff. False when they are talk among colleagues."""
    answered = _answered(desk, inbound)
    command = read_command(text, is_answer=answered is not None)
    if command is not None:
        return _take_command(desk, command, answered.complaint_id if answered else None)
    if not text or text.startswith("/"):
        return False
    waiting = asking.find_input(desk)
    meant = _meaning(desk, inbound, answered, waiting)
    about = (
        waiting.complaint_id if meant == _INPUT and waiting else answered.complaint_id if answered else None
    )
    if meant is None or about is None:
        return False
    complaint = complaints.find_by_id(desk.tx, desk.setup.vault, about, lock=True)
    refused = _refuse(desk, complaint)
    if refused or complaint is None:
        asking.say(desk, refused)
    elif meant == _INPUT and waiting is not None:
        asking.take_input(desk, complaint, waiting, text)
    elif meant == _NOTE:
        asking.take_note(desk, complaint, text)
    elif meant == _STALE:
        asking.say(desk, desk.setup.wording.say(desk.setup.language, "prompt_over", number=complaint.number))
    else:
        _reply(desk, complaint, text, "")
    return True


_INPUT, _NOTE, _STALE, _REPLY = "input", "note", "stale", "reply"


def _meaning(desk: Desk, inbound: Inbound, answered: Answered | None, waiting: Input | None) -> str | None:
    """Return what plain words are: what was asked for, a note, an answer to a prompt that is over, a reply to the citizen.

    None is talk among colleagues. Only cards and the citizen's own words can be answered with a reply: what was meant
    for a colleague, or for a note, must never reach her.
    """
    if answered is None:
        if waiting is None or inbound.reply_ref:
            return None
        is_picking = waiting.asks in {"cause", "action"}
        return None if is_picking and desk.at - waiting.at > PICKING_LIFE else _INPUT
    kind, _, asks = answered.place.partition(".")
    is_awaited = waiting is not None and waiting.complaint_id == answered.complaint_id
    if kind == "ask":
        if is_awaited and waiting is not None and waiting.asks == asks:
            return _INPUT
        return _NOTE if asks == "note" else _STALE
    if answered.place not in {cards.CARD, cards.TOLD}:
        return _STALE
    if is_awaited and waiting is not None and waiting.asks in {"reply", "ask", "note"}:
        return _INPUT
    return _REPLY


def _answered(desk: Desk, inbound: Inbound) -> Answered | None:
    if not inbound.reply_ref:
        return None
    return cards.find_answered(desk.tx, address_id=desk.address.id, message_ref=inbound.reply_ref)


def _take_file(desk: Desk, inbound: Inbound, ref: str, caption: str) -> bool:
    """Send a picture or file that answers a card to the citizen. False when it is meant for nobody but colleagues."""
    answered, waiting = _answered(desk, inbound), asking.find_input(desk)
    if not ref or _meaning(desk, inbound, answered, waiting) not in {_INPUT, _REPLY}:
        return False
    if waiting is not None and waiting.asks != "reply":
        return False
    about = answered.complaint_id if answered else waiting.complaint_id if waiting else 0
    complaint = complaints.find_by_id(desk.tx, desk.setup.vault, about, lock=True)
    refused = _refuse(desk, complaint)
    if refused or complaint is None:
        asking.say(desk, refused)
        return True
    _reply(desk, complaint, tidy(caption), f"{inbound.channel}|{ref}")
    return True


def _reply(desk: Desk, complaint: Complaint, text: str, file: str) -> None:
    too_long = asking.is_too_long(desk, text)
    if too_long:
        asking.say(desk, too_long)
        return
    staff.drop_input(desk.tx, address_id=desk.address.id, person_id=desk.person.id)
    words = text or desk.setup.wording.say(desk.setup.language, "attachment_only")
    result = working.work(desk, complaint, Reply(), words=words, attachment=file)
    if not result.is_done:  # how it arrives is said when it has
        asking.say(desk, result.line, complaint=complaint)


def _take_command(desk: Desk, command: Command, answered: int | None) -> bool:
    if command.verb == "list" and not enlisting.may_look(desk.tx, desk.setup, desk.person.id):
        asking.say(desk, _not_bound(desk.setup))
        return True
    if command.verb in {"list", "help"}:
        asking.answer_general(desk, command.verb)
        return True
    if command.number:
        complaint = complaints.find_by_number(desk.tx, desk.setup.vault, command.number, lock=True)
    else:
        complaint = (
            complaints.find_by_id(desk.tx, desk.setup.vault, answered, lock=True) if answered else None
        )
    if complaint is None and not command.number:
        asking.say(desk, desk.setup.wording.say(desk.setup.language, "command_needs_number"))
        return True
    refused = _refuse(desk, complaint)
    if refused or complaint is None:
        asking.say(desk, refused)
        return True
    if command.verb in _PLAIN:
        line = _act(desk, complaint, _PLAIN[command.verb])
        asking.say(desk, line, complaint=complaint)
        return True
    if command.verb == "reply" and command.rest:
        _reply(desk, complaint, command.rest, "")
        return True
    asking.command(desk, complaint, command)
    return True


def _refuse(desk: Desk, complaint: Complaint | None) -> str:
    """Return why that person may do nothing with that case there, "" when they may.

    A case that is not (yet) shown in the chat is no more known there than one that does not exist.
    """
    say, language = desk.setup.wording.say, desk.setup.language
    is_here = complaint is not None and seats.sits_here(
        desk.tx, desk.setup, complaint, desk.address.id, desk.at
    )
    if complaint is None or not is_here or desk.at < complaint.shown_at:
        return say(language, "case_not_here")
    if not enlisting.may_act(desk.tx, desk.setup, desk.person.id, complaint):
        return _not_bound(desk.setup)
    return ""


def _not_bound(setup: Setup) -> str:
    return setup.wording.say(setup.language, "not_bound" if setup.is_bound_only else "no_longer_bound")
