"""Where the request handlers find the runtime."""

from aiohttp import web

from bot.runtime import Runtime

RUNTIME: web.AppKey[Runtime] = web.AppKey("runtime", Runtime)
