"""Tables as offices send them: every encoding, delimiter and kind of cell is read, or refused in one clear line."""

import csv
import io
import zipfile
from datetime import datetime, time, timedelta

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.tables import TableError, open_table

REQUIRED = ("code", "name")
OPTIONAL = ("day", "note")
MIDNIGHT = datetime.fromisoformat("2026-11-20")  # a spreadsheet knows no zones
HALF_PAST_NINE = MIDNIGHT + timedelta(hours=9, minutes=30)


def write(folder, content, name="table.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_xlsx(folder, *rows, name="table.xlsx"):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def read(path):
    with open_table(path, required=REQUIRED, optional=OPTIONAL) as table:
        return list(table.rows)


def refusal(path):
    with pytest.raises(TableError) as raised:
        read(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


# ---------------------------------------------------------------------------------------------- CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_with_any_delimiter_byte_order_mark_and_line_end(tmp_path, delimiter, encoding, end):
    lines = [delimiter.join(["code", "name"]), delimiter.join(["007", "Nguyễn"]), ""]

    rows = read(write(tmp_path, end.join(lines).encode(encoding)))

    assert [(row.number, row.values) for row in rows] == [(2, {"code": "007", "name": "Nguyễn"})]


def test_the_delimiter_is_the_one_that_gives_known_columns(tmp_path):
    rows = read(write(tmp_path, 'code;name;"a, b, c, d"\n1;Tốt, nhanh;x\n'))

    assert rows[0].values == {"code": "1", "name": "Tốt, nhanh"}


def test_cells_may_hold_quotes_delimiters_and_line_ends_and_rows_are_counted_as_a_spreadsheet_does(tmp_path):
    rows = read(write(tmp_path, 'code,name\r\n1,"Dòng 1\r\nDòng 2, ""ngoặc"""\r\n\r\n3, "cuối"\r\n'))

    assert [(row.number, row.values["name"]) for row in rows] == [
        (2, 'Dòng 1\r\nDòng 2, "ngoặc"'),
        (4, "cuối"),
    ]


def test_column_names_are_trimmed_and_may_be_in_capitals(tmp_path):
    rows = read(write(tmp_path, "\n  CODE , Name\n 1 , a \n"))

    assert [(row.number, row.values) for row in rows] == [(3, {"code": "1", "name": "a"})]


def test_empty_rows_are_passed_over_and_missing_cells_are_empty(tmp_path):
    rows = read(write(tmp_path, "code,name,note\n,,\n  ,\t,\n1\n"))

    assert [(row.number, row.values.get("name"), row.problems) for row in rows] == [(4, None, ())]


def test_a_row_with_more_cells_than_columns_says_that_quotes_are_missing(tmp_path):
    rows = read(write(tmp_path, "code,name\n1,Tốt, nhanh\n2,b,,\n"))

    assert [len(row.problems) for row in rows] == [1, 0]
    assert "quotes" in rows[0].problems[0][1]


def test_columns_nobody_asked_for_are_named(tmp_path):
    with open_table(write(tmp_path, "code,name,nmae,,\n1,a,b\n"), required=REQUIRED) as table:
        unknown, rows = table.unknown, list(table.rows)

    assert unknown == ("nmae",)
    assert rows[0].values == {"code": "1", "name": "a"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\n", "is empty"),
        (b"code\n1\n", "row 1: has no column name"),
        (b"1;2\n3;4\n", "row 1: has no column code, name"),
        (b"code,name,Code\n", "row 1: column code stands there twice"),
        (b'code,name\n1,"a\n2,b\n', "row 2: cannot be read as CSV"),
        ("code,name\n1,Nguyễn\n".encode("utf-16"), "CSV UTF-8"),
        ("code,name\n1,Nguyễn\n".encode("utf-16-le"), "CSV UTF-8"),
        ("code,name\n1,a\n2,Hài lòng\n".encode("cp1258", "replace"), "line 3 is not UTF-8"),
        (b"code,name\n1," + b"x" * 200_000, "row 2: cannot be read as CSV"),
        (b"x" * 300_000, "row 1: cannot be read as CSV"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused_in_one_line(tmp_path, content, told):
    assert told in refusal(write(tmp_path, content))


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=2, max_size=2),
        max_size=5,
    ),
    st.sampled_from(",;\t"),
)
def test_whatever_a_csv_writer_writes_is_read_back(tmp_path_factory, rows, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([REQUIRED, *rows])

    found = read(write(tmp_path_factory.mktemp("csv"), text.getvalue()))

    wanted = [[cell.strip() or None for cell in row] for row in rows]
    assert [list(row.values.values()) for row in found] == [row for row in wanted if any(row)]


# --------------------------------------------------------------------------------------------- XLSX


def test_cells_of_a_workbook_keep_their_kinds(tmp_path):
    path = write_xlsx(
        tmp_path,
        ["Code", " NAME ", "day", "note"],
        ["007", 2.000633, HALF_PAST_NINE, "  Tốt\nlắm "],
        [None, None, None, ""],
        [4, 4.0, MIDNIGHT, True],
    )

    rows = read(path)

    assert [row.number for row in rows] == [2, 4]
    assert rows[0].values == {
        "code": "007",
        "name": 2.000633,
        "day": HALF_PAST_NINE,
        "note": "Tốt\nlắm",
    }
    assert rows[1].values == {"code": 4, "name": 4, "day": MIDNIGHT, "note": "TRUE"}
    assert isinstance(rows[1].values["name"], int)


def test_every_minute_of_excel_comes_back_as_that_minute(tmp_path):
    minutes = [MIDNIGHT + timedelta(minutes=minute) for minute in range(0, 1440, 7)]
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet, form = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        sheet.write_row(0, 0, ["code", "name", "day"])
        for number, minute in enumerate(minutes, 1):
            sheet.write_row(number, 0, ["1", "a"])
            sheet.write_datetime(number, 2, minute, form)

    assert [row.values["day"] for row in read(tmp_path / "t.xlsx")] == minutes


def test_a_formula_is_taken_for_its_saved_result_and_named_when_it_has_none(tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["code", "name"])
        sheet.write_formula(1, 0, '="00"&"7"', None, "007")
        sheet.write_string(1, 1, "=1+1")
    bare = write_xlsx(tmp_path, ["code", "name"], ["=1+1", "a"], name="bare.xlsx")

    saved, unsaved = read(tmp_path / "t.xlsx")[0], read(bare)[0]

    assert saved.values == {"code": "007", "name": "=1+1"}
    assert unsaved.values == {"name": "a"}
    assert [(column, "formula" in message) for column, message in unsaved.problems] == [("code", True)]


def test_errors_and_bare_times_in_cells_are_named(tmp_path):
    row = read(write_xlsx(tmp_path, ["code", "name", "note"], ["1", "#N/A", time(9, 30)]))[0]

    assert row.values == {"code": "1"}
    assert row.problems == (("name", "holds the error #N/A"), ("note", "holds a time without a date"))


def test_the_first_sheet_that_is_shown_is_read_whatever_its_size_is_said_to_be(tmp_path):
    book = Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("shown")
    for row in (["code", "name"], ["1", "a"], ["2", "b"]):
        sheet.append(row)
    book.active = 1
    book.save(tmp_path / "right.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "right.xlsx") as right,
        zipfile.ZipFile(tmp_path / "t.xlsx", "w") as wrong,
    ):
        for name in right.namelist():
            wrong.writestr(name, right.read(name).replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1"'))

    assert [row.values["name"] for row in read(tmp_path / "t.xlsx")] == ["a", "b"]


def test_the_content_tells_the_kind_of_file_not_its_name(tmp_path):
    path = write_xlsx(tmp_path, ["code", "name"], ["1", "a"]).rename(tmp_path / "table.csv")

    assert len(read(path)) == 1


def test_a_damaged_workbook_is_refused_in_one_line(tmp_path):
    whole = write_xlsx(tmp_path, ["code", "name"], *[[str(n), "a" * n] for n in range(50)]).read_bytes()
    content = bytearray(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 200
    content[at : at + 20] = b"\0" * 20

    assert "damaged" in refusal(write(tmp_path, whole[: len(whole) // 2], "cut.xlsx"))
    assert "damaged" in refusal(write(tmp_path, bytes(content), "bent.xlsx"))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_a_workbook_with_a_broken_part_is_refused_in_one_line(tmp_path, part):
    whole = write_xlsx(tmp_path, ["code", "name"], ["1", "a"])
    with zipfile.ZipFile(whole) as right, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as wrong:
        for name in right.namelist():
            wrong.writestr(name, right.read(name)[: -30 if name == part else None])

    assert "damaged" in refusal(tmp_path / "t.xlsx")


def test_what_is_no_table_is_refused_in_one_line(tmp_path):
    with zipfile.ZipFile(tmp_path / "letter.docx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")

    assert "cannot be read" in refusal(tmp_path / "missing.csv")
    assert "cannot be read" in refusal(tmp_path)
    assert "no XLSX" in refusal(tmp_path / "letter.docx")
    assert "no XLSX" in refusal(write(tmp_path, "code,name\n", "text.xlsx"))
    assert ".xlsx without a password" in refusal(
        write(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx")
    )
    assert ".xlsx without a password" in refusal(write(tmp_path, b"<html></html>", "a.xls"))


def test_an_error_of_whoever_uses_the_rows_is_not_taken_for_one_of_the_file(tmp_path):
    path = write_xlsx(tmp_path, ["code", "name"], ["1", "a"])

    with pytest.raises(BrokenPipeError), open_table(path, required=REQUIRED):
        raise BrokenPipeError


def test_ten_thousand_rows_are_read_one_after_the_other(tmp_path):
    path = write(tmp_path, "code,name\n" + "".join(f"{n},a\n" for n in range(10_000)))

    with open_table(path, required=REQUIRED) as table:
        first, total = next(table.rows), table.total
        rest = sum(1 for _ in table.rows)

    assert (first.values["code"], rest, total) == ("0", 9_999, 10_000)
