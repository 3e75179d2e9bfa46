"""Reading how people found out: a source named, or a person together with asking or telling."""

from collections.abc import Sequence

from survey.reading.clauses import Clause
from survey.reading.hits import Hit, find_hits
from survey.reading.lexicon import Lexicon
from survey.reading.numerals import Numeral
from survey.reading.outcome import Outcome
from survey.reading.phrases import Match, PhraseBook, longest
from survey.reading.plans import Plan

_EXACT = 3
_JOINS = frozenset({"va", "voi", "cung", "lan", "hoac", "hay"})
_ADDRESS = frozenset(
    [
        "anh",
        "chi",
        "co",
        "chu",
        "bac",
        "ong",
        "ba",
        "o",
        "con",
        "chau",
        "cau",
        "di",
        "ma",
        "cha",
        "bo",
        "me",
        "em",
        "mo",
        "mu",
        "ban",
    ]
)


def read_source(clauses: list[Clause], numerals: Sequence[Numeral], plan: Plan, lexicon: Lexicon) -> Outcome:
    """Return the one source that `clauses` name."""
    hits = [hit for hit in find_hits(clauses, lexicon.sources) if ":" in hit.key]
    own = [
        hit
        for hit in hits
        if hit.key.startswith("word:")
        or _is_told(clauses, hit, hits, lexicon.sources)
        or _is_listed(clauses, hit, hits)
    ]
    if any(m.tag == "unclear" for c in clauses for m in lexicon.sources.scan(c.tokens)):
        return Outcome(is_touched=True, is_vetoed=True, rule="source:not clear")
    if any(hit.is_doubted and not _is_asked(clauses, hit) for hit in own) or any(
        n.option == 0 for n in numerals
    ):
        return Outcome(is_touched=bool(own), is_vetoed=True, rule="doubt")
    clear = [hit for hit in own if not hit.is_denied and (not hit.is_blurred or _is_asked(clauses, hit))]
    keys = {hit.key.partition(":")[2] for hit in clear}
    keys -= {hit.key.partition(":")[2] for hit in own if hit.is_denied}
    named = {plan.numbers[key] for key in keys} | {n.option for n in numerals}
    if len(named) != 1:
        return Outcome(is_touched=bool(own), is_vetoed=len(named) > 1, rule="no single source")
    answered = tuple(hit.clause for hit in clear) + tuple(n.clause for n in numerals)
    rule = f"source:{keys.pop()}" if keys else "number"
    return Outcome(option=named.pop(), is_touched=True, answered=answered, rule=rule)


def _is_asked(clauses: list[Clause], hit: Hit) -> bool:
    """ "… hàng xóm chi": the word after is chỉ, not a doubt."""
    tokens = clauses[hit.clause].tokens
    return hit.end < len(tokens) and tokens[hit.end].word.fold == "chi"


def _is_listed(clauses: list[Clause], hit: Hit, hits: list[Hit]) -> bool:
    """ "Mạng với cán bộ", "mạng, cán bộ": beside another source a person is one too, so no single one is meant."""
    clause = clauses[hit.clause]
    is_address = hit.end - hit.start == 1 and clause.tokens[hit.start].word.fold in _ADDRESS
    if is_address or not any(h.key.startswith("word:") for h in hits):
        return False
    is_joined = hit.start > 0 and clause.tokens[hit.start - 1].word.fold in _JOINS
    return is_joined or all(hit.start <= i < hit.end for i in clause.rest("particle", "pronoun"))


def _is_told(clauses: list[Clause], hit: Hit, hits: list[Hit], book: PhraseBook) -> bool:
    """Whether the person of `hit` was asked or told something; forms of address only right beside the verb."""
    if (
        any(h.clause == hit.clause and h.key == "word:officer" for h in hits)
        and hit.key == "person:acquaintance"
    ):
        return False
    clause = clauses[hit.clause]
    is_address = hit.end - hit.start == 1 and clause.tokens[hit.start].word.fold in _ADDRESS
    if (
        is_address
        and hit.accents < _EXACT
        and any(not t.word.is_bare for c in clauses for t in c.tokens if t.kind == "word")
    ):
        return False  # among accented words "chi" is no "chị"
    if is_address and any(
        h.clause == hit.clause and h is not hit and (h.key == "person:officer" or h.key.startswith("word:"))
        for h in hits
    ):
        return False
    told = [
        m
        for m in longest(m for m in book.scan(clause.tokens) if m.tag == "told")
        if not (m.start < hit.end and hit.start < m.end)
    ]
    if not is_address:
        return bool(told)
    return any(_beside(m, hit, clause) for m in told)


def _beside(told: Match, hit: Hit, clause: Clause) -> bool:
    if told.end <= hit.start:
        asked = clause.tokens[told.start].word.fold in {"nho", "hoi", "nghe", "theo"}
        return asked and hit.start - told.end <= 1
    return 0 <= told.start - hit.end <= 2 and clause.tokens[told.start].word.fold not in {
        "hoi",
        "nghe",
        "nho",
    }
