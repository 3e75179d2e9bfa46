"""The figures of a period from the database: counted a second time in plain Python over the export, every one is equal."""

import random
import time
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.importing import import_responses_file, import_results_file
from handlers import digests, exports
from reports.periods import parse_period, period_of
from storage import addresses
from tests import recount
from tests.figuring import (
    ALL_GOOD,
    IN_Q3,
    SETUP,
    a_day,
    a_response,
    keep_complaints,
    keep_dossiers,
    keep_responses,
    report_of,
)
from tests.requirements import IS_LONG
from tests.test_importing import FORM, a_csv, run

UNITS = {"QLTM": "2.000633", "QLNL": "2.001561"}
PERIODS = [f"{year}-Q{number}" for year in range(1991, 2026) for number in range(1, 5)]
SIZES = [0, 1, 9, 10, 4, 5, 11, 25, 60]


def fill(database, period, size, chance):
    """Put random responses, dossiers and rated cases into a period; return dossiers, ratings and cases."""
    days = (period.last - period.first).days
    answers = [(5, 5, 5, 5, 5, 5, 2, 2, 3, 5)[place] for place in range(10)]
    kept, ratings, dossiers = [], [], []
    for _ in range(size):
        unit = chance.choice([*UNITS, "QLTM", "QLTM"])
        step = chance.choice([None, None, 1, 2, 3, 5])
        given = tuple(None if chance.random() < 0.15 else chance.randint(1, top) for top in answers)
        at = a_day((period.first + timedelta(days=chance.randint(0, days))).isoformat())
        channel = chance.choice(["telegram", "zalo", "web", "paper"])
        kept.append(
            a_response(
                given,
                at=at,
                unit_code=unit,
                procedure_code=UNITS[unit],
                channel=channel,
                feedback_handling=step,
            )
        )
        if step is not None:
            ratings.append((unit, step))
    for _ in range(chance.randint(0, 3 * size)):
        unit = chance.choice(list(UNITS))
        at = a_day((period.first + timedelta(days=chance.randint(0, days))).isoformat())
        dossiers.append({"unit_code": unit, "procedure_code": UNITS[unit], "returned_at": at})
    cases = []
    for _ in range(chance.randint(0, 4)):
        unit, step = chance.choice(list(UNITS)), chance.choice([None, 1, 2, 4])
        case = {
            "created_on": period.first,
            "resolved_on": period.last,
            "status": "resolved",
            "unit_code": unit,
        }
        in_time = chance.random() < 0.7
        cases.append(case | {"procedure_code": UNITS[unit], "rating": step, "was_in_time": in_time})
        if step is not None:
            ratings.append((unit, step))
    cases.append({"created_on": period.first, "resolved_on": period.last, "status": "claimed", "rating": 1})
    keep_responses(database, kept)
    keep_dossiers(database, dossiers)
    keep_complaints(database, cases)
    return dossiers, ratings, cases


def exported(database, period):
    span = exports.read_span(period.first.isoformat(), period.last.isoformat(), SETUP)
    with database.reading() as tx:
        records = exports.stream_records(
            tx, SETUP, span, quarter="administrative", unit_code=None, has_dossiers=False
        )
        return list(records)


