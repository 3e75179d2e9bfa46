"""Addresses: where somebody is on a channel. The platform's id is kept sealed and found by a keyed hash."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from storage.case_tables import bindings
from storage.tables import addresses, holders, outbox
from storage.upsert import insert_or_ignore
from storage.vault import Vault

_PURPOSE = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A citizen's account or a chat of the office."""

    id: int
    channel: str
    is_citizen: bool
    language: str
    conversation_id: int | None
    is_reachable: bool
    heard_at: datetime | None = None  # when the person wrote last, where a platform counts from there


def get_address(
    tx: Connection,
    vault: Vault,
    *,
    channel: str,
    name: str,
    is_citizen: bool,
    at: datetime,
    language: str = "vi",
) -> Address:
    """Return the address of `name` (the platform's id) on `channel`, made when it is new. Follows moved groups."""
    found = find_address(tx, vault, channel=channel, name=name)
    if found is not None:
        return found
    row = {
        "channel": channel,
        "digest": vault.digest(_PURPOSE, f"{channel}:{name}"),
        "sealed": vault.seal(name, _PURPOSE),
        "is_citizen": is_citizen,
        "language": language,
        "created_at": at,
    }
    new = tx.execute(insert_or_ignore(tx, addresses).returning(*addresses.c), row).one_or_none()
    made = find_address(tx, vault, channel=channel, name=name) if new is None else _address(new)
    if made is None:
        raise LookupError("an address that was just made is not there")
    return made


def find_address(tx: Connection, vault: Vault, *, channel: str, name: str) -> Address | None:
    """Return the address of `name` on `channel`, or None."""
    digest = vault.digest(_PURPOSE, f"{channel}:{name}")
    here = (addresses.c.channel == channel) & (addresses.c.digest == digest)
    row = tx.execute(select(addresses).where(here)).one_or_none()
    if row is not None and row.moved_to_id is not None:
        row = tx.execute(select(addresses).where(addresses.c.id == row.moved_to_id)).one_or_none()
    return None if row is None else _address(row)


def load_address(tx: Connection, address_id: int) -> Address:
    """Return the address with that id."""
    return _address(tx.execute(select(addresses).where(addresses.c.id == address_id)).one())


def find_name(tx: Connection, vault: Vault, address_id: int) -> str | None:
    """Return the platform's id of an address, None once it is erased."""
    sealed = tx.execute(select(addresses.c.sealed).where(addresses.c.id == address_id)).scalar_one()
    return None if sealed is None else vault.open(sealed, _PURPOSE)


def set_conversation(tx: Connection, address_id: int, conversation_id: int | None) -> None:
    """Say which conversation plain words from there belong to."""
    tx.execute(update(addresses).where(addresses.c.id == address_id).values(conversation_id=conversation_id))


def set_language(tx: Connection, address_id: int, language: str) -> None:
    """Keep the language chosen there."""
    tx.execute(update(addresses).where(addresses.c.id == address_id).values(language=language))


def mark_heard(tx: Connection, address_id: int, at: datetime) -> None:
    """Note that the person wrote."""
    tx.execute(update(addresses).where(addresses.c.id == address_id).values(heard_at=at))


def mark_reachable(tx: Connection, address_id: int, *, unreachable_at: datetime | None) -> None:
    """Note that an address cannot be reached any more (nothing waits for it then), or can again (None)."""
    tx.execute(update(addresses).where(addresses.c.id == address_id).values(unreachable_at=unreachable_at))
    if unreachable_at is not None:
        from storage.outbox import drop_waiting  # the outbox knows addresses; only here they know it

        drop_waiting(tx, address_id=address_id, at=unreachable_at)


def move_group(tx: Connection, vault: Vault, *, channel: str, old: str, new: str, at: datetime) -> None:
    """A group became another one: what is meant for the old goes to the new.

    Messages have other numbers there: what was sent to the old can be neither drawn over nor answered any more.
    """
    source = get_address(tx, vault, channel=channel, name=old, is_citizen=False, at=at)
    target = get_address(tx, vault, channel=channel, name=new, is_citizen=False, at=at)
    if source.id == target.id:
        return
    tx.execute(update(addresses).where(addresses.c.id == source.id).values(moved_to_id=target.id))
    tx.execute(update(bindings).where(bindings.c.address_id == source.id).values(address_id=target.id))
    mine = outbox.c.address_id == source.id
    is_open = outbox.c.state.in_(("waiting", "sending"))
    tx.execute(update(outbox).where(mine, ~is_open).values(message_ref=None))
    tx.execute(update(outbox).where(mine, is_open).values(address_id=target.id))


def erase_address(tx: Connection, *address_ids: int) -> None:
    """Forget the platform's id for good."""
    change = update(addresses).where(addresses.c.id.in_(address_ids))
    tx.execute(change.values(digest=None, sealed=None, conversation_id=None))


def seal_off(tx: Connection, address_id: int) -> None:
    """Forget the platform's id, but know it again by its keyed digest: it is not to be written to."""
    change = update(addresses).where(addresses.c.id == address_id)
    tx.execute(change.values(sealed=None, conversation_id=None))


def erase_if_free(tx: Connection, address_id: int) -> None:
    """Forget the platform's id, unless the person has opened another invitation since she asked for that."""
    holds = exists().where(holders.c.address_id == address_id)
    if not tx.execute(select(holds)).scalar_one():
        erase_address(tx, address_id)


def erase_unused(tx: Connection, before: datetime, *, limit: int) -> int:
    """Forget citizens' accounts older than `before` that hold no invitation. Return how many.

    Chats of staff and office stay, and so do accounts for which a message waits.
    """
    holds = exists().where(holders.c.address_id == addresses.c.id)
    is_bound = exists().where(bindings.c.address_id == addresses.c.id)
    is_awaited = exists().where(
        outbox.c.address_id == addresses.c.id, outbox.c.state.in_(("waiting", "sending", "held"))
    )
    old = addresses.c.is_citizen & addresses.c.sealed.is_not(None) & (addresses.c.created_at < before)
    query = select(addresses.c.id).where(
        old, addresses.c.moved_to_id.is_(None), ~holds, ~is_bound, ~is_awaited
    )
    found = list(tx.execute(query.limit(limit)).scalars())
    erase_address(tx, *found)
    return len(found)


def _address(row: Row[Any]) -> Address:  # Any: the columns are named below
    return Address(
        id=row.id,
        channel=row.channel,
        is_citizen=row.is_citizen,
        language=row.language,
        conversation_id=row.conversation_id,
        is_reachable=row.unreachable_at is None,
        heard_at=row.heard_at,
    )
