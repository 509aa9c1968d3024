"""Which days of which units the pictures of a report show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from markupsafe import Markup

from auditor.report import words
from auditor.report.charts import Point, daily_chart
from auditor.report.drawing import Tip
from auditor.report.heat import HeatRow, described, heat_map
from auditor.report.rows import Document, Row, decisive, unit_name, unit_of

#: A picture of more units or days could not be read.
MAX_HEAT_ROWS = 30
MAX_HEAT_DAYS = 100


@dataclass(frozen=True, slots=True)
class Chart:
    """The daily rates of one unit."""

    name: str
    svg: Markup
    note: str


def _heat_rows(tip: Callable[[Row], Tip], rows: list[Row]) -> list[HeatRow]:
    """Each unit's days, those with most failures first."""

    def gravity(found: list[Row]) -> tuple[int, int, int, str]:
        verdicts = [row["verdict"] for row in found]
        counts = [-verdicts.count(verdict) for verdict in ("fail", "undecided", "waived")]
        return counts[0], counts[1], counts[2], unit_name(found[0])

    return [
        _heat_row(unit_name(found[0]), tip, [r for r in found if r["rate_low"] is not None])
        for found in sorted(_by_unit(rows), key=gravity)
    ]


def _by_unit(rows: list[Row]) -> list[list[Row]]:
    """The decisive rows of each unit."""
    units: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for row in decisive(rows):
        units[unit_of(row)].append(row)
    return list(units.values())


def _heat_row(name: str, tip: Callable[[Row], Tip], rows: list[Row]) -> HeatRow:
    days = {date.fromisoformat(row["from"]): (row["verdict"], _used(row), tip(row)) for row in rows}
    return HeatRow(name, words.rates([r["rate_low"] for r in rows], [r["rate_high"] for r in rows]), days)


def _used(row: Row) -> float:
    """How much of its limit a rate is, for the shading alone."""
    return float(row["rate_high"]) / float(Fraction(row["limit"])) if row["limit"] else 0.0


def heat_of(document: Document, tip: Callable[[Row], Tip], rows: list[Row]) -> tuple[Markup | None, int]:
    """Campaigns by days in one picture, None where there is none to be read; and how many are not in it."""
    first, last = (date.fromisoformat(document["period"][key]) for key in ("from", "to"))
    units = _heat_rows(tip, rows)
    shown = units[:MAX_HEAT_ROWS]
    if not shown or (last - first).days >= MAX_HEAT_DAYS or first == last:
        return None, 0
    return heat_map(described(shown), shown, first, last), len(units) - len(shown)


def charts_of(document: Document, tip: Callable[[Row], Tip], rows: list[Row]) -> tuple[Chart, ...]:
    """A chart for each unit with a day that failed, is undecided or was waived."""
    first, last = (date.fromisoformat(document["period"][key]) for key in ("from", "to"))
    charts = []
    for found in sorted(_by_unit(rows), key=lambda found: unit_name(found[0])):
        verdicts = [row["verdict"] for row in found]
        if not {"fail", "undecided", "waived"} & set(verdicts):
            continue
        points = [
            Point(date.fromisoformat(r["from"]), float(r["rate_low"]), float(r["rate"] or r["rate_low"]),
                  float(r["rate_high"]), r["verdict"], tip(r),
                  float(Fraction(r["limit"])) if r["limit"] is not None else None)
            for r in found if r["rate_low"] is not None
        ]  # fmt: skip
        waived = f"{verdicts.count('waived')} waived, " if "waived" in verdicts else ""
        over = words.many(verdicts.count("fail"), "day")
        note = f"{over} over the limit, {verdicts.count('undecided')} undecided, {waived}of {len(found)}"
        name = unit_name(found[0])
        title = f"Abandoned call rate of {name}, day by day, against the limit: {note}."
        charts.append(Chart(name, daily_chart(title, points, first, last), note))
    return tuple(charts)
