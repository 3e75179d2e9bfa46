"""Erasing a person: contact, chat address, comment and every link to the dossier go; the marks stay."""

from dataclasses import replace
from datetime import datetime

from storage import addresses, conversations, invitations, outbox, records, responses
from storage.conversations import Talk
from storage.database import Transaction
from storage.vault import Vault
from survey.conversation import Conversation, Place


def erase_person(tx: Transaction, vault: Vault, address_id: int, *, first: Talk, at: datetime) -> None:
    """Erase all that an address holds; the address itself is wiped when its goodbye is out."""
    for invitation_id in {first.invitation_id, *invitations.list_held_by(tx, address_id)}:
        talk = conversations.find_talk(tx, vault, invitation_id=invitation_id, lock=True)
        erase_invitation(tx, vault, invitation_id, talk, keep_address=address_id, at=at)


def erase_invitation(
    tx: Transaction,
    vault: Vault,
    invitation_id: int,
    talk: Talk | None,
    *,
    keep_address: int | None,
    at: datetime,
    actor: str = "citizen",
) -> None:
    """Erase what is personal about one invitation. `keep_address` is wiped later, when its goodbye is out."""
    held_by = invitations.list_holders(tx, invitation_id)
    responses.erase_response_links(tx, invitation_id=invitation_id)
    if talk is not None:
        if responses.find_response(tx, invitation_id=invitation_id) is None:
            conversations.delete_answers(tx, talk.id)
        outbox.forget_conversation(tx, talk.id)
        blank = Conversation(place=Place.ERASED, language=talk.state.language)
        conversations.save_talk(tx, vault, replace(talk, state=blank, status="erased", remind_at=None), at)
    invitations.delete_contacts(tx, invitation_id)
    invitations.unlink_dossier(tx, invitation_id)
    for address_id in held_by:
        if address_id != keep_address and not invitations.has_other_invitations(tx, address_id):
            addresses.erase_address(tx, address_id)
    records.put_audit(tx, at=at, actor=actor, action="privacy.erase", subject=f"invitation:{invitation_id}")
