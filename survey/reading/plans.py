"""What reading needs to know of one question: its labels, its scale, what it is about, its closed vocabulary."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from survey.reading.lexicon import Lexicon, Scale
from survey.reading.phrases import PhraseBook, longest, words_of
from survey.reading.syllables import Word
from survey.reading.tokens import tidy_text, tokenise

_FACT_KEYS = {"yes", "no"}
_SHORTEST_MENDED = 3
_STEERS = ("negation", "strong_before", "strong_after", "mild_before")


class OptionLike(Protocol):
    """An option as `survey.questions` has it."""

    @property
    def number(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def label(self) -> Mapping[str, str]: ...


class ChoiceLike(Protocol):
    """A question as `survey.questions` has it; typed here so that it may import this package."""

    @property
    def key(self) -> str: ...
    @property
    def subject(self) -> Mapping[str, str]: ...
    @property
    def text(self) -> Mapping[str, str]: ...
    @property
    def options(self) -> Sequence[OptionLike]: ...
    @property
    def is_fact(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """One question, prepared for reading."""

    key: str
    numbers: Mapping[str, int]  # option key → number
    labels: PhraseBook  # every label in every language; the tags are option numbers
    scale: Scale | None
    is_fact: bool
    is_source: bool
    topics: frozenset[str]
    vocabulary: frozenset[str]  # folded words of the question, longer than a sigh
    words: frozenset[
        Word
    ]  # the same with their accents, and what strengthens and denies: worth mending a typo for
    phrases: tuple[tuple[Word, ...], ...]  # labels and words of the scale, the longer first
    phrase_words: frozenset[Word]
    merged: Mapping[str, tuple[Word, ...]]  # phrases of several words without their spaces
    anchors: Mapping[
        str, tuple[tuple[tuple[Word, ...], int], ...]
    ]  # folded word → phrases that hold it, and where
    label_phrases: frozenset[tuple[Word, ...]]
    text: frozenset[str]  # folded words of the question itself

    @property
    def size(self) -> int:
        """How many options there are."""
        return len(self.numbers)

    def number_at(self, step: int) -> int | None:
        """The option number at `step` (1 = best) of the scale."""
        return self.numbers.get(self.scale.steps[step - 1]) if self.scale else None


def find_plan(question: ChoiceLike, lexicon: Lexicon) -> Plan:
    """Return the plan of `question`, prepared once for each lexicon."""
    shelved = lexicon.shelf.get(id(question))
    if (
        isinstance(shelved, tuple) and shelved[0] is question
    ):  # the shelf keeps the question, so its id stays its own
        return shelved[1]  # type: ignore[no-any-return]  # the shelf is filled three lines below
    plan = build_plan(question, lexicon)
    lexicon.shelf[id(question)] = (question, plan)
    return plan


def build_plan(question: ChoiceLike, lexicon: Lexicon) -> Plan:
    """Prepare `question`."""
    numbers = {option.key: option.number for option in question.options}
    labels = _label_book(question, lexicon)
    scale = next((s for s in lexicon.scales if set(s.steps) == set(numbers)), None)
    books = [labels, *([scale.book] if scale else [])]
    phrases = {phrase for book in books for phrase in book.phrases()}
    is_source = set(numbers) == set(lexicon.source_steps)
    if is_source:
        books.append(lexicon.sources)
    if set(numbers) == _FACT_KEYS:
        books.append(lexicon.facts)
    words = {word for book in books for phrase in book.phrases() for word in phrase}
    words.update(word for phrase in lexicon.markers.phrases(*_STEERS) for word in phrase)
    words = {word for word in words if len(word.fold) >= _SHORTEST_MENDED}
    return Plan(
        key=question.key,
        numbers=numbers,
        labels=labels,
        scale=scale,
        is_fact=set(numbers) == _FACT_KEYS,
        is_source=is_source,
        topics=_topics(question, lexicon),
        vocabulary=frozenset(word.fold for word in words),
        words=frozenset(words),
        phrases=tuple(sorted(phrases, key=lambda phrase: (-len(phrase), str(phrase)))),
        merged={"".join(word.fold for word in phrase): phrase for phrase in phrases if len(phrase) > 1},
        phrase_words=frozenset(word for phrase in phrases for word in phrase),
        anchors=_anchors(phrases),
        label_phrases=frozenset(labels.phrases()),
        text=frozenset(word.fold for word in words_of([*question.subject.values(), *question.text.values()])),
    )


def _anchors(phrases: Iterable[tuple[Word, ...]]) -> dict[str, tuple[tuple[tuple[Word, ...], int], ...]]:
    found: dict[str, list[tuple[tuple[Word, ...], int]]] = defaultdict(list)
    for phrase in sorted(phrases, key=str):
        for place, word in enumerate(phrase):
            found[word.fold].append((phrase, place))
    return {fold: tuple(rows) for fold, rows in found.items()}


def _label_book(question: ChoiceLike, lexicon: Lexicon) -> PhraseBook:
    book = PhraseBook({}, lexicon.real_words)
    for option in question.options:
        for label in option.label.values():
            for form in (label, label.partition("(")[0]):
                words = tuple(
                    t.word for t in tokenise(tidy_text(form), lexicon) if t.kind in ("word", "number")
                )
                if words:
                    book.add(words, str(option.number))
    return book


def _topics(question: ChoiceLike, lexicon: Lexicon) -> frozenset[str]:
    found: set[str] = set()
    for text in (*question.subject.values(), *question.text.values()):
        tokens = tokenise(tidy_text(text), lexicon)
        matches = lexicon.topics.scan(tokens)
        spans = {(m.start, m.end) for m in longest(matches)}
        found.update(m.tag for m in matches if (m.start, m.end) in spans)
    return frozenset(found)
