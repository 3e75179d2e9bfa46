"""Computes survey/reading/tables/words.yaml: `python -m tests.corpus.weigh [--check] [files…]`.

The weights are those of two logistic regressions (attention or none; critical or not) over the traits of every labelled
comment here, the heaviest kept. `--check` writes nothing: each corpus in turn is left out, weighed by the others, and read.
"""

import argparse
import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from survey.reading.comments import explain_comment, find_by_rules
from survey.reading.lexicon import Lexicon
from survey.reading.syllables import parse_word
from survey.reading.tokens import tidy_text, tokenise
from survey.reading.weights import Weights, traits_of
from tests.corpus.score import ATTENTION, HERE, SURVEY, Line, Score, load_lexicon, report

TABLE = SURVEY / "reading" / "tables" / "words.yaml"
KEPT = 3200  # traits in the table
RARE = 2  # comments a trait must stand in
PENALTY = 0.8
SUGGESTION = 0.3  # how much a suggestion counts as "no attention"
STEPS = 400
LEAN = (0.6, 1.5)  # towards attention, towards critical: chosen on corpora left out, see README.md
# The rules know these corpora by heart: what they find there says nothing of what they find elsewhere, and is not weighed.
KNOWN_BY_HEART = ("a_comments", "b_comments", "own_comments")


@dataclass(frozen=True)
class Texts:
    """The traits of comments and their labels."""

    traits: list[frozenset[str]]
    wants: list[str]

    def __add__(self, other: "Texts") -> "Texts":
        return Texts(self.traits + other.traits, self.wants + other.wants)


def fit(texts: Texts) -> Weights:
    """Return the weights learnt from `texts`: all traits first, then once more the heaviest alone."""
    counts = Counter(trait for traits in texts.traits for trait in traits)
    first = fit_traits(texts, [trait for trait, count in counts.items() if count >= RARE])
    weight = {
        trait: (abs(a) + abs(c)) * float(np.sqrt(counts[trait])) for trait, (a, c) in first.traits.items()
    }
    return fit_traits(texts, sorted(weight, key=lambda trait: (-weight[trait], trait))[:KEPT])


def fit_traits(texts: Texts, traits: Sequence[str]) -> Weights:
    """Return the weights of exactly `traits`."""
    index = {trait: place for place, trait in enumerate(sorted(traits))}
    pairs = [(row, index[t]) for row, found in enumerate(texts.traits) for t in sorted(found) if t in index]
    rows, columns = (np.array(side) for side in zip(*pairs, strict=True))
    counted = np.array([SUGGESTION if want == "suggestion" else 1.0 for want in texts.wants])
    attention = np.array([float(want in ATTENTION) for want in texts.wants])
    critical = np.array([float(want == "critical") for want in texts.wants])
    first, base = regress(rows, columns, attention, counted, len(index))
    second, critical_base = regress(rows, columns, critical, np.ones(len(texts.wants)), len(index))
    found = {trait: (float(first[place]), float(second[place])) for trait, place in index.items()}
    return Weights((base + LEAN[0], critical_base + LEAN[1]), found)


def regress(rows: Any, columns: Any, wanted: Any, counted: Any, width: int) -> tuple[Any, float]:
    """Logistic regression with a squared penalty, by accelerated descent. The step is safe for the data at hand."""
    size = len(wanted)
    step = 1 / (0.25 * largest(rows, columns, counted, width) * 1.05 + PENALTY)
    weights: Any = np.zeros(width)
    ahead: Any = weights
    base = base_ahead = 0.0
    pace = 1.0
    for _ in range(STEPS):
        sums = np.bincount(rows, ahead[columns], minlength=size) + base_ahead
        wrong = counted * (1 / (1 + np.exp(-sums)) - wanted)
        new = ahead - step * (np.bincount(columns, wrong[rows], minlength=width) + PENALTY * ahead)
        new_base = base_ahead - step * float(wrong.sum())
        next_pace = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        swing = (pace - 1) / next_pace
        ahead, base_ahead = new + swing * (new - weights), new_base + swing * (new_base - base)
        weights, base, pace = new, new_base, next_pace
    return weights, base


def largest(rows: Any, columns: Any, counted: Any, width: int) -> float:
    """The largest curvature of the problem, by power iteration."""
    vector: Any = np.ones(width)
    base, length = 1.0, 1.0
    for _ in range(20):
        sums = counted * (np.bincount(rows, vector[columns], minlength=len(counted)) + base)
        vector, base = np.bincount(columns, sums[rows], minlength=width), float(sums.sum())
        length = float(np.sqrt(vector @ vector + base * base))
        vector, base = vector / length, base / length
    return length


