"""Runs of jobs: the claim that lets a job run once for a period, and when each ran last."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage.case_tables import job_runs
from storage.upsert import insert_or_ignore, insert_or_replace

ANY_TIME = ""  # the period of a job that may run at any time


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A run of a job that has happened."""

    job: str
    period: str
    at: datetime
    done: int


def claim_run(tx: Connection, job: str, period: str, at: datetime) -> bool:
    """Claim a job's run for a period. False when it was claimed before; of two at once one gets it."""
    row = {"job": job, "period": period, "at": at, "done": 0}
    return tx.execute(insert_or_ignore(tx, job_runs), row).rowcount == 1


def note_run(tx: Connection, job: str, period: str, *, at: datetime, done: int) -> None:
    """Note that a job ran and how much it did; an earlier run for the period is overwritten."""
    put = insert_or_replace(tx, job_runs, ("job", "period"), ("at", "done"))
    tx.execute(put, {"job": job, "period": period, "at": at, "done": done})


def find_run(tx: Connection, job: str, period: str) -> JobRun | None:
    """Return the run of a job for a period, or None."""
    mine = (job_runs.c.job == job) & (job_runs.c.period == period)
    row = tx.execute(select(job_runs).where(mine)).one_or_none()
    return None if row is None else JobRun(job=row.job, period=row.period, at=row.at, done=row.done)


def list_periods(tx: Connection, job: str) -> set[str]:
    """Return the periods a job ran for."""
    return set(tx.execute(select(job_runs.c.period).where(job_runs.c.job == job)).scalars())


def list_last_runs(tx: Connection) -> dict[str, JobRun]:
    """Return the latest run of each job that ever ran, by the job's name."""
    rows = tx.execute(select(job_runs).order_by(job_runs.c.at))
    return {row.job: JobRun(job=row.job, period=row.period, at=row.at, done=row.done) for row in rows}
