"""What the citizen does about her complaint: she says whether it is done, rates, and writes to the office."""

import re
from datetime import datetime

from handlers import turns
from handlers.complaints import cards, citizen, meaning, passing, working
from handlers.setup import Setup
from storage import cards as card_rows
from storage import complaints, conversations, outbox
from storage.addresses import Address
from storage.complaints import Complaint, HistoryEntry
from storage.database import Transaction
from survey.complaints.case import (
    CitizenAct,
    Confirm,
    Judge,
    Rate,
    Reason,
    Refusal,
    Status,
    Verdict,
    hear,
)
from survey.folding import tidy
from survey.replies import is_politeness
from survey.typed import read_steering

PLACES = {"verdict", "rate", "kept", "tell"}  # places of buttons that are hers
MAX_WORDS = 4000
_COMMAND = re.compile(r"/[A-Za-z]")  # what begins like that steers, whatever message it answers
_WITH = "\n\x1f"  # between words that wait for a yes and the picture that came with them; typed words hold no such sign
_TALK = ("replied", "asked", "told", "judged_not", "drafted", "resolved")


def press(
    tx: Transaction,
    setup: Setup,
    address: Address,
    complaint_id: int,
    *,
    place: str,
    choice: str,
    at: datetime,
) -> str:
    """Take a press on a button about a complaint. Return the toast. Nobody but its citizen can press it."""
    complaint = complaints.find_by_id(tx, setup.vault, complaint_id, lock=True)
    if complaint is None or not _is_hers(tx, setup, complaint, address):
        return setup.wording.say(address.language, "toast_dead")
    if place == "tell":
        return _meant(tx, setup, complaint, address, choice=choice, at=at)
    wish = _read(place, choice)
    step = None if wish is None else hear(complaint.case, wish)
    if isinstance(wish, Judge) and step == Refusal(Reason.ANSWERED):
        return setup.wording.say(address.language, "toast_case_done")  # asked again, she says the same
    if wish is None or step is None or isinstance(step, Refusal):
        return setup.wording.say(address.language, "toast_case_old")
    saved = working.move(tx, setup, complaint, step, at, actor="citizen")
    match wish:
        case Judge(Verdict.NOT):
            citizen.tell(tx, setup, saved, "case_ask_words", at)
            cards.tell_staff(tx, setup, saved, "staff_not_done", at, times=saved.case.nots)
        case Judge():
            if saved.case.rating is None:
                citizen.ask_rating(tx, setup, saved, at)
            cards.tell_staff(tx, setup, saved, f"staff_judged_{saved.case.verdict}", at)
        case Rate():
            citizen.tell(tx, setup, saved, "case_thanks", at)
        case Confirm(was_kept):
            citizen.tell(tx, setup, saved, "case_kept" if was_kept else "case_broken", at)
            cards.tell_staff(tx, setup, saved, "staff_kept" if was_kept else "staff_broken", at)
    return setup.wording.say(address.language, "toast_case_done")


def press_by_words(tx: Transaction, setup: Setup, address: Address, text: str, at: datetime) -> bool:
    """Take words that name a button of the newest message, when that asks her something about a case."""
    newest = outbox.find_newest(tx, setup.vault, address_id=address.id)
    complaint_id, message = newest or (None, None)
    if complaint_id is None or message is None:
        return False
    chosen = message.find_choice(text)
    if chosen is None:
        return False
    place, _, choice = chosen.partition("=")
    if place not in PLACES:
        return False
    toast = press(tx, setup, address, complaint_id, place=place, choice=choice, at=at)
    return toast == setup.wording.say(address.language, "toast_case_done")


def is_awaited(tx: Transaction, setup: Setup, complaint: Complaint, place: str, choice: str = "") -> bool:
    """Whether a button of that place would still do something: what she was asked is not answered yet."""
    if place == "tell":
        return _find_draft(tx, setup, complaint, choice) is not None
    wishes: dict[str, CitizenAct] = {
        "verdict": Judge(Verdict.NOT),
        "rate": Rate(1),
        "kept": Confirm(was_kept=True),
    }
    wish = wishes.get(place)
    return wish is not None and not isinstance(hear(complaint.case, wish), Refusal)


