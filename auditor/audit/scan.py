"""One pass over the calls: the tallies of every rule, by local day, partner, call centre and campaign.

Every window and scope is summed from these cells (design, section 7), so the calls are read once
however many rules, packs and views there are. Only what a call repeats is looked for besides, among
the numbers that had an earlier call of a kind that some rule names (`repeats`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from auditor.audit.conditions import tally_conditions
from auditor.audit.repeats import Repeats, TallyKey
from auditor.audit.tallying import tallying_sql
from auditor.engines import duckdb as engine
from auditor.period import Period
from auditor.rulebook.pack import Pack
from auditor.zones import bounds_ms, day_of, local_day_sql, zone_named


@dataclass(frozen=True, slots=True)
class Cell:
    """The calls of one local day, client, partner, call centre and campaign, and their tallies."""

    day: date
    client: str | None
    partner: str | None
    call_centre: str | None
    campaign: str | None
    calls: int
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
    conditions = {
        (pack.id, rule.id, name): condition
        for pack in packs
        for rule in pack.rules
        for name, condition in tally_conditions(rule, zone).items()
        if not rule.tally[name].looks_back
    }
    group = [local_day_sql(period, zone), "client", "partner", "call_centre", "campaign"]
    source = f"calls WHERE dialled_ms >= {first_ms} AND dialled_ms < {end_ms}"
    asked = list(dict.fromkeys(conditions.values()))  # rules that count the same share the count
    places = {key: 6 + asked.index(condition) for key, condition in conditions.items()}
    repeats = Repeats(packs, period, zone, client)
    with engine.limited(connection):
        found = engine.rows(connection, tallying_sql(group, asked, source))
        repeated = repeats.tallies(connection)
    none = dict.fromkeys(repeats.keys, 0)
    return [
        Cell(
            day=day_of(row[0]),
            client=row[1] if row[1] is not None else client,
            partner=row[2],
            call_centre=row[3],
            campaign=row[4],
            calls=row[5],
            tallies={key: row[place] for key, place in places.items()} | none | repeated.get(row[:5], {}),
        )
        for row in found
    ]
