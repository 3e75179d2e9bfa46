"""A unit that returns results and gets no answers: told once, when chance does not explain it, and not on a quiet week."""

import asyncio
import random
from datetime import timedelta

import pytest

from bot.job_runs import run_job
from reports.silences import UNLIKELY, weigh_silence
from scheduler.jobs import JOBS
from tests.building import AT
from tests.figuring import a_response, keep_dossiers, keep_responses
from tests.staffing import OFFICE, messages_to

JOB = next(job for job in JOBS if job.name == "silence")
OTHER = {"unit_code": "QLNL", "procedure_code": "2.001561"}
A_DAY = timedelta(days=1)


def live(runtime, *, days, results, answers, **unit):
    """Let a unit return results and get answers on each of some days, counted back from today."""
    at = [AT - day * A_DAY for day in days]
    keep_dossiers(runtime.database, [{"returned_at": one, **unit} for one in at for _ in range(results)])
    keep_responses(runtime.database, [a_response(at=one, **unit) for one in at for _ in range(answers)])


def look(runtime, at=AT):
    return asyncio.run(run_job(runtime, JOB, at))


def test_a_silence_that_chance_does_not_explain_is_told_once(runtime):
    live(runtime, days=range(40, 100), results=10, answers=2)
    live(runtime, days=range(40), results=10, answers=0)

    done = [look(runtime, AT + days * A_DAY) for days in range(4)]

    assert done == [1, 0, 0, 0]
    [message] = messages_to(runtime, OFFICE)
    assert message.text.startswith(
        "Phòng Quản lý thương mại: từ ngày 11/10/2026 đã trả 330 kết quả mà chưa có"
    )
    assert "cứ 100 kết quả có khoảng 20 phiếu" in message.text


@pytest.mark.parametrize(
    ("quiet_days", "results"),
    [(7, 10), (30, 0), (14, 3)],  # a quiet week; holidays; few results
)
def test_a_quiet_week_is_not_told(runtime, quiet_days, results):
    live(runtime, days=range(quiet_days, 100), results=10, answers=2)
    live(runtime, days=range(quiet_days), results=results, answers=0)

    assert look(runtime) == 0


def test_a_unit_that_seldom_gets_answers_is_given_more_time(runtime):
    live(runtime, days=range(20, 120), results=10, answers=1)
    live(runtime, days=range(20), results=10, answers=0)
    live(runtime, days=range(20, 120, 10), results=10, answers=1, **OTHER)
    live(runtime, days=range(20), results=1, answers=0, **OTHER)

    assert look(runtime) == 1
    assert messages_to(runtime, OFFICE)[0].text.startswith("Phòng Quản lý thương mại")


def test_the_next_silence_is_told_again(runtime):
    live(runtime, days=range(40, 100), results=10, answers=2)
    live(runtime, days=range(40), results=10, answers=0)
    look(runtime)
    keep_responses(runtime.database, [a_response(at=AT) for _ in range(3)])

    assert look(runtime, AT + A_DAY) == 0
    later = [AT + days * A_DAY for days in range(1, 60)]
    keep_dossiers(runtime.database, [{"returned_at": at} for at in later for _ in range(20)])
    assert look(runtime, AT + 60 * A_DAY) == 1
    assert len(messages_to(runtime, OFFICE)) == 2


def test_a_unit_that_never_got_an_answer_is_held_against_the_others(runtime):
    live(runtime, days=range(10, 100), results=10, answers=2)
    live(runtime, days=range(10, 100), results=3, answers=0, **OTHER)

    assert look(runtime) == 1
    assert (
        "trong khi ở các đơn vị khác cứ 100 kết quả có khoảng 20 phiếu"
        in messages_to(runtime, OFFICE)[0].text
    )


def test_where_nobody_ever_answered_nothing_is_said(runtime):
    live(runtime, days=range(10, 100), results=10, answers=0)

    assert look(runtime) == 0


def test_the_chance_is_that_of_the_rate_when_it_is_well_known():
    found = weigh_silence(answers=20_000, returned=100_000, since=20, beginnings=1)

    assert found.chance == pytest.approx(0.8**20, rel=0.01)
    assert found.rate == 20


def test_a_rate_known_from_little_excludes_less():
    little, much = (weigh_silence(answers=n, returned=5 * n, since=40, beginnings=1) for n in (2, 200))

    assert much.chance < little.chance
    assert not weigh_silence(answers=1, returned=5, since=40, beginnings=1).is_unlikely


def test_a_year_of_chance_alone_raises_it_seldom():
    chance = random.Random(5)  # noqa: S311 - the same years each time
    raised = 0
    for _ in range(200):
        answers, returned, since = 0, 0, 0
        was_raised = False
        for _ in range(1500):
            if chance.random() < 0.15:
                answers, returned, since = answers + 1, returned + since + 1, 0
            else:
                since += 1
            if (
                answers
                and weigh_silence(
                    answers=answers, returned=returned, since=since, beginnings=answers
                ).is_unlikely
            ):
                was_raised = True
        raised += was_raised

    assert raised <= 200 * UNLIKELY * 8  # several quarters, and the first answers know little of the rate
