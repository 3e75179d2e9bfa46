"""A person on Telegram, citizen or staff: sees only what the chat shows, does only what a thumb can do.

    deliver = WebhookDelivery(fake, f"{product}/webhook/telegram", secret)
    citizen = TelegramCitizen(fake, 1001, deliver)
    receipt = citizen.survey(token, [2, 1, 2, 3, 1, 2, 2, 2, 1, 1], comment="Nên có thêm ghế chờ")

Every wait has a time limit and ends in StuckError, which tells what the screen showed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fakes import updates
from tests.fakes.paper_form import QUESTIONS, find_label, find_options, question_asked, receipt_in
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import Button, ShownMessage
from tests.fakes.updates import Update

START, SKIP, SUBMIT = "Bắt đầu", "Bỏ qua", "Gửi phiếu"
REPLY_WITH_CODE, REPLY_WITHOUT_CODE, NO_REPLY = "Có, kèm mã hồ sơ", "Có, giấu mã hồ sơ", "Không"
MOST_STEPS_TO_SUBMIT = 6

Deliver = Callable[[Update], int]


class StuckError(AssertionError):
    """The chat did not show what had to come."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something the person did."""

    what: str  # the words typed, or the text of the button
    update: Update
    at: float  # by the fake's clock
    status: int  # of the delivery; 0 when it was never answered