def agree(found, wanted):
    """Whether what was found has every wanted figure; numbers with two decimals are compared as they are printed."""
    if isinstance(wanted, dict):
        return all(agree(found[key], value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(agree, found, wanted))
    return found == (None if wanted is None else type(found)(wanted))


@pytest.mark.slow
def test_every_figure_is_that_of_a_second_count_over_the_export(database):
    many = 200 if IS_LONG else 15 if database.is_sqlite else 6
    chance = random.Random(20261121)  # noqa: S311 - the same data sets each time
    left_open = 0
    for number in range(many):
        period = parse_period(PERIODS[number % len(PERIODS)], "administrative")
        if number >= len(PERIODS):
            period = parse_period(f"{2030 + number // 4}-Q{number % 4 + 1}", "administrative")
        dossiers, ratings, cases = fill(database, period, SIZES[number % len(SIZES)], chance)
        records = exported(database, period)

        report = report_of(database, period)

        assert {record["period"] for record in records} <= {period.id}
        wanted = recount.expected(records, dossiers, ratings, cases, left_open)
        left_open = wanted["complaints"]["open"]
        assert agree(report, wanted), (period.id, report, wanted)
        for key, groups in (
            ("unit_code", "units"),
            ("procedure_code", "procedures"),
            ("channel", "channels"),
        ):
            for group in report[groups]:
                check_group(group, records, dossiers, ratings, key)


def check_group(group, records, dossiers, ratings, key):
    rated = ratings if key == "unit_code" else [(UNITS[unit], step) for unit, step in ratings]
    wanted = recount.expected_group(records, dossiers, rated, key, group["code"])
    if key == "channel":
        for name in (
            "transactions",
            "coverage_pct",
            "satisfaction_pct",
            "quota_met",
            "sampling_error_points",
        ):
            del wanted[name]
    elif group["is_hidden"]:
        assert group["satisfaction_pct"] is None
        del wanted["satisfaction_pct"]
    assert agree(group, wanted), (group, wanted)


def test_hidden_is_who_is_few_or_must_not_be_computed(database):
    keep_responses(database, [a_response() for _ in range(20)])
    keep_responses(database, [a_response(unit_code="QLNL", procedure_code="2.001561") for _ in range(4)])

    report = report_of(database)

    assert [(one["code"], one["responses"], one["satisfaction_pct"]) for one in report["units"]] == [
        ("QLTM", 20, None),
        ("QLNL", 4, None),
    ]
    assert report["overall"]["satisfaction_pct"] == 100.0


def test_a_change_is_against_the_quarter_before_and_the_same_of_last_year(database):
    bad = (1, 5, 1, 1, 1, 1, 2, 2, 1, 1)
    keep_responses(database, [a_response() for _ in range(10)])
    keep_responses(database, [a_response(bad, at=a_day("2026-06-14")) for _ in range(10)])
    keep_responses(database, [a_response(bad, at=a_day("2025-09-14")) for _ in range(5)])

    report = report_of(database)

    assert report["overall"]["change_points"] == 20.0  # one of five criteria from 0 to 100
    assert report["overall"]["last_year_points"] == 20.0
    assert report["criteria"][0]["change_points"] == 100.0
    assert report["criteria"][0]["change_is_clear"]
    assert [point["period"] for point in report["trend"]] == ["2025-Q3", "2026-Q2", "2026-Q3"]
    assert report_of(database, parse_period("2025-Q3", "administrative"))["overall"]["change_points"] is None


def test_the_funnel_narrows_step_by_step(database):
    keep_dossiers(
        database,
        [
            {},
            {"is_sampled": False},
            {"talk": {"invited_at": IN_Q3}},  # a message waits, none has arrived
            {"talk": {}},  # she came by the link
            {"is_sampled": False, "talk": {"begun_at": IN_Q3}},
            {"talk": {"begun_at": IN_Q3, "submitted_at": IN_Q3, "status": "erased"}},
            {"returned_at": None},
            {"returned_at": a_day("2026-09-15", "00:00")},
        ],
    )

    assert report_of(database)["funnel"] == {
        "returned": 6,
        "invited": 5,
        "reached": 3,
        "started": 2,
        "submitted": 1,
    }


def test_the_funnel_is_told_by_unit_outcome_and_channel(database):
    zalo = database.write(
        lambda tx: addresses.get_address(
            tx, SETUP.vault, channel="zalo", name="7", is_citizen=True, at=IN_Q3, language="vi"
        )
    )
    done = {"begun_at": IN_Q3, "submitted_at": IN_Q3, "address_id": zalo.id}
    keep_dossiers(
        database,
        [
            {"outcome": "granted", "talk": done},
            {"outcome": "refused", "talk": {"address_id": zalo.id}},
            {"unit_code": "QLNL", "procedure_code": "2.001561", "is_sampled": False},
        ],
    )

    found = report_of(database)["funnels"]

    steps = ("returned", "invited", "reached", "started", "submitted")
    assert {(one["kind"], one["code"]): tuple(one[step] for step in steps) for one in found} == {
        ("units", "QLTM"): (2, 2, 2, 1, 1),
        ("units", "QLNL"): (1, 0, 0, 0, 0),
        ("outcomes", "granted"): (1, 1, 1, 1, 1),
        ("outcomes", "refused"): (1, 1, 1, 0, 0),
        ("outcomes", "unknown"): (1, 0, 0, 0, 0),
        ("channels", "zalo"): (2, 2, 2, 1, 1),
        ("channels", "unknown"): (1, 0, 0, 0, 0),
    }


def test_complaints_are_counted_by_the_days_they_were_received_and_resolved(database):
    june, july, late = date(2026, 6, 14), date(2026, 7, 1), date(2026, 9, 15)
    resolved = {"status": "resolved", "was_in_time": True, "verdict": "done"}
    keep_complaints(
        database,
        [
            {"created_on": june, "resolved_on": july, **resolved, "action": "apologised"},
            {"created_on": july, "resolved_on": july, **resolved, "was_in_time": False, "verdict": "partly"},
            {"created_on": july, "resolved_on": late, **resolved, "kind": "extra_fee"},
            {"created_on": july, "promised_on": july, "was_promise_kept": True},
            {"created_on": july, "status": "withdrawn"},
            {"created_on": july, "resolved_on": july, "reopenings": 1, "status": "claimed"},
            {"created_on": late},
        ],
    )

    found = report_of(database)["complaints"]

    assert found == {
        "received": 4,
        "resolved": 2,
        "resolved_in_time_pct": 50.0,
        "open": 3,
        "overdue": 3,
        "confirmed": 1,
        "partly": 1,
        "reopened": 1,
        "promises": 1,
        "promises_kept": 1,
        "apologised": 1,
        "by_kind": {"comment": 3, "extra_fee": 1},
    }
    assert report_of(database, at=IN_Q3)["complaints"]["overdue"] == 0
    assert report_of(database, unit="QLNL")["complaints"]["received"] == 0


def test_late_is_a_later_day_and_not_a_later_hour(database):
    due = a_day("2026-07-03", "08:00")
    for back in (a_day("2026-07-02", "23:00"), a_day("2026-07-03", "23:59"), a_day("2026-07-04", "00:00")):
        keep_dossiers(database, [{"due_at": due, "returned_at": back}])
    keep_dossiers(database, [{}])

    report = report_of(database)

    assert report["late_returned"] == 1
    assert report["apologies"] == {"due": 1, "made": None}
    assert report["transactions"] == 4


def test_the_report_of_a_unit_is_of_its_people_alone(database):
    keep_responses(database, [a_response() for _ in range(20)])
    keep_responses(database, [a_response(unit_code="QLNL", procedure_code="2.001561") for _ in range(9)])
    keep_dossiers(database, [{}, {"unit_code": "QLNL", "procedure_code": "2.001561"}])

    report = report_of(database, unit="QLNL")

    assert (report["unit"], report["responses"], report["transactions"]) == ("QLNL", 9, 1)
    assert [one["code"] for one in report["units"]] == ["QLNL"]
    assert report["questions"][1]["counts"] == [9, 0, 0, 0, 0]


def test_the_report_of_a_few_does_not_tell_what_they_complained_of(database):
    keep_responses(database, [a_response() for _ in range(4)])
    keep_complaints(database, [{"kind": "extra_fee"}])

    unit = report_of(database, unit="QLTM")["complaints"]

    assert (unit["received"], unit["by_kind"]) == (1, {})
    assert report_of(database)["complaints"]["by_kind"] == {"extra_fee": 1}


ZONES = ["UTC", "America/New_York", "Pacific/Kiritimati"]


@pytest.mark.parametrize("machine", ZONES)
@pytest.mark.parametrize("office", ["Asia/Ho_Chi_Minh", "America/New_York", "Pacific/Kiritimati"])
def test_nothing_at_the_cut_is_misfiled_wherever_the_machine_stands(
    database, tmp_path, monkeypatch, machine, office
):
    monkeypatch.setenv("TZ", machine)
    monkeypatch.setenv("PGTZ", machine)
    time.tzset()
    zone = ZoneInfo(office)
    setup = replace(SETUP, timezone=zone)
    moments = {
        "2026-Q2": [a_day("2026-06-14", "23:59:59.999", zone)],
        "2026-Q3": [a_day("2026-06-15", "00:00", zone), a_day("2026-09-14", "23:59:59.999", zone)],
        "2026-Q4": [a_day("2026-09-15", "00:00", zone), a_day("2026-11-01", "01:30", zone)],
    }
    flat = [at.isoformat() for listed in moments.values() for at in listed]
    forms = [FORM | {"submitted_at": at} for at in flat]
    results = [
        {
            "dossier_code": f"H32.99-261101-{n:04}",
            "procedure_code": "2.000633",
            "returned_at": at,
            "due_at": at,
        }
        for n, at in enumerate(flat, 1)
    ]

    assert run(import_responses_file, database, a_csv(tmp_path, forms, "f.csv"), setup=setup)[0] == 0
    assert run(import_results_file, database, a_csv(tmp_path, results, "r.csv"), setup=setup)[0] == 0

    for name, listed in moments.items():
        report = report_of(database, parse_period(name, "administrative"), setup=setup)
        assert (report["responses"], report["transactions"]) == (len(listed), len(listed))
        assert report["late_returned"] == 0
    monkeypatch.undo()
    time.tzset()


def test_a_calendar_quarter_is_that_of_the_calendar(database):
    setup = replace(SETUP, reporting=replace(SETUP.reporting, quarter="calendar"))
    keep_responses(
        database, [a_response(at=a_day("2026-07-01", "00:00")), a_response(at=a_day("2026-06-30"))]
    )

    with database.reading() as tx:
        report = digests.build_report(tx, setup, parse_period("2026-Q3", "calendar"), IN_Q3)

    assert report.responses == 1
    assert period_of(date(2026, 7, 1), "calendar").id == "2026-Q3"


def test_the_document_has_the_keys_of_the_contract_first(database):
    keep_responses(database, [a_response(ALL_GOOD) for _ in range(6)])

    report = report_of(database)

    assert list(report)[:13] == [
        "period",
        "transactions",
        "responses",
        "coverage_pct",
        "quota_pct",
        "quota_met",
        "method",
        "overall",
        "overall_question",
        "funnel",
        "criteria",
        "questions",
        "units",
    ]
    assert report["period"] == {"id": "2026-Q3", "from": "2026-06-15", "to": "2026-09-14", "kind": "quarter"}
    assert report["method"] == "top2"
    assert report["snapshot"] is None
