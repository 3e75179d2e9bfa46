"""Reading a comment for how much attention it needs. It never decides anything else: the words go on as they are."""

from collections.abc import Sequence
from itertools import pairwise

from survey.reading.clauses import Clause, split_clauses
from survey.reading.lexicon import Lexicon
from survey.reading.meaning import Severity
from survey.reading.phrases import Match, longest
from survey.reading.tokens import Token, tidy_text, tokenise

_REACH = 4  # words between a denial and what it still denies
_DENIALS = frozenset({"khong", "chua", "dau", "khoi", "do", "not", "no", "chang", "cha", "dung", "it", "lam"})
_GIVES = frozenset(
    {"dua", "chung", "kep", "gui", "lot", "boi", "lo", "co", "chi", "bieu", "biet", "nhet", "dui", "cam"}
)
_ANYWAY = frozenset({"van", "cung"})
_NEAR_MONEY = 4
_MANY_DIGITS = 2
_SECTIONS = ("critical", "complaint", "suggestion", "praise", "clean", "neutral", "past")


def read_comment(words: str, lexicon: Lexicon) -> Severity:
    """Return the severity of `words`: the worst part decides, doubt counts as complaint."""
    tokens = tokenise(tidy_text(words), lexicon)
    if _is_empty(tokens, lexicon):
        return Severity.EMPTY
    clauses = split_clauses(tokens, lexicon)
    found = [_read_clause(clause, clauses[place + 1 :], lexicon) for place, clause in enumerate(clauses)]
    if _is_clean(tokens, lexicon):
        found = [
            {Severity.PRAISE} if Severity.CRITICAL in said and not _is_harsh(clause, lexicon) else said
            for said, clause in zip(found, clauses, strict=True)
        ]
    found = _without_past(found, clauses, lexicon)
    said = set().union(*found)
    return next((severity for severity in Severity if severity in said), Severity.COMPLAINT)


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
        and not (thanks and not matches)
    )


