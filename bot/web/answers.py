"""JSON in and out of the interface."""

import json
from collections.abc import Mapping, Sequence

from aiohttp import web


class Unreadable(Exception):
    """The body is no JSON text in UTF-8."""


def answer(values: object, status: int = 200) -> web.Response:
    """Return `values` as JSON."""
    return web.Response(
        status=status, text=json.dumps(values, ensure_ascii=False), content_type="application/json"
    )


def refuse(
    status: int,
    code: str,
    message: str,
    fields: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return an error as the interface gives it."""
    body = {"error": code, "message": message, "fields": list(fields)}
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)


async def read_json(request: web.Request) -> object:
    """Return the body as JSON values. Unreadable on anything else; HTTPRequestEntityTooLarge over the limit."""
    raw = await request.read()
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
