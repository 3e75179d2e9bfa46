"""Cases on the command line: lists and exports without words, one case with its words and a line in the audit log."""

from argparse import Namespace
from datetime import timedelta

import pytest

from bot import audit_commands, complaint_commands
from handlers.complaints.overview import COLUMNS
from tests.commanding import Listener
from tests.export_samples import FORMATS, read_csv, read_jsonl, read_xlsx
from tests.staffing import Clerk, complain, find_case, reload
from tests.talking import send_all

WORDS = "=phải chờ rất lâu mà không ai giải thích"


def run(command, runtime, **options):
    listener = Listener()
    wanted = {"all": False, "unit": None, "since": None, "until": None, "json": False, **options}
    status = command(runtime, listener.console, Namespace(**wanted))
    return status, listener


def listed(runtime, **options):
    return run(complaint_commands.list_complaints, runtime, **options)[1].lines


def show(runtime, number, *, is_json=False):
    listener = Listener()
    status = complaint_commands.show_complaint(runtime, listener.console, number, is_json=is_json)
    return status, listener


@pytest.fixture
def case(runtime):
    """A case with a comment, held by somebody."""
    _, case = complain(runtime, q3_3=5, comment=WORDS)
    send_all(runtime)
    Clerk(runtime).press(case, "card=claim")
    return reload(runtime, case)


def test_the_list_has_the_facts_and_none_of_the_words(runtime, case):
    assert listed(runtime) == [
        "PA-2026-0001  attitude  QLTM  claimed  normal  level 0  Cán bộ Một  20/11/2026  due 30/11/2026"
    ]


def test_a_late_case_is_marked(runtime, case):
    runtime.clock.at = case.due_at + timedelta(minutes=1)

    assert listed(runtime)[0].endswith("due 30/11/2026  OVERDUE")


def test_closed_cases_are_listed_when_all_are_asked_for(runtime, case):
    Clerk(runtime).resolve(case)

    assert listed(runtime) == ["no open complaints"]
    assert listed(runtime, all=True)[0].startswith("PA-2026-0001  attitude  QLTM  resolved")


def test_the_list_is_cut_by_unit_and_day(runtime, case):
    assert listed(runtime, unit="QLNL") == ["no open complaints"]
    assert listed(runtime, since="2026-11-21") == ["no open complaints"]
    assert len(listed(runtime, since="2026-11-20", until="2026-11-20", unit="QLTM")) == 1


@pytest.mark.parametrize(
    "wrong", [{"unit": "XX"}, {"since": "yesterday"}, {"since": "2026-11-21", "until": "2026-11-20"}]
)
def test_a_unit_or_day_that_cannot_be_is_wrong_use(runtime, tmp_path, wrong):
    for command in (complaint_commands.list_complaints, complaint_commands.export_complaints):
        status, listener = run(command, runtime, out=tmp_path / "x", format="csv", **wrong)

        assert (status, len(listener.complaints), listener.lines) == (2, 1, [])


def test_json_holds_the_same(runtime, case):
    _, listener = run(complaint_commands.list_complaints, runtime, json=True)

    assert listener.records == [
        {
            "complaint_id": "PA-2026-0001",
            "kind": "attitude",
            "unit_code": "QLTM",
            "status": "claimed",
            "severity": "normal",
            "level": 0,
            "holder": "Cán bộ Một",
            "created_on": "2026-11-20",
            "due_on": "2026-11-30",
            "is_overdue": False,
        }
    ]


def test_a_case_is_shown_with_its_words_and_who_read_them_is_written_down(runtime, case):
    status, listener = show(runtime, "pa-2026-0001")

    text = "\n".join(listener.lines)
    assert status == 0
    assert f"comment: “{WORDS}”" in text
    assert "answer: " in text
    assert "Thái độ phục vụ: Rất kém" in text
    assert "Cán bộ Một  claimed" in text
    audit = Listener()
    audit_commands.show_audit(runtime, audit.console, Namespace(json=True, since=None, until=None))
    assert ("complaint_read", "PA-2026-0001") in [(e["action"], e["subject"]) for e in audit.records]


def test_of_the_citizen_the_history_shows_the_day_alone(runtime, case):
    citizen, second = complain(runtime, person=1002, q3_3=5)
    send_all(runtime)
    Clerk(runtime).answer_card(second, "Chúng tôi xin lỗi.")
    second = find_case(runtime, citizen)

    [record] = show(runtime, second.number, is_json=True)[1].records

    times = {entry["who"]: entry["at"] for entry in record["history"]}
    assert times["Cán bộ Một"] == "2026-11-20T09:30:00+07:00"
    assert all(len(entry["at"]) == 10 for entry in record["history"] if entry["who"] == "citizen")
    assert "Chúng tôi xin lỗi." in [entry["words"] for entry in record["history"]]


def test_a_number_nobody_knows_is_an_error(runtime):
    status, listener = show(runtime, "PA-2026-0099")

    assert (status, len(listener.complaints)) == (1, 1)


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_export_has_a_row_for_each_case_and_no_words(runtime, case, tmp_path, file_format):
    complain(runtime, person=1002, q3_8=1)
    path = tmp_path / f"cases.{file_format}"

    status, listener = run(complaint_commands.export_complaints, runtime, out=path, format=file_format)

    assert (status, listener.lines) == (0, [f"cases.{file_format}: 2 complaints"])
    if file_format == "jsonl":
        rows = [list(record.values()) for record in read_jsonl(path)]
        assert tuple(read_jsonl(path)[0]) == COLUMNS
    else:
        header, *rows = read_csv(path) if file_format == "csv" else read_xlsx(path)
        assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == ["PA-2026-0001", "PA-2026-0002"]
    assert rows[0][1:6] == ["2026-Q4", "2026-11-20", "QLTM", "2.000633", "attitude"]
    assert rows[1][6:8] == ["critical", "integrity"]
    assert "chờ" not in str(rows)
    assert "Cán bộ" not in str(rows)


def test_an_export_shows_how_a_case_ended(runtime, case, tmp_path):
    Clerk(runtime).resolve(case)

    run(complaint_commands.export_complaints, runtime, out=tmp_path / "all", format="jsonl")

    [record] = read_jsonl(tmp_path / "all")
    ended = {
        name: record[name] for name in ("status", "resolved_on", "in_time", "cause", "action", "verdict")
    }
    assert ended == {
        "status": "resolved",
        "resolved_on": "2026-11-20",
        "in_time": True,
        "cause": "staff",
        "action": "apologised",
        "verdict": None,
    }


def test_a_place_that_cannot_be_written_is_one_line(runtime, case, tmp_path):
    status, listener = run(
        complaint_commands.export_complaints, runtime, out=tmp_path / "missing" / "x.csv", format="csv"
    )

    assert (status, len(listener.complaints)) == (1, 1)
