"""Invitations by phone number: one message of an approved template, ever, for whom nothing else can reach.

It costs money and comes unasked, so it goes out by day only, within the month's budget, never twice, and never to somebody
who once said no: a number that refused, or whose owner declined or had her data erased, is left alone for good.
"""

import json
import unicodedata
from datetime import datetime, time, timedelta

import phonenumbers
import structlog
from phonenumbers import NumberParseException, PhoneNumberType

from handlers import operators, phone_notes, turns
from handlers.setup import PhoneTemplate, Setup
from storage import addresses, conversations, invitations, outbox, phones, records, responses
from storage.database import Transaction
from storage.invitations import Invitation
from storage.local_days import starts_at
from storage.outbox import Due, Lane, State
from survey.message import Message, dump_message

CHANNEL = "zalo_zbs"  # its addresses are numbers, written 84…
NIGHT_FROM, NIGHT_UNTIL = time(22), time(6)  # Zalo may refuse messages by phone number then (-133)
_VIETNAM, _CODE = "VN", 84
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_TRACKING = 16  # random bytes, written as 32 of the 48 characters Zalo takes
log = structlog.get_logger()


def read_mobile(phone: str) -> str | None:
    """Return a Vietnamese mobile number as 84…, None when `phone` is none."""
    try:
        number = phonenumbers.parse(phone, _VIETNAM)
    except NumberParseException:
        return None
    if number.country_code != _CODE or number.extension or not phonenumbers.is_valid_number(number):
        return None
    return f"{_CODE}{number.national_number}" if phonenumbers.number_type(number) in _MOBILE else None


def awake_at(setup: Setup, at: datetime) -> datetime:
    """Return when a phone may ring: outside the quiet hours, and never in the platform's night."""
    local = _after_night(setup.local(setup.awake_at(at)))
    return _after_night(setup.local(setup.awake_at(local)))  # quiet hours may begin before the night is over


def invite_by_phone(tx: Transaction, setup: Setup, invitation: Invitation, phone: str, at: datetime) -> bool:
    """Put the invitation into the outbox for a phone number. False when it is not to be, or was before.

    Without it the invitation stays open for its link and code. Why nobody was invited stands in the audit log.
    """
    template = setup.phone_template
    if template is None or not _is_open(tx, setup, invitation, at):
        return False
    number = read_mobile(phone)
    if number is None:
        return _leave(tx, invitation, "number", at)
    phones.lock(tx)
    if phones.find(tx, invitation.id) is not None:
        return False
    known = addresses.find_address(tx, setup.vault, channel=CHANNEL, name=number)
    if known is not None and (not known.is_reachable or phones.has_declined(tx, known.id)):
        return _leave(tx, invitation, "refused", at)
    if not _fits_budget(tx, setup, template, at):
        return _leave(tx, invitation, "budget", at)
    _put(tx, setup, invitation, number, at, template=template)
    return True


def invite_instead(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> bool:
    """Where a chat takes nothing until the citizen writes again, invite her by phone number if the office gave one."""
    is_invitation = entry.lane == Lane.BULK and entry.complaint_id is None and entry.edits_id is None
    if setup.phone_template is None or not is_invitation or entry.conversation_id is None:
        return False
    talk = conversations.find_talk_by_id(tx, setup.vault, entry.conversation_id)
    if talk is None:
        return False
    phone = invitations.find_contact(tx, setup.vault, talk.invitation_id, kind=invitations.PHONE)
    if phone is None:
        return False
    return invite_by_phone(tx, setup, invitations.load_invitation(tx, talk.invitation_id), phone, at)


def settle_unsent(tx: Transaction, setup: Setup, entry: Due, at: datetime) -> bool:
    """Settle a message that is not to go out now: it is out already, came too late, or night has fallen. False otherwise."""
    if entry.lane != Lane.BULK or entry.conversation_id is not None:
        return False
    sent = phones.find_by_message(tx, entry.id)
    if sent is None:
        return False
    morning = awake_at(setup, at)
    if sent.has_arrived:
        outbox.finish(tx, entry.id, State.SENT, at)
    elif not _is_open(tx, setup, invitations.load_invitation(tx, sent.invitation_id), at):
        outbox.finish(tx, entry.id, State.DROPPED, at)
    elif morning > at:
        outbox.try_later(tx, entry.id, not_before=morning, fault="night", is_doubtful=False)
    else:
        return False
    return True


def note_arrived(tx: Transaction, tracking_id: str, at: datetime) -> None:
    """Note that an invitation is on the citizen's phone; it settles what nobody answered for."""
    found = phones.find_by_tracking(tx, tracking_id)
    if found is None or found.has_arrived:
        return
    phones.note_arrived(tx, found, at)
    if found.state in (State.UNKNOWN, State.WAITING):
        outbox.finish(tx, found.outbox_id, State.SENT, at)


def note_rating(
    tx: Transaction, setup: Setup, tracking_id: str, *, rate: int, note: str, at: datetime
) -> None:
    """Keep the first mark an invitation was answered with. It never counts as a form; grave words are shown to staff."""
    found = phones.find_by_tracking(tx, tracking_id)
    if found is None or found.is_rated or rate not in phones.RATES:
        return
    invitation = invitations.load_invitation(tx, found.invitation_id)
    if invitation.is_erased:
        return
    words = phone_notes.read_note(note)
    if phones.keep_rating(tx, setup.vault, invitation.id, rate=rate, note=words, at=at):
        phone_notes.show_note(tx, setup, invitation, words, at)


def forget(tx: Transaction, invitation_id: int, at: datetime, *, is_wish: bool) -> None:
    """Erase what is personal about an invitation by phone number: message, number, words. Costs and marks stay.

    Of a number whose owner wishes it or declined, or that refused, the keyed digest stays: it is never written to again.
    Call it before the dossier is unlinked.
    """
    found = phones.find(tx, invitation_id)
    if found is None:
        return
    is_wish = is_wish or phones.has_declined(tx, found.address_id)
    phones.erase(tx, found, place=phone_notes.place_of(invitation_id), at=at)
    is_last = phones.let_go(tx, found)
    if is_wish:
        addresses.mark_reachable(tx, found.address_id, unreachable_at=at)
    if is_last and addresses.load_address(tx, found.address_id).is_reachable:
        addresses.erase_address(tx, found.address_id)
    elif is_last:
        addresses.seal_off(tx, found.address_id)


def _is_open(tx: Transaction, setup: Setup, invitation: Invitation, at: datetime) -> bool:
    """Whether somebody is to be asked about this dossier and has not come by herself."""
    if invitation.is_erased or not invitation.is_sampled or invitation.returned_at is None:
        return False
    talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation.id)
    has_come = talk is not None and (talk.state.has_begun or talk.state.is_over)
    if has_come or turns.is_expired(invitation, talk, at):
        return False
    return responses.find_response(tx, invitation_id=invitation.id) is None


