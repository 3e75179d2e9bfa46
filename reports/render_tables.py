"""The tables of a report, defined once: the workbook and the official report show the same rows.

Cells are numbers wherever there is one; words say why there is none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from reports.figures import GroupFigure, QuestionFigure, Report
from reports.render_cells import (
    Cell,
    Table,
    columns_of,
    ends_of,
    mark_or_reason,
    or_sign,
    share_of,
)
from reports.render_funnels import build_funnels
from reports.render_words import Words, clean, is_small, shorten


def build_tables(report: Report, words: Words) -> Mapping[str, Table]:
    """Return every table of a report by its key."""
    return {key: build(report, words, key) for key, build in _BUILDERS.items()}


# ------------------------------------------------------------------------------------------- tables


def _build_summary(report: Report, words: Words, key: str) -> Table:
    overall, funnel = report.overall, report.funnel
    change = words.say("no_value")
    if overall.change_points is not None:
        change = words.say("clear" if overall.change_is_clear else "not_clear")
    rows: list[tuple[str, Cell | None, str]] = [
        ("transactions", report.transactions, ""),
        ("responses", report.responses, words.say("note_paper")),
        ("coverage", report.coverage_pct, _quota(report, words)),
        ("error", report.sampling_error_points, words.say("note_error")),
        (
            "overall",
            overall.satisfaction_pct,
            words.say("note_measured", measured=overall.criteria_measured, total=overall.criteria_total),
        ),
        ("low", overall.interval.low if overall.interval else None, words.say("note_interval_mean")),
        ("high", overall.interval.high if overall.interval else None, words.say("note_interval_mean")),
        ("target", overall.target_pct, words.met(overall.met)),
        ("change", overall.change_points, change),
        ("last_year", overall.last_year_points, ""),
        ("weighted", overall.weighted_pct, words.say("note_weighted")),
        (
            "question",
            report.overall_question.satisfied_pct,
            words.say("chart_n", n=words.number(report.overall_question.n)),
        ),
        ("invited", funnel.invited, ""),
        ("submitted", funnel.submitted, ""),
        ("late_returned", report.late_returned, ""),
    ]
    no_mark = words.mark(None, n=report.responses)
    return Table(
        key=key,
        title=words.say("table_summary"),
        columns=columns_of(
            words, key, ("measure", "text", 46), ("value", "number", 16), ("remark", "text", 54)
        ),
        rows=tuple(
            (
                words.say(f"measure_{name}"),
                (no_mark if name == "overall" else words.say("no_value")) if value is None else value,
                remark,
            )
            for name, value, remark in rows
        ),
    )


def _quota(report: Report, words: Words) -> str:
    if report.quota_met is None:
        return words.say("note_quota", quota=words.short(report.quota_pct))
    key = "note_quota_met" if report.quota_met else "note_quota_not_met"
    return words.say(key, quota=words.short(report.quota_pct))


def _build_criteria(report: Report, words: Words, key: str) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            criterion.number,
            clean(criterion.name),
            criterion.n,
            mark_or_reason(criterion.satisfaction_pct, criterion.n, words),
            *ends_of(criterion.interval, words),
            or_sign(criterion.target_pct, words),
            words.met(criterion.met),
            or_sign(criterion.change_points, words),
            words.say("no_value")
            if criterion.change_points is None
            else words.say("clear" if criterion.change_is_clear else "not_clear"),
            or_sign(criterion.last_year_points, words),
        )
        for criterion in report.criteria
    ]
    return Table(
        key=key,
        title=words.say("table_criteria"),
        columns=columns_of(
            words,
            key,
            ("number", "number", 6),
            ("name", "text", 36),
            ("n", "number", 9),
            ("mark", "number", 12),
            ("low", "number", 10),
            ("high", "number", 10),
            ("target", "number", 10),
            ("met", "text", 13),
            ("change", "points", 13),
            ("clear", "text", 13),
            ("last_year", "points", 13),
        ),
        rows=tuple(rows),
        note=words.say("note_method", method=words.name_of("method", report.method)),
    )


def _asked(report: Report) -> Iterable[QuestionFigure]:
    yield from report.questions
    if all(question.id != report.overall_question.id for question in report.questions):
        yield report.overall_question


def _build_questions(report: Report, words: Words, key: str) -> Table:
    def mark(question: QuestionFigure) -> Cell:
        is_unscored = question.counts is not None and question.n > 0
        if question.satisfied_pct is None and is_unscored:
            return words.say("not_scored")
        return mark_or_reason(question.satisfied_pct, question.n, words)

    return Table(
        key=key,
        title=words.say("table_questions"),
        columns=columns_of(
            words,
            key,
            ("code", "text", 8),
            ("subject", "text", 42),
            ("n", "number", 9),
            ("mark", "number", 14),
            ("low", "number", 11),
            ("high", "number", 11),
        ),
        rows=tuple(
            (
                question.id,
                clean(question.subject),
                question.n,
                mark(question),
                *ends_of(question.interval, words),
            )
            for question in _asked(report)
        ),
        note=words.say("note_convention"),
    )


def _build_options(report: Report, words: Words, key: str) -> Table:
    return Table(
        key=key,
        title=words.say("table_options"),
        columns=columns_of(
            words,
            key,
            ("code", "text", 8),
            ("option", "text", 56),
            ("count", "number", 12),
            ("share", "number", 12),
        ),
        rows=tuple(
            (
                question.id,
                f"{place}. {clean(label)}",
                words.mark(None, n=question.n) if question.counts is None else question.counts[place - 1],
                words.say("no_value")
                if question.counts is None
                else share_of(question.counts[place - 1], question.n, words),
            )
            for question in _asked(report)
            for place, label in enumerate(question.labels, 1)
        ),
    )


def _groups(name: str) -> Callable[[Report, Words, str], Table]:
    def build(report: Report, words: Words, key: str) -> Table:
        groups: Sequence[GroupFigure] = getattr(report, name)
        return Table(
            key=key,
            title=words.say(f"table_{key}"),
            columns=columns_of(
                words,
                key,
                ("code", "text", 12),
                ("name", "text", 52),
                ("transactions", "number", 10),
                ("responses", "number", 10),
                ("coverage", "number", 11),
                ("quota", "text", 11),
                ("error", "number", 11),
                ("mark", "number", 14),
                ("measured", "number", 10),
                ("remark", "text", 24),
            ),
            rows=tuple(_group_row(group, name, words) for group in groups),
            note=words.say("note_hidden", minimum=report.min_group),
        )

    return build


def _group_row(group: GroupFigure, kind: str, words: Words) -> tuple[Cell, ...]:
    remark = ""
    if group.is_hidden:
        remark = words.say("hidden")
    elif group.responses and is_small(group.responses):
        remark = words.say("small_sample")
    quota = words.say("no_value")
    if group.quota_met is not None:
        quota = words.say("enough" if group.quota_met else "not_enough")
    return (
        clean(group.code),
        group_name(group, kind, words),
        or_sign(group.transactions, words),
        group.responses,
        or_sign(group.coverage_pct, words),
        quota,
        or_sign(group.sampling_error_points, words),
        mark_or_reason(group.satisfaction_pct, group.responses, words, is_hidden=group.is_hidden),
        words.say("no_value") if group.satisfaction_pct is None else group.criteria_measured,
        remark,
    )


def group_name(group: GroupFigure, kind: str, words: Words) -> str:
    """Return the name of a group; channels and outcomes that only have a code are named by the texts."""
    if group.name and group.name != group.code:
        return clean(group.name)
    return words.name_of(kind.rstrip("s"), group.code, group.name)


def _build_funnel(report: Report, words: Words, key: str) -> Table:
    counts = list(report.funnel.steps().items())
    return Table(
        key=key,
        title=words.say("table_funnel"),
        columns=columns_of(
            words,
            key,
            ("step", "text", 40),
            ("count", "number", 12),
            ("of_before", "number", 16),
            ("of_first", "number", 16),
        ),
        rows=tuple(
            (
                words.say(f"step_{step}"),
                count,
                share_of(count, counts[place - 1][1] if place else None, words),
                share_of(count, counts[0][1], words),
            )
            for place, (step, count) in enumerate(counts)
        ),
        note=words.say("chart_funnel_note"),
    )


def _build_unheard(report: Report, words: Words, key: str) -> Table:
    names = {unit.code: unit.name for unit in report.units}

    def named(kind: str, code: str) -> str:
        return (
            words.name_of("side", code, names.get(code, code))
            if kind != "units"
            else clean(names.get(code, code))
        )

    return Table(
        key=key,
        title=words.say("table_unheard"),
        columns=columns_of(
            words,
            key,
            ("first", "text", 30),
            ("first_n", "number", 10),
            ("first_pct", "number", 12),
            ("second", "text", 30),
            ("second_n", "number", 10),
            ("second_pct", "number", 12),
            ("clear", "text", 14),
        ),
        rows=tuple(
            (
                named(unheard.kind, unheard.first),
                unheard.first_n,
                unheard.first_pct,
                named(unheard.kind, unheard.second),
                unheard.second_n,
                unheard.second_pct,
                words.say("clear" if unheard.is_clear else "not_clear"),
            )
            for unheard in report.unheard
        ),
        note=words.say("note_unheard"),
    )


def _build_dates(report: Report, words: Words, key: str) -> Table:
    return Table(
        key=key,
        title=words.say("table_dates"),
        columns=columns_of(words, key, ("measure", "text", 60), ("count", "number", 12)),
        rows=tuple((words.say(f"dates_{name}"), count) for name, count in report.dates.counts().items()),
    )


def _build_complaints(report: Report, words: Words, key: str) -> Table:
    figures = report.complaints
    names = (
        "received",
        "resolved",
        "resolved_in_time_pct",
        "confirmed",
        "partly",
        "reopened",
        "open",
        "overdue",
    )
    return Table(
        key=key,
        title=words.say("table_complaints"),
        columns=columns_of(words, key, ("measure", "text", 60), ("value", "number", 12)),
        rows=tuple(
            (words.say(f"complaints_{name}"), or_sign(getattr(figures, name), words))
            for name in (*names, "promises", "promises_kept")
        ),
    )


def _build_kinds(report: Report, words: Words, key: str) -> Table:
    return Table(
        key=key,
        title=words.say("table_kinds"),
        columns=columns_of(words, key, ("kind", "text", 60), ("count", "number", 12)),
        rows=tuple(
            (shorten(words.name_of("kind", kind), 100), count) for kind, count in report.complaints.kinds()
        ),
    )


def _build_trend(report: Report, words: Words, key: str) -> Table:
    return Table(
        key=key,
        title=words.say("table_trend"),
        columns=columns_of(
            words, key, ("period", "text", 46), ("mark", "number", 16), ("responses", "number", 12)
        ),
        rows=tuple(
            (words.period_id(point.period), mark_or_reason(point.satisfaction_pct, point.n, words), point.n)
            for point in report.trend
        ),
    )


_BUILDERS: Mapping[str, Callable[[Report, Words, str], Table]] = {
    "summary": _build_summary,
    "trend": _build_trend,
    "criteria": _build_criteria,
    "questions": _build_questions,
    "options": _build_options,
    "units": _groups("units"),
    "procedures": _groups("procedures"),
    "channels": _groups("channels"),
    "outcomes": _groups("outcomes"),
    "funnel": _build_funnel,
    "funnels": build_funnels,
    "unheard": _build_unheard,
    "dates": _build_dates,
    "complaints": _build_complaints,
    "kinds": _build_kinds,
}
