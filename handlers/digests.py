"""The figures of a period: computed, frozen once the period is over, corrected beside the old; and which are due."""

from dataclasses import replace
from datetime import datetime

from handlers.counting import collect, collect_answers
from handlers.setup import Setup
from reports.changes import add_changes, add_trend, list_differences
from reports.disclosure import hide_small, hide_small_of_unit
from reports.document import dump_figures, parse_report
from reports.figures import Report
from reports.measures import Material, Measuring, Office
from reports.measures import build_report as measure
from reports.periods import (
    Kind,
    Period,
    PeriodError,
    next_period,
    parse_period,
    period_a_year_before,
    period_of,
    previous_period,
)
from reports.rules import build_scales
from storage import figures, records, runs, snapshots
from storage.database import Transaction
from storage.snapshots import Change, Snapshot

DIGEST = "digest"  # what is claimed once for each period, beside the runs of jobs
_TREND = 7  # earlier periods in the line


class NotOver(Exception):
    """The period is still running: it cannot be frozen or corrected."""


class NothingToCorrect(Exception):
    """The figures are what was frozen."""


def last_over(setup: Setup, at: datetime, kind: Kind = "quarter") -> Period:
    """Return the last quarter, or year, that is over."""
    quarter = setup.reporting.quarter
    current = period_of(setup.local(at).date(), quarter)
    return previous_period(parse_period(current.id[:4], quarter) if kind == "year" else current, quarter)


def is_over(setup: Setup, period: Period, at: datetime) -> bool:
    """Whether the last local day of a period has ended."""
    return setup.local(at).date() > period.last


def get_report(tx: Transaction, setup: Setup, period: Period, at: datetime, *, unit: str = "") -> Report:
    """Return the frozen report of a period, the latest version; computed on the spot while there is none."""
    frozen = _find_frozen(tx, setup, period, unit)
    return frozen or build_report(tx, setup, period, at, unit=unit)


def give_out(tx: Transaction, setup: Setup, period: Period, at: datetime, *, unit: str = "") -> Report:
    """Return what `get_report` does, and freeze it if it `must_stand`."""
    report = get_report(tx, setup, period, at, unit=unit)
    return keep(tx, setup, report, at) if must_stand(setup, report, at) else report


def must_stand(setup: Setup, report: Report, at: datetime) -> bool:
    """Whether a report must be frozen before anybody sees it: a month that is over, as its quarter depends on it."""
    is_new = report.period.kind == "month" and report.frozen_on is None
    return is_new and not is_empty(report) and is_over(setup, report.period, at)


def is_empty(report: Report) -> bool:
    """Whether nothing at all is known of a period: its dossiers and forms may still be imported."""
    return not (report.transactions or report.responses or report.complaints.received)


def build_report(tx: Transaction, setup: Setup, period: Period, at: datetime, *, unit: str = "") -> Report:
    """Compute the report of a period as it is now, of the department or of one unit."""
    quarter = setup.reporting.quarter
    report = _measure(setup, collect(tx, setup, period, at, unit=unit), unit)
    earlier: list[Period] = []
    for _ in range(_TREND):
        try:
            earlier.append(previous_period(earlier[-1] if earlier else period, quarter))
        except PeriodError:
            break
    found = snapshots.find_last_snapshots(tx, periods=[one.id for one in earlier], unit_code=unit)
    frozen = {one.period: _load(setup, one) for one in found}
    before, year_before = _find_before(tx, setup, period, unit)
    for other in (before, year_before):
        if other is not None and other.period in earlier:
            frozen.setdefault(other.period.id, other)
    changed = add_changes(report, before=before, year_before=year_before)
    return add_trend(changed, list(frozen.values()))


def freeze(tx: Transaction, setup: Setup, period: Period, at: datetime, *, unit: str = "") -> Report:
    """Return the frozen report of a period that is over, freezing it now if nobody has. Raises NotOver."""
    if not is_over(setup, period, at):
        raise NotOver(period.id)
    return _find_frozen(tx, setup, period, unit) or keep(
        tx, setup, build_report(tx, setup, period, at, unit=unit), at
    )


def keep(tx: Transaction, setup: Setup, report: Report, at: datetime) -> Report:
    """Freeze a report that was computed; return what is frozen, which is another's when somebody was faster."""
    if not is_over(setup, report.period, at):
        raise NotOver(report.period.id)
    snapshots.put_snapshot(
        tx, dump_figures(report), period=report.period.id, unit_code=report.unit, version=1, at=at
    )
    found = _find_frozen(tx, setup, report.period, report.unit)
    if found is None:
        raise LookupError(f"the snapshot of {report.period.id} that was just made is not there")
    return found


