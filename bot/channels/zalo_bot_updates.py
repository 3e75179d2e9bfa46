"""Updates of the Zalo Bot Platform turned into inbounds. Pure: untrusted JSON in, typed values out.

Shapes: https://docs.zaloplatforms.com/docs/BOT (2026-10-02); where pages and real traffic differ, both forms are read.
"""

import json
import re
import unicodedata
from collections.abc import Mapping

from bot.channels.channel import Misshapen
from handlers.happenings import Actor, Attachment, Happening, Inbound, Words
from survey.complaints.words import read_command
from survey.events import Kind
from survey.folding import tidy

__all__ = ["Misshapen", "parse_bot_update"]

MAX_NAME = 100
MAX_LINK = 1000
MAX_WORDS = 10_000  # characters that are read of what somebody wrote
_LONGEST_NAME = 6  # words of a bot's name
_ID = re.compile(r"[!-~]{1,100}")
_LINK = re.compile(r"https?://[!-~]+")
_OURS = re.compile(r"/|(?:baocao|dangky)\b|#?pa[-\s_.]*\d", re.IGNORECASE)
_FIRST_WORD = re.compile(r"\S+\s*")
_KINDS = {
    "message.sticker.received": Kind.STICKER,
    "message.voice.received": Kind.VOICE,
    "message.unsupported.received": Kind.OTHER,  # also whatever a protected person wrote
}


def parse_bot_update(payload: object, *, bot_name: str = "") -> tuple[Inbound, ...]:
    """Return what an update brings, nothing for kinds we do not use. Raises Misshapen.

    With `bot_name`, as groups show it, the mention that addresses the bot is taken off exactly; without it as well as
    it can be told where a name ends.
    """
    if not isinstance(payload, Mapping):
        raise Misshapen("it is no object")
    inner = payload.get("result")
    update = inner if isinstance(inner, Mapping) else payload
    name = update.get("event_name")
    if name is None:  # a probe, or the answer to a poll that brought nothing
        return ()
    if not isinstance(name, str):
        raise Misshapen("event_name is no text")
    if name not in {"message.text.received", "message.image.received", *_KINDS}:
        return ()
    try:  # halves of letters and bottomless nesting go no further
        json.dumps(payload, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Misshapen(f"it cannot be read ({type(error).__name__})") from error
    return _parse(name, _object(update, "message"), bot_name)


def _parse(event: str, message: Mapping[str, object], bot_name: str) -> tuple[Inbound, ...]:
    sender, chat = _object(message, "from"), _object(message, "chat")
    kind = chat.get("chat_type", "PRIVATE")
    if sender.get("is_bot") is True or kind not in ("PRIVATE", "GROUP"):
        return ()
    is_group = kind == "GROUP"
    found = Inbound(
        channel="zalo_bot",
        keys=(f"m{_id(message, 'message_id')}",),
        name=_id(chat, "id"),
        happening=_read(event, message, bot_name if is_group else None),
        actor=Actor(key=_id(sender, "id"), name=_name(sender)),
        is_group=is_group,
    )
    return (found,)


def _read(event: str, message: Mapping[str, object], bot_name: str | None) -> Happening:
    """Read what was sent; `bot_name` is None where nobody needs to mention the bot."""
    if event == "message.text.received":
        text = message.get("text")
        if not isinstance(text, str):
            raise Misshapen("text is missing or no text")
        return Words(_without_mention(text[:MAX_WORDS], bot_name))
    if event != "message.image.received":
        return Attachment(_KINDS[event])
    links = (message.get(key) for key in ("photo_url", "photo"))  # traffic has the one, the pages the other
    link = next((link for link in links if _is_link(link)), None)
    caption = message.get("caption")
    words = _without_mention(caption[:MAX_WORDS], bot_name) if isinstance(caption, str) else ""
    return Attachment(Kind.PHOTO, f"photo:{link}" if link else "", words)


def _without_mention(text: str, bot_name: str | None) -> str:
    """Return what was said to the bot: a group's words reach it only behind "@Bot …", without a sign where the name ends."""
    rest = unicodedata.normalize("NFC", text).lstrip()
    if bot_name is None or not rest.startswith("@"):
        return text
    rest, named = rest[1:], unicodedata.normalize("NFC", bot_name)
    if named and rest[: len(named)].casefold() == named.casefold():
        return rest[len(named) :].lstrip(" ,:\n")
    shorter = rest
    for _ in range(_LONGEST_NAME):
        shorter = _FIRST_WORD.sub("", shorter, count=1)
        if _OURS.match(shorter) or read_command(shorter, is_answer=False) is not None:
            return shorter
    return _FIRST_WORD.sub("", rest, count=1)


def _is_link(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_LINK and _LINK.fullmatch(value) is not None


def _name(sender: Mapping[str, object]) -> str:
    names = (sender.get(key) for key in ("display_name", "name"))
    return next((tidy(name)[:MAX_NAME] for name in names if isinstance(name, str)), "")


def _object(holder: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = holder.get(key)
    if not isinstance(value, Mapping):
        raise Misshapen(f"{key} is missing or no object")
    return value


def _id(holder: Mapping[str, object], key: str) -> str:
    value = holder.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return str(value)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Misshapen(f"{key} is missing or no id")
    return value
