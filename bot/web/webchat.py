"""The web chat: the page of an invitation, its forms, its QR pictures, and the page that asks for a short code.

A page only looks; a form acts, and is answered with the way back to the page, so that reloading repeats nothing.
"""

import secrets
from collections.abc import Callable

from aiohttp import web

from bot.runtime import Runtime
from bot.web import chat_acts, chat_view, pages
from bot.web.chat_acts import Act, Result
from bot.web.chat_view import Found, Screen, Standing
from bot.web.forms import go_to, is_fetch, read_own_form
from bot.web.keys import RUNTIME
from bot.web.limits import client_name
from bot.web.pages import answer_page, error_page
from bot.web.qr import Picture, render_png, render_svg
from handlers.opening import MISS_WINDOW
from handlers.setup import Setup
from storage.database import Transaction

__all__ = ["error_page", "routes"]


def routes() -> list[web.RouteDef]:
    """Return the routes of the web chat and its static files."""
    return [
        web.get("/s", _ask_code),
        web.post("/s", _take_code),
        web.get("/s/{token}", _show),
        web.post("/s/{token}", _act),
        web.get("/s/{token}/qr.png", _png),
        web.get("/s/{token}/qr.svg", _svg),
        *pages.routes(),
    ]


async def _ask_code(request: web.Request) -> web.Response:
    return _code_page(request)


