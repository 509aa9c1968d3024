"""Taking call records past their retention out of the store's file, and writing down that it was done."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from auditor.store.rewrite import ask_for_rewrite, rewrite


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took out of one load: calls, older versions of calls, and the raw bytes of rejects."""

    load_id: int
    file: str
    calls: int
    versions: int
    rejects: int


def purge(
    connection: duckdb.DuckDBPyConnection, path: Path, day: date, before_ms: int, when: datetime, *, dry: bool
) -> list[Purged]:
    """Take out every call dialled before an instant, and rewrite the file without them.

    Of calls that stood in several files or versions, those go too. Rejected records have no time of their
    own: their raw bytes go with the last call of their file (of a file without calls, if it was loaded
    before the day); where they stood and why they were rejected stays, as do the load ledger's counts.

    Args:
        connection: the store, open for writing.
        path: its file.
        day: the day, for the record.
        before_ms: when that day begins, epoch ms.
        when: now, UTC.
        dry: only say what would go.

    Raises:
        AuditorError: the new file cannot be written; the old one is then as it was.
    """
    connection.execute("BEGIN")
    try:
        found = _delete(connection, day, before_ms, when)
        connection.execute("ROLLBACK" if dry else "COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # of one that could not be written
            connection.execute("ROLLBACK")
        raise
    if not dry:
        rewrite(connection, path)
    return found


def _delete(connection: duckdb.DuckDBPyConnection, day: date, before_ms: int, when: datetime) -> list[Purged]:
    counts: dict[int, list[int]] = {}

    def count(place: int, sql: str, *values: object) -> None:
        for load_id, number in connection.execute(sql, values).fetchall():
            counts.setdefault(load_id, [0, 0, 0])[place] = number

    count(0, "SELECT load_id, count(*) FROM calls WHERE dialled_ms < ? GROUP BY load_id", before_ms)
    # A call's last version says when it was: with it go the earlier ones, whatever day they had.
    old_version = (
        "coalesce(CAST(json_extract(record, '$.dialled_ms') AS BIGINT), 0) < ? "
        "OR call_key IN (SELECT call_key FROM calls WHERE dialled_ms < ?)"
    )
    old = [before_ms, before_ms]
    count(1, f"SELECT load_id, count(*) FROM conflicts WHERE {old_version} GROUP BY load_id", *old)
    connection.execute(f"DELETE FROM conflicts WHERE {old_version}", old)
    connection.execute("DELETE FROM calls WHERE dialled_ms < ?", [before_ms])
    connection.execute("DELETE FROM duplicates WHERE call_key NOT IN (SELECT call_key FROM calls)")
    bare = (
        "raw IS NOT NULL AND load_id NOT IN (SELECT load_id FROM calls) AND load_id IN "
        "(SELECT load_id FROM loads WHERE accepted > 0 OR loaded_at < ?)"
    )
    count(2, f"SELECT load_id, count(*) FROM rejects WHERE {bare} GROUP BY load_id", day.isoformat())
    connection.execute(f"UPDATE rejects SET raw = NULL WHERE {bare}", [day.isoformat()])
    names = dict(connection.execute("SELECT load_id, file FROM loads").fetchall())
    found = [Purged(load_id, names[load_id], *numbers) for load_id, numbers in sorted(counts.items())]
    reached = connection.execute("SELECT count(*) FROM purges WHERE before_ms >= ?", [before_ms]).fetchone()
    if not found and reached == (0,):
        found = [Purged(0, "", 0, 0, 0)]
    for each in found:
        connection.execute(
            "INSERT INTO purges VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(load_id), 0) FROM loads))",
            [day.isoformat(), before_ms, when.isoformat(timespec="seconds"), each.load_id or None,
             each.calls, each.versions, each.rejects],
        )  # fmt: skip
    ask_for_rewrite(connection)
    return found
