"""Sending: what is claimed, and what follows from how a channel answered. The loop around it is bot/sender.py."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

import structlog

from handlers import operators, phones, saying
from handlers.complaints import delivery
from handlers.setup import Setup
from storage import addresses, held, outbox, report_files
from storage.database import Transaction
from storage.outbox import Claimed, Due, State
from storage.vault import SealError

MAX_ATTEMPTS = 12  # with the waits below about two hours; invitations and questions are stale after that
_MAX_WAIT = timedelta(minutes=30)
_AGAIN = timedelta(seconds=2)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivered:
    """The platform took the message under that id."""

    message_ref: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """The message was not taken now. `after` seconds at least; doubtful when it may be out all the same."""

    fault: str
    after: float | None = None  # seconds the platform asked for
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nobody is there any more: blocked, deactivated, thrown out."""

    fault: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform refuses this message for good."""

    fault: str


@dataclass(frozen=True, slots=True)
class GroupMoved:
    """The group became another one."""

    new_name: str


@dataclass(frozen=True, slots=True)
class ChannelDown:
    """The whole channel cannot send: a dead token. A person is needed."""

    fault: str
    is_told: bool = False  # whether the operator has heard of it already


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """The platform takes nothing for that person until they write again."""

    fault: str


Answer: TypeAlias = Delivered | TryLater | Unreachable | Rejected | GroupMoved | ChannelDown | WindowClosed


def claim_due(tx: Transaction, setup: Setup, due: list[Due], at: datetime) -> list[Claimed]:
    """Take those of `due` that are still to be sent. One that cannot be opened is given up and holds up no other."""
    claims = (_claim(tx, setup, entry, at) for entry in due)
    return [claimed for claimed in claims if claimed is not None]


def _claim(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> Claimed | None:
    try:
        with tx.begin_nested():
            if _is_window_closed(tx, setup, entry, at):
                _hold(tx, setup, entry, at, fault="window")
                return None
            if phones.settle_unsent(tx, setup, entry, at):
                return None
            claimed = outbox.claim(tx, setup.vault, entry, at)
            return None if claimed is None else _with_files(tx, _marked(setup, claimed))
    except SealError:
        log.error("message_sealed", message=entry.id)  # noqa: TRY400 - the trace tells nothing more
        outbox.finish(tx, entry.id, State.FAILED, at, fault="sealed")
        operators.tell_of_sealed(tx, setup, at)
        return None


def _hold(tx: Transaction, setup: Setup, entry: Due, at: datetime, *, fault: str) -> None:
    """Keep a message until the citizen writes again; an invitation may reach her by phone number meanwhile."""
    held.hold(tx, entry.id, fault=fault)
    delivery.note_held(tx, setup, entry, at)
    phones.invite_instead(tx, setup, entry, at)


def _is_window_closed(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> bool:
    """Whether the platform would take nothing: the person wrote too long ago. Who never wrote is left to the platform."""
    if all(abilities.window is None for abilities in setup.channels.values()):
        return False
    address = addresses.load_address(tx, entry.address_id)
    abilities = setup.channels.get(address.channel)
    if abilities is None or abilities.window is None or address.heard_at is None:
        return False
    return at - address.heard_at > abilities.window


def _marked(setup: Setup, claimed: Claimed) -> Claimed:
    """Say of a digest that may be out already that it may be there twice: nobody shall count it twice."""
    message, subject = claimed.load()
    if not claimed.is_repeat or not subject.startswith("r"):
        return claimed
    note = setup.wording.say(setup.language, "digest_repeated")
    body = saying.dump_body(replace(message, note=note), period=subject[1:])
    return replace(claimed, body=body)


def _with_files(tx: Transaction, claimed: Claimed) -> Claimed:
    """Add the files that go out with a message: "stored:3,4" names them."""
    message, _ = claimed.load()
    kind, _, numbers = message.attachment.partition(":")
    if kind != "stored":
        return claimed
    return replace(claimed, files=report_files.load_files(tx, [int(number) for number in numbers.split(",")]))


def finish(
    tx: Transaction,
    setup: Setup,
    claimed: Claimed,
    answer: Answer,
    *,
    channel: str,
    at: datetime,
    jitter: float,
) -> None:
    """Note how sending went and do what follows. `jitter` in [0, 1) spreads the retries."""
    entry = claimed.due
    match answer:
        case Delivered(message_ref):
            outbox.finish(tx, entry.id, State.SENT, at, message_ref=message_ref)
            delivery.note_arrived(tx, setup, entry, at)
        case TryLater(fault, after, is_doubtful):
            _later(tx, setup, entry, fault, after=after, is_doubtful=is_doubtful, at=at, jitter=jitter)
        case Unreachable(fault):
            outbox.finish(tx, entry.id, State.FAILED, at, fault=fault)
            delivery.lose_chat(tx, setup, entry.address_id, at)
            delivery.note_lost(tx, setup, entry, at)
        case Rejected(fault):
            outbox.finish(tx, entry.id, State.FAILED, at, fault=fault)
            delivery.note_lost(tx, setup, entry, at)
        case GroupMoved(new_name):
            delivery.move_chat(tx, setup, channel=channel, old=claimed.name, new=new_name, at=at)
            outbox.try_later(tx, entry.id, not_before=at, fault="moved", is_doubtful=False)
        case ChannelDown(fault):
            outbox.try_later(
                tx, entry.id, not_before=at + timedelta(seconds=30), fault=fault, is_doubtful=False
            )
        case WindowClosed(fault) if entry.attempts == 0 and held.was_heard_since(tx, entry.id):
            outbox.try_later(tx, entry.id, not_before=at + _AGAIN, fault=fault, is_doubtful=False)
        case WindowClosed(fault):
            _hold(tx, setup, entry, at, fault=fault)
        case _:
            assert_never(answer)


def finish_bare(tx: Transaction, entry: Due, answer: Answer, at: datetime, *, fault: str) -> None:
    """Note how sending went and nothing that follows from it, because that has failed: the chat must go on."""
    match answer:
        case Delivered(message_ref):
            outbox.finish(tx, entry.id, State.SENT, at, message_ref=message_ref, fault=fault)
        case TryLater() | GroupMoved() | ChannelDown() if entry.attempts + 1 < MAX_ATTEMPTS:
            later = at + retry_wait(entry.attempts + 1, 1.0)
            is_doubtful = isinstance(answer, TryLater) and answer.is_doubtful
            outbox.try_later(tx, entry.id, not_before=later, fault=fault, is_doubtful=is_doubtful)
        case WindowClosed(closed):
            held.hold(tx, entry.id, fault=closed)
        case _:
            outbox.finish(tx, entry.id, State.FAILED, at, fault=fault)


def _later(
    tx: Transaction,
    setup: Setup,
    entry: Due,
    fault: str,
    *,
    after: float | None,
    is_doubtful: bool,
    at: datetime,
    jitter: float,
) -> None:
    attempts = entry.attempts + 1
    if is_doubtful and outbox.has_ref(tx, entry.id):  # the platform has shown it meanwhile
        outbox.finish(tx, entry.id, State.SENT, at)
        delivery.note_arrived(tx, setup, entry, at)
        return
    if is_doubtful and entry.doubts >= 1:  # sent twice with nothing heard: it is most likely out
        outbox.finish(tx, entry.id, State.UNKNOWN, at, fault=fault)
        delivery.note_unknown(tx, setup, entry, at)
        return
    if after is None and attempts >= MAX_ATTEMPTS:
        outbox.finish(tx, entry.id, State.FAILED, at, fault=fault)
        delivery.note_lost(tx, setup, entry, at)
        return
    wait = (
        timedelta(seconds=after + 0.2 + jitter * 0.5) if after is not None else retry_wait(attempts, jitter)
    )
    outbox.try_later(tx, entry.id, not_before=at + wait, fault=fault, is_doubtful=is_doubtful)


def retry_wait(attempts: int, jitter: float) -> timedelta:
    """Return how long to wait after that many attempts: 1, 2, 4 … seconds, half of it by chance, 30 minutes at most."""
    full = min(timedelta(seconds=2.0 ** (attempts - 1)), _MAX_WAIT)
    return full * (0.5 + jitter / 2)
