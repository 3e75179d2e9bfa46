"""Telling the operator what needs a person, once for each incident and day."""

from collections.abc import Collection, Sequence
from datetime import datetime

from handlers import saying
from handlers.chats import list_chats
from handlers.setup import Chat, Setup
from storage import records
from storage.database import Transaction
from survey.prompts import notice


def tell_of_dead_channel(
    tx: Transaction, setup: Setup, channel: str, at: datetime, *, fault: str = ""
) -> None:
    """A platform refuses our token, or (`fault`, its code) whatever we send."""
    key = "operator_refused_channel" if any(letter.isdigit() for letter in fault) else "operator_dead_channel"
    name = f"dead:{channel}:{fault}" if key == "operator_refused_channel" else f"dead:{channel}"
    tell(tx, setup, name=name, key=key, at=at, avoid=(channel,), channel=channel, fault=fault)


def tell_of_used_up(tx: Transaction, setup: Setup, channel: str, at: datetime) -> None:
    """A platform takes no more this month or day: what was bought is used up."""
    tell(tx, setup, name=f"quota:{channel}", key="operator_quota", at=at, avoid=(channel,), channel=channel)


def tell_of_phone_budget(tx: Transaction, setup: Setup, month: str, budget_vnd: int, at: datetime) -> None:
    """Nobody is invited by phone number any more in `month` (YYYY-MM): its money is used up. Said once."""
    year, _, number = month.partition("-")
    budget = f"{budget_vnd:,}".replace(",", ".")
    text = setup.wording.say(setup.language, "operator_phone_budget", month=f"{number}/{year}", budget=budget)
    _tell(tx, setup, text, once=f"phone_budget:{month}", at=at)


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
    avoid: Collection[str] = (),
    not_before: datetime | None = None,
    otherwise: Sequence[Chat] = (),
    **values: object,
) -> bool:
    """Put a notice into the operator's chats on every channel not in `avoid`, once a day for each name.

    When none of them can be reached, it goes to the chats `otherwise` too. False when she was told before, or when
    there is no chat to tell her in: it is not noted as told then.
    """
    day = at.astimezone(setup.timezone).date().isoformat()
    text = setup.wording.say(setup.language, key, **values)
    once = f"{name}:{day}"
    return _tell(tx, setup, text, once=once, at=at, avoid=avoid, not_before=not_before, otherwise=otherwise)


def _tell(
    tx: Transaction,
    setup: Setup,
    text: str,
    *,
    once: str,
    at: datetime,
    avoid: Collection[str] = (),
    not_before: datetime | None = None,
    otherwise: Sequence[Chat] = (),
) -> bool:
    found = list_chats(tx, setup, (chat for chat in setup.operator_chats if chat.channel not in avoid), at)
    if not any(address.is_reachable for address in found):
        found += list_chats(tx, setup, (chat for chat in otherwise if chat.channel not in avoid), at)
    if not found or not records.put_notice(tx, once, at):
        return False
    for address in {address.id: address for address in found}.values():
        saying.say_to(tx, setup, address, notice(text), at, not_before=not_before)
    return True
