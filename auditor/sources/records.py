"""What a file turned out to be, and its records as the reader gives them, whatever its quotes do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

import duckdb

from auditor.errors import AuditorError
from auditor.sources.catalogue import format_named
from auditor.sources.definition import Format, Layout
from auditor.sources.locate import Place, places
from auditor.sources.objects import object_places, one_a_line
from auditor.sources.prepare import MAX_LINE_BYTES, Prepared
from auditor.sources.quotes import whole_lines
from auditor.sources.reader import Chosen, csv_source, parquet_records, text_records
from auditor.sources.recognise import Sample, Shape, recognise, within_of
from auditor.sources.source import Source
from auditor.sources.survey import survey

Result = TypeVar("Result")

#: A record of more lines is told.
MANY_LINES = 20


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is and how it is read: `shape` is None for Parquet, `raw` is SQL of its records.

    `records` is how many the text has that can be cut into fields, a header among them, and `faults` says
    of the others, by their number from 0, why they cannot: they are not in `ready`. `places` walks over
    where all of them stand in the file as it was sent.
    """

    format: Format
    shape: Shape | None
    ready: Prepared
    raw: str
    places: Callable[[], Iterator[Place]]
    notes: tuple[str, ...]
    records: int = 0
    faults: Mapping[int, str] = field(default_factory=dict)

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
    """Find out what a prepared file is, and how its records are read if each of its lines is one.

    Args:
        connection: where DuckDB looks at it.
        ready: the file.
        source: which columns of it the workspace names.
        name: what to call the file in an error.
        candidates: the formats it may be in.

    Raises:
        AuditorError: it is in none of these formats, or lacks a column.
    """
    if ready.parquet:
        fmt = format_named("canonical")
        if fmt not in candidates:
            raise AuditorError(f"{name}: is Parquet, which only the canonical format can be")
        raw, unknown = parquet_records(connection, name, ready.path, fmt, _chosen(source))
        notes = _not_read(fmt, fmt.layouts[0], unknown)
        return Recognised(fmt, None, ready, raw, lambda: iter(()), notes)
    within = within_of(candidates)
    sent = ready
    try:
        shape = recognise(name, Sample.of(ready, candidates), candidates)
        if shape.layout.json:
            ready = one_a_line(ready, within)
        if ready.longest > MAX_LINE_BYTES:
            raise AuditorError(_TOO_LONG)
    except AuditorError as error:
        raise AuditorError(f"{name}: {str(error).removeprefix(f'{name}: ')}") from None
    notes = _not_read(shape.format, shape.layout, shape.unknown)
    if ready.undecodable:
        notes += (
            f"{ready.undecodable} bytes are not UTF-8 and were read as '?': exported as UTF-8 they are kept",
        )

    def walk() -> Iterator[Place]:
        return object_places(sent, within) if shape.layout.json else places(ready.path, shape.dialect)

    raw = _raw(ready, shape, source, name, parallel=True)
    return Recognised(shape.format, shape, ready, raw, walk, notes, records=ready.lines)


_TOO_LONG = (
    f"has a line or an object of more than {MAX_LINE_BYTES >> 20} MiB, which no call record is, so nothing "
    "of it was loaded: it is cut off or damaged, or no export of calls; have it exported again"
)


def _raw(ready: Prepared, shape: Shape, source: Source, name: str, *, parallel: bool) -> str:
    chosen = _chosen(source)
    if shape.layout.companion:
        chosen = dict.fromkeys(chosen)  # whose a call was is said of the files with calls
    return text_records(name, shape.format, shape, chosen, csv_source(ready.path, shape, parallel=parallel))


def _chosen(source: Source) -> Chosen:
    return {
        "partner": source.partner_from,
        "campaign": source.campaign_from,
        "call_centre": source.call_centre_from,
        "disposition": source.disposition_from,
    }


def read_records(
    connection: duckdb.DuckDBPyConnection,
    ready: Prepared,
    source: Source,
    name: str,
    candidates: Sequence[Format],
    read: Callable[[Recognised], Result],
) -> tuple[Recognised, Result]:
    """Find out what a prepared file is, and let `read` make the table `mapped` of its records.

    To follow every record takes longer than to read them. So DuckDB reads them first, where there are no
    quotes or a pattern tells that each line is a record none the less (that their number is even tells
    nothing: one may stand within a field, and one begin the next); if it finds as many records as there are,
    that was all. Otherwise they are followed, what cannot be cut is kept from it, the rest is read again,
    and all of it must be there.

    Returns:
        The file as it was read at last, and what `read` returned.

    Raises:
        AuditorError: as `recognised` and `read`, or DuckDB cut the text into other records than its quotes
            and line ends do.
    """
    found = recognised(connection, ready, source, name, candidates)
    if found.shape is None:
        return found, read(found)
    quoted = ready.quotes and bool(found.shape.dialect.quote)
    # DuckDB takes a blank first line for the header, and the header for a record.
    if not (ready.blank_start and found.layout.header) and (
        not quoted or whole_lines(connection, ready.path, found.shape.dialect)
    ):
        # A quote may be what is wrong.
        with suppress(AuditorError, duckdb.Error) if quoted else nullcontext():
            result = read(found)
            if _all_there(connection, found):
                return found, result
    found = _surveyed(found, found.shape, source, name)
    result = read(found)
    if not _all_there(connection, found):
        raise AuditorError(
            f"{name}: where its records begin and end cannot be told for certain, so nothing of it was "
            "loaded: have it exported again, with quotes inside a field doubled"
        )
    return found, result


def _all_there(connection: duckdb.DuckDBPyConnection, found: Recognised) -> bool:
    """Whether the table `mapped` has every record of a text that can be cut into fields."""
    counted = connection.execute("SELECT count(*) FROM mapped").fetchone()
    assert counted is not None
    return int(counted[0]) + found.layout.header == found.records


def _surveyed(found: Recognised, shape: Shape, source: Source, name: str) -> Recognised:
    """The file as it is read when every record was followed."""
    ready = replace(found.ready, path=found.ready.path.with_name("sound"))
    seen = survey(found.ready.path, shape, ready.path)
    if 0 in seen.faults and shape.layout.header:
        raise AuditorError(f"{name}: its header cannot be read: {seen.faults[0]}")
    notes = found.notes
    if seen.most_lines > MANY_LINES:
        notes += (
            f"one of its records has {seen.most_lines:,} lines, all within quotes: if the export has no such "
            "field, a quote is missing or one too many, and calls between are hidden in it",
        )
    return replace(
        found,
        ready=ready,
        notes=notes,
        raw=_raw(ready, shape, source, name, parallel=seen.most_lines <= 1),
        records=seen.sound,
        faults=seen.faults,
    )


def _not_read(fmt: Format, layout: Layout, unknown: tuple[str, ...]) -> tuple[str, ...]:
    """A note of the header's columns that mean nothing to the format, with those that may be misspelt."""
    if not unknown or not fmt.notes_other_columns:
        return ()
    near = {column: difflib.get_close_matches(column, layout.columns, 1, 0.75) for column in unknown}
    listed = (f"{c} (is {near[c][0]} meant?)" if near[c] else c for c in unknown)
    return (f"columns that were not read: {', '.join(listed)}",)
