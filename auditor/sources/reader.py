"""The relation `raw`: a file's records as text columns under the names the mapping knows."""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditor.errors import AuditorError
from auditor.sources.definition import Format
from auditor.sources.recognise import Shape, header_fault

#: Tables in which DuckDB leaves what it could not cut into fields.
REJECTED = "reader_rejects"
SCANS = "reader_scans"

#: A text that no field has.
NOT_WRITTEN = "\x1f\x1fnot written\x1f\x1f"


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def named(text: str) -> str:
    """Text as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def csv_source(path: Path, shape: Shape, *, parallel: bool) -> str:
    """SQL that reads a text file: every column declared as text, nothing sniffed, rejects kept.

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
        "store_rejects": "true",
        "rejects_table": quoted(REJECTED),
        "rejects_scan": quoted(SCANS),
        "rejects_limit": "0",
        # NULL is a field that a short record does not have; an empty one is empty text.
        "nullstr": quoted(NOT_WRITTEN),
    }
    return f"read_csv({quoted(str(path))}, {', '.join(f'{k} = {v}' for k, v in options.items())})"


def text_columns(name: str, fmt: Format, shape: Shape, chosen: dict[str, str | None]) -> str:
    """The select list of `raw` for a text file: absent columns are NULL, chosen ones are added.

    `cut_off` says of a record that it ends before the last column that the mapping knows.

    Args:
        name: what to call the file in an error.
        fmt: the format, whose mapping may name any of its columns.
        shape: which of them the file has, and where.
        chosen: `chosen_campaign` and the like → the export's column, as the workspace names it.

    Raises:
        AuditorError: a chosen column is not in the file.
    """
    places = {name: _column(i) for i, name in enumerate(shape.fields) if name}
    selected = [f"{places.get(c, 'NULL::VARCHAR')} AS {named(c)}" for c in fmt.columns]
    for alias, column in chosen.items():
        if column is not None and column.lower() not in places:
            known = ", ".join(places)
            raise AuditorError(
                f"{name}: {alias.removeprefix('chosen_')}_from = '{column}': the export has no such column; "
                f"it has {known}"
            )
        source = places[column.lower()] if column is not None else "NULL::VARCHAR"
        selected.append(f"{source} AS {alias}")
    last = next(places[f] for f in reversed(shape.fields) if f in shape.layout.columns)
    selected.append(f"{last} IS NULL AS cut_off")
    return ", ".join(selected)


def parquet_columns(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    fmt: Format,
    chosen: dict[str, str | None],
) -> tuple[str, tuple[str, ...]]:
    """The select list of `raw` for a Parquet file, its typed columns turned into text.

    Returns:
        The list, and the file's columns that the mapping does not know.

    Raises:
        AuditorError: it is no Parquet file, or lacks a column that is required.
    """
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(str(path))})").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise AuditorError(f"{name}: is no whole Parquet file: {reason}") from None
    present = {row[0].lower(): (row[0], row[1]) for row in described}
    if fault := header_fault(fmt.layouts[0], list(present)):
        raise AuditorError(f"{name}: {fault}")
    selected = [
        f"{_as_text(*present[c]) if c in present else 'NULL::VARCHAR'} AS {named(c)}" for c in fmt.columns
    ]
    for alias, column in chosen.items():
        if column is not None and column.lower() not in present:
            raise AuditorError(f"{name}: has no column '{column}'; it has {', '.join(present)}")
        source = _as_text(*present[column.lower()]) if column is not None else "NULL::VARCHAR"
        selected.append(f"{source} AS {alias}")
    unknown = tuple(label for key, (label, _) in present.items() if key not in fmt.columns)
    return ", ".join(selected), unknown


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
