"""A Report as the structure of `report.json`, and back. The contract's keys come first, what is ours after them."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal

from reports.document_reading import Node
from reports.figures import (
    ComplaintsFigure,
    CriterionFigure,
    DatesFigure,
    FunnelFigure,
    GroupFigure,
    GroupFunnel,
    Interval,
    OverallFigure,
    QuestionFigure,
    Report,
    SupplementFigure,
    TrendPoint,
    UnheardFigure,
)
from reports.periods import Period

Json = dict[str, object]

_FUNNEL = tuple(one.name for one in fields(FunnelFigure))
_COMPLAINTS = (
    "received",
    "resolved",
    "open",
    "overdue",
    "confirmed",
    "partly",
    "reopened",
    "promises",
    "promises_kept",
)
_DATES = tuple(one.name for one in fields(DatesFigure))


def dump_report(report: Report) -> Json:
    """Return the report as `report.json` holds it: numbers as numbers, percentages with at most two decimals."""
    return {
        **dump_figures(report),
        "snapshot": {
            "version": report.version,
            "frozen_on": report.frozen_on.isoformat(),
            "digest": report.digest,
        }
        if report.frozen_on
        else None,
    }


def dump_figures(report: Report) -> Json:
    """Return the figures alone, as a snapshot keeps them."""
    period = report.period
    return {
        "period": {
            "id": period.id,
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "kind": period.kind,
        },
        "transactions": report.transactions,
        "responses": report.responses,
        "coverage_pct": _number(report.coverage_pct),
        "quota_pct": _number(report.quota_pct),
        "quota_met": report.quota_met,
        "method": report.method,
        "overall": _dump_overall(report.overall),
        "overall_question": _dump_question(report.overall_question),
        "funnel": dict(report.funnel.steps()),
        "criteria": [_dump_criterion(one) for one in report.criteria],
        "questions": [_dump_question(one) for one in report.questions],
        "units": [_dump_group(one) for one in report.units],
        "complaints": {
            "received": report.complaints.received,
            "resolved": report.complaints.resolved,
            "resolved_in_time_pct": _number(report.complaints.resolved_in_time_pct),
            **{name: getattr(report.complaints, name) for name in _COMPLAINTS[2:]},
            "apologised": report.complaints.apologised,
            "by_kind": dict(report.complaints.by_kind),
        },
        "unit": report.unit or None,
        "department": report.department,
        "authority": report.authority,
        "place": report.place,
        "min_group": report.min_group,
        "sampling_error_points": _number(report.sampling_error_points),
        "late_returned": report.late_returned,
        "apologies": {"due": report.late_returned, "made": None},  # nothing records the written ones
        "funnels": [
            {
                "kind": one.kind,
                "code": one.code,
                "name": one.name,
                **{name: getattr(one.funnel, name) for name in _FUNNEL},
            }
            for one in report.funnels
        ],
        "supplements": [_dump_supplement(one) for one in report.supplements],
        "procedures": [_dump_group(one) for one in report.procedures],
        "channels": [_dump_group(one) for one in report.channels],
        "outcomes": [_dump_group(one) for one in report.outcomes],
        "unheard": [_dump_unheard(one) for one in report.unheard],
        "dates": dict(report.dates.counts()),
        "trend": [
            {"period": one.period, "satisfaction_pct": _number(one.satisfaction_pct), "n": one.n}
            for one in report.trend
        ],
    }


def _dump_overall(one: OverallFigure) -> Json:
    return {
        "satisfaction_pct": _number(one.satisfaction_pct),
        "criteria_measured": one.criteria_measured,
        "target_pct": _number(one.target_pct),
        "met": one.met,
        "ci95_pct": _bounds(one.interval),
        "change_points": _number(one.change_points),
        "change_is_clear": one.change_is_clear,
        "last_year_points": _number(one.last_year_points),
        "criteria_total": one.criteria_total,
        "weighted_pct": _number(one.weighted_pct),
    }


def _dump_criterion(one: CriterionFigure) -> Json:
    return {
        "id": one.id,
        "number": one.number,
        "name": one.name,
        "satisfaction_pct": _number(one.satisfaction_pct),
        "target_pct": _number(one.target_pct),
        "met": one.met,
        "n": one.n,
        "ci95_pct": _bounds(one.interval),
        "questions": list(one.questions),
        "change_points": _number(one.change_points),
        "change_is_clear": one.change_is_clear,
        "last_year_points": _number(one.last_year_points),
    }


def _dump_question(one: QuestionFigure) -> Json:
    return {
        "id": one.id,
        "n": one.n,
        "counts": None if one.counts is None else list(one.counts),
        "satisfied_pct": _number(one.satisfied_pct),
        "ci95_pct": _bounds(one.interval),
        "subject": one.subject,
        "labels": list(one.labels),
    }


def _dump_group(one: GroupFigure) -> Json:
    return {
        "code": one.code,
        "name": one.name,
        "transactions": one.transactions,
        "responses": one.responses,
        "coverage_pct": _number(one.coverage_pct),
        "quota_met": one.quota_met,
        "satisfaction_pct": _number(one.satisfaction_pct),
        "criteria_measured": one.criteria_measured,
        "sampling_error_points": _number(one.sampling_error_points),
        "is_hidden": one.is_hidden,
    }


def _dump_unheard(one: UnheardFigure) -> Json:
    return {
        "kind": one.kind,
        "first": one.first,
        "second": one.second,
        "first_pct": _number(one.first_pct),
        "second_pct": _number(one.second_pct),
        "first_n": one.first_n,
        "second_n": one.second_n,
        "is_clear": one.is_clear,
    }


def _dump_supplement(one: SupplementFigure) -> Json:
    return {
        "code": one.code,
        "name": one.name,
        "n": one.n,
        "supplemented": one.supplemented,
        "share_pct": _number(one.share_pct),
        "asked_n": one.asked_n,
        "asked": one.asked,
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)  # two decimals come back from a float as they went in


def _bounds(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [float(interval.low), float(interval.high)]


# ------------------------------------------------------------------------------------------------ back


def parse_report(body: Mapping[str, object]) -> Report:
    """Return the report that `dump_report` or `dump_figures` gave. DocumentError when something is missing or of another kind."""
    node = Node(body)
    snapshot = node.find("snapshot")
    return Report(
        period=_parse_period(node.inner("period")),
        department=node.text("department"),
        authority=node.text("authority"),
        place=node.text("place"),
        method=node.text("method"),
        quota_pct=node.decimal("quota_pct"),
        min_group=node.whole("min_group"),
        transactions=node.whole("transactions"),
        responses=node.whole("responses"),
        coverage_pct=node.find_decimal("coverage_pct"),
        quota_met=node.find_flag("quota_met"),
        sampling_error_points=node.find_decimal("sampling_error_points"),
        overall=_parse_overall(node.inner("overall")),
        overall_question=_parse_question(node.inner("overall_question")),
        funnel=FunnelFigure(**node.inner("funnel").wholes(_FUNNEL)),
        criteria=tuple(_parse_criterion(one) for one in node.nodes("criteria")),
        questions=tuple(_parse_question(one) for one in node.nodes("questions")),
        units=tuple(_parse_group(one) for one in node.nodes("units")),
        procedures=tuple(_parse_group(one) for one in node.nodes("procedures")),
        channels=tuple(_parse_group(one) for one in node.nodes("channels")),
        outcomes=tuple(_parse_group(one) for one in node.nodes("outcomes")),
        unheard=tuple(_parse_unheard(one) for one in node.nodes("unheard")),
        dates=DatesFigure(**node.inner("dates").wholes(_DATES)),
        complaints=_parse_complaints(node.inner("complaints")),
        trend=tuple(
            TrendPoint(
                period=one.text("period"),
                satisfaction_pct=one.find_decimal("satisfaction_pct"),
                n=one.whole("n"),
            )
            for one in node.nodes("trend")
        ),
        late_returned=node.whole("late_returned"),
        funnels=tuple(_parse_funnel(one) for one in node.nodes("funnels"))
        if "funnels" in node.values
        else (),
        supplements=tuple(_parse_supplement(one) for one in node.nodes("supplements"))
        if "supplements" in node.values
        else (),  # what earlier versions froze has none
        unit=node.find_text("unit") or "",
        version=snapshot.whole("version") if snapshot else 1,
        frozen_on=date.fromisoformat(snapshot.text("frozen_on")) if snapshot else None,
        digest=snapshot.text("digest") if snapshot else "",
    )


def _parse_period(node: Node) -> Period:
    return Period(
        id=node.text("id"),
        first=date.fromisoformat(node.text("from")),
        last=date.fromisoformat(node.text("to")),
        kind=node.kind("kind"),
    )


def _parse_overall(node: Node) -> OverallFigure:
    return OverallFigure(
        satisfaction_pct=node.find_decimal("satisfaction_pct"),
        criteria_measured=node.whole("criteria_measured"),
        criteria_total=node.whole("criteria_total"),
        target_pct=node.find_decimal("target_pct"),
        met=node.find_flag("met"),
        interval=node.find_interval("ci95_pct"),
        change_points=node.find_decimal("change_points"),
        change_is_clear=node.flag("change_is_clear"),
        last_year_points=node.find_decimal("last_year_points"),
        weighted_pct=node.find_decimal("weighted_pct"),
    )


def _parse_criterion(node: Node) -> CriterionFigure:
    return CriterionFigure(
        id=node.text("id"),
        number=node.whole("number"),
        name=node.text("name"),
        questions=node.texts("questions"),
        n=node.whole("n"),
        satisfaction_pct=node.find_decimal("satisfaction_pct"),
        interval=node.find_interval("ci95_pct"),
        target_pct=node.find_decimal("target_pct"),
        met=node.find_flag("met"),
        change_points=node.find_decimal("change_points"),
        change_is_clear=node.flag("change_is_clear"),
        last_year_points=node.find_decimal("last_year_points"),
    )


def _parse_question(node: Node) -> QuestionFigure:
    return QuestionFigure(
        id=node.text("id"),
        subject=node.text("subject"),
        labels=node.texts("labels"),
        n=node.whole("n"),
        counts=node.find_counts("counts"),
        satisfied_pct=node.find_decimal("satisfied_pct"),
        interval=node.find_interval("ci95_pct"),
    )


def _parse_group(node: Node) -> GroupFigure:
    return GroupFigure(
        code=node.text("code"),
        name=node.text("name"),
        transactions=node.find_whole("transactions"),
        responses=node.whole("responses"),
        coverage_pct=node.find_decimal("coverage_pct"),
        quota_met=node.find_flag("quota_met"),
        sampling_error_points=node.find_decimal("sampling_error_points"),
        satisfaction_pct=node.find_decimal("satisfaction_pct"),
        criteria_measured=node.whole("criteria_measured"),
        is_hidden=node.flag("is_hidden"),
    )


def _parse_unheard(node: Node) -> UnheardFigure:
    return UnheardFigure(
        kind=node.text("kind"),
        first=node.text("first"),
        second=node.text("second"),
        first_pct=node.decimal("first_pct"),
        second_pct=node.decimal("second_pct"),
        first_n=node.whole("first_n"),
        second_n=node.whole("second_n"),
        is_clear=node.flag("is_clear"),
    )


def _parse_funnel(node: Node) -> GroupFunnel:
    funnel = FunnelFigure(**node.wholes(_FUNNEL))
    return GroupFunnel(kind=node.text("kind"), code=node.text("code"), name=node.text("name"), funnel=funnel)


def _parse_supplement(node: Node) -> SupplementFigure:
    return SupplementFigure(
        code=node.text("code"),
        name=node.text("name"),
        n=node.whole("n"),
        supplemented=node.whole("supplemented"),
        share_pct=node.decimal("share_pct"),
        asked_n=node.find_whole("asked_n"),
        asked=node.find_whole("asked"),
    )


def _parse_complaints(node: Node) -> ComplaintsFigure:
    kinds = node.inner("by_kind")
    return ComplaintsFigure(
        **node.wholes(_COMPLAINTS),
        apologised=node.whole("apologised") if "apologised" in node.values else 0,
        resolved_in_time_pct=node.find_decimal("resolved_in_time_pct"),
        by_kind=kinds.wholes(tuple(kinds.values)),
    )
