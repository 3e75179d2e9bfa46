"""What reading needs to know of one question: its labels, its scale, what it is about, its closed vocabulary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from survey.reading.lexicon import Lexicon, Scale
from survey.reading.phrases import PhraseBook, longest
from survey.reading.tokens import tidy_text, tokenise

_FACT_KEYS = {"yes", "no"}
_SHORTEST_MENDED = 4


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
    vocabulary: frozenset[str]  # folded words worth mending a typo for

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
    words = set(labels.vocabulary)
    if scale:
        words.update(scale.book.vocabulary)
    is_source = set(numbers) == set(lexicon.source_steps)
    if is_source:
        words.update(lexicon.sources.vocabulary)
    return Plan(
        key=question.key,
        numbers=numbers,
        labels=labels,
        scale=scale,
        is_fact=set(numbers) == _FACT_KEYS,
        is_source=is_source,
        topics=_topics(question, lexicon),
        vocabulary=frozenset(word for word in words if len(word) >= _SHORTEST_MENDED),
    )


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
