"""The checks of Zalo: the pair of tokens, the Official Account, its webhook and groups, and the bot of the Bot Platform.

Nothing here renews a token or sets a webhook: Zalo's webhook is set by hand, in the app's page.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta

import aiohttp

from bot.app import NotReady, open_database
from bot.checkup.chats import list_chats
from bot.checkup.findings import Finding, fail, left_out, ok, warn
from bot.config import Config
from bot.keyring import KeyProblem, load_vault
from bot.zalo.account import DEAD, EXPIRED, GOVERNMENT, Account, Asked, ask, read_account
from bot.zalo.bot_api import BotApi
from bot.zalo.tokens import ENDING_AFTER, REFRESH_LIFE, configured_pair
from storage import zalo_tokens
from storage.database import DatabaseDown
from storage.schema import found_version, wanted_version
from storage.vault import SealError
from storage.zalo_tokens import Kept
from survey.folding import fold

BUSINESS = 2
_TOO_SMALL = ("basic", "co ban", "standard", "tieu chuan", "free", "mien phi", "dung thu")
_GROUPS = "/v3.0/oa/group/getgroupsofoa"
_PAGE, _MOST_PAGES = 50, 20
_SOON = timedelta(days=14)
_TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=5)
_AUTHORIZE = "run: hailong zalo authorize"


async def check_zalo(config: Config, at: datetime) -> list[Finding]:
    """Return what was found of the Official Account."""
    return [finding async for finding in _find(config, at)]


async def check_zalo_bot(config: Config) -> list[Finding]:
    """Return what was found of the bot."""
    api = BotApi(config.zalo_bot)
    try:
        reply = await api.call("getMe")
    finally:
        await api.close()
    if reply.code == 401:
        return [fail("zalo_bot.token", "Zalo refuses it; Zalo Bot Manager shows the right one")]
    if reply.code != 0 or not isinstance(reply.result, Mapping):
        return [
            fail("zalo_bot", f"cannot be reached ({reply.fault or 'Unreadable'}); check api_base and network")
        ]
    chats = list_chats(config, "zalo_bot")
    found = [ok("zalo_bot.token", "belongs to a bot that answers")]
    if chats and reply.result.get("can_join_groups") is False:
        text = "this bot may not join groups; allow it in Zalo Bot Manager, or use chats with single persons"
        found.append(warn(next(iter(chats)), text))
    return found


async def _find(config: Config, at: datetime) -> AsyncIterator[Finding]:
    settings = config.zalo
    if settings.app_secret and settings.app_secret == settings.oa_secret:
        text = "is the same as zalo.app_secret; the OA's own key stands on the app's Webhook page"
        yield warn("zalo.oa_secret", text)
    yield await _check_webhook(config)
    kept = _find_pair(config)
    if isinstance(kept, Finding):
        yield kept
        return
    configured = configured_pair(settings, at)
    yield judge_pair(kept, config, at, is_configured=configured is not None)
    pair = kept.pair if kept else configured
    if pair is None or not pair.access:
        return
    asked = await ask(settings.api_base, "/v2.0/oa/getoa", pair.access)
    for finding in judge_account(asked, config, at):
        yield finding
    if asked.code == 0:
        async for finding in _check_groups(config, pair.access):
            yield finding


def _find_pair(config: Config) -> Kept | Finding | None:
    """Read the pair; a database that cannot be read has lines of its own."""
    unread = left_out("zalo tokens", "the database cannot be read")
    try:
        vault, database = load_vault(config, may_create=False), open_database(config)
    except (KeyProblem, NotReady):
        return unread
    try:
        if found_version(database.reader) != wanted_version():
            return unread
        with database.reading() as tx:
            return zalo_tokens.find(tx, vault, config.zalo.app_id)
    except (DatabaseDown, SealError):
        return unread
    finally:
        database.stop()


def judge_pair(kept: Kept | None, config: Config, at: datetime, *, is_configured: bool) -> Finding:
    """Say whether there is a pair to send with."""
    if kept is None:
        if is_configured:
            return ok("zalo tokens", "the pair of the settings is taken when the service starts")
        return fail("zalo tokens", f"there are none; {_AUTHORIZE}")
    if kept.fault is not None:
        return fail("zalo tokens", f"cannot be renewed ({kept.fault}); {_AUTHORIZE}")
    ends_at = kept.pair.issued_at + REFRESH_LIFE
    text = (
        f"renewed until now {kept.generation - 1} times, the right to renew ends on {_day(ends_at, config)}"
    )
    if at >= ends_at:
        return fail("zalo tokens", f"{text}; {_AUTHORIZE}")
    if at - kept.pair.issued_at > ENDING_AFTER:
        return warn("zalo tokens", f"{text}; does the service run?")
    return ok("zalo tokens", text)


def judge_account(asked: Asked, config: Config, at: datetime) -> Iterator[Finding]:
    """Say what follows from what Zalo says of the account."""
    if asked.code in {DEAD, EXPIRED}:
        yield warn("zalo", f"the access token is refused ({asked.fault}); the service renews it when it runs")
        return
    if asked.code is None:
        yield fail("zalo", f"cannot be reached ({asked.fault}); check api_base and network")
        return
    if asked.code:
        yield fail("zalo", f"refuses to describe the account ({asked.fault}); look at oa.zalo.me")
        return
    account = read_account(asked.data)
    if account.oa_id and account.oa_id != config.zalo.oa_id:
        yield fail("zalo.oa_id", f"the tokens belong to the account {account.oa_id}; {_AUTHORIZE}")
    if account.is_verified is False:
        yield fail("zalo account", "is not verified, and may not send; verify it at oa.zalo.me")
    else:
        yield ok("zalo account", "is verified" if account.is_verified else "answers")
    yield _judge_package(account, config, at)
    yield _judge_kind(account)


def _judge_package(account: Account, config: Config, at: datetime) -> Finding:
    package = fold(account.package)
    if not package:
        return warn("zalo package", "Zalo does not say which; the API needs Growth or Comprehensive")
    if any(small in package for small in _TOO_SMALL):
        return fail("zalo package", f"{account.package}: the API needs Growth or Comprehensive")
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", account.valid_until)
    if found is not None:
        days = (int(found[3]), int(found[2]), int(found[1]))
        today, soon = (_date(when, config) for when in (at, at + _SOON))
        if days < today:
            return fail("zalo package", f"{account.package} ended on {account.valid_until}; extend it")
        if days <= soon:
            return warn("zalo package", f"{account.package} ends on {account.valid_until}; extend it")
    until = f", until {account.valid_until}" if account.valid_until else ""
    return ok("zalo package", f"{account.package}{until}")


def _judge_kind(account: Account) -> Finding:
    if account.kind == BUSINESS:
        return ok("zalo kind", "a business account")
    if account.kind == GOVERNMENT:
        return ok("zalo kind", "a government account; ask Zalo on which terms it may use the API")
    return warn("zalo kind", "neither a business nor a government account: the API may be refused")


async def _check_webhook(config: Config) -> Finding:
    """Post what Zalo posts when the address is saved: a body of exactly {}."""
    what, address = "zalo webhook", f"{config.web.public_url}/webhook/zalo"
    if not address.startswith("https://"):
        return fail(what, "Zalo calls only https addresses with a domain; set web.public_url")
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(address, data=b"{}", allow_redirects=False) as response,
        ):
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return warn(
            what, f"{address} cannot be reached from here ({type(error).__name__}); does the service run?"
        )
    if status != 200:
        return fail(what, f"{address} answers {status} where 200 is right; does it lead to this service?")
    return ok(what, f"{address} answers; the app's page must have this address, filter of # off")


async def _check_groups(config: Config, access: str) -> AsyncIterator[Finding]:
    chats = list_chats(config, "zalo_group")
    if not chats:
        return
    known: set[str] = set()
    for page in range(_MOST_PAGES):
        query = {"offset": str(page * _PAGE), "count": str(_PAGE)}
        asked = await ask(config.zalo.api_base, _GROUPS, access, query)
        if asked.code != 0:
            text = f"groups cannot be listed ({asked.fault}); the app needs the right to manage groups (GMF)"
            yield fail(next(iter(chats)), text)
            return
        listed = asked.data.get("groups")
        groups = [group for group in listed if isinstance(group, Mapping)] if isinstance(listed, list) else []
        known |= {str(group.get("group_id")) for group in groups}
        if len(groups) < _PAGE:
            break
    for place, chat in chats.items():
        what = f"{place} zalo_group:{chat.id}"
        if chat.id in known:
            yield ok(what, "a group of the account")
        else:
            yield fail(what, "is no group of this account; only groups it has made can be written to")


def _day(at: datetime, config: Config) -> str:
    return f"{at.astimezone(config.department.zone):%d/%m/%Y}"


def _date(at: datetime, config: Config) -> tuple[int, int, int]:
    local = at.astimezone(config.department.zone)
    return local.year, local.month, local.day
