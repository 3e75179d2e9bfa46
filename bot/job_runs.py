"""Running a job as of a moment: once for its period, in parts when it is long, noted in the database."""

from datetime import datetime, timedelta

from bot.digesting import KINDS, post_digests
from bot.runtime import Runtime
from handlers import digests
from scheduler.jobs import Job, find_due_period, find_period
from scheduler.times import last_time
from storage import outbox, runs
from storage.database import Transaction

_MAX_ROUNDS = 1_000  # of a job in one go; what is left then waits for its next hour


async def is_due(runtime: Runtime, job: Job, cron: str, at: datetime) -> bool:
    """Whether a job is to run now: always, unless it happens once in a period and its hour has not come or it ran."""
    if (
        job.run is None
    ):  # once the hour has come after the period's last day; it finds out what is due by itself
        last = find_digest_hour(runtime, cron, at)
        return last is not None and bool(
            await runtime.read(lambda tx: digests.due_periods(tx, runtime.setup, last, KINDS[job.name]))
        )
    if job.period_of is None:
        return True
    period = find_due_period(job, cron, runtime.setup.timezone, at)
    if period is None:
        return False
    return await runtime.read(lambda tx: runs.find_run(tx, job.name, period)) is None


def find_digest_hour(runtime: Runtime, cron: str, at: datetime) -> datetime | None:
    """Return the latest hour of a digest that has come; one of a day off comes on the next working day, if set so."""
    zone, calendar = runtime.setup.timezone, runtime.setup.calendar
    last = last_time(cron, zone, at)
    if last is None or not runtime.config.reporting.digest_on_working_day:
        return last
    if calendar.is_working_day(last.date()):
        return last
    moved = datetime.combine(calendar.next_working_day(last.date()), last.timetz())
    return last if moved <= at else last_time(cron, zone, last - timedelta(minutes=1))


async def run_job(runtime: Runtime, job: Job, at: datetime, *, is_again: bool = False) -> int | None:
    """Run a job as of `at` and return how much it did; one that works in parts is run until nothing is left.

    None when it has run for its period already; `is_again` runs it all the same.
    """
    if job.run is None:
        return await _run_outside(runtime, job, at, is_again=is_again)
    period = find_period(job, runtime.setup.timezone, at)
    if period is not None:
        return await runtime.write(
            lambda tx: _run_once(tx, runtime, job, at, period=period, is_again=is_again)
        )
    done = 0
    for _ in range(_MAX_ROUNDS if job.is_in_parts else 1):
        part = await runtime.write(lambda tx: _run_part(tx, runtime, job, at))
        done += part
        if part == 0:
            break
    now = runtime.clock()
    await runtime.write(lambda tx: runs.note_run(tx, job.name, runs.ANY_TIME, at=now, done=done))
    return done


async def _run_outside(runtime: Runtime, job: Job, at: datetime, *, is_again: bool) -> int | None:
    """Run a job that is too long for the writer: it claims what it does by itself."""
    done = await post_digests(runtime, KINDS[job.name], at, is_again=is_again)
    if done is not None:
        now = runtime.clock()
        await runtime.write(lambda tx: _note_outside(tx, job, at, now, done))
    return done


def _note_outside(tx: Transaction, job: Job, at: datetime, now: datetime, done: int) -> None:
    runs.note_run(tx, job.name, runs.ANY_TIME, at=now, done=done)
    if at > now:
        outbox.hasten(tx, at, now)


def _run_once(
    tx: Transaction, runtime: Runtime, job: Job, at: datetime, *, period: str, is_again: bool
) -> int | None:
    """Claim the run, then run: both are committed or neither."""
    now = runtime.clock()
    if not runs.claim_run(tx, job.name, period, now) and not is_again:
        return None
    done = _run_part(tx, runtime, job, at)
    runs.note_run(tx, job.name, period, at=now, done=done)
    return done


def _run_part(tx: Transaction, runtime: Runtime, job: Job, at: datetime) -> int:
    done = 0 if job.run is None else job.run(tx, runtime.setup, at)
    now = runtime.clock()
    if at > now:
        outbox.hasten(tx, at, now)
    return done
