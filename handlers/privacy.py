"""Erasing a person: contact, chat address, comment and every link to the dossier go; the marks stay."""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers import phones
from handlers.complaints import cards as case_cards
from handlers.complaints import working
from handlers.intake_fields import normal_dossier_code
from handlers.setup import Setup
from storage import addresses, cards, complaints, conversations, invitations, outbox, records, responses
from storage.conversations import Talk
from storage.database import Transaction
from survey.conversation import Conversation, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure on request has taken."""

    dossiers: int  # whose contact, comment, messages and link are gone
    forms: int  # paper forms without an invitation, the same
    accounts: int  # whose address is gone


def erase_dossier(tx: Transaction, setup: Setup, code: str, at: datetime, *, actor: str) -> Erased | None:
    """Erase what is personal about a dossier. None when nothing is known of it (any more)."""
    normal = normal_dossier_code(code)
    invitation = invitations.find_by_dossier(tx, normal, lock=True)
    if invitation is not None:
        return _erase_all(tx, setup, [invitation.id], at, actor=actor)
    forms = responses.erase_loose_forms(tx, normal)
    if forms == 0:
        return None
    records.put_audit(
        tx, at=at, actor=actor, action="privacy.erase", subject="forms", details={"forms": forms}
    )
    return Erased(dossiers=0, forms=forms, accounts=0)


def erase_account(
    tx: Transaction, setup: Setup, *, channel: str, name: str, at: datetime, actor: str
) -> Erased | None:
    """Erase a citizen's account and every dossier it holds. None when it is not known, or a chat of the office."""
    address = addresses.find_address(tx, setup.vault, channel=channel, name=name)
    if address is None or not address.is_citizen:
        return None
    erased = _erase_all(tx, setup, invitations.list_held_by(tx, address.id), at, actor=actor)
    outbox.forget_address(tx, address.id, at)
    if addresses.find_name(tx, setup.vault, address.id) is not None:
        addresses.erase_address(tx, address.id)
        erased = replace(erased, accounts=erased.accounts + 1)
    records.put_audit(tx, at=at, actor=actor, action="privacy.erase", subject=f"address:{address.id}")
    return erased


def erase_person(tx: Transaction, setup: Setup, address_id: int, *, first: Talk, at: datetime) -> None:
    """Erase all that an address holds; the address itself is wiped when its goodbye is out."""
    for invitation_id in {first.invitation_id, *invitations.list_held_by(tx, address_id)}:
        talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation_id, lock=True)
        erase_invitation(tx, setup, invitation_id, talk, keep_address=address_id, at=at)


def _erase_all(
    tx: Transaction, setup: Setup, invitation_ids: list[int], at: datetime, *, actor: str
) -> Erased:
    held_by = {address for number in invitation_ids for address in invitations.list_holders(tx, number)}
    for invitation_id in invitation_ids:
        talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation_id, lock=True)
        erase_invitation(tx, setup, invitation_id, talk, keep_address=None, at=at, actor=actor)
    gone = [address for address in held_by if addresses.find_name(tx, setup.vault, address) is None]
    return Erased(dossiers=len(invitation_ids), forms=0, accounts=len(gone))


def erase_invitation(
    tx: Transaction,
    setup: Setup,
    invitation_id: int,
    talk: Talk | None,
    *,
    keep_address: int | None,
    at: datetime,
    actor: str = "citizen",
) -> None:
    """Erase what is personal about one invitation. `keep_address` is wiped later, when its goodbye is out."""
    phones.forget(tx, invitation_id, at, is_wish=actor != "retention")
    held_by = invitations.list_holders(tx, invitation_id)
    code = invitations.load_invitation(tx, invitation_id).dossier_code
    responses.erase_response_links(tx, invitation_id=invitation_id, dossier_code=code)
    if talk is not None:
        conversations.delete_answers(tx, talk.id)  # the marks of a form handed in stand in its response
        outbox.forget_conversation(tx, talk.id)
        _forget_complaint(tx, setup, talk.id, at)
        blank = Conversation(place=Place.ERASED, language=talk.state.language)
        conversations.save_talk(
            tx, setup.vault, replace(talk, state=blank, status="erased", remind_at=None), at
        )
    invitations.delete_contacts(tx, invitation_id)
    invitations.unlink_dossier(tx, setup.vault, invitation_id)
    for address_id in held_by:
        if address_id != keep_address and not invitations.has_other_invitations(tx, address_id):
            addresses.erase_address(tx, address_id)
    records.put_audit(tx, at=at, actor=actor, action="privacy.erase", subject=f"invitation:{invitation_id}")


def _forget_complaint(tx: Transaction, setup: Setup, conversation_id: int, at: datetime) -> None:
    """The case stays, without her words and without a way to her; the cards of staff lose them too where they can."""
    complaint_id = complaints.erase_complaint(tx, conversation_id)
    if complaint_id is None:
        return
    cards.forget_case(tx, complaint_id)
    complaint = complaints.load_complaint(tx, setup.vault, complaint_id)
    complaints.put_event(tx, setup.vault, complaint_id, at=at, actor="citizen", what="erased")
    if complaint.case.waiting_since is not None:  # nobody is left who could answer
        working.end_pause(tx, setup, complaint, at)
        return
    case_cards.redraw(tx, setup, complaint, at)
