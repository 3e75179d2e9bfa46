"""One turn of a conversation: load, step, save, apply. Also who may take it."""

from dataclasses import replace
from datetime import datetime, timedelta

from handlers import effects, saying
from handlers.setup import Setup
from storage import addresses, conversations, held, invitations, responses
from storage.addresses import Address
from storage.conversations import Talk
from storage.database import Transaction
from storage.invitations import Invitation
from survey.conversation import Conversation, Place
from survey.engine import step
from survey.events import Event, Opened, Pressed, Typed
from survey.reading import read_control
from survey.script import Facts, Script

RECEIPT_LENGTH = 12
_RECEIPT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 letters: five bits each, 60 in all


def holds(tx: Transaction, talk: Talk, address: Address) -> bool:
    """Whether that address holds the invitation of the conversation on its channel."""
    held_by = invitations.find_holder(tx, invitation_id=talk.invitation_id, channel=address.channel)
    return held_by == address.id


def take_turn(
    tx: Transaction, setup: Setup, talk: Talk, event: Event, *, address: Address, at: datetime
) -> str:
    """Let the conversation have `event` and do what follows. Return the toast for a press, "" without one."""
    invitation = invitations.load_invitation(tx, talk.invitation_id)
    is_about_data = _is_about_data(setup, event) or (talk.state.aside == "erase" and isinstance(event, Typed))
    if is_expired(invitation, talk, at) and not is_about_data:
        text = setup.wording.say(talk.state.language, "expired")
        saying.say_notice(tx, setup, address, text, at)
        return ""
    is_answered = not talk.state.is_over and not is_about_data
    if is_answered and responses.find_response(tx, invitation_id=invitation.id) is not None:
        text = setup.wording.say(talk.state.language, "answered_on_paper")
        saying.say_notice(tx, setup, address, text, at)
        return ""
    script = build_script(setup, invitation, talk.questionnaire_version)
    state, results = step(talk.state, event, script)
    after = replace(
        talk,
        state=state,
        turn=talk.turn + 1,
        status=_status(state),
        address_id=address.id,
        remind_at=_remind_at(setup, talk, state, at),
    )
    if address.conversation_id != talk.id:
        addresses.set_conversation(tx, address.id, talk.id)
    if talk.address_id != address.id:
        held.move(tx, conversation_id=talk.id, address_id=address.id, channel=address.channel, at=at)
    after, toast = effects.apply(tx, setup, after, results, invitation=invitation, address=address, at=at)
    conversations.save_talk(tx, setup.vault, after, at)
    if after.status == "submitted" and talk.status != "submitted":
        _move_on(tx, setup, after, address, at)
    return toast


def _move_on(tx: Transaction, setup: Setup, done: Talk, address: Address, at: datetime) -> None:
    """After one form is handed in, show the next that this address was invited to and has not answered."""
    waiting = conversations.find_invited(tx, address_id=address.id, after_id=done.id)
    talk = conversations.find_talk_by_id(tx, setup.vault, waiting, lock=True) if waiting is not None else None
    if talk is not None and not is_expired(invitations.load_invitation(tx, talk.invitation_id), talk, at):
        reopen(tx, setup, talk, address, at)


def _is_about_data(setup: Setup, event: Event) -> bool:
    """Whether the event is about the citizen's data: that goes on when the time to answer is over."""
    match event:
        case Pressed("erase", _):
            return True
        case Typed(words):
            return read_control(words, setup.wording.lexicon) in {"erase", "privacy"}
    return False


def begin_talk(tx: Transaction, setup: Setup, invitation: Invitation, address: Address, at: datetime) -> Talk:
    """Return the invitation's conversation; a new one speaks the address's language, if the questionnaire does."""
    known = setup.questionnaire(setup.questionnaire_version).languages
    language = address.language if address.language in known else setup.language
    return conversations.get_talk(
        tx,
        setup.vault,
        invitation_id=invitation.id,
        questionnaire_version=setup.questionnaire_version,
        state=Conversation(language=language),
        at=at,
    )


def build_script(setup: Setup, invitation: Invitation, version: str) -> Script:
    """Return what the conversation about this dossier is led by."""
    until = last_day(setup, invitation.expires_at)
    facts = Facts(
        department=setup.department,
        procedure=setup.procedure_name(invitation.procedure_code),
        hotline=setup.hotline,
        days=setup.retention_days,
        until=until,
        receipt=draw_receipt(setup),
    )
    return Script(questionnaire=setup.questionnaire(version), wording=setup.wording, facts=facts)


def last_day(setup: Setup, expires_at: datetime | None) -> str:
    """Return the last day on which an answer is taken; the invitation ends at the midnight after it."""
    if expires_at is None:
        return ""
    return (expires_at - timedelta(seconds=1)).astimezone(setup.timezone).strftime("%d/%m/%Y")


def draw_receipt(setup: Setup) -> str:
    """Return a new receipt code, XXXX-XXXX-XXXX."""
    letters = "".join(_RECEIPT_ALPHABET[byte % 32] for byte in setup.vault.draw(RECEIPT_LENGTH))
    return "-".join(letters[i : i + 4] for i in range(0, RECEIPT_LENGTH, 4))


def is_expired(invitation: Invitation, talk: Talk | None, at: datetime) -> bool:
    """Whether the time to answer has passed; a form that was handed in can still be looked at."""
    if talk is not None and talk.state.is_over:
        return False
    return invitation.expires_at is not None and at >= invitation.expires_at


def reopen(tx: Transaction, setup: Setup, talk: Talk, address: Address, at: datetime) -> None:
    """Show the conversation where it stands."""
    take_turn(tx, setup, talk, Opened(), address=address, at=at)


def _status(state: Conversation) -> str:
    if state.place in {Place.SUBMITTED, Place.DECLINED, Place.ERASED}:
        return str(state.place)
    if state.is_paused:
        return "paused"
    return "open" if state.has_begun else "new"


def _remind_at(setup: Setup, talk: Talk, state: Conversation, at: datetime) -> datetime | None:
    """Return when to remind after an act of the citizen; the Pause effect has its own say afterwards."""
    if state.is_over or state.is_paused or talk.reminders >= len(setup.reminders):
        return None
    return setup.awake_at(at + setup.reminders[talk.reminders])
