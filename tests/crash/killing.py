"""Deliveries that kill the service at a named step of the flow, and start it again."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.crash.service import Service, wait_until
from tests.fakes.citizen import Deliver
from tests.fakes.telegram import FakeTelegram
from tests.fakes.updates import Update
from tests.postgres import connect

ARRIVES = 0.4  # seconds after which a webhook's request is certainly in the hands of the service


@contextmanager
def held_writes(database_url: str) -> Iterator[None]:
    """Let nobody write: what the service takes in meanwhile waits before its commit."""
    if database_url.startswith("sqlite"):
        database = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
        database.execute("BEGIN IMMEDIATE")
    else:
        database = connect(database_url)  # type: ignore[assignment]  # both know execute and close
        database.execute("BEGIN")
        database.execute("LOCK TABLE inbox_keys, conversations, outbox IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        database.close()  # nothing was written: that is a rollback


@dataclass
class Killer:
    """Delivers a citizen's updates; at the act with a given number it kills the service in a given way."""

    deliver: Deliver
    service: Service
    fake: FakeTelegram
    database_url: str
    chat: int
    ways: Mapping[int, str]  # number of the act, from 0 → name of a method below
    kills: int = 0
    _acts: int = field(default=0)

    def __call__(self, update: Update) -> int:
        """Deliver, and kill when it is time."""
        way, self._acts = self.ways.get(self._acts), self._acts + 1
        if way is None:
            return self.deliver(update)
        kill: Callable[[Update], int] = getattr(self, way)
        return kill(update)

    def before_the_answer(self, update: Update) -> int:
        """The webhook was received and waits for its commit."""
        statuses: list[int] = []
        posting = threading.Thread(target=lambda: statuses.append(self.deliver(update)), daemon=True)
        self.service.wait_alive()
        with held_writes(self.database_url):
            posting.start()
            threading.Event().wait(ARRIVES)
            self.service.kill()
        self._kill()
        posting.join()
        return statuses[0]

    def right_after_the_200(self, update: Update) -> int:
        """It was acknowledged a moment ago."""
        status = self.deliver(update)
        self._kill()
        return status

    def before_and_after_the_answer(self, update: Update) -> int:
        """Both, one after the other."""
        status = self.before_the_answer(update)
        self._kill()
        return status

    def while_the_platform_handles_the_message(self, update: Update) -> int:
        """sendMessage was called and not yet answered."""
        return self._spoilt("sendMessage", update)

    def during_an_edit(self, update: Update) -> int:
        """editMessageText was called and not yet answered."""
        return self._spoilt("editMessageText", update)

    def right_after_the_platform_answered(self, update: Update) -> int:
        """The message is on the screen; that it is there may not be noted yet."""
        count = len(self.fake.messages(self.chat))
        status = self.deliver(update)
        assert self.fake.wait(self.chat, lambda shown: len(shown) > count, 30)
        self._kill()
        return status

    def between_storing_and_offset(self, update: Update) -> int:
        """What polling fetched is stored, and Telegram does not know it yet."""
        count, statuses = len(self.fake.messages(self.chat)), []  # type: tuple[int, list[int]]
        assert wait_until(self._is_polling, 30)
        self.fake.inject("getUpdates", 100_000, "500")
        waiting = threading.Thread(target=lambda: statuses.append(self.deliver(update)), daemon=True)
        waiting.start()
        assert self.fake.wait(self.chat, lambda shown: len(shown) > count, 30)
        self._kill()
        waiting.join()
        return statuses[0]

    def _spoilt(self, method: str, update: Update) -> int:
        began = self.fake.clock()
        self.fake.inject(method, 1, ("timeout", 30.0), chat_id=self.chat)
        status = self.deliver(update)
        assert self.fake.wait_for_call(
            lambda call: call.method == method and call.at >= began and call.fault, 30, answered=False
        )
        self._kill()
        return status

    def _is_polling(self) -> bool:
        return any(call.method == "getUpdates" and not call.is_done for call in self.fake.calls[-20:])

    def _kill(self) -> None:
        self.service.kill()
        self.fake.clear_faults()
        self.kills += 1
        self.service.start()
