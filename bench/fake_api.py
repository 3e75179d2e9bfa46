"""A fast Telegram Bot API on loopback that checks nothing: it hands what a bot says to the citizens waiting for it."""

import asyncio
import itertools
import json
import time
from collections import defaultdict
from dataclasses import dataclass

from aiohttp import web

BOT = {"id": 700000001, "is_bot": True, "first_name": "Bench", "username": "KhaoSatBot"}
TOKEN = "700000001:AAbenchBenchBenchBenchBenchBench00"  # noqa: S105 - made up, for this server only


@dataclass(frozen=True, slots=True)
class Said:
    """A message the bot sent."""

    text: str
    data: tuple[str, ...]  # of its buttons
    at: float  # by the loop's clock


class FakeApi:
    """The server; `said[chat]` is a queue of the bot's messages to that chat."""

    def __init__(self) -> None:
        self.said: defaultdict[int, asyncio.Queue[Said]] = defaultdict(asyncio.Queue)
        self.calls = 0
        self.base_url = ""
        self._ids = itertools.count(1)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        application = web.Application()
        application.router.add_post("/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=512).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close everything."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.calls += 1
        method, given = request.match_info["method"], await request.post()
        result: object = True
        if method == "getMe":
            result = BOT
        elif method in {"sendMessage", "editMessageText"}:
            chat = int(str(given["chat_id"]))
            number = int(str(given.get("message_id", 0))) or next(self._ids)
            result = {"message_id": number, "from": BOT, "chat": private_chat(chat), "date": int(time.time())}
            if method == "sendMessage":
                self.said[chat].put_nowait(_read(str(given["text"]), str(given.get("reply_markup", ""))))
        return web.json_response({"ok": True, "result": result})


def private_chat(person: int) -> dict[str, object]:
    """Return a chat as the Bot API shows it."""
    return {"id": person, "type": "private", "first_name": "Người"}


def _read(text: str, markup: str) -> Said:
    rows = json.loads(markup)["inline_keyboard"] if markup else []
    data = tuple(button["callback_data"] for row in rows for button in row)
    return Said(text=text, data=data, at=asyncio.get_running_loop().time())
