"""The forecast: simulated days agree with what theory and a plain simulation say of them."""

from __future__ import annotations

import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
import queueing
from gates import checks
from hypothesis import given
from hypothesis import strategies as st

from auditor.amounts import PARTS
from auditor.forecast.odds import Odds, _best, forecast
from auditor.forecast.rate import Rate, Ruling, rates_of
from auditor.forecast.simulate import Days, simulate
from auditor.forecast.traffic import Detection, Pacing, Traffic

#: Nothing here turns on the version of DuckDB.
pytestmark = pytest.mark.slow

HOUR = 3_600_000
FLOOR = Traffic(
    agents=10,
    shift_ms=4 * HOUR,
    answered=300_000,
    machines=0,
    ring_ms=20_000,
    waits_ms=0,
    talk_ms=120_000,
    wrap_up_ms=0,
    machine_ms=0,
)
(RULE,) = {
    check.rule.id: check.rule for check in checks() if check.rule and check.rule.kind == "rate"
}.values()
RULING = Ruling(RULE, date(2026, 11, 22), None, Fraction(3, 100))


def lines(number: float, per: str = "all_agents") -> Pacing:
    return Pacing(round(number * PARTS), per)


def days_of(traffic: Traffic, pacing: Pacing, days: int, seed: int = 1) -> Days:
    aim = pacing.lines if pacing.target is None else pacing.target
    return simulate(traffic, pacing, np.full(days, aim, np.int64), np.random.default_rng(seed))


def dropped(days: Days) -> float:
    """Of the calls that came to agents."""
    return days.dropped.sum() / (days.dropped + days.live + days.agent_machines).sum()


def between_answers(traffic: Traffic) -> float:
    """How long a line dials, on average, until somebody answers."""
    chance = traffic.answered / PARTS
    return traffic.ring_ms * ((1 - chance) / chance + 0.5)


class TestAgainstTheory:
    @pytest.mark.parametrize("number", [1.2, 1.5, 2.0])
    def test_no_call_waits(self, number):
        traffic = replace(FLOOR, shift_ms=40 * HOUR)
        load = traffic.talk_ms / between_answers(traffic)
        expected = queueing.engset(round(number * 10), 10, load)
        assert dropped(days_of(traffic, lines(number), 60)) == pytest.approx(expected, rel=0.02)

    def test_wrap_up_keeps_an_agent_as_a_talk_does(self):
        traffic = replace(FLOOR, shift_ms=40 * HOUR, wrap_up_ms=60_000)
        load = (traffic.talk_ms + traffic.wrap_up_ms) / between_answers(traffic)
        assert dropped(days_of(traffic, lines(1.3), 60)) == pytest.approx(
            queueing.engset(13, 10, load), rel=0.02
        )

    @pytest.mark.parametrize("waits", [2_000, 20_000, 60_000])
    def test_calls_wait_for_so_long(self, waits):
        traffic = replace(
            FLOOR, agents=5, answered=10_000, waits_ms=waits, talk_ms=60_000, shift_ms=60 * HOUR
        )
        pacing = lines(35)
        days = days_of(traffic, pacing, 40)
        # So many lines that those in use hardly thin the stream of answers: it is Poisson's.
        rate = (days.dropped + days.live).sum() / (40 * traffic.shift_ms)
        expected = queueing.patient_for_so_long(rate, traffic.talk_ms, 5, waits)
        assert dropped(days) == pytest.approx(expected, rel=0.03)

    def test_calls_wait_for_ever(self):
        traffic = replace(FLOOR, answered=20_000, waits_ms=10_000 * HOUR, shift_ms=60 * HOUR, talk_ms=300_000)
        days = days_of(traffic, lines(4), 40)
        load = traffic.talk_ms / between_answers(traffic)
        at_work = days.live.sum() * traffic.talk_ms / (40 * traffic.shift_ms * traffic.agents)
        assert dropped(days) == 0
        assert at_work == pytest.approx(queueing.repair(40, 10, load), rel=0.02)

    @pytest.mark.parametrize("number", [1, 2, 3, 5])
    def test_several_lines_for_a_free_agent(self, number):
        traffic = replace(FLOOR, agents=1, talk_ms=4 * HOUR, shift_ms=400 * HOUR)
        days = days_of(traffic, lines(number, "free_agents"), 80)
        expected = queueing.several_lines_for_one_agent(number, 0.3)
        assert dropped(days) == pytest.approx(expected, abs=0.01)

    def test_a_line_for_each_agent_drops_nobody(self):
        assert dropped(days_of(FLOOR, lines(1, "free_agents"), 20)) == 0
        assert dropped(days_of(FLOOR, lines(1), 20)) == 0


