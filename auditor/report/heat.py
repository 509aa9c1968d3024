"""Campaigns by days in one picture: on which days who was over the limit, inline SVG as the charts are.

A fail fills its square, what was waived frames it, a doubt is a ring, a pass a shade, darker the nearer to
the limit: it reads in grey.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from auditor.report.drawing import COLOURS, GREY, INK, Tip, line_of, mark, svg, text

WIDTH, LEFT, RIGHT, TOP, ROW = 680, 128, 106, 20, 17
#: A longer name is cut in the picture; the tables have it whole.
_LONGEST = 20


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A unit: its rates in words, and its days with calls.

    Of each: the verdict, the share of the limit used, and what is said of the day.
    """

    name: str
    rates: str
    days: dict[date, tuple[str, float, Tip]]


def heat_map(title: str, rows: list[HeatRow], first: date, last: date) -> Markup:
    """The picture of a period.

    Args:
        title: what it shows, in words: the alternative text.
        rows: the units, one line each.
        first: the first day.
        last: the last day.
    """
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    step = (WIDTH - LEFT - RIGHT) / len(days)
    side = min(step, ROW) - 2
    parts = [
        text(LEFT + (n + 0.5) * step, TOP - 7, f"{day.day}", "middle")
        for n, day in enumerate(days)
        if len(days) <= 31 or day.day in (1, 15)
    ]
    parts.append(text(WIDTH - RIGHT + 8, TOP - 7, "rate of a day", "start"))
    for line, row in enumerate(rows):
        middle = TOP + (line + 0.5) * ROW
        name = row.name if len(row.name) <= _LONGEST else f"{row.name[: _LONGEST - 1]}…"
        parts.append(text(LEFT - 8, middle + 3.5, name, "end", INK))
        parts.append(text(WIDTH - RIGHT + 8, middle + 3.5, row.rates, "start", INK))
        marks = []
        for n, day in enumerate(days):
            if day in row.days:
                verdict, used, tip = row.days[day]
                marks.append(mark(tip, [_square(LEFT + (n + 0.5) * step, middle, side, verdict, used)]))
        parts.append(line_of(marks))
    return svg(title, WIDTH, TOP + len(rows) * ROW + 4, parts)


def _square(x: float, y: float, side: float, verdict: str, used: float) -> str:
    colour = COLOURS.get(verdict, GREY)
    where = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" height="{side:.1f}"'
    if verdict == "fail":
        return f'<rect {where} fill="{colour}"/>'
    shade = f'<rect {where} fill="{GREY}" fill-opacity="{0.08 + 0.42 * min(used, 1.0):.2f}"/>'
    if verdict == "waived":
        inner = side - 4
        return (
            f'{shade}<rect x="{x - inner / 2:.1f}" y="{y - inner / 2:.1f}" width="{inner:.1f}" '
            f'height="{inner:.1f}" fill="#fff" stroke="{colour}" stroke-width="1.6"/>'
        )
    if verdict == "undecided":
        radius = side * 0.32
        return (
            f'{shade}<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#fff" stroke="{colour}" '
            'stroke-width="1.6"/>'
        )
    return shade


def described(rows: list[HeatRow]) -> str:
    """The picture in a sentence, for those who do not see it."""
    said = [f"{row.name}: {_told(row)}" for row in rows]
    return f"Each campaign and day, by its abandoned call rate. {'; '.join(said)}."


def _told(row: HeatRow) -> str:
    verdicts = [verdict for verdict, _, _ in row.days.values()]
    waived = f"{verdicts.count('waived')} waived, " if "waived" in verdicts else ""
    return (
        f"{verdicts.count('fail')} over the limit, {verdicts.count('undecided')} undecided, {waived}"
        f"of {len(verdicts)} days with calls"
    )
