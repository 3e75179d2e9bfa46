"""The aiohttp application: routes, limits and security headers."""

import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.metrics import REQUESTS
from bot.runtime import Runtime
from bot.web import demo, files, health, intake_api, report_api, rooms, webchat, webhooks, zalo_consent
from bot.web.errors import catch_errors
from bot.web.keys import RUNTIME

MAX_BODY = 1024 * 1024
_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; frame-src 'self'"
)


def build_application(runtime: Runtime) -> web.Application:
    """Return the application with all its routes."""
    application = web.Application(client_max_size=MAX_BODY, middlewares=[_headers, catch_errors])
    application[RUNTIME] = runtime
    application.add_routes(health.routes())
    application.add_routes(intake_api.routes())
    application.add_routes(report_api.routes())
    application.add_routes(webhooks.routes(runtime))
    application.add_routes(webchat.routes())
    application.add_routes(zalo_consent.routes())
    application.add_routes(files.routes())
    application.add_routes(rooms.routes())
    if runtime.is_demo:
        application.add_routes(demo.routes())
    return application


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    began = time.monotonic()
    response = await handler(request)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "unknown"
    REQUESTS.labels(route=route, status=str(response.status)).observe(time.monotonic() - began)
    response.headers.setdefault("Content-Security-Policy", _CSP)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")  # tokens stand in our addresses
    response.headers.setdefault("X-Robots-Tag", "noindex")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
