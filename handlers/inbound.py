"""What a citizen does, from any channel: everything that follows from one inbound happens in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from handlers import opening, turns
from handlers.setup import Setup
from storage import addresses, conversations, inbox
from storage.addresses import Address
from storage.database import Transaction
from survey.events import Event, Kind, Pressed, Sent, Typed


@dataclass(frozen=True, slots=True)
class Start:
    """An invitation's link was followed: its token, "" for the bare command."""

    token: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text was typed; it may be a short code. An edit of an earlier message changes nothing: buttons do that."""

    text: str
    is_edit: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed: conversation, place and choice as they stood in the button."""

    conversation_id: int
    place: str
    choice: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something without words was sent."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The citizen blocked the bot, or a group threw it out."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """The citizen let the bot in again."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became another one."""

    new_name: str


@dataclass(frozen=True, slots=True)
class Dead:
    """A press that can mean nothing: mangled, forwarded, in a group."""


Happening: TypeAlias = Start | Words | Press | Attachment | Unreachable | Reachable | Moved | Dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """Something that came in on a channel."""

    channel: str
    keys: tuple[str, ...]  # a repetition has one of them in common
    name: str  # the platform's id of the chat
    happening: Happening
    callback: str = ""  # the press to be answered with a toast
    sender: str = ""  # whose wrong codes are counted; the chat when empty


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an inbound: the toast for a press, and whether it was a repetition."""

    toast: str = ""
    is_repeated: bool = False


def receive(tx: Transaction, setup: Setup, inbounds: Sequence[Inbound], at: datetime) -> Outcome:
    """Take in what one delivery brought; a repetition changes nothing."""
    outcome = Outcome(is_repeated=True)
    for inbound in inbounds:
        if inbox.put_keys(tx, inbound.channel, inbound.keys, at):
            outcome = Outcome(toast=_handle(tx, setup, inbound, at))
    return outcome


def _handle(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> str:
    happening = inbound.happening
    match happening:
        case Moved(new_name):
            addresses.move_group(
                tx, setup.vault, channel=inbound.channel, old=inbound.name, new=new_name, at=at
            )
            return ""
        case Unreachable() | Reachable():
            _mark(tx, setup, inbound, at)
            return ""
        case Dead():
            return setup.wording.say(setup.language, "toast_dead")
    address = _address(tx, setup, inbound, at)
    match happening:
        case Start(token):
            opening.open_by_token(tx, setup, address, token, sender=inbound.sender or _sender(inbound), at=at)
            return ""
        case Words(text, is_edit):
            return "" if is_edit else _words(tx, setup, address, inbound, text, at=at)
        case Press(conversation_id, place, choice):
            return _press(tx, setup, address, conversation_id, Pressed(place, choice), at=at)
        case Attachment(kind):
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
    found = addresses.find_address(tx, setup.vault, channel=inbound.channel, name=inbound.name)
    if found is not None:
        gone_at = at if isinstance(inbound.happening, Unreachable) else None
        addresses.mark_reachable(tx, found.id, unreachable_at=gone_at)


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
    return _event(tx, setup, address, Typed(text), at)


def _event(tx: Transaction, setup: Setup, address: Address, event: Event, at: datetime) -> str:
    """Let the address's own conversation have the event; without one the citizen is told how to begin."""
    talk = None
    if address.conversation_id is not None:
        talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id, lock=True)
    if talk is None:
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
