"""Zalo's webhook: signature over the raw bytes first, then shape, then one transaction; 200 only after the commit.

Zalo wants its 200 within 2 s, delivers again for an hour, then switches the address off. A wrong secret would so
end in silence: the operator is told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web

from bot.channels.zalo_events import Misshapen, parse_event
from bot.channels.zalo_signature import Source, find_timestamp, looks_signed, timestamp_of
from bot.intaking import take_in
from bot.metrics import ZALO_EVENTS, ZALO_SIGNATURES
from bot.runtime import Runtime
from bot.web.answers import Unreadable, read_json, refuse
from handlers import operators
from handlers.setup import Setup
from storage.database import DatabaseDown, Transaction

_PROBE = b"{}"  # what the platform posts, unsigned, when the address is saved
_ENOUGH_WRONG = 3
_QUIET = timedelta(minutes=10)
log = structlog.get_logger()


def routes(runtime: Runtime) -> list[web.RouteDef]:
    """Return the route of the Official Account."""
    return [web.post("/webhook/zalo", _Door(runtime).receive)]


@dataclass(slots=True)
class _Door:
    """The one way in, and how many knocked with a wrong signature since the last right one."""

    runtime: Runtime
    wrong: int = 0
    right_at: datetime | None = None
    told_at: datetime | None = None

    async def receive(self, request: web.Request) -> web.Response:
        """Take in one delivery."""
        try:
            raw = await request.read()
        except web.RequestPayloadError:  # packed, and not as it says
            return _refuse(400, "bad_request", "the body cannot be unpacked", "unreadable")
        if raw == _PROBE:
            return _done("probe")
        signature = request.headers.get("X-ZEvent-Signature", "")
        if not looks_signed(signature):
            return _refuse(401, "unauthorized", "the signature is missing or wrong", "unsigned")
        payload, is_readable = await _read(request)
        source = self._check(raw, signature, payload, request.headers.get("X-ZEvent-Timestamp", ""))
        if source is None:
            await self._note_wrong(payload)
            return _refuse(401, "unauthorized", "the signature is missing or wrong", "wrong_signature")
        ZALO_SIGNATURES.labels(timestamp=source).inc()
        self.wrong, self.right_at = 0, self.runtime.clock()
        if not is_readable:
            return _refuse(400, "bad_request", "the body is no JSON in UTF-8", "unreadable")
        return await self._take(payload, is_late=bool(request.headers.get("num_retry", "").strip(" 0")))

    def _check(self, raw: bytes, signature: str, payload: object, header_timestamp: str) -> Source | None:
        settings = self.runtime.config.zalo
        return find_timestamp(
            app_id=settings.app_id,
            oa_secret=settings.oa_secret.get_secret_value() if settings.oa_secret else "",
            raw=raw,
            header_signature=signature,
            body_timestamp=timestamp_of(payload),
            header_timestamp=header_timestamp.strip(),
        )

    async def _take(self, payload: object, *, is_late: bool) -> web.Response:
        config = self.runtime.config
        try:
            inbounds = parse_event(payload, oa_id=config.zalo.oa_id, public_url=config.web.public_url)
        except Misshapen as error:
            return _refuse(422, "invalid", f"this is no event: {error}", "misshapen")
        if not inbounds:
            return _done("unused")
        if is_late:
            inbounds = tuple(replace(one, late_since=_said_at(payload)) for one in inbounds)
        outcome = await take_in(self.runtime, inbounds, raw=json.dumps(payload, ensure_ascii=False))
        return _done("repeated" if outcome.is_repeated else "taken")

    async def _note_wrong(self, payload: object) -> None:
        """Count what looks like an event of Zalo; tell the operator when nothing else has come for a while."""
        if not isinstance(payload, Mapping) or "event_name" not in payload or not timestamp_of(payload):
            return
        self.wrong += 1
        at = self.runtime.clock()
        if self.wrong < _ENOUGH_WRONG or _is_recent(self.right_at, at) or _is_recent(self.told_at, at):
            return
        try:
            await self.runtime.write(lambda tx: _tell(tx, self.runtime.setup, at))
        except DatabaseDown as error:  # the caller is refused all the same; the next wrong one tries again
            log.warning("zalo_signature_untold", fault=str(error))
            return
        self.told_at = at
        log.error("zalo_signature_wrong", count=self.wrong)


def _said_at(payload: object) -> datetime | None:
    """Return when an event happened, by its own time in milliseconds."""
    told = timestamp_of(payload)
    try:
        return datetime.fromtimestamp(int(told) / 1000, UTC) if told else None
    except (ValueError, OverflowError, OSError):
        return None


async def _read(request: web.Request) -> tuple[object, bool]:
    """Return the body's values and whether it could be read."""
    try:
        return await read_json(request), True
    except Unreadable:
        return None, False


def _tell(tx: Transaction, setup: Setup, at: datetime) -> None:
    operators.tell(tx, setup, name="zalo_signature", key="operator_zalo_signature", at=at)


def _is_recent(instant: datetime | None, at: datetime) -> bool:
    return instant is not None and at - instant < _QUIET


def _done(fate: str) -> web.Response:
    ZALO_EVENTS.labels(fate=fate).inc()
    return web.Response(status=200)


def _refuse(status: int, code: str, message: str, fate: str) -> web.Response:
    ZALO_EVENTS.labels(fate=fate).inc()
    return refuse(status, code, message)
