"""The figures of a period as an Excel file: a sheet for each table, numbers as numbers, two decimals, ready to print.

Texts are written as texts, and those a spreadsheet could take for a formula are made harmless for whoever copies them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from reports.figures import Report
from reports.render_cells import Cell, Column, Table
from reports.render_method import build_method
from reports.render_tables import build_tables
from reports.render_words import Words, clean, shorten, subject_of

_SHEETS: tuple[tuple[str, tuple[str, ...]], ...] = (  # a sheet and its tables, one under the other
    ("summary", ("summary", "trend")),
    ("criteria", ("criteria",)),
    ("questions", ("questions", "options")),
    ("units", ("units",)),
    ("procedures", ("procedures",)),
    ("channels", ("channels", "outcomes")),
    ("funnel", ("funnel", "unheard", "dates")),
    ("funnels", ("funnels",)),
    ("complaints", ("complaints", "kinds")),
)
_A4 = 9
_PORTRAIT_LIMIT = 120  # characters across; wider sheets are printed on their side
_METHOD_WIDTH, _METHOD_LINE = (
    80,
    80,
)  # of its one column, and signs on a line: an A4 page takes no more unscaled
_LINE = 16.5  # points
_TITLE = 80  # characters of a name in a title; a longer one would widen the printed page
_NAMED = 40  # characters of a name under a chart; with longer ones the codes stand there
_CHARTED = 20  # bars that can still be told apart
_FORMULA = frozenset("=+-@\u2212\t")
_NOT_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_GREEN, _BLUE, _GREY = "#009E73", "#0072B2", "#7F7F7F"

_Sheet = Any  # xlsxwriter ships no types
_Book = Any


def render_workbook(report: Report, texts: Mapping[str, str]) -> bytes:
    """Return the Excel file of a report; the same report gives the same bytes."""
    words = Words(texts)
    tables = build_tables(report, words)
    packed = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(packed, options) as book:
        name = shorten(subject_of(report), _TITLE)
        title = words.say("workbook_title", name=name, period=words.period(report.period))
        day = report.frozen_on or report.period.last
        created = datetime(day.year, day.month, day.day, tzinfo=UTC).replace(tzinfo=None)
        book.set_properties({"title": title[:250], "author": "", "comments": "", "created": created})
        looks = _Looks(book)
        for name, keys in _SHEETS:
            sheet = book.add_worksheet(_sheet_name(words, name))
            places = _fill(sheet, title, [tables[key] for key in keys], looks)
            _set_print(sheet, words, title, [tables[key] for key in keys])
            _CHARTS.get(name, _no_chart)(book, sheet, tables[keys[0]], places[keys[0]], words)
        _fill_method(book.add_worksheet(_sheet_name(words, "method")), report, words, looks)
    return packed.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, also after it was copied or saved as CSV."""
    shown = clean(text)
    return f"'{shown}" if shown[:1] in _FORMULA and len(shown) > 1 else shown


class _Looks:
    """The formats of a workbook."""

    def __init__(self, book: _Book) -> None:
        face = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
        cell = {**face, "border": 1}
        self.title = book.add_format({**face, "bold": True, "font_size": 14})
        self.header = book.add_format(
            {
                **cell,
                "bold": True,
                "text_wrap": True,
                "align": "center",
                "valign": "vcenter",
                "bg_color": "#E7E6E6",
            }
        )
        self.text = book.add_format({**cell, "text_wrap": True})
        self.reason = book.add_format({**cell, "text_wrap": True, "align": "center"})
        self.count = book.add_format({**cell, "num_format": "#,##0"})
        self.share = book.add_format({**cell, "num_format": "#,##0.00"})
        self.points = book.add_format({**cell, "num_format": "+0.00;-0.00;0.00"})
        self.note = book.add_format({**face, "italic": True, "font_size": 11})
        self.wrapped = book.add_format({**face, "text_wrap": True})


# ------------------------------------------------------------------------------------------ the cells


def _fill(sheet: _Sheet, title: str, tables: list[Table], looks: _Looks) -> dict[str, int]:
    """Write the tables under each other and return the row of each header."""
    sheet.write_string(0, 0, harmless(title), looks.title)
    sheet.set_row(0, 1.3 * _LINE)
    row, places = 2, {}
    for table in tables:
        sheet.write_string(row - 1, 0, harmless(table.title), looks.title)
        sheet.set_row(row - 1, 1.3 * _LINE)
        places[table.key] = row
        sheet.set_row(row, _height([heading.title for heading in table.columns], table.columns))
        for column, heading in enumerate(table.columns):
            sheet.write_string(row, column, harmless(heading.title), looks.header)
        for values in table.rows:
            row += 1
            sheet.set_row(row, _height(values, table.columns))
            for column, (value, heading) in enumerate(zip(values, table.columns, strict=True)):
                _write(sheet, (row, column), value, heading, looks)
        if table.note:
            sheet.write_string(row + 1, 0, harmless(table.note), looks.note)
        row += 4
    for column in range(max(len(table.columns) for table in tables)):
        widths = [table.columns[column].width for table in tables if column < len(table.columns)]
        sheet.set_column(column, column, max([8, *widths]))
    sheet.freeze_panes(places[tables[0].key] + 1, 0)
    return places


