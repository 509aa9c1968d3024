"""Writing the store's file anew: in the old one, what was deleted lies on in blocks that are marked free."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from auditor.errors import AuditorError
from auditor.files import sync_folder
from auditor.store.store import SETTINGS, fresh_file, quoted_path


def rewrite(connection: duckdb.DuckDBPyConnection, path: Path, done: str) -> None:
    """Copy what the store holds into a new file under the old one's name.

    Args:
        connection: the store, open for writing; nothing is under way.
        path: its file.
        done: what was done to the store before, for the sentence that this could not be.

    Raises:
        AuditorError: the new file cannot be written; the old one is then as it was.
    """
    fresh = fresh_file(path)
    fresh.unlink(missing_ok=True)
    version = SETTINGS["storage_compatibility_version"]
    try:
        (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
        connection.execute("CHECKPOINT")  # nothing may be left in a log that belongs to the old file
        connection.execute(f"ATTACH {quoted_path(fresh)} AS fresh (STORAGE_VERSION '{version}')")
        connection.execute(f'COPY FROM DATABASE "{name}" TO fresh')
        connection.execute("CHECKPOINT fresh")
        connection.execute("DETACH fresh")
        with fresh.open("rb") as stream:
            os.fsync(stream.fileno())
        # The old file is still open, and so locked: who waits for it opens the new one.
        os.replace(fresh, path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        raise AuditorError(
            f"{path}: {done}, but its file could not be rewritten without their bytes "
            f"({str(error).splitlines()[0]}): make room and run the same command again"
        ) from None
    finally:
        fresh.unlink(missing_ok=True)
