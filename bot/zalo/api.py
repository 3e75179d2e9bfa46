"""The client of the Official Account's API: one session, the living token, the account's pace. Knows no messages.

Everything the platform does comes back as a `Reply`. Nothing here is logged but paths, statuses and codes.
Pages: docs.zaloplatforms.com/docs/OA, phu-luc/ma-loi and phu-luc/gioi-han-toc-do-api (2026-11).
"""

import asyncio
import json
import mimetypes
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

import aiohttp
import structlog

from bot.metrics import ZALO_CALLS
from bot.settings.channels import Zalo
from bot.zalo.trouble import TokenTrouble
from storage.database import DatabaseDown

Host: TypeAlias = Literal["api", "business"]

TOKEN_REFUSED = (-216, -220, -124)  # invalid, expired; the last one by the host of messages by phone
TOO_MANY = -32
NO_TOKEN = "ZaloTokens"  # noqa: S105 - the fault's name
OWN_PACE = "OwnPace"
SPAN = 60.0  # seconds in which Zalo counts calls
TIMEOUT = 20.0  # seconds for a call; an upload may take so many times longer
_UPLOAD_FACTOR = 4
_CONNECTIONS = 32  # more than there are messages on their way
_KEPT_ALIVE = 10.0  # seconds: a connection that the other side has just closed looks like a lost answer
_LANDING = 3.0  # seconds that calls on their way are given when the client is closed
_UNSENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)  # never a connection
log = structlog.get_logger()


class TokenSource(Protocol):
    """Where access tokens come from."""

    async def access(self) -> str:
        """Return the living access token. Raises TokenTrouble."""

    async def renew(self, stale: str) -> str:
        """Return the token after `stale`, which Zalo has refused; one process alone asks for it. Raises TokenTrouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a call went: `code` 0 is fine, another one is Zalo's, None means that nothing readable came."""

    code: int | None
    data: Mapping[str, object] = field(default_factory=dict)
    fault: str = ""  # what hindered the call where there is no code
    is_doubtful: bool = False  # it may have been done all the same
    is_final: bool = False  # a person is needed
    after: float | None = None  # seconds until it is worth trying again

    @property
    def is_fine(self) -> bool:
        """Whether Zalo did what it was asked for."""
        return self.code == 0

    def text(self, name: str) -> str:
        """Return an id or other text of the answer, "" when it is not there."""
        found = self.data.get(name)
        return str(found) if isinstance(found, str | int) else ""


@dataclass(slots=True)
class Minute:
    """The calls of the last minute. A call counts from when it leaves until a minute after its answer."""

    limit: int
    held_until: float = 0.0
    flying: int = 0
    answered: deque[float] = field(default_factory=deque)

    def wait(self, now: float, calls: int = 1) -> float:
        """Return how many seconds until so many calls may leave, 0.0 when they may now."""
        while self.answered and now - self.answered[0] >= SPAN:
            self.answered.popleft()
        held = max(self.held_until - now, 0.0)
        surplus = len(self.answered) + self.flying + min(calls, self.limit) - 1 - self.limit
        if surplus < 0:
            return held
        return max(held, self.answered[surplus] + SPAN - now if surplus < len(self.answered) else 1.0)

    def hear(self, reply: Reply, left: str, now: float) -> None:
        """Heed what an answer says of the account's pace: `left` calls in this minute, or none."""
        if reply.code == TOO_MANY:
            self.held_until = max(self.held_until, now + SPAN)
        elif left.isdecimal() and int(left) <= 0:
            oldest = self.answered[0] if self.answered else now
            self.held_until = max(self.held_until, oldest + SPAN)


