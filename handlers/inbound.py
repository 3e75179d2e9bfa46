"""What a citizen does, from any channel: everything that follows from one inbound happens in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from handlers import opening, reporting, strangers, turns
from handlers.chats import get_chat
from handlers.complaints import delivery, hearing, staffroom
from handlers.happenings import (
    Attachment,
    CasePress,
    Dead,
    Inbound,
    Moved,
    Outcome,
    Press,
    Reachable,
    ReportPress,
    Start,
    Unreachable,
    Words,
)
from handlers.setup import Chat, Setup
from storage import addresses, conversations, inbox
from storage.addresses import Address
from storage.database import Transaction
from survey.events import Event, Pressed, Sent, Typed


def receive(tx: Transaction, setup: Setup, inbounds: Sequence[Inbound], at: datetime) -> Outcome:
    """Take in what one delivery brought; a repetition changes nothing."""
    outcome = Outcome(is_repeated=True)
    for inbound in inbounds:
        if inbox.put_keys(tx, setup.vault, inbound.channel, inbound.keys, at):
            outcome = Outcome(toast=_handle(tx, setup, inbound, at))
    return outcome


def _handle(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> str:
    happening = inbound.happening
    match happening:
        case Moved(new_name):
            delivery.move_chat(tx, setup, channel=inbound.channel, old=inbound.name, new=new_name, at=at)
            return ""
        case Unreachable() | Reachable():
            _mark(tx, setup, inbound, at)
            return ""
        case Dead():
            return setup.wording.say(setup.language, "toast_dead")
    toast = reporting.receive(tx, setup, inbound, at)
    if toast is None:
        toast = staffroom.receive(tx, setup, inbound, at)
    if toast is not None:
        return toast
    if inbound.is_group or isinstance(happening, ReportPress):  # no chat of ours: strangers get nothing
        return setup.wording.say(setup.language, "toast_dead")
    return _hear(tx, setup, inbound, happening, at)


def _hear(
    tx: Transaction,
    setup: Setup,
    inbound: Inbound,
    happening: CasePress | Start | Words | Press | Attachment,
    at: datetime,
) -> str:
    """Take what a citizen did. Return the toast."""
    address = _address(tx, setup, inbound, at)
    match happening:
        case CasePress(complaint_id, place, choice):
            return hearing.press(tx, setup, address, complaint_id, place=place, choice=choice, at=at)
        case Start(token):
            opening.open_by_token(tx, setup, address, token, sender=inbound.sender or _sender(inbound), at=at)
            return ""
        case Words(text, is_edit):
            return "" if is_edit else _words(tx, setup, address, inbound, text, at=at)
        case Press(conversation_id, place, choice):
            return _press(tx, setup, address, conversation_id, Pressed(place, choice), at=at)
        case Attachment(kind, ref, caption):
            if hearing.take_words(tx, setup, address, caption, inbound.reply_ref, attachment=ref, at=at):
                return ""
            return _event(tx, setup, address, Sent(kind), at)
        case _:
            assert_never(happening)


def _address(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> Address:
    address = addresses.get_address(
        tx,
        setup.vault,
        channel=inbound.channel,
        name=inbound.name,
        is_citizen=True,
        at=at,
        language=setup.language,
    )
    if not address.is_reachable:
        addresses.mark_reachable(tx, address.id, unreachable_at=None)
    return address


def _mark(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> None:
    is_gone = isinstance(inbound.happening, Unreachable)
    found = addresses.find_address(tx, setup.vault, channel=inbound.channel, name=inbound.name)
    chat = Chat(channel=inbound.channel, name=inbound.name)
    if found is None and chat in setup.staff_chats():
        found = get_chat(tx, setup, chat, at)
    if found is not None and is_gone:
        delivery.lose_chat(tx, setup, found.id, at)
    elif found is not None and found.is_citizen:
        addresses.mark_reachable(tx, found.id, unreachable_at=None)
    elif found is not None:
        delivery.regain_chat(tx, setup, found.id, at)


def _words(
    tx: Transaction,
    setup: Setup,
    address: Address,
    inbound: Inbound,
    text: str,
    *,
    at: datetime,
) -> str:
    sender = inbound.sender or _sender(inbound)
    if opening.open_by_words(tx, setup, address, text, sender=sender, at=at):
        return ""
    if hearing.take_words(tx, setup, address, text, inbound.reply_ref, at=at):
        return ""
    return _event(tx, setup, address, Typed(text), at)


def _event(tx: Transaction, setup: Setup, address: Address, event: Event, at: datetime) -> str:
    """Let the address's own conversation have the event; without one the citizen is told how to begin."""
    talk = None
    if address.conversation_id is not None:
        talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id, lock=True)
    if talk is None:
        if not strangers.answer_stranger(tx, setup, address, event, at):
            opening.welcome(tx, setup, address, at)
        return ""
    return turns.take_turn(tx, setup, talk, event, address=address, at=at)


def _press(
    tx: Transaction, setup: Setup, address: Address, conversation_id: int, event: Pressed, *, at: datetime
) -> str:
    talk = conversations.find_talk_by_id(tx, setup.vault, conversation_id, lock=True)
    if talk is None or not turns.holds(tx, talk, address):
        return setup.wording.say(address.language, "toast_dead")
    return turns.take_turn(tx, setup, talk, event, address=address, at=at)


def _sender(inbound: Inbound) -> str:
    return f"{inbound.channel}:{inbound.name}"
