"""Reading one reply to one question: exact label, several answers, correction, what is said, control – in this order."""

from collections.abc import Sequence
from dataclasses import replace

from survey.reading.clauses import Clause, split_clauses
from survey.reading.dates import compare_dates, is_dated
from survey.reading.facts import read_fact
from survey.reading.lexicon import Lexicon
from survey.reading.meaning import Reading
from survey.reading.mending import mend
from survey.reading.numerals import find_numerals
from survey.reading.outcome import Outcome
from survey.reading.phrases import Match
from survey.reading.plans import ChoiceLike, Plan, find_plan
from survey.reading.scales import read_scale
from survey.reading.several import read_several
from survey.reading.sources import read_source
from survey.reading.steering import Control, find_control
from survey.reading.tokens import Token, tidy_text, tokenise

_LONGEST_READ = 600  # signs; a longer text is a letter, not an answer
_WORDS_OF_AN_EXCUSE = 4  # "bấm nhầm rồi con ơi": a correction whose answer is still to come
_SMALL = ("particle", "pronoun", "filler", "softening", "lead", "hedge", "contrast", "reason")
_DENIALS = frozenset({"khong", "chua", "chang"})
_NOT_KNOWING = frozenset({"biet", "nho", "quen"})
_HARD_CONTROLS = frozenset({"stop", "erase", "decline"})


def read_reply(
    words: str, question: ChoiceLike, lexicon: Lexicon, questions: Sequence[ChoiceLike] = ()
) -> Reading:
    """Return what `words` mean as a reply to `question`; never a guess. `questions` allow one message to answer several."""
    text = tidy_text(words)
    if len(text) > _LONGEST_READ:
        return Reading(rule="too long")
    plan = find_plan(question, lexicon)
    typed = tokenise(text, lexicon)
    if not typed:
        return Reading(rule="empty")
    tokens = mend(typed, text, plan, lexicon)
    plans = [find_plan(each, lexicon) for each in questions]
    several = read_several(tokens, plans, lambda part, each: _read_part(part, text, each, lexicon), lexicon)
    if several is not None:
        return several
    label = _label(tokens, plan, lexicon)
    if label:
        return Reading(option=label, rule="label")
    clauses = split_clauses(tokens, lexicon)
    outcome = _corrected(tokens, plan, lexicon) or read_clauses(tokens, clauses, plan, lexicon)
    control = find_control(tokens, clauses, plan, lexicon)
    return _reading(outcome, control, text, clauses)


def read_clauses(tokens: Sequence[Token], clauses: list[Clause], plan: Plan, lexicon: Lexicon) -> Outcome:
    """Return what `clauses` say about the question of `plan`."""
    numerals = find_numerals(clauses, plan, lexicon)
    if plan.is_fact:
        return read_fact(clauses, numerals, plan, lexicon)
    if plan.is_source:
        return read_source(clauses, numerals, plan, lexicon)
    if plan.scale is None:
        named = {n.option for n in numerals if n.is_whole}
        option = named.pop() if len(named) == 1 else None
        return Outcome(
            option=option or None,
            is_touched=bool(numerals),
            answered=tuple(n.clause for n in numerals),
            rule="number",
        )
    outcome = read_scale(clauses, numerals, plan, lexicon)
    if outcome.option and _refuses_first(clauses, outcome):
        return Outcome(is_touched=True, is_vetoed=True, rule="refusal")
    if is_dated(plan) and not outcome.is_vetoed and (key := compare_dates(tokens, lexicon)):
        return _dated(outcome, plan.numbers[key], len(clauses))
    return outcome


def _read_part(part: Sequence[Token], text: str, plan: Plan, lexicon: Lexicon) -> Outcome:
    tokens = mend(part, text, plan, lexicon)
    label = _label(tokens, plan, lexicon) if tokens else None
    return (
        Outcome(option=label)
        if label
        else read_clauses(tokens, split_clauses(tokens, lexicon), plan, lexicon)
    )


