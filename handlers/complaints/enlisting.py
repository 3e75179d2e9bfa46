"""Who may act: people and chats are bound by one-time codes, and lose their rights at once when they leave."""

import re
from datetime import datetime, timedelta

from handlers import opening, operators, saying
from handlers.complaints import seats, working
from handlers.complaints.people import get_person
from handlers.happenings import Inbound, Words
from handlers.setup import Chat, Setup
from storage import addresses, invitations, records, staff
from storage.complaints import Complaint
from storage.database import Transaction
from storage.staff import Binding, Grant, Role

CODE_LENGTH = 10
CODE_LIFE = timedelta(hours=72)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without look-alikes; 50 bits
_COMMAND = re.compile(
    r"^\s*/?dangky(?:@\w+)?\s+(?:(\S{1,40})|([0-9a-z]{5}-?[0-9a-z]{5})\s+(\S.{0,60}))\s*$", re.IGNORECASE
)
_ANYWHERE = {Role.OFFICE, Role.INSPECTION}  # these roles are not bound to one unit


def is_code(text: str) -> bool:
    """Whether words are the command that binds."""
    return _COMMAND.match(text) is not None


def invite(tx: Transaction, setup: Setup, grant: Grant, at: datetime, *, actor: str) -> str:
    """Make a one-time code and return it as it is to be typed, XXXXX-XXXXX."""
    letters = "".join(_ALPHABET[byte % 32] for byte in setup.vault.draw(CODE_LENGTH))
    staff.put_code(tx, setup.vault, letters, grant, at=at, expires_at=at + CODE_LIFE)
    details = {"role": str(grant.role), "unit": grant.unit_code}
    records.put_audit(tx, at=at, actor=actor, action="staff_invited", details=details)
    return f"{letters[:5]}-{letters[5:]}"


def enlist(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> str:
    """Bind whoever sent a code, and the group it was sent in when the settings do not name that group."""
    if inbound.actor is None or not isinstance(inbound.happening, Words):
        return ""
    found = _COMMAND.match(inbound.happening.text)
    code = normalise(found[1] or found[2]) if found else ""
    say, language = setup.wording.say, setup.language
    address = addresses.get_address(
        tx,
        setup.vault,
        channel=inbound.channel,
        name=inbound.name,
        is_citizen=not (
            inbound.is_group or Chat(channel=inbound.channel, name=inbound.name) in setup.staff_chats()
        ),
        at=at,
        language=setup.language,
    )
    sender = f"staff:{inbound.channel}:{inbound.actor.key}"
    if opening.is_slowed(tx, setup, sender, at):
        return ""
    grant = staff.use_code(tx, setup.vault, code, at)
    if grant is None:
        invitations.put_miss(tx, setup.vault, sender, at)
        saying.say_notice(tx, setup, address, say(language, "staff_wrong_code"), at)
        return ""
    given = (found[3] or "") if found else ""
    person = get_person(tx, setup, channel=inbound.channel, actor=inbound.actor, at=at, given=given)
    bind_person(tx, grant, person.id, at)
    key = "staff_bound"
    is_known = seats.is_staff_chat(
        tx, setup, channel=inbound.channel, name=inbound.name, is_group=inbound.is_group
    )
    if inbound.is_group and not is_known:
        binding = staff.bind(tx, grant, at=at, address_id=address.id)
        records.put_audit(tx, at=at, actor=f"person {person.id}", action="chat_bound", subject=str(binding))
        operators.tell(
            tx, setup, name=f"chat_bound:{binding}", key="operator_chat_bound", at=at, number=binding
        )
        key = "staff_chat_bound"
    unit = setup.unit_name(grant.unit_code) if grant.unit_code else setup.department
    role = say(language, f"role_{grant.role}")
    saying.say_notice(tx, setup, address, say(language, key, name=person.name, role=role, unit=unit), at)
    return ""


def bind_person(tx: Transaction, grant: Grant, person_id: int, at: datetime) -> int:
    """Bind a person and write it down. Return the binding's number."""
    binding = staff.bind(tx, grant, at=at, person_id=person_id)
    details = {"role": str(grant.role), "unit": grant.unit_code}
    records.put_audit(
        tx, at=at, actor=f"person {person_id}", action="staff_bound", subject=str(binding), details=details
    )
    return binding


def remove(tx: Transaction, setup: Setup, binding_id: int, at: datetime, *, actor: str) -> Binding | None:
    """End a binding. A person who has none left loses everything at once, and what they held is free again."""
    binding = staff.remove_binding(tx, binding_id, at)
    if binding is None:
        return None
    records.put_audit(tx, at=at, actor=actor, action="staff_removed", subject=str(binding_id))
    if binding.person_id is not None and not staff.list_bindings(tx, person_id=binding.person_id):
        working.release_holder(tx, setup, binding.person_id, at)
    return binding


def may_act(tx: Transaction, setup: Setup, person_id: int, complaint: Complaint) -> bool:
    """Whether that person may act on that case, in a chat where the case is shown."""
    mine = staff.list_bindings(tx, person_id=person_id)
    if not setup.is_bound_only:
        return bool(mine) or not staff.was_removed(tx, person_id)
    return any(b.role in _ANYWHERE or b.unit_code in {None, complaint.unit_code} for b in mine)


def may_look(tx: Transaction, setup: Setup, person_id: int) -> bool:
    """Whether that person may see the list of a chat: who may act on no case at all may not."""
    is_bound = bool(staff.list_bindings(tx, person_id=person_id))
    return is_bound or not (setup.is_bound_only or staff.was_removed(tx, person_id))


def normalise(code: str) -> str:
    """Return a code as it is kept, however it was typed."""
    return "".join(letter for letter in code.upper() if letter.isalnum())
