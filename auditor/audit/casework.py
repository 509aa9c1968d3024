"""Running the cases of a rule, and mutants of the rule that some case must catch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb

from auditor.audit.house import house_limit, reading_of
from auditor.audit.numbers import count_text, rate_text
from auditor.audit.result import Result
from auditor.audit.rules import judge_rule
from auditor.audit.scan import scan
from auditor.audit.units import Given
from auditor.calls.record import COLUMNS, KEYS
from auditor.period import Period
from auditor.rulebook.cases import Calls, Case, Expected
from auditor.rulebook.model import Rule, Version
from auditor.rulebook.pack import Pack
from auditor.settings import Attestation, Estimate, HouseLimit, ReadingChoice
from auditor.store.store import LOCKED
from auditor.zones import zone_named

_MOMENTS = {
    "answered": "answered_ms", "greeting_start": "greeting_start_ms", "greeting_end": "greeting_end_ms",
    "connected": "connected_ms", "message_began": "message_ms", "ended": "ended_ms",
}  # fmt: skip
_AS_THEY_ARE = (
    "client", "partner", "call_centre", "campaign", "dial_mode", "dialled_number", "presented_number",
    "amd", "message", "ended_by", "operator_reserved", "precision_ms", "ring_ms", "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one limit, one threshold or one date off by a step; `what` says which."""

    what: str
    rule: Rule
    around: date

    def nearest_first(self, cases: Iterable[Case]) -> list[Case]:
        """The cases in the order in which they are likely to catch it: by their days' distance."""
        return sorted(cases, key=lambda case: min(abs((day - self.around).days) for day in case.on))


class Bench:
    """A scratch store in memory on which cases are run, one after another."""

    def __init__(self, pack: Pack) -> None:
        """Lay out an empty `calls` table for the cases of a pack."""
        self._pack = pack
        self._connection = duckdb.connect(config=LOCKED)
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self._connection.execute(f"CREATE TABLE calls ({columns})")

    def failures(self, rule: Rule, case: Case) -> list[str]:
        """What is other than the case expects, one sentence each; empty where all is as it should be."""
        return [said for day in case.on for said in self._failures_on(day, rule, case)]

    def _failures_on(self, on: date, rule: Rule, case: Case) -> Iterator[str]:
        results = self._judge(on, rule, case)
        for expected in case.expect:
            said = _difference(expected, results, expected.day or on)
            if said is not None:
                yield f"'{case.name}'{f' on {on}' if len(case.on) > 1 else ''}: {said}"

    def _judge(self, on: date, rule: Rule, case: Case) -> list[Result]:
        self._connection.execute("DELETE FROM calls")
        for calls in case.calls:
            row = self._row(on, calls)
            facts = ", ".join(f"CAST(? AS {COLUMNS[name]}) AS {name}" for name in row)
            self._connection.execute(
                f"INSERT INTO calls BY NAME SELECT *, {KEYS} FROM (SELECT {facts} FROM range(?))",
                [*row.values(), calls.count],
            )
        days = [calls.day or on for calls in case.calls]
        period = Period(min(days), max(days), case.name)
        pack = self._pack.model_copy(update={"rules": (rule,)})
        given = Given(
            tuple(Estimate.model_validate(table) for table in case.estimate),
            tuple(Attestation.model_validate(table) for table in case.attestation),
        )
        limits = tuple(HouseLimit.model_validate(table) for table in case.house_limit)
        cells = scan(self._connection, [pack], period, None)
        choices = tuple(ReadingChoice.model_validate(table) for table in case.reading)
        house, reading = house_limit(pack, rule, limits), reading_of(pack, rule, choices)
        return list(judge_rule(pack, rule, cells, given, house, reading))

    def _row(self, on: date, calls: Calls) -> dict[str, Any]:
        zone = zone_named(self._pack.about.time_zone)
        moment = datetime.combine(calls.day or on, calls.at, zone)
        dialled = int(moment.timestamp()) * 1000 + moment.microsecond // 1000 - int(calls.before * 1000)
        row = {name: getattr(calls, name) for name in _AS_THEY_ARE}
        row["dialled_ms"] = dialled
        for name, column in _MOMENTS.items():
            after: Decimal | None = getattr(calls, name)
            row[column] = None if after is None else dialled + int(after * 1000)
        return row


def mutants(rule: Rule) -> Iterator[Mutant]:
    """The rule with each limit and threshold a step up and down, and each version begun a day off."""
    for number, version in enumerate(rule.versions):
        if version.limit is not None:
            for step in (-1, 1):
                moved = _moved(version.limit, step)
                if moved is not None:
                    what = f"version '{version.id}': the limit {moved} for {version.limit}"
                    changed = _with(rule, number, version.model_copy(update={"limit": moved}))
                    yield Mutant(what, changed, version.from_)
        for name, length in version.threshold.items():
            for step in (-1, 1):
                what = f"version '{version.id}': {name} of {length + step} for {length}"
                moved_to = {**version.threshold, name: length + step}
                changed = _with(rule, number, version.model_copy(update={"threshold": moved_to}))
                yield Mutant(what, changed, version.from_)
        for step in (-1, 1):
            yield _begun(rule, number, version, timedelta(step))


def _moved(limit: str, step: int) -> str | None:
    numerator, _, denominator = limit.partition("/")
    moved = int(numerator) + step
    if moved < 0:
        return None
    return f"{moved}/{denominator}" if denominator else str(moved)


def _begun(rule: Rule, number: int, version: Version, shift: timedelta) -> Mutant:
    """A version that begins on another day; the one before it then ends on another."""
    begins = version.from_ + shift
    changed = _with(rule, number, version.model_copy(update={"from_": begins}))
    ordered = sorted(range(len(rule.versions)), key=lambda n: rule.versions[n].from_)
    place = ordered.index(number)
    if place:
        before = ordered[place - 1]
        ends = rule.versions[before].model_copy(update={"to": begins - timedelta(1)})
        changed = _with(changed, before, ends)
    return Mutant(f"version '{version.id}': begun on {begins} for {version.from_}", changed, version.from_)


def _with(rule: Rule, number: int, version: Version) -> Rule:
    versions = (*rule.versions[:number], version, *rule.versions[number + 1 :])
    return rule.model_copy(update={"versions": versions})


def _difference(expected: Expected, results: list[Result], day: date) -> str | None:
    found = [r for r in results if _is_meant(expected, r, day)]
    if len(found) != 1:
        return f"{len(found)} results of {expected.basis} on {expected.scope}, not one"
    (result,) = found
    figures = result.figures
    said = {
        "verdict": result.verdict,
        "regime": result.regime,
        "limit": result.limit,
        "counted": _count(figures.counted if figures else None),
        "doubtful": _count(figures.doubtful if figures else None),
        "base": _count(figures.base if figures else None),
        "rate": rate_text(figures.rate) if figures and figures.rate is not None else None,
    }
    for name in said:
        wanted = getattr(expected, name)
        if wanted is not None and wanted != said[name]:
            return f"{name} is {said[name]}, not {wanted}"
    return None


def _is_meant(expected: Expected, result: Result, day: date) -> bool:
    unit = result.unit
    return (
        (result.basis, unit.scope, result.first) == (expected.basis, expected.scope, day)
        and expected.partner in (None, unit.partner)
        and expected.call_centre in (None, unit.call_centre)
        and expected.campaign in (None, unit.campaign)
    )


def _count(value: Fraction | None) -> str | None:
    return None if value is None else count_text(value)
