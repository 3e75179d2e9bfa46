"""Reports of a made-up department for the tests of rendering: a full quarter, an empty one, 40 units, one unit.

Codes and names are invented; the percentages of the six criteria are those of the published example (81,75 over all).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml

from reports.figures import (
    ComplaintsFigure,
    CriterionFigure,
    DatesFigure,
    FunnelFigure,
    GroupFigure,
    Interval,
    OverallFigure,
    QuestionFigure,
    Report,
    TrendPoint,
    UnheardFigure,
)
from reports.periods import parse_period
from tests.report_sample_groups import FUNNELS, SUPPLEMENTS

TEXTS = Path(__file__).resolve().parents[1] / "reports" / "texts"
LONG = (
    "Phòng Quản lý công nghiệp, năng lượng, kỹ thuật an toàn, môi trường, khuyến công, xúc tiến thương mại "
    "và hội nhập kinh tế quốc tế phụ trách địa bàn các xã, phường phía bắc, phía nam và đặc khu Mẫu Thử"
)
CRITERIA = {  # id → name, questions, n, satisfaction, change in points, whether it is clear
    "access": ("Tiếp cận dịch vụ", ("3.2",), 180, "70.69", "-1.20", False),
    "reception": ("Điều kiện đón tiếp và phục vụ", ("3.6",), 141, "78.61", "0.40", False),
    "procedures": ("Thủ tục hành chính", ("3.4", "3.7", "3.8"), 538, "84.56", "5.31", True),
    "staff": ("Sự phục vụ của cán bộ, công chức", ("3.3",), 179, "89.23", "2.05", False),
    "results": ("Kết quả, tiến độ giải quyết công việc", ("3.5", "3.9"), 357, "85.25", "-6.10", True),
    "feedback": ("Tiếp nhận, xử lý thông tin phản hồi", (), 12, "82.16", None, False),
}
GOOD = ("Rất tốt", "Tốt", "Trung bình", "Kém", "Rất kém")
QUESTIONS = {
    "3.1": (
        "Cách tìm hiểu thông tin",
        (
            "Qua phương tiện thông tin đại chúng (báo, đài, mạng điện tử...)",
            "Đọc bảng niêm yết tại nơi tiếp nhận hồ sơ",
            "Nhờ người quen hướng dẫn",
            "Qua công chức tiếp nhận hướng dẫn",
            "Hình thức khác",
        ),
        (41, 30, 22, 80, 7),
        None,
    ),
    "3.2": ("Hướng dẫn, niêm yết thông tin", GOOD, (60, 67, 35, 12, 6), "70.69"),
    "3.3": ("Thái độ phục vụ", GOOD, (100, 60, 12, 5, 2), "89.23"),
    "3.4": (
        "Hồ sơ, giấy tờ, biểu mẫu",
        ("Rất gọn", "Gọn", "Trung bình", "Rườm rà", "Rất rườm rà"),
        (50, 61, 40, 20, 9),
        "61.67",
    ),
    "3.5": (
        "Thời gian giải quyết",
        ("Rất nhanh", "Nhanh", "Trung bình", "Chậm", "Rất chậm"),
        (55, 90, 20, 10, 3),
        "81.46",
    ),
    "3.6": ("Thiết bị phục vụ", GOOD, (41, 70, 21, 6, 3), "78.72"),
    "3.7": ("Bổ sung giấy tờ ngoài quy định", ("Có", "Không"), (9, 170), "94.97"),
    "3.8": ("Trả thêm khoản phí ngoài quy định", ("Có", "Không"), (2, 177), "98.88"),
    "3.9": ("So với ngày hẹn", ("Trước hẹn", "Đúng hẹn", "Trễ hẹn"), (31, 130, 18), "89.94"),
}
GENERAL = (
    "Đánh giá chung",
    ("Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Rất không hài lòng"),
    (66, 78, 24, 9, 3),
    "80.00",
)


def load_texts(language: str = "vi") -> Mapping[str, str]:
    """Return the texts of the reports in a language."""
    table: Mapping[str, str] = yaml.safe_load((TEXTS / f"{language}.yaml").read_text(encoding="utf-8"))
    return table


def interval(middle: str | None, width: str = "4.50") -> Interval | None:
    """Return an interval around a percentage, inside 0 to 100."""
    if middle is None:
        return None
    low, high = Decimal(middle) - Decimal(width), Decimal(middle) + Decimal(width)
    return Interval(low=max(low, Decimal("0.00")), high=min(high, Decimal("100.00")))


def build_criterion(number: int, name: str) -> CriterionFigure:
    """Return one of the six criteria."""
    title, questions, n, mark, change, is_clear = CRITERIA[name]
    return CriterionFigure(
        id=name,
        number=number,
        name=title,
        questions=questions,
        n=n,
        satisfaction_pct=Decimal(mark),
        interval=interval(mark, "24.20" if n < 30 else "5.10"),
        target_pct=Decimal("85.00"),
        met=Decimal(mark) >= 85,
        change_points=None if change is None else Decimal(change),
        change_is_clear=is_clear,
        last_year_points=None if change is None else Decimal("3.66"),
    )


def build_question(
    name: str, shape: tuple[str, tuple[str, ...], tuple[int, ...], str | None]
) -> QuestionFigure:
    """Return a question with its answers."""
    subject, labels, counts, mark = shape
    return QuestionFigure(
        id=name,
        subject=subject,
        labels=labels,
        n=sum(counts),
        counts=counts,
        satisfied_pct=None if mark is None else Decimal(mark),
        interval=interval(mark),
    )


def build_group(
    code: str, name: str, *, transactions: int | None, responses: int, mark: str | None
) -> GroupFigure:
    """Return a unit, procedure, channel or outcome; fewer than five responses hide its mark."""
    coverage = None
    if transactions:
        coverage = (Decimal(100 * responses) / transactions).quantize(Decimal("0.01"))
    is_hidden = 0 < responses < 5
    return GroupFigure(
        code=code,
        name=name,
        transactions=transactions,
        responses=responses,
        coverage_pct=coverage,
        quota_met=None if coverage is None else coverage >= 10,
        sampling_error_points=Decimal("9.80") if responses >= 5 else None,
        satisfaction_pct=None if mark is None or is_hidden else Decimal(mark),
        criteria_measured=6 if mark and not is_hidden else 0,
        is_hidden=is_hidden,
    )


def full_report() -> Report:
    """Return a quarter with everything in it: marks met and not met, a hidden unit, a procedure without answers."""
    return Report(
        period=parse_period("2026-Q3", "administrative"),
        department="Sở Công Thương",
        authority="UBND tỉnh Mẫu Thử",
        place="Mẫu Thử",
        method="top2",
        quota_pct=Decimal("10.00"),
        min_group=5,
        transactions=1200,
        responses=180,
        coverage_pct=Decimal("15.00"),
        quota_met=True,
        sampling_error_points=Decimal("6.73"),
        overall=OverallFigure(
            satisfaction_pct=Decimal("81.75"),
            criteria_measured=6,
            criteria_total=6,
            target_pct=Decimal("85.00"),
            met=False,
            interval=Interval(low=Decimal("79.10"), high=Decimal("84.20")),
            change_points=Decimal("1.20"),
            last_year_points=Decimal("3.66"),
            weighted_pct=Decimal("80.41"),
        ),
        overall_question=build_question("3.10", GENERAL),
        funnel=FunnelFigure(returned=1200, invited=1180, reached=700, started=240, submitted=168),
        criteria=tuple(build_criterion(number, name) for number, name in enumerate(CRITERIA, 1)),
        questions=tuple(build_question(name, shape) for name, shape in QUESTIONS.items()),
        units=(
            build_group("QLTM", "Phòng Quản lý thương mại", transactions=400, responses=96, mark="80.00"),
            build_group("QLCN", "Phòng Quản lý công nghiệp", transactions=380, responses=31, mark="76.40"),
            build_group("QLNL", "Phòng Quản lý năng lượng", transactions=300, responses=50, mark="88.12"),
            build_group("TTKC", "Trung tâm Khuyến công", transactions=120, responses=3, mark="60.00"),
        ),
        procedures=(
            build_group(
                "9.000001", "Cấp giấy chứng nhận mẫu thứ nhất", transactions=700, responses=120, mark="84.10"
            ),
            build_group(
                "9.000002",
                "Cấp lại giấy chứng nhận mẫu thứ hai",
                transactions=450,
                responses=60,
                mark="77.25",
            ),
            build_group(
                "9.000003", "Thông báo hoạt động mẫu thứ ba", transactions=50, responses=0, mark=None
            ),
        ),
        channels=(
            build_group("telegram", "telegram", transactions=None, responses=60, mark="82.00"),
            build_group("web", "web", transactions=None, responses=108, mark="81.20"),
            build_group("paper", "paper", transactions=None, responses=12, mark="92.50"),
        ),
        outcomes=(
            build_group("granted", "granted", transactions=1100, responses=170, mark="82.90"),
            build_group("refused", "refused", transactions=100, responses=10, mark="55.00"),
        ),
        unheard=(
            UnheardFigure(
                kind="late_on_time",
                first="late",
                second="on_time",
                first_pct=Decimal("8.10"),
                second_pct=Decimal("15.90"),
                first_n=111,
                second_n=1069,
                is_clear=True,
            ),
            UnheardFigure(
                kind="units",
                first="TTKC",
                second="QLTM",
                first_pct=Decimal("2.50"),
                second_pct=Decimal("24.00"),
                first_n=120,
                second_n=400,
                is_clear=True,
            ),
        ),
        dates=DatesFigure(compared=170, agree=158, said_late_was_on_time=8, said_on_time_was_late=4),
        complaints=ComplaintsFigure(
            received=12,
            resolved=9,
            resolved_in_time_pct=Decimal("75.00"),
            confirmed=6,
            partly=1,
            reopened=1,
            open=3,
            overdue=1,
            promises=4,
            promises_kept=3,
            apologised=2,
            by_kind={"late": 5, "attitude": 3, "extra_papers": 2, "extra_fee": 1, "comment": 1},
        ),
        trend=tuple(
            TrendPoint(period=name, satisfaction_pct=None if mark is None else Decimal(mark), n=n)
            for name, mark, n in (
                ("2025-Q2", "76.30", 90),
                ("2025-Q3", "78.09", 122),
                ("2025-Q4", None, 0),
                ("2026-Q1", "79.95", 140),
                ("2026-Q2", "80.55", 171),
                ("2026-Q3", "81.75", 180),
            )
        ),
        late_returned=111,
        funnels=FUNNELS,
        supplements=SUPPLEMENTS,
        frozen_on=date(2026, 9, 15),
        digest="5f" * 32,
    )


def unasked(question: QuestionFigure) -> QuestionFigure:
    """Return a question that nobody answered."""
    return replace(question, n=0, counts=None, satisfied_pct=None, interval=None)


def empty_report() -> Report:
    """Return a quarter in which nobody was asked and nothing was returned."""
    full = full_report()
    return replace(
        full,
        transactions=0,
        responses=0,
        coverage_pct=None,
        quota_met=None,
        sampling_error_points=None,
        overall=OverallFigure(
            satisfaction_pct=None,
            criteria_measured=0,
            criteria_total=6,
            target_pct=Decimal("85.00"),
            met=None,
            interval=None,
            change_points=None,
        ),
        overall_question=unasked(full.overall_question),
        funnel=FunnelFigure(returned=0, invited=0, reached=0, started=0, submitted=0),
        criteria=tuple(
            replace(
                criterion,
                n=0,
                satisfaction_pct=None,
                interval=None,
                met=None,
                change_points=None,
                change_is_clear=False,
                last_year_points=None,
            )
            for criterion in full.criteria
        ),
        questions=tuple(unasked(question) for question in full.questions),
        units=tuple(build_group(u.code, u.name, transactions=0, responses=0, mark=None) for u in full.units),
        procedures=(),
        channels=(),
        outcomes=(),
        unheard=(),
        dates=DatesFigure(compared=0, agree=0, said_late_was_on_time=0, said_on_time_was_late=0),
        complaints=ComplaintsFigure(
            received=0,
            resolved=0,
            resolved_in_time_pct=None,
            confirmed=0,
            partly=0,
            reopened=0,
            open=0,
            overdue=0,
            promises=0,
            promises_kept=0,
        ),
        trend=(TrendPoint(period="2026-Q3", satisfaction_pct=None, n=0),),
        late_returned=0,
        funnels=(),
        supplements=(),
        frozen_on=None,
        digest="",
    )


def large_report() -> Report:
    """Return a quarter with 40 units, most of them under the quota, all with the longest names."""
    units = tuple(
        build_group(
            f"DV{number:02d}",
            f"{number:02d} {LONG}"[:200],
            transactions=40 * number,
            responses=number * number // 16,
            mark=f"{60 + number % 40}.25" if number > 3 else None,
        )
        for number in range(1, 41)
    )
    full = full_report()
    procedures = tuple(replace(unit, code=f"9.{n:06d}") for n, unit in enumerate(units * 3))
    return replace(
        full,
        department=f"Sở Công Thương {LONG}"[:200],
        authority=f"Ủy ban nhân dân {LONG}"[:200],
        units=units,
        procedures=procedures,
        criteria=tuple(
            replace(criterion, name=f"{criterion.name} {LONG}"[:200]) for criterion in full.criteria
        ),
        version=2,
    )


def unit_report() -> Report:
    """Return the quarter of one unit."""
    full = full_report()
    unit = full.units[1]
    return replace(
        full,
        unit=unit.code,
        units=(unit,),
        transactions=380,
        responses=31,
        coverage_pct=unit.coverage_pct,
        quota_met=False,
        sampling_error_points=Decimal("16.88"),
        trend=(),
    )
