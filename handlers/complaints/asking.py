"""The small talks with staff around a case: what is to be written, the cause, the action, a day, the rest of the menu."""

from datetime import date, datetime, timedelta
from functools import partial

from handlers import saying
from handlers.complaints import enlisting, history, working
from handlers.complaints.dates import weekday
from handlers.complaints.listing import build_list
from handlers.complaints.working import Desk
from handlers.setup import Setup
from storage import staff
from storage.complaints import Complaint
from storage.staff import Input
from survey.complaints.case import Note, Promise, Refer, Reply, Resolve, StaffAct
from survey.complaints.lists import ACTIONS, CAUSES, OTHER, PICKED_DAYS
from survey.complaints.words import Command, pick, read_day, read_parts
from survey.message import Button, Message

MAX_REPLY = 3500  # characters: with our own words around them they still fit into one message
INPUT_LIFE = timedelta(minutes=30)  # after that a person's next words are talk again
_MENU = ("promise", "note", "ask", "template", "history", "full", "refer")


def press(desk: Desk, complaint: Complaint, place: str, choice: str) -> str:
    """Take a press that opens or goes on with one of these talks. Return the toast."""
    match place, choice:
        case ("card", "reply"):
            return _ask_words(desk, complaint, "reply")
        case ("card", "resolve"):
            return _ask_cause(desk, complaint)
        case ("card", "more"):
            return _show_menu(desk, complaint)
        case ("more", "note" | "ask"):
            return _ask_words(desk, complaint, choice)
        case ("more", "promise"):
            return _ask_day(desk, complaint)
        case ("more", "template"):
            return _show_templates(desk, complaint)
        case ("more", "history" | "full"):
            history.show(desk, complaint, is_full=choice == "full")
            return ""
        case ("more", "refer"):
            return _work(desk, complaint, Refer())
        case ("cause", _) if choice in CAUSES:
            return _ask_action(desk, complaint, choice)
        case ("action", _) if choice in ACTIONS:
            return _resolve_picked(desk, complaint, choice)
        case ("promise", _):
            return _promise(desk, complaint, choice)
        case ("template" | "send", _) if choice.isdigit() and int(choice) < len(desk.setup.templates):
            return _use_template(desk, complaint, int(choice), is_sent=place == "send")
    return _text(desk.setup, "toast_dead")


def find_input(desk: Desk) -> Input | None:
    """Return what that person's next words in that chat are for; after a while they are talk again."""
    found = staff.find_input(desk.tx, desk.setup.vault, address_id=desk.address.id, person_id=desk.person.id)
    return found if found is not None and desk.at - found.at <= INPUT_LIFE else None


def take_input(desk: Desk, complaint: Complaint, waiting: Input, text: str) -> None:
    """Take the words that were asked for."""
    staff.drop_input(desk.tx, address_id=desk.address.id, person_id=desk.person.id)
    match waiting.asks:
        case "reply":
            line = _send(desk, complaint, Reply(), text)
        case "ask":
            line = _send(desk, complaint, Reply(waits=True), text)
        case "note":
            line = _note(desk, complaint, text)
        case "cause":
            cause = pick(text, CAUSES, _labels(desk.setup, "cause", CAUSES)) or f"{OTHER}:{text}"
            line = _ask_action(desk, complaint, cause)
        case _:
            action = pick(text, ACTIONS, _labels(desk.setup, "action", ACTIONS)) or f"{OTHER}:{text}"
            line = _resolve(desk, complaint, waiting.cause or OTHER, action)
    if line:
        say(desk, line, complaint=complaint)


def take_note(desk: Desk, complaint: Complaint, text: str) -> None:
    """Keep words for colleagues."""
    say(desk, _note(desk, complaint, text), complaint=complaint)


def is_too_long(desk: Desk, text: str) -> str:
    """Return what to say of words that do not fit into one message, "" when they do."""
    return _text(desk.setup, "reply_too_long", limit=MAX_REPLY) if len(text) > MAX_REPLY else ""


def _note(desk: Desk, complaint: Complaint, text: str) -> str:
    return is_too_long(desk, text) or _work(desk, complaint, Note(), words=text)


