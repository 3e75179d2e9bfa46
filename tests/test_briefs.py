"""The weekly brief: last week's answers, units whose quota is at risk, overdue cases; once a week, and never a mark."""

import asyncio
from datetime import date, timedelta

import pytest

from bot.job_runs import is_due, run_job
from handlers.briefs import build_brief, week_before
from scheduler.jobs import JOBS
from tests.figuring import a_day, a_response, keep_complaints, keep_dossiers, keep_responses
from tests.staffing import OFFICE, messages_to

JOB = next(job for job in JOBS if job.name == "weekly_brief")
CRON = "0 8 * * mon"
MONDAY = a_day("2026-11-23", "08:00")
LAST_WEEK = a_day("2026-11-18")
OTHER = {"unit_code": "QLNL", "procedure_code": "2.001561"}


def brief(runtime, at=MONDAY):
    with runtime.database.reading() as tx:
        return build_brief(tx, runtime.setup, at)


def fill(runtime):
    keep_responses(runtime.database, [a_response(at=LAST_WEEK) for _ in range(3)])
    keep_responses(runtime.database, [a_response(at=a_day("2026-11-15", "23:59"))])  # the Sunday before
    keep_dossiers(runtime.database, [{"returned_at": LAST_WEEK} for _ in range(7)])
    keep_dossiers(runtime.database, [{"returned_at": a_day("2026-11-23", "00:00")}])
    keep_dossiers(runtime.database, [OTHER | {"returned_at": a_day("2026-10-01")} for _ in range(41)])


def test_it_counts_the_week_that_is_over_by_unit(runtime):
    fill(runtime)
    keep_dossiers(runtime.database, [{"returned_at": LAST_WEEK, "due_at": LAST_WEEK - timedelta(days=1)}])

    lines = brief(runtime).splitlines()

    assert lines[:3] == [
        "Tuần 16/11–22/11/2026: 3 phiếu, đã trả 8 kết quả.",
        "- Phòng Quản lý thương mại: 3 phiếu/8 kết quả",
        "Có 1 hồ sơ trả sau ngày hẹn, phải có văn bản xin lỗi.",
    ]


def test_it_names_the_units_that_lack_forms_this_quarter_and_how_many(runtime):
    fill(runtime)

    text = brief(runtime)

    assert "Quý IV/2026 đến nay: 1 đơn vị chưa đủ 10% phiếu." in text
    assert "- Phòng Quản lý năng lượng: 0/41 (0%), cần thêm 5 phiếu" in text


def test_when_all_have_enough_it_says_so(runtime):
    keep_responses(runtime.database, [a_response(at=LAST_WEEK)])
    keep_dossiers(runtime.database, [{"returned_at": LAST_WEEK} for _ in range(10)])

    assert "mọi đơn vị có hồ sơ đều đủ 10% phiếu" in brief(runtime)
    assert "Không có phản ánh quá hạn." in brief(runtime)


def test_overdue_cases_are_counted_and_what_accuses_somebody_is_not_named(runtime):
    fill(runtime)
    old = {"created_on": date(2026, 11, 2)}
    keep_complaints(runtime.database, [old, old | {"route": "integrity", "kind": "extra_fee"}])
    keep_complaints(runtime.database, [{"created_on": date(2026, 11, 20)}])

    text = brief(runtime)

    assert "Phản ánh quá hạn: 2." in text
    assert text.count("QUÁ HẠN") == 1
    assert "khoản phí" not in text


def test_it_shows_no_mark_of_anybody_and_fits_into_a_message(runtime):
    fill(runtime)
    units = {f"U{n}": "x" * 190 for n in range(40)}
    keep_dossiers(
        runtime.database, [{"unit_code": unit, "returned_at": LAST_WEEK} for unit in units for _ in "ab"]
    )
    cases = [{"created_on": date(2026, 11, 2)} for _ in range(30)]
    keep_complaints(runtime.database, cases)

    text = brief(runtime)

    assert len(text) <= 2000
    assert "và 35 đơn vị khác" in text
    assert "hài lòng" not in text.lower()


@pytest.mark.parametrize(
    ("at", "is_it"),
    [
        (MONDAY - timedelta(minutes=1), False),
        (MONDAY, True),
        (MONDAY + timedelta(days=4), True),  # the machine was off
        (MONDAY + timedelta(days=6, hours=15), True),
        (MONDAY + timedelta(days=7, hours=-1), False),  # the next one has not come yet
    ],
)
def test_it_is_due_from_its_hour_until_the_week_is_over(runtime, at, is_it):
    assert asyncio.run(is_due(runtime, JOB, CRON, at)) is is_it


def test_it_is_posted_once_a_week_and_again_the_next(runtime):
    fill(runtime)

    done = [asyncio.run(run_job(runtime, JOB, MONDAY + timedelta(days=days))) for days in (0, 0, 4, 7, 13)]

    assert done == [1, None, None, 1, None]
    assert [m.text.split(":")[0] for m in messages_to(runtime, OFFICE)] == [
        "Tuần 16/11–22/11/2026",
        "Tuần 23/11–29/11/2026",
    ]


def test_before_the_first_result_nothing_is_said(runtime):
    assert asyncio.run(run_job(runtime, JOB, MONDAY)) == 0
    assert messages_to(runtime, OFFICE) == []


@pytest.mark.parametrize(
    ("day", "week"), [("2026-11-23", "2026-W47"), ("2026-11-29", "2026-W47"), ("2027-01-04", "2026-W53")]
)
def test_a_brief_is_of_the_week_before(day, week):
    assert week_before(a_day(day)) == week
