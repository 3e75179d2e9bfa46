"""Sending: what is claimed, and what follows from how a channel answered. The loop around it is bot/sender.py."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from handlers.setup import Setup
from storage import addresses, outbox
from storage.database import Transaction
from storage.outbox import Claimed, Due, State

MAX_ATTEMPTS = 12  # with the waits below about two hours; invitations and questions are stale after that
_MAX_WAIT = timedelta(minutes=30)


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


Answer: TypeAlias = Delivered | TryLater | Unreachable | Rejected | GroupMoved | ChannelDown


def claim_due(tx: Transaction, setup: Setup, due: list[Due], at: datetime) -> list[Claimed]:
    """Take those of `due` that are still to be sent."""
    claims = (outbox.claim(tx, setup.vault, entry, at) for entry in due)
    return [claimed for claimed in claims if claimed is not None]


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
        case TryLater(fault, after, is_doubtful):
            _later(tx, entry, fault, after=after, is_doubtful=is_doubtful, at=at, jitter=jitter)
        case Unreachable(fault):
            outbox.finish(tx, entry.id, State.FAILED, at, fault=fault)
            addresses.mark_reachable(tx, entry.address_id, unreachable_at=at)
        case Rejected(fault):
            outbox.finish(tx, entry.id, State.FAILED, at, fault=fault)
        case GroupMoved(new_name):
            addresses.move_group(tx, setup.vault, channel=channel, old=claimed.name, new=new_name, at=at)
            outbox.try_later(tx, entry.id, not_before=at, fault="moved", is_doubtful=False)
        case ChannelDown(fault):
            outbox.try_later(
                tx, entry.id, not_before=at + timedelta(seconds=30), fault=fault, is_doubtful=False
            )
        case _:
            assert_never(answer)


def _later(
    tx: Transaction,
    entry: Due,
    fault: str,
    *,
    after: float | None,
    is_doubtful: bool,
    at: datetime,
    jitter: float,
) -> None:
    attempts = entry.attempts + 1
    if is_doubtful and entry.doubts >= 1:  # sent twice with nothing heard: it is most likely out
        outbox.finish(tx, entry.id, State.UNKNOWN, at, fault=fault)
        return
    if after is None and attempts >= MAX_ATTEMPTS:
        outbox.finish(tx, entry.id, State.FAILED, at, fault=fault)
        return
    wait = (
        timedelta(seconds=after + 0.2 + jitter * 0.5) if after is not None else retry_wait(attempts, jitter)
    )
    outbox.try_later(tx, entry.id, not_before=at + wait, fault=fault, is_doubtful=is_doubtful)


def retry_wait(attempts: int, jitter: float) -> timedelta:
    """Return how long to wait after that many attempts: 1, 2, 4 … seconds, half of it by chance, 30 minutes at most."""
    full = min(timedelta(seconds=2.0 ** (attempts - 1)), _MAX_WAIT)
    return full * (0.5 + jitter / 2)
