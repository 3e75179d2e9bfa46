"""From typed text to tokens: words with their place in the text, numbers, emoji, breaks. Spelling is mended here."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from survey.folding import tidy
from survey.reading.syllables import Word, decode_telex, decode_vni, is_syllable, parse_word, undouble

Kind = Literal["word", "number", "emoji", "break"]

_PARTS = re.compile(
    r"(?i)(?P<number>\d+(?:(?:[.,]\d+)?\s?/\s?\d+|(?:[.,]\d+)+)?(?:(?:k|tr|đ|d|vnd|vnđ|h|%)(?!\w))?)"
    r"|(?P<word>(?<!\w)[^\W\d_]/[^\W\d_](?!\w)|[^\W\d_](?:[\w\u0300-\u036f']*[^\W_])?)"
    r"|(?P<break>[,.;:!?…\n()\[\]\-–—~\"“”«»|+=/*]+)"
    r"|(?P<emoji>[^\s\w])"
)
_MANY = re.compile(r"([^\W\d_])\1{2,}")
_STAR = re.compile(r"(?<=\d)\*(?!\*)")  # "5*" is five stars
_FACES = {":((": "☹", ":(": "☹", ":))": "☺", ":)": "☺", "=))": "☺", ":v": "☺", "^^": "☺", "<3": "♥"}
_FACE = re.compile("|".join(re.escape(face) for face in sorted(_FACES, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text; `word.fold` of a number, emoji or break is the piece itself."""

    kind: Kind
    word: Word
    start: int
    end: int
    is_mended: bool = False


class Spelling(Protocol):
    """What the tokeniser needs of the lexicon."""

    @property
    def known(self) -> frozenset[str]: ...
    @property
    def spellings(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def rewrites(self) -> Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]: ...


def tidy_text(text: str) -> str:
    """Return `text` as it is tokenised: NFC, digits of every form as 0–9, same length per sign."""
    plain = "".join(_digit(char) for char in tidy(text) if char not in "\ufe0f\u20e3\u200d")
    return _STAR.sub("★", plain.replace("’", "'"))


def tokenise(text: str, spelling: Spelling) -> list[Token]:
    """Return the tokens of `text` (from `tidy_text`) in standard spelling; offsets point into `text`."""
    faces = _FACE.sub(lambda m: _FACES[m[0]].ljust(len(m[0])), text)
    tokens: list[Token] = []
    for part in _PARTS.finditer(faces):
        kind, piece = _kind(part), part[0]
        if kind != "word":
            plain = re.sub(r"\s", "", piece) or "\n"
            tokens.append(Token(kind, Word(plain, plain, ""), part.start(), part.end()))
            continue
        tokens.extend(Token("word", word, part.start(), part.end()) for word in _mend(piece, spelling))
    return _rewrite(tokens, spelling)


def _kind(part: re.Match[str]) -> Kind:
    if part["number"]:
        return "number"
    if part["word"]:
        return "word"
    return "break" if part["break"] else "emoji"


def _digit(char: str) -> str:
    if char.isascii() or not (char.isdigit() or char.isnumeric()):
        return unicodedata.normalize("NFKC", char) if "\uff01" <= char <= "\uff5e" else char
    plain = unicodedata.normalize("NFKC", char)
    if plain.isascii() and plain.isdigit() and len(plain) == 1:
        return plain
    value = unicodedata.digit(char, -1)
    return str(value) if 0 <= value <= 9 else char


def _mend(piece: str, spelling: Spelling) -> list[Word]:
    """Return the standard words for one typed word: the spelling table, then keystrokes, then doubled letters."""
    lower = piece.casefold()
    if lower not in spelling.spellings:
        lower = _MANY.sub(r"\1", lower)
    if lower in spelling.spellings:
        return [parse_word(word) for word in spelling.spellings[lower]]
    word = parse_word(lower)
    if word.fold in spelling.known:
        return [word]
    for candidate in (
        decode_vni(word),
        None if is_syllable(word.fold) else decode_telex(word),
        undouble(word),
    ):
        if candidate is None or candidate == word:
            continue
        if candidate.fold in spelling.known:
            return [candidate]
        if candidate.fold in spelling.spellings:
            return [parse_word(w) for w in spelling.spellings[candidate.fold]]
        decoded = decode_telex(candidate)
        if decoded is not None and decoded.fold in spelling.known and not is_syllable(candidate.fold):
            return [decoded]
    return [word]


def _rewrite(tokens: list[Token], spelling: Spelling) -> list[Token]:
    """Replace phrases whose spelling only together is clear ("ko bt" → không biết)."""
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        for old, new in spelling.rewrites.get(tokens[place].word.fold, ()):
            here = tokens[place : place + len(old)]
            if len(here) == len(old) and all(_is_same(t, o) for t, o in zip(here, old, strict=True)):
                result.extend(
                    replace(here[0], kind="word", word=parse_word(w), end=here[-1].end) for w in new
                )
                place += len(old)
                break
        else:
            result.append(tokens[place])
            place += 1
    return result


def _is_same(token: Token, wanted: str) -> bool:
    word = parse_word(wanted)
    return token.word.fold == word.fold and (token.word.is_bare or token.word == word)
