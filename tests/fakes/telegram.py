"""A strict Telegram Bot API on 127.0.0.1, over real HTTP, in a thread of its own. It refuses what Telegram refuses.

    with FakeTelegram() as fake:
        fake.add_private(1001)
        …  # a client works against fake.base_url
        fake.wait(1001, lambda messages: messages and messages[-1].text == "Xin chào", timeout=5)
        assert fake.violations == []

What the methods do is in `telegram_methods.py`, their parameters in `telegram_tables.py`, rates and faults in
`telegram_limits.py`; people who use the bot are in `citizen.py`.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.fakes.telegram_limits import EarlyCall, Fault, RateHit
from tests.fakes.telegram_server import ApiServer, Call
from tests.fakes.telegram_world import Chat, ShownMessage, World

T = TypeVar("T")

TOKEN = "123456789:AAtestTokenOfTheFakeTelegramServer0"  # in the shape of a real one


class FakeTelegram:
    """The server, and what a test wants to know of it. All views and changes are safe from any thread."""

    def __init__(
        self,
        token: str = TOKEN,
        username: str = "KhaoSatBot",
        port: int = 0,
        enforce_rate: bool = False,
        latency: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.token = token
        self.clock = clock
        self.world = World(bot_id=int(token.partition(":")[0]), username=username, clock=clock)
        self._server = ApiServer(
            self.world, token=token, port=port, enforce_rate=enforce_rate, latency=latency, clock=clock
        )

    # -- life

    def start(self) -> Self:
        """Listen; return when requests are answered."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Close every connection and end the thread."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """What stands in the place of https://api.telegram.org."""
        return f"http://127.0.0.1:{self._server.port}"

    # -- chats

    def add_private(self, chat_id: int, started: bool = True, name: str = "Người dân") -> Chat:
        """Make a person known; until `started` the bot may not write to them."""
        return self.world.add_chat(chat_id, kind="private", title=name, is_started=started, members={})

    def add_group(
        self, chat_id: int, title: str = "Nhóm cán bộ", members: dict[int, str] | None = None
    ) -> Chat:
        """Make a group known, a supergroup when its id begins with -100; `members` maps people to their status."""
        kind = "supergroup" if str(chat_id).startswith("-100") else "group"
        return self.world.add_chat(chat_id, kind=kind, title=title, is_started=True, members=members or {})

    def block(self, chat_id: int, blocked: bool = True) -> None:
        """Let a person block the bot (403), or unblock it."""
        with self.world.lock:
            self.world.chats[chat_id].is_blocked = blocked

    def kick(self, chat_id: int, kicked: bool = True) -> None:
        """Throw the bot out of a group (403), or let it in again."""
        self.block(chat_id, kicked)

    def migrate(self, old: int, new: int) -> None:
        """Turn a group into a supergroup: calls for the old id get 400 with the new one."""
        self.world.migrate(old, new)

    def forget(self, chat_id: int) -> None:
        """Make a chat unknown to the bot (400 chat not found)."""
        with self.world.lock:
            self.world.chats[chat_id].is_forgotten = True

    # -- what was seen

    def messages(self, chat_id: int) -> list[ShownMessage]:
        """The bot's messages on the chat's screen now, oldest first."""
        with self.world.lock:
            return list(self.world.chats[chat_id].shown.values())

    def wait(
        self, chat_id: int, predicate: Callable[[list[ShownMessage]], T], timeout: float = 10.0
    ) -> T | None:
        """Wait until `predicate(messages)` is truthy and return its value; None when the time is over."""
        chat = self.world.chats[chat_id]
        with chat.changed:
            return chat.changed.wait_for(lambda: predicate(list(chat.shown.values())), timeout) or None

    def wait_for_call(
        self, predicate: Callable[[Call], object], timeout: float = 10.0, *, answered: bool = True
    ) -> Call | None:
        """Wait for a call that satisfies the predicate, answered (or cut) unless said otherwise; None in vain."""

        def found() -> Call | None:
            return next((c for c in self._server.calls if c.is_done >= answered and predicate(c)), None)

        with self._server.called:
            return self._server.called.wait_for(found, timeout)

    @property
    def calls(self) -> list[Call]:
        """Every request so far, getUpdates included."""
        with self.world.lock:
            return list(self._server.calls)

    @property
    def violations(self) -> list[str]:
        """What a right client never does."""
        with self.world.lock:
            return list(self.world.violations)

    @property
    def rate_hits(self) -> list[RateHit]:
        """Calls beyond Telegram's rates."""
        with self.world.lock:
            return list(self._server.rates.hits)

    @property
    def early(self) -> list[EarlyCall]:
        """Calls made before a retry_after had passed."""
        with self.world.lock:
            return list(self._server.rates.early)

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """Answered callback queries: id → text and show_alert."""
        with self.world.lock:
            return dict(self.world.answers)

    @property
    def unanswered(self) -> set[str]:
        """Callback queries whose button still shows progress."""
        with self.world.lock:
            return self.world.callbacks - self.world.answers.keys()

    @property
    def webhook(self) -> dict[str, Any]:
        """url, secret_token, max_connections and allowed_updates; empty without a webhook."""
        with self.world.lock:
            return (
                {**self.world.webhook, "allowed_updates": self.world.allowed_updates}
                if self.world.webhook
                else {}
            )

    @property
    def commands(self) -> dict[str, list[dict[str, str]]]:
        """The menus: scope as JSON, and language where there is one → commands."""
        with self.world.lock:
            return dict(self.world.commands)

    # -- faults

    def inject(
        self,
        method_pattern: str,
        count: int,
        fault: str | tuple[str, float],
        chat_id: int | None = None,
        probability: float = 1.0,
    ) -> Fault:
        """Spoil the next `count` calls that fit, e.g. `inject("send*", 2, ("429", 3))`. See FAULTS in `telegram_limits.py`."""
        with self.world.lock:
            return self._server.faults.add(
                method_pattern, count, fault, chat_id=chat_id, probability=probability
            )

    def refuse_letters(self, letters: str) -> None:
        """Answer 400 to every text with one of these letters; "" to none."""
        with self.world.lock:
            self.world.refused_letters = letters

    def clear_faults(self) -> None:
        """Work well again."""
        with self.world.lock:
            self._server.faults.clear()

    # -- updates for a bot that polls, and calls in the answers of a webhook

    def push(self, update: dict[str, Any]) -> None:
        """Queue an update for getUpdates; one that allowed_updates leaves out is dropped, as Telegram does."""
        with self.world.lock:
            if self.world.is_wanted(update):
                self.world.updates.append(update)
        self._server.wake_pollers()

    def deliver_by_polling(self, update: dict[str, Any], timeout: float = 30.0) -> int:
        """Queue an update and wait until its offset is confirmed: 200, or 0 in vain."""
        self.push(update)
        with self.world.confirmed:
            done = self.world.confirmed.wait_for(
                lambda: self.world.confirmed_below > update["update_id"], timeout
            )
        return 200 if done else 0

    def carry_out(self, method: str, params: dict[str, Any]) -> None:
        """Carry out a call from the body of a webhook's answer; nobody learns how it went."""
        self._server.carry_out(method, params)
