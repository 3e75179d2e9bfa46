"""The outbox: what is to be said, in order for each chat. A sender claims what is due and finishes it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, insert, or_, select, update

from storage.addresses import erase_if_free
from storage.report_files import StoredFile
from storage.tables import addresses, conversations, outbox
from storage.vault import Vault
from survey.message import Message, load_message

PURPOSE = "outbox"


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
    HELD = "held"  # the platform takes it once the person has written again


RELEASED = "released"  # fault of what a sender held that died
_OPEN = (State.WAITING, State.SENDING)
PENDING = (State.WAITING, State.HELD)  # not on their way yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message that may go out now."""

    id: int
    address_id: int
    lane: int
    edits_id: int | None
    conversation_id: int | None
    complaint_id: int | None = None
    place: str = ""
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
    files: tuple[StoredFile, ...] = ()  # what goes out with it
    is_repeat: bool = False  # it may be out already: its sender died, or nothing was heard of it

    def load(self) -> tuple[Message, str]:
        """Return the message and what its buttons belong to: "12" a conversation, "c12" a complaint, "r2026-Q3" a report, "" nothing."""
        values = json.loads(self.body)
        return load_message(values["message"]), subject_of(values)


def subject_of(values: Mapping[str, object]) -> str:
    """Return what the buttons of a kept message belong to, as `Claimed.load` does."""
    if values.get("complaint") is not None:
        return f"c{values['complaint']}"
    if values.get("period") is not None:
        return f"r{values['period']}"
    return "" if values["conversation"] is None else str(values["conversation"])


def load_body(vault: Vault, sealed: bytes) -> Message:
    """Return a message as it was put. Raises SealError."""
    return load_message(json.loads(vault.open(sealed, PURPOSE))["message"])


def find_newest(tx: Connection, vault: Vault, *, address_id: int) -> tuple[int | None, Message] | None:
    """Return the newest message that was shown to an address and the case it is about."""
    shown = outbox.c.state.in_((State.SENDING, State.SENT, State.UNKNOWN)) & outbox.c.edits_id.is_(None)
    mine = (outbox.c.address_id == address_id) & shown
    row = tx.execute(select(outbox).where(mine).order_by(outbox.c.id.desc()).limit(1)).one_or_none()
    if row is None or not row.sealed_body:
        return None
    return row.complaint_id, load_body(vault, row.sealed_body)


def was_written_to(tx: Connection, *, address_id: int, since: datetime) -> bool:
    """Whether something was put for an address since then."""
    fresh = (outbox.c.address_id == address_id) & (outbox.c.created_at >= since)
    return tx.execute(select(outbox.c.id).where(fresh).limit(1)).first() is not None


def get_due(tx: Connection, message_id: int) -> Due:
    """Return a message as the sender sees it."""
    query = select(outbox, addresses.c.is_citizen).join(addresses, addresses.c.id == outbox.c.address_id)
    return _due(tx.execute(query.where(outbox.c.id == message_id)).one())


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
    complaint_id: int | None = None,
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
        "complaint_id": complaint_id,
        "turn": turn,
        "place": place,
        "lane": int(lane),
        "edits_id": edits_id,
        "sealed_body": vault.seal(body, PURPOSE),
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
    asks &= outbox.c.complaint_id.is_(None)
    change = update(outbox).where(asks, outbox.c.state.in_(PENDING))
    tx.execute(change.values(state=State.DROPPED, finished_at=at))


def drop_bulk(tx: Connection, *, invitation_ids: Collection[int], at: datetime) -> None:
    """Drop the invitations and reminders that wait: these dossiers were answered elsewhere."""
    talks = select(conversations.c.id).where(conversations.c.invitation_id.in_(invitation_ids))
    mine = outbox.c.conversation_id.in_(talks) & (outbox.c.lane == Lane.BULK)
    change = update(outbox).where(mine, outbox.c.state.in_(PENDING))
    tx.execute(change.values(state=State.DROPPED, finished_at=at))


def supersede_edits(tx: Connection, *, edits_id: int, at: datetime) -> None:
    """Drop the waiting edits of a message: a newer one shows more."""
    change = update(outbox).where(outbox.c.edits_id == edits_id, outbox.c.state.in_(PENDING))
    tx.execute(change.values(state=State.DROPPED, finished_at=at))