@pytest.mark.parametrize("per", ["all_agents", "free_agents"])
@pytest.mark.parametrize(
    "traffic",
    [
        replace(FLOOR, waits_ms=2_000, wrap_up_ms=15_000),
        replace(FLOOR, machines=400_000, machine_ms=12_000, waits_ms=5_000),
        replace(
            FLOOR,
            machines=400_000,
            machine_ms=12_000,
            waits_ms=2_000,
            detection=Detection(900_000, 40_000, 2_500),
        ),
    ],
    ids=["people", "machines", "detection"],
)
def test_it_agrees_with_a_plain_simulation(traffic, per):
    number = 1.5 if per == "all_agents" else 2.5
    found = days_of(traffic, lines(number, per), 300)
    plain = [queueing.day(traffic, number, per, seed) for seed in range(60)]
    for what in ("dialled", "live", "agent_machines", "dropped", "found", "taken"):
        mine, theirs = getattr(found, what).tolist(), [each[what] for each in plain]
        error = (statistics.pvariance(mine) / len(mine) + statistics.pvariance(theirs) / len(theirs)) ** 0.5
        assert abs(statistics.fmean(mine) - statistics.fmean(theirs)) <= 4 * error, what


class TestSeeking:
    TRAFFIC = replace(FLOOR, shift_ms=8 * HOUR, waits_ms=2_000)

    def test_a_dialler_keeps_to_its_target_as_it_counts(self):
        days = days_of(self.TRAFFIC, Pacing(3 * PARTS, "all_agents", target=20_000), 100)
        assert dropped(days) == pytest.approx(0.02, abs=0.002)

    def test_one_that_divides_by_all_calls_drops_far_more_people(self):
        pacing = Pacing(3 * PARTS, "all_agents", target=20_000, of="all_calls")
        days = days_of(self.TRAFFIC, pacing, 100)
        assert days.dropped.sum() / days.dialled.sum() == pytest.approx(0.02, abs=0.002)
        assert dropped(days) > 0.05

    def test_one_that_divides_by_answered_calls_hides_them_behind_machines(self):
        traffic = replace(self.TRAFFIC, machines=500_000, machine_ms=10_000, detection=Detection(PARTS, 0, 0))
        pacing = Pacing(3 * PARTS, "all_agents", target=20_000, of="answered_calls")
        assert dropped(days_of(traffic, pacing, 100)) == pytest.approx(0.04, abs=0.004)

    def test_it_looks_each_minute_whatever_happens(self):
        """Two agents in long talks: hardly an event a minute, and yet the pace rises by a tenth in each."""
        traffic = replace(self.TRAFFIC, agents=2, answered=500_000, talk_ms=900_000, wrap_up_ms=120_000)
        pacing = Pacing(3 * PARTS, "free_agents", target=20_000)
        days = days_of(traffic, pacing, 400)
        # 76% of days by an independent simulation of what the docs say; 50% if it looked at events alone.
        over = [rate.over for rate in rates_of(RULING, days, detects=False)]
        assert sum(over) / len(over) == pytest.approx(0.76, abs=0.08)

    def test_it_never_takes_more_lines_than_it_may(self):
        traffic = replace(self.TRAFFIC, answered=PARTS)
        most = days_of(traffic, Pacing(PARTS, "all_agents", target=PARTS), 5)
        assert most.dropped.sum() == 0


