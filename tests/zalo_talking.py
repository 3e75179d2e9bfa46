"""People on Zalo, handled in this process: what they send comes in as events, what is due is taken as a platform would."""

import itertools
from dataclasses import dataclass
from typing import Any

from bot.channels.zalo_bot_updates import parse_bot_update
from bot.channels.zalo_events import parse_event
from bot.runtime import Runtime
from handlers.happenings import Outcome
from handlers.outbound import Answer, Delivered, claim_due, finish
from storage.database import Transaction
from storage.outbox import Claimed, find_due
from survey.message import Message
from tests.fakes.zalo import ACCOUNT
from tests.talking import receive_all
from tests.zalo_settings import BOT_GROUP, GROUP

_ids = itertools.count(1)


def event(name: str, **fields: Any) -> dict[str, Any]:
    """An event as the platform posts it."""
    return {"app_id": ACCOUNT.app_id, "event_name": name, "timestamp": str(1_790_000_000_000), **fields}


@dataclass
class Villager:
    """Somebody who writes to the Official Account."""

    runtime: Runtime
    person: str = "2468458835291970001"

    def deliver(self, payload: dict[str, Any]) -> Outcome:
        """Let an event come in."""
        return receive_all(self.runtime, parse_event(payload, oa_id=ACCOUNT.oa_id))

    def write(self, text: str, **message: Any) -> Outcome:
        """Send words, or tap a button whose payload they are."""
        said = {"text": text, "msg_id": f"m{next(_ids)}", **message}
        return self.deliver(
            event(
                "user_send_text",
                sender={"id": self.person},
                recipient={"id": ACCOUNT.oa_id},
                message=said,
            )
        )

    def echo(self, text: str, ref: str) -> Outcome:
        """The platform shows what the account said to her."""
        return self.deliver(
            event(
                "oa_send_text",
                sender={"id": ACCOUNT.oa_id},
                recipient={"id": self.person},
                message={"text": text, "msg_id": ref},
            )
        )


@dataclass
class Clerk:
    """Somebody of the office in a group of the account; the platform tells no name."""

    runtime: Runtime
    person: str = "2468458835291979901"
    group: str = GROUP

    def write(self, text: str, **message: Any) -> Outcome:
        """Write into the group."""
        payload = event(
            "user_send_group_text",
            oa_id=ACCOUNT.oa_id,
            sender={"id": self.person},
            recipient={"id": self.group},
            message={"text": text, "msg_id": f"g{next(_ids)}", **message},
        )
        return receive_all(self.runtime, parse_event(payload, oa_id=ACCOUNT.oa_id))


def write_to_bot(
    runtime: Runtime, text: str, *, group: str = BOT_GROUP, person: str = "6ede9afa66b8"
) -> Outcome:
    """Write into a group with the bot, mentioning it."""
    payload = {
        "event_name": "message.text.received",
        "message": {
            "from": {"id": person, "display_name": "Cán bộ Hai", "is_bot": False},
            "chat": {"id": group, "chat_type": "GROUP"},
            "text": text,
            "message_id": f"b{next(_ids)}",
            "date": 1_790_000_000_000,
        },
    }
    return receive_all(runtime, parse_bot_update(payload))


def send_due(runtime: Runtime, channel: str, answer: Answer | None = None) -> list[tuple[Claimed, Message]]:
    """Let what is due on a channel go out; `answer` in place of success. Return what was claimed."""
    setup, at = runtime.setup, runtime.clock()
    sent: list[tuple[Claimed, Message]] = []

    def send_some(tx: Transaction) -> int:
        claims = claim_due(tx, setup, find_due(tx, channel, at, limit=100), at)
        for claimed in claims:
            sent.append((claimed, claimed.load()[0]))
            told = answer or Delivered(f"ref{claimed.due.id}")
            finish(tx, setup, claimed, told, channel=channel, at=at, jitter=0.0)
        return len(claims)

    while runtime.database.write(send_some) and answer is None:
        pass
    return sent
