"""The webhook of the Zalo Bot Platform: secret first, then shape, then one transaction; 200 only after the commit."""

import hmac
import json

from aiohttp import web

from bot.channels.zalo_bot import is_hooked
from bot.channels.zalo_bot_updates import Misshapen, parse_bot_update
from bot.intaking import take_in
from bot.runtime import Runtime
from bot.web.answers import Unreadable, read_json, refuse
from bot.web.keys import RUNTIME


def routes(runtime: Runtime) -> list[web.RouteDef]:
    """Return the route while the channel is on and Zalo is to call; otherwise none, and Zalo gets 404."""
    if runtime.config.zalo_bot.enabled and is_hooked(runtime.config):
        return [web.post("/webhook/zalo-bot", _take)]
    return []


async def _take(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    settings = runtime.config.zalo_bot
    given = request.headers.get("X-Bot-Api-Secret-Token", "")
    if settings.webhook_secret is None or not hmac.compare_digest(
        given.encode("utf-8", "replace"), settings.webhook_secret.get_secret_value().encode()
    ):
        return refuse(401, "unauthorized", "the secret token is missing or wrong")
    try:
        payload = await read_json(request)
    except Unreadable:
        return refuse(400, "bad_request", "the body is no JSON in UTF-8")
    try:
        inbounds = parse_bot_update(payload, bot_name=settings.name)
    except Misshapen as error:
        return refuse(422, "invalid", f"this is no update: {error}")
    if inbounds:
        await take_in(runtime, inbounds, raw=json.dumps(payload, ensure_ascii=False))
    return web.Response(status=200)
