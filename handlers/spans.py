"""In which order periods are given out, as reports.disclosure must know it: what stands first binds what comes later.

Quarters come first, then half-years, then years. A month that was given out already comes before its quarter, else after
it: the quarter's report loses nothing because of months that nobody asked for.
"""

from collections.abc import Mapping
from datetime import datetime

from handlers.setup import Setup
from reports.disclosure import Spans
from reports.periods import Period, months_inside, periods_inside, periods_that_tell, quarter_of
from storage import snapshots
from storage.database import Transaction


def plan_spans(tx: Transaction, setup: Setup, period: Period) -> Spans:
    """Return the spans to be decided for a period's report, each with its parts: quarters, or months where they matter."""
    quarter = setup.reporting.quarter
    inside = (*periods_inside(period, quarter), period)
    quarters = [one for one in inside if one.kind == "quarter"] or [quarter_of(period, quarter)]
    given = _find_given(tx, setup, quarters)
    spans: list[tuple[str, list[str]]] = []
    for one in quarters:
        spans += _plan_quarter(setup, one, given, has_months=period.kind == "month")
    parts = {name: held for name, held in spans if any(name == one.id for one in quarters)}
    for one in inside:
        if one.kind in ("half", "year"):
            held = [part for q in quarters if one.first <= q.first <= one.last for part in parts[q.id]]
            spans.append((one.id, held))
    return spans


def list_parts(setup: Setup, spans: Spans, period: Period) -> list[tuple[Period, bool]]:
    """Return the days whose answers are counted apart, and whether each lies in the period."""
    quarter = setup.reporting.quarter
    named = {part for _, held in spans for part in held}
    around = (
        [quarter_of(period, quarter)]
        if period.kind == "month"
        else [*periods_inside(period, quarter), period]
    )
    quarters = [one for one in around if one.kind == "quarter"]
    known = {one.id: one for q in quarters for one in (q, *months_inside(q, quarter))}
    return [(one, one.first in period) for name, one in known.items() if name in named]


def _find_given(tx: Transaction, setup: Setup, quarters: list[Period]) -> dict[str, datetime]:
    """Return when quarters and their months were first given out, as far as they were."""
    quarter = setup.reporting.quarter
    telling: dict[str, tuple[str, ...]] = {one.id: (one.id,) for one in quarters}
    for q in quarters:
        for month in months_inside(q, quarter):
            telling[month.id] = tuple(one.id for one in periods_that_tell(month, quarter))
    frozen = snapshots.find_first_frozen(tx, sorted({name for names in telling.values() for name in names}))
    first = {one: [frozen[name] for name in names if name in frozen] for one, names in telling.items()}
    return {one: min(instants) for one, instants in first.items() if instants}


def _plan_quarter(
    setup: Setup, one: Period, given: Mapping[str, datetime], *, has_months: bool
) -> list[tuple[str, list[str]]]:
    months = months_inside(one, setup.reporting.quarter)
    if not has_months and not any(month.id in given for month in months):
        return [(one.id, [one.id])]
    told = sorted((month for month in months if month.id in given), key=lambda month: given[month.id])
    at = given.get(one.id)
    before = [month.id for month in told if at is None or given[month.id] <= at]
    after = [month.id for month in told if month.id not in before]
    after += [month.id for month in months if month.id not in given]
    whole = (one.id, [month.id for month in months])
    return [*((name, [name]) for name in before), whole, *((name, [name]) for name in after)]
