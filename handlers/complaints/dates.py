"""When a case is shown, when it is due, and how that is explained to those who must keep the date."""

from datetime import datetime

from handlers.setup import Setup
from reports.workdays import Due, Run, due_after, idle_runs
from storage.complaints import Complaint

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hold_until(setup: Setup, at: datetime, *, is_urgent: bool) -> datetime:
    """Return when staff may see a case. What is urgent, or `hold: 0m`, is seen at once.

    The rest waits the hold and up to half of it more by chance, and then for office hours, so that nobody who has
    just left the counter is known by the minute.
    """
    if is_urgent or not setup.alert_hold:
        return at
    share = int.from_bytes(setup.vault.draw(2), "big") / 65536
    return setup.calendar.next_open(at + setup.alert_hold * (1 + share / 2))


def count_due(setup: Setup, clock_from: datetime, pauses: tuple[tuple[datetime, datetime], ...] = ()) -> Due:
    """Return by when a case is due whose clock began at `clock_from` and stood during `pauses`."""
    return due_after(setup.calendar, clock_from, setup.due_working_days, pauses)


def explain_due(setup: Setup, complaint: Complaint) -> str:
    """Return the due date with its arithmetic: working days, hour, weekday, and the days off on the way."""
    due = count_due(setup, complaint.clock_from, complaint.pauses)
    start = setup.calendar.day_of(complaint.clock_from)
    local = setup.local(due.at)
    say, language = setup.wording.say, setup.language
    idle = ", ".join(_run(run) for run in idle_runs(setup.calendar, start, local.date()))
    key = "card_due_idle" if idle else "card_due"
    return say(
        language,
        key,
        date=f"{local:%d/%m/%Y}",
        days=due.working_days,
        hour=f"{local:%H:%M}",
        weekday=f"{weekday(setup, local)} {local.day}/{local.month}",
        idle=idle,
    )


def weekday(setup: Setup, local: datetime) -> str:
    """Return the name of a local day of the week."""
    return setup.wording.say(setup.language, f"weekday_{_WEEKDAYS[local.weekday()]}")


def is_overdue(complaint: Complaint, at: datetime) -> bool:
    """Whether an open case is late. A clock that stands makes nothing late."""
    return complaint.case.is_open and complaint.case.waiting_since is None and at > complaint.due_at


def _run(run: Run) -> str:
    if run.first == run.last:
        return f"{run.first.day}/{run.first.month}"
    if run.first.month == run.last.month:
        return f"{run.first.day}–{run.last.day}/{run.last.month}"
    return f"{run.first.day}/{run.first.month}–{run.last.day}/{run.last.month}"
