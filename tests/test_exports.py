"""Exports are read back: every format holds the same records, no cell is a formula, no file is half a file."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.exporting import CUT_NOTE, MAX_CELL, export_responses_file, harmless
from handlers.exports import COLUMNS
from storage import invitations, responses
from storage.invitations import Dossier
from storage.responses import Response
from storage.tables import ANSWERS
from storage.vault import SealError, Vault
from tests.building import AT, build_setup, sqlite_database

SETUP = build_setup()
FORMATS = ["jsonl", "csv", "xlsx"]
ids = (f"R{number:025}" for number in range(10**9))
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
disguises = st.text(" '\"\n\t\r\u00a0\u200b\ufeff“«", max_size=3)
formulas = st.builds(
    str.__add__,
    disguises,
    st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", "﹦1", "\t=1", "\r=1"]),
)


def a_response(**changes):
    values = {
        "id": next(ids),
        "channel": "telegram",
        "unit_code": "QLTM",
        "procedure_code": "2.000633",
        "questionnaire_version": SETUP.questionnaire_version,
        "submitted_at": AT,
        "answers": (4, 1, 2, 2, 3, 1, 2, 2, 2, None),
        **changes,
    }
    day = values["submitted_at"].astimezone(SETUP.timezone).date()
    return Response(submitted_on=day, **values)


def keep(database, *kept):
    def work(tx):
        for response in kept:
            responses.put_response(tx, SETUP.vault, response)

    database.write(work)


def run(database, path, *, file_format, **changes):
    """Run an export and return its exit status, its summary and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    wanted = {
        "quarter": "administrative",
        "since": None,
        "until": None,
        "unit_code": None,
        "with_dossiers": False,
    }
    wanted |= {"actor": "tester", "out": out, "err": err, "show_progress": False, **changes}
    status = export_responses_file(database, SETUP, path, AT, file_format=file_format, **wanted)
    return status, out.getvalue().strip(), err.getvalue().strip()


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_csv(path):
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def read_xlsx(path):
    with path.open("rb") as file:
        book = load_workbook(file)
        cells = [list(row) for row in book.active.iter_rows()]
        assert {cell.data_type for row in cells for cell in row} <= {"s", "n", "b"}  # never a formula
        assert not any(cell.hyperlink for row in cells for cell in row)
        assert book.active.freeze_panes == "A2"
        return [[cell.value for cell in row] for row in cells]


def ids_in(path):
    return [record["response_id"] for record in read_jsonl(path)]


def test_jsonl_holds_the_ten_answers_under_one_key_and_null_for_what_is_missing(database, tmp_path):
    full = a_response(comment="Tốt\n“lắm”", wants_reply=True, complaint_id="PA-2026-0012")
    bare = a_response(submitted_at=AT + timedelta(hours=1), answers=(None,) * 10, channel="paper")
    keep(database, bare, full)

    status = run(database, tmp_path / "all.jsonl", file_format="jsonl")

    assert status == (0, "all.jsonl: 2 responses", "")
    first, second = read_jsonl(tmp_path / "all.jsonl")
    assert first == {
        "response_id": full.id,
        "period": "2026-Q4",
        "submitted_at": "2026-11-20T09:30:00+07:00",
        "channel": "telegram",
        "unit_code": "QLTM",
        "procedure_code": "2.000633",
        "questionnaire_version": "2026-1",
        "answers": {
            "3.1": 4,
            "3.2": 1,
            "3.3": 2,
            "3.4": 2,
            "3.5": 3,
            "3.6": 1,
            "3.7": 2,
            "3.8": 2,
            "3.9": 2,
            "3.10": None,
        },
        "comment": "Tốt\n“lắm”",
        "wants_reply": True,
        "complaint_id": "PA-2026-0012",
    }
    assert list(first) == [*COLUMNS[:7], "answers", *COLUMNS[17:]]
    assert set(second["answers"].values()) == {None}
    assert (second["comment"], second["wants_reply"], second["complaint_id"]) == (None, None, None)