def command(desk: Desk, complaint: Complaint, asked: Command) -> None:
    """Do what a short command asks for: the same as the buttons, for chats that have none."""
    line = ""
    match asked.verb:
        case "reply" | "note" | "ask" if not asked.rest:
            line = _ask_words(desk, complaint, asked.verb)
        case "note":
            line = _note(desk, complaint, asked.rest)
        case "ask":
            line = _send(desk, complaint, Reply(waits=True), asked.rest)
        case "resolve":
            line = _resolve_typed(desk, complaint, asked.rest)
        case "promise":
            day = read_day(asked.rest, desk.setup.local(desk.at).date())
            line = _ask_day(desk, complaint) if day is None else _promise(desk, complaint, day.isoformat())
        case "template" if asked.rest.isdigit() and 1 <= int(asked.rest) <= len(desk.setup.templates):
            words = desk.setup.templates[int(asked.rest) - 1].text
            line = _send(desk, complaint, Reply(), words)
        case "template":
            line = _show_templates(desk, complaint)
        case "refer":
            line = _work(desk, complaint, Refer())
        case _:
            history.show(desk, complaint, is_full=asked.verb == "full", is_card=asked.verb == "show")
    if line and line not in {_text(desk.setup, "toast_ask_words"), _text(desk.setup, "toast_ask_cause")}:
        say(desk, line, complaint=complaint)  # the message that asks stands there already


def answer_general(desk: Desk, verb: str) -> None:
    """Answer a command that is about no single case."""
    if verb == "help":
        say(desk, _text(desk.setup, "staff_help"))
        return
    may_act = partial(enlisting.may_act, desk.tx, desk.setup, desk.person.id)
    message = build_list(desk.tx, desk.setup, desk.at, address_id=desk.address.id, may_act=may_act)
    saying.say_to(desk.tx, desk.setup, desk.address, message, desk.at)


def say(
    desk: Desk,
    text: str,
    *,
    complaint: Complaint | None = None,
) -> None:
    """Say something in the chat where somebody acted; answering it is about the same case."""
    _say(desk, complaint, Message(text=text))


def _say(desk: Desk, complaint: Complaint | None, message: Message, *, asks: str = "") -> None:
    saying.say_to(
        desk.tx,
        desk.setup,
        desk.address,
        message,
        desk.at,
        about=complaint.conversation_id if complaint else None,
        complaint_id=complaint.id if complaint else None,
        place=f"ask.{asks}" if asks else "",
    )


def _work(
    desk: Desk,
    complaint: Complaint,
    wish: StaffAct,
    *,
    words: str = "",
) -> str:
    return working.work(desk, complaint, wish, words=words).line


def _send(desk: Desk, complaint: Complaint, wish: Reply, words: str) -> str:
    """Send words to the citizen. Return why not, "" when they are on their way: how they arrive is said when they have."""
    too_long = is_too_long(desk, words)
    if too_long:
        return too_long
    result = working.work(desk, complaint, wish, words=words)
    return "" if result.is_done else result.line


def _await(
    desk: Desk,
    complaint: Complaint,
    asks: str,
    *,
    cause: str | None = None,
) -> None:
    staff.put_input(
        desk.tx,
        desk.setup.vault,
        address_id=desk.address.id,
        person_id=desk.person.id,
        complaint_id=complaint.id,
        asks=asks,
        cause=cause,
        at=desk.at,
    )


def _ask_words(desk: Desk, complaint: Complaint, asks: str) -> str:
    if asks != "note" and complaint.conversation_id is None:
        return _text(desk.setup, "case_unreachable", number=complaint.number)
    _await(desk, complaint, asks)
    text = _text(desk.setup, f"ask_{asks}", name=desk.person.name, number=complaint.number)
    _say(desk, complaint, Message(text=text, asked=(desk.key, desk.person.name)), asks=asks)
    return _text(desk.setup, "toast_ask_words")


def _ask_cause(desk: Desk, complaint: Complaint) -> str:
    refused = working.why_not(desk, complaint, Resolve("", ""))
    if refused:
        return refused
    _await(desk, complaint, "cause")
    text = _text(desk.setup, "ask_cause", name=desk.person.name, number=complaint.number)
    _say(desk, complaint, Message(text=text, options=_options(desk.setup, "cause", CAUSES)), asks="cause")
    return _text(desk.setup, "toast_ask_cause")


def _ask_action(desk: Desk, complaint: Complaint, cause: str) -> str:
    refused = working.why_not(desk, complaint, Resolve("", ""))
    if refused:
        return refused
    _await(desk, complaint, "action", cause=cause)
    text = _text(desk.setup, "ask_action", name=desk.person.name, number=complaint.number)
    _say(desk, complaint, Message(text=text, options=_options(desk.setup, "action", ACTIONS)), asks="action")
    return ""


def _resolve_picked(desk: Desk, complaint: Complaint, action: str) -> str:
    waiting = staff.find_input(
        desk.tx, desk.setup.vault, address_id=desk.address.id, person_id=desk.person.id
    )
    if waiting is None or waiting.complaint_id != complaint.id or waiting.cause is None:
        return _ask_cause(desk, complaint)
    staff.drop_input(desk.tx, address_id=desk.address.id, person_id=desk.person.id)
    return _resolve(desk, complaint, waiting.cause, action)


