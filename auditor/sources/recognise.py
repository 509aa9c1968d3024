"""Which format and layout a file is in, judged by its content and never by its name."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.errors import AuditorError
from auditor.sources.definition import Dialect, Format, Layout, formats

#: So many of the first records must look like the layout says; files have broken lines.
LOOK_AT = 20
AGREE = 0.8


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file turned out to be: a layout, how its text is cut, and its fields in order."""

    format: Format
    layout: Layout
    dialect: Dialect
    fields: tuple[str, ...]

    @property
    def known(self) -> int:
        """How many of the fields the mapping knows."""
        return sum(field in self.layout.columns for field in self.fields)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The named fields that the mapping does not know."""
        return tuple(f for f in self.fields if f and f not in self.layout.columns)


def recognise(name: str, text: str, wanted: Format | None = None) -> Shape:
    """Find the one layout that the text is in.

    Args:
        name: what to call the file in an error.
        text: its first lines.
        wanted: the format the user says it is; None to try them all.

    Raises:
        AuditorError: no layout fits, or two formats do; it names the closest and what is missing.
    """
    candidates = [wanted] if wanted else list(formats().values())
    shapes = [s for f in candidates for s in _shapes_of(f, text)]
    if not shapes:
        raise AuditorError(_refusal(name, text, wanted, candidates))
    # The layout that accounts for the most fields describes the file best.
    best = max(shape.known for shape in shapes)
    fitting = [shape for shape in shapes if shape.known == best]
    if len({s.format.id for s in fitting}) > 1:
        ids = " or ".join(sorted({s.format.id for s in fitting}))
        raise AuditorError(f"{name}: could be {ids}: say which with --format")
    return fitting[0]


def _shapes_of(fmt: Format, text: str) -> Iterable[Shape]:
    for layout in fmt.layouts:
        for dialect in layout.dialects:
            records = _records(text, dialect)
            if not records:
                continue
            shape = (_by_header if layout.header else _by_content)(fmt, layout, dialect, records)
            if shape is not None:
                yield shape


def _by_header(fmt: Format, layout: Layout, dialect: Dialect, records: list[list[str]]) -> Shape | None:
    header = [_plain(field) for field in records[0]]
    if not all(any(name in header for name in names) for names in layout.requires):
        return None
    fields = tuple(f if f not in header[:i] else "" for i, f in enumerate(header))
    return Shape(fmt, layout, dialect, fields)


def _by_content(fmt: Format, layout: Layout, dialect: Dialect, records: list[list[str]]) -> Shape | None:
    width = len(records[0])
    if not len(layout.columns) - layout.optional <= width <= len(layout.columns):
        return None
    fields = layout.columns[:width]
    sample = records[:LOOK_AT]
    fitting = sum(
        all(
            len(record) > fields.index(name) and re.fullmatch(pattern, record[fields.index(name)].strip())
            for name, pattern in layout.looks_like.items()
        )
        for record in sample
    )
    return Shape(fmt, layout, dialect, fields) if fitting >= AGREE * len(sample) else None


def _records(text: str, dialect: Dialect) -> list[list[str]]:
    reader = csv.reader(
        io.StringIO(text),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )
    try:
        return [record for record, _ in zip(reader, range(LOOK_AT + 1), strict=False) if record]
    except csv.Error:
        return []


def _plain(field: str) -> str:
    return field.strip().lower()


def _refusal(name: str, text: str, wanted: Format | None, candidates: list[Format]) -> str:
    if not text.strip():
        return f"{name}: the file is empty: there is not even a header to recognise it by"
    misses = [miss for f in candidates for layout in f.layouts if (miss := _miss(f, layout, text))]
    closest = [sentence for _, sentence in sorted(misses, key=lambda m: m[0])[:3]]
    asked = f"is no {wanted.id} file" if wanted else "is in no format that is known"
    near = "; ".join(closest) or "its fields match no layout of " + ", ".join(f.id for f in candidates)
    advice = "" if wanted else "; if you know better, say --format"
    return f"{name}: {asked}: {near}{advice}"


def _miss(fmt: Format, layout: Layout, text: str) -> tuple[int, str] | None:
    """How far a layout with a header is from fitting, and what it lacks; None where it is far off."""
    if not layout.header:
        return None
    lacking, header = min(
        (_lacking(layout, text, dialect) for dialect in layout.dialects), key=lambda found: len(found[0])
    )
    if len(lacking) == len(layout.requires) or not lacking:
        return None
    hints = {name: difflib.get_close_matches(name, header, 1, 0.75) for name in lacking}
    words = [f"'{n}' (it has '{hints[n][0]}')" if hints[n] else f"'{n}'" for n in lacking]
    return len(lacking), f"for {fmt.id} ({layout.title}) the header lacks {', '.join(words)}"


def _lacking(layout: Layout, text: str, dialect: Dialect) -> tuple[list[str], list[str]]:
    records = _records(text, dialect)
    header = [_plain(field) for field in records[0]] if records else []
    return [names[0] for names in layout.requires if not any(n in header for n in names)], header