def test_csv_is_utf_8_with_a_mark_commas_crlf_and_empty_cells(database, tmp_path):
    kept = a_response(comment='Dòng 1\nDòng 2; "ngoặc", phẩy', wants_reply=False)
    keep(database, kept)

    run(database, tmp_path / "all.csv", file_format="csv")

    header, row = read_csv(tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_bytes().endswith(b"\r\n")
    assert tuple(header) == COLUMNS
    assert dict(zip(header, row, strict=True)) == {
        "response_id": kept.id,
        "period": "2026-Q4",
        "submitted_at": "2026-11-20T09:30:00+07:00",
        "channel": "telegram",
        "unit_code": "QLTM",
        "procedure_code": "2.000633",
        "questionnaire_version": "2026-1",
        **dict(zip(ANSWERS, ["4", "1", "2", "2", "3", "1", "2", "2", "2", ""], strict=True)),
        "comment": 'Dòng 1\nDòng 2; "ngoặc", phẩy',
        "wants_reply": "false",
        "complaint_id": "",
    }


def test_xlsx_has_a_frozen_header_texts_and_numbers(database, tmp_path):
    keep(database, a_response(comment="http://a.vn 000123", wants_reply=True))

    run(database, tmp_path / "all.xlsx", file_format="xlsx")

    header, row = read_xlsx(tmp_path / "all.xlsx")
    found = dict(zip(header, row, strict=True))
    assert tuple(header) == COLUMNS
    assert [found[name] for name in ANSWERS] == [4, 1, 2, 2, 3, 1, 2, 2, 2, None]
    assert (found["procedure_code"], found["submitted_at"]) == ("2.000633", "2026-11-20T09:30:00+07:00")
    assert (found["comment"], found["wants_reply"], found["complaint_id"]) == (
        "http://a.vn 000123",
        True,
        None,
    )


@pytest.mark.parametrize("file_format", FORMATS)
def test_no_responses_are_a_file_without_records(database, tmp_path, file_format):
    status, summary, _ = run(database, tmp_path / "none", file_format=file_format)

    readers = {"jsonl": lambda path: [None, *read_jsonl(path)], "csv": read_csv, "xlsx": read_xlsx}
    assert (status, summary) == (0, "none: 0 responses")
    assert len(readers[file_format](tmp_path / "none")) == 1


@pytest.mark.parametrize(
    ("since", "until", "wanted"),
    [
        (None, None, [0, 1, 2, 3]),
        ("2026-11-20", "2026-11-20", [1, 2]),
        ("20/11/2026", None, [1, 2, 3]),
        (None, "2026-11-19", [0]),
        ("2026-11-20T09:30:00+07:00", None, [2, 3]),
        (None, "2026-11-19T17:00:00Z", [0, 1]),
        ("2026-11-20 09:30", "20/11/2026 23:59", [2]),
        ("2027-01-01", None, []),
    ],
)
def test_the_span_counts_whole_local_days_or_exact_instants_both_ends_included(
    database, tmp_path, since, until, wanted
):
    local = ["2026-11-19T23:59:59.999999", "2026-11-20T00:00", "2026-11-20T23:59:59.5", "2026-11-21T00:00"]
    kept = [
        a_response(submitted_at=datetime.fromisoformat(when).replace(tzinfo=SETUP.timezone).astimezone(UTC))
        for when in local
    ]
    kept[2] = a_response(submitted_at=AT)
    keep(database, *kept)

    run(database, tmp_path / "some.jsonl", file_format="jsonl", since=since, until=until)

    assert ids_in(tmp_path / "some.jsonl") == [kept[number].id for number in wanted]


def test_the_period_is_the_quarter_of_the_local_day(database, tmp_path):
    last_evening = datetime(2026, 12, 14, 16, 59, tzinfo=UTC)
    keep(
        database,
        a_response(submitted_at=last_evening),
        a_response(submitted_at=last_evening + timedelta(minutes=1)),
    )

    run(database, tmp_path / "a.jsonl", file_format="jsonl")
    run(database, tmp_path / "c.jsonl", file_format="jsonl", quarter="calendar")

    assert [record["period"] for record in read_jsonl(tmp_path / "a.jsonl")] == ["2026-Q4", "2027-Q1"]
    assert [record["period"] for record in read_jsonl(tmp_path / "c.jsonl")] == ["2026-Q4", "2026-Q4"]


def test_one_unit_can_be_asked_for(database, tmp_path):
    other = a_response(unit_code="QLNL")
    keep(database, a_response(), other)

    run(database, tmp_path / "one.jsonl", file_format="jsonl", unit_code="QLNL")

    assert ids_in(tmp_path / "one.jsonl") == [other.id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_code": "QLXX"},
        {"since": "yesterday"},
        {"until": "2026-13-01"},
        {"since": "2026-11-21", "until": "2026-11-20"},
    ],
)
def test_a_wrong_unit_or_span_is_one_line_and_status_2(database, tmp_path, wrong):
    status, summary, complaint = run(database, tmp_path / "no.csv", file_format="csv", **wrong)

    assert (status, summary, len(complaint.splitlines())) == (2, "", 1)
    assert list(tmp_path.glob("*.csv")) == []


