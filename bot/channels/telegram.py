"""Telegram, with python-telegram-bot as client and types. The bot's token is part of every address it calls: no error of
this module carries a message of the library.

Limits: https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/faq (2026-11-21).
"""

import html
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import structlog
from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    MessageEntity,
)
from telegram import error as errors
from telegram.request import HTTPXRequest

from bot.channels.telegram_updates import ALLOWED_UPDATES, Misshapen, parse_update
from bot.pace import Pace, Rate
from handlers.outbound import Answer, ChannelDown, Delivered, GroupMoved, Rejected, TryLater, Unreachable
from handlers.setup import Abilities
from storage.outbox import Claimed
from storage.report_files import StoredFile
from survey.folding import shorten
from survey.message import Button, Message
from survey.wording import Wording

__all__ = ["ALLOWED_UPDATES", "Misshapen", "TelegramChannel", "answer_callback", "parse_update", "render"]

MAX_TEXT = 4096  # characters after entities are parsed
MAX_TOAST = 200
MAX_DATA = 64  # bytes of callback data
WIDE_LABEL = 14  # longer labels get a row of their own, so that a narrow phone shows them whole
FILE_TYPES = frozenset({".png", ".jpg", ".jpeg", ".pdf", ".docx", ".xlsx", ".csv", ".zip"})
ABILITIES = Abilities(can_edit=True, can_push=True, file_types=FILE_TYPES)
MAX_CAPTION = 1024
MAX_ALBUM = 10
_REFUSED = Rejected("BadRequest")
_UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as Telegram takes it."""

    text: str
    keyboard: InlineKeyboardMarkup | ForceReply | None
    entities: tuple[MessageEntity, ...] | None = None  # of a text without markup; None for HTML


def render(message: Message, subject: str) -> Rendered:
    """Return `message` as HTML and a keyboard. Everything is escaped here and nowhere before.

    `subject` is what the buttons belong to: "12" a conversation, "c12" a complaint, "" nothing.
    """
    head = html.escape(message.text)
    if message.title:
        head = f"<b>{html.escape(message.title)}</b>" + (f"\n{head}" if "\n" in message.text else f" {head}")
    parts = [html.escape(message.note), head]
    if message.quote:
        parts.append(f"<blockquote><code>{html.escape(message.quote)}</code></blockquote>")
    key, name = message.asked
    if key.isdigit():
        parts[0] = f'<a href="tg://user?id={key}">{html.escape(name)}</a>' + (
            f"\n\n{parts[0]}" if parts[0] else ""
        )
    parts.append("\n".join(f"{n}. {html.escape(option.text)}" for n, option in enumerate(message.options, 1)))
    parts.append(f"<i>{html.escape(message.tail)}</i>" if message.tail else "")
    return Rendered(text="\n\n".join(part for part in parts if part), keyboard=_keyboard(message, subject))


def _as_code(text: str, quoted: str) -> tuple[MessageEntity, ...]:
    """Return the entity that keeps a quotation in `text` from being active: nothing in code is a link or a command."""
    if not quoted:
        return ()
    start = text.find(quoted)
    if start < 0:  # it was cut off
        start = max(0, text.find(quoted[:20]))
    offset, length = _utf16(text[:start]), _utf16(text[start : start + len(quoted)])
    return (MessageEntity(MessageEntity.CODE, offset, length),)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _keyboard(message: Message, subject: str) -> InlineKeyboardMarkup | ForceReply | None:
    if message.asked[0] and not message.has_buttons:
        return ForceReply(
            selective=True
        )  # opens the reply field of the one who is named, and lets us hear it
    if not message.has_buttons or not subject:
        return None
    is_wide = len(message.options) > 3 or any(len(option.text) > WIDE_LABEL for option in message.options)
    rows = (
        [[_button(o, subject)] for o in message.options]
        if is_wide
        else [[_button(o, subject) for o in message.options]]
    )
    width = 3 if all(len(control.text) <= WIDE_LABEL for control in message.controls) else 1
    controls = [_button(control, subject) for control in message.controls]
    rows += [controls[start : start + width] for start in range(0, len(controls), width)]
    return InlineKeyboardMarkup([row for row in rows if row])


def _button(button: Button, subject: str) -> InlineKeyboardButton:
    data = f"{subject}|{button.press}"
    if len(data.encode()) > MAX_DATA:
        raise ValueError(f"the press {button.press} is too long for a button")
    return InlineKeyboardButton(f"✓ {button.text}" if button.is_chosen else button.text, callback_data=data)


def answer_callback(callback: str, toast: str) -> dict[str, object]:
    """Return the call that answers a press; it travels in the body of the webhook's own 200."""
    call: dict[str, object] = {"method": "answerCallbackQuery", "callback_query_id": callback}
    return call | {"text": toast[:MAX_TOAST]} if toast else call


