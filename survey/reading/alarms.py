"""What makes a comment critical though no single word of it is: "nắm" with "tay em", "thu" with "không biên lai"."""

from collections.abc import Iterator, Sequence

from survey.reading.clauses import Clause
from survey.reading.lexicon import Lexicon
from survey.reading.phrases import BARE, Match

# A proposal may hold these words too: "nên công khai số điện thoại cán bộ trên mạng".
_PROPOSED = frozenset({"personal", "asked", "invited", "messaged", "escape"})
_APART = 8  # words between the two
_SURE = 1  # how well the accents must agree


def find_alarms(clause: Clause, lexicon: Lexicon) -> Iterator[tuple[str, Match]]:
    """Yield the name of each pair of alarms.yaml that stands in `clause`, with its first word."""
    said = lexicon.comments.scan(clause.tokens)
    covers = [m for m in said if m.tag == "neutral"] + clause.spans("harmless")
    found = [
        m for m in lexicon.alarms.scan(clause.tokens) if m.accents >= _SURE and not _is_covered(m, covers)
    ]
    for one in found:
        part, _, name = one.tag.partition(":")
        if part != "one" or (name in _PROPOSED and _is_proposed(one, said)):
            continue
        other = next(
            (m for m in found if m.tag == f"other:{name}" and _is_near(one, m) and _is_sure(one, m)), None
        )
        if other:
            yield name, min(one, other, key=lambda m: m.start)


def _is_covered(match: Match, covers: Sequence[Match]) -> bool:
    return any(
        c.start <= match.start and match.end <= c.end and c.end - c.start > match.end - match.start
        for c in covers
    )


def _is_near(one: Match, other: Match) -> bool:
    """Beside each other in any order, not one within the other."""
    return 0 <= other.start - one.end <= _APART or 0 <= one.start - other.end <= _APART


def _is_sure(one: Match, other: Match) -> bool:
    """Two single words without accents could be too many other words."""
    return any(m.end - m.start > 1 or m.accents != BARE for m in (one, other))


def _is_proposed(one: Match, said: Sequence[Match]) -> bool:
    return any(m.tag == "suggestion" and m.start < one.start and m.accents > 0 for m in said)
