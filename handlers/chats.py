"""The chats of the office as addresses: made when they are new, left out when their channel is off."""

from collections.abc import Iterable
from datetime import datetime

from handlers.setup import Chat, Setup
from storage import addresses
from storage.addresses import Address
from storage.database import Transaction


def get_chat(tx: Transaction, setup: Setup, chat: Chat, at: datetime) -> Address:
    """Return the address of a chat of staff, office or operator."""
    return addresses.get_address(
        tx,
        setup.vault,
        channel=chat.channel,
        name=chat.name,
        is_citizen=False,
        at=at,
        language=setup.language,
    )


def list_chats(tx: Transaction, setup: Setup, chats: Iterable[Chat], at: datetime) -> list[Address]:
    """Return the addresses of those chats whose channel is on, each once."""
    found = [get_chat(tx, setup, chat, at) for chat in chats if chat.channel in setup.channels]
    return list({address.id: address for address in found}.values())