def _leave(tx: Transaction, invitation: Invitation, why: str, at: datetime) -> bool:
    """Note why nobody is invited by phone number, once for each invitation and reason."""
    log.info("phone_not_invited", invitation=invitation.id, why=why)
    if records.put_notice(tx, f"phone:{why}:{invitation.id}", at):
        subject, details = f"invitation:{invitation.id}", {"why": why}
        records.put_audit(
            tx, at=at, actor="service", action="phone.not_invited", subject=subject, details=details
        )
    return False


def _fits_budget(tx: Transaction, setup: Setup, template: PhoneTemplate, at: datetime) -> bool:
    """Whether this local month's money pays for one more; else the operator is told, once a month."""
    begin, end = _month(setup, at)
    if phones.count_spent(tx, begin, end) + template.price_vnd <= template.monthly_budget_vnd:
        return True
    month = f"{setup.local(at):%Y-%m}"
    operators.tell_of_phone_budget(tx, setup, month, template.monthly_budget_vnd, at)
    return False


def look_at_month(tx: Transaction, setup: Setup, at: datetime) -> tuple[int, tuple[int, ...]]:
    """Return what this local month's messages cost so far (đồng), and how often each mark 1 to 5 came back.

    Marks count only of people who handed in no form: the others are counted by their forms.
    """
    begin, end = _month(setup, at)
    return phones.count_spent(tx, begin, end), phones.count_ratings(tx, begin, end)


def _month(setup: Setup, at: datetime) -> tuple[datetime, datetime]:
    first = setup.local(at).date().replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return starts_at(first, setup.timezone), starts_at(following, setup.timezone)


def _put(
    tx: Transaction,
    setup: Setup,
    invitation: Invitation,
    number: str,
    at: datetime,
    *,
    template: PhoneTemplate,
) -> None:
    address = addresses.get_address(
        tx,
        setup.vault,
        channel=CHANNEL,
        name=number,
        is_citizen=True,
        at=at,
        language=setup.language,
    )
    invitations.hold(tx, invitation_id=invitation.id, channel=CHANNEL, address_id=address.id, at=at)
    tracking_id = setup.vault.draw(_TRACKING).hex()
    message_id = outbox.put(
        tx,
        setup.vault,
        address_id=address.id,
        channel=CHANNEL,
        body=_body(setup, template, invitation, tracking_id),
        at=at,
        lane=Lane.BULK,
        not_before=awake_at(setup, at),
    )
    phones.put(
        tx,
        invitation_id=invitation.id,
        tracking_id=tracking_id,
        outbox_id=message_id,
        price_vnd=template.price_vnd,
        at=at,
    )


def _body(setup: Setup, template: PhoneTemplate, invitation: Invitation, tracking_id: str) -> str:
    """Return the message as the outbox keeps it: what the channel sends, and beside it a text to be read."""
    data = _fill(setup, template, invitation)
    shown = Message(text="\n".join(f"{name}: {value}" for name, value in data.items()))
    values = {
        "message": dump_message(shown),
        "conversation": None,
        "template": {"id": template.id, "data": data, "tracking_id": tracking_id},
    }
    return json.dumps(values, ensure_ascii=False)


def _fill(setup: Setup, template: PhoneTemplate, invitation: Invitation) -> dict[str, str]:
    values = {
        "code": setup.vault.code(invitation.nonce),
        "link": f"{setup.links.public_url}/s/{setup.vault.token(invitation.nonce)}",
        "procedure": setup.procedure_name(invitation.procedure_code),
        "unit": setup.unit_name(invitation.unit_code),
        "department": setup.department,
        "until": turns.last_day(setup, invitation.expires_at),
    }
    filled = {name: pattern.format_map(values) for name, pattern in template.data.items()}
    return {name: unicodedata.normalize("NFC", value) for name, value in filled.items()}


def _after_night(local: datetime) -> datetime:
    if NIGHT_UNTIL <= local.time() < NIGHT_FROM:
        return local
    day = local.date() + timedelta(days=1 if local.time() >= NIGHT_FROM else 0)
    return datetime.combine(day, NIGHT_UNTIL, local.tzinfo)
