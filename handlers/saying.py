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
        body=dump_body(message, conversation_id=talk.id),
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
    complaint_id: int | None = None,
    period: str | None = None,
    place: str = "",
) -> int:
    """Put a message that is no turn of a conversation into the outbox; erasing the one it is `about` erases it.

    Its buttons belong to the complaint, or to the report of the period, it is about. Return the number of the outbox entry.
    """
    return outbox.put(
        tx,
        setup.vault,
        address_id=address.id,
        channel=address.channel,
        body=dump_body(message, complaint_id=complaint_id, period=period),
        at=at,
        not_before=not_before,
        conversation_id=about,
        complaint_id=complaint_id,
        place=place,
    )


def dump_body(
    message: Message,
    *,
    conversation_id: int | None = None,
    complaint_id: int | None = None,
    period: str | None = None,
) -> str:
    """Return a message as the outbox keeps it, with what its buttons belong to."""
    values = {
        "message": dump_message(message),
        "conversation": conversation_id,
        "complaint": complaint_id,
        "period": period,
    }
    return json.dumps(values, ensure_ascii=False)
