"""Opening the store: one DuckDB file, one writer at a time, nobody kept waiting for ever."""

from __future__ import annotations

import glob
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from auditor.calls.record import COLUMNS
from auditor.errors import AuditorError, StoreLost
from auditor.store.rewrite import STORAGE_VERSION, is_asked_for, rewrite

STORE_VERSION = 6

#: Store version → what makes it the next one.
_STEPS = {
    4: "CREATE TABLE purges (before_day VARCHAR NOT NULL, before_ms BIGINT NOT NULL, "
    "purged_at VARCHAR NOT NULL, load_id INTEGER, calls BIGINT NOT NULL, versions BIGINT NOT NULL, "
    "rejects BIGINT NOT NULL)",
    5: "CREATE TABLE pseudonyms (key_id VARCHAR NOT NULL); CREATE TABLE rewriting (since VARCHAR NOT NULL); "
    "ALTER TABLE rejects ADD COLUMN length BIGINT; UPDATE rejects SET length = octet_length(raw); "
    "ALTER TABLE purges ADD COLUMN after_load INTEGER; UPDATE purges SET after_load = "
    "(SELECT coalesce(max(load_id), 0) FROM loads WHERE loaded_at < purged_at); "
    "ALTER TABLE purges ALTER COLUMN after_load SET NOT NULL",
}

# Nothing is fetched, nothing is loaded behind our back, and no Python variable becomes a table.
SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "storage_compatibility_version": STORAGE_VERSION,
}

#: For those who only read: neither files nor the network, and nothing that a statement could switch on again.
LOCKED: dict[str, Any] = {"enable_external_access": "false", "lock_configuration": "true"}


def store_path(workspace: Path) -> Path:
    """Where a workspace keeps its store."""
    return workspace / "store" / "auditor.duckdb"


@contextmanager
def open_store(path: Path, *, write: bool = False, wait: float = 30.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the store, creating it when it is to be written.

    Args:
        path: the DuckDB file.
        write: take the only writer's place; readers share the file with each other.
        wait: seconds to wait for another process to let go.

    Raises:
        AuditorError: there is no store to read, another process holds it, or it cannot be used.
    """
    if path.exists() and not path.is_file():
        raise AuditorError(f"the store {path} is no file: move away what is there")
    if not write and not path.exists():
        raise AuditorError(f"no calls are loaded yet: there is no store at {path}; run `auditor load` first")
    if write:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AuditorError(f"the store's folder {path.parent} cannot be made: {error}") from None
    connection = _connect(path, write=write, wait=wait)
    if write:
        _sweep(path)
    if not write and _is_older(connection):
        connection.close()
        with open_store(path, write=True, wait=wait):
            pass  # that brings it up to date
        connection = _connect(path, write=False, wait=wait)
    try:
        try:
            _prepare(connection, path, write=write)
        except (duckdb.BinderException, duckdb.CatalogException):
            raise AuditorError(
                f"{path} is a database, but no store that auditor made: move it away and load the exports"
            ) from None
        if write and is_asked_for(connection):
            rewrite(connection, path)
            connection.close()
            connection = _connect(path, write=True, wait=wait)
        yield connection
    except duckdb.Error as error:
        why = disk_fault(error)
        if why is None:
            raise
        raise StoreLost(
            f"the store {path} could not be written ({why}); what was in it is as it was: make room and run "
            "it again"
        ) from None
    finally:
        with suppress(duckdb.Error):  # of one that could not be written
            connection.close()


def _sweep(path: Path) -> None:
    """Take away what killed processes left beside a store that nobody else has open: calls are in it."""
    shutil.rmtree(f"{path}.tmp", ignore_errors=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        with suppress(OSError):
            left.unlink()


def disk_fault(error: duckdb.Error) -> str | None:
    """What the system said of a disk that could not be written to; None: that was not the fault."""
    found = re.search(r"No space left on device|File too large|Disk quota exceeded", str(error))
    return found[0].lower() if found else None


def _connect(path: Path, *, write: bool, wait: float) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + wait
    while True:
        try:
            config = SETTINGS if write else SETTINGS | LOCKED
            return duckdb.connect(str(path), read_only=not write, config=config)
        except duckdb.IOException as error:
            # DuckDB's own lock is the only lock: it dies with its holder, and it knows the holder.
            holder = re.search(r"Conflicting lock is held in .*?\(PID (\d+)\)", str(error))
            if holder is None:
                raise AuditorError(f"the store {path} cannot be opened: {_first(error)}") from None
            if time.monotonic() >= deadline:
                raise AuditorError(
                    f"the store {path} is in use by process {holder[1]}: waited {wait:g} s; "
                    "try again when it has finished, or wait longer with --wait"
                ) from None
            time.sleep(min(0.1, max(0.0, deadline - time.monotonic())))
        except duckdb.Error as error:
            raise AuditorError(f"the store {path} cannot be opened: {_first(error)}") from None


def _is_older(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the store is of an earlier version that can be made one of today's."""
    if connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'store'").fetchone() is None:
        return False
    try:
        (version,) = connection.execute("SELECT max(version) FROM store").fetchone() or (None,)
    except duckdb.BinderException:  # somebody else's table of that name
        return False
    return version in _STEPS


def _prepare(connection: duckdb.DuckDBPyConnection, path: Path, *, write: bool) -> None:
    found = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'store'").fetchone()
    if found == (0,):
        if not write:
            raise AuditorError(f"{path} holds no calls yet: run `auditor load` first")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute("BEGIN")
        connection.execute(files("auditor.store").joinpath("schema.sql").read_text("utf-8"))
        connection.execute(f"CREATE TABLE calls ({columns})")
        connection.execute("COMMIT")
    version = connection.execute("SELECT max(version) FROM store").fetchone()
    while write and version is not None and version[0] in _STEPS:
        connection.execute("BEGIN")
        connection.execute(_STEPS[version[0]])
        connection.execute("UPDATE store SET version = version + 1")
        connection.execute("COMMIT")
        version = (version[0] + 1,)
    if version != (STORE_VERSION,):
        found_version = version[0] if version else None
        later = found_version is not None and found_version > STORE_VERSION
        remedy = (
            "update auditor"
            if later
            else "load the exports into a new one, `mv "
            f"{path} {path}.v{found_version}` and `auditor load`; what was sealed stays as it is"
        )
        raise AuditorError(
            f"the store {path} was written by {'a later' if later else 'an earlier'} version of auditor "
            f"(store version {found_version}, this one reads {STORE_VERSION}): {remedy}"
        )


def _first(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
