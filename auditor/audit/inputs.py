"""The files an audit rests on, as much of each as a user may see."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from auditor.audit.selection import Selection
from auditor.store import ledger


@dataclass(frozen=True, slots=True)
class Inputs:
    """The loads that hold selected calls of a period.

    `shared` are the numbers of those that hold, or held, other partners' records besides. Of such a load
    a partner's audit has the partner's own calls alone: whose a rejected record was cannot be told.
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
        "SELECT load_id, count(*) FILTER (partner = ?) FROM calls "
        "WHERE list_contains(?::INTEGER[], load_id) GROUP BY load_id",
        [selection.partner, sorted(holding)],
    ).fetchall()
    mine = dict(rows)
    # A file is the partner's alone if it was given as the partner's, or if every record in it is its own.
    shared = {
        load.load_id
        for load in loads
        if load.partner != selection.partner and mine[load.load_id] != load.read
    }
    return Inputs(
        tuple(_own_part(load, mine[load.load_id]) if load.load_id in shared else load for load in loads),
        frozenset(shared),
    )


def _own_part(load: ledger.Load, own: int) -> ledger.Load:
    """A load that others share as a partner may see it: so many calls of its own."""
    return replace(load, read=own, accepted=own, rejected=0, duplicate=0, notes=(), suspicions=())
