"""What the citizen is told about her complaint, in the chat she used last. She sees the unit, never the person."""

from datetime import datetime

from handlers import saying
from handlers.complaints.dates import weekday
from handlers.setup import Setup
from storage import addresses, conversations, invitations
from storage.addresses import Address
from storage.cards import FILE
from storage.complaints import Complaint
from storage.database import Transaction
from survey.complaints.rules import Route
from survey.message import Button, Message

MARKS = 5  # steps of the rating, 1 the best


def find_citizen(tx: Transaction, setup: Setup, complaint: Complaint) -> tuple[Address, str] | None:
    """Return where the citizen is and her language; None once she is erased or cannot be reached."""
    if complaint.conversation_id is None:
        return None
    talk = conversations.find_talk_by_id(tx, setup.vault, complaint.conversation_id)
    if talk is None or talk.address_id is None:
        return None
    address = addresses.load_address(tx, talk.address_id)
    is_on = address.channel in setup.channels
    return (address, talk.state.language) if is_on and address.is_reachable else None


def acknowledge(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> None:
    """Tell her the number and by when; of what accuses somebody also who sees it."""
    found = find_citizen(tx, setup, complaint)
    if found is None:
        return
    address, language = found
    due = setup.local(complaint.due_at)
    key = "case_acknowledged_reply" if complaint.wants_reply else "case_acknowledged"
    text = setup.wording.say(
        language,
        key,
        number=complaint.number,
        date=f"{due:%d/%m/%Y}",
        weekday=weekday(setup, due),
        department=setup.department,
    )
    if complaint.case.route is Route.INTEGRITY:
        text += " " + setup.wording.say(language, "case_integrity", department=setup.department)
    text += "\n\n" + setup.wording.say(language, "case_boundary")
    link = _link(tx, setup, complaint, address)
    if link:
        text += "\n\n" + setup.wording.say(language, "case_page", link=link)
    _say(tx, setup, complaint, Message(text=text), at)


def _link(tx: Transaction, setup: Setup, complaint: Complaint, address: Address) -> str:
    """Return the address of her page, where the platform may take no reply any more by the time there is one; else ""."""
    abilities = setup.channels.get(address.channel)
    talk = conversations.find_talk_by_id(tx, setup.vault, complaint.conversation_id or 0)
    if abilities is None or abilities.window is None or talk is None:
        return ""
    return setup.page_of(invitations.load_invitation(tx, talk.invitation_id).nonce)


def send_reply(
    tx: Transaction,
    setup: Setup,
    complaint: Complaint,
    words: str,
    at: datetime,
    *,
    attachment: str = "",
    is_question: bool = False,
) -> int | None:
    """Send her what staff wrote. Return the outbox entry, None when she cannot be reached."""
    found = find_citizen(tx, setup, complaint)
    if found is None:
        return None
    address, language = found
    say = setup.wording.say
    key = "case_question_title" if is_question else "case_reply_title"
    title = say(language, key, number=complaint.number, office=_office(setup, complaint))
    tail = say(language, "case_reply_tail")
    sent = _say(tx, setup, complaint, Message(title=title, text=f"\n{words}", tail=tail), at, place="reply")
    if attachment:
        send_attachment(
            tx, setup, complaint, address, attachment, text=say(language, "attachment_office"), at=at
        )
    return sent


def send_attachment(
    tx: Transaction,
    setup: Setup,
    complaint: Complaint,
    address: Address,
    attachment: str,
    *,
    text: str,
    at: datetime,
    not_before: datetime | None = None,
) -> None:
    """Pass on a picture or file where its own platform can; elsewhere a line says where it lies."""
    channel, _, ref = attachment.partition("|")
    message = Message(text=text, attachment=ref if channel == address.channel else "")
    if channel != address.channel:
        message = Message(text=setup.wording.say(setup.language, "attachment_elsewhere", channel=channel))
    about = complaint.conversation_id
    saying.say_to(
        tx,
        setup,
        address,
        message,
        at,
        not_before=not_before,
        about=about,
        complaint_id=complaint.id,
        place=FILE,
    )


def ask_verdict(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime, action: str) -> int | None:
    """Ask her whether it is done."""
    found = find_citizen(tx, setup, complaint)
    if found is None:
        return None
    _, language = found
    text = setup.wording.say(language, "case_resolved", number=complaint.number, action=action)
    buttons = _buttons(setup, language, "verdict", ("done", "partly", "not"))
    return _say(tx, setup, complaint, Message(text=text, controls=buttons), at)


def ask_rating(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> None:
    """Ask her how the complaint was handled: five steps, for criterion 6."""
    found = find_citizen(tx, setup, complaint)
    if found is None:
        return
    _, language = found
    options = tuple(
        Button(text=setup.wording.say(language, f"case_mark_{n}"), press=f"rate={n}")
        for n in range(1, MARKS + 1)
    )
    text = setup.wording.say(language, "case_rate", number=complaint.number)
    _say(tx, setup, complaint, Message(text=text, options=options), at)


def ask_promise(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> None:
    """Ask her on the promised day whether it was kept."""
    found = find_citizen(tx, setup, complaint)
    if found is None or complaint.case.promised_on is None:
        return
    _, language = found
    day = f"{complaint.case.promised_on:%d/%m/%Y}"
    text = setup.wording.say(language, "case_promise_due", number=complaint.number, day=day)
    _say(
        tx,
        setup,
        complaint,
        Message(text=text, controls=_buttons(setup, language, "kept", ("yes", "no"))),
        at,
    )


def tell(
    tx: Transaction,
    setup: Setup,
    complaint: Complaint,
    key: str,
    at: datetime,
    *,
    to: Address | None = None,
    **values: object,
) -> None:
    """Tell her one sentence, `to` where she wrote or else in the chat she used last."""
    found = find_citizen(tx, setup, complaint)
    if found is not None:
        text = setup.wording.say(found[1], key, number=complaint.number, **values)
        _say(tx, setup, complaint, Message(text=text), at, to=to)


def ask_whether_meant(
    tx: Transaction, setup: Setup, complaint: Complaint, words: str, at: datetime, *, draft: int, to: Address
) -> None:
    """Words came that nobody asked for there: ask where she wrote them whether they are for the office."""
    found = find_citizen(tx, setup, complaint)
    if found is None:
        return
    _, language = found
    text = setup.wording.say(language, "case_meant", number=complaint.number)
    buttons = _buttons(setup, language, "tell", ("yes", "no"), about=f":{draft}")
    _say(tx, setup, complaint, Message(text=text, quote=words, controls=buttons), at, to=to)


def _office(setup: Setup, complaint: Complaint) -> str:
    """Return who answers, as she sees it: the unit, or the department for what the unit does not know of."""
    if complaint.case.route is Route.UNIT and complaint.case.level == 0:
        return setup.unit_name(complaint.unit_code)
    return setup.department


def _buttons(
    setup: Setup, language: str, place: str, choices: tuple[str, ...], *, about: str = ""
) -> tuple[Button, ...]:
    return tuple(
        Button(text=setup.wording.say(language, f"case_{place}_{choice}"), press=f"{place}={choice}{about}")
        for choice in choices
    )


def _say(
    tx: Transaction,
    setup: Setup,
    complaint: Complaint,
    message: Message,
    at: datetime,
    *,
    place: str = "",
    to: Address | None = None,
) -> int | None:
    found = find_citizen(tx, setup, complaint)
    if found is None:
        return None
    return saying.say_to(
        tx,
        setup,
        to or found[0],
        message,
        at,
        about=complaint.conversation_id,
        complaint_id=complaint.id,
        place=place,
    )
