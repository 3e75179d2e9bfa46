"""The history of a case, the whole comment, the card once more: on demand, in the chat that asked."""

from handlers import saying
from handlers.complaints import cards
from handlers.complaints.working import Desk
from handlers.setup import Setup
from storage import complaints, staff
from storage.cards import CARD
from storage.complaints import Complaint, HistoryEntry
from storage.database import Transaction
from survey.folding import shorten
from survey.message import Message

_PART = 3000  # characters of a long comment in one message
_ROOM = 3400  # characters of all entries in one message; with the title they fit
HIDDEN = {"drafted", "dropped"}  # what the citizen wrote and did not send


def show(
    desk: Desk,
    complaint: Complaint,
    *,
    is_full: bool = False,
    is_card: bool = False,
) -> None:
    """Show what was asked for: the comment in full, the card, or the history."""
    if is_card:
        _say(desk, complaint, cards.build_card(desk.tx, desk.setup, complaint), place=CARD)
        return
    if is_full:
        instead = "card_damaged" if complaint.is_damaged else "no_comment"
        words = complaint.words or desk.setup.wording.say(desk.setup.language, instead)
        title = desk.setup.wording.say(desk.setup.language, "full_title", number=complaint.number)
        for start in range(0, len(words), _PART):
            part = Message(title=title, text="", quote=words[start : start + _PART])
            _say(desk, complaint, part)
        return
    title = desk.setup.wording.say(desk.setup.language, "history_title", number=complaint.number)
    lines = _newest(desk.setup, list_lines(desk.tx, desk.setup, complaint))
    _say(desk, complaint, Message(title=title, text="", quote="\n".join(lines)))


def _newest(setup: Setup, lines: list[str]) -> list[str]:
    """Return the newest lines, as many as one message holds, after one that counts those left out."""
    room, first = _ROOM, len(lines)
    while first and (room := room - len(lines[first - 1]) - 1) >= 0:
        first -= 1
    left_out = [setup.wording.say(setup.language, "history_more", count=first)] if first else []
    return left_out + lines[first:]


def list_lines(tx: Transaction, setup: Setup, complaint: Complaint) -> list[str]:
    """Return a line for each thing that happened: when, who, what, and the words cut short."""
    entries = complaints.list_events(tx, setup.vault, complaint.id)
    return [_line(tx, setup, entry) for entry in entries if entry.what not in HIDDEN]


def _line(tx: Transaction, setup: Setup, entry: HistoryEntry) -> str:
    say, language = setup.wording.say, setup.language
    person = staff.find_person(tx, setup.vault, entry.person_id)
    who = person.name if person else say(language, f"actor_{entry.actor}")
    # Of citizen and service only the day is shown: the minute could tell who was at the counter.
    when = (
        f"{setup.local(entry.at):%d/%m}"
        if entry.actor in {"citizen", "service"}
        else f"{setup.local(entry.at):%d/%m %H:%M}"
    )
    what = say(language, f"event_{entry.what}")
    words = f": “{shorten(entry.words, 120)}”" if entry.words else ""
    return f"{when} · {who} · {what}{words}"


def _say(
    desk: Desk,
    complaint: Complaint,
    message: Message,
    place: str = "",
) -> None:
    saying.say_to(
        desk.tx,
        desk.setup,
        desk.address,
        message,
        desk.at,
        about=complaint.conversation_id,
        complaint_id=complaint.id,
        place=place,
    )
