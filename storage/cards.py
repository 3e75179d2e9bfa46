"""Messages about complaints in the outbox: the cards in the chats of staff, and what is written to the citizen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from storage.case_tables import complaints
from storage.outbox import PENDING, State
from storage.tables import addresses, outbox
from storage.vault import Vault

TOLD = "told"  # place of what the citizen wrote
CARD = "card"  # place of a card; it is drawn over as the case moves
REPLY = "reply"  # place of what staff wrote to the citizen
FILE = "file"  # place of a picture or file that is passed on
_LONGEST_ID = 18  # digits of an outbox id
_OPEN_CASES = ("new", "claimed")
_ALIVE = (State.WAITING, State.HELD, State.SENDING, State.SENT, State.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card of a case in a chat."""

    id: int
    address_id: int
    channel: str
    is_out: bool  # it has left or is leaving; otherwise its text can still be replaced


def list_cards(tx: Connection, complaint_id: int) -> list[Card]:
    """Return every card of a case that was or will be sent, oldest first; a chat may have several."""
    mine = (outbox.c.complaint_id == complaint_id) & (outbox.c.place == CARD) & outbox.c.edits_id.is_(None)
    rows = tx.execute(select(outbox).where(mine, outbox.c.state.in_(_ALIVE)).order_by(outbox.c.id))
    return [
        Card(
            id=row.id,
            address_id=row.address_id,
            channel=row.channel,
            is_out=row.state not in PENDING or (row.state == State.WAITING and row.attempts > 0),
        )
        for row in rows
    ]


def replace_body(tx: Connection, vault: Vault, message_id: int, body: str) -> bool:
    """Put another text into a message that still waits. False when it has left."""
    waits = (outbox.c.id == message_id) & outbox.c.state.in_(PENDING)
    return (
        tx.execute(update(outbox).where(waits).values(sealed_body=vault.seal(body, "outbox"))).rowcount == 1
    )


def drop_card(tx: Connection, message_id: int, at: datetime) -> bool:
    """Do not send a card that still waits. False when it has left."""
    waits = (outbox.c.id == message_id) & outbox.c.state.in_(PENDING)
    change = update(outbox).where(waits).values(state=State.DROPPED, finished_at=at)
    return tx.execute(change).rowcount == 1


def drop_elsewhere(tx: Connection, complaint_id: int, here: Collection[int], at: datetime) -> None:
    """Do not send what still waits about a case for chats of staff that are not `here`."""
    citizens = select(addresses.c.id).where(addresses.c.is_citizen)
    waits = (outbox.c.complaint_id == complaint_id) & outbox.c.state.in_(PENDING)
    waits &= outbox.c.place != CARD  # those are drawn over: one that was tried may be out
    elsewhere = waits & outbox.c.address_id.not_in(list(here)) & outbox.c.address_id.not_in(citizens)
    tx.execute(update(outbox).where(elsewhere).values(state=State.DROPPED, finished_at=at))


def hasten_cards(tx: Connection, complaint_id: int, at: datetime) -> None:
    """Let cards of a case that are held back go at `at`."""
    mine = (outbox.c.complaint_id == complaint_id) & (outbox.c.place == CARD)
    waits = (outbox.c.state == State.WAITING) & (outbox.c.not_before > at)
    tx.execute(update(outbox).where(mine, waits).values(not_before=at))


@dataclass(frozen=True, slots=True)
class Answered:
    """A message of ours that somebody answers: its case, and its place ("card", "told", "ask.note", …)."""

    complaint_id: int
    place: str


def find_by_ref(tx: Connection, *, address_id: int, message_ref: str) -> int | None:
    """Return the case that a message in a chat is about, by the platform's id of the message."""
    found = find_answered(tx, address_id=address_id, message_ref=message_ref)
    return None if found is None else found.complaint_id


