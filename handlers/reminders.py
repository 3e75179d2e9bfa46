"""Reminding citizens of an invitation or an unfinished form: capped, in waking hours, once each."""

from dataclasses import replace
from datetime import datetime

from handlers import saying, turns
from handlers.setup import Setup
from storage import addresses, conversations, invitations, responses
from storage.database import Transaction
from storage.outbox import Lane
from survey.effects import Say
from survey.engine import step
from survey.events import Reminded

_BATCH = 200


def send_reminders(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Put every due reminder into the outbox. Return how many; safe to run twice and late."""
    due = conversations.find_to_remind(tx, at, limit=_BATCH)
    return sum(_remind(tx, setup, conversation_id, at) for conversation_id in due)


def _remind(tx: Transaction, setup: Setup, conversation_id: int, at: datetime) -> int:
    talk = conversations.find_talk_by_id(tx, setup.vault, conversation_id, lock=True)
    if talk is None or talk.remind_at is None or talk.remind_at > at:
        return 0  # another process was faster
    invitation = invitations.load_invitation(tx, talk.invitation_id)
    address = addresses.load_address(tx, talk.address_id) if talk.address_id is not None else None
    is_over = talk.state.is_over or talk.status == "declined" or turns.is_expired(invitation, talk, at)
    is_over = is_over or responses.find_response(tx, invitation_id=invitation.id) is not None
    abilities = setup.channels.get(address.channel) if address is not None else None
    can_reach = address is not None and address.is_reachable and abilities is not None and abilities.can_push
    if is_over or not can_reach or talk.reminders >= len(setup.reminders) or address is None:
        conversations.save_talk(tx, setup.vault, replace(talk, remind_at=None), at)
        return 0
    if setup.awake_at(at) > at:
        conversations.save_talk(tx, setup.vault, replace(talk, remind_at=setup.awake_at(at)), at)
        return 0
    script = turns.build_script(setup, invitation, talk.questionnaire_version)
    _, results = step(talk.state, Reminded(), script)
    count = talk.reminders + 1
    remind_at = (
        setup.awake_at(at + setup.reminders[count] - setup.reminders[count - 1])
        if count < len(setup.reminders)
        else None
    )
    after = replace(talk, reminders=count, remind_at=remind_at, turn=talk.turn + 1)
    for effect in results:
        if isinstance(effect, Say):
            message = effect.message
            if abilities is not None and abilities.window is not None:  # she may find it closed another day
                page = setup.wording.say(
                    talk.state.language, "page_too", link=setup.page_of(invitation.nonce)
                )
                message = replace(message, tail="\n\n".join(part for part in (message.tail, page) if part))
            saying.say(tx, setup, after, message, address=address, at=at, lane=Lane.BULK)
    conversations.save_talk(tx, setup.vault, after, at)
    return 1
