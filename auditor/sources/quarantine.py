"""Records that cannot be taken are kept raw, with their place and the reason; none is guessed at."""

from __future__ import annotations

import duckdb

from auditor.sources.locate import Place, places, raw_bytes, start_of
from auditor.sources.mapping import Recognised
from auditor.sources.prepare import Prepared
from auditor.sources.reader import REJECTED, quoted

_FAULTS = {
    "UNQUOTED VALUE": "a quote is not closed, or text follows a closing quote",
    "TOO MANY COLUMNS": "has more fields than the header or the layout",
    "MISSING COLUMNS": "has fewer fields than the header or the layout",
    "INVALID ENCODING": "is not UTF-8 text",
    "LINE SIZE OVER MAXIMUM": "is longer than any call record can be",
}

Rejected = tuple[int | None, int | None, str, bytes]


def quarantine(
    connection: duckdb.DuckDBPyConnection, ready: Prepared, found: Recognised, load_id: int
) -> tuple[int, int]:
    """Move what cannot be taken into `rejects`.

    Returns:
        How many records the file has, and how many of them are rejected.
    """
    readable = connection.execute("SELECT count(*) FROM mapped").fetchone()
    assert readable is not None
    unreadable = _unreadable(connection, ready) if found.shape else []
    refused = connection.execute(
        "SELECT rowid, reject FROM mapped WHERE reject IS NOT NULL ORDER BY rowid"
    ).fetchall()
    senseless = _located(connection, ready, found, dict(refused), unreadable) if refused else []
    rejected = unreadable + senseless
    if rejected:
        # Lists, unnested in SQL: one statement however many there are.
        connection.execute(
            "INSERT INTO rejects SELECT ?, unnest(?::BIGINT[]), unnest(?::BIGINT[]), "
            "unnest(?::VARCHAR[]), unnest(?::BLOB[])",
            [load_id, *(list(column) for column in zip(*rejected, strict=True))],
        )
    return readable[0] + len(unreadable), len(rejected)


def _unreadable(connection: duckdb.DuckDBPyConnection, ready: Prepared) -> list[Rejected]:
    """The records DuckDB could not cut into fields, in the file's order."""
    # DuckDB lists every fault of a record; a record is rejected once.
    rows = connection.execute(
        f"SELECT line, min(line_byte_position), min(CAST(error_type AS VARCHAR)) FROM {REJECTED} "
        "GROUP BY line ORDER BY line"
    ).fetchall()
    found: list[Rejected] = []
    for line, position, fault in rows:
        start = start_of(ready.path, position)
        found.append((line, start, _FAULTS.get(fault, fault.lower()), raw_bytes(ready.original, start)))
    return found


def _located(
    connection: duckdb.DuckDBPyConnection,
    ready: Prepared,
    found: Recognised,
    reasons: dict[int, str],
    unreadable: list[Rejected],
) -> list[Rejected]:
    """The readable records that make no sense, with their places. `reasons` is by ordinal, from 0."""
    if found.shape is None:
        rows = connection.execute(
            "SELECT file_row_number, CAST(to_json(r) AS VARCHAR) FROM "
            f"(SELECT * FROM read_parquet({quoted(str(ready.path))}, file_row_number = true)) r "
            "WHERE list_contains(?::BIGINT[], file_row_number) ORDER BY 1",
            [list(reasons)],
        ).fetchall()
        return [(n + 1, None, reasons[n], text.encode()) for n, text in rows]
    every: list[Place] = list(
        places(
            ready.path,
            quote=found.shape.dialect.quote,
            header=found.shape.layout.header,
            skip=[start for _, start, _, _ in unreadable if start is not None],
        )
    )
    readable = connection.execute("SELECT count(*) FROM mapped").fetchone()
    if readable != (len(every),):
        # The walk and DuckDB disagree on what a record is: say nothing rather than a wrong line.
        return [(None, None, reason, b"") for reason in reasons.values()]
    return [
        (every[n].line, every[n].start, reason, raw_bytes(ready.original, every[n].start, every[n].end))
        for n, reason in reasons.items()
    ]
