"""Taking in dossiers and results: one invitation for each dossier, the same message twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers import opening, saying, turns
from handlers.intake_fields import Entry, FieldProblem
from handlers.setup import Setup
from storage import addresses, conversations, invitations
from storage.addresses import Address
from storage.database import Transaction
from storage.invitations import Invitation
from storage.outbox import Lane
from survey import prompts

CREATED, SAME, CONTRADICTION = 201, 200, 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An invitation as the office gets it back."""

    dossier_code: str
    token: str
    code: str
    state: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of an entry: 201, 200 or 409."""

    status: int
    offer: Offer | None = None
    problems: tuple[FieldProblem, ...] = ()


def take_entries(tx: Transaction, setup: Setup, entries: Sequence[Entry], at: datetime) -> list[Taken]:
    """Take in what the office reports, each entry for itself, in order."""
    return [take_entry(tx, setup, entry, at) for entry in entries]


def take_entry(tx: Transaction, setup: Setup, entry: Entry, at: datetime) -> Taken:
    """Take in one dossier or result."""
    dossier = entry.dossier
    expires_at = _expires_at(setup, dossier.returned_at)
    is_new = invitations.put_invitation(
        tx, setup.vault, dossier, is_sampled=True, expires_at=expires_at, at=at
    )
    found = invitations.find_by_dossier(tx, dossier.code, lock=True)
    if found is None:
        raise LookupError("an invitation that was just made is not there")
    if is_new:
        is_sampled = setup.vault.share(found.nonce) < setup.sampling_pct
        invitations.change_invitation(tx, found.id, is_sampled=is_sampled)
        found = replace(found, is_sampled=is_sampled)
        has_result = found.returned_at is not None
    else:
        problems = _contradictions(found, entry)
        if problems:
            return Taken(status=CONTRADICTION, problems=problems)
        found, has_result = _add(tx, setup, found, entry, at)
    linked = _link(tx, setup, found, entry, at)
    if has_result or (linked and found.returned_at is not None):
        _invite(tx, setup, found, at)
    return Taken(status=CREATED if is_new else SAME, offer=build_offer(tx, setup, found, at))


def build_offer(tx: Transaction, setup: Setup, invitation: Invitation, at: datetime) -> Offer:
    """Return the invitation with its token and code."""
    talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation.id)
    if talk is not None and talk.status in {"submitted", "declined", "erased"}:
        state = talk.status
    elif turns.is_expired(invitation, talk, at):
        state = "expired"
    elif invitation.returned_at is None:
        state = "waiting"
    elif talk is not None and talk.begun_at is not None:
        state = "begun"
    else:
        state = "open"
    return Offer(
        dossier_code=invitation.dossier_code_given or "",
        token=setup.vault.token(invitation.nonce),
        code=setup.vault.code(invitation.nonce),
        state=state,
        expires_at=invitation.expires_at.astimezone(setup.timezone) if invitation.expires_at else None,
    )


def _expires_at(setup: Setup, returned_at: datetime | None) -> datetime | None:
    """Return the end of the last day to answer, local time."""
    if returned_at is None:
        return None
    last = returned_at.astimezone(setup.timezone) + timedelta(days=setup.invitation_days + 1)
    return last.replace(hour=0, minute=0, second=0, microsecond=0)


def _contradictions(found: Invitation, entry: Entry) -> tuple[FieldProblem, ...]:
    new = entry.dossier
    problems = []
    if new.procedure_code != found.procedure_code:
        problems.append(FieldProblem("procedure_code", "is another one than was reported before"))
    if new.unit_code != found.unit_code:
        problems.append(FieldProblem("unit_code", "is another one than was reported before"))
    if found.returned_at is not None:  # a result stands; before it, dates may still move
        for name in ("received_at", "due_at", "returned_at", "outcome"):
            before, after = getattr(found, name), getattr(new, name)
            if before is not None and after is not None and before != after:
                problems.append(FieldProblem(name, "is another one than was reported before"))
    return tuple(problems)


def _add(
    tx: Transaction, setup: Setup, found: Invitation, entry: Entry, at: datetime
) -> tuple[Invitation, bool]:
    """Fill in what is new. Return the invitation and whether its result came just now."""
    new = entry.dossier
    values = {
        name: getattr(new, name)
        for name in ("received_at", "due_at", "returned_at", "outcome")
        if getattr(new, name) is not None and getattr(new, name) != getattr(found, name)
    }
    has_result = found.returned_at is None and new.returned_at is not None
    if has_result:
        values |= {"expires_at": _expires_at(setup, new.returned_at), "returned_seen_at": at}
    if values:
        invitations.change_invitation(tx, found.id, **values)
        found = invitations.load_invitation(tx, found.id)
    return found, has_result


def _link(tx: Transaction, setup: Setup, invitation: Invitation, entry: Entry, at: datetime) -> bool:
    """Keep how the recipient can be reached. True when an account was linked."""
    if entry.phone:
        invitations.put_contact(
            tx, setup.vault, invitation_id=invitation.id, kind=invitations.PHONE, words=entry.phone, at=at
        )
    is_linked = False
    for channel, name in (("telegram", entry.telegram_chat_id), ("zalo", entry.zalo_user_id)):
        if name and channel in setup.channels:
            linked = opening.link_address(tx, setup, invitation, channel=channel, name=name, at=at)
            is_linked = is_linked or linked is not None
    return is_linked


def _invite(tx: Transaction, setup: Setup, invitation: Invitation, at: datetime) -> None:
    """Speak first, where a linked account can be written to; once."""
    address = _find_pushable(tx, setup, invitation)
    if address is None or not invitation.is_sampled or turns.is_expired(invitation, None, at):
        return
    talk = turns.begin_talk(tx, setup, invitation, address, at)
    if talk.invited_at is not None or talk.state.has_begun:
        return
    awake_at = setup.awake_at(at)
    script = turns.build_script(setup, invitation, talk.questionnaire_version)
    message = prompts.prompt(talk.state, script)
    saying.say(tx, setup, talk, message, address=address, at=at, lane=Lane.BULK, not_before=awake_at)
    remind_at = setup.awake_at(awake_at + setup.reminders[0]) if setup.reminders else None
    after = replace(talk, address_id=address.id, invited_at=at, remind_at=remind_at)
    conversations.save_talk(tx, setup.vault, after, at)
    if not _is_busy(tx, setup, address):
        addresses.set_conversation(tx, address.id, talk.id)


def _find_pushable(tx: Transaction, setup: Setup, invitation: Invitation) -> Address | None:
    for address_id in invitations.list_holders(tx, invitation.id):
        address = addresses.load_address(tx, address_id)
        abilities = setup.channels.get(address.channel)
        if address.is_reachable and abilities is not None and abilities.can_push:
            return address
    return None


def _is_busy(tx: Transaction, setup: Setup, address: Address) -> bool:
    """Whether the address is in the middle of another conversation, whose words must not go astray."""
    if address.conversation_id is None:
        return False
    talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id)
    return talk is not None and talk.status == "open"
