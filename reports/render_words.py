"""How figures are said: numbers, percentages, dates and names of periods, in the language whose texts are given.

The sentences live in reports/texts/*.yaml. Marks of numbers are among them, so a language is one file.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from reports.figures import GroupFigure, Report
from reports.periods import Period

_CENT = Decimal("0.01")
_ROMAN = ("", "I", "II", "III", "IV")
_SMALL = 30  # fewer answers than this are a small sample, for orientation only
_NOT_SHOWN = re.compile(  # control and direction marks, what XML cannot hold, what has no width
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]+"
)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a language."""

    texts: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """Return the sentence `key` filled with `values`. KeyError on an unknown key."""
        return self.texts[key].format_map(values)

    def name_of(self, prefix: str, code: str, default: str = "") -> str:
        """Return the name of a code that may be unknown to the texts."""
        return self.texts.get(f"{prefix}_{code}") or clean(default) or clean(code)

    def number(self, value: int | Decimal) -> str:
        """Return a count with its thousands marked, or a measure with two decimals."""
        if isinstance(value, Decimal):
            return self._marked(f"{value.quantize(_CENT, ROUND_HALF_UP):,.2f}")
        return self._marked(f"{value:,}")

    def no_value_or(self, value: int | Decimal | None) -> str:
        """Return a number, or the sign that there is none."""
        return self.texts["no_value"] if value is None else self.number(value)

    def percent(self, value: Decimal | None) -> str:
        """Return a result with two decimals; the sign of no value for None."""
        return self.texts["no_value"] if value is None else f"{self.number(value)}%"

    def short(self, value: Decimal | None) -> str:
        """Return a target, quota or coverage, decimals only where it has some."""
        if value is None:
            return self.texts["no_value"]
        text = f"{value.quantize(_CENT, ROUND_HALF_UP):,.2f}".rstrip("0").rstrip(".")
        return f"{self._marked(text)}%"

    def points(self, value: Decimal) -> str:
        """Return a difference of percentages with its sign."""
        cents = value.quantize(_CENT, ROUND_HALF_UP)
        sign = "+" if cents > 0 else "−" if cents < 0 else "±"
        return sign + self.number(abs(cents))

    def change(self, points: Decimal, *, is_clear: bool = True) -> str:
        """Return how something moved: up or down by so many points, or that chance may have done it."""
        if not is_clear:
            return self.say("change_unclear", points=self.points(points))
        return self.say("change_up" if points > 0 else "change_down", points=self.number(abs(points)))

    def day(self, value: date) -> str:
        """Return a day as people of this language write it."""
        return self.say("day", day=f"{value.day:02d}", month=f"{value.month:02d}", year=value.year)

    def period(self, period: Period, form: str = "title") -> str:
        """Return what a period is called: as a `title`, inside a `long` sentence, or `short` under a chart."""
        return self.period_id(period.id, form)

    def period_id(self, name: str, form: str = "title") -> str:
        """Return what the period with that id is called."""
        year, _, part = name.partition("-")
        if part.isdecimal():
            return self.say(f"period_month_{form}", year=year, month=int(part))
        kind = {"Q": "quarter", "H": "half" + part[1:]}.get(part[:1], "year")
        roman = _ROMAN[int(part[1:])] if kind == "quarter" else ""
        return self.say(f"period_{kind}_{form}", year=year, roman=roman)

    def mark(self, value: Decimal | None, *, n: int, is_hidden: bool = False) -> str:
        """Return a satisfaction, or why there is none."""
        if value is not None:
            return self.percent(value)
        return self.texts["hidden" if is_hidden or n else "no_data"]

    def met(self, met: bool | None) -> str:
        """Return whether a target was reached."""
        return self.texts["no_value" if met is None else "met" if met else "not_met"]

    def _marked(self, text: str) -> str:
        swaps = {",": self.texts["thousands_mark"], ".": self.texts["decimal_mark"]}
        return "".join(swaps.get(sign, sign) for sign in text)


def clean(text: str) -> str:
    """Return a name on one line, composed, without signs that are not seen."""
    return " ".join(_NOT_SHOWN.sub(" ", unicodedata.normalize("NFC", text)).split())


def shorten(text: str, limit: int) -> str:
    """Return a name of at most `limit` characters, cut between words where that leaves most of it."""
    name = clean(text)
    if len(name) <= limit:
        return name
    cut = name[: limit - 1]
    between = cut.rfind(" ")
    return (cut[:between] if between > limit // 2 else cut).rstrip(" ,;:-–") + "…"


def is_small(responses: int) -> bool:
    """Return whether so few answers are for orientation only."""
    return responses < _SMALL


def unit_of(report: Report) -> GroupFigure | None:
    """Return the one unit a report is about; None for the department."""
    return next((unit for unit in report.units if unit.code == report.unit), None) if report.unit else None


def subject_of(report: Report) -> str:
    """Return whom the report is about: the department, or its one unit."""
    unit = unit_of(report)
    return clean(unit.name if unit else report.unit) or clean(report.department)


def under_quota(report: Report) -> tuple[GroupFigure, ...]:
    """Return the units with too few forms, those that miss most first."""
    late = [unit for unit in report.units if unit.quota_met is False]
    return tuple(sorted(late, key=lambda unit: (unit.coverage_pct or Decimal(0), unit.code)))
