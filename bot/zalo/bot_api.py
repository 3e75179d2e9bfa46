"""The client of the Zalo Bot Platform. The bot's token is part of every address it calls: neither an address nor the words
of an error leave this module.

Methods and codes: https://docs.zaloplatforms.com/docs/BOT (2026-10-02).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from bot.settings.channels import ZaloBot

_PATIENCE = 30.0  # seconds to wait for an answer
_CONNECT = 10.0
_FAULTS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "InternalError",  # so says the platform's table
    404: "NotFound",
    408: "RequestTimeout",
    429: "TooManyRequests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BotReply:
    """What came of a call: `code` is 0 when all is well, the platform's number of an error, None when nothing readable came."""

    code: int | None
    result: object = None
    fault: str = ""  # safe to log
    description: str = ""  # the platform's words; never logged
    is_doubtful: bool = False  # it may have been done all the same


class BotApi:
    """Calls the methods of one bot."""

    def __init__(self, settings: ZaloBot) -> None:
        token = settings.token.get_secret_value() if settings.token else ""
        self._base = f"{settings.api_base}/bot{token}"
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, body: Mapping[str, object] | None = None, *, patience: float = _PATIENCE
    ) -> BotReply:
        """Call a method. Never raises for what the network or the platform does."""
        limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=patience)
        try:
            async with self._open().post(
                f"{self._base}/{method}", json=dict(body or {}), timeout=limits, allow_redirects=False
            ) as response:
                return _read(response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return BotReply(code=None, fault=type(error).__name__)
        except (aiohttp.ClientError, OSError) as error:  # the second: time-outs too
            return BotReply(code=None, fault=type(error).__name__, is_doubtful=True)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A kept connection that the other side has closed would leave it in doubt whether a message is out.
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


def _read(status: int, raw: bytes) -> BotReply:
    """Read the envelope: it decides, not the HTTP status; where none came, the status is all there is."""
    try:
        envelope = json.loads(raw.decode())
    except (ValueError, RecursionError):
        envelope = None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("ok"), bool):
        is_refused = 400 <= status < 600
        return BotReply(
            code=status if is_refused else None,
            fault=_FAULTS.get(status, f"Status{status}") if is_refused else "Unreadable",
            is_doubtful=not is_refused,
        )
    if envelope["ok"]:
        return BotReply(code=0, result=envelope.get("result"))
    given = envelope.get("error_code")
    code = given if isinstance(given, int) and given > 0 else status
    words = envelope.get("description")
    return BotReply(
        code=code,
        fault=_FAULTS.get(code, f"Code{code}"),
        description=words if isinstance(words, str) else "",
    )
