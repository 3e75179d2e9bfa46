"""The weekly brief to the office: answers of the week, units whose quota is at risk, overdue cases. Counts, never marks."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil

from handlers import saying
from handlers.chats import list_chats
from handlers.complaints import listing
from handlers.complaints.dates import is_overdue
from handlers.setup import Setup
from reports.measures import measure_coverage, meets_quota
from reports.periods import Period, period_of
from reports.render_words import Words, shorten
from storage import activity, complaints, figures
from storage.database import Transaction
from storage.figures import ReturnCount, Span
from survey.complaints.rules import Route

_UNITS = 6  # named in a list
_CASES = 3
_NAME = 50  # letters of a unit's name
_LINE = 160  # letters of a line about a case


def week_before(local: datetime) -> str:
    """Return the week that was over last, Monday to Sunday, by its ISO number: what a brief is about."""
    year, week, _ = (local.date() - timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02}"


def post_brief(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Post the brief of the week before to the office's chats. Return to how many; nothing is said before the first result."""
    if figures.find_first_return(tx) is None:
        return 0
    text = build_brief(tx, setup, at)
    addresses = list_chats(tx, setup, setup.office_chats, at)
    for address in addresses:
        saying.say_notice(tx, setup, address, text, at)
    return len(addresses)


def build_brief(tx: Transaction, setup: Setup, at: datetime) -> str:
    """Return the brief of the week before."""
    today = setup.local(at).date()
    monday = today - timedelta(days=today.weekday() + 7)
    sunday = monday + timedelta(days=6)
    quarter = period_of(sunday, setup.reporting.quarter)
    parts = [
        _week(tx, setup, monday, sunday),
        _quota(tx, setup, quarter, sunday),
        _overdue(tx, setup, at),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def _week(tx: Transaction, setup: Setup, monday: date, sunday: date) -> list[str]:
    answers = activity.count_answers_by_unit(tx, monday, sunday)
    counts = figures.count_returns(tx, Span(first=monday, last=sunday, zone=setup.timezone))
    returned = _by_unit(counts)
    late = sum(one.returned for one in counts if one.is_late)
    lines = [
        _say(
            setup,
            "brief_week",
            first=f"{monday:%d/%m}",
            last=f"{sunday:%d/%m/%Y}",
            answers=sum(answers.values()),
            returned=sum(returned.values()),
        )
    ]
    units = sorted({*answers, *returned}, key=lambda unit: (-answers.get(unit, 0), unit))
    lines += _listed(
        setup,
        [
            _say(
                setup,
                "brief_unit",
                unit=_unit(setup, unit),
                answers=answers.get(unit, 0),
                returned=returned.get(unit, 0),
            )
            for unit in units
        ],
    )
    return lines + ([_say(setup, "brief_late", late=late)] if late else [])


def _quota(tx: Transaction, setup: Setup, quarter: Period, until: date) -> list[str]:
    """Say which units are under the quota so far, and how many forms they lack; those that lack most come first."""
    words, quota = Words(setup.report_texts), setup.reporting.quota_pct
    answers = activity.count_answers_by_unit(tx, quarter.first, until)
    span = Span(first=quarter.first, last=until, zone=setup.timezone)
    at_risk = []
    for unit, returned in _by_unit(figures.count_returns(tx, span)).items():
        if meets_quota(answers.get(unit, 0), returned, quota) is False:
            missing = ceil(Fraction(quota) * returned / 100) - answers.get(unit, 0)
            at_risk.append((-missing, unit, returned))
    named = {"period": words.period(quarter), "quota": words.short(quota)}
    if not at_risk:
        return [_say(setup, "brief_quota_met", **named)]
    lines = [
        _say(
            setup,
            "brief_quota_unit",
            unit=_unit(setup, unit),
            answers=answers.get(unit, 0),
            returned=returned,
            coverage=words.short(measure_coverage(answers.get(unit, 0), returned)),
            missing=-minus,
        )
        for minus, unit, returned in sorted(at_risk)
    ]
    return [_say(setup, "brief_quota", count=len(at_risk), **named), *_listed(setup, lines)]


def _overdue(tx: Transaction, setup: Setup, at: datetime) -> list[str]:
    """Count the overdue cases and name the oldest; of what accuses somebody no more than that it is there."""
    open_cases = complaints.list_complaints(tx, setup.vault, is_open=True)
    late = [one for one in open_cases if one.shown_at <= at and is_overdue(one, at)]
    if not late:
        return [_say(setup, "brief_none_overdue")]
    told = sorted((one for one in late if one.case.route is not Route.INTEGRITY), key=lambda one: one.due_at)
    lines = [shorten(listing.line(tx, setup, one, at), _LINE) for one in told[:_CASES]]
    return [_say(setup, "brief_overdue", count=len(late)), *lines]


def _by_unit(counts: list[ReturnCount]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        found[one.unit_code] = found.get(one.unit_code, 0) + one.returned
    return found


def _listed(setup: Setup, lines: list[str]) -> list[str]:
    left = len(lines) - _UNITS
    return [*lines[:_UNITS], _say(setup, "brief_more", count=left)] if left > 0 else lines


def _unit(setup: Setup, code: str) -> str:
    return shorten(setup.unit_name(code), _NAME)


def _say(setup: Setup, key: str, **values: object) -> str:
    return setup.wording.say(setup.language, key, **values)
