"""The jobs: each a use case that is safe to run twice, late, and right after start. The database knows what is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from handlers import briefs, reminders, retention, silence
from handlers.complaints import listing, watching
from handlers.setup import Setup
from scheduler.times import last_time
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job: its name is its key under `schedule` in the settings."""

    name: str
    purpose: str
    run: (
        Callable[[Transaction, Setup, datetime], int] | None
    )  # returns how much it did; None: too long for the writer
    is_in_parts: bool = False  # a run does a part, each a transaction; it is run until nothing was left to do
    period_of: Callable[[datetime], str] | None = None  # by local time; the job happens once for each period


def day_of(local: datetime) -> str:
    """Return the period of a job that happens once on a local day."""
    return local.date().isoformat()


def find_period(job: Job, zone: tzinfo, at: datetime) -> str | None:
    """Return the period that a run as of `at` is for; None of a job that may run at any time."""
    return None if job.period_of is None else job.period_of(at.astimezone(zone))


def find_due_period(job: Job, cron: str, zone: tzinfo, at: datetime) -> str | None:
    """Return the period a job is due for: the one of `at`, when the job's hour in it has come. None otherwise.

    It does not look at whether the job ran already.
    """
    period, last = find_period(job, zone, at), last_time(cron, zone, at)
    return period if last is not None and period == find_period(job, zone, last) else None


JOBS = (
    Job(name="reminders", purpose="reminders to citizens that have become due", run=reminders.send_reminders),
    Job(
        name="retention",
        purpose="deletion of personal data whose time is over",
        run=retention.delete_overdue,
        is_in_parts=True,
    ),
    Job(
        name="complaints",
        purpose="unfinished forms, cards that did not arrive, promised days, due dates",
        run=watching.watch,
    ),
    Job(
        name="unresolved_complaints",
        purpose="the list of open complaints to the office",
        run=listing.post_unresolved,
        period_of=day_of,
    ),
    Job(
        name="weekly_brief",
        purpose="answers of the week, quota at risk, overdue cases to the office",
        run=briefs.post_brief,
        period_of=briefs.week_before,
    ),
    Job(
        name="silence",
        purpose="units that return results and get no answers, once each",
        run=silence.tell_of_silence,
        period_of=day_of,
    ),
    Job(name="quarterly_digest", purpose="the report of the quarter to the office", run=None),
    Job(name="yearly_digest", purpose="the report and evidence pack of the year to the office", run=None),
)
