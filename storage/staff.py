"""People of the office: who they are on a channel, what they are bound to, and the one-time codes that bind them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.case_tables import bindings, people, staff_codes, staff_inputs, visits
from storage.upsert import insert_or_ignore
from storage.vault import SealError, Vault

_NAME, _CODE, _COOKIE, _CAUSE = "staff name", "staff code", "room cookie", "staff input"


class Role(StrEnum):
    """What somebody is bound as."""

    OFFICER = "officer"
    HEAD = "head"
    OFFICE = "office"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the office."""

    id: int
    channel: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A person or a chat with a role. `unit_code` None: the whole department."""

    id: int
    person_id: int | None
    address_id: int | None
    unit_code: str | None
    role: Role
    bound_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a one-time code gives."""

    unit_code: str | None
    role: Role


def get_person(tx: Connection, vault: Vault, *, channel: str, key: str, name: str, at: datetime) -> Person:
    """Return the person with that platform id, made when new; a changed name is kept."""
    digest = vault.digest("person", f"{channel}:{key}")
    here = (people.c.channel == channel) & (people.c.digest == digest)
    row = {"channel": channel, "digest": digest, "sealed_name": vault.seal(name, _NAME), "created_at": at}
    tx.execute(insert_or_ignore(tx, people), row)
    found = tx.execute(select(people).where(here)).one()
    known = _open_name(vault, found.sealed_name)
    if name and known != name:
        tx.execute(update(people).where(here).values(sealed_name=vault.seal(name, _NAME)))
    return Person(id=found.id, channel=channel, name=name or known)


def find_person(tx: Connection, vault: Vault, person_id: int | None) -> Person | None:
    """Return the person with that id; None for None. A name that cannot be opened is "?", and stops no list."""
    if person_id is None:
        return None
    row = tx.execute(select(people).where(people.c.id == person_id)).one()
    return Person(id=row.id, channel=row.channel, name=_open_name(vault, row.sealed_name))


def _open_name(vault: Vault, sealed: bytes) -> str:
    try:
        return vault.open(sealed, _NAME)
    except SealError:
        return "?"


def find_name(tx: Connection, vault: Vault, person_id: int) -> str | None:
    """Return the name of the person with that id, None when there is nobody. Raises SealError."""
    sealed = tx.execute(select(people.c.sealed_name).where(people.c.id == person_id)).scalar_one_or_none()
    return None if sealed is None else vault.open(sealed, _NAME)


