"""Scores the reading of replies and comments on labelled lines: `python -m tests.corpus.score [--errors] [files…]`.

Without files it scores a_replies.jsonl and a_comments.jsonl, the tuned part and the untouched third apart.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from survey.questions import Choice, Option
from survey.reading import Lexicon, build_lexicon, read_comment, read_reply

HERE = Path(__file__).parent
SURVEY = HERE.parent.parent / "survey"
COMMENT = "4"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CONTROLS = frozenset({"skip", "back", "stop", "help", "human"})
ATTENTION = frozenset({"critical", "complaint"})
# Options whose mix-up turns an answer into its opposite: from one side of the middle to the other.
SIDES = {5: {1: 1, 2: 1, 3: 0, 4: -1, 5: -1}, 3: {1: 1, 2: 1, 3: -1}, 2: {1: 1, 2: -1}}
REFUSALS = ("biet", "nho", "ro", "hieu", "bit", "bik", "bt", "y kien", "quen", "de y")


@dataclass
class Line:
    """A labelled line and what was read."""

    question: str
    text: str
    want: str
    got: str
    rule: str = ""

    @property
    def is_right(self) -> bool:
        return self.want == self.got


@dataclass
class Score:
    """The lines of one run, and the measures over them."""

    lines: list[Line] = field(default_factory=list)

    @property
    def replies(self) -> list[Line]:
        return [line for line in self.lines if line.question != COMMENT]

    @property
    def comments(self) -> list[Line]:
        return [line for line in self.lines if line.question == COMMENT]

    @property
    def accuracy(self) -> float:
        return share(line.is_right for line in self.replies)

    @property
    def wrong_option(self) -> float:
        """An option recorded that was not meant, over all replies."""
        return share(line.got.isdigit() and not line.is_right for line in self.replies)

    @property
    def opposite(self) -> float:
        """The other side of the scale recorded, or an option where words of another thing were said."""
        return share(is_opposite(line) for line in self.replies)

    @property
    def refusals_recorded(self) -> int:
        return sum(
            line.want == "unclear" and line.got.isdigit() and is_refusal(line.text) for line in self.replies
        )

    @property
    def recorded_at_once(self) -> float:
        return share(line.is_right for line in self.replies if line.want.isdigit())

    @property
    def wrong_stop(self) -> float:
        return share(line.got == "stop" and line.want != "stop" for line in self.replies)

    @property
    def worst_question(self) -> tuple[str, float, int]:
        groups: dict[str, list[Line]] = defaultdict(list)
        for line in self.replies:
            groups[line.question].append(line)
        return min(
            ((q, share(x.is_right for x in lines), len(lines)) for q, lines in groups.items()),
            key=lambda row: row[1],
        )

    @property
    def critical_lost(self) -> int:
        """Critical comments that would get no attention."""
        return sum(line.want == "critical" and line.got not in ATTENTION for line in self.comments)

    @property
    def critical_seen(self) -> float:
        return share(line.is_right for line in self.comments if line.want == "critical")

    @property
    def attention_recall(self) -> float:
        return share(line.got in ATTENTION for line in self.comments if line.want in ATTENTION)

    @property
    def false_alarms(self) -> float:
        return share(line.got in ATTENTION for line in self.comments if line.want in ("praise", "empty"))

    @property
    def comment_accuracy(self) -> float:
        return share(line.is_right for line in self.comments)


def share(hits: Iterable[bool]) -> float:
    """Return the share of `hits`, 1.0 of none counted as 0 lines."""
    counted = list(hits)
    return sum(counted) / len(counted) if counted else float("nan")


def is_untouched(question: str, text: str) -> bool:
    """Whether this line belongs to the third that nobody tunes on."""
    return hashlib.sha256((question + text).encode()).hexdigest()[0] in "01234"


def is_refusal(text: str) -> bool:
    """Whether `text` looks like "I do not know", crudely and independent of the reader."""
    from survey.folding import fold

    words = fold(text)
    return any(f" {end}" in f" {words}" for end in REFUSALS)


def is_opposite(line: Line) -> bool:
    """Whether a good mark was recorded for a bad one or the other way round."""
    if not (line.got.isdigit() and line.want.isdigit()) or line.question == "3.1":
        return False
    sides = SIDES[{"3.7": 2, "3.8": 2, "3.9": 3}.get(line.question, 5)]
    return sides[int(line.got)] * sides[int(line.want)] < 0


def load_lexicon() -> Lexicon:
    """Build the lexicon from the tables of the package."""
    tables = {
        path.stem: yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 – a safe loader, the fast one
        for path in (SURVEY / "reading" / "tables").glob("*.yaml")
    }
    return build_lexicon(tables)


def load_questions() -> dict[str, Choice]:
    """Return the ten questions of the form."""
    rows = yaml.safe_load((SURVEY / "questionnaires" / "2026-1.yaml").read_text("utf-8"))["questions"]
    return {row["key"]: build_question(row) for row in rows}


def build_question(row: dict) -> Choice:
    options = tuple(Option(number=n, key=o["key"], label=o["label"]) for n, o in enumerate(row["options"], 1))
    return Choice(
        key=row["key"],
        subject=row["subject"],
        text=row["text"],
        options=options,
        is_fact=row.get("is_fact", False),
    )


def load_lines(files: Iterable[Path]) -> list[dict]:
    return [
        json.loads(line) for path in files for line in path.read_text("utf-8").splitlines() if line.strip()
    ]


def score(rows: Iterable[dict], lexicon: Lexicon, questions: dict[str, Choice]) -> Score:
    """Read every row as the conversation would."""
    result = Score()
    everything = tuple(questions.values())
    for row in rows:
        question, text, want = str(row["question"]), row["text"], str(row["want"])
        if question == COMMENT:
            result.lines.append(Line(question, text, want, str(read_comment(text, lexicon))))
            continue
        reading = read_reply(text, questions[question], lexicon, everything)
        control = reading.control if reading.control in CONTROLS else None
        got = str(reading.option) if reading.option else control or "unclear"
        result.lines.append(Line(question, text, want, got, reading.rule))
    return result


def report(title: str, result: Score, *, errors: bool) -> str:
    """Return the measures of `result` as text, with the errors if asked."""
    rows = [f"== {title}"]
    if result.replies:
        question, worst, n = result.worst_question
        rows += [
            f"replies n={len(result.replies)}  accuracy {result.accuracy:.2%}  wrong option {result.wrong_option:.2%}"
            f"  opposite {result.opposite:.2%}  refusals→option {result.refusals_recorded}",
            f"  recorded at once {result.recorded_at_once:.2%} (n={sum(x.want.isdigit() for x in result.replies)})"
            f"  wrong stop {result.wrong_stop:.2%}  worst question {question} {worst:.2%} (n={n})",
        ]
    if result.comments:
        counts = Counter(line.want for line in result.comments)
        rows += [
            f"comments n={len(result.comments)}  accuracy {result.comment_accuracy:.2%}  critical without attention {result.critical_lost}"
            f"  critical as critical {result.critical_seen:.2%} (n={counts['critical']})",
            f"  attention recall {result.attention_recall:.2%} (n={counts['critical'] + counts['complaint']})"
            f"  false alarms {result.false_alarms:.2%} (n={counts['praise'] + counts['empty']})",
        ]
    if errors:
        rows += [
            f"  {x.question:5} want {x.want:10} got {x.got:10} {x.text!r}  [{x.rule}]"
            for x in result.lines
            if not x.is_right
        ]
    return "\n".join(rows)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list every line read otherwise than labelled")
    parser.add_argument("--tuned-only", action="store_true", help="leave the untouched third alone")
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args(arguments)
    lexicon, questions = load_lexicon(), load_questions()
    if asked.files:
        sys.stdout.write(
            report(
                " ".join(map(str, asked.files)),
                score(load_lines(asked.files), lexicon, questions),
                errors=asked.errors,
            )
            + "\n"
        )
        return
    rows = load_lines([HERE / "a_replies.jsonl", HERE / "a_comments.jsonl"])
    parts = {"tuned part": [r for r in rows if not is_untouched(str(r["question"]), r["text"])]}
    if not asked.tuned_only:
        parts["untouched third"] = [r for r in rows if is_untouched(str(r["question"]), r["text"])]
    for title, part in parts.items():
        sys.stdout.write(
            report(title, score(part, lexicon, questions), errors=asked.errors and title == "tuned part")
            + "\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