@pytest.mark.parametrize("file_format", FORMATS)
def test_dossier_codes_are_given_only_when_asked_for_and_then_noted(database, tmp_path, file_format):
    def work(tx):
        dossier = Dossier(
            code="H32.13-261118-0001",
            code_given="H32.13-261118-0001",
            procedure_code="2.000633",
            unit_code="QLTM",
        )
        invitations.put_invitation(tx, SETUP.vault, dossier, is_sampled=True, expires_at=None, at=AT)
        return invitations.find_by_dossier(tx, dossier.code).id

    keep(database, a_response(invitation_id=database.write(work)), a_response(channel="paper"))
    without, with_codes = tmp_path / "without", tmp_path / "with"

    run(database, without, file_format=file_format)
    run(
        database,
        with_codes,
        file_format=file_format,
        with_dossiers=True,
        unit_code="QLTM",
        since="2026-11-01",
    )

    with database.reading() as tx:
        lines = tx.exec_driver_sql("SELECT actor, action, subject, details FROM audit").all()
    readers = {
        "jsonl": lambda path: [list(r.values()) for r in read_jsonl(path)],
        "csv": read_csv,
        "xlsx": read_xlsx,
    }
    given = [row[-1] for row in readers[file_format](with_codes)]
    assert sorted(str(code or "") for code in given[-2:]) == ["", "H32.13-261118-0001"]
    assert "H32.13" not in str(readers[file_format](without))
    [(actor, action, subject, details)] = lines
    assert (actor, action, subject) == ("tester", "responses.export.with_dossiers", "QLTM")
    assert json.loads(details) == {
        "format": file_format,
        "records": 2,
        "from": "2026-10-31T17:00:00+00:00",
        "to": None,
    }


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_failed_export_leaves_the_old_file_and_nothing_else(database, tmp_path, file_format):
    other_key = Vault(key=bytes(32), draw=SETUP.vault.draw)
    broken = a_response(comment="sealed with another key")
    keep(database, a_response(comment="mới", submitted_at=AT - timedelta(hours=1)))
    database.write(lambda tx: responses.put_response(tx, other_key, broken))
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "old").write_text("as it was", encoding="utf-8")

    with pytest.raises(SealError):
        run(database, folder / "old", file_format=file_format)

    assert [path.name for path in folder.iterdir()] == ["old"]
    assert (folder / "old").read_text(encoding="utf-8") == "as it was"


