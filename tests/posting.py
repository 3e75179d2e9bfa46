"""The sender of Telegram in this process, let go round by round: no waiting, and as fast as the fake answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.app import build_telegram
from bot.pace import Pace, Rate
from bot.runtime import Runtime
from bot.sender import Sender
from handlers.complaints import watching
from storage import outbox
from tests.running import Clock


class _NoPace(Pace):
    """Lets everything go at once: what a platform asked for stands in the outbox, by the program's own clock."""

    def hold(self, chat: str, until: float) -> None:
        """Hold nothing."""


_FAST = Rate(per_second=1e6, burst=1e6)
_MOST_ROUNDS = 20_000


class Post:
    """What stands between the outbox and the fake."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.channel = build_telegram(runtime)
        self.sender = Sender(runtime, self.channel)
        self.sender.pace = _NoPace(private=_FAST, group=_FAST, per_second=1_000_000)

    async def send(self) -> None:
        """Send until nothing is due at the clock's moment. What hangs is waited for."""
        for _ in range(_MOST_ROUNDS):
            await self.sender.round()
            if self.sender.flying:
                await asyncio.wait(list(self.sender.flying.values()), return_when=asyncio.FIRST_COMPLETED)
            elif not self._due():
                return
        raise AssertionError("the outbox never becomes empty")

    async def go_on(self, clock: Clock, *, minutes: float, step: float = 10.0) -> None:
        """Let time pass in steps of so many seconds: send what is due, and do the job that looks after complaints."""
        end = clock.at + timedelta(minutes=minutes)
        while clock.at < end:
            clock.at += timedelta(seconds=step)
            if clock.at.second < step:  # the job runs every minute
                self.runtime.database.write(lambda tx: watching.watch(tx, self.runtime.setup, clock.at))
            await self.send()

    def _due(self) -> bool:
        at: datetime = self.runtime.clock()
        with self.runtime.database.reading() as tx:
            return bool(outbox.find_due(tx, "telegram", at, limit=1))


@asynccontextmanager
async def posting(runtime: Runtime) -> AsyncIterator[Post]:
    """Give the post of a program, its connections closed afterwards."""
    post = Post(runtime)
    try:
        yield post
    finally:
        await post.channel.close()
