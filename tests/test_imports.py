"""Files of results and of paper forms: good rows are taken in once, bad ones are named, a repeat changes nothing."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bot.importing import import_responses_file, import_results_file
from handlers.imports import name_form, read_response_row, read_result_row, read_when
from storage import invitations, responses
from storage.tables import ANSWERS
from tests.building import AT, TIMEZONE, build_setup, sqlite_database

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


def problems_of(read, row):
    return {problem.field: problem.message for problem in read(row, SETUP, AT)[1]}


# ------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("value", "local"),
    [
        ("20/11/2026", "2026-11-20T00:00:00"),
        ("20/11/2026 09:30", "2026-11-20T09:30:00"),
        (" 5/1/2026 7:05:09 ", "2026-01-05T07:05:09"),
        ("20-11-2026 09h30", "2026-11-20T09:30:00"),
        ("09:30 20/11/2026", "2026-11-20T09:30:00"),
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("2026-11-20 09:30", "2026-11-20T09:30:00"),
        ("2026-11-20T02:30:00Z", "2026-11-20T09:30:00"),
        (datetime.fromisoformat("2026-11-20 09:30"), "2026-11-20T09:30:00"),
        (date(2026, 11, 20), "2026-11-20T00:00:00"),
    ],
)
def test_dates_are_read_as_viet_nam_iso_and_excel_write_them(value, local):
    assert read_when(value, TIMEZONE).astimezone(TIMEZONE) == datetime.fromisoformat(local).replace(
        tzinfo=TIMEZONE
    )


@pytest.mark.parametrize(
    "value",
    [
        "11/20/2026",
        "31/02/2026",
        "20/11/26",
        "20/11",
        "hôm qua",
        46346,
        46346.5,
        "",
        "20/11/2026 25:00",
        "²/1/2026",
    ],
)
def test_what_is_no_date_is_not_guessed(value):
    assert read_when(value, TIMEZONE) is None


# ----------------------------------------------------------------------------------------- results


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
    assert (found.unit_code, found.outcome) == ("QLTM", "granted")
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
        "file.csv row 6, column unit_code",
    ]


def test_a_result_row_from_excel_is_read_and_its_spoilt_numbers_are_named():
    row = RESULT | {
        "procedure_code": 2.000633,
        "returned_at": datetime.fromisoformat("2026-11-20 08:00"),
        "telegram_chat_id": 123456789,
        "outcome": "REFUSED",
    }

    entry, problems = read_result_row(row, SETUP, AT)

    assert problems == ()
    assert (entry.dossier.procedure_code, entry.dossier.outcome) == ("2.000633", "refused")
    assert entry.telegram_chat_id == "123456789"
    spoilt = problems_of(
        read_result_row, row | {"phone": 912345678, "zalo_user_id": 2.4688e18, "dossier_code": 7}
    )
    assert set(spoilt) == {"phone", "zalo_user_id", "dossier_code"}
    assert all("number" in message for message in spoilt.values())


def test_the_recipient_columns_are_named_as_they_stand_in_the_file():
    assert set(problems_of(read_result_row, RESULT | {"phone": "call me", "telegram_chat_id": "-5"})) == {
        "phone",
        "telegram_chat_id",
    }


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


# ------------------------------------------------------------------------------------- paper forms


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


def test_the_unit_may_be_left_to_the_procedure():
    form, problems = read_response_row(FORM | {"unit_code": None, "procedure_code": "2.001561"}, SETUP, AT)

    assert problems == ()
    assert form.unit_code == "QLNL"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"submitted_at": None}, "submitted_at"),
        ({"submitted_at": "20/11/2026 09:31"}, "submitted_at"),
        ({"submitted_at": "32/11/2026"}, "submitted_at"),
        ({"submitted_at": 46346}, "submitted_at"),
        ({"unit_code": "QLXX"}, "unit_code"),
        ({"unit_code": 12}, "unit_code"),
        ({"procedure_code": None}, "procedure_code"),
        ({"procedure_code": "2.999999"}, "procedure_code"),
        ({"procedure_code": 2.0006}, "procedure_code"),
        ({"dossier_code": "12"}, "dossier_code"),
        ({"dossier_code": 12}, "dossier_code"),
        ({"comment": "x" * 4001}, "comment"),
        ({"comment": 1.5}, "comment"),
        ({"feedback_handling": "6"}, "feedback_handling"),
        ({"feedback_handling": 1.5}, "feedback_handling"),
        ({"form_id": "x" * 65}, "form_id"),
        ({"form_id": 1.5}, "form_id"),
        ({"form_id": 10**15}, "form_id"),
        ({"form_id": "row:abc"}, "form_id"),
        *[
            ({"q3_2": value}, "q3_2")
            for value in ("0", "6", "-1", "2,5", "1 2", 2.5, 0, "khá", "Gọn", "bỏ qua", AT)
        ],
        ({"q3_7": "3"}, "q3_7"),
        (dict.fromkeys(ANSWERS), ""),
    ],
)
def test_a_value_that_is_not_clear_is_named_and_not_guessed(change, column):
    assert list(problems_of(read_response_row, FORM | change)) == [column]


def test_today_and_a_day_without_time_are_not_the_future():
    assert problems_of(read_response_row, FORM | {"submitted_at": "20/11/2026"}) == {}
    assert problems_of(read_response_row, FORM | {"submitted_at": AT}) == {}


def test_codes_that_excel_made_numbers_are_taken_only_when_one_listed_code_is_equal():
    procedures = dict.fromkeys(("2.000633", "2.000630"), SETUP.procedures["2.000633"])
    units = dict.fromkeys(("007", "7", "12", "QLTM"), SETUP.units["QLTM"])
    setup = build_setup(procedures=procedures, units=units)

    whole = read_response_row(FORM | {"procedure_code": 2.00063, "unit_code": 12}, setup, AT)
    doubtful = read_response_row(FORM | {"unit_code": 7}, setup, AT)

    assert (whole[0].unit_code, whole[1]) == ("12", ())
    assert [problem.field for problem in doubtful[1]] == ["unit_code"]


def test_no_comment_in_words_is_no_comment():
    assert read_response_row(FORM | {"comment": " Không có ý kiến. "}, SETUP, AT)[0].comment is None


def test_names_made_for_forms_tell_nothing_without_the_key():
    form = read_response_row(FORM, SETUP, AT)[0]
    other_key = build_setup(vault=type(SETUP.vault)(key=bytes(32), draw=SETUP.vault.draw))

    name = name_form(SETUP, form, {}).form_id

    assert name == name_form(SETUP, form, {}).form_id
    assert name != name_form(other_key, form, {}).form_id
    assert len(name) <= 64


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
