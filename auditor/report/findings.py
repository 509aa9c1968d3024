"""Failures and doubts as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

COLUMNS = (
    "verdict", "rule", "regime", "basis", "scope", "client", "partner", "call_centre", "campaign",
    "from", "to", "counted", "doubtful", "base", "rate", "rate_low", "rate_high", "limit", "reason",
    "citation", "status",
)  # fmt: skip


def findings_csv(document: dict[str, Any]) -> str:
    """Every verdict that is `fail` or `undecided`, failures first."""
    found = [
        result
        for verdict in ("fail", "undecided")
        for result in document["results"]
        if result["verdict"] == verdict
    ]
    return as_csv(COLUMNS, ([result[column] for column in COLUMNS] for result in found))


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV with a header; text that a spreadsheet would run gets a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_safe("" if value is None else value) for value in row] for row in rows)
    return out.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
