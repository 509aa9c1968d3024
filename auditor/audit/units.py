"""Cells → the units a rule judges, day by day, with what the workspace says of them applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from auditor.audit.estimate import People, people_in
from auditor.audit.result import Unit
from auditor.audit.scan import Cell
from auditor.rulebook.model import Rule
from auditor.settings import Attestation, Estimate

#: Which of a cell's names make a unit, by scope.
SCOPES: dict[str, tuple[str, ...]] = {
    "campaign": ("campaign",),
    "call_centre": ("call_centre",),
    "partner": ("partner",),
    "campaign+partner": ("partner", "campaign"),
    "client": (),
    "telemarketer": ("partner",),
}

#: Names without which a scope has no unit. Calls of no campaign are one unnamed campaign, and a
#: telemarketer without a partner is the client itself (readings, 20).
_NEEDED: dict[str, tuple[str, ...]] = {
    "call_centre": ("call_centre",),
    "partner": ("partner",),
    "campaign+partner": ("partner",),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What the workspace says of the calls: estimates and attestations."""

    estimates: tuple[Estimate, ...] = ()
    attestations: tuple[Attestation, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitDay:
    """The counts of one unit on one day: tallies, and people where the rule takes an estimate.

    `attested` is how many calls are out of doubt by an attestation, `relied_on` by which; `void`
    lists those that a record contradicts.
    """

    unit: Unit
    day: date
    counts: dict[str, Fraction]
    people: People
    attested: int
    relied_on: tuple[Attestation, ...]
    void: tuple[Attestation, ...]


def unit_days(pack_id: str, rule: Rule, scope: str, cells: Iterable[Cell], given: Given) -> list[UnitDay]:
    """The counts of every unit of a scope on every day it has calls, by unit and day."""
    by_unit: dict[Unit, list[Cell]] = defaultdict(list)
    for cell in cells:
        names = {name: getattr(cell, name) for name in SCOPES[scope]}
        if any(names[name] is None for name in _NEEDED.get(scope, ())):
            continue
        by_unit[Unit(scope, cell.client, **names)].append(cell)
    return [
        day
        for unit in sorted(by_unit, key=_names)
        for day in _days_of(pack_id, rule, unit, by_unit[unit], given)
    ]


def _names(unit: Unit) -> tuple[str, ...]:
    return (unit.client or "", unit.partner or "", unit.call_centre or "", unit.campaign or "")


def _days_of(pack_id: str, rule: Rule, unit: Unit, cells: list[Cell], given: Given) -> list[UnitDay]:
    void = tuple(a for a in given.attestations if _contradicted(pack_id, rule, a, cells))
    by_day: dict[date, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_day[cell.day].append(cell)
    return [_day_of(pack_id, rule, unit, day, by_day[day], given, void) for day in sorted(by_day)]


def _day_of(
    pack_id: str,
    rule: Rule,
    unit: Unit,
    day: date,
    cells: list[Cell],
    given: Given,
    void: tuple[Attestation, ...],
) -> UnitDay:
    totals: dict[str, Fraction] = dict.fromkeys(rule.tally, Fraction(0))
    people = People()
    attested = 0
    relied_on: list[Attestation] = []
    voided: list[Attestation] = []
    for cell in cells:
        counts = counts_of(pack_id, rule, cell)
        for settling in rule.attested:
            speaking = [a for a in given.attestations if a.says == settling.says and _speaks_of(a, cell)]
            valid = [a for a in speaking if a not in void]
            voided += [a for a in speaking if a in void and a not in voided]
            doubtful = sum((counts[name] for name in settling.settles), Fraction(0))
            if valid and doubtful:
                attested += int(doubtful)
                counts |= dict.fromkeys(settling.settles, Fraction(0))
                relied_on += [valid[0]] if valid[0] not in relied_on else []
        if rule.estimate is not None:
            people += people_in(cell, rule, counts, given.estimates)
        for name, count in counts.items():
            totals[name] += count
    return UnitDay(unit, day, totals, people, attested, tuple(relied_on), tuple(voided))


def counts_of(pack_id: str, rule: Rule, cell: Cell) -> dict[str, Fraction]:
    """A cell's tallies for one rule."""
    return {name: Fraction(cell.tallies[pack_id, rule.id, name]) for name in rule.tally}


def _contradicted(pack_id: str, rule: Rule, attestation: Attestation, cells: list[Cell]) -> bool:
    """Whether a single record of the unit says the opposite of an attestation."""
    tallies = [name for a in rule.attested if a.says == attestation.says for name in a.contradicted_by]
    return any(
        cell.tallies[pack_id, rule.id, tally]
        for cell in cells
        for tally in tallies
        if _speaks_of(attestation, cell)
    )


def _speaks_of(attestation: Attestation, cell: Cell) -> bool:
    return attestation.speaks_of(cell.day, cell.partner, cell.call_centre, cell.campaign)
