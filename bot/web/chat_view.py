"""What the web chat shows of an invitation, read from what is stored. Looking changes nothing."""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from handlers import turns
from handlers.complaints import hearing
from handlers.setup import Setup
from storage import addresses, complaints, conversations, invitations, shown
from storage.complaints import Complaint
from storage.conversations import Talk
from storage.database import Transaction
from storage.invitations import Invitation
from storage.shown import Shown
from storage.vault import TOKEN_LENGTH
from survey import prompts
from survey.complaints.case import Status
from survey.conversation import Conversation, Place
from survey.message import Message, load_message
from survey.questions import Question
from survey.script import Script

CHANNEL = "web"
LIMITS = {Place.COMMENT: prompts.MAX_COMMENT, Place.CONTACT: prompts.MAX_CONTACT}
_ASIDES = {
    "edit",
    "language",
    "erase",
    "paused",
}  # places of messages that stand in front of the present prompt
_SENTENCE_END = re.compile(r"(?<=[a-zà-ỹ0-9”][.?!]) (?=[A-ZÀ-Ỹ])")  # not behind the capitals of "TP. "


class Standing(StrEnum):
    """What can be done with a link."""

    UNKNOWN = "unknown"
    NOT_YET = "not_yet"  # the dossier has no result
    EXPIRED = "expired"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An invitation by its link, with its conversation when there is one."""

    standing: Standing
    invitation: Invitation | None = None
    talk: Talk | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question that has its answer."""

    number: int
    subject: str
    label: str
    is_skipped: bool
    press: str  # opens it for a change


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Another line of the summary, with what opens it for a change."""

    subject: str
    label: str
    press: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Something that was said outside the conversation: a reminder, or what staff and service say of her complaint."""

    id: int  # of the outbox entry
    message: Message
    conversation_id: int | None
    complaint_id: int | None = None
    is_live: bool = True  # its buttons still do something
    is_hers: bool = False  # what she wrote to the office herself
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Everything the page of a conversation shows."""

    language: str
    state: Conversation
    conversation_id: int | None
    department: str
    procedure: str
    message: Message  # what is asked now
    aside: str  # the place of a message in front of the prompt, "" for the prompt itself
    notes: tuple[str, ...]  # what the last turn said besides
    number: int  # of the question, 0 for other places
    done: int
    total: int
    answered: tuple[Answered, ...]
    lines: tuple[Line, ...]  # the rest of the summary
    unfinished: str  # the question one would go on with, while paused
    receipt_text: str
    later: tuple[Later, ...]
    complaint: Complaint | None = None  # to which words can be added

    @property
    def is_sent(self) -> bool:
        """Whether the page thanks for the form."""
        return self.state.place == Place.SUBMITTED and not self.aside

    @property
    def heading(self) -> str:
        """The heading where the message itself gives one, "" where the page has one in `heading_key`."""
        if self.number:
            return f"{self.message.title} {self.message.text}".strip()
        if self.aside in {"edit", "language"}:
            return self.message.text
        return "" if self.heading_key else self.message.title

    @property
    def heading_key(self) -> str:
        """The key of the page's own heading, "" where the message brings one."""
        if self.number or self.aside in {"edit", "language"}:
            return ""
        if self.is_sent:
            return "heading_sent"
        if self.aside == "erase":
            return "heading_erase"
        if self.message.place == "paused":
            if self.state.place == Place.DECLINED:
                return "heading_declined"
            return "heading_paused" if self.state.is_paused else "heading_privacy"
        own = {Place.GREETING: "heading_greeting", Place.ERASED: "heading_erased"}
        return next((key for place, key in own.items() if place == self.state.place), "")

    @property
    def paragraphs(self) -> list[str]:
        """The text of the message, a sentence or line each: short pieces read easier."""
        text = self.message.text
        if self.is_sent:  # the code stands by itself below
            text = self.receipt_text.replace(f"{self.state.receipt}. ", f"{self.state.receipt}.\n")
        parts = [part for line in text.split("\n") for part in _SENTENCE_END.split(line)]
        return [part for part in parts if not (self.is_sent and str(self.state.receipt) in part)]


