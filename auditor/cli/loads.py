"""`auditor loads`: what is in the store, and what was not taken."""

from __future__ import annotations

import json
from typing import Any

import click

from auditor.cli.options import opened, output_options, wait_option, workspace_of
from auditor.cli.writing import Outputs, deliver
from auditor.period import in_words
from auditor.spreadsheet import as_csv
from auditor.store import ledger
from auditor.store.horizon import Horizon, horizons
from auditor.text import as_columns, as_markdown, printable

_LOADS = ("load_id", "file", "sha256", "format", "partner", "read", "accepted", "rejected",
          "duplicate", "superseded_by")  # fmt: skip
_REJECTS = ("load_id", "file", "line", "byte_offset", "reason", "raw")
_NUMBERS = {"load_id", "read", "accepted", "rejected", "duplicate", "line", "byte_offset"}


@click.command()
@click.option("--rejects", is_flag=True, help="List the rejected rows: place, reason and raw text.")
@output_options("text", "json", "csv", "markdown")
@wait_option
@click.pass_context
def command(ctx: click.Context, rejects: bool, style: str, outputs: Outputs, wait: float) -> None:
    """Show the load ledger: for each file, read = accepted + rejected + duplicate."""
    with opened(workspace_of(ctx), wait=wait) as connection:
        loads = ledger.loads(connection)
        rejected = ledger.rejects(connection) if rejects else []
        codes = ledger.unknown_codes(connection)
        purges = horizons(connection)
    header: tuple[str, ...] = _LOADS
    rows: list[tuple[Any, ...]] = [tuple(getattr(load, key) for key in header) for load in loads]
    if rejects:
        header = _REJECTS
        rows = [
            (r.load_id, r.file, r.line, r.byte_offset, r.reason, r.raw.decode("utf-8", "replace"))
            for r in rejected
        ]
    listed = [dict(zip(header, row, strict=True)) for row in rows]
    if not rejects:
        for line, load in zip(listed, loads, strict=True):
            line |= _remarks(load, codes)
    document: dict[str, Any] = {"rejects" if rejects else "loads": listed}
    if purges:
        document["purges"] = [
            {"before": p.day.isoformat(), "purged_at": p.purged_at, "after_load": p.after_load}
            for p in purges
        ]
    short = [tuple(v[:12] if h == "sha256" else v for h, v in zip(header, r, strict=True)) for r in rows]
    deliver(
        {
            "text": lambda: (
                as_columns(header, short, _NUMBERS)
                + ("" if rejects else _in_words(loads, codes))
                + _purged(purges)
            ),
            "json": lambda: json.dumps(document, indent=1, ensure_ascii=False) + "\n",
            "csv": lambda: as_csv(header, rows),
            "markdown": lambda: as_markdown(header, rows),
        },
        style,
        outputs,
    )


def _purged(purges: list[Horizon]) -> str:
    return "".join(
        f"calls dialled before {in_words(each.day)} were purged on {each.purged_at[:10]}, "
        f"after load {each.after_load}\n"
        for each in purges
    )


def _remarks(load: ledger.Load, codes: list[tuple[int, str, int]]) -> dict[str, Any]:
    """What was found when a file was loaded, besides the counts."""
    return {
        "layout": load.layout,
        "loaded_at": load.loaded_at,
        "settings": load.settings,
        "notes": list(load.notes),
        "suspicions": list(load.suspicions),
        "unknown_codes": {code: calls for load_id, code, calls in codes if load_id == load.load_id},
    }


def _in_words(loads: list[ledger.Load], codes: list[tuple[int, str, int]]) -> str:
    lines = []
    for load in loads:
        remarks = _remarks(load, codes)
        unknown = [f"{code} ({calls:,})" for code, calls in remarks["unknown_codes"].items()]
        sentences = [*load.notes, *load.suspicions]
        sentences += [f"codes that no table knows: {', '.join(unknown)}"] if unknown else []
        lines += [f"load {load.load_id}: {printable(sentence)}" for sentence in sentences]
    return "\n".join(["", *lines, ""]) if lines else ""
