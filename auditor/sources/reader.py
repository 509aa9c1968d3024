"""The relation `raw`: a file's records as text columns under the names the mapping knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

from auditor.errors import AuditorError
from auditor.sources.definition import Format, Layout
from auditor.sources.prepare import (
    MAX_EXPANDED_BYTES,
    MAX_LINE_BYTES,
    MAX_RECORD_BYTES,
    MAX_RECORDS,
    too_many_records,
)
from auditor.sources.recognise import Shape, header_fault

#: What the user says stands in a column of the export (`partner`, `call_centre`, `campaign`,
#: `disposition`) → that column, or of JSON a path such as `$.Attributes.team`.
Chosen = dict[str, str | None]

#: A file with more records for each of its bytes holds no calls, whose ids differ.
MANY = 8

#: A text that no field has.
NOT_WRITTEN = "\x1f\x1fnot written\x1f\x1f"


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def named(text: str) -> str:
    """Text as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def csv_source(path: Path, shape: Shape, *, parallel: bool) -> str:
    """SQL that reads a text file: every column declared as text, nothing sniffed.

    What cannot be cut is passed over, and where it is read at several places at once more than that may
    be: the records are to be counted.

    Args:
        path: a prepared text file.
        shape: what it turned out to be.
        parallel: whether it may be read at several places at once; not where a record has more
            lines than one.
    """
    columns = ", ".join(f"{quoted(_column(i))}: 'VARCHAR'" for i in range(len(shape.fields)))
    dialect = shape.dialect
    options = {
        "columns": "{" + columns + "}",
        "auto_detect": "false",
        "header": str(shape.layout.header).lower(),
        "delim": quoted(dialect.delimiter),
        "quote": quoted(dialect.quote),
        "escape": quoted(dialect.escape),
        "strict_mode": str(dialect.strict).lower(),
        "null_padding": str(dialect.padded).lower(),
        "parallel": str(parallel).lower(),
        # NULL is a field that a short record does not have; an empty one is empty text.
        "nullstr": quoted(NOT_WRITTEN),
        "ignore_errors": "true",
        # DuckDB counts a line's end, too.
        "max_line_size": str(MAX_LINE_BYTES + 2 if shape.layout.json else MAX_RECORD_BYTES),
    }
    return f"read_csv({quoted(str(path))}, {', '.join(f'{k} = {v}' for k, v in options.items())})"


def text_records(name: str, fmt: Format, shape: Shape, chosen: Chosen, source: str) -> str:
    """SQL of the relation `raw` over a text file: absent columns are NULL, the chosen ones are added.

    `cut_off` says of a record that it ends before the last column that the mapping knows, or is no
    JSON object.

    Args:
        name: what to call the file in an error.
        fmt: the format, whose mapping may name any of its columns.
        shape: which of them the file has, and where.
        chosen: the columns that the workspace names.
        source: SQL that reads the file's fields.

    Raises:
        AuditorError: a chosen column is not in the file.
    """
    if shape.layout.json:
        return _json_records(fmt, shape, chosen, source)
    places = {name: _column(i) for i, name in enumerate(shape.fields) if name}

    def place(setting: str, column: str) -> str:
        if column.lower() not in places:
            known = ", ".join(places)
            raise AuditorError(
                f"{name}: {setting}_from = '{column}': the export has no such column; it has {known}"
            )
        return places[column.lower()]

    last = next(places[f] for f in reversed(shape.fields) if f in shape.layout.columns)
    columns = shape.layout.columns if shape.layout.companion else fmt.columns
    named_by_user = _placed(chosen, place)
    if shape.layout.sources:
        made_of = shape.layout.sources.items()
        places = {c: template.format(*(places[p] for p in parts)) for c, (template, parts) in made_of}
    return _select(fmt, shape.layout, columns, places, named_by_user, f"{last} IS NULL", source)


def _json_records(fmt: Format, shape: Shape, chosen: Chosen, source: str) -> str:
    paths = dict(shape.layout.paths)

    def place(setting: str, column: str) -> str:
        # A known column, or a path of the user's own; a key that no record has is NULL.
        if column.lower() not in paths:
            paths[setting + "_from"] = column if column.startswith("$") else f'$."{column}"'
            return f"fields[{list(paths).index(setting + '_from') + 1}]"
        return f"fields[{list(paths).index(column.lower()) + 1}]"

    named_by_user = _placed(chosen, place)
    places = {column: f"fields[{i}]" for i, column in enumerate(shape.layout.paths, 1)}
    columns = shape.layout.columns if shape.layout.companion else fmt.columns
    listed = "[" + ", ".join(map(quoted, paths.values())) + "]"
    valid = "CASE WHEN json_valid(c0) THEN CASE WHEN json_type(c0) = 'OBJECT' THEN c0 END END"
    return _select(
        fmt, shape.layout, columns, places, named_by_user, "fields IS NULL",
        f"(SELECT json_extract_string({valid}, {listed}) AS fields FROM {source})",
    )  # fmt: skip


