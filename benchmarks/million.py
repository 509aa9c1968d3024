"""A million VICIdial rows: seconds and peak memory to load and to audit, beside DuckDB's own reader.

Run it with `make bench`. Each figure is of a process of its own, measured by the operating system
when it has ended; ratios are of processes of one run, since machines differ and drift.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from auditor.example import build_example

ROWS = 1_000_000
#: What DuckDB's reader alone costs: every column as text, into a table in a file of its own.
READER = """
import duckdb, sys
path, store = sys.argv[1:]
header = open(path, newline="").readline().rstrip("\\r\\n").split("\\t")
columns = "{" + ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header))) + "}"
connection = duckdb.connect(store)
connection.execute(
    f"CREATE TABLE t AS SELECT * FROM read_csv(?, columns={columns}, auto_detect=false, header=true, "
    "delim='\\t', quote='', escape='', null_padding=true)", [path])
connection.close()
"""


def write_million(folder: Path) -> Path:
    """One carrier export of a million rows: the example's, with leads renumbered copy after copy."""
    build_example(folder, calls=30_000)
    header, lines = "", []
    for path in sorted((folder / "exports" / "northgate").glob("*.txt")):
        with path.open(encoding="utf-8", newline="") as stream:
            header = next(stream)
            lines += stream.readlines()
    target = folder / "million.txt"
    with target.open("w", encoding="utf-8", newline="") as out:
        out.write(header)
        for number in range(ROWS):
            copy, place = divmod(number, len(lines))
            # The last seven digits of a caller code are the lead's; the copy goes into those before.
            out.write(re.sub(r"([VM]\d{10})\d{3}(\d{7})", rf"\g<1>{copy:03}\2", lines[place]))
    return target


def measured(command: list[str]) -> tuple[float, float, int]:
    """Seconds and peak memory (MB) of a command, and its exit code."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"COLUMNS": "80"})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - began, usage.ru_maxrss / 1024, process.returncode


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "example"
        export = write_million(folder)
        workspace = Path(scratch) / "workspace"
        workspace.mkdir()
        auditor = [sys.executable, "-m", "auditor", "--workspace", str(workspace)]
        load = [*auditor, "load", str(export), "--format", "vicidial", "--partner", "northgate"]
        runs = {
            "DuckDB's reader": [sys.executable, "-c", READER, str(export), f"{scratch}/reader.duckdb"],
            "auditor load": load,
            "auditor load, again": load,
            "auditor audit 2026-10": [*auditor, "audit", "2026-10", "--format", "json"],
        }
        print(f"{ROWS:,} rows, {export.stat().st_size / 2**20:,.0f} MB, {os.cpu_count()} cores")
        print(f"{'':24}{'seconds':>9}{'peak MB':>9}{'exit':>6}{'ratio':>7}")
        reader = 0.0
        for name, command in runs.items():
            seconds, memory, code = measured(command)
            reader = reader or seconds
            print(f"{name:24}{seconds:9.2f}{memory:9.0f}{code:6}{seconds / reader:7.2f}")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
