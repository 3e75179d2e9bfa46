"""Settings about the office: who it is, its units and procedures, its chats, its database and its web address."""

import base64
import binascii
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    model_validator,
)

from bot.settings.values import (
    ChatField,
    Code,
    Label,
    Name,
    Port,
    ProcedureCode,
    PublicUrl,
    Text,
    Timezone,
    shaped,
    split_url,
)

API_TOKEN_LENGTH = 8
KEY_BYTES = 32
LOOPBACK: tuple[IPv4Network | IPv6Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


class Settings(BaseModel):
    """What all groups of settings share: they never change, and an unknown key is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )


def under_folder(path: Path, validation: ValidationInfo) -> Path:
    """Let a relative path start at the folder of the file it is written in."""
    folder: Path = (validation.context or {}).get("folder", Path())
    try:
        return (folder / path.expanduser()).resolve()
    except (OSError, RuntimeError):
        raise ValueError("is no path on this machine") from None


def existing_file(path: Path, validation: ValidationInfo) -> Path:
    """The same, for a file that must be there."""
    found = under_folder(path, validation)
    if not _is_file(found):
        raise ValueError(f"there is no file {path}; relative paths start at the folder of the config file")
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def absolute_database_url(url: SecretStr, validation: ValidationInfo) -> SecretStr:
    """Check the address of the database; let a relative SQLite path start at the config's folder."""
    text = url.get_secret_value()
    if text.startswith("sqlite:///"):
        path, mark, query = text.removeprefix("sqlite:///").partition("?")
        if not path or path.endswith(("/", ":memory:")):
            raise ValueError("name a file: sqlite:///var/hailong.db")
        return SecretStr(f"sqlite:///{under_folder(Path(path), validation)}{mark}{query}")
    parts = split_url(text)
    if parts.scheme not in ("postgresql", "postgresql+psycopg"):
        raise ValueError("write sqlite:///var/hailong.db or postgresql://user:password@host/name")
    if not parts.path.strip("/"):
        raise ValueError("name the database: postgresql://user:password@host/name")
    return url


def _read_key(key: SecretStr) -> bytes:
    text = key.get_secret_value().strip()
    try:
        if len(text) == 2 * KEY_BYTES:
            return bytes.fromhex(text)
        padded = text.translate(str.maketrans("-_", "+/")).rstrip("=")
        found = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (ValueError, binascii.Error):
        found = b""
    if len(found) != KEY_BYTES:
        raise ValueError("must be 32 random bytes in base64 or hexadecimal: openssl rand -base64 32")
    return found


def _check_key(key: SecretStr) -> SecretStr:
    _read_key(key)
    return key


def _check_api_token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if len(text) < API_TOKEN_LENGTH or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(
            f"needs at least {API_TOKEN_LENGTH} letters and digits, for example: openssl rand -hex 32"
        )
    return token


def _parse_network(written: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(written), strict=False)
    except ValueError:
        raise ValueError("must be an address or a network, such as 10.0.0.5 or 10.0.0.0/8") from None


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_parse_network)]


class Department(Settings):
    """The department whose services are rated."""

    name: Name
    """its name, as citizens read it"""
    code: Code
    """its identification code, such as H32.13"""
    authority: Label = ""
    """the body above it, first line of official reports"""
    place: Label = ""
    """the place that stands before the date of official reports"""
    hotline: Label = ""
    """the phone number named to citizens who want to talk to somebody"""
    timezone: Timezone = "Asia/Ho_Chi_Minh"
    """local time of days, periods and quiet hours"""
    language: Annotated[Text, shaped("[a-z]{2}", "must be the two letters of a language, such as vi")] = "vi"
    """the language of messages to citizens and staff, two letters"""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone, to convert with."""
        return ZoneInfo(self.timezone)


class Database(Settings):
    """Where everything is stored."""

    url: Annotated[SecretStr, AfterValidator(absolute_database_url)] = Field(
        default=SecretStr("sqlite:///var/hailong.db"), validate_default=True
    )
    """sqlite:///FILE or postgresql://user:password@host/name"""


class Web(Settings):
    """The web server: web chat, API, webhooks, published results."""

    host: Annotated[Text, shaped(r"\S{1,253}", "must be an address or a host name, such as 127.0.0.1")] = (
        "127.0.0.1"
    )
    """the address it listens on"""
    port: Port = 8080
    """the port it listens on"""
    public_url: PublicUrl
    """the address citizens and platforms reach it by; http on this machine when left out"""
    api_tokens: tuple[Annotated[SecretStr, AfterValidator(_check_api_token)], ...] = ()
    """tokens with which other systems may use the API"""
    trusted_proxies: tuple[Network, ...] = LOOPBACK
    """proxies whose X-Forwarded-For is believed"""

    @model_validator(mode="before")
    @classmethod
    def _default_public_url(cls, written: Any) -> Any:  # Any: raw YAML, checked right after this
        if isinstance(written, dict) and written.get("public_url") is None:
            return {**written, "public_url": f"http://127.0.0.1:{written.get('port', 8080)}"}
        return written


class Unit(Settings):
    """A unit of the department."""

    code: Code
    """its short code, used in files and on the command line"""
    name: Name
    """its name, as citizens read it"""
    staff_chats: tuple[ChatField, ...] = ()
    """the chats where its staff receive complaints"""
    people: tuple[Name, ...] = ()
    """names of its people: a complaint that names one goes one level up"""


class Procedure(Settings):
    """An administrative procedure."""

    code: ProcedureCode
    """its national code, such as 2.000633"""
    name: Name
    """its name, as citizens read it"""
    unit: Code
    """the code of the unit that handles it"""


class Office(Settings):
    """The chats of the department's office."""

    chats: tuple[ChatField, ...] = ()
    """where digests and overdue complaints are posted"""
    integrity_chats: tuple[ChatField, ...] = ()
    """who alone sees reports of bribes, harassment and threats; office.chats when empty"""


class Operator(Settings):
    """The people who keep the service running."""

    chats: tuple[ChatField, ...] = ()
    """who is told when something needs a person; office.chats when empty"""


class Security(Settings):
    """The key that encrypts personal data at rest."""

    key: Annotated[SecretStr, AfterValidator(_check_key)] | None = None
    """32 random bytes, base64 or hexadecimal; HAILONG_KEY when left out"""
    key_file: Annotated[Path, AfterValidator(under_folder)] = Field(
        default=Path("var/hailong.key"), validate_default=True
    )
    """where a key is made and kept when none is given"""

    def key_bytes(self) -> bytes | None:
        """The key given by the settings; None when it lives in the key file."""
        return None if self.key is None else _read_key(self.key)


class Logging(Settings):
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """the least serious kind of line that is written"""
