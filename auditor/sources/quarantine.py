"""Records that cannot be taken are kept raw, with their place and the reason; none is guessed at."""

from __future__ import annotations

import duckdb

from auditor.errors import AuditorError
from auditor.sources.locate import Place, lines_of, raw_bytes
from auditor.sources.reader import REJECTED, quoted
from auditor.sources.records import Recognised

_BROKEN_QUOTE = "a quote is not closed, or text follows a closing quote"
_FAULTS = {
    "UNQUOTED VALUE": _BROKEN_QUOTE,
    "TOO MANY COLUMNS": "has more fields than the header or the layout",
    "MISSING COLUMNS": "has fewer fields than the header or the layout",
    "INVALID ENCODING": "is not UTF-8 text",
    "LINE SIZE OVER MAXIMUM": "is longer than any call record can be",
}

#: Line, offset, reason, bytes and how many they are.
Rejected = tuple[int | None, int | None, str, bytes, int | None]


def quarantine(
    connection: duckdb.DuckDBPyConnection, name: str, found: Recognised, load_id: int, *, raw: bool
) -> tuple[int, int]:
    """Move what cannot be taken into `rejects`; with `raw` its bytes, in which a number may stand anywhere.

    Returns:
        How many records the file has, and how many of them are rejected.

    Raises:
        AuditorError: DuckDB cut the text into other records than its quotes and line ends do.
    """
    mapped = _count(connection, "mapped")
    refused = dict(connection.execute("SELECT rowid, reject FROM mapped WHERE reject IS NOT NULL").fetchall())
    if found.shape is None:
        rejected = _rejected_rows(connection, found, refused) if refused else []
        read = mapped
    else:
        unreadable = _unreadable(connection)
        broken = found.quotes.broken if found.quotes else ()
        if found.quotes and found.quotes.sound - found.shape.layout.header != mapped + len(unreadable):
            raise AuditorError(_CANNOT_FOLLOW.format(name=name))
        placed = [(place, _BROKEN_QUOTE) for place in broken]
        if refused or unreadable:
            placed += _placed(name, found, refused, unreadable)
        rejected = _with_bytes(found, placed)
        read = mapped + len(unreadable) + len(broken)
    if rejected:
        lines, offsets, reasons, contents, lengths = (list(column) for column in zip(*rejected, strict=True))
        # Lists, unnested in SQL: one statement however many there are.
        connection.execute(
            "INSERT INTO rejects SELECT ?, unnest(?::BIGINT[]), unnest(?::BIGINT[]), "
            "unnest(?::VARCHAR[]), CASE WHEN ? THEN unnest(?::BLOB[]) END, unnest(?::BIGINT[])",
            [load_id, lines, offsets, reasons, raw, contents, lengths],
        )
    return read, len(rejected)


def forget(connection: duckdb.DuckDBPyConnection, load_id: int, reason: str) -> None:
    """Keep no bytes of what was rejected for a reason."""
    connection.execute("UPDATE rejects SET raw = NULL WHERE load_id = ? AND reason = ?", [load_id, reason])


_CANNOT_FOLLOW = (
    "{name}: where its records begin and end cannot be told for certain, so nothing of it was loaded: "
    "have it exported again, with quotes inside a field doubled"
)


def _unreadable(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Why DuckDB could not cut some records, by their first byte or one of the line ends before it."""
    # DuckDB lists every fault of a record; a record is rejected once.
    rows = connection.execute(
        f"SELECT line_byte_position - 1, min(CAST(error_type AS VARCHAR)) FROM {REJECTED} GROUP BY 1"
    ).fetchall()
    return {position: _FAULTS.get(fault, fault.lower()) for position, fault in rows}


def _placed(
    name: str, found: Recognised, refused: dict[int, str], unreadable: dict[int, str]
) -> list[tuple[Place, str]]:
    """The places of readable records that make no sense (by ordinal, from 0) and of the unreadable."""
    assert found.shape is not None
    placed = []
    ahead = sorted(unreadable, reverse=True)
    ordinal = 0
    sound = (place for place in found.places() if place.sound)
    for number, place in enumerate(sound):
        if number == 0 and found.shape.layout.header:
            continue
        if ahead and ahead[-1] < place.end:
            placed.append((place, unreadable[ahead.pop()]))
        else:
            if ordinal in refused:
                placed.append((place, refused[ordinal]))
            ordinal += 1
    if len(placed) != len(refused) + len(unreadable):
        raise AuditorError(_CANNOT_FOLLOW.format(name=name))
    return placed


def _with_bytes(found: Recognised, placed: list[tuple[Place, str]]) -> list[Rejected]:
    original = found.ready.original
    lines = lines_of(original, (place.start for place, _ in placed))
    return [
        (lines[p.start], p.start, reason, raw_bytes(original, p), p.end - p.start) for p, reason in placed
    ]


def _rejected_rows(
    connection: duckdb.DuckDBPyConnection, found: Recognised, refused: dict[int, str]
) -> list[Rejected]:
    """Rows of a Parquet file: their number stands for the line, their JSON for the bytes."""
    rows = connection.execute(
        "SELECT file_row_number, CAST(to_json(r) AS VARCHAR) FROM "
        f"(SELECT * FROM read_parquet({quoted(str(found.ready.path))}, file_row_number = true)) r "
        "WHERE list_contains(?::BIGINT[], file_row_number) ORDER BY 1",
        [list(refused)],
    ).fetchall()
    return [(n + 1, None, refused[n], text.encode(), None) for n, text in rows]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
