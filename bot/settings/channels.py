"""Settings of the channels: Telegram, Zalo Official Account, Zalo Bot. Each is off unless `enabled: true`.

What a channel that is on cannot do without is checked in `bot.settings.checks`.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.settings.office import Settings
from bot.settings.values import WebAddress, shaped, split_url


def _empty_is_none(written: object) -> object:
    return None if isinstance(written, str) and not written.strip() else written


def _check_bot_token(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]{30,}", token.get_secret_value()):
        raise ValueError("is no bot token; @BotFather shows it as digits, a colon and at least 30 letters")
    return token


def _check_webhook_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
        raise ValueError("must be 1 to 256 of A-Z, a-z, 0-9, _ and -: openssl rand -hex 32")
    return secret


def _check_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]{1,4096}", secret.get_secret_value()):
        raise ValueError("must be letters, digits and signs without spaces, as the platform shows it")
    return secret


def _check_proxy(proxy: SecretStr) -> SecretStr:
    parts = split_url(proxy.get_secret_value())
    if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
        raise ValueError("must be an address such as http://proxy.example.vn:3128, or null")
    return proxy


def _without_at_sign(written: object) -> object:
    return written.removeprefix("@") if isinstance(written, str) else written


EmptyIsNone = BeforeValidator(_empty_is_none)
BotToken = Annotated[SecretStr, AfterValidator(_check_bot_token)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_check_webhook_secret)]
Secret = Annotated[SecretStr, AfterValidator(_check_secret)]
Proxy = Annotated[SecretStr, AfterValidator(_check_proxy)]
PlatformId = Annotated[
    str,
    Field(coerce_numbers_to_str=True),
    shaped(r"[0-9A-Za-z_-]{0,64}", "must be the id the platform shows"),
]
Username = Annotated[
    str,
    BeforeValidator(_without_at_sign),
    shaped(r"([A-Za-z][A-Za-z0-9_]{3,31})?", "must be the bot's user name, such as KhaoSatBot"),
]


class Telegram(Settings):
    """A Telegram bot."""

    enabled: bool = False
    """whether the channel is used"""
    username: Username = ""
    """the bot's user name, for the links to it"""
    token: Annotated[BotToken | None, EmptyIsNone] = None
    """the token from @BotFather"""
    mode: Literal["webhook", "polling"] = "polling"
    """webhook: Telegram calls public_url; polling: we ask, also from behind a firewall"""
    webhook_secret: Annotated[WebhookSecret | None, EmptyIsNone] = None
    """what Telegram must show when it calls; webhook mode only"""
    api_base: WebAddress = "https://api.telegram.org"
    """another address for a Bot API server of one's own"""
    proxy: Annotated[Proxy | None, EmptyIsNone] = None
    """a proxy for calls to Telegram, when it cannot be reached directly"""


class Zalo(Settings):
    """A Zalo Official Account."""

    enabled: bool = False
    """whether the channel is used"""
    app_id: PlatformId = ""
    """the id of the Zalo app"""
    app_secret: Annotated[Secret | None, EmptyIsNone] = None
    """the secret key of the Zalo app"""
    oa_id: PlatformId = ""
    """the id of the Official Account"""
    oa_secret: Annotated[Secret | None, EmptyIsNone] = None
    """the Official Account's secret key, which signs webhooks"""
    access_token: Annotated[Secret | None, EmptyIsNone] = None
    """the first access token; later ones live in the database"""
    refresh_token: Annotated[Secret | None, EmptyIsNone] = None
    """the first refresh token; a changed one replaces the pair in the database"""
    api_base: WebAddress = "https://openapi.zalo.me"
    """address of the Official Account API"""
    oauth_base: WebAddress = "https://oauth.zaloapp.com"
    """address where tokens are renewed"""
    business_base: WebAddress = "https://business.openapi.zalo.me"
    """address of messages by phone number"""
    buttons: Literal["text_buttons", "button_template", "list", "none"] = "text_buttons"
    """the shape of buttons Zalo accepts for this account"""
    requests_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 80
    """the pace the account is allowed"""


class ZaloBot(Settings):
    """A Zalo bot, which posts to groups of staff."""

    enabled: bool = False
    """whether the channel is used"""
    token: Annotated[Secret | None, EmptyIsNone] = None
    """the bot's token"""
    webhook_secret: Annotated[WebhookSecret | None, EmptyIsNone] = None
    """what Zalo must show when it calls"""
    api_base: WebAddress = "https://bot-api.zaloplatforms.com"
    """address of the bot API"""
