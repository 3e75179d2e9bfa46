"""JSON in and out of the interface."""

import json
import re
from collections.abc import Mapping, Sequence

from aiohttp import web

_HALF_A_LETTER = re.compile(rb"\\u[dD][89a-fA-F]")


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
    try:
        raw = await request.read()
        values = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
        if _HALF_A_LETTER.search(raw):
            json.dumps(
                values, ensure_ascii=False
            ).encode()  # "\\ud800" alone is no text: nothing could be kept or answered
    except (
        web.RequestPayloadError,
        ValueError,
        RecursionError,
    ) as error:  # the first: packed, and not as it says
        raise Unreadable from error
    return values


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
