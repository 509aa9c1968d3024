"""How likely a day beyond the limit is, and at which pace it would be unlikely enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist, fmean, pstdev

import numpy as np

from auditor.amounts import PARTS
from auditor.audit.interval import clopper_pearson
from auditor.forecast.rate import Rate, Ruling, rates_of
from auditor.forecast.simulate import Days, simulate
from auditor.forecast.traffic import Pacing, Traffic

#: So many lines are simulated in step at once at most; more days follow one batch after another.
_AT_ONCE = 1 << 20
#: Where to look for a pace is told from so many others, so many days of each.
_RUNGS, _DAYS_OF_A_RUNG = 12, 40
#: Steps of a pace: a tenth of a line for each agent, a tenth of a per cent of a target.
_LINE_STEP, _TARGET_STEP = PARTS // 10, PARTS // 1000


@dataclass(frozen=True, slots=True)
class Odds:
    """At a pace (lines for each agent, or a target) so many of so many days were `over` the limit.

    `middle` is the rate of the middle day, `worst` that which one day in twenty exceeds; None: no day
    has a rate.
    """

    aim: int
    days: int
    over: int
    middle: Fraction | None
    worst: Fraction | None

    @property
    def chance(self) -> Fraction:
        """The share of the days that were over."""
        return Fraction(self.over, self.days)

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """The exact 95% interval of the chance."""
        return clopper_pearson(self.over, self.days)

    def is_within(self, bound: Fraction) -> bool:
        """Whether so many days show that the chance is no higher."""
        return self.interval[1] <= bound


@dataclass(frozen=True, slots=True)
class Forecast:
    """The odds as configured, and at the highest pace whose days show a chance of no more than a bound.

    `best` None: no pace does. `highest` is the highest pace that was looked at.
    """

    now: Odds
    best: Odds | None
    bound: Fraction
    highest: int


def forecast(
    traffic: Traffic,
    pacing: Pacing,
    ruling: Ruling,
    bound: Fraction,
    *,
    days: int,
    seed: int,
    workers: Executor | None = None,
) -> Forecast:
    """Simulate a campaign, as it is configured and at other paces.

    Args:
        traffic: a shift.
        pacing: as configured.
        ruling: the rule its days are judged by.
        bound: the chance of a day over the limit that the pace to look for must certainly not exceed.
        days: how many days are simulated at each pace that is told of.
        seed: of chance; the same one gives the same forecast, however many workers there are.
        workers: processes that share the work; None: this one does it.
    """
    rounds = 0

    def rates_at(wanted: Mapping[int, int]) -> dict[int, list[Rate]]:
        nonlocal rounds
        rounds += 1
        aims = [aim for aim, count in wanted.items() for _ in range(count)]
        rates = _rates(traffic, pacing, ruling, aims, (seed, rounds), workers)
        found: dict[int, list[Rate]] = {aim: [] for aim in wanted}
        for aim, rate in zip(aims, rates, strict=True):
            found[aim].append(rate)
        return found

    def odds_at(paces: Sequence[int]) -> dict[int, Odds]:
        found = rates_at(dict.fromkeys(paces, days))
        return {pace: _odds(pace, rates) for pace, rates in found.items()}

    aim = pacing.lines if pacing.target is None else pacing.target
    lower, higher = _paces(pacing, aim, ruling.limit)
    first = rates_at(dict.fromkeys(_rungs(lower), _DAYS_OF_A_RUNG) | {aim: days})
    now = _odds(aim, first[aim])
    start = aim
    if not now.is_within(bound):
        start = _likely(first, lower, ruling.limit, bound)
    elif higher:
        start = _likely(rates_at(dict.fromkeys(_rungs(higher), _DAYS_OF_A_RUNG)), higher, ruling.limit, bound)
    paces = sorted({*lower, aim, *higher})
    return Forecast(now, _best({aim: now}, paces, start, bound, odds_at), bound, paces[-1])


def _paces(pacing: Pacing, aim: int, limit: Fraction) -> tuple[list[int], list[int]]:
    """The paces below that configured, and those above it up to twice as high."""
    step = _LINE_STEP if pacing.target is None else _TARGET_STEP
    lowest = PARTS if pacing.target is None else step
    # No target beyond the limit itself is looked at: nobody may aim there.
    highest = 2 * aim if pacing.target is None else min(2 * aim, int(limit * PARTS))
    every = range(lowest, max(highest, lowest) + 1, step)
    return [pace for pace in every if pace < aim], [pace for pace in every if pace > aim]


def _rungs(paces: Sequence[int]) -> Sequence[int]:
    return paces[:: -(-len(paces) // _RUNGS)] if paces else ()


def _likely(
    known: Mapping[int, Sequence[Rate]], paces: Sequence[int], limit: Fraction, bound: Fraction
) -> int:
    """About where the chance reaches the bound, if rates spread as errors do: where to begin to look."""
    spread = NormalDist().inv_cdf(float(1 - bound))
    below = 0
    for rung in sorted(known):
        rates = [float(each.rate) for each in known[rung] if each.rate is not None]
        if rates and fmean(rates) + spread * pstdev(rates) > limit:
            between = [pace for pace in paces if below <= pace < rung]
            return between[len(between) // 2] if between else rung
        below = rung
    return paces[-1] if paces else below


def _best(
    known: dict[int, Odds],
    paces: Sequence[int],
    start: int,
    bound: Fraction,
    odds_at: Callable[[Sequence[int]], dict[int, Odds]],
) -> Odds | None:
    """The pace next below one whose days do not show it within the bound: walk from a likely one."""
    at = max(i for i, pace in enumerate(paces) if pace <= start or i == 0)
    while True:
        pair = paces[at : at + 2]
        if missing := [pace for pace in pair if pace not in known]:
            known |= odds_at(missing)
        if not known[pair[0]].is_within(bound):
            if at == 0:
                return None
            at -= 1
        elif len(pair) > 1 and known[pair[-1]].is_within(bound):
            at += 1
        else:
            return known[pair[0]]


def _odds(aim: int, found: Sequence[Rate]) -> Odds:
    rates = sorted(each.rate for each in found if each.rate is not None)
    over = sum(each.over for each in found)
    if not rates:
        return Odds(aim, len(found), over, None, None)
    return Odds(aim, len(found), over, rates[len(rates) // 2], rates[len(rates) * 19 // 20])


def _rates(
    traffic: Traffic,
    pacing: Pacing,
    ruling: Ruling,
    aims: Sequence[int],
    seed: tuple[int, ...],
    workers: Executor | None,
) -> Iterator[Rate]:
    """A day for each aim. The days are dealt to two hands, whoever plays them: chance is dealt with them."""
    hands = (aims[0::2], aims[1::2])
    jobs = [(traffic, pacing, hand, (*seed, number)) for number, hand in enumerate(hands) if hand]
    played = list((workers.map if workers else map)(_played, jobs))
    rates = [list(rates_of(ruling, days, detects=traffic.detection is not None)) for days in played]
    return (rates[n % 2][n // 2] for n in range(len(aims)))


def _played(job: tuple[Traffic, Pacing, Sequence[int], tuple[int, ...]]) -> Days:
    traffic, pacing, aims, seed = job
    most = pacing.lines if pacing.target is not None else max(aims)
    batch = max(_AT_ONCE // (traffic.agents * (most // PARTS + 2)), 1)
    rng = np.random.default_rng(seed)
    return Days.joined(
        [
            simulate(traffic, pacing, np.array(aims[at : at + batch], np.int64), rng)
            for at in range(0, len(aims), batch)
        ]
    )
