"""What staff do in a room: a form becomes an inbound of the room's chat, and everything that follows is one transaction.

The page's fields say what the words in them are for, so that what was typed as a note is never sent as a reply, however
long the page stood open.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.web.room_door import CHANNEL, Visitor
from handlers import inbound
from handlers.complaints import asking, enlisting, seats
from handlers.complaints.asking import MAX_REPLY
from handlers.happenings import Actor, CasePress, Happening, Inbound, Words
from handlers.setup import Setup
from storage import addresses, cards, complaints, shown, staff
from storage.database import Transaction
from survey.complaints.words import read_command
from survey.folding import tidy
from survey.message import load_message

_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PRESS = re.compile(r"([a-z]{1,16})=([A-Za-z0-9_:-]{1,64})")
_NUMBER = re.compile(r"[0-9]{1,18}")
_ASKED = {"reply", "ask", "note", "cause", "action"}
_CANCEL = "web=cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAct:
    """A form of a room: a press on a case, or words, and the nonce of the page it was sent from."""

    nonce: str
    complaint_id: int | None = None
    press: str = ""
    words: str | None = None
    answers: str = ""  # outbox id of the card that is answered
    asks: str = ""  # what the field said its words are for; "" for the reply on a card, or a command


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomResult:
    """What came of an act."""

    toast: str = ""
    problem: str = ""  # key of the page text about the words that were sent
    complaint_id: int | None = None  # where on the page to go on


class _Repeated(Exception):
    """The form came a second time: nothing of it counts."""


def read_act(form: Mapping[str, str]) -> RoomAct | None:
    """Return what the form means, None when it is no form of a room."""
    nonce, press, words = form.get("nonce", ""), form.get("press"), form.get("text")
    number, answers, asks = form.get("complaint", ""), form.get("answers", ""), form.get("asks", "")
    if not _NONCE.fullmatch(nonce) or (press is None) == (words is None):
        return None
    if any(value and not _NUMBER.fullmatch(value) for value in (number, answers)):
        return None
    if asks and (asks not in _ASKED or not number):
        return None
    complaint_id = int(number) if number else None
    if press is None:
        return RoomAct(nonce=nonce, complaint_id=complaint_id, words=words, answers=answers, asks=asks)
    if not _PRESS.fullmatch(press) or complaint_id is None:
        return None
    return RoomAct(nonce=nonce, complaint_id=complaint_id, press=press)


def take_act(
    tx: Transaction, setup: Setup, room: str, visitor: Visitor, act: RoomAct, *, at: datetime
) -> RoomResult:
    """Do what somebody in a room asks for. The same form again changes nothing."""
    address = addresses.get_address(
        tx, setup.vault, channel=CHANNEL, name=room, is_citizen=False, at=at, language=setup.language
    )
    if act.words is not None:
        problem = _look_at_words(tidy(act.words))
        if problem:
            return RoomResult(problem=problem, complaint_id=act.complaint_id)
    if act.press == _CANCEL:
        staff.drop_input(tx, address_id=address.id, person_id=visitor.person.id)
        return RoomResult(complaint_id=act.complaint_id)
    before = cards.stamp_room(tx, address_id=address.id, at=at)
    trial = tx.begin_nested()
    try:
        toast, problem = _do(tx, setup, room, visitor, act, address_id=address.id, at=at)
    except _Repeated:
        trial.rollback()
        return RoomResult(complaint_id=act.complaint_id)
    trial.commit()
    after = cards.stamp_room(tx, address_id=address.id, at=at)
    if act.words is not None and not problem and not toast:
        problem = "" if after != before else "room_not_understood"
        toast = _said_since(tx, setup, address.id, before[0], at)
    return RoomResult(toast=toast, problem=problem, complaint_id=act.complaint_id)


def _do(
    tx: Transaction, setup: Setup, room: str, visitor: Visitor, act: RoomAct, *, address_id: int, at: datetime
) -> tuple[str, str]:
    """Hand the act in. Return the toast, and the key of a problem with the words."""
    reply_ref = ""
    happening: Happening
    if act.words is None:
        place, _, choice = act.press.partition("=")
        happening = CasePress(act.complaint_id or 0, place, choice)
    else:
        if not act.asks and not act.answers and not _is_command(act.words):
            return "", "room_not_understood"
        if not _prepare(tx, setup, visitor, act, address_id=address_id, at=at):
            return "", "room_question_old"
        reply_ref = "" if act.asks else act.answers
        happening = Words(act.words)
    came = Inbound(
        channel=CHANNEL,
        keys=(_key(setup, room, visitor, act),),
        name=room,
        happening=happening,
        actor=Actor(key=visitor.key, name=visitor.person.name),
        reply_ref=reply_ref,
        is_group=True,
    )
    outcome = inbound.receive(tx, setup, [came], at)
    if outcome.is_repeated:
        raise _Repeated
    return outcome.toast, ""


def _prepare(
    tx: Transaction, setup: Setup, visitor: Visitor, act: RoomAct, *, address_id: int, at: datetime
) -> bool:
    """Let the next words be for what the field said they are for. False when that cannot be known any more."""
    person_id = visitor.person.id
    waiting = staff.find_input(tx, setup.vault, address_id=address_id, person_id=person_id)
    is_same = waiting is not None and (waiting.complaint_id, waiting.asks) == (act.complaint_id, act.asks)
    if is_same and waiting is not None and at - waiting.at <= asking.INPUT_LIFE:
        return True
    if not act.asks:
        if act.answers:  # the reply on a card is no answer to a question that is open
            staff.drop_input(tx, address_id=address_id, person_id=person_id)
        return True
    if act.asks == "action" or act.complaint_id is None:  # the cause that was chosen is gone
        return False
    complaint = complaints.find_by_id(tx, setup.vault, act.complaint_id)
    if complaint is None or not seats.shows(tx, setup, complaint, address_id):
        return False
    staff.put_input(
        tx,
        setup.vault,
        address_id=address_id,
        person_id=person_id,
        complaint_id=complaint.id,
        asks=act.asks,
        at=at,
    )
    return True


def _is_command(words: str) -> bool:
    return read_command(tidy(words), is_answer=False) is not None or enlisting.is_code(words)


def _look_at_words(words: str) -> str:
    """Return what is wrong with words that still stand in the field, "" when nothing is."""
    if not words:
        return "room_empty_words"
    return "room_too_long" if len(words) > MAX_REPLY else ""


def _said_since(tx: Transaction, setup: Setup, address_id: int, before: int, at: datetime) -> str:
    """Return what the room was told after the words came: the answer to them."""
    rows = shown.list_shown(tx, setup.vault, address_id=address_id, at=at, limit=10)
    fresh = [row for row in rows if row.id > before]
    return _first_line(fresh[-1].body) if fresh else ""


def _first_line(body: str) -> str:
    message = load_message(json.loads(body)["message"])
    lines = (message.title or message.text).strip().splitlines()
    return lines[0] if lines else ""


def _key(setup: Setup, room: str, visitor: Visitor, act: RoomAct) -> str:
    """Return what a repetition of the form has in common: the page's nonce, who sent it, and what was done there."""
    done = f"{room} {visitor.key} {act.complaint_id} {act.press} {act.asks} {act.answers} {act.words}"
    return f"{act.nonce}:{setup.vault.digest('web form', done).hex()[:24]}"
