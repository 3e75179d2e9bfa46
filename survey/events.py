"""What can happen to a conversation."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Opened:
    """The citizen opened the invitation: link, code, QR, or the same once more."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed: the place it belongs to and the choice on it."""

    place: str
    choice: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Words were sent."""

    words: str


class Kind(StrEnum):
    """What was sent instead of words."""

    VOICE = "voice"
    STICKER = "sticker"
    PHOTO = "photo"
    LOCATION = "location"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that holds no words was sent."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Reminded:
    """The time has come to remind the citizen."""


Event: TypeAlias = Opened | Pressed | Typed | Sent | Reminded
