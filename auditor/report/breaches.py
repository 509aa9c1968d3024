"""Failures and doubts as a reader meets them: what happened, why, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from auditor.report import words
from auditor.report.calls import CallLine, calls_of
from auditor.report.rows import Document, Row, failures, rule_of, unit_name


@dataclass(frozen=True, slots=True)
class Breach:
    """A failure: what happened, the arithmetic of it (of its worst day), the provision and what to do.

    A rate's failure is one unit on one day. What is not allowed at all is told once for each unit,
    with every day it happened on: (day, counted, doubtful, among).
    """

    anchor: str
    of: tuple[str, str, str]  # pack, rule and unit
    title: str
    where: str
    when: str
    reason: str
    workings: tuple[Row, ...]
    days: tuple[tuple[str, str, str, str], ...]
    calls: tuple[CallLine, ...]
    limit: str
    basis: str
    citation: str
    status: str
    advice: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Undecided days that share a cause."""

    anchor: str
    of: frozenset[tuple[str, str, str]]  # pack, rule and unit of each verdict
    cause: str
    days: int
    units: tuple[tuple[str, str, str], ...]  # rule, unit, days
    calls: tuple[CallLine, ...]
    advice: str


def breaches_of(document: Document, main: str) -> list[Breach]:
    """Every failure of a campaign (scope `main`) or call centre: campaigns first, the worst first."""
    failed = [pair for pair in failures(document) if pair[0]["scope"] in (main, "call_centre")]
    # A call centre's row repeats its campaigns' calls: campaigns first, rates before counts, worst first.
    failed.sort(
        key=lambda pair: (
            pair[0]["scope"] != main,
            rule_of(document, pair[0])["kind"] != "rate",
            -Decimal(pair[0]["rate"] or 0),
        )
    )
    return [_breach(document, number, worst, rows) for number, (worst, rows) in enumerate(failed, 1)]


def _breach(document: Document, number: int, worst: Row, rows: list[Row]) -> Breach:
    rule = rule_of(document, worst)
    rate = rule["kind"] == "rate"
    limit = words.limit_percent(worst["limit"]) if rate else "none allowed"
    if not rate and worst["limit"] != "0":
        limit = f"at most {worst['limit']}"
    basis = {"law": "the law", "house": "the house limit", "oversight": "the client's oversight"}
    return Breach(
        anchor=f"breach-{number}",
        of=(worst["pack"], worst["rule"], unit_name(worst)),
        title=rule["title"],
        where=f"{words.SCOPES[worst['scope']].capitalize()} {unit_name(worst)}",
        when=words.day(worst["from"]) if len(rows) == 1 else words.many(len(rows), "day"),
        reason=worst["reason"],
        workings=tuple(worst["workings"]),
        days=tuple(map(_day, rows)) if len(rows) > 1 else (),
        calls=calls_of(rows),
        limit=limit,
        basis=basis[worst["basis"]],
        citation=worst["citation"],
        status=words.STATUSES[worst["status"]],
        advice=worst["remedy"],
    )


def _day(row: Row) -> tuple[str, str, str, str]:
    counted, doubtful, among = (words.count(row[key]) for key in ("counted", "doubtful", "base"))
    return words.short_day(row["from"]), counted, doubtful, among


def doubts_of(document: Document, main: str) -> list[Doubt]:
    """The undecided days of campaigns (scope `main`) by their cause, the most frequent first."""
    causes: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in document["results"]:
        if row["verdict"] == "undecided" and row["scope"] == main:
            causes[row["cause"], row["remedy"]].append(row)
    found = []
    for (cause, remedy), rows in causes.items():
        units: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in rows:
            units[rule_of(document, row)["title"], unit_name(row)].add(row["from"])
        listed = tuple(
            (rule, unit, words.spans(sorted(days))) for (rule, unit), days in sorted(units.items())
        )
        total = sum(len(days) for days in units.values())
        of = frozenset((row["pack"], row["rule"], unit_name(row)) for row in rows)
        said = f"{cause[0].upper()}{cause[1:]}"
        found.append(Doubt("", of, said, total, listed, calls_of(rows), remedy))
    found.sort(key=lambda doubt: -doubt.days)
    return [replace(doubt, anchor=f"doubt-{number}") for number, doubt in enumerate(found, 1)]
