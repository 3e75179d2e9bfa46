"""Months: figures of their own, frozen before anybody sees them, and no way from them to a few people of their quarter."""

from datetime import date

import pytest

from handlers import digests
from handlers.spans import plan_spans
from reports.document import dump_report
from reports.periods import parse_period
from tests.figuring import AFTER_Q3, Q3, SETUP, a_day, a_response, keep_dossiers, keep_responses, report_of
from tests.staffing import OFFICE, Clerk, messages_to
from tests.test_report_command import ask, command, written

JULY = parse_period("2026-07", "administrative")  # 15 June to 14 July
AUGUST = parse_period("2026-08", "administrative")
IN_JULY, IN_AUGUST, IN_SEPTEMBER = a_day("2026-07-01"), a_day("2026-08-01"), a_day("2026-09-01")
JULY_IS_OVER, AUGUST_IS_OVER = a_day("2026-07-15", "08:00"), a_day("2026-08-15", "08:00")
OTHER = {"unit_code": "QLNL", "procedure_code": "2.001561"}


def answer(database, count, *, at, **changes):
    keep_responses(database, [a_response(at=at, **changes) for _ in range(count)])


def give_out(database, period, at):
    report = database.write(lambda tx: digests.give_out(tx, SETUP, period, at))
    return dump_report(report)


def units_of(report):
    return {one["code"]: one["satisfaction_pct"] for one in report["units"]}


@pytest.mark.parametrize(
    ("name", "day", "is_in"),
    [
        ("2026-07", a_day("2026-06-14", "23:59:59.999"), False),
        ("2026-07", a_day("2026-06-15", "00:00"), True),
        ("2026-07", a_day("2026-07-14", "23:59:59.999"), True),
        ("2026-07", a_day("2026-07-15", "00:00"), False),
        ("2026-08", a_day("2026-07-15", "00:00"), True),
    ],
)
def test_a_month_has_the_answers_and_returns_of_its_days(database, name, day, is_in):
    answer(database, 6, at=day)
    keep_dossiers(database, [{"returned_at": day}])

    report = report_of(database, parse_period(name, "administrative"))

    assert (report["responses"], report["transactions"]) == ((6, 1) if is_in else (0, 0))
    assert report["period"]["kind"] == "month"


def test_a_month_of_a_running_quarter_shows_its_marks_and_its_change(database):
    bad = (1, 5, 1, 1, 1, 1, 2, 2, 1, 1)
    answer(database, 10, at=IN_JULY, answers=bad)
    answer(database, 10, at=IN_AUGUST)
    give_out(database, JULY, JULY_IS_OVER)

    report = give_out(database, AUGUST, AUGUST_IS_OVER)

    assert report["overall"]["satisfaction_pct"] == 100.0
    assert report["overall"]["change_points"] == 20.0
    assert [one["period"] for one in report["trend"]] == ["2026-07", "2026-08"]
    assert report["snapshot"]["frozen_on"] == "2026-08-15"


def test_what_a_month_that_was_given_out_would_give_away_is_hidden_in_its_quarter(database):
    """The quarter's unit minus two months that were told would be three people of September."""
    for at in (IN_JULY, IN_AUGUST):
        answer(database, 20, at=at)
        answer(database, 20, at=at, **OTHER)
    shown = give_out(database, JULY, JULY_IS_OVER), give_out(database, AUGUST, AUGUST_IS_OVER)
    answer(database, 20, at=IN_SEPTEMBER)
    answer(database, 3, at=IN_SEPTEMBER, **OTHER)

    report = report_of(database)

    assert [units_of(one) for one in shown] == [{"QLTM": 100.0, "QLNL": 100.0}] * 2
    assert units_of(report) == {"QLTM": None, "QLNL": None}
    assert report["overall"]["satisfaction_pct"] == 100.0


def test_months_asked_for_after_the_quarter_was_frozen_hide_what_it_would_give_away(database):
    for at, count in ((IN_JULY, 20), (IN_AUGUST, 20), (IN_SEPTEMBER, 3)):
        answer(database, count, at=at, **OTHER)
        answer(database, 20, at=at)
    quarter = dump_report(database.write(lambda tx: digests.freeze(tx, SETUP, Q3, AFTER_Q3)))

    months = [give_out(database, parse_period(f"2026-0{n}", "administrative"), AFTER_Q3) for n in (7, 8, 9)]

    assert units_of(quarter) == {"QLTM": 100.0, "QLNL": 100.0}
    assert [units_of(one)["QLNL"] for one in months].count(100.0) <= 1
    assert units_of(months[2])["QLNL"] is None


