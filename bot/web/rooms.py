"""Rooms: the chats of staff, office and operator that live on the web. Entered with a one-time code, worked by forms.

A page only looks; a form acts, and is answered with the way back. A script asks for the part of the page that changes
and is told quickly when nothing has.
"""

import json
import secrets
from collections.abc import Mapping
from urllib.parse import quote, unquote

from aiohttp import web

from bot.runtime import Runtime
from bot.web import pages, room_acts, room_door, room_view
from bot.web.forms import go_to, is_fetch, read_own_form
from bot.web.keys import RUNTIME
from bot.web.limits import client_name
from bot.web.linking import link_own
from bot.web.pages import answer_page, error_page
from bot.web.room_acts import RoomAct, RoomResult
from bot.web.room_door import COOKIE, Entry, Visitor
from bot.web.room_view import Room
from handlers.complaints.asking import MAX_REPLY
from handlers.opening import MISS_WINDOW
from storage import staff
from storage.database import Transaction

_FLASH = "phong-bao"  # cookie: what came of the last form, shown once
_FLASH_LIFE = 60
_LONGEST_FLASH = 300


def routes() -> list[web.RouteDef]:
    """Return the routes of the rooms."""
    return [
        web.get("/phong/{name}", _show),
        web.post("/phong/{name}", _act),
        web.post("/phong/{name}/vao", _enter),
        web.post("/phong/{name}/roi", _leave),
        web.get("/phong/{name}/ung-dung.webmanifest", _manifest),
    ]


async def _show(request: web.Request) -> web.Response:
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    if room_door.find_title(runtime.setup, name) is None:
        return error_page(request, 404)
    visitor, stamp = await _find_visitor(request)
    if visitor is not None:
        if is_fetch(request) and request.headers.get("If-None-Match") == f'"{stamp}"':
            return web.Response(status=304, headers={"ETag": f'"{stamp}"'})
        return await _room_page(request, visitor)
    if is_fetch(request):
        return web.Response(status=401)
    if runtime.is_demo:
        return await _let_in(request)
    return _door_page(request)


async def _act(request: web.Request) -> web.Response:
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    if room_door.find_title(runtime.setup, name) is None:
        return error_page(request, 404)
    form = await read_own_form(request)
    if isinstance(form, web.Response):
        return form
    act = room_acts.read_act(form)
    if act is None:
        return error_page(request, 400)
    at, taken, cookie = runtime.clock(), act, request.cookies.get(COOKIE, "")

    def take(tx: Transaction) -> tuple[Visitor, RoomResult] | None:
        visitor = room_door.find_visitor(tx, runtime.setup, name, cookie)
        if visitor is None:
            return None
        return visitor, room_acts.take_act(tx, runtime.setup, name, visitor, taken, at=at)

    done = await runtime.write(take)
    if done is None:
        return web.Response(status=401) if is_fetch(request) else go_to(f"/phong/{name}")
    visitor, result = done
    if result.problem or is_fetch(request):
        return await _room_page(request, visitor, result, act)
    anchor = f"viec{result.complaint_id}" if result.complaint_id else "tin"
    response = go_to(f"/phong/{name}#{anchor}")
    _leave_word(response, runtime, name, result.toast)
    return response