def put_code(
    tx: Connection,
    vault: Vault,
    code: str,
    grant: Grant,
    *,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Keep a new one-time code, as a keyed hash."""
    row = {
        "digest": vault.digest(_CODE, code),
        "unit_code": grant.unit_code,
        "role": grant.role,
        "created_at": at,
        "expires_at": expires_at,
    }
    tx.execute(insert(staff_codes), row)


def use_code(tx: Connection, vault: Vault, code: str, at: datetime) -> Grant | None:
    """Spend a code and return what it gives; None when it is unknown, spent or too old. Two at once: one gets it."""
    wanted = (staff_codes.c.digest == vault.digest(_CODE, code)) & staff_codes.c.used_at.is_(None)
    change = update(staff_codes).where(wanted, staff_codes.c.expires_at > at).values(used_at=at)
    row = tx.execute(change.returning(staff_codes.c.unit_code, staff_codes.c.role)).one_or_none()
    return None if row is None else Grant(unit_code=row.unit_code, role=Role(row.role))


def bind(
    tx: Connection,
    grant: Grant,
    *,
    at: datetime,
    person_id: int | None = None,
    address_id: int | None = None,
) -> int:
    """Bind a person or a chat, once for each unit and role. Return the binding's id."""
    same = [
        b
        for b in list_bindings(tx)
        if (b.person_id, b.address_id, b.unit_code, b.role)
        == (person_id, address_id, grant.unit_code, grant.role)
    ]
    if same:
        return same[0].id
    row = {
        "person_id": person_id,
        "address_id": address_id,
        "unit_code": grant.unit_code,
        "role": grant.role,
        "bound_at": at,
    }
    return int(tx.execute(insert(bindings).returning(bindings.c.id), row).scalar_one())


def list_bindings(tx: Connection, *, person_id: int | None = None) -> list[Binding]:
    """Return the bindings in force, all or those of a person."""
    query = select(bindings).where(bindings.c.removed_at.is_(None)).order_by(bindings.c.id)
    if person_id is not None:
        query = query.where(bindings.c.person_id == person_id)
    return [_binding(row) for row in tx.execute(query)]


def was_removed(tx: Connection, person_id: int) -> bool:
    """Whether a person was bound once and is no more."""
    mine = (bindings.c.person_id == person_id) & bindings.c.removed_at.is_not(None)
    return tx.execute(select(bindings.c.id).where(mine).limit(1)).first() is not None


def list_bound_chats(tx: Connection, unit_code: str | None) -> list[int]:
    """Return the addresses of chats bound to a unit."""
    here = (bindings.c.unit_code == unit_code) if unit_code is not None else bindings.c.unit_code.is_(None)
    query = select(bindings.c.address_id).where(
        here, bindings.c.address_id.is_not(None), bindings.c.removed_at.is_(None)
    )
    return list(tx.execute(query.order_by(bindings.c.id)).scalars())


def remove_binding(tx: Connection, binding_id: int, at: datetime) -> Binding | None:
    """End a binding and the visits of that person to rooms. None when it is not in force."""
    wanted = (bindings.c.id == binding_id) & bindings.c.removed_at.is_(None)
    row = tx.execute(update(bindings).where(wanted).values(removed_at=at).returning(bindings)).one_or_none()
    if row is None:
        return None
    if row.person_id is not None:
        mine = visits.c.person_id == row.person_id
        tx.execute(update(visits).where(mine, visits.c.removed_at.is_(None)).values(removed_at=at))
        tx.execute(delete(staff_inputs).where(staff_inputs.c.person_id == row.person_id))
    return _binding(row)


def put_visit(tx: Connection, vault: Vault, cookie: str, *, person_id: int, room: str, at: datetime) -> None:
    """Let a browser into a room."""
    row = {"digest": vault.digest(_COOKIE, cookie), "person_id": person_id, "room": room, "created_at": at}
    tx.execute(insert(visits), row)


def find_visitor(tx: Connection, vault: Vault, cookie: str, *, room: str) -> Person | None:
    """Return who visits a room with that cookie, None when it opens nothing (any more)."""
    wanted = (visits.c.digest == vault.digest(_COOKIE, cookie)) & (visits.c.room == room)
    query = select(visits.c.person_id).where(wanted, visits.c.removed_at.is_(None))
    found = tx.execute(query).scalar_one_or_none()
    return find_person(tx, vault, found)


def end_visit(tx: Connection, vault: Vault, cookie: str, at: datetime) -> None:
    """Leave a room."""
    wanted = visits.c.digest == vault.digest(_COOKIE, cookie)
    tx.execute(update(visits).where(wanted, visits.c.removed_at.is_(None)).values(removed_at=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What the next words of a person in a chat are for."""

    complaint_id: int
    asks: str
    cause: str | None
    at: datetime


def put_input(
    tx: Connection,
    vault: Vault,
    *,
    address_id: int,
    person_id: int,
    complaint_id: int,
    asks: str,
    at: datetime,
    cause: str | None = None,
) -> None:
    """Say what that person's next words in that chat are for."""
    drop_input(tx, address_id=address_id, person_id=person_id)
    row = {
        "address_id": address_id,
        "person_id": person_id,
        "complaint_id": complaint_id,
        "asks": asks,
        "sealed_cause": None if cause is None else vault.seal(cause, _CAUSE),
        "at": at,
    }
    tx.execute(insert(staff_inputs), row)


def has_inputs(tx: Connection, *, address_id: int) -> bool:
    """Whether anybody's next words in that chat are awaited."""
    waits = staff_inputs.c.address_id == address_id
    return tx.execute(select(staff_inputs.c.person_id).where(waits).limit(1)).first() is not None


def find_input(tx: Connection, vault: Vault, *, address_id: int, person_id: int) -> Input | None:
    """Return what that person's next words in that chat are for, or None."""
    here = (staff_inputs.c.address_id == address_id) & (staff_inputs.c.person_id == person_id)
    row = tx.execute(select(staff_inputs).where(here)).one_or_none()
    if row is None:
        return None
    cause = None if row.sealed_cause is None else vault.open(row.sealed_cause, _CAUSE)
    return Input(complaint_id=row.complaint_id, asks=row.asks, cause=cause, at=row.at)


def drop_input(tx: Connection, *, address_id: int, person_id: int) -> None:
    """The next words of that person are nothing in particular."""
    here = (staff_inputs.c.address_id == address_id) & (staff_inputs.c.person_id == person_id)
    tx.execute(delete(staff_inputs).where(here))


def _binding(row: Row[Any]) -> Binding:  # Any: the columns are named below
    return Binding(
        id=row.id,
        person_id=row.person_id,
        address_id=row.address_id,
        unit_code=row.unit_code,
        role=Role(row.role),
        bound_at=row.bound_at,
        removed_at=row.removed_at,
    )
