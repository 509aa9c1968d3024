"""Reports on disk: each rendered in a process of its own, none half written."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import resource
import signal
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError
from auditor.files import scratch_folder, write_whole
from auditor.processes import pool, without_interrupts
from auditor.report.branding import Branding
from auditor.report.findings import findings_csv
from auditor.report.html import render_html
from auditor.report.pdf import render_pdf
from auditor.report.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Bounds:
    """What rendering one report may take: seconds, and bytes of memory."""

    seconds: float = 900.0
    memory: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Report:
    """One report to write: its document, the texts attached to it, and where it goes.

    `path` has no ending; each kind adds its own. `run` names the run it is part of.
    """

    path: Path
    document: dict[str, Any]
    results: str
    manifest: str
    run: str


def write_reports(
    reports: Sequence[Report],
    kinds: Sequence[str],
    branding: Branding,
    when: datetime,
    bounds: Bounds = Bounds(),
) -> Iterator[Path]:
    """Write every report in every kind, as many at once as there are cores.

    Yields:
        Each path, in the order of the reports, when the file stands whole under it.

    Raises:
        AuditorError: a report could not be rendered or written, or took more than its bounds allow.
    """
    jobs = [(report, kind) for report in reports for kind in kinds]
    # WeasyPrint gives memory back only when its process ends: a fresh one for every report, a copy of one
    # that has imported what they all need.
    workers = min(len(jobs), os.cpu_count() or 1)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["auditor.report.warm"])
    resource_tracker.ensure_running()  # it lets interrupts through when it has begun
    with (
        scratch_folder() as scratch,
        pool(workers, mp_context=context, max_tasks_per_child=1) as processes,
    ):
        with without_interrupts():
            forkserver.ensure_running()
            pending = [
                processes.submit(_bounded, report, kind, branding, when, bounds, scratch)
                for report, kind in jobs
            ]
        try:
            for (report, kind), rendered in zip(jobs, pending, strict=True):
                path = report.path.with_name(f"{report.path.name}.{kind}")
                try:
                    content = rendered.result()
                except TimeoutError:
                    raise AuditorError(
                        f"{path}: rendering it took longer than {bounds.seconds:g} s: report a shorter period"
                    ) from None
                except MemoryError:
                    raise AuditorError(
                        f"{path}: rendering it took more than {bounds.memory >> 20:,} MiB of memory: "
                        "report a shorter period"
                    ) from None
                except BrokenProcessPool:
                    raise AuditorError(
                        f"{path}: the process that renders it was killed (out of memory?)"
                    ) from None
                write_whole(path, content)
                yield path
        finally:
            for rendered in pending:
                rendered.cancel()


def file_stems(partners: Sequence[str]) -> dict[str, str]:
    """A safe file name for every partner id, kept apart where two ids would share one."""
    plain = {p: re.sub(r"[^A-Za-z0-9._-]+", "-", p).strip(".-")[:60] or "partner" for p in partners}
    taken = [name.lower() for name in plain.values()]
    return {
        partner: f"partner-{name}"
        if taken.count(name.lower()) == 1 and name == partner
        else f"partner-{name}-{hashlib.sha256(partner.encode()).hexdigest()[:8]}"
        for partner, name in plain.items()
    }


def _bounded(
    report: Report, kind: str, branding: Branding, when: datetime, bounds: Bounds, scratch: Path
) -> bytes:
    """Render within bounds, in a process that is this report's alone."""
    # It ends without tidying up: WeasyPrint's copies of the fonts, 2 MB a PDF, are for our parent to remove.
    tempfile.tempdir = str(scratch)
    late = False

    def too_long(_signal: int, _frame: object) -> None:
        nonlocal late
        late = True
        raise TimeoutError

    _, most = resource.getrlimit(resource.RLIMIT_AS)  # whoever runs us may have set a bound, which stays
    memory = bounds.memory if most == resource.RLIM_INFINITY else min(bounds.memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))
    signal.signal(signal.SIGALRM, too_long)
    # Again and again: a library's callback may swallow the first.
    signal.setitimer(signal.ITIMER_REAL, bounds.seconds, 0.1)
    try:
        return _render(report, kind, branding, when)
    except Exception:
        if late:
            raise TimeoutError from None  # whatever the library made of it
        raise


def _render(report: Report, kind: str, branding: Branding, when: datetime) -> bytes:
    stamp = Stamp(when, report.run, hashlib.sha256(report.results.encode()).hexdigest())
    if kind == "html":
        return render_html(report.document, branding, stamp, for_print=False).encode("utf-8")
    if kind == "xlsx":
        from auditor.report.xlsx import render_xlsx

        return render_xlsx(report.document, when)
    attachments = {
        "results.json": report.results.encode("utf-8"),
        "findings.csv": findings_csv(report.document).encode("utf-8"),
        "manifest.json": report.manifest.encode("utf-8"),
    }
    return render_pdf(render_html(report.document, branding, stamp, for_print=True), attachments, when)
