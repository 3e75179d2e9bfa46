"""What the web shows of the outbox: a page is drawn from it, nothing is sent there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from storage.outbox import PURPOSE, State
from storage.tables import addresses, outbox
from storage.vault import Vault


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
            body=vault.open(bodies[row.id], PURPOSE),
            created_at=row.created_at,
        )
        for row in reversed(rows)
        if row.edits_id is None
    ]


def list_about(tx: Connection, vault: Vault, *, complaint_id: int, at: datetime) -> list[Shown]:
    """Return what was said to the citizen about a complaint, on whichever channel, oldest first.

    What another channel does not take (yet) is among it: her page is where she finds it.
    """
    mine = (outbox.c.complaint_id == complaint_id) & outbox.c.edits_id.is_(None)
    citizens = outbox.c.address_id.in_(select(addresses.c.id).where(addresses.c.is_citizen))
    alive = outbox.c.state.not_in((State.DROPPED,)) & (outbox.c.not_before <= at)
    full = func.length(outbox.c.sealed_body) > 0
    rows = tx.execute(select(outbox).where(mine, citizens, alive, full).order_by(outbox.c.id)).all()
    return [
        Shown(
            id=row.id,
            place=row.place,
            turn=row.turn,
            body=vault.open(row.sealed_body, PURPOSE),
            created_at=row.created_at,
        )
        for row in rows
    ]
