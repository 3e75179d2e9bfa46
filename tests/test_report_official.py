"""The official report: opened again by python-docx, its layout is Nghị định 30/2020's, its drafts are marked."""

import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Twips

from reports.charts import render_charts
from reports.official import render_official
from tests.report_samples import LONG, empty_report, full_report, large_report, load_texts, unit_report

VI, EN = load_texts("vi"), load_texts("en")
FULL = full_report()
PICTURES = render_charts(FULL, VI)
DRAFT = "(Dự thảo – người soạn xem lại)"


RENDERED = render_official(FULL, VI, PICTURES)


def open_paper(report=FULL, texts=VI):
    is_rendered = report is FULL and texts is VI
    return Document(BytesIO(RENDERED if is_rendered else render_official(report, texts, PICTURES)))


def texts_of(paper):
    return [paragraph.text for paragraph in paper.paragraphs]


def cells_of(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def headings_of(paper, level=1):
    return [p.text for p in paper.paragraphs if p.style.name == f"Heading {level}"]


# -- the page


def test_the_page_is_a4_with_the_margins_of_the_decree():
    for section in open_paper().sections:
        assert (section.page_width, section.page_height) == (Twips(11906), Twips(16838))
        assert (section.top_margin, section.bottom_margin) == (Twips(1134), Twips(1134))
        assert (section.left_margin, section.right_margin) == (Twips(1701), Twips(850))


def test_page_numbers_stand_in_the_middle_of_the_top_and_not_on_the_first_page():
    sections = open_paper().sections

    for section in sections:
        assert section.different_first_page_header_footer
        assert section.first_page_header.paragraphs[0].text == ""
    header = sections[0].header.paragraphs[0]
    assert header.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert "PAGE" in header._p.xml


def test_everything_is_in_times_new_roman_and_in_vietnamese():
    paper = open_paper()
    languages = [element.get(qn("w:val")) for element in paper.styles.element.iter(qn("w:lang"))]

    assert languages[0] == "vi-VN"
    for name in ("Normal", "Body Text", "Heading 1", "Heading 2", "Title", "Subtitle", "Caption", "Header"):
        style = paper.styles[name]
        assert style.font.name == "Times New Roman", name
        assert 11 <= style.font.size.pt <= 14, name
        assert str(style.font.color.rgb) == "000000", name


def test_its_properties_name_the_report_and_no_author():
    properties = open_paper().core_properties

    assert properties.title.startswith("BÁO CÁO. Kết quả khảo sát sự hài lòng")
    assert properties.language == "vi-VN"
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")


# -- the head and the end


def test_the_head_has_both_names_and_leaves_number_and_day_to_fill():
    head = cells_of(open_paper().tables[0])

    assert head[0][0].split("\n")[:2] == ["UBND TỈNH MẪU THỬ", "SỞ CÔNG THƯƠNG"]
    assert head[0][1].split("\n")[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert head[1] == ["Số: ……/BC-…", "Mẫu Thử, ngày … tháng … năm 2026"]


def test_only_the_issuing_body_is_bold_and_both_rules_are_there():
    cells = open_paper().tables[0].rows[0].cells
    above, issuer, rule = cells[0].paragraphs

    assert (above.runs[0].bold, issuer.runs[0].bold) == (False, True)
    assert "w:pBdr" in rule._p.xml
    assert "w:pBdr" in cells[1].paragraphs[-1]._p.xml


def test_without_an_authority_the_department_stands_alone():
    head = cells_of(open_paper(replace(FULL, authority="", place="")).tables[0])

    assert head[0][0].split("\n")[0] == "SỞ CÔNG THƯƠNG"
    assert head[1][1] == "……, ngày … tháng … năm 2026"


def test_a_report_on_the_last_quarter_of_a_calendar_year_is_dated_in_the_next():
    period = replace(FULL.period, last=FULL.period.last.replace(month=12, day=31))

    assert cells_of(open_paper(replace(FULL, period=period, frozen_on=None)).tables[0])[1][1].endswith(
        "năm 2027"
    )


def test_the_last_sentence_ends_as_offices_end_it_and_the_signature_is_free():
    paper = open_paper()
    end = next(table for table in paper.tables if "Nơi nhận:" in table.rows[0].cells[0].text)

    assert [text for text in texts_of(paper) if text.endswith("./.")]
    assert end.rows[0].cells[0].text.endswith("- Lưu: VT, VP.")
    assert end.rows[0].cells[1].text.startswith("GIÁM ĐỐC\n\n\n\n\n")


# -- the parts


def test_it_has_the_five_parts_and_the_annexes_as_headings():
    assert headings_of(open_paper()) == [
        "I. TÌNH HÌNH TỔ CHỨC KHẢO SÁT",
        "II. KẾT QUẢ KHẢO SÁT",
        "III. PHẢN ÁNH, KIẾN NGHỊ VÀ VIỆC XỬ LÝ",
        "IV. NHẬN XÉT, ĐÁNH GIÁ",
        "V. NHIỆM VỤ, GIẢI PHÁP KỲ TỚI",
        "Phụ lục I",
        "Phụ lục II",
        "Phụ lục III",
        "Phụ lục IV",
    ]


def test_each_annex_begins_a_page_and_counts_its_own():
    sections = open_paper().sections

    assert len(sections) == 5
    for section in list(sections)[1:]:
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"


def test_the_figures_stand_in_the_text_with_commas():
    text = "\n".join(texts_of(open_paper()))

    assert (
        "Chỉ số hài lòng chung là 81,75% (trung bình cộng 6/6 tiêu chí), chưa đạt so với mục tiêu 85%."
        in text
    )
    assert "180 phiếu trên 1.200 hồ sơ đã trả kết quả, đạt 15%" in text
    assert "Kết quả, tiến độ giải quyết công việc: giảm 6,10 điểm phần trăm so với kỳ trước." in text
    assert "Tiếp cận dịch vụ: giảm" not in text  # inside the error


def test_hints_are_backed_by_figures_and_marked_as_drafts():
    paper = open_paper()
    lines = texts_of(paper)
    part = lines[lines.index("IV. NHẬN XÉT, ĐÁNH GIÁ") : lines.index("V. NHIỆM VỤ, GIẢI PHÁP KỲ TỚI")]
    said = [line for line in part if line.startswith("- ")]

    assert said
    assert all(line.endswith(DRAFT) for line in said)
    assert any("Tiêu chí 1 (Tiếp cận dịch vụ) chưa đạt mục tiêu: 70,69% so với 85%" in line for line in said)
    assert any("2 đơn vị chưa đủ 10% phiếu: Trung tâm Khuyến công (2,5%)" in line for line in said)
    assert any("1 phản ánh quá hạn" in line for line in said)


def test_the_procedure_that_must_be_supplemented_most_is_a_hint_and_small_samples_are_not():
    texts = texts_of(open_paper())
    [hint] = [text for text in texts if "phải bổ sung” cao nhất" in text]

    assert "Thủ tục mẫu phải bổ sung (9.000001), 15,00% (60/400 hồ sơ). Ở câu 3.7, 7/44 phiếu" in hint
    assert hint.endswith(DRAFT)
    tasks = next(t for t in open_paper().tables if cells_of(t)[0][1] == "Nhiệm vụ, giải pháp")
    assert any("Rà soát thành phần hồ sơ" in row[1] for row in cells_of(tasks))


def test_a_small_sample_is_named_only_when_there_is_no_other_and_says_so():
    report = replace(FULL, supplements=FULL.supplements[:1])

    [hint] = [text for text in texts_of(open_paper(report)) if "phải bổ sung” cao nhất" in text]

    assert "90,00% (9/10 hồ sơ). (mẫu nhỏ, chỉ tham khảo)" in hint
    assert "3.7" not in hint


def test_apologies_that_are_due_are_counted_and_those_made_are_left_to_the_office():
    texts = texts_of(open_paper())

    assert "Số hồ sơ trả sau ngày hẹn, phải có văn bản xin lỗi: 111." in texts
    assert any("chưa có sổ ghi văn bản xin lỗi đã gửi" in text for text in texts)
    assert any("có 2 vụ cán bộ ghi là đã xin lỗi" in text for text in texts)
    assert not any("xin lỗi đã gửi" in text for text in texts_of(open_paper(empty_report())))


def test_a_hidden_unit_has_its_forms_and_no_mark():
    rows = [row for table in open_paper().tables for row in cells_of(table) if "Trung tâm Khuyến công" in row]

    counted = [row for row in rows if row[1:3] == ["120", "3"]]
    assert len(counted) == 2
    assert all(row[5] == "ít phiếu, không nêu" for row in counted)


def test_many_units_stand_in_the_annex_and_the_text_names_the_worst():
    lines = texts_of(open_paper(large_report()))

    assert "Kết quả của từng đơn vị ở Phụ lục II." in lines
    assert any(line.startswith("Đơn vị chưa đủ phiếu, ít nhất trước: 01 Phòng") for line in lines)


def test_a_correction_says_so_under_the_title():
    assert "(Bản điều chỉnh lần 1)" in texts_of(open_paper(replace(FULL, version=2)))


# -- tables and pictures


@pytest.mark.parametrize("build", [full_report, large_report])
def test_rows_are_never_split_and_headers_come_again(build):
    tables = [table for table in open_paper(build()).tables if table.style.name == "Table Grid"]

    assert tables
    for table in tables:
        first, *rest = table._tbl.tr_lst
        assert first.trPr.find(qn("w:tblHeader")) is not None
        assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in (first, *rest))


def test_tables_are_as_wide_as_the_text():
    for table in open_paper().tables:
        assert abs(sum(column.width for column in table.columns) - Mm(165)) < Mm(1)


def test_every_picture_is_told_to_those_who_do_not_see_it():
    paper = open_paper()
    told = [shape._inline.docPr.get("descr") for shape in paper.inline_shapes]

    assert len(told) == 4
    assert all(len(text) > 40 for text in told)


# -- other reports


def test_an_empty_quarter_is_a_short_report_that_says_so():
    paper = open_paper(empty_report())
    text = "\n".join(texts_of(paper))

    assert "chưa có phiếu nào, nên báo cáo này không có chỉ số" in text
    assert "0,00%" not in text
    assert headings_of(paper)[5:] == ["Phụ lục I"]


def test_a_unit_has_a_shorter_sheet_under_its_own_name():
    paper, whole = open_paper(unit_report()), open_paper()
    head = cells_of(paper.tables[0])

    assert head[0][0].split("\n")[:2] == ["SỞ CÔNG THƯƠNG", "PHÒNG QUẢN LÝ CÔNG NGHIỆP"]
    assert headings_of(paper)[5:] == ["Phụ lục I"]
    assert len(paper.tables) < len(whole.tables)
    assert "THỦ TRƯỞNG ĐƠN VỊ" in paper.tables[-1].rows[0].cells[1].text


def test_control_characters_and_braces_in_names_do_no_harm():
    odd = replace(FULL, department="Sở \x00{0}\u202e %s <b>&amp;", units=(replace(FULL.units[0], name=LONG),))

    assert "SỞ {0} %S <B>&AMP;" in cells_of(open_paper(odd).tables[0])[0][0]


def test_the_same_report_gives_the_same_bytes_without_a_time():
    assert render_official(FULL, VI, PICTURES) == RENDERED
    with zipfile.ZipFile(BytesIO(RENDERED)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_it_speaks_english_too():
    assert headings_of(open_paper(texts=EN))[0] == "I. HOW THE SURVEY WAS HELD"
