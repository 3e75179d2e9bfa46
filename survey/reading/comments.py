"""Reading a comment for how much attention it needs. It never decides anything else: the words go on as they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from survey.reading.alarms import find_alarms
from survey.reading.blame import is_alarming, is_fee, read_clause, tags_of
from survey.reading.clauses import Clause, split_clauses
from survey.reading.lexicon import Lexicon
from survey.reading.meaning import CommentReading, Severity
from survey.reading.phrases import Match
from survey.reading.tokens import Token, tidy_text, tokenise
from survey.reading.weights import Weighing, weigh

_PRICE = re.compile(r"^\d+([.,]\d+)*(k|tr)$|^\d{1,3}([.,]000)+d?$")  # 50k, 2tr, 100.000
_LONG, _PART = 80, 20  # words
_ENDS = frozenset(".!?…;\n")
_DOUBTED = -2.0  # below, the words around a critical one speak of something smaller
_CALM = -1.0  # below, what looks critical is told of another place or time
_COUNTS = frozenset({"hai", "ba", "bon", "nam", "tram", "chuc", "vai", "may", "muoi"})
_LIGHT = frozenset({Severity.PRAISE, Severity.SUGGESTION, Severity.EMPTY})
_QUOTES = frozenset('"“”«»')
_LONGEST_QUOTE = 3
_UNREAD = 1.0  # how far words that no rule knows must lean to be critical
_HINTS = frozenset({"cam on", "ca phe", "qua", "chut qua", "ho tro", "boi duong", "thuoc nuoc", "tra nuoc", "biet dieu", "tinh cam", "nuoc", "uong nuoc", "le phi", "phi", "mon qua", "loc", "cafe"})  # fmt: skip
_OFFERS = frozenset({"asked", "paid_for"})
_OFFERED = frozenset({"lot", "boi", "tien", "tra", "phong", "bao", "bi", "chung", "biet", "lo", "kep", "dua", "dui", "nhet", "co", "nhung", "sach", "hach", "tieu", "tham", "qua", "uong", "dut", "gui", "cung", "cai", "phai", "nhan", "hoi"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules found: the worst of it (None when no rule knows a word), and what each clause says."""

    worst: Severity | None
    clauses: tuple[frozenset[Severity], ...]
    is_mocking: bool  # words of praise or thanks in quotation marks

    @property
    def is_plainly_critical(self) -> bool:
        """Something critical, and nothing good beside it: the weights may lower that, never lose it."""
        return self.worst is Severity.CRITICAL and not any(Severity.PRAISE in one for one in self.clauses)

    @property
    def name(self) -> str:
        """The finding as words.yaml names it."""
        return f"rules: {self.worst or 'unread'}"

    @property
    def traits(self) -> set[str]:
        """The findings as words.yaml names them."""
        said = [set(map(str, clause)) for clause in self.clauses]
        every = sorted(set().union(*said))
        traits = {self.name, *(f"somewhere: {one}" for one in every)}
        if said:
            traits |= {f"at first: {one}" for one in said[0]} | {f"at last: {one}" for one in said[-1]}
        return traits | ({f"together: {' '.join(every)}"} if len(every) > 1 else set())


def read_comment(words: str, lexicon: Lexicon) -> Severity:
    """Return the severity of `words`: rules find what they know, the weights of the words what they do not."""
    return explain_comment(words, lexicon).severity


def explain_comment(words: str, lexicon: Lexicon) -> CommentReading:
    """Return the severity of `words`, what the rules found, and which words weighed; of a long text in its worst part."""
    readings = [_read_part(part, lexicon) for part in _parts(tokenise(tidy_text(words), lexicon))]
    order = list(Severity)
    return min(readings, key=lambda reading: order.index(reading.severity))


def _parts(tokens: list[Token]) -> list[list[Token]]:
    """Cut what is long at the ends of sentences, so that one of them is not drowned in the praise around it."""
    if len(tokens) <= _LONG:
        return [tokens]
    parts: list[list[Token]] = [[]]
    for token in tokens:
        parts[-1].append(token)
        if token.kind == "break" and len(parts[-1]) >= _PART and _ENDS.intersection(token.word.fold):
            parts.append([])
    return [part for part in parts if part]


