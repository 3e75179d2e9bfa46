"""The intake: `POST /api/v1/dossiers` and `/api/v1/results`, single and batch."""

import asyncio
import hmac
from collections.abc import Mapping

from aiohttp import web

from bot.runtime import Runtime
from bot.web.answers import Unreadable, answer, read_json, refuse
from bot.web.keys import RUNTIME
from bot.web.limits import Limit, client_name
from handlers import intake
from handlers.intake import CONTRADICTION, Offer, Taken
from handlers.intake_fields import Entry, FieldProblem, read_entry

MAX_BATCH = 500
_CALLS = Limit(per_second=50.0, burst=200)
_WRONG_TOKENS = Limit(per_second=0.2, burst=30)


def routes() -> list[web.RouteDef]:
    """Return the routes of the intake."""
    return [web.post("/api/v1/dossiers", _post_dossiers), web.post("/api/v1/results", _post_results)]


async def _post_dossiers(request: web.Request) -> web.Response:
    return await _take(request, needs_result=False)


async def _post_results(request: web.Request) -> web.Response:
    return await _take(request, needs_result=True)


async def _take(request: web.Request, *, needs_result: bool) -> web.Response:
    runtime = request.app[RUNTIME]
    refused = check_bearer(request, runtime)
    if refused is not None:
        return refused
    try:
        values = await read_json(request)
    except Unreadable:
        return refuse(400, "bad_request", "the body is no JSON in UTF-8")
    if isinstance(values, Mapping) and "results" in values:
        return await _take_batch(runtime, values, needs_result=needs_result)
    at = runtime.clock()
    entry, problems = read_entry(values, runtime.setup, needs_result=needs_result, at=at)
    if entry is None:
        return refuse(422, "invalid", "some fields cannot be used", _fields(problems))
    single = entry
    taken = await runtime.write(lambda tx: intake.take_entry(tx, runtime.setup, single, at))
    if taken.offer is None:
        return refuse(
            CONTRADICTION,
            "contradiction",
            "this dossier was reported otherwise before",
            _fields(taken.problems),
        )
    return answer(describe_offer(taken.offer, runtime), taken.status)


async def _take_batch(
    runtime: Runtime, values: Mapping[object, object], *, needs_result: bool
) -> web.Response:
    listed = values["results"]
    surplus = [{"field": str(name)[:64], "message": "is not known"} for name in values if name != "results"]
    if not isinstance(listed, list) or not listed:
        surplus.append({"field": "results", "message": "must be a list with at least one entry"})
    if surplus or not isinstance(listed, list):
        return refuse(422, "invalid", "some fields cannot be used", surplus)
    if len(listed) > MAX_BATCH:
        return refuse(413, "too_large", f"at most {MAX_BATCH} results in one call")
    at = runtime.clock()
    read = [read_entry(one, runtime.setup, needs_result=needs_result, at=at) for one in listed]
    entries = [entry for entry, _ in read if entry is not None]
    taken = iter(await runtime.write(lambda tx: intake.take_entries(tx, runtime.setup, entries, at)))
    outcomes = [
        _describe_one(one, entry, problems, None if entry is None else next(taken), runtime)
        for one, (entry, problems) in zip(listed, read, strict=True)
    ]
    return answer({"results": outcomes})


def _describe_one(
    given: object,
    entry: Entry | None,
    problems: tuple[FieldProblem, ...],
    taken: Taken | None,
    runtime: Runtime,
) -> dict[str, object]:
    code = given.get("dossier_code") if isinstance(given, Mapping) else None
    described: dict[str, object] = {"dossier_code": code if isinstance(code, str) else None}
    if entry is None or taken is None:
        return described | {"status": 422, "fields": _fields(problems)}
    if taken.offer is None:
        return described | {"status": CONTRADICTION, "fields": _fields(taken.problems)}
    return described | {
        "status": taken.status,
        "invitation": describe_offer(taken.offer, runtime)["invitation"],
    }


def describe_offer(offer: Offer, runtime: Runtime) -> dict[str, object]:
    """Return an invitation as the interface gives it."""
    links = runtime.setup.links
    web_link = f"{links.public_url}/s/{offer.token}"
    return {
        "dossier_code": offer.dossier_code,
        "invitation": {
            "token": offer.token,
            "code": offer.code,
            "state": offer.state,
            "expires_at": offer.expires_at.isoformat() if offer.expires_at else None,
            "links": {
                "telegram": f"https://t.me/{links.telegram_username}?start={offer.token}"
                if links.telegram_username
                else None,
                "zalo": f"https://zalo.me/{links.zalo_oa_id}?text={offer.code}" if links.zalo_oa_id else None,
                "web": web_link,
                "qr": f"{web_link}/qr.png",
            },
        },
    }


def check_bearer(request: web.Request, runtime: Runtime) -> web.Response | None:
    """Return the refusal of a call without a right token, or of one too many; None when it may go on."""
    sender = client_name(request, runtime)
    given = request.headers.get("Authorization", "")
    scheme, _, token = given.partition(" ")
    known = [secret.get_secret_value().encode() for secret in runtime.config.web.api_tokens]
    fits = [hmac.compare_digest(token.strip().encode("utf-8", "replace"), one) for one in known]
    now = asyncio.get_running_loop().time()
    if scheme.lower() != "bearer" or not any(fits):
        wait = _WRONG_TOKENS.take(sender, now)
        if wait > 0:
            return _too_many(wait)
        return refuse(
            401,
            "unauthorized",
            "give a valid token: Authorization: Bearer …",
            headers={"WWW-Authenticate": "Bearer"},
        )
    wait = _CALLS.take(sender, now)
    return _too_many(wait) if wait > 0 else None


def _too_many(wait: float) -> web.Response:
    return refuse(
        429,
        "too_many",
        "too many calls; wait as Retry-After says",
        headers={"Retry-After": str(int(wait) + 1)},
    )


def _fields(problems: tuple[FieldProblem, ...]) -> list[dict[str, str]]:
    return [{"field": problem.field, "message": problem.message} for problem in problems]