def find(tx: Transaction, setup: Setup, token: str, at: datetime) -> Found:
    """Return what stands behind a link."""
    invitation = invitations.find_by_token(tx, setup.vault, token) if len(token) == TOKEN_LENGTH else None
    if invitation is None:
        return Found(standing=Standing.UNKNOWN)
    talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation.id)
    standing = Standing.OPEN
    if talk is None and invitation.returned_at is None:
        standing = Standing.NOT_YET
    elif turns.is_expired(invitation, talk, at):
        standing = Standing.EXPIRED
    return Found(standing=standing, invitation=invitation, talk=talk)


def list_messages(
    tx: Transaction, setup: Setup, address_id: int, at: datetime, limit: int = 50
) -> list[Shown]:
    """Return what was said to an address by now, oldest first."""
    return shown.list_shown(tx, setup.vault, address_id=address_id, at=at, limit=limit)


def address_name(invitation: Invitation) -> str:
    """Return the name by which the web chat of an invitation is an address."""
    return f"invitation:{invitation.id}"


def build_screen(
    tx: Transaction, setup: Setup, invitation: Invitation, talk: Talk | None, *, at: datetime
) -> Screen:
    """Return what to show of an invitation that can be answered."""
    state = talk.state if talk else Conversation(language=setup.language)
    script = turns.build_script(
        setup, invitation, talk.questionnaire_version if talk else setup.questionnaire_version
    )
    said, later = _said(tx, setup, invitation, talk, at=at)
    present = _present(state, script, talk)
    aside = next((m for m in reversed(said) if m.place in _ASIDES and m.has_buttons), None)
    shown = aside or present
    question = script.questionnaire.find(shown.place)
    asked = script.questionnaire.asked(state.answers)
    return Screen(
        language=state.language,
        state=state,
        conversation_id=talk.id if talk else None,
        department=setup.department,
        procedure=setup.procedure_name(invitation.procedure_code),
        message=shown,
        aside=shown.place if shown.place in _ASIDES else "",
        notes=_notes(said, state, shown),
        number=prompts.position(script, question)[0] if question else 0,
        done=sum(q.key in state.answers for q in asked),
        total=len(script.questionnaire.questions),
        answered=tuple(_answered(state, script, q) for q in asked if q.key in state.answers),
        lines=_lines(state, script, len(asked)) if shown.place == Place.SUMMARY else (),
        unfinished=_unfinished(state, script),
        receipt_text=prompts.say(state, script, "receipt", receipt=state.receipt) if state.receipt else "",
        later=later,
        complaint=_find_complaint(tx, setup, talk),
    )


def _find_complaint(tx: Transaction, setup: Setup, talk: Talk | None) -> Complaint | None:
    """Return her complaint once the form is handed in, None while there is nothing to add to."""
    if talk is None or talk.state.place != Place.SUBMITTED or talk.state.aside:
        return None
    found = complaints.find_by_conversation(tx, setup.vault, talk.id)
    return None if found is None or found.case.status is Status.WITHDRAWN else found


def _present(state: Conversation, script: Script, talk: Talk | None) -> Message:
    """Return the prompt, or the goodbye with its button while the citizen has stopped."""
    if state.is_paused and state.place != Place.DECLINED and not state.is_over:
        is_reminded = talk is not None and talk.remind_at is not None
        return prompts.paused(state, script, "later" if is_reminded else "stopped")
    return prompts.prompt(state, script)


def _said(
    tx: Transaction, setup: Setup, invitation: Invitation, talk: Talk | None, *, at: datetime
) -> tuple[list[Message], tuple[Later, ...]]:
    """Return what the last turn said here, and what was said after the form was handed in."""
    address = addresses.find_address(tx, setup.vault, channel=CHANNEL, name=address_name(invitation))
    if talk is None:
        return [], ()
    said: list[Message] = []
    later: list[Later] = []
    complaint = complaints.find_by_conversation(tx, setup.vault, talk.id)
    rows = {} if address is None else {row.id: row for row in list_messages(tx, setup, address.id, at)}
    if complaint is not None:
        rows |= {row.id: row for row in shown.list_about(tx, setup.vault, complaint_id=complaint.id, at=at)}
    for _, row in sorted(rows.items()):
        body = json.loads(row.body)
        message = load_message(body["message"])
        about = body.get("complaint")
        if about is not None:
            later.append(
                Later(
                    id=row.id,
                    message=message,
                    conversation_id=None,
                    complaint_id=about,
                    at=row.created_at,
                )
            )
        elif body["conversation"] == talk.id and row.turn == talk.turn:
            said.append(message)
        elif row.turn is None and talk.submitted_at is not None and row.created_at >= talk.submitted_at:
            later.append(
                Later(id=row.id, message=message, conversation_id=body["conversation"], at=row.created_at)
            )
    return said, _add_hers(tx, setup, talk, _enliven(tx, setup, talk, later))


