"""Simulated citizens: they post updates to a webhook as Telegram does, and read what the bot says from the fake API."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from bench.fake_api import BOT, FakeApi, Said, private_chat

_PATIENCE = 30.0  # seconds until a citizen gives up, and the run with her


class Stuck(Exception):
    """A citizen did not get what had to come; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A program under measurement, and how it is talked to."""

    name: str
    pid: int
    webhook: str
    secret: str
    tokens: list[str]  # of invitations
    begin: str  # the data of the buttons, without the part that the greeting shows
    answers: tuple[str, ...]


@dataclass(slots=True)
class Timings:
    """Seconds from a posted answer to its 200, and to the next question."""

    accepted: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)


class Town:
    """All citizens of a run: one HTTP client, one fake API."""

    def __init__(self, service: Service, api: FakeApi, client: aiohttp.ClientSession, first: int) -> None:
        self.service, self.api, self.client = service, api, client
        self._people = itertools.count(first)
        self._updates = itertools.count(500_000_000 + first * 1000)
        self._tokens = iter(service.tokens)

    def settle(self, count: int) -> "list[Citizen]":
        """Return that many new citizens."""
        return [Citizen(self, next(self._people)) for _ in range(count)]

    async def post(self, **kind: object) -> float:
        """Post an update; return the seconds until its 200."""
        update = {"update_id": next(self._updates), **kind}
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.service.secret} if self.service.secret else {}
        began = time.perf_counter()
        async with self.client.post(self.service.webhook, json=update, headers=headers) as answer:
            await answer.read()
            if answer.status != 200:
                raise Stuck(f"{self.service.name} answered {answer.status}")
        return time.perf_counter() - began

    def next_token(self) -> str:
        """Return the token of an invitation nobody has opened."""
        return next(self._tokens)


class Citizen:
    """One person in a private chat."""

    def __init__(self, town: Town, person: int) -> None:
        self.town, self.person = town, person
        self.prefix = ""  # what the buttons of the conversation begin with
        self.last = Said(text="", data=(), at=0.0)
        self._message_ids = itertools.count(1)

    @property
    def user(self) -> dict[str, object]:
        """The person as the Bot API shows her."""
        return {"id": self.person, "is_bot": False, "first_name": "Người", "language_code": "vi"}

    async def open(self) -> None:
        """Follow the link of an invitation, read the greeting and the prefix on its button."""
        text = f"/start {self.town.next_token()}"
        message = {
            "message_id": next(self._message_ids),
            "from": self.user,
            "chat": private_chat(self.person),
            "date": int(time.time()),
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        }
        await self.town.post(message=message)
        greeting = await self.hear(
            lambda said: any(data.endswith(self.town.service.begin) for data in said.data)
        )
        found = next(data for data in greeting.data if data.endswith(self.town.service.begin))
        self.prefix = found.removesuffix(self.town.service.begin)

    async def press(self, choice: str) -> float:
        """Press a button of the conversation, seen or not; return the seconds until the 200."""
        number = next(self._message_ids)
        message = {
            "message_id": number,
            "from": BOT,
            "chat": private_chat(self.person),
            "date": int(time.time()),
            "text": self.last.text,
            "reply_markup": {
                "inline_keyboard": [[{"text": "…", "callback_data": d}] for d in self.last.data]
            },
        }
        query = {
            "id": f"{self.person}{number:06}",
            "from": self.user,
            "message": message,
            "chat_instance": str(self.person),
            "data": self.prefix + choice,
        }
        return await self.town.post(callback_query=query)

    async def hear(self, is_wanted: Callable[[Said], bool]) -> Said:
        """Wait for a message of the bot."""
        queue = self.town.api.said[self.person]
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    self.last = await queue.get()
                    if is_wanted(self.last):
                        return self.last
        except TimeoutError:
            raise Stuck(f"{self.town.service.name} said nothing fitting for {_PATIENCE:.0f} s") from None

    async def answer_without_waiting(self, timings: Timings) -> None:
        """Answer the ten questions, each as soon as the answer before was accepted."""
        for choice in self.town.service.answers:
            timings.accepted.append(await self.press(choice))

    async def answer_as_asked(self, timings: Timings, *, think: float, questions: int) -> None:
        """Answer each question after having seen it and thought about it."""
        await self.open()
        await asyncio.sleep(think)
        await self.press(self.town.service.begin)
        await self.hear(_anything)
        for choice in self.town.service.answers[:questions]:
            await asyncio.sleep(think)
            began = asyncio.get_running_loop().time()
            timings.accepted.append(await self.press(choice))
            timings.asked.append((await self.hear(_anything)).at - began)


def _anything(_said: Said) -> bool:
    return True
