"""Building blocks of an official Word file as Nghị định 30/2020/NĐ-CP, Phụ lục I wants it. What is said is for others.

Native styles, tables and fields, so that whoever drafts the report can go on in Word.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor, Twips
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

from reports.render_archive import rebuild_zip
from reports.render_cells import Column, Table
from reports.render_words import Words, clean

TEXT_WIDTH = 165  # mm: A4 less 30 on the left and 15 on the right
FONT = "Times New Roman"
_BODY = 14
_TABLE = 11
_KEPT_TOGETHER = 12  # a table of so few rows is not spread over two pages
_LONG_WORD = 40  # letters; a justified line with such a word has holes
_XML = Any  # an element of lxml, which ships no types

CENTER, LEFT, RIGHT, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


class Paper:
    """A Word file that is being written from top to bottom."""

    def __init__(self, words: Words, *, title: str, subject: str, on: date) -> None:
        self.words = words
        self.document = Document()
        _set_page(self.document.sections[0])
        _number_pages(self.document.sections[0])
        _set_styles(self.document, words.say("language_code"))
        properties = self.document.core_properties
        properties.title, properties.subject = clean(title)[:250], clean(subject)[:250]
        properties.language = words.say("language_code")
        properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
        properties.created = properties.modified = datetime(on.year, on.month, on.day, tzinfo=UTC)

    def heading(self, text: str, level: int = 1) -> None:
        """Write a heading that Word knows as one."""
        self.document.add_paragraph(clean(text), style=f"Heading {level}")

    def say(self, text: str, *, is_italic: bool = False, is_draft: bool = False) -> Paragraph:
        """Write a paragraph; one that is a draft says so."""
        paragraph = self.document.add_paragraph(style="Body Text")
        paragraph.add_run(clean(text)).italic = is_italic
        if any(len(word) > _LONG_WORD for word in text.split()):
            paragraph.alignment = LEFT
        if is_draft:
            mark_draft(paragraph, self.words)
        return paragraph

    def caption(self, text: str, *, is_above: bool) -> None:
        """Write what a table or picture is called."""
        paragraph = self.document.add_paragraph(clean(text), style="Caption")
        paragraph.paragraph_format.keep_with_next = is_above

    def table(self, table: Table, *, size: float = _TABLE) -> None:
        """Write a table with its title; its first row comes again on every page, and no row is split."""
        self.caption(table.title, is_above=True)
        if table.rows:
            self._fill(table, size)
        else:
            self.say(self.words.say("table_empty"), is_italic=True)
        if table.note and table.rows:
            self.document.add_paragraph(clean(table.note), style="Note")

    def picture(self, png: bytes, *, title: str, described: str, width: float) -> None:
        """Place a picture with its title; `described` is read to people who do not see it."""
        paragraph = self.document.add_paragraph(style="Picture")
        shape = paragraph.add_run().add_picture(BytesIO(png), width=Mm(width))
        shape._inline.docPr.set("descr", clean(described)[:2000])
        shape._inline.docPr.set("title", clean(title)[:250])
        self.caption(title, is_above=False)

    def begin_annex(self) -> None:
        """Begin a new page whose pages are numbered from 1."""
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        start = OxmlElement("w:pgNumType")
        start.set(qn("w:start"), "1")
        for old in section._sectPr.findall(qn("w:pgNumType")):
            section._sectPr.remove(old)
        section._sectPr.insert_element_before(start, *_AFTER_NUMBERING)
        section.different_first_page_header_footer = True

    def centered(self, text: str, *, size: float = _BODY, style: str = "Normal", **looks: bool) -> Paragraph:
        """Write a centred line."""
        paragraph = self.document.add_paragraph(style=style)
        paragraph.alignment = CENTER
        add_run(paragraph, text, size=size, **looks)
        return paragraph

    def rule(self, width: float) -> None:
        """Draw a rule of so many millimetres across the middle of the text."""
        draw_rule(self.document.add_paragraph(), TEXT_WIDTH, width)

    def grid(self, widths: Sequence[float], rows: int) -> WordTable:
        """Return a table without lines, for what stands side by side."""
        table: WordTable = self.document.add_table(rows=rows, cols=len(widths))
        _fix_widths(table, widths)
        for row in table.rows:
            _keep_whole(row)
        return table

    def save(self) -> bytes:
        """Return the file; the same paper gives the same bytes."""
        file = BytesIO()
        self.document.save(file)
        return rebuild_zip(file.getvalue())

    def _fill(self, table: Table, size: float) -> None:
        drawn = self.document.add_table(rows=0, cols=len(table.columns), style="Table Grid")
        drawn.alignment = WD_TABLE_ALIGNMENT.CENTER
        total = sum(column.width for column in table.columns)
        widths = [TEXT_WIDTH * column.width / total for column in table.columns]
        header = drawn.add_row()
        repeat = OxmlElement("w:tblHeader")
        header._tr.get_or_add_trPr().append(repeat)
        for cell, column in zip(header.cells, table.columns, strict=True):
            heading = _fill_cell(cell, column.title, size, align=CENTER, is_bold=True)
            heading.paragraph_format.keep_with_next = True
            _shade(cell)
        is_kept = len(table.rows) <= _KEPT_TOGETHER
        for place, values in enumerate(table.rows, 1):
            is_last = place == len(table.rows)
            for cell, column, value in zip(drawn.add_row().cells, table.columns, values, strict=True):
                paragraph = _fill_cell(cell, self._shown(value, column), size, align=_align(value, column))
                if (is_kept and not is_last) or (is_last and table.note):
                    paragraph.paragraph_format.keep_with_next = True
        _fix_widths(drawn, widths)
        for row in drawn.rows:
            _keep_whole(row)
        _margins(drawn)

    def _shown(self, value: object, column: Column) -> str:
        match value:
            case str():
                return value
            case int():
                return self.words.number(value)
            case _ if column.kind == "points":
                return self.words.points(value)  # type: ignore[arg-type]  # a cell is text, an int or a Decimal
            case _:
                return self.words.number(value)  # type: ignore[arg-type]  # the same


def add_run(
    paragraph: Paragraph, text: str, *, size: float = _BODY, is_bold: bool = False, is_italic: bool = False
) -> None:
    """Write words at the end of a paragraph."""
    run = paragraph.add_run(clean(text) if text.strip() == text else text)
    run.font.size, run.bold, run.italic = Pt(size), is_bold, is_italic


def mark_draft(paragraph: Paragraph, words: Words) -> None:
    """Say behind a paragraph that a person has to look at it."""
    run = paragraph.add_run(" " + words.say("draft"))
    run.italic = True
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def draw_rule(paragraph: Paragraph, room: float, width: float) -> None:
    """Turn an empty paragraph into a rule in the middle of `room` millimetres."""
    layout = paragraph.paragraph_format
    layout.space_before, layout.space_after = Pt(3), Pt(0)
    layout.left_indent = layout.right_indent = Mm((room - width) / 2)
    layout.line_spacing = Pt(4)
    border = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    border.append(top)
    paragraph._p.get_or_add_pPr().insert_element_before(border, *_AFTER_BORDERS)


_AFTER_BORDERS = (
    "w:shd",
    "w:tabs",
    "w:suppressAutoHyphens",
    "w:spacing",
    "w:ind",
    "w:contextualSpacing",
    "w:jc",
    "w:rPr",
    "w:sectPr",
)
_AFTER_NUMBERING = ("w:cols", "w:vAlign", "w:noEndnote", "w:titlePg", "w:textDirection", "w:docGrid")


def _set_page(section: Section) -> None:
    section.page_width, section.page_height = Twips(11906), Twips(16838)  # A4
    section.top_margin = section.bottom_margin = Twips(1134)  # 20 mm
    section.left_margin, section.right_margin = Twips(1701), Twips(850)  # 30 mm, 15 mm
    section.header_distance = section.footer_distance = Mm(10)


def _number_pages(section: Section) -> None:
    """Number the pages in the middle of the top margin, from page 2 on."""
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = CENTER
    for kind in ("begin", "PAGE", "separate", "2", "end"):
        run = paragraph.add_run()
        run.font.size = Pt(_BODY)
        if kind == "2":  # what stands there until the field is computed
            run.text = kind
            continue
        part = OxmlElement("w:instrText" if kind == "PAGE" else "w:fldChar")
        if kind == "PAGE":
            part.text = kind
        else:
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)


_STYLES = (  # name, size, alignment, space before and after, bold, italic
    ("Normal", _BODY, LEFT, 0, 0, False, False),
    ("Body Text", _BODY, JUSTIFY, 6, 0, False, False),
    ("Heading 1", _BODY, JUSTIFY, 12, 6, True, False),
    ("Heading 2", _BODY, JUSTIFY, 6, 6, True, False),
    ("Title", _BODY, CENTER, 12, 0, True, False),
    ("Subtitle", _BODY, CENTER, 0, 0, True, False),
    ("Caption", 12, CENTER, 6, 4, True, False),
    ("Note", 11, JUSTIFY, 3, 8, False, True),
    ("Cell", 10, LEFT, 1, 1, False, False),
    ("Picture", _BODY, CENTER, 6, 0, False, False),
    ("Header", _BODY, CENTER, 0, 0, False, False),
)


def _set_styles(document: Any, language: str) -> None:  # docx.Document is a function; its class is not public
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    lang = defaults.find(qn("w:lang"))
    for name in ("val", "eastAsia"):
        lang.set(qn(f"w:{name}"), language)
    known = {style.name for style in document.styles}
    for name, size, align, before, after, is_bold, is_italic in _STYLES:
        style = (
            document.styles[name]
            if name in known
            else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        )
        for old in (style.element.rPr, style.element.pPr if name != "Normal" else None):
            if old is not None:
                _empty(old)
        _set_font(style, size, is_bold=is_bold, is_italic=is_italic)
        layout = style.paragraph_format
        layout.alignment, layout.space_before, layout.space_after = align, Pt(before), Pt(after)
        layout.line_spacing = 1.15 if name == "Body Text" else 1.0
        layout.widow_control = True
        layout.keep_with_next = name.startswith(("Heading", "Picture", "Title"))
        if name in {"Body Text", "Heading 1", "Heading 2"}:
            layout.first_line_indent = Mm(12.7)
        if name.startswith("Heading"):
            level = OxmlElement("w:outlineLvl")
            level.set(qn("w:val"), str(int(name[-1]) - 1))
            style.element.pPr.append(level)


def _set_font(style: Any, size: float, *, is_bold: bool, is_italic: bool) -> None:  # Any: as for the document
    style.font.name, style.font.size = FONT, Pt(size)
    style.font.bold, style.font.italic = is_bold, is_italic
    style.font.color.rgb = RGBColor(0, 0, 0)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        style.element.rPr.rFonts.set(qn(f"w:{script}"), FONT)


def _empty(properties: _XML) -> None:
    """Take away the look and the numbering that Word's own template gives a style."""
    for child in list(properties):
        properties.remove(child)


def _fix_widths(table: WordTable, widths: Sequence[float]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _keep_whole(row: _Row) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.insert(0, OxmlElement("w:cantSplit"))


def _margins(table: WordTable) -> None:
    """Leave a millimetre beside the words of a cell: columns are narrow."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        part = OxmlElement(f"w:{side}")
        part.set(qn("w:w"), "57")
        part.set(qn("w:type"), "dxa")
        margins.append(part)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")


def _shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "E7E6E6")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _fill_cell(
    cell: _Cell, text: str, size: float, *, align: WD_ALIGN_PARAGRAPH, is_bold: bool = False
) -> Paragraph:
    paragraph: Paragraph = cell.paragraphs[0]
    paragraph.style = "Cell"
    paragraph.alignment = align
    add_run(paragraph, text, size=size, is_bold=is_bold)
    return paragraph


def _align(value: object, column: Column) -> WD_ALIGN_PARAGRAPH:
    if column.kind == "text":
        return LEFT
    return CENTER if isinstance(value, str) else RIGHT
