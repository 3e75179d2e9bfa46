"""A report against others: the period of the same kind before, the same of the year before, and the line of earlier ones."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from reports.figures import CriterionFigure, OverallFigure, Report, TrendPoint
from reports.marks import is_apart


def add_changes(report: Report, *, before: Report | None, year_before: Report | None) -> Report:
    """Return the report with its changes in points: this printed figure minus that one (83,47 - 79,81 = 3,66).

    None when one is missing or hidden, when another method was used, and for the overall when the two mean another number
    of measured criteria. It is called clear only when the two 95 % intervals do not touch.
    """
    before, year_before = _comparable(report, before), _comparable(report, year_before)
    return replace(
        report,
        overall=_change_overall(
            report.overall,
            before.overall if before else None,
            year_before.overall if year_before else None,
        ),
        criteria=tuple(
            _change_criterion(one, _find(before, one.id), _find(year_before, one.id))
            for one in report.criteria
        ),
    )


def add_trend(report: Report, earlier: Sequence[Report]) -> Report:
    """Return the report with the overall of earlier periods of its kind, oldest first, itself last."""
    line = [*sorted(earlier, key=lambda one: one.period.first), report]
    points = [
        TrendPoint(
            period=one.period.id,
            satisfaction_pct=one.overall.satisfaction_pct if one.method == report.method else None,
            n=one.responses,
        )
        for one in line
    ]
    return replace(report, trend=tuple(points))


def list_differences(old: Report, new: Report) -> list[tuple[str, str, str]]:
    """Return what a correction changed: name, figure before, figure now."""
    pairs: list[tuple[str, object, object]] = [
        ("transactions", old.transactions, new.transactions),
        ("responses", old.responses, new.responses),
        ("overall", old.overall.satisfaction_pct, new.overall.satisfaction_pct),
        ("overall_question", old.overall_question.satisfied_pct, new.overall_question.satisfied_pct),
    ]
    known = {one.id: one.satisfaction_pct for one in old.criteria}
    pairs += [(one.id, known.get(one.id), one.satisfaction_pct) for one in new.criteria]
    asked = {one.id: one.satisfied_pct for one in old.questions}
    pairs += [(one.id, asked.get(one.id), one.satisfied_pct) for one in new.questions]
    units = {one.code: one for one in old.units}
    for one in new.units:
        was = units.get(one.code)
        pairs.append((f"unit {one.code} responses", was.responses if was else None, one.responses))
        pairs.append((f"unit {one.code}", was.satisfaction_pct if was else None, one.satisfaction_pct))
    pairs += [
        (name, getattr(old.complaints, name), getattr(new.complaints, name))
        for name in ("received", "resolved", "open", "overdue")
    ]
    return [(name, _said(was), _said(now)) for name, was, now in pairs if was != now]


def _said(value: object) -> str:
    return "-" if value is None else str(value)


def _comparable(report: Report, other: Report | None) -> Report | None:
    return other if other is not None and other.method == report.method else None


def _find(report: Report | None, criterion: str) -> CriterionFigure | None:
    listed = report.criteria if report else ()
    return next((one for one in listed if one.id == criterion), None)


def _change_overall(
    now: OverallFigure, before: OverallFigure | None, year_before: OverallFigure | None
) -> OverallFigure:
    def points(other: OverallFigure | None) -> Decimal | None:
        if other is None or other.criteria_measured != now.criteria_measured:
            return None
        return _points(now.satisfaction_pct, other.satisfaction_pct)

    change = points(before)
    is_clear = change is not None and is_apart(now.interval, before.interval if before else None)
    return replace(now, change_points=change, change_is_clear=is_clear, last_year_points=points(year_before))


def _change_criterion(
    now: CriterionFigure, before: CriterionFigure | None, year_before: CriterionFigure | None
) -> CriterionFigure:
    change = _points(now.satisfaction_pct, before.satisfaction_pct if before else None)
    return replace(
        now,
        change_points=change,
        change_is_clear=change is not None and is_apart(now.interval, before.interval if before else None),
        last_year_points=_points(now.satisfaction_pct, year_before.satisfaction_pct if year_before else None),
    )


def _points(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else now - before
