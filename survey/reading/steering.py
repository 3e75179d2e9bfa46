"""Control words: recognised only when the message, or one of its clauses, is nothing else. "Dừng" is the strictest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from survey.reading.clauses import Clause, split_clauses
from survey.reading.lexicon import Lexicon
from survey.reading.phrases import Match
from survey.reading.plans import Plan
from survey.reading.syllables import parse_word
from survey.reading.tokens import Token, tidy_text, tokenise

_SMALL = ("particle", "pronoun")
_PREFIX = "control:"
# When one message holds several: the one that loses least comes first.
_ORDER = (
    "erase",
    "privacy",
    "human",
    "back",
    "skip",
    "later",
    "edit",
    "help",
    "language",
    "submit",
    "continue",
    "begin",
    "decline",
    "stop",
)
_FIGURES, _LONGEST = 2, 10
_PAIRED = ("back", "skip", "stop", "help")
_REQUESTS = frozenset(map(parse_word, ("cho", "muốn", "muon", "cần", "xin", "nối", "noi", "want", "talk")))
_BEFORE_NUMBER = frozenset({"cau", "so", "thu", "muc"})
_SIGHS = frozenset({"dau", "mo", "khong"})
_BARE, _LONG_TARGET = 2, 2
_OTHERS = frozenset({"ho", "no", "so"})  # they, it, papers: somebody else stopped
_BARE_STOPS = frozenset({"dung", "nghi"})


@dataclass(frozen=True, slots=True)
class Control:
    """A control and the clauses that are nothing else."""

    name: str
    clauses: frozenset[int]
    is_request: bool = False  # "cho tôi gặp …": stands against an answer that its words would be


def read_control(words: str, lexicon: Lexicon) -> str | None:
    """Return the control that `words` are, None when they are anything else."""
    tokens = tokenise(tidy_text(words), lexicon)
    control = find_control(tokens, split_clauses(tokens, lexicon), None, lexicon)
    return control.name if control else None


def find_control(
    tokens: Sequence[Token], clauses: list[Clause], plan: Plan | None, lexicon: Lexicon
) -> Control | None:
    """Return the control in `clauses`; `plan` is the question being asked, if any."""
    spoken = [t for t in tokens if t.kind != "break"]
    whole = _whole_control(spoken, plan, lexicon) or _in_one(spoken, clauses, plan, lexicon)
    if whole:
        return Control(whole, frozenset(range(len(clauses))))
    found = [_clause_control(clause, plan, lexicon) for clause in clauses]
    named = {name for name in found if name}
    first = next((name for name in _ORDER if name in named), None)
    if first is None or (first == "stop" and not _is_only_stop(found, clauses, lexicon)):
        return None
    places = frozenset(i for i, name in enumerate(found) if name)
    is_request = any(t.word in _REQUESTS for i in places for t in clauses[i].tokens)
    return Control(first, places, is_request=is_request)


def _is_only_stop(found: Sequence[str | None], clauses: list[Clause], lexicon: Lexicon) -> bool:
    return all(name or _is_beside_stop(clause, lexicon) for name, clause in zip(found, clauses, strict=True))


def _whole_control(tokens: list[Token], plan: Plan | None, lexicon: Lexicon) -> str | None:
    """The words without any sign are exactly a phrase of the table."""
    for match in lexicon.controls.scan(tokens):
        if (
            match.tag.startswith(_PREFIX)
            and match.start == 0
            and match.end == len(tokens)
            and _is_meant(match, tokens, plan, lexicon, alone=True)
        ):
            return match.tag.removeprefix(_PREFIX)
    return None


def _in_one(tokens: list[Token], clauses: list[Clause], plan: Plan | None, lexicon: Lexicon) -> str | None:
    """The whole message as one clause: "lùi lại câu lúc nãy" is cut at "lúc" otherwise."""
    if len(clauses) < _FIGURES or len(tokens) > _LONGEST:
        return None
    control = _clause_control(
        Clause(tuple(tokens), "", tuple(lexicon.markers.scan(tokens)), False), plan, lexicon
    )
    return control if control in _PAIRED else None


def _clause_control(clause: Clause, plan: Plan | None, lexicon: Lexicon) -> str | None:
    matches = lexicon.controls.scan(clause.tokens)
    small = _places(clause.spans(*_SMALL)) | {i for i, t in enumerate(clause.tokens) if t.kind == "emoji"}
    light = small | _places(m for m in matches if m.tag == "light")
    paired = _paired_control(clause, matches, light)
    if paired:
        return paired
    named = sorted(
        (m for m in matches if m.tag.startswith(_PREFIX)),
        key=lambda m: (m.start - m.end, -m.accents, m.start),
    )
    for match in named:
        rest = set(range(len(clause.tokens))) - _places(m for m in named if m.tag == match.tag) - light
        if not rest and _is_meant(match, clause.tokens, plan, lexicon, alone=False):
            return match.tag.removeprefix(_PREFIX)
    if _asks_for_meaning(clause, matches, light, plan):
        return "help"
    return "human" if _asks_for_human(clause, matches, light) else None


def _places(matches: Iterable[Match]) -> set[int]:
    return {i for m in matches for i in range(m.start, m.end)}


def _paired_control(clause: Clause, matches: Sequence[Match], light: set[int]) -> str | None:
    """A word of each list of a control, in any order, and nothing else of weight."""
    good = [m for m in matches if m.accents > 0]
    numbers = {
        i
        for i, t in enumerate(clause.tokens)
        if i and t.kind == "number" and clause.tokens[i - 1].word.fold in _BEFORE_NUMBER
    }
    for name in _PAIRED:
        ones, others = ([m for m in good if m.tag == f"{part}:{name}"] for part in ("one", "other"))
        if name == "stop" and any(t.word.fold in _OTHERS for t in clause.tokens):
            continue
        if name == "stop":
            ones = [m for m in ones if m.end - m.start > 1 or m.accents > _BARE]
        apart = any(a.end <= b.start or b.end <= a.start for a in ones for b in others)
        sighs = {
            i for i, t in enumerate(clause.tokens) if t.word.fold in _SIGHS and i == len(clause.tokens) - 1
        }
        reasons = _places(m for m in good if m.tag == "stop_reason" and name == "stop")
        covered = (
            light | reasons | _places(ones) | _places(others) | sighs | (numbers if name == "back" else set())
        )
        if (
            apart
            and covered >= set(range(len(clause.tokens)))
            and _is_numbered(others, numbers, name, clause)
        ):
            return name
    return None


def _is_numbered(others: Sequence[Match], numbers: set[int], name: str, clause: Clause) -> bool:
    """ "Quay lại câu" needs the number of one; every other target stands by itself."""
    if name != "back":
        return True
    return bool(numbers) or any(
        clause.tokens[m.end - 1].word.fold not in _BEFORE_NUMBER or m.end - m.start > _LONG_TARGET
        for m in others
    )


def _asks_for_meaning(clause: Clause, matches: Sequence[Match], light: set[int], plan: Plan | None) -> bool:
    """ "Niêm yết là gì": words of the question, and what they mean."""
    asked = _places(m for m in matches if m.tag == "meaning" and m.accents > 0)
    if plan is None or not asked or clause.live("negation"):
        return False
    return all(i in asked or i in light or t.word.fold in plan.text for i, t in enumerate(clause.tokens))


def _is_meant(
    match: Match, tokens: Sequence[Token], plan: Plan | None, lexicon: Lexicon, *, alone: bool
) -> bool:
    """A bare "dung" or "nghi" may be another word: it stops only alone, and not where "đúng" would be an answer."""
    if match.accents == 0:
        return False
    if match.tag != "control:stop":
        return True
    if any(t.word.fold in _OTHERS for t in tokens):
        return False  # "họ không trả lời nữa", "hủy hồ sơ"
    word = tokens[match.start].word
    if not (word.is_bare and word.fold in _BARE_STOPS and match.end - match.start == 1):
        return match.accents > 1 or match.end - match.start > 1
    if word.fold == "nghi" or not alone:
        return (
            any(t.word.fold in {"thoi", "toi", "tui", "lai", "khao"} for t in tokens) and word.fold == "dung"
        )
    return plan is None or not (
        plan.is_fact or (plan.scale is not None and plan.scale.name in lexicon.bare_stop_unclear)
    )


def _asks_for_human(clause: Clause, matches: Sequence[Match], small: set[int]) -> bool:
    asks = [m for m in matches if m.tag == "human:asks"]
    persons = [m for m in matches if m.tag == "human:persons" and m.accents > 0]
    light = small | {i for m in matches if m.tag == "human:light" for i in range(m.start, m.end)}
    for person in persons:
        for ask in asks:
            if ask.end <= person.start:
                covered = light | set(range(ask.start, ask.end)) | set(range(person.start, person.end))
                covered |= {i for m in (*asks, *persons) for i in range(m.start, m.end)}
                if set(range(len(clause.tokens))) <= covered and not _is_denied(clause, ask):
                    return True
    return False


def _is_denied(clause: Clause, ask: Match) -> bool:
    return any(m.end == ask.start for m in clause.live("negation"))


def _is_beside_stop(clause: Clause, lexicon: Lexicon) -> bool:
    """Politeness, or a reason to stop."""
    matches = lexicon.controls.scan(clause.tokens)
    if any(m.tag == "stop_reason" for m in matches):
        return True
    covered = {
        i for m in (*matches, *clause.marks) if m.tag in ("light", *_SMALL) for i in range(m.start, m.end)
    }
    return all(i in covered or t.kind == "emoji" for i, t in enumerate(clause.tokens))
