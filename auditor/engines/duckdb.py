"""The scan on DuckDB: SELECTs of conditions that the rulebook let through, on a connection that is locked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import duckdb

from auditor.errors import AuditorError

NAME = "duckdb"
#: Seconds a scan may take: that of five million calls takes less than one.
TIME_LIMIT = 900.0


def version() -> str:
    """DuckDB's version, for the record."""
    return duckdb.__version__


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """Run one SELECT and fetch its rows."""
    return connection.execute(sql).fetchall()


@contextmanager
def kept(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> Iterator[None]:
    """Keep what one SELECT finds under a name while the block runs: the engine then knows its size."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    try:
        yield
    finally:
        connection.execute(f"DROP TABLE temp.{name}")


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection, seconds: float = TIME_LIMIT) -> Iterator[None]:
    """Stop what runs in the block when it has taken too long.

    Raises:
        AuditorError: it did.
    """
    timer = Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    except duckdb.InterruptException:
        raise AuditorError(
            f"the rules took longer than {seconds:g} s over these calls: audit a shorter period"
        ) from None
    finally:
        timer.cancel()
