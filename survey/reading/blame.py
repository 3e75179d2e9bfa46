"""What one clause of a comment says: which severities its words carry, after denials, conditions, wishes and fees."""

import re
from collections.abc import Sequence
from itertools import pairwise

from survey.reading.alarms import find_alarms
from survey.reading.clauses import Clause
from survey.reading.lexicon import Lexicon
from survey.reading.meaning import Severity
from survey.reading.phrases import Match, longest

_TWO = 2  # words of "nhanh hơn"
_REACH = 4  # words between a denial and what it still denies
_DENIALS = frozenset({"khong", "chua", "dau", "khoi", "do", "not", "no", "chang", "cha", "dung", "it", "lam"})
_GIVES = frozenset(
    {"dua", "chung", "kep", "gui", "lot", "boi", "lo", "co", "chi", "bieu", "biet", "nhet", "dui", "cam"}
)
_ANYWAY = frozenset({"van", "cung"})
_NEAR_MONEY = 4
_SUM = re.compile(r"^(\d+([.,]\d+)*(k|tr|%)|\d{3,}|\d{2,}([.,]\d+)+)")  # 50k, 2tr, 200, 100.000
_WISHES = frozenset({"mong", "chuc", "hy", "hi", "hope", "wish", "cau"})
_WEAK_GIVES = frozenset({"cho", "gui", "chi", "mat", "ton", "thu", "lay", "hoi"})
_NOTES = frozenset({"trieu", "nghin", "tram", "chuc", "cu", "lit", "xi", "chai", "vai", "may"})
_BLAME = frozenset({"thai", "xem", "chan", "ky", "xu", "nat", "quat", "mang", "chui", "hach", "hong", "cua", "hanh", "gay", "cau", "gat", "quau", "coi", "khinh", "ban", "nhan"})  # fmt: skip
_GOODS = frozenset({"tien", "qua", "phong", "bi", "bao", "ca", "bo", "boi"})
_SECTIONS = ("critical", "complaint", "suggestion", "praise", "clean", "neutral", "past")


def tags_of(clause: Clause, lexicon: Lexicon) -> set[str]:
    return {m.tag for m in lexicon.comments.scan(clause.tokens) if m.accents > 0}


def read_clause(clause: Clause, following: list[Clause], lexicon: Lexicon) -> set[Severity]:
    matches = [m for m in lexicon.comments.scan(clause.tokens) if m.tag in _SECTIONS]
    chosen = longest(matches)
    said: set[Severity] = set()
    for match in chosen:
        parts = chosen if match.tag in ("praise", "suggestion") else ()
        severity = _severity(match, clause, parts, following, lexicon)
        if severity:
            said.add(severity)
    if any(is_alarming(name, match, clause) for name, match in find_alarms(clause, lexicon)):
        said.add(Severity.CRITICAL)
    if _gives_money(clause, lexicon) and not any(m.tag == "clean" for m in chosen):
        said.add(Severity.CRITICAL)
    if Severity.SUGGESTION in said and _keeps(chosen, clause, lexicon):
        said.discard(Severity.SUGGESTION)
        said.add(Severity.PRAISE)
    if Severity.SUGGESTION in said and Severity.COMPLAINT in said and _is_advice(chosen, clause):
        said.discard(Severity.COMPLAINT)
    if _took_months(clause):
        said.add(Severity.COMPLAINT)
    if not said and _lacks_something(clause, lexicon):
        said.add(Severity.COMPLAINT)
    if clause.has("irony") and Severity.PRAISE in said:
        said.add(Severity.COMPLAINT)
    return said


def _keeps(chosen: Sequence[Match], clause: Clause, lexicon: Lexicon) -> bool:
    """ "Mong các cháu giữ vững": a wish that all stays as it is."""
    wishes = [clause.tokens[m.start].word.fold for m in chosen if m.tag == "suggestion"]
    return "keep" in tags_of(clause, lexicon) and set(wishes) <= _WISHES


def is_alarming(name: str, match: Match, clause: Clause) -> bool:
    return name == "unpaid" or not _is_denied(match, clause)


