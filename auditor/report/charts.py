"""Daily rates against the limit, as inline SVG: selectable text, the same bytes every time.

A fail is a filled square, what was waived a hollow one, a doubt a ring, a pass a dot: it reads in grey.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from auditor.report import words
from auditor.report.drawing import COLOURS, FAINT, GREY, INK, Tip, line_of, mark, svg, text

WIDTH, HEIGHT = 680, 186
LEFT, RIGHT, TOP, BOTTOM = 46, 74, 14, 34


@dataclass(frozen=True, slots=True)
class Point:
    """One day: the rate and the ends of its interval, as shares, the verdict, and what is said of it.

    `limit` is the share that it is held against; None: there was none.
    """

    day: date
    low: float
    rate: float
    high: float
    verdict: str
    tip: Tip
    limit: float | None


def daily_chart(title: str, points: list[Point], first: date, last: date) -> Markup:
    """The chart of one campaign over a period.

    Args:
        title: what it shows, in words: the alternative text.
        points: the days that have a rate.
        first: first day of the axis.
        last: last day of the axis.
    """
    top = _ceiling(points)
    days = (last - first).days + 1
    step = (WIDTH - LEFT - RIGHT) / days

    def x(day: date) -> float:
        return LEFT + ((day - first).days + 0.5) * step

    def y(share: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(share, top) / top)

    parts = [*_rates_axis(top, y), *_days_axis(first, last, days, x)]
    for begins, ends, limit in _limits(points, first, last):
        # From the first of its days to the last, to the edge of the picture where nothing else follows.
        left, right = x(begins) - step / 2, x(ends) + step / 2
        at = f"{y(limit):.1f}"
        parts.append(
            f'<line x1="{left:.1f}" y1="{at}" x2="{right + (4 if ends == last else 0):.1f}" y2="{at}" '
            f'stroke="{INK}" stroke-width="1.2" stroke-dasharray="5 3"/>'
        )
        if ends == last:
            parts.append(text(WIDTH - RIGHT + 8, y(limit) + 3.5, f"limit {limit * 100:g}%", "start", INK))
        else:
            parts.append(text(right - 4, y(limit) - 4, f"limit {limit * 100:g}%", "end", INK))
    bar = max(1.5, min(7.0, step * 0.45))
    marks = [mark(point.tip, _shapes(point, x(point.day), y, top, bar)) for point in points]
    parts.append(line_of(marks))
    cut = [point for point in points if point.high > top]
    if cut:
        highest = max(cut, key=lambda point: point.high)
        parts.append(_reached(highest, x(highest.day)))
    return svg(title, WIDTH, HEIGHT, parts)


def _limits(points: list[Point], first: date, last: date) -> Iterator[tuple[date, date, float]]:
    """The limits of a period, each from the day it begins to hold to the day before the next one does."""
    held = sorted((point.day, point.limit) for point in points if point.limit is not None)
    changes = [held[n] for n in range(len(held)) if n == 0 or held[n][1] != held[n - 1][1]]
    for n, (day, limit) in enumerate(changes):
        ends = changes[n + 1][0] - timedelta(1) if n + 1 < len(changes) else last
        yield first if n == 0 else day, ends, limit


def _ceiling(points: list[Point]) -> float:
    """The top of the axis: room for every rate; wide intervals are cut and marked with an arrow."""
    limit = max((point.limit for point in points if point.limit is not None), default=0.0)
    needed = max([limit * 2, 0.01, *(p.rate * 1.15 for p in points), *(p.low * 1.15 for p in points)])
    widest = max([needed, *(p.high * 1.05 for p in points)])
    room = min(widest, max(needed, limit * 5))
    unit: float = 10.0 ** math.floor(math.log10(room))
    return min(1.0, next(unit * n for n in (1, 2, 2.5, 5, 10) if unit * n >= room * 0.999))


def _rates_axis(top: float, y: Callable[[float], float]) -> list[str]:
    ticks = 4 if round(top * 1000) % 4 == 0 else 5
    parts = []
    for n in range(ticks + 1):
        share = top * n / ticks
        parts.append(
            f'<line x1="{LEFT}" y1="{y(share):.1f}" x2="{WIDTH - RIGHT}" y2="{y(share):.1f}" '
            f'stroke="{FAINT}" stroke-width="0.6"/>'
        )
        parts.append(text(LEFT - 6, y(share) + 3.5, f"{share * 100:.3g}%", "end"))
    return parts


def _days_axis(first: date, last: date, days: int, x: Callable[[date], float]) -> list[str]:
    every = next(n for n in (1, 2, 7, 14, 28, 91, 364, 10_000) if days / n <= 16)
    parts = []
    for n in range(0, days, every):
        day = first + timedelta(n)
        label = f"{day.day} {day:%b}" if n == 0 or day.day <= every or days > 62 else f"{day.day}"
        parts.append(text(x(day), HEIGHT - BOTTOM + 15, label, "middle"))
    parts.append(
        f'<line x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - RIGHT}" y2="{HEIGHT - BOTTOM}" '
        f'stroke="{INK}" stroke-width="0.8"/>'
    )
    return parts


def _shapes(point: Point, at: float, y: Callable[[float], float], top: float, width: float) -> list[str]:
    colour = COLOURS.get(point.verdict, GREY)
    parts = []
    if point.high > point.low:
        parts.append(
            f'<rect x="{at - width / 2:.1f}" y="{y(point.high):.1f}" width="{width:.1f}" '
            f'height="{max(0.8, y(point.low) - y(point.high)):.1f}" fill="{colour}" fill-opacity="0.22"/>'
        )
        if point.high > top:
            side = width / 2 + 1.5
            corners = f"{at:.1f},{TOP - 6} {at - side:.1f},{TOP} {at + side:.1f},{TOP}"
            parts.append(f'<polygon points="{corners}" fill="{colour}"/>')
    centre = y(point.rate)
    match point.verdict:
        case "fail":
            parts.append(
                f'<rect x="{at - 3.5:.1f}" y="{centre - 3.5:.1f}" width="7" height="7" fill="{colour}"/>'
            )
        case "waived":
            parts.append(
                f'<rect x="{at - 3:.1f}" y="{centre - 3:.1f}" width="6" height="6" fill="#fff" '
                f'stroke="{colour}" stroke-width="1.5"/>'
            )
        case "undecided":
            parts.append(
                f'<circle cx="{at:.1f}" cy="{centre:.1f}" r="3.1" fill="#fff" stroke="{colour}" '
                'stroke-width="1.5"/>'
            )
        case _:
            parts.append(f'<circle cx="{at:.1f}" cy="{centre:.1f}" r="2.8" fill="{colour}"/>')
    return parts


def _reached(point: Point, at: float) -> str:
    """How far a bar goes on, above its arrow, where no label of an axis stands."""
    half = 24
    centre = min(max(at, LEFT + half), WIDTH - RIGHT - half)
    return text(centre, TOP - 7.5, f"to {words.percent(f'{point.high:.6f}')}", "middle", INK, 8)
