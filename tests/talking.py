"""Citizens' updates as Telegram sends them, handled in this process; and what came of them in the database."""

import itertools
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.channels.telegram_updates import parse_update
from bot.runtime import Runtime
from handlers.happenings import Inbound, Outcome
from handlers.inbound import receive
from handlers.intake import Offer, take_entry
from handlers.intake_fields import Entry
from handlers.outbound import Delivered, claim_due, finish
from storage import conversations, invitations
from storage.database import Database, Transaction
from storage.invitations import Dossier
from storage.outbox import State, find_due
from storage.tables import answer_changes, answers, outbox, responses
from storage.tables import conversations as talks_table
from survey.conversation import Conversation, dump_conversation
from survey.message import Message, load_message

ALIVE = (State.WAITING, State.SENDING, State.SENT, State.UNKNOWN)
_ids = itertools.count(1)


def invite(runtime: Runtime, *, has_result: bool = True, chat_id: int | None = None) -> Offer:
    """Report a dossier of the office and return its invitation."""
    number, at = next(_ids), runtime.clock()
    code = f"H32.99-261120-{number:05}"
    dossier = Dossier(
        code=code,
        code_given=code,
        procedure_code="2.000633",
        unit_code="QLTM",
        returned_at=at - timedelta(hours=1) if has_result else None,
    )
    entry = Entry(dossier=dossier, telegram_chat_id=None if chat_id is None else str(chat_id))
    offer = runtime.database.write(lambda tx: take_entry(tx, runtime.setup, entry, at)).offer
    assert offer is not None
    return offer


def message_update(person: int, text: str, **changes: Any) -> dict[str, Any]:
    """A private message."""
    number = next(_ids)
    user = {"id": person, "is_bot": False, "first_name": "Người", "language_code": "vi"}
    about = {
        "message_id": number,
        "from": user,
        "chat": {"id": person, "type": "private"},
        "date": 1_790_000_000,
    }
    return {"update_id": number, "message": {**about, "text": text, **changes}}


def press_update(
    person: int, data: Any, *, chat: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A tap on a button of a message of the bot; `changes` replaces fields of the query."""
    number = next(_ids)
    place = chat or {"id": person, "type": "private"}
    query = {
        "id": f"cb{number}",
        "from": {"id": person, "is_bot": False, "first_name": "Người"},
        "message": {"message_id": 7, "chat": place, "date": 1_790_000_000, "text": "?"},
        "chat_instance": "1",
        "data": data,
    }
    return {"update_id": number, "callback_query": {**query, **changes}}


@dataclass
class Talker:
    """One person on Telegram, and her conversation."""

    runtime: Runtime
    person: int = 1001
    conversation_id: int = 0
    database: Database | None = None  # another process's way to the same data
    last: dict[str, Any] = field(default_factory=dict)

    def deliver(self, update: dict[str, Any]) -> Outcome:
        """Let an update come in."""
        self.last = update
        inbounds = parse_update(json.loads(json.dumps(update)))
        return receive_all(self.runtime, inbounds, self.database)

    def type(self, text: str) -> Outcome:
        """Send words."""
        return self.deliver(message_update(self.person, text))

    def open(self, offer: Offer) -> "Talker":
        """Follow the link of an invitation; from now on presses are for its conversation."""
        self.type(f"/start {offer.token}")
        self.conversation_id = find_talk(self.runtime, offer).id
        return self

    def data(self, press: str) -> str:
        """Return the data of a button of this conversation."""
        return f"{self.conversation_id}|{press}"

    def press(self, press: str) -> Outcome:
        """Press a button, for example `3.2=4`."""
        return self.deliver(press_update(self.person, self.data(press)))

    def go_to(self, place: str, *, option: int = 1) -> "Talker":
        """Answer with always the same option until the conversation is at `place`."""
        steps = ["greeting=begin", *(f"3.{n}={option}" for n in range(1, 11)), "comment=skip"]
        for step in steps:
            if step.partition("=")[0] == place:
                break
            self.press(step)
        return self


def receive_all(runtime: Runtime, inbounds: tuple[Inbound, ...], database: Database | None = None) -> Outcome:
    """Take in what one delivery brought, as the webhook does."""
    at = runtime.clock()
    return (database or runtime.database).write(lambda tx: receive(tx, runtime.setup, inbounds, at))


def find_talk(runtime: Runtime, offer: Offer) -> conversations.Talk:
    """Return the stored conversation of an invitation."""
    with runtime.database.reading() as tx:
        invitation = invitations.find_by_token(tx, runtime.setup.vault, offer.token)
        assert invitation is not None
        talk = conversations.find_talk(tx, runtime.setup.vault, invitation_id=invitation.id)
        assert talk is not None
        return talk


def state_of(runtime: Runtime, offer: Offer) -> Conversation:
    """Return where the conversation of an invitation stands."""
    return find_talk(runtime, offer).state


def said(runtime: Runtime) -> list[Message]:
    """Return every message that was or will be sent, edits too, oldest first."""
    with runtime.database.reading() as tx:
        rows = tx.execute(select(outbox).where(outbox.c.state.in_(ALIVE)).order_by(outbox.c.id)).all()
        bodies = [json.loads(runtime.setup.vault.open(row.sealed_body, "outbox")) for row in rows]
    return [load_message(body["message"]) for body in bodies]


def send_all(runtime: Runtime) -> int:
    """Let everything that is due go out as a platform that takes it all; return how many messages that were."""
    setup, at, sent = runtime.setup, runtime.clock(), 0

    def send_some(tx: Transaction) -> int:
        claims = claim_due(tx, setup, find_due(tx, "telegram", at, limit=100), at)
        for claimed in claims:
            taken = Delivered(str(claimed.due.id))
            finish(tx, setup, claimed, taken, channel="telegram", at=at, jitter=0.0)
        return len(claims)

    while some := runtime.database.write(send_some):
        sent += some
    return sent


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that an inbound can change for citizens: two pictures are equal when nothing happened in between."""

    states: tuple[str, ...]
    answers: tuple[tuple[Any, ...], ...]
    changes: int
    responses: tuple[tuple[Any, ...], ...]
    said: tuple[tuple[Any, ...], ...]

    def without_messages(self) -> "Picture":
        """Return the picture of the data alone."""
        return replace(self, said=())


def picture(runtime: Runtime) -> Picture:
    """Return what stands in the database now."""
    vault = runtime.setup.vault
    with runtime.database.reading() as tx:
        talks = [
            conversations.find_talk_by_id(tx, vault, number)
            for number in tx.execute(select(talks_table.c.id).order_by("id")).scalars()
        ]
        given = (answers.c.conversation_id, answers.c.question, answers.c.option)
        kept = (responses.c.id, responses.c.receipt, responses.c.channel)
        return Picture(
            states=tuple(json.dumps(dump_conversation(talk.state)) for talk in talks if talk),
            answers=tuple(map(tuple, tx.execute(select(*given).order_by(*given)))),
            changes=len(tx.execute(select(answer_changes.c.id)).all()),
            responses=tuple(map(tuple, tx.execute(select(*kept).order_by("id")))),
            said=tuple(
                map(
                    tuple,
                    tx.execute(
                        select(outbox.c.id, outbox.c.place).where(outbox.c.state.in_(ALIVE)).order_by("id")
                    ),
                )
            ),
        )
