"""The reasoned estimate: how many of the calls that AMD ended may have been people."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from auditor.audit.interval import clopper_pearson
from auditor.audit.scan import Cell
from auditor.rulebook.formula import parse_formula
from auditor.rulebook.model import Rule
from auditor.settings import Estimate

#: What an estimate gives a rule's formulas besides its tallies; `of` is what it is a share of.
PEOPLE = {
    "people_low": "people taken for machines, at the low end of the reasoned estimate (a share of: {of})",
    "people_mid": "the same, as many as were found in the sample of the reasoned estimate",
    "people_high": "the same, at its high end, and every call of which no reasoned estimate speaks",
    "unestimated": "calls that no reasoned estimate speaks of (of: {of})",
}


@dataclass(frozen=True, slots=True)
class People:
    """People among the calls that AMD ended: the ends of the interval and the midpoint.

    `unestimated` counts the calls that no estimate speaks of: each may have been a person.
    """

    low: Fraction = Fraction(0)
    mid: Fraction = Fraction(0)
    high: Fraction = Fraction(0)
    unestimated: int = 0

    def __add__(self, other: People) -> People:
        return People(
            self.low + other.low,
            self.mid + other.mid,
            self.high + other.high,
            self.unestimated + other.unestimated,
        )


def people_in(cell: Cell, rule: Rule, counts: dict[str, Fraction], estimates: tuple[Estimate, ...]) -> People:
    """The people that AMD took for machines among a cell's calls (readings, 11 and 13).

    Args:
        cell: a day's calls of one partner, call centre and campaign: estimates are looked up here,
            so that a wider row takes each campaign's estimate by its share of the calls.
        rule: a rule that takes an estimate.
        counts: the cell's tallies for the rule.
        estimates: the workspace's.
    """
    assert rule.estimate is not None
    if parse_formula(rule.estimate.used).value(counts) == 0:
        return People()
    machines = parse_formula(rule.estimate.machine).value(counts)
    estimate = estimate_for(cell, estimates)
    if estimate is None:
        return People(high=machines, unestimated=int(machines))
    shares = (
        *clopper_pearson(estimate.false_positives, estimate.sample),
        Fraction(estimate.false_positives, estimate.sample),
    )
    if estimate.base == "machine":
        low, high, mid = (share * machines for share in shares)
    else:
        # f is measured on the live calls, those lost to AMD included: F = f (D + L) / (1 - f).
        live = parse_formula(rule.estimate.live).value(counts)
        low, high, mid = (share * live / (1 - share) for share in shares)
    return People(low, mid, high)


def estimate_for(cell: Cell, estimates: tuple[Estimate, ...]) -> Estimate | None:
    """The estimate that speaks of a cell most closely; of equals, the one that began last."""
    speaking = [e for e in estimates if e.speaks_of(cell.day, cell.partner, cell.call_centre, cell.campaign)]
    return max(speaking, key=lambda each: (each.closeness, each.from_), default=None)
