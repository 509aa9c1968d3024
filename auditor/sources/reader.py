"""The relation `raw`: a file's records as text columns under the names the mapping knows."""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditor.errors import AuditorError
from auditor.sources.definition import Format
from auditor.sources.recognise import Shape

#: Tables in which DuckDB leaves what it could not cut into fields.
REJECTED = "reader_rejects"
SCANS = "reader_scans"


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def named(text: str) -> str:
    """Text as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def csv_source(path: Path, shape: Shape) -> str:
    """SQL that reads a text file: every column declared as text, nothing sniffed, rejects kept."""
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
        "store_rejects": "true",
        "rejects_table": quoted(REJECTED),
        "rejects_scan": quoted(SCANS),
        "rejects_limit": "0",
    }
    if _ends_lines_with_cr(path):
        options["new_line"] = quoted("\\r")
    return f"read_csv({quoted(str(path))}, {', '.join(f'{k} = {v}' for k, v in options.items())})"


def _ends_lines_with_cr(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    return b"\r" in head and b"\n" not in head


def text_columns(fmt: Format, shape: Shape, chosen: dict[str, str | None]) -> str:
    """The select list of `raw` for a text file: absent columns are NULL, chosen ones are added.

    Args:
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
                f"{alias.removeprefix('chosen_')}_from = '{column}': the export has no such column; "
                f"it has {known}"
            )
        source = places[column.lower()] if column is not None else "NULL::VARCHAR"
        selected.append(f"{source} AS {alias}")
    return ", ".join(selected)


def parquet_columns(
    connection: duckdb.DuckDBPyConnection, path: Path, fmt: Format, chosen: dict[str, str | None]
) -> str:
    """The select list of `raw` for a Parquet file, its typed columns turned into text.

    Raises:
        AuditorError: it is no Parquet file, or lacks a column that is required.
    """
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(str(path))})").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise AuditorError(f"{path}: is no whole Parquet file: {reason}") from None
    present = {row[0].lower(): (row[0], row[1]) for row in described}
    layout = fmt.layouts[0]
    lacking = [n[0] for n in layout.requires if not any(name in present for name in n)]
    if lacking:
        raise AuditorError(f"{path}: lacks the column {', '.join(lacking)}")
    selected = [
        f"{_as_text(*present[c]) if c in present else 'NULL::VARCHAR'} AS {named(c)}" for c in fmt.columns
    ]
    for alias, column in chosen.items():
        if column is not None and column.lower() not in present:
            raise AuditorError(f"{path}: has no column '{column}'; it has {', '.join(present)}")
        source = _as_text(*present[column.lower()]) if column is not None else "NULL::VARCHAR"
        selected.append(f"{source} AS {alias}")
    return ", ".join(selected)


def _as_text(column: str, kind: str) -> str:
    """A typed column as the text the mapping reads; a typed time is good to a millisecond."""
    name = named(column)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(epoch_ms({name}) AS VARCHAR)"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%g')"
    return f"CAST({name} AS VARCHAR)"


def _column(index: int) -> str:
    # The file's own header never becomes SQL.
    return f"c{index}"