async def _take_code(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    form = await read_own_form(request)
    if isinstance(form, web.Response):
        return form
    words = form.get("code", "")
    if not words.strip():
        return _code_page(request, problem="code_empty")
    at, sender = runtime.clock(), _sender(request, runtime)

    def look(tx: Transaction) -> tuple[str, bool]:
        return chat_acts.find_code(tx, runtime.setup, words, sender=sender, at=at)

    token, is_slowed = await runtime.write(look)
    if is_slowed:
        seconds = int(MISS_WINDOW.total_seconds())
        return error_page(request, 429, minutes=seconds // 60, headers={"Retry-After": str(seconds)})
    if not token:
        return _code_page(request, problem="code_wrong", typed=words[:40])
    return go_to(f"/s/{token}")


async def _show(request: web.Request) -> web.Response:
    found, screen = await _look(request)
    return _answer(request, found, screen, Result(standing=found.standing))


async def _act(request: web.Request) -> web.Response:
    runtime, token = request.app[RUNTIME], request.match_info["token"]
    form = await read_own_form(request)
    if isinstance(form, web.Response):
        return form
    act = chat_acts.read_act(form)
    if act is None:
        return error_page(request, 400)
    at, sender, taken = runtime.clock(), _sender(request, runtime), act

    def take(tx: Transaction) -> Result:
        return chat_acts.take_act(tx, runtime.setup, token, taken, sender=sender, at=at)

    result = await runtime.write(take)
    if result.standing is Standing.UNKNOWN:
        return error_page(request, 404)
    to = f"/s/{result.other_token or token}"
    is_fetched = _is_fetch(request)
    if result.other_token and is_fetched:
        return web.Response(headers={"X-Go-To": to})
    if not is_fetched and (result.other_token or not (result.is_refused or result.problem)):
        return go_to(to)
    found, screen = await _look(request)
    return _answer(request, found, screen, result, act)


async def _look(request: web.Request) -> tuple[Found, Screen | None]:
    runtime, token, at = (
        request.app[RUNTIME],
        request.match_info["token"],
        request.app[RUNTIME].clock(),
    )

    def look(tx: Transaction) -> tuple[Found, Screen | None]:
        found = chat_view.find(tx, runtime.setup, token, at)
        if found.standing is not Standing.OPEN or found.invitation is None:
            return found, None
        return found, chat_view.build_screen(tx, runtime.setup, found.invitation, found.talk, at=at)

    return await runtime.read(look)


def _answer(
    request: web.Request, found: Found, screen: Screen | None, result: Result, act: Act | None = None
) -> web.Response:
    """Return the page of an invitation, or the part of it that a script asked for."""
    setup = request.app[RUNTIME].setup
    if found.standing is Standing.UNKNOWN or found.invitation is None:
        return error_page(request, 404)
    if screen is None:
        return _standing_page(request, found)
    token = request.match_info["token"]
    texts = pages.load_texts(screen.language)
    heading = texts[screen.heading_key] if screen.heading_key else screen.heading or texts["heading_menu"]
    values = _words_of(screen, result, act) | {
        "screen": screen,
        "department": screen.department,
        "heading": heading,
        "title": texts["title"].format(heading=heading, department=screen.department),
        "token": token,
        "nonce": secrets.token_urlsafe(12),
        "links": _links(setup, found, token, has_widget=request.app[RUNTIME].config.zalo.widget),
        "hotline": setup.hotline,
        "limit": _spell(chat_acts.limit_of(found.talk), screen.language),
        "toast": result.toast,
        "is_refused": result.is_refused,
        "is_fragment": _is_fetch(request),
    }
    template = "chat_main.html" if _is_fetch(request) else "chat.html"
    return answer_page(request, template, screen.language, values=values)


def _words_of(screen: Screen, result: Result, act: Act | None) -> dict[str, object]:
    """Return what stands in the field, and what is wrong with it."""
    texts = pages.load_texts(screen.language)
    is_kept = act is not None and act.words is not None and bool(result.problem)
    return {
        "problem": texts[result.problem] if result.problem else "",
        "draft": act.words if is_kept and act is not None else "",
    }


def _spell(number: int, language: str) -> str:
    """Return a number with its thousands set apart as the language does."""
    return f"{number:,}".replace(",", "." if language == "vi" else ",")


def _standing_page(request: web.Request, found: Found) -> web.Response:
    """Return the page of a link that cannot be answered now."""
    setup = request.app[RUNTIME].setup
    language = found.talk.state.language if found.talk else setup.language
    texts = pages.load_texts(language)
    said = setup.wording.say(language, "expired") if found.standing is Standing.EXPIRED else texts["not_yet"]
    values = {
        "department": setup.department,
        "hotline": setup.hotline,
        "heading": texts[f"{found.standing}_heading"],
        "text": said,
        "is_code_offered": False,
    }
    template = "notice_main.html" if _is_fetch(request) else "notice.html"
    return answer_page(request, template, language, values=values)


def _code_page(request: web.Request, *, problem: str = "", typed: str = "") -> web.Response:
    setup = request.app[RUNTIME].setup
    texts = pages.load_texts(setup.language)
    values = {
        "department": setup.department,
        "hotline": setup.hotline,
        "problem": texts[problem] if problem else "",
        "typed": typed,
    }
    return answer_page(request, "code.html", setup.language, values=values)


def _links(setup: Setup, found: Found, token: str, *, has_widget: bool) -> dict[str, str]:
    """Return where else the survey can be answered; a part is "" when its channel is off."""
    username, account = setup.links.telegram_username, setup.links.zalo_oa_id
    code = setup.vault.code(found.invitation.nonce) if found.invitation else ""
    zalo = (
        f"https://zalo.me/{account}?text={code}" if account else ""
    )  # where it is not filled in, she types it
    if account and has_widget and found.invitation:
        zalo = f"/s/{token}/zalo"
    return {
        "telegram": f"https://t.me/{username}?start={token}" if username else "",
        "zalo": zalo,
        "code": f"{code[:4]}-{code[4:]}",
    }


def _is_fetch(request: web.Request) -> bool:
    return is_fetch(request) and request.method == "POST"


def _sender(request: web.Request, runtime: Runtime) -> str:
    return f"{chat_view.CHANNEL}:{client_name(request, runtime)}"


async def _png(request: web.Request) -> web.Response:
    return await _picture(request, render_png)


async def _svg(request: web.Request) -> web.Response:
    return await _picture(request, render_svg)


async def _picture(request: web.Request, draw: Callable[[str], Picture]) -> web.Response:
    runtime, token = request.app[RUNTIME], request.match_info["token"]
    at = runtime.clock()
    found = await runtime.read(lambda tx: chat_view.find(tx, runtime.setup, token, at))
    if found.standing is Standing.UNKNOWN:
        return error_page(request, 404)
    picture = draw(f"{runtime.setup.links.public_url}/s/{token}")
    return web.Response(body=picture.body, content_type=picture.content_type)
