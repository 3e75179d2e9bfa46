"""Telling the operator what needs a person, once for each incident and day."""

from collections.abc import Sequence
from datetime import datetime

from handlers import saying
from handlers.chats import list_chats
from handlers.setup import Chat, Setup
from storage import records
from storage.database import Transaction
from survey.prompts import notice


def tell_of_dead_channel(tx: Transaction, setup: Setup, channel: str, at: datetime) -> None:
    """A platform refuses our token."""
    tell(
        tx, setup, name=f"dead:{channel}", key="operator_dead_channel", at=at, avoid=channel, channel=channel
    )


def tell_of_parked(tx: Transaction, setup: Setup, at: datetime) -> None:
    """Something that came in could not be handled."""
    tell(tx, setup, name="parked", key="operator_parked", at=at)


def tell_of_sealed(tx: Transaction, setup: Setup, at: datetime) -> None:
    """A message that was to go out cannot be opened: damaged, or sealed with another key."""
    tell(tx, setup, name="sealed", key="operator_sealed", at=at)


def tell(
    tx: Transaction,
    setup: Setup,
    *,
    name: str,
    key: str,
    at: datetime,
    avoid: str = "",
    not_before: datetime | None = None,
    otherwise: Sequence[Chat] = (),
    **values: object,
) -> bool:
    """Put a notice into the operator's chats on every channel but `avoid`, once a day for each name.

    When none of them can be reached, it goes to the chats `otherwise` too. False when she was told before, or when
    there is no chat to tell her in: it is not noted as told then.
    """
    found = list_chats(tx, setup, (chat for chat in setup.operator_chats if chat.channel != avoid), at)
    if not any(address.is_reachable for address in found):
        found += list_chats(tx, setup, (chat for chat in otherwise if chat.channel != avoid), at)
    day = at.astimezone(setup.timezone).date().isoformat()
    if not found or not records.put_notice(tx, f"{name}:{day}", at):
        return False
    text = setup.wording.say(setup.language, key, **values)
    for address in {address.id: address for address in found}.values():
        saying.say_to(tx, setup, address, notice(text), at, not_before=not_before)
    return True
