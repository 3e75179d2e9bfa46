"""Exports hold what the contract says, the same in every format: columns, periods, spans, dossier codes when asked for."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from handlers.exports import COLUMNS
from storage import invitations
from storage.invitations import Dossier
from storage.tables import ANSWERS
from tests.building import AT
from tests.export_samples import (
    FORMATS,
    SETUP,
    a_response,
    ids_in,
    keep,
    read_csv,
    read_jsonl,
    read_xlsx,
    run,
)


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
