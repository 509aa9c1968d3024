"""The same call twice: once in the figures, and a conflict where the two versions differ."""

from __future__ import annotations

from importlib.resources import files

import duckdb

from auditor.calls.record import FACTS


def settle(connection: duckdb.DuckDBPyConnection, load_id: int) -> int:
    """Decide, for the records in `mapped`, which are kept.

    Makes the temporary table `not_kept` (the places in `mapped` that are duplicates), removes from
    `calls` the versions that this load replaces, corrects the ledger lines they came from, and
    lists every conflict.

    Returns:
        How many records of this load are duplicates.
    """
    package = files("auditor.sources")
    differs = " OR ".join(f"a.{fact} IS DISTINCT FROM b.{fact}" for fact in FACTS)
    record = "{" + ", ".join(f"'{fact}': a.{fact}" for fact in FACTS) + "}"
    sql = package.joinpath("duplicates.sql").read_text("utf-8")
    for statement in sql.format(differs=differs, record=record, load_id=load_id).split(";\n"):
        connection.execute(statement)
    row = connection.execute("SELECT count(*) FROM not_kept").fetchone()
    assert row is not None
    return int(row[0])
