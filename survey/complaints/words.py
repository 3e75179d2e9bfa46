"""What staff type: short commands for chats without buttons, and the forms in which numbers and days are written. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from survey.folding import fold

_VERBS = {  # folded words → what they ask for; the longest that fits is taken
    "nhan": "claim",
    "nhan xu ly": "claim",
    "tra loi": "reply",
    "giai quyet": "resolve",
    "da giai quyet": "resolve",
    "chuyen": "escalate",
    "chuyen cap tren": "escalate",
    "tra lai": "back",
    "hen": "promise",
    "ghi chu": "note",
    "hoi": "ask",
    "hoi them": "ask",
    "mau": "template",
    "mo lai": "reopen",
    "lich su": "history",
    "xem": "show",
    "xem du": "full",
    "khieu nai": "refer",
    "to cao": "refer",
    "danh sach": "list",
    "giup": "help",
    "huong dan": "help",
}
_LONGEST_NAME = 60
_BARE = {"list", "help"}  # make sense without a case
_LONGEST = max(len(verb.split()) for verb in _VERBS)
_NUMBER = re.compile(r"^\s*#?pa[-\s_.]*(\d{4})[-\s_.]*(\d{1,6})\b[\s:,.;–-]*", re.IGNORECASE)
_DAY = re.compile(r"^\s*(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?\s*$")
_SPAN = re.compile(r"^\s*(\d{1,2})\s*ngay")
_PARTS = re.compile(r"\s*[;|\n]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: what is asked for, of which case ("" when none is named), and what follows."""

    verb: str
    number: str = ""
    rest: str = ""


def read_command(text: str, *, is_answer: bool) -> Command | None:
    """Return the command that `text` is, None when it is plain words.

    A command names its case ("nhan PA-2026-0012"), or begins with a slash, or is nothing but a verb. In an answer to a
    card words are meant for the citizen: there only a bare verb, a slash or a named case makes a command.
    """
    stripped = text.strip()
    has_slash = stripped.startswith("/")
    words = stripped.lstrip("/").split()
    for count in range(min(_LONGEST, len(words)), 0, -1):
        head = fold(" ".join(words[:count])).rstrip(":")
        verb = _VERBS.get(head) or _VERBS.get(head.replace("_", " "))
        if verb is None:
            continue
        rest = _after(stripped.lstrip("/"), count)
        found = _NUMBER.match(rest)
        if found is not None:
            number = f"PA-{found[1]}-{int(found[2]):04}"
            return Command(verb=verb, number=number, rest=rest[found.end() :].strip())
        is_bare = not rest.strip(" .!")
        if has_slash or (is_bare and (is_answer or verb in _BARE)):
            return Command(verb=verb, rest=rest.strip(" :"))
        if is_answer and verb == "note" and rest.lstrip().startswith(":"):
            return Command(verb=verb, rest=rest.strip(" :"))
    return None


def read_day(text: str, today: date) -> date | None:
    """Return the day that "25/12", "25/12/2026" or "3 ngày" names, the next such day without a year; None otherwise."""
    found = _DAY.match(text)
    if found is None:
        span = _SPAN.match(fold(text))
        return today + timedelta(days=int(span[1])) if span else None
    day, month, year = int(found[1]), int(found[2]), int(found[3] or today.year)
    try:
        named = date(year, month, day)
        return named if found[3] or named > today else date(year + 1, month, day)
    except ValueError:
        return None


def read_parts(text: str) -> list[str]:
    """Return the parts of "cause; action"."""
    return [part for part in _PARTS.split(text.strip(), maxsplit=1) if part]


def pick(text: str, keys: tuple[str, ...], labels: tuple[str, ...]) -> str | None:
    """Return the key of a short list that `text` names by number or label, None when it is words of their own."""
    said = fold(text).strip(" .")
    if said.isdigit() and 1 <= int(said) <= len(keys):
        return keys[int(said) - 1]
    return next((key for key, label in zip(keys, labels, strict=True) if fold(label) == said), None)


def clean_name(name: str) -> str:
    """Return what colleagues see of a person's name: nothing in it can be a link, a mention or a command."""
    kept = "".join(
        letter if letter.isalnum() or letter in " -'’" or unicodedata.combining(letter) else " "
        for letter in name
    )
    return " ".join(kept.split())[:_LONGEST_NAME] or "?"


def _after(text: str, count: int) -> str:
    """Return what follows the first `count` words."""
    found = re.match(rf"\s*(?:\S+\s*){{{count}}}", text)
    if found is None:
        return ""
    colon = ":" if found[0].rstrip().endswith(":") else ""
    return colon + text[found.end() :]
