"""Phrases of the tables, found in tokens: letters must agree, accents may be missing, half typed or harmlessly wrong."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from survey.reading.syllables import Word, parse_word
from survey.reading.tokens import Token

BARE = 2  # no accent was typed
_FEW = 2  # words: among more, "la" without accents anywhere may be "là"


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: tokens start … end-1, and what the phrase stands for."""

    start: int
    end: int
    tag: str
    accents: int  # how well the accents agree: 3 exact … 0 wrong but harmless


class PhraseBook:
    """Phrases with their tags, indexed by first word."""

    def __init__(
        self,
        phrases: Mapping[str, Iterable[str]],
        real_words: frozenset[tuple[str, str]],
        needs_accents: frozenset[tuple[Word, ...]] = frozenset(),
    ) -> None:
        """Index `phrases` (tag → phrases); `real_words` are accented words never taken for a misspelt other one;
        `needs_accents` are phrases that are read only with their accents."""
        self._real_words = real_words
        self._needs_accents = needs_accents
        self._by_first: dict[str, list[tuple[tuple[Word, ...], str]]] = defaultdict(list)
        # The same, single words apart from longer phrases by their first two: what may begin at a token is few.
        self._single: dict[str, list[tuple[tuple[Word, ...], str]]] = defaultdict(list)
        self._longer: dict[tuple[str, str], list[tuple[tuple[Word, ...], str]]] = defaultdict(list)
        self._last: tuple[Sequence[Token], list[Match]] = ((), [])
        for tag, texts in phrases.items():
            for text in texts:
                self.add(tuple(parse_word(word) for word in text.split()), tag)

    def add(self, words: tuple[Word, ...], tag: str) -> None:
        """Index one more phrase, already taken apart."""
        self._by_first[words[0].fold].append((words, tag))
        if len(words) == 1:
            self._single[words[0].fold].append((words, tag))
        else:
            self._longer[words[0].fold, words[1].fold].append((words, tag))
        self._last = ((), [])

    def scan(self, tokens: Sequence[Token]) -> list[Match]:
        """Return every phrase found, by start, the longer first; phrases never reach over a break."""
        last, found = self._last
        if last is tokens and isinstance(tokens, tuple):  # the words of a clause are scanned by many rules
            return list(found)
        found = []
        is_bare = len(tokens) > _FEW and all(token.word.is_bare for token in tokens)
        folds = [token.word.fold for token in tokens]
        for start, fold in enumerate(folds):
            longer = self._longer.get((fold, folds[start + 1]), ()) if start + 1 < len(folds) else ()
            for words, tag in (*self._single.get(fold, ()), *longer):
                accents = self._agree(tokens, start, words)
                if accents >= 0 and not ((accents == BARE or is_bare) and self._is_risky(words)):
                    found.append(Match(start, start + len(words), tag, accents))
        found.sort(key=lambda m: (m.start, -m.end, -m.accents))
        if isinstance(tokens, tuple):
            self._last = (tokens, list(found))
        return found

    def phrases(self, *tags: str) -> list[tuple[Word, ...]]:
        """Return every phrase, of `tags` only if given."""
        return [words for rows in self._by_first.values() for words, tag in rows if not tags or tag in tags]

    def _is_risky(self, words: tuple[Word, ...]) -> bool:
        return words in self._needs_accents

    def _agree(self, tokens: Sequence[Token], start: int, words: tuple[Word, ...]) -> int:
        if start + len(words) > len(tokens):
            return -1
        worst = 3
        for offset, word in enumerate(words):
            token = tokens[start + offset]
            if token.word.fold != word.fold or token.kind == "break":
                return -1
            worst = min(worst, self._accents(token.word, word))
            if worst < 0:
                return -1
        return -1 if len(words) == 1 and worst == 0 else worst  # one word with other accents is another word

    def _accents(self, typed: Word, wanted: Word) -> int:
        if typed == wanted:
            return 3
        if typed.is_bare:
            return BARE
        if (typed.hatted, typed.tone) in self._real_words:
            return -1
        if typed.tone in ("", wanted.tone) and all(
            t in (w, f) for t, w, f in zip(typed.hatted, wanted.hatted, wanted.fold, strict=True)
        ):
            return 1
        return 0


def longest(matches: Iterable[Match]) -> list[Match]:
    """Return the matches that do not overlap, from the left, the longest and best accented first."""
    kept: list[Match] = []
    for match in matches:
        if not kept or match.start >= kept[-1].end:
            kept.append(match)
    return kept


def words_of(phrases: Iterable[str]) -> Iterable[Word]:
    """Return every word of `phrases`, taken apart."""
    return (parse_word(word) for phrase in phrases for word in phrase.split())
