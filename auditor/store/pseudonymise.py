"""A store that kept numbers as they are comes to keep them as pseudonyms, also in the bytes of its file."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import duckdb

from auditor.calls.record import KEYS
from auditor.errors import StoreRefuses
from auditor.store import ledger
from auditor.store.pseudonyms import HIDDEN, NumbersKey, define, key_id
from auditor.store.rewrite import ask_for_rewrite, rewrite


def pseudonymise(connection: duckdb.DuckDBPyConnection, path: Path, key: NumbersKey) -> int:
    """Make pseudonyms of every number, forget the bytes of rejected records, and rewrite the file.

    One that was stopped before its file was rewritten is brought to its end by doing it again.

    Args:
        connection: the store, open for writing.
        path: its file.
        key: the key for its numbers from now on.

    Returns:
        How many calls were changed.

    Raises:
        StoreRefuses: its numbers are pseudonyms under another key.
        AuditorError: the new file cannot be written; the old one then has the numbers in free blocks.
    """
    kept = key_id(connection)
    if kept not in (None, key.id):
        raise StoreRefuses(
            f"the key for numbers is {key.id}, and the store's numbers are under {kept} already"
        )
    changed = hide(connection, key) if kept is None else 0
    rewrite(connection, path)
    return changed


def hide(connection: duckdb.DuckDBPyConnection, key: NumbersKey) -> int:
    """The same, but for the file: what was there before may lie on in blocks that are free."""
    define(connection, key)
    text = files("auditor.store").joinpath("pseudonymise.sql").read_text("utf-8")
    hidden = ", ".join(f"{sql} AS {column}" for column, sql in HIDDEN.items())
    connection.execute("BEGIN")
    try:
        for statement in text.format(hidden=hidden, number_keys=KEYS).split(";\n"):
            connection.execute(statement)
        for load in ledger.loads(connection):
            ledger.write_settings(connection, load.load_id, load.settings | {"numbers_key": key.id})
        connection.execute("INSERT INTO pseudonyms VALUES (?)", [key.id])
        ask_for_rewrite(connection)
        row = connection.execute("SELECT count(*) FROM calls").fetchone()
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # of one that could not be written
            connection.execute("ROLLBACK")
        raise
    assert row is not None
    return int(row[0])
