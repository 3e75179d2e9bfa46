"""The lexicon: every table of words, checked once and indexed for reading."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from survey.reading.phrases import PhraseBook, words_of
from survey.reading.syllables import parse_word
from survey.reading.table_reader import Table, TableReader
from survey.reading.weights import Weights, read_weights

FIVE = 5


class LexiconError(Exception):
    """The tables hold faults; `problems` names every one of them with its place."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Scale:
    """The words of one scale; the tags of `book` are option keys."""

    name: str
    steps: tuple[str, ...]  # best first
    not_good_is: str | None  # what "not good" means, None when it is unclear
    book: PhraseBook

    @property
    def is_graded(self) -> bool:
        """Whether it has five steps, so that "very" and scores mean something."""
        return len(self.steps) == FIVE


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that is known of words. Built once by `build_lexicon`, never changed."""

    known: frozenset[str]  # folded words of all tables
    spellings: Mapping[str, tuple[str, ...]]
    rewrites: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]
    real_words: frozenset[tuple[str, str]]  # accented words that are no misspellings
    markers: PhraseBook  # tags: sections of markers.yaml
    scales: tuple[Scale, ...]
    source_steps: tuple[str, ...]
    sources: PhraseBook  # tags: word:KEY, person:KEY, told, unclear
    facts: PhraseBook  # tags: sections of facts.yaml, happened:TOPIC
    topics: PhraseBook  # tags: topics
    numbers: PhraseBook  # tags: N for words, and the sections of numbers.yaml
    scores: Mapping[str, Mapping[str, int]]  # out_of_5, out_of_10, points → step
    controls: PhraseBook  # tags: control:NAME, one:NAME, other:NAME, meaning, light, human:asks, human:persons, human:light, stop_reason
    bare_stop_unclear: frozenset[str]  # scales on which "dung" may be "đúng"
    comments: PhraseBook  # tags: sections of comments.yaml
    several: PhraseBook  # tags: sections of several.yaml
    alarms: PhraseBook  # tags: one:NAME, other:NAME
    weights: Weights  # of the words of comments
    shelf: dict[int, object] = field(
        default_factory=dict, compare=False, repr=False
    )  # questions already prepared


def build_lexicon(tables: Mapping[str, object]) -> Lexicon:
    """Check and index `tables` (file name without ".yaml" → content). LexiconError names every fault at once."""
    read = TableReader(tables)
    spelling, markers = read.table("spelling"), read.table("markers")
    scales, sources, facts = read.table("scales"), read.table("sources"), read.table("facts")
    topics, numbers, controls, comments = (
        read.table(n) for n in ("topics", "numbers", "controls", "comments")
    )
    several, alarms = read.table("several"), read.table("alarms")
    spellings = spelling.pairs("words")
    rewrites = spelling.pairs("phrases")
    phrases = _Phrases(
        markers={name: markers.words(name) for name in _MARKERS},
        scales={
            name: {key: scales.at(name).at("words").words(key) for key in scales.at(name).words("steps")}
            for name in scales.names()
        },
        sources=_prefixed(sources),
        facts={**{name: facts.words(name) for name in _FACTS}, **_named("happened", facts.at("happened"))},
        topics={name: topics.words(name) for name in topics.names()},
        numbers=_numbers(numbers),
        controls={
            **_named("control", controls.at("controls")),
            **_named("human", controls.at("human")),
            **{
                f"{part}:{name}": controls.at("together").at(name).words(part)
                for name in controls.at("together").names()
                for part in ("one", "other")
            },
            "meaning": controls.words("meaning"),
            "light": controls.words("light"),
            "stop_reason": controls.words("stop_reason"),
        },
        several={name: several.words(name) for name in ("question", "first", "last", "all", "except")},
        comments={name: comments.words(name) for name in comments.names()},
        alarms={
            f"{part}:{name}": alarms.at(name).words(part)
            for name in alarms.names()
            for part in ("one", "other")
        },
    ).spelled(spellings)
    scores = {name: numbers.steps(name) for name in ("out_of_5", "out_of_10", "points")}
    _check_scales(scales, read)
    weights = read_weights(read.table("words"))
    if read.problems:
        raise LexiconError(read.problems)
    return _index(
        phrases,
        spellings=spellings,
        rewrites=rewrites,
        scales=scales,
        sources=sources,
        scores=scores,
        controls=controls,
        other_words=markers.words("other_words"),
        needs_accents=markers.words("needs_accents"),
        weights=weights,
    )


_MARKERS = (
    "negation", "harmless", "filler", "softening", "particle", "pronoun", "lead", "strong_before", "strong_after",
    "mild_before", "mild_after", "hedge", "wish", "doubt_after", "compared", "irony", "correction", "correction_weak",
    "confirmation",     "contrast", "reason", "refusal",
)  # fmt: skip
_FACTS = (
    "yes",
    "no",
    "after_yes",
    "after_no",
    "missing",
    "refused",
    "only_legal",
    "legal",
    "amount",
    "double",
    "beyond",
    "excused",
    "taking",
    "unclear",
)


@dataclass(frozen=True, slots=True)
class _Phrases:
    markers: Mapping[str, tuple[str, ...]]
    scales: Mapping[str, Mapping[str, tuple[str, ...]]]
    sources: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, tuple[str, ...]]
    topics: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, tuple[str, ...]]
    controls: Mapping[str, tuple[str, ...]]
    comments: Mapping[str, tuple[str, ...]]
    several: Mapping[str, tuple[str, ...]]
    alarms: Mapping[str, tuple[str, ...]]

    def spelled(self, spellings: Mapping[str, str]) -> "_Phrases":
        """Return the phrases in the spelling that replies are read in, else "chả" and "thiệt" would never be found."""

        def mend(group: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
            return {
                tag: tuple(dict.fromkeys(_spelled(phrase, spellings) for phrase in phrases))
                for tag, phrases in group.items()
            }

        return replace(
            self, markers=mend(self.markers), facts=mend(self.facts), comments=mend(self.comments), alarms=mend(self.alarms),
            controls=mend(self.controls), sources=mend(self.sources),
            scales={name: mend(group) for name, group in self.scales.items()},
        )  # fmt: skip

    def all(self) -> list[str]:
        """Every phrase of every table."""
        groups = [
            self.markers,
            self.sources,
            self.facts,
            self.topics,
            self.numbers,
            self.controls,
            self.comments,
            self.several,
            self.alarms,
            *self.scales.values(),
        ]
        return [phrase for group in groups for phrases in group.values() for phrase in phrases]


def _spelled(phrase: str, spellings: Mapping[str, str]) -> str:
    return " ".join(spellings.get(word, word) for word in phrase.split())


def _index(
    phrases: _Phrases, *, spellings: Mapping[str, str], rewrites: Mapping[str, str], scales: Table, sources: Table,
    scores: Mapping[str, Mapping[str, int]], controls: Table, other_words: tuple[str, ...], needs_accents: tuple[str, ...],
    weights: Weights,
) -> Lexicon:  # fmt: skip
    everything = [*phrases.all(), *spellings.values(), *rewrites.values(), *rewrites, *other_words]
    words = frozenset(words_of(everything))
    risky = frozenset(tuple(words_of([phrase])) for phrase in needs_accents)
    slips = frozenset(words_of(rewrites)) - frozenset(words_of([*phrases.all(), *other_words]))
    real = frozenset((word.hatted, word.tone) for word in words - slips)
    return Lexicon(
        known=frozenset(word.fold for word in words),
        spellings={wrong: tuple(right.split()) for wrong, right in spellings.items()},
        rewrites=_rewrites(rewrites),
        real_words=real,
        markers=PhraseBook(phrases.markers, real, risky),
        scales=tuple(
            Scale(
                name,
                scales.at(name).words("steps"),
                scales.at(name).text("not_good_is"),
                PhraseBook(words, real, risky),
            )
            for name, words in phrases.scales.items()
        ),
        source_steps=sources.words("steps"),
        sources=PhraseBook(phrases.sources, real, risky),
        facts=PhraseBook(phrases.facts, real, risky),
        topics=PhraseBook(phrases.topics, real, risky),
        numbers=PhraseBook(phrases.numbers, real, risky),
        scores=scores,
        controls=PhraseBook(phrases.controls, real, risky),
        bare_stop_unclear=frozenset(controls.words("bare_stop_unclear")),
        comments=PhraseBook(phrases.comments, real, risky),
        several=PhraseBook(phrases.several, real, risky),
        alarms=PhraseBook(phrases.alarms, real, risky),
        weights=weights,
    )


def _named(prefix: str, table: Table) -> dict[str, tuple[str, ...]]:
    return {f"{prefix}:{name}": table.words(name) for name in table.names()}


def _prefixed(sources: Table) -> dict[str, tuple[str, ...]]:
    return {
        **_named("word", sources.at("words")),
        **_named("person", sources.at("people")),
        "told": sources.words("told"),
        "unclear": sources.words("unclear"),
    }


def _numbers(numbers: Table) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word, number in numbers.steps("words").items():
        found[str(number)].append(str(word))
    named = ("lead", "place", "first", "last", "star", "point", "of", "both")
    return {
        **{number: tuple(words) for number, words in found.items()},
        **{name: numbers.words(name) for name in named},
    }


def _rewrites(pairs: Mapping[str, str]) -> dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]:
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = defaultdict(list)
    for old, new in pairs.items():
        words = tuple(old.split())
        found[parse_word(words[0]).fold].append((words, tuple(new.split())))
    return {first: tuple(sorted(rows, key=lambda row: -len(row[0]))) for first, rows in found.items()}


def _check_scales(scales: Table, read: TableReader) -> None:
    for name in scales.names():
        table = scales.at(name)
        steps = table.words("steps")
        seen: dict[str, str] = {}
        for key in steps:
            for phrase in table.at("words").words(key):
                if phrase in seen:
                    read.problems.append(
                        f"scales.{name}: “{phrase}” stands for both {seen[phrase]} and {key}; keep one"
                    )
                seen[phrase] = key
        wanted = table.text("not_good_is")
        if wanted is not None and wanted not in steps:
            read.problems.append(f"scales.{name}.not_good_is: {wanted} is none of {', '.join(steps)}")
