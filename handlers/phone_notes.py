"""The words beside a mark that answered an invitation by phone number: shown to those who would see a complaint."""

from datetime import datetime

from handlers import saying
from handlers.chats import list_chats
from handlers.setup import Chat, Setup
from storage.database import Transaction
from storage.invitations import Invitation
from survey.complaints.rules import names_somebody
from survey.folding import tidy
from survey.message import Message
from survey.reading import Severity, explain_comment

_LONGEST = 1_000  # characters; the platform's own field is shorter


def read_note(note: str) -> str:
    """Return the words of a note as they are kept: without what is no text, and not longer than one message."""
    return tidy(note)[:_LONGEST]


def show_note(tx: Transaction, setup: Setup, invitation: Invitation, words: str, at: datetime) -> None:
    """Post grave words to the integrity chats, a complaint to the unit's, with a quotation.

    No case is made of them: nobody can be answered, for the platform does not say who wrote.
    """
    if not words:
        return
    reading = explain_comment(words, setup.wording.lexicon)
    if reading.severity is Severity.CRITICAL:
        key, chats = "phone_note_critical", setup.integrity_chats
    elif reading.severity is Severity.COMPLAINT:
        key, chats = "phone_note_complaint", _staff_chats(setup, invitation.unit_code, words)
    else:
        return
    text = setup.wording.say(
        setup.language,
        key,
        unit=setup.unit_name(invitation.unit_code),
        procedure=setup.procedure_name(invitation.procedure_code),
    )
    for address in list_chats(tx, setup, chats, at):
        saying.say_to(tx, setup, address, Message(text=text, quote=words), at, place=place_of(invitation.id))


def _staff_chats(setup: Setup, unit_code: str, words: str) -> tuple[Chat, ...]:
    """Return where a complaint is read: not in the unit when it names somebody there."""
    unit = setup.units.get(unit_code)
    if unit is None or not unit.staff_chats or names_somebody(words, (*setup.titles, *unit.people)):
        return setup.escalation_chats
    return unit.staff_chats


def place_of(invitation_id: int) -> str:
    """Return the place of the messages that quote a note: by it they are found when the citizen is erased."""
    return f"phone_note:{invitation_id}"
