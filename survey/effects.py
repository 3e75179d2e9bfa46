"""What should happen because of an event. The engine only says so; handlers/effects.py does it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from survey.conversation import Wish
from survey.message import Message


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message to the citizen."""

    message: Message


@dataclass(frozen=True, slots=True)
class Redraw:
    """Show `message` where the newest message of its place stands; say `instead` where messages cannot be edited."""

    message: Message
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """A few words in answer to a press, where a channel has a place for them."""

    text: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Consent was given."""


class Way(StrEnum):
    """How an answer was given."""

    PRESSED = "pressed"
    TYPED = "typed"
    SEVERAL = "several"  # one of several in one message, confirmed by a tap


@dataclass(frozen=True, slots=True)
class Record:
    """An answer was given; option None means skipped."""

    question: str
    option: int | None
    way: Way = Way.PRESSED


@dataclass(frozen=True, slots=True)
class Submit:
    """The form was handed in: make it a response."""

    receipt: str
    comment: str | None
    wish: Wish | None
    contact: str | None


@dataclass(frozen=True, slots=True)
class Pause:
    """The citizen stops for now; `remind` says whether she may be reminded."""

    remind: bool


@dataclass(frozen=True, slots=True)
class Erase:
    """The citizen wants her personal data erased."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The citizen chose a language."""

    language: str


Effect: TypeAlias = Say | Redraw | Toast | Begin | Record | Submit | Pause | Erase | SetLanguage
