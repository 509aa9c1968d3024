"""Records that cannot be taken are kept raw, with their place and the reason; none is guessed at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, tee

import duckdb

from auditor.sources.locate import Place, lines_and_bytes
from auditor.sources.reader import quoted
from auditor.sources.records import Recognised

#: So many are moved in one statement.
AT_ONCE = 10_000

#: Line, offset, reason, bytes and how many they are.
Rejected = tuple[int | None, int | None, str, bytes, int | None]


def quarantine(
    connection: duckdb.DuckDBPyConnection,
    found: Recognised,
    load_id: int,
    *,
    keep_raw: Callable[[str], bool],
) -> tuple[int, int]:
    """Move what cannot be taken into `rejects`; its bytes where `keep_raw` says so of the reason.

    Returns:
        How many records the file has, and how many of them are rejected.
    """
    refused = dict(connection.execute("SELECT rowid, reject FROM mapped WHERE reject IS NOT NULL").fetchall())
    if found.shape is None:
        rejects = _rejected_rows(connection, found, refused)
    else:
        rejects = _rejected_records(found, refused)
    if refused or found.faults:
        while some := list(islice(rejects, AT_ONCE)):
            lines, offsets, reasons, contents, lengths = (list(column) for column in zip(*some, strict=True))
            kept = [raw if keep_raw(reason) else None for raw, reason in zip(contents, reasons, strict=True)]
            # Lists, unnested in SQL: one statement however many there are.
            connection.execute(
                "INSERT INTO rejects SELECT ?, unnest(?::BIGINT[]), unnest(?::BIGINT[]), "
                "unnest(?::VARCHAR[]), unnest(?::BLOB[]), unnest(?::BIGINT[])",
                [load_id, lines, offsets, reasons, kept, lengths],
            )
    mapped = connection.execute("SELECT count(*) FROM mapped").fetchone()
    assert mapped is not None
    return int(mapped[0]) + len(found.faults), len(refused) + len(found.faults)


def _rejected_records(found: Recognised, refused: dict[int, str]) -> Iterator[Rejected]:
    """The records whose fields make no sense (by ordinal, from 0) and those that have none."""
    ahead, placed = tee(_placed(found, refused))
    told = lines_and_bytes(found.ready.original, (place for place, _ in ahead))
    for (place, reason), (line, raw) in zip(placed, told, strict=True):
        yield line, place.start, reason, raw, place.end - place.start


def _placed(found: Recognised, refused: dict[int, str]) -> Iterator[tuple[Place, str]]:
    ordinal = -found.layout.header
    for number, place in enumerate(found.places()):
        if number in found.faults:
            yield place, found.faults[number]
        else:
            if ordinal in refused:
                yield place, refused[ordinal]
            ordinal += 1


def _rejected_rows(
    connection: duckdb.DuckDBPyConnection, found: Recognised, refused: dict[int, str]
) -> Iterator[Rejected]:
    """Rows of a Parquet file: their number stands for the line, their JSON for the bytes."""
    rows = connection.execute(
        "SELECT file_row_number, CAST(to_json(r) AS VARCHAR) FROM "
        f"(SELECT * FROM read_parquet({quoted(str(found.ready.path))}, file_row_number = true)) r "
        "WHERE file_row_number IN (SELECT unnest(?::BIGINT[])) ORDER BY 1",
        [list(refused)],
    ).fetchall()
    yield from ((n + 1, None, refused[n], text.encode(), None) for n, text in rows)
