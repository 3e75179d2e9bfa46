"""Rows of results and of paper forms: what is clear is read, what is not is named by its column and never guessed."""

from datetime import date, datetime

import pytest

from handlers.imports import name_form, read_response_row, read_result_row, read_when
from storage.tables import ANSWERS
from tests.building import AT, TIMEZONE, build_setup

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


def problems_of(read, row):
    return {problem.field: problem.message for problem in read(row, SETUP, AT)[1]}


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
