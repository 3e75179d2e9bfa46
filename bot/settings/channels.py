"""Settings of the channels: Telegram, Zalo Official Account, Zalo Bot. Each is off unless `enabled: true`.

What a channel that is on cannot do without is checked in `bot.settings.checks`.
"""

import re
from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints

from bot.settings.office import Settings
from bot.settings.values import Label, Text, WebAddress, shaped, split_url


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


def _check_pattern(pattern: str) -> str:
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError:
        raise ValueError("has a brace without its other half; write {{ and }} for braces") from None
    for _, name, cut, conversion in parts:
        if name is None:
            continue
        if name not in PLACEHOLDERS or conversion or not re.fullmatch(r"(\.[1-9][0-9]{0,2})?", cut or ""):
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            raise ValueError(f"has a placeholder that is not known; there are {known}; {{unit:.30}} cuts")
    return pattern


def _without_at_sign(written: object) -> object:
    return written.removeprefix("@") if isinstance(written, str) else written


PLACEHOLDERS = ("code", "link", "procedure", "unit", "department", "until")
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


Parameter = Annotated[
    str, shaped(r"[A-Za-z][A-Za-z0-9_]{0,63}", "must be the name of a parameter, as the template has it")
]
Pattern = Annotated[
    Text,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=400),
    AfterValidator(_check_pattern),
]
TemplateId = Annotated[
    str,
    Field(coerce_numbers_to_str=True),
    shaped(r"[0-9A-Za-z_-]{1,64}", "must be the id the ZBS portal shows"),
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


class ZaloTemplate(Settings):
    """The approved ZBS template that invites by phone number whoever nothing else can reach."""

    id: TemplateId
    """the template's id in the ZBS portal"""
    data: Annotated[dict[Parameter, Pattern], Field(min_length=1)]
    """the template's parameters; {code}, {link}, {procedure}, {unit}, {department}, {until} are filled in"""
    price_vnd: Annotated[int, Field(ge=0, le=1_000_000)]
    """what one message costs, in dong"""
    monthly_budget_vnd: Annotated[int, Field(ge=0, le=100_000_000_000)]
    """what messages of one month may cost together, in dong"""
    mode: Literal["production", "development"] = "production"
    """development: Zalo sends to the admins of the app and account only"""


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
    button_action: Literal["hide", "show"] = "hide"
    """whether a tap shows what it sends in the citizen's chat"""
    widget: bool = False
    """whether the web page offers Zalo's consent box, which joins the citizen without a code"""
    requests_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 80
    """the pace the account is allowed"""
    template: ZaloTemplate | None = None
    """the template for invitations by phone number; null: nobody is invited so"""


class ZaloBot(Settings):
    """A Zalo bot, which posts to groups of staff."""

    enabled: bool = False
    """whether the channel is used"""
    token: Annotated[Secret | None, EmptyIsNone] = None
    """the bot's token"""
    name: Label = ""
    """the bot's name as groups show it; taken off what begins with it"""
    mode: Annotated[Literal["webhook", "polling"] | None, EmptyIsNone] = None
    """webhook: Zalo calls public_url; polling: we ask; null: webhook when public_url begins with https"""
    webhook_secret: Annotated[WebhookSecret | None, EmptyIsNone] = None
    """what Zalo must show when it calls; webhook mode only, 8 to 256 characters"""
    api_base: WebAddress = "https://bot-api.zaloplatforms.com"
    """address of the bot API"""
