"""Reading a reply on a scale: what is said of this question, how strongly, and whether it holds together."""

from collections.abc import Sequence
from itertools import pairwise

from survey.reading.clauses import Clause
from survey.reading.hits import Hit, find_hits, topics_of
from survey.reading.lexicon import Lexicon, Scale
from survey.reading.numerals import Numeral
from survey.reading.outcome import NOTHING, Outcome
from survey.reading.plans import Plan

_NEUTRAL_TOPICS = frozenset({"whole", "web"})
_MIDDLE = 3
_SAYINGS = frozenset(
    {"khong", "khoi", "mien", "het"}
)  # the first words of "không chê vào đâu được", "hết ý" …


def read_scale(clauses: list[Clause], numerals: Sequence[Numeral], plan: Plan, lexicon: Lexicon) -> Outcome:
    """Return the option of `plan` that `clauses` mean, if they mean one."""
    scale = plan.scale
    if scale is None:
        return NOTHING
    hits = find_hits(clauses, scale.book)
    own = [hit for hit in hits if _is_own(clauses, hit, plan, lexicon)]
    own = _without_sayings(own, clauses)
    if not own and not numerals:
        return Outcome(is_touched=bool(hits))
    numerals = _without_scores(numerals, own, scale)
    if any(hit.is_doubted or (hit.is_ironic and _side(hit, scale) >= 0) for hit in own) or any(
        n.option == 0 for n in numerals
    ):
        return Outcome(is_touched=True, is_vetoed=True, rule="doubt")
    if any(not clause.rest("hedge", "particle", "pronoun") and clause.has("hedge") for clause in clauses):
        return Outcome(is_touched=True, is_vetoed=True, rule="hedge")
    if _concedes(clauses, own):
        return Outcome(is_touched=True, is_vetoed=True, rule="concession")
    if _contradicts(clauses, own, plan, lexicon):
        return Outcome(is_touched=True, is_vetoed=True, rule="contradiction")
    return _decide(own, numerals, plan, scale)


def _without_sayings(own: list[Hit], clauses: list[Clause]) -> list[Hit]:
    """ "Tốt, không có gì để chê": beside a plain answer the saying only underlines it."""
    plain = [
        h for h in own if clauses[h.clause].tokens[h.start].word.fold not in _SAYINGS or h.end - h.start == 1
    ]
    others = [h for h in own if h not in plain and h.key.startswith("very_")]
    return (
        [h for h in own if h not in others]
        if plain and others and len(plain) + len(others) == len(own)
        else own
    )


def _without_scores(numerals: Sequence[Numeral], own: Sequence[Hit], scale: Scale) -> list[Numeral]:
    """ "0/10, rất kém": a score that is no option by itself is said in words beside it, if they are on its side."""
    sides = {_side(hit, scale) for hit in own}
    return [
        n for n in numerals if not (n.option == 0 and n.side is not None and sides and sides <= {n.side, 0})
    ]


def _is_own(clauses: list[Clause], hit: Hit, plan: Plan, lexicon: Lexicon) -> bool:
    """Whether the clause of `hit` speaks about this question, as far as it says what it speaks about."""
    if "whole" in plan.topics:
        return True
    topics = topics_of(clauses[hit.clause], lexicon, beside=hit) - _NEUTRAL_TOPICS
    return not topics or bool(topics & plan.topics)


def _decide(own: list[Hit], numerals: Sequence[Numeral], plan: Plan, scale: Scale) -> Outcome:
    places = tuple(hit.clause for hit in own) + tuple(n.clause for n in numerals)
    named = {n.option for n in numerals}
    steps = [(hit, step_of(hit, scale)) for hit in own]
    clear = [(hit, step) for hit, step in steps if step]
    excluded = {step for hit, given in steps if not given for step in _excluded(hit, scale)}
    both = _neither(own, scale)
    if both:
        clear = [(hit, step) for hit, step in clear if not hit.is_denied]
    numbers = {plan.numbers[scale.steps[step - 1]] for step in _emphasised(clear, scale)}
    if both and not numbers and not named:
        return Outcome(option=plan.number_at(both), is_touched=True, answered=places, rule="neither")
    wanted = numbers | named
    bad = {plan.numbers[scale.steps[step - 1]] for step in excluded}
    if len(wanted) != 1 or wanted & bad:
        return Outcome(is_touched=True, is_vetoed=len(wanted) > 1, rule="no single answer")
    rule = "number" if not numbers else _rule(clear[-1][0], scale)
    return Outcome(option=wanted.pop(), is_touched=True, answered=places, rule=rule)


