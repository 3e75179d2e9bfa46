"""Forms of our own pages: read within limits, refused when another site sent them, answered with the way back."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from bot.web.keys import RUNTIME
from bot.web.origin import is_cross_site
from bot.web.pages import error_page

MAX_FORM = 64 * 1024
_MAX_FIELDS = 20


async def read_own_form(request: web.Request) -> Mapping[str, str] | web.Response:
    """Return the fields of a form that our own page sent, or the page that says why not."""
    runtime = request.app[RUNTIME]
    if is_cross_site(request, runtime.config.web.public_url):
        return error_page(request, 403)
    if request.content_type != "application/x-www-form-urlencoded":
        return error_page(request, 400)
    try:
        body = await _read_body(request)
        if body is None:
            return error_page(request, 413)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except (ValueError, web.RequestPayloadError):
        return error_page(request, 400)
    return dict(pairs)


def is_fetch(request: web.Request) -> bool:
    """Whether a script of our page asks, and wants the part that changed alone."""
    return request.headers.get("X-Requested-With") == "fetch"


def go_to(address: str) -> web.Response:
    """Return the answer to a form that acted: reloading repeats nothing."""
    return web.Response(status=303, headers={"Location": address})


async def _read_body(request: web.Request) -> bytes | None:
    """Return the body, None when it is over the limit."""
    if (request.content_length or 0) > MAX_FORM:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_FORM:
            return None
    return bytes(body)
