"""Failures and doubts as a reader meets them: what happened, why, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from auditor.report import words
from auditor.report.rows import Document, Row, kind_of, title_of, unit_name


@dataclass(frozen=True, slots=True)
class Breach:
    """One failure: what happened, the arithmetic, the provision and what to do."""

    anchor: str
    title: str
    where: str
    when: str
    reason: str
    workings: tuple[Row, ...]
    limit: str
    basis: str
    citation: str
    status: str
    advice: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Undecided days that share a cause."""

    cause: str
    days: int
    units: tuple[tuple[str, str, str], ...]  # rule, unit, days
    advice: str


def breaches_of(document: Document, main: str) -> list[Breach]:
    """Every failure of a campaign (scope `main`) or call centre: campaigns first, the worst first."""
    failed = [
        r for r in document["results"] if r["verdict"] == "fail" and r["scope"] in (main, "call_centre")
    ]
    # A call centre's row repeats its campaigns' calls: campaigns first, worst first.
    failed.sort(
        key=lambda r: (r["scope"] != main, r["rule"] != "abandoned-call-rate", -Decimal(r["rate"] or 0))
    )
    return [_breach(document, number, row) for number, row in enumerate(failed, 1)]


def _breach(document: Document, number: int, row: Row) -> Breach:
    rate = kind_of(document, row) == "rate"
    limit = words.limit_percent(row["limit"]) if rate else "none allowed"
    if not rate and row["limit"] != "0":
        limit = f"at most {row['limit']}"
    basis = {"law": "the law", "house": "the house limit", "oversight": "the client's oversight"}
    return Breach(
        anchor=f"breach-{number}",
        title=title_of(document, row),
        where=f"{words.SCOPES[row['scope']].capitalize()} {unit_name(row)}",
        when=words.day(row["from"]),
        reason=row["reason"],
        workings=tuple(row["workings"]),
        limit=limit,
        basis=basis[row["basis"]],
        citation=row["citation"],
        status=words.STATUSES[row["status"]],
        advice=_ADVICE["rate" if rate else "count"],
    )


_ADVICE = {
    "rate": "Lower the pacing of the campaigns over their limit, or put more operators on them; find out "
    "why the dialler went on when no operator was free, and record what was changed.",
    "count": "Find out why no message was played to dropped calls, suspend dialling where that can happen "
    "again, and record what was changed.",
}


def doubts_of(document: Document, main: str) -> list[Doubt]:
    """The undecided days of campaigns (scope `main`) by their cause, the most frequent first."""
    causes: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in document["results"]:
        if row["verdict"] == "undecided" and row["scope"] == main:
            causes[row["cause"]][title_of(document, row), unit_name(row)].add(row["from"])
    found = []
    for cause, units in causes.items():
        listed = tuple(
            (rule, unit, words.spans(sorted(days))) for (rule, unit), days in sorted(units.items())
        )
        total = sum(len(days) for days in units.values())
        found.append(Doubt(f"{cause[0].upper()}{cause[1:]}", total, listed, _advice_on(cause)))
    return sorted(found, key=lambda doubt: -doubt.days)


def _advice_on(cause: str) -> str:
    if "reasoned estimate" in cause:
        return (
            "Have a sample of the calls that detection ended listened to, and enter the result as a reasoned "
            "estimate in auditor.toml; until then nobody can say how many of them were people."
        )
    if "message" in cause:
        return (
            "Ask the partner for records that show the message was played, or have somebody answer for it "
            "with an attestation and its evidence in auditor.toml."
        )
    if "not in this rulebook" in cause:
        return "Have these days judged by hand: this rulebook does not model the policy of that time."
    return (
        "Ask the partner for an export that says what became of every answered call, and say in auditor.toml "
        "what its own codes mean."
    )
