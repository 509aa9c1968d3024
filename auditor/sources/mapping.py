"""A file's records, cut by DuckDB's reader and mapped by the format's SQL, as the table `mapped`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import duckdb

from auditor.calls.dialling import dialling_in
from auditor.calls.record import FACTS, VOCABULARY
from auditor.errors import AuditorError
from auditor.sources.definition import Format, format_named
from auditor.sources.prepare import Prepared, first_text
from auditor.sources.reader import csv_source, parquet_columns, quoted, text_columns
from auditor.sources.recognise import Shape, recognise
from auditor.sources.source import Source
from auditor.zones import zone_named


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is and how it is read: `shape` is None for Parquet, `raw` is SQL of its records."""

    format: Format
    shape: Shape | None
    zone: str | None
    raw: str
    notes: tuple[str, ...]

    @property
    def layout(self) -> str:
        """The layout's id for the ledger."""
        return self.shape.layout.id if self.shape else "parquet"


def recognised(
    connection: duckdb.DuckDBPyConnection,
    ready: Prepared,
    source: Source,
    name: str,
    default_zone: str,
) -> Recognised:
    """Find out what a prepared file is, and how to read it.

    Raises:
        AuditorError: it is in no known format, lacks a column, or the source names an unknown zone.
    """
    wanted = format_named(source.format) if source.format else None
    chosen = {
        "chosen_campaign": source.campaign_from,
        "chosen_call_centre": source.call_centre_from,
        "chosen_disposition": source.disposition_from,
    }
    notes = []
    if ready.parquet:
        if wanted is not None and wanted.id != "canonical":
            raise AuditorError(f"{name}: is Parquet, which only the canonical format can be")
        fmt, shape = format_named("canonical"), None
        columns = parquet_columns(connection, ready.path, fmt, chosen)
        relation = f"read_parquet({quoted(str(ready.path))})"
    else:
        shape = recognise(name, first_text(ready.path), wanted)
        fmt = shape.format
        columns = text_columns(fmt, shape, chosen)
        relation = csv_source(ready.path, shape)
        if shape.unknown and fmt.other_columns == "note":
            notes.append(f"columns that were not read: {', '.join(shape.unknown)}")
    zone = source.zone
    if zone is None and fmt.default_zone:
        zone = default_zone
        notes.append(f"no zone was given: its times were read as {zone}")
    if zone is not None:
        zone_named(zone)
    if ready.undecodable:
        notes.append(f"{ready.undecodable} bytes are not UTF-8 and were read as '?'")
    return Recognised(fmt, shape, zone, f"SELECT {columns} FROM {relation}", tuple(notes))


def map_records(
    connection: duckdb.DuckDBPyConnection,
    found: Recognised,
    source: Source,
    partners: tuple[str, ...],
) -> None:
    """Make the temporary table `mapped`: one row for each readable record, in the file's order.

    Args:
        connection: a store; only temporary objects are made.
        found: the file.
        source: how to read it.
        partners: the ids a record's partner may have; empty: any.
    """
    package = files("auditor.sources")
    connection.execute(package.joinpath("macros.sql").read_text("utf-8"))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW raw AS {found.raw}")
    accept = package.joinpath("accept.sql").read_text("utf-8")
    sql = accept.format(facts=", ".join(FACTS), mapping=found.format.mapping)
    connection.execute(sql, _parameters(sql, found, source, partners))


def _parameters(sql: str, found: Recognised, source: Source, partners: tuple[str, ...]) -> dict[str, Any]:
    """What the mapping binds; DuckDB refuses a parameter that the SQL does not name."""
    dialling = dialling_in(source.country)
    outcomes = {code: entry.outcome for code, entry in found.format.codes.items()} | source.codes
    values: dict[str, Any] = {
        "format": found.format.id,
        "zone": found.zone,
        "calling_code": dialling.calling_code,
        "trunk": dialling.trunk,
        "international": dialling.international,
        "partner": source.partner,
        "call_centre": source.call_centre,
        "campaign": source.campaign,
        "codes": list(outcomes),
        "code_outcomes": list(outcomes.values()),
        "partners": list(partners),
    }
    values |= {f"allowed_{column}": list(words) for column, words in VOCABULARY.items()}
    return {key: value for key, value in values.items() if f"${key}" in sql}
