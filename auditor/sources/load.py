"""One export into the store: one transaction, nothing lost, nothing counted twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from auditor.calls.record import FACTS, KEYS
from auditor.errors import AuditorError
from auditor.sources import duplicates
from auditor.sources.mapping import map_records, recognised
from auditor.sources.prepare import prepared
from auditor.sources.quarantine import quarantine
from auditor.sources.reader import REJECTED, SCANS
from auditor.sources.source import Ceiling, Source
from auditor.store import ledger

#: Shows how far DuckDB is while the context lasts.
Watch = Callable[[duckdb.DuckDBPyConnection, str], AbstractContextManager[None]]


def load_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source,
    *,
    name: str | None = None,
    ceiling: Ceiling = Ceiling(),  # noqa: B008 (frozen)
    partners: tuple[str, ...] = (),
    default_zone: str = "Europe/London",
    watch: Watch = lambda _connection, _label: nullcontext(),
) -> tuple[ledger.Load, bool]:
    """Load one export; a file whose bytes are in the store already is left as it is.

    Args:
        connection: a store open for writing.
        path: the export.
        source: how to read it.
        name: what the ledger calls it; its path unless given.
        ceiling: how many rejects it may have.
        partners: the workspace's partner ids; empty: any partner is taken.
        default_zone: the clock of naive times where neither the source nor the file says.
        watch: a context that may show how far DuckDB is.

    Returns:
        The ledger's line, and whether the file was loaded now (False: it was there already).

    Raises:
        AuditorError: the file cannot be read, or has more rejects than the ceiling allows. Nothing
            of it is then in the store.
    """
    name = name or str(path)
    with prepared(path) as ready:
        before = ledger.load_with(connection, ready.sha256, source.partner)
        if before is not None and _is_the_same(before, name, source):
            return before, False
        try:
            found = recognised(connection, ready, source, name, default_zone)
            with watch(connection, Path(name).name):
                map_records(connection, found, source, partners)
            connection.execute("BEGIN")
            load_id = _next_id(connection)
            read, rejected = quarantine(connection, name, found, load_id)
            if not ceiling.allows(rejected, read):
                raise AuditorError(_too_many(connection, name, load_id, rejected, read))
            duplicate = duplicates.settle(connection, load_id)
            _accept(connection, load_id)
            ledger.enter(
                connection,
                ledger.Load(
                    load_id=load_id,
                    file=name,
                    sha256=ready.sha256,
                    bytes=ready.bytes,
                    format=found.format.id,
                    layout=found.layout,
                    partner=source.partner,
                    settings=asdict(source) | {"zone": found.zone},
                    loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    read=read,
                    accepted=read - rejected - duplicate,
                    rejected=rejected,
                    duplicate=duplicate,
                    superseded_by=None,
                    notes=found.notes,
                ),
            )
            connection.execute("COMMIT")
        except duckdb.Error as error:
            raise AuditorError(f"{name}: cannot be loaded: {str(error).splitlines()[0]}") from None
        finally:
            _let_go(connection)
    return ledger.load_numbered(connection, load_id), True


def _is_the_same(before: ledger.Load, name: str, source: Source) -> bool:
    """Whether a file of bytes that are loaded already is the same export again.

    Raises:
        AuditorError: it is given for another partner, which would count its calls twice.
    """
    if before.read and source.partner != before.partner:
        raise AuditorError(
            f"{name}: the same bytes are in the store as load {before.load_id} ({before.file}) of "
            f"{before.partner or 'no partner'}; loaded for {source.partner or 'no partner'} as well, "
            "its calls would count twice"
        )
    return source.partner == before.partner


def _next_id(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchone()
    assert row is not None
    return int(row[0])


def _accept(connection: duckdb.DuckDBPyConnection, load_id: int) -> None:
    connection.execute(
        f"INSERT INTO calls SELECT call_key, ?, rowid + 1, {KEYS}, {', '.join(FACTS)} FROM mapped "
        "WHERE reject IS NULL AND rowid NOT IN (SELECT place FROM not_kept) "
        # Every rule turns on the outcome first: an engine passes over stretches of calls that are alike.
        "ORDER BY outcome, rowid",
        [load_id],
    )
    connection.execute(
        "INSERT INTO unknown_codes SELECT ?, disposition, count(*) FROM mapped "
        "WHERE reject IS NULL AND NOT code_known AND disposition IS NOT NULL "
        "GROUP BY disposition ORDER BY disposition",
        [load_id],
    )


def _too_many(
    connection: duckdb.DuckDBPyConnection, name: str, load_id: int, rejected: int, read: int
) -> str:
    rows = connection.execute(
        "SELECT reason, count(*), min(line) FROM rejects WHERE load_id = ? GROUP BY reason "
        "ORDER BY count(*) DESC, reason LIMIT 3",
        [load_id],
    ).fetchall()
    reasons = "; ".join(
        f"{count:,} × {reason}" + (f" (first on line {line:,})" if line else "")
        for reason, count, line in rows
    )
    return (
        f"{name}: refused, nothing of it was loaded: {rejected:,} of {read:,} records cannot be taken "
        f"({reasons}); mend the export, or allow more with --max-rejects"
    )


def _let_go(connection: duckdb.DuckDBPyConnection) -> None:
    """Undo what is not committed, and drop what was only for this file."""
    with suppress(duckdb.TransactionException):
        connection.execute("ROLLBACK")
    for table in ("mapped", "repeated", "met", "not_kept", REJECTED, SCANS):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