def _dated(outcome: Outcome, number: int, clauses: int) -> Outcome:
    if outcome.option not in (None, number):
        return Outcome(is_touched=True, is_vetoed=True, rule="dates disagree")
    if outcome.option is None and outcome.is_touched:
        return outcome
    return Outcome(
        option=number,
        is_touched=True,
        answered=outcome.answered or tuple(range(clauses)),
        rule=outcome.rule or "dates compared",
    )


def _refuses_first(clauses: list[Clause], outcome: Outcome) -> bool:
    """ "Không biết" alone, or before or within the answer, takes it back; after it, it may speak of something else.

    Beside "không nhanh không chậm", which is as often said by those who do not know, any not knowing takes it back.
    """
    refusals = [place for place, clause in enumerate(clauses) if clause.has("refusal")]
    if any(not clauses[place].rest("refusal", *_SMALL) for place in refusals):
        return True
    if outcome.answered and any(_is_neither(clauses[place]) for place in outcome.answered):
        return bool(refusals) or any(_forgets(clause) for clause in clauses)
    return bool(refusals) and bool(outcome.answered) and min(refusals) <= max(outcome.answered)


def _is_neither(clause: Clause) -> bool:
    """Two denials: "không nhanh không chậm"."""
    return len([t for t in clause.tokens if t.word.fold in _DENIALS]) > 1


def _forgets(clause: Clause) -> bool:
    return any(
        t.word.fold in _NOT_KNOWING and t.word.tone != "f" for t in clause.tokens
    )  # "nhờ" asks a favour


def _corrected(tokens: list[Token], plan: Plan, lexicon: Lexicon) -> Outcome | None:
    """After "à nhầm" only the last is meant; None when there is no correction."""
    marks = lexicon.markers.scan(tokens)
    confirmed = [m for m in marks if m.tag == "confirmation" and m.accents > 0]
    weak = {(m.start, m.end) for m in marks if m.tag == "correction_weak"}
    for mark in sorted(
        (
            m
            for m in marks
            if m.tag in ("correction", "correction_weak") and m.accents > 0 and not _is_denied(tokens, m)
        ),
        key=lambda m: (-m.end, m.start),
    ):
        before, after = tokens[: mark.start], _without(tokens, mark.end, confirmed)
        if all(t.kind == "break" for t in before) or not _touches(before, plan, lexicon):
            continue
        if (
            tokens[mark.end - 1].word.fold == "khong"
            and mark.end < len(tokens)
            and tokens[mark.end].kind == "word"
        ):
            return Outcome(is_touched=True, is_vetoed=True, rule="correction or denial")  # "kém à không tốt"
        outcome = _read(after, plan, lexicon)
        is_weak = (mark.start, mark.end) in weak
        if outcome.option:
            return replace(outcome, rule=f"correction/{outcome.rule}", answered=())
        if (
            not is_weak
            and not outcome.is_touched
            and len([t for t in after if t.kind == "word"]) <= _WORDS_OF_AN_EXCUSE
        ):
            return Outcome(is_touched=True, is_vetoed=True, rule="correction without answer")
        if outcome.is_vetoed:
            return outcome
    return _confirmed(tokens, confirmed, plan, lexicon)


def _confirmed(
    tokens: list[Token], confirmed: Sequence[Match], plan: Plan, lexicon: Lexicon
) -> Outcome | None:
    """ "…, 3 mới đúng": the part before the confirmation is what counts."""
    if not confirmed:
        return None
    last = confirmed[-1].start
    start = max((i + 1 for i, t in enumerate(tokens[:last]) if t.kind == "break"), default=0)
    outcome = _read(tokens[start:last], plan, lexicon)
    return replace(outcome, rule=f"confirmed/{outcome.rule}", answered=()) if outcome.option else None