async def _enter(request: web.Request) -> web.Response:
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    if room_door.find_title(runtime.setup, name) is None:
        return error_page(request, 404)
    form = await read_own_form(request)
    if isinstance(form, web.Response):
        return form
    at, sender, cookie = runtime.clock(), f"room:{client_name(request, runtime)}", room_door.draw_cookie()
    code, who = form.get("code", ""), form.get("who", "")

    def enter(tx: Transaction) -> Entry:
        return room_door.enter(
            tx, runtime.setup, name, code=code, name=who, cookie=cookie, sender=sender, at=at
        )

    entry = await runtime.write(enter)
    if entry.is_slowed:
        seconds = int(MISS_WINDOW.total_seconds())
        return error_page(request, 429, minutes=seconds // 60, headers={"Retry-After": str(seconds)})
    if entry.visitor is None:
        return _door_page(request, problem=entry.problem, code=code[:40], who=room_door.clean_name(who))
    response = go_to(f"/phong/{name}")
    room_door.give_cookie(response, runtime, name, cookie)
    return response


async def _leave(request: web.Request) -> web.Response:
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    form = await read_own_form(request)
    if isinstance(form, web.Response):
        return form
    at, cookie = runtime.clock(), request.cookies.get(COOKIE, "")
    await runtime.write(lambda tx: staff.end_visit(tx, runtime.setup.vault, cookie, at))
    response = go_to(f"/phong/{name}")
    response.del_cookie(COOKIE, path=f"/phong/{name}")
    return response


async def _let_in(request: web.Request) -> web.Response:
    """Let a visitor of the demo in without a code."""
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    at, cookie = runtime.clock(), room_door.draw_cookie()
    who = pages.load_texts(runtime.setup.language)["room_demo_name"]
    visitor = await runtime.write(
        lambda tx: room_door.let_in(tx, runtime.setup, name, name=who, cookie=cookie, at=at)
    )
    response = await _room_page(request, visitor)
    room_door.give_cookie(response, runtime, name, cookie)
    return response


async def _find_visitor(request: web.Request) -> tuple[Visitor | None, str]:
    """Return who asks, and the stamp of the room as it stands for them."""
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    at, cookie = runtime.clock(), request.cookies.get(COOKIE, "")

    def look(tx: Transaction) -> tuple[Visitor | None, str]:
        visitor = room_door.find_visitor(tx, runtime.setup, name, cookie)
        if visitor is None:
            return None, ""
        return visitor, room_view.build_stamp(tx, runtime.setup, name, visitor.person, at)

    return await runtime.read(look)


async def _room_page(
    request: web.Request, visitor: Visitor, result: RoomResult | None = None, act: RoomAct | None = None
) -> web.Response:
    """Return the page of a room, or the part of it that a script asked for."""
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    setup, at = runtime.setup, runtime.clock()
    texts = pages.load_texts(setup.language)
    room: Room = await runtime.read(lambda tx: room_view.build_room(tx, setup, name, visitor.person, at))
    title = room_door.find_title(setup, name) or name
    is_part = is_fetch(request)
    toast = result.toast if result is not None else ("" if is_part else _last_word(request))
    problem = texts[result.problem].format(limit=MAX_REPLY) if result and result.problem else ""
    counted = f"({len(room.open)}) {title}" if room.open else title
    values: Mapping[str, object] = {
        "department": setup.department,
        "name": name,
        "title": title,
        "page_title": texts["title"].format(heading=counted, department=setup.department),
        "room": room,
        "person": visitor.person.name,
        "nonce": secrets.token_urlsafe(12),
        "toast": toast,
        "problem": problem,
        "problem_at": result.complaint_id if result else None,
        "draft": act.words if act is not None and problem else "",
        "draft_asks": act.asks if act is not None else "",
        "limit": MAX_REPLY,
        "is_demo": runtime.is_demo,
        "link_own": lambda text: link_own(text, setup.links.public_url),
    }
    template = "room_main.html" if is_part else "room.html"
    headers = {"ETag": f'"{room.stamp}"'}
    response = answer_page(request, template, setup.language, headers=headers, values=values)
    if toast and result is None:
        response.del_cookie(_FLASH, path=f"/phong/{name}")
    return response


def _door_page(request: web.Request, *, problem: str = "", code: str = "", who: str = "") -> web.Response:
    setup, name = request.app[RUNTIME].setup, request.match_info["name"]
    texts = pages.load_texts(setup.language)
    values = {
        "department": setup.department,
        "name": name,
        "title": room_door.find_title(setup, name) or name,
        "problem": texts[problem] if problem else "",
        "problem_key": problem,
        "code": code,
        "who": who,
        "longest_name": room_door.MAX_NAME,
    }
    return answer_page(request, "room_door.html", setup.language, values=values)


def _leave_word(response: web.Response, runtime: Runtime, name: str, toast: str) -> None:
    """Let the page that comes next say what came of the form."""
    if toast:
        response.set_cookie(
            _FLASH,
            quote(toast[:_LONGEST_FLASH]),
            max_age=_FLASH_LIFE,
            path=f"/phong/{name}",
            httponly=True,
            secure=room_door.is_secure(runtime),
            samesite="Strict",
        )


def _last_word(request: web.Request) -> str:
    return unquote(request.cookies.get(_FLASH, ""))[:_LONGEST_FLASH]


async def _manifest(request: web.Request) -> web.Response:
    """Describe the room as an application that can be put on a phone's screen. It tells nothing of its cases."""
    setup, name = request.app[RUNTIME].setup, request.match_info["name"]
    title = room_door.find_title(setup, name)
    if title is None:
        return error_page(request, 404)
    address = f"/phong/{name}"
    icons = [
        {"src": pages.static_address("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": pages.static_address("icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": pages.static_address("icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": pages.static_address("icon-full.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    values = {
        "id": address,
        "name": f"{title} – {setup.department}",
        "short_name": title,
        "start_url": address,
        "scope": address,
        "display": "standalone",
        "lang": setup.language,
        "background_color": "#f2f0ea",
        "theme_color": "#09534f",
        "icons": icons,
    }
    body = json.dumps(values, ensure_ascii=False)
    return web.Response(text=body, content_type="application/manifest+json")