def _add_hers(tx: Transaction, setup: Setup, talk: Talk, later: tuple[Later, ...]) -> tuple[Later, ...]:
    """Put her own words to the office between what was said to her."""
    complaint = complaints.find_by_conversation(tx, setup.vault, talk.id)
    if complaint is None:
        return later
    entries = complaints.list_events(tx, setup.vault, complaint.id, what=("told",))
    hers = [
        Later(
            id=entry.id,
            message=Message(text=entry.words),
            conversation_id=None,
            is_live=False,
            is_hers=True,
            at=entry.at,
        )
        for entry in entries
        if entry.words
    ]
    return tuple(sorted((*hers, *later), key=lambda one: (one.at or complaint.created_at, not one.is_hers)))


def _enliven(tx: Transaction, setup: Setup, talk: Talk, later: list[Later]) -> tuple[Later, ...]:
    """Leave the buttons of the newest message of each kind that asks for something that can still be said."""
    complaint = complaints.find_by_conversation(tx, setup.vault, talk.id)
    asked: set[str] = set()
    found = []
    for one in reversed(later):
        buttons = (*one.message.options, *one.message.controls)
        place, _, choice = buttons[0].press.partition("=") if buttons else ("", "", "")
        kind = f"{place}{choice.partition(':')[2]}"  # of words that are not sent yet each is asked about by itself
        is_live = bool(place) and kind not in asked
        if is_live and one.complaint_id is not None:
            is_hers = complaint is not None and complaint.id == one.complaint_id
            is_live = (
                is_hers and complaint is not None and hearing.is_awaited(tx, setup, complaint, place, choice)
            )
        asked.add(kind)
        found.append(replace(one, is_live=is_live))
    return tuple(reversed(found))


def _notes(said: list[Message], state: Conversation, shown: Message) -> tuple[str, ...]:
    """Return what the turn said besides the message that is shown."""
    notes = []
    for message in said:
        if message.place in {shown.place, state.place} and message.place:
            notes.append(message.note)
        elif not (message.place in _ASIDES and message.has_buttons):
            notes += [message.note, message.text]
    is_told = (state.receipt or "\0", shown.text)  # the page shows these by itself
    return tuple(note for note in notes if note and not any(told in note for told in is_told))


def _answered(state: Conversation, script: Script, question: Question) -> Answered:
    return Answered(
        number=prompts.position(script, question)[0],
        subject=question.subject[state.language],
        label=prompts.answer_label(state, script, question),
        is_skipped=state.answers[question.key] is None,
        press=f"{Place.SUMMARY}=edit:{question.key}",
    )


def _lines(state: Conversation, script: Script, asked: int) -> tuple[Line, ...]:
    """Return the lines of the summary behind the questions: comment, wish, contact, in this order."""
    texts = prompts.summary(state, script).text.split("\n")[asked:]
    places = (Place.COMMENT, Place.REPLY, Place.CONTACT)
    parts = [(*text.partition(": "), place) for text, place in zip(texts, places, strict=False)]
    return tuple(
        Line(subject=subject, label=label, press=f"{Place.SUMMARY}=edit:{place}")
        for subject, _, label, place in parts
    )


def _unfinished(state: Conversation, script: Script) -> str:
    if not state.is_paused or not state.has_begun:
        return ""
    message = prompts.prompt(state, script)
    is_question = script.questionnaire.find(state.place) is not None
    return f"{message.title} {message.text}".strip() if is_question else message.title
