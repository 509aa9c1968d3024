"""The conditions of a rule as they apply to a call: its scope joined in, thresholds as of its day."""

from __future__ import annotations

from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from auditor.rulebook.condition import TRUE, Expr, all_of, parse_condition, replaced
from auditor.rulebook.model import Rule
from auditor.zones import day_start_ms


def tally_conditions(rule: Rule, zone: ZoneInfo) -> dict[str, Expr]:
    """Under which condition a call is in each of a rule's tallies, but for what came before it."""
    scope = parse_condition(rule.scope.where) if rule.scope else TRUE
    lengths = threshold_values(rule, zone)
    return {
        name: replaced(all_of(iter((scope, parse_condition(tally.where)))), lengths)
        for name, tally in rule.tally.items()
    }


def earlier_conditions(rule: Rule, zone: ZoneInfo) -> dict[str, Expr]:
    """Under which condition a call is one that a later call may repeat, by kind."""
    lengths = threshold_values(rule, zone)
    return {name: replaced(parse_condition(kind.where), lengths) for name, kind in rule.earlier.items()}


def threshold_values(rule: Rule, zone: ZoneInfo) -> dict[str, Expr]:
    """Each threshold's milliseconds, by the version in force on the day a call was dialled."""
    return {name: _as_of(rule, name, zone) for name in rule.threshold}


def _as_of(rule: Rule, name: str, zone: ZoneInfo) -> Expr:
    versions = sorted(rule.versions, key=lambda version: version.from_)
    steps = [list(alike) for _, alike in groupby(versions, key=lambda version: version.threshold[name])]
    *earlier, last = steps
    value = str(last[-1].threshold[name])
    if earlier:
        whens = [
            f"WHEN dialled_ms < {day_start_ms(after[0].from_, zone)} THEN {step[0].threshold[name]}"
            for step, after in pairwise(steps)
        ]
        value = f"(CASE {' '.join(whens)} ELSE {value} END)"
    return Expr("value", text=value)
