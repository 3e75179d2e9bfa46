"""The digest as a chat message: it always fits, its first line says it all, and it claims no more than the figures."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.render_digest import LIMIT, render_digest
from tests.report_samples import empty_report, full_report, large_report, load_texts, unit_report

VI, EN = load_texts("vi"), load_texts("en")
names = st.text(min_size=1, max_size=200)


def size(text):
    return len(text.encode("utf-16-le")) // 2


def test_the_first_line_says_it_all():
    first = render_digest(full_report(), VI).splitlines()[0]

    assert first == "Quý III/2026: hài lòng 81,75% (chưa đạt 85%), 180 phiếu/1.200 hồ sơ (15%)"


def test_a_target_that_was_reached_is_said_too():
    report = full_report()
    reached = replace(report, overall=replace(report.overall, satisfaction_pct=Decimal("85.00"), met=True))

    assert "hài lòng 85,00% (đạt 85%)" in render_digest(reached, VI).splitlines()[0]


def test_an_empty_quarter_says_so_and_has_no_index():
    text = render_digest(empty_report(), VI)

    assert text.splitlines()[0] == "Quý III/2026: hài lòng chưa có dữ liệu, 0 phiếu/0 hồ sơ"
    assert "0,00%" not in text
    assert "Phản ánh: không có trong kỳ." in text


def test_a_difference_inside_the_error_is_not_called_a_change():
    text = render_digest(full_report(), VI)

    assert "So với kỳ trước: chưa thấy thay đổi rõ (+1,20 điểm phần trăm" in text
    assert "Tiếp cận dịch vụ: 70,69% (chưa đạt 85%; n = 180)\n" in text
    assert "giảm 6,10 điểm phần trăm" in text


def test_a_clear_change_is_called_up_or_down():
    report = full_report()
    clear = replace(report.overall, change_points=Decimal("-4.50"), change_is_clear=True)

    assert "So với kỳ trước: giảm 4,50 điểm phần trăm." in render_digest(replace(report, overall=clear), VI)


def test_a_hidden_unit_shows_its_forms_and_not_its_mark():
    text = render_digest(full_report(), VI)

    assert "Trung tâm Khuyến công: 2,5% (3/120), hài lòng: ít phiếu, không nêu" in text


def test_it_says_who_was_not_heard_the_complaints_the_method_and_n():
    text = render_digest(full_report(), VI)

    assert "Hồ sơ trễ hẹn trả lời 8,10% (n = 111), đúng hẹn 15,90% (n = 1.069)" in text
    assert "Phản ánh: nhận 12, giải quyết 9 (đúng hạn 75%), đang mở 3, quá hạn 1." in text
    assert (
        "hai mức tốt nhất, trung bình cộng các tiêu chí; n = 180 phiếu, sai số ±6,73 điểm phần trăm" in text
    )


def test_groups_whose_answer_rates_may_be_alike_are_not_named():
    report = full_report()
    unclear = tuple(replace(unheard, is_clear=False) for unheard in report.unheard)

    assert "trễ hẹn trả lời" not in render_digest(replace(report, unheard=unclear), VI)


def test_a_corrected_report_says_which_correction_it_is():
    assert "(bản điều chỉnh lần 1, phiên bản 2)" in render_digest(replace(full_report(), version=2), VI)


@pytest.mark.parametrize("build", [full_report, empty_report, large_report, unit_report])
@pytest.mark.parametrize("texts", [VI, EN])
def test_it_fits_into_a_message(build, texts):
    assert size(render_digest(build(), texts)) <= LIMIT


def test_figures_survive_when_names_are_cut():
    text = render_digest(large_report(), VI)

    assert "70,69% (chưa đạt 85%; n = 180)" in text
    assert "82,16% (chưa đạt 85%; n = 12)" in text
    assert "và 3" in text  # 35 or more other units


@settings(max_examples=60, deadline=None)
@given(
    department=names,
    unit_names=st.lists(names, min_size=1, max_size=40),
    criterion_names=st.lists(names, min_size=6, max_size=6),
    kinds=st.dictionaries(names, st.integers(0, 10**9), max_size=12),
)
def test_it_fits_whatever_the_names(department, unit_names, criterion_names, kinds):
    report = full_report()
    units = tuple(replace(report.units[1], code=f"U{n}", name=name) for n, name in enumerate(unit_names))
    criteria = tuple(
        replace(criterion, name=name)
        for criterion, name in zip(report.criteria, criterion_names, strict=True)
    )
    complaints = replace(report.complaints, by_kind=kinds)

    text = render_digest(
        replace(report, department=department, units=units, criteria=criteria, complaints=complaints), VI
    )

    assert size(text) <= LIMIT
    assert "81,75%" in text.splitlines()[0]
    assert not set(text) & {"\x00", "\u202e", "\r"}


def test_a_hundred_criteria_are_cut_at_a_line():
    report = full_report()
    many = tuple(replace(report.criteria[0], number=n) for n in range(1, 101))

    text = render_digest(replace(report, criteria=many), VI)

    assert size(text) <= LIMIT
    assert text.endswith("\n…")
