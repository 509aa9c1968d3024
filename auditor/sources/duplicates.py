"""The same call twice: once in the figures, and a conflict where the two versions differ."""

from __future__ import annotations

from importlib.resources import files

import duckdb

from auditor.calls.record import FACTS
from auditor.sources.definition import Format

_DIFFERS = " OR ".join(f"a.{fact} IS DISTINCT FROM b.{fact}" for fact in FACTS)
_RECORD = "{" + ", ".join(f"'{fact}': a.{fact}" for fact in (*FACTS, "version", "group_key")) + "}"
#: Of versions the one with the highest number, then the last of the file.
_LATEST_FIRST = "m.version DESC NULLS LAST, m.rowid DESC"


def settle(connection: duckdb.DuckDBPyConnection, load_id: int, fmt: Format) -> tuple[int, tuple[str, ...]]:
    """Decide, for the records in `mapped`, which are kept.

    Makes the temporary table `not_kept` (the places in `mapped` that are duplicates), folds legs into
    one call where the format has them, removes from `calls` the versions that this load replaces,
    corrects the ledger lines they came from, and lists every conflict.

    Returns:
        How many records of this load are duplicates, and what there is to say of them.
    """
    repeated, not_kept, *settling = _statements(
        "duplicates.sql", differs=_DIFFERS, record=_RECORD, load_id=load_id, latest_first=_LATEST_FIRST
    )
    legs = _statements("legs.sql", facts=", ".join(FACTS))
    finding = legs if fmt.legs else [repeated, not_kept]
    for statement in (*finding, *settling):
        connection.execute(statement)
    row = connection.execute("SELECT count(*) FROM not_kept").fetchone()
    assert row is not None
    return int(row[0]), _notes(connection, fmt)


def _notes(connection: duckdb.DuckDBPyConnection, fmt: Format) -> tuple[str, ...]:
    notes = []
    folded = connection.execute(
        "SELECT (SELECT count(*) FROM not_kept) - count(*) FILTER (NOT changed) FROM met"
    ).fetchone()
    if fmt.legs and folded and folded[0]:
        notes.append(f"{folded[0]:,} records are further legs of calls and count as duplicates")
    changed = connection.execute(
        "SELECT outcome_before, outcome_after, count(*) FROM met WHERE changed "
        "GROUP BY ALL ORDER BY 3 DESC, 1, 2"
    ).fetchall()
    if changed:
        total = sum(count for *_, count in changed)
        outcomes = [f"{a} is now {b} ({count:,})" for a, b, count in changed if a != b]
        said = f": {', '.join(outcomes)}" if outcomes else ", their outcomes as they were"
        notes.append(f"{total:,} calls came before with other content, and this version replaces it{said}")
    return tuple(notes)


def _statements(name: str, **values: object) -> list[str]:
    text = files("auditor.sources").joinpath(name).read_text("utf-8")
    return (text.format(**values) if values else text).split(";\n")