def _took_months(clause: Clause) -> bool:
    """ "Nhanh ghê, có 3 tháng", "chờ có 4 tiếng": a number of months, or of hours waited, is no praise."""
    units = {b.word.fold for a, b in pairwise(clause.tokens) if a.kind == "number" and a.word.fold.isdigit()}
    waited = any(t.word.fold in {"cho", "doi"} and not t.word.is_bare for t in clause.tokens)
    return "thang" in units or (waited and bool(units & {"tieng", "gio", "ngay", "tuan", "buoi"}))


def _severity(
    match: Match, clause: Clause, chosen: Sequence[Match], following: list[Clause], lexicon: Lexicon
) -> Severity | None:
    is_denied = _is_denied(match, clause, chosen)
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
    if is_denied:
        return None  # "không góp ý gì"
    return Severity.PRAISE if _is_comparison(match, clause) else Severity.SUGGESTION


def _is_comparison(match: Match, clause: Clause) -> bool:
    """ "Nhanh hơn đi chợ" compares; "nhanh hơn" alone, or beside a wish, asks for it."""
    small = {i for m in clause.spans("particle", "pronoun") for i in range(m.start, m.end)}
    goes_on = any(i not in small and t.kind == "word" for i, t in enumerate(clause.tokens) if i >= match.end)
    return (
        match.end - match.start == _TWO
        and clause.tokens[match.end - 1].word.fold == "hon"
        and goes_on
        and not clause.has("wish")
        and clause.tokens[match.end].word.fold not in {"nua", "thi", "cho", "khong", "duoc"}
    )


def _is_denied(match: Match, clause: Clause, chosen: Sequence[Match] = ()) -> bool:
    """An odd number of denials shortly before, none of them part of another phrase ("10 điểm không có nhưng ❤")."""
    if clause.tokens[match.start].kind == "emoji":
        return False
    denials = {
        m.start
        for m in clause.live("negation")
        if match.start - _REACH <= m.start < match.start
        and clause.tokens[m.start].word.fold in _DENIALS
        and not any(c.start <= m.start and m.end <= c.end <= match.start for c in chosen)
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
    if _GIVES.intersection(between) == {"co"} and not _GOODS.intersection(between):
        return False  # "không có tình trạng vòi vĩnh"
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
    """A verb of giving or taking with an amount close by, and no denial before it; after "cho" only a sum counts."""
    matches = lexicon.comments.scan(clause.tokens)
    sums = [i for i, t in enumerate(clause.tokens) if t.kind == "number" and _SUM.match(t.word.fold)]
    sums += [m.start for m in matches if m.tag == "money" and clause.tokens[m.start].word.fold in _NOTES]
    amounts = sums + [m.start for m in matches if m.tag == "money"]
    for give in (m for m in matches if m.tag == "gives" and m.accents > 1):
        is_weak = give.end - give.start == 1 and clause.tokens[give.start].word.fold in _WEAK_GIVES
        near = [place for place in (sums if is_weak else amounts) if 0 <= place - give.end < _NEAR_MONEY]
        if near and not _is_denied(give, clause) and not is_fee(clause):
            return True
    return bool(sums) and _is_bought(clause, lexicon)


def _is_bought(clause: Clause, lexicon: Lexicon) -> bool:
    """ "500k là xong liền": a sum, what it brought, and no word of a fee."""
    results = [m for m in lexicon.alarms.scan(clause.tokens) if m.tag == "other:paid_for" and m.accents > 0]
    folds = {t.word.fold for t in clause.tokens}
    return bool(results) and not folds & {"phi", "nop", "dong", "khong", "gia", "chi"} and not is_fee(clause)


def is_fee(clause: Clause) -> bool:
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
    blame = [m for m in chosen if m.tag == "complaint" and clause.tokens[m.start].word.fold in _BLAME]
    return first is not None and first.tag == "suggestion" and not blame


def _lacks_something(clause: Clause, lexicon: Lexicon) -> bool:
    """ "Không có ghế", "không ai chỉ": a denial with something people need right after it."""
    needs = [m for m in lexicon.comments.scan(clause.tokens) if m.tag == "needs" and m.accents > 0]
    return any(
        0 <= need.start - denial.end <= 1
        for denial in clause.live("negation")
        for need in needs
        if clause.tokens[denial.start].word.fold not in {"khoi", "het"}
    )
