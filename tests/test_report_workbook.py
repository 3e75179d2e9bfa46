"""The Excel file: opened again as a stranger would, numbers are numbers, texts are harmless, every sheet prints."""

import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from reports.workbook import harmless, render_workbook
from tests.report_samples import empty_report, full_report, large_report, load_texts, unit_report

VI, EN = load_texts("vi"), load_texts("en")
SHEETS = [
    "Tổng hợp",
    "Tiêu chí",
    "Câu hỏi",
    "Đơn vị",
    "Thủ tục",
    "Kênh",
    "Phễu",
    "Phễu theo nhóm",
    "Phản ánh",
    "Phương pháp",
]


def open_book(report, texts=VI):
    return load_workbook(BytesIO(render_workbook(report, texts)))


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_there_is_a_sheet_for_each_table():
    assert open_book(full_report()).sheetnames == SHEETS


def test_numbers_are_numbers_with_two_decimals():
    sheet = open_book(full_report())["Tiêu chí"]
    access = next(row for row in sheet.iter_rows() if row[1].value == "Tiếp cận dịch vụ")

    assert [cell.value for cell in access] == [
        1,
        "Tiếp cận dịch vụ",
        180,
        70.69,
        65.59,
        75.79,
        85,
        "chưa đạt",
        -1.2,
        "chưa rõ",
        3.66,
    ]
    assert access[3].number_format == "#,##0.00"
    assert access[8].number_format == "+0.00;-0.00;0.00"
    assert access[2].number_format == "#,##0"


def test_the_overall_is_the_mean_of_the_printed_criteria():
    book = open_book(full_report())
    marks = [row[3] for row in rows_of(book["Tiêu chí"]) if isinstance(row[0], int)]
    summary = {row[0]: row[1] for row in rows_of(book["Tổng hợp"])}

    assert round(sum(marks) / 6, 2) == summary["Chỉ số hài lòng chung (%)"] == 81.75


def test_a_hidden_unit_shows_its_forms_and_no_mark():
    row = next(row for row in rows_of(open_book(full_report())["Đơn vị"]) if row[0] == "TTKC")

    assert row[2:4] == [120, 3]
    assert row[7] == row[9] == "ít phiếu, không nêu"


def test_an_empty_quarter_has_every_sheet_and_says_what_is_missing():
    book = open_book(empty_report())
    values = {value for sheet in book for row in rows_of(sheet) for value in row}

    assert book.sheetnames == SHEETS
    assert {"chưa có dữ liệu", "—"} <= values
    assert 0.0 in values  # counts are zero, marks are not


@pytest.mark.parametrize("build", [full_report, large_report, unit_report])
def test_every_sheet_prints_on_a4_in_width(build):
    for sheet in open_book(build()):
        assert int(sheet.page_setup.paperSize) == 9, sheet.title
        assert int(sheet.page_setup.fitToHeight) == 0, sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_headers_stay_on_screen_and_come_again_on_paper():
    book = open_book(large_report())

    for name in SHEETS[:-1]:
        assert book[name].freeze_panes == "A4", name
    for name in ("Tiêu chí", "Đơn vị", "Thủ tục"):
        assert book[name].print_title_rows == "$3:$3", name


def test_there_are_native_charts_with_their_description():
    with zipfile.ZipFile(BytesIO(render_workbook(full_report(), VI))) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        drawings = b"".join(
            archive.read(name) for name in archive.namelist() if name.startswith("xl/drawings/drawing")
        )

    assert len(charts) >= 2
    assert "Hài lòng theo tiêu chí".encode() in drawings


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\u2212"])
def test_texts_that_look_like_formulas_are_harmless(sign):
    report = full_report()
    evil = f"{sign}HYPERLINK(0)"
    bad = replace(
        report,
        department=evil,
        units=(replace(report.units[0], code=evil, name=evil),),
        complaints=replace(report.complaints, by_kind={evil: 1}),
    )
    content = render_workbook(bad, VI)
    cells = [cell for sheet in load_workbook(BytesIO(content)) for row in sheet.iter_rows() for cell in row]

    assert not [cell for cell in cells if cell.data_type == "f"]
    assert f"'{evil}" in {cell.value for cell in cells}
    assert not [
        c.value for c in cells if isinstance(c.value, str) and len(c.value) > 1 and c.value[0] == sign
    ]


def test_a_lone_sign_stays_as_it_is():
    assert (harmless("-"), harmless("a=b"), harmless("\t=1")) == ("-", "a=b", "'=1")


def test_it_names_no_author_and_the_same_report_gives_the_same_bytes():
    first, second = render_workbook(full_report(), VI), render_workbook(full_report(), VI)

    assert first == second
    assert load_workbook(BytesIO(first)).properties.creator in {None, ""}


def test_it_speaks_english_too():
    assert open_book(full_report(), EN).sheetnames[:2] == ["Summary", "Criteria"]
