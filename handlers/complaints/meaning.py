"""Which of her cases a citizen's plain words are about, when she has several or is in the middle of another form."""

from datetime import datetime, timedelta

from handlers import turns
from handlers.setup import Setup
from storage import complaints, conversations, invitations
from storage.addresses import Address
from storage.complaints import Complaint
from storage.conversations import Talk
from storage.database import Transaction
from survey.complaints.case import Status
from survey.conversation import Place
from survey.engine import step
from survey.events import Typed
from survey.reading import read_control

ANSWERABLE = timedelta(days=7)  # so long plain words may still answer what the office wrote
_OFFICE, _HERS = ("asked", "replied"), ("told", "judged_not")


def find_meant(
    tx: Transaction, setup: Setup, address: Address, words: str, at: datetime
) -> tuple[Complaint | None, bool]:
    """Return the case that words without an answered message are about, and whether it is the conversation's own.

    None when they belong to the form that is open there, or when no case of hers waits for words.
    """
    talk = None
    if address.conversation_id is not None:
        talk = conversations.find_talk_by_id(tx, setup.vault, address.conversation_id)
    if talk is not None and talk.state.aside:
        return None, False
    own = None
    if talk is not None and talk.state.place == Place.SUBMITTED:
        own = complaints.find_by_conversation(tx, setup.vault, talk.id, lock=True)
        own = None if own is None or own.case.status is Status.WITHDRAWN else own
    elif talk is not None and words and _keeps(tx, setup, talk, words, at):
        return None, False
    awaited = _find_awaited(tx, setup, address, own, at)
    if awaited is None or (own is not None and awaited.id == own.id):
        return own, True
    return complaints.find_by_id(tx, setup.vault, awaited.id, lock=True), False


def _find_awaited(
    tx: Transaction, setup: Setup, address: Address, own: Complaint | None, at: datetime
) -> Complaint | None:
    """Return the case in which the office asked last, or else wrote last within a week."""
    best: tuple[bool, datetime, Complaint] | None = None
    for complaint in complaints.list_of_address(tx, setup.vault, address.id):
        since = _awaited_since(tx, setup, complaint, at)
        if since is None or complaint.case.status is Status.WITHDRAWN:
            continue
        ranked = (complaint.case.waiting_since is not None, since, complaint)
        if best is None or ranked[:2] >= best[:2]:
            best = ranked
    if best is None or own is None or best[2].id == own.id:
        return None if best is None else best[2]
    hers = complaints.list_events(tx, setup.vault, own.id, what=(*_OFFICE, *_HERS))
    is_writing = bool(hers) and hers[-1].what in _HERS and hers[-1].at > best[1]
    return own if is_writing else best[2]  # what she began to tell after that goes on


def _awaited_since(tx: Transaction, setup: Setup, complaint: Complaint, at: datetime) -> datetime | None:
    if complaint.case.waiting_since is not None:
        return complaint.case.waiting_since
    wrote = complaints.list_events(tx, setup.vault, complaint.id, what=_OFFICE)
    return wrote[-1].at if wrote and wrote[-1].at > at - ANSWERABLE else None


def _keeps(tx: Transaction, setup: Setup, talk: Talk, words: str, at: datetime) -> bool:
    """Whether the form that is open there understands the words: then they are its own."""
    if read_control(words, setup.wording.lexicon) is not None:
        return True
    invitation = invitations.load_invitation(tx, talk.invitation_id)
    if talk.state.is_over or turns.is_expired(invitation, talk, at):
        return False
    script = turns.build_script(setup, invitation, talk.questionnaire_version)
    after, _ = step(talk.state, Typed(words), script)
    if talk.state.is_paused or talk.state.place == Place.DECLINED:
        return after != talk.state
    return after.misses <= talk.state.misses
