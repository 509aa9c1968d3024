"""A campaign-day as the exports show it, and Ofcom's rate of it: the oracle behind `truth.json`.

It works on simulated facts in plain Python and exact fractions, and shares no code with the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from fractions import Fraction
from typing import Literal

from auditor.example.calls import SimulatedCall
from auditor.example.client import Estimate, Partner

LIMIT = Fraction(3, 100)
TWO_SECONDS_MS = 2_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Automated calls of one campaign-day, by what the exports say became of them.

    `amd_results` counts calls that carry a detection result, `silent` drops without a message.
    """

    dropped: int = 0
    live: int = 0
    agent_machine: int = 0
    amd_machine: int = 0
    hung_up_over_2s: int = 0
    unknown: int = 0
    silent: int = 0
    amd_results: int = 0

    def __add__(self, other: Tally) -> Tally:
        """The tally of both together."""
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The three counts of a unit (design, section 6), its rate and what follows for the limit.

    `rate` leaves doubtful calls out and takes an estimate at its midpoint; `low` and `high` are the
    ends of what it may be.
    """

    counted: Fraction
    doubtful: Fraction
    base: Fraction
    rate: Fraction
    low: Fraction
    high: Fraction

    @property
    def verdict(self) -> Literal["pass", "fail", "undecided"]:
        """Pass or fail where the whole interval lies on one side of the limit."""
        if self.low > LIMIT:
            return "fail"
        return "pass" if self.high <= LIMIT else "undecided"


def tally(calls: Iterable[SimulatedCall], partner: Partner) -> Tally:
    """Count calls as this partner's export shows them; what agents dialled is left out."""
    dropped = live = agent_machine = amd_machine = over_2s = silent = amd_results = 0
    for call in calls:
        if call.by_hand:
            continue
        match call.outcome:
            case "dropped_by_dialler":
                dropped += 1
                silent += call.message == "none" and partner.tells_all
            case "callee_hung_up_waiting" if not partner.tells_hang_ups:
                dropped += 1
            case "callee_hung_up_waiting":
                over_2s += _may_exceed_two_seconds(call, partner.clock_ms)
            case "live_to_agent":
                live += 1
            case "machine_by_agent":
                agent_machine += 1
            case "machine_by_amd":
                amd_machine += 1
        amd_results += call.amd == "machine" or (call.amd == "human" and partner.tells_all)
    return Tally(dropped, live, agent_machine, amd_machine, over_2s, 0, silent, amd_results)


def judge(day: Tally, estimate: Estimate | None) -> Judgement:
    """Ofcom's abandoned call rate of a campaign-day (law-uk, 1.4).

    Without detection the drops are reduced by the share of machines among the calls that agents
    took. With it they count whole, and the people whom detection cut off are added: as many as the
    estimate says, or with no estimate anything from none to all.

    Raises:
        ZeroDivisionError: no agent took any call, a day the simulation never makes.
    """
    dropped, live = Fraction(day.dropped), Fraction(day.live)
    doubtful = Fraction(day.hung_up_over_2s + day.unknown)
    if not day.amd_results:
        counted = midpoint = dropped * live / (live + day.agent_machine)
    elif estimate is None:
        counted = midpoint = dropped
        doubtful += day.amd_machine
    else:
        counted = dropped + estimate.low * day.amd_machine
        midpoint = dropped + estimate.midpoint * day.amd_machine
        doubtful += (estimate.high - estimate.low) * day.amd_machine
    base = counted + doubtful + live
    return Judgement(
        counted,
        doubtful,
        base,
        rate=midpoint / (midpoint + live),
        low=counted / base,
        high=(counted + doubtful) / base,
    )


def _may_exceed_two_seconds(call: SimulatedCall, clock_ms: int) -> bool:
    """Whether a wait was longer than two seconds, or may have been on a clock this coarse."""
    assert call.answered_ms is not None
    waited = (call.ended_ms // clock_ms - call.answered_ms // clock_ms) * clock_ms
    return waited > TWO_SECONDS_MS or (clock_ms > 1 and waited == TWO_SECONDS_MS)
