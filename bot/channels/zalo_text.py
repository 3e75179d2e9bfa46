"""Messages as plain text for Zalo, whose texts know no markup: harmless, in NFC, and never longer than a limit."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from survey.folding import tidy
from survey.message import Button, Message
from survey.wording import Wording

JOINT = " · "
_CUT = "…"
_MENTION = "[@"  # in a group "[@123]" calls somebody, whoever wrote it
_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+]*:)(?=//)")
_DOMAIN = re.compile(r"(?<=[\w-])\.(?=[^\W\d_]{2})")
_SHRINKING = (
    "quote",
    "text",
    "note",
    "tail",
    "title",
)  # what gives way when a message is too long, in this order
_LEAST = 20  # characters that are left of a part before the next one gives way


def render_plain(message: Message, *, limit: int, label: Callable[[str], str]) -> str:
    """Return `message` for a place without buttons: its whole text, and a last line with the words that can be sent.

    `label` makes the joined words into that line ("Hoặc nhắn: …").
    """
    return render_text(message, message.controls, limit=limit, label=label)


def render_text(
    message: Message, controls: Sequence[Button], *, limit: int, label: Callable[[str], str]
) -> str:
    """Return `message` as text with the words of `controls` in the last line; the numbered options are never cut."""
    message = make_harmless(message)
    words = list(dict.fromkeys(filter(None, (one_line(one.words or one.text) for one in controls))))
    end = f"\n\n{label(JOINT.join(words))}" if words else ""
    _, asked = message.asked
    head = f"{asked}\n\n" if asked else ""
    room = limit - len(head) - len(end)
    text = f"{head}{_fit(message, room)}{end}".strip()
    return text if len(text) <= limit else cut(text, limit)


def make_harmless(message: Message) -> Message:
    """Return `message` in NFC and so that nothing in it calls somebody; what was quoted is no link either."""
    key, asked = message.asked
    return replace(
        message,
        note=_defuse(_tidy(message.note)),
        title=_defuse(_tidy(message.title)),
        text=_defuse(_tidy(message.text)),
        tail=_defuse(_tidy(message.tail)),
        quote=_break_links(_defuse(_tidy(message.quote))),
        asked=(key, one_line(asked)),
        options=tuple(_harmless(option) for option in message.options),
        controls=tuple(_harmless(control) for control in message.controls),
    )


def one_line(text: str) -> str:
    """Return `text` harmless and on one line, as the title of a button shows it."""
    return " ".join(_defuse(_tidy(text)).split())


def cut(text: str, limit: int) -> str:
    """Return `text` cut to `limit` characters, at a word where there is one near, never inside a letter or emoji."""
    if len(text) <= limit:
        return text
    end = max(limit - 1, 0)
    while end > 0 and _belongs_together(text[end - 1], text[end]):
        end -= 1
    kept = text[:end]
    space = max(kept.rfind(" "), kept.rfind("\n"))
    kept = kept[:space] if space > end - 40 and space > 0 else kept
    return kept.rstrip() + _CUT


def make_label(wording: Wording) -> Callable[[str], str]:
    """Return the function that makes joined words into the last line, in the language the words are of."""
    sentences = {language: set(wording.tables[language].values()) for language in wording.languages}

    def label(words: str) -> str:
        said = words.split(JOINT)
        language = max(wording.languages, key=lambda one: sum(word in sentences[one] for word in said))
        return wording.say(language, "type_one_of", words=words)

    return label


def _fit(message: Message, room: int) -> str:
    """Return the whole text in at most `room` characters where the parts that may give way are long enough."""
    for name, least in _ways(message):
        surplus = len(message.plain()) - room
        if surplus <= 0:
            break
        part: str = getattr(message, name)
        shorter: dict[str, Any] = {
            name: cut(part, max(len(part) - surplus, least))
        }  # Any: fields of any type
        message = replace(message, **shorter)
    return message.plain()


def _ways(message: Message) -> Iterable[tuple[str, int]]:
    """Yield what may be cut and to which length: each part to a little first, then to nothing much."""
    long = [name for name in _SHRINKING if len(getattr(message, name)) > _LEAST]
    yield from ((name, _LEAST) for name in long)
    yield from ((name, 1) for name in long)


def _harmless(button: Button) -> Button:
    return replace(button, text=one_line(button.text), words=one_line(button.words))


def _tidy(text: str) -> str:
    return tidy(text.replace("\r\n", "\n").replace("\r", "\n"))


def _defuse(text: str) -> str:
    return text.replace(_MENTION, "[ @")


def _break_links(text: str) -> str:
    """Return `text` with a space in every address, so that a phone makes no link of it: "https: //xau. example"."""
    return _DOMAIN.sub(". ", _SCHEME.sub(r"\1 ", text))


def _belongs_together(left: str, right: str) -> bool:
    return bool(
        left == "\u200d"
        or right in "\u200d\ufe0f"
        or unicodedata.combining(right)
        or "\U0001f3fb" <= right <= "\U0001f3ff"
    )
