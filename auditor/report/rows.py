"""Reading the rows of an audit document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from auditor.report import words

Document = dict[str, Any]
Row = dict[str, Any]


def unit_name(row: Row) -> str:
    """What a row is called: its campaign, call centre or partner.

    A campaign at a partner goes by the campaign's name: only the partner's own report shows it.
    """
    for key in ("campaign", "call_centre", "partner"):
        if key in row["scope"].split("+"):
            return words.UNNAMED if row[key] is None else str(row[key])
    return "all calls"


def decisive(rows: Iterable[Row]) -> list[Row]:
    """The rows that a unit-day is judged by: those held against a limit, or else the law's own."""
    by_day: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_day[unit_name(row), row["from"]].append(row)
    order = ("fail", "undecided", "pass", "waived", "not_applicable", "not_in_force")
    return [min(found, key=lambda r: order.index(r["verdict"])) for found in by_day.values()]


def failures(document: Document) -> list[tuple[Row, list[Row]]]:
    """The failures, with the worst row of each.

    A rate's failure is one unit on one day; what is not allowed at all is one of a unit, over all its days.
    """
    together: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in document["results"]:
        if row["verdict"] == "fail":
            alone = row["from"] if rule_of(document, row)["kind"] == "rate" else None
            unit = (row["scope"], row["client"], row["partner"], row["call_centre"], row["campaign"])
            together[row["pack"], row["rule"], row["basis"], *unit, alone].append(row)
    return [(max(rows, key=lambda row: Decimal(row["counted"])), rows) for rows in together.values()]


def rule_of(document: Document, row: Row) -> dict[str, Any]:
    """The rule that a row is of."""
    return next(r for r in document["rules"] if (r["pack"], r["rule"]) == (row["pack"], row["rule"]))
