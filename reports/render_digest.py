"""The digest as a chat message: the first line says it all, the rest fits into 2,000 characters whatever the names.

Names are shortened and lists cut until it fits; figures never are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports.figures import ComplaintsFigure, CriterionFigure, OverallFigure, Report, UnheardFigure
from reports.render_words import Words, clean, shorten, subject_of, under_quota

LIMIT = 2_000  # UTF-16 units, in which chats count


@dataclass(frozen=True, slots=True)
class _Room:
    """How much is said: the letters of a name and the entries of a list."""

    name: int
    entries: int


_ROOMS = (_Room(60, 8), _Room(45, 6), _Room(36, 5), _Room(28, 3), _Room(20, 2), _Room(12, 1))


def render_digest(report: Report, texts: Mapping[str, str]) -> str:
    """Return the message of a period: at most 2,000 characters, lines of text without any markup."""
    words = Words(texts)
    text = ""
    for room in _ROOMS:
        text = "\n".join(_lines(report, words, room))
        if length(text) <= LIMIT:
            return text
    return _cut(text)


def length(text: str) -> int:
    """Return how long a text is as chats count it: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str) -> str:
    """Leave out whole lines from the end. Only names in the first lines could be longer than a message."""
    kept = text.splitlines()
    while len(kept) > 1 and length("\n".join(kept)) > LIMIT - 2:
        kept.pop()
    short = "\n".join(kept)
    while length(short) > LIMIT - 2:
        short = short[:-1]
    return short + "\n…"


def _lines(report: Report, words: Words, room: _Room) -> Iterator[str]:
    yield _first_line(report, words)
    yield words.say(
        "digest_subject",
        name=shorten(subject_of(report), room.name + 40),
        first=words.day(report.period.first),
        last=words.day(report.period.last),
    ) + (
        words.say("digest_version", number=report.version - 1, version=report.version)
        if report.version > 1
        else ""
    )
    if not report.responses:
        yield words.say("digest_empty")
    else:
        yield from _changes(report.overall, words)
        question = report.overall_question
        mark = words.mark(question.satisfied_pct, n=question.n)
        yield words.say("digest_question", mark=mark, n=words.number(question.n))
        yield from _section(
            words.say("digest_criteria"), [_criterion(c, words, room) for c in report.criteria]
        )
    yield from _units(report, words, room)
    yield from _complaints(report.complaints, words, room)
    if report.late_returned:
        yield words.say("digest_late", late=words.number(report.late_returned))
    yield from _unheard(report, words, room)
    yield from _method(report, words)


