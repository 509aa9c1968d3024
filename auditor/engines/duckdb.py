"""The scan on DuckDB."""

from __future__ import annotations

from typing import Any

import duckdb

NAME = "duckdb"


def version() -> str:
    """DuckDB's version, for the record."""
    return duckdb.__version__


def rows(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run one SELECT with bound values and fetch its rows."""
    return connection.execute(sql, values).fetchall()
