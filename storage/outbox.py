"""The outbox: what is to be said, in order for each chat. A sender claims what is due and finishes it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from storage.tables import addresses, outbox
from storage.vault import Vault
from survey.message import Message, load_message

_PURPOSE = "outbox"


class Lane(IntEnum):
    """Which messages pass first."""

    LIVE = 0
    EDIT = 1
    BULK = 2


class State(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # superseded, or the address cannot be reached
    FAILED = "failed"  # the platform refused it for good
    UNKNOWN = "unknown"  # timed out twice: it may be out


_OPEN = (State.WAITING, State.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message that may go out now."""

    id: int
    address_id: int
    lane: int
    edits_id: int | None
    conversation_id: int | None
    attempts: int
    doubts: int
    is_group: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that this sender holds."""

    due: Due
    name: str  # the platform's id of the chat
    body: str
    edits_ref: str | None  # the platform's id of the message to draw over

    def load(self) -> tuple[Message, int | None]:
        """Return the message and the conversation its buttons belong to."""
        values = json.loads(self.body)
        return load_message(values["message"]), values["conversation"]


def put(
    tx: Connection,
    vault: Vault,
    *,
    address_id: int,
    channel: str,
    body: str,
    at: datetime,
    lane: Lane = Lane.LIVE,
    not_before: datetime | None = None,
    conversation_id: int | None = None,
    turn: int | None = None,
    place: str = "",
    edits_id: int | None = None,
    erases_address: bool = False,
) -> int:
    """Put a message into the outbox and return its number."""
    row = {
        "channel": channel,
        "address_id": address_id,
        "conversation_id": conversation_id,
        "turn": turn,
        "place": place,
        "lane": int(lane),
        "edits_id": edits_id,
        "sealed_body": vault.seal(body, _PURPOSE),
        "state": State.WAITING,
        "not_before": not_before or at,
        "erases_address": erases_address,
        "created_at": at,
    }
    return int(tx.execute(insert(outbox).returning(outbox.c.id), row).scalar_one())


def supersede(tx: Connection, *, conversation_id: int, at: datetime) -> None:
    """Drop the questions of a conversation that wait: a newer one takes their place."""
    asks = (
        (outbox.c.conversation_id == conversation_id) & (outbox.c.place != "") & (outbox.c.lane != Lane.EDIT)
    )
    change = update(outbox).where(asks, outbox.c.state == State.WAITING)
    tx.execute(change.values(state=State.DROPPED, finished_at=at))


def supersede_edits(tx: Connection, *, edits_id: int, at: datetime) -> None:
    """Drop the waiting edits of a message: a newer one shows more."""
    change = update(outbox).where(outbox.c.edits_id == edits_id, outbox.c.state == State.WAITING)
    tx.execute(change.values(state=State.DROPPED, finished_at=at))


def drop_waiting(tx: Connection, *, address_id: int, at: datetime) -> None:
    """Drop everything that waits for an address; a goodbye after an erasure still takes the address with it."""
    change = update(outbox).where(outbox.c.address_id == address_id, outbox.c.state == State.WAITING)
    change = change.values(state=State.DROPPED, finished_at=at)
    if any(tx.execute(change.returning(outbox.c.erases_address)).scalars().all()):
        wipe = update(addresses).where(addresses.c.id == address_id)
        tx.execute(wipe.values(digest=None, sealed=None, conversation_id=None))


def find_shown(tx: Connection, *, conversation_id: int, address_id: int, place: str) -> int | None:
    """Return the newest message to that address that asks for `place` and was or will be sent."""
    asks = (
        (outbox.c.conversation_id == conversation_id)
        & (outbox.c.place == place)
        & outbox.c.edits_id.is_(None)
    )
    alive = outbox.c.state.in_((State.WAITING, State.SENDING, State.SENT, State.UNKNOWN))
    newest = select(func.max(outbox.c.id)).where(asks, alive, outbox.c.address_id == address_id)
    found = tx.execute(newest).scalar_one()
    return None if found is None else int(found)


def find_due(tx: Connection, channel: str, at: datetime, *, limit: int) -> list[Due]:
    """Return the first due message of each chat, live ones first; chats with one on the way have none."""
    earlier = outbox.alias("earlier")
    blocked = (
        select(earlier.c.id)
        .where(
            earlier.c.address_id == outbox.c.address_id,
            or_(
                earlier.c.state == State.SENDING,
                and_(
                    earlier.c.state == State.WAITING,
                    earlier.c.lane <= outbox.c.lane,
                    or_(earlier.c.lane < outbox.c.lane, earlier.c.id < outbox.c.id),
                    or_(earlier.c.not_before <= at, earlier.c.attempts > 0),
                ),
            ),
        )
        .exists()
    )
    due = (outbox.c.channel == channel) & (outbox.c.state == State.WAITING) & (outbox.c.not_before <= at)
    query = select(outbox, addresses.c.is_citizen).join(addresses, addresses.c.id == outbox.c.address_id)
    rows = tx.execute(query.where(due, ~blocked).order_by(outbox.c.lane, outbox.c.id).limit(limit))
    return [_due(row) for row in rows]


def claim(tx: Connection, vault: Vault, entry: Due, at: datetime) -> Claimed | None:
    """Take a due message for sending; None when it is gone, superseded, or there is nobody to send it to."""
    change = update(outbox).where(outbox.c.id == entry.id, outbox.c.state == State.WAITING)
    change = change.values(state=State.SENDING, attempts=outbox.c.attempts + 1)
    row = tx.execute(change.returning(outbox.c.sealed_body, outbox.c.address_id)).one_or_none()
    if row is None:
        return None
    sealed_name = _sealed_name(tx, row.address_id)
    edits_ref = None
    if entry.edits_id is not None:
        edits_ref = tx.execute(select(outbox.c.message_ref).where(outbox.c.id == entry.edits_id)).scalar_one()
    is_pointless = entry.edits_id is not None and edits_ref is None
    if sealed_name is None or is_pointless or (entry.attempts > 0 and _is_superseded(tx, entry.id)):
        finish(tx, entry.id, State.DROPPED, at)
        return None
    return Claimed(
        due=entry,
        name=vault.open(sealed_name, "address"),
        body=vault.open(row.sealed_body, _PURPOSE),
        edits_ref=edits_ref,
    )


def _is_superseded(tx: Connection, message_id: int) -> bool:
    """Whether a newer question of the conversation was put while this one was on its way and could not be dropped."""
    newer = outbox.alias("newer")
    asks = (outbox.c.id == message_id) & (outbox.c.place != "") & (outbox.c.lane != Lane.EDIT)
    later = (newer.c.conversation_id == outbox.c.conversation_id) & (newer.c.id > outbox.c.id)
    asks_too = (newer.c.place != "") & (newer.c.lane != Lane.EDIT) & (newer.c.state != State.DROPPED)
    return tx.execute(select(newer.c.id).where(asks, later, asks_too).limit(1)).first() is not None


def _sealed_name(tx: Connection, address_id: int) -> bytes | None:
    row = tx.execute(
        select(addresses.c.sealed, addresses.c.moved_to_id).where(addresses.c.id == address_id)
    ).one()
    if row.moved_to_id is not None:
        return _sealed_name(tx, row.moved_to_id)
    sealed: bytes | None = row.sealed
    return sealed


def finish(
    tx: Connection,
    message_id: int,
    state: State,
    at: datetime,
    *,
    message_ref: str | None = None,
    fault: str | None = None,
) -> None:
    """Note what became of a claimed message. A goodbye after an erasure takes the address with it."""
    change = update(outbox).where(outbox.c.id == message_id)
    change = change.values(state=state, finished_at=at, message_ref=message_ref, fault=fault)
    row = tx.execute(change.returning(outbox.c.erases_address, outbox.c.address_id)).one()
    if row.erases_address:
        wipe = update(addresses).where(addresses.c.id == row.address_id)
        tx.execute(wipe.values(digest=None, sealed=None, conversation_id=None))


def try_later(
    tx: Connection, message_id: int, *, not_before: datetime, fault: str, is_doubtful: bool
) -> None:
    """Put a claimed message back; `is_doubtful` says that it may be out already."""
    change = update(outbox).where(outbox.c.id == message_id)
    doubts = outbox.c.doubts + (1 if is_doubtful else 0)
    tx.execute(change.values(state=State.WAITING, not_before=not_before, fault=fault, doubts=doubts))


def release_claims(tx: Connection, channel: str) -> int:
    """After a crash: put back what the dead sender held. Return how many; call it only as the one sender of `channel`."""
    change = update(outbox).where(outbox.c.channel == channel, outbox.c.state == State.SENDING)
    return tx.execute(change.values(state=State.WAITING)).rowcount


def oldest_untried_at(tx: Connection) -> datetime | None:
    """Return since when the oldest message waits that is due and was never tried."""
    untried = (outbox.c.state == State.WAITING) & (outbox.c.attempts == 0) & (outbox.c.lane == Lane.LIVE)
    found: datetime | None = tx.execute(select(func.min(outbox.c.not_before)).where(untried)).scalar_one()
    return found


def count_by_state(tx: Connection) -> dict[tuple[str, str], int]:
    """Return how many messages are in each open state, by channel."""
    counted = select(outbox.c.channel, outbox.c.state, func.count()).where(outbox.c.state.in_(_OPEN))
    return {(c, s): n for c, s, n in tx.execute(counted.group_by(outbox.c.channel, outbox.c.state))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as the web channel shows it."""

    id: int
    place: str
    turn: int | None
    body: str
    created_at: datetime


