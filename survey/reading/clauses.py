"""Messages cut into clauses: at punctuation, at "nhưng", at "vì"; corrections keep only what was meant last."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey.reading.lexicon import Lexicon
from survey.reading.phrases import Match
from survey.reading.tokens import Token

_DENIALS = frozenset({"khong", "chua", "dau", "not", "dung"})  # "không lúc nào đúng hẹn" stays one clause
_OPENINGS = frozenset({"contrast", "reason"})


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that belong together, what opened them, and the markers among them."""

    tokens: tuple[Token, ...]
    opening: str  # "", contrast or reason
    marks: tuple[Match, ...]  # matches of the marker book, by start, longest first
    is_question: bool  # a question mark follows

    def spans(self, *tags: str) -> list[Match]:
        """Return the marks that carry one of `tags`."""
        return [mark for mark in self.marks if mark.tag in tags]

    def has(self, *tags: str) -> bool:
        """Whether a mark of `tags` is there and no harmless phrase covers it."""
        return bool(self.live(*tags))

    def live(self, *tags: str) -> list[Match]:
        """Return the marks of `tags` that no harmless phrase covers."""
        covers = self.spans("harmless")
        return [
            m for m in self.spans(*tags) if not any(c.start <= m.start and m.end <= c.end for c in covers)
        ]

    def rest(self, *tags: str) -> list[int]:
        """Return the places of words and numbers that no mark of `tags` covers."""
        covered = {place for mark in self.spans(*tags) for place in range(mark.start, mark.end)}
        return [
            i for i, token in enumerate(self.tokens) if i not in covered and token.kind in ("word", "number")
        ]


def split_clauses(tokens: Sequence[Token], lexicon: Lexicon) -> list[Clause]:
    """Return the clauses of `tokens`, in order; empty ones are left out."""
    clauses: list[Clause] = []
    opening, start = "", 0
    marks = lexicon.markers.scan(tokens)
    whole = [
        m for m in marks if m.tag in ("harmless", "hedge", "wish", "doubt_after", "refusal", "strong_after")
    ]
    cuts = {
        m.start: m
        for m in reversed(marks)
        if m.tag in _OPENINGS and not any(w.start < m.start < w.end for w in whole)
    }
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.kind == "break":
            _add(clauses, tokens[start:place], opening, "?" in token.word.fold, lexicon)
            opening, start, place = "", place + 1, place + 1
            continue
        cut = cuts.get(place)
        if cut and _is_cut(cut, tokens, start):
            _add(clauses, tokens[start:place], opening, False, lexicon)
            opening, start, place = cut.tag, cut.end, cut.end
            continue
        place += 1
    _add(clauses, tokens[start:], opening, False, lexicon)
    return clauses


def _is_cut(cut: Match, tokens: Sequence[Token], start: int) -> bool:
    """A final "mà" or "rồi" is a sigh; so is one right before a break."""
    if cut.end >= len(tokens) or tokens[cut.end].kind in ("break", "emoji"):
        return False
    weak = tokens[cut.start].word.fold in {
        "ma",
        "chu",
        "cho",
        "roi",
        "de",
        "luc",
        "khi",
        "hoi",
        "moi",
        "do",
        "tai",
        "nen",
        "song",
        "tuy",
    }
    if weak and cut.end - cut.start == 1:
        typed = tokens[cut.start].word
        unaccented_homograph = typed.is_bare and typed.fold in {
            "cho",
            "de",
            "do",
            "tai",
            "hoi",
            "moi",
            "song",
            "chu",
            "luc",
            "khi",
            "roi",
            "tuy",
        }
        is_denied = cut.start > start and tokens[cut.start - 1].word.fold in _DENIALS
        return cut.start > start and not unaccented_homograph and not is_denied
    return True


def _add(
    clauses: list[Clause], tokens: Sequence[Token], opening: str, is_question: bool, lexicon: Lexicon
) -> None:
    if any(token.kind != "break" for token in tokens):
        kept = tuple(tokens)
        clauses.append(Clause(kept, opening, tuple(lexicon.markers.scan(kept)), is_question))
