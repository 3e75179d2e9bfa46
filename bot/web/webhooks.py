"""The webhooks: secret first, then shape, then one transaction; 200 only after the commit."""

import hmac
import json

import structlog
from aiohttp import web

from bot.channels import telegram
from bot.intaking import take_in
from bot.runtime import Runtime
from bot.web import zalo_bot_webhook, zalo_webhook
from bot.web.answers import Unreadable, answer, read_json, refuse
from bot.web.keys import RUNTIME

log = structlog.get_logger()


def routes(runtime: Runtime) -> list[web.RouteDef]:
    """Return the routes of the channels that are on; the others answer 404."""
    listed = []
    if runtime.config.telegram.enabled and runtime.config.telegram.mode == "webhook":
        listed.append(web.post("/webhook/telegram", _telegram))
    if runtime.config.zalo.enabled:
        listed += zalo_webhook.routes(runtime)
    listed.extend(zalo_bot_webhook.routes(runtime))
    return listed


async def _telegram(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    secret = runtime.config.telegram.webhook_secret
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if secret is None or not hmac.compare_digest(
        given.encode("utf-8", "replace"), secret.get_secret_value().encode()
    ):
        return refuse(401, "unauthorized", "the secret token is missing or wrong")
    try:
        payload = await read_json(request)
    except Unreadable:
        return refuse(400, "bad_request", "the body is no JSON in UTF-8")
    try:
        inbounds = telegram.parse_update(payload)
    except telegram.Misshapen as error:
        return refuse(422, "invalid", f"this is no update: {error}")
    if not inbounds:
        return web.Response(status=200)
    outcome = await take_in(runtime, inbounds, raw=json.dumps(payload, ensure_ascii=False))
    callback = next((inbound.callback for inbound in inbounds if inbound.callback), "")
    may_answer = runtime.config.may_write_to("telegram", inbounds[0].name)
    if callback and may_answer and not outcome.is_repeated:
        return answer(telegram.answer_callback(callback, outcome.toast))
    return web.Response(status=200)