def drop_waiting(tx: Connection, *, address_id: int, at: datetime) -> None:
    """Drop everything that waits for an address; a goodbye after an erasure still takes the address with it."""
    change = update(outbox).where(outbox.c.address_id == address_id, outbox.c.state.in_(PENDING))
    change = change.values(state=State.DROPPED, finished_at=at)
    if any(tx.execute(change.returning(outbox.c.erases_address)).scalars().all()):
        erase_if_free(tx, address_id)


def hasten(tx: Connection, meant_for: datetime, at: datetime) -> None:
    """Let go at `at` what was to be said at once by a run as of a later moment; what was to wait longer waits."""
    made = (outbox.c.created_at == meant_for) & (outbox.c.not_before == meant_for)
    tx.execute(update(outbox).where(made, outbox.c.state == State.WAITING).values(not_before=at))


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
    query = select(outbox, addresses.c.is_citizen).join(addresses, addresses.c.id == outbox.c.address_id)
    query = query.where(outbox.c.channel == channel, _is_due(at), ~_is_blocked(at))
    rows = tx.execute(query.order_by(outbox.c.lane, outbox.c.id).limit(limit))
    return [_due(row) for row in rows]


def _is_due(at: datetime) -> ColumnElement[bool]:
    return (outbox.c.state == State.WAITING) & (outbox.c.not_before <= at)


def _is_blocked(at: datetime) -> ColumnElement[bool]:
    """Whether another message of the same chat goes first."""
    earlier = outbox.alias("earlier")
    waits_before = and_(
        earlier.c.state == State.WAITING,
        earlier.c.lane <= outbox.c.lane,
        or_(earlier.c.lane < outbox.c.lane, earlier.c.id < outbox.c.id),
        or_(earlier.c.not_before <= at, earlier.c.attempts > 0),
    )
    goes_first = or_(earlier.c.state == State.SENDING, waits_before)
    return exists().where(earlier.c.address_id == outbox.c.address_id, goes_first)


def claim(tx: Connection, vault: Vault, entry: Due, at: datetime) -> Claimed | None:
    """Take a due message for sending; None when it is gone, superseded, or there is nobody to send it to."""
    change = update(outbox).where(outbox.c.id == entry.id, outbox.c.state == State.WAITING)
    change = change.values(state=State.SENDING, attempts=outbox.c.attempts + 1)
    row = tx.execute(
        change.returning(outbox.c.sealed_body, outbox.c.address_id, outbox.c.fault, outbox.c.erases_address)
    ).one_or_none()
    if row is None:
        return None
    if not row.erases_address and _is_erased(
        tx, entry.conversation_id
    ):  # it was on its way when she was erased
        finish(tx, entry.id, State.DROPPED, at)
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
        body=vault.open(row.sealed_body, PURPOSE),
        edits_ref=edits_ref,
        is_repeat=entry.doubts > 0 or row.fault == RELEASED,
    )


def _is_erased(tx: Connection, conversation_id: int | None) -> bool:
    """Whether what a conversation held was erased: its words go nowhere any more."""
    if conversation_id is None:
        return False
    status = select(conversations.c.status).where(conversations.c.id == conversation_id)
    return tx.execute(status).scalar_one_or_none() == "erased"


def _is_superseded(tx: Connection, message_id: int) -> bool:
    """Whether a newer question of the conversation was put while this one was on its way and could not be dropped."""
    newer = outbox.alias("newer")
    asks = (outbox.c.id == message_id) & (outbox.c.place != "") & (outbox.c.lane != Lane.EDIT)
    asks &= outbox.c.complaint_id.is_(None)
    later = (newer.c.conversation_id == outbox.c.conversation_id) & (newer.c.id > outbox.c.id)
    asks_too = (
        newer.c.complaint_id.is_(None)
        & (newer.c.place != "")
        & (newer.c.lane != Lane.EDIT)
        & (newer.c.state != State.DROPPED)
    )
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
    change = change.values(state=state, finished_at=at, fault=fault)
    if message_ref is not None:
        change = change.values(message_ref=message_ref)
    told = (outbox.c.erases_address, outbox.c.address_id, outbox.c.conversation_id)
    row = tx.execute(change.returning(*told)).one()
    if row.erases_address:
        erase_if_free(tx, row.address_id)
    if _is_erased(tx, row.conversation_id):
        tx.execute(update(outbox).where(outbox.c.id == message_id).values(sealed_body=b""))