def correct(
    tx: Transaction, setup: Setup, period: Period, at: datetime, *, reason: str, actor: str, unit: str = ""
) -> tuple[Report, tuple[Change, ...]]:
    """Freeze the figures as they are now as the next version, beside the old; return it and what has changed.

    Raises NotOver, and NothingToCorrect when nothing has changed since the last version.
    """
    old = freeze(tx, setup, period, at, unit=unit)
    new = build_report(tx, setup, period, at, unit=unit)
    body = dump_figures(new)
    if body == dump_figures(old):
        raise NothingToCorrect(period.id)
    changes = tuple(list_differences(old, new))
    version = old.version + 1
    snapshots.put_snapshot(
        tx,
        body,
        period=period.id,
        unit_code=unit,
        version=version,
        at=at,
        reason=reason,
        changes=changes,
    )
    records.put_audit(
        tx,
        at=at,
        actor=actor,
        action="report.correct",
        subject=f"{period.id} {unit}".strip(),
        details={"version": version, "changes": len(changes)},
    )
    found = snapshots.find_snapshot(tx, period=period.id, unit_code=unit)
    if found is None:
        raise LookupError(f"the correction of {period.id} that was just made is not there")
    return _load(setup, found), found.changes


def due_periods(tx: Transaction, setup: Setup, at: datetime, kind: Kind) -> list[Period]:
    """Return the quarters, or the years, that are over and have no digest yet, oldest first.

    They begin with that of the first returned result. `claim_digest` takes one off the list.
    """
    first = figures.find_first_return(tx)
    if first is None:
        return []
    quarter = setup.reporting.quarter
    done = runs.list_periods(tx, DIGEST)
    today, due = setup.local(at).date(), []
    current = period_of(setup.local(first).date(), quarter)
    if kind == "year":
        current = parse_period(current.id[:4], quarter)
    while current.last < today:
        due.append(current)
        current = next_period(current, quarter)
    return [one for one in due if one.id not in done]


def claim_digest(tx: Transaction, period: Period, at: datetime) -> bool:
    """Claim the digest of a period. False when it was claimed before; of two at once one gets it."""
    return runs.claim_run(tx, DIGEST, period.id, at)


def _measure(setup: Setup, material: Material, unit: str, *, is_compared: bool = False) -> Report:
    """Return the report of a period without its changes."""
    rules = setup.reporting
    scales = build_scales(
        setup.questionnaires, setup.questionnaire_version, method=rules.method, language=setup.language
    )
    office = Office(
        department=setup.department,
        units={code: one.name for code, one in setup.units.items()},
        procedures={code: one.name for code, one in setup.procedures.items()},
    )
    people, wanted = (*material.tallies, *material.around), material.period.id
    if unit:
        hidden = hide_small_of_unit(people, rules.min_group, material.spans, unit, wanted)
    else:
        hidden = hide_small(people, rules.min_group, material.spans, wanted)
    measuring = Measuring(rules=rules, scales=scales)
    return measure(material, measuring, office, hidden, unit=unit, is_compared=is_compared)


def _find_before(
    tx: Transaction, setup: Setup, period: Period, unit: str
) -> tuple[Report | None, Report | None]:
    """Return the period of the same kind before and the same of the year before: frozen, else computed if there is any."""
    quarter = setup.reporting.quarter
    found: dict[str, Report | None] = {}
    names = []
    for find in (previous_period, period_a_year_before):
        try:
            other = find(period, quarter)
        except PeriodError:
            names.append("")
            continue
        names.append(other.id)
        if other.id not in found:
            found[other.id] = _find_frozen(tx, setup, other, unit) or _measure_if_any(tx, setup, other, unit)
    return found.get(names[0]), found.get(names[1])


def _measure_if_any(tx: Transaction, setup: Setup, period: Period, unit: str) -> Report | None:
    if not figures.has_responses(tx, period.first, period.last):
        return None
    return _measure(setup, collect_answers(tx, setup, period), unit, is_compared=True)


def _find_frozen(tx: Transaction, setup: Setup, period: Period, unit: str) -> Report | None:
    found = snapshots.find_snapshot(tx, period=period.id, unit_code=unit)
    return None if found is None else _load(setup, found)


def _load(setup: Setup, found: Snapshot) -> Report:
    return replace(
        parse_report(found.body),
        version=found.version,
        frozen_on=setup.local(found.frozen_at).date(),
        digest=found.digest,
    )
