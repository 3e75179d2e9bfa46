"""The Official Account's two channels against the strict fake, with tokens that need no database."""

import asyncio
from datetime import UTC, datetime

from bot.channels.zalo import ZaloChannel
from bot.channels.zalo_group import ZaloGroupChannel
from bot.settings.channels import Zalo
from bot.zalo.api import ZaloApi
from bot.zalo.trouble import TokenTrouble
from handlers.saying import dump_body
from storage.outbox import Claimed, Due
from storage.report_files import StoredFile
from survey.message import Button, Message
from tests.building import TIMEZONE, load_wording

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 22:00 in the department
TALK = 31
PNG = b"\x89PNG\r\n\x1a\n made up"
QUESTION = Message(
    place="3.2",
    title="Câu 2/10.",
    text="Việc hướng dẫn, niêm yết thông tin về thủ tục thế nào ạ?",
    options=(
        Button(text="Rất tốt", press="3.2=1"),
        Button(text="Tốt", press="3.2=2", is_chosen=True),
        Button(text="Kém", press="3.2=3"),
    ),
    controls=(
        Button(text="Quay lại", press="3.2=back"),
        Button(text="Bỏ qua", press="3.2=skip"),
        Button(text="Dừng", press="3.2=stop"),
    ),
)


class Tokens:
    """Gives the fake's living access token, and counts how often a new pair was fetched."""

    def __init__(self, zalo):
        self.zalo = zalo
        self.token, _ = zalo.issue_pair()
        self.renewals = 0
        self.trouble: TokenTrouble | None = None
        self._lock = asyncio.Lock()

    async def access(self):
        if self.trouble is not None:
            raise self.trouble
        return self.token

    async def renew(self, stale):
        if self.trouble is not None:
            raise self.trouble
        async with self._lock:
            if self.token == stale:
                self.token, _ = self.zalo.issue_pair()
                self.renewals += 1
        return self.token


class Ticks:
    """The client's own clock, which stands still."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def settings_for(zalo, **changes):
    """Return the settings that point to the fake."""
    bases = {name: base for name, base in zalo.bases.items() if name != "bot_base"}
    return Zalo(enabled=True, app_id=zalo.account.app_id, oa_id=zalo.account.oa_id, **{**bases, **changes})


def open_api(zalo, *, tokens=None, timeout=5.0, now=None, **changes):
    """Return a client of the fake."""
    return ZaloApi(settings_for(zalo, **changes), tokens or Tokens(zalo), now=now or Ticks(), timeout=timeout)


def open_channel(api, zalo, *, kind=ZaloChannel, clock=lambda: AT, **changes):
    """Return one of the two channels over a client."""
    settings = settings_for(zalo, **changes)
    return kind(api=api, settings=settings, wording=load_wording(), clock=clock, timezone=TIMEZONE)


def open_group_channel(api, zalo, **changes):
    """Return the channel of groups over a client."""
    return open_channel(api, zalo, kind=ZaloGroupChannel, **changes)


def claimed(message, name, *, edits_ref=None, files=(), attempts=0, **subject):
    """Return a message as the sender hands it over; `subject` is what its buttons belong to."""
    due = Due(
        id=7,
        address_id=1,
        lane=0,
        edits_id=None,
        conversation_id=TALK,
        attempts=attempts,
        doubts=0,
        is_group=False,
    )
    body = dump_body(message, **(subject or {"conversation_id": TALK}))
    return Claimed(due=due, name=name, body=body, edits_ref=edits_ref, files=tuple(files))


def stored(*names, body=PNG):
    """Return kept files of those names."""
    return tuple(StoredFile(id=number, name=name, body=body) for number, name in enumerate(names, 1))
