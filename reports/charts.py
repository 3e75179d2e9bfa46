"""The pictures of a report, 1080 pixels wide for phones: criteria, trend, units, funnel.

What colour says is said by hatching and words as well. Without figures a picture says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.figures import CriterionFigure, GroupFigure, Report, TrendPoint
from reports.render_canvas import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    SKY,
    WIDTH,
    Canvas,
    measure,
    wrap,
)
from reports.render_words import Words, clean, shorten, subject_of

_EDGE = 48
_INNER = WIDTH - 2 * _EDGE
_TITLE, _LARGE, _BODY, _NOTE = 46, 34, 30, 26
_UNITS_SHOWN = 8  # more rows than these make a picture that chats shrink until nobody can read it
_POINTS_SHOWN = 8
_HUNDRED = Decimal(100)


def render_charts(report: Report, texts: Mapping[str, str]) -> Mapping[str, bytes]:
    """Return the pictures of a report as PNG, by the name of their file without its ending."""
    words = Words(texts)
    return {name: draw(report, words) for name, draw in CHARTS.items()}


def describe_chart(name: str, report: Report, texts: Mapping[str, str]) -> str:
    """Return what a picture shows, for people who do not see it."""
    words = Words(texts)
    rows = {
        "criteria": lambda: [
            words.say("chart_row_alt", name=c.name, mark=words.mark(c.satisfaction_pct, n=c.n))
            for c in report.criteria
        ],
        "trend": lambda: [
            words.say(
                "chart_row_alt",
                name=words.period_id(p.period, "title"),
                mark=words.mark(p.satisfaction_pct, n=p.n),
            )
            for p in report.trend
        ],
        "units": lambda: [
            words.say(
                "chart_units_row_alt",
                name=shorten(unit.name, 60),
                coverage=words.short(unit.coverage_pct),
                mark=words.mark(unit.satisfaction_pct, n=unit.responses, is_hidden=unit.is_hidden),
            )
            for unit in _units_shown(report)
        ],
        "funnel": lambda: [
            words.say("chart_row_alt", name=words.say(f"step_{step}"), mark=words.number(count))
            for step, count in report.funnel.steps().items()
        ],
    }[name]()
    return words.say(f"chart_{name}_alt", rows="; ".join(rows) or words.say("no_data"))


# ----------------------------------------------------------------------------------------- criteria


def _draw_criteria(report: Report, words: Words) -> bytes:
    if all(criterion.satisfaction_pct is None for criterion in report.criteria):
        return _draw_nothing("chart_criteria", report, words)
    row = 180
    canvas, top = _begin("chart_criteria", report, words, height=row * len(report.criteria) + 100)
    _legend(
        canvas,
        top,
        [(GREEN, False, words.say("chart_legend_met")), (ORANGE, True, words.say("chart_legend_not_met"))],
    )
    _legend_lines(canvas, top + 48, words)
    for place, criterion in enumerate(report.criteria):
        _draw_criterion(canvas, top + 104 + place * row, criterion, words)
    return canvas.png()


def _draw_criterion(canvas: Canvas, top: float, criterion: CriterionFigure, words: Words) -> None:
    name, n = f"{criterion.number}. {criterion.name}", words.say("chart_n", n=words.number(criterion.n))
    canvas.write((WIDTH - _EDGE, top + 22), n, _NOTE, color=MUTED, align="right")
    room = _INNER - measure(n, _NOTE) - 24
    rows = wrap(name, _BODY, room, lines=2, is_bold=True)
    shift = 0 if len(rows) == 1 else 18
    for place, line in enumerate(rows):
        canvas.write((_EDGE, top + 22 - shift + place * 36), line, _BODY, is_bold=True)
    y, height = top + 64, 62
    canvas.box((_EDGE, y), (_INNER, height), FAINT)
    mark = criterion.satisfaction_pct
    if mark is None:
        said = words.mark(None, n=criterion.n)
        canvas.write((_EDGE + 20, y + height / 2), said, _BODY, color=INK)
        return
    is_met = criterion.met is not False
    canvas.box((_EDGE, y), (_along(mark), height), GREEN if is_met else ORANGE, is_hatched=not is_met)
    said = words.percent(mark)
    if criterion.met is not None:
        key = "chart_value_met" if criterion.met else "chart_value_not_met"
        said += " " + words.say(key, target=words.short(criterion.target_pct))
    if criterion.interval is not None:
        low, high = criterion.interval.low, criterion.interval.high
        canvas.whisker(_EDGE + _along(low), _EDGE + _along(high), y + height - 14)
    _target(canvas, criterion.target_pct, (y, y + height))
    is_roomy = _along(mark) > measure(said, _NOTE + 2, is_bold=True) + 40
    if is_roomy:
        canvas.write((_EDGE + 16, y + 24), said, _NOTE + 2, is_bold=True, is_boxed=True)
        return
    end = max(mark, criterion.interval.high if criterion.interval else mark)
    canvas.write((_EDGE + _along(end) + 20, y + height / 2), said, _NOTE + 2, is_bold=True)


def _target(
    canvas: Canvas,
    target: Decimal | None,
    ys: tuple[float, float],
    bar: tuple[float, float] = (_EDGE, _INNER),
) -> None:
    """Draw the mark to reach across a bar that begins at `bar[0]` and is `bar[1]` wide."""
    if target is not None:
        x, (top, end) = bar[0] + _along(target, bar[1]), ys
        canvas.line((x, x), (top - 6, end + 6), color=PAPER, width=9)
        canvas.line((x, x), (top - 6, end + 6), color=INK, width=4, is_dashed=True)


def _along(share: Decimal, width: float = _INNER) -> float:
    return float(min(max(share, Decimal(0)), _HUNDRED) / _HUNDRED) * width


def _legend(canvas: Canvas, y: float, entries: Sequence[tuple[str, bool, str]]) -> None:
    x = float(_EDGE)
    for color, is_hatched, said in entries:
        canvas.box((x, y - 16), (44, 32), color, is_hatched=is_hatched)
        canvas.write((x + 58, y), said, _NOTE, color=MUTED)
        x += 58 + measure(said, _NOTE) + 44


def _legend_lines(canvas: Canvas, y: float, words: Words) -> None:
    canvas.whisker(_EDGE, _EDGE + 44, y)
    said = words.say("chart_legend_interval")
    canvas.write((_EDGE + 58, y), said, _NOTE, color=MUTED)
    x = _EDGE + 58 + measure(said, _NOTE) + 44
    canvas.line((x + 22, x + 22), (y - 18, y + 18), width=4, is_dashed=True)
    canvas.write((x + 42, y), words.say("chart_legend_target"), _NOTE, color=MUTED)


# -------------------------------------------------------------------------------------------- trend


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plot:
    """Where the line is drawn, and which shares stand at its upper and lower edge."""

    left: float
    right: float
    upper: float
    lower: float
    low: int
    high: int

    def y_of(self, share: Decimal | int) -> float:
        """Return the height of a share."""
        return self.lower - (self.lower - self.upper) * float(share - self.low) / (self.high - self.low)

    def xs(self, count: int) -> list[float]:
        """Return the places of so many points, the first a little off the axis."""
        steps = max(1, count - 1)
        step = (self.right - self.left) / steps
        return [self.left + 40 + (step - 40 / steps) * place for place in range(count)]


def _draw_trend(report: Report, words: Words) -> bytes:
    widest = max((measure(words.period_id(p.period, "short"), _NOTE) for p in report.trend), default=0)
    points = report.trend[-min(_POINTS_SHOWN, int((_INNER - 96) / (widest + 20))) :]
    target = report.overall.target_pct
    wanted = [point.satisfaction_pct for point in points if point.satisfaction_pct is not None]
    if not wanted:
        return _draw_nothing("chart_trend", report, words)
    wanted += [target] if target is not None else []
    canvas, top = _begin("chart_trend", report, words, height=880)
    plot = _Plot(
        left=_EDGE + 96,
        right=WIDTH - _EDGE - 70,
        upper=top + 70,
        lower=canvas.height - 230,
        low=max(0, int(min(wanted)) // 10 * 10 - 10),
        high=min(100, -(-int(max(wanted) + 5) // 10) * 10),
    )
    _draw_axis(canvas, plot, words)
    if target is not None:
        y = plot.y_of(target)
        canvas.line((plot.left - 20, WIDTH - _EDGE), (y, y), width=4, is_dashed=True)
        canvas.line((_EDGE, _EDGE + 60), (top, top), width=4, is_dashed=True)
        said = words.say("chart_target", target=words.short(target))
        canvas.write((_EDGE + 76, top), said, _NOTE, color=MUTED)
    _draw_line(canvas, plot, points, words)
    _write_values(canvas, plot, points, words)
    return canvas.png()


def _draw_axis(canvas: Canvas, plot: _Plot, words: Words) -> None:
    note = words.say("chart_trend_axis", low=f"{plot.low}%", high=f"{plot.high}%")
    canvas.write((_EDGE, canvas.height - 84), note, _NOTE, color=MUTED)
    for share in range(plot.low, plot.high + 1, 10):
        y = plot.y_of(share)
        canvas.line((plot.left - 20, WIDTH - _EDGE), (y, y), color=FAINT, width=2)
        canvas.write((plot.left - 30, y), f"{share}%", _NOTE, color=MUTED, align="right")


def _draw_line(canvas: Canvas, plot: _Plot, points: Sequence[TrendPoint], words: Words) -> None:
    run: list[tuple[float, float]] = []
    for x, point in zip(plot.xs(len(points)), points, strict=True):
        n = words.say("chart_n", n=words.number(point.n))
        canvas.write((x, plot.lower + 36), words.period_id(point.period, "short"), _NOTE, align="center")
        canvas.write((x, plot.lower + 72), n, 22, color=MUTED, align="center")
        if point.satisfaction_pct is None:  # a gap is a gap: no line over it
            canvas.write((x, plot.lower - 28), words.say("no_value"), _LARGE, color=MUTED, align="center")
            _draw_run(canvas, run)
            run = []
            continue
        run.append((x, plot.y_of(point.satisfaction_pct)))
    _draw_run(canvas, run)


def _write_values(canvas: Canvas, plot: _Plot, points: Sequence[TrendPoint], words: Words) -> None:
    for place, (x, point) in enumerate(zip(plot.xs(len(points)), points, strict=True)):
        mark = point.satisfaction_pct
        if mark is not None:
            beside = [points[i].satisfaction_pct for i in (place - 1, place + 1) if 0 <= i < len(points)]
            y = plot.y_of(mark) + _off_the_line(mark, beside)
            y = y if y < plot.lower - 10 else y - 78  # never over the names of the periods
            said = words.number(mark)
            canvas.write((x, y), said, _NOTE, is_bold=True, align="center", is_haloed=True)


def _off_the_line(mark: Decimal, beside: Sequence[Decimal | None]) -> int:
    """Return how far below its point a value stands so that the line does not run through it: less than 0 is above."""
    known = [other for other in beside if other is not None]
    return -38 if sum(known) <= mark * len(known) else 40


def _draw_run(canvas: Canvas, run: Sequence[tuple[float, float]]) -> None:
    if run:
        canvas.line([x for x, _ in run], [y for _, y in run], color=BLUE, width=6, marker="o")


# -------------------------------------------------------------------------------------------- units


def _units_shown(report: Report) -> tuple[GroupFigure, ...]:
    def order(unit: GroupFigure) -> tuple[bool, Decimal, str]:
        return unit.quota_met is not False, unit.coverage_pct or Decimal(0), unit.code

    units = [unit for unit in report.units if unit.transactions or unit.responses]
    return tuple(sorted(units, key=order)[:_UNITS_SHOWN])


def _draw_units(report: Report, words: Words) -> bytes:
    units = _units_shown(report)
    if not units:
        return _draw_nothing("chart_units", report, words)
    total = sum(1 for unit in report.units if unit.transactions or unit.responses)
    is_cut = total > len(units)
    names = [wrap(unit.name or unit.code, _BODY, _INNER, lines=2) for unit in units]
    heights = [132 + 38 * len(name) for name in names]
    canvas, top = _begin("chart_units", report, words, height=sum(heights) + 110 + 44 * is_cut)
    if is_cut:
        said = words.say("chart_units_some", shown=len(units), total=total)
        canvas.write((_EDGE, top), said, _NOTE, color=MUTED)
        top += 44
    _legend(
        canvas,
        top,
        [
            (BLUE, False, words.say("chart_legend_quota_met")),
            (ORANGE, True, words.say("chart_legend_quota_not_met")),
        ],
    )
    half = (_INNER - 40) / 2
    quota = words.say("chart_units_coverage", quota=words.short(report.quota_pct))
    target = report.overall.target_pct
    mark = words.say("chart_units_mark_plain")
    if target is not None:
        mark = words.say("chart_units_mark", target=words.short(target))
    canvas.write((_EDGE, top + 56), quota, _NOTE, is_bold=True)
    canvas.write((_EDGE + half + 40, top + 56), mark, _NOTE, is_bold=True)
    scale = max(report.quota_pct * 2, *(unit.coverage_pct or Decimal(0) for unit in units), Decimal(1))
    top += 92
    for unit, name, height in zip(units, names, heights, strict=True):
        for place, line in enumerate(name):
            canvas.write((_EDGE, top + 24 + 38 * place), line, _BODY)
        _draw_unit(canvas, top + 38 * len(name), unit, words, (scale, report.quota_pct, target))
        top += height
    return canvas.png()


def _draw_unit(
    canvas: Canvas,
    top: float,
    unit: GroupFigure,
    words: Words,
    lines: tuple[Decimal, Decimal, Decimal | None],
) -> None:
    scale, quota, target = lines
    half, height = (_INNER - 40) / 2, 36
    y, second = top + 60, _EDGE + half + 40
    said = words.short(unit.coverage_pct)
    if unit.transactions is not None:
        said += f" ({words.number(unit.responses)}/{words.number(unit.transactions)})"
    canvas.write((_EDGE, top + 32), said, _NOTE, is_bold=True)
    canvas.box((_EDGE, y), (half, height), FAINT)
    is_short = unit.quota_met is False
    share = (unit.coverage_pct or Decimal(0)) / scale * 100
    canvas.box((_EDGE, y), (_along(share, half), height), ORANGE if is_short else BLUE, is_hatched=is_short)
    _target(canvas, quota / scale * 100, (y, y + height), (_EDGE, half))
    mark = unit.satisfaction_pct
    said = words.mark(mark, n=unit.responses, is_hidden=unit.is_hidden)
    canvas.write((second, top + 32), said, _NOTE, is_bold=mark is not None)
    canvas.box((second, y), (half, height), FAINT)
    if mark is not None:
        canvas.box((second, y), (_along(mark, half), height), SKY)
        _target(canvas, target, (y, y + height), (second, half))


# ------------------------------------------------------------------------------------------- funnel


def _draw_funnel(report: Report, words: Words) -> bytes:
    steps = report.funnel.steps()
    most = max(steps.values())
    if not most:
        return _draw_nothing("chart_funnel", report, words)
    row = 150
    canvas, top = _begin("chart_funnel", report, words, height=row * len(steps) + 40)
    canvas.write((_EDGE, top), words.say("chart_funnel_note"), _NOTE, color=MUTED)
    before = None
    for place, (step, count) in enumerate(steps.items()):
        y = top + 60 + place * row
        canvas.write((_EDGE, y), words.say(f"step_{step}"), _BODY, is_bold=True)
        if before:
            share = words.percent(_HUNDRED * count / before)
            said = words.say("chart_funnel_step", share=share)
            canvas.write((WIDTH - _EDGE, y), said, _NOTE, color=MUTED, align="right")
        canvas.box((_EDGE, y + 28), (_INNER, 64), FAINT)
        canvas.box((_EDGE, y + 28), (_INNER * count / most, 64), BLUE)
        canvas.write((_EDGE + 16, y + 60), words.number(count), _LARGE, is_bold=True, is_boxed=True)
        before = count
    return canvas.png()


# ------------------------------------------------------------------------------------ for every chart


def _begin(key: str, report: Report, words: Words, *, height: int) -> tuple[Canvas, float]:
    """Return a sheet with title and foot and `height` pixels between them, and where these begin."""
    canvas = Canvas(226 + height)
    canvas.write((_EDGE, 64), words.say(key), _TITLE, is_bold=True)
    subtitle = words.say(
        "chart_subtitle", period=words.period(report.period), name=clean(subject_of(report))
    )  # the name comes last: it is what may be cut
    canvas.write((_EDGE, 120), wrap(subtitle, _BODY, _INNER, lines=1)[0], _BODY)
    foot = words.say(
        "chart_source",
        responses=words.number(report.responses),
        transactions=words.number(report.transactions),
        method=words.name_of("method", report.method),
    )
    canvas.write((_EDGE, canvas.height - 40), wrap(foot, _NOTE, _INNER, lines=1)[0], _NOTE, color=MUTED)
    return canvas, 186.0


def _draw_nothing(key: str, report: Report, words: Words) -> bytes:
    canvas, top = _begin(key, report, words, height=300)
    canvas.box((_EDGE, top), (_INNER, 260), FAINT, is_open=True)
    canvas.write((WIDTH / 2, top + 100), words.say("chart_empty"), _TITLE, is_bold=True, align="center")
    canvas.write((WIDTH / 2, top + 168), words.say("chart_empty_note"), _BODY, color=MUTED, align="center")
    return canvas.png()


CHARTS: Mapping[str, Callable[[Report, Words], bytes]] = {
    "criteria": _draw_criteria,
    "trend": _draw_trend,
    "units": _draw_units,
    "funnel": _draw_funnel,
}
