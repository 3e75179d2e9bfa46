"""Jobs: when each is due, once for its period however often it is asked for, and by hand as of a moment."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot import job_commands, workers
from bot.job_runs import is_due, run_job
from scheduler.jobs import JOBS, day_of, find_due_period
from scheduler.runner import start_scheduler
from scheduler.times import last_time, next_time
from storage import runs
from storage.case_tables import job_runs
from storage.database import Database
from storage.tables import outbox
from tests.building import AT, TIMEZONE
from tests.commanding import Listener
from tests.running import OFFICE, pause, until
from tests.staffing import complain, messages_to

CRON = "30 7 * * mon-fri"
LIST = next(job for job in JOBS if job.name == "unresolved_complaints")


def local(words):
    return datetime.fromisoformat(words).replace(tzinfo=TIMEZONE)


def run(runtime, name="unresolved_complaints", *, at=None, is_again=False):
    listener = Listener()
    status = job_commands.run_by_name(runtime, listener.console, name, at=at, is_again=is_again)
    return status, listener


def lists_sent(runtime):
    return [message for message in messages_to(runtime, str(OFFICE)) if "PA-2026-0001" in message.text]


@pytest.mark.parametrize(
    ("at", "last", "coming"),
    [
        ("2026-11-20 07:29", "2026-11-19 07:30", "2026-11-20 07:30"),
        ("2026-11-20 07:30", "2026-11-20 07:30", "2026-11-20 07:30"),
        ("2026-11-22 12:00", "2026-11-20 07:30", "2026-11-23 07:30"),
    ],
)
def test_the_hours_of_a_cron_line_are_the_departments(at, last, coming):
    moment = local(at).astimezone(UTC)

    assert last_time(CRON, TIMEZONE, moment) == local(last)
    assert next_time(CRON, TIMEZONE, moment) == local(coming)


@pytest.mark.parametrize(
    ("cron", "last"),
    [
        ("0 8 15 3,6,9,12 *", "2026-09-15 08:00"),
        ("0 0 29 2 *", "2024-02-29 00:00"),
        ("0 0 30 2 *", None),
        ("* * * * *", "2026-11-20 09:30"),
    ],
)
def test_the_last_hour_is_found_however_long_ago(cron, last):
    assert last_time(cron, TIMEZONE, AT) == (local(last) if last else None)


@pytest.mark.parametrize(
    ("at", "period"),
    [
        ("2026-11-20 07:29", None),  # before its hour
        ("2026-11-20 07:30", "2026-11-20"),
        ("2026-11-20 23:00", "2026-11-20"),  # started late on the day
        ("2026-11-21 09:00", None),  # a Saturday
    ],
)
def test_a_daily_job_is_due_on_its_day_once_its_hour_has_come(at, period):
    assert find_due_period(LIST, CRON, TIMEZONE, local(at)) == period


def test_a_day_is_the_departments_own():
    assert day_of(datetime(2026, 11, 19, 17, 30, tzinfo=UTC).astimezone(TIMEZONE)) == "2026-11-20"


async def test_a_daily_job_runs_once_and_is_due_no_more(runtime):
    before = await is_due(runtime, LIST, CRON, AT)

    first = await run_job(runtime, LIST, AT)
    second = await run_job(runtime, LIST, AT + timedelta(hours=1))

    assert (before, first, second) == (True, 0, None)
    assert not await is_due(runtime, LIST, CRON, AT + timedelta(hours=1))
    assert await is_due(runtime, LIST, CRON, AT + timedelta(days=3))


async def test_of_many_at_once_one_runs(runtime):
    complain(runtime, q3_3=5)

    done = await asyncio.gather(*(run_job(runtime, LIST, AT) for _ in range(5)))

    assert sorted(done, key=str) == [1, None, None, None, None]
    assert len(lists_sent(runtime)) == 1


def test_of_two_processes_one_gets_the_claim(runtime):
    other = Database(runtime.database.url)
    other.start()
    try:
        asked = [
            database.submit(lambda tx: runs.claim_run(tx, "list", "2026-11-20", AT))
            for database in (runtime.database, other) * 4
        ]
        got = [future.result(timeout=30) for future in asked]
    finally:
        other.stop()

    assert sorted(got) == [False] * 7 + [True]


async def test_a_run_that_fails_has_not_happened(runtime):
    def fail(tx, setup, at):
        raise OSError("no luck")

    broken = type(LIST)(name=LIST.name, purpose="", run=fail, period_of=LIST.period_of)
    with pytest.raises(OSError, match="no luck"):
        await run_job(runtime, broken, AT)

    assert await is_due(runtime, LIST, CRON, AT)


async def start_and_stop(runtime):
    """Let the scheduler start, wait until what runs at every start has run, and end it."""
    before = runtime.clock()
    runtime.clock.at += timedelta(seconds=1)
    task = asyncio.create_task(workers.schedule_for_ever(runtime))
    try:
        await until(lambda: {"reminders", "retention", "complaints"} <= ran_since(runtime, before))
        await pause(0.2)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def ran_since(runtime, before):
    with runtime.database.reading() as tx:
        return set(tx.execute(select(job_runs.c.job).where(job_runs.c.at > before)).scalars())


async def test_a_start_after_the_hour_makes_up_for_it_once(runtime):
    complain(runtime, q3_3=5)

    for _ in range(2):
        await start_and_stop(runtime)
        await until(lambda: lists_sent(runtime))

    assert len(lists_sent(runtime)) == 1


@pytest.mark.parametrize("at", ["2026-11-20 07:00", "2026-11-21 09:00"])
async def test_a_start_before_the_hour_or_on_a_day_without_one_posts_nothing(runtime, at):
    runtime.clock.at = local("2026-11-19 09:00")
    complain(runtime, q3_3=5)
    runtime.clock.at = local(at)

    await start_and_stop(runtime)

    assert lists_sent(runtime) == []


def test_by_hand_a_second_run_of_the_day_does_nothing_and_says_so(runtime):
    complain(runtime, q3_3=5)

    first = run(runtime, at="2026-11-20T10:30")
    second = run(runtime, at="2026-11-20T16:00:00+07:00")

    assert (first[0], second[0]) == (0, 0)
    assert "done: 1" in first[1].lines[0]
    assert "has run for 2026-11-20 already on 20/11/2026 09:30; nothing was done" in second[1].lines[0]
    assert len(lists_sent(runtime)) == 1


def test_nothing_is_said_of_cases_nobody_has_seen_yet(runtime):
    complain(runtime, q3_3=5)

    _, listener = run(runtime, at="2026-11-20T07:30")

    assert listener.lines[0].endswith("done: 0")


def test_by_hand_it_can_be_forced(runtime):
    complain(runtime, q3_3=5)
    run(runtime)

    status, listener = run(runtime, is_again=True)

    assert (status, "done: 1" in listener.lines[0]) == (0, True)
    assert len(lists_sent(runtime)) == 2


def test_by_hand_a_job_without_a_period_runs_every_time(runtime):
    for _ in range(2):
        status, listener = run(runtime, "reminders")

        assert (status, listener.lines) == (0, ["reminders: ran as of 20/11/2026 09:30, done: 0"])


def test_a_run_as_of_a_later_moment_speaks_now(runtime):
    complain(runtime, q3_3=5)

    run(runtime, at="2026-12-01T07:30")

    assert len(lists_sent(runtime)) == 1
    with runtime.database.reading() as tx:
        waits = tx.execute(select(outbox.c.not_before).order_by(outbox.c.id.desc()).limit(1)).scalar_one()
    assert waits == AT


@pytest.mark.parametrize(("name", "at"), [("nothing", None), ("reminders", "soon")])
def test_a_job_or_moment_that_cannot_be_is_wrong_use(runtime, name, at):
    status, listener = run(runtime, name, at=at)

    assert (status, len(listener.complaints), listener.lines) == (2, 1, [])


def test_an_unknown_job_is_answered_with_the_known_ones(runtime):
    _, listener = run(runtime, "nothing")

    assert all(job.name in listener.complaints[0] for job in JOBS)


def test_the_list_says_when_each_job_comes_next_and_came_last(runtime):
    run(runtime)

    listener = Listener()
    job_commands.list_jobs(runtime, listener.console)

    assert len(listener.lines) == len(JOBS)
    [line] = [line for line in listener.lines if line.startswith("unresolved_complaints")]
    assert CRON in line
    assert "next 23/11/2026 07:30" in line
    assert "last 20/11/2026 09:30" in line
    assert line.endswith(LIST.purpose)


def test_what_a_run_did_is_kept(runtime):
    complain(runtime, q3_3=5)
    run(runtime)

    with runtime.database.reading() as tx:
        [row] = tx.execute(select(job_runs)).all()
    assert (row.job, row.period, row.at, row.done) == ("unresolved_complaints", "2026-11-20", AT, 1)


async def test_a_job_that_is_left_when_the_service_ends_is_no_error(caplog):
    begun = asyncio.Event()

    async def hang(_job):
        begun.set()
        await asyncio.Event().wait()

    scheduler = start_scheduler({"retention": "0 3 * * *"}, UTC, hang)
    await asyncio.wait_for(begun.wait(), 5)
    scheduler.shutdown(wait=False)
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