def _read_part(tokens: Sequence[Token], lexicon: Lexicon) -> CommentReading:
    if _is_empty(tokens, lexicon):
        return CommentReading(severity=Severity.EMPTY, rule="empty")
    found = find_by_rules(tokens, lexicon)
    weighing = weigh(tokens, found.traits, lexicon.weights)
    severity = _decide(found, weighing)
    rule = f"{found.name}/attention {weighing.attention:+.1f}/critical {weighing.critical:+.1f}"
    return CommentReading(
        severity=severity, rule="/".join((rule, *weighing.words)), is_found_by_rule=found.worst is severity
    )


def _decide(found: Findings, weighing: Weighing) -> Severity:
    """What the rules found weighs too; the sums decide on attention, the rules on what needs none."""
    if found.is_plainly_critical and weighing.critical > _DOUBTED:
        return Severity.CRITICAL
    leaning = (
        _UNREAD if found.worst is None else 0
    )  # words alone must weigh more than beside something that was read
    if weighing.critical > leaning and weighing.attention > _CALM:
        return Severity.CRITICAL
    if weighing.attention > 0 or found.is_plainly_critical or found.is_mocking:
        return Severity.COMPLAINT
    if found.worst in (Severity.SUGGESTION, Severity.PRAISE):
        return found.worst
    return Severity.PRAISE if found.worst else Severity.SUGGESTION  # unread: kept, and no alarm


def find_by_rules(tokens: Sequence[Token], lexicon: Lexicon) -> Findings:
    """Return what the rules find, the worst of all clauses once what was taken back is gone."""
    clauses = split_clauses(tokens, lexicon)
    said = [
        read_clause(clause, clauses[place + 1 : place + 2], lexicon) for place, clause in enumerate(clauses)
    ]
    found = [one or _proposed(clause, tokens) for one, clause in zip(said, clauses, strict=True)]
    for take_back in (_without_given_back, _without_past):
        found = take_back(found, clauses, lexicon)
    quoted = _quoted(tokens, lexicon)
    every = quoted.union(*found)
    if Severity.PRAISE not in every and _is_alarming_in_all(tokens, lexicon):
        every.add(Severity.CRITICAL)
    worst = next((severity for severity in Severity if severity in every), None)
    if worst in _LIGHT and any(_names_money(clause, lexicon) for clause in clauses):
        worst = Severity.COMPLAINT
    return Findings(worst, tuple(map(frozenset, said)), bool(quoted))


def _names_money(clause: Clause, lexicon: Lexicon) -> bool:
    """A sum that is no fee and did not come back: someone should read it, whatever else was said."""
    if is_fee(clause) or "clean" in tags_of(clause, lexicon):
        return False
    pairs = pairwise(clause.tokens)
    return any(t.kind == "number" and _PRICE.match(t.word.fold) for t in clause.tokens) or any(
        (a.kind == "number" or a.word.fold in _COUNTS) and b.word.fold in {"trieu", "nghin", "cu"}
        for a, b in pairs
    )


def _proposed(clause: Clause, tokens: Sequence[Token]) -> set[Severity]:
    """ "Các cháu nên để sẵn …": the word that opens the clause stands before it."""
    opening = [t.word for t in tokens if t.end <= clause.tokens[0].start][-1:]
    return (
        {Severity.SUGGESTION}
        if clause.opening == "reason" and opening and opening[0].fold == "nen"
        else set()
    )


