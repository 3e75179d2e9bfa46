"""Marks from counts: exact shares, half-up percentages, and how far chance may have moved them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import lcm

from reports.figures import Interval

Z95 = Decimal("1.959964")  # two-sided 95 % of the normal distribution
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The mean worth of some answers, exact: `mean` and the `variance` of one answer, and how many there are."""

    mean: Fraction  # 0 … 1
    variance: Fraction
    n: int  # answers
    effective: Fraction  # of equal weight; n unless the questions of a criterion weigh differently

    @property
    def error(self) -> Fraction:
        """The variance of the mean: variance / n."""
        return self.variance / self.effective

    @property
    def percent(self) -> Decimal:
        """The mean in percent, two decimals."""
        return percent(self.mean)


def build_mark(parts: Iterable[tuple[Sequence[int], Sequence[Fraction], Fraction]]) -> Mark | None:
    """Pool the answers of some questions; None without any answer.

    Each part is (how often each option, what each option is worth, weight of the question). Pooled as docs/method.md
    has it (Σ satisfied / Σ valid answers): mean = Σ w·c·s / Σ w·c over all options of all questions, the variance of one
    answer = Σ w·c·s² / Σ w·c - mean² (p(1-p) for shares), and the effective number of answers (Σ w·n)² / Σ w²·n, which is n
    when all weights are 1.
    """
    total = 0
    weight = first = second = square = Fraction(0)
    for counts, worth, heavy in parts:
        n = sum(counts)
        total += n
        weight += heavy * n
        square += heavy * heavy * n
        tops, bottom = _whole(tuple(worth))
        first += heavy * Fraction(sum(c * top for c, top in zip(counts, tops, strict=False)), bottom)
        squares = sum(c * top * top for c, top in zip(counts, tops, strict=False))
        second += heavy * Fraction(squares, bottom * bottom)
    if not total:
        return None
    mean = first / weight
    return Mark(
        mean=mean,
        variance=second / weight - mean * mean,
        n=total,
        effective=weight * weight / square,
    )


@lru_cache(maxsize=64)
def _whole(worth: tuple[Fraction, ...]) -> tuple[tuple[int, ...], int]:
    """Return what the options are worth as whole numbers over one denominator: sums of thousands of groups are of those."""
    bottom = lcm(*(one.denominator for one in worth)) if worth else 1
    return tuple(one.numerator * (bottom // one.denominator) for one in worth), bottom


def percent(share: Fraction) -> Decimal:
    """Return a share in percent with two decimals, half away from zero, from the exact value."""
    return round_half_up(share * 100)


def round_half_up(value: Fraction) -> Decimal:
    """Return a value with two decimals, half away from zero, from the exact value."""
    cents = int(abs(value) * 100 + _HALF)  # int() cuts, so this rounds half up
    return Decimal(cents if value >= 0 else -cents).scaleb(-2)


def wilson(mark: Mark) -> Interval:
    """Return Wilson's 95 % interval of a share, in percent.

    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964 (Wilson 1927); n is the effective number of answers.
    """
    with localcontext() as context:
        context.prec = 40
        p, n = _decimal(mark.mean), _decimal(mark.effective)
        z2 = Z95 * Z95
        middle = p + z2 / (2 * n)
        half = Z95 * (p * (1 - p) / n + z2 / (4 * n * n)).sqrt()
        under = 1 + z2 / n
        return _clipped((middle - half) / under, (middle + half) / under)


def normal(mark: Mark) -> Interval:
    """Return the normal 95 % interval of a mean, in percent: mean ± z·√(variance/n), within 0 and 100."""
    return spread(mark.mean, mark.error)


def spread(middle: Fraction, error: Fraction) -> Interval:
    """Return middle ± z·√error in percent, within 0 and 100."""
    with localcontext() as context:
        context.prec = 40
        half = Z95 * _decimal(error).sqrt()
        return _clipped(_decimal(middle) - half, _decimal(middle) + half)


def sampling_error(answers: int, transactions: int | None) -> Decimal | None:
    """Return the sampling error in points: half the 95 % interval that a share of 50 % would have.

    z·√(0.25/n · (N-n)/(N-1)), the last factor for a finite population of N transactions. The usual
    √((N/n-1)/N) is the same with z = 2. None without answers or transactions; 0 when everybody answered.
    """
    if not answers or not transactions:
        return None
    if answers >= transactions:
        return Decimal("0.00")
    with localcontext() as context:
        context.prec = 40
        n, everybody = Decimal(answers), Decimal(transactions)
        error = Z95 * (Decimal("0.25") / n * (everybody - n) / (everybody - 1)).sqrt()
        return round_half_up(Fraction(error * 100))


def is_apart(one: Interval | None, other: Interval | None) -> bool:
    """Whether two intervals do not touch."""
    if one is None or other is None:
        return False
    return one.high < other.low or other.high < one.low


def _clipped(low: Decimal, high: Decimal) -> Interval:
    def bound(value: Decimal) -> Decimal:
        return percent(Fraction(min(max(value, Decimal(0)), Decimal(1))))

    return Interval(low=bound(low), high=bound(high))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
