"""The calls behind a verdict: a few of those that each failure and each doubt turns on, numbers masked.

An officer must be able to look a breach up in the dialler, and a partner to answer for it: a rate
alone names nobody. Only some are taken, the first of the day; all of them are in the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import fields, replace
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from auditor.audit.conditions import tally_conditions
from auditor.audit.repeats import Repeats
from auditor.audit.result import EarlierCall, Result, SampledCall, Turning, Unit
from auditor.audit.units import SCOPES, Given
from auditor.calls.masking import masked, masked_in
from auditor.engines import duckdb as engine
from auditor.period import Period
from auditor.rulebook.condition import quoted, sql_of
from auditor.rulebook.model import Attested, Rule
from auditor.rulebook.pack import Pack
from auditor.zones import EPOCH, bounds_ms, day_of, local_day_sql, zone_named

#: So many calls of each kind are shown of a unit's day.
SHOWN = 10
#: So many are shown in one document, those of failures before those of doubts.
MOST = 2_000

_TELLING = ("fail", "waived", "undecided")
_RECORD = tuple(
    field.name for field in fields(SampledCall) if field.name not in ("counts", "tally", "number", "after")
)
_CELL = ("client", "partner", "call_centre", "campaign")


def sampled(
    connection: duckdb.DuckDBPyConnection,
    packs: Sequence[Pack],
    period: Period,
    client: str | None,
    given: Given,
    partner: str | None,
    results: Iterable[Result],
) -> list[Result]:
    """The results in their order, failures and doubts with a sample of the calls they turn on.

    There is room for `MOST` calls: failures are served first, then doubts, in their order.

    Args:
        connection: a store.
        packs: the packs whose verdicts these are.
        period: local days on each pack's own clock.
        client: whose calls they are where an export does not say.
        given: what the workspace says of the calls: one that is out of doubt by an attestation is none.
        partner: whose calls alone the verdicts are about; None: everybody's.
        results: every verdict on the period.
    """
    found = list(results)
    served = _served(found)
    calls: _Calls = defaultdict(list)
    for zone in sorted({pack.about.time_zone for pack in packs}):
        same_clock = [pack for pack in packs if pack.about.time_zone == zone]
        calls |= _calls(connection, same_clock, period, client, partner, [found[n] for n in served])
    attested = {(pack.id, rule.id): rule.attested for pack in packs for rule in pack.rules}
    for n in served:
        found[n] = _with_sample(found[n], calls, given, attested[found[n].pack, found[n].rule])
    return found


def _served(results: list[Result]) -> list[int]:
    """The places of the results for whose calls there is room."""
    room = MOST
    places: list[int] = []
    wanted = [n for n, result in enumerate(results) if result.verdict in _TELLING and result.turns_on]
    for place in sorted(wanted, key=lambda n: (*_weight(results[n]), n)):
        room -= sum(min(SHOWN, results[place].calls_it_turns_on(kind)) for kind in ("counted", "doubtful"))
        if room < 0:
            break
        places.append(place)
    return sorted(places)


def _weight(result: Result) -> tuple[int, bool, bool, Fraction]:
    """How soon a result is served: as a report tells of it, the worst campaigns first."""
    rate = result.figures.rate if result.figures is not None else None
    return (
        _TELLING.index(result.verdict),
        result.basis == "oversight",
        result.unit.scope == "call_centre",
        -(rate or Fraction(0)),
    )


#: (pack id, rule id, tally, local day) → the first calls of each cell, each with the cell's names.
_Calls = dict[tuple[Any, ...], list[tuple[tuple[str | None, ...], SampledCall]]]


def _with_sample(result: Result, calls: _Calls, given: Given, attested: tuple[Attested, ...]) -> Result:
    sample: list[SampledCall] = []
    for kind in ("counted", "doubtful"):
        of_kind = [
            replace(call, counts=kind)
            for turning in result.turns_on
            if turning.counts == kind
            for cell, call in calls.get((result.pack, result.rule, turning.tally, result.first), ())
            if _unit_of(result.unit.scope, cell) == result.unit
            and not _settled(result, turning, cell, given, attested)
        ]
        sample += sorted(of_kind, key=lambda call: (call.dialled_ms, call.call_id))[:SHOWN]
    return replace(result, sample=tuple(sample))


def _settled(
    result: Result,
    turning: Turning,
    cell: tuple[str | None, ...],
    given: Given,
    attested: tuple[Attested, ...],
) -> bool:
    """Whether somebody answers for these calls, as the figures took it (units.py, estimate.py)."""
    if turning.unestimated:
        return any(e.speaks_of(result.first, *cell[1:]) for e in given.estimates)
    says = {each.says for each in attested if turning.tally in each.settles}
    return any(
        a.says in says and a not in result.void and a.speaks_of(result.first, *cell[1:])
        for a in given.attestations
    )


def _unit_of(scope: str, cell: tuple[str | None, ...]) -> Unit:
    names = dict(zip(_CELL, cell, strict=True))
    return Unit(scope, names["client"], **{name: names[name] for name in SCOPES[scope]})


def _calls(
    connection: duckdb.DuckDBPyConnection,
    packs: list[Pack],
    period: Period,
    client: str | None,
    partner: str | None,
    results: list[Result],
) -> _Calls:
    """The first calls of each cell in the tallies that some results turn on, of the days of those results."""
    zone = zone_named(packs[0].about.time_zone)
    day = local_day_sql(period, zone)
    repeats = Repeats(packs, period, zone, client)
    calls: _Calls = defaultdict(list)
    looking_back = any(
        rule.tally[name].looks_back
        for pack in packs
        for rule in pack.rules
        for result in results
        if (result.pack, result.rule) == (pack.id, rule.id)
        for name in (turning.tally for turning in result.turns_on)
    )
    kept = repeats.kept(connection, named=True) if looking_back else nullcontext()
    with engine.limited(connection), kept as whose:
        for pack, rule in ((each, rule) for each in packs for rule in each.rules):
            mine = [r for r in results if (r.pack, r.rule) == (pack.id, rule.id)]
            if not mine:
                continue
            names = sorted({turning.tally for result in mine for turning in result.turns_on})
            days = ", ".join(str(n) for n in sorted({(r.first - EPOCH).days for r in mine}))
            where = f"in_tally IS NOT NULL AND {day} IN ({days})"
            if partner is not None:
                where += f" AND partner = {quoted(partner)}"
            plain = [name for name in names if not rule.tally[name].looks_back]
            sources = [(plain, _told_by_themselves(rule, plain, period, zone), "NULL")] if plain else []
            for name in (name for name in names if rule.tally[name].looks_back):
                told = repeats.calls_in(pack.id, rule.id, name, whose)
                latest = repeats.latest_before(pack.id, rule.id, name, whose)
                sources.append(([name], f"SELECT calls.*, 0 AS in_tally FROM {told}", latest))
            for tallies, source, latest in sources:
                for name, cell, call, on in _first(connection, tallies, source, latest, where, day, client):
                    calls[pack.id, rule.id, name, on].append((cell, _as_seen_by(partner, call)))
    return calls


def _told_by_themselves(rule: Rule, names: list[str], period: Period, zone: ZoneInfo) -> str:
    """SQL of the calls of a period with the place among `names` of the tally they are in."""
    first_ms, end_ms = bounds_ms(period, zone)
    conditions = tally_conditions(rule, zone)
    whens = "".join(f"WHEN {sql_of(conditions[name])} THEN {n} " for n, name in enumerate(names))
    within = f"dialled_ms >= {first_ms} AND dialled_ms < {end_ms}"
    return f"SELECT *, CASE {whens}END AS in_tally FROM calls WHERE {within}"


def _first(
    connection: duckdb.DuckDBPyConnection,
    names: list[str],
    source: str,
    latest: str,
    where: str,
    day: str,
    client: str | None,
) -> Iterator[tuple[str, tuple[str | None, ...], SampledCall, date]]:
    """The first calls of each cell in each tally: tally, cell, call and local day.

    `source` is SQL with `in_tally`, the tally's place among `names`; `latest` is SQL for the call that one
    of its calls repeats.
    """
    cell = ", ".join(_CELL)
    rank = f"ROW_NUMBER() OVER (PARTITION BY in_tally, {day}, {cell} ORDER BY dialled_ms, call_id)"
    ranked = f"SELECT *, {day} AS on_day, {rank} AS place FROM ({source}) AS told WHERE {where}"
    columns = f"in_tally, on_day, {cell}, dialled_number, {latest}, {', '.join(_RECORD)}"
    for row in engine.rows(connection, f"SELECT {columns} FROM ({ranked}) AS sampled WHERE place <= {SHOWN}"):
        of = (row[2] if row[2] is not None else client, *row[3:6])
        record = dict(zip(_RECORD, row[8:], strict=True))
        # Where a dialler gives its calls no id, one is made of what there is, and that has the number.
        record["call_id"] = masked_in(record["call_id"], row[6])
        after = row[7] and EarlierCall(**row[7] | {"call_id": masked_in(row[7]["call_id"], row[6])})
        call = SampledCall("counted", names[row[0]], number=masked(row[6]), after=after, **record)
        yield names[row[0]], of, call, day_of(row[1])


def _as_seen_by(partner: str | None, call: SampledCall) -> SampledCall:
    """A call without what a partner may not know: when and by whom else the number was called before."""
    if partner is None or call.after is None or call.after.partner == partner:
        return call
    return replace(call, after=EarlierCall(None, None, None, None, None))
