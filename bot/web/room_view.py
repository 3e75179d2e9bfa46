"""What a room shows: the cases as they stand now, each with what was said about it, and everything else in order.

Looking changes nothing. A case that is not seated in the room leaves one line behind.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from handlers.complaints import asking, cards, dates, seats
from handlers.setup import Chat, Setup
from storage import addresses, complaints, shown, staff
from storage import cards as card_rows
from storage.cards import RoomCard
from storage.complaints import Complaint, HistoryEntry
from storage.database import Transaction
from storage.staff import Input
from survey.complaints.case import Status
from survey.message import Button, Message, load_message

CHANNEL = "web"
ASIDES = ("more", "promise", "template", "send")  # menus: they are used up by the next act or message
_WRITTEN = ("replied", "asked", "noted", "told")  # what staff and citizen wrote about a case
_MESSAGES = 300  # the newest of a room that are looked at
_TALK = 20  # messages about no case
_CLOSED = 10  # cases that are closed or gone
_ALWAYS_SHOWN = 3  # of what was said about a case; what came before is folded away


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that was said in the room."""

    id: str
    message: Message
    at: datetime  # local time
    is_citizens: bool = False  # of hers only the day is shown: the minute could tell who she is


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case in the room."""

    id: int  # of the complaint
    number: str
    card_id: int  # outbox id of the card: what an answer answers
    card: Message
    at: datetime  # local time
    status: str  # new, claimed, resolved, withdrawn, gone
    is_late: bool = False
    is_critical: bool = False
    may_write: bool = False
    earlier: tuple[Line, ...] = ()
    lines: tuple[Line, ...] = ()
    menu: Message | None = None
    asks: str = ""  # what the visitor's next words are for: reply, ask, note, cause, action
    question: str = ""  # the words of that question

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.status in {"new", "claimed"}

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The card's text line by line: what it is about, and what it is; one part where there are not two."""
        lines = [line for line in self.card.text.split("\n") if line.strip()]
        parted = (line.partition(": ") for line in lines)
        return [(head, tail) if tail else ("", head) for head, _, tail in parted]

    @property
    def moves(self) -> tuple[Button, ...]:
        """The card's buttons, without the one for which the page has a field."""
        return tuple(button for button in self.card.controls if button.press != "card=reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything the page of a room shows."""

    open: tuple[CaseView, ...] = ()
    closed: tuple[CaseView, ...] = ()
    talk: tuple[Line, ...] = ()
    may_command: bool = False
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    """Who looks into which room, when."""

    tx: Transaction
    setup: Setup
    at: datetime
    address_id: int
    person_id: int
    person_name: str


def build_room(tx: Transaction, setup: Setup, name: str, person: staff.Person, at: datetime) -> Room:
    """Return what a room shows to somebody who may see it."""
    may_command = Chat(channel=CHANNEL, name=name) in setup.staff_chats()
    address = addresses.find_address(tx, setup.vault, channel=CHANNEL, name=name)
    stamp = build_stamp(tx, setup, name, person, at)
    if address is None or address.is_citizen:
        return Room(may_command=may_command, stamp=stamp)
    look = _Look(tx, setup, at, address.id, person.id, person.name)
    said = _list_said(look)
    rows = card_rows.list_room_cards(tx, address_id=address.id, at=at, closed=_CLOSED)
    views = [_view(look, row, said.get(row.complaint_id, [])) for row in rows]
    return Room(
        open=tuple(view for view in views if view.is_open),
        closed=tuple(view for view in reversed(views) if not view.is_open)[:_CLOSED],
        talk=tuple(said.get(None, [])[-_TALK:]),
        may_command=may_command,
        stamp=stamp,
    )


def build_stamp(tx: Transaction, setup: Setup, name: str, person: staff.Person, at: datetime) -> str:
    """Return what stands for the present look of a room; another one means that something has changed."""
    address = addresses.find_address(tx, setup.vault, channel=CHANNEL, name=name)
    if address is None:
        return "empty"
    waiting = staff.find_input(tx, setup.vault, address_id=address.id, person_id=person.id)
    numbers = card_rows.stamp_room(tx, address_id=address.id, at=at)
    looks = f"{numbers} {person.id} {waiting} {_is_fresh(waiting, at)}"
    return hashlib.sha256(looks.encode()).hexdigest()[:24]


def count_open(room: Room) -> int:
    """Return how many cases of the room are open."""
    return len(room.open)


def _list_said(look: _Look) -> dict[int | None, list[Line]]:
    """Return what was said in the room besides the cards, by the case it is about, oldest first."""
    found: dict[int | None, list[Line]] = {}
    rows = shown.list_shown(
        look.tx, look.setup.vault, address_id=look.address_id, at=look.at, limit=_MESSAGES
    )
    for row in rows:
        if row.place != card_rows.CARD:
            body = json.loads(row.body)
            line = Line(
                id=f"m{row.id}", message=load_message(body["message"]), at=look.setup.local(row.created_at)
            )
            found.setdefault(body.get("complaint"), []).append(line)
    return found


def _view(look: _Look, row: RoomCard, said: list[Line]) -> CaseView:
    setup = look.setup
    complaint = complaints.load_complaint(look.tx, setup.vault, row.complaint_id)
    created_at = setup.local(row.created_at)
    if not seats.shows(look.tx, setup, complaint, look.address_id):
        gone = Message(text=setup.wording.say(setup.language, "card_moved", number=complaint.number))
        return CaseView(
            id=complaint.id, number=complaint.number, card_id=row.id, card=gone, at=created_at, status="gone"
        )
    waiting = staff.find_input(look.tx, setup.vault, address_id=look.address_id, person_id=look.person_id)
    asks = waiting.asks if _is_asked(waiting, complaint, look.at) and waiting is not None else ""
    history = complaints.list_events(look.tx, setup.vault, complaint.id)
    lines = _merge(look, complaint, said, history)
    return CaseView(
        id=complaint.id,
        number=complaint.number,
        card_id=row.id,
        card=cards.build_card(look.tx, setup, complaint),
        at=created_at,
        status=str(complaint.case.status),
        is_late=complaint.case.is_open and dates.is_overdue(complaint, look.at),
        is_critical=complaint.is_critical and complaint.case.is_open,
        may_write=complaint.conversation_id is not None and complaint.case.status is not Status.WITHDRAWN,
        earlier=tuple(lines[:-_ALWAYS_SHOWN]),
        lines=tuple(lines[-_ALWAYS_SHOWN:]),
        menu=_find_menu(said, history, asks, look.setup),
        asks=asks,
        question=_question(look, complaint, asks),
    )


def _merge(look: _Look, complaint: Complaint, said: list[Line], history: list[HistoryEntry]) -> list[Line]:
    """Return what was said about a case with what was written, in whatever room. Menus and questions stand elsewhere."""
    told = look.setup.wording.say(look.setup.language, "staff_told", number=complaint.number)
    lines = [
        line
        for line in said
        if not line.message.has_buttons and not line.message.asked[0] and line.message.title != told
    ]
    lines += [_written(look, entry) for entry in history if entry.what in _WRITTEN and entry.words]
    return sorted(lines, key=lambda line: line.at)


def _written(look: _Look, entry: HistoryEntry) -> Line:
    setup = look.setup
    person = staff.find_person(look.tx, setup.vault, entry.person_id)
    name = person.name if person else setup.wording.say(setup.language, f"actor_{entry.actor}")
    title = f"{name}: {setup.wording.say(setup.language, f'event_{entry.what}')}"
    return Line(
        id=f"e{entry.id}",
        message=Message(title=title, text="", quote=entry.words or ""),
        at=setup.local(entry.at),
        is_citizens=entry.actor == "citizen",
    )


def _find_menu(said: list[Line], history: list[HistoryEntry], asks: str, setup: Setup) -> Message | None:
    """Return the buttons that are wanted now: those of the visitor's question, or a menu nobody has acted on since."""
    for line in reversed(said):
        buttons = (*line.message.options, *line.message.controls)
        if not buttons:
            if not asks:
                return None
            continue
        place = buttons[0].press.partition("=")[0]
        if asks:
            if place == asks:
                return line.message
            continue
        acts = [entry.at for entry in history if entry.person_id is not None]
        is_used = bool(acts) and setup.local(acts[-1]) > line.at
        return line.message if place in ASIDES and not is_used else None
    return None


def _question(look: _Look, complaint: Complaint, asks: str) -> str:
    if not asks:
        return ""
    wording, language = look.setup.wording, look.setup.language
    return wording.say(language, f"ask_{asks}", name=look.person_name, number=complaint.number)


def _is_asked(waiting: Input | None, complaint: Complaint, at: datetime) -> bool:
    return waiting is not None and waiting.complaint_id == complaint.id and _is_fresh(waiting, at)


def _is_fresh(waiting: Input | None, at: datetime) -> bool:
    return waiting is not None and at - waiting.at <= asking.INPUT_LIFE
