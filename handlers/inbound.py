"""What a citizen does, from any channel: everything that follows from one inbound happens in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from handlers import opening, privacy, receipts, reporting, saying, strangers, turns
from handlers.chats import get_chat
from handlers.complaints import delivery, hearing, staffroom
from handlers.happenings import (
    Arrived,
    Attachment,
    CasePress,
    Dead,
    Echo,
    Inbound,
    Joined,
    Moved,
    Outcome,
    PhoneArrived,
    PhoneShared,
    Press,
    Rated,
    Reachable,
    ReportPress,
    Seen,
    Start,
    Unreachable,
    Withdrawn,
    Words,
)
from handlers.setup import Chat, Setup
from storage import addresses, conversations, held, inbox, outbox
from storage.addresses import Address
from storage.database import Transaction
from survey.conversation import Place
from survey.events import Event, Opened, Pressed, Sent, Typed

GREETED = timedelta(minutes=10)  # who opens a chat may do so by several ways at once: one greeting is enough
Receipt = Echo | Arrived | Seen | PhoneArrived | Rated


def receive(tx: Transaction, setup: Setup, inbounds: Sequence[Inbound], at: datetime) -> Outcome:
    """Take in what one delivery brought; a repetition changes nothing."""
    outcome = Outcome(is_repeated=True)
    for inbound in inbounds:
        if isinstance(inbound.happening, Receipt):  # true however often it is said
            receipts.take(tx, setup, inbound, inbound.happening, at)
            outcome = Outcome()
        elif inbox.put_keys(tx, setup.vault, inbound.channel, inbound.keys, at):
            outcome = Outcome(toast=_handle(tx, setup, inbound, at))
            if outcome.toast and isinstance(inbound.happening, Press | CasePress | ReportPress):
                _say_toast(tx, setup, inbound, outcome.toast, at)
    return outcome


def _say_toast(tx: Transaction, setup: Setup, inbound: Inbound, toast: str, at: datetime) -> None:
    """Where a press cannot be answered by itself, say what it came to, unless something was said already."""
    abilities = setup.channels.get(inbound.channel)
    if abilities is None or abilities.has_toasts:
        return
    found = addresses.find_address(tx, setup.vault, channel=inbound.channel, name=inbound.name)
    if found is not None and not outbox.was_written_to(tx, address_id=found.id, since=at):
        saying.say_notice(tx, setup, found, toast, at)


def _handle(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> str:
    happening = inbound.happening
    match happening:
        case Moved(new_name):
            delivery.move_chat(tx, setup, channel=inbound.channel, old=inbound.name, new=new_name, at=at)
            return ""
        case Unreachable() | Reachable():
            _mark(tx, setup, inbound, at)
            return ""
        case Withdrawn():
            privacy.erase_account(
                tx, setup, channel=inbound.channel, name=inbound.name, at=at, actor="platform"
            )
            return ""
        case Echo() | Arrived() | Seen() | PhoneArrived() | Rated():
            receipts.take(tx, setup, inbound, happening, at)
            return ""
        case Dead():
            return setup.wording.say(setup.language, "toast_dead")
    _note_heard(tx, setup, inbound, at)
    toast = reporting.receive(tx, setup, inbound, at)
    if toast is None:
        toast = staffroom.receive(tx, setup, inbound, at)
    if toast is not None:
        return toast
    abilities = setup.channels.get(inbound.channel)
    is_deaf = inbound.is_group or abilities is None or not abilities.is_for_citizens
    if is_deaf or isinstance(happening, ReportPress):  # no chat of ours: strangers get nothing
        return setup.wording.say(setup.language, "toast_dead")
    return _hear(tx, setup, inbound, happening, at)


def _hear(
    tx: Transaction,
    setup: Setup,
    inbound: Inbound,
    happening: CasePress | Start | Words | Press | Attachment | Joined | PhoneShared,
    at: datetime,
) -> str:
    """Take what a citizen did. Return the toast."""
    address = _address(tx, setup, inbound, at)
    match happening:
        case Joined():
            is_greeted = outbox.was_written_to(tx, address_id=address.id, since=at - GREETED)
            if address.conversation_id is None and not is_greeted:
                opening.welcome(tx, setup, address, at)
            return ""
        case PhoneShared(phone):
            return _take_phone(tx, setup, address, phone, at)
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
    if address.heard_at is None and _has_window(setup, inbound.channel):
        addresses.mark_heard(tx, address.id, at)
    return address


def _has_window(setup: Setup, channel: str) -> bool:
    abilities = setup.channels.get(channel)
    return abilities is not None and abilities.window is not None


def _note_heard(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> None:
    """Where a platform lets us answer for some days only, they begin anew; what was held back goes out."""
    if not _has_window(setup, inbound.channel):
        return
    found = addresses.find_address(tx, setup.vault, channel=inbound.channel, name=inbound.name)
    if found is not None:
        addresses.mark_heard(tx, found.id, at)
        held.release(tx, address_id=found.id, at=at)


def _take_phone(tx: Transaction, setup: Setup, address: Address, phone: str, at: datetime) -> str:
    """Take a number the citizen handed over where the form asks how to reach her.

    It joins her to no dossier: anybody can write anybody's number into that field.
    """
    talk = None
    if address.conversation_id is not None:
        talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id, lock=True)
    if talk is None or talk.state.place != Place.CONTACT:
        return ""
    return turns.take_turn(tx, setup, talk, Typed(phone), address=address, at=at)


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
    if hearing.press_by_words(tx, setup, address, text, at):
        return ""
    if hearing.take_words(tx, setup, address, text, inbound.reply_ref, at=at):
        return ""
    return _event(tx, setup, address, Typed(text), at, late_since=inbound.late_since)


def _event(
    tx: Transaction,
    setup: Setup,
    address: Address,
    event: Event,
    at: datetime,
    *,
    late_since: datetime | None = None,
) -> str:
    """Let the address's own conversation have the event; without one the citizen is told how to begin.

    Words that come late answer nothing that was asked after they were said: what is asked now is shown again.
    """
    talk = None
    if address.conversation_id is not None:
        talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id, lock=True)
    if talk is not None and late_since is not None and talk.updated_at > late_since:
        event = Opened()
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
