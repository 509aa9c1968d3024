"""Writing the store's file anew: in the old one, what was deleted lies on in blocks that are marked free."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from auditor.errors import AuditorError
from auditor.files import sync_folder

#: Readable by every DuckDB this product supports, whichever one wrote it.
STORAGE_VERSION = "v1.4.0"


def quoted_path(path: Path) -> str:
    """A path as a text in SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def fresh_file(path: Path) -> Path:
    """Where the new file is written before it takes the old one's place."""
    return path.with_name(f".{path.name}.fresh")


def ask_for_rewrite(connection: duckdb.DuckDBPyConnection) -> None:
    """Write down, in the transaction that takes something out, that the file is to be written anew.

    Whoever opens the store next to write does it, if this process is killed before it has.
    """
    connection.execute("INSERT INTO rewriting VALUES (?)", [datetime.now(UTC).isoformat(timespec="seconds")])


def is_asked_for(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the file is to be written anew."""
    return connection.execute("SELECT 1 FROM rewriting LIMIT 1").fetchone() is not None


def rewrite(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Copy what the store holds into a new file under the old one's name.

    Args:
        connection: the store, open for writing; nothing is under way. It stays with the old file.
        path: its file.

    Raises:
        AuditorError: the new file cannot be written; the old one is then as it was.
    """
    fresh = fresh_file(path)
    try:
        fresh.unlink(missing_ok=True)
        (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
        connection.execute("CHECKPOINT")  # nothing may be left in a log that belongs to the old file
        connection.execute(f"ATTACH {quoted_path(fresh)} AS fresh (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute(f'COPY FROM DATABASE "{name}" TO fresh')
        connection.execute("DELETE FROM fresh.rewriting")
        connection.execute("CHECKPOINT fresh")
        connection.execute("DETACH fresh")
        with fresh.open("rb") as stream:
            os.fsync(stream.fileno())
        # The old file is still open, and so locked: who waits for it opens the new one.
        os.replace(fresh, path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        raise AuditorError(
            f"{path}: what was asked for is done, but the store's file could not be written anew, and what "
            f"was taken out may lie on in it ({str(error).splitlines()[0]}): make room and run it again"
        ) from None
    finally:
        fresh.unlink(missing_ok=True)
