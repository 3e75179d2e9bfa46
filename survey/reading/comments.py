"""Reading a comment for how much attention it needs. It never decides anything else: the words go on as they are."""

import re
from collections.abc import Sequence
from itertools import pairwise

from survey.reading.alarms import find_alarms
from survey.reading.clauses import Clause, split_clauses
from survey.reading.lexicon import Lexicon
from survey.reading.meaning import Severity
from survey.reading.phrases import Match, longest
from survey.reading.tokens import Token, tidy_text, tokenise

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
_PRICE = re.compile(r"^\d+([.,]\d+)*(k|tr)$|^\d{1,3}([.,]000)+d?$")  # 50k, 2tr, 100.000
_COUNTS = frozenset({"hai", "ba", "bon", "nam", "tram", "chuc", "vai", "may", "muoi"})
_LIGHT = frozenset({Severity.PRAISE, Severity.SUGGESTION, Severity.EMPTY})
_QUOTES = frozenset('"“”«»')
_LONGEST_QUOTE = 3
_HINTS = frozenset({"cam on", "ca phe", "qua", "chut qua", "ho tro", "boi duong", "thuoc nuoc", "tra nuoc", "biet dieu", "tinh cam", "nuoc", "uong nuoc", "le phi", "phi", "mon qua", "loc", "cafe"})  # fmt: skip
_OFFERS = frozenset({"asked", "paid_for"})
_OFFERED = frozenset({"lot", "boi", "tien", "tra", "phong", "bao", "bi", "chung", "biet", "lo", "kep", "dua", "dui", "nhet", "co", "nhung", "sach", "hach", "tieu", "tham", "qua", "uong", "dut", "gui", "cung", "cai", "phai", "nhan", "hoi"})  # fmt: skip
_SECTIONS = ("critical", "complaint", "suggestion", "praise", "clean", "neutral", "past")


def read_comment(words: str, lexicon: Lexicon) -> Severity:
    """Return the severity of `words`: the worst part decides, doubt counts as complaint."""
    tokens = tokenise(tidy_text(words), lexicon)
    if _is_empty(tokens, lexicon):
        return Severity.EMPTY
    clauses = split_clauses(tokens, lexicon)
    found = [_read_clause(clause, clauses[place + 1 :], lexicon) for place, clause in enumerate(clauses)]
    found = [said or _proposed(clause, tokens) for said, clause in zip(found, clauses, strict=True)]
    for take_back in (_without_given_back, _without_past):
        found = take_back(found, clauses, lexicon)
    said = set().union(_quoted(tokens, lexicon), *found)
    if Severity.PRAISE not in said and _is_alarming_in_all(tokens, lexicon):
        said.add(Severity.CRITICAL)
    worst = next((severity for severity in Severity if severity in said), Severity.COMPLAINT)
    is_unexplained = worst in _LIGHT and any(_names_money(clause, lexicon) for clause in clauses)
    return Severity.COMPLAINT if is_unexplained else worst


def _names_money(clause: Clause, lexicon: Lexicon) -> bool:
    """A sum that is no fee and did not come back: someone should read it, whatever else was said."""
    if _is_fee(clause) or "clean" in _tags(clause, lexicon):
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


def _tags(clause: Clause, lexicon: Lexicon) -> set[str]:
    return {m.tag for m in lexicon.comments.scan(clause.tokens) if m.accents > 0}


def _without_given_back(
    found: list[set[Severity]], clauses: list[Clause], lexicon: Lexicon
) -> list[set[Severity]]:
    """ "Tôi đưa phong bì, cô nhất định không nhận": what was offered is praise once it came back."""
    last = max(
        (place for place, clause in enumerate(clauses) if "clean" in _tags(clause, lexicon)), default=-1
    )
    return [
        {Severity.PRAISE}
        if place <= last and Severity.CRITICAL in said and _is_offered(clause, lexicon)
        else said
        for place, (said, clause) in enumerate(zip(found, clauses, strict=True))
    ]


def _without_past(found: list[set[Severity]], clauses: list[Clause], lexicon: Lexicon) -> list[set[Severity]]:
    """ "Trước đây chậm, giờ nhanh", "cứ tưởng phải lót tay": what was or was feared is no blame when praise follows."""
    kept = []
    for place, (said, clause) in enumerate(zip(found, clauses, strict=True)):
        tags = _tags(clause, lexicon)
        praised = set().union(*found[place:]) & {Severity.PRAISE}
        later = set().union(*found[place + 1 :])
        is_forgiven = praised and not later & {Severity.COMPLAINT, Severity.CRITICAL}
        is_over = "past" in tags and any("clean" in _tags(c, lexicon) for c in clauses[place + 1 :])
        if is_forgiven and Severity.PRAISE in later and ("expected" in tags or is_over):
            kept.append(said - {Severity.COMPLAINT, Severity.CRITICAL})
        elif is_forgiven and "past" in tags:
            kept.append(said - {Severity.COMPLAINT})
        else:
            kept.append(said)
    return kept


def _is_offered(clause: Clause, lexicon: Lexicon) -> bool:
    """Whether all that is critical in `clause` is something offered: no demand, threat, touch or danger."""
    matches = [m for m in lexicon.comments.scan(clause.tokens) if m.tag == "critical"]
    alarms = {name for name, _ in find_alarms(clause, lexicon)}
    return alarms <= _OFFERS and all(clause.tokens[m.start].word.fold in _OFFERED for m in matches)


def _read_clause(clause: Clause, following: list[Clause], lexicon: Lexicon) -> set[Severity]:
    matches = [m for m in lexicon.comments.scan(clause.tokens) if m.tag in _SECTIONS]
    chosen = longest(matches)
    said: set[Severity] = set()
    for match in chosen:
        parts = chosen if match.tag in ("praise", "suggestion") else ()
        severity = _severity(match, clause, parts, following, lexicon)
        if severity:
            said.add(severity)
    if any(_is_alarming(name, match, clause) for name, match in find_alarms(clause, lexicon)):
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
    return "keep" in _tags(clause, lexicon) and set(wishes) <= _WISHES


def _is_alarming(name: str, match: Match, clause: Clause) -> bool:
    return name == "unpaid" or not _is_denied(match, clause)


def _is_alarming_in_all(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Where nothing is praised the two words of an alarm may stand in neighbouring clauses."""
    whole = Clause(tuple(tokens), "", tuple(lexicon.markers.scan(tokens)), False)
    return any(_is_alarming(name, match, whole) for name, match in find_alarms(whole, lexicon))


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
        if near and not _is_denied(give, clause) and not _is_fee(clause):
            return True
    return bool(sums) and _is_bought(clause, lexicon)


def _is_bought(clause: Clause, lexicon: Lexicon) -> bool:
    """ "500k là xong liền": a sum, what it brought, and no word of a fee."""
    results = [m for m in lexicon.alarms.scan(clause.tokens) if m.tag == "other:paid_for" and m.accents > 0]
    folds = {t.word.fold for t in clause.tokens}
    return bool(results) and not folds & {"phi", "nop", "dong", "khong", "gia", "chi"} and not _is_fee(clause)


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
