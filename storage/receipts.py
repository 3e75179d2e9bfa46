"""What a platform tells of messages after they were sent: shown in the chat, on the phone, looked at."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from storage.outbox import State, load_body
from storage.tables import outbox
from storage.vault import Vault

_LOOK_BACK = 20  # messages whose fate is unknown, of one chat


def is_known(tx: Connection, *, address_id: int, message_ref: str) -> bool:
    """Whether a message of ours has that id of the platform."""
    mine = (outbox.c.address_id == address_id) & (outbox.c.message_ref == message_ref)
    return tx.execute(select(outbox.c.id).where(mine).limit(1)).first() is not None


def list_doubtful(tx: Connection, vault: Vault, *, address_id: int) -> list[tuple[int, State, str]]:
    """Return the messages to an address that may be out without our knowing, oldest first: id, state, plain text."""
    maybe = or_(
        outbox.c.state.in_((State.SENDING, State.UNKNOWN)),
        (outbox.c.state == State.WAITING) & ((outbox.c.doubts > 0) | (outbox.c.fault == "released")),
    )
    mine = (outbox.c.address_id == address_id) & outbox.c.message_ref.is_(None) & outbox.c.edits_id.is_(None)
    full = func.length(outbox.c.sealed_body) > 0
    rows = tx.execute(select(outbox).where(mine, maybe, full).order_by(outbox.c.id).limit(_LOOK_BACK))
    return [(row.id, State(row.state), load_body(vault, row.sealed_body).plain()) for row in rows]


def keep_ref(tx: Connection, message_id: int, message_ref: str) -> None:
    """Note the platform's id of a message that is on its way."""
    change = update(outbox).where(outbox.c.id == message_id, outbox.c.message_ref.is_(None))
    tx.execute(change.values(message_ref=message_ref))


def note_delivered(
    tx: Connection, *, address_id: int, refs: Collection[str], at: datetime, is_seen: bool
) -> list[int]:
    """Note that messages are on the person's phone, or were looked at. Return those whose fate was unknown till now."""
    mine = (outbox.c.address_id == address_id) & outbox.c.message_ref.in_(refs)
    unknown = list(tx.execute(select(outbox.c.id).where(mine, outbox.c.state == State.UNKNOWN)).scalars())
    tx.execute(update(outbox).where(mine, outbox.c.delivered_at.is_(None)).values(delivered_at=at))
    if is_seen:
        tx.execute(update(outbox).where(mine, outbox.c.seen_at.is_(None)).values(seen_at=at))
    return [int(number) for number in unknown]
