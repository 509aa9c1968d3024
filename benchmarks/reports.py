"""Pages per second of a month's PDFs, beside a plain loop over the very same pages (`make bench`).

The product renders each report in a process of its own, as many at once as there are cores, within
bounds of time and memory. The loop renders the same HTML with the same attachments one after the
other, in one process; making the HTML is not counted against it. Both are measured by the operating
system, in turn, start of the interpreter included; memory is that of the largest process.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
from million import measured

from auditor.audit.audit import judge
from auditor.audit.document import as_json
from auditor.audit.editions import editions
from auditor.cli.reporting import branding_of, write_editions
from auditor.evidence.bundle import run_id
from auditor.example import build_example
from auditor.period import parse_period
from auditor.report.html import render_html
from auditor.report.stamp import Stamp
from auditor.store.store import open_store, store_path
from auditor.workspace import find_workspace

PERIOD = "2026-10"
RUNS = 3
#: What the product runs: everything from the documents to the files.
PRODUCT = """
if __name__ == "__main__":  # the workers import this file, and need none of it
    import pickle, sys
    from pathlib import Path
    from auditor.cli.reporting import write_editions

    job, folder = map(Path, sys.argv[1:])
    found, workspace, when = pickle.loads(job.read_bytes())
    list(write_editions(found, workspace, folder, ["pdf"], when))
"""
#: What anybody would write: the files of a folder for each report, its page and what is attached to it.
LOOP = """
import sys
from pathlib import Path
import weasyprint

pages, folder = map(Path, sys.argv[1:])
for page in sorted(pages.glob("*.html")):
    attached = sorted(page.with_suffix("").iterdir())
    weasyprint.HTML(page).write_pdf(
        folder / f"{page.stem}.pdf",
        pdf_variant="pdf/a-3a",
        attachments=[weasyprint.Attachment(path, name=path.name, relationship="Data") for path in attached],
    )
"""


def prepare(folder: Path) -> list[list[str]]:
    """The two commands, but for the folder that each writes into, over an audited example."""
    example = folder / "example"
    build_example(example)
    auditor = [sys.executable, "-m", "auditor", "--workspace", str(example)]
    subprocess.run([*auditor, "run", PERIOD], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workspace, when = find_workspace(example), datetime.now(UTC)
    with open_store(store_path(example)) as connection:
        found = editions(connection, judge(connection, workspace, parse_period(PERIOD), (), ()))
    job, pages = folder / "job.pickle", folder / "pages"
    job.write_bytes(pickle.dumps((found, workspace, when)))
    # The loop has what the product attaches, taken from the product's own files.
    for edition, path in zip(found, write_editions(found, workspace, pages, ["pdf"], when), strict=True):
        results = as_json(edition.document)
        stamp = Stamp(when, run_id(when, results), hashlib.sha256(results.encode()).hexdigest())
        page = render_html(edition.document, branding_of(workspace), stamp, for_print=True)
        path.with_suffix(".html").write_text(page, "utf-8")
        path.with_suffix("").mkdir()
        with pikepdf.open(path) as pdf:
            for name, attached in pdf.attachments.items():
                (path.with_suffix("") / name).write_bytes(attached.get_file().read_bytes())
    commands = []
    for name, code, given in (("product", PRODUCT, job), ("loop", LOOP, pages)):
        script = folder / f"{name}.py"
        script.write_text(code, "utf-8")
        commands.append([sys.executable, str(script), str(given)])
    return commands


def pages_in(folder: Path) -> int:
    """How many pages the PDFs of a folder have."""
    pages = 0
    for path in folder.glob("*.pdf"):
        with pikepdf.open(path) as pdf:
            pages += len(pdf.pages)
    return pages


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as scratch:
        commands = prepare(Path(scratch))
        runs: list[list[tuple[int, float, float]]] = [[], []]
        for run in range(RUNS):
            for number, command in enumerate(commands):
                folder = Path(scratch) / f"{run}-{number}"
                folder.mkdir()
                seconds, memory, code = measured([*command, str(folder)])
                if code:
                    sys.exit(f"{command[1]} ended with {code}")
                runs[number].append((pages_in(folder), seconds, memory))
        reports = len(list(folder.glob("*.pdf")))
    speeds = [[pages / seconds for pages, seconds, _ in figures] for figures in runs]
    print(f"{reports} reports, {os.cpu_count()} cores, medians of {RUNS} runs in turn")
    print(f"{'':16}{'pages':>7}{'seconds':>9}{'pages/s':>9}{'largest MB':>12}")
    for name, figures, speed in zip(("write_reports", "a plain loop"), runs, speeds, strict=True):
        pages, seconds, memory = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{name:16}{pages:7.0f}{seconds:9.2f}{statistics.median(speed):9.2f}{memory:12.0f}")
    ratio = statistics.median(ours / plain for ours, plain in zip(*speeds, strict=True))
    print(f"ratio           {ratio:7.2f}")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
