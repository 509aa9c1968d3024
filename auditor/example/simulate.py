"""Simulate a run: staff it so that it ends by closing time, and pace it as its day was planted."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from auditor.example.calls import SimulatedCall
from auditor.example.chance import stream
from auditor.example.clock import HOUR_MS, LocalDay
from auditor.example.floor import Session
from auditor.example.leads import LeadList
from auditor.example.rota import Run
from auditor.example.tally import judge, tally

#: Lines per ten free agents. The drop guard lets an ordinary day use few of them.
ORDINARY_PACE = 30
RECKLESS_PACE = 14
RECKLESS_STEP = 2
#: A planted breach is beyond dispute, not a matter of rounding.
CLEARLY_OVER = Fraction(4, 100)
#: Agents' work per dialled call, with their waiting: about a fifth of the calls reach a person.
WORK_MS_PER_CALL = 55_000


def simulate(
    run: Run, leads: LeadList, *, seed: int, first_call_no: int
) -> tuple[list[SimulatedCall], LeadList]:
    """Dial a run; its calls in the order dialled, and the lead list as the day leaves it.

    An over-limit day is dialled again at a higher pace until its rate is clearly over the limit,
    any day with more agents until the last call is dialled before closing time.
    """
    day = LocalDay.of(run.day)
    opens, closes = day.at(run.assignment.opens_hour), day.at(run.assignment.closes_hour)
    agents = _agents(run)
    pace = RECKLESS_PACE if run.over_limit else ORDINARY_PACE
    while True:
        trial = leads.fork()
        calls = Session(
            run,
            trial,
            stream(seed, run.assignment.key, run.day, agents, pace),
            opens_ms=opens,
            first_call_no=first_call_no,
            agents=agents,
            pace=pace,
            guarded=not run.over_limit,
        ).play()
        if calls[-1].dialled_ms >= closes:
            agents += 1 + agents // 5
        elif run.over_limit and not _clearly_over(run, calls):
            pace += RECKLESS_STEP
        else:
            return calls, trial


def _agents(run: Run) -> int:
    """A small team for a small day, which it finishes early; a large one within opening hours."""
    hours = run.assignment.closes_hour - run.assignment.opens_hour
    return max(3, isqrt(run.calls) // 4, run.calls * WORK_MS_PER_CALL // (hours * HOUR_MS))


def _clearly_over(run: Run, calls: list[SimulatedCall]) -> bool:
    return judge(tally(calls, run.assignment.partner), None).low >= CLEARLY_OVER
