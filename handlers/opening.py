"""Opening an invitation by its token or short code: who may, what is said, and how guessing is slowed."""

from datetime import datetime, timedelta

from handlers import saying, turns
from handlers.setup import Setup
from storage import addresses, conversations, invitations
from storage.addresses import Address
from storage.database import Transaction
from storage.invitations import Invitation
from storage.vault import TOKEN_LENGTH, looks_like_code, read_code

MISS_WINDOW = timedelta(minutes=15)
MAX_MISSES = 5  # wrong codes of one sender in the window


def open_by_token(
    tx: Transaction, setup: Setup, address: Address, token: str, *, sender: str, at: datetime
) -> None:
    """Open the invitation of a link. Without a token the current conversation is shown, or how to begin."""
    if not token:
        _show_current(tx, setup, address, at)
        return
    if is_slowed(tx, setup, sender, at):
        _say_slowed(tx, setup, address, at)
        return
    invitation = invitations.find_by_token(tx, setup.vault, token) if len(token) == TOKEN_LENGTH else None
    if invitation is None:
        code = read_code(token)
        invitation = invitations.find_by_code(tx, setup.vault, code) if code else None
    if invitation is None:
        invitations.put_miss(tx, setup.vault, sender, at)
        saying.say_notice(tx, setup, address, setup.wording.say(address.language, "wrong_code"), at)
        return
    open_invitation(tx, setup, address, invitation, at)


def open_by_words(
    tx: Transaction, setup: Setup, address: Address, words: str, *, sender: str, at: datetime
) -> bool:
    """Open the invitation whose short code `words` are. False when they are no code and belong to the conversation."""
    code = read_code(words)
    if code is None and (address.conversation_id is not None or not looks_like_code(words)):
        return False
    if is_slowed(tx, setup, sender, at):
        if address.conversation_id is not None:
            return False
        _say_slowed(tx, setup, address, at)
        return True
    invitation = invitations.find_by_code(tx, setup.vault, code) if code else None
    if invitation is not None:
        open_invitation(tx, setup, address, invitation, at)
        return True
    invitations.put_miss(tx, setup.vault, sender, at)
    if address.conversation_id is not None:
        return False
    saying.say_notice(tx, setup, address, setup.wording.say(address.language, "wrong_code"), at)
    return True


def open_invitation(
    tx: Transaction, setup: Setup, address: Address, invitation: Invitation, at: datetime
) -> None:
    """Let the address hold the invitation and show where its conversation stands."""
    if invitation.is_erased:
        saying.say_notice(tx, setup, address, setup.wording.say(address.language, "toast_closed"), at)
        return
    if not invitations.hold(
        tx, invitation_id=invitation.id, channel=address.channel, address_id=address.id, at=at
    ):
        _say_taken(tx, setup, address, at)
        return
    if invitation.returned_at is None:
        saying.say_notice(tx, setup, address, setup.wording.say(address.language, "not_yet"), at)
        return
    talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation.id, lock=True)
    if turns.is_expired(invitation, talk, at):
        saying.say_notice(tx, setup, address, setup.wording.say(address.language, "expired"), at)
        return
    turns.reopen(tx, setup, talk or turns.begin_talk(tx, setup, invitation, address, at), address, at)


def welcome(tx: Transaction, setup: Setup, address: Address, at: datetime) -> None:
    """Say how to begin."""
    saying.say_notice(tx, setup, address, setup.wording.say(address.language, "welcome"), at)


def is_slowed(tx: Transaction, setup: Setup, sender: str, at: datetime, limit: int = MAX_MISSES) -> bool:
    """Whether `sender` has guessed too often lately."""
    return invitations.count_misses(tx, setup.vault, sender, at - MISS_WINDOW) >= limit


def _show_current(tx: Transaction, setup: Setup, address: Address, at: datetime) -> None:
    talk = None
    if address.conversation_id is not None:
        talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id, lock=True)
    if talk is None:
        welcome(tx, setup, address, at)
    else:
        turns.reopen(tx, setup, talk, address, at)


def _say_slowed(tx: Transaction, setup: Setup, address: Address, at: datetime) -> None:
    minutes = int(MISS_WINDOW.total_seconds() // 60)
    text = setup.wording.say(address.language, "too_many_codes", minutes=minutes)
    saying.say_notice(tx, setup, address, text, at)


def _say_taken(tx: Transaction, setup: Setup, address: Address, at: datetime) -> None:
    key = "taken" if setup.hotline else "taken_no_hotline"
    text = setup.wording.say(address.language, key, hotline=setup.hotline)
    saying.say_notice(tx, setup, address, text, at)


def link_address(
    tx: Transaction, setup: Setup, invitation: Invitation, *, channel: str, name: str, at: datetime
) -> Address | None:
    """Let an account that the office named hold the invitation. None when another one holds it."""
    address = addresses.get_address(
        tx, setup.vault, channel=channel, name=name, is_citizen=True, at=at, language=setup.language
    )
    is_ours = invitations.hold(tx, invitation_id=invitation.id, channel=channel, address_id=address.id, at=at)
    return address if is_ours else None
