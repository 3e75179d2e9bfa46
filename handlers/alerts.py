"""Telling staff of a bad answer, in the chat of the unit, or of the integrity contacts alone when it accuses somebody."""

from datetime import datetime

from handlers import saying
from handlers.setup import Chat, Setup
from storage import addresses
from storage.database import Transaction
from storage.invitations import Invitation
from storage.responses import Response
from survey.message import Message
from survey.reading import Severity, read_comment

_MAX_COMMENT = 1000
_NEEDS_A_LOOK = {Severity.CRITICAL, Severity.COMPLAINT}


def raise_alert(
    tx: Transaction,
    setup: Setup,
    response: Response,
    *,
    invitation: Invitation,
    conversation_id: int,
    at: datetime,
) -> None:
    """Put an alert into the outbox of the right chats when the response holds something bad or a wish for a reply.

    What accuses somebody (an answer that says so, a comment about bribes, harassment, threats) goes to the integrity
    contacts alone. Reading the comment only ever adds attention: the citizen's own wish stands.

    What is neither an accusation nor waits for a reply is held back for a while, so that nobody at the counter is
    known by the minute.
    """
    questions = setup.questionnaire(response.questionnaire_version).questions
    chosen = [(q, q.option(n)) for q, n in zip(questions, response.answers, strict=False) if n]
    bad = [(q, option) for q, option in chosen if option.is_bad]
    severity = read_comment(response.comment or "", setup.wording.lexicon)
    if not bad and not response.wants_reply and severity not in _NEEDS_A_LOOK:
        return
    accuses = severity is Severity.CRITICAL or any(option.is_integrity for _, option in bad)
    unit = setup.units.get(invitation.unit_code)
    to_unit = unit.staff_chats if unit else ()
    chats = setup.integrity_chats if accuses else to_unit
    language = setup.language
    say = setup.wording.say
    lines = [
        say(language, "alert_title"),
        say(language, "alert_procedure", procedure=setup.procedure_name(invitation.procedure_code)),
        say(language, "alert_unit", unit=unit.name if unit else invitation.unit_code),
    ]
    lines += [
        say(language, "alert_answer", subject=q.subject[language], label=option.label[language])
        for q, option in bad
    ]
    if response.wants_reply:
        lines.append(say(language, "alert_wants_reply"))
    if response.shows_dossier and invitation.dossier_code_given:
        lines.append(say(language, "alert_dossier", dossier=invitation.dossier_code_given))
    quote = response.comment[:_MAX_COMMENT] if response.comment else ""
    is_urgent = accuses or bool(response.wants_reply)
    not_before = at if is_urgent else at + setup.alert_hold
    for chat in chats:
        message = Message(title=lines[0], text="\n".join(lines[1:]), quote=quote)
        _say_to_chat(tx, setup, chat, message, conversation_id=conversation_id, at=at, not_before=not_before)


def _say_to_chat(
    tx: Transaction,
    setup: Setup,
    chat: Chat,
    message: Message,
    *,
    conversation_id: int,
    at: datetime,
    not_before: datetime,
) -> None:
    if chat.channel not in setup.channels:
        return
    address = addresses.get_address(
        tx,
        setup.vault,
        channel=chat.channel,
        name=chat.name,
        is_citizen=False,
        at=at,
        language=setup.language,
    )
    saying.say_to(tx, setup, address, message, at, not_before=not_before, about=conversation_id)