def load_comments(files: Iterable[Path]) -> dict[str, list[dict]]:
    return {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        for path in files
    }


def texts_of(corpora: Mapping[str, Iterable[dict]], lexicon: Lexicon) -> Texts:
    """Return the traits of every comment, those of the rules too where these do not know the corpus by heart."""
    texts = Texts([], [])
    for name, rows in corpora.items():
        for row in rows:
            tokens = tokenise(tidy_text(row["text"]), lexicon)
            findings = set() if name in KNOWN_BY_HEART else find_by_rules(tokens, lexicon).traits
            texts.traits.append(frozenset(traits_of(tokens) | findings))
            texts.wants.append(row["want"])
    return texts


def check(corpora: Mapping[str, list[dict]], only: Collection[str] = ()) -> dict[str, Score]:
    """Return how every corpus (or those of `only`) is read with weights learnt from the others."""
    lexicon = load_lexicon()
    texts = {name: texts_of({name: rows}, lexicon) for name, rows in corpora.items()}
    found = {}
    for name in only or corpora:
        others = sum((t for n, t in texts.items() if n != name), Texts([], []))
        reader = replace(lexicon, weights=fit(others))
        readings = [(row, explain_comment(row["text"], reader)) for row in corpora[name]]
        found[name] = Score(
            [Line("4", row["text"], row["want"], str(r.severity), r.rule) for row, r in readings]
        )
    return found


def write(weights: Weights, count: int = 0) -> str:
    """Return words.yaml for weights learnt from `count` comments."""
    rows = sorted((round(100 * a), round(100 * c), spell(trait)) for trait, (a, c) in weights.traits.items())
    lines = [f"  {a:+5d} {c:+5d}  {trait}" for a, c, trait in reversed(rows) if a or c]
    base = ", ".join(
        f"{name}: {round(100 * value)}"
        for name, value in zip(("attention", "critical"), weights.base, strict=True)
    )
    return "\n".join([HEAD.format(count=count), f"base: {{{base}}}", "words: |", *lines, ""])


HEAD = """\
# What words weigh in a comment, in hundredths: for attention, for critical. Made by `python -m tests.corpus.weigh` from the
# {count:,} labelled comments of tests/corpus; edit those, not this file. When all that stands in a comment, base included, sums
# up to more than 0, it is a complaint, or critical. "a * b": a word between them; "not a": up to four words after a denial;
# "rules: …", "somewhere: …": what the rules found. Words with accents count beside the same letters without them.\
"""


def spell(trait: str) -> str:
    """Return an accented word as people write it ("=tiênf" → tiền)."""
    if not trait.startswith("="):
        return trait
    wanted = trait[1:]
    marks = {"f": "\u0300", "s": "\u0301", "x": "\u0303", "r": "\u0309", "j": "\u0323"}
    candidates = [(wanted, "")] + ([(wanted[:-1], marks[wanted[-1]])] if wanted[-1] in marks else [])
    for letters, mark in reversed(candidates):
        for place in places(letters) if mark else [0]:
            text = unicodedata.normalize("NFC", letters[: place + 1] + mark + letters[place + 1 :])
            word = parse_word(text)
            if f"={word.hatted}{word.tone}" == trait:
                return text
    raise ValueError(trait)


def places(letters: str) -> list[int]:
    """Where the tone goes: on the letter with a hat, else on the vowel before the last, else anywhere."""
    vowels = [i for i, char in enumerate(letters) if char in "aăâeêioôơuưy"]
    hats = [i for i in vowels if letters[i] in "ăâêôơư"]
    inner = vowels[1:] if letters[:2] in ("qu", "gi") and len(vowels) > 1 else vowels
    closed = bool(inner) and inner[-1] < len(letters) - 1
    return [*hats[-1:], *(inner[-1:] if closed or len(inner) < 2 else inner[-2:-1]), *vowels]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="measure on corpora left out, write nothing")
    parser.add_argument("--errors", action="store_true", help="with --check: list what is read otherwise")
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args(arguments)
    corpora = load_comments(asked.files or sorted(HERE.glob("*_comments.jsonl")))
    if asked.check:
        for name, found in check(corpora).items():
            sys.stdout.write(
                report(f"{name}, its weights learnt from the others", found, errors=asked.errors) + "\n"
            )
        return
    lexicon = load_lexicon()
    weights = fit(texts_of(corpora, lexicon))
    TABLE.write_text(write(weights, sum(map(len, corpora.values()))), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
