"""Taking in dossiers and results: one invitation for each dossier, the same message twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from handlers import opening, phones, saying, turns
from handlers.intake_fields import Entry, FieldProblem
from handlers.setup import Setup
from storage import addresses, conversations, invitations, responses
from storage.addresses import Address
from storage.conversations import Talk
from storage.database import Transaction
from storage.invitations import Dossier, Draft, Invitation
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
    """Take in what the office reports, each entry for itself, in order. A dossier that was erased stays so."""
    batch = _load(tx, setup, entries, at)
    taken = [_take(tx, setup, batch, entry, at) for entry in entries]
    invitations.put_contacts(tx, setup.vault, batch.phones, kind=invitations.PHONE, at=at)
    return taken


def take_entry(tx: Transaction, setup: Setup, entry: Entry, at: datetime) -> Taken:
    """Take in one dossier or result."""
    return take_entries(tx, setup, [entry], at)[0]


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What stands in the database about the dossiers of some entries, read at once: a file has thousands."""

    known: dict[str, Invitation]  # by normalised code
    new: set[str]  # those made just now
    talks: dict[int, Talk]
    answered: set[int]  # invitations with a response, by chat or on paper
    phones: dict[int, str] = field(default_factory=dict)


def _load(tx: Transaction, setup: Setup, entries: Sequence[Entry], at: datetime) -> _Batch:
    """Make the invitations of new dossiers and read the others, locked until the commit."""
    vault = setup.vault
    first = {entry.dossier.code: entry.dossier for entry in reversed(entries)}
    known = invitations.find_known(tx, vault, first, lock=True)
    invitations.fill_digests(tx, vault, known)
    drafts = [_draft(setup, first[code]) for code in sorted(first) if code not in known]
    new = invitations.put_invitations(tx, vault, drafts, at)
    known |= invitations.find_known(tx, vault, [draft.dossier.code for draft in drafts], lock=True)
    responses.link_forms(tx, {code: known[code].id for code in new})
    ids = [invitation.id for invitation in known.values()]
    return _Batch(
        known=known,
        new=new,
        talks=conversations.find_talks(tx, vault, ids),
        answered=responses.find_answered(tx, ids),
    )


def _draft(setup: Setup, dossier: Dossier) -> Draft:
    nonce = setup.vault.draw(16)
    is_sampled = setup.vault.share(nonce) < setup.sampling_pct
    expires_at = _expires_at(setup, dossier.returned_at)
    return Draft(dossier=dossier, nonce=nonce, is_sampled=is_sampled, expires_at=expires_at)


def _take(tx: Transaction, setup: Setup, batch: _Batch, entry: Entry, at: datetime) -> Taken:
    code = entry.dossier.code
    found, is_new, has_result = batch.known[code], code in batch.new, False
    if not is_new:
        problems = _contradictions(found, entry)
        if problems:
            return Taken(status=CONTRADICTION, problems=problems)
        found, has_result = _add(tx, setup, found, entry, at)
        batch.known[code] = found
    batch.new.discard(code)
    if not found.is_erased:
        if entry.phone:
            batch.phones[found.id] = entry.phone
        linked = _link(tx, setup, found, entry, at)
        can_reach = linked or (entry.phone is not None and setup.phone_template is not None)
        may_invite = has_result or (can_reach and found.returned_at is not None)
        if may_invite and not _is_asked(batch, found):
            _invite(tx, setup, found, entry.phone, at)
    offer = _offer(setup, batch, found, code_given=entry.dossier.code_given, at=at)
    return Taken(status=CREATED if is_new else SAME, offer=offer)


def _is_asked(batch: _Batch, invitation: Invitation) -> bool:
    """Whether somebody was invited before, has begun or has answered."""
    talk = batch.talks.get(invitation.id)
    has_talked = talk is not None and (talk.invited_at is not None or talk.state.has_begun)
    return has_talked or invitation.id in batch.answered


def _offer(setup: Setup, batch: _Batch, invitation: Invitation, *, code_given: str, at: datetime) -> Offer:
    """Return the invitation with its token and code."""
    talk = batch.talks.get(invitation.id)
    if invitation.is_erased:
        state = "erased"
    elif talk is not None and talk.status in {"submitted", "declined"}:
        state = talk.status
    elif invitation.id in batch.answered:
        state = "submitted"
    elif turns.is_expired(invitation, talk, at):
        state = "expired"
    elif invitation.returned_at is None:
        state = "waiting"
    elif talk is not None and talk.begun_at is not None:
        state = "begun"
    else:
        state = "open"
    return Offer(
        dossier_code=invitation.dossier_code_given or code_given,
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
    if entry.has_unit and new.unit_code != found.unit_code:
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
    """Let the accounts the office named hold the invitation. True when one of them does."""
    is_linked = False
    for channel, name in (("telegram", entry.telegram_chat_id), ("zalo", entry.zalo_user_id)):
        if name and channel in setup.channels:
            linked = opening.link_address(tx, setup, invitation, channel=channel, name=name, at=at)
            is_linked = is_linked or linked is not None
    return is_linked


def _invite(tx: Transaction, setup: Setup, invitation: Invitation, phone: str | None, at: datetime) -> None:
    """Speak first, once: where a linked account can be written to, else by phone number (a known one without `phone`)."""
    if not invitation.is_sampled or turns.is_expired(invitation, None, at):
        return
    address = _find_pushable(tx, setup, invitation)
    if address is None:
        _invite_by_phone(tx, setup, invitation, phone, at)
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


def _invite_by_phone(
    tx: Transaction, setup: Setup, invitation: Invitation, phone: str | None, at: datetime
) -> None:
    if setup.phone_template is None:
        return
    number = phone or invitations.find_contact(tx, setup.vault, invitation.id, kind=invitations.PHONE)
    if number is not None:
        phones.invite_by_phone(tx, setup, invitation, number, at)


def _find_pushable(tx: Transaction, setup: Setup, invitation: Invitation) -> Address | None:
    for address_id in invitations.list_holders(tx, invitation.id):
        address = addresses.load_address(tx, address_id)
        abilities = setup.channels.get(address.channel)
        can_push = abilities is not None and abilities.can_push and abilities.is_for_citizens
        if address.is_reachable and can_push:
            return address
    return None


def _is_busy(tx: Transaction, setup: Setup, address: Address) -> bool:
    """Whether the address is in the middle of another conversation, whose words must not go astray."""
    if address.conversation_id is None:
        return False
    talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id)
    return talk is not None and talk.status == "open"
