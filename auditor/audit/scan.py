"""One pass over the calls: the tallies of every rule, by local day, partner, call centre and campaign.

Every window and scope is summed from these cells (design, section 7), so the calls are read once
however many rules, packs and views there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from auditor.engines import duckdb as engine
from auditor.period import Period
from auditor.rulebook.model import Pack, Rule
from auditor.zones import bounds_ms, day_of, local_day_sql, zone_named

#: (pack id, rule id, tally name): which count.
TallyKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """The calls of one local day, client, partner, call centre and campaign, and their tallies."""

    day: date
    client: str | None
    partner: str | None
    call_centre: str | None
    campaign: str | None
    calls: int
    mode_unknown: int  # calls of which the export does not say how they were dialled
    tallies: dict[TallyKey, int]


def scan(
    connection: duckdb.DuckDBPyConnection,
    packs: list[Pack],
    period: Period,
    client: str | None,
) -> list[Cell]:
    """Tally the calls of a period for packs that share a time zone.

    Args:
        connection: a store.
        packs: packs on one clock.
        period: local days on that clock.
        client: whose calls they are where an export does not say.
    """
    zone = zone_named(packs[0].about.time_zone)
    first_ms, end_ms = bounds_ms(period, zone)
    keys: list[TallyKey] = []
    sums: list[str] = []
    for pack in packs:
        for rule in pack.rules:
            for name in rule.tally:
                keys.append((pack.id, rule.id, name))
                sums.append(f"COUNT(CASE WHEN {tally_condition(rule, name)} THEN 1 END)")
    sql = (
        f"SELECT {local_day_sql(period, zone)} AS local_day, COALESCE(client, $client), partner, "
        "call_centre, campaign, COUNT(*), COUNT(CASE WHEN dial_mode IS NULL THEN 1 END), "
        f"{', '.join(sums)} FROM calls WHERE dialled_ms >= $first AND dialled_ms < $end "
        "GROUP BY 1, 2, 3, 4, 5 ORDER BY ALL"
    )
    values: dict[str, Any] = {"client": client, "first": first_ms, "end": end_ms}
    return [
        Cell(
            day=day_of(row[0]),
            client=row[1],
            partner=row[2],
            call_centre=row[3],
            campaign=row[4],
            calls=row[5],
            mode_unknown=int(row[6]),
            tallies=dict(zip(keys, map(int, row[7:]), strict=True)),
        )
        for row in engine.rows(connection, sql, values)
    ]


def tally_condition(rule: Rule, name: str) -> str:
    """The SQL condition under which a call is counted in a tally, the rule's scope included."""
    condition = rule.tally[name].where
    return f"({rule.scope.where}) AND ({condition})" if rule.scope else f"({condition})"
