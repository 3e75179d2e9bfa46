"""Reading a result against its date: what is said of it, and the two dates or durations people name instead."""

import re
from collections.abc import Sequence

from survey.reading.lexicon import Lexicon
from survey.reading.numerals import value_of
from survey.reading.plans import Plan
from survey.reading.tokens import Token

_DAY = r"(thu|mung|mong|ngay|hom|bua) (\d+)"
_TWO_DAYS = re.compile(rf"\bhen (?:\w+ )?{_DAY}(?: thang \d+)?\b(.*?)\b{_DAY}\b(.*)")
_TWO_SPANS = re.compile(
    r"\bhen (?:\w+ )?(\d+) (ngay|bua|hom|tuan|thang|buoi)\b(.*?)\b(\d+) (ngay|bua|hom|tuan|thang|buoi)\b(.*)"
)
_SAME = {"mong": "mung", "ngay": "mung", "hom": "mung", "bua": "mung"}
_SLOW_BY = re.compile(
    r"\b(?:cham|qua|lo|lau hon|hon) (?:mat |toi |het |them |co |gan |khoang )*(\d+|may|nua|ca) (ngay|bua|hom|tuan|thang|gio|buoi)\b"
)
_EARLY_BY = re.compile(
    r"\b(?:truoc|som|som hon|nhanh hon|le hon) (?:duoc |hon |hen |toi |tan |ca |khoang )*(\d+|may|nua) (ngay|bua|hom|tuan|thang|gio|buoi)\b"
)
_NOT_EARLY = re.compile(r"\b(khong|chua|tre|muon|cham|moi)\b")
_NO = re.compile(r"\b(khong|chua|nhanh|som)\b")


def compare_dates(tokens: Sequence[Token], lexicon: Lexicon) -> str | None:
    """Return early, on_time or late when `tokens` name the date promised and the date it came, None otherwise."""
    text = _plain(tokens, lexicon)
    days = _TWO_DAYS.search(text)
    if days and _SAME.get(days[1], days[1]) == _SAME.get(days[4], days[4]):
        return _compare(int(days[2]), int(days[5]), days[3] + days[6])
    spans = _TWO_SPANS.search(text)
    if spans and _same_unit(spans[2], spans[5]):
        return _compare(int(spans[1]), int(spans[4]), spans[3] + spans[6])
    if _SLOW_BY.search(text) and not _NO.search(text) and "hen" not in text.split()[:1]:
        return "late"
    if _EARLY_BY.search(text) and not _NOT_EARLY.search(text):
        return "early"
    return None


def is_dated(plan: Plan) -> bool:
    """Whether `plan` asks about a date."""
    return {"early", "on_time", "late"} <= set(plan.numbers)


def _compare(promised: int, came: int, said: str) -> str | None:
    words = set(said.split())
    if {"tre", "som", "dung", "khong", "chua", "sau"} & words:
        return None
    if came == promised:
        return "on_time" if "moi" not in words else None
    if came > promised:
        return "late" if not {"da", "roi"} & words else None
    return "early" if "moi" not in words else None


def _same_unit(one: str, other: str) -> bool:
    day = {"ngay", "bua", "hom", "buoi"}
    return one == other or (one in day and other in day)


def _plain(tokens: Sequence[Token], lexicon: Lexicon) -> str:
    matches = lexicon.numbers.scan(tokens)
    values = (value_of(token, place, matches) for place, token in enumerate(tokens))
    return " ".join(
        str(v) if v is not None else t.word.fold
        for v, t in zip(values, tokens, strict=True)
        if t.kind in ("word", "number")
    )
