"""A file's records, cut by DuckDB's reader and mapped by the format's SQL, as the table `mapped`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import duckdb

from auditor.calls.record import COLUMNS, FACTS, TIMES, VOCABULARY
from auditor.errors import AuditorError
from auditor.sources.assign import assigned, unassigned
from auditor.sources.catalogue import format_named
from auditor.sources.clock import Reading, define, read_clock
from auditor.sources.definition import Format, Layout
from auditor.sources.locate import Place, Survey, places, survey
from auditor.sources.numbers import define_numbers
from auditor.sources.objects import object_places, one_a_line
from auditor.sources.prepare import Prepared, blanked
from auditor.sources.reader import Chosen, csv_source, named, parquet_records, quoted, text_records
from auditor.sources.recognise import Sample, Shape, recognise, within_of
from auditor.sources.source import Source


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is and how it is read: `shape` is None for Parquet, `raw` is SQL of its records.

    `quotes` says what following its quotes found, None where the text has none; the lines they
    break are blank in `ready`. `sample` is `raw` with what cannot be read left out, and `places` walks
    over where its records stand in the file as it was sent.
    """

    format: Format
    shape: Shape | None
    ready: Prepared
    quotes: Survey | None
    raw: str
    sample: str
    places: Callable[[], Iterator[Place]]
    notes: tuple[str, ...]

    @property
    def layout(self) -> Layout:
        """The layout the file is in; Parquet has the names of the format's first."""
        return self.shape.layout if self.shape else self.format.layouts[0]


def recognised(
    connection: duckdb.DuckDBPyConnection,
    ready: Prepared,
    source: Source,
    name: str,
    candidates: Sequence[Format],
) -> Recognised:
    """Find out what a prepared file is, and how its records are read.

    Raises:
        AuditorError: it is in none of these formats, or lacks a column.
    """
    chosen = {
        "partner": source.partner_from,
        "campaign": source.campaign_from,
        "call_centre": source.call_centre_from,
        "disposition": source.disposition_from,
    }
    if ready.parquet:
        fmt = format_named("canonical")
        if fmt not in candidates:
            raise AuditorError(f"{name}: is Parquet, which only the canonical format can be")
        raw, unknown = parquet_records(connection, name, ready.path, fmt, chosen)
        notes = _not_read(fmt, fmt.layouts[0], unknown)
        return Recognised(fmt, None, ready, None, raw, raw, lambda: iter(()), notes)
    return _recognised_text(connection, ready, name, candidates, chosen)


def _recognised_text(
    connection: duckdb.DuckDBPyConnection,
    ready: Prepared,
    name: str,
    candidates: Sequence[Format],
    chosen: Chosen,
) -> Recognised:
    within = within_of(candidates)
    sent = ready
    try:
        shape = recognise(name, Sample.of(ready, candidates), candidates)
        if shape.layout.json:
            ready = one_a_line(ready, within)
    except AuditorError as error:
        raise AuditorError(f"{name}: {str(error).removeprefix(f'{name}: ')}") from None
    quotes = None
    if ready.quotes and shape.dialect.quote:
        quotes = survey(connection, ready.path, shape.dialect)
        if quotes.first_is_broken and shape.layout.header:
            raise AuditorError(f"{name}: its header has a quote that is not closed, or text after one")
        if quotes.broken:
            ready = blanked(ready, [(place.start, place.end) for place in quotes.broken])
    parallel = not (quotes and quotes.spanning)
    if shape.layout.companion:
        chosen = dict.fromkeys(chosen)  # whose a call was is said of the files with calls
    raw, sample = (
        text_records(
            name,
            shape.format,
            shape,
            chosen,
            csv_source(ready.path, shape, parallel=parallel, keep_rejects=keep),
        )
        for keep in (True, False)
    )
    notes = _not_read(shape.format, shape.layout, shape.unknown)
    if ready.undecodable:
        notes += (
            f"{ready.undecodable} bytes are not UTF-8 and were read as '?': exported as UTF-8 they are kept",
        )

    def walk() -> Iterator[Place]:
        return object_places(sent, within) if shape.layout.json else places(ready.path, shape.dialect)

    return Recognised(shape.format, shape, ready, quotes, raw, sample, walk, notes)


