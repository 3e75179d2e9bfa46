"""The words of the reports: the same in every language, all of them used, none missing, and numbers as each writes them."""

import re
import string
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reports.figures import GroupFigure
from reports.periods import parse_period
from reports.render_words import Words, clean, shorten
from tests.report_samples import LONG, full_report, load_texts

VI, EN = load_texts("vi"), load_texts("en")
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).resolve().parents[1] / "reports").glob("*.py"))
)
# Keys that are put together from a prefix and a code.
BUILT = re.compile(
    r"(period|group|method|kind|channel|outcome|side|step|measure|dates|complaints|column|sheet|table|unheard|chart|part_chat)_.+"
)


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    assert VI.keys() == EN.keys()
    assert {key: placeholders(text) for key, text in VI.items()} == {
        key: placeholders(text) for key, text in EN.items()
    }


def test_every_text_is_a_text():
    assert [key for key, text in {**VI, **EN}.items() if not isinstance(text, str)] == []


def test_no_text_is_left_over():
    unused = [key for key in VI if not re.search(rf"[\"']{key}[\"']", SOURCES) and not BUILT.fullmatch(key)]

    assert unused == []


def test_no_sentence_hides_in_the_code():
    vietnamese = re.compile(
        r"[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE
    )
    names = [
        path.name
        for path in (Path(__file__).resolve().parents[1] / "reports").glob("*.py")
        if path.name.startswith(("render", "charts", "workbook", "official"))
    ]
    outside = {
        name: [
            line
            for line in (Path(__file__).resolve().parents[1] / "reports" / name)
            .read_text(encoding="utf-8")
            .splitlines()
            if vietnamese.search(line) and "Nghị định" not in line
        ]
        for name in names
    }

    assert {name: lines for name, lines in outside.items() if lines} == {}


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (Decimal("81.75"), "81,75", "81.75"),
        (Decimal("81.745"), "81,75", "81.75"),
        (Decimal("1234.5"), "1.234,50", "1,234.50"),
        (1209, "1.209", "1,209"),
        (0, "0", "0"),
    ],
)
def test_numbers_have_the_marks_of_the_language(value, vietnamese, english):
    assert Words(VI).number(value) == vietnamese
    assert Words(EN).number(value) == english


def test_results_have_two_decimals_and_targets_only_those_they_need():
    words = Words(VI)

    assert (words.percent(Decimal(80)), words.short(Decimal("85.00"))) == ("80,00%", "85%")
    assert (words.short(Decimal("8.16")), words.short(Decimal("2.50")), words.short(Decimal(100))) == (
        "8,16%",
        "2,5%",
        "100%",
    )


def test_differences_have_a_sign():
    words = Words(VI)

    assert [words.points(Decimal(value)) for value in ("3.66", "-1.2", "0")] == ["+3,66", "−1,20", "±0,00"]


def test_no_value_no_data_and_hidden_are_three_things():
    words = Words(VI)

    assert words.percent(None) == "—"
    assert words.mark(None, n=0) == "chưa có dữ liệu"
    assert words.mark(None, n=3, is_hidden=True) == "ít phiếu, không nêu"
    assert words.mark(Decimal(0), n=9) == "0,00%"


@pytest.mark.parametrize(
    ("name", "title", "sentence"),
    [
        ("2026-Q3", "Quý III/2026", "quý III năm 2026"),
        ("2026-H1", "6 tháng đầu năm 2026", "6 tháng đầu năm 2026"),
        ("2026-H2", "6 tháng cuối năm 2026", "6 tháng cuối năm 2026"),
        ("2026", "Năm 2026", "năm 2026"),
    ],
)
def test_periods_are_called_as_offices_call_them(name, title, sentence):
    period = parse_period(name, "administrative")

    assert Words(VI).period(period) == title
    assert Words(VI).period(period, "long") == sentence


def test_days_are_written_with_both_digits():
    assert Words(VI).day(date(2026, 2, 5)) == "05/02/2026"


def test_names_are_composed_shown_on_one_line_and_cut_between_words():
    assert clean("Sở\u0301\u200b\n Công\x00  Thương\u202e") == "Sở\u0301 Công Thương"
    assert shorten(LONG, 40) == "Phòng Quản lý công nghiệp, năng lượng…"
    assert len(shorten("x" * 300, 50)) == 50


def test_a_channel_or_kind_the_texts_do_not_know_is_called_by_its_code():
    words = Words(VI)

    assert words.name_of("kind", "extra_fee") == "khoản phí ngoài quy định"
    assert words.name_of("kind", "parking") == "parking"


def test_texts_are_never_filled_twice():
    unit = replace(full_report().units[3], name="{digest} %s {0}")

    assert isinstance(unit, GroupFigure)
    assert "{digest}" in Words(VI).say(
        "digest_unit", name=unit.name, coverage="", responses="", transactions="", mark=""
    )
