"""The load ledger: one line for each file that is in the store."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
from pydantic import TypeAdapter, ValidationError

from auditor.errors import AuditorError, first_fault

_COLUMNS = (
    "load_id, file, sha256, bytes, format, layout, partner, settings, loaded_at, "
    "read, accepted, rejected, duplicate, superseded_by, notes, suspicions"
)


@dataclass(frozen=True, slots=True)
class Load:
    """A file in the store. `read` = `accepted` + `rejected` + `duplicate`, always."""

    load_id: int
    file: str
    sha256: str
    bytes: int
    format: str
    layout: str
    partner: str | None
    settings: dict[str, Any]
    loaded_at: str
    read: int
    accepted: int
    rejected: int
    duplicate: int
    superseded_by: int | None
    notes: tuple[str, ...]
    suspicions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be taken: where it stands in its file, why, and its bytes."""

    load_id: int
    file: str
    line: int | None
    byte_offset: int | None
    reason: str
    raw: bytes


def loads(connection: duckdb.DuckDBPyConnection) -> list[Load]:
    """Every load, oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM loads ORDER BY load_id").fetchall()
    return [_load(row) for row in rows]


def as_json(lines: list[Load]) -> str:
    """Lines of the ledger as text: what `from_json` reads."""
    return json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> list[Load]:
    """The lines that `as_json` wrote.

    Raises:
        AuditorError: they are none.
    """
    try:
        return TypeAdapter(list[Load]).validate_json(text)
    except ValidationError as error:
        raise AuditorError(f"loads.json is not as a run writes it ({first_fault(error)})") from None


def load_numbered(connection: duckdb.DuckDBPyConnection, load_id: int) -> Load:
    """The load with this number, which must exist."""
    return next(load for load in loads(connection) if load.load_id == load_id)


def load_with(connection: duckdb.DuckDBPyConnection, sha256: str, partner: str | None) -> Load | None:
    """The load of these bytes that counts, if there is one: one with calls first, then this partner's."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM loads WHERE sha256 = ? AND superseded_by IS NULL "
        "ORDER BY read = 0, partner IS DISTINCT FROM ?, load_id LIMIT 1",
        [sha256, partner],
    ).fetchone()
    return _load(row) if row else None


def enter(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Write a line of the ledger."""
    values = [getattr(load, column) for column in _COLUMNS.split(", ")]
    values[_COLUMNS.split(", ").index("settings")] = json.dumps(load.settings, sort_keys=True)
    for column in ("notes", "suspicions"):
        values[_COLUMNS.split(", ").index(column)] = json.dumps(getattr(load, column))
    connection.execute(f"INSERT INTO loads ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)


def supersede(connection: duckdb.DuckDBPyConnection, load_id: int, by: int) -> None:
    """Write into a load's line that a later one has corrected it."""
    connection.execute("UPDATE loads SET superseded_by = ? WHERE load_id = ?", [by, load_id])


def rejects(connection: duckdb.DuckDBPyConnection) -> list[Reject]:
    """Every rejected record, by load and place in its file."""
    rows = connection.execute(
        "SELECT load_id, file, line, byte_offset, reason, coalesce(raw, ''::BLOB) "
        "FROM rejects JOIN loads USING (load_id) "
        "ORDER BY load_id, byte_offset NULLS LAST, line NULLS LAST, reason"
    ).fetchall()
    return [Reject(*row) for row in rows]


def write_settings(connection: duckdb.DuckDBPyConnection, load_id: int, settings: dict[str, Any]) -> None:
    """Write anew with which settings a load was made."""
    said = json.dumps(settings, sort_keys=True)
    connection.execute("UPDATE loads SET settings = ? WHERE load_id = ?", [said, load_id])


def reject_reasons(connection: duckdb.DuckDBPyConnection, load_id: int) -> list[tuple[str, int, int | None]]:
    """(reason, records, first line) of a load's rejects, the commonest reason first."""
    return connection.execute(
        "SELECT reason, count(*), min(line) FROM rejects WHERE load_id = ? GROUP BY reason "
        "ORDER BY count(*) DESC, reason",
        [load_id],
    ).fetchall()


def unknown_codes(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str, int]]:
    """(load_id, code, calls) for each disposition that no code table knows."""
    return connection.execute(
        "SELECT load_id, code, calls FROM unknown_codes ORDER BY load_id, calls DESC, code"
    ).fetchall()


def _load(row: tuple[Any, ...]) -> Load:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["settings"] = json.loads(fields["settings"])
    fields |= {column: tuple(json.loads(fields[column])) for column in ("notes", "suspicions")}
    return Load(**fields)
