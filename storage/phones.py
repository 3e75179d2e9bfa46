"""Invitations by phone number: what was put for which invitation, what it costs, what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, insert, select, update

from storage.outbox import State
from storage.tables import conversations, holders, outbox, responses
from storage.vault import Vault
from storage.zalo_tables import phone_invitations

RATES = range(1, 6)  # of a rating template, 5 the best
_PURPOSE = "phone note"
_LOCK = 7205759403792793602  # any number no other lock of this program has


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneInvitation:
    """An invitation by phone number as stored."""

    invitation_id: int
    outbox_id: int
    address_id: int
    state: State  # of its message
    has_arrived: bool
    is_rated: bool
    has_note: bool


def lock(tx: Connection) -> None:
    """Let no other process put an invitation by phone number until the commit.

    Take it before any row is made: who waits for it must hold nothing that its holder may want.
    """
    if tx.dialect.name == "postgresql":  # SQLite has one writer
        tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def put(
    tx: Connection, *, invitation_id: int, tracking_id: str, outbox_id: int, price_vnd: int, at: datetime
) -> None:
    """Note that a message was put for an invitation: one, ever."""
    row = {
        "invitation_id": invitation_id,
        "tracking_id": tracking_id,
        "outbox_id": outbox_id,
        "price_vnd": price_vnd,
        "put_at": at,
    }
    tx.execute(insert(phone_invitations), row)


def count_spent(tx: Connection, since: datetime, until: datetime) -> int:
    """Return what the messages cost that were put from `since` to before `until`."""
    put_then = (phone_invitations.c.put_at >= since) & (phone_invitations.c.put_at < until)
    spent = select(func.coalesce(func.sum(phone_invitations.c.price_vnd), 0)).where(put_then)
    return int(tx.execute(spent).scalar_one())


def find(tx: Connection, invitation_id: int) -> PhoneInvitation | None:
    """Return what was put for an invitation, or None."""
    return _find(tx, phone_invitations.c.invitation_id == invitation_id)


def find_by_tracking(tx: Connection, tracking_id: str) -> PhoneInvitation | None:
    """Return the invitation with that tracking id, or None."""
    return _find(tx, phone_invitations.c.tracking_id == tracking_id)


def find_by_message(tx: Connection, outbox_id: int) -> PhoneInvitation | None:
    """Return the invitation whose message that is, or None when it is another kind of message."""
    return _find(tx, phone_invitations.c.outbox_id == outbox_id)


def has_declined(tx: Connection, address_id: int) -> bool:
    """Whether somebody invited at that number has said no."""
    said_no = (
        select(conversations.c.id)
        .join(holders, holders.c.invitation_id == conversations.c.invitation_id)
        .where(holders.c.address_id == address_id, conversations.c.status == "declined")
    )
    return tx.execute(said_no.limit(1)).first() is not None


def note_arrived(tx: Connection, found: PhoneInvitation, at: datetime) -> None:
    """Note that the message is on the phone."""
    mine = phone_invitations.c.invitation_id == found.invitation_id
    tx.execute(update(phone_invitations).where(mine).values(delivered_at=at))
    tx.execute(update(outbox).where(outbox.c.id == found.outbox_id).values(delivered_at=at))


def keep_rating(
    tx: Connection, vault: Vault, invitation_id: int, *, rate: int, note: str, at: datetime
) -> bool:
    """Keep the mark a message was answered with. False when there is one already: the first stands."""
    unrated = (phone_invitations.c.invitation_id == invitation_id) & phone_invitations.c.rated_at.is_(None)
    sealed = vault.seal(note, _PURPOSE) if note else None
    change = update(phone_invitations).where(unrated)
    return tx.execute(change.values(rate=rate, sealed_note=sealed, rated_at=at)).rowcount == 1


def load_note(tx: Connection, vault: Vault, invitation_id: int) -> str:
    """Return the words beside a mark, "" without any."""
    mine = phone_invitations.c.invitation_id == invitation_id
    sealed = tx.execute(select(phone_invitations.c.sealed_note).where(mine)).scalar_one_or_none()
    return "" if sealed is None else vault.open(sealed, _PURPOSE)


def count_ratings(tx: Connection, since: datetime, until: datetime) -> tuple[int, ...]:
    """Return how often each mark, 1 to 5, was given from `since` to before `until` by people who handed in no form."""
    one = phone_invitations.c
    has_response = exists().where(responses.c.invitation_id == one.invitation_id)
    given = one.rate.is_not(None) & (one.rated_at >= since) & (one.rated_at < until)
    query = select(one.rate, func.count()).where(given, ~has_response).group_by(one.rate)
    counted = {row[0]: row[1] for row in tx.execute(query)}
    return tuple(counted.get(rate, 0) for rate in RATES)


def erase(tx: Connection, found: PhoneInvitation, *, place: str, at: datetime) -> None:
    """Forget the words beside a mark, the message, and what was posted at `place`; the cost stays.

    So does the mark, unless there is a form as well: once that has lost its dossier both would count.
    """
    mine = phone_invitations.c.invitation_id == found.invitation_id
    has_response = exists().where(responses.c.invitation_id == found.invitation_id)
    tx.execute(update(phone_invitations).where(mine).values(sealed_note=None))
    tx.execute(update(phone_invitations).where(mine, has_response).values(rate=None))
    messages = outbox.c.id == found.outbox_id
    if found.has_note:
        messages |= outbox.c.place == place
    is_pending = outbox.c.state.in_((State.WAITING, State.HELD))
    dropped = {"state": State.DROPPED, "finished_at": at}
    tx.execute(update(outbox).where(messages, is_pending).values(dropped))
    is_open = outbox.c.state == State.SENDING
    tx.execute(update(outbox).where(messages, ~is_open).values(sealed_body=b""))


def let_go(tx: Connection, found: PhoneInvitation) -> bool:
    """Take the invitation from its number. Whether the number holds no other one."""
    mine = holders.c.address_id == found.address_id
    tx.execute(holders.delete().where(mine, holders.c.invitation_id == found.invitation_id))
    return tx.execute(select(holders.c.invitation_id).where(mine).limit(1)).first() is None


def _find(tx: Connection, wanted: ColumnElement[bool]) -> PhoneInvitation | None:
    query = select(phone_invitations, outbox.c.address_id, outbox.c.state).join(
        outbox, outbox.c.id == phone_invitations.c.outbox_id
    )
    row = tx.execute(query.where(wanted)).one_or_none()
    return None if row is None else _phone_invitation(row)


def _phone_invitation(row: Row[Any]) -> PhoneInvitation:  # Any: the columns are named below
    return PhoneInvitation(
        invitation_id=row.invitation_id,
        outbox_id=row.outbox_id,
        address_id=row.address_id,
        state=State(row.state),
        has_arrived=row.delivered_at is not None,
        is_rated=row.rated_at is not None,
        has_note=row.sealed_note is not None,
    )
