"""What the pictures are drawn with: inline SVG, the same bytes every time.

A day's mark carries what is to be said of it. On paper nothing of that shows; on a screen the page's
script tells it, and leads to where more is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

_FAMILY = 'font-family="Source Sans 3, DejaVu Sans"'
INK, GREY, FAINT = "#222", "#666", "#ddd"
COLOURS = {
    "fail": "#a3262a",
    "undecided": "#9a6a00",
    "pass": "#2f6b4f",
    "waived": "#4b4f7d",
    "not_applicable": GREY,
}


@dataclass(frozen=True, slots=True)
class Tip:
    """What a mark says to whoever points at it, and the anchor of what the page tells of it, if it does."""

    says: str
    to: str | None = None


def svg(title: str, width: int, height: int, parts: list[str]) -> Markup:
    """A picture whose alternative text is `title`, made of elements that hold no text but by `text`."""
    # Every text in it is escaped where it is put in; the rest are numbers and our own words.
    return Markup(  # noqa: S704
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str, colour: str = GREY, size: float = 10) -> str:
    """A text element, escaped."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" {_FAMILY} '
        f'font-size="{size:g}">{escape(words)}</text>'
    )


def mark(tip: Tip, shapes: list[str]) -> str:
    """A day's shapes with its tip, escaped."""
    to = f' data-to="{escape(tip.to)}"' if tip.to else ""
    return f'<g data-tip="{escape(tip.says)}"{to}>{"".join(shapes)}</g>'


def line_of(marks: list[str]) -> str:
    """The marks of one unit from its first day to its last."""
    return f'<g class="days">{"".join(marks)}</g>'
