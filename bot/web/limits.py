"""Slowing callers down: a bucket for each, and who a caller is behind a proxy."""

from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import ip_address

from aiohttp import web

from bot.runtime import Runtime

_MAX_CALLERS = 10_000


@dataclass(slots=True)
class Limit:
    """A bucket of calls for each caller."""

    per_second: float
    burst: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, caller: str, now: float) -> float:
        """Take one call. Return 0.0, or how many seconds to wait when there is none left."""
        level, before = self._buckets.pop(caller, (float(self.burst), now))
        level = min(self.burst, level + (now - before) * self.per_second)
        wait = 0.0 if level >= 1 else (1 - level) / self.per_second
        self._buckets[caller] = (level - 1 if wait == 0 else level, now)
        while len(self._buckets) > _MAX_CALLERS:
            self._buckets.popitem(last=False)
        return wait


def client_name(request: web.Request, runtime: Runtime) -> str:
    """Return the caller's address; behind a trusted proxy the last one it names."""
    peer = request.remote or "unknown"
    forwarded = request.headers.get("X-Forwarded-For", "")
    if not forwarded or not _is_trusted(peer, runtime):
        return peer
    last = forwarded.rsplit(",", 1)[-1].strip()
    return last[:64] if _is_address(last) else peer


def _is_trusted(peer: str, runtime: Runtime) -> bool:
    return _is_address(peer) and any(
        ip_address(peer) in network for network in runtime.config.web.trusted_proxies
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
