"""The kinds of value a setting can hold, each read from what people write in YAML.

Nothing here knows where in the file a value stands. A refusal says what to write instead and never repeats the value.
"""

import re
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from bot.settings.cron import check_cron

CHANNELS = ("telegram", "zalo", "zalo_group", "zalo_bot", "web")
PHONES = "zalo_zbs"  # phone numbers, reached by Zalo's templates: no chat, but somebody to be written to
CHAT_ID_LIMIT = 128
LONGEST = timedelta(days=3650)
UNITS_OF_TIME = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Chat:
    """A place on a channel, written `channel:id`."""

    channel: str
    """telegram, zalo, zalo_group, zalo_bot or web"""
    id: str
    """what the channel calls it; on the web the name of a room"""

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of the day in which nobody is written to without having asked, local time."""

    start: time
    end: time
    """not included; before `start` when the hours run over midnight"""

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def parse_chat(written: object) -> Chat:
    """Read `channel:id`."""
    if isinstance(written, Chat):
        return written
    channel, colon, chat_id = written.partition(":") if isinstance(written, str) else ("", "", "")
    if not colon or channel not in CHANNELS:
        raise ValueError(f"write a chat as channel:id, where the channel is one of {', '.join(CHANNELS)}")
    if channel == "telegram" and not re.fullmatch(r"-?[0-9]{1,19}", chat_id):
        raise ValueError("a Telegram chat is a number, such as telegram:-1001234567890")
    if channel == "web" and not re.fullmatch(r"[a-z0-9-]{1,40}", chat_id):
        raise ValueError("a room on the web is 1 to 40 of a-z, 0-9 and -, such as web:van-phong")
    if not re.fullmatch(rf"[!-~]{{1,{CHAT_ID_LIMIT}}}", chat_id):
        raise ValueError(
            f"the id after {channel}: is 1 to {CHAT_ID_LIMIT} letters, digits or signs without spaces"
        )
    return Chat(channel, chat_id)


def parse_person(written: object) -> Chat:
    """Read `channel:id`, where the id may be a phone number: zalo_zbs:84912345678."""
    number = re.fullmatch(rf"{PHONES}:(84[0-9]{{9}})", written) if isinstance(written, str) else None
    return Chat(PHONES, number[1]) if number else parse_chat(written)


def parse_duration(written: object) -> timedelta:
    """Read `90s`, `60m`, `24h` or `3d`."""
    if isinstance(written, timedelta):
        return written
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", written) if isinstance(written, str) else None
    if not found:
        raise ValueError("write a length of time as a whole number and a unit: 90s, 60m, 24h or 3d")
    length = timedelta(**{UNITS_OF_TIME[found[2]]: int(found[1])})
    if length > LONGEST:
        raise ValueError(f"is longer than {LONGEST.days} days")
    return length


def parse_quiet_hours(written: object) -> QuietHours:
    """Read `21:00-07:00`."""
    if isinstance(written, QuietHours):
        return written
    clock = r"([01][0-9]|2[0-3]):([0-5][0-9])"
    found = re.fullmatch(f"{clock}-{clock}", written, re.ASCII) if isinstance(written, str) else None
    if not found:
        raise ValueError('write quiet hours as "HH:MM-HH:MM", such as "21:00-07:00", or null for none')
    hours = QuietHours(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))
    if hours.start == hours.end:
        raise ValueError("quiet hours must not begin and end at the same minute; write null for none")
    return hours


def parse_percent(written: object) -> Decimal:
    """Read a number from 0 to 100; exact, because reports compare with it."""
    if isinstance(written, bool) or not isinstance(written, int | float | str | Decimal):
        raise ValueError("must be a number from 0 to 100")
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", str(written).strip(), re.ASCII):
        raise ValueError("must be a number from 0 to 100")
    percent = Decimal(str(written).strip())
    if percent > 100:
        raise ValueError("must be a number from 0 to 100")
    return percent


def check_timezone(name: str) -> str:
    """Refuse a time zone this machine does not know."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no known time zone; write one such as Asia/Ho_Chi_Minh") from None
    return name


def check_web_address(url: str) -> str:
    """Refuse what is no http or https address; drop the slash at the end."""
    parts = split_url(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://khaosat.example.vn")
    return url.rstrip("/")


def check_public_url(url: str) -> str:
    """Refuse plain http except on this machine: tokens of citizens travel in these links."""
    url = check_web_address(url)
    parts = split_url(url)
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password; citizens see this address")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https:// (http:// is accepted for 127.0.0.1 and localhost only)")
    return url


def is_loopback(host: str) -> bool:
    """Tell whether a host name means this machine."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None


def split_url(url: str) -> SplitResult:
    """Split an address; refuse one that cannot be split."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # the port is only read, and refused, when asked for
    except ValueError:
        raise ValueError("is no valid address; write one such as https://khaosat.example.vn") from None
    if re.search(r"\s", url):
        raise ValueError("must not hold spaces")
    return parts


def refuse_control_characters(text: str) -> str:
    """Refuse line breaks and other invisible signs: these texts go into one line of messages and files."""
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


def _refuse_bare_number(written: object) -> object:
    # YAML reads 2.000633 and 3.10 as numbers and drops zeros: only the quoted text is what was meant.
    if isinstance(written, int | float):
        raise ValueError('must be text; put it in quotes, such as "2.000633" or "3.10"')
    return written


def shaped(pattern: str, advice: str) -> AfterValidator:
    """A check that the whole text has a shape."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(advice)
        return text

    return AfterValidator(check)


Quoted = BeforeValidator(_refuse_bare_number)
Text = Annotated[str, Quoted, AfterValidator(refuse_control_characters)]
Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Label = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=200)]
Code = Annotated[Text, shaped(r"\S{1,64}", "must be 1 to 64 letters, digits or signs without spaces")]
ProcedureCode = Annotated[
    Text,
    shaped(
        r"[0-9]\.[0-9]{6}(\.[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2})?",
        "must be a national code such as 2.000633 or 2.000633.000.00.00.H32",
    ),
]
QuestionKey = Annotated[
    Text, shaped(r"[0-9]{1,2}\.[0-9]{1,2}", 'must be the number of a question, such as "3.7"')
]
Key = Annotated[
    Text, shaped(r"[a-z][a-z0-9_]{0,39}", "must be 1 to 40 of a-z, 0-9 and _, beginning with a letter")
]
ChatField = Annotated[Chat, BeforeValidator(parse_chat)]
PersonField = Annotated[Chat, BeforeValidator(parse_person)]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
QuietHoursField = Annotated[QuietHours, BeforeValidator(parse_quiet_hours)]
Percent = Annotated[Decimal, BeforeValidator(parse_percent)]
Cron = Annotated[str, AfterValidator(check_cron)]
Timezone = Annotated[str, AfterValidator(check_timezone)]
WebAddress = Annotated[str, AfterValidator(check_web_address)]
PublicUrl = Annotated[str, AfterValidator(check_public_url)]
Port = Annotated[int, Field(ge=1, le=65535)]
