"""Which chats see a case. What accuses somebody never reaches the unit; what is above the unit leaves its chat."""

from datetime import datetime

from handlers.chats import list_chats
from handlers.setup import Chat, Setup
from storage import addresses, staff
from storage.addresses import Address
from storage.complaints import Complaint
from storage.database import Transaction
from survey.complaints.rules import Route


def list_seats(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> list[Address]:
    """Return the chats where the case is shown and may be worked, each once."""
    found = _addresses(tx, setup, _chats(setup, complaint), _bound(tx, complaint), at)
    barred = _barred(tx, setup, complaint)
    return [address for address in found if address.id not in barred]


def sits_here(tx: Transaction, setup: Setup, complaint: Complaint, address_id: int, at: datetime) -> bool:
    """Whether a case may be seen and worked in that chat."""
    return any(address.id == address_id for address in list_seats(tx, setup, complaint, at))


def shows(tx: Transaction, setup: Setup, complaint: Complaint, address_id: int) -> bool:
    """Whether a chat shows a case. Only looks: unlike `sits_here` it makes no address for a chat that is new."""
    if address_id in _barred(tx, setup, complaint):
        return False
    chats = (chat for chat in _chats(setup, complaint) if chat.channel in setup.channels)
    return address_id in _bound(tx, complaint) or any(_is_same(tx, setup, c, address_id) for c in chats)


def is_staff_chat(tx: Transaction, setup: Setup, *, channel: str, name: str, is_group: bool) -> bool:
    """Whether a chat is one of the office's. Groups may have been bound by a code; others stand in the settings."""
    if Chat(channel=channel, name=name) in setup.staff_chats():
        return True
    if not is_group:  # only groups are bound by a code, and only they become others
        return False
    found = addresses.find_address(tx, setup.vault, channel=channel, name=name)
    if found is None or found.is_citizen:
        return False
    if any(binding.address_id == found.id for binding in staff.list_bindings(tx)):
        return True
    return any(_is_same(tx, setup, chat, found.id) for chat in setup.staff_chats())


def _is_same(tx: Transaction, setup: Setup, chat: Chat, address_id: int) -> bool:
    """Whether a configured chat has become the group with that address."""
    found = addresses.find_address(tx, setup.vault, channel=chat.channel, name=chat.name)
    return found is not None and found.id == address_id


def _chats(setup: Setup, complaint: Complaint) -> tuple[Chat, ...]:
    case = complaint.case
    unit = setup.units.get(complaint.unit_code)
    chats: tuple[Chat, ...]
    match case.route:
        case Route.INTEGRITY:
            return setup.integrity_chats  # these alone, even when they cannot be reached
        case Route.OFFICE:
            chats = setup.office_chats
        case _:
            chats = setup.escalation_chats if case.level > 0 or unit is None else unit.staff_chats
    if complaint.is_fallback:
        chats += (*setup.escalation_chats, *setup.office_chats)
    return chats


def _barred(tx: Transaction, setup: Setup, complaint: Complaint) -> set[int]:
    """Return the chats that never see a case, wherever else they are named: of what accuses somebody, the unit's own."""
    if complaint.case.route is not Route.INTEGRITY:
        return set()
    unit = setup.units.get(complaint.unit_code)
    named = unit.staff_chats if unit else ()
    found = (addresses.find_address(tx, setup.vault, channel=c.channel, name=c.name) for c in named)
    return {*staff.list_bound_chats(tx, complaint.unit_code), *(one.id for one in found if one is not None)}


def _bound(tx: Transaction, complaint: Complaint) -> list[int]:
    is_units = complaint.case.route is Route.UNIT and complaint.case.level == 0
    return staff.list_bound_chats(tx, complaint.unit_code) if is_units else []


def _addresses(
    tx: Transaction, setup: Setup, chats: tuple[Chat, ...], bound: list[int], at: datetime
) -> list[Address]:
    found = list_chats(tx, setup, chats, at)
    found += [addresses.load_address(tx, address_id) for address_id in bound]
    return list({address.id: address for address in found if address.channel in setup.channels}.values())
