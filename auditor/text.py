"""Text for people: nothing that somebody named may steer a terminal, or a page that is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any


def printable(text: str) -> str:
    """The text with every control character made visible, so that none reaches the terminal."""
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in text)


def as_markdown(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def as_columns(header: Sequence[str], rows: Sequence[Sequence[Any]], right: set[str]) -> str:
    """Aligned columns; those named in `right` are set flush right."""
    table = [list(header), *([printable(str("" if v is None else v)) for v in row] for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    return "".join(
        "  ".join(
            v.rjust(w) if h in right else v.ljust(w) for v, w, h in zip(row, widths, header, strict=True)
        ).rstrip()
        + "\n"
        for row in table
    )


def _row(values: Sequence[Any]) -> str:
    return f"| {' | '.join('' if v is None else in_markdown(str(v)) for v in values)} |"


def in_markdown(text: str) -> str:
    """Text on one line of a page: no mark-up in it means anything."""
    visible = printable(" ".join(text.split()))
    return re.sub(r"([\\|`\[\]!*])", r"\\\1", visible.replace("&", "&amp;").replace("<", "&lt;"))
