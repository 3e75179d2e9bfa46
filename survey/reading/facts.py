"""Reading yes/no replies about what happened: "không ai đòi gì" is no, "dạ" is nothing, two denials are not counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from survey.reading.clauses import Clause
from survey.reading.lexicon import Lexicon
from survey.reading.numerals import Numeral
from survey.reading.outcome import NOTHING, Outcome
from survey.reading.phrases import Match
from survey.reading.plans import Plan
from survey.reading.syllables import parse_word
from survey.reading.tokens import Token

_SMALL = ("particle", "pronoun")
_PAYMENT = "happened:payment"
_GIVES = frozenset({"dua", "kep", "dui", "nhet", "chung", "bieu"})
_SUMS = frozenset({"tien", "tram", "trieu", "nghin", "chuc", "lit", "xi", "cu"})
_NEAR = 3
_TRAILING = frozenset({"dau", "mo"})
_PLAIN_NO = frozenset({"khong", "chua", "khoi", "not", "never", "nothing"})
_SELF = frozenset({"toi", "tui", "em", "minh", "con", "chong", "vo"})
_SUPPOSED = frozenset({"neu", "gia", "phai", "if", "ai", "uoc", "mong", "hy", "hi", "dang", "le"})
_YIELDS = frozenset({"u", "ok"})  # "ừ có": says yes to being asked, not to the question
_WORDS = frozenset(
    {"co", "no", "di", "cho", "xin", "giup"}
)  # never address or sighs here: "co" is có, not cô
_ENGLISH = frozenset(
    {"extra", "fee", "fees", "additional", "more", "not", "one", "money", "cost", "charge", "payment"}
)
_AUNT = parse_word("cô")
_PERHAPS_NO = frozenset(
    {"phai", "co", "mat", "ton", "ai", "can", "tra", "dua", "dong", "bo"}
)  # after a bare "no" that may be nỏ


class _Verdict(Enum):
    YES = "yes"
    NO = "no"
    DOUBLE = "denied twice"
    REFUSAL = "refusal"
    VETO = "veto"
    AMOUNT = "amount"
    SUM = "sum"
    REFUSED = "refused"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class _Look:
    """One clause with its matches, ready to be judged."""

    clause: Clause
    matches: Sequence[Match]
    happened: str  # tag of what the question asks about
    is_first: bool
    is_beyond: bool  # somewhere it is said that it was beyond the rules

    @property
    def tokens(self) -> Sequence[Token]:
        return self.clause.tokens

    def spans(self, *tags: str) -> list[Match]:
        return [m for m in self.matches if m.tag in tags]

    def is_small(self, place: int) -> bool:
        small = {i for m in self.clause.spans(*_SMALL) for i in range(m.start, m.end)}
        return (
            (
                place in small
                and (self.tokens[place].word.fold not in _WORDS or self.tokens[place].word == _AUNT)
            )
            or self.tokens[place].word.fold in _YIELDS
            or self.tokens[place].kind == "emoji"
        )

    def begin(self) -> int:
        """The first place that says something."""
        leads = {i for m in self.clause.spans("lead") for i in range(m.start, m.end)}
        leads |= {
            i
            for i, (a, b) in enumerate(pairwise(self.tokens))
            if (a.word.fold, b.word.fold) == ("cung", "co")
        }
        says = (i for i in range(len(self.tokens)) if not self.is_small(i) and i not in leads)
        return next(
            (i for i in says if self.tokens[i].kind != "number" or i + 1 == len(self.tokens)),
            len(self.tokens),
        )

    def ends_at(self, place: int) -> bool:
        return all(self.is_small(i) for i in range(place, len(self.tokens)))

    def starts_with(self, place: int, *tags: str) -> bool:
        return any(m.start == place for m in self.spans(*tags))


def read_fact(clauses: list[Clause], numerals: Sequence[Numeral], plan: Plan, lexicon: Lexicon) -> Outcome:
    """Return yes or no as options of `plan`, if that is what `clauses` say."""
    happened = _PAYMENT if "fee" in plan.topics else "happened:papers"
    said: list[tuple[int, _Verdict]] = []
    is_double = False  # "không phải là không": clear only by what follows
    is_beyond = any(m.tag == "beyond" for clause in clauses for m in lexicon.facts.scan(clause.tokens))
    for place, clause in enumerate(clauses):
        look = _Look(clause, _matches(clause, lexicon), happened, is_first=not said, is_beyond=is_beyond)
        verdict = _judge(look)
        so_far = {v for _, v in said}
        if _Verdict.YES in so_far and verdict is _Verdict.NONE and not is_beyond and look.spans("excused"):
            verdict = _Verdict.VETO  # "có, nhưng giấy đó nằm trong quy định"
        if verdict is _Verdict.DOUBLE:
            is_double = True
            continue
        if verdict is _Verdict.VETO or (
            verdict in (_Verdict.REFUSAL, _Verdict.AMOUNT, _Verdict.SUM) and _Verdict.YES not in so_far
        ):
            return Outcome(is_touched=True, is_vetoed=True, rule="fact:not clear")
        if verdict is _Verdict.REFUSED:
            said = [(place, _Verdict.NO)]  # the envelope came back, so what was said before it did not happen
        if verdict in (_Verdict.YES, _Verdict.NO):
            said.append((place, verdict))
    verdicts = {plan.numbers[v.value] for _, v in said} | {n.option for n in numerals}
    if is_double and {v for _, v in said} != {_Verdict.YES}:
        return Outcome(is_touched=True, is_vetoed=True, rule="fact:double denial")
    if not verdicts:
        return NOTHING
    if len(verdicts) > 1 or 0 in verdicts:
        return Outcome(is_touched=True, is_vetoed=True, rule="fact:contradiction")
    answered = tuple(place for place, _ in said) + tuple(n.clause for n in numerals)
    rule = f"fact:{said[0][1].value}" if said else "number"
    return Outcome(option=verdicts.pop(), is_touched=True, answered=answered, rule=rule)


def _matches(clause: Clause, lexicon: Lexicon) -> list[Match]:
    """Return the matches of `clause`; "ngoài lệ phí …" at its beginning is a frame and nothing that happened."""
    matches = lexicon.facts.scan(clause.tokens)
    small = {i for m in clause.spans(*_SMALL) for i in range(m.start, m.end)}
    begin = next((i for i in range(len(clause.tokens)) if i not in small), 0)
    is_framed = clause.tokens[begin].word.fold in {"ngoai", "tru"} and any(
        m.start > begin and clause.tokens[m.start].word.fold in _PLAIN_NO for m in clause.live("negation")
    )
    return [m for m in matches if not (is_framed and m.start == begin)]


def _judge(look: _Look) -> _Verdict:
    clause = look.clause
    whole = _whole(look)
    if whole is not None and not (clause.is_question or clause.has("irony") or look.spans("double")):
        return _Verdict.VETO if _is_perhaps_no(look) else whole
    if look.spans("double"):
        return _Verdict.DOUBLE
    if (
        look.spans("unclear")
        or clause.has("irony", "hedge")
        or _is_supposed(look)
        or clause.is_question
        or _asks(look)
    ):
        return _Verdict.VETO
    if _is_perhaps_no(look):
        return _Verdict.VETO
    if look.spans("amount"):
        return _Verdict.AMOUNT
    if clause.has("refusal"):
        return _Verdict.REFUSAL
    if look.happened == _PAYMENT and look.spans("refused"):
        return _Verdict.REFUSED
    if look.happened == _PAYMENT and look.spans("only_legal"):
        return _Verdict.NO
    begin = look.begin()
    if begin < len(look.tokens) and look.tokens[begin].word.fold == "co" and look.starts_with(begin, "yes"):
        return _after_yes(look, begin)
    denial = _denial_at(look, begin)
    if denial is not None:
        return _after_no(look, denial)
    return _told(look)


def _is_supposed(look: _Look) -> bool:
    return any(
        look.tokens[m.start].word.fold in _SUPPOSED
        and not (m.start and look.tokens[m.start - 1].word.fold in _PLAIN_NO)
        for m in look.clause.live("wish")
    )


def _asks(look: _Look) -> bool:
    """ "Có phải bổ sung không", "có không nhỉ": the question given back."""
    content = [t.word.fold for i, t in enumerate(look.tokens) if not look.is_small(i)]
    return len(content) > 1 and content[-1] == "khong" and "co" in content[:-1] and content[0] != "khong"


def _is_perhaps_no(look: _Look) -> bool:
    """ "no phai bo sung": nó or nỏ, nobody can tell."""
    pairs = pairwise(look.tokens)
    return any(a.word.fold == "no" and a.word.is_bare and b.word.fold in _PERHAPS_NO for a, b in pairs)


def _whole(look: _Look) -> _Verdict | None:
    begin = look.begin()
    for match in sorted(look.spans("yes", "no"), key=lambda m: m.start - m.end):
        if match.start == begin and look.ends_at(match.end) and match.accents > 0:
            return _Verdict.YES if match.tag == "yes" else _Verdict.NO
    return None


def _after_yes(look: _Look, begin: int) -> _Verdict:
    if _trails(look, begin + 1):
        return _Verdict.NO if _is_of_matter(look, begin + 1) else _Verdict.NONE
    event = look.spans(look.happened)
    if _legal(look) and not event:
        return _Verdict.VETO if look.is_first else _Verdict.NONE
    place = next((i for i in range(begin + 1, len(look.tokens)) if not look.is_small(i)), len(look.tokens))
    if (
        place == len(look.tokens)
        or look.starts_with(place, "after_yes")
        or look.tokens[place].kind == "number"
        or event
    ):
        return _Verdict.VETO if _legal(look) and look.happened == "happened:papers" else _Verdict.YES
    return _Verdict.NONE


def _denial_at(look: _Look, place: int) -> Match | None:
    marks = [
        m
        for m in look.clause.live("negation")
        if m.start == place and look.tokens[place].word.fold in _PLAIN_NO | {"dau", "lam"}
    ]
    return min(marks, key=lambda m: m.end, default=None)


def _after_no(look: _Look, denial: Match) -> _Verdict:
    rest = range(denial.end, len(look.tokens))
    again = [i for i in rest if look.tokens[i].word.fold in _PLAIN_NO and not look.ends_at(i + 1)]
    if again or any(look.tokens[i].word.fold in _PLAIN_NO for i in rest):
        return _Verdict.VETO if look.is_first else _Verdict.NONE
    place = next((i for i in rest if not look.is_small(i)), len(look.tokens))
    if place == len(look.tokens):
        return _Verdict.NONE if look.tokens[denial.start].word.fold == "khoi" else _Verdict.NO
    if (
        look.tokens[place].word.fold == "phai"
        and place + 1 < len(look.tokens)
        and look.tokens[place + 1].word.fold in _SELF
    ):
        return _Verdict.VETO  # "không phải tôi làm"
    after = place + 1 if look.tokens[place].word.fold == "co" else place
    if look.tokens[place].word.fold == "ai" and not _is_of_taking(look, place + 1):
        return _Verdict.NONE  # "chẳng ai giải thích"
    if look.starts_with(after, "missing") and not look.spans(look.happened):
        return _Verdict.NONE
    if look.starts_with(place, "after_no") or any(m.start >= place for m in look.spans(look.happened)):
        return _Verdict.NO if after == place or _goes_on(look, after) else _Verdict.NONE
    return _Verdict.NONE


def _is_of_taking(look: _Look, place: int) -> bool:
    """After "không ai": nothing more, or words for asking and taking."""
    following = next((i for i in range(place, len(look.tokens)) if not look.is_small(i)), len(look.tokens))
    return following == len(look.tokens) or any(
        m.start >= following for m in look.spans("taking", look.happened)
    )


def _goes_on(look: _Look, place: int) -> bool:
    """After "không có": nothing more, or more about the same."""
    following = next((i for i in range(place, len(look.tokens)) if not look.is_small(i)), len(look.tokens))
    return (
        following == len(look.tokens)
        or look.starts_with(following, "after_no")
        or any(m.start >= following for m in look.spans(look.happened))
        or look.tokens[following].word.fold in {"dau", "mo", "gi", "chi", "het", "a", "thay", "giay", "to"}
    )


def _told(look: _Look) -> _Verdict:
    """No yes or no in front: what is told of the matter itself."""
    events = look.spans(look.happened) + _paid(look)
    if not look.is_first and _legal(look):
        return _Verdict.NONE
    if not events and not look.is_first and look.happened == _PAYMENT and _names_sum(look):
        return _Verdict.SUM
    denials = [
        m
        for m in look.clause.live("negation")
        if look.tokens[m.start].word.fold in _PLAIN_NO | {"dau", "lam"}
    ]
    if {"quy", "dinh"} <= {t.word.fold for t in look.tokens[: denials[0].start if denials else 0]}:
        return _Verdict.NONE
    if not events:
        told = any(look.starts_with(m.end, "after_no") and _is_about(look, m.end) for m in denials)
        return _Verdict.NO if told and len(denials) == 1 else _Verdict.NONE
    first = min(m.start for m in events)
    if first and look.tokens[first - 1].word.fold == "no" and look.tokens[first].word.fold in _ENGLISH:
        return _Verdict.NO
    before = [m for m in denials if m.start < first]
    if len({m.start for m in before}) > 1:
        return _Verdict.VETO
    if before and {"quy", "dinh"} <= {t.word.fold for t in look.tokens[: before[0].start]}:
        return _Verdict.NONE  # "quy định không yêu cầu" tells what the rules say
    if before or _trails(look, first):
        return _Verdict.NO
    return _Verdict.VETO if _legal(look) and not _is_beyond(look) else _Verdict.YES


def _legal(look: _Look) -> list[Match]:
    """What speaks for a fee or paper of the rules, unless denied or "ngoài"."""

    def is_beyond(match: Match) -> bool:
        before = {t.word.fold for t in look.tokens[max(match.start - 3, 0) : match.start]}
        return look.is_beyond or bool(before & {"ngoai", "khong", "chua"})

    return [m for m in look.spans("legal") if not is_beyond(m)]


def _names_sum(look: _Look) -> bool:
    """A sum of money, "100k": after a "không" it may be what was paid after all."""
    return any(
        t.kind == "number" and (t.word.fold[-1:] in "kr" or len(t.word.fold) > _NEAR) for t in look.tokens
    )


def _paid(look: _Look) -> list[Match]:
    """ "Đưa 50k cho …": a verb of giving with a sum close by."""
    if look.happened != _PAYMENT:
        return []
    return [
        Match(place, place + 1, _PAYMENT, 3)
        for place, token in enumerate(look.tokens)
        if token.word.fold in _GIVES
        and any(
            t.kind == "number" or t.word.fold in _SUMS for t in look.tokens[place + 1 : place + 1 + _NEAR]
        )
    ]


def _is_about(look: _Look, place: int) -> bool:
    return (
        look.tokens[place].word.fold in {"doi", "thu", "lay", "bat", "yeu", "mat", "ton", "bo", "ai", "nhan"}
        if place < len(look.tokens)
        else False
    )


def _is_beyond(look: _Look) -> bool:
    folds = [t.word.fold for t in look.tokens]
    return "ngoai" in folds


def _is_of_matter(look: _Look, place: int) -> bool:
    """Between "có" and "đâu" stands nothing, or something of what was asked."""
    content = [i for i in range(place, len(look.tokens)) if not look.is_small(i)][:-1]
    return not content or any(m.start in content for m in look.spans("after_yes", "after_no", look.happened))


def _trails(look: _Look, place: int) -> bool:
    """ "Có … đâu", "mất chi mô": the word at the end denies what stands before it."""
    content = [i for i in range(place, len(look.tokens)) if not look.is_small(i)]
    return bool(content) and look.tokens[content[-1]].word.fold in _TRAILING
