"""One rule over the cells of a period: every unit, every day, every basis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from auditor.audit.house import House
from auditor.audit.judge import Judged, figures_of, verdict_of
from auditor.audit.numbers import percent_text
from auditor.audit.reason import reason_for
from auditor.audit.result import Basis, Result, Turning
from auditor.audit.scan import Cell
from auditor.audit.units import Given, UnitDay, unit_days
from auditor.rulebook.formula import parse_formula
from auditor.rulebook.model import Rule, Version
from auditor.rulebook.pack import Pack

#: The names of a formula that count each call without an estimate as a person, for certain or perhaps.
_UNESTIMATED = frozenset(("people_high", "unestimated"))


@dataclass(frozen=True, slots=True)
class Bar:
    """What a unit is held against: a limit (None: there is none), on which basis, and where it stands."""

    basis: Basis
    limit: str | None
    citation: str
    own: bool


def judge_rule(
    pack: Pack,
    rule: Rule,
    cells: list[Cell],
    given: Given,
    house: House | None,
    reading: str | None,
) -> Iterator[Result]:
    """Every verdict of one rule, in no particular order."""
    other_readings = [name for name in (rule.reading.choice if rule.reading else ()) if name != reading]
    # Of all days, not of a version's alone: one record voids an attestation for the unit.
    scopes = {scope for version in rule.versions for scope in (*version.law, *version.oversight)}
    days = {scope: unit_days(pack.id, rule, scope, cells, given) for scope in scopes}
    for version in rule.versions:
        for scope in (*version.law, *version.oversight):
            for day in (day for day in days[scope] if version.covers(day.day)):
                judged = figures_of(rule, day, reading)
                others = tuple(figures_of(rule, day, other) for other in other_readings)
                for bar in _bars(pack, version, scope, house, rule.kind, judged):
                    yield _result(pack, rule, version, judged, others, bar)
    yield from _out_of_force(pack, rule, cells, given)


def _bars(
    pack: Pack, version: Version, scope: str, house: House | None, kind: str, judged: Judged
) -> Iterator[Bar]:
    """What a unit of this scope is held against: the law, the house's limit, or both.

    A view of oversight is held against the tighter of them; but what is beyond the law's limit is said to
    be, which no house limit may hide.
    """
    law = version.limit
    own = house
    if own is not None and law is not None and (own.default or Fraction(own.limit) >= Fraction(law)):
        own = None  # where the law has a limit, only the client's own, tighter one stands beside it
    if scope in version.law:
        yield Bar("law", law, _cited(pack, version), own=False)
        if own is not None:
            yield Bar("house", own.limit, _house_citation(pack, version, own), own=True)
        return
    unlawful = law is not None and verdict_of(judged, kind, Fraction(law)) == "fail"
    if own is None or unlawful:
        yield Bar("oversight", law, _cited(pack, version), own=False)
    else:
        yield Bar("oversight", own.limit, _house_citation(pack, version, own), own=True)


def _cited(pack: Pack, version: Version) -> str:
    source = pack.about.source[version.citation.source]
    return f"{source.publisher}, {source.title}: {version.citation.provision}"


def _house_citation(pack: Pack, version: Version, house: House) -> str:
    limit = percent_text(Fraction(house.limit))
    whose = (
        "this product's default where the law has none"
        if house.default
        else "set by the client in its workspace"
    )
    return f"House limit of {limit}, {whose}; counted as in {_cited(pack, version)}"


def _result(
    pack: Pack,
    rule: Rule,
    version: Version,
    judged: Judged,
    others: tuple[Judged, ...],
    bar: Bar,
) -> Result:
    limit = Fraction(bar.limit) if bar.limit is not None else None
    verdict = verdict_of(judged, rule.kind, limit)
    reason = reason_for(rule, version, judged, others, limit, verdict)
    return Result(
        pack=pack.id,
        rule=rule.id,
        regime=version.id,
        basis=bar.basis,
        own_limit=bar.own,
        unit=judged.day.unit,
        first=judged.day.day,
        last=judged.day.day,
        figures=judged.figures,
        limit=bar.limit,
        verdict=verdict,
        reason=reason.sentence,
        cause=reason.cause,
        remedy=reason.remedy,
        citation=bar.citation,
        status=version.status,
        workings=judged.workings,
        tallies=tuple((name, int(judged.day.counts[name])) for name in rule.tally),
        attested=judged.day.attested,
        void=judged.day.void,
        turns_on=tuple(_turns_on(rule, judged)),
    )


def _turns_on(rule: Rule, judged: Judged) -> Iterator[Turning]:
    """The tallies whose calls the figures certainly or perhaps count.

    People of an estimate are no calls; but where none speaks of the calls that detection ended, these are.
    """
    day = judged.day
    kinds: tuple[Literal["counted", "doubtful"], ...] = ("counted", "doubtful")
    machines = parse_formula(rule.estimate.machine).summands if rule.estimate else frozenset()
    for kind in kinds:
        summands = judged.formula.formulas[kind].summands
        for name in rule.tally:
            if name in summands and day.counts[name]:
                yield Turning(name, kind, int(day.counts[name]))
            elif name in machines and summands & _UNESTIMATED and day.people.unestimated:
                yield Turning(name, kind, day.people.unestimated, unestimated=True)


def _out_of_force(pack: Pack, rule: Rule, cells: Iterable[Cell], given: Given) -> Iterator[Result]:
    """Days of no version: before there was such a rule, or of one that this pack does not model."""
    outside = [cell for cell in cells if rule.version_on(cell.day) is None]
    earliest = min(rule.versions, key=lambda version: version.from_)
    since = rule.in_force_since or pack.about.coverage.in_force_since
    for scope in earliest.law:
        for day in unit_days(pack.id, rule, scope, outside, given):
            if day.day >= since:
                reason = (
                    f"{pack.about.regulator}'s policy of that day is not in this rulebook, "
                    f"which begins on {earliest.from_}."
                )
            else:
                what = "rule" if rule.in_force_since else "policy"
                reason = f"{pack.about.regulator} had no such {what} before {since}."
            yield _unjudged(pack, rule, day, reason, in_force=day.day >= since)


def _unjudged(pack: Pack, rule: Rule, day: UnitDay, reason: str, *, in_force: bool) -> Result:
    by_hand = "Have these days judged by hand: this rulebook does not model the policy of that time."
    return Result(
        pack=pack.id,
        rule=rule.id,
        regime=None,
        basis="law",
        own_limit=False,
        unit=day.unit,
        first=day.day,
        last=day.day,
        figures=None,
        limit=None,
        verdict="undecided" if in_force else "not_in_force",
        reason=reason,
        cause=reason if in_force else "",
        remedy=by_hand if in_force else "",
        citation=f"{pack.about.title}: coverage of the pack",
        status="unverified" if in_force else "secondary",
    )