def take_words(
    tx: Transaction,
    setup: Setup,
    address: Address,
    text: str,
    reply_ref: str = "",
    *,
    attachment: str = "",
    at: datetime,
) -> bool:
    """Take words or a picture that are meant for the office. False when they belong to the conversation.

    Of files only pictures go on: a document brings its own name along, and whatever is written inside it.
    """
    words = tidy(text)[:MAX_WORDS]
    if not (words or attachment) or _COMMAND.match(words):
        return False
    complaint, is_answer = _find_answered(tx, setup, address, reply_ref), True
    is_own = True
    if complaint is None:
        is_answer = False
        complaint, is_own = meaning.find_meant(tx, setup, address, words, at)
    if complaint is None or complaint.case.status is Status.WITHDRAWN:
        return False
    if words and not is_answer and read_steering(words, setup.wording.lexicon) is not None:
        return False
    is_talking = is_answer or (is_own and _is_talking(tx, setup, complaint))
    is_asked = complaint.case.waiting_since is not None
    if not (is_talking or is_asked) and (not words or is_politeness(words)):
        return False
    is_picture = attachment.startswith("photo:")
    if attachment and not is_picture:
        citizen.tell(tx, setup, complaint, "case_no_files", at, to=address)
    file = f"{address.channel}|{attachment}" if is_picture else ""
    if not (words or file):
        return True
    if not is_talking:
        kept = f"{words}{_WITH}{file}" if file else words
        draft = complaints.put_event(
            tx, setup.vault, complaint.id, at=at, actor="citizen", what="drafted", words=kept
        )
        citizen.ask_whether_meant(tx, setup, complaint, words, at, draft=draft, to=address)
        return True
    key = passing.pass_on(tx, setup, complaint, words, file=file, at=at)
    _tell_passed(tx, setup, complaint, key, address, at=at)
    return True


def _find_answered(tx: Transaction, setup: Setup, address: Address, reply_ref: str) -> Complaint | None:
    """Return the case that an answered message is about, None when none was answered or it is not hers."""
    if not reply_ref:
        return None
    answered = card_rows.find_by_ref(tx, address_id=address.id, message_ref=reply_ref)
    if answered is None:
        return None
    complaint = complaints.find_by_id(tx, setup.vault, answered, lock=True)
    return complaint if complaint is not None and _is_hers(tx, setup, complaint, address) else None


def _is_hers(tx: Transaction, setup: Setup, complaint: Complaint, address: Address) -> bool:
    if complaint.conversation_id is None:
        return False
    talk = conversations.find_talk_by_id(tx, setup.vault, complaint.conversation_id)
    return talk is not None and turns.holds(tx, talk, address)


def _is_talking(tx: Transaction, setup: Setup, complaint: Complaint) -> bool:
    """Whether the office and the citizen are in the middle of something: then her words need no question."""
    entries = complaints.list_events(tx, setup.vault, complaint.id, what=_TALK)
    return bool(entries) and entries[-1].what in {"replied", "asked", "told", "judged_not"}


def _meant(
    tx: Transaction, setup: Setup, complaint: Complaint, address: Address, *, choice: str, at: datetime
) -> str:
    draft = _find_draft(tx, setup, complaint, choice)
    if draft is None or draft.words is None:
        return setup.wording.say(address.language, "toast_case_old")
    if choice.partition(":")[0] == "yes":
        words, _, file = draft.words.partition(_WITH)
        key = passing.pass_on(tx, setup, complaint, words, file=file, draft=draft.id, at=at)
        if key is None:
            return setup.wording.say(address.language, "toast_case_old")
        _tell_passed(tx, setup, complaint, key, address, at=at)
    else:
        complaints.put_event(
            tx,
            setup.vault,
            complaint.id,
            at=at,
            actor="citizen",
            what="dropped",
            details={"draft": draft.id},
        )
        citizen.tell(tx, setup, complaint, "case_not_passed_on", at, to=address)
    return setup.wording.say(address.language, "toast_case_done")


def _find_draft(tx: Transaction, setup: Setup, complaint: Complaint, choice: str) -> HistoryEntry | None:
    """Return the words a button is about ("yes:57") while they wait for a yes or no.

    A button without their number means the only ones that wait.
    """
    answer, _, number = choice.partition(":")
    if answer not in {"yes", "no"}:
        return None
    entries = complaints.list_events(tx, setup.vault, complaint.id, what=("drafted", "told", "dropped"))
    settled = {entry.details.get("draft") for entry in entries if entry.what != "drafted"}
    waiting = [e for e in entries if e.what == "drafted" and e.words and e.id not in settled]
    if number:
        waiting = [entry for entry in waiting if str(entry.id) == number]
    return waiting[0] if len(waiting) == 1 else None


def _tell_passed(
    tx: Transaction, setup: Setup, complaint: Complaint, key: str | None, address: Address, *, at: datetime
) -> None:
    if key == "case_picture_later":
        minutes = int(passing.WINDOW.total_seconds() // 60)
        citizen.tell(tx, setup, complaint, key, at, to=address, minutes=minutes)
    elif key:
        citizen.tell(tx, setup, complaint, key, at, to=address)


def _read(place: str, choice: str) -> CitizenAct | None:
    match place:
        case "verdict" if choice in set(Verdict):
            return Judge(Verdict(choice))
        case "rate" if choice in {str(n) for n in range(1, citizen.MARKS + 1)}:
            return Rate(int(choice))
        case "kept" if choice in {"yes", "no"}:
            return Confirm(was_kept=choice == "yes")
    return None
