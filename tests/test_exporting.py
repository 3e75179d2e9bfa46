"""Export files are whole or not there, and whatever citizens wrote, no cell of them is a formula."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.record_files import CUT_NOTE, MAX_CELL, harmless
from handlers.exports import COLUMNS
from storage import responses
from storage.vault import SealError, Vault
from tests.building import AT, sqlite_database
from tests.export_samples import FORMATS, SETUP, a_response, keep, read_csv, read_jsonl, read_xlsx, run

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
disguises = st.text(" '\"\n\t\r\u00a0\u200b\ufeff“«", max_size=3)
formulas = st.builds(
    str.__add__,
    disguises,
    st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", "﹦1", "\t=1", "\r=1"]),
)


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
