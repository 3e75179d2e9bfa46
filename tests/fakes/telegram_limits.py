"""Telegram's rates, and faults that a test asks for."""

import math
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

# core.telegram.org/bots/faq: about 1 message a second in a chat, 20 a minute in a group, 30 a second in all.
PRIVATE_PER_SECOND = 1.0
PRIVATE_BURST = 5.0
GROUP_PER_MINUTE = 20
OVERALL_PER_SECOND = 30

COUNTED = ("send*", "edit*", "copy*", "forward*")
NOT_COUNTED = ("sendChatAction",)

FAULTS = (
    "429",
    "500",
    "502",
    "timeout",
    "cut_before",
    "cut_after",
    "torn_json",
    "403",
    "migrate",
    "bad_markup",
)


def is_counted(method: str) -> bool:
    """Tell whether a method falls under the rates."""
    return method not in NOT_COUNTED and any(fnmatchcase(method, pattern) for pattern in COUNTED)


@dataclass(frozen=True, kw_only=True)
class RateHit:
    """A call beyond a rate, whether it was refused or not."""

    at: float
    method: str
    chat_id: Any
    rule: str


@dataclass(frozen=True, kw_only=True)
class EarlyCall:
    """A call made before the retry_after of an earlier answer had passed."""

    at: float
    method: str
    chat_id: Any
    seconds_left: float


@dataclass
class Rates:
    """Counts calls, per chat and overall."""

    hits: list[RateHit] = field(default_factory=list)
    early: list[EarlyCall] = field(default_factory=list)
    _tokens: dict[Any, tuple[float, float]] = field(default_factory=dict)  # chat → (tokens, as of)
    _minute: defaultdict[Any, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _second: deque[float] = field(default_factory=deque)
    _not_before: dict[Any, float] = field(default_factory=dict)

    def hold(self, chat_id: Any, until: float) -> None:
        """Remember the promise of a retry_after."""
        self._not_before[chat_id] = max(until, self._not_before.get(chat_id, until))

    def seconds_too_early(self, method: str, chat_id: Any, now: float) -> float:
        """Record and measure a call before the promised time; 0 when there is none."""
        left = self._not_before.get(chat_id, now) - now
        if left <= 0:
            return 0.0
        self.early.append(EarlyCall(at=now, method=method, chat_id=chat_id, seconds_left=left))
        return left

    def take(self, method: str, chat_id: Any, now: float, *, enforce: bool) -> int:
        """Count a call; return the retry_after in whole seconds when it goes beyond a rate, else 0."""
        tokens = self._refilled(chat_id, now)
        rule, wait = self._broken_rule(chat_id, tokens, now)
        if rule:
            self.hits.append(RateHit(at=now, method=method, chat_id=chat_id, rule=rule))
            if enforce:
                return max(1, math.ceil(wait))
        self._tokens[chat_id] = (max(0.0, tokens - 1), now)
        self._minute[chat_id].append(now)
        self._second.append(now)
        return 0

    def _refilled(self, chat_id: Any, now: float) -> float:
        tokens, since = self._tokens.get(chat_id, (PRIVATE_BURST, now))
        return min(PRIVATE_BURST, tokens + (now - since) * PRIVATE_PER_SECOND)

    def _broken_rule(self, chat_id: Any, tokens: float, now: float) -> tuple[str, float]:
        minute = self._minute[chat_id]
        while minute and now - minute[0] >= 60:
            minute.popleft()
        while self._second and now - self._second[0] >= 1:
            self._second.popleft()
        is_group = isinstance(chat_id, int) and chat_id < 0
        if is_group and len(minute) >= GROUP_PER_MINUTE:
            return "20/min in a group", 60 - (now - minute[0])
        if not is_group and tokens < 1:
            return "1/s in a private chat", (1 - tokens) / PRIVATE_PER_SECOND
        if len(self._second) >= OVERALL_PER_SECOND:
            return "30/s overall", 1 - (now - self._second[0])
        return "", 0.0


@dataclass(kw_only=True)
class Fault:
    """A rule that spoils the next `left` calls it fits; `used` counts those it has spoilt."""

    pattern: str
    left: int
    kind: str
    value: float | None
    chat_id: int | None
    probability: float
    used: int = 0


class Faults:
    """The rules in force, oldest first."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._chance = random.Random(0)  # noqa: S311 - the same run, the same faults; no secret

    def add(
        self,
        pattern: str,
        count: int,
        fault: str | tuple[str, float],
        *,
        chat_id: int | None,
        probability: float,
    ) -> Fault:
        """Add a rule; a fault is a name, or a name with its value: ("429", 3), ("timeout", 0.2), ("migrate", -100)."""
        kind, value = (fault, None) if isinstance(fault, str) else fault
        if kind not in FAULTS or (kind == "migrate" and value is None):
            raise ValueError(
                f"no such fault: {fault!r}; there are {', '.join(FAULTS)}, migrate with a new id"
            )
        rule = Fault(
            pattern=pattern, left=count, kind=kind, value=value, chat_id=chat_id, probability=probability
        )
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """End all rules."""
        self._rules.clear()

    def take(self, method: str, chat_id: Any) -> Fault | None:
        """Give the rule that spoils this call, if any."""
        for rule in self._rules:
            fits = fnmatchcase(method, rule.pattern) and rule.chat_id in (None, chat_id)
            if rule.left > 0 and fits and self._chance.random() < rule.probability:
                rule.left -= 1
                rule.used += 1
                return rule
        return None
