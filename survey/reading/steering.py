"""Control words: recognised only when the message, or one of its clauses, is nothing else. "Dừng" is the strictest."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey.reading.clauses import Clause, split_clauses
from survey.reading.lexicon import Lexicon
from survey.reading.phrases import Match
from survey.reading.plans import Plan
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
_FIGURES = 2
_OTHERS = frozenset({"ho", "no", "so"})  # they, it, papers: somebody else stopped
_BARE_STOPS = frozenset({"dung", "nghi"})


@dataclass(frozen=True, slots=True)
class Control:
    """A control and the clauses that are nothing else."""

    name: str
    clauses: frozenset[int]


def read_control(words: str, lexicon: Lexicon) -> str | None:
    """Return the control that `words` are, None when they are anything else."""
    tokens = tokenise(tidy_text(words), lexicon)
    control = find_control(tokens, split_clauses(tokens, lexicon), None, lexicon)
    return control.name if control else None


def find_control(
    tokens: Sequence[Token], clauses: list[Clause], plan: Plan | None, lexicon: Lexicon
) -> Control | None:
    """Return the control in `clauses`; `plan` is the question being asked, if any."""
    whole = _whole_control([t for t in tokens if t.kind != "break"], plan, lexicon)
    if whole:
        return Control(whole, frozenset(range(len(clauses))))
    found = [_clause_control(clause, plan, lexicon) for clause in clauses]
    named = {name for name in found if name}
    first = next((name for name in _ORDER if name in named), None)
    if first == "stop" and not all(
        name or _is_beside_stop(clause, lexicon) for name, clause in zip(found, clauses, strict=True)
    ):
        return None
    return Control(first, frozenset(i for i, name in enumerate(found) if name)) if first else None


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


def _clause_control(clause: Clause, plan: Plan | None, lexicon: Lexicon) -> str | None:
    matches = lexicon.controls.scan(clause.tokens)
    light = {i for m in matches if m.tag == "light" for i in range(m.start, m.end)}
    small = {i for m in clause.spans(*_SMALL) for i in range(m.start, m.end)}
    signs = {i for i, t in enumerate(clause.tokens) if t.kind == "emoji"}
    named = sorted(
        (m for m in matches if m.tag.startswith(_PREFIX)),
        key=lambda m: (m.start - m.end, -m.accents, m.start),
    )
    for match in named:
        rest = set(range(len(clause.tokens))) - set(range(match.start, match.end)) - light - small - signs
        rest -= {i for m in named if m.tag == match.tag for i in range(m.start, m.end)}
        if not rest and _is_meant(match, clause.tokens, plan, lexicon, alone=False):
            return match.tag.removeprefix(_PREFIX)
    return "human" if _asks_for_human(clause, matches, light | small | signs) else None


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