def _height(values: Sequence[Cell], columns: Sequence[Column]) -> float:
    """Return how high a row must be for its texts: who opens the file shall see all of them."""
    lines = [
        -(-len(value) // max(6, int(column.width * 0.95)))
        for value, column in zip(values, columns, strict=True)
        if isinstance(value, str)
    ]
    return _LINE * max([1, *lines])


def _write(sheet: _Sheet, place: tuple[int, int], value: Cell, column: Column, looks: _Looks) -> None:
    match value:
        case str():
            sheet.write_string(*place, harmless(value), looks.text if column.kind == "text" else looks.reason)
        case Decimal():
            look = looks.points if column.kind == "points" else looks.share
            sheet.write_number(*place, float(value), look)
        case int():
            sheet.write_number(*place, value, looks.count)


def _fill_method(sheet: _Sheet, report: Report, words: Words, looks: _Looks) -> None:
    title = words.say(
        "method_title", name=shorten(subject_of(report), _TITLE), period=words.period(report.period, "long")
    )
    sheet.set_column(0, 0, _METHOD_WIDTH)
    for row, line in enumerate((title, *build_method(report, words))):
        sheet.write_string(row, 0, harmless(line), looks.wrapped if row else looks.title)
        if row:
            sheet.set_row(row, _LINE * -(-len(line) // _METHOD_LINE))
    _set_print(sheet, words, title, [])


def _set_print(sheet: _Sheet, words: Words, title: str, tables: list[Table]) -> None:
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.7)
    footer = f"&L{title[:120].replace('&', '&&')}&R{words.say('workbook_page')}"
    sheet.set_footer(footer)
    if not tables:
        return
    if sum(column.width for column in tables[0].columns) > _PORTRAIT_LIMIT:
        sheet.set_landscape()
    if len(tables) == 1:  # with several tables on a sheet the header of the first would stand over the others
        sheet.repeat_rows(2)


def _sheet_name(words: Words, name: str) -> str:
    return _NOT_A_SHEET_NAME.sub(" ", words.say(f"sheet_{name}"))[:31]


# ------------------------------------------------------------------------------------------ the charts


def _chart_criteria(book: _Book, sheet: _Sheet, table: Table, top: int, words: Words) -> None:
    if not table.rows:
        return
    chart = book.add_chart({"type": "column"})
    _add(chart, sheet, table, top, column="mark", color=_GREEN, title=words.say("workbook_mark"))
    chart.series[0]["labels"]["position"] = "inEnd"  # not where the line of the target runs
    lines = book.add_chart({"type": "line"})
    _add(lines, sheet, table, top, column="target", color=_GREY, title=words.say("workbook_target"))
    chart.combine(lines)
    chart.set_y_axis({"min": 0, "max": 100, "num_format": "0", "major_gridlines": {"visible": True}})
    _place(chart, sheet, words.say("chart_criteria"), row=top + len(table.rows) + 3)


def _chart_units(book: _Book, sheet: _Sheet, table: Table, top: int, words: Words) -> None:
    if not table.rows:
        return
    chart = book.add_chart({"type": "bar"})
    shown = table.first(_CHARTED)
    _add(chart, sheet, shown, top, column="coverage", color=_BLUE, title=words.say("workbook_coverage"))
    _add(chart, sheet, shown, top, column="mark", color=_GREEN, title=words.say("workbook_mark"))
    chart.set_y_axis({"reverse": True})
    _place(
        chart,
        sheet,
        words.say("chart_units"),
        row=top + len(table.rows) + 3,
        rows=max(18, 2 * len(shown.rows)),
    )


def _chart_funnel(book: _Book, sheet: _Sheet, table: Table, top: int, words: Words) -> None:
    chart = book.add_chart({"type": "bar"})
    _add(chart, sheet, table, top, column="count", color=_BLUE, title=words.say("workbook_count"))
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    _place(chart, sheet, words.say("chart_funnel"), row=top + 24)


def _no_chart(_book: _Book, _sheet: _Sheet, _table: Table, _top: int, _words: Words) -> None:
    """Most sheets are read as tables."""


_CHARTS = {"criteria": _chart_criteria, "units": _chart_units, "funnel": _chart_funnel}


def _add(chart: Any, sheet: _Sheet, table: Table, top: int, *, column: str, color: str, title: str) -> None:
    keys = [known.key for known in table.columns]
    named = keys.index("name" if "name" in keys else "step")
    if "code" in keys and any(len(str(row[named])) > _NAMED for row in table.rows):
        named = keys.index("code")
    first, last, place = top + 1, top + len(table.rows), keys.index(column)
    chart.add_series(
        {
            "name": title,
            "categories": [sheet.get_name(), first, named, last, named],
            "values": [sheet.get_name(), first, place, last, place],
            "fill": {"color": color},
            "line": {"color": color, "width": 2.25},
            "gap": 60,
            "data_labels": {
                "value": column != "target",
                "num_format": "#,##0" if column == "count" else "0.00",
            },
        }
    )


def _place(chart: Any, sheet: _Sheet, title: str, *, row: int, rows: int = 18) -> None:
    chart.set_title({"name": title, "name_font": {"size": 13}})
    chart.set_size({"width": 860, "height": 20 * rows})
    sheet.insert_chart(row, 0, chart, {"description": title, "object_position": 2})
