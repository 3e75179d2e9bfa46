"""The jobs: each a use case that is safe to run twice, late, and right after start. The database knows what is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from handlers import reminders, retention
from handlers.setup import Setup
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job: its name is its key under `schedule` in the settings."""

    name: str
    purpose: str
    run: Callable[[Transaction, Setup, datetime], int]  # returns how much it did


JOBS = (
    Job(name="reminders", purpose="reminders to citizens that have become due", run=reminders.send_reminders),
    Job(
        name="retention", purpose="deletion of personal data whose time is over", run=retention.delete_overdue
    ),
)