class ZaloApi:
    """Calls Zalo in the name of one Official Account; all channels of the account share one."""

    def __init__(
        self,
        settings: Zalo,
        tokens: TokenSource,
        *,
        now: Callable[[], float] = time.monotonic,
        timeout: float = TIMEOUT,
    ) -> None:
        self._bases = {"api": settings.api_base, "business": settings.business_base}
        self._tokens = tokens
        self._now = now
        self._timeout = timeout
        self._minute = Minute(settings.requests_per_minute)
        self._session: aiohttp.ClientSession | None = None
        self._flying = 0
        self._landed = asyncio.Event()

    async def call(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        host: Host = "api",
        method: Literal["GET", "POST"] = "POST",
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Call `path` with a JSON body and say how it went. A refused token is renewed once. Never raises."""

        async def ask(token: str) -> Reply:
            return await self._ask(method, path, token, host=host, json_body=body, query=query)

        return await self._with_token(ask)

    async def upload(self, kind: Literal["image", "file"], name: str, body: bytes) -> Reply:
        """Upload a picture ("attachment_id" in the answer) or a file ("token"); Zalo keeps it for 7 days. Never raises."""
        path = f"/v2.0/oa/upload/{kind}"

        async def ask(token: str) -> Reply:
            return await self._ask("POST", path, token, host="api", file=(name, body))

        reply = await self._with_token(ask)
        return replace(reply, is_doubtful=False)  # nobody sees an upload

    def wait_for(self, calls: int) -> float:
        """Return how many seconds until the account's pace has room for so many calls, 0.0 when it has now."""
        return self._minute.wait(self._now(), calls)

    async def close(self) -> None:
        """Give the connections back, once the calls on their way have landed; a later call opens new ones."""
        if self._flying:
            self._landed.clear()
            try:
                async with asyncio.timeout(_LANDING):
                    await self._landed.wait()
            except TimeoutError:
                log.warning("zalo_calls_left", calls=self._flying)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _with_token(self, ask: "Ask") -> Reply:
        try:
            token = await self._tokens.access()
            reply = await ask(token)
            if reply.code not in TOKEN_REFUSED:
                return reply
            newer = await self._tokens.renew(token)
            return reply if newer == token else await ask(newer)
        except TokenTrouble as trouble:
            log.warning("zalo_no_token", fault=trouble.fault, is_final=trouble.is_final)
            return Reply(code=None, fault=NO_TOKEN, is_final=trouble.is_final)
        except DatabaseDown:  # the tokens are kept there
            return Reply(code=None, fault="DatabaseDown")

    async def _ask(
        self,
        method: str,
        path: str,
        token: str,
        *,
        host: Host,
        json_body: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> Reply:
        is_counted = host == "api"
        wait = self._minute.wait(self._now()) if is_counted else 0.0
        if wait > 0:
            return Reply(code=TOO_MANY, fault=OWN_PACE, after=wait)
        self._flying += 1
        self._minute.flying += is_counted
        left, is_unsent = "", False
        seconds = self._timeout if file is None else self._timeout * _UPLOAD_FACTOR
        try:
            async with self._open().request(
                method,
                f"{self._bases[host]}{path}",
                headers={"access_token": token},
                json=json_body,
                data=None if file is None else _form(*file),
                params=query,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=seconds / 2),
                allow_redirects=False,
            ) as response:
                left = response.headers.get("X-RateLimit-Remain", "")
                reply = _read(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            is_unsent = isinstance(error, _UNSENT)
            reply = Reply(code=None, fault=type(error).__name__, is_doubtful=not is_unsent)
        finally:
            self._flying -= 1
            if is_counted:
                self._minute.flying -= 1
                self._minute.answered.extend([] if is_unsent else [self._now()])
            if not self._flying:
                self._landed.set()
        if is_counted:
            self._minute.hear(reply, left, self._now())
        if reply.code == TOO_MANY:
            reply = replace(reply, after=SPAN)
        ZALO_CALLS.labels(code="none" if reply.code is None else str(reply.code)).inc()
        if not reply.is_fine:
            log.info("zalo_refused", path=path, code=reply.code, fault=reply.fault)
        return reply

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_ALIVE)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


class Ask(Protocol):
    """One try of a call with a token."""

    async def __call__(self, token: str, /) -> Reply:
        """Return how it went."""


def _form(name: str, body: bytes) -> aiohttp.FormData:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    form = aiohttp.FormData()
    form.add_field("file", body, filename=name, content_type=kind)
    return form


def _read(status: int, raw: bytes) -> Reply:
    """Read an answer. Zalo refuses with status 200 and a code; what is no JSON comes from something in between."""
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError):
        payload = None
    code = _code(payload.get("error")) if isinstance(payload, dict) else None
    if isinstance(payload, dict) and code is not None and (code != 0 or status < 300):
        data = payload.get("data")
        return Reply(code=code, data=data if isinstance(data, dict) else {})
    if status == 429:
        return Reply(code=TOO_MANY)
    if status >= 300:
        return Reply(code=None, fault=f"Http{status}")
    return Reply(code=None, fault="Unreadable", is_doubtful=True)


def _code(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.removeprefix("-").isdecimal() else None
