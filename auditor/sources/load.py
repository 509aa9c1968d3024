"""One export into the store: one transaction, nothing lost, nothing counted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from auditor.calls.record import FACTS, KEYS
from auditor.errors import AuditorError, StoreLost
from auditor.sources import duplicates, remarks, suspicion
from auditor.sources.catalogue import candidates_for
from auditor.sources.companions import Companions
from auditor.sources.mapping import map_records, purged
from auditor.sources.prepare import Prepared, prepared
from auditor.sources.quarantine import quarantine
from auditor.sources.reading import Reading
from auditor.sources.records import Recognised, read_records
from auditor.sources.source import Ceiling, Source
from auditor.sources.supersede import retire, superseded_load
from auditor.store import ledger, pseudonyms
from auditor.store.horizon import Horizon, horizon
from auditor.store.pseudonyms import NumbersKey
from auditor.store.store import disk_fault

#: Temporary tables of one file.
_SCRATCH = ("mapped", "staged", "repeated", "met", "not_kept", "stored", "legs", "told", "folded")

#: Shows how far DuckDB is while the context lasts.
Watch = Callable[[duckdb.DuckDBPyConnection, str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Supersede:
    """The load that a file corrects: the one numbered, else the one of its name or its bytes."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms files are loaded.

    `partners` are the workspace's ids (empty: any partner is taken), `default_zone` the clock of
    naive times where neither the source nor the file says, `numbers_key` what makes pseudonyms of
    numbers (None: they are kept as they are).
    """

    ceiling: Ceiling = Ceiling()  # noqa: RUF009 (frozen)
    partners: tuple[str, ...] = ()
    default_zone: str = "Europe/London"
    supersede: Supersede | None = None
    numbers_key: NumbersKey | None = None


def load_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source,
    *,
    name: str | None = None,
    terms: Terms = Terms(),
    companions: Companions | None = None,
    watch: Watch = lambda _connection, _label: nullcontext(),
) -> tuple[ledger.Load, bool]:
    """Load one export; a file whose bytes are in the store already is left as it is.

    Args:
        connection: a store open for writing.
        path: the export.
        source: how to read it.
        name: what the ledger calls it; its path unless given.
        terms: how many rejects it may have, whose calls they may be, and what it supersedes.
        companions: the files that add facts to its calls, loaded before.
        watch: a context that may show how far DuckDB is.

    Returns:
        The ledger's line, and whether the file was loaded now (False: it was there already).

    Raises:
        AuditorError: the file cannot be read, or has more rejects than the ceiling allows. Nothing
            of it is then in the store.
        StoreRefuses: the store keeps numbers otherwise than the terms say.
    """
    name = name or str(path)
    pseudonyms.agree(connection, terms.numbers_key)
    gone = horizon(connection)
    keep_raw = _kept_raw(terms, gone)
    with prepared(path) as ready, nullcontext(companions) if companions else Companions(connection) as joined:
        earlier = None
        if terms.supersede is not None:
            earlier = superseded_load(connection, name, ready.sha256, source, terms.supersede.number)
        before = ledger.load_with(connection, ready.sha256, source.partner)
        if before is not None and before != earlier and remarks.is_the_same(before, name, source):
            if earlier is not None:
                raise AuditorError(
                    f"{name}: these bytes are in the store already, as load {before.load_id}, "
                    f"and cannot supersede load {earlier.load_id} as well"
                )
            return replace(before, notes=tuple(remarks.not_applied(before, source, joined))), False
        with _nothing_left_behind(connection, name):

            def read_calls(found: Recognised) -> Reading:
                if found.layout.companion:
                    raise AuditorError(remarks.only_adds(name, found))
                joined.stage(found.format)
                accompanied = bool(joined.hashes(found.format))
                return map_records(
                    connection,
                    found,
                    source,
                    name,
                    terms.default_zone,
                    terms.partners,
                    accompanied=accompanied,
                    numbers_key=terms.numbers_key,
                    gone=gone,
                )

            with watch(connection, Path(name).name):
                found, clock = read_records(
                    connection, ready, source, name, candidates_for(source), read_calls
                )
            connection.execute("BEGIN")
            load_id = _next_id(connection)
            read, rejected = quarantine(connection, found, load_id, keep_raw=keep_raw)
            old = _purged_before(connection, load_id, gone)
            if not terms.ceiling.allows(rejected - old, read - old):
                raise AuditorError(remarks.too_many(connection, name, load_id, rejected, read))
            if earlier is not None:
                retire(connection, earlier.load_id)
            duplicate, said = duplicates.settle(connection, load_id, found.format)
            said = (*remarks.namesakes(connection, name, source, earlier), *said)
            _accept(connection, load_id, duplicate)
            settings = asdict(source) | {
                "zone": clock.zone,
                "zone_said": source.zone,
                "offsets_ms": clock.offsets_ms,
                "mapping_sha256": found.format.sha256,
                "companions": joined.hashes(found.format),
            }
            if terms.numbers_key is not None:
                settings["numbers_key"] = terms.numbers_key.id
            suspicions = suspicion.of_file(connection, found, load_id, read, clock.zone)
            line = _line(load_id, name, ready, found, source.partner, settings)
            ledger.enter(
                connection,
                ledger.Load(
                    **line,
                    read=read,
                    accepted=read - rejected - duplicate,
                    rejected=rejected,
                    duplicate=duplicate,
                    superseded_by=None,
                    notes=(*clock.notes, *found.notes, *said),
                    suspicions=suspicions,
                ),
            )
            if earlier is not None:
                ledger.supersede(connection, earlier.load_id, load_id)
            connection.execute("COMMIT")
    return ledger.load_numbered(connection, load_id), True


def load_companion(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source,
    companions: Companions,
    *,
    name: str | None = None,
    terms: Terms = Terms(),
) -> tuple[ledger.Load, bool]:
    """Read a file that adds facts to the calls of others, which are loaded after it with `companions`.

    Args:
        connection: a store open for writing.
        path: the file.
        source: how to read it; its format must be named.
        companions: what has been read so far; this file joins them.
        name: what the ledger calls it; its path unless given.
        terms: how many rejects it may have.

    Returns:
        The ledger's line, and whether it is new there.

    Raises:
        AuditorError: the file cannot be read, or has more rejects than the ceiling allows.
    """
    name = name or str(path)
    pseudonyms.agree(connection, terms.numbers_key)
    keep_raw = _kept_raw(terms, None)
    with prepared(path) as ready, _nothing_left_behind(connection, name):
        found, _ = read_records(connection, ready, source, name, candidates_for(source), companions.read)
        before = ledger.load_with(connection, ready.sha256, source.partner)
        connection.execute("BEGIN")
        load_id = _next_id(connection)
        read, rejected = quarantine(connection, found, load_id, keep_raw=keep_raw)
        if not terms.ceiling.allows(rejected, read):
            raise AuditorError(remarks.too_many(connection, name, load_id, rejected, read))
        line = _line(load_id, name, ready, found, source.partner, asdict(source))
        notes = (f"adds facts to the calls of {found.format.id} files loaded with it",)
        load = ledger.Load(
            **line,
            read=read,
            accepted=read - rejected,
            rejected=rejected,
            duplicate=0,
            superseded_by=None,
            notes=notes,
        )
        if before is None:
            ledger.enter(connection, load)
        connection.execute("COMMIT" if before is None else "ROLLBACK")
        companions.add(found, ready.sha256)
    return before or load, before is None


def _purged_before(connection: duckdb.DuckDBPyConnection, load_id: int, gone: Horizon | None) -> int:
    """How many of a load's rejects were dialled before the day of a purge: nothing is wrong with them."""
    if gone is None:
        return 0
    counted = connection.execute(
        "SELECT count(*) FROM rejects WHERE load_id = ? AND reason = ?", [load_id, purged(gone)]
    ).fetchone()
    assert counted is not None
    return int(counted[0])


