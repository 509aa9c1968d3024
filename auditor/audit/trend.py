"""Month on month: how a month compares with those before it, by the law in force on each of their days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from auditor.audit.result import Result
from auditor.audit.scan import Cell
from auditor.period import Period

#: So many months are compared, the one that is reported on among them.
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Month:
    """A month's calls and verdicts: one rule, on one campaign, on one day, each counted once.

    `low` and `high` are the least and the most that a campaign's abandoned call rate can have been on any
    day; None where there was none.
    """

    period: Period
    calls: int
    failed: int
    undecided: int
    waived: int
    passed: int
    low: Fraction | None
    high: Fraction | None


def month_of(
    period: Period, cells: Iterable[Cell], results: Iterable[Result], main: str, rates: set[str]
) -> Month:
    """The figures of one month.

    Args:
        period: the month.
        cells: its calls.
        results: the verdicts on them.
        main: the scope of campaigns: `campaign`, or `campaign+partner` for one partner.
        rates: the rules whose figures are rates.
    """
    mine = [result for result in results if result.unit.scope == main and result.figures is not None]
    verdicts = {
        verdict: {(r.pack, r.rule, r.unit, r.first) for r in mine if r.verdict == verdict}
        for verdict in ("fail", "undecided", "waived")
    }
    undecided = verdicts["undecided"] - verdicts["fail"]
    waived = verdicts["waived"] - verdicts["fail"] - undecided
    every = {(r.pack, r.rule, r.unit, r.first) for r in mine}
    shown = [r.figures for r in mine if r.rule in rates and r.figures is not None]
    return Month(
        period=period,
        calls=sum(cell.calls for cell in cells),
        failed=len(verdicts["fail"]),
        undecided=len(undecided),
        waived=len(waived),
        passed=len(every) - len(verdicts["fail"]) - len(undecided) - len(waived),
        low=min((f.low for f in shown if f.low is not None), default=None),
        high=max((f.high for f in shown if f.high is not None), default=None),
    )
