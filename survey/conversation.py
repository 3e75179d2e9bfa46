"""Where a talk with a citizen stands: a value that is stored after every turn and loaded before the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Place(StrEnum):
    """The places of a conversation besides the questions, whose places are their keys."""

    GREETING = "greeting"
    COMMENT = "comment"
    REPLY = "reply"
    CONTACT = "contact"
    SEVERAL = "several"  # several answers in one message wait for a tap
    SUMMARY = "summary"
    SUBMITTED = "submitted"
    DECLINED = "declined"
    ERASED = "erased"


class Wish(StrEnum):
    """Whether the citizen wants a reply, and whether staff may see the dossier code for it."""

    WITH_CODE = "with_code"
    WITHOUT_CODE = "without_code"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The state of one conversation. Answers: question key → option number, None when skipped."""

    place: str = Place.GREETING
    language: str = "vi"
    answers: Mapping[str, int | None] = field(default_factory=dict)
    comment: str | None = None
    has_commented: bool = False  # item 4 was answered or skipped
    wish: Wish | None = None
    contact: str | None = None
    has_left_contact: bool = False  # item 5 was answered or skipped
    is_correcting: bool = False  # opened from the summary: go back there after one answer
    is_paused: bool = False  # after "Dừng", "Để sau", "Không tham gia"
    is_put_off: bool = False  # paused by "Để sau": reminders may come
    aside: str = (
        ""  # asked last besides the place ("edit", "language", "erase"): the next words may answer it
    )
    pending: Mapping[str, int] = field(
        default_factory=dict
    )  # answers read from one message, not yet confirmed
    remarks: tuple[str, ...] = ()  # said beside an answer, offered for the comment
    misses: int = 0  # replies in a row that were not understood
    receipt: str | None = None

    @property
    def has_begun(self) -> bool:
        """Whether consent was given."""
        return self.place not in {Place.GREETING, Place.DECLINED, Place.ERASED} or bool(self.answers)

    @property
    def is_over(self) -> bool:
        """Whether nothing can be changed any more."""
        return self.place in {Place.SUBMITTED, Place.ERASED}


def dump_conversation(state: Conversation) -> dict[str, object]:
    """Return `state` as JSON-ready values."""
    return {
        "place": str(state.place),
        "language": state.language,
        "answers": dict(state.answers),
        "comment": state.comment,
        "has_commented": state.has_commented,
        "wish": state.wish and str(state.wish),
        "contact": state.contact,
        "has_left_contact": state.has_left_contact,
        "is_correcting": state.is_correcting,
        "is_paused": state.is_paused,
        "is_put_off": state.is_put_off,
        "aside": state.aside,
        "pending": dict(state.pending),
        "remarks": list(state.remarks),
        "misses": state.misses,
        "receipt": state.receipt,
    }


def load_conversation(values: Mapping[str, object]) -> Conversation:
    """Return the state that `dump_conversation` made into `values`; a field it lacks has its default."""
    answers, wish = values.get("answers"), values.get("wish")
    pending, remarks = values.get("pending"), values.get("remarks")
    misses = values.get("misses")
    return Conversation(
        place=str(values.get("place") or Place.GREETING),
        language=str(values.get("language") or "vi"),
        answers=dict(answers) if isinstance(answers, Mapping) else {},
        comment=_text(values.get("comment")),
        has_commented=bool(values.get("has_commented")),
        wish=Wish(str(wish)) if wish else None,
        contact=_text(values.get("contact")),
        has_left_contact=bool(values.get("has_left_contact")),
        is_correcting=bool(values.get("is_correcting")),
        is_paused=bool(values.get("is_paused")),
        is_put_off=bool(values.get("is_put_off")),
        aside=str(values.get("aside") or ""),
        pending=dict(pending) if isinstance(pending, Mapping) else {},
        remarks=tuple(str(remark) for remark in remarks) if isinstance(remarks, list) else (),
        misses=misses if isinstance(misses, int) else 0,
        receipt=_text(values.get("receipt")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
