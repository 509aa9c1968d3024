"""Month on month: how a month compares with those before it, by the law in force on each of their days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from auditor.audit.result import Result
from auditor.audit.scan import Cell
from auditor.period import Period

#: So many months are compared, the one that is reported on among them.
MONTHS = 6

#: The verdicts that are counted; of several on one unit's day the first.
_TOLD = ("fail", "undecided", "waived", "pass")


@dataclass(frozen=True, slots=True)
class Month:
    """A month's calls and verdicts: one rule, on one campaign or call centre, on one day, each counted once.

    `low` and `high` are the least and the most that the abandoned call rate of one can have been on any
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
    mine = [r for r in results if r.unit.scope == main or _judged_beside(r)]
    # What was judged and came to something: a verdict on no calls at all is none.
    told: dict[tuple[object, ...], set[str]] = defaultdict(set)
    for r in mine:
        if r.verdict in _TOLD and (r.verdict != "pass" or (r.figures is not None and r.figures.base)):
            told[r.pack, r.rule, r.unit, r.first].add(r.verdict)
    verdicts = Counter(next(verdict for verdict in _TOLD if verdict in found) for found in told.values())
    shown = [r.figures for r in mine if r.rule in rates and r.figures is not None]
    return Month(
        period=period,
        calls=sum(cell.calls for cell in cells),
        failed=verdicts["fail"],
        undecided=verdicts["undecided"],
        waived=verdicts["waived"],
        passed=verdicts["pass"],
        low=min((f.low for f in shown if f.low is not None), default=None),
        high=max((f.high for f in shown if f.high is not None), default=None),
    )


def _judged_beside(result: Result) -> bool:
    """Whether it is of a call centre, as a unit the policy judges beside the campaign."""
    return result.unit.scope == "call_centre" and result.basis != "oversight"
