"""Rooms: the chats of staff, office and operator that live on the web, as pages to read. Who may enter is checked elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.runtime import Runtime
from bot.web import pages
from bot.web.chat_view import CHANNEL, list_messages
from bot.web.keys import RUNTIME
from bot.web.pages import answer_page, error_page
from handlers.setup import Chat, Setup
from storage import addresses
from storage.database import Transaction
from survey.message import Message, load_message

_SHOWN = 50  # messages, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message in a room."""

    id: int
    message: Message
    at: datetime  # local time


def routes() -> list[web.RouteDef]:
    """Return the routes of the rooms."""
    return [web.get("/phong/{name}", _show)]


def find_title(runtime: Runtime, name: str) -> str | None:
    """Return the title of the room `name`, None when the settings name no such room."""
    setup = runtime.setup
    texts = pages.load_texts(setup.language)
    for unit in setup.units.values():
        if _is_among(unit.staff_chats, name):
            return texts["room_staff"].format(unit=unit.name)
    listed = {
        "room_office": setup.office_chats,
        "room_integrity": setup.integrity_chats,
        "room_operator": setup.operator_chats,
        "room_escalation": tuple(Chat(channel=c.channel, name=c.id) for c in runtime.config.escalation_chats),
    }
    return next((texts[key] for key, chats in listed.items() if _is_among(chats, name)), None)


def list_entries(tx: Transaction, setup: Setup, name: str, at: datetime) -> list[Entry]:
    """Return the newest messages of a room, oldest first."""
    address = addresses.find_address(tx, setup.vault, channel=CHANNEL, name=name)
    if address is None or address.is_citizen:
        return []
    rows = list_messages(tx, setup, address.id, at, _SHOWN)
    return [_entry(row.id, row.body, row.created_at.astimezone(setup.timezone)) for row in rows]


def _entry(number: int, body: str, at: datetime) -> Entry:
    return Entry(id=number, message=load_message(json.loads(body)["message"]), at=at)


def _is_among(chats: tuple[Chat, ...], name: str) -> bool:
    return any(chat.channel == CHANNEL and chat.name == name for chat in chats)


async def _show(request: web.Request) -> web.Response:
    runtime, name = request.app[RUNTIME], request.match_info["name"]
    at = runtime.clock()
    title = find_title(runtime, name)
    if title is None:
        return error_page(request, 404)
    setup = runtime.setup
    values: Mapping[str, object] = {
        "department": setup.department,
        "room": title,
        "entries": await runtime.read(lambda tx: list_entries(tx, setup, name, at)),
    }
    is_part = request.headers.get("X-Requested-With") == "fetch"
    template = "room_messages.html" if is_part else "room.html"
    return answer_page(request, template, setup.language, values=values)
