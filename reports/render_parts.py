"""The parts of a digest that its buttons ask for, as chat messages: units, procedures, complaints, why the number is so."""

from collections.abc import Iterable, Mapping

from reports.figures import GroupFigure, Report
from reports.render_digest import LIMIT, length
from reports.render_method import build_method
from reports.render_tables import group_name
from reports.render_words import Words, shorten

_NAME = 48  # letters of a name in a line


def render_part(report: Report, part: str, texts: Mapping[str, str]) -> str:
    """Return one part of a report: units, procedures, complaints or why. At most 2,000 characters; KeyError otherwise."""
    words = Words(texts)
    lines = {"units": _units, "procedures": _procedures, "complaints": _complaints, "why": _why}[part]
    head = words.say(f"part_chat_{part}", period=words.period(report.period))
    return _fit([head, "", *lines(report, words)], words)


def _units(report: Report, words: Words) -> Iterable[str]:
    return [_group(group, "units", words) for group in report.units] or [words.say("no_data")]


def _procedures(report: Report, words: Words) -> Iterable[str]:
    ordered = sorted(report.procedures, key=lambda group: (-group.responses, group.code))
    return [_group(group, "procedures", words) for group in ordered] or [words.say("no_data")]


def _group(group: GroupFigure, kind: str, words: Words) -> str:
    mark = words.mark(group.satisfaction_pct, n=group.responses, is_hidden=group.is_hidden)
    return words.say(
        "part_chat_group",
        name=shorten(group_name(group, kind, words), _NAME),
        mark=mark,
        responses=words.number(group.responses),
        transactions=words.no_value_or(group.transactions),
    )


def _complaints(report: Report, words: Words) -> Iterable[str]:
    found = report.complaints
    lines = [
        words.say(
            "part_chat_cases",
            received=words.number(found.received),
            resolved=words.number(found.resolved),
            in_time=words.short(found.resolved_in_time_pct),
            confirmed=words.number(found.confirmed),
            reopened=words.number(found.reopened),
            open=words.number(found.open),
            overdue=words.number(found.overdue),
        )
    ]
    lines += [f"- {words.name_of('kind', kind)}: {words.number(n)}" for kind, n in found.kinds()]
    if found.apologised:
        lines.append(words.say("complaints_apologised", count=words.number(found.apologised)))
    if report.late_returned:
        lines.append(words.say("digest_late", late=words.number(report.late_returned)))
    return lines


def _why(report: Report, words: Words) -> Iterable[str]:
    overall = report.overall
    lines = [
        f"{criterion.number}. {shorten(criterion.name, _NAME)}: "
        f"{words.mark(criterion.satisfaction_pct, n=criterion.n)} (n = {words.number(criterion.n)})"
        for criterion in report.criteria
    ]
    if overall.interval is not None:
        low, high = words.percent(overall.interval.low), words.percent(overall.interval.high)
        lines.append(words.say("part_chat_interval", low=low, high=high))
    return [*lines, "", *(f"- {line}" for line in build_method(report, words))]


def _fit(lines: list[str], words: Words) -> str:
    """Leave out whole lines from the end until a message holds the rest, and say how many."""
    kept = list(lines)
    while length("\n".join(kept)) > LIMIT - 60 and len(kept) > 1:
        kept.pop()
    left = len(lines) - len(kept)
    return "\n".join([*kept, words.say("part_chat_more", count=left)] if left else kept)