def _placed(chosen: Chosen, place: Callable[[str, str], str]) -> dict[str, str]:
    return {what: place(what, column) if column else "NULL::VARCHAR" for what, column in chosen.items()}


def _select(
    fmt: Format,
    layout: Layout,
    columns: Iterable[str],
    places: dict[str, str],
    chosen: dict[str, str],
    cut_off: str,
    source: str,
) -> str:
    selected = [f"{places.get(c, 'NULL::VARCHAR')} AS {named(c)}" for c in columns]
    if not layout.companion:
        units = ", ".join(f"{unit}: {chosen[unit]}" for unit in ("partner", "call_centre", "campaign"))
        selected += [f"{{{units}}} AS chosen", f"{chosen['disposition']} AS chosen_disposition"]
        times = [f"given({places[c]})" for c in fmt.clock.time if c in places]
        selected.append(f"{_first_of(times, 'VARCHAR')} AS clock_time")
        epoch = places.get(fmt.clock.epoch or "")
        selected.append(f"{_epoch(epoch) if epoch else 'NULL::BIGINT'} AS clock_epoch")
    return f"SELECT {', '.join(selected)}, {cut_off} AS cut_off FROM {source}"


def _first_of(sources: list[str], kind: str) -> str:
    return f"coalesce({', '.join(sources)})" if sources else f"NULL::{kind}"


def _epoch(column: str) -> str:
    """SQL of the epoch, in ms, of `1791190800`, `1791190800.55` or `name-1791190800.55`."""
    seconds = f"TRY_CAST(split_part(split_part({column}, '-', -1), '.', 1) AS BIGINT)"
    return f"CASE WHEN {seconds} BETWEEN 100000000 AND 9999999999 THEN {seconds} * 1000 END"


def parquet_records(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, fmt: Format, chosen: Chosen
) -> tuple[str, tuple[str, ...]]:
    """SQL of the relation `raw` over a Parquet file, its typed columns turned into text.

    Returns:
        The SQL, and the file's columns that the mapping does not know.

    Raises:
        AuditorError: it is no Parquet file, or lacks a column that is required.
    """
    source = f"read_parquet({quoted(str(path))})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        records, size = connection.execute(
            f"SELECT (SELECT max(num_rows) FROM parquet_file_metadata({quoted(str(path))})), "
            f"sum(total_uncompressed_size) FROM parquet_metadata({quoted(str(path))})"
        ).fetchone() or (0, 0)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise AuditorError(f"{name}: is no whole Parquet file: {reason}") from None
    # A few bytes can stand for as many rows as somebody likes.
    if records > MANY * (on_disk := path.stat().st_size):
        raise AuditorError(
            f"{name}: has {records:,} records in {on_disk:,} bytes, and calls, whose ids differ, take more: "
            "was it made to fill the disk?"
        )
    if records > MAX_RECORDS:
        raise AuditorError(too_many_records(name, records))
    if size > MAX_EXPANDED_BYTES:
        raise AuditorError(f"{name}: expands to more than {MAX_EXPANDED_BYTES >> 30} GiB: split the export")
    present = {row[0].lower(): (row[0], row[1]) for row in described}
    if fault := header_fault(fmt.layouts[0], list(present)):
        raise AuditorError(f"{name}: {fault}")
    places = {column: _as_text(*kind) for column, kind in present.items()}

    def place(_setting: str, column: str) -> str:
        if column.lower() not in places:
            raise AuditorError(f"{name}: has no column '{column}'; it has {', '.join(present)}")
        return places[column.lower()]

    unknown = tuple(label for key, (label, _) in present.items() if key not in fmt.columns)
    raw = _select(fmt, fmt.layouts[0], fmt.columns, places, _placed(chosen, place), "false", source)
    return raw, unknown


def _as_text(column: str, kind: str) -> str:
    """A typed column as the text the mapping reads; a typed time is good to a millisecond."""
    name = named(column)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(epoch_us({name}) // 1000 AS VARCHAR)"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%f')"
    return f"CAST({name} AS VARCHAR)"


def _column(index: int) -> str:
    # The file's own header never becomes SQL.
    return f"c{index}"
