"""The scan on DuckDB: SELECTs of conditions that the rulebook let through, on a connection that is locked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import duckdb

from auditor.errors import AuditorError

NAME = "duckdb"
#: Seconds one statement may take: five million calls take less than one.
TIME_LIMIT = 900.0


def version() -> str:
    """DuckDB's version, for the record."""
    return duckdb.__version__


def rows(connection: duckdb.DuckDBPyConnection, sql: str, limit: float = TIME_LIMIT) -> list[tuple[Any, ...]]:
    """Run one SELECT and fetch its rows.

    Raises:
        AuditorError: it took longer than `limit` seconds.
    """
    with _within(connection, limit):
        return connection.execute(sql).fetchall()


@contextmanager
def kept(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> Iterator[None]:
    """Keep what one SELECT finds under a name while the block runs: the engine then knows its size."""
    with _within(connection, TIME_LIMIT):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    try:
        yield
    finally:
        connection.execute(f"DROP TABLE temp.{name}")


@contextmanager
def _within(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
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
