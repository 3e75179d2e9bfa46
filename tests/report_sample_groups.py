"""What the made-up quarter of report_samples says of funnels by group and of dossiers that had to be supplemented."""

from decimal import Decimal

from reports.figures import FunnelFigure, GroupFunnel, SupplementFigure

FUNNELS = tuple(
    GroupFunnel(
        kind=kind,
        code=code,
        name=name,
        funnel=FunnelFigure(
            returned=returned,
            invited=returned,
            reached=returned * 6 // 10,
            started=returned * 2 // 10,
            submitted=returned * 15 // 100,
        ),
    )
    for kind, code, name, returned in (
        ("units", "QLTM", "Phòng Quản lý thương mại", 400),
        ("units", "QLCN", "Phòng Quản lý công nghiệp", 800),
        ("outcomes", "granted", "granted", 1000),
        ("outcomes", "unknown", "unknown", 200),
        ("channels", "zalo", "zalo", 700),
        ("channels", "unknown", "unknown", 500),
    )
)
SUPPLEMENTS = (
    SupplementFigure(
        code="9.000020",
        name="Thủ tục mẫu nhỏ",
        n=10,
        supplemented=9,
        share_pct=Decimal("90.00"),
        asked_n=None,
        asked=None,
    ),
    SupplementFigure(
        code="9.000001",
        name="Thủ tục mẫu phải bổ sung",
        n=400,
        supplemented=60,
        share_pct=Decimal("15.00"),
        asked_n=44,
        asked=7,
    ),
)
