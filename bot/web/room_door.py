"""The doors of the rooms: which rooms there are, who may enter with which code, and who a browser belongs to."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from bot.runtime import Runtime
from bot.web import pages
from bot.web.chat_acts import MAX_GUESSES
from handlers import opening
from handlers.complaints import enlisting
from handlers.setup import Chat, Setup
from storage import invitations, records, staff
from storage.database import Transaction
from storage.staff import Grant, Person, Role
from survey.folding import tidy

CHANNEL = "web"
MAX_NAME = 60
COOKIE = "phong"
_COOKIE_LIFE = timedelta(days=90)
_LONGEST_CODE = 40
_LONGEST_COOKIE = 100
_ABOVE = {Role.OFFICE, Role.INSPECTION}  # not bound to one unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody in a room."""

    person: Person
    key: str  # their id on the web: the open part of the cookie
    cookie: str


def find_title(setup: Setup, name: str) -> str | None:
    """Return the title of the room `name`, None when the settings name no such room."""
    texts = pages.load_texts(setup.language)
    for unit in setup.units.values():
        if _is_among(unit.staff_chats, name):
            return texts["room_staff"].format(unit=unit.name)
    listed = {
        "room_office": setup.office_chats,
        "room_integrity": setup.integrity_chats,
        "room_operator": setup.operator_chats,
        "room_escalation": setup.escalation_chats,
    }
    found = next((texts[key] for key, chats in listed.items() if _is_among(chats, name)), None)
    return found or next((rung.name for rung in setup.ladder if _is_among((rung.chat,), name)), None)


def may_enter(setup: Setup, room: str, grant: Grant) -> bool:
    """Whether a code opens a room. A code of one unit, its head's included, opens that unit's rooms and no others.

    Its head may also enter the room of a rung of the ladder that is there for the unit alone.
    """
    if grant.role in _ABOVE or grant.unit_code is None:
        return True
    if any(
        _is_among(unit.staff_chats, room) for unit in setup.units.values() if unit.code == grant.unit_code
    ):
        return True
    units = (chat for unit in setup.units.values() for chat in unit.staff_chats)
    above = (*setup.office_chats, *setup.integrity_chats, *setup.escalation_chats, *setup.operator_chats)
    if grant.role is not Role.HEAD or _is_among((*units, *above), room):
        return False
    rungs = [rung for rung in setup.ladder if _is_among((rung.chat,), room)]
    return bool(rungs) and all(rung.units == (grant.unit_code,) for rung in rungs)


def find_visitor(tx: Transaction, setup: Setup, room: str, cookie: str) -> Visitor | None:
    """Return who visits a room with that cookie, None when it opens nothing (any more)."""
    if not cookie or len(cookie) > _LONGEST_COOKIE:
        return None
    person = staff.find_visitor(tx, setup.vault, cookie, room=room)
    return None if person is None else Visitor(person=person, key=cookie.partition(".")[0], cookie=cookie)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What came of a code: the visitor, or the key of the page text that says what is wrong."""

    visitor: Visitor | None = None
    problem: str = ""
    is_slowed: bool = False


def enter(
    tx: Transaction, setup: Setup, room: str, *, code: str, name: str, cookie: str, sender: str, at: datetime
) -> Entry:
    """Let somebody into a room with a one-time code. A code that does not fit the room is not spent."""
    shown = clean_name(name)
    if not code.strip():
        return Entry(problem="room_no_code")
    if not shown:
        return Entry(problem="room_no_name")
    if opening.is_slowed(tx, setup, sender, at, limit=MAX_GUESSES):
        return Entry(is_slowed=True)
    trial = tx.begin_nested()
    grant = staff.use_code(tx, setup.vault, enlisting.normalise(code[:_LONGEST_CODE]), at)
    if grant is None or not may_enter(setup, room, grant):
        trial.rollback()
        invitations.put_miss(tx, setup.vault, sender, at)
        return Entry(problem="room_wrong_code")
    trial.commit()
    visitor = let_in(tx, setup, room, name=shown, cookie=cookie, at=at)
    enlisting.bind_person(tx, grant, visitor.person.id, at)
    return Entry(visitor=visitor)


def let_in(tx: Transaction, setup: Setup, room: str, *, name: str, cookie: str, at: datetime) -> Visitor:
    """Make a person and let the browser with that cookie into a room."""
    key = cookie.partition(".")[0]
    person = staff.get_person(tx, setup.vault, channel=CHANNEL, key=key, name=name, at=at)
    staff.put_visit(tx, setup.vault, cookie, person_id=person.id, room=room, at=at)
    records.put_audit(tx, at=at, actor=f"person {person.id}", action="room_entered", subject=room)
    return Visitor(person=person, key=key, cookie=cookie)


def clean_name(name: str) -> str:
    """Return a display name on one line, without control and direction characters, cut to a sensible length."""
    return " ".join(tidy(name).split())[:MAX_NAME].rstrip()


def draw_cookie() -> str:
    """Return the cookie of a new visit: who it is, and what proves it."""
    return f"{secrets.token_urlsafe(12)}.{secrets.token_urlsafe(24)}"


def give_cookie(response: web.StreamResponse, runtime: Runtime, room: str, cookie: str) -> None:
    """Let the browser keep the cookie for this room alone."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(_COOKIE_LIFE.total_seconds()),
        path=f"/phong/{room}",
        httponly=True,
        secure=is_secure(runtime),
        samesite="Strict",
    )


def is_secure(runtime: Runtime) -> bool:
    """Whether browsers reach us encrypted."""
    return runtime.config.web.public_url.startswith("https://")


def _is_among(chats: tuple[Chat, ...], name: str) -> bool:
    return any(chat.channel == CHANNEL and chat.name == name for chat in chats)
