"""Calls that come after another to the same number: the tallies of the rules about repeats.

Only numbers that had an earlier call of a kind that some rule names are looked at (readings, 18): a
semi-join, not a sort of the month. The number is the call's E.164 number as an integer; any partner's
and any campaign's call of the client counts, and the earlier one may lie before the period.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from auditor.audit.conditions import earlier_conditions, tally_conditions, threshold_values
from auditor.calls.record import QUERYABLE
from auditor.engines import duckdb as engine
from auditor.period import Period
from auditor.rulebook.condition import Expr, sql_of
from auditor.rulebook.model import Rule
from auditor.rulebook.pack import Pack
from auditor.zones import DAY_MS, bounds_ms, local_day_sql, zone_named

TallyKey = tuple[str, str, str]
CellKey = tuple[Any, ...]

_CELL = ("client", "partner", "call_centre", "campaign")


@dataclass(frozen=True, slots=True)
class _Repeating:
    """A rule about repeats; `flags` are the columns that say of an earlier call of which kind it is."""

    pack_id: str
    rule: Rule
    flags: dict[str, str]
    within: str | None  # SQL for milliseconds; None: the same local day

    @property
    def earlier(self) -> str:
        """Whether a kept call is one that this rule speaks of."""
        return " OR ".join(f"{flag} = 1" for flag in self.flags.values())


def repeats(
    connection: duckdb.DuckDBPyConnection, packs: list[Pack], period: Period, client: str | None
) -> dict[CellKey, dict[TallyKey, int]]:
    """The tallies that ask what came before, by (local day, client, partner, call centre, campaign).

    Args:
        connection: a store.
        packs: packs on one clock.
        period: local days on that clock.
        client: whose calls they are where an export does not say.
    """
    zone = zone_named(packs[0].about.time_zone)
    rules, kinds = _repeating(packs, zone)
    first_ms, end_ms = bounds_ms(period, zone)
    back_ms = max((_longest(each.rule) for each in rules), default=0)
    widened = Period(period.first - timedelta(days=back_ms // DAY_MS + 1), period.last, period.words)
    values = {"first": first_ms, "end": end_ms, "back": first_ms - back_ms}
    whose = _whose(connection, values, client)
    day = local_day_sql(widened, zone)
    any_kind = " OR ".join(f"({sql_of(kind)})" for kind in kinds)
    flags = ", ".join(
        f"CASE WHEN {sql_of(kind)} THEN 1 ELSE 0 END AS kind_{n}" for n, kind in enumerate(kinds)
    )
    kept = (
        f"SELECT number_key AS to_number, {whose or 'NULL'} AS of_client, {day} AS on_day, "
        f"dialled_ms AS at_ms, {flags} FROM calls WHERE number_key IS NOT NULL AND dialled_ms >= $back AND dialled_ms < $end "
        f"AND ({any_kind})"
    )
    found: dict[CellKey, dict[TallyKey, int]] = defaultdict(dict)
    with engine.kept(connection, "earlier_calls", kept, _used(kept, values, client)):
        for each in rules:
            find = _same_day if each.within is None else _within
            for row in find(connection, each, day, whose, values, client, zone):
                names = [name for name, tally in each.rule.tally.items() if tally.after]
                keys = [(each.pack_id, each.rule.id, name) for name in names]
                found[row[:5]] |= dict(zip(keys, row[5:], strict=True))
    return found


def _repeating(packs: list[Pack], zone: ZoneInfo) -> tuple[list[_Repeating], list[Expr]]:
    rules: list[_Repeating] = []
    kinds: list[Expr] = []
    for pack in packs:
        for rule in pack.rules:
            if rule.earlier:
                conditions = earlier_conditions(rule, zone)
                flags = {name: f"kind_{len(kinds) + n}" for n, name in enumerate(conditions)}
                kinds += conditions.values()
                within = next(iter(rule.earlier.values())).within
                length = None if within == "day" else threshold_values(rule, zone)[within].text
                rules.append(_Repeating(pack.id, rule, flags, length))
    return rules, kinds


def _longest(rule: Rule) -> int:
    """How far before the period the calls may lie that its calls repeat, in ms."""
    within = {kind.within for kind in rule.earlier.values()} - {"day"}
    return max((version.threshold[name] for version in rule.versions for name in within), default=0)


def _whose(connection: duckdb.DuckDBPyConnection, values: dict[str, Any], client: str | None) -> str | None:
    """SQL for a call's client, or None where all calls are of one and nobody need look."""
    sql = "SELECT DISTINCT client FROM calls WHERE dialled_ms >= $back AND dialled_ms < $end"
    clients = {row[0] or client for row in engine.rows(connection, sql, _used(sql, values, client))}
    return "COALESCE(client, $client)" if len(clients) > 1 else None


