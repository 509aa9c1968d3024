"""The conditions of a rule as they apply to a call: its scope joined in, thresholds as of its day."""

from __future__ import annotations

from itertools import groupby
from zoneinfo import ZoneInfo

from auditor.rulebook.condition import Expr, all_of, replaced
from auditor.rulebook.grammar import parse_condition
from auditor.rulebook.model import Rule
from auditor.zones import day_start_ms

#: Later than any call can be dialled.
END_OF_TIME_MS = 10**14


def tally_conditions(rule: Rule, zone: ZoneInfo) -> dict[str, Expr]:
    """Under which condition a call is in each of a rule's tallies, but for what came before it."""
    scope = rule.scope.where if rule.scope else "TRUE"
    return {
        name: all_of(_read(rule, text, zone) for text in (scope, tally.where))
        for name, tally in rule.tally.items()
    }


def earlier_conditions(rule: Rule, zone: ZoneInfo) -> dict[str, Expr]:
    """Under which condition a call is one that a later call may repeat, by kind."""
    return {name: _read(rule, kind.where, zone) for name, kind in rule.earlier.items()}


def looks_at_digits(rule: Rule, zone: ZoneInfo) -> bool:
    """Whether a condition of the rule is about the dialled number itself: a pseudonym has nothing of it."""
    conditions = (tally_conditions(rule, zone) | earlier_conditions(rule, zone)).values()
    return any(name in ("dialled_number", "number_key") for each in conditions for name in each.names())


def _read(rule: Rule, text: str, zone: ZoneInfo) -> Expr:
    """A condition of the rule with its own words replaced by what they stand for."""
    named = {name: parse_condition(condition.where) for name, condition in rule.condition.items()}
    return replaced(replaced(parse_condition(text), named), _threshold_values(rule, zone))


def _threshold_values(rule: Rule, zone: ZoneInfo) -> dict[str, Expr]:
    """Each threshold's milliseconds, by the version in force on the day a call was dialled."""
    return {name: _as_of(rule, name, zone) for name in rule.threshold}


def longest_look_back(rule: Rule) -> int:
    """How many ms before a period the calls may lie that its calls repeat; 0: all on the same day."""
    within = {kind.within for kind in rule.earlier.values()} - {"day"}
    return max((version.threshold[name] for version in rule.versions for name in within), default=0)


def spans_of_threshold(rule: Rule, name: str, zone: ZoneInfo) -> tuple[tuple[int, int, int], ...]:
    """How long a threshold is, and between which instants (the end excluded), in ms: its steps in order."""
    versions = sorted(rule.versions, key=lambda version: version.from_)
    steps = [list(alike) for _, alike in groupby(versions, key=lambda version: version.threshold[name])]
    begins = [day_start_ms(step[0].from_, zone) for step in steps]
    ends = [*begins[1:], END_OF_TIME_MS]
    begins[0] = -END_OF_TIME_MS
    lengths = [step[0].threshold[name] for step in steps]
    return tuple(zip(lengths, begins, ends, strict=True))


def _as_of(rule: Rule, name: str, zone: ZoneInfo) -> Expr:
    *earlier, last = spans_of_threshold(rule, name, zone)
    whens = "".join(f"WHEN dialled_ms < {end} THEN {length} " for length, _, end in earlier)
    return Expr("value", text=f"(CASE {whens}ELSE {last[0]} END)" if earlier else str(last[0]))
