"""Telegram, with python-telegram-bot as client and types. The bot's token is part of every address it calls: no error of
this module carries a message of the library.

Limits: https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/faq (2026-11-21).
"""

import html
from dataclasses import dataclass
from typing import Any, cast

import structlog
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram import error as errors
from telegram.request import HTTPXRequest

from bot.channels.telegram_updates import ALLOWED_UPDATES, Misshapen, parse_update
from bot.pace import Pace, Rate
from handlers.outbound import Answer, ChannelDown, Delivered, GroupMoved, Rejected, TryLater, Unreachable
from handlers.setup import Abilities
from storage.outbox import Claimed
from survey.message import Button, Message
from survey.wording import Wording

__all__ = ["ALLOWED_UPDATES", "Misshapen", "TelegramChannel", "answer_callback", "parse_update", "render"]

MAX_TEXT = 4096  # characters after entities are parsed
MAX_TOAST = 200
MAX_DATA = 64  # bytes of callback data
WIDE_LABEL = 14  # longer labels get a row of their own, so that a narrow phone shows them whole
ABILITIES = Abilities(can_edit=True, can_push=True)
_UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as Telegram takes it."""

    text: str
    keyboard: InlineKeyboardMarkup | None


def render(message: Message, conversation_id: int | None) -> Rendered:
    """Return `message` as HTML and an inline keyboard. Everything is escaped here and nowhere before."""
    head = html.escape(message.text)
    if message.title:
        head = f"<b>{html.escape(message.title)}</b>" + (f"\n{head}" if "\n" in message.text else f" {head}")
    parts = [html.escape(message.note), head]
    if message.quote:
        parts.append(f"<blockquote><code>{html.escape(message.quote)}</code></blockquote>")
    parts.append("\n".join(f"{n}. {html.escape(option.text)}" for n, option in enumerate(message.options, 1)))
    parts.append(f"<i>{html.escape(message.tail)}</i>" if message.tail else "")
    return Rendered(
        text="\n\n".join(part for part in parts if part), keyboard=_keyboard(message, conversation_id)
    )


def _keyboard(message: Message, conversation_id: int | None) -> InlineKeyboardMarkup | None:
    if not message.has_buttons or conversation_id is None:
        return None
    is_wide = len(message.options) > 3 or any(len(option.text) > WIDE_LABEL for option in message.options)
    rows = (
        [[_button(o, conversation_id)] for o in message.options]
        if is_wide
        else [[_button(o, conversation_id) for o in message.options]]
    )
    width = 3 if all(len(control.text) <= WIDE_LABEL for control in message.controls) else 1
    controls = [_button(control, conversation_id) for control in message.controls]
    rows += [controls[start : start + width] for start in range(0, len(controls), width)]
    return InlineKeyboardMarkup([row for row in rows if row])


def _button(button: Button, conversation_id: int) -> InlineKeyboardButton:
    data = f"{conversation_id}|{button.press}"
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
        message, conversation_id = claimed.load()
        rendered = render(message, conversation_id)
        try:
            return await self._call(claimed, rendered, parse_mode="HTML")
        except errors.BadRequest as error:
            if "parse entities" not in str(error).lower():
                return _classify_bad_request(error, claimed)
            log.warning("telegram_refused_markup", message=claimed.due.id)
        except errors.TelegramError as error:
            return classify(error, is_edit=claimed.edits_ref is not None)
        plain = Rendered(text=message.plain()[:MAX_TEXT], keyboard=rendered.keyboard)
        try:
            return await self._call(claimed, plain, parse_mode=None)
        except errors.BadRequest as error:
            return _classify_bad_request(error, claimed)
        except errors.TelegramError as error:
            return classify(error, is_edit=claimed.edits_ref is not None)

    async def _call(self, claimed: Claimed, rendered: Rendered, *, parse_mode: str | None) -> Answer:
        chat_id, quiet = int(claimed.name), LinkPreviewOptions(is_disabled=True)
        if claimed.edits_ref is not None:
            await self.bot.edit_message_text(
                rendered.text,
                chat_id=chat_id,
                message_id=int(claimed.edits_ref),
                parse_mode=parse_mode,
                link_preview_options=quiet,
                reply_markup=rendered.keyboard,
            )
            return Delivered(claimed.edits_ref)
        sent = await self.bot.send_message(
            chat_id,
            rendered.text,
            parse_mode=parse_mode,
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
    return Rejected("BadRequest")
