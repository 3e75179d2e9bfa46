"""Messages that a platform takes only once the person has written again: kept, and let go then."""

from datetime import datetime

from sqlalchemy import Connection, update

from storage.outbox import State
from storage.tables import outbox


def hold(tx: Connection, message_id: int, *, fault: str) -> None:
    """Keep a message, claimed or waiting, until the person writes again."""
    is_open = outbox.c.state.in_((State.WAITING, State.SENDING))
    change = update(outbox).where(outbox.c.id == message_id, is_open)
    tx.execute(change.values(state=State.HELD, fault=fault))


def release(tx: Connection, *, address_id: int, at: datetime) -> int:
    """Let go what was held for an address; questions of the survey are dropped, they are asked anew. Return how many go."""
    held = (outbox.c.address_id == address_id) & (outbox.c.state == State.HELD)
    asks = (outbox.c.place != "") & outbox.c.complaint_id.is_(None)
    tx.execute(update(outbox).where(held, asks).values(state=State.DROPPED, finished_at=at))
    fresh = {"state": State.WAITING, "not_before": at, "attempts": 0, "fault": None}
    return tx.execute(update(outbox).where(held).values(fresh)).rowcount
