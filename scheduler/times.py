"""When a cron line comes next and when it came last, by the clock on the department's wall."""

from datetime import datetime, timedelta, tzinfo

from apscheduler.triggers.cron import CronTrigger

_LOOK_BACK = (1, 8, 32, 100, 400, 1500)  # days; the last holds a 29 February
_A_SECOND = timedelta(seconds=1)


def next_time(cron: str, zone: tzinfo, at: datetime) -> datetime | None:
    """Return the first hour of a cron line from `at` on, in local time; None when it never comes."""
    return _next(CronTrigger.from_crontab(cron, timezone=zone), at.astimezone(zone))


def last_time(cron: str, zone: tzinfo, at: datetime) -> datetime | None:
    """Return the latest hour of a cron line up to `at`, in local time; None when there was none for years."""
    trigger, local = CronTrigger.from_crontab(cron, timezone=zone), at.astimezone(zone)
    for days in _LOOK_BACK:
        last, found = None, _next(trigger, local - timedelta(days=days))
        while found is not None and found <= local:
            last, found = found, _next(trigger, found + _A_SECOND)
        if last is not None:
            return last
    return None


def _next(trigger: CronTrigger, at: datetime) -> datetime | None:
    found: datetime | None = trigger.get_next_fire_time(None, at)
    return found