class TelegramCitizen:
    """One person in one chat: their private chat, or a group when `chat_id` says so."""

    def __init__(
        self,
        fake: FakeTelegram,
        user_id: int,
        deliver: Deliver,
        *,
        chat_id: int | None = None,
        name: str = "Người Thử",
        timeout: float = 10.0,
    ) -> None:
        self.fake = fake
        self.user = {"id": user_id, "is_bot": False, "first_name": name, "language_code": "vi"}
        self.chat_id = user_id if chat_id is None else chat_id
        self.timeout = timeout
        self.acts: list[Act] = []
        self._deliver = deliver
        self._acted_at = 0.0
        if chat_id is None and user_id not in fake.world.chats:
            fake.add_private(user_id, started=False, name=name)

    # -- doing

    def start(self, token: str | None = None) -> int:
        """Open the invitation's link, or just `/start`."""
        return self.type(f"/start {token}" if token else "/start")

    def type(self, text: str, *, reply_to: ShownMessage | None = None) -> int:
        """Send words; return the status of the delivery."""
        return self._send(updates.text_content(text), text, reply_to)

    def attach(self, kind: str, caption: str = "", *, reply_to: ShownMessage | None = None) -> int:
        """Send a voice message, sticker, photo, document or location."""
        return self._send(updates.attachment_content(kind, caption), kind, reply_to)

    def edit(self, text: str) -> int:
        """Change the words of the last message sent."""
        earlier = next(act.update for act in reversed(self.acts) if "message" in act.update)
        return self.act(text, updates.edited_update(self.fake.world, earlier, text))

    def tap(self, label: str, *, timeout: float | None = None) -> int:
        """Press the button with the label on the newest message that has one; a key below the text field is typed."""
        message = self.wait_for(lambda m: _has(m, label), timeout=timeout, what=f"a button {label!r}")
        return self.press(message, label)

    def press(self, message: ShownMessage, label: str) -> int:
        """Press a button of this very message as it was seen, however old it is."""
        place = find_label(_labels(message), label)
        if place is None:
            raise StuckError(f"no button {label!r} on {message.text[:80]!r}")
        if not message.buttons:
            return self.type(_labels(message)[place])
        return self.press_button(message, message.buttons[place])

    def press_button(self, message: ShownMessage, button: Button) -> int:
        """Press an inline button; its data may be made up."""
        data = button["callback_data"]
        update = updates.callback_update(self.fake.world, self.user, message, data)
        return self.act(button["text"], update)

    def block(self) -> int:
        """Block the bot; it is told."""
        return self._set_status("member", "kicked")

    def unblock(self) -> int:
        """Unblock the bot; it is told."""
        return self._set_status("kicked", "member")

    def migrate_group(self, new_id: int) -> int:
        """Turn this group into a supergroup; the bot is told twice. From now on this person is in the new one."""
        told_old, told_new = updates.migration_updates(self.fake.world, self.user, self.chat_id, new_id)
        self.act("migrate", told_old)
        self.chat_id = new_id
        return self.act("migrate", told_new)

    def act(self, what: str, update: Update) -> int:
        """Deliver any update in this person's name, again if it was delivered before."""
        self._acted_at = at = self.fake.clock()
        status = self._deliver(update)
        self.acts.append(Act(what=what, update=update, at=at, status=status))
        return status

    # -- seeing

    def wait_for(
        self,
        wanted: str | Callable[[ShownMessage], object],
        *,
        since: float = 0.0,
        timeout: float | None = None,
        what: str = "",
    ) -> ShownMessage:
        """Wait for the newest message with these words, or for which the predicate holds; `since`: changed after it."""
        holds = (lambda m: wanted in m.text) if isinstance(wanted, str) else wanted
        limit = self.timeout if timeout is None else timeout
        message = self.fake.wait(
            self.chat_id,
            lambda shown: next((m for m in reversed(shown) if m.changed_at >= since and holds(m)), None),
            limit,
        )
        if message is None:
            described = what or (repr(wanted) if isinstance(wanted, str) else "what was waited for")
            raise StuckError(f"chat {self.chat_id}: no {described} within {limit} s; screen: {self.screen()}")
        return message

    def wait_for_change(
        self,
        wanted: str | Callable[[ShownMessage], object],
        *,
        timeout: float | None = None,
        what: str = "",
    ) -> ShownMessage:
        """The same, for what came or changed since this person last did something."""
        return self.wait_for(wanted, since=self._acted_at, timeout=timeout, what=what)

    def shown(self, question: str, *, timeout: float | None = None) -> ShownMessage:
        """Wait for the message that asks this question of the form."""
        return self.wait_for(lambda m: _question(m) == question, timeout=timeout, what=f"question {question}")

    def question(self) -> str | None:
        """The question that was asked last, None before the first."""
        asked = [_question(message) for message in self.fake.messages(self.chat_id)]
        return next((question for question in reversed(asked) if question), None)

    def screen(self) -> str:
        """The last three messages, for an error text."""
        last = self.fake.messages(self.chat_id)[-3:]
        return " | ".join(f"{message.text[:80]!r} {_labels(message)}" for message in last) or "empty"

    # -- the survey

    def begin(self, token: str, *, timeout: float | None = None) -> ShownMessage:
        """From the link to the first question, consenting."""
        self.start(token)
        seen = self.wait_for_change(lambda m: _has(m, START) or _question(m), timeout=timeout)
        if _question(seen) is None:
            self.press(seen, START)
        return self.shown("3.1", timeout=timeout)

    def answer(self, question: str, option: int | None, *, timeout: float | None = None) -> int:
        """Tap an option (1 is the first on the form) of a question when it is shown; None skips it."""
        message = self.shown(question, timeout=timeout)
        if option is None:
            return self.press(message, SKIP)
        places = find_options(_labels(message), question) or []
        if not message.buttons:
            return self.type(_labels(message)[places[option - 1]])
        return self.press_button(message, message.buttons[places[option - 1]])

    def answer_all(self, options: Sequence[int | None]) -> None:
        """Tap through the ten questions."""
        for question, option in zip(QUESTIONS, options, strict=True):
            self.answer(question, option)

    def finish(self, comment: str | None = None, *, reply: str = NO_REPLY, contact: str | None = None) -> str:
        """From the comment question to the receipt; `reply` is the button pressed if a reply is offered."""
        self.to_summary(comment, reply=reply, contact=contact)
        self.tap(SUBMIT)
        return receipt_in(self.wait_for_change(lambda m: receipt_in(m.text), what="receipt").text) or ""

    def to_summary(
        self, comment: str | None = None, *, reply: str = NO_REPLY, contact: str | None = None
    ) -> ShownMessage:
        """From the comment question to the summary with its button to submit."""
        words = [comment, contact]
        for _ in range(MOST_STEPS_TO_SUBMIT):
            seen = self.wait_for_change(_is_after_the_ten)
            if _has(seen, SUBMIT):
                return seen
            if _has(seen, REPLY_WITH_CODE):
                self.press(seen, reply)
                continue
            said = words.pop(0) if words else None
            if said is None:
                self.press(seen, SKIP)
            else:
                self.type(said)
        raise StuckError(
            f"chat {self.chat_id}: no summary after {MOST_STEPS_TO_SUBMIT} steps; {self.screen()}"
        )

    def survey(self, token: str, options: Sequence[int | None], comment: str | None = None) -> str:
        """The whole way; return the receipt code."""
        self.begin(token)
        self.answer_all(options)
        return self.finish(comment)

    def _send(self, content: dict[str, object], what: str, reply_to: ShownMessage | None) -> int:
        update = updates.message_update(self.fake.world, self.user, self.chat_id, content, reply_to)
        return self.act(what, update)

    def _set_status(self, before: str, after: str) -> int:
        world = self.fake.world
        update = updates.bot_status_update(world, self.user, self.chat_id, before=before, after=after)
        return self.act(after, update)


def _labels(message: ShownMessage) -> list[str]:
    inline = [button["text"] for button in message.buttons]
    return inline or [text for row in message.reply_keyboard for text in row]


def _has(message: ShownMessage, label: str) -> bool:
    return find_label(_labels(message), label) is not None


def _question(message: ShownMessage) -> str | None:
    is_about_reply = _has(message, REPLY_WITH_CODE)  # its "Không" is not that of 3.7 and 3.8
    return None if is_about_reply else question_asked(message.text, _labels(message))


def _is_after_the_ten(message: ShownMessage) -> bool:
    labels = (SUBMIT, REPLY_WITH_CODE, SKIP)
    return _question(message) is None and any(_has(message, label) for label in labels)
