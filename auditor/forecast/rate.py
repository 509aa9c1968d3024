"""Simulated days → the rates a rule would find in them, by its own tallies and formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from auditor.audit.figures import reckon
from auditor.calls.record import COLUMNS
from auditor.forecast.simulate import Days
from auditor.rulebook.condition import replaced
from auditor.rulebook.evaluate import Value, evaluator
from auditor.rulebook.grammar import parse_condition
from auditor.rulebook.model import Rule

#: What the record of a simulated call says, by what became of it: its outcome, and what detection said.
_OUTCOMES = {
    "live": ("live_to_agent", "human"),
    "agent_machines": ("machine_by_agent", "human"),
    "dropped": ("dropped_by_dialler", "human"),
    "found": ("machine_by_amd", "machine"),
    "taken": ("machine_by_amd", "machine"),
    "unanswered": ("not_answered", "none"),
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rule that days are judged by: as it stands on a day, read in one of its ways, with a limit.

    `rate` rules over calendar days only: their limit is held against each day for itself.
    """

    rule: Rule
    on: date
    reading: str | None
    limit: Fraction


@dataclass(frozen=True, slots=True)
class Rate:
    """A day's rate; None: the rule finds none in it. `over` says whether the rule fails it.

    `undecided` days are those of which the rule says that no rate can be told: nobody was spoken to, and
    calls were dropped.
    """

    rate: Fraction | None
    over: bool = False
    undecided: bool = False


def rates_of(ruling: Ruling, days: Days, *, detects: bool) -> Iterator[Rate]:
    """What the rule says of each day.

    The people whom detection took for machines are known here: they stand for the reasoned estimate.

    Args:
        ruling: the rule.
        days: as they were simulated.
        detects: whether answering machine detection was used.
    """
    rule = ruling.rule
    weights = {what: _tallies(ruling, what, detects=detects) for what in _OUTCOMES}
    counted = {what: getattr(days, what).tolist() for what in _OUTCOMES}
    for numbers in zip(*counted.values(), strict=True):
        of = dict(zip(counted, numbers, strict=True))
        names = {name: Fraction(sum(of[what] for what in of if name in weights[what])) for name in rule.tally}
        if rule.estimate is not None:
            people = Fraction(of["taken"])
            names |= {"people_low": people, "people_mid": people, "people_high": people}
            names["unestimated"] = Fraction(0)
        formula, figures = reckon(rule, names, ruling.reading, "a simulated day")
        if formula.verdict is not None:
            yield Rate(None, undecided=True)
        elif figures.low is None:
            yield Rate(None)
        else:
            yield Rate(figures.low, over=figures.low > ruling.limit)


def _tallies(ruling: Ruling, what: str, *, detects: bool) -> frozenset[str]:
    """The rule's tallies that such a call is in."""
    outcome, amd = _OUTCOMES[what]
    version = ruling.rule.version_on(ruling.on)
    assert version is not None
    call: dict[str, Value] = dict.fromkeys((*COLUMNS,))
    call |= {"outcome": outcome, "amd": amd if detects else "none", "dial_mode": "auto", "precision_ms": 1}
    call |= version.threshold
    named = {name: parse_condition(each.where) for name, each in ruling.rule.condition.items()}
    scope = ruling.rule.scope.where if ruling.rule.scope else "TRUE"
    return frozenset(
        name
        for name, tally in ruling.rule.tally.items()
        if all(
            evaluator(replaced(parse_condition(text), named))(call) is True for text in (scope, tally.where)
        )
    )
