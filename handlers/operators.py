"""Telling the operator what needs a person, once for each incident and day."""

from datetime import datetime

from handlers import saying
from handlers.setup import Setup
from storage import addresses, records
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


def tell(
    tx: Transaction, setup: Setup, *, name: str, key: str, at: datetime, avoid: str = "", **values: object
) -> None:
    """Put a notice into the operator's chats on every channel but `avoid`, once a day for each name."""
    day = at.astimezone(setup.timezone).date().isoformat()
    if not records.put_notice(tx, f"{name}:{day}", at):
        return
    text = setup.wording.say(setup.language, key, **values)
    for chat in setup.operator_chats:
        if chat.channel == avoid or chat.channel not in setup.channels:
            continue
        address = addresses.get_address(
            tx,
            setup.vault,
            channel=chat.channel,
            name=chat.name,
            is_citizen=False,
            at=at,
            language=setup.language,
        )
        saying.say_to(tx, setup, address, notice(text), at)
