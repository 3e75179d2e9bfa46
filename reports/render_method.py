"""How the figures came about, in sentences: for the annex, the workbook and the evidence pack."""

from collections.abc import Mapping

from reports.figures import Report
from reports.render_words import Words, clean, subject_of


def build_method(report: Report, words: Words) -> tuple[str, ...]:
    """Return the method as paragraphs: what was asked when, how marks are computed, what is hidden, and the seal."""
    first, last = words.day(report.period.first), words.day(report.period.last)
    lines = [
        words.say("method_window", period=words.period(report.period), first=first, last=last),
        words.say("method_asked"),
        words.say("method_consent"),
        words.say(f"method_rule_{report.method}")
        if f"method_rule_{report.method}" in words.texts
        else words.name_of("method", report.method),
        words.say("method_facts"),
        words.say("method_criteria", criteria=_criteria(report, words)),
        words.say(
            "method_overall", measured=report.overall.criteria_measured, total=report.overall.criteria_total
        ),
        words.say("method_interval"),
        words.say("method_quota", quota=words.short(report.quota_pct)),
        words.say("method_change"),
        words.say("method_hidden", minimum=report.min_group),
        words.say("method_weak"),
        words.say("method_rounding"),
    ]
    if report.overall.weighted_pct is not None:
        lines.append(words.say("method_weighted"))
    if report.version > 1:
        lines.append(words.say("method_version", number=report.version - 1, version=report.version))
    if report.frozen_on is not None:
        lines.append(words.say("method_frozen", day=words.day(report.frozen_on)))
    if clean(report.digest):
        lines.append(words.say("method_seal", digest=clean(report.digest)))
    return tuple(lines)


def render_method(report: Report, texts: Mapping[str, str]) -> str:
    """Return the method as a text of its own."""
    words = Words(texts)
    title = words.say("method_title", name=subject_of(report), period=words.period(report.period, "long"))
    return "\n".join([title, "", *(f"- {line}" for line in build_method(report, words)), ""])


def _criteria(report: Report, words: Words) -> str:
    return "; ".join(
        words.say("method_criterion", number=c.number, name=clean(c.name), questions=", ".join(c.questions))
        if c.questions
        else words.say("method_criterion_cases", number=c.number, name=clean(c.name))
        for c in report.criteria
    )
