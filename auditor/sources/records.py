"""What a file turned out to be, and its records as the reader gives them, whatever its quotes do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import duckdb

from auditor.errors import AuditorError
from auditor.sources.catalogue import format_named
from auditor.sources.definition import Format, Layout
from auditor.sources.locate import Place, Survey, places, survey
from auditor.sources.objects import object_places, one_a_line
from auditor.sources.prepare import MAX_LINE_BYTES, Prepared, blanked
from auditor.sources.reader import REJECTED, Chosen, csv_source, forget_rejects, parquet_records, text_records
from auditor.sources.recognise import Sample, Shape, recognise, within_of
from auditor.sources.source import Source

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file is and how it is read: `shape` is None for Parquet, `raw` is SQL of its records.

    `quotes` says what following its quotes found, None where they were not followed; the lines they
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
    *,
    follow_quotes: bool = True,
) -> Recognised:
    """Find out what a prepared file is, and how its records are read.

    Args:
        connection: where DuckDB looks at it.
        ready: the file.
        source: which columns of it the workspace names.
        name: what to call the file in an error.
        candidates: the formats it may be in.
        follow_quotes: find the lines that a stray quote breaks, and keep them from DuckDB.

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
    return _recognised_text(connection, ready, name, candidates, chosen, follow_quotes=follow_quotes)


def _recognised_text(
    connection: duckdb.DuckDBPyConnection,
    ready: Prepared,
    name: str,
    candidates: Sequence[Format],
    chosen: Chosen,
    *,
    follow_quotes: bool,
) -> Recognised:
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
    quotes = None
    if follow_quotes and ready.quotes and shape.dialect.quote:
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


_TOO_LONG = (
    f"has a line or an object of more than {MAX_LINE_BYTES >> 20} MiB, which no call record is, so nothing "
    "of it was loaded: it is cut off or damaged, or no export of calls; have it exported again"
)


def read_records(
    connection: duckdb.DuckDBPyConnection,
    ready: Prepared,
    source: Source,
    name: str,
    candidates: Sequence[Format],
    read: Callable[[Recognised], Result],
) -> tuple[Recognised, Result]:
    """Find out what a prepared file is, and let `read` make the table `mapped` of its records.

    Following quotes takes longer than reading them, so they are trusted where each line has an even
    number of them and DuckDB then makes one record of each line: none of them hides the end of a
    line. Otherwise they are followed, and the records read again.

    Returns:
        The file as it was read at last, and what `read` returned.

    Raises:
        AuditorError: as `recognised` and `read`.
    """
    found = recognised(connection, ready, source, name, candidates, follow_quotes=False)
    if not (ready.quotes and found.shape and found.shape.dialect.quote):
        return found, read(found)
    if ready.lines is not None:
        with suppress(AuditorError, duckdb.Error):  # a quote may be what is wrong
            result = read(found)
            if _a_record_a_line(connection, found):
                return found, result
        forget_rejects(connection)
    found = recognised(connection, ready, source, name, candidates)
    return found, read(found)


def _a_record_a_line(connection: duckdb.DuckDBPyConnection, found: Recognised) -> bool:
    counted = connection.execute(
        f"SELECT (SELECT count(*) FROM mapped), (SELECT count(*) FROM {REJECTED})"
    ).fetchone()
    assert counted is not None
    records, unreadable = counted
    return not unreadable and records + found.layout.header == found.ready.lines


def _not_read(fmt: Format, layout: Layout, unknown: tuple[str, ...]) -> tuple[str, ...]:
    """A note of the header's columns that mean nothing to the format, with those that may be misspelt."""
    if not unknown or not fmt.notes_other_columns:
        return ()
    near = {column: difflib.get_close_matches(column, layout.columns, 1, 0.75) for column in unknown}
    listed = (f"{c} (is {near[c][0]} meant?)" if near[c] else c for c in unknown)
    return (f"columns that were not read: {', '.join(listed)}",)
