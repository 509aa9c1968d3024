"""Files that add facts to the calls of another: tables of the same dialler, logs of the same switch."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import duckdb

from auditor.sources.definition import Format, Layout
from auditor.sources.mapping import load_macros
from auditor.sources.reader import named
from auditor.sources.records import Recognised


class Companions:
    """The companions read so far, the records of each layout in a temporary table.

    The tables live as long as the context.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._hashes: dict[str, list[str]] = {}  # by format
        self._tables: set[str] = set()
        self._views: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._views:
            self._connection.execute(f"DROP VIEW IF EXISTS temp.{named(name)}")
        for name in self._tables:
            self._connection.execute(f"DROP TABLE IF EXISTS temp.{named(name)}")

    def read(self, found: Recognised) -> None:
        """Make the temporary table `mapped` of a companion's records, as for an export of calls."""
        load_macros(self._connection)
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE mapped AS "
            "SELECT *, CASE WHEN cut_off THEN 'has fewer fields than the header or the layout' END AS reject "
            f"FROM ({found.raw})"
        )

    def add(self, found: Recognised, sha256: str) -> None:
        """Keep the records in `mapped` that can be taken, for the mappings that follow."""
        columns = ", ".join(map(named, found.layout.columns))
        table = self._table(found.format, found.layout)
        self._connection.execute(
            f"INSERT INTO temp.{named(table)} SELECT {columns} FROM mapped WHERE reject IS NULL"
        )
        self._hashes.setdefault(found.format.id, []).append(sha256)

    def hashes(self, fmt: Format | None) -> list[str]:
        """The hashes of the companions of a format's files, in order."""
        return sorted(self._hashes.get(fmt.id, [])) if fmt else []

    def stage(self, fmt: Format) -> None:
        """Make a relation for each companion layout of a format, under its id: empty without a file."""
        for layout in fmt.companions:
            table = self._table(fmt, layout)
            self._connection.execute(
                f"CREATE OR REPLACE TEMP VIEW {named(layout.id)} AS SELECT * FROM temp.{named(table)}"
            )
            self._views.add(layout.id)

    def _table(self, fmt: Format, layout: Layout) -> str:
        # Two formats may each have a companion of this name.
        name = f"{fmt.id} {layout.id}"
        if name not in self._tables:
            columns = ", ".join(f"{named(column)} VARCHAR" for column in layout.columns)
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {named(name)} ({columns})")
            self._tables.add(name)
        return name
