"""Putting messages into the outbox."""

import json
from datetime import datetime

from handlers.setup import Setup
from storage import outbox
from storage.addresses import Address
from storage.conversations import Talk
from storage.database import Transaction
from storage.outbox import Lane
from survey.message import Message, dump_message
from survey.prompts import notice


def say(
    tx: Transaction,
    setup: Setup,
    talk: Talk,
    message: Message,
    *,
    address: Address,
    at: datetime,
    lane: Lane = Lane.LIVE,
    not_before: datetime | None = None,
    erases_address: bool = False,
) -> None:
    """Put a message of a conversation into the outbox; a question takes the place of one that still waits."""
    if message.place:
        outbox.supersede(tx, conversation_id=talk.id, at=at)
    outbox.put(
        tx,
        setup.vault,
        address_id=address.id,
        channel=address.channel,
        body=dump_body(message, talk.id),
        at=at,
        lane=lane,
        not_before=not_before,
        conversation_id=talk.id,
        turn=talk.turn,
        place=message.place,
        erases_address=erases_address,
    )


def say_notice(
    tx: Transaction,
    setup: Setup,
    address: Address,
    text: str,
    at: datetime,
    *,
    not_before: datetime | None = None,
) -> None:
    """Put a text without buttons into the outbox."""
    say_to(tx, setup, address, notice(text), at, not_before=not_before)


def say_to(
    tx: Transaction,
    setup: Setup,
    address: Address,
    message: Message,
    at: datetime,
    *,
    not_before: datetime | None = None,
    about: int | None = None,
) -> None:
    """Put a message that belongs to no conversation into the outbox; erasing the one it is `about` erases it."""
    outbox.put(
        tx,
        setup.vault,
        address_id=address.id,
        channel=address.channel,
        body=dump_body(message, None),
        at=at,
        not_before=not_before,
        conversation_id=about,
    )


def dump_body(message: Message, conversation_id: int | None) -> str:
    """Return a message as the outbox keeps it."""
    return json.dumps({"message": dump_message(message), "conversation": conversation_id}, ensure_ascii=False)