def _not_read(fmt: Format, layout: Layout, unknown: tuple[str, ...]) -> tuple[str, ...]:
    """A note of the header's columns that mean nothing to the format, with those that may be misspelt."""
    if not unknown or not fmt.notes_other_columns:
        return ()
    near = {column: difflib.get_close_matches(column, layout.columns, 1, 0.75) for column in unknown}
    listed = (f"{c} (is {near[c][0]} meant?)" if near[c] else c for c in unknown)
    return (f"columns that were not read: {', '.join(listed)}",)


def map_records(
    connection: duckdb.DuckDBPyConnection,
    found: Recognised,
    source: Source,
    name: str,
    default_zone: str,
    partners: tuple[str, ...],
    *,
    accompanied: bool = False,
) -> Reading:
    """Make the temporary table `mapped`: one row for each readable record, in the file's order.

    Args:
        connection: a store; only temporary objects are made. A companion's records stand there
            already, in a temporary relation of its layout's name.
        found: the file.
        source: how to read it.
        name: what to call the file in an error.
        default_zone: the clock of naive times where neither the source nor the file says.
        partners: the ids a record's partner may have; empty: any.
        accompanied: whether companions of it were read.

    Returns:
        How its times were read.

    Raises:
        AuditorError: the zone is unknown, or the file's own epochs contradict it.
    """
    fmt = found.format
    load_macros(connection)
    reading = read_clock(connection, name, found.sample, fmt.clock, source, default_zone)
    define(connection, reading, fmt.clock)
    define_numbers(connection, source.country)
    raw, mapping, order = found.raw, fmt.alone or fmt.mapping, ""
    if fmt.companions and (accompanied or fmt.alone is None):
        # A join keeps no order, so each record's place goes with it.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {raw}")
        raw, mapping, order = "SELECT rowid AS place, * FROM staged", fmt.mapping, "ORDER BY place"
    elif fmt.companions:
        raw = f"SELECT NULL AS place, * FROM ({raw})"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW raw AS {raw}")
    sql = _accepting(fmt, source, mapping, order)
    # DuckDB keeps the file's order as long as it only projects. A join keeps none, and it makes one of
    # an IN with several constants: records would change places from run to run.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    try:
        connection.execute(sql, _parameters(sql, fmt, source, partners))
    finally:
        connection.execute("RESET disabled_optimizers")
    return reading


def load_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros that every mapping may call."""
    connection.execute(files("auditor.sources").joinpath("macros.sql").read_text("utf-8"))


def _accepting(fmt: Format, source: Source, mapping: str, order: str) -> str:
    """The statement that makes `mapped`: the facts the format gives, NULL for those it does not."""
    given = [*FACTS, "version"]
    fields = [
        named(fact)
        if fact in fmt.fields
        else f"{_MISSING.get(fact, 'NULL')}::{COLUMNS[fact]} AS {named(fact)}"
        for fact in given
    ]
    text = files("auditor.sources").joinpath("accept.sql").read_text("utf-8")
    return text.format(
        facts=", ".join(f"{fact}_word AS {fact}" if fact in VOCABULARY else fact for fact in FACTS),
        words=", ".join(f"TRY_CAST({column} AS {COLUMNS[column]}) AS {column}_word" for column in VOCABULARY),
        no_word="\n        ".join(map(_no_word, VOCABULARY)),
        times=", ".join(TIMES),
        fields=", ".join(fields),
        mapping=mapping,
        order=order,
        group_key="call_key" if fmt.legs else "NULL::UHUGEINT",
        unassigned=unassigned(source),
        **assigned(source),
    )


def _no_word(column: str) -> str:
    """SQL of the CASE branch that rejects a word which a closed vocabulary does not have."""
    fault = f"{column} is none of: {', '.join(VOCABULARY[column])}"
    return f"WHEN {column}_word IS NULL AND {column} IS NOT NULL THEN {quoted(fault)}"


#: What a fact is that no mapping gives, where that is not NULL.
_MISSING = {"message": quoted("unknown")}


def _parameters(sql: str, fmt: Format, source: Source, partners: tuple[str, ...]) -> dict[str, Any]:
    """What the mapping binds; DuckDB refuses a parameter that the SQL does not name."""
    outcomes = {code: entry.outcome for code, entry in fmt.codes.items()} | source.codes
    values: dict[str, Any] = {
        "format": fmt.id,
        "partner": source.partner,
        "call_centre": source.call_centre,
        "campaign": source.campaign,
        "codes": list(outcomes),
        "code_outcomes": list(outcomes.values()),
        "partners": list(partners),
    }
    return {key: value for key, value in values.items() if f"${key}" in sql}
