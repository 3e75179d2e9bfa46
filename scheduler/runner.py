"""APScheduler around the jobs: it only wakes us, memory only; what is due stands in the database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from scheduler.jobs import JOBS, Job

_AGAIN = "*/5 * * * *"
log = structlog.get_logger()


def start_scheduler(
    crons: Mapping[str, str | None], timezone: tzinfo, run: Callable[[Job], Awaitable[None]]
) -> AsyncIOScheduler:
    """Start a scheduler that awaits `run(job)` at each job's hours and once now. Stop it with shutdown(wait=False).

    For a job that happens once in a period it is awaited every few minutes besides, so that one whose hour fell into a
    restart or a trouble of the database comes late instead of never; `run` finds out whether anything is due.
    """
    scheduler = AsyncIOScheduler(
        timezone=timezone, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    for job in JOBS:
        cron = crons.get(job.name)
        if cron is not None:
            trigger = CronTrigger.from_crontab(cron, timezone=timezone)
            scheduler.add_job(_guard, trigger, args=(job, run), id=job.name, name=job.name)
            scheduler.add_job(_guard, args=(job, run), id=f"{job.name}-at-start", name=job.name)
            if job.period_of is not None or job.run is None:
                again = CronTrigger.from_crontab(_AGAIN, timezone=timezone)
                scheduler.add_job(_guard, again, args=(job, run), id=f"{job.name}-again", name=job.name)
    scheduler.start()
    return scheduler


async def _guard(job: Job, run: Callable[[Job], Awaitable[None]]) -> None:
    """Run one job: the edge, a bug is logged and the next time comes all the same."""
    try:
        await run(job)
    except asyncio.CancelledError:  # the service ends: what was not committed has not happened
        log.info("job_left", job=job.name)
    except Exception as error:
        log.exception("job_failed", job=job.name, fault=type(error).__name__)
