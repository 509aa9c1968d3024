"""Chance that falls the same way on every machine.

Python promises that `Random.random()` repeats for a seed; it does not promise that for its other
methods, nor do all C libraries round `exp` and `log` alike. So everything here is made of
`random()`, additions and multiplications: a distribution is given by its quantiles, not by a
formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import TypeVar

T = TypeVar("T")

#: Equally spaced quantiles, the first the least and the last the greatest value there is.
Quantiles = tuple[int, ...]
#: What may happen, each with its share in 1,000.
Shares = tuple[tuple[T, int], ...]


def stream(*names: object) -> Random:
    """Chance of its own for what these names tell apart: a campaign-day does not disturb another."""
    return Random("/".join(str(name) for name in names))  # noqa: S311 (it keeps no secret)


def draw(rng: Random, quantiles: Quantiles) -> int:
    """A whole number with these quantiles, evenly spread between each and the next."""
    place = rng.random() * (len(quantiles) - 1)
    step = int(place)
    low, high = quantiles[step], quantiles[step + 1]
    return low + int((place - step) * (high - low))


def pick(rng: Random, shares: Shares[T]) -> T:
    """One of the possibilities; the last takes what the others leave of the 1,000."""
    point = rng.random() * 1000
    for what, share in shares:
        point -= share
        if point < 0:
            return what
    return shares[-1][0]


def happens(rng: Random, per_mille: int) -> bool:
    """Whether something with this chance in 1,000 happens."""
    return rng.random() * 1000 < per_mille


def shuffled(rng: Random, things: Iterable[T]) -> tuple[T, ...]:
    """The things in a random order."""
    return tuple(sorted(things, key=lambda _: rng.random()))
