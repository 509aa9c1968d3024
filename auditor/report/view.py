"""The audit document → what the pages show. Everything is text or a number by the time it leaves here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from auditor.report import words
from auditor.report.breaches import Breach, Doubt, breaches_of, doubts_of
from auditor.report.charts import Point, daily_chart
from auditor.report.drawing import Tip
from auditor.report.headline import Headline, headline_of
from auditor.report.heat import HeatRow, described, heat_map
from auditor.report.rows import Document, Row, decisive, rule_of, unit_name
from auditor.report.tips import tips_of

#: A picture of more units or days could not be read.
MAX_HEAT_ROWS = 30
MAX_HEAT_DAYS = 100
#: So many breaches get a block of their own; the rest are in the attached findings.csv.
MAX_BREACHES = 12


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
    """A unit by a rule: the verdict over the period.

    `note` says how many days failed or are undecided, or that a pass leans on somebody's word; `anchor`
    is where more is told of it.
    """

    verdict: str
    note: str
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """The daily rates of one unit."""

    name: str
    svg: Markup
    note: str


@dataclass(frozen=True, slots=True)
class View:
    """One report, ready for the page."""

    document: Document
    client: str
    partner: str | None
    period: str
    headline: Headline
    waived: bool
    actions: tuple[str, ...]
    units_title: str
    lines: tuple[Line, ...]
    rules: tuple[str, ...]
    squares: tuple[tuple[str, tuple[Square, ...]], ...]
    partner_lines: tuple[Line, ...]
    centre_lines: tuple[Line, ...]
    heat: Markup | None
    heat_left_out: int
    charts: tuple[Chart, ...]
    breaches: tuple[Breach, ...]
    breaches_left_out: int
    doubts: tuple[Doubt, ...]


def view_of(document: Document) -> View:
    """Make the view of a client's or a partner's document."""
    partner = document["selection"]["partner"]
    main = "campaign" if partner is None else "campaign+partner"
    rates = [r for r in document["results"] if rule_of(document, r)["kind"] == "rate"]
    breaches = breaches_of(document, main)
    doubts = doubts_of(document, main)
    tip = tips_of(breaches[:MAX_BREACHES], doubts)
    heat_rows = _heat_rows(tip, [r for r in rates if r["scope"] == main])
    period = words.period(document["period"]["from"], document["period"]["to"])
    return View(
        document=document,
        client=document["client"] or "All calls",
        partner=next((p["name"] for p in document["partners"] if p["id"] == partner), partner),
        period=period,
        headline=headline_of(document, main, period),
        # In this period, or in one of the months it is compared with.
        waived=any(r["verdict"] == "waived" for r in document["results"])
        or any(month["waived"] for month in document["trend"]),
        actions=tuple(dict.fromkeys([*(b.advice for b in breaches), *(d.advice for d in doubts)])),
        units_title="Campaigns",
        lines=_lines(document, main),
        rules=tuple(
            f"{rule['short']}{'' if _verified(document, rule) else ' *'}" for rule in document["rules"]
        ),
        squares=tuple(_squares(document, main, _anchors(breaches[:MAX_BREACHES], doubts))),
        partner_lines=_lines(document, "partner") if partner is None else (),
        centre_lines=_lines(document, "call_centre"),
        heat=_heat(document, heat_rows[:MAX_HEAT_ROWS]),
        heat_left_out=max(0, len(heat_rows) - MAX_HEAT_ROWS),
        charts=_charts(document, tip, [r for r in rates if r["scope"] == main]),
        breaches=tuple(breaches[:MAX_BREACHES]),
        breaches_left_out=max(0, len(breaches) - MAX_BREACHES),
        doubts=tuple(doubts),
    )


def _lines(document: Document, scope: str) -> tuple[Line, ...]:
    units: dict[str, list[Row]] = defaultdict(list)
    for row in document["results"]:
        if row["scope"] == scope:
            units[unit_name(row)].append(row)
    return tuple(_line(document, name, rows) for name, rows in sorted(units.items()))


def _line(document: Document, name: str, rows: list[Row]) -> Line:
    rated = decisive(r for r in rows if rule_of(document, r)["kind"] == "rate")
    counted = [r for r in rows if r["rule"] == "silent-calls"]
    decided = [*rated, *(r for r in rows if rule_of(document, r)["kind"] == "count")]
    shown = [r for r in rated if r["rate_low"] is not None]
    silent = sum((Fraction(r["counted"] or 0) for r in counted), Fraction(0))
    perhaps = silent + sum((Fraction(r["doubtful"] or 0) for r in counted), Fraction(0))
    failed = {r["from"] for r in decided if r["verdict"] == "fail"}
    undecided = {r["from"] for r in decided if r["verdict"] == "undecided"} - failed
    waived = {r["from"] for r in decided if r["verdict"] == "waived"} - failed - undecided
    verdict = "fail" if failed else "undecided" if undecided else "waived" if waived else "pass"
    return Line(
        name=name,
        live=words.count(str(sum(r["tallies"].get("live", 0) for r in rated))),
        abandoned=f"{sum((Decimal(r['counted'] or 0) for r in rated), Decimal(0)):,.2f}",
        # From the least it can have been on any day to the most: a doubt is never shown as a low rate.
        rates=_range([r["rate_low"] for r in shown], [r["rate_high"] for r in shown]),
        failed=len(failed),
        undecided=len(undecided),
        silent="–" if not counted else f"{silent}" if silent == perhaps else f"{silent} to {perhaps}",
        verdict=words.VERDICTS[verdict],
    )


def _verified(document: Document, rule: Row) -> bool:
    """Whether the provisions of the period are known from somewhere."""
    in_force = [version for version in rule["versions"] if words.overlap(version, document["period"])]
    return all(version["status"] != "unverified" for version in in_force)


def _anchors(breaches: list[Breach], doubts: list[Doubt]) -> dict[tuple[str, str, str], str]:
    """Where more is told of a verdict, by pack, rule and unit: its gravest breach, else its first doubt."""
    told = {of: doubt.anchor for doubt in reversed(doubts) for of in doubt.of}
    return told | {breach.of: breach.anchor for breach in reversed(breaches)}


def _squares(
    document: Document, main: str, anchors: dict[tuple[str, str, str], str]
) -> Iterator[tuple[str, tuple[Square, ...]]]:
    """Each unit with its verdict by every rule, in the order of the rules."""
    units: dict[str, dict[tuple[str, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in document["results"]:
        if row["scope"] == main:
            units[unit_name(row)][row["pack"], row["rule"]].append(row)
    for name, by_rule in sorted(units.items()):
        yield (
            name,
            tuple(
                _square(by_rule[rule["pack"], rule["rule"]], anchors.get((rule["pack"], rule["rule"], name)))
                for rule in document["rules"]
            ),
        )


def _square(rows: list[Row], anchor: str | None) -> Square:
    verdicts = [row["verdict"] for row in decisive(rows)]
    for verdict in ("fail", "undecided", "waived"):
        if verdict in verdicts:
            return Square(words.VERDICTS[verdict], words.many(verdicts.count(verdict), "day"), anchor)
    on_word = "on attestation" if any(row["attested"] for row in rows) else ""
    return Square(words.VERDICTS["pass" if "pass" in verdicts else "not_in_force"], on_word)


def _range(lows: list[str], highs: list[str]) -> str:
    if not lows:
        return "–"
    low, high = min(lows, key=Decimal), max(highs, key=Decimal)
    return words.percent(low) if low == high else f"{words.percent(low)} to {words.percent(high)}"


def _heat_rows(tip: Callable[[Row], Tip], rows: list[Row]) -> list[HeatRow]:
    """Each unit's days, those with most failures first."""
    units: dict[str, list[Row]] = defaultdict(list)
    for row in decisive(rows):
        units[unit_name(row)].append(row)

    def gravity(name: str) -> tuple[int, int, str]:
        verdicts = [row["verdict"] for row in units[name]]
        return -verdicts.count("fail"), -verdicts.count("undecided"), name

    return [
        _heat_row(name, tip, [r for r in units[name] if r["rate_low"] is not None])
        for name in sorted(units, key=gravity)
    ]


