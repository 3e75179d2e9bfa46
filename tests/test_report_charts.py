"""The pictures: for phones, the same bytes each time, nothing cut off, and honest when there is nothing to draw."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from reports.charts import CHARTS, describe_chart, render_charts
from reports.render_canvas import drawable, measure, wrap
from tests.report_samples import LONG, empty_report, full_report, large_report, load_texts, unit_report

VI, EN = load_texts("vi"), load_texts("en")
BUILDS = [full_report, empty_report, large_report, unit_report]
MARGIN = 20  # pixels at every side that stay white
TALLEST = 2_100  # chats shrink what is taller until it cannot be read


def open_picture(content):
    return Image.open(BytesIO(content)).convert("RGB")


@pytest.mark.parametrize(("build", "texts"), [*((build, VI) for build in BUILDS), (full_report, EN)])
def test_every_picture_is_1080_wide_and_nothing_touches_its_edge(build, texts):
    for name, content in render_charts(build(), texts).items():
        picture = open_picture(content)
        width, height = picture.size
        inner = picture.crop((MARGIN, MARGIN, width - MARGIN, height - MARGIN))
        blank = Image.new("RGB", picture.size, "white")
        blank.paste(inner, (MARGIN, MARGIN))

        assert width == 1080, name
        assert height <= TALLEST, name
        assert picture.tobytes() == blank.tobytes(), f"{name}: something is cut off"


def test_the_same_report_gives_the_same_bytes_and_they_hold_no_time():
    first, second = render_charts(full_report(), VI), render_charts(full_report(), VI)

    assert first == second
    for content in first.values():
        assert not {"Software", "Creation Time", "date"} & Image.open(BytesIO(content)).info.keys()


def test_an_empty_quarter_has_pictures_that_say_so():
    empty = render_charts(empty_report(), VI)

    assert {name: open_picture(content).height for name, content in empty.items()} == dict.fromkeys(
        CHARTS, 526
    )
    assert describe_chart("trend", empty_report(), VI) == "Biểu đồ đường: Quý III/2026 chưa có dữ liệu."


def test_what_misses_its_target_is_hatched_and_not_only_coloured():
    report = full_report()
    missed = replace(report.criteria[0], met=False)
    reached = replace(report.criteria[0], met=True)
    orange, white = (213, 94, 0), (255, 255, 255)

    pictures = [
        open_picture(render_charts(replace(report, criteria=(one,)), VI)["criteria"])
        for one in (missed, reached)
    ]
    bars = [picture.crop((480, 362, 640, 390)) for picture in pictures]
    colours = [{colour: count for count, colour in bar.getcolors(10_000)} for bar in bars]

    assert colours[0].get(orange, 0) > 1000
    assert colours[0].get(white, 0) > 50
    assert orange not in colours[1]
    assert white not in colours[1]


def test_a_hidden_unit_has_no_bar():
    report = full_report()
    shown = replace(report, units=(replace(report.units[3], is_hidden=False, satisfaction_pct=Decimal(60)),))
    sky = (86, 180, 233)

    pictures = [
        open_picture(render_charts(one, VI)["units"])
        for one in (replace(report, units=(report.units[3],)), shown)
    ]

    assert [sky in {colour for _, colour in picture.getcolors(100_000)} for picture in pictures] == [
        False,
        True,
    ]


def test_a_picture_is_told_to_those_who_do_not_see_it():
    told = describe_chart("criteria", full_report(), VI)

    assert "Tiếp cận dịch vụ 70,69%" in told
    assert "mục tiêu" in told
    assert "Trung tâm Khuyến công: phiếu 2,5%, hài lòng ít phiếu, không nêu" in describe_chart(
        "units", full_report(), VI
    )


def test_long_names_are_wrapped_and_end_in_an_ellipsis():
    lines = wrap(LONG, 30, 400, lines=2)

    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(measure(line, 30) <= 400 for line in lines)
    assert wrap("x" * 300, 30, 400, lines=1)[0].endswith("…")
    assert wrap("Ngắn", 30, 400, lines=2) == ["Ngắn"]


def test_the_font_has_every_vietnamese_letter_and_a_sign_for_others():
    vowels = "aăâeêioôơuưy"
    tones = "\u0300\u0309\u0303\u0301\u0323"
    letters = "".join(vowel + tone for vowel in vowels + vowels.upper() for tone in ("", *tones)) + "đĐ"

    assert "\ufffd" not in drawable(letters)
    assert "\ufffd" not in drawable(letters, is_bold=True)
    assert drawable("Sở 工 $x^2$") == "Sở \ufffd $x^2$"


def test_names_with_dollars_and_backslashes_are_drawn_as_they_are():
    report = full_report()
    odd = replace(report.units[0], name=r"Phòng $\frac{1}{0}$ \n %s {x}")

    assert render_charts(replace(report, units=(odd,)), VI)["units"]
