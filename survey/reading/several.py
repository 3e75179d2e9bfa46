"""One message that answers several questions: "câu 2 tốt, câu 5 chậm", "5 câu đầu tốt hết", "cái gì cũng tốt trừ thời gian".

What comes out is shown on a card and recorded only after the citizen says so.
"""

from collections.abc import Callable, Sequence

from survey.reading.clauses import split_clauses
from survey.reading.hits import find_hits, topics_of
from survey.reading.lexicon import Lexicon
from survey.reading.meaning import Reading
from survey.reading.numerals import value_of
from survey.reading.outcome import Outcome
from survey.reading.phrases import Match, longest
from survey.reading.plans import Plan
from survey.reading.scales import step_of
from survey.reading.tokens import Token

ReadPart = Callable[[Sequence[Token], Plan], Outcome]
Answers = tuple[tuple[str, int | None], ...]

_UNCLEAR = Reading(rule="several:not clear")
_FEWEST = 2
_GENERAL = frozenset({"goodness", "satisfaction"})


def read_several(
    tokens: Sequence[Token], plans: Sequence[Plan], read: ReadPart, lexicon: Lexicon
) -> Reading | None:
    """Return the answers to several of `plans`, unclear when they are named but not clear, None when they are not named."""
    if len(plans) < _FEWEST:
        return None
    matches = longest(lexicon.several.scan(tokens))
    mentions = _mentions(tokens, matches, len(plans), lexicon)
    if len({number for _, _, number in mentions}) >= _FEWEST:
        return _of_mentions(tokens, mentions, plans, read)
    for match in matches:
        if match.tag in ("first", "last"):
            return _of_range(tokens, match, plans, lexicon)
        if match.tag == "all":
            return _of_all(tokens, match, plans=plans, read=read, lexicon=lexicon)
    return None


def _mentions(
    tokens: Sequence[Token], matches: list[Match], size: int, lexicon: Lexicon
) -> list[tuple[int, int, int]]:
    """Return (start, end, question number) of every "câu 2" and "3.2", and of the numbers listed after them."""
    numbers = lexicon.numbers.scan(tokens)
    starts = {m.end: m.start for m in matches if m.tag == "question"}
    found: list[tuple[int, int, int]] = []
    for place, token in enumerate(tokens):
        value = value_of(token, place, numbers)
        if place in starts and value is not None and 1 <= value <= size:
            found.append((starts[place], place + 1, value))
        elif token.kind == "number" and token.word.fold.startswith("3.") and token.word.fold[2:].isdigit():
            found.append((place, place + 1, int(token.word.fold[2:])))
        elif (
            value is not None
            and token.kind == "number"
            and found
            and _continues(tokens, found[-1][1], place)
            and 1 <= value <= size
        ):
            found.append((place, place + 1, value))
    return [row for row in found if 1 <= row[2] <= size]


def _continues(tokens: Sequence[Token], end: int, place: int) -> bool:
    """ "câu 2, 3 và 5": only commas and "và" since the last number, and another word follows, so it is no option number."""
    between = tokens[end:place]
    is_list = all(t.word.fold in {",", "va", "voi", "cung"} for t in between) and len(between) <= _FEWEST
    return is_list and bool(between) and place + 1 < len(tokens)


def _of_mentions(
    tokens: Sequence[Token], mentions: list[tuple[int, int, int]], plans: Sequence[Plan], read: ReadPart
) -> Reading:
    found: dict[str, int | None] = {}
    waiting: list[Plan] = []
    for place, (_, end, number) in enumerate(mentions):
        plan = plans[number - 1]
        until = mentions[place + 1][0] if place + 1 < len(mentions) else len(tokens)
        part = list(tokens[end:until])
        waiting.append(plan)
        if not any(
            t.kind == "emoji"
            or (t.kind in ("word", "number") and t.word.fold not in {"va", "voi", "cung", "con", "thi"})
            for t in part
        ):
            continue
        for each in waiting:
            option = read(_trimmed(part), each).option
            if option is None or (each.key in found and found[each.key] != option):
                return _UNCLEAR
            found[each.key] = option
        waiting = []
    if waiting or len(found) < _FEWEST:
        return _UNCLEAR
    return Reading(several=tuple(found.items()), rule="several:named")


def _trimmed(part: list[Token]) -> list[Token]:
    """Without the "và", "còn", ":" around it."""
    loose = {"va", "con", "thi", "voi", "la", "cung"}
    while part and (part[0].kind == "break" or part[0].word.fold in {"thi", "la"}):
        part = part[1:]
    while part and (part[-1].kind == "break" or part[-1].word.fold in loose):
        part = part[:-1]
    return part


def _of_range(
    tokens: Sequence[Token], match: Match, plans: Sequence[Plan], lexicon: Lexicon
) -> Reading | None:
    numbers = lexicon.numbers.scan(tokens)
    count = value_of(tokens[match.start - 1], match.start - 1, numbers) if match.start else None
    if count is None or not _FEWEST <= count <= len(plans):
        return None
    meant = plans[:count] if match.tag == "first" else plans[-count:]
    return _spread(tokens[match.end :], meant, lexicon) or _UNCLEAR


def _of_all(
    tokens: Sequence[Token], match: Match, *, plans: Sequence[Plan], read: ReadPart, lexicon: Lexicon
) -> Reading | None:
    cut = next(
        (m for m in longest(lexicon.several.scan(tokens)) if m.tag == "except" and m.start >= match.end), None
    )
    said = tokens[match.end : cut.start if cut else len(tokens)]
    if _topics(tokens[: match.start], lexicon) or (not cut and _topics(said, lexicon)):
        return None  # "tất cả cán bộ đều tốt" speaks of one thing
    reading = _spread(said, plans, lexicon)
    if reading is None or cut is None:
        return reading
    rest = tokens[cut.end :]
    topics = _topics(rest, lexicon)
    apart = [plan for plan in plans if plan.topics & topics and "whole" not in plan.topics]
    if not topics or not apart:
        return _UNCLEAR
    nearest = min(apart, key=lambda plan: (-len(plan.topics & topics), len(plan.topics)))
    others: Answers = tuple(
        (key, option) for key, option in reading.several if key not in {p.key for p in apart}
    )
    return Reading(several=(*others, (nearest.key, read(rest, nearest).option)), rule="several:all but")


def _spread(said: Sequence[Token], plans: Sequence[Plan], lexicon: Lexicon) -> Reading | None:
    """The step said in general words, for each five-step scale; facts and dates are never filled in."""
    clauses = split_clauses(said, lexicon)
    steps = set()
    for scale in lexicon.scales:
        if scale.name in _GENERAL and clauses:
            for hit in find_hits(clauses[:1], scale.book):
                steps.add(None if hit.is_doubted or hit.is_ironic else step_of(hit, scale))
    if not steps:
        return None
    if len(steps) > 1 or None in steps or len(clauses) > 1:
        return _UNCLEAR
    step = steps.pop()
    several = tuple(
        (plan.key, plan.number_at(step)) for plan in plans if step and plan.scale and plan.scale.is_graded
    )
    return Reading(several=several, rule="several:all") if len(several) >= _FEWEST else _UNCLEAR


def _topics(tokens: Sequence[Token], lexicon: Lexicon) -> frozenset[str]:
    return frozenset(
        topic for clause in split_clauses(tokens, lexicon) for topic in topics_of(clause, lexicon)
    ) - {"whole"}
