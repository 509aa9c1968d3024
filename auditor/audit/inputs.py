"""The files an audit rests on, as much of each as a user may see."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from auditor.audit.selection import Selection
from auditor.store import ledger


@dataclass(frozen=True, slots=True)
class Inputs:
    """The loads that hold selected calls of a period.

    `shared` are the numbers of those that hold other partners' calls besides. Of such a load a partner's
    audit has the partner's own calls alone: whose a rejected record was cannot be told.
    """

    loads: tuple[ledger.Load, ...]
    shared: frozenset[int] = frozenset()


def inputs_of(connection: duckdb.DuckDBPyConnection, bounds: tuple[int, int], selection: Selection) -> Inputs:
    """The loads behind a selection.

    Args:
        connection: a store.
        bounds: the period, epoch ms, its end excluded.
        selection: whose calls.
    """
    rows = connection.execute(
        "SELECT DISTINCT load_id FROM calls WHERE dialled_ms >= ? AND dialled_ms < ? "
        "AND (?::VARCHAR IS NULL OR partner = ?) AND (?::VARCHAR IS NULL OR campaign = ?)",
        [*bounds, selection.partner, selection.partner, selection.campaign, selection.campaign],
    ).fetchall()
    holding = {row[0] for row in rows}
    loads = tuple(load for load in ledger.loads(connection) if load.load_id in holding)
    if selection.partner is None:
        return Inputs(loads)
    rows = connection.execute(
        "SELECT load_id, count(*) FILTER (partner = ?), count(*) FROM calls "
        "WHERE list_contains(?::INTEGER[], load_id) GROUP BY load_id",
        [selection.partner, sorted(holding)],
    ).fetchall()
    own = {load_id: mine for load_id, mine, every in rows if mine != every}
    return Inputs(
        tuple(_of_partner(load, own.get(load.load_id)) for load in loads),
        frozenset(own),
    )


def _of_partner(load: ledger.Load, own: int | None) -> ledger.Load:
    """A load as a partner may see it; `own` calls of a shared one are the partner's, None: all."""
    if own is None:
        return load
    return replace(load, read=own, accepted=own, rejected=0, duplicate=0, notes=(), suspicions=())
