"""The commands `jobs list` and `jobs run`: every job can be run by hand as of a moment."""

import asyncio
from datetime import datetime

from bot.console import OK, Console
from bot.job_runs import run_job
from bot.runtime import Runtime
from handlers.imports import read_when
from handlers.setup import Setup
from scheduler.jobs import JOBS, Job, find_period
from scheduler.times import next_time
from storage import runs


def list_jobs(runtime: Runtime, console: Console) -> int:
    """List the jobs: name, cron line, when each comes next and came last, and what it is for."""
    setup, at = runtime.setup, runtime.clock()
    crons = runtime.config.schedule.model_dump()
    with runtime.database.reading() as tx:
        last = runs.list_last_runs(tx)
    rows = []
    for job in JOBS:
        cron = crons.get(job.name)
        coming = None if cron is None else next_time(cron, setup.timezone, at)
        ran = last.get(job.name)
        rows.append(
            [
                job.name,
                cron or "off",
                f"next {_when(setup, coming)}",
                f"last {_when(setup, ran.at if ran else None)}",
                job.purpose,
            ]
        )
    console.say_table(rows)
    return OK


def run_by_name(runtime: Runtime, console: Console, name: str, *, at: str | None, is_again: bool) -> int:
    """Run a job as of a moment, now when none is given."""
    setup = runtime.setup
    job = next((job for job in JOBS if job.name == name), None)
    if job is None:
        known = ", ".join(job.name for job in JOBS)
        return console.refuse(f"there is no job {name}; known: {known}")
    moment = runtime.clock() if at is None else read_when(at, setup.timezone)
    if moment is None:
        return console.refuse(
            f"--at: '{at}' is no moment; write 2026-11-20T07:30 or 2026-11-20T07:30:00+07:00"
        )
    done = asyncio.run(run_job(runtime, job, moment, is_again=is_again))
    if done is None:
        console.say(_already(runtime, job, moment))
    else:
        console.say(f"{job.name}: ran as of {_when(setup, moment)}, done: {done}")
    return OK


def _already(runtime: Runtime, job: Job, moment: datetime) -> str:
    if job.run is None:
        return (
            f"{job.name}: every period that is over has its digest already; nothing was done "
            "(--again posts the last one once more)"
        )
    period = find_period(job, runtime.setup.timezone, moment) or runs.ANY_TIME
    with runtime.database.reading() as tx:
        earlier = runs.find_run(tx, job.name, period)
    when = f" on {_when(runtime.setup, earlier.at)}" if earlier else ""
    return f"{job.name}: has run for {period} already{when}; nothing was done (--again runs it once more)"


def _when(setup: Setup, at: datetime | None) -> str:
    return "-" if at is None else f"{setup.local(at):%d/%m/%Y %H:%M}"
