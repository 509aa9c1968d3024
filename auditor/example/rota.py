"""Who dials what on which day of the month, how many calls, and which days are planted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from auditor.errors import AuditorError
from auditor.example.client import ASSIGNMENTS, KESTREL, THU, Assignment

#: Fewer calls than this in a campaign-day say little; a small example has fewer days instead.
SMALLEST_RUN = 60
#: Three campaign-days, the fewest that show every kind of planted breach.
FEWEST_CALLS = 200


@dataclass(frozen=True, slots=True)
class Run:
    """One campaign-day of one partner, and what is wrong with it.

    `over_limit`: the drop guard is off and the dialler paced too fast. `message_fails`: the message
    server is down, so a drop is a silent call.
    """

    day: date
    assignment: Assignment
    calls: int
    over_limit: bool
    message_fails: bool


def month_of(text: str) -> tuple[date, date]:
    """First and last day of a month.

    Raises:
        AuditorError: it is not written as 2026-10.
    """
    if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text, re.ASCII) is None:
        raise AuditorError(f"month '{text}' is not understood: write one of this century as 2026-10")
    first = date.fromisoformat(f"{text}-01")
    return first, (first + timedelta(31)).replace(day=1) - timedelta(1)


def rota(first: date, last: date, calls: int) -> list[Run]:
    """The month's runs by day and partner, with `calls` calls in all.

    A small number of calls makes fewer runs rather than tiny ones: planted days come first.

    Raises:
        AuditorError: too few calls to show what is planted.
    """
    if calls < FEWEST_CALLS:
        raise AuditorError(
            f"{calls} calls are too few to plant the breaches in: ask for {FEWEST_CALLS} or more"
        )
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    slots = [
        (day, assignment)
        for day in days
        for assignment in ASSIGNMENTS
        if day.weekday() in assignment.weekdays
    ]
    planted = _Planted.in_month(first)
    slots.sort(key=lambda slot: planted.precedence(*slot))
    kept = sorted(
        slots[: calls // SMALLEST_RUN],
        key=lambda slot: (slot[0], ASSIGNMENTS.index(slot[1])),
    )
    sizes = _shared_out(calls, [assignment.weight for _, assignment in kept])
    return [
        Run(
            day,
            assignment,
            size,
            over_limit=planted.over_limit(day, assignment),
            message_fails=planted.message_fails(day, assignment),
        )
        for (day, assignment), size in zip(kept, sizes, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Planted:
    """The days on which something goes wrong; every month has four Thursdays."""

    survey_over: date
    loyalty_over: date

    @classmethod
    def in_month(cls, first: date) -> _Planted:
        thursday = first + timedelta((THU - first.weekday()) % 7)
        return cls(thursday + timedelta(weeks=1), thursday + timedelta(weeks=3))

    def over_limit(self, day: date, assignment: Assignment) -> bool:
        return (day, assignment.campaign) in (
            (self.survey_over, "SURVEY-N"),
            (self.loyalty_over, "LOYALTY"),
        )

    def message_fails(self, day: date, assignment: Assignment) -> bool:
        """The message server is down for the week of the LOYALTY breach."""
        same_week = day.isocalendar()[:2] == self.loyalty_over.isocalendar()[:2]
        return assignment.partner == KESTREL and same_week

    def precedence(self, day: date, assignment: Assignment) -> int:
        """What a small example keeps first: the planted days, then detection, then the rest."""
        if self.over_limit(day, assignment):
            return 0
        if assignment.campaign == "RENEW-AMD" and day < self.survey_over:
            return 1
        return 2 if self.message_fails(day, assignment) else 3


def _shared_out(total: int, weights: list[int]) -> list[int]:
    """Whole numbers in proportion to the weights that sum to the total exactly."""
    ends = [0]
    for weight in weights:
        ends.append(ends[-1] + weight)
    marks = [total * end // ends[-1] for end in ends]
    return [high - low for low, high in pairwise(marks)]
