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

    `undecided` days count as such days, too: nobody can show that they were within it. `middle` is the rate
    of the middle day that has one, `worst` that which one such day in twenty exceeds; None: no day has one.
    """

    aim: int
    days: int
    over: int
    undecided: int
    middle: Fraction | None
    worst: Fraction | None

    @property
    def chance(self) -> Fraction:
        """The share of the days that were not within the limit."""
        return Fraction(self.over + self.undecided, self.days)

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """The exact 95% interval of the chance."""
        return clopper_pearson(self.over + self.undecided, self.days)

    def is_within(self, bound: Fraction) -> bool:
        """Whether so many days show that the chance is no higher."""
        return self.interval[1] <= bound


@dataclass(frozen=True, slots=True)
class Forecast:
    """The odds as configured, and at the highest pace whose days show a chance of no more than a bound.

    `best` None: none of those looked at does. `lowest` and `highest` are the ends of the paces looked at.
    """

    now: Odds
    best: Odds | None
    bound: Fraction
    lowest: int
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
    paces = _paces(traffic, pacing, aim, ruling.limit)
    lower, higher = [pace for pace in paces if pace < aim], [pace for pace in paces if pace > aim]
    seen = rates_at(dict.fromkeys(_rungs(lower), _DAYS_OF_A_RUNG) | {aim: days})
    now = _odds(aim, seen[aim])
    within = now.is_within(bound)
    if within or not any(_promises(seen[rung], ruling.limit, bound) for rung in seen if rung != aim):
        # The chance need not rise with the pace: more calls make days more alike.
        seen |= rates_at(dict.fromkeys(_rungs(higher), _DAYS_OF_A_RUNG)) if higher else {}
    likely = [rung for rung in seen if rung != aim and _promises(seen[rung], ruling.limit, bound)]
    likely += [aim] if within else []
    start = max(likely) if likely else min(seen, key=lambda rung: _score(seen[rung], bound))
    return Forecast(now, _best({aim: now}, paces, start, bound, odds_at), bound, paces[0], paces[-1])


def _paces(traffic: Traffic, pacing: Pacing, aim: int, limit: Fraction) -> list[int]:
    """The configured pace, those below it, and those above it up to twice as high, in order."""
    step = _LINE_STEP if pacing.target is None else _TARGET_STEP
    lowest = PARTS if pacing.target is None else step
    # No target beyond the limit itself is looked at: nobody may aim there.
    highest = 2 * aim if pacing.target is None else min(2 * aim, int(limit * PARTS))
    every = sorted({*range(lowest, max(highest, lowest) + 1, step), aim})
    if pacing.target is not None or pacing.per != "all_agents":
        return every
    # Of paces that come to the same number of lines one will do: the configured one, or the lowest.
    by_lines: dict[int, int] = {}
    for pace in every:
        by_lines.setdefault(pace * traffic.agents // PARTS, pace)
    by_lines[aim * traffic.agents // PARTS] = aim
    return sorted(by_lines.values())


def _rungs(paces: Sequence[int]) -> Sequence[int]:
    return paces[:: -(-len(paces) // _RUNGS)] if paces else ()


def _score(found: Sequence[Rate], bound: Fraction) -> float:
    """The rate that days exceed with a chance of about the bound, if they spread as errors do."""
    rates = [1.0 if each.undecided else float(each.rate or 0) for each in found]
    return fmean(rates) + NormalDist().inv_cdf(float(1 - bound)) * pstdev(rates)


def _promises(found: Sequence[Rate], limit: Fraction, bound: Fraction) -> bool:
    return _score(found, bound) <= limit


def _best(
    known: dict[int, Odds],
    paces: Sequence[int],
    start: int,
    bound: Fraction,
    odds_at: Callable[[Sequence[int]], dict[int, Odds]],
) -> Odds | None:
    """A pace whose days show a chance within the bound while those of the next do not.

    From where one is likely it looks ever further up, or down, until it has one of each; then between them.
    """

    def within(place: int) -> bool:
        if missing := [pace for pace in paces[place : place + 2] if pace not in known]:
            known.update(odds_at(missing))
        return known[paces[place]].is_within(bound)

    at = paces.index(start)
    good, bad, stride = -1, len(paces), 1
    while True:
        if within(at):
            good = at
        else:
            bad = at
        if good >= 0 and (bad == good + 1):
            return known[paces[good]]
        if bad == 0:
            return None
        if good < 0:
            at = max(bad - stride, 0)
        elif bad == len(paces):
            at = min(good + stride, len(paces) - 1)
        else:
            at = (good + bad) // 2
        stride *= 2


def _odds(aim: int, found: Sequence[Rate]) -> Odds:
    rates = sorted(each.rate for each in found if each.rate is not None)
    over, undecided = sum(each.over for each in found), sum(each.undecided for each in found)
    if not rates:
        return Odds(aim, len(found), over, undecided, None, None)
    middle, worst = rates[len(rates) // 2], rates[len(rates) * 19 // 20]
    return Odds(aim, len(found), over, undecided, middle, worst)


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
