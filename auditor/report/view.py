"""The audit document → what the pages show. Everything is text or a number by the time it leaves here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from auditor.report import words
from auditor.report.breaches import Breach, Doubt, anchors_of, breaches_of, doubts_of
from auditor.report.headline import Headline, headline_of
from auditor.report.pictures import Chart, charts_of, heat_of
from auditor.report.rows import (
    Document,
    Row,
    judged,
    named,
    rule_of,
    unit_label,
)
from auditor.report.tips import tips_of
from auditor.report.units import Line, Square, lines_of, squares_of

#: So many breaches get a block of their own; the rest are in the attached findings.csv.
MAX_BREACHES = 12


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, and for whom."""

    units: str
    advice: str


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
    centres_judged: bool
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
    document = named(document)
    partner = document["selection"]["partner"]
    main = "campaign" if partner is None else "campaign+partner"
    rates = [r for r in document["results"] if rule_of(document, r)["kind"] == "rate"]
    breaches = breaches_of(document, main, MAX_BREACHES)
    doubts = doubts_of(document, main)
    anchors = anchors_of(breaches.told, doubts)
    tip = tips_of(anchors)
    shown = [row for row in rates if row["scope"] == main]
    heat, heat_left_out = heat_of(document, tip, shown)
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
        actions=tuple(_actions(judged(document, main))),
        lines=lines_of(document, main),
        rules=tuple(
            f"{rule['short']}{'' if _verified(document, rule) else ' *'}" for rule in document["rules"]
        ),
        squares=tuple(squares_of(document, main, anchors)),
        partner_lines=lines_of(document, "partner") if partner is None else (),
        shared_lines=_shared(document) if partner is None else (),
        centre_lines=lines_of(document, "call_centre"),
        centres_judged=any(
            r["scope"] == "call_centre" and r["basis"] != "oversight" for r in document["results"]
        ),
        heat=heat,
        heat_left_out=heat_left_out,
        charts=charts_of(document, tip, shown),
        breaches=breaches.told,
        breaches_left_out=breaches.left_out,
        doubts=tuple(doubts),
    )


def _verified(document: Document, rule: Row) -> bool:
    """Whether the provisions of the period are known from somewhere."""
    in_force = [version for version in rule["versions"] if words.overlap(version, document["period"])]
    return all(version["status"] != "unverified" for version in in_force)


def _actions(rows: list[Row]) -> Iterator[Action]:
    """What is to be done, each thing once, with the units it is to be done for; failures before doubts."""
    wanted: dict[str, set[str]] = {}
    for verdict in ("fail", "undecided"):
        for row in rows:
            if row["verdict"] == verdict:
                wanted.setdefault(row["remedy"], set()).add(unit_label(row))
    for advice, units in wanted.items():
        yield Action(words.named(sorted(units), 4), advice)


def _shared(document: Document) -> tuple[Line, ...]:
    """Each partner's part of the campaigns that several partners run."""
    partners: dict[str | None, set[str]] = defaultdict(set)
    for row in document["results"]:
        if row["scope"] == "campaign+partner":
            partners[row["campaign"]].add(row["partner"])
    shared = {campaign for campaign, of in partners.items() if len(of) > 1}
    return lines_of(document, "campaign+partner", lambda row: row["campaign"] in shared)
