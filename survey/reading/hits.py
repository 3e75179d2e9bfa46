"""Finding the words of a scale in clauses, with what stands around them: denial, strength, doubt, subject."""

from dataclasses import dataclass

from rapidfuzz.distance import OSA

from survey.reading.clauses import Clause
from survey.reading.lexicon import Lexicon
from survey.reading.phrases import Match, PhraseBook, longest
from survey.reading.syllables import is_syllable

_FAR = frozenset({"khong", "chua", "dau", "lam", "mo", "not", "never", "did", "do", "is", "was", "chang"})
_STEERS = ("rat", "qua", "cuc", "khong", "chua", "hoi", "kha")
_SHORT, _SLIPS = 2, 2
_VOWELS = frozenset("aeiouy")
_NO_SLIPS = frozenset({"ra", "at", "dat", "service", "staff", "quality"})
_UNDERLINES = frozenset({"dau", "mo", "gi", "chi"})  # "không tốt mô": no more than "không tốt"
_SHORT_OF = frozenset({"toi muc", "den muc", "toi noi", "den noi", "den do", "toi do"})
_REACH = 6  # how many words before an answer a denial still counts


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of the scale as it was used."""

    key: str  # option key, before strength and denial are applied
    clause: int
    start: int
    end: int
    is_strong: bool = False
    is_mild: bool = False
    is_denied: bool = False
    is_strong_denial: bool = False  # "rất không …"
    is_blurred: bool = False  # denied or asked in a way that leaves no option
    is_doubted: bool = False  # a question, wish or hedge: nothing may be read from this message
    is_ironic: bool = False  # praise here is not meant
    is_compared: bool = False  # "nhanh hơn": no mark of its own
    is_short_of: bool = False  # "không tới mức rất kém": only this very step is ruled out
    is_plainly_denied: bool = False  # denied by "không" right before it, not by "không phải"
    accents: int = 3


def find_hits(clauses: list[Clause], book: PhraseBook) -> list[Hit]:
    """Return the hits of `book` in `clauses`, in order."""
    return [
        _hit(match, place, clause)
        for place, clause in enumerate(clauses)
        for match in longest(book.scan(clause.tokens))
        if not _is_covered(match, clause)
    ]


def topics_of(clause: Clause, lexicon: Lexicon, *, beside: Hit | None = None) -> frozenset[str]:
    """Return what `clause` speaks about, the words of the hit `beside` left out ("on time")."""
    matches = lexicon.topics.scan(clause.tokens)
    if beside:
        matches = [m for m in matches if not (beside.start <= m.start and m.end <= beside.end)]
    spans = {(m.start, m.end) for m in longest(matches)}
    return frozenset(m.tag for m in matches if (m.start, m.end) in spans)


def _is_covered(match: Match, clause: Clause) -> bool:
    return any(
        m.start <= match.start and match.end <= m.end and m.end - m.start > match.end - match.start
        for m in clause.spans("harmless", "refusal")
    )


def _hit(match: Match, place: int, clause: Clause) -> Hit:
    back = _look_back(match, clause)
    ahead = _look_ahead(match, clause)
    strong = back.is_strong or ahead.is_strong
    return Hit(
        key=match.tag,
        clause=place,
        start=match.start,
        end=match.end,
        is_strong=strong and not back.is_denied,
        is_mild=back.is_mild or ahead.is_mild,
        is_denied=back.is_denied,
        is_strong_denial=back.is_strong_denial,
        is_ironic=ahead.is_ironic
        or any(clause.tokens[m.start].kind == "emoji" for m in clause.spans("irony")),
        is_compared=ahead.is_compared,
        is_blurred=back.is_blurred
        or ahead.is_blurred
        or (back.is_denied and ahead.is_strong)
        or _is_beside_slip(match, clause),
        is_short_of=back.is_short_of,
        is_plainly_denied=back.is_plainly_denied,
        is_doubted=ahead.is_doubted or clause.is_question or _is_wished(match, clause),
        accents=match.accents,
    )


@dataclass(slots=True)
class _Around:
    is_strong: bool = False
    is_mild: bool = False
    is_denied: bool = False
    is_strong_denial: bool = False
    is_blurred: bool = False
    is_doubted: bool = False
    is_ironic: bool = False
    is_compared: bool = False
    is_short_of: bool = False
    is_plainly_denied: bool = False


def _is_beside_slip(match: Match, clause: Clause) -> bool:
    """ "Tất tốt", "rrtt tốt": the word before may be a "rất" that slipped; better asked again than lost."""
    after = clause.tokens[match.end].word.fold if match.end < len(clause.tokens) else ""
    if len(after) > 1 and after.isalpha() and not _VOWELS & set(after):
        return True  # "tốt vkl": letters that stand for a strong word nobody here knows
    if not match.start:
        return False
    token = clause.tokens[match.start - 1]
    if token.kind != "word" or token.is_mended:
        return False
    is_known = any(m.start <= match.start - 1 < m.end for m in clause.marks if m.tag != "particle")
    fold = token.word.fold
    if is_known or fold in _NO_SLIPS:
        return False
    is_junk = len(fold) > _SHORT and not is_syllable(fold)
    return OSA.distance(fold, "rat") <= 1 or (
        is_junk and any(OSA.distance(fold, word) <= _SLIPS for word in _STEERS)
    )


def _look_back(match: Match, clause: Clause) -> _Around:
    """Walk back from the answer over strength and small words to a denial."""
    around = _Around()
    place, walked, is_soft, is_short = match.start, 0, False, False
    ends = _by_end(clause)
    while place > 0 and walked < _REACH:
        marks = ends.get(place, ())
        denial = _first([m for m in marks if not _is_doubtful(m, clause)], "negation")
        strength = _first(marks, "strong_before")
        mild = _first(marks, "mild_before")
        small = _first(marks, "filler", "particle", "pronoun", "lead", "softening")
        step = max(
            (m for m in (denial, strength, mild, small) if m), key=lambda m: m.end - m.start, default=None
        )
        if step is None:
            break
        was_strong = around.is_strong
        if denial and denial.start <= step.start:
            if around.is_denied:
                around.is_blurred = True  # denied twice
            around.is_blurred |= around.is_strong or around.is_mild
            around.is_plainly_denied = denial.end - denial.start == 1
            around.is_denied, around.is_strong = True, False
            step = denial
        elif strength and strength.start <= step.start:
            around.is_strong_denial |= around.is_denied
            around.is_strong |= not around.is_denied
        elif mild and mild.start <= step.start and not around.is_denied:
            around.is_mild = around.is_mild or _is_mild(mild, clause)
        around.is_blurred |= denial is step and is_soft
        is_short = is_short or (not around.is_denied and bool(small) and _said(small, clause) in _SHORT_OF)
        around.is_short_of |= denial is step and is_short and was_strong
        is_soft = is_soft or (not around.is_denied and _first(marks, "softening") is not None)
        place, walked = step.start, walked + 1
    if not around.is_denied and _far_denial(place, clause):
        around.is_denied = around.is_blurred = True
    return around


def _said(match: Match | None, clause: Clause) -> str:
    return " ".join(t.word.fold for t in clause.tokens[match.start : match.end]) if match else ""


def _is_doubtful(mark: Match, clause: Clause) -> bool:
    """Without accents these are more often another word (đúng, cha, hết, phí …)."""
    word = clause.tokens[mark.start].word
    return (
        mark.end - mark.start == 1
        and word.is_bare
        and word.fold in {"dung", "cha", "het", "phi", "bat", "chua_"}
    )


def _is_mild(mark: Match, clause: Clause) -> bool:
    return clause.tokens[mark.start].word.fold in {
        "hoi",
        "kha",
        "cung",
        "tuong",
        "tam",
        "co",
        "quite",
        "pretty",
        "fairly",
        "rather",
        "a",
    }


def _far_denial(place: int, clause: Clause) -> bool:
    """A full denial farther left blurs the answer: what it denies is not certain."""
    return any(
        m.end <= place and clause.tokens[m.start].word.fold in _FAR and m.accents > 1
        for m in clause.live("negation")
    )


def _closes(negation: Match, clause: Clause) -> bool:
    """ "Tốt không em": a denial with nothing after it but politeness asks."""
    if clause.tokens[negation.start].word.fold not in {"khong", "chua"}:
        return False
    small = {i for m in clause.spans("particle", "pronoun") for i in range(m.start, m.end)}
    return all(i in small for i in range(negation.end, len(clause.tokens)))


def _look_ahead(match: Match, clause: Clause) -> _Around:
    """Walk on from the answer over strength and sighs to a doubt."""
    around = _Around()
    place = match.end
    starts: dict[int, list[Match]] = {}
    for mark in clause.marks:
        starts.setdefault(mark.start, []).append(mark)
    while place < len(clause.tokens):
        marks = starts.get(place, [])
        around.is_ironic |= _first(marks, "irony") is not None
        around.is_compared |= _first(marks, "compared") is not None
        doubt = _first(marks, "doubt_after")
        if doubt:
            is_emphasis = _is_emphasis(doubt, clause)
            around.is_blurred |= not (is_emphasis and _said(doubt, clause) in _UNDERLINES)
            around.is_doubted |= not is_emphasis
            break
        negation = _first(marks, "negation")
        if negation and _closes(negation, clause):
            around.is_doubted = True  # "tốt không": a question
        strength = _first(marks, "strong_after")
        mild = _first(marks, "mild_after")
        small = _first(marks, "particle", "pronoun")
        step = max((m for m in (strength, mild, small) if m), key=lambda m: m.end - m.start, default=None)
        if step is None:
            break
        around.is_strong |= step is strength
        around.is_mild |= step is mild and strength is None
        place = step.end
    return around


def _is_emphasis(doubt: Match, clause: Clause) -> bool:
    """ "nỏ … chi hết", "không … gì cả": with a denial before it, the question word only underlines it."""
    return any(m.end <= doubt.start for m in clause.live("negation"))


def _is_wished(match: Match, clause: Clause) -> bool:
    """A wish, a supposition or a hedge anywhere before the answer, or a hedge after it."""
    return any(m.start < match.start for m in clause.live("wish")) or any(
        m.start < match.start or m.start >= match.end for m in clause.live("hedge")
    )


def _by_end(clause: Clause) -> dict[int, list[Match]]:
    ends: dict[int, list[Match]] = {}
    covers = clause.spans("harmless")
    for mark in clause.marks:
        if mark.tag == "negation" and any(c.start <= mark.start and mark.end <= c.end for c in covers):
            continue
        ends.setdefault(mark.end, []).append(mark)
    return ends


def _first(marks: list[Match] | tuple[Match, ...], *tags: str) -> Match | None:
    return max((m for m in marks if m.tag in tags), key=lambda m: m.end - m.start, default=None)
