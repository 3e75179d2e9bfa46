"""How fast a platform may be used: a bucket for each chat and a window over all. Pure; time comes in as `now` (seconds).

The window counts what is on its way, and then each message for its whole length after the answer: only the answer tells
that the platform has counted it, and messages that left far apart may arrive together.
"""

from collections import deque
from dataclasses import dataclass, field

_FORGET = 120.0  # seconds after which a chat's bucket is full anyway
_LOOK_AGAIN = 0.05  # seconds until one of those on their way may have landed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket: `burst` at once, then `per_second`."""

    per_second: float
    burst: float


@dataclass(slots=True, kw_only=True)
class Pace:
    """The pace of one channel. A new one starts careful: what was sent before a restart is not known."""

    private: Rate
    group: Rate
    per_second: int  # over all chats in each `span`
    span: float = 1.0  # seconds: some platforms count by the minute
    used_at_start: int = 0  # so many are taken as sent just before a restart: a long window would forget them
    reserve: float = 2.0  # what edits and bulk leave in a chat's bucket for the live question
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)
    _window: deque[float] = field(default_factory=deque)  # when the latest messages were answered
    _flying: int = 0
    _started_at: float | None = None

    def wait(self, chat: str, now: float, *, is_live: bool) -> float:
        """Return how many seconds until a message to `chat` may go, 0.0 when it may now."""
        self._slide(now)
        rate = self._rate(chat)
        need = 1.0 if is_live else min(1.0 + self.reserve, rate.burst)
        level = self._level(chat, now)
        by_chat = max(0.0, (need - level) / rate.per_second)
        limit = self.per_second if is_live else max(1, self.per_second // 2)
        surplus = len(self._window) + self._flying - limit  # so many must leave the window before one may go
        by_all = 0.0
        if surplus >= 0:
            by_all = self._window[surplus] + self.span - now if surplus < len(self._window) else _LOOK_AGAIN
        return max(by_chat, by_all, self._held.get(chat, now) - now, self._held.get("", now) - now, 0.0)

    def take(self, chat: str, now: float) -> None:
        """Note that a message to `chat` goes out; `land` follows."""
        self._levels[chat] = (self._level(chat, now) - 1.0, now)
        self._flying += 1

    def land(self, now: float) -> None:
        """Note that a message that went out was answered, or never will be."""
        self._flying -= 1
        self._window.append(now)

    def used(self, now: float) -> int:
        """Return how many messages are on their way or were answered within the last span."""
        self._slide(now)
        return len(self._window) + self._flying

    def hold(self, chat: str, until: float) -> None:
        """Let nothing go to `chat` ("" for all chats) before `until`."""
        self._held[chat] = max(self._held.get(chat, 0.0), until)

    def _rate(self, chat: str) -> Rate:
        return self.group if chat.startswith("-") else self.private

    def _level(self, chat: str, now: float) -> float:
        rate = self._rate(chat)
        level, since = self._levels.get(chat, (1.0, self._start(now)))
        return min(rate.burst, level + (now - since) * rate.per_second)

    def _start(self, now: float) -> float:
        if self._started_at is None:
            self._started_at = now
            self._window.extend([now] * self.used_at_start)
        return self._started_at

    def _slide(self, now: float) -> None:
        self._start(now)
        while self._window and now - self._window[0] >= self.span:
            self._window.popleft()
        if len(self._levels) > 10_000:
            self._levels = {c: (v, s) for c, (v, s) in self._levels.items() if now - s < _FORGET}
        self._held = {c: until for c, until in self._held.items() if until > now}