def _rule(hit: Hit, scale: Scale) -> str:
    spelling = ("folded", "folded", "bare", "exact")[hit.accents]
    extra = "/negation" if hit.is_denied else "/strong" if hit.is_strong else ""
    return f"{scale.name}:{hit.key}{extra}/{spelling}"


def step_of(hit: Hit, scale: Scale) -> int | None:
    """Return the step (1 = best) that `hit` means alone, None when it means none."""
    step = scale.steps.index(hit.key) + 1
    if (
        hit.is_blurred
        or hit.is_short_of
        or (hit.is_compared and scale.is_graded)
        or (hit.is_strong and hit.is_mild)
    ):
        return None
    if hit.is_denied:
        return _denied_step(hit, step, scale)
    if not scale.is_graded or not hit.is_strong:
        return step
    return {2: 1, 4: 5}.get(step, step)


def _denied_step(hit: Hit, step: int, scale: Scale) -> int | None:
    if scale.not_good_is is None or step != 2:
        return None
    opposite = scale.steps.index(scale.not_good_is) + 1
    return opposite + 1 if hit.is_strong_denial else opposite


def _excluded(hit: Hit, scale: Scale) -> tuple[int, ...]:
    """A denial without an option still rules options out."""
    step = scale.steps.index(hit.key) + 1
    if hit.is_compared:
        return ()
    if hit.is_short_of or (hit.is_denied and hit.is_blurred and step in (1, len(scale.steps))):
        return (1,) if step < _MIDDLE else (5,) if step > _MIDDLE else ()
    if not hit.is_denied:
        return () if not hit.is_blurred else tuple(range(1, len(scale.steps) + 1))
    if not scale.is_graded:
        return (step,)
    return (1, 2) if step < _MIDDLE else (4, 5) if step > _MIDDLE else (_MIDDLE,)


def _neither(own: list[Hit], scale: Scale) -> int | None:
    """ "Không nhanh không chậm": both ends plainly denied mean the middle."""
    denied = [hit for hit in own if hit.is_denied and not hit.is_blurred and hit.is_plainly_denied]
    steps = {scale.steps.index(hit.key) + 1 for hit in denied}
    middle = (len(scale.steps) + 1) // 2
    if any(step < middle for step in steps) and any(step > middle for step in steps):
        return middle
    return None


def _emphasised(clear: list[tuple[Hit, int]], scale: Scale) -> set[int]:
    """The steps meant; the same said again more strongly right after is one answer ("kém, rất kém")."""
    steps = [step for _, step in clear]
    if scale.is_graded and len(set(steps)) == 2:
        ends = set(steps)
        if ends in ({1, 2}, {4, 5}) and steps[-1] in (1, 5):
            return {steps[-1]}
    return set(steps)


def _concedes(clauses: list[Clause], own: list[Hit]) -> bool:
    """ "Nhanh thì nhanh nhưng …" takes back what it says."""
    return any(
        a.clause == b.clause
        and a.key == b.key
        and b.start == a.end + 1
        and clauses[a.clause].tokens[a.end].word.fold == "thi"
        for a, b in pairwise(own)
    )


def _contradicts(clauses: list[Clause], own: list[Hit], plan: Plan, lexicon: Lexicon) -> bool:
    """ "Tốt nhưng chậm" with no other subject named: both are about this question, so nothing is clear."""
    if plan.scale is None or not plan.scale.is_graded or "whole" in plan.topics:
        return False
    sides = {_side(hit, plan.scale) for hit in own} - {0}
    if len(sides) != 1:
        return False
    side = sides.pop()
    for scale in lexicon.scales:
        if scale is plan.scale or not scale.is_graded:
            continue
        for hit in find_hits(clauses, scale.book):
            if (
                _side(hit, scale) == -side
                and _is_bare(clauses[hit.clause], hit, lexicon)
                and not _overlaps(hit, own)
            ):
                return True
    return False


def _side(hit: Hit, scale: Scale) -> int:
    step = scale.steps.index(hit.key) + 1
    side = 1 if step < _MIDDLE else -1 if step > _MIDDLE else 0
    return -side if hit.is_denied else side


def _is_bare(clause: Clause, hit: Hit, lexicon: Lexicon) -> bool:
    """Nothing in the clause but the word and small ones: no subject of its own."""
    small = (
        "particle",
        "filler",
        "strong_before",
        "strong_after",
        "mild_before",
        "mild_after",
        "negation",
        "contrast",
    )
    return not topics_of(clause, lexicon) and all(
        hit.start <= place < hit.end for place in clause.rest(*small)
    )


def _overlaps(hit: Hit, own: list[Hit]) -> bool:
    return any(
        hit.clause == other.clause and hit.start < other.end and other.start < hit.end for other in own
    )
