"""A file's records, cut by DuckDB's reader and mapped by the format's SQL, as the table `mapped`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import duckdb

from auditor.calls.dialling import dialling_in
from auditor.calls.record import FACTS, TIMES, VOCABULARY
from auditor.errors import AuditorError
from auditor.sources.definition import Format, format_named
from auditor.sources.locate import Survey, survey
from auditor.sources.prepare import Prepared, blanked, first_text
from auditor.sources.reader import csv_source, parquet_columns, quoted, text_columns
from auditor.sources.recognise import Shape, recognise
from auditor.sources.source import Source
from auditor.zones import zone_named


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is and how it is read: `shape` is None for Parquet, `raw` is SQL of its records.

    `quotes` says what following its quotes found, None where the text has none; the lines they
    break are blank in `ready`.
    """

    format: Format
    shape: Shape | None
    ready: Prepared
    quotes: Survey | None
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
    shape, quotes = None, None
    if ready.parquet:
        if wanted is not None and wanted.id != "canonical":
            raise AuditorError(f"{name}: is Parquet, which only the canonical format can be")
        fmt = format_named("canonical")
        columns, unknown = parquet_columns(connection, name, ready.path, fmt, chosen)
        relation = f"read_parquet({quoted(str(ready.path))})"
    else:
        shape = recognise(name, first_text(ready.path), wanted)
        fmt, unknown = shape.format, shape.unknown
        if ready.quotes and shape.dialect.quote:
            quotes = survey(ready.path, shape.dialect)
            if quotes.first_is_broken and shape.layout.header:
                raise AuditorError(f"{name}: its header has a quote that is not closed, or text after one")
            if quotes.broken:
                ready = blanked(ready, [(place.start, place.end) for place in quotes.broken])
        columns = text_columns(name, fmt, shape, chosen)
        relation = csv_source(ready.path, shape, parallel=not (quotes and quotes.spanning))
    notes = []
    if unknown and fmt.other_columns == "note":
        notes.append(f"columns that were not read: {', '.join(unknown)}")
    zone = source.zone
    if zone is None and fmt.default_zone:
        zone = default_zone
        notes.append(f"no zone was given: its times were read as {zone}")
    if zone is not None:
        zone_named(zone)
    if ready.undecodable:
        notes.append(f"{ready.undecodable} bytes are not UTF-8 and were read as '?'")
    raw = f"SELECT {columns} FROM {relation}"
    return Recognised(fmt, shape, ready, quotes, zone, raw, tuple(notes))


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
    sql = accept.format(facts=", ".join(FACTS), times=", ".join(TIMES), mapping=found.format.mapping)
    # DuckDB keeps the file's order as long as it only projects. A join keeps none, and it makes one of
    # an IN with several constants: records would change places from run to run.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    try:
        connection.execute(sql, _parameters(sql, found, source, partners))
    finally:
        connection.execute("RESET disabled_optimizers")


def _parameters(sql: str, found: Recognised, source: Source, partners: tuple[str, ...]) -> dict[str, Any]:
    """What the mapping binds; DuckDB refuses a parameter that the SQL does not name."""
    outcomes = {code: entry.outcome for code, entry in found.format.codes.items()} | source.codes
    values: dict[str, Any] = {
        "format": found.format.id,
        "zone": found.zone,
        "plan": asdict(dialling_in(source.country)),
        "partner": source.partner,
        "call_centre": source.call_centre,
        "campaign": source.campaign,
        "codes": list(outcomes),
        "code_outcomes": list(outcomes.values()),
        "partners": list(partners),
    }
    values |= {f"allowed_{column}": list(words) for column, words in VOCABULARY.items()}
    return {key: value for key, value in values.items() if f"${key}" in sql}
