"""The list of open cases: on demand in a chat, and every working morning to the office, oldest first."""

from collections.abc import Callable
from datetime import datetime

from handlers import saying
from handlers.chats import get_chat
from handlers.complaints import seats
from handlers.complaints.cards import kind_name
from handlers.complaints.dates import is_overdue
from handlers.setup import Setup
from storage import complaints, staff
from storage.complaints import Complaint
from storage.database import Transaction
from survey.complaints.rules import Route
from survey.message import Message

MAX_CHARACTERS = 3400  # of all lines: with head and end they fit into one message


def post_unresolved(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Post the open cases to the office's chats. Return how many messages; nothing is said when nothing is open.

    Cases that are still held back count as if they were not there.
    """
    if not complaints.count_open(tx, at):
        return 0
    chats = [chat for chat in setup.office_chats if chat.channel in setup.channels]
    units = {chat for unit in setup.units.values() for chat in unit.staff_chats}
    for chat in chats:
        sees_all = chat in setup.integrity_chats and chat not in units  # no unit reads what accuses it
        message = build_list(tx, setup, at, sees_all=sees_all)
        saying.say_to(tx, setup, get_chat(tx, setup, chat, at), message, at)
    return len(chats)


def build_list(
    tx: Transaction,
    setup: Setup,
    at: datetime,
    *,
    address_id: int | None = None,
    may_act: Callable[[Complaint], bool] | None = None,
    sees_all: bool = False,
) -> Message:
    """Return the open cases, oldest first; those of one chat only when `address_id` is given, on which one `may_act`.

    The office's list counts what accuses somebody and says nothing more of it, unless its chat is that of the integrity
    contacts too (`sees_all`).
    """
    listed = complaints.list_complaints(tx, setup.vault, is_open=True)
    listed = [one for one in listed if one.shown_at <= at]
    hidden: list[Complaint] = []
    if address_id is not None:
        listed = [one for one in listed if seats.sits_here(tx, setup, one, address_id, at)]
        listed = [one for one in listed if may_act is None or may_act(one)]
    elif not sees_all:
        hidden = [one for one in listed if one.case.route is Route.INTEGRITY]
        listed = [one for one in listed if one.case.route is not Route.INTEGRITY]
    listed.sort(key=lambda one: (one.created_at, one.id))
    return build_message(tx, setup, listed, at, hidden=hidden)


def build_message(
    tx: Transaction, setup: Setup, listed: list[Complaint], at: datetime, *, hidden: list[Complaint]
) -> Message:
    """Return a message with a line for each case."""
    say, language = setup.wording.say, setup.language
    late = sum(is_overdue(one, at) for one in (*listed, *hidden))
    title = say(language, "list_title", count=len(listed) + len(hidden), late=late)
    lines = list_lines(tx, setup, listed, at)
    if hidden:
        lines.append(say(language, "list_integrity", count=len(hidden)))
    if not lines:
        lines.append(say(language, "list_empty"))
    return Message(title=title, text="\n" + "\n".join(lines))


def list_lines(tx: Transaction, setup: Setup, listed: list[Complaint], at: datetime) -> list[str]:
    """Return a line for each case, as many as one message holds; the rest is counted."""
    lines: list[str] = []
    room = MAX_CHARACTERS
    for one in listed:
        text = line(tx, setup, one, at)
        room -= len(text) + 1
        if room < 0:
            lines.append(setup.wording.say(setup.language, "list_more", count=len(listed) - len(lines)))
            break
        lines.append(text)
    return lines


def line(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> str:
    """Return one line about a case: whether it is late, number, kind, unit, due date, who holds it."""
    say, language = setup.wording.say, setup.language
    holder = staff.find_person(tx, setup.vault, complaint.case.holder)
    values = {
        "number": complaint.number,
        "kind": kind_name(setup, complaint.kind),
        "unit": setup.unit_name(complaint.unit_code),
        "date": f"{setup.local(complaint.due_at):%d/%m/%Y}",
        "holder": holder.name if holder else say(language, "list_nobody"),
    }
    if complaint.case.waiting_since is not None:
        return say(language, "list_line_waiting", **values)
    return say(language, "list_line_late" if is_overdue(complaint, at) else "list_line", **values)