def list_shown(
    tx: Connection, vault: Vault, *, address_id: int, at: datetime, limit: int = 50
) -> list[Shown]:
    """Return the newest messages to an address, oldest first, each as its last edit shows it.

    Those held back until later and those emptied since are left out.
    """
    alive = outbox.c.state.in_((State.WAITING, State.SENDING, State.SENT, State.UNKNOWN))
    fine = and_(alive, outbox.c.not_before <= at, func.length(outbox.c.sealed_body) > 0)
    rows = tx.execute(
        select(outbox)
        .where(outbox.c.address_id == address_id, fine)
        .order_by(outbox.c.id.desc())
        .limit(limit)
    ).all()
    bodies: dict[int, bytes] = {}
    for row in rows:  # newest first: the first edit seen is the last one made
        bodies.setdefault(row.edits_id or row.id, row.sealed_body)
    return [
        Shown(
            id=row.id,
            place=row.place,
            turn=row.turn,
            body=vault.open(bodies[row.id], _PURPOSE),
            created_at=row.created_at,
        )
        for row in reversed(rows)
        if row.edits_id is None
    ]


def forget_bodies(
    tx: Connection, before: datetime, states: Sequence[State] = (State.SENT, State.DROPPED, State.FAILED)
) -> int:
    """Empty the bodies of messages finished before `before`; the row stays for the count. Return how many."""
    old = (
        (outbox.c.finished_at < before) & outbox.c.state.in_(states) & (func.length(outbox.c.sealed_body) > 0)
    )
    return tx.execute(update(outbox).where(old).values(sealed_body=b"")).rowcount


def _due(row: Row[Any]) -> Due:  # Any: the columns are named below
    return Due(
        id=row.id,
        address_id=row.address_id,
        lane=row.lane,
        edits_id=row.edits_id,
        conversation_id=row.conversation_id,
        attempts=row.attempts,
        doubts=row.doubts,
        is_group=not row.is_citizen,
    )


def forget_conversation(tx: Connection, conversation_id: int) -> None:
    """Empty all finished messages of a conversation and drop those that wait."""
    mine = outbox.c.conversation_id == conversation_id
    tx.execute(update(outbox).where(mine, outbox.c.state == State.WAITING).values(state=State.DROPPED))
    tx.execute(update(outbox).where(mine, outbox.c.state.not_in(_OPEN)).values(sealed_body=b""))
