"""Build the example workspace: simulate the month, write what each partner would send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError
from auditor.example.client import ASSIGNMENTS
from auditor.example.clock import LocalDay
from auditor.example.leads import lead_list
from auditor.example.rota import month_of, rota
from auditor.example.simulate import simulate
from auditor.example.truth import Truth
from auditor.example.workspace import workspace_toml
from auditor.example.write import ExportFiles


def build_example(
    folder: Path, *, calls: int = 30_000, seed: int = 2013, month: str = "2026-10"
) -> dict[str, Any]:
    """Write `auditor.toml`, `exports/<partner>/` and `truth.json`; what `truth.json` says.

    The same calls, seed and month give the same bytes on every machine. Only one campaign-day is
    held in memory at a time.

    Raises:
        AuditorError: the folder holds something already, the month is not understood, or the calls
            are too few.
    """
    first, last = month_of(month)
    runs = rota(first, last, calls)
    _make_empty(folder)
    lists = {assignment.key: lead_list(assignment, seed) for assignment in ASSIGNMENTS}
    truth = Truth()
    call_no = 1
    with ExportFiles(folder) as exports:
        for run in runs:
            key = run.assignment.key
            dialled, lists[key] = simulate(run, lists[key], seed=seed, first_call_no=call_no)
            call_no += run.calls
            truth.add(run, dialled)
            exports.write(run.assignment.partner, LocalDay.of(run.day), dialled)
    found = truth.as_json(month=month, seed=seed, rows=exports.rows)
    _write(folder / "auditor.toml", workspace_toml(first, last))
    _write(folder / "truth.json", json.dumps(found, indent=1) + "\n")
    return found


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        occupied = any(folder.iterdir())
    except OSError as error:
        raise AuditorError(
            f"{folder}: the example cannot be written here ({error.strerror}): name a new folder"
        ) from None
    if occupied:
        raise AuditorError(
            f"{folder}: this folder is not empty: name a new one, so that nothing is overwritten"
        )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