def _is_empty(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Nothing but signs, politeness and words for "nothing"."""
    words = [t for t in tokens if t.kind != "break"]
    if all(t.kind == "number" and len(t.word.fold) == 1 for t in words):
        return True
    matches = [m for m in lexicon.comments.scan(words) if m.tag == "empty"]
    small = [m for m in lexicon.markers.scan(words) if m.tag in ("particle", "pronoun")]
    covered = {i for m in (*matches, *small) for i in range(m.start, m.end)}
    thanks = any(
        m.tag == "praise" and words[m.start].word.fold not in {"ok", "binh", "duoc"}
        for m in lexicon.comments.scan(words)
    )
    return (
        all(i in covered for i in range(len(words)))
        and (bool(matches) or not thanks)
        and not any(m.tag == "praise" and _is_all_ok(m, words) for m in lexicon.comments.scan(words))
    )


def _is_all_ok(match: Match, words: Sequence[Token]) -> bool:
    """ "Ok hết nha" says more than "ok"."""
    return match.end - match.start > 1 and words[match.start].word.fold == "ok"


def _quoted(tokens: Sequence[Token], lexicon: Lexicon) -> set[Severity]:
    """ "Nhiệt tình" in quotation marks is mockery, "cảm ơn" in them is money."""
    said: set[Severity] = set()
    marks = [i for i, t in enumerate(tokens) if t.kind == "break" and _QUOTES.intersection(t.word.fold)]
    for start, end in pairwise(marks):
        inner = tokens[start + 1 : end]
        if not 0 < len(inner) <= _LONGEST_QUOTE:
            continue
        if " ".join(t.word.fold for t in inner) in _HINTS:
            said.add(Severity.CRITICAL)
        elif any(
            m.tag == "praise" and m.start == 0 and m.end == len(inner) for m in lexicon.comments.scan(inner)
        ):
            said.add(Severity.COMPLAINT)
    return said


def _without_given_back(
    found: list[set[Severity]], clauses: list[Clause], lexicon: Lexicon
) -> list[set[Severity]]:
    """ "Tôi đưa phong bì, cô nhất định không nhận": what was offered is praise once it came back."""
    last = max(
        (place for place, clause in enumerate(clauses) if "clean" in tags_of(clause, lexicon)), default=-1
    )
    return [
        {Severity.PRAISE}
        if place <= last and Severity.CRITICAL in said and _is_offered(clause, lexicon)
        else said
        for place, (said, clause) in enumerate(zip(found, clauses, strict=True))
    ]


def _without_past(found: list[set[Severity]], clauses: list[Clause], lexicon: Lexicon) -> list[set[Severity]]:
    """ "Trước đây chậm, giờ nhanh", "cứ tưởng phải lót tay": what was or was feared is no blame when praise follows."""
    kept: list[set[Severity]] = []
    later: set[Severity] = set()
    is_clean_later = False
    for said, clause in zip(reversed(found), reversed(clauses), strict=True):
        tags = tags_of(clause, lexicon)
        is_forgiven = Severity.PRAISE in said | later and not later & {Severity.COMPLAINT, Severity.CRITICAL}
        is_over = "past" in tags and is_clean_later
        if is_forgiven and Severity.PRAISE in later and ("expected" in tags or is_over):
            kept.append(said - {Severity.COMPLAINT, Severity.CRITICAL})
        elif is_forgiven and "past" in tags:
            kept.append(said - {Severity.COMPLAINT})
        else:
            kept.append(said)
        later = later | said
        is_clean_later = is_clean_later or "clean" in tags
    return kept[::-1]


def _is_offered(clause: Clause, lexicon: Lexicon) -> bool:
    """Whether all that is critical in `clause` is something offered: no demand, threat, touch or danger."""
    matches = [m for m in lexicon.comments.scan(clause.tokens) if m.tag == "critical"]
    alarms = {name for name, _ in find_alarms(clause, lexicon)}
    return alarms <= _OFFERS and all(clause.tokens[m.start].word.fold in _OFFERED for m in matches)


def _is_alarming_in_all(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Where nothing is praised the two words of an alarm may stand in neighbouring clauses."""
    whole = Clause(tuple(tokens), "", tuple(lexicon.markers.scan(tokens)), False)
    return any(is_alarming(name, match, whole) for name, match in find_alarms(whole, lexicon))