def find_answered(tx: Connection, *, address_id: int, message_ref: str) -> Answered | None:
    """Return the message about a case that is answered in a chat, by the platform's id of the message.

    A message on the web has no other id than its own, even before the sender has noted that it is out.
    """
    named = outbox.c.message_ref == message_ref
    if message_ref.isascii() and message_ref.isdecimal() and len(message_ref) <= _LONGEST_ID:
        named |= (outbox.c.channel == "web") & (outbox.c.id == int(message_ref))
    named &= outbox.c.complaint_id.is_not(None)
    query = select(outbox.c.complaint_id, outbox.c.place).order_by(outbox.c.id.desc()).limit(1)
    found = tx.execute(query.where(outbox.c.address_id == address_id, named)).one_or_none()
    if found is None:
        moved = select(addresses.c.id).where(addresses.c.moved_to_id == address_id)
        found = tx.execute(query.where(outbox.c.address_id.in_(moved), named)).one_or_none()
    return None if found is None else Answered(int(found.complaint_id), found.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCard:
    """The newest card of a case in a room on the web."""

    id: int
    complaint_id: int
    created_at: datetime


def list_room_cards(tx: Connection, *, address_id: int, at: datetime, closed: int) -> list[RoomCard]:
    """Return the newest card of each case that a room shows by now, oldest first: of all open cases, of few closed ones."""
    newest = select(func.max(outbox.c.id)).where(_is_in_room(address_id, at), outbox.c.place == CARD)
    newest = newest.where(outbox.c.complaint_id.is_not(None)).group_by(outbox.c.complaint_id)
    query = select(outbox.c.id, outbox.c.complaint_id, outbox.c.created_at)
    query = query.join(complaints, complaints.c.id == outbox.c.complaint_id).where(outbox.c.id.in_(newest))
    is_open = complaints.c.status.in_(_OPEN_CASES)
    rows = [
        *tx.execute(query.where(is_open)),
        *tx.execute(query.where(~is_open).order_by(outbox.c.id.desc()).limit(closed)),
    ]
    rows.sort(key=lambda row: int(row.id))
    return [RoomCard(id=row.id, complaint_id=row.complaint_id, created_at=row.created_at) for row in rows]


def stamp_room(tx: Connection, *, address_id: int, at: datetime) -> tuple[int, ...]:
    """Return numbers that change whenever what a room shows has changed; cheaper than showing it."""
    here = _is_in_room(address_id, at)
    newest, count = tx.execute(select(func.max(outbox.c.id), func.count()).where(here)).one()
    shown = select(outbox.c.complaint_id).where(here, outbox.c.complaint_id.is_not(None))
    mine = complaints.c.id.in_(shown)
    revisions = tx.execute(select(func.sum(complaints.c.revision)).where(mine)).scalar_one()
    is_late = complaints.c.status.in_(_OPEN_CASES) & (complaints.c.due_at < at)
    late = tx.execute(select(func.count()).where(mine, is_late)).scalar_one()
    return int(newest or 0), int(count), int(revisions or 0), int(late)


def newest_in_room(tx: Connection, *, address_id: int, at: datetime) -> int:
    """Return the newest message of a room, 0 without one."""
    return int(tx.execute(select(func.max(outbox.c.id)).where(_is_in_room(address_id, at))).scalar_one() or 0)


def _is_in_room(address_id: int, at: datetime) -> ColumnElement[bool]:
    alive = outbox.c.state.in_(_ALIVE) & (outbox.c.not_before <= at)
    return (outbox.c.address_id == address_id) & alive


def list_stuck(tx: Connection, before: datetime, *, limit: int) -> list[tuple[int, int, int]]:
    """Return (message, case, address) of cards that should have arrived before `before` and have not.

    Those of a chat that has taken other messages since only wait for their turn.
    """
    stuck = (outbox.c.place == CARD) & outbox.c.edits_id.is_(None) & (outbox.c.complaint_id.is_not(None))
    stuck &= outbox.c.state.in_((State.WAITING, State.SENDING))
    query = select(
        outbox.c.id, outbox.c.complaint_id, outbox.c.address_id, outbox.c.not_before, outbox.c.attempts
    )
    other = outbox.alias("other")
    moves = exists().where(
        other.c.address_id == outbox.c.address_id, other.c.state == State.SENT, other.c.finished_at > before
    )
    rows = tx.execute(
        query.where(stuck, ~moves, outbox.c.created_at <= before).order_by(outbox.c.id).limit(limit)
    )
    return [
        (row.id, row.complaint_id, row.address_id)
        for row in rows
        if row.attempts > 0 or row.not_before <= before
    ]


def list_unshown(tx: Connection, before: datetime, at: datetime, *, route: str, limit: int) -> list[int]:
    """Return the open cases of a route that staff may see at `at`, that no chat shows, and that none was to show since `before`."""
    mine = (outbox.c.complaint_id == complaints.c.id) & (outbox.c.place == CARD) & outbox.c.edits_id.is_(None)
    is_shown = exists().where(mine, outbox.c.state.in_(_ALIVE) | (outbox.c.created_at > before))
    wanted = complaints.c.status.in_(_OPEN_CASES) & (complaints.c.route == route)
    wanted &= (complaints.c.shown_at <= at) & ~is_shown
    return list(
        tx.execute(select(complaints.c.id).where(wanted).order_by(complaints.c.id).limit(limit)).scalars()
    )


def list_waiting_replies(tx: Connection, address_id: int) -> list[int]:
    """Return the cases about which something that staff wrote still waits for an address."""
    waits = (outbox.c.address_id == address_id) & (outbox.c.place == REPLY)
    waits &= outbox.c.state.in_(PENDING) & outbox.c.complaint_id.is_not(None)
    found = select(outbox.c.complaint_id).where(waits).distinct()
    return [int(case) for case in tx.execute(found.order_by(outbox.c.complaint_id)).scalars()]


def state_of(tx: Connection, message_id: int) -> State:
    """Return what became of a message."""
    return State(tx.execute(select(outbox.c.state).where(outbox.c.id == message_id)).scalar_one())


def forget_case(tx: Connection, complaint_id: int) -> None:
    """Empty what was written about a case, as far as it has left."""
    mine = outbox.c.complaint_id == complaint_id
    gone = outbox.c.state.not_in((State.WAITING, State.SENDING))
    tx.execute(update(outbox).where(mine, gone).values(sealed_body=b""))