def test_a_quarter_whose_months_nobody_asked_for_is_counted_as_one(database):
    with database.reading() as tx:
        assert plan_spans(tx, SETUP, Q3) == [("2026-Q3", ["2026-Q3"])]
        year = plan_spans(tx, SETUP, parse_period("2026", "administrative"))
    assert [name for name, _ in year] == [
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
        "2026-Q4",
        "2026-H1",
        "2026-H2",
        "2026",
    ]
    assert year[4][1] == ["2026-Q1", "2026-Q2"]
    assert year[6][1] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]


def test_months_are_decided_in_the_order_in_which_they_were_given_out(database):
    answer(database, 10, at=IN_JULY)
    answer(database, 10, at=IN_AUGUST)
    give_out(database, JULY, JULY_IS_OVER)
    database.write(lambda tx: digests.freeze(tx, SETUP, Q3, AFTER_Q3))
    give_out(database, AUGUST, a_day("2026-10-01"))

    with database.reading() as tx:
        spans = plan_spans(tx, SETUP, parse_period("2026-09", "administrative"))
        half = plan_spans(tx, SETUP, parse_period("2026-H2", "administrative"))

    assert [name for name, _ in spans] == ["2026-07", "2026-Q3", "2026-08", "2026-09"]
    assert [name for name, _ in half] == ["2026-07", "2026-Q3", "2026-08", "2026-09", "2026-Q4", "2026-H2"]
    assert half[-1][1] == ["2026-07", "2026-08", "2026-09", "2026-Q4"]


def test_a_report_whose_change_tells_the_month_before_gives_it_out_too(database):
    answer(database, 10, at=IN_JULY)
    answer(database, 10, at=IN_AUGUST)
    give_out(database, AUGUST, AUGUST_IS_OVER)

    with database.reading() as tx:
        assert [name for name, _ in plan_spans(tx, SETUP, Q3)][:3] == ["2026-07", "2026-08", "2026-Q3"]


def test_the_command_writes_a_month(runtime, tmp_path):
    answer(runtime.database, 6, at=IN_JULY)
    runtime.clock.at = JULY_IS_OVER

    status, listener = command(runtime, tmp_path, period="2026-07")

    assert (status, listener.lines[0]) == (0, "2026-07: frozen on 15/07/2026, version 1")
    assert (tmp_path / "digest.txt").read_text(encoding="utf-8").startswith("Tháng 7/2026: hài lòng 100,00%")
    assert date.fromisoformat(written(tmp_path)["period"]["from"]) == date(2026, 6, 15)


async def test_the_interface_freezes_a_month_that_is_over_and_no_other(runtime):
    answer(runtime.database, 6, at=IN_JULY)
    runtime.clock.at = JULY_IS_OVER

    _, over = await ask(runtime, "2026-07/report")
    _, running = await ask(runtime, "2026-08/report")
    _, quarter = await ask(runtime, "2026-Q3/report")

    assert over["snapshot"]["frozen_on"] == "2026-07-15"
    assert (running["snapshot"], quarter["snapshot"]) == (None, None)


def test_the_office_asks_for_a_month_in_its_chat(runtime):
    runtime.clock.at = AUGUST_IS_OVER
    answer(runtime.database, 6, at=IN_JULY)

    Clerk(runtime, chat=OFFICE).type("/baocao 2026-07")

    [message] = messages_to(runtime, OFFICE)
    assert message.text.startswith("Tháng 7/2026: hài lòng 100,00%")
    with runtime.database.reading() as tx:
        assert digests.get_report(tx, runtime.setup, JULY, AUGUST_IS_OVER).frozen_on is not None


def test_the_buttons_under_a_month_answer(runtime):
    runtime.clock.at = AUGUST_IS_OVER
    answer(runtime.database, 6, at=IN_JULY)

    Clerk(runtime, chat=OFFICE).press_report("2026-07", "digest=units")

    [message] = messages_to(runtime, OFFICE)
    assert message.text.startswith("Tháng 7/2026: từng đơn vị")
