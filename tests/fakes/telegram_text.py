"""How Telegram reads a text: strict HTML, the entities it makes by itself, and the limits. Pure.

Written after the parser of the official server: only its tags, nested and closed; a bare `<` is an error; only
`&lt; &gt; &amp; &quot;` and numeric references are decoded, any other `&name;` stays as typed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

MAX_RAW_BYTES = 32_768

Entity = dict[str, Any]

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}

_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_PLAIN = re.compile(r"[^&<]+")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_UNKNOWN_REFERENCE = re.compile(r"&(?!(?:lt|gt|amp|quot);)[a-zA-Z]{2,10};")
_END_TAG = re.compile(r"</([a-zA-Z0-9-]*)\s*>")
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*(?:"([^"<]*)"|'([^'<]*)'|([a-zA-Z0-9.-]+)))?""")
_START_NAME = re.compile(r"<([^\s>/]*)")

# What clients make clickable without being asked: links, mentions, commands, hashtags, mail addresses.
_AUTOMATIC = (
    (
        "url",
        re.compile(
            r"(?:https?|tg)://[^\s<>\"']+|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|net|org|vn|info|io|me|gov)\b\S*",
            re.IGNORECASE,
        ),
    ),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("mention", re.compile(r"(?<![\w/@])@[A-Za-z]\w{3,31}")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w+)?")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)


class TextRefusedError(Exception):
    """The text breaks a rule of Telegram; the words are those of its error."""


@dataclass(frozen=True, kw_only=True)
class Formatted:
    """A text as it stands on the screen."""

    text: str
    entities: tuple[Entity, ...] = ()
    oddities: tuple[str, ...] = ()  # allowed, but surely not meant


@dataclass
class _Output:
    parts: list[str] = field(default_factory=list)
    length: int = 0  # in UTF-16 units, as entity offsets count
    open_tags: list[tuple[str, int, Entity | None]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.length += utf16_length(text)


def utf16_length(text: str) -> int:
    """Count as entity offsets do."""
    return len(text.encode("utf-16-le")) // 2


def format_text(raw: str, *, parse_mode: str | None, entities: list[Entity] | None) -> Formatted:
    """Turn what a bot sent into what the screen shows, or raise TextRefusedError. Lengths are left to `check_length`."""
    try:
        size = len(raw.encode())
    except UnicodeEncodeError:
        raise TextRefusedError("strings must be encoded in UTF-8") from None
    if size > MAX_RAW_BYTES:
        raise TextRefusedError("text is too long")
    oddities: tuple[str, ...] = ()
    if not parse_mode:
        text, own = raw, _checked_entities(raw, entities or [])
    elif parse_mode.lower() == "html":
        text, own = parse_html(raw)
        oddities = tuple(f"{m[0]} is shown as typed" for m in _UNKNOWN_REFERENCE.finditer(raw))
    else:
        raise TextRefusedError("unsupported parse_mode")
    text, own = _trimmed(text.replace("\r", ""), own)
    return Formatted(text=text, entities=(*own, *_automatic_entities(text, own)), oddities=oddities)


def check_length(text: str, *, limit: int, what: str) -> None:
    """Refuse more than `limit` code points, counted after parsing."""
    if len(text) > limit:
        raise TextRefusedError(f"{what} is too long")


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Read Telegram's HTML; raise TextRefusedError with the byte offset, as the server does."""
    out, at = _Output(), 0
    while at < len(source):
        reference = _REFERENCE.match(source, at)
        if reference:
            out.write(_character(reference))
            at = reference.end()
        elif source.startswith("</", at):
            at = _close_tag(source, at, out)
        elif source[at] == "<":
            at = _open_tag(source, at, out)
        else:
            plain = _PLAIN.match(source, at)
            out.write(plain[0] if plain else source[at])
            at = plain.end() if plain else at + 1
    if out.open_tags:
        raise TextRefusedError(
            f"can't parse entities: Can't find end tag corresponding to start tag \"{out.open_tags[-1][0]}\""
        )
    return "".join(out.parts), sorted(out.entities, key=lambda e: (e["offset"], -e["length"]))


def _character(reference: re.Match[str]) -> str:
    name, decimal, hexadecimal = reference.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else reference[0]


def _refuse(source: str, at: int, why: str, after: str = "") -> NoReturn:
    raise TextRefusedError(f"can't parse entities: {why} at byte offset {len(source[:at].encode())}{after}")


def _close_tag(source: str, at: int, out: _Output) -> int:
    end_tag = _END_TAG.match(source, at)
    if end_tag is None:
        _refuse(source, at, "Unclosed end tag")
    if not out.open_tags:
        _refuse(source, at, "Unexpected end tag")
    name, start, entity = out.open_tags.pop()
    if end_tag[1] and end_tag[1].lower() != name:
        _refuse(source, at, "Unmatched end tag", f', expected "</{name}>", found "</{end_tag[1]}>"')
    if entity is not None and out.length > start:
        out.entities.append({**entity, "offset": start, "length": out.length - start})
    return end_tag.end()


def _open_tag(source: str, at: int, out: _Output) -> int:
    found = _START_NAME.match(source, at)
    name = found[1].lower() if found else ""
    if found is None or name not in TAGS:
        _refuse(source, at, f'Unsupported start tag "{name}"')
    attributes, end = {}, found.end()
    while attribute := _ATTRIBUTE.match(source, end):
        key, *values = attribute.groups()
        attributes[key.lower()] = next((value for value in values if value is not None), "")
        end = attribute.end()
    closing = re.compile(r"\s*>").match(source, end)
    if closing is None:
        _refuse(source, at, "Unclosed start tag")
    if name == "span" and attributes.get("class") != "tg-spoiler":
        _refuse(source, at, 'Tag "span" must have class "tg-spoiler"')
    out.open_tags.append((name, out.length, _entity_of(name, attributes)))
    return closing.end()


def _entity_of(name: str, attributes: dict[str, str]) -> Entity | None:
    person = re.fullmatch(r"tg://user\?id=(\d{1,15})", attributes.get("href", ""))
    if name == "a" and person:  # a mention without a user name; the world knows whether the bot has met them
        return {"type": "text_mention", "user": {"id": int(person[1])}}
    if name == "a":
        return {"type": "text_link", "url": attributes["href"]} if attributes.get("href") else None
    if name == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    return {"type": TAGS[name]}


def _checked_entities(text: str, entities: list[Entity]) -> list[Entity]:
    length = utf16_length(text)
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > length:
            raise TextRefusedError(
                f"entity beginning at UTF-16 offset {entity['offset']} ends after the end of the text"
            )
    return list(entities)


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    text = text.strip()
    length = utf16_length(text)
    kept = []
    for entity in entities:
        start = min(max(entity["offset"] - lead, 0), length)
        end = min(max(entity["offset"] + entity["length"] - lead, 0), length)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, kept


def _automatic_entities(text: str, own: list[Entity]) -> Iterator[Entity]:
    taken = [
        (e["offset"], e["offset"] + e["length"])
        for e in own
        if e["type"] in ("code", "pre", "text_link", "text_mention")
    ]
    for kind, pattern in _AUTOMATIC:
        for match in pattern.finditer(text):
            start, end = utf16_length(text[: match.start()]), utf16_length(text[: match.end()])
            if any(start < to and since < end for since, to in taken):
                continue
            taken.append((start, end))
            yield {"type": kind, "offset": start, "length": end - start}
