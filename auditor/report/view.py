"""The audit document → what the pages show. Everything is text or a number by the time it leaves here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from markupsafe import Markup

from auditor.report import words
from auditor.report.breaches import Breach, Doubt, anchors_of, breaches_of, doubts_of
from auditor.report.charts import Point, daily_chart
from auditor.report.drawing import Tip
from auditor.report.headline import Headline, headline_of
from auditor.report.heat import HeatRow, described, heat_map
from auditor.report.rows import Document, Row, decisive, rule_of, unit_name
from auditor.report.tips import tips_of
from auditor.report.units import Line, Square, lines_of, squares_of

#: A picture of more units or days could not be read.
MAX_HEAT_ROWS = 30
MAX_HEAT_DAYS = 100
#: So many breaches get a block of their own; the rest are in the attached findings.csv.
MAX_BREACHES = 12


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, and for whom."""

    units: str
    advice: str


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
    actions: tuple[Action, ...]
    lines: tuple[Line, ...]
    rules: tuple[str, ...]
    squares: tuple[tuple[str, tuple[Square, ...]], ...]
    partner_lines: tuple[Line, ...]
    shared_lines: tuple[Line, ...]
    centre_lines: tuple[Line, ...]
    heat: Markup | None
    heat_left_out: int
    charts: tuple[Chart, ...]
    breaches: tuple[Breach, ...]
    breaches_left_out: int
    doubts: tuple[Doubt, ...]

    @property
    def parts(self) -> dict[str, str]:
        """The parts that this report has: anchor → title, in their order."""
        document = self.document
        partners = "Partners and call centres" if self.partner_lines else "Call centres"
        answers = ("house_limits", "waivers", "estimates", "attestations")
        there = (
            ("summary", "Summary", True),
            ("not-tested", "What was not tested, and how good the data are", True),
            ("days", "Day by day", self.heat or self.charts),
            ("partners", partners, self.partner_lines or self.centre_lines),
            ("months", "Month on month", document["trend"]),
            ("breaches", "Breaches", self.breaches),
            ("doubts", "Undecided", self.doubts),
            ("answers", "What the client answers for", any(document[key] for key in answers)),
            ("method", "Method and law", True),
            ("inputs", "Inputs", True),
            ("sign-off", "Sign-off", True),
        )
        return {anchor: title for anchor, title, here in there if here}


def view_of(document: Document) -> View:
    """Make the view of a client's or a partner's document."""
    partner = document["selection"]["partner"]
    main = "campaign" if partner is None else "campaign+partner"
    rates = [r for r in document["results"] if rule_of(document, r)["kind"] == "rate"]
    breaches = breaches_of(document, main)
    doubts = doubts_of(document, main)
    anchors = anchors_of(breaches[:MAX_BREACHES], doubts)
    tip = tips_of(anchors)
    heat_rows = _heat_rows(tip, [r for r in rates if r["scope"] == main])
    period = words.period(document["period"]["from"], document["period"]["to"])
    return View(
        document=document,
        client=document["client"] or "",
        partner=next((p["name"] for p in document["partners"] if p["id"] == partner), partner),
        period=period,
        headline=headline_of(document, main),
        # In this period, or in one of the months it is compared with.
        waived=any(r["verdict"] == "waived" for r in document["results"])
        or any(month["waived"] for month in document["trend"]),
        actions=tuple(_actions(breaches, doubts)),
        lines=lines_of(document, main),
        rules=tuple(
            f"{rule['short']}{'' if _verified(document, rule) else ' *'}" for rule in document["rules"]
        ),
        squares=tuple(squares_of(document, main, anchors)),
        partner_lines=lines_of(document, "partner") if partner is None else (),
        shared_lines=_shared(document) if partner is None else (),
        centre_lines=lines_of(document, "call_centre"),
        heat=_heat(document, heat_rows[:MAX_HEAT_ROWS]),
        heat_left_out=max(0, len(heat_rows) - MAX_HEAT_ROWS),
        charts=_charts(document, tip, [r for r in rates if r["scope"] == main]),
        breaches=tuple(breaches[:MAX_BREACHES]),
        breaches_left_out=max(0, len(breaches) - MAX_BREACHES),
        doubts=tuple(doubts),
    )


def _verified(document: Document, rule: Row) -> bool:
    """Whether the provisions of the period are known from somewhere."""
    in_force = [version for version in rule["versions"] if words.overlap(version, document["period"])]
    return all(version["status"] != "unverified" for version in in_force)


def _actions(breaches: list[Breach], doubts: list[Doubt]) -> Iterator[Action]:
    """What is to be done, each thing once, with the units it is to be done for."""
    wanted: dict[str, dict[str, None]] = defaultdict(dict)
    told = [(each.advice, each.verdicts) for each in breaches]
    told += [(each.advice, each.verdicts) for each in doubts]
    for advice, verdicts in told:
        wanted[advice] |= dict.fromkeys(sorted({unit for _, _, unit, _ in verdicts}))
    for advice, units in wanted.items():
        yield Action(words.named(list(units), 4), advice)


def _shared(document: Document) -> tuple[Line, ...]:
    """Each partner's part of the campaigns that several partners run."""
    partners: dict[str | None, set[str]] = defaultdict(set)
    for row in document["results"]:
        if row["scope"] == "campaign+partner":
            partners[row["campaign"]].add(row["partner"])
    shared = {campaign for campaign, of in partners.items() if len(of) > 1}
    return lines_of(document, "campaign+partner", lambda row: row["campaign"] in shared)


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
    return HeatRow(name, words.rates([r["rate_low"] for r in rows], [r["rate_high"] for r in rows]), days)


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