def _same_day(
    connection: duckdb.DuckDBPyConnection,
    each: _Repeating,
    day: str,
    whose: str | None,
    values: dict[str, Any],
    client: str | None,
    zone: ZoneInfo,
) -> list[tuple[Any, ...]]:
    """After the first earlier call of its kind on the same local day."""
    firsts = ", ".join(
        f"MIN(CASE WHEN {flag} = 1 THEN at_ms END) AS first_{flag}" for flag in each.flags.values()
    )
    sql = (
        f"SELECT to_number, of_client, on_day, {firsts} FROM earlier_calls WHERE {each.earlier} "
        "GROUP BY to_number, of_client, on_day"
    )
    with engine.kept(connection, "earlier_days", sql, {}):
        same_client = f" AND of_client = {whose}" if whose else ""
        source = (
            f"calls JOIN earlier_days ON number_key = to_number AND on_day = {day}{same_client} "
            "WHERE dialled_ms >= $first AND dialled_ms < $end"
        )
        came_after = {name: f"dialled_ms > first_{flag}" for name, flag in each.flags.items()}
        sql = _tallies(each, day, source, came_after, zone)
        return engine.rows(connection, sql, _used(sql, values, client))


def _within(
    connection: duckdb.DuckDBPyConnection,
    each: _Repeating,
    day: str,
    whose: str | None,
    values: dict[str, Any],
    client: str | None,
    zone: ZoneInfo,
) -> list[tuple[Any, ...]]:
    """Less than so long after the last earlier call of its kind, from dialling to dialling."""
    numbers = f"SELECT DISTINCT to_number FROM earlier_calls WHERE {each.earlier}"
    with engine.kept(connection, "earlier_numbers", numbers, {}):
        partition = "number_key" + (f", {whose}" if whose else "")
        conditions = earlier_conditions(each.rule, zone)
        lasts = ", ".join(
            f"MAX(CASE WHEN {sql_of(conditions[name])} THEN dialled_ms END) OVER earlier AS last_{flag}"
            for name, flag in each.flags.items()
        )
        source = (
            f"(SELECT {', '.join(_read(each, zone))}, {lasts} FROM calls "
            "WHERE number_key IN (SELECT to_number FROM earlier_numbers) "
            "AND dialled_ms >= $back AND dialled_ms < $end "
            f"WINDOW earlier AS (PARTITION BY {partition} ORDER BY dialled_ms "
            "RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS dialled WHERE dialled_ms >= $first"
        )
        came_after = {name: f"dialled_ms < last_{flag} + {each.within}" for name, flag in each.flags.items()}
        sql = _tallies(each, day, source, came_after, zone)
        return engine.rows(connection, sql, _used(sql, values, client))


def _read(each: _Repeating, zone: ZoneInfo) -> list[str]:
    """The columns that the rule's tallies about repeats read of a call."""
    conditions = tally_conditions(each.rule, zone)
    named = {n for name, tally in each.rule.tally.items() if tally.after for n in conditions[name].names()}
    return sorted({"dialled_ms", *_CELL, *(named & set(QUERYABLE))})


def _tallies(each: _Repeating, day: str, source: str, came_after: dict[str, str], zone: ZoneInfo) -> str:
    conditions = tally_conditions(each.rule, zone)
    sums = []
    for name, tally in each.rule.tally.items():
        if tally.after:
            tests = [f"({' OR '.join(came_after[kind] for kind in tally.after)})"]
            tests += [f"COALESCE({came_after[kind]}, FALSE) = FALSE" for kind in tally.unless]
            tests.append(f"({sql_of(conditions[name])})")
            sums.append(f"COUNT(CASE WHEN {' AND '.join(tests)} THEN 1 END)")
    keys = f"{day}, {', '.join(_CELL)}"
    return f"SELECT {keys}, {', '.join(sums)} FROM {source} GROUP BY {keys}"


def _used(sql: str, values: dict[str, Any], client: str | None) -> dict[str, Any]:
    """The bound values that a statement names: an engine refuses others."""
    return {name: value for name, value in {**values, "client": client}.items() if f"${name}" in sql}