class TestTheDays:
    def test_every_call_dialled_became_something(self):
        traffic = replace(
            FLOOR, machines=400_000, machine_ms=9_000, detection=Detection(800_000, 50_000, 900)
        )
        days = days_of(traffic, lines(2.5, "free_agents"), 50)
        assert (days.unanswered >= 0).all()
        answered = 1 - days.unanswered.sum() / days.dialled.sum()
        assert answered == pytest.approx(0.3, rel=0.02)
        machines = (days.found + days.agent_machines).sum()
        assert days.found.sum() / machines == pytest.approx(0.8, rel=0.03)

    def test_where_nobody_answers_every_line_rings_all_day(self):
        days = days_of(replace(FLOOR, answered=0), lines(2), 3)
        assert days.dialled.tolist() == [20 * 4 * HOUR // 20_000] * 3
        assert days.unanswered.tolist() == days.dialled.tolist()

    def test_the_same_seed_gives_the_same_days(self):
        one, again, other = (days_of(FLOOR, lines(1.4), 4, seed) for seed in (7, 7, 8))
        assert one.live.tolist() == again.live.tolist()
        assert one.live.tolist() != other.live.tolist()


class TestTheRate:
    """By the rule's own formula: dropped × live ÷ (live + machines), over that and the live calls."""

    @staticmethod
    def one(**counts: int) -> Days:
        names = ("dialled", "live", "agent_machines", "dropped", "found", "taken")
        return Days(*(np.array([counts.get(name, 0)]) for name in names))

    def test_ofcoms_own_example(self):
        # 29 drops, 9 people and 7 machines with agents: 29/45 (VICIdial's worked example).
        (rate,) = rates_of(RULING, self.one(live=9, agent_machines=7, dropped=29), detects=False)
        assert (rate.rate, rate.over) == (Fraction(29, 45), True)

    def test_people_whom_detection_took_for_machines_are_abandoned(self):
        (rate,) = rates_of(RULING, self.one(live=95, dropped=2, found=80, taken=3), detects=True)
        assert rate.rate == Fraction(5, 100)

    def test_at_the_limit_is_within_it(self):
        (at,) = rates_of(RULING, self.one(live=97, dropped=3), detects=False)
        (beyond,) = rates_of(RULING, self.one(live=96, dropped=3), detects=False)
        assert (at.rate, at.over, beyond.over) == (Fraction(3, 100), False, True)

    def test_a_day_on_which_nobody_was_spoken_to_is_undecided_and_an_empty_one_is_none(self):
        (rate,) = rates_of(RULING, self.one(dropped=3), detects=False)
        assert (rate.rate, rate.over, rate.undecided) == (None, False, True)
        (rate,) = rates_of(RULING, self.one(), detects=False)
        assert (rate.rate, rate.over, rate.undecided) == (None, False, False)


class TestTheOdds:
    SMALL = replace(FLOOR, shift_ms=2 * HOUR, waits_ms=2_000)

    def test_too_fast_a_pace_and_the_highest_that_is_not(self):
        found = forecast(self.SMALL, lines(2), RULING, Fraction(1, 20), days=100, seed=1)
        assert found.now.chance == 1
        assert found.best is not None
        assert PARTS <= found.best.aim < 2 * PARTS
        assert found.best.interval[1] <= Fraction(1, 20)
        assert found.best.middle < Fraction(3, 100) < found.now.middle <= found.now.worst

    def test_a_pace_that_could_be_higher(self):
        found = forecast(self.SMALL, lines(1), RULING, Fraction(1, 2), days=100, seed=1)
        assert (found.now.over, found.now.middle) == (0, 0)
        assert found.best.aim > PARTS

    def test_a_pace_above_may_do_where_none_below_does(self, monkeypatch):
        """More calls make days more alike: the chance need not rise with the pace."""

        def rates(_traffic, _pacing, _ruling, aims, _seed, _workers):
            good = range(14 * PARTS // 10, 19 * PARTS // 10)
            return [Rate(Fraction(1 if aim in good else 4, 100), over=aim not in good) for aim in aims]

        monkeypatch.setattr("auditor.forecast.odds._rates", rates)
        found = forecast(self.SMALL, lines(1.2, "free_agents"), RULING, Fraction(1, 20), days=100, seed=1)
        assert found.now.chance == 1
        assert found.best.aim == 18 * PARTS // 10

    def test_days_that_cannot_be_judged_count_as_beyond(self):
        odds = Odds(PARTS, 100, 20, 70, None, None)
        assert odds.chance == Fraction(9, 10)
        assert not odds.is_within(Fraction(1, 4))

    def test_no_pace_where_detection_is_what_is_wrong(self):
        traffic = replace(
            self.SMALL, machines=300_000, machine_ms=9_000, detection=Detection(PARTS, 60_000, 2_000)
        )
        pacing = Pacing(3 * PARTS, "all_agents", target=10_000)
        found = forecast(traffic, pacing, RULING, Fraction(1, 20), days=50, seed=1)
        assert (found.now.chance, found.best) == (1, None)

    def test_as_many_workers_as_there_are_find_the_same(self):
        alone = forecast(self.SMALL, lines(1.2), RULING, Fraction(1, 20), days=60, seed=3)
        with ProcessPoolExecutor(2) as workers:
            shared = forecast(
                self.SMALL, lines(1.2), RULING, Fraction(1, 20), days=60, seed=3, workers=workers
            )
        assert alone == shared

    def test_more_days_than_are_simulated_at_once(self, monkeypatch):
        monkeypatch.setattr("auditor.forecast.odds._AT_ONCE", 1_000)
        traffic = replace(self.SMALL, agents=2)
        found = forecast(traffic, lines(1, "free_agents"), RULING, Fraction(1, 20), days=400, seed=1)
        assert (found.now.days, found.now.over) == (400, 0)


@given(
    chances=st.lists(st.integers(0, 100), min_size=1, max_size=30).map(sorted),
    bound=st.integers(1, 100),
    start=st.integers(0, 40),
)
def test_the_pace_that_is_found_is_the_one_below_the_first_that_is_too_fast(chances, bound, start):
    paces = [10 * (n + 1) for n in range(len(chances))]

    def odds_at(wanted):
        return {pace: Odds(pace, 100, chances[paces.index(pace)], 0, None, None) for pace in wanted}

    best = _best({}, paces, paces[start % len(paces)], Fraction(bound, 100), odds_at)
    within = [pace for pace, odds in odds_at(paces).items() if odds.interval[1] <= Fraction(bound, 100)]
    assert (best.aim if best else None) == (within[-1] if within else None)