def _section(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from lines


def _first_line(report: Report, words: Words) -> str:
    overall = report.overall
    forms = words.say(
        "digest_forms",
        responses=words.number(report.responses),
        transactions=words.number(report.transactions),
    )
    if report.coverage_pct is not None:
        forms += f" ({words.short(report.coverage_pct)})"
    mark = words.mark(overall.satisfaction_pct, n=report.responses)
    if overall.satisfaction_pct is not None and overall.met is not None:
        verdict = words.say(
            "digest_met" if overall.met else "digest_not_met", target=words.short(overall.target_pct)
        )
        mark = f"{mark} ({verdict})"
    return words.say("digest_first", period=words.period(report.period), mark=mark, forms=forms)


def _changes(overall: OverallFigure, words: Words) -> Iterator[str]:
    if overall.criteria_measured < overall.criteria_total:
        yield words.say("digest_measured", measured=overall.criteria_measured, total=overall.criteria_total)
    if overall.change_points is not None:
        change = words.change(overall.change_points, is_clear=overall.change_is_clear)
        yield words.say("digest_change", change=change)
    if overall.last_year_points is not None:
        yield words.say("digest_last_year", points=words.points(overall.last_year_points))
    if overall.weighted_pct is not None:
        yield words.say("digest_weighted", mark=words.percent(overall.weighted_pct))


def _criterion(criterion: CriterionFigure, words: Words, room: _Room) -> str:
    mark = words.mark(criterion.satisfaction_pct, n=criterion.n)
    if criterion.satisfaction_pct is not None and criterion.met is not None:
        key = "digest_criterion_met" if criterion.met else "digest_criterion_not_met"
        mark += words.say(key, target=words.short(criterion.target_pct), n=words.number(criterion.n))
    change = ""
    if criterion.change_is_clear and criterion.change_points is not None:
        change = f", {words.change(criterion.change_points)}"
    return f"{criterion.number}. {shorten(criterion.name, room.name)}: {mark}{change}"


def _units(report: Report, words: Words, room: _Room) -> Iterator[str]:
    short = under_quota(report)
    hidden = sum(unit.is_hidden for unit in report.units)
    lines = [
        words.say(
            "digest_unit",
            name=shorten(unit.name, room.name),
            coverage=words.short(unit.coverage_pct),
            responses=words.number(unit.responses),
            transactions=words.no_value_or(unit.transactions),
            mark=words.mark(unit.satisfaction_pct, n=unit.responses, is_hidden=unit.is_hidden),
        )
        for unit in short[: room.entries]
    ]
    if len(short) > room.entries:
        lines.append(words.say("digest_more", count=len(short) - room.entries))
    if report.units and not short and not report.unit and any(unit.quota_met for unit in report.units):
        yield ""
        yield words.say("digest_all_in_quota", quota=words.short(report.quota_pct))
    counts = {"count": len(short), "total": len(report.units), "quota": words.short(report.quota_pct)}
    yield from _section(words.say("digest_under_quota", **counts), lines)
    if hidden:
        yield words.say("digest_hidden", count=hidden, minimum=report.min_group)


def _complaints(complaints: ComplaintsFigure, words: Words, room: _Room) -> Iterator[str]:
    yield ""
    if not complaints.received and not complaints.open and not complaints.resolved:
        yield words.say("digest_no_complaints")
        return
    yield words.say(
        "digest_complaints",
        received=words.number(complaints.received),
        resolved=words.number(complaints.resolved),
        in_time=words.short(complaints.resolved_in_time_pct),
        open=words.number(complaints.open),
        overdue=words.number(complaints.overdue),
    )
    kinds = [(kind, count) for kind, count in complaints.kinds() if count]
    named = [
        f"{shorten(words.name_of('kind', kind), room.name)} {words.number(count)}"
        for kind, count in kinds[: room.entries]
    ]
    if named:
        yield words.say("digest_kinds", kinds=", ".join(named) + ("…" if len(kinds) > room.entries else ""))


def _unheard(report: Report, words: Words, room: _Room) -> Iterator[str]:
    clear = [unheard for unheard in report.unheard if unheard.is_clear]
    lines = [f"- {say_unheard(unheard, report, words, name=room.name)}" for unheard in clear[: room.entries]]
    funnel = report.funnel
    if funnel.invited:
        lines.insert(
            0,
            words.say(
                "digest_funnel",
                returned=words.number(funnel.returned),
                invited=words.number(funnel.invited),
                reached=words.number(funnel.reached),
                submitted=words.number(funnel.submitted),
            ),
        )
    yield from _section(words.say("digest_unheard"), lines)


def say_unheard(unheard: UnheardFigure, report: Report, words: Words, *, name: int) -> str:
    """Return how two groups answered that should answer alike, each with its base."""
    names = {unit.code: unit.name for unit in report.units}
    kind = unheard.kind if f"unheard_{unheard.kind}" in words.texts else "units"
    return words.say(
        f"unheard_{kind}",
        first=shorten(names.get(unheard.first, unheard.first), name),
        second=shorten(names.get(unheard.second, unheard.second), name),
        first_pct=words.percent(unheard.first_pct),
        second_pct=words.percent(unheard.second_pct),
        first_n=words.number(unheard.first_n),
        second_n=words.number(unheard.second_n),
    )


def _method(report: Report, words: Words) -> Iterator[str]:
    yield ""
    text = words.say(
        "digest_method", method=words.name_of("method", report.method), n=words.number(report.responses)
    )
    if report.sampling_error_points is not None:
        text += words.say("digest_error", points=words.number(report.sampling_error_points))
    yield text + words.say("digest_minimum", minimum=report.min_group)
    if clean(report.digest):
        yield words.say("digest_seal", digest=clean(report.digest)[:12])
