"""The exact 95% Clopper-Pearson interval of a sampled share, as rationals that err outwards."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

#: Bounds are rounded outwards to so many decimals: never tighter than the true bound.
DIGITS = 12
TAIL = Decimal("0.025")


@cache
def clopper_pearson(found: int, sample: int) -> tuple[Fraction, Fraction]:
    """The shares p at which `found` or more, and `found` or fewer, have a chance of 2.5%.

    Args:
        found: how many of the sample were found to be so, 0 ≤ found ≤ sample.
        sample: how many were looked at, at least 1.

    Returns:
        The low and the high end, each within 10⁻¹² of the true bound, on its outer side.
    """
    low = Fraction(0) if found == 0 else _bound(found - 1, sample, upper=False)
    high = Fraction(1) if found == sample else _bound(found, sample, upper=True)
    return low, high


def _bound(at_most: int, sample: int, *, upper: bool) -> Fraction:
    """Where P(X ≤ at_most) falls to 2.5% (the high end), or to 97.5% (the low end)."""
    target = TAIL if upper else 1 - TAIL
    scale = 10**DIGITS
    low, high = 0, scale
    with localcontext() as context:
        context.prec = 60
        while high - low > 1:
            middle = (low + high) // 2
            # The chance of at most so many falls as the share grows.
            if _at_most(at_most, sample, Decimal(middle) / scale) > target:
                low = middle
            else:
                high = middle
    return Fraction(high if upper else low, scale)


def _at_most(k: int, n: int, p: Decimal) -> Decimal:
    """P(X ≤ k) of a binomial of n trials with 0 < p < 1."""
    odds = p / (1 - p)
    term = (1 - p) ** n
    total = term
    for i in range(k):
        term *= odds * (n - i) / (i + 1)
        total += term
    return total
