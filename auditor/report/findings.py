"""Verdicts as CSV, safe to open in a spreadsheet: all, or failures, doubts and what was waived."""

from __future__ import annotations

from typing import Any

from auditor.spreadsheet import as_csv

COLUMNS = (
    "verdict", "rule", "regime", "basis", "scope", "client", "partner", "call_centre", "campaign",
    "from", "to", "counted", "doubtful", "base", "rate", "rate_low", "rate_high", "limit", "reason",
    "citation", "status",
)  # fmt: skip


#: The contract's, of every verdict.
ALL_COLUMNS = (
    "pack", "rule", "regime", "basis", "scope", "client", "partner", "call_centre", "campaign",
    "from", "to", "counted", "doubtful", "base", "rate", "rate_low", "rate_high", "limit",
    "verdict", "reason", "citation", "status",
)  # fmt: skip


def results_csv(document: dict[str, Any]) -> str:
    """Every verdict as CSV."""
    return as_csv(ALL_COLUMNS, ([result[column] for column in ALL_COLUMNS] for result in document["results"]))


def findings_csv(document: dict[str, Any]) -> str:
    """The findings as CSV."""
    return as_csv(COLUMNS, ([result[column] for column in COLUMNS] for result in findings(document)))


def findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every verdict that is `fail`, `undecided` or `waived`, in this order."""
    return [
        result
        for verdict in ("fail", "undecided", "waived")
        for result in document["results"]
        if result["verdict"] == verdict
    ]
