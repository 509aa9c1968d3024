"""The calls behind a verdict: a few of those that each failure and each doubt turns on, numbers masked.

An officer must be able to look a breach up in the dialler, and a partner to answer for it: a rate
alone names nobody. Only some are taken, the first of the day; all of them are in the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

import duckdb

from auditor.audit.conditions import tally_conditions
from auditor.audit.repeats import Repeats
from auditor.audit.result import Result, SampledCall, Unit
from auditor.audit.units import SCOPES, Given
from auditor.calls.masking import masked
from auditor.engines import duckdb as engine
from auditor.period import Period
from auditor.rulebook.condition import sql_of
from auditor.rulebook.model import Attested, Rule
from auditor.rulebook.pack import Pack
from auditor.zones import bounds_ms, day_of, local_day_sql, zone_named

#: So many calls of each kind are shown of a unit's day.
SHOWN = 10
#: So many are shown in one document, those of failures before those of doubts.
MOST = 2_000

_TELLING = ("fail", "undecided")
_RECORD = tuple(
    field.name for field in fields(SampledCall) if field.name not in ("counts", "tally", "number")
)
_CELL = ("client", "partner", "call_centre", "campaign")


def sampled(
    connection: duckdb.DuckDBPyConnection,
    packs: Sequence[Pack],
    period: Period,
    client: str | None,
    given: Given,
    results: Iterable[Result],
) -> list[Result]:
    """The results, failures and doubts with a sample of the calls they turn on.

    Args:
        connection: a store.
        packs: packs on one clock, whose verdicts these are.
        period: local days on that clock.
        client: whose calls they are where an export does not say.
        given: what the workspace says of the calls: one that is out of doubt by an attestation is none.
        results: every verdict of those packs on the period.
    """
    found = list(results)
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for result in found:
        if result.verdict in _TELLING:
            asked[result.pack, result.rule].update(name for name, _ in result.turns_on)
    calls = _calls(connection, packs, period, client, asked)
    settling = {(pack.id, rule.id): rule.attested for pack in packs for rule in pack.rules}
    return [_with_sample(result, calls, given, settling[result.pack, result.rule]) for result in found]


def within_measure(results: Iterable[Result]) -> list[Result]:
    """The results in their order, with samples as long as there is room for them: failures come first."""
    found = list(results)
    room = MOST
    without: set[int] = set()
    for verdict in _TELLING:
        for place, result in enumerate(found):
            if result.verdict == verdict:
                room -= len(result.sample)
                without |= {place} if room < 0 else set()
    return [replace(r, sample=()) if place in without else r for place, r in enumerate(found)]


#: (pack id, rule id, tally, local day) → the first calls of each cell, each with the cell's names.
_Calls = dict[tuple[Any, ...], list[tuple[tuple[str | None, ...], SampledCall]]]


def _with_sample(result: Result, calls: _Calls, given: Given, attested: tuple[Attested, ...]) -> Result:
    if result.verdict not in _TELLING:
        return result
    sample: list[SampledCall] = []
    for kind in ("counted", "doubtful"):
        of_kind = [
            replace(call, counts=kind)
            for name, counts in result.turns_on
            if counts == kind
            for cell, call in calls.get((result.pack, result.rule, name, result.first), ())
            if _unit_of(result.unit.scope, cell) == result.unit
            and not _settled(result, name, cell, given, attested)
        ]
        sample += sorted(of_kind, key=lambda call: (call.dialled_ms, call.call_id))[:SHOWN]
    return replace(result, sample=tuple(sample))


def _settled(
    result: Result, tally: str, cell: tuple[str | None, ...], given: Given, attested: tuple[Attested, ...]
) -> bool:
    """Whether somebody answers for these calls, as the figures took it (units.py)."""
    says = {each.says for each in attested if tally in each.settles}
    return any(
        a.says in says and a not in result.void and a.speaks_of(result.first, *cell[1:])
        for a in given.attestations
    )


def _unit_of(scope: str, cell: tuple[str | None, ...]) -> Unit:
    names = dict(zip(_CELL, cell, strict=True))
    return Unit(scope, names["client"], **{name: names[name] for name in SCOPES[scope]})


def _calls(
    connection: duckdb.DuckDBPyConnection,
    packs: Sequence[Pack],
    period: Period,
    client: str | None,
    asked: dict[tuple[str, str], set[str]],
) -> _Calls:
    zone = zone_named(packs[0].about.time_zone)
    first_ms, end_ms = bounds_ms(period, zone)
    within = f"dialled_ms >= {first_ms} AND dialled_ms < {end_ms}"
    day = local_day_sql(period, zone)
    rules = [(pack, rule) for pack in packs for rule in pack.rules]
    repeats = Repeats(list(packs), period, zone, client)
    looking_back = {key: names & _looking_back(rules, key) for key, names in asked.items()}
    calls: _Calls = defaultdict(list)
    with engine.limited(connection):
        for pack, rule in rules:
            names = sorted(asked[pack.id, rule.id] - looking_back.get((pack.id, rule.id), set()))
            if names:
                conditions = tally_conditions(rule, zone)
                whens = "".join(f"WHEN {sql_of(conditions[name])} THEN {n} " for n, name in enumerate(names))
                source = f"SELECT *, CASE {whens}END AS in_tally FROM calls WHERE {within}"
                _take(connection, calls, (pack.id, rule.id), names, source, day, client)
        if any(looking_back.values()):
            with repeats.kept(connection) as whose:
                for (pack_id, rule_id), names_back in looking_back.items():
                    for name in sorted(names_back):
                        told = repeats.calls_in(pack_id, rule_id, name, whose)
                        source = f"SELECT calls.*, 0 AS in_tally FROM {told}"
                        _take(connection, calls, (pack_id, rule_id), [name], source, day, client)
    return calls


def _looking_back(rules: list[tuple[Pack, Rule]], key: tuple[str, str]) -> set[str]:
    (rule,) = (rule for pack, rule in rules if (pack.id, rule.id) == key)
    return {name for name, tally in rule.tally.items() if tally.looks_back}


def _take(
    connection: duckdb.DuckDBPyConnection,
    calls: _Calls,
    key: tuple[str, str],
    names: list[str],
    source: str,
    day: str,
    client: str | None,
) -> None:
    """Add the first calls of each cell in each tally; `source` is SQL with `in_tally`, the tally's place."""
    cell = ", ".join(_CELL)
    rank = f"ROW_NUMBER() OVER (PARTITION BY in_tally, {day}, {cell} ORDER BY dialled_ms, call_id)"
    columns = f"in_tally, {day} AS on_day, {cell}, dialled_number, {', '.join(_RECORD)}"
    ranked = f"SELECT {columns}, {rank} AS place FROM ({source}) AS told WHERE in_tally IS NOT NULL"
    for row in engine.rows(connection, f"SELECT * FROM ({ranked}) AS ranked WHERE place <= {SHOWN}"):
        name, on_day, number = names[row[0]], day_of(row[1]), row[6]
        of = (row[2] if row[2] is not None else client, *row[3:6])
        record = dict(zip(_RECORD, row[7:-1], strict=True))
        call = SampledCall(counts="counted", tally=name, number=masked(number), **record)
        calls[*key, name, on_day].append((of, call))
