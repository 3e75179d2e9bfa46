"""Whether a unit that returns results and gets no answers is silent for a reason, or has a quiet week."""

from dataclasses import dataclass
from math import exp, lgamma

UNLIKELY = 0.01  # how seldom chance alone may raise it


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How unlikely it is that so many results in a row brought no answer."""

    chance: float  # that it happens at all, with all the times it could have begun
    rate: float  # answers in a hundred results, before

    @property
    def is_unlikely(self) -> bool:
        """Whether chance does not explain it."""
        return self.chance < UNLIKELY


def weigh_silence(*, answers: int, returned: int, since: int, beginnings: int) -> Silence:
    """Weigh `since` results without an answer against `answers` to the `returned` results before.

    The chance that none of n results is answered, while the rate p is only known from s answers to r results: the mean of
    (1 - p)^n over what p may be, which is Beta(s + 1/2, r - s + 1/2) (Jeffreys), that is
    B(s + 1/2, r - s + 1/2 + n) / B(s + 1/2, r - s + 1/2). A silence may begin after each answer: the chance is taken
    as many times (`beginnings`), so that it holds for all of them together (Bonferroni).
    """
    s, r = min(answers, returned), returned
    a, b = s + 0.5, r - s + 0.5
    once = exp(lgamma(b + since) - lgamma(b) + lgamma(a + b) - lgamma(a + b + since))
    return Silence(chance=min(1.0, once * max(1, beginnings)), rate=100 * s / r if r else 0.0)
