"""Weighing the words of a comment, for what no rule has foreseen: stories without a keyword, new ways of saying an old thing.

Every trait (a word, two neighbours, two words around a third, a word after a denial or at the end, how much was written, what the rules
found) has two weights in words.yaml: how much it speaks for attention, how much for something critical. They are added up.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from survey.reading.syllables import Word, parse_word
from survey.reading.table_reader import Table
from survey.reading.tokens import Token

_DENIALS = frozenset({"khong", "chua", "chang", "cha", "dau", "khoi", "dung", "no", "not", "het", "mo"})
_REACH = 4  # words after a denial
_END = 6  # words that may say how a story ended
_LENGTHS = (1, 3, 6, 10, 16, 24)
_SUM = re.compile(r"^\d+([.,]\d+)*(k|tr)$|^\d{1,3}([.,]000)+d?$")  # 50k, 2tr, 100.000
_HOUR = re.compile(r"^\d{1,2}h|^\d{1,2}:\d")
_QUOTES = frozenset('"“”«»')
_SCALE = 100  # the table holds hundredths
_SHOWN = 4  # traits named in an explanation
_COLUMNS = 3

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """What traits weigh: (for attention, for critical)."""

    base: Pair
    traits: Mapping[str, Pair]


@dataclass(frozen=True, slots=True)
class Weighing:
    """The two sums, and the traits that weighed most."""

    attention: float
    critical: float
    words: tuple[str, ...] = ()


def weigh(tokens: Sequence[Token], findings: Set[str], weights: Weights) -> Weighing:
    """Add up the weights of `tokens` and of the rules' `findings`."""
    traits = traits_of(tokens) | findings
    rows = [(trait, weights.traits[trait]) for trait in traits if trait in weights.traits]
    attention = weights.base[0] + sum(pair[0] for _, pair in rows)
    critical = weights.base[1] + sum(pair[1] for _, pair in rows)
    sign = 1 if attention > 0 else -1
    rows.sort(key=lambda row: (-sign * (row[1][0] + row[1][1]), row[0]))
    return Weighing(attention, critical, tuple(trait.lstrip("=") for trait, _ in rows[:_SHOWN]))


def traits_of(tokens: Sequence[Token]) -> set[str]:
    """Return the traits of `tokens` as words.yaml names them; accented words carry "=" here."""
    found: set[str] = set()
    names: list[str] = []
    for run in filter(None, _runs(tokens)):
        names = [_name(token) for token in run]
        found.update(names)
        found.update(
            _accented(token.word) for token in run if token.kind == "word" and not token.word.is_bare
        )
        found.update(f"{a} {b}" for a, b in pairwise(names))
        found.update(f"{a} * {b}" for a, b in zip(names, names[2:], strict=False))
        for place, name in enumerate(names):
            if name in _DENIALS:
                found.update(f"not {after}" for after in names[place + 1 : place + 1 + _REACH])
    found.update(f"{name} at the end" for name in names[-_END:])
    breaks = {char for token in tokens if token.kind == "break" for char in token.word.fold}
    if breaks & _QUOTES:
        found.add("<quotes>")
    if "?" in breaks:
        found.add("<question>")
    count = sum(token.kind != "break" for token in tokens)
    found.update(f"<over {length} words>" for length in _LENGTHS if count > length)
    return found


def read_weights(table: Table) -> Weights:
    """Check and index words.yaml; faults go to the problems of `table`."""
    traits: dict[str, Pair] = {}
    for number, line in enumerate((table.text("words") or "").splitlines(), 1):
        parts = line.split(None, _COLUMNS - 1)
        if len(parts) != _COLUMNS or not all(_is_number(part) for part in parts[:-1]):
            table.problems.append(
                f"{table.place}.words, line {number}: must be two whole numbers and a trait"
            )
            continue
        traits[_key(parts[2])] = (int(parts[0]) / _SCALE, int(parts[1]) / _SCALE)
    return Weights(_pair(table.at("base")), traits)


def _runs(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Words between two breaks."""
    run: list[Token] = []
    for token in tokens:
        if token.kind == "break":
            yield run
            run = []
        else:
            run.append(token)
    yield run


def _name(token: Token) -> str:
    if token.kind != "number":
        return token.word.fold
    if _SUM.match(token.word.fold):
        return "<sum>"
    return "<hour>" if _HOUR.match(token.word.fold) else "<number>"


def _accented(word: Word) -> str:
    return f"={word.hatted}{word.tone}"


def _key(trait: str) -> str:
    """A word with accents is indexed as it is found: apart from its plain letters."""
    word = parse_word(trait)
    return trait if word.is_bare or " " in trait else _accented(word)


def _is_number(part: str) -> bool:
    return part.lstrip("+-").isdigit()


def _pair(table: Table) -> Pair:
    row = {name: table.rows.get(name) for name in ("attention", "critical")}
    for name, value in row.items():
        if not isinstance(value, int):
            table.problems.append(f"{table.place}.{name}: must be a whole number, is {value!r}")
    attention, critical = (value / _SCALE if isinstance(value, int) else 0.0 for value in row.values())
    return attention, critical
