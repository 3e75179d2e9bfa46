"""The card of a case in the chats of staff: built, posted, drawn over as the case moves."""

from datetime import datetime

from handlers import operators, saying
from handlers.complaints import citizen, seats
from handlers.complaints.dates import explain_due
from handlers.setup import Setup
from storage import addresses, cards, complaints, invitations, outbox, staff
from storage.addresses import Address
from storage.cards import CARD, TOLD, Card
from storage.complaints import Complaint
from storage.conversations import find_talk_by_id
from storage.database import Transaction
from storage.outbox import Lane
from survey.complaints.case import Status
from survey.complaints.rules import Route
from survey.message import Button, Message

MAX_QUOTE = 1500  # characters of the comment on a card; the rest comes on demand
_BUTTONS = ("claim", "reply", "resolve", "escalate", "back", "more")


def post(
    tx: Transaction, setup: Setup, complaint: Complaint, at: datetime, *, is_fresh: bool = False
) -> None:
    """Put the card into every chat that must see the case and shows no card yet; chats that are gone are passed over.

    When no chat is left, those above the unit get it and the operator is told. A fresh card goes where one is shown too.
    """
    wanted = seats.list_seats(tx, setup, complaint, at)
    alive = [address for address in wanted if address.is_reachable]
    if not alive and (not complaint.is_fallback or complaint.case.route is Route.INTEGRITY):
        fall_back(tx, setup, complaint, at)
        return
    shown = set() if is_fresh else {card.address_id for card in cards.list_cards(tx, complaint.id)}
    message = build_card(tx, setup, complaint)
    for address in alive:
        if address.id not in shown:
            _put(tx, setup, complaint, address, message, at=at)


def hasten(tx: Transaction, complaint_id: int, at: datetime) -> None:
    """Let cards that are held back go now."""
    cards.hasten_cards(tx, complaint_id, at)


