"""Folding of Vietnamese text: what two people type differently and mean the same becomes the same string."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_STROKE = str.maketrans({"đ": "d", "Đ": "D"})


def tidy(text: str) -> str:
    """Return `text` in NFC, without control and direction characters, with its ends trimmed.

    Line breaks stay; phones send NFD, and databases refuse NUL and lone surrogates.
    """
    composed = unicodedata.normalize("NFC", text)
    kept = (
        c
        for c in composed
        if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c in "\u200d\ufe0f"
    )
    return "".join(kept).strip()


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, full-width forms or doubled spaces ("Đúng  HẸN" → "dung hen")."""
    wide = unicodedata.normalize("NFKC", text).translate(_STROKE)
    plain = "".join(c for c in unicodedata.normalize("NFD", wide) if not unicodedata.combining(c))
    return _SPACES.sub(" ", plain.casefold()).strip()


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line, cut at a word to at most `limit` characters, the last an ellipsis when something went."""
    line = _SPACES.sub(" ", text).strip()
    if len(line) <= limit:
        return line
    cut = line[: max(limit - 1, 1)]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > limit // 2 else cut).rstrip(" ,.;:") + "…"
