"""The table of the funnels by unit, outcome and channel."""

from reports.figures import GroupFunnel, Report
from reports.funnels import STEPS
from reports.render_cells import Table, columns_of, share_of
from reports.render_words import Words, clean


def build_funnels(report: Report, words: Words, key: str) -> Table:
    """Return a row for each unit, outcome and channel."""
    return Table(
        key=key,
        title=words.say("table_funnels"),
        columns=columns_of(
            words,
            key,
            ("group", "text", 16),
            ("name", "text", 34),
            *((step, "number", 12) for step in STEPS),
            ("of_first", "number", 14),
        ),
        rows=tuple(
            (
                words.say(f"group_{one.kind}"),
                _name(one, words),
                *(getattr(one.funnel, step) for step in STEPS),
                share_of(one.funnel.submitted, one.funnel.returned, words),
            )
            for one in report.funnels
        ),
        note=words.say("note_funnels"),
    )


def _name(one: GroupFunnel, words: Words) -> str:
    return clean(one.name) if one.kind == "units" else words.name_of(one.kind.rstrip("s"), one.code)