def fall_back(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> None:
    """Show the case to those above the unit, because its own chat cannot be reached, and tell the operator.

    What accuses somebody goes nowhere else: it waits for the integrity contacts, and only its number is told.
    """
    shown_at = max(at, complaint.shown_at)
    if complaint.case.route is Route.INTEGRITY:
        operators.tell(
            tx, setup, name=f"integrity:{complaint.number}", key="operator_integrity_gone", at=at,
            not_before=shown_at, otherwise=setup.escalation_chats, number=complaint.number,
        )  # fmt: skip
        return
    name = f"card:{complaint.unit_code}:{complaint.case.route}{':held' if shown_at > at else ''}"
    operators.tell(
        tx, setup, name=name, key="operator_chat_gone", at=at, not_before=shown_at,
        unit=setup.unit_name(complaint.unit_code), number=complaint.number,
    )  # fmt: skip
    if complaint.is_fallback:
        return
    complaints.set_fallback(tx, complaint.id)
    after = complaints.load_complaint(tx, setup.vault, complaint.id)
    complaints.put_event(tx, setup.vault, complaint.id, at=at, actor="service", what="fell_back")
    post(tx, setup, after, at)


def leave(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> None:
    """Keep back what still waits about a case for chats that see it no more."""
    here = {address.id for address in seats.list_seats(tx, setup, complaint, at)}
    cards.drop_elsewhere(tx, complaint.id, here, at)


def bring_again(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> None:
    """Try once more to show a case that no chat shows, in chats that could not be reached too."""
    wanted = seats.list_seats(tx, setup, complaint, at)
    message = build_card(tx, setup, complaint)
    for address in wanted:
        _put(tx, setup, complaint, address, message, at=at)
    if not any(address.is_reachable for address in wanted):
        fall_back(tx, setup, complaint, at)


def redraw(
    tx: Transaction, setup: Setup, complaint: Complaint, at: datetime, *, is_fresh: bool = False
) -> None:
    """Let every card show where the case stands; chats that must not see it any more keep a line without the case.

    New cards are put only of what is open: nobody is to be bothered with a case that is over.
    """
    is_over = complaint.case.status is Status.WITHDRAWN
    moved = Message(text=setup.wording.say(setup.language, "card_moved", number=complaint.number))
    here = {address.id for address in seats.list_seats(tx, setup, complaint, at)}
    message = build_card(tx, setup, complaint)
    for card in cards.list_cards(tx, complaint.id):
        is_here = card.address_id in here
        if (is_over or not is_here) and not card.is_out and cards.drop_card(tx, card.id, at):
            continue
        _draw_over(tx, setup, complaint, card, message if is_here else moved, at=at)
    if complaint.case.is_open:
        post(tx, setup, complaint, at, is_fresh=is_fresh)


def tell_staff(
    tx: Transaction, setup: Setup, complaint: Complaint, key: str, at: datetime, **values: object
) -> None:
    """Say one sentence about a case in the chats that see it."""
    text = setup.wording.say(setup.language, key, number=complaint.number, **values)
    place = TOLD if key.startswith("staff_") else ""  # what the citizen did can be answered
    say_to_staff(tx, setup, complaint, Message(text=text), at, place=place)


def say_to_staff(
    tx: Transaction, setup: Setup, complaint: Complaint, message: Message, at: datetime, *, place: str = TOLD
) -> None:
    """Say something about a case in the chats that see it, never before its card. Answering it writes to the citizen."""
    for address in seats.list_seats(tx, setup, complaint, at):
        if address.is_reachable:
            saying.say_to(
                tx,
                setup,
                address,
                message,
                at,
                not_before=max(at, complaint.shown_at),
                about=complaint.conversation_id,
                complaint_id=complaint.id,
                place=place,
            )


def send_attachment(
    tx: Transaction, setup: Setup, complaint: Complaint, attachment: str, at: datetime
) -> None:
    """Pass a picture or file of the citizen on to the chats that see the case."""
    text = setup.wording.say(setup.language, "attachment_citizen", number=complaint.number)
    for address in seats.list_seats(tx, setup, complaint, at):
        if address.is_reachable:
            held = max(at, complaint.shown_at)
            citizen.send_attachment(
                tx, setup, complaint, address, attachment, text=text, at=at, not_before=held
            )


def build_card(tx: Transaction, setup: Setup, complaint: Complaint) -> Message:
    """Return the card: what raised the case and nothing else of the form, who holds it, by when, and the buttons.

    Of a withdrawn case nothing is left but a line.
    """
    language, say = setup.language, setup.wording.say
    if complaint.case.status is Status.WITHDRAWN:
        return Message(text=say(language, "card_withdrawn", number=complaint.number))
    lines = [
        say(language, "alert_procedure", procedure=setup.procedure_name(complaint.procedure_code)),
        say(language, "alert_unit", unit=setup.unit_name(complaint.unit_code)),
        say(language, "card_day", day=f"{complaint.created_on:%d/%m/%Y}"),
        *list_answers(setup, complaint),
        *_wishes(tx, setup, complaint),
        *_standing(tx, setup, complaint),
    ]
    key = "card_title_critical" if complaint.is_critical else "card_title"
    kind = kind_name(setup, complaint.kind)
    words = complaint.words or ""
    tail = ""
    if len(words) > MAX_QUOTE:
        words, tail = words[:MAX_QUOTE].rstrip() + "…", say(language, "card_cut")
    return Message(
        title=say(language, key, number=complaint.number, kind=kind),
        text="\n".join(lines),
        quote=words,
        tail=tail,
        controls=_buttons(setup, complaint),
    )


def kind_name(setup: Setup, kind: str) -> str:
    """Return what a kind of complaint is called; one of the office's own is shown as it is written."""
    table = setup.wording.tables[setup.language]
    return table.get(f"kind_{kind}", kind)


def list_answers(setup: Setup, complaint: Complaint) -> list[str]:
    """Return a line for each answer that raised the case."""
    questionnaire = setup.questionnaire(complaint.questionnaire_version)
    say, language = setup.wording.say, setup.language
    return [
        say(language, "alert_answer", subject=q.subject[language], label=q.label(number, language))
        for q in questionnaire.questions
        if (number := complaint.answers.get(q.key)) is not None
    ]


def _wishes(tx: Transaction, setup: Setup, complaint: Complaint) -> list[str]:
    say, language = setup.wording.say, setup.language
    lines = []
    if complaint.is_unfinished:
        lines.append(say(language, "card_unfinished"))
    if complaint.wants_reply:
        lines.append(say(language, "alert_wants_reply"))
    if complaint.is_damaged:
        lines.append(say(language, "card_damaged"))
    if complaint.conversation_id is None:
        lines.append(say(language, "card_erased"))
    elif complaint.shows_dossier:
        talk = find_talk_by_id(tx, setup.vault, complaint.conversation_id)
        invitation = invitations.load_invitation(tx, talk.invitation_id) if talk else None
        if invitation is not None and invitation.dossier_code_given:
            lines.append(say(language, "alert_dossier", dossier=invitation.dossier_code_given))
    return lines


def _standing(tx: Transaction, setup: Setup, complaint: Complaint) -> list[str]:
    say, language, case = setup.wording.say, setup.language, complaint.case
    holder = staff.find_person(tx, setup.vault, case.holder)
    name = holder.name if holder else ""
    lines = []
    match case.status:
        case Status.NEW:
            lines.append(say(language, "card_free"))
        case Status.CLAIMED:
            lines.append(say(language, "card_held", name=name))
        case Status.RESOLVED:
            day = f"{setup.local(complaint.resolved_at):%d/%m/%Y}" if complaint.resolved_at else ""
            lines.append(say(language, "card_resolved", name=name, day=day))
            lines.append(say(language, f"card_verdict_{case.verdict or 'none'}"))
    if case.is_open:
        if case.waiting_since is not None:
            lines.append(say(language, "card_waiting"))
        else:
            lines.append(explain_due(setup, complaint))
        if case.promised_on is not None:
            lines.append(say(language, "card_promised", day=f"{case.promised_on:%d/%m/%Y}"))
        if case.nots:
            lines.append(say(language, "card_not_done", times=case.nots))
    lines += _last_reply(tx, setup, complaint)
    return lines


def _last_reply(tx: Transaction, setup: Setup, complaint: Complaint) -> list[str]:
    """Return whether the last reply has reached the citizen."""
    sent = complaints.list_events(tx, setup.vault, complaint.id, what=("replied", "asked"))
    numbered = [entry for entry in sent if entry.message_id is not None]
    if not numbered or numbered[-1].message_id is None:
        return []
    state = cards.state_of(tx, numbered[-1].message_id)
    when = f"{setup.local(numbered[-1].at):%H:%M %d/%m}"
    return [setup.wording.say(setup.language, f"card_reply_{_FATES.get(state, 'waiting')}", when=when)]


_FATES = {
    outbox.State.SENT: "sent",
    outbox.State.UNKNOWN: "unknown",
    outbox.State.HELD: "held",
    outbox.State.FAILED: "failed",
    outbox.State.DROPPED: "failed",
}


def _buttons(setup: Setup, complaint: Complaint) -> tuple[Button, ...]:
    case = complaint.case
    names: tuple[str, ...] = ("reply", "reopen", "more") if case.status is Status.RESOLVED else _BUTTONS
    if complaint.conversation_id is None:
        names = tuple(name for name in names if name != "reply")
    return tuple(
        Button(
            text=setup.wording.say(setup.language, f"button_case_{name}"),
            press=f"card={name}",
            words=setup.wording.say(setup.language, f"words_case_{name}", number=complaint.number),
        )
        for name in names
    )


def _put(
    tx: Transaction, setup: Setup, complaint: Complaint, address: Address, message: Message, *, at: datetime
) -> None:
    saying.say_to(
        tx,
        setup,
        address,
        message,
        at,
        not_before=max(at, complaint.shown_at),
        about=complaint.conversation_id,
        complaint_id=complaint.id,
        place=CARD,
    )


def _draw_over(
    tx: Transaction, setup: Setup, complaint: Complaint, card: Card, message: Message, *, at: datetime
) -> None:
    body = saying.dump_body(message, complaint_id=complaint.id)
    if cards.replace_body(tx, setup.vault, card.id, body) and not card.is_out:
        return  # one that was tried may be out as it was before
    address = addresses.load_address(tx, card.address_id)
    abilities = setup.channels.get(address.channel)
    if abilities is None or not abilities.can_edit:  # a channel that was switched off shows nothing any more
        return
    outbox.supersede_edits(tx, edits_id=card.id, at=at)
    outbox.put(
        tx,
        setup.vault,
        address_id=address.id,
        channel=address.channel,
        body=body,
        at=at,
        lane=Lane.EDIT,
        conversation_id=complaint.conversation_id,
        complaint_id=complaint.id,
        place=CARD,
        edits_id=card.id,
    )
