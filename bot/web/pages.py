"""Pages: templates and their words, static files with a fingerprint in their address, type size, error pages."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

import yaml
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.keys import RUNTIME

_BOT = Path(__file__).resolve().parents[1]
_YEAR = 365 * 24 * 3600
_TYPE_COOKIE = "chu"  # "to" for large type; a preference of the screen, nothing about the person
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
LANGUAGES = ("vi", "en")
ERRORS = (400, 403, 404, 405, 413, 429, 500)  # those with words of their own


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file under /static/."""

    body: bytes
    content_type: str
    version: str  # fingerprint of the body


@cache
def load_static() -> Mapping[str, StaticFile]:
    """Return all static files by name, read once."""
    found = {}
    for path in sorted((_BOT / "static").iterdir()):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            found[path.name] = StaticFile(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])
    return found


@cache
def load_texts(language: str) -> Mapping[str, str]:
    """Return the words of the pages in `language`, in the first language when there are none."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    values = yaml.safe_load((_BOT / "pages" / f"texts.{known}.yaml").read_text(encoding="utf-8"))
    return {str(key): str(text) for key, text in values.items()}


def routes() -> list[web.RouteDef]:
    """Return the route of the static files."""
    return [web.get("/static/{name}", _send_static)]


def is_large(request: web.Request) -> bool:
    """Whether large type is wanted: asked for just now, or remembered."""
    return request.query.get(_TYPE_COOKIE, request.cookies.get(_TYPE_COOKIE)) == "to"


def answer_page(
    request: web.Request,
    template: str,
    language: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    values: Mapping[str, object],
) -> web.Response:
    """Return the page; remember the type size when the request chooses one."""
    text = render(template, language, is_large=is_large(request), path=request.path, values=values)
    response = web.Response(status=status, text=text, content_type="text/html", headers=headers)
    if _TYPE_COOKIE in request.query:
        size = "to" if is_large(request) else "thuong"
        response.set_cookie(_TYPE_COOKIE, size, max_age=_YEAR, path="/", samesite="Lax")
    return response


def render(template: str, language: str, *, is_large: bool, path: str, values: Mapping[str, object]) -> str:
    """Return the template filled in: `t` holds the words, `static` the addresses of files."""
    known: dict[str, object] = {
        "t": load_texts(language),
        "static": static_address,
        "is_large": is_large,
        "path": path,
    }
    return _templates().get_template(template).render(known | dict(values))


def error_page(
    request: web.Request, status: int, *, minutes: int = 15, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a friendly page for an error; one that has no words of its own is told as 400 or 500."""
    told = status if status in ERRORS else (500 if status >= 500 else 400)
    setup = request.app[RUNTIME].setup
    texts = load_texts(setup.language)
    values = {
        "department": setup.department,
        "hotline": setup.hotline,
        "heading": texts[f"error_{told}_heading"],
        "text": texts[f"error_{told}"].format(minutes=minutes),
        "is_code_offered": told in {400, 403, 404, 405},
    }
    page = answer_page(request, "notice.html", setup.language, status=status, headers=headers, values=values)
    page.set_status(status, HTTPStatus(status).phrase)
    return page


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_BOT / "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def static_address(name: str) -> str:
    """Return where a static file is, with its fingerprint."""
    return f"/static/{name}?v={load_static()[name].version}"


async def _send_static(request: web.Request) -> web.Response:
    found = load_static().get(request.match_info["name"])
    if found is None:
        return error_page(request, 404)
    is_named_exactly = request.query.get("v") == found.version
    caching = f"public, max-age={_YEAR}, immutable" if is_named_exactly else "no-cache"
    charset = None if found.content_type == "image/png" else "utf-8"
    return web.Response(
        body=found.body, content_type=found.content_type, charset=charset, headers={"Cache-Control": caching}
    )
