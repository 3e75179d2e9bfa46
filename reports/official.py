"""The official report of a period as a Word file, laid out by Nghị định 30/2020/NĐ-CP: parts I to V and annexes.

Number, date, legal basis and signature are left to the office; what a person must judge is offered as a marked draft.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from docx.shared import Mm, Pt

from reports.charts import describe_chart, render_charts
from reports.figures import Report
from reports.render_cells import Column, Table
from reports.render_docx import Paper
from reports.render_frame import issuer_of, write_end, write_head
from reports.render_hints import Hints, build_hints
from reports.render_method import build_method
from reports.render_tables import build_tables
from reports.render_words import Words, clean, is_small, shorten, subject_of, under_quota

_UNITS_IN_BODY = 12  # with more of them the body names those that need attention; the annex has all
_PROCEDURES_SHOWN = 120  # the workbook has them all
_GROUP_COLUMNS = ("name", "transactions", "responses", "coverage", "quota", "mark")
_ROMAN = ("I", "II", "III", "IV", "V", "VI")
_LINE = "……"


def render_official(
    report: Report, texts: Mapping[str, str], charts: Mapping[str, bytes] | None = None
) -> bytes:
    """Return the Word file of a report; `charts` are its pictures, drawn here when they are not at hand."""
    words = Words(texts)
    pictures = charts if charts is not None else render_charts(report, texts)
    tables, hints = build_tables(report, words), build_hints(report, words)
    issued = (report.frozen_on or report.period.last) + timedelta(days=0 if report.frozen_on else 1)
    title = words.say("official_subject", name=subject_of(report), period=words.period(report.period, "long"))
    paper = Paper(words, title=f"{words.say('official_kind')}. {title}", subject=title, on=issued)
    write_head(paper, report, words, issued)
    paper.document.add_paragraph(words.say("official_kind"), style="Title")
    paper.document.add_paragraph(clean(title), style="Subtitle")
    if report.version > 1:
        paper.centered(words.say("official_version", number=report.version - 1), is_italic=True)
    paper.rule(50)
    _part_survey(paper, report, words)
    _part_results(paper, report, words, tables, pictures)
    _part_complaints(paper, report, words, tables)
    _part_remarks(paper, words, hints)
    _part_tasks(paper, words, hints)
    write_end(paper, report, words)
    _annexes(paper, report, words, tables, pictures)
    return paper.save()


# ---------------------------------------------------------------------------------------- parts I–III


def _part_survey(paper: Paper, report: Report, words: Words) -> None:
    paper.heading(words.say("part_1"))
    paper.say(words.say("survey_basis"), is_italic=True, is_draft=True)
    first, last = words.day(report.period.first), words.day(report.period.last)
    paper.say(words.say("survey_window", first=first, last=last, period=words.period(report.period, "long")))
    paper.say(words.say("survey_way"))
    if not report.responses:
        paper.say(words.say("survey_none", transactions=words.number(report.transactions)))
        return
    paper.say(
        words.say(
            "survey_forms",
            responses=words.number(report.responses),
            transactions=words.number(report.transactions),
            coverage=words.short(report.coverage_pct),
            quota=words.short(report.quota_pct),
            verdict=words.say("no_value")
            if report.quota_met is None
            else words.say("enough" if report.quota_met else "not_enough"),
        )
    )
    funnel = report.funnel
    paper.say(
        words.say(
            "survey_funnel",
            returned=words.number(funnel.returned),
            invited=words.number(funnel.invited),
            reached=words.number(funnel.reached),
            started=words.number(funnel.started),
            submitted=words.number(funnel.submitted),
        )
    )
    if report.sampling_error_points is not None:
        paper.say(words.say("survey_error", points=words.number(report.sampling_error_points)))


def _part_results(
    paper: Paper, report: Report, words: Words, tables: Mapping[str, Table], pictures: Mapping[str, bytes]
) -> None:
    paper.heading(words.say("part_2"))
    paper.heading(words.say("results_criteria"), 2)
    paper.say(_overall(report, words))
    if report.responses:
        picked = tables["criteria"].pick(
            "number", "name", "n", "mark", "low", "high", "target", "met", "change"
        )
        paper.table(picked)
        for criterion in report.criteria:
            if criterion.change_is_clear and criterion.change_points is not None:
                change = words.change(criterion.change_points)
                paper.say(words.say("results_change", name=shorten(criterion.name, 120), change=change))
        _picture(paper, "criteria", report, pictures)
    if sum(point.satisfaction_pct is not None for point in report.trend) > 1:
        _picture(paper, "trend", report, pictures)
    paper.heading(words.say("results_questions"), 2)
    if report.responses:
        paper.table(tables["questions"].pick("code", "subject", "n", "mark", "low", "high"))
    else:
        paper.say(words.say("no_data_sentence"))
    if report.unit:
        return
    paper.heading(words.say("results_units"), 2)
    _units(paper, report, words, tables)
    paper.heading(words.say("results_procedures"), 2)
    _procedures(paper, report, words, tables)
    paper.heading(words.say("results_channels"), 2)
    if not report.responses:
        paper.say(words.say("no_data_sentence"))
        return
    paper.table(tables["channels"].pick("name", "responses", "mark", "remark"))
    paper.table(tables["outcomes"].pick(*_GROUP_COLUMNS))


def _overall(report: Report, words: Words) -> str:
    overall = report.overall
    if overall.satisfaction_pct is None:
        return words.say(
            "no_data_sentence" if not report.responses else "hidden_sentence", minimum=report.min_group
        )
    said = [
        words.say(
            "results_overall",
            mark=words.percent(overall.satisfaction_pct),
            measured=overall.criteria_measured,
            total=overall.criteria_total,
            target=words.short(overall.target_pct),
            verdict=words.met(overall.met),
        )
    ]
    if overall.interval is not None:
        low, high = words.percent(overall.interval.low), words.percent(overall.interval.high)
        said.append(words.say("results_interval", low=low, high=high))
    if overall.change_points is not None:
        change = words.change(overall.change_points, is_clear=overall.change_is_clear)
        said.append(words.say("results_before", change=change))
    if overall.last_year_points is not None:
        said.append(words.say("results_last_year", points=words.points(overall.last_year_points)))
    if overall.weighted_pct is not None:
        said.append(words.say("results_weighted", mark=words.percent(overall.weighted_pct)))
    question = report.overall_question
    mark, n = words.mark(question.satisfied_pct, n=question.n), words.number(question.n)
    said.append(words.say("results_question", mark=mark, n=n))
    if is_small(report.responses):
        said.append(words.say("results_small"))
    return " ".join(said)


def _units(paper: Paper, report: Report, words: Words, tables: Mapping[str, Table]) -> None:
    short = under_quota(report)
    counted = sum(unit.quota_met is not None for unit in report.units)
    quota = words.short(report.quota_pct)
    if counted:
        paper.say(words.say("results_quota", met=counted - len(short), total=counted, quota=quota))
    else:
        paper.say(words.say("no_data_sentence"))
    table = tables["units"].pick(*_GROUP_COLUMNS)
    if len(report.units) <= _UNITS_IN_BODY:
        paper.table(table)
        return
    paper.say(words.say("results_units_annex", annex=_ROMAN[1]))
    named = "; ".join(
        f"{shorten(unit.name, 80)} ({words.short(unit.coverage_pct)})" for unit in short[:_UNITS_IN_BODY]
    )
    if named:
        more = len(short) - _UNITS_IN_BODY
        paper.say(
            words.say("results_units_short", units=named)
            + (" " + words.say("hint_more_units", count=more) if more > 0 else "")
        )


def _procedures(paper: Paper, report: Report, words: Words, tables: Mapping[str, Table]) -> None:
    answered = [group for group in report.procedures if group.responses]
    if not answered:
        paper.say(words.say("no_data_sentence"))
        return
    counts = {"answered": words.number(len(answered)), "total": words.number(len(report.procedures))}
    paper.say(words.say("results_procedures_count", annex=_ROMAN[2], **counts))
    marked = [
        group for group in answered if group.satisfaction_pct is not None and not is_small(group.responses)
    ]
    lowest = sorted(marked, key=lambda group: (group.satisfaction_pct or 0, group.code))[:5]
    table = tables["procedures"]
    row_of = {row[0]: row for row in table.rows}
    rows = tuple(row_of[clean(group.code)] for group in lowest)
    if rows:
        title = words.say("table_procedures_lowest")
        picked = replace(table, title=title, rows=rows, note="")
        paper.table(picked.pick("code", "name", "responses", "mark"))


def _part_complaints(paper: Paper, report: Report, words: Words, tables: Mapping[str, Table]) -> None:
    paper.heading(words.say("part_3"))
    figures = report.complaints
    if figures.received or figures.resolved or figures.open:
        paper.say(
            words.say(
                "complaints_sentence",
                received=words.number(figures.received),
                resolved=words.number(figures.resolved),
                in_time=words.short(figures.resolved_in_time_pct),
                open=words.number(figures.open),
                overdue=words.number(figures.overdue),
                confirmed=words.number(figures.confirmed),
                partly=words.number(figures.partly),
                reopened=words.number(figures.reopened),
            )
        )
        if figures.promises:
            kept, promises = words.number(figures.promises_kept), words.number(figures.promises)
            paper.say(words.say("complaints_promised", kept=kept, promises=promises))
        paper.table(tables["kinds"])
    else:
        paper.say(words.say("complaints_none"))
    paper.say(words.say("complaints_late", late=words.number(report.late_returned)))
    if report.late_returned:
        paper.say(words.say("complaints_apologies"))
    if figures.apologised:
        paper.say(words.say("complaints_apologised", count=words.number(figures.apologised)))
    if report.dates.compared:
        paper.say(
            words.say(
                "complaints_dates",
                compared=words.number(report.dates.compared),
                agree=words.number(report.dates.agree),
                late=words.number(report.dates.said_late_was_on_time),
                on_time=words.number(report.dates.said_on_time_was_late),
            )
        )


# ---------------------------------------------------------------------------------------- parts IV, V


def _part_remarks(paper: Paper, words: Words, hints: Hints) -> None:
    paper.heading(words.say("part_4"))
    for key, lines in (
        ("remarks_strengths", hints.strengths),
        ("remarks_weaknesses", hints.weaknesses),
        ("remarks_causes", hints.causes),
    ):
        paper.heading(words.say(key), 2)
        for line in lines:
            paper.say(f"- {line}", is_draft=True)
        paper.say(words.say("draft_blank"), is_draft=True)


def _part_tasks(paper: Paper, words: Words, hints: Hints) -> None:
    paper.heading(words.say("part_5"))
    paper.say(words.say("tasks_intro"), is_draft=True)
    rows = tuple((number, task, _LINE, _LINE) for number, task in enumerate((*hints.tasks, _LINE), 1))
    columns = (("number", 6), ("task", 50), ("owner", 20), ("due", 14))
    paper.table(
        Table(
            key="tasks",
            title=words.say("table_tasks"),
            columns=tuple(
                Column(
                    key=key,
                    title=words.say(f"column_{key}"),
                    width=width,
                    kind="number" if key == "number" else "text",
                )
                for key, width in columns
            ),
            rows=rows,
        ),
        size=12,
    )


# -------------------------------------------------------------------------------------------- annexes


def _annexes(
    paper: Paper, report: Report, words: Words, tables: Mapping[str, Table], pictures: Mapping[str, bytes]
) -> None:
    def method() -> None:
        for line in build_method(report, words):
            paper.say(f"- {line}")

    def units() -> None:
        paper.table(tables["units"].pick(*_GROUP_COLUMNS, "remark"), size=10)
        _picture(paper, "units", report, pictures)

    def procedures() -> None:
        table = tables["procedures"].pick("code", *_GROUP_COLUMNS)
        shown, total = table.first(_PROCEDURES_SHOWN), len(table.rows)
        if len(shown.rows) < total:
            cut = words.say("note_cut", shown=len(shown.rows), total=total)
            shown = replace(shown, note=f"{cut} {table.note}")
        paper.table(shown, size=10)

    def others() -> None:
        paper.table(tables["options"], size=10)
        paper.table(tables["funnel"], size=10)
        _picture(paper, "funnel", report, pictures)
        paper.table(tables["funnels"], size=10)
        paper.table(tables["unheard"], size=10)
        paper.table(tables["complaints"], size=10)
        paper.table(tables["dates"], size=10)

    wanted: list[tuple[str, Callable[[], None]]] = [("annex_method", method)]
    if report.responses and not report.unit:
        wanted += [("annex_units", units), ("annex_procedures", procedures), ("annex_others", others)]
    _, issuer = issuer_of(report)
    for number, (key, fill) in zip(_ROMAN, wanted, strict=False):
        paper.begin_annex()
        heading = paper.centered(words.say("annex", number=number), style="Heading 1", is_bold=True)
        heading.paragraph_format.first_line_indent = Mm(0)
        paper.centered(words.say(key).upper(), is_bold=True).paragraph_format.keep_with_next = True
        attached = paper.centered(words.say("annex_of", name=issuer), size=13, is_italic=True)
        attached.paragraph_format.space_after = Pt(8)
        fill()


def _picture(paper: Paper, name: str, report: Report, pictures: Mapping[str, bytes]) -> None:
    texts = paper.words.texts
    width = {"criteria": 104, "trend": 104, "units": 84, "funnel": 100}[name]
    title = paper.words.say(f"chart_{name}")
    paper.picture(pictures[name], title=title, described=describe_chart(name, report, texts), width=width)
