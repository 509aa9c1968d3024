"""Every text format: a million records loaded, beside DuckDB's own reader on the same file.

Run it with `make bench`, or `python benchmarks/formats.py five9 ringcx` for some. A file is the widest
case of the format, its records repeated with call ids of their own, quoted as they are there; what
its layout has besides (a vendor's export has all its columns) is filled with text that no mapping
reads. Both processes are measured by the operating system, in turn, and the ratio is of medians of
one run, since machines differ and drift.
"""

from __future__ import annotations

import csv
import io
import re
import resource
import statistics
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import duckdb
from million import measured

from auditor.errors import AuditorError
from auditor.sources.catalogue import formats
from auditor.sources.load import Terms, load_file
from auditor.sources.recognise import Sample, Shape, recognise
from auditor.sources.source import Ceiling, Source
from auditor.store.store import open_store

ROWS = 1_000_000
RUNS = 3
ALL = Ceiling(Fraction(1))
FOLDERS = Path(__file__).parent.parent / "auditor" / "sources" / "formats"
#: What DuckDB's reader alone costs: every column as text, into a table in a file of its own.
READER = """
import duckdb, sys
path, store, header, delimiter, quote, strict, width = sys.argv[1:]
columns = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(int(width))) + "}"
connection = duckdb.connect(store)
connection.execute(
    f"CREATE TABLE t AS SELECT * FROM read_csv(?, columns={columns}, auto_detect=false, header={header}, "
    f"delim=?, quote=?, escape=?, strict_mode={strict}, null_padding=true)", [path, delimiter, quote, quote])
connection.close()
"""
#: The columns that name a call, whose last digits become the number of the record.
NAMES = ("call_id", "caller_code", "uniqueid", "linkedid", "uuid", "call id", "contactid", "callid", "sid",
         "call_guid", "callguid", "lead_id")  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A case of a format in a text layout: which of its records become calls, and on which clock."""

    shape: Shape
    text: str
    taken: frozenset[int]
    zone: str

    @property
    def size(self) -> tuple[int, int]:
        """By which cases are compared: columns, then calls."""
        return len(self.shape.fields), len(self.taken)


def cases() -> dict[tuple[str, str], Case]:
    """(format, layout) → the case with the most columns and calls, of each text layout with calls."""
    found: dict[tuple[str, str], Case] = {}
    for fmt in formats().values():
        for path in sorted((FOLDERS / fmt.id / "cases").glob("*.toml")):
            case = tomllib.loads(path.read_text("utf-8"))
            zone = case.get("source", {}).get("zone", "Europe/London")
            for text in case["files"].values():
                if text.lstrip()[:1] in "{[" or "\r" in text.replace("\r\n", "\n"):
                    continue
                shape = recognise(path.name, Sample(text), [fmt])
                taken = accepted(text, fmt.id, zone)
                best = found.get((fmt.id, shape.layout.id))
                case_of = Case(shape, text, taken, zone)
                if taken and (best is None or case_of.size > best.size):
                    found[fmt.id, shape.layout.id] = case_of
    return found


def filled(shape: Shape) -> list[str]:
    """The columns that the layout has and the case has not, of those that no mapping reads."""
    if not shape.layout.header:
        return []
    read = shape.format.mapping + (shape.format.alone or "") + " ".join(shape.format.clock.time)
    return [c for c in shape.layout.columns if c not in shape.fields and not re.search(rf"\b{c}\b", read)]


def accepted(text: str, format_id: str, zone: str) -> frozenset[int]:
    """The places, from 1, of the records of an export that become calls."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(":memory:"), write=True) as store:
        path = Path(folder) / "export"
        path.write_text(text, "utf-8")
        try:
            load_file(store, path, Source(format=format_id, zone=zone, campaign="C"), terms=Terms(ALL))
        except AuditorError:
            return frozenset()
        return frozenset(row[0] for row in store.execute("SELECT source_row FROM calls").fetchall())


def write(case: Case, target: Path) -> None:
    """A file of ROWS records: those of the case that become calls, over and over."""
    shape, text, dialect = case.shape, case.text, case.shape.dialect
    more = filled(shape)
    reader = csv.reader(
        io.StringIO(text.replace("\r\n", "\n")),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )
    records = [record for record in reader if record]
    header, good = (records[0], records[1:]) if shape.layout.header else (None, records)
    good = [record for place, record in enumerate(good, 1) if place in case.taken]
    columns = [f"c{i}" for i in range(len(good[0]))]
    ids = {columns[i] for i, field in enumerate(shape.fields[: len(columns)]) if field in NAMES}
    values = ", ".join(
        [f"regexp_replace({c}, '\\d*$', '') || n" if c in ids else f"nullif({c}, '')" for c in columns]
        + [f"'text {i} ' || n % 1000" for i, _ in enumerate(more)]
    )
    all_quoted = bool(dialect.quote) and text.split("\n")[shape.layout.header].startswith(dialect.quote)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(f'{c} VARCHAR' for c in columns)}, place INTEGER)")
        connection.executemany(
            f"INSERT INTO t VALUES ({', '.join('?' * len(columns))}, ?)",
            [[*record, place] for place, record in enumerate(good)],
        )
        options = f"FORMAT csv, HEADER false, DELIMITER '{dialect.delimiter}', QUOTE '{dialect.quote}'"
        if all_quoted:
            options += ", FORCE_QUOTE *"
        rows = target.with_suffix(".rows")
        connection.execute(
            f"COPY (SELECT {values} FROM range({ROWS}) r(n) JOIN t ON place = n % {len(good)}) "
            f"TO '{rows}' ({options})"
        )
    with target.open("w", encoding="utf-8", newline="") as out:
        if header:
            out.write(dialect.delimiter.join(header + more) + "\n")
    with target.open("ab") as out, rows.open("rb") as stream:
        while block := stream.read(1 << 24):
            out.write(block)
    rows.unlink()


def main(wanted: list[str]) -> None:
    """Measure and print a table."""
    titles = f"{'reader s':>10}{'load s':>8}{'ratio':>7}{'accepted':>10}"
    print(f"{'format':16}{'layout':14}{'columns':>8}{'MB':>6}{titles}")
    for (format_id, layout), case in cases().items():
        if wanted and format_id not in wanted:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            export = folder / "export.csv"
            write(case, export)
            shape, dialect = case.shape, case.shape.dialect
            read, loaded = [], []
            for run in range(RUNS):
                reader = [
                    sys.executable, "-c", READER, str(export), str(folder / f"reader{run}.duckdb"),
                    str(shape.layout.header).lower(), dialect.delimiter, dialect.quote,
                    str(dialect.strict).lower(), str(len(shape.fields) + len(filled(shape))),
                ]  # fmt: skip
                workspace = folder / f"workspace{run}"
                workspace.mkdir()
                load = [
                    sys.executable, "-m", "auditor", "--workspace", str(workspace), "load", str(export),
                    "--format", format_id, "--campaign", "C", "--zone", case.zone,
                ]  # fmt: skip
                read.append(measured(reader)[0])
                loaded.append(measured(load)[0])
            with duckdb.connect(str(workspace / "store" / "auditor.duckdb"), read_only=True) as store:
                (accepted,) = store.execute("SELECT accepted FROM loads").fetchone() or (0,)
            before, after = statistics.median(read), statistics.median(loaded)
            width = len(shape.fields) + len(filled(shape))
            size = export.stat().st_size / 2**20
            times = f"{before:10.2f}{after:8.2f}{after / before:7.2f}"
            print(f"{format_id:16}{layout:14}{width:8}{size:6.0f}{times}{accepted:10,}", flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1:])
