"""A citizen on Zalo: sees only what the chat shows; taps, types numbers or types words.

    citizen = ZaloCitizen(zalo, by="buttons")
    receipt = citizen.survey("ABCD2345", [2, 1, 2, 3, 1, 2, 2, 2, 1, 1], comment="Nên có thêm ghế chờ")

Runs in a thread that the product does not run in. Every wait has a time limit and ends in StuckError, which tells the screen.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from tests.fakes import zalo_events
from tests.fakes.citizen import (
    MOST_STEPS_TO_SUBMIT,
    NO_REPLY,
    REPLY_WITH_CODE,
    SKIP,
    START,
    SUBMIT,
    StuckError,
)
from tests.fakes.paper_form import (
    OPTIONS,
    QUESTIONS,
    find_label,
    find_options,
    question_asked,
    receipt_in,
)
from tests.fakes.zalo import ZaloFake
from tests.fakes.zalo_world import Event, ShownMessage

By = Literal["buttons", "numbers", "labels", "mixed"]
Deliver = Callable[[Event], int]

_WAYS: tuple[By, ...] = ("buttons", "numbers", "labels")
_NUMBERED = re.compile(r"^\W*(\d{1,2})\s*[.):–-]\s*(\S.*)$")


class ZaloCitizen:
    """One person and their chat with the Official Account.

    `deliver` takes an event to the product and gives the status; by default it is posted to the fake's webhook address.
    """

    def __init__(
        self,
        zalo: ZaloFake,
        *,
        user_id: str = "",
        by: By = "buttons",
        deliver: Deliver | None = None,
        timeout: float = 10.0,
    ) -> None:
        self.zalo = zalo
        self.user_id = user_id or zalo.add_person()
        self.by = by
        self.timeout = timeout
        self.said: list[str] = []
        self._deliver = deliver or (lambda event: zalo.deliver(event).wait().status)
        self._mark = 0  # how many messages there were when this person last did something

    # -- doing

    def say(self, words: str, *, quote: str | None = None) -> int:
        """Send words; return the status of the delivery."""
        return self.act(words, zalo_events.text(self.zalo.world, self.user_id, words, quote=quote))

    def send(self, kind: str, words: str = "") -> int:
        """Send a picture, sticker, voice message, file or location."""
        return self.act(kind, zalo_events.media(self.zalo.world, self.user_id, kind, words=words))

    def tap(self, message: ShownMessage, label: str | int) -> int:
        """Tap a button of this very message, however old it is."""
        return self.say(self.zalo.payload_of(message, label))

    def press(self, message: ShownMessage, label: str) -> int:
        """Choose what the message offers in this person's way: tap it, type its number, or type it."""
        if self.by in ("buttons", "mixed") and find_label(message.labels, label) is not None:
            return self.tap(message, label)
        lines = numbered_in(message.text)
        place = find_label(list(lines.values()), label)
        if self.by == "numbers" and place is not None:
            return self.say(str(list(lines)[place]))
        return self.say(label)

    def act(self, what: str, event: Event) -> int:
        """Deliver any event in this person's name, again if it was delivered before."""
        self._mark = len(self.zalo.messages(self.user_id))
        self.said.append(what)
        return self._deliver(event)

    # -- seeing

    def wait_for(
        self,
        wanted: str | Callable[[ShownMessage], object],
        *,
        since: int = 0,
        timeout: float | None = None,
        what: str = "",
    ) -> ShownMessage:
        """Wait for the newest message with these words, or for which the predicate holds, after the first `since`."""
        holds = (lambda m: wanted in m.text) if isinstance(wanted, str) else wanted
        limit = self.timeout if timeout is None else timeout
        found = self.zalo.wait(
            self.user_id, lambda shown: next((m for m in reversed(shown[since:]) if holds(m)), None), limit
        )
        if found is None:
            described = what or (repr(wanted) if isinstance(wanted, str) else "what was waited for")
            raise StuckError(
                f"person {self.user_id}: no {described} within {limit} s; screen: {self.screen()}"
            )
        return found

    def wait_for_change(
        self,
        wanted: str | Callable[[ShownMessage], object],
        *,
        timeout: float | None = None,
        what: str = "",
    ) -> ShownMessage:
        """The same, for what came since this person last did something."""
        return self.wait_for(wanted, since=self._mark, timeout=timeout, what=what)

    def shown(self, question: str, *, timeout: float | None = None) -> ShownMessage:
        """Wait for the message that asks this question of the form."""
        return self.wait_for(
            lambda m: question_of(m) == question, timeout=timeout, what=f"question {question}"
        )

    def screen(self) -> str:
        """The last three messages, for an error text."""
        last = self.zalo.messages(self.user_id)[-3:]
        return " | ".join(f"{message.text[:80]!r} {message.labels}" for message in last) or "empty"

    # -- the survey

    def begin(self, code: str, *, timeout: float | None = None) -> ShownMessage:
        """From the code of the result slip to the first question, consenting."""
        self.say(code)
        seen = self.wait_for_change(lambda m: offers(m, START) or question_of(m), timeout=timeout)
        if question_of(seen) is None:
            self.press(seen, START)
        return self.shown("3.1", timeout=timeout)

    def answer(self, question: str, option: int | None, *, timeout: float | None = None) -> int:
        """Give an option (1 is the first on the form) of a question when it is shown; None skips it."""
        message = self.shown(question, timeout=timeout)
        if option is None:
            return self.press(message, SKIP)
        way = _WAYS[QUESTIONS.index(question) % len(_WAYS)] if self.by == "mixed" else self.by
        if way == "labels":
            return self.say(OPTIONS[question][option - 1])
        places = find_options(message.labels, question)
        if way == "buttons" and places:
            return self.tap(message, places[option - 1])
        lines = numbered_in(message.text)
        places = find_options(list(lines.values()), question)
        if places is None:
            raise StuckError(f"question {question} has no numbered options: {message.text[:200]!r}")
        return self.say(str(list(lines)[places[option - 1]]))

    def answer_all(self, options: Sequence[int | None]) -> None:
        """Give the ten answers."""
        for question, option in zip(QUESTIONS, options, strict=True):
            self.answer(question, option)

    def finish(self, comment: str | None = None, *, reply: str = NO_REPLY, contact: str | None = None) -> str:
        """From the comment question to the receipt; `reply` is the choice if a reply is offered."""
        self.press(self.to_summary(comment, reply=reply, contact=contact), SUBMIT)
        return receipt_in(self.wait_for_change(lambda m: receipt_in(m.text), what="receipt").text) or ""

    def to_summary(
        self, comment: str | None = None, *, reply: str = NO_REPLY, contact: str | None = None
    ) -> ShownMessage:
        """From the comment question to the message that offers to submit."""
        words = [comment, contact]
        for _ in range(MOST_STEPS_TO_SUBMIT):
            seen = self.wait_for_change(_is_after_the_ten, what="step after the ten")
            if offers(seen, SUBMIT):
                return seen
            if offers(seen, REPLY_WITH_CODE):
                self.press(seen, reply)
                continue
            said = words.pop(0) if words else None
            if said is None:
                self.press(seen, SKIP)
            else:
                self.say(said)
        raise StuckError(
            f"person {self.user_id}: no summary after {MOST_STEPS_TO_SUBMIT} steps; {self.screen()}"
        )

    def survey(self, code: str, options: Sequence[int | None], comment: str | None = None) -> str:
        """The whole way; return the receipt code."""
        self.begin(code)
        self.answer_all(options)
        return self.finish(comment)


def numbered_in(text: str) -> dict[int, str]:
    """The lines of a text that begin with a number: number → the rest."""
    lines: dict[int, str] = {}
    for line in text.replace("\ufe0f\u20e3", ".").splitlines():
        if match := _NUMBERED.match(line.strip()):
            lines.setdefault(int(match[1]), match[2])
    return lines


def question_of(message: ShownMessage) -> str | None:
    """The question of the form a message asks, by its numbered lines or its buttons."""
    if offers(message, REPLY_WITH_CODE):  # its "Không" is not that of 3.7 and 3.8
        return None
    by_lines = question_asked(message.text, list(numbered_in(message.text).values()))
    return by_lines or question_asked(message.text, message.labels)


def offers(message: ShownMessage, label: str) -> bool:
    """Whether a message offers something, on a button or in words."""
    return find_label([*message.labels, message.text], label) is not None


def _is_after_the_ten(message: ShownMessage) -> bool:
    return question_of(message) is None and any(offers(message, x) for x in (SUBMIT, REPLY_WITH_CODE, SKIP))
