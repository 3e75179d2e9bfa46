"""The inbox: keys of what was taken in, and what could not be handled. A key may hold the number of a chat: only its
keyed hash is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.tables import inbox_keys, parked
from storage.upsert import insert_or_ignore
from storage.vault import Vault

MAX_ATTEMPTS = 5
_PURPOSE = "parked"


def hash_key(vault: Vault, channel: str, key: str) -> str:
    """Return what is kept of the key of an inbound, and what stands for it in the log."""
    return vault.digest("inbox", f"{channel}:{key}").hex()


def put_keys(tx: Connection, vault: Vault, channel: str, keys: Sequence[str], at: datetime) -> bool:
    """Mark an inbound as taken in under all its keys. False when one of them was there: it is a repetition."""
    for key in keys:
        row = {"channel": channel, "key": hash_key(vault, channel, key), "received_at": at}
        if tx.execute(insert_or_ignore(tx, inbox_keys), row).rowcount == 0:
            return False
    return True


def forget_keys(tx: Connection, before: datetime) -> int:
    """Drop the keys older than `before`: no platform repeats for that long. Return how many."""
    return tx.execute(delete(inbox_keys).where(inbox_keys.c.received_at < before)).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """An inbound whose handling failed."""

    id: int
    channel: str
    key: str
    sealed: bytes
    fault: str
    attempts: int
    retry_at: datetime | None
    created_at: datetime


def keep_for_retry(
    tx: Connection, vault: Vault, *, channel: str, key: str, raw: str, fault: str, at: datetime
) -> None:
    """Keep the raw inbound, sealed; kept already, nothing changes."""
    row = {
        "channel": channel,
        "key": hash_key(vault, channel, key),
        "sealed": vault.seal(raw, _PURPOSE),
        "fault": fault[:100],
        "retry_at": at + timedelta(seconds=5),
        "created_at": at,
    }
    tx.execute(insert_or_ignore(tx, parked), row)


def find_retries(tx: Connection, at: datetime) -> list[Parked]:
    """Return what is due for another try, oldest first."""
    rows = tx.execute(select(parked).where(parked.c.retry_at <= at).order_by(parked.c.id).limit(20))
    return [_parked(row) for row in rows]


def retry_or_park(tx: Connection, entry: Parked, fault: str, at: datetime) -> bool:
    """After another failure: try later, or set aside for a person. True when it was set aside."""
    attempts = entry.attempts + 1
    is_over = attempts >= MAX_ATTEMPTS
    retry_at = None if is_over else at + timedelta(seconds=5 * 4**attempts)
    change = update(parked).where(parked.c.id == entry.id)
    tx.execute(change.values(attempts=attempts, fault=fault[:100], retry_at=retry_at))
    return is_over


def finish_retry(tx: Connection, entry: Parked) -> None:
    """The other try went well: forget the inbound."""
    tx.execute(delete(parked).where(parked.c.id == entry.id))


def open_raw(vault: Vault, entry: Parked) -> str:
    """Return the raw inbound that was kept. Raises SealError."""
    return vault.open(entry.sealed, _PURPOSE)


def forget_parked(tx: Connection, before: datetime) -> int:
    """Drop the inbounds kept before `before`, whoever waits for them. Return how many."""
    return tx.execute(delete(parked).where(parked.c.created_at < before)).rowcount


def list_parked(tx: Connection) -> list[Parked]:
    """Return everything that waits for a person or another try."""
    return [_parked(row) for row in tx.execute(select(parked).order_by(parked.c.id))]


def _parked(row: Row[Any]) -> Parked:  # Any: the columns are named below
    return Parked(
        id=row.id,
        channel=row.channel,
        key=row.key,
        sealed=row.sealed,
        fault=row.fault,
        attempts=row.attempts,
        retry_at=row.retry_at,
        created_at=row.created_at,
    )