def _resolve_typed(desk: Desk, complaint: Complaint, rest: str) -> str:
    parts = read_parts(rest)
    if not parts:
        return _ask_cause(desk, complaint)
    cause = pick(parts[0], CAUSES, _labels(desk.setup, "cause", CAUSES)) or f"{OTHER}:{parts[0]}"
    if len(parts) == 1:
        return _ask_action(desk, complaint, cause)
    action = pick(parts[1], ACTIONS, _labels(desk.setup, "action", ACTIONS)) or f"{OTHER}:{parts[1]}"
    return _resolve(desk, complaint, cause, action)


def _resolve(desk: Desk, complaint: Complaint, cause: str, action: str) -> str:
    """Close the case. A cause or action of their own is "other:words"; the words stand in the history."""
    too_long = is_too_long(desk, f"{cause}{action}")
    if too_long:
        return too_long
    (cause_key, _, cause_words), (action_key, _, action_words) = cause.partition(":"), action.partition(":")
    words = f"{' '.join(cause_words.split())}\n{' '.join(action_words.split())}"
    wish = Resolve(cause=cause_key, action=action_key)
    return _work(desk, complaint, wish, words=words.rstrip() and words)


def _ask_day(desk: Desk, complaint: Complaint) -> str:
    day = desk.setup.local(desk.at).date()
    days = []
    for _ in range(PICKED_DAYS):
        day = desk.setup.calendar.next_working_day(day)
        days.append(day)
    buttons = tuple(
        Button(
            text=_day_name(desk.setup, one),
            press=f"promise={one.isoformat()}",
            words=_text(desk.setup, "words_day", number=complaint.number, day=f"{one.day}/{one.month}"),
        )
        for one in days
    )
    text = _text(desk.setup, "ask_day", number=complaint.number)
    _say(desk, complaint, Message(text=text, controls=buttons))
    return ""


def _promise(desk: Desk, complaint: Complaint, choice: str) -> str:
    try:
        day = date.fromisoformat(choice)
    except ValueError:
        return _text(desk.setup, "toast_dead")
    if not desk.setup.calendar.is_working_day(day):
        return _text(desk.setup, "day_off", day=f"{day:%d/%m/%Y}")
    return _work(desk, complaint, Promise(day))


def _day_name(setup: Setup, day: date) -> str:
    local = datetime(day.year, day.month, day.day, 12, tzinfo=setup.timezone)
    return f"{weekday(setup, local)} {day.day}/{day.month}"


def _show_menu(desk: Desk, complaint: Complaint) -> str:
    names = [name for name in _MENU if name != "template" or desk.setup.templates]
    buttons = tuple(
        Button(
            text=_text(desk.setup, f"button_more_{name}"),
            press=f"more={name}",
            words=_text(desk.setup, f"words_more_{name}", number=complaint.number),
        )
        for name in names
    )
    text = _text(desk.setup, "ask_more", number=complaint.number)
    _say(desk, complaint, Message(text=text, controls=buttons))
    return ""


def _show_templates(desk: Desk, complaint: Complaint) -> str:
    if not desk.setup.templates:
        return _text(desk.setup, "no_templates")
    options = tuple(Button(text=t.name, press=f"template={n}") for n, t in enumerate(desk.setup.templates))
    text = _text(desk.setup, "ask_template", number=complaint.number)
    _say(desk, complaint, Message(text=text, options=options))
    return ""


def _use_template(desk: Desk, complaint: Complaint, number: int, *, is_sent: bool) -> str:
    """Show a reply as it would be sent, or send it."""
    if is_sent:
        return _work(desk, complaint, Reply(), words=desk.setup.templates[number].text)
    words = _text(desk.setup, "words_send", number=complaint.number, n=number + 1)
    send = Button(text=_text(desk.setup, "button_send_template"), press=f"send={number}", words=words)
    text = _text(desk.setup, "template_preview", number=complaint.number)
    message = Message(text=text, quote=desk.setup.templates[number].text, controls=(send,))
    _say(desk, complaint, message)
    return ""


def _options(setup: Setup, place: str, keys: tuple[str, ...]) -> tuple[Button, ...]:
    labels = _labels(setup, place, keys)
    return tuple(Button(text=label, press=f"{place}={key}") for key, label in zip(keys, labels, strict=True))


def _labels(setup: Setup, place: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_text(setup, f"{place}_{key}") for key in keys)


def _text(setup: Setup, key: str, **values: object) -> str:
    return setup.wording.say(setup.language, key, **values)
