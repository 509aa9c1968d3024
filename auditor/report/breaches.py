"""Failures and doubts as a reader meets them: what happened, why, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from auditor.report import words
from auditor.report.calls import CallLine, calls_of
from auditor.report.rows import (
    Document,
    Row,
    VerdictKey,
    failures,
    judged,
    rule_of,
    unit_label,
    unit_name,
    verdict_key,
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A failure: what happened, the arithmetic of it (of its worst day), the provision and what to do.

    A rate's failure is one unit on one day. What is not allowed at all is told once for each unit,
    with every day it happened on: (day, counted, doubtful, among). `also` names call centres whose
    failure is made of the same calls, `partners` whose calls they were: (name, counted, among).
    """

    anchor: str
    verdicts: frozenset[VerdictKey]
    title: str
    where: str
    when: str
    also: tuple[str, ...]
    partners: tuple[tuple[str, str, str], ...]
    reason: str
    workings: tuple[Row, ...]
    days: tuple[tuple[str, str, str, str], ...]
    calls: tuple[CallLine, ...]
    calls_in_all: int
    limit: str
    basis: str
    citation: str
    status: str
    advice: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Undecided days that share a cause."""

    anchor: str
    verdicts: frozenset[VerdictKey]
    cause: str
    days: int
    units: tuple[tuple[str, str, str], ...]  # rule, unit, days
    calls: tuple[CallLine, ...]
    calls_in_all: int
    advice: str


def breaches_of(document: Document, main: str) -> list[Breach]:
    """Every failure of a campaign (scope `main`) or call centre: campaigns first, the worst first."""
    failed = failures(document, judged(document, main))
    # A call centre's row repeats its campaigns' calls: campaigns first, rates before counts, worst first.
    failed.sort(
        key=lambda pair: (
            pair[0]["scope"] != main,
            rule_of(document, pair[0])["kind"] != "rate",
            -Decimal(pair[0]["rate"] or 0),
        )
    )
    alone: list[tuple[Row, list[Row]]] = []
    also: dict[int, list[Row]] = defaultdict(list)
    for worst, rows in failed:
        same = next((n for n, (other, _) in enumerate(alone) if _same_calls(worst, other)), None)
        if worst["scope"] == "call_centre" and same is not None:
            also[same].append(worst)
        else:
            alone.append((worst, rows))
    return [
        _breach(document, number, worst, rows, also[number - 1])
        for number, (worst, rows) in enumerate(alone, 1)
    ]


def _same_calls(row: Row, other: Row) -> bool:
    """Whether a call centre's failure is a campaign's over again: all of its calls were that campaign's."""
    same = ("pack", "rule", "basis", "from", "limit", "counted", "doubtful", "base", "tallies")
    return other["scope"] != "call_centre" and all(row[key] == other[key] for key in same)


def _breach(document: Document, number: int, worst: Row, rows: list[Row], also: list[Row]) -> Breach:
    rule = rule_of(document, worst)
    rate = rule["kind"] == "rate"
    limit = words.limit_percent(worst["limit"]) if rate else "none allowed"
    if not rate and worst["limit"] != "0":
        limit = f"at most {worst['limit']}"
    return Breach(
        anchor=f"breach-{number}",
        verdicts=frozenset(map(verdict_key, (*rows, *also))),
        title=rule["title"],
        where=f"{words.SCOPES[worst['scope']].capitalize()} {unit_name(worst)}",
        when=words.day(worst["from"]) if len(rows) == 1 else words.many(len(rows), "day"),
        also=tuple(map(unit_label, also)),
        partners=tuple(_partners(document, worst, rows)),
        reason=worst["reason"],
        workings=tuple(worst["workings"]),
        days=tuple(map(_day, rows)) if len(rows) > 1 else (),
        calls=calls_of(rows),
        calls_in_all=sum(row["sample_of"] for row in rows),
        limit=limit,
        basis=_basis(worst),
        citation=worst["citation"],
        status=words.STATUSES[worst["status"]],
        advice=worst["remedy"],
    )


def _basis(row: Row) -> str:
    limit = "the law" if row["limit_of"] == "law" else "the house limit"
    return f"{limit}, applied to these calls alone" if row["basis"] == "oversight" else limit


def _partners(document: Document, worst: Row, rows: list[Row]) -> Iterator[tuple[str, str, str]]:
    """Whose calls a campaign's failure was made of; of a partner's own report, nobody's need be said."""
    days = {row["from"] for row in rows}
    names = {partner["id"]: partner["name"] for partner in document["partners"]}
    found: dict[str, list[Row]] = defaultdict(list)
    for row in document["results"]:
        if (
            worst["scope"] == "campaign"
            and row["scope"] == "campaign+partner"
            and row["campaign"] == worst["campaign"]
            and (row["pack"], row["rule"]) == (worst["pack"], worst["rule"])
            and row["from"] in days
            and row["base"] is not None
        ):
            found[row["partner"]].append(row)
    for partner, mine in sorted(found.items()):
        counted, base = (sum((Decimal(row[key]) for row in mine), Decimal(0)) for key in ("counted", "base"))
        yield names.get(partner, partner), words.count(str(counted)), words.count(str(base))


def _day(row: Row) -> tuple[str, str, str, str]:
    counted, doubtful, among = (words.count(row[key]) for key in ("counted", "doubtful", "base"))
    return words.short_day(row["from"]), counted, doubtful, among


def doubts_of(document: Document, main: str) -> list[Doubt]:
    """What could not be decided of campaigns (scope `main`) and call centres, by its cause, most first."""
    causes: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in judged(document, main):
        if row["verdict"] == "undecided":
            causes[row["cause"], row["remedy"]].append(row)
    found = []
    for (cause, remedy), rows in causes.items():
        units: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in rows:
            units[rule_of(document, row)["title"], unit_label(row)].add(row["from"])
        listed = tuple(
            (rule, unit, words.spans(sorted(days))) for (rule, unit), days in sorted(units.items())
        )
        total = sum(len(days) for days in units.values())
        verdicts = frozenset(map(verdict_key, rows))
        said = f"{cause[0].upper()}{cause[1:]}"
        calls = calls_of(rows, only_doubtful=True)
        # A call centre's row repeats its campaigns' calls.
        of_campaigns = [row for row in rows if row["scope"] != "call_centre"]
        in_all = sum(row["sample_of"] for row in of_campaigns or rows)
        found.append(Doubt("", verdicts, said, total, listed, calls, in_all, remedy))
    found.sort(key=lambda doubt: -doubt.days)
    return [replace(doubt, anchor=f"doubt-{number}") for number, doubt in enumerate(found, 1)]


def anchors_of(breaches: Sequence[Breach], doubts: Sequence[Doubt]) -> dict[VerdictKey, str]:
    """Where on the page more is told of a verdict."""
    of_doubts = {key: doubt.anchor for doubt in doubts for key in doubt.verdicts}
    return of_doubts | {key: breach.anchor for breach in breaches for key in breach.verdicts}
