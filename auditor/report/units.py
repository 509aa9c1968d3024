"""What the summary says of each unit: its figures in a line, and its verdict by every rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from auditor.report import words
from auditor.report.rows import (
    Document,
    Row,
    VerdictKey,
    decisive,
    judged,
    judged_nothing,
    rule_of,
    unit_label,
    unit_name,
    unit_of,
    verdict_key,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A unit over the period: its rate as the range of its days, never as one average."""

    name: str
    live: str
    abandoned: str
    rates: str
    failed: int
    undecided: int
    silent: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Square:
    """A unit by a rule: the verdict over the period; empty where there was nothing to judge.

    `note` says how many days failed or are undecided, that a pass leans on somebody's word or saw only
    part of what it judges; `anchor` is where more is told of it.
    """

    verdict: str
    note: str = ""
    anchor: str | None = None


def lines_of(
    document: Document, scope: str, taken: Callable[[Row], bool] = lambda row: True
) -> tuple[Line, ...]:
    """A line for each unit of a scope, of the rows that are taken."""
    units: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for row in document["results"]:
        if row["scope"] == scope and taken(row):
            units[unit_of(row)].append(row)
    lines = (_line(document, _line_name(document, rows[0]), rows) for rows in units.values())
    return tuple(sorted(lines, key=lambda line: line.name))


def squares_of(
    document: Document, main: str, anchors: Mapping[VerdictKey, str]
) -> Iterator[tuple[str, tuple[Square, ...]]]:
    """Each unit that is judged, campaigns before call centres, with its verdict by every rule in their order.

    Args:
        document: the audit document.
        main: the scope of its campaigns.
        anchors: where more is told of a verdict.
    """
    units: dict[Any, dict[tuple[str, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in judged(document, main):
        key = (row["scope"] != main, unit_label(row), tuple(name or "" for name in unit_of(row)))
        units[key][row["pack"], row["rule"]].append(row)
    in_part = {gap["rule"] for gap in document["not_tested"]}
    for (_, name, _), by_rule in sorted(units.items()):
        squares = (
            _square(by_rule[pack, rule], anchors, f"{pack}/{rule}" in in_part)
            for pack, rule in ((each["pack"], each["rule"]) for each in document["rules"])
        )
        yield name, tuple(squares)


def _line_name(document: Document, row: Row) -> str:
    names = {partner["id"]: partner["name"] for partner in document["partners"]}
    partner = names.get(row["partner"], row["partner"])
    if row["scope"] == "partner":
        return str(partner)
    # In a partner's own report a campaign goes by its name.
    shared = row["scope"] == "campaign+partner" and document["selection"]["partner"] is None
    return f"{unit_name(row)} · {partner}" if shared else unit_name(row)


def _line(document: Document, name: str, rows: list[Row]) -> Line:
    rated = decisive(row for row in rows if rule_of(document, row)["kind"] == "rate")
    counted = [row for row in rows if row["rule"] == "silent-calls"]
    decided = [*rated, *(row for row in rows if rule_of(document, row)["kind"] == "count")]
    shown = [row for row in rated if row["rate_low"] is not None]
    silent = sum((Fraction(row["counted"] or 0) for row in counted), Fraction(0))
    perhaps = silent + sum((Fraction(row["doubtful"] or 0) for row in counted), Fraction(0))
    failed = {row["from"] for row in decided if row["verdict"] == "fail"}
    undecided = {row["from"] for row in decided if row["verdict"] == "undecided"} - failed
    waived = {row["from"] for row in decided if row["verdict"] == "waived"} - failed - undecided
    verdict = "fail" if failed else "undecided" if undecided else "waived" if waived else "pass"
    if all(judged_nothing(row) for row in rows):
        verdict = "nothing"
    return Line(
        name=name,
        live=words.count(str(sum(row["tallies"].get("live", 0) for row in rated))),
        abandoned=f"{sum((Decimal(row['counted'] or 0) for row in rated), Decimal(0)):,.2f}",
        # From the least it can have been on any day to the most: a doubt is never shown as a low rate.
        rates=words.rates([row["rate_low"] for row in shown], [row["rate_high"] for row in shown]),
        failed=len(failed),
        undecided=len(undecided),
        silent="–" if not counted else f"{silent}" if silent == perhaps else f"{silent} to {perhaps}",
        verdict=words.VERDICTS[verdict],
    )


def _square(rows: list[Row], anchors: Mapping[VerdictKey, str], in_part: bool) -> Square:
    found = decisive(rows)
    verdicts = [row["verdict"] for row in found]
    for verdict in ("fail", "undecided", "waived"):
        if verdict in verdicts:
            told = [anchors.get(verdict_key(row)) for row in found if row["verdict"] == verdict]
            # The lower its number, the graver it is.
            anchor = min(filter(None, told), key=lambda a: int(a.rpartition("-")[2]), default=None)
            return Square(words.VERDICTS[verdict], words.many(verdicts.count(verdict), "day"), anchor)
    if all(judged_nothing(row) for row in found):
        out_of_force = found and set(verdicts) == {"not_in_force"}
        return Square("", "not in force" if out_of_force else "nothing to judge" if found else "")
    on_word = "on attestation" if any(row["attested"] for row in rows) else ""
    return Square(words.VERDICTS["pass"], on_word or ("in part" if in_part else ""))
