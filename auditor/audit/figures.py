"""Counts → a rule's three exact figures, by its own formula."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from auditor.audit.result import Figures
from auditor.errors import AuditorError
from auditor.rulebook.model import Rule, Workings


def reckon(
    rule: Rule, names: Mapping[str, Fraction], reading: str | None, of: str
) -> tuple[Workings, Figures]:
    """The first of the rule's formulas, as it is read, whose condition holds, and what it comes to.

    Args:
        rule: the rule.
        names: its tallies, and the people of an estimate where it takes one.
        reading: which of its readings applies; None: it has no choice of them.
        of: what is counted, for the sentence of a fault.

    Raises:
        AuditorError: none of the formulas applies, or one divides by zero.
    """
    formula = next((f for f in rule.formulas_read(reading) if f.formulas["when"].holds(names)), None)
    if formula is None:
        raise AuditorError(f"rule '{rule.id}': none of its formulas applies to {of}")
    try:
        value = {name: f.value(names) for name, f in formula.formulas.items() if name != "when"}
    except ZeroDivisionError:
        raise AuditorError(
            f"rule '{rule.id}': formula '{formula.title}' divides by zero over {of}: "
            "let its 'when' leave such days to another formula"
        ) from None
    return formula, Figures(value["counted"], value["doubtful"], value["others"], value["midpoint"])
