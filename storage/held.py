"""Messages that a platform takes only once the person has written again: kept, and let go then."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.addresses import erase_if_free
from storage.outbox import State
from storage.tables import addresses, conversations, outbox


def hold(tx: Connection, message_id: int, *, fault: str) -> None:
    """Keep a message, claimed or waiting, until the person writes again.

    Not what was said to somebody who was erased meanwhile: nothing of that is kept, and the goodbye is not waited for.
    """
    is_open = outbox.c.state.in_((State.WAITING, State.SENDING))
    change = update(outbox).where(outbox.c.id == message_id, is_open)
    query = (
        select(outbox.c.erases_address, outbox.c.address_id, addresses.c.sealed, conversations.c.status)
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .outerjoin(conversations, conversations.c.id == outbox.c.conversation_id)
    )
    row = tx.execute(query.where(outbox.c.id == message_id, is_open)).one_or_none()
    if row is not None and (row.erases_address or row.sealed is None or row.status == "erased"):
        tx.execute(change.values(state=State.DROPPED, fault=fault, sealed_body=b""))
        if row.erases_address:
            erase_if_free(tx, row.address_id)
        return
    tx.execute(change.values(state=State.HELD, fault=fault))


def was_heard_since(tx: Connection, message_id: int) -> bool:
    """Whether the person wrote after a message was put: the platform may have refused it before it knew."""
    here = (outbox.c.id == message_id) & (addresses.c.id == outbox.c.address_id)
    heard = select(outbox.c.id).where(here, addresses.c.heard_at > outbox.c.created_at)
    return tx.execute(heard).first() is not None


def release(tx: Connection, *, address_id: int, at: datetime) -> int:
    """Let go what was held for an address; questions of the survey are dropped, they are asked anew. Return how many go."""
    held = (outbox.c.address_id == address_id) & (outbox.c.state == State.HELD)
    asks = (outbox.c.place != "") & outbox.c.complaint_id.is_(None)
    tx.execute(update(outbox).where(held, asks).values(state=State.DROPPED, finished_at=at))
    fresh = {"state": State.WAITING, "not_before": at, "attempts": 0, "fault": None}
    return tx.execute(update(outbox).where(held).values(fresh)).rowcount


def move(tx: Connection, *, conversation_id: int, address_id: int, channel: str, at: datetime) -> int:
    """Let what was held about a person's case go where she writes now. Return how many messages that are."""
    held = (outbox.c.conversation_id == conversation_id) & (outbox.c.state == State.HELD)
    elsewhere = held & (outbox.c.address_id != address_id) & outbox.c.complaint_id.is_not(None)
    there = {"address_id": address_id, "channel": channel, "state": State.WAITING, "not_before": at}
    return tx.execute(update(outbox).where(elsewhere).values(**there, attempts=0, fault=None)).rowcount
