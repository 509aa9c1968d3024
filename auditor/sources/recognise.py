"""Which format and layout a file is in, judged by its content and never by its name."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

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


def header_fault(layout: Layout, header: Sequence[str]) -> str | None:
    """What a header lacks of the columns that a layout requires, with the nearest names it has."""
    lacking = _lacking(layout, header)
    hints = {name: difflib.get_close_matches(name, header, 1, 0.75) for name in lacking}
    words = [f"'{n}' (it has '{hints[n][0]}')" if hints[n] else f"'{n}'" for n in lacking]
    return f"the header lacks {', '.join(words)}" if words else None


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
    header = _header(records)
    if _lacking(layout, header):
        return None
    fields = tuple(f if f not in header[:i] else "" for i, f in enumerate(header))
    return Shape(fmt, layout, dialect, fields)


def _by_content(fmt: Format, layout: Layout, dialect: Dialect, records: list[list[str]]) -> Shape | None:
    sample = records[:LOOK_AT]
    width, _ = Counter(map(len, sample)).most_common(1)[0]
    for fields in _variants(layout):
        if len(fields) == width:
            looks = {fields.index(n): pattern for n, pattern in layout.looks_like.items() if n in fields}
            fitting = sum(
                len(record) == width and all(re.fullmatch(p, record[i].strip()) for i, p in looks.items())
                for record in sample
            )
            if fitting >= AGREE * len(sample):
                return Shape(fmt, layout, dialect, fields)
    return None


def _variants(layout: Layout) -> Iterator[tuple[str, ...]]:
    """The fields a layout without a header can have, those with more of its groups first."""
    for count in range(len(layout.optional) + 1):
        # Reversed: where one of two groups may be there, the one that is named first is.
        for missing in list(combinations(layout.optional, count))[::-1]:
            left_out = {name for group in missing for name in group}
            yield tuple(column for column in layout.columns if column not in left_out)


def _records(text: str, dialect: Dialect) -> list[list[str]]:
    """The first records of a text, blank lines left out."""
    # Where text may follow a closing quote, a record is a line, whatever its quotes do.
    pieces = [text] if dialect.strict else text.split("\n")
    records: list[list[str]] = []
    for piece in pieces:
        reader = csv.reader(
            io.StringIO(piece),
            delimiter=dialect.delimiter,
            quotechar=dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        )
        try:
            records += islice((record for record in reader if record), LOOK_AT + 1 - len(records))
        except csv.Error:
            continue
    return records


def _header(records: list[list[str]]) -> list[str]:
    return [_plain(field) for field in records[0]] if records else []


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
    header = min(
        (_header(_records(text, dialect)) for dialect in layout.dialects),
        key=lambda header: len(_lacking(layout, header)),
    )
    lacking = len(_lacking(layout, header))
    if lacking == len(layout.requires) or not lacking:
        return None
    return lacking, f"for {fmt.id} ({layout.title}) {header_fault(layout, header)}"


def _lacking(layout: Layout, header: Sequence[str]) -> list[str]:
    return [names[0] for names in layout.requires if not any(name in header for name in names)]
