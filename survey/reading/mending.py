"""Slips of the fingers: a letter swapped, dropped, doubled or missed, a wrong accent, a space inside a syllable.

A word is mended only when one word of the question is near and the typed one is no other word.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from rapidfuzz.distance import OSA

from survey.reading.lexicon import Lexicon
from survey.reading.plans import Plan
from survey.reading.syllables import Word, is_syllable, parse_word
from survey.reading.tokens import Token

_SHORTEST_TYPO = 3
_SHORT = 3  # letters: here a second slip, in the accents, is one too many
_CONSONANTS = frozenset("bcdđghklmnpqrstvx")
_FINALS = frozenset({"c", "ch", "m", "n", "ng", "nh", "p", "t", "g", "h", "i", "y"})
_OWN_WORDS = frozenset(
    map(parse_word, ("chấm", "cô", "cò", "cờ", "cơ", "chàm", "cam", "hèn"))
)  # never slips of the fingers
_ONE, _AROUND = 1, 3


def mend(tokens: Sequence[Token], text: str, plan: Plan, lexicon: Lexicon) -> list[Token]:
    """Return `tokens` of `text` with the slips mended that can only be words of the question of `plan`."""
    whole = _join(_split(tokens, plan, lexicon), text, plan, lexicon)
    return _mend_phrases([_mend_word(token, plan, lexicon) for token in whole], text, plan, lexicon)


def is_junk(token: Token, lexicon: Lexicon) -> bool:
    """Whether `token` is no word at all, so that it may have been any."""
    fold = token.word.fold
    return token.kind == "word" and fold not in lexicon.known and not is_syllable(fold)


def _split(tokens: Sequence[Token], plan: Plan, lexicon: Lexicon) -> list[Token]:
    """ "Hàilòng", "rườmrà": two words of the question without the space between them."""
    result: list[Token] = []
    for token in tokens:
        phrase = plan.merged.get(token.word.fold, ()) if is_junk(token, lexicon) else ()
        result.extend([replace(token, word=word, is_mended=True) for word in phrase] or [token])
    return result


def _join(tokens: Sequence[Token], text: str, plan: Plan, lexicon: Lexicon) -> list[Token]:
    """ "Khôn g", "r ất": two pieces, one of them no syllable, that together are a word of the question."""
    result: list[Token] = []
    for token in tokens:
        before = result[-1] if result else None
        if before and before.kind == token.kind == "word" and token.start == before.end + 1:
            left, right = text[before.start : before.end].casefold(), text[token.start : token.end].casefold()
            word = parse_word(left + right)
            if _are_halves(left, right, word, plan, lexicon):
                result[-1] = replace(before, word=word, end=token.end, is_mended=True)
                continue
        result.append(token)
    return result


def _are_halves(left: str, right: str, word: Word, plan: Plan, lexicon: Lexicon) -> bool:
    exact = word in plan.words
    if not exact and not (word.is_bare and word.fold in plan.vocabulary):
        return False
    if _CONSONANTS.issuperset(left):
        return exact or left not in lexicon.spellings
    return right in _FINALS and (exact or right not in lexicon.spellings)


def _mend_word(token: Token, plan: Plan, lexicon: Lexicon) -> Token:
    """An unknown word that is no Vietnamese syllable becomes the one word of the question it is a slip away from."""
    if token.kind != "word" or len(token.word.fold) < _SHORTEST_TYPO or not is_junk(token, lexicon):
        return token
    near = _nearest(token.word, plan.words, {word for phrase in plan.label_phrases for word in phrase})
    return replace(token, word=near, is_mended=True) if near else token


def _nearest(typed: Word, words: Iterable[Word], labels: Set[Word]) -> Word | None:
    """Return the one word a slip away from `typed`; where several are, the one of a label, or whose accents agree."""
    near = [word for word in words if _is_slip(typed, word)]
    near = [word for word in near if word in labels] or near
    if len({word.fold for word in near}) > 1 and not typed.is_bare:
        near = [word for word in near if _accent_slips(typed, word) <= 1]
    if len({word.fold for word in near}) != 1:
        return None
    return (
        parse_word(near[0].fold)
        if typed.is_bare
        else min(near, key=lambda word: (_accent_slips(typed, word), word.hatted))
    )


def _accent_slips(typed: Word, wanted: Word) -> int:
    return OSA.distance(typed.hatted, wanted.hatted) + (typed.tone != wanted.tone)


def _is_slip(typed: Word, wanted: Word) -> bool:
    size = len(wanted.fold)
    if size < _SHORTEST_TYPO or abs(size - len(typed.fold)) > 1:
        return False
    if OSA.distance(typed.fold, wanted.fold, score_cutoff=1) > 1:
        return False
    if typed.is_bare or size > _SHORT:
        return True
    return _accent_slips(typed, wanted) <= 1


def _mend_phrases(tokens: list[Token], text: str, plan: Plan, lexicon: Lexicon) -> list[Token]:
    """ "Rất gọm", "hải lòng", "chạm": words near a phrase of the question, where its other words stand or nothing else does."""
    odd = [i for i, token in enumerate(tokens) if _is_odd(token, plan, lexicon)]
    if not odd:
        return tokens
    alone = _alone(tokens, lexicon)
    result = list(tokens)
    for start, phrase in _candidates(tokens, odd, alone, plan):
        here = result[start : start + len(phrase)]
        typed = [_typed(token, text, lexicon) for token in here]
        if _is_near(here, typed, phrase, lexicon, is_label=phrase in plan.label_phrases):
            result[start : start + len(phrase)] = [
                replace(t, word=w, is_mended=t.is_mended or t.word != w)
                for t, w in zip(here, phrase, strict=True)
            ]
    return result


def _is_odd(token: Token, plan: Plan, lexicon: Lexicon) -> bool:
    """Whether `token` is no word that stands in the phrases of the question, and no other known one."""
    word = token.word
    if token.kind != "word" or word in plan.phrase_words:
        return False
    return not _is_real(word, lexicon) or (word.fold in plan.anchors and not word.is_bare)


def _candidates(
    tokens: Sequence[Token], odd: Sequence[int], alone: frozenset[int], plan: Plan
) -> list[tuple[int, tuple[Word, ...]]]:
    """Return (place, phrase) of phrases that may be meant around the `odd` words, the longer first."""
    found: dict[tuple[int, tuple[Word, ...]], None] = {}
    for place in odd:
        if place in alone:
            found.update(((place, phrase), None) for phrase in plan.phrases if len(phrase) == _ONE)
        for other in range(max(place - _AROUND, 0), min(place + _AROUND + 1, len(tokens))):
            for phrase, at in plan.anchors.get(tokens[other].word.fold, ()):
                if len(phrase) > _ONE and 0 <= other - at <= place < other - at + len(phrase):
                    found[other - at, phrase] = None
    return sorted(found, key=lambda row: -len(row[1]))


def _alone(tokens: Sequence[Token], lexicon: Lexicon) -> frozenset[int]:
    """The places of words beside which their part of the message holds nothing but politeness."""
    small = {
        i
        for m in lexicon.markers.scan(tokens)
        if m.tag in ("particle", "pronoun")
        for i in range(m.start, m.end)
    }
    found: set[int] = set()
    run: list[int] = []
    for place, token in enumerate((*tokens, None)):
        if token is None or token.kind == "break":
            found.update(run if len(run) == _ONE else ())
            run = []
        elif token.kind in ("word", "number") and place not in small:
            run.append(place)
    return frozenset(found)


def _is_near(
    here: Sequence[Token], typed: Sequence[Word], phrase: tuple[Word, ...], lexicon: Lexicon, *, is_label: bool
) -> bool:  # fmt: skip
    if len(here) < len(phrase) or any(t.kind != "word" for t in here):
        return False
    words = [token.word for token in here]
    if all(
        word == wanted or (word.is_bare and word.fold == wanted.fold)
        for word, wanted in zip(words, phrase, strict=True)
    ):
        return False  # nothing to mend
    same = [word.fold == wanted.fold for word, wanted in zip(words, phrase, strict=True)]
    if not any(same) and len(phrase) > _ONE:
        return False
    return all(
        _is_misaccented(raw, is_label, lexicon) if is_same else _may_be(raw, wanted, lexicon)
        for raw, wanted, is_same in zip(typed, phrase, same, strict=True)
    )


def _is_misaccented(typed: Word, is_label: bool, lexicon: Lexicon) -> bool:
    return typed not in _OWN_WORDS and (is_label or not _is_real(typed, lexicon))


def _may_be(typed: Word, wanted: Word, lexicon: Lexicon) -> bool:
    return not _is_real(typed, lexicon) and _is_slip(typed, wanted)


def _typed(token: Token, text: str, lexicon: Lexicon) -> Word:
    """The word as it stood in the text; what the spelling table knows is no slip."""
    raw = text[token.start : token.end].casefold()
    return token.word if token.is_mended or raw in lexicon.spellings or not raw.isalpha() else parse_word(raw)


def _is_real(typed: Word, lexicon: Lexicon) -> bool:
    if typed.is_bare:
        return typed.fold in lexicon.known
    return (typed.hatted, typed.tone) in lexicon.real_words
