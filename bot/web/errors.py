"""The web edge: what an error looks like from outside. A bug is logged with ids and answered 500; the service goes on."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bot.web import webchat
from bot.web.answers import refuse
from storage.database import DatabaseDown

_PAGES = ("/s", "/phong", "/static", "/cong-bo")
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported",
    422: "invalid",
    429: "too_many",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger()


@web.middleware
async def catch_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors as the interface or the pages give them."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        if _is_page(request):
            return webchat.error_page(request, error.status)
        return refuse(error.status, _CODES.get(error.status, "error"), error.reason)
    except DatabaseDown as error:
        log.warning("database_down", path=_pattern(request), fault=str(error))
        return _broken(request, 503, "the database does not answer; try again in a minute")
    except Exception as error:
        log.exception("request_failed", path=_pattern(request), fault=type(error).__name__)
        return _broken(request, 500, "something went wrong here; it was logged")


def _broken(request: web.Request, status: int, message: str) -> web.Response:
    if _is_page(request):
        return webchat.error_page(request, status)
    return refuse(status, "internal", message)


def _is_page(request: web.Request) -> bool:
    return request.path == "/" or request.path.startswith(_PAGES)


def _pattern(request: web.Request) -> str:
    """Return the route's pattern: the path itself may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
