"""Dossiers that had to be supplemented, by procedure: what the intake says, and beside it what citizens say of papers."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from reports.disclosure import Hidden
from reports.figures import SupplementFigure
from reports.marks import percent
from reports.rules import PAPERS_QUESTION, Scale
from reports.tallies import UNKNOWN, Pool, Returns

SUPPLEMENT = "supplement"  # the outcome


def measure_supplements(
    returns: Sequence[Returns],
    pools: Mapping[str, Pool],
    scale: Scale | None,
    *,
    hidden: Hidden,
    min_group: int,
) -> tuple[SupplementFigure, ...]:
    """Return the share of each procedure's transactions that had to be supplemented, the highest first; names are added later.

    Share = transactions with the outcome `supplement` / transactions whose outcome is known (the aim is no
    supplement more than once; the intake does not tell how often). Beside it the answers "Có" to 3.7. Procedures with fewer
    than `min_group` such transactions are left out, and the answers of a procedure whose marks are not shown.
    """
    known: dict[str, int] = {}
    counted: dict[str, int] = {}
    for one in returns:
        if one.outcome != UNKNOWN:
            known[one.procedure] = known.get(one.procedure, 0) + one.returned
        if one.outcome == SUPPLEMENT:
            counted[one.procedure] = counted.get(one.procedure, 0) + one.returned
    found = []
    for code, supplemented in counted.items():
        n = known[code]
        if n < min_group or not supplemented:
            continue
        pool = pools.get(code, Pool())
        is_shown = pool.people >= min_group and not hidden.hides("procedure", code) and scale is not None
        asked = _count_asked(pool.counts(PAPERS_QUESTION), scale) if is_shown else None
        found.append(
            SupplementFigure(
                code=code,
                name=code,
                n=n,
                supplemented=supplemented,
                share_pct=percent(Fraction(supplemented, n)),
                asked_n=sum(pool.counts(PAPERS_QUESTION)) if is_shown else None,
                asked=asked,
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.share_pct, -one.n, one.code)))


def _count_asked(counts: Sequence[int], scale: Scale | None) -> int:
    satisfied = scale.satisfied if scale else ()
    return sum(count for count, is_good in zip(counts, satisfied, strict=False) if not is_good)