def _kept_raw(terms: Terms, gone: Horizon | None) -> Callable[[str], bool]:
    """Of which rejects the bytes are kept: of none where numbers are pseudonyms, of none that was purged."""
    return lambda reason: terms.numbers_key is None and (gone is None or reason != purged(gone))


def _line(
    load_id: int, name: str, ready: Prepared, found: Recognised, partner: str | None, settings: dict[str, Any]
) -> dict[str, Any]:
    """The columns of a ledger line that say what the file is."""
    return {
        "load_id": load_id,
        "file": name,
        "sha256": ready.sha256,
        "bytes": ready.bytes,
        "format": found.format.id,
        "layout": found.layout.id if found.shape else "parquet",
        "partner": partner,
        "settings": settings,
        "loaded_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _next_id(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchone()
    assert row is not None
    return int(row[0])


def _accept(connection: duckdb.DuckDBPyConnection, load_id: int, duplicate: int) -> None:
    kept = "AND rowid NOT IN (SELECT place FROM not_kept)" if duplicate else ""
    connection.execute(
        f"INSERT INTO calls SELECT call_key, ?, rowid + 1, {KEYS}, group_key, version, {', '.join(FACTS)} "
        f"FROM mapped WHERE reject IS NULL {kept} "
        # Every rule turns on the outcome first: an engine passes over stretches of calls that are alike.
        "ORDER BY outcome, rowid",
        [load_id],
    )
    connection.execute(
        "INSERT INTO unknown_codes SELECT ?, disposition, count(*) FROM mapped "
        "WHERE reject IS NULL AND NOT code_known AND disposition IS NOT NULL "
        "GROUP BY disposition ORDER BY disposition",
        [load_id],
    )


@contextmanager
def _nothing_left_behind(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[None]:
    """Undo what is not committed when the context ends, and drop what was only for this file."""
    try:
        yield
    except duckdb.Error as error:
        why = disk_fault(error)
        if why is not None:
            raise StoreLost(
                f"{name}: cannot be loaded: the store could not be written ({why}); nothing of the file was "
                "kept, and what was in the store is as it was: make room and load it again"
            ) from None
        raise AuditorError(f"{name}: cannot be loaded: {str(error).splitlines()[0]}") from None
    finally:
        # Of a store that is lost nothing is left to tidy.
        with suppress(duckdb.TransactionException, duckdb.FatalException, duckdb.IOException):
            connection.execute("ROLLBACK")
        with suppress(duckdb.FatalException, duckdb.IOException):
            for table in _SCRATCH:
                connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