def _heat_row(name: str, tip: Callable[[Row], Tip], rows: list[Row]) -> HeatRow:
    days = {date.fromisoformat(row["from"]): (row["verdict"], _used(row), tip(row)) for row in rows}
    return HeatRow(name, _range([r["rate_low"] for r in rows], [r["rate_high"] for r in rows]), days)


def _used(row: Row) -> float:
    """How much of its limit a rate is, for the shading alone."""
    return float(row["rate_high"]) / float(Fraction(row["limit"])) if row["limit"] else 0.0


def _heat(document: Document, rows: list[HeatRow]) -> Markup | None:
    first, last = (date.fromisoformat(document["period"][key]) for key in ("from", "to"))
    if not rows or (last - first).days >= MAX_HEAT_DAYS or first == last:
        return None
    return heat_map(described(rows), rows, first, last)


def _charts(document: Document, tip: Callable[[Row], Tip], rows: list[Row]) -> tuple[Chart, ...]:
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
                  float(r["rate_high"]), r["verdict"], tip(r))
            for r in found if r["rate_low"] is not None
        ]  # fmt: skip
        limits = [r["limit"] for r in found if r["limit"] is not None]
        limit = float(Fraction(limits[0])) if limits else None
        failed = sum(r["verdict"] == "fail" for r in bad)
        note = f"{words.many(failed, 'day')} over the limit, {len(bad) - failed} undecided, of {len(found)}"
        title = f"Abandoned call rate of {name}, day by day, against the limit: {note}."
        charts.append(Chart(name, daily_chart(title, points, first, last, limit), note))
    return tuple(charts)
