"""What can come in from a channel, once its payload has been read: values, nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from survey.events import Kind


@dataclass(frozen=True, slots=True)
class Start:
    """An invitation's link was followed: its token, "" for the bare command."""

    token: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text was typed; it may be a short code. An edit of an earlier message changes nothing: buttons do that."""

    text: str
    is_edit: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed: conversation, place and choice as they stood in the button."""

    conversation_id: int
    place: str
    choice: str


@dataclass(frozen=True, slots=True)
class CasePress:
    """A button about a complaint was pressed, by staff on a card or by the citizen."""

    complaint_id: int
    place: str
    choice: str


@dataclass(frozen=True, slots=True)
class ReportPress:
    """A button under a digest was pressed."""

    period: str
    place: str
    choice: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that is not text was sent. `ref` finds it on its platform again ("photo:…", "file:…"), "" when it cannot."""

    kind: Kind
    ref: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The citizen blocked the bot, or a group threw it out."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """The citizen let the bot in again."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became another one."""

    new_name: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody opened the chat for the first time, or follows the account: it may speak first."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The platform passes on that a person wants her data erased."""


@dataclass(frozen=True, slots=True)
class PhoneShared:
    """The citizen let the platform hand over her phone number."""

    phone: str


@dataclass(frozen=True, slots=True)
class Echo:
    """The platform shows what was said in our name: by this program, or by a person in the platform's own page."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Messages are on the person's phone."""

    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The person has looked at messages."""

    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhoneArrived:
    """An invitation by phone number has arrived."""

    tracking_id: str


@dataclass(frozen=True, slots=True)
class Rated:
    """An invitation by phone number was answered with a mark: 1 to 5, 5 the best."""

    tracking_id: str
    rate: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dead:
    """A press that can mean nothing: mangled, forwarded, in a group."""


Happening: TypeAlias = (
    Start
    | Words
    | Press
    | CasePress
    | ReportPress
    | Attachment
    | Joined
    | Withdrawn
    | PhoneShared
    | Echo
    | Arrived
    | Seen
    | PhoneArrived
    | Rated
    | Unreachable
    | Reachable
    | Moved
    | Dead
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it: the platform's id of the person, and the name colleagues see."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """Something that came in on a channel."""

    channel: str
    keys: tuple[str, ...]  # a repetition has one of them in common
    name: str  # the platform's id of the chat
    happening: Happening
    callback: str = ""  # the press to be answered with a toast
    sender: str = ""  # whose wrong codes are counted; the chat when empty
    actor: Actor | None = None  # None where a chat is one person
    reply_ref: str = ""  # the platform's id of the message that is answered
    is_group: bool = False
    late_since: datetime | None = (
        None  # when it was said, of what comes late: words may be meant for an older question
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an inbound: the toast for a press, and whether it was a repetition."""

    toast: str = ""
    is_repeated: bool = False