def _is_clean(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    return any(m.tag == "clean" for m in lexicon.comments.scan(tokens))


def _without_past(found: list[set[Severity]], clauses: list[Clause], lexicon: Lexicon) -> list[set[Severity]]:
    """ "Trước đây chậm, giờ nhanh": what used to be is no complaint when praise follows."""
    kept = []
    for place, (said, clause) in enumerate(zip(found, clauses, strict=True)):
        is_past = any(m.tag == "past" and m.accents > 0 for m in lexicon.comments.scan(clause.tokens))
        praised = set().union(*found[place:]) & {Severity.PRAISE}
        later = set().union(*found[place + 1 :])
        is_forgiven = is_past and praised and not later & {Severity.COMPLAINT, Severity.CRITICAL}
        kept.append(said - {Severity.COMPLAINT} if is_forgiven else said)
    return kept


def _is_harsh(clause: Clause, lexicon: Lexicon) -> bool:
    """Critical words that a refused envelope does not explain: threats, touching, danger."""
    matches = [m for m in lexicon.comments.scan(clause.tokens) if m.tag == "critical"]
    money = {
        "hoi",
        "lot",
        "boi",
        "tien",
        "tra",
        "phong",
        "bao",
        "bi",
        "chung",
        "doi",
        "xin",
        "goi",
        "biet",
        "lo",
        "kep",
        "dua",
        "dui",
        "nhet",
        "co",
        "thu",
        "lay",
        "lai",
        "voi",
        "nhung",
        "sach",
        "hach",
        "tieu",
        "tham",
    }
    return any(clause.tokens[m.start].word.fold not in money for m in matches)


def _read_clause(clause: Clause, following: list[Clause], lexicon: Lexicon) -> set[Severity]:
    matches = [m for m in lexicon.comments.scan(clause.tokens) if m.tag in _SECTIONS]
    chosen = longest(matches)
    said: set[Severity] = set()
    for match in chosen:
        severity = _severity(match, clause, following, lexicon)
        if severity:
            said.add(severity)
    if _gives_money(clause, lexicon) and not any(m.tag == "clean" for m in chosen):
        said.add(Severity.CRITICAL)
    if Severity.SUGGESTION in said and Severity.COMPLAINT in said and _is_advice(chosen, clause):
        said.discard(Severity.COMPLAINT)
    if _took_months(clause):
        said.add(Severity.COMPLAINT)
    if not said and _lacks_something(clause, chosen):
        said.add(Severity.COMPLAINT)
    if clause.has("irony") and Severity.PRAISE in said:
        said.add(Severity.COMPLAINT)
    return said


def _took_months(clause: Clause) -> bool:
    """ "Nhanh ghê, có 3 tháng": a number of months is no praise."""
    pairs = pairwise(clause.tokens)
    return any(a.kind == "number" and a.word.fold.isdigit() and b.word.fold == "thang" for a, b in pairs)


def _severity(match: Match, clause: Clause, following: list[Clause], lexicon: Lexicon) -> Severity | None:
    is_denied = _is_denied(match, clause)
    if match.tag in ("neutral", "past"):
        return None
    if match.tag == "clean":
        return Severity.PRAISE
    if match.tag == "critical":
        if is_denied and not _is_condition(match, clause, following, lexicon):
            return Severity.PRAISE
        return Severity.CRITICAL
    if match.tag == "complaint":
        return Severity.PRAISE if is_denied and not _is_begged(match, clause) else Severity.COMPLAINT
    if match.tag == "praise":
        return Severity.COMPLAINT if is_denied or _is_mocked(match, clause) else Severity.PRAISE
    return Severity.SUGGESTION


def _is_denied(match: Match, clause: Clause) -> bool:
    """An odd number of denials shortly before."""
    denials = {
        m.start
        for m in clause.live("negation")
        if match.start - _REACH <= m.start < match.start and clause.tokens[m.start].word.fold in _DENIALS
    }
    return len(denials) == 1


def _is_begged(match: Match, clause: Clause) -> bool:
    """ "Đừng hành dân" asks for an end of it."""
    return any(t.word.fold == "dung" for t in clause.tokens[max(match.start - _REACH, 0) : match.start])


def _is_mocked(match: Match, clause: Clause) -> bool:
    return any(m.start == match.end for m in clause.spans("doubt_after")) and clause.tokens[
        match.end
    ].word.fold in {"dau", "mo", "gi", "cho", "cai"}


def _is_condition(match: Match, clause: Clause, following: list[Clause], lexicon: Lexicon) -> bool:
    """ "Không đưa tiền là hồ sơ nằm đó": what was not given is told because something followed."""
    start = max((m.start for m in clause.live("negation") if m.start < match.start), default=match.start)
    between = [t.word.fold for t in clause.tokens[start + 1 : match.end]]
    if not _GIVES.intersection(between) or {
        "ai",
        "doi",
        "thu",
        "nhan",
        "lay",
        "phai",
        "can",
        "he",
    }.intersection(between):
        return False
    rest = {t.word.fold for t in clause.tokens[match.end :]}
    if rest:
        return not _ANYWAY & rest
    return bool(following) and not _is_good(following[0], lexicon)


def _is_good(clause: Clause, lexicon: Lexicon) -> bool:
    tags = {m.tag for m in longest(m for m in lexicon.comments.scan(clause.tokens) if m.tag in _SECTIONS)}
    return bool(tags & {"praise", "clean"}) and not tags & {"complaint", "critical"}


def _gives_money(clause: Clause, lexicon: Lexicon) -> bool:
    """A verb of giving or taking with an amount close by, and no denial before it."""
    matches = lexicon.comments.scan(clause.tokens)
    amounts = [m.start for m in matches if m.tag == "money"]
    amounts += [
        i
        for i, t in enumerate(clause.tokens)
        if t.kind == "number"
        and len(t.word.fold) > _MANY_DIGITS
        and t.word.fold[:2].isdigit()
        and "/" not in t.word.fold
    ]
    for give in (m for m in matches if m.tag == "gives" and m.accents > 1):
        near = [place for place in amounts if 0 <= place - give.end < _NEAR_MONEY]
        if near and not _is_denied(give, clause) and not _is_fee(clause):
            return True
    return False


def _is_fee(clause: Clause) -> bool:
    folds = " ".join(t.word.fold for t in clause.tokens)
    return any(
        fee in folds
        for fee in (
            "le phi",
            "gui xe",
            "giu xe",
            "theo quy dinh",
            "dung quy dinh",
            "tra lai",
            "photo",
            "pho to",
        )
    )


def _is_advice(chosen: list[Match], clause: Clause) -> bool:
    """The clause begins with a wish and says what should be better; blame before the wish stays blame."""
    first = next((m for m in chosen if m.tag in ("suggestion", "complaint", "critical")), None)
    blame = [
        m
        for m in chosen
        if m.tag == "complaint" and clause.tokens[m.start].word.fold in {"thai", "xem", "chan", "ky", "xu"}
    ]
    return first is not None and first.tag == "suggestion" and not blame


def _lacks_something(clause: Clause, chosen: list[Match]) -> bool:
    """ "Không có ghế", "không ai chỉ": a denial of something that is no trouble."""
    denials = [m for m in clause.live("negation") if clause.tokens[m.start].word.fold != "khoi"]
    return bool(denials) and all(m.tag == "neutral" and m.end - m.start < _REACH - 1 for m in chosen)