def _without(tokens: list[Token], start: int, confirmed: Sequence[Match]) -> list[Token]:
    covered = {i for m in confirmed for i in range(m.start, m.end)}
    return [t for i, t in enumerate(tokens) if i >= start and i not in covered]


def _is_denied(tokens: list[Token], mark: Match) -> bool:
    """ "Không phải là …" corrects nothing, nor does "họ ghi nhầm"."""
    return mark.start > 0 and tokens[mark.start - 1].word.fold in {
        "khong",
        "chua",
        "dau",
        "ho",
        "bo",
        "vien",
        "bi",
        "no",
    }


def _read(tokens: Sequence[Token], plan: Plan, lexicon: Lexicon) -> Outcome:
    return read_clauses(tokens, split_clauses(tokens, lexicon), plan, lexicon)


def _touches(tokens: list[Token], plan: Plan, lexicon: Lexicon) -> bool:
    outcome = _read(tokens, plan, lexicon)
    return outcome.is_touched or outcome.option is not None


def _reading(outcome: Outcome, control: Control | None, text: str, clauses: list[Clause]) -> Reading:
    if outcome.option and control and _is_within(outcome, control):
        return Reading(control=control.name, rule=f"control:{control.name}")
    if outcome.option and control and control.name in _HARD_CONTROLS:
        return Reading(rule=f"{outcome.rule} and {control.name}")
    if outcome.option:
        return Reading(option=outcome.option, remark=_remark(outcome, text, clauses), rule=outcome.rule)
    if control:
        return Reading(control=control.name, rule=f"control:{control.name}")
    return Reading(rule=outcome.rule or "nothing known")


def _is_within(outcome: Outcome, control: Control) -> bool:
    """The answer lies wholly in the words of the control ("câu khác" holds "khác"); who asks an officer may have been told by one."""
    if control.name in {"human", "help"} and not control.is_request:
        return False
    return bool(outcome.answered) and set(outcome.answered) <= control.clauses


def _remark(outcome: Outcome, text: str, clauses: list[Clause]) -> str | None:
    """The clauses that gave no answer, if they say something; the whole message when they stand around the answer."""
    if not outcome.answered:
        return None
    left = [
        place
        for place, clause in enumerate(clauses)
        if place not in outcome.answered and clause.rest("particle", "pronoun", "lead", "filler")
    ]
    if not left:
        return _long_remark(text, clauses)
    if left != list(range(left[0], left[-1] + 1)):
        return text
    return text[clauses[left[0]].tokens[0].start : clauses[left[-1]].tokens[-1].end].strip()


def _long_remark(text: str, clauses: list[Clause]) -> str | None:
    """An answer within a longer sentence ("mấy đứa nhỏ phục vụ rất tốt") is kept whole."""
    small = (
        "particle",
        "pronoun",
        "lead",
        "filler",
        "strong_before",
        "strong_after",
        "mild_before",
        "mild_after",
        "negation",
    )
    words = sum(len(clause.rest(*small)) for clause in clauses)
    return text if words > _WORDS_OF_AN_ANSWER else None


_WORDS_OF_AN_ANSWER = 6


def _label(tokens: list[Token], plan: Plan, lexicon: Lexicon) -> int | None:
    """The words are exactly one label, apart from politeness and signs."""
    if any(t.kind == "break" and "?" in t.word.fold for t in tokens):
        return None
    words = [t for t in tokens if t.kind in ("word", "number")]
    small = {i for m in lexicon.markers.scan(words) if m.tag == "particle" for i in range(m.start, m.end)}
    marks = lexicon.markers.scan(words)
    if any(m.tag == "refusal" for m in marks):
        return None
    denials = [m.start for m in marks if m.tag == "negation"]
    for match in plan.labels.scan(words):
        if any(start < match.start for start in denials):
            continue
        outside = set(range(match.start)) | set(range(match.end, len(words)))
        if outside <= small:
            return int(match.tag)
    return None
