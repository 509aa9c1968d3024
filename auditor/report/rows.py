"""Reading the rows of an audit document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from auditor.report import words

Document = dict[str, Any]
Row = dict[str, Any]


#: Pack, rule, unit and day of a verdict.
VerdictKey = tuple[str | None, ...]
_GRAVITY = ("fail", "undecided", "waived", "pass", "not_applicable", "not_in_force")


def named(document: Document) -> Document:
    """The document, its rows with the name that a reader tells their unit by (`unit`).

    A campaign at a partner goes by the campaign's name: only the partner's own report shows it. Where
    there are several clients, a name has the client's with it.
    """
    several = len({row["client"] for row in document["results"]}) > 1
    rows = [row | {"unit": _name(row, several=several)} for row in document["results"]]
    return document | {"results": rows}


def _name(row: Row, *, several: bool) -> str:
    keys = [key for key in ("campaign", "call_centre", "partner") if key in row["scope"].split("+")]
    name = "all calls" if not keys else words.UNNAMED if row[keys[0]] is None else str(row[keys[0]])
    return f"{name} of {row['client'] or words.UNNAMED}" if several else name


def unit_name(row: Row) -> str:
    """What a row is called: its campaign, call centre or partner."""
    return str(row["unit"])


def unit_label(row: Row) -> str:
    """A unit's name, that of a call centre with what it is: a campaign may have the same."""
    return f"call centre {unit_name(row)}" if row["scope"] == "call_centre" else unit_name(row)


def verdict_key(row: Row) -> VerdictKey:
    """By which a verdict is found again."""
    return (row["pack"], row["rule"], *unit_of(row), row["from"])


def judged(document: Document, main: str) -> list[Row]:
    """What the law or the house judges: campaigns (scope `main`), and call centres where they are a unit."""
    return [
        row for row in document["results"]
        if row["scope"] == main or (row["scope"] == "call_centre" and row["basis"] != "oversight")
    ]  # fmt: skip


def decisive(rows: Iterable[Row]) -> list[Row]:
    """The row by which each rule judges a unit's day: the gravest of those that were held against a limit."""
    by_day: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_day[row["pack"], row["rule"], *unit_of(row), row["from"]].append(row)
    return [min(found, key=lambda row: _GRAVITY.index(row["verdict"])) for found in by_day.values()]


def judged_nothing(row: Row) -> bool:
    """Whether a verdict passes for want of any call to judge, or is none at all."""
    passed = row["verdict"] == "pass"
    return row["verdict"] in ("not_applicable", "not_in_force") or (passed and Decimal(row["base"]) == 0)


def unit_of(row: Row) -> tuple[str | None, ...]:
    """What tells a unit from others."""
    return row["scope"], row["client"], row["partner"], row["call_centre"], row["campaign"]


def failures(document: Document, rows: Iterable[Row]) -> list[tuple[Row, list[Row]]]:
    """The failures among some rows, with the worst row of each.

    A rate's failure is one unit on one day; what is not allowed at all is one of a unit, over all its days.
    """
    together: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row["verdict"] == "fail":
            alone = row["from"] if rule_of(document, row)["kind"] == "rate" else None
            together[row["pack"], row["rule"], row["basis"], *unit_of(row), alone].append(row)
    return [(max(rows, key=lambda row: Decimal(row["counted"])), rows) for rows in together.values()]


def rule_of(document: Document, row: Row) -> dict[str, Any]:
    """The rule that a row is of."""
    return next(r for r in document["rules"] if (r["pack"], r["rule"]) == (row["pack"], row["rule"]))
