"""Counts → three exact counts → an interval → a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from auditor.audit.figures import reckon
from auditor.audit.numbers import count_text
from auditor.audit.result import Figures, Verdict, Working
from auditor.audit.units import UnitDay
from auditor.rulebook.formula import Formula
from auditor.rulebook.model import Rule, Workings


@dataclass(frozen=True, slots=True)
class Judged:
    """A unit-day's figures, the formula they came by, and that formula's arithmetic."""

    day: UnitDay
    names: dict[str, Fraction]
    formula: Workings
    figures: Figures
    workings: tuple[Working, ...]


def figures_of(rule: Rule, day: UnitDay, reading: str | None) -> Judged:
    """Apply the first of the rule's formulas, as it is read, whose condition holds."""
    names = dict(day.counts)
    if rule.estimate is not None:
        people = day.people
        names |= {"people_low": people.low, "people_mid": people.mid, "people_high": people.high}
        names["unestimated"] = Fraction(people.unestimated)
    formula, figures = reckon(rule, names, reading, f"the calls of {day.day}")
    return Judged(day, names, formula, figures, _workings(rule, formula, names, figures))


def verdict_of(judged: Judged, kind: str, limit: Fraction | None) -> Verdict:
    """Compare exact rationals: beyond the limit for certain, within it for certain, or undecided."""
    figures = judged.figures
    if limit is None:
        return "not_applicable"
    if judged.formula.verdict is not None:
        return judged.formula.verdict
    if kind == "count":
        low, high = figures.counted, figures.counted + figures.doubtful
    elif figures.low is None or figures.high is None:
        return "not_applicable"
    else:
        low, high = figures.low, figures.high
    if low > limit:
        return "fail"
    return "pass" if high <= limit else "undecided"


def _workings(
    rule: Rule, formula: Workings, names: dict[str, Fraction], figures: Figures
) -> tuple[Working, ...]:
    def line(name: str, parsed: Formula, value: Fraction) -> Working:
        return Working(name, parsed.shown(_words), parsed.shown(_numbers(names)), value)

    parsed = formula.formulas
    lines = [line(rule.counts[1], parsed["counted"], figures.counted)]
    if formula.midpoint is not None:
        lines.append(line(f"{rule.counts[1]}, at the midpoint", parsed["midpoint"], figures.midpoint))
    lines.append(line("doubtful calls", parsed["doubtful"], figures.doubtful))
    lines.append(line("other calls", parsed["others"], figures.others))
    total = (figures.counted, figures.doubtful, figures.others)
    base = " + ".join((rule.counts[1], "doubtful calls", "other calls"))
    lines.append(Working("base", base, " + ".join(map(count_text, total)), figures.base))
    return tuple(lines)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _numbers(names: dict[str, Fraction]) -> Callable[[str], str]:
    return lambda name: count_text(names[name])
