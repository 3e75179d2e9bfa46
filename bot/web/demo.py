"""The one page of `hailong demo`: an office that returns a result, a citizen's phone, and the groups of staff, side by side."""

import secrets

from aiohttp import web

from bot.runtime import Runtime
from bot.web.keys import RUNTIME
from bot.web.pages import answer_page
from bot.web.room_door import find_title
from handlers.setup import Chat

_CHANNEL = "web"


def routes() -> list[web.RouteDef]:
    """Return the route of the demo's page."""
    return [web.get("/", _show)]


async def _show(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    setup, tokens = runtime.setup, runtime.config.web.api_tokens
    procedures = [
        {
            "code": procedure.code,
            "name": procedure.name,
            "unit": setup.units[procedure.unit_code].name,
            "room": _first_room(setup.units[procedure.unit_code].staff_chats),
        }
        for procedure in setup.procedures.values()
        if procedure.unit_code in setup.units
    ]
    values = {
        "department": setup.department,
        "api_token": tokens[0].get_secret_value() if tokens else "",
        "dossier_code": draw_dossier_code(runtime),
        "now": int(runtime.clock().timestamp() * 1000),
        "procedures": procedures,
        "rooms": _office_rooms(runtime),
    }
    return answer_page(request, "demo.html", setup.language, values=values)


def draw_dossier_code(runtime: Runtime) -> str:
    """Return a new dossier code of today as the portal writes it: department, date, number."""
    today = runtime.clock().astimezone(runtime.setup.timezone)
    return f"{runtime.config.department.code}-{today:%y%m%d}-{secrets.randbelow(9000) + 1000}"


def _first_room(chats: tuple[Chat, ...]) -> str:
    return next((chat.name for chat in chats if chat.channel == _CHANNEL), "")


def _office_rooms(runtime: Runtime) -> list[dict[str, str]]:
    """Return the rooms besides those of the units, each once."""
    setup = runtime.setup
    chats = (*setup.office_chats, *setup.integrity_chats, *setup.operator_chats)
    names = dict.fromkeys(chat.name for chat in chats if chat.channel == _CHANNEL)
    return [{"name": name, "title": find_title(setup, name) or name} for name in names]