class TelegramChannel:
    """Sends over one bot."""

    name = "telegram"
    abilities = ABILITIES
    is_platform = True

    def __init__(
        self,
        *,
        token: str,
        api_base: str,
        proxy: str | None,
        wording: Wording,
        webhook_url: str | None,
        webhook_secret: str | None,
    ) -> None:
        # One pool, long reads for files, one connection more than messages in flight.
        request = HTTPXRequest(
            connection_pool_size=32,
            connect_timeout=10,
            read_timeout=30,
            write_timeout=30,
            pool_timeout=10,
            proxy=proxy,
        )
        polling = HTTPXRequest(connection_pool_size=2, connect_timeout=10, read_timeout=60, proxy=proxy)
        self.bot = Bot(
            token,
            base_url=f"{api_base}/bot",
            base_file_url=f"{api_base}/file/bot",
            request=request,
            get_updates_request=polling,
        )
        self._requests = (request, polling)
        self._wording = wording
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret

    def make_pace(self) -> Pace:
        """Return Telegram's pace: 1/s in a chat with short bursts, 20/min in a group, 30/s in all; a little below each."""
        group = Rate(per_second=0.25, burst=4)  # a full bucket and what a minute adds are 19
        return Pace(private=Rate(per_second=0.95, burst=4), group=group, per_second=27)

    async def prepare(self) -> None:
        """Set the commands' menu, and the webhook or none."""
        try:
            for language in self._wording.languages:
                await self.bot.set_my_commands(self._commands(language), language_code=language)
            await self.bot.set_my_commands(self._commands(self._wording.languages[0]))
            if self._webhook_url is not None:
                await self.bot.set_webhook(
                    self._webhook_url, secret_token=self._webhook_secret, allowed_updates=ALLOWED_UPDATES
                )
        except errors.TelegramError as error:
            log.warning("telegram_not_prepared", fault=type(error).__name__)

    async def send(self, claimed: Claimed) -> Answer:
        """Send or edit one message."""
        message, subject = claimed.load()
        rendered = render(message, subject)
        if message.attachment:
            return await self._try(claimed, lambda: self._send_attachment(claimed, message))
        answer = await self._try(claimed, lambda: self._call(claimed, rendered))
        for plainer in self._plainer(message) if answer == _REFUSED else ():
            log.warning("telegram_refused_message", message=claimed.due.id)
            text = plainer.plain()[:MAX_TEXT]
            plain = Rendered(text, rendered.keyboard, _as_code(text, plainer.quoted()))
            answer = await self._try(claimed, lambda plain=plain: self._call(claimed, plain))  # type: ignore[misc]  # default
            if answer != _REFUSED:
                break
        return answer

    def _plainer(self, message: Message) -> Iterator[Message]:
        """Yield the message without markup, then without somebody else's words: their letters never lose an alert."""
        yield message
        if message.quote:
            language = self._wording.languages[0]
            yield message.without_quote(self._wording.say(language, "quote_left_out"))

    async def _try(self, claimed: Claimed, call: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await call()
        except errors.BadRequest as error:
            return _classify_bad_request(error, claimed)
        except errors.TelegramError as error:
            return classify(error, is_edit=claimed.edits_ref is not None)

    async def _send_attachment(self, claimed: Claimed, message: Message) -> Answer:
        kind, _, ref = message.attachment.partition(":")
        chat_id, caption = int(claimed.name), shorten(message.plain(), MAX_CAPTION)
        if kind == "stored":
            return await self._send_files(chat_id, claimed.files, caption)
        if kind == "photo":
            sent = await self.bot.send_photo(chat_id, ref, caption=caption)
        else:
            sent = await self.bot.send_document(chat_id, ref, caption=caption)
        return Delivered(str(sent.message_id))

    async def _send_files(self, chat_id: int, files: Sequence[StoredFile], caption: str) -> Answer:
        """Send kept files: several pictures as one album, the caption on the first; a document by itself."""
        if len(files) > 1:
            album = [
                InputMediaPhoto(file.body, caption=caption if place == 0 else None, filename=file.name)
                for place, file in enumerate(files[:MAX_ALBUM])
            ]
            sent = await self.bot.send_media_group(chat_id, album)
            return Delivered(str(sent[0].message_id))
        if not files:
            return Rejected("FileGone")
        file = files[0]
        if file.name.endswith(".png"):
            message = await self.bot.send_photo(chat_id, file.body, caption=caption, filename=file.name)
        else:
            message = await self.bot.send_document(chat_id, file.body, caption=caption, filename=file.name)
        return Delivered(str(message.message_id))

    async def _call(self, claimed: Claimed, rendered: Rendered) -> Answer:
        chat_id, quiet = int(claimed.name), LinkPreviewOptions(is_disabled=True)
        parse_mode = "HTML" if rendered.entities is None else None
        if claimed.edits_ref is not None:
            await self.bot.edit_message_text(
                rendered.text,
                chat_id=chat_id,
                message_id=int(claimed.edits_ref),
                parse_mode=parse_mode,
                entities=rendered.entities or None,
                link_preview_options=quiet,
                reply_markup=None if isinstance(rendered.keyboard, ForceReply) else rendered.keyboard,
            )
            return Delivered(claimed.edits_ref)
        sent = await self.bot.send_message(
            chat_id,
            rendered.text,
            parse_mode=parse_mode,
            entities=rendered.entities or None,
            link_preview_options=quiet,
            reply_markup=rendered.keyboard,
        )
        return Delivered(str(sent.message_id))

    async def fetch_updates(self, offset: int) -> list[object]:
        """Return the raw updates from `offset` on; waits up to 25 s for one. Raises telegram.error.TelegramError."""
        arguments: dict[str, Any] = {
            "timeout": 25,
            "allowed_updates": ALLOWED_UPDATES,
        }  # Any: the library's own type
        if offset:
            arguments["offset"] = offset
        updates = await self.bot.do_api_request("getUpdates", api_kwargs=arguments, read_timeout=40)
        return cast("list[object]", updates) if isinstance(updates, list) else []

    async def drop_webhook(self) -> None:
        """Let updates be fetched. Raises telegram.error.TelegramError."""
        await self.bot.delete_webhook(drop_pending_updates=False)

    async def answer_press(self, callback: str, toast: str) -> None:
        """Answer a press that came by polling; too late is no trouble."""
        try:
            await self.bot.answer_callback_query(callback, text=toast[:MAX_TOAST] or None)
        except errors.TelegramError as error:
            log.info("press_not_answered", fault=type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        for (
            request
        ) in self._requests:  # the bot's own shutdown does nothing: it was never initialised by a getMe
            await request.shutdown()

    def _commands(self, language: str) -> list[BotCommand]:
        names = ("start", "help", "stop", "privacy", "delete", "language")
        return [BotCommand(name, self._wording.say(language, f"command_{name}")) for name in names]


def classify(error: errors.TelegramError, *, is_edit: bool) -> Answer:
    """Say what an error of the library means. BadRequest is a NetworkError there and is tested first, elsewhere."""
    fault = type(error).__name__
    match error:
        case errors.RetryAfter():
            wait = error.retry_after
            return TryLater(fault, after=float(wait if isinstance(wait, int) else wait.total_seconds()))
        case errors.ChatMigrated():
            return GroupMoved(str(error.new_chat_id))
        case errors.Forbidden():
            return Unreachable(fault)
        case errors.InvalidToken():
            return ChannelDown(fault)
        case errors.Conflict():
            return TryLater(fault)
    cause = error.__cause__
    is_unsent = cause is not None and type(cause).__name__ in _UNSENT
    # An error status has no cause, or the library's own when its body was no JSON (a gateway's 502): nothing was sent.
    is_answered = (
        isinstance(error, errors.NetworkError)
        and not isinstance(error, errors.TimedOut)
        and (cause is None or isinstance(cause, errors.TelegramError))
    )
    return TryLater(fault, is_doubtful=not (is_unsent or is_answered or is_edit))


def _classify_bad_request(error: errors.BadRequest, claimed: Claimed) -> Answer:
    words = str(error).lower()
    if "message is not modified" in words and claimed.edits_ref is not None:
        return Delivered(claimed.edits_ref)
    if "chat not found" in words or "peer_id_invalid" in words:
        return Unreachable("ChatNotFound")
    return _REFUSED
