"""Numbers in replies: option numbers in every spelling, scores, and the numbers that are neither."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from survey.reading.clauses import Clause
from survey.reading.lexicon import Lexicon
from survey.reading.phrases import Match, longest
from survey.reading.plans import Plan
from survey.reading.tokens import Token

_STARS = frozenset("⭐★🌟✨")
_SCORE = re.compile(r"^(\d{1,2})/(5|10)$")
_SMALL = ("particle", "pronoun", "filler")
_LONGEST_NUMBER = 2
_KEYS = {"first", "last"}


@dataclass(frozen=True, slots=True)
class Numeral:
    """An option named by its number, position or score; option 0 stands for a number that is none of them."""

    option: int
    clause: int
    rule: str
    is_whole: bool  # nothing else stands in its clause
    side: int | None = None  # of a score: 1 good, 0 in the middle, -1 bad


def find_numerals(clauses: Sequence[Clause], plan: Plan, lexicon: Lexicon) -> list[Numeral]:
    """Return the option numbers and scores in `clauses`."""
    found = []
    for place, clause in enumerate(clauses):
        matches = lexicon.numbers.scan(clause.tokens)
        numeral = (
            _score(place, clause, matches, plan, lexicon)
            or _position(place, clause, matches, plan)
            or _number(place, clause, matches, plan)
        )
        if numeral and _is_denied(clause, matches):
            numeral = replace(numeral, option=0)
        if numeral:
            found.append(numeral)
    return found


def value_of(token: Token, place: int, matches: Sequence[Match]) -> int | None:
    """Return the number that `token` is, as a figure or a word."""
    if token.kind == "number":
        return (
            int(token.word.fold)
            if token.word.fold.isdigit() and len(token.word.fold) <= _LONGEST_NUMBER
            else None
        )
    return next(
        (
            int(m.tag)
            for m in matches
            if m.start == place and m.end == place + 1 and m.tag.isdigit() and m.accents > 0
        ),
        None,
    )


def _is_denied(clause: Clause, matches: Sequence[Match]) -> bool:
    """ "Không được 5 sao": a denial before the first number."""
    first = (
        i for i, t in enumerate(clause.tokens) if t.kind == "number" or value_of(t, i, matches) is not None
    )
    place = min(first, default=0)
    return any(m.end <= place for m in clause.live("negation"))


def _score(place: int, clause: Clause, matches: list[Match], plan: Plan, lexicon: Lexicon) -> Numeral | None:
    if plan.scale is None or not plan.scale.is_graded:
        return None
    step, side = _stars(clause, matches, lexicon), None
    for at, token in enumerate(clause.tokens):
        parts = _SCORE.match(token.word.fold) if token.kind == "number" else None
        value = value_of(token, at, matches)
        if parts:
            value, of = int(parts[1]), int(parts[2])
        elif value is None:
            continue
        elif _tag_at(matches, at + 1, "of"):
            of = next(
                (v for i, t in enumerate(clause.tokens) if i == at + 2 and (v := value_of(t, i, matches))), 0
            )
        elif _tag_at(matches, at + 1, "star"):
            of = 5
        elif (_tag_at(matches, at + 1, "point") or _tag_at(matches, at - 1, "point")) and step is None:
            step, side = lexicon.scores["points"].get(str(value), 0), _side(value, 10)
            continue
        else:
            continue
        if of in (5, 10):
            step, side = lexicon.scores[f"out_of_{of}"].get(str(value), 0), _side(value, of)
    if step is None:
        return None
    return Numeral(plan.number_at(step) or 0 if step else 0, place, "score", is_whole=True, side=side)


def _side(value: int, of: int) -> int | None:
    return None if value > of else (2 * value > of) - (2 * value < of)


def _stars(clause: Clause, matches: list[Match], lexicon: Lexicon) -> int | None:
    stars = [token for token in clause.tokens if token.kind == "emoji" and token.word.fold in _STARS]
    if not stars or any(token.kind == "emoji" and token.word.fold not in _STARS for token in clause.tokens):
        return None
    if any(value_of(t, i, matches) is not None for i, t in enumerate(clause.tokens)):
        values = [v for i, t in enumerate(clause.tokens) if (v := value_of(t, i, matches)) is not None]
        return (
            lexicon.scores["out_of_5"].get(str(values[0]), 0) if len(stars) == 1 and len(values) == 1 else 0
        )
    return (
        lexicon.scores["out_of_5"].get(str(len(stars)), 0)
        if len(stars) > 1 or not clause.rest(*_SMALL)
        else None
    )


def _position(place: int, clause: Clause, matches: list[Match], plan: Plan) -> Numeral | None:
    """ "Cái đầu tiên", "mức cuối": only when nothing else is said in the clause."""
    for match in longest(m for m in matches if m.tag in _KEYS):
        covered = {i for m in clause.spans(*_SMALL, "lead") for i in range(m.start, m.end)} | set(
            range(match.start, match.end)
        )
        if all(i in covered or t.kind == "emoji" for i, t in enumerate(clause.tokens)):
            return Numeral(1 if match.tag == "first" else plan.size, place, "position", is_whole=True)
    return None


def _number(place: int, clause: Clause, matches: list[Match], plan: Plan) -> Numeral | None:
    values = [(i, v) for i, t in enumerate(clause.tokens) if (v := value_of(t, i, matches)) is not None]
    rest = [i for i in clause.rest(*_SMALL, "lead") if not _in(matches, i, "lead")]
    others = [i for i in rest if i not in {i for i, _ in values}]
    if not values:
        return None
    if not others:
        return _whole(place, clause, matches, values, plan)
    for at, value in values:
        if clause.tokens[at].kind == "number" and at == 0 and _label_follows(clause, at, plan):
            return Numeral(_known(value, plan), place, "number and label", is_whole=False)
        if _tag_at(matches, at - 1, "lead") and _closes(at, clause) and _lead_is_option(at, clause, matches):
            return Numeral(_known(value, plan), place, "number", is_whole=False)
    return None


def _whole(
    place: int, clause: Clause, matches: list[Match], values: list[tuple[int, int]], plan: Plan
) -> Numeral | None:
    """The clause is nothing but numbers and small words."""
    at, value = values[0]
    figures = [i for i, _ in values if clause.tokens[i].kind == "number"]
    spelled = [i for i, _ in values if clause.tokens[i].kind == "word"]
    if len(figures) > 1 or (figures and any(i > figures[0] for i in spelled)):
        return Numeral(0, place, "several numbers", is_whole=True)
    if len(spelled) > 1 and not figures:
        return Numeral(0, place, "several numbers", is_whole=True)
    if figures:
        at, value = next((i, v) for i, v in values if i == figures[0])
    if any(_in(matches, i, "place") and not _in_lead(matches, i) for i in range(at)) or (
        spelled and not figures and _is_address(at, clause)
    ):
        return None
    return Numeral(_known(value, plan), place, "number", is_whole=True)


def _known(value: int, plan: Plan) -> int:
    return value if 1 <= value <= plan.size else 0


def _is_address(at: int, clause: Clause) -> bool:
    """A number word after a form of address is a name ("chú Năm", "chị Hai")."""
    return (
        at > 0
        and any(m.end == at for m in clause.spans("pronoun"))
        and clause.tokens[at - 1].word.fold not in {"toi", "tui", "minh", "em"}
    )


def _label_follows(clause: Clause, at: int, plan: Plan) -> bool:
    books = [plan.labels, plan.scale.book] if plan.scale else [plan.labels]
    return any(m.start in (at + 1, at + 2) for book in books for m in book.scan(clause.tokens))


def _closes(at: int, clause: Clause) -> bool:
    covered = {i for m in clause.spans("particle") for i in range(m.start, m.end)}
    return all(i in covered or t.kind == "emoji" for i, t in enumerate(clause.tokens) if i > at)


def _lead_is_option(at: int, clause: Clause, matches: list[Match]) -> bool:
    """The longest lead before the number is about options, and no place stands before it."""
    lead = max((m for m in matches if m.tag == "lead" and m.end == at), key=lambda m: m.end - m.start)
    if any(m.end == lead.start for m in matches if m.tag == "place"):
        return False
    weak = {"so", "la", "cho", "ghi", "o", "y", "loai", "hang", "dong", "no"}
    if lead.end - lead.start == 1 and clause.tokens[lead.start].word.fold in weak:
        return clause.tokens[lead.start].word.fold == "so" and lead.start == 0
    return True


def _tag_at(matches: Sequence[Match], place: int, tag: str) -> bool:
    if tag in ("lead", "place") or place < 0:
        return any(m.end == place + 1 and m.tag == tag for m in matches)
    return any(m.start == place and m.tag == tag for m in matches)


def _in_lead(matches: Sequence[Match], place: int) -> bool:
    return any(m.start <= place < m.end and m.end - m.start > 1 for m in matches if m.tag == "lead")


def _in(matches: Sequence[Match], place: int, tag: str) -> bool:
    return any(m.start <= place < m.end for m in matches if m.tag == tag)
