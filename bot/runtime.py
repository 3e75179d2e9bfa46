"""What is alive while the program runs: settings, database, clock, chance, and the bells that wake the senders."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from bot.config import Config
from handlers.setup import Setup
from storage.database import Database, Transaction

T = TypeVar("T")


@dataclass(slots=True)
class Runtime:
    """The living program. `clock` gives the instant (aware, UTC), `chance` a number in [0, 1)."""

    config: Config
    setup: Setup
    database: Database
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    bells: dict[str, asyncio.Event] = field(default_factory=dict)  # channel → its sender has something to do
    is_demo: bool = False

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in the writer; returns after the commit. Wakes the senders, for work mostly has something to say."""
        result = await asyncio.wrap_future(self.database.submit(work))
        for bell in self.bells.values():
            bell.set()
        return result

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a reading connection in a thread of its own."""

        def run() -> T:
            with self.database.reading() as tx:
                return work(tx)

        return await asyncio.to_thread(run)
