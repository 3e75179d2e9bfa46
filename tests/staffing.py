"""Members of staff in their group on Telegram, and what stands on the screen of that group."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.channels.telegram_updates import parse_update
from bot.runtime import Runtime
from handlers.happenings import Outcome
from storage import addresses, complaints
from storage.complaints import Complaint
from storage.database import Database
from storage.tables import outbox
from survey.message import Message, load_message
from tests.running import ROOM
from tests.talking import ALIVE, Talker, invite, receive_all

UNIT, OFFICE, INTEGRITY, OPERATOR = "-1001", "-1002", "-1003", ROOM  # the last one a room on the web
GOOD = {f"3.{n}": 1 for n in range(1, 11)} | {"3.7": 2, "3.8": 2}
_ids = itertools.count(5_000_000)


@dataclass
class Clerk:
    """Somebody of the office, in a group."""

    runtime: Runtime
    person: int = 501
    name: str = "Cán bộ Một"
    chat: str = UNIT
    database: Database | None = None  # another process's way to the same data

    def deliver(self, update: dict[str, Any]) -> Outcome:
        """Let an update come in."""
        return receive_all(self.runtime, parse_update(json.loads(json.dumps(update))), self.database)

    def press(self, complaint: Complaint, press: str) -> str:
        """Press a button about a case. Return the toast."""
        return self.deliver(self.press_update(complaint, press)).toast

    def press_report(self, period: str, press: str) -> str:
        """Press a button under a digest. Return the toast."""
        return self.deliver(self._query(f"r{period}|{press}")).toast

    def press_update(self, complaint: Complaint, press: str) -> dict[str, Any]:
        """The press as Telegram brings it."""
        return self._query(f"c{complaint.id}|{press}")

    def _query(self, data: str) -> dict[str, Any]:
        query = {
            "id": f"cb{next(_ids)}",
            "from": self.user,
            "message": {"message_id": 7, "chat": self.group, "date": 1_790_000_000, "text": "?"},
            "chat_instance": "1",
            "data": data,
        }
        return {"update_id": next(_ids), "callback_query": query}

    def type(self, text: str, *, answers: str = "", **changes: Any) -> Outcome:
        """Write into the group, answering the message with that platform id when one is given."""
        number = next(_ids)
        message = {
            "message_id": number,
            "from": self.user,
            "chat": self.group,
            "date": 1_790_000_000,
            "text": text,
        }
        if answers:
            message["reply_to_message"] = {
                "message_id": int(answers),
                "chat": self.group,
                "date": 1_790_000_000,
            }
        return self.deliver({"update_id": number, "message": message | changes})

    def answer_card(self, complaint: Complaint, text: str) -> Outcome:
        """Answer the card of a case with words."""
        return self.type(text, answers=card_ref(self.runtime, complaint, self.chat))

    def resolve(self, complaint: Complaint, cause: str = "staff", action: str = "apologised") -> str:
        """Close a case with cause and action."""
        self.press(complaint, "card=resolve")
        self.press(complaint, f"cause={cause}")
        return self.press(complaint, f"action={action}")

    @property
    def user(self) -> dict[str, Any]:
        """The person as Telegram describes one."""
        return {"id": self.person, "is_bot": False, "first_name": self.name}

    @property
    def group(self) -> dict[str, Any]:
        """The chat as Telegram describes one."""
        is_private = int(self.chat) > 0
        return {"id": int(self.chat), "type": "private" if is_private else "supergroup", "title": "Tổ"}


def complain(
    runtime: Runtime, *, person: int = 1001, comment: str = "", reply: str = "without_code", **marks: int
) -> tuple[Talker, Complaint | None]:
    """Let a citizen hand in a form: q3_3=5 for an answer that differs from a good one. Return her and her case."""
    answers = GOOD | {name.replace("q3_", "3."): number for name, number in marks.items()}
    talker = Talker(runtime, person=person).open(invite(runtime))
    talker.press("greeting=begin")
    for question, option in answers.items():
        talker.press(f"{question}={option}")
    if comment:
        talker.type(comment)
    else:
        talker.press("comment=skip")
    talker.press(f"reply={reply}")
    talker.press("contact=skip")
    talker.press("summary=submit")
    return talker, find_case(runtime, talker)


def raised(runtime: Runtime, **how: Any) -> tuple[Talker, Complaint]:
    """The same, of a form that must raise a case."""
    talker, case = complain(runtime, **how)
    assert case is not None
    return talker, case


def find_case(runtime: Runtime, talker: Talker) -> Complaint | None:
    """Return the case of a citizen as it stands now."""
    with runtime.database.reading() as tx:
        return complaints.find_by_conversation(tx, runtime.setup.vault, talker.conversation_id)


def reload(runtime: Runtime, complaint: Complaint) -> Complaint:
    """Return a case as it stands now."""
    with runtime.database.reading() as tx:
        return complaints.load_complaint(tx, runtime.setup.vault, complaint.id)


def messages_to(runtime: Runtime, chat: str, channel: str = "telegram") -> list[Message]:
    """Return what was or will be sent to a chat, edits too, oldest first."""
    with runtime.database.reading() as tx:
        address = addresses.find_address(tx, runtime.setup.vault, channel=channel, name=chat)
        if address is None:
            return []
        mine = (outbox.c.address_id == address.id) & outbox.c.state.in_(ALIVE)
        rows = tx.execute(select(outbox).where(mine).order_by(outbox.c.id)).all()
        opened = [runtime.setup.vault.open(row.sealed_body, "outbox") for row in rows if row.sealed_body]
    return [load_message(json.loads(body)["message"]) for body in opened]


def cards_in(runtime: Runtime, chat: str) -> list[Message]:
    """Return the cards of cases shown in a chat, as last drawn, oldest first."""
    with runtime.database.reading() as tx:
        address = addresses.find_address(tx, runtime.setup.vault, channel="telegram", name=chat)
        if address is None:
            return []
        mine = (outbox.c.address_id == address.id) & outbox.c.state.in_(ALIVE) & (outbox.c.place == "card")
        rows = tx.execute(select(outbox).where(mine).order_by(outbox.c.id)).all()
        shown = {row.edits_id or row.id: row.sealed_body for row in rows}
        opened = [runtime.setup.vault.open(body, "outbox") for body in shown.values() if body]
    return [load_message(json.loads(body)["message"]) for body in opened]


def card_ref(runtime: Runtime, complaint: Complaint, chat: str) -> str:
    """Return the platform's id of the newest card of a case in a chat; it must have been sent."""
    with runtime.database.reading() as tx:
        address = addresses.find_address(tx, runtime.setup.vault, channel="telegram", name=chat)
        assert address is not None
        mine = (outbox.c.address_id == address.id) & (outbox.c.complaint_id == complaint.id)
        cards = mine & (outbox.c.place == "card") & outbox.c.edits_id.is_(None)
        found = tx.execute(select(outbox.c.message_ref).where(cards).order_by(outbox.c.id.desc())).scalars()
        ref = next(iter(found))
    assert ref is not None, "the card has not been sent yet"
    return str(ref)


def message_ref(runtime: Runtime, chat: str, words: str) -> str:
    """Return the platform's id of the newest message in a chat that says `words`; it must have been sent."""
    with runtime.database.reading() as tx:
        address = addresses.find_address(tx, runtime.setup.vault, channel="telegram", name=chat)
        assert address is not None
        query = select(outbox).where(outbox.c.address_id == address.id, outbox.c.message_ref.is_not(None))
        for row in tx.execute(query.order_by(outbox.c.id.desc())):
            if words in json.loads(runtime.setup.vault.open(row.sealed_body, "outbox"))["message"]["text"]:
                return str(row.message_ref)
    raise AssertionError(f"no message in {chat} says {words}")
