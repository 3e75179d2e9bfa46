"""Who is bound, as the office reads it: people by name, chats by their id; and the end of a binding."""

from dataclasses import dataclass
from datetime import datetime

from handlers.complaints import enlisting
from handlers.setup import Setup
from storage import addresses, complaints, staff
from storage.database import Transaction
from storage.staff import Binding, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A binding in force. `name` is "" when nothing is known of it any more."""

    number: int
    is_chat: bool
    channel: str
    name: str
    unit_code: str | None  # None: the whole department
    role: Role
    since: datetime


def list_members(tx: Transaction, setup: Setup) -> list[Member]:
    """Return the bindings in force, oldest first."""
    return [_member(tx, setup, binding) for binding in staff.list_bindings(tx)]


def remove_member(tx: Transaction, setup: Setup, number: int, at: datetime, *, actor: str) -> int | None:
    """End a binding at once. Return how many cases are free again; None when it is not in force."""
    person_id = next((b.person_id for b in staff.list_bindings(tx) if b.id == number), None)
    held = [] if person_id is None else complaints.list_held_by(tx, person_id)
    if enlisting.remove(tx, setup, number, at, actor=actor) is None:
        return None
    return len(held) - (0 if person_id is None else len(complaints.list_held_by(tx, person_id)))


def _member(tx: Transaction, setup: Setup, binding: Binding) -> Member:
    channel = name = ""
    person = staff.find_person(tx, setup.vault, binding.person_id)
    if person is not None:
        channel, name = person.channel, person.name
    elif binding.address_id is not None:
        channel = addresses.load_address(tx, binding.address_id).channel
        name = addresses.find_name(tx, setup.vault, binding.address_id) or ""
    return Member(
        number=binding.id,
        is_chat=binding.address_id is not None,
        channel=channel,
        name=name,
        unit_code=binding.unit_code,
        role=binding.role,
        since=binding.bound_at,
    )
