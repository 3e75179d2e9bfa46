"""Files of results and of paper forms: good rows are taken in once, bad ones are named, a repeat changes nothing."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import event

from bot.importing import import_responses_file, import_results_file
from storage import invitations, responses
from storage.tables import ANSWERS
from tests.building import AT, build_setup, sqlite_database

RESULT = {
    "dossier_code": "H32.13-261118-0001",
    "procedure_code": "2.000633",
    "returned_at": "20/11/2026 08:00",
}
FORM = {
    "submitted_at": "19/11/2026",
    "unit_code": "QLTM",
    "procedure_code": "2.000633",
    **dict.fromkeys(ANSWERS, "1"),
}
SETUP = build_setup()


def a_csv(folder, rows, name="file.csv"):
    """Write rows as a CSV whose columns are those of the first row."""
    with (folder / name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def an_xlsx(folder, rows, name="file.xlsx"):
    book = Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(folder / name)
    return folder / name


def run(command, database, path, *, dry_run=False, setup=SETUP):
    """Run an import and return its exit status, its summary and its lines about rows."""
    out, err = io.StringIO(), io.StringIO()
    status = command(database, setup, path, AT, dry_run=dry_run, out=out, err=err, show_progress=False)
    return status, out.getvalue().strip(), err.getvalue().splitlines()


def stored(database, setup=SETUP):
    with database.reading() as tx:
        return list(responses.stream_responses(tx, setup.vault))


def test_results_are_taken_in_once(database, tmp_path):
    path = a_csv(
        tmp_path, [RESULT | {"phone": "0912 345 678"}, RESULT | {"dossier_code": "H32.13-261118-0002"}]
    )

    first = run(import_results_file, database, path)
    again = run(import_results_file, database, path)

    assert first == (0, "file.csv: 2 rows: 2 new, 0 known already, 0 bad", [])
    assert again == (0, "file.csv: 2 rows: 0 new, 2 known already, 0 bad", [])
    with database.reading() as tx:
        found = invitations.find_by_dossier(tx, "H32.13-261118-0001")
        contacts = tx.exec_driver_sql("SELECT invitation_id, kind FROM contacts").all()
    assert found.returned_at == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert (found.unit_code, found.outcome) == ("QLTM", None)
    assert contacts == [(found.id, "phone")]


def test_bad_rows_of_results_are_named_and_the_others_taken(database, tmp_path):
    rows = [
        RESULT,
        RESULT | {"dossier_code": "H32.13-261118-0002", "procedure_code": "9.999999"},
        RESULT | {"dossier_code": "", "returned_at": "soon"},
        RESULT | {"dossier_code": "H32.13-261118-0003"},
        RESULT | {"procedure_code": "2.001561"},
    ]

    status, summary, lines = run(import_results_file, database, a_csv(tmp_path, rows))

    assert (status, summary) == (1, "file.csv: 5 rows: 2 new, 0 known already, 3 bad")
    assert [line.partition(": ")[0] for line in lines] == [
        "file.csv row 3, column procedure_code",
        "file.csv row 4, column returned_at",
        "file.csv row 4, column dossier_code",
        "file.csv row 6, column procedure_code",
    ]


def test_a_dry_run_of_results_tells_what_would_happen_and_changes_nothing(database, tmp_path):
    rows = [RESULT | {"dossier_code": f"H32.13-261118-{number:04}"} for number in range(600)]
    path = a_csv(tmp_path, [*rows, rows[0], rows[1] | {"procedure_code": "2.001561"}])

    status, summary, lines = run(import_results_file, database, path, dry_run=True)

    assert (status, summary) == (
        1,
        "file.csv: 602 rows: 600 would be new, 1 known already, 1 bad; nothing was changed",
    )
    assert all(line.startswith("file.csv row 603, ") for line in lines)
    with database.reading() as tx:
        assert invitations.find_by_dossier(tx, "H32.13-261118-0000") is None
    assert (
        run(import_results_file, database, path)[1] == "file.csv: 602 rows: 600 new, 1 known already, 1 bad"
    )


def test_a_chunk_of_results_takes_few_statements_however_long_it_is(database, tmp_path):
    rows = [
        RESULT | {"dossier_code": f"H32.13-261118-{number:04}", "phone": "0912 345 678"}
        for number in range(500)
    ]
    path, statements = a_csv(tmp_path, rows), []
    event.listen(database.writer, "before_cursor_execute", lambda *given: statements.append(given[2]))

    new, known = run(import_results_file, database, path), run(import_results_file, database, path)

    assert (new[0], known[0]) == (0, 0)
    assert len(statements) < 40


def test_a_paper_form_is_kept_with_all_it_says(database, tmp_path):
    labels = ["Đọc bảng niêm yết tại nơi tiếp nhận hồ sơ", "RẤT TỐT", "tot", "Rườm rà", "Rat cham", "5"]
    labels += ["có", "Không", "dung hen", ""]
    row = FORM | dict(zip(ANSWERS, labels, strict=True))
    row |= {"submitted_at": "19/11/2026 23:45", "comment": "Tốt,\nnhưng chậm", "feedback_handling": "2"}
    row |= {"dossier_code": "h32.13-261118-0009", "form_id": "P-001"}

    status = run(import_responses_file, database, a_csv(tmp_path, [row]))[0]

    [kept] = stored(database)
    assert status == 0
    assert kept.answers == (2, 1, 2, 4, 5, 5, 1, 2, 2, None)
    assert (kept.channel, kept.unit_code, kept.procedure_code) == ("paper", "QLTM", "2.000633")
    assert kept.submitted_on == date(2026, 11, 19)
    assert kept.submitted_at == datetime(2026, 11, 19, 16, 45, tzinfo=UTC)
    assert (kept.comment, kept.feedback_handling) == ("Tốt,\nnhưng chậm", 2)
    assert (kept.dossier_code, kept.form_id) == ("H32.13-261118-0009", "P-001")
    assert (kept.questionnaire_version, kept.wants_reply) == (SETUP.questionnaire_version, None)


@pytest.mark.parametrize("write", [a_csv, an_xlsx])
def test_the_same_file_again_changes_nothing_and_equal_forms_in_it_all_count(database, tmp_path, write):
    path = write(tmp_path, [FORM, FORM, FORM | {"q3_2": "2"}, FORM])

    first = run(import_responses_file, database, path)
    again = run(import_responses_file, database, path)

    assert first[:2] == (0, f"{path.name}: 4 rows: 4 new, 0 known already, 0 bad")
    assert again[:2] == (0, f"{path.name}: 4 rows: 0 new, 4 known already, 0 bad")
    assert len(stored(database)) == 4


def test_a_file_that_has_grown_adds_only_what_is_new_whatever_its_format(database, tmp_path):
    run(import_responses_file, database, a_csv(tmp_path, [FORM, FORM]))
    numbers = dict.fromkeys(ANSWERS, 1)

    grown = run(
        import_responses_file, database, an_xlsx(tmp_path, [FORM | numbers, FORM, FORM, FORM | {"q3_1": 2}])
    )

    assert grown[1] == "file.xlsx: 4 rows: 2 new, 2 known already, 0 bad"


def test_a_form_id_that_stands_for_another_form_is_named_and_nothing_changes(database, tmp_path):
    run(import_responses_file, database, a_csv(tmp_path, [FORM | {"form_id": "17", "comment": "cũ"}]))
    before = stored(database)

    rows = [FORM | {"form_id": 17, "comment": "cũ"}, FORM | {"form_id": 17, "comment": "mới"}]
    status, summary, lines = run(import_responses_file, database, an_xlsx(tmp_path, rows))

    assert (status, summary) == (1, "file.xlsx: 2 rows: 0 new, 1 known already, 1 bad")
    assert lines == ["file.xlsx row 3, column form_id: stands for another form already; nothing was changed"]
    assert stored(database) == before


def test_two_forms_of_one_file_under_one_form_id_are_not_both_kept(database, tmp_path):
    rows = [FORM | {"form_id": "17"}, FORM | {"form_id": "17"}, FORM | {"form_id": "17", "q3_1": "2"}]

    summary = run(import_responses_file, database, a_csv(tmp_path, rows))[1]

    assert summary == "file.csv: 3 rows: 1 new, 1 known already, 1 bad"
    assert [form.answers[0] for form in stored(database)] == [1]


def test_bad_rows_of_forms_are_named_in_their_order_and_the_others_kept(database, tmp_path):
    path = tmp_path / "file.csv"
    header = ";".join([*FORM, "comment", "remark"])
    good = ";".join(FORM.values())
    path.write_text(
        f"{header}\n{good};\n\n{good.replace('QLTM', '?')};\n{good};a;b;c;d\n{good};ổn\n", encoding="utf-8"
    )

    status, summary, lines = run(import_responses_file, database, path)

    assert (status, summary) == (1, "file.csv: 4 rows: 2 new, 0 known already, 2 bad")
    assert lines == [
        "file.csv: column remark is not known and was left out",
        "file.csv row 4, column unit_code: is not among the units of the settings",
        "file.csv row 5: has more cells than the first row names; a text with the delimiter needs quotes",
    ]


def test_a_dry_run_of_forms_tells_what_would_happen_and_changes_nothing(database, tmp_path):
    many = [FORM | {"form_id": str(number)} for number in range(501)]
    path = a_csv(tmp_path, [*many, many[0], many[1] | {"q3_1": "2"}])

    status, summary, _ = run(import_responses_file, database, path, dry_run=True)

    assert (status, summary) == (
        1,
        "file.csv: 503 rows: 501 would be new, 1 known already, 1 bad; nothing was changed",
    )
    assert stored(database) == []


@pytest.mark.parametrize("command", [import_results_file, import_responses_file])
def test_a_file_that_cannot_be_used_is_one_line_and_status_2(database, tmp_path, command):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    for name in ("missing.csv", "empty.csv", "other.csv"):
        status, summary, lines = run(command, database, tmp_path / name)

        assert (status, summary, len(lines)) == (2, "", 1)
        assert lines[0].startswith(f"{name}: ")


def test_a_progress_bar_shows_on_a_terminal_only(database, tmp_path):
    path, shown = a_csv(tmp_path, [FORM]), io.StringIO()

    import_responses_file(
        database, SETUP, path, AT, dry_run=False, out=io.StringIO(), err=shown, show_progress=True
    )

    assert "rows" in shown.getvalue()
    assert run(import_responses_file, database, path)[2] == []


@pytest.mark.slow
def test_ten_thousand_forms_are_taken_in_within_30_seconds(database, tmp_path):
    rows = [FORM | {"comment": f"Góp ý số {number}", "form_id": f"P{number}"} for number in range(10_000)]
    path, begun_at = a_csv(tmp_path, rows), datetime.now(UTC)

    status, summary, _ = run(import_responses_file, database, path)

    assert (status, summary) == (0, "file.csv: 10000 rows: 10000 new, 0 known already, 0 bad")
    assert datetime.now(UTC) - begun_at < timedelta(seconds=30)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "1", "2", "Tốt"]), st.sampled_from(["", "ổn", "=1+1"]), st.booleans()),
        max_size=8,
    )
)
def test_any_file_taken_in_twice_is_the_same_as_once(tmp_path_factory, forms):
    folder = tmp_path_factory.mktemp("twice")
    rows = [
        FORM | {"q3_2": mark, "comment": words, "form_id": f"{mark}{words}" if has_id else ""}
        for mark, words, has_id in forms
    ]
    path = a_csv(folder, [FORM | {"comment": "", "form_id": ""}, *rows])

    with sqlite_database(folder) as database:
        run(import_responses_file, database, path)
        once = stored(database)
        status, summary, _ = run(import_responses_file, database, path)

        assert stored(database) == once
        assert status == 0
        assert " 0 new, " in summary
