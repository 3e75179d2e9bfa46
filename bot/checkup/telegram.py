"""The checks of Telegram: token, webhook, and whether the bot may write in every chat of the office.

No line carries a message of the library about a failed call: the bot's token is part of every address.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from telegram import (
    Bot,
    ChatFullInfo,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    User,
    WebhookInfo,
)
from telegram import error as errors
from telegram.constants import ChatMemberStatus, ChatType
from telegram.request import HTTPXRequest

from bot.checkup.chats import list_chats
from bot.checkup.findings import Finding, fail, ok, warn
from bot.config import Chat, Config

MANY_PENDING = 100
_RECENT = timedelta(hours=1)  # an error of the webhook older than this was overcome
_TIMEOUT = 10.0


async def check_telegram(config: Config, at: datetime) -> list[Finding]:
    """Return what was found of the bot, its webhook and the office's chats."""
    settings = config.telegram
    request = HTTPXRequest(
        connect_timeout=_TIMEOUT,
        read_timeout=_TIMEOUT,
        proxy=settings.proxy.get_secret_value() if settings.proxy else None,
    )
    bot = Bot(
        settings.token.get_secret_value() if settings.token else "",
        base_url=f"{settings.api_base}/bot",
        request=request,
        get_updates_request=request,
    )
    try:
        return [finding async for finding in _find(bot, config, at)]
    finally:
        await request.shutdown()


async def _find(bot: Bot, config: Config, at: datetime) -> AsyncIterator[Finding]:
    try:
        me = await bot.get_me()
    except errors.InvalidToken:
        yield fail("telegram.token", "Telegram refuses it; ask @BotFather for the right one")
        return
    except errors.TelegramError as error:
        yield fail(
            "telegram", f"cannot be reached ({type(error).__name__}); check api_base, proxy and network"
        )
        return
    yield _check_name(me, config)
    try:
        yield judge_webhook(await bot.get_webhook_info(), config, at)
    except errors.TelegramError as error:
        yield fail("telegram.mode", f"the webhook cannot be looked at ({type(error).__name__})")
    for place, chat in list_chats(config, "telegram").items():
        yield await _check_chat(bot, me, place, chat)


def _check_name(me: User, config: Config) -> Finding:
    name = config.telegram.username
    if (me.username or "").lower() != name.lower():
        return fail("telegram.username", f"the token is of @{me.username}; the links lead to @{name}")
    return ok("telegram.token", f"belongs to @{me.username}")


def judge_webhook(info: WebhookInfo, config: Config, at: datetime) -> Finding:
    """Say whether updates come the way the settings want them to."""
    waiting = info.pending_update_count
    if config.telegram.mode == "polling":
        if info.url:
            return warn("telegram.mode", "polling, but a webhook is set; hailong serve takes it away")
        return ok("telegram.mode", f"polling, no webhook is set, {waiting} updates wait")
    wanted = f"{config.web.public_url}/webhook/telegram"
    if info.url != wanted:
        now = "another webhook is set" if info.url else "no webhook is set"
        return fail("telegram.mode", f"{now}, not {wanted}; hailong serve sets it at start")
    failed_at = info.last_error_date
    if failed_at is not None and at - failed_at < _RECENT:
        return fail(
            "telegram.mode", f"Telegram's last call failed: {info.last_error_message}; {waiting} updates wait"
        )
    if waiting > MANY_PENDING:
        return warn("telegram.mode", f"the webhook is set, but {waiting} updates wait; does the service run?")
    return ok("telegram.mode", f"the webhook is set, {waiting} updates wait")


async def _check_chat(bot: Bot, me: User, place: str, chat: Chat) -> Finding:
    what = f"{place} telegram:{chat.id}"
    try:
        found = await bot.get_chat(int(chat.id))
        if found.type == ChatType.PRIVATE:
            return ok(what, "a private chat; the bot can write there")
        member = await bot.get_chat_member(int(chat.id), me.id)
    except errors.ChatMigrated as error:
        return warn(what, f"has become telegram:{error.new_chat_id}; write that instead")
    except errors.Forbidden:
        return fail(what, "the bot was thrown out; add it again")
    except errors.BadRequest:
        return fail(
            what, "Telegram knows no such chat for this bot; add the bot to the group, check the number"
        )
    except errors.TelegramError as error:
        return fail(what, f"cannot be looked at ({type(error).__name__})")
    return judge_member(what, found, member)


def judge_member(what: str, chat: ChatFullInfo, member: ChatMember) -> Finding:
    """Say whether the bot can write in a group or channel where it is that member."""
    if member.status in {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}:
        return fail(what, "the bot is no member; add it to the group")
    if isinstance(member, ChatMemberRestricted):
        if not member.is_member:
            return fail(what, "the bot is no member; add it to the group")
        if not member.can_send_messages:
            return fail(what, "the bot is a member, but may not write; lift its restriction")
    if chat.type == ChatType.CHANNEL:
        may_post = isinstance(member, ChatMemberAdministrator) and member.can_post_messages
        return (
            ok(what, "administrator")
            if may_post
            else fail(what, "is a channel in which the bot may not post")
        )
    is_plain = member.status == ChatMemberStatus.MEMBER
    if is_plain and chat.permissions is not None and not chat.permissions.can_send_messages:
        return fail(what, "only administrators may write there; make the bot one")
    return ok(what, f"{member.status}; the bot can write there")
