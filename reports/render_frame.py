"""The frame of an official report: its head with both names, its last sentence, receivers and signature.

Number, date and signature are left to the office.
"""

from datetime import date

from docx.shared import Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from reports.figures import Report
from reports.render_docx import CENTER, Paper, add_run, draw_rule
from reports.render_words import Words, clean, subject_of

_LEFT_CELL, _RIGHT_CELL = 66, 99  # mm
_LINE = "……"


def issuer_of(report: Report) -> tuple[str, str]:
    """Return the body above and the body that issues the report."""
    if report.unit:
        return clean(report.department), subject_of(report)
    return clean(report.authority), clean(report.department)


# --------------------------------------------------------------------------------- head and signature


def write_head(paper: Paper, report: Report, words: Words, issued: date) -> None:
    """Write both names with their rules, the number to fill in, place and date."""
    above, issuer = issuer_of(report)
    grid = paper.grid((_LEFT_CELL, _RIGHT_CELL), 2)
    left, right = grid.cell(0, 0), grid.cell(0, 1)
    if above:
        _cell_line(left, above.upper(), 12)
    _cell_line(left, issuer.upper(), 12, is_bold=True)
    draw_rule(left.add_paragraph(), _LEFT_CELL, 24)
    _cell_line(right, words.say("official_country"), 12, is_bold=True)
    _cell_line(right, words.say("official_motto"), 13, is_bold=True)
    draw_rule(right.add_paragraph(), _RIGHT_CELL, 58)
    place = clean(report.place) or _LINE
    for line in (
        _cell_line(grid.cell(1, 0), words.say("official_number"), 13),
        _cell_line(
            grid.cell(1, 1), words.say("official_place", place=place, year=issued.year), 13, is_italic=True
        ),
    ):
        line.paragraph_format.space_before = Pt(6)


def _cell_line(cell: _Cell, text: str, size: float, **looks: bool) -> Paragraph:
    """Write a centred line in a cell, in its first paragraph while that is empty."""
    first: Paragraph = cell.paragraphs[0]
    paragraph: Paragraph = cell.add_paragraph() if first.runs or len(cell.paragraphs) > 1 else first
    paragraph.alignment = CENTER
    add_run(paragraph, text, size=size, **looks)
    return paragraph


def write_end(paper: Paper, report: Report, words: Words) -> None:
    """Write the last sentence, who receives the report, and the place of the signature."""
    _, issuer = issuer_of(report)
    closing = words.say("official_end", name=issuer, period=words.period(report.period, "long"))
    last = paper.say(closing + "./.").paragraph_format
    last.space_before, last.keep_with_next = Pt(8), True
    grid = paper.grid((85, 80), 1)
    left, right = grid.cell(0, 0), grid.cell(0, 1)
    first = left.paragraphs[0]
    add_run(first, words.say("official_to"), size=12, is_bold=True, is_italic=True)
    above, issuer = issuer_of(report)
    key = "official_receivers_unit" if report.unit else "official_receivers"
    for line in words.say(key, above=above or _LINE, issuer=issuer).splitlines():
        add_run(left.add_paragraph(), line, size=11)
    for paragraph in left.paragraphs:
        paragraph.paragraph_format.keep_with_next = True
    _cell_line(
        right, words.say("official_signer_unit" if report.unit else "official_signer"), 14, is_bold=True
    )
    for _ in range(5):
        right.add_paragraph()
    _cell_line(right, words.say("official_signature"), 13, is_italic=True)