def has_ref(tx: Connection, message_id: int) -> bool:
    """Whether the platform's id of a new message is known: then it is out."""
    is_out = outbox.c.message_ref.is_not(None) & outbox.c.edits_id.is_(None)
    return tx.execute(select(outbox.c.id).where(outbox.c.id == message_id, is_out)).first() is not None


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
    return tx.execute(change.values(state=State.WAITING, fault=RELEASED)).rowcount


def oldest_untried_at(tx: Connection, channels: Collection[str], at: datetime) -> datetime | None:
    """Return since when the oldest message on some channels waits that is due and was never tried.

    One that waits for an earlier message of its chat does not count: that one is tried again, or counts itself.
    """
    untried = (outbox.c.attempts == 0) & (outbox.c.lane == Lane.LIVE) & outbox.c.channel.in_(channels)
    oldest = select(func.min(outbox.c.not_before)).where(untried, _is_due(at), ~_is_blocked(at))
    found: datetime | None = tx.execute(oldest).scalar_one()
    return found


def count_by_state(tx: Connection) -> dict[tuple[str, str], int]:
    """Return how many messages are in each open state, by channel."""
    counted = select(outbox.c.channel, outbox.c.state, func.count()).where(outbox.c.state.in_(_OPEN))
    return {(c, s): n for c, s, n in tx.execute(counted.group_by(outbox.c.channel, outbox.c.state))}


def forget_bodies(tx: Connection, before: datetime, *, limit: int) -> int:
    """Empty the bodies of messages finished before `before`; the row stays for the count. Return how many."""
    ended_at = func.coalesce(outbox.c.finished_at, outbox.c.created_at)
    old = (
        (ended_at < before)
        & outbox.c.state.not_in((*_OPEN, State.HELD))
        & (func.length(outbox.c.sealed_body) > 0)
    )
    found = select(outbox.c.id).where(old).limit(limit)
    return tx.execute(update(outbox).where(outbox.c.id.in_(found)).values(sealed_body=b"")).rowcount


def drop_stale(tx: Connection, before: datetime, at: datetime, *, limit: int) -> int:
    """Drop what has waited since before `before`, for a channel that is off or a person who never wrote again. Return how many."""
    old = (outbox.c.state.in_(PENDING)) & (outbox.c.not_before < before)
    found = select(outbox.c.id).where(old).limit(limit)
    change = update(outbox).where(outbox.c.id.in_(found))
    return tx.execute(change.values(state=State.DROPPED, finished_at=at, sealed_body=b"")).rowcount


def _due(row: Row[Any]) -> Due:  # Any: the columns are named below
    return Due(
        id=row.id,
        address_id=row.address_id,
        lane=row.lane,
        edits_id=row.edits_id,
        conversation_id=row.conversation_id,
        complaint_id=row.complaint_id,
        place=row.place,
        attempts=row.attempts,
        doubts=row.doubts,
        is_group=not row.is_citizen,
    )


def forget_conversation(tx: Connection, conversation_id: int) -> None:
    """Empty all finished messages of a conversation and drop those that wait."""
    mine = outbox.c.conversation_id == conversation_id
    tx.execute(update(outbox).where(mine, outbox.c.state.in_(PENDING)).values(state=State.DROPPED))
    tx.execute(update(outbox).where(mine, outbox.c.state.not_in(_OPEN)).values(sealed_body=b""))


def forget_address(tx: Connection, address_id: int, at: datetime) -> None:
    """Empty all finished messages to an address and drop those that wait."""
    mine = outbox.c.address_id == address_id
    dropped = {"state": State.DROPPED, "finished_at": at}
    tx.execute(update(outbox).where(mine, outbox.c.state.in_(PENDING)).values(dropped))
    tx.execute(update(outbox).where(mine, outbox.c.state.not_in(_OPEN)).values(sealed_body=b""))