def test_a_place_that_cannot_be_written_is_one_line_and_status_1(database, tmp_path):
    (tmp_path / "folder").mkdir()

    for path in (tmp_path / "missing" / "all.csv", tmp_path / "folder", Path("/proc/all.csv")):
        status, summary, complaint = run(database, path, file_format="csv")

        assert (status, summary, len(complaint.splitlines())) == (1, "", 1)
        assert str(path) in complaint


def test_a_new_export_takes_the_place_of_the_old_one(database, tmp_path):
    (tmp_path / "all.csv").write_text("old", encoding="utf-8")

    run(database, tmp_path / "all.csv", file_format="csv")

    assert tuple(read_csv(tmp_path / "all.csv")[0]) == COLUMNS


def test_a_progress_bar_shows_on_a_terminal_only(database, tmp_path):
    keep(database, a_response())

    shown = run(database, tmp_path / "a.csv", file_format="csv", show_progress=True)[2]
    quiet = run(database, tmp_path / "b.csv", file_format="csv")[2]

    assert "1/1" in shown
    assert quiet == ""


# ----------------------------------------------------------------------------------------- formulas


@given(formulas)
def test_whatever_could_be_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["", "ổn", "1=1", "a-b", "(=)", "“tốt”", "* tốt", "5 – 6", "'tốt'", "🙂"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert harmless(text) == text


def test_a_spreadsheet_that_cuts_our_csv_at_semicolons_and_line_ends_finds_no_formula_either(
    database, tmp_path
):
    keep(database, a_response(comment="tốt\n=cmd|' /C calc'!A0;@x;\n ; -1;tốt"))

    run(database, tmp_path / "all.csv", file_format="csv")

    text = (tmp_path / "all.csv").read_bytes().decode("utf-8-sig")
    pieces = [piece for line in text.splitlines() for piece in line.split(";")]
    assert not [piece for piece in pieces if piece.strip().startswith(("=", "+", "-", "@"))]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(texts, formulas), min_size=1, max_size=6))
@example(
    ["\ufeff=1", "\x00=1", "a\x0b\x1fb", "\ufffe", "_x0041_", "dòng\r\nhai", "\u2028=1", "\u0085x", "  =1 "]
)
def test_any_comment_comes_back_and_no_cell_begins_a_formula(tmp_path_factory, comments):
    folder = tmp_path_factory.mktemp("round")
    kept = [
        a_response(comment=comment, submitted_at=AT + timedelta(seconds=n))
        for n, comment in enumerate(comments)
    ]

    with sqlite_database(folder) as database:
        keep(database, *kept)
        for file_format in FORMATS:
            assert run(database, folder / file_format, file_format=file_format)[0] == 0

    assert [record["comment"] for record in read_jsonl(folder / "jsonl")] == comments
    column = COLUMNS.index("comment")
    cells = [row[column] for row in read_csv(folder / "csv")[1:]]
    assert [cell.replace("'", "") for cell in cells] == [comment.replace("'", "") for comment in comments]
    sheet = [row[column] or "" for row in read_xlsx(folder / "xlsx")[1:]]
    assert len(sheet) == len(comments)
    for cell in cells + sheet:
        bare = cell.lstrip(" '\"\n\t\r\u00a0\u200b\ufeff“«")
        assert cell.startswith("'") or not bare.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦"))
        assert not cell.startswith(("\t", "\r"))


def test_a_text_longer_than_a_cell_is_cut_in_xlsx_alone_and_says_so(database, tmp_path):
    long = "🙂" * 20_000
    keep(database, a_response(comment=long))

    for file_format in FORMATS:
        run(database, tmp_path / file_format, file_format=file_format)

    cell = read_xlsx(tmp_path / "xlsx")[1][COLUMNS.index("comment")]
    assert cell.endswith(CUT_NOTE)
    assert MAX_CELL - 2 < len(cell.encode("utf-16-le")) // 2 <= MAX_CELL
    assert read_jsonl(tmp_path / "jsonl")[0]["comment"] == long
    assert read_csv(tmp_path / "csv")[1][COLUMNS.index("comment")] == long
