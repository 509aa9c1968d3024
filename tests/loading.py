"""Exports given as text, loaded into a store of their own, and what became of their records."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from auditor.sources.batch import Export, batches
from auditor.sources.companions import Companions
from auditor.sources.load import Supersede, Terms, load_companion, load_file
from auditor.sources.source import Ceiling, Source
from auditor.store import ledger
from auditor.store.pseudonyms import NumbersKey
from auditor.store.store import open_store


@dataclass
class Store:
    """A store in memory, and the folder its exports lie in."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    #: Whether the last export was loaded when it was given, or was there already.
    new: bool = False
    #: What makes pseudonyms of numbers.
    key: NumbersKey | None = None

    def load(
        self,
        export: str | bytes,
        name: str = "export",
        *,
        ceiling: Ceiling = Ceiling(),  # noqa: B008 (frozen)
        known_partners: tuple[str, ...] = (),
        supersede: Supersede | None = None,
        **how: Any,
    ) -> ledger.Load:
        """Load an export; `how` are the fields of a Source."""
        path = self.folder / name
        path.write_bytes(export.encode() if isinstance(export, str) else export)
        terms = Terms(ceiling, known_partners, supersede=supersede, numbers_key=self.key)
        load, self.new = load_file(self.connection, path, Source(**how), name=name, terms=terms)
        return load

    def load_together(
        self,
        exports: dict[str, str],
        *,
        ceiling: Ceiling = Ceiling(),  # noqa: B008 (frozen)
        **how: Any,
    ) -> list[ledger.Load]:
        """Load exports as one command would, companions with the calls they add to."""
        jobs = []
        for name, text in exports.items():
            (self.folder / name).write_text(text, "utf-8")
            jobs.append(Export(self.folder / name, name, Source(**how)))
        loads = []
        terms = Terms(ceiling, numbers_key=self.key)
        for batch in batches(jobs):
            with Companions(self.connection) as companions:
                for job in batch.companions:
                    load, _ = load_companion(
                        self.connection, job.path, job.source, companions, name=job.name, terms=terms
                    )
                    loads.append(load)
                for job in batch.calls:
                    load, _ = load_file(
                        self.connection,
                        job.path,
                        job.source,
                        name=job.name,
                        terms=terms,
                        companions=companions,
                    )
                    loads.append(load)
        return loads

    def calls(self) -> list[dict[str, Any]]:
        """The calls kept, in the order of their loads and records."""
        return self.rows("SELECT * FROM calls ORDER BY load_id, source_row")

    def call(self, call_id: str) -> dict[str, Any]:
        """The one call of this id."""
        (found,) = [call for call in self.calls() if call["call_id"] == call_id]
        return found

    def rejects(self) -> list[ledger.Reject]:
        """What was rejected, in the order of loads and places."""
        return ledger.rejects(self.connection)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query gives, each row by column."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_kept_open = ExitStack()
atexit.register(_kept_open.close)
_idle: list[duckdb.DuckDBPyConnection] = []


@contextmanager
def a_store(key: NumbersKey | None = None) -> Iterator[Store]:
    """An empty store, for as long as the context lasts."""
    # To empty one takes a fraction of the time it takes to make one, and hundreds of tests want one.
    connection = _idle.pop() if _idle else _kept_open.enter_context(open_store(Path(":memory:"), write=True))
    with tempfile.TemporaryDirectory() as folder:
        yield Store(connection, Path(folder), key=key)
    if connection.execute("SELECT count(*) < 1000 FROM calls").fetchone() == (True,):
        for table in (
            "calls",
            "loads",
            "rejects",
            "conflicts",
            "duplicates",
            "unknown_codes",
            "pseudonyms",
            "rewriting",
            "purges",
        ):
            connection.execute(f"DELETE FROM {table}")
        _idle.append(connection)


def calls_of(export: str | bytes, **how: Any) -> list[dict[str, Any]]:
    """The calls that one export has, which must have no rejects."""
    with a_store() as store:
        load = store.load(export, **how)
        assert load.rejected == 0, store.rejects()
        return store.calls()


def ms(iso: str) -> int:
    """The epoch milliseconds of an ISO 8601 time with an offset."""
    instant = datetime.fromisoformat(iso)
    assert instant.tzinfo is not None
    return int(instant.timestamp()) * 1000 + instant.microsecond // 1000


def balances(load: ledger.Load) -> bool:
    """Whether a ledger line accounts for every record."""
    return load.read == load.accepted + load.rejected + load.duplicate
