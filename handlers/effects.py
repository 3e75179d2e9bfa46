"""What the engine asked for is done here, in the transaction of the turn."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from handlers import privacy
from handlers.complaints import citizen, raising
from handlers.saying import dump_body, say
from handlers.setup import Setup
from storage import addresses, conversations, invitations, outbox, responses
from storage.addresses import Address
from storage.complaints import Complaint
from storage.conversations import Talk
from storage.database import Transaction
from storage.invitations import Invitation
from storage.outbox import Lane
from storage.responses import Response
from survey.conversation import Wish
from survey.effects import Begin, Effect, Erase, Pause, Record, Redraw, Say, SetLanguage, Submit, Toast
from survey.message import Message
from survey.prompts import notice

_ID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def apply(
    tx: Transaction,
    setup: Setup,
    talk: Talk,
    effects: tuple[Effect, ...],
    *,
    invitation: Invitation,
    address: Address,
    at: datetime,
) -> tuple[Talk, str]:
    """Do all effects of one turn. Return the conversation as it is to be saved, and the toast."""
    toast = ""
    raised: Complaint | None = None
    erases = any(isinstance(effect, Erase) for effect in effects)
    for effect in effects:
        match effect:
            case Say(message):
                say(tx, setup, talk, message, address=address, at=at, erases_address=erases)
            case Redraw(message, instead):
                _redraw(tx, setup, talk, message, instead, address=address, at=at)
            case Toast(text):
                toast = text
            case Begin():
                talk = replace(talk, begun_at=talk.begun_at or at)
            case Record(question, option, way):
                conversations.put_answer(
                    tx, conversation_id=talk.id, question=question, option=option, way=way, at=at
                )
            case Submit():
                talk, raised = _submit(tx, setup, talk, effect, invitation=invitation, address=address, at=at)
            case Pause(remind):
                can = remind and talk.reminders < len(setup.reminders)
                remind_at = setup.awake_at(at + setup.reminders[talk.reminders]) if can else None
                talk = replace(talk, remind_at=remind_at)
            case Erase():
                privacy.erase_person(tx, setup, address.id, first=talk, at=at)
            case SetLanguage(language):
                addresses.set_language(tx, address.id, language)
            case _:
                assert_never(effect)
    if raised is not None:  # after the receipt
        citizen.acknowledge(tx, setup, raised, at)
    return talk, toast


def _redraw(
    tx: Transaction,
    setup: Setup,
    talk: Talk,
    message: Message,
    instead: str,
    *,
    address: Address,
    at: datetime,
) -> None:
    abilities = setup.channels.get(address.channel)
    if abilities is None or not abilities.can_edit:
        if instead:
            say(tx, setup, talk, notice(instead), address=address, at=at)
        return
    shown = outbox.find_shown(tx, conversation_id=talk.id, address_id=address.id, place=message.place)
    if shown is None:
        return
    outbox.supersede_edits(tx, edits_id=shown, at=at)
    outbox.put(
        tx,
        setup.vault,
        address_id=address.id,
        channel=address.channel,
        body=dump_body(message, conversation_id=talk.id),
        at=at,
        lane=Lane.EDIT,
        conversation_id=talk.id,
        turn=talk.turn,
        place=message.place,
        edits_id=shown,
    )


def _submit(
    tx: Transaction,
    setup: Setup,
    talk: Talk,
    effect: Submit,
    *,
    invitation: Invitation,
    address: Address,
    at: datetime,
) -> tuple[Talk, Complaint | None]:
    questions = setup.questionnaire(talk.questionnaire_version).questions
    given = [talk.state.answers.get(question.key) for question in questions]
    wish = effect.wish
    response = Response(
        id=draw_id(setup),
        channel=address.channel,
        unit_code=invitation.unit_code,
        procedure_code=invitation.procedure_code,
        questionnaire_version=talk.questionnaire_version,
        submitted_at=at,
        submitted_on=at.astimezone(setup.timezone).date(),
        answers=tuple(given + [None] * (10 - len(given))),
        comment=effect.comment,
        wants_reply=None if wish is None else wish is not Wish.NO,
        shows_dossier=None if wish is None else wish is Wish.WITH_CODE,
        receipt=effect.receipt,
        invitation_id=invitation.id,
    )
    if not responses.put_response(tx, setup.vault, response):
        raise LookupError(f"invitation {invitation.id} has a response already")
    if effect.contact:
        invitations.put_contact(
            tx, setup.vault, invitation_id=invitation.id, kind=invitations.WORDS, words=effect.contact, at=at
        )
    done = replace(talk, submitted_at=at, remind_at=None, address_id=address.id)
    raised = raising.raise_of_response(tx, setup, response, talk=done, invitation=invitation, at=at)
    return done, raised


def draw_id(setup: Setup) -> str:
    """Return a new random id of 26 letters and digits (130 bits)."""
    return "".join(_ID_ALPHABET[byte % 32] for byte in setup.vault.draw(26))
