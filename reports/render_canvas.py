"""A sheet of pixels to draw charts on: boxes, lines and words at exact places, in the font that comes with matplotlib.

Every figure has its own objects (no pyplot, no global settings), and the bytes hold no time and no version.
"""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal, TypeAlias

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from reports.render_words import clean

WIDTH = 1080  # pixels: a phone shows a picture this wide in full
_DPI = 100
_POINT = 72 / _DPI  # points in a pixel
_HATCH = 3  # pixels
_UNKNOWN = "\ufffd"  # stands for a letter the font has not

Align: TypeAlias = Literal["left", "center", "right"]

INK, MUTED, FAINT, PAPER = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff"
# Okabe and Ito's palette, which colour-blind people tell apart.
BLUE, GREEN, ORANGE, SKY = "#0072B2", "#009E73", "#D55E00", "#56B4E9"


@lru_cache(maxsize=64)
def _font(size: int, *, is_bold: bool) -> FontProperties:
    return FontProperties(fname=_font_file(is_bold=is_bold), size=size * _POINT)


def _font_file(*, is_bold: bool) -> str:
    name = "DejaVuSans-Bold.ttf" if is_bold else "DejaVuSans.ttf"
    return str(Path(mpl.get_data_path(), "fonts", "ttf", name))


@lru_cache(maxsize=2)
def _letters(*, is_bold: bool) -> frozenset[int]:
    return frozenset(get_font(_font_file(is_bold=is_bold)).get_charmap())


@lru_cache(maxsize=4096)
def _advance(letter: str, *, is_bold: bool) -> float:
    """Return the width of a letter at a size of one pixel."""
    font = get_font(_font_file(is_bold=is_bold))
    font.set_size(100, 72)
    return float(font.load_char(ord(letter)).linearHoriAdvance) / 65536 / 100


def measure(text: str, size: int, *, is_bold: bool = False) -> float:
    """Return how many pixels wide a line of words is."""
    return size * sum(_advance(letter, is_bold=is_bold) for letter in drawable(text, is_bold=is_bold))


def drawable(text: str, *, is_bold: bool = False) -> str:
    """Return the words with every letter that the font has not replaced by one sign."""
    letters = _letters(is_bold=is_bold)
    return "".join(letter if ord(letter) in letters else _UNKNOWN for letter in clean(text))


def wrap(text: str, size: int, width: float, *, lines: int, is_bold: bool = False) -> list[str]:
    """Return the words in at most so many lines of that width; what does not fit ends in an ellipsis."""
    rows: list[str] = []
    rest = clean(text)
    while rest and len(rows) < lines:
        row = _fitting(rest, size, width, is_bold=is_bold)
        rest = rest[len(row) :].lstrip()
        rows.append(row.rstrip())
    if rest:
        last = rows[-1] + "…"
        while len(last) > 1 and measure(last, size, is_bold=is_bold) > width:
            last = last[:-2].rstrip(" ,;.-") + "…"
        rows[-1] = last
    return rows


def _fitting(text: str, size: int, width: float, *, is_bold: bool) -> str:
    if measure(text, size, is_bold=is_bold) <= width:
        return text
    end = 1
    while end < len(text) and measure(text[: end + 1], size, is_bold=is_bold) <= width:
        end += 1
    space = text.rfind(" ", 0, end + 1)
    return text[:space] if space > 0 else text[:end]


class Canvas:
    """A white sheet `WIDTH` pixels wide; the origin is its upper left corner."""

    def __init__(self, height: int) -> None:
        self.height = height
        self._figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=PAPER)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")

    def write(
        self,
        place: tuple[float, float],
        text: str,
        size: int,
        *,
        color: str = INK,
        align: Align = "left",
        is_bold: bool = False,
        is_boxed: bool = False,
        is_haloed: bool = False,
    ) -> None:
        """Write a line of words; `place` is its end on the side of `align` and its middle in height."""
        self._axes.text(
            *place,
            drawable(text, is_bold=is_bold),
            fontproperties=_font(size, is_bold=is_bold),
            color=color,
            ha=align,
            va="center_baseline",
            parse_math=False,
            bbox={"boxstyle": "square,pad=0.15", "fc": PAPER, "ec": "none"} if is_boxed else None,
            path_effects=[withStroke(linewidth=4, foreground=PAPER)] if is_haloed else None,
            zorder=5,
        )

    def box(
        self,
        place: tuple[float, float],
        size: tuple[float, float],
        color: str,
        *,
        is_hatched: bool = False,
        is_open: bool = False,
    ) -> None:
        """Draw a box from its upper left corner; hatched ones are told apart without colour."""
        patch = Rectangle(
            place,
            *size,
            facecolor=PAPER if is_open else color,
            edgecolor=PAPER if is_hatched else color,
            hatch="//" if is_hatched else None,
            linewidth=0 if is_hatched else 1,
            zorder=2,
        )
        patch.set_hatch_linewidth(_HATCH * _POINT)
        self._axes.add_patch(patch)

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        *,
        color: str = INK,
        width: float = 2,
        is_dashed: bool = False,
        marker: str = "",
    ) -> None:
        """Draw a line through places, with a marker at each if one is named."""
        self._axes.add_line(
            Line2D(
                xs,
                ys,
                color=color,
                linewidth=width * _POINT,
                linestyle=(0, (4, 3)) if is_dashed else "-",
                marker=marker,
                markersize=18 * _POINT,
                markeredgecolor=PAPER,
                zorder=4,
            )
        )

    def whisker(self, low: float, high: float, y: float) -> None:
        """Draw an interval: black on a white rim, so that it is seen on every bar."""
        for color, width in ((PAPER, 9), (INK, 4)):
            self.line((low, high), (y, y), color=color, width=width)
            for x in (low, high):
                self.line((x, x), (y - 11, y + 11), color=color, width=width)

    def png(self) -> bytes:
        """Return the picture."""
        file = BytesIO()
        canvas = FigureCanvasAgg(self._figure)
        canvas.print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]  # it has no types
        return file.getvalue()
