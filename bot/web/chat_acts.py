"""What a citizen does in the web chat: a form becomes an inbound, and everything that follows is one transaction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.web import chat_view
from bot.web.chat_view import CHANNEL, LIMITS, Standing
from handlers import inbound, opening, turns
from handlers.happenings import CasePress, Happening, Inbound, Press, Words
from handlers.setup import Setup
from storage import addresses, cards, conversations, invitations
from storage.conversations import Talk
from storage.database import Transaction
from storage.invitations import Invitation
from storage.vault import read_code
from survey.conversation import Place
from survey.folding import tidy
from survey.prompts import MAX_COMMENT

MAX_GUESSES = 20  # wrong codes of one network address: a whole village may share one
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_PRESS = re.compile(r"([A-Za-z0-9._-]{1,32})=([A-Za-z0-9._:-]{1,64})")
_LONGEST_CODE = 40  # characters in which a short code is looked for
_LONGEST_NUMBER = 18  # digits of a conversation's number


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A form that was sent: a press or words, and the nonce of the page it was sent from."""

    nonce: str
    place: str = ""
    choice: str = ""
    conversation_id: int | None = None
    complaint_id: int | None = None  # what the press or the words are about
    answers: str = ""  # outbox id of the message that the words answer
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of an act."""

    standing: Standing
    toast: str = ""
    is_refused: bool = False  # a press that did nothing: the toast says why
    problem: str = ""  # key of the page text about the words that were sent
    other_token: str = ""  # the words were the code of another invitation


def read_act(form: Mapping[str, str]) -> Act | None:
    """Return what the form means, None when it is no form of ours."""
    nonce, pressed, words = form.get("nonce", ""), form.get("press"), form.get("text")
    numbers = [form.get(name, "") for name in ("conversation", "complaint", "answers")]
    if not _NONCE.fullmatch(nonce) or (pressed is None) == (words is None):
        return None
    if not all(_is_number(number) for number in numbers):
        return None
    conversation_id, complaint_id = (int(number) if number else None for number in numbers[:2])
    if pressed is None:
        return Act(nonce=nonce, words=words, complaint_id=complaint_id, answers=numbers[2])
    named = _PRESS.fullmatch(pressed)
    if named is None:
        return None
    return Act(
        nonce=nonce,
        place=named[1],
        choice=named[2],
        conversation_id=conversation_id,
        complaint_id=complaint_id,
    )


def _is_number(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER)


def take_act(tx: Transaction, setup: Setup, token: str, act: Act, *, sender: str, at: datetime) -> Result:
    """Do what the citizen asks for. The first act opens the invitation here; the same form again changes nothing."""
    found = chat_view.find(tx, setup, token, at)
    if found.standing is not Standing.OPEN or found.invitation is None:
        return Result(standing=found.standing)
    before = found.talk
    if before is not None and before.state.place == Place.ERASED:
        return Result(standing=Standing.OPEN)
    if act.words is not None:
        stopped = _look_at_words(tx, setup, found.invitation, before, act.words, sender=sender, at=at)
        if stopped is not None:
            return stopped
    talk = _open(tx, setup, found.invitation, before, at)
    if talk is None:
        return Result(standing=Standing.OPEN)
    name = chat_view.address_name(found.invitation)
    newest = _newest(tx, setup, name, at)
    came = Inbound(
        channel=CHANNEL,
        keys=(_key(setup, token, act),),
        name=name,
        happening=_happening(act, talk),
        sender=sender,
        reply_ref=act.answers,
    )
    outcome = inbound.receive(tx, setup, [came], at)
    if outcome.is_repeated or not outcome.toast:
        return Result(standing=Standing.OPEN, toast=outcome.toast)
    if act.complaint_id is not None:
        has_moved = _newest(tx, setup, name, at) > newest
    else:
        has_moved = _has_moved(tx, setup, talk, name, at=at)
    return Result(standing=Standing.OPEN, toast=outcome.toast, is_refused=not has_moved)


def _happening(act: Act, talk: Talk) -> Happening:
    if act.words is not None:
        return Words(act.words)
    if act.complaint_id is not None:
        return CasePress(act.complaint_id, act.place, act.choice)
    return Press(act.conversation_id or talk.id, act.place, act.choice)


def _newest(tx: Transaction, setup: Setup, name: str, at: datetime) -> int:
    """Return the newest message that was said here, 0 without one."""
    address = addresses.find_address(tx, setup.vault, channel=CHANNEL, name=name)
    return 0 if address is None else cards.newest_in_room(tx, address_id=address.id, at=at)


def find_code(tx: Transaction, setup: Setup, words: str, *, sender: str, at: datetime) -> tuple[str, bool]:
    """Return the token behind a short code ("" when it is wrong), and whether the sender has guessed too often."""
    if opening.is_slowed(tx, setup, sender, at, limit=MAX_GUESSES):
        return "", True
    code = read_code(words[:_LONGEST_CODE])
    invitation = invitations.find_by_code(tx, setup.vault, code) if code else None
    if invitation is None:
        invitations.put_miss(tx, setup.vault, sender, at)
        return "", False
    return setup.vault.token(invitation.nonce), False


def _look_at_words(
    tx: Transaction,
    setup: Setup,
    invitation: Invitation,
    talk: Talk | None,
    words: str,
    *,
    sender: str,
    at: datetime,
) -> Result | None:
    """Refuse words that are empty or too long while they still stand in the field; a code opens its own page."""
    words = tidy(words)
    if not words:
        return Result(standing=Standing.OPEN, problem="problem_empty")
    if len(words) > limit_of(talk):
        return Result(standing=Standing.OPEN, problem="problem_too_long")
    code = read_code(words) if len(words) <= _LONGEST_CODE else None
    if code is None or opening.is_slowed(tx, setup, sender, at, limit=MAX_GUESSES):
        return None
    other = invitations.find_by_code(tx, setup.vault, code)
    if other is None or other.id == invitation.id:
        return None
    return Result(standing=Standing.OPEN, other_token=setup.vault.token(other.nonce))


def limit_of(talk: Talk | None) -> int:
    """Return how many characters may be typed where the conversation stands."""
    if talk is None:
        return MAX_COMMENT
    return next((limit for place, limit in LIMITS.items() if place == talk.state.place), MAX_COMMENT)


def _open(
    tx: Transaction, setup: Setup, invitation: Invitation, talk: Talk | None, at: datetime
) -> Talk | None:
    """Let the web hold the invitation unless it does already. Return the conversation."""
    name = chat_view.address_name(invitation)
    address = addresses.get_address(
        tx, setup.vault, channel=CHANNEL, name=name, is_citizen=True, at=at, language=setup.language
    )
    if talk is not None and turns.holds(tx, talk, address) and address.conversation_id == talk.id:
        return talk
    opening.open_invitation(tx, setup, address, invitation, at)
    return conversations.find_talk(tx, setup.vault, invitation_id=invitation.id, lock=True)


def _has_moved(tx: Transaction, setup: Setup, before: Talk, name: str, *, at: datetime) -> bool:
    """Whether the act changed the conversation or made it say something here."""
    after = conversations.find_talk_by_id(tx, setup.vault, before.id)
    address = addresses.find_address(tx, setup.vault, channel=CHANNEL, name=name)
    if after is None or address is None or after.state != before.state:
        return True
    shown = chat_view.list_messages(tx, setup, address.id, at)
    return after.turn > before.turn and any(row.turn == after.turn for row in shown)


def _key(setup: Setup, token: str, act: Act) -> str:
    """Return what a repetition of the form has in common: the page's nonce and what was done there.

    Another answer from the same page, reached with the browser's way back, is no repetition.
    """
    what = act.words if act.words is not None else f"{act.place}={act.choice} {act.complaint_id or ''}"
    done = f"{token} {what}"
    return f"{act.nonce}:{setup.vault.digest('web form', done).hex()[:24]}"
