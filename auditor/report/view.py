"""The audit document → what the pages show. Everything is text or a number by the time it leaves here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from auditor.report import words
from auditor.report.charts import Point, daily_chart
from auditor.report.headline import Headline, headline_of

Document = dict[str, Any]
Row = dict[str, Any]

#: So many breaches get a block of their own; the rest are in the attached findings.csv.
MAX_BREACHES = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A unit over the period: its rate as the range of its days, never as one average."""

    name: str
    days: int
    live: str
    abandoned: str
    rates: str
    failed: int
    undecided: int
    passed: int
    silent: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The daily rates of one unit."""

    name: str
    svg: Markup
    note: str


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


@dataclass(frozen=True, slots=True)
class View:
    """One report, ready for the page."""

    document: Document
    client: str
    partner: str | None
    period: str
    headline: Headline
    actions: tuple[str, ...]
    units_title: str
    lines: tuple[Line, ...]
    partner_lines: tuple[Line, ...]
    centre_lines: tuple[Line, ...]
    charts: tuple[Chart, ...]
    breaches: tuple[Breach, ...]
    breaches_left_out: int
    doubts: tuple[Doubt, ...]


def view_of(document: Document) -> View:
    """Make the view of a client's or a partner's document."""
    partner = document["selection"]["partner"]
    main = "campaign" if partner is None else "campaign+partner"
    rates = [r for r in document["results"] if _kind(document, r) == "rate"]
    breaches = _breaches(document, main)
    doubts = _doubts(document, main)
    period = words.period(document["period"]["from"], document["period"]["to"])
    return View(
        document=document,
        client=document["client"] or "All calls",
        partner=next((p["name"] for p in document["partners"] if p["id"] == partner), partner),
        period=period,
        headline=headline_of(document, main, period),
        actions=tuple(dict.fromkeys([*(b.advice for b in breaches), *(d.advice for d in doubts)])),
        units_title="Campaigns",
        lines=_lines(document, main),
        partner_lines=_lines(document, "partner") if partner is None else (),
        centre_lines=_lines(document, "call_centre"),
        charts=_charts(document, [r for r in rates if r["scope"] == main]),
        breaches=tuple(breaches[:MAX_BREACHES]),
        breaches_left_out=max(0, len(breaches) - MAX_BREACHES),
        doubts=tuple(doubts),
    )


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


def _kind(document: Document, row: Row) -> str:
    return next(
        str(r["kind"]) for r in document["rules"] if (r["pack"], r["rule"]) == (row["pack"], row["rule"])
    )


def _title(document: Document, row: Row) -> str:
    return next(
        str(r["title"]) for r in document["rules"] if (r["pack"], r["rule"]) == (row["pack"], row["rule"])
    )


def _lines(document: Document, scope: str) -> tuple[Line, ...]:
    units: dict[str, list[Row]] = defaultdict(list)
    for row in document["results"]:
        if row["scope"] == scope:
            units[unit_name(row)].append(row)
    return tuple(_line(document, name, rows) for name, rows in sorted(units.items()))


def _line(document: Document, name: str, rows: list[Row]) -> Line:
    rated = decisive(r for r in rows if _kind(document, r) == "rate")
    counted = [r for r in rows if _kind(document, r) == "count"]
    shown = [r for r in rated if r["rate_low"] is not None]
    silent = sum((Fraction(r["counted"] or 0) for r in counted), Fraction(0))
    perhaps = silent + sum((Fraction(r["doubtful"] or 0) for r in counted), Fraction(0))
    failed = {r["from"] for r in (*rated, *counted) if r["verdict"] == "fail"}
    undecided = {r["from"] for r in (*rated, *counted) if r["verdict"] == "undecided"} - failed
    days = {r["from"] for r in rows}
    verdict = "fail" if failed else "undecided" if undecided else "pass"
    return Line(
        name=name,
        days=len(days),
        live=words.count(str(sum(r["tallies"].get("live", 0) for r in rated))),
        abandoned=f"{sum((Decimal(r['counted'] or 0) for r in rated), Decimal(0)):,.2f}",
        # From the least it can have been on any day to the most: a doubt is never shown as a low rate.
        rates=_range([r["rate_low"] for r in shown], [r["rate_high"] for r in shown]),
        failed=len(failed),
        undecided=len(undecided),
        passed=len(days - failed - undecided),
        silent="–" if not counted else f"{silent}" if silent == perhaps else f"{silent} to {perhaps}",
        verdict=words.VERDICTS[verdict],
    )


def _range(lows: list[str], highs: list[str]) -> str:
    if not lows:
        return "–"
    low, high = min(lows, key=Decimal), max(highs, key=Decimal)
    return words.percent(low) if low == high else f"{words.percent(low)} to {words.percent(high)}"


def _charts(document: Document, rows: list[Row]) -> tuple[Chart, ...]:
    """A chart for each unit with a failure or a doubt."""
    first, last = (date.fromisoformat(document["period"][key]) for key in ("from", "to"))
    units: dict[str, list[Row]] = defaultdict(list)
    for row in decisive(rows):
        units[unit_name(row)].append(row)
    charts = []
    for name, found in sorted(units.items()):
        bad = [r for r in found if r["verdict"] in ("fail", "undecided")]
        if not bad:
            continue
        points = [
            Point(date.fromisoformat(r["from"]), float(r["rate_low"]), float(r["rate"] or r["rate_low"]),
                  float(r["rate_high"]), r["verdict"])
            for r in found if r["rate_low"] is not None
        ]  # fmt: skip
        limits = [r["limit"] for r in found if r["limit"] is not None]
        limit = float(Fraction(limits[0])) if limits else None
        failed = sum(r["verdict"] == "fail" for r in bad)
        note = f"{words.many(failed, 'day')} over the limit, {len(bad) - failed} undecided, of {len(found)}"
        title = f"Abandoned call rate of {name}, day by day, against the limit: {note}."
        charts.append(Chart(name, daily_chart(title, points, first, last, limit), note))
    return tuple(charts)


def _breaches(document: Document, main: str) -> list[Breach]:
    failed = [
        r for r in document["results"] if r["verdict"] == "fail" and r["scope"] in (main, "call_centre")
    ]
    # A call centre's row repeats its campaigns' calls: campaigns first, worst first.
    failed.sort(
        key=lambda r: (r["scope"] != main, r["rule"] != "abandoned-call-rate", -Decimal(r["rate"] or 0))
    )
    return [_breach(document, number, row) for number, row in enumerate(failed, 1)]


def _breach(document: Document, number: int, row: Row) -> Breach:
    rate = _kind(document, row) == "rate"
    limit = words.limit_percent(row["limit"]) if rate else "none allowed"
    if not rate and row["limit"] != "0":
        limit = f"at most {row['limit']}"
    basis = {"law": "the law", "house": "the client's own limit", "oversight": "the client's oversight"}
    return Breach(
        anchor=f"breach-{number}",
        title=_title(document, row),
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


def _doubts(document: Document, main: str) -> list[Doubt]:
    causes: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in document["results"]:
        if row["verdict"] == "undecided" and row["scope"] == main:
            causes[row["cause"]][_title(document, row), unit_name(row)].add(row["from"])
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
