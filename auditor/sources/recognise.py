"""Which format and layout a file is in, judged by its content and never by its name."""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from auditor.errors import AuditorError
from auditor.sources.definition import ONE_FIELD, Dialect, Format, Layout
from auditor.sources.objects import Within, first_objects, is_json
from auditor.sources.prepare import Prepared, first_text

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
    known: int  # how many of its fields the mapping knows

    @property
    def unknown(self) -> tuple[str, ...]:
        """The named fields that the mapping does not know."""
        return tuple(f for f in self.fields if f and f not in self.layout.columns)


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file: its first lines, and, where it is JSON, its first records."""

    text: str
    objects: tuple[dict[str, Any], ...] | None = None

    @classmethod
    def of(cls, ready: Prepared, candidates: Iterable[Format]) -> Sample:
        """What is needed of a file to recognise it."""
        text = first_text(ready.path)
        if not is_json(text):
            return cls(text)
        records = first_objects(ready, within_of(candidates))
        return cls(text, tuple(value for r in records if isinstance(value := _parsed(r), dict)))


def within_of(candidates: Iterable[Format]) -> Within:
    """How a JSON document in one of these formats is told from a record."""
    layouts = [layout for fmt in candidates for layout in fmt.layouts if layout.json]
    required = [path for layout in layouts for paths in layout.requires for path in paths]
    return Within(
        tuple(dict.fromkeys(key for layout in layouts for key in layout.within)),
        frozenset(path.removeprefix("$.").split(".")[0].strip('"') for path in required),
    )


def recognise(name: str, sample: Sample, candidates: Sequence[Format]) -> Shape:
    """Find the one layout that a file is in.

    Args:
        name: what to call the file in an error.
        sample: its beginning.
        candidates: the formats it may be in; one: the user says that it is this.

    Raises:
        AuditorError: no layout fits, or two formats do; it names the closest and what is missing.
    """
    fitting = shapes(sample, candidates)
    if not fitting:
        raise AuditorError(_refusal(name, sample, candidates))
    if len({s.format.id for s in fitting}) > 1:
        ids = " or ".join(sorted({s.format.id for s in fitting}))
        raise AuditorError(f"{name}: could be {ids}: say which with --format")
    shape = fitting[0]
    if shape.layout.header and _hides_a_record(_records(sample.text, shape.dialect)[0], shape.dialect):
        raise AuditorError(
            f"{name}: the name of one of its columns goes on over the lines after it, with records in it: "
            "a quote in the header is missing or one too many; mend it or have it exported again"
        )
    return shape


def _hides_a_record(header: Sequence[str], dialect: Dialect) -> bool:
    """Whether a column's name has a line end, as some have, and what parts fields, as none has."""
    return any(dialect.delimiter in name and ("\n" in name or "\r" in name) for name in header)


def shapes(sample: Sample, candidates: Iterable[Format]) -> list[Shape]:
    """The layouts that account for the most of a file's fields: several where they tie."""
    found = [shape for fmt in candidates for shape in _shapes_of(fmt, sample)]
    best = max((shape.known for shape in found), default=0)
    return [shape for shape in found if shape.known == best]


def header_fault(layout: Layout, header: Sequence[str]) -> str | None:
    """What a header lacks of the columns that a layout requires, with the nearest names it has."""
    lacking = _lacking(layout, header)
    hints = {name: difflib.get_close_matches(name, header, 1, 0.75) for name in lacking}
    words = [f"'{n}' (it has '{hints[n][0]}')" if hints[n] else f"'{n}'" for n in lacking]
    return f"the header lacks {', '.join(words)}" if words else None


def _shapes_of(fmt: Format, sample: Sample) -> Iterable[Shape]:
    for layout in fmt.layouts:
        if layout.json is not (sample.objects is not None):
            continue
        if layout.json:
            if sample.objects and not _lacking_of_objects(layout, sample.objects):
                yield Shape(fmt, layout, ONE_FIELD, ("record",), _known_keys(layout, sample.objects))
            continue
        for dialect in layout.dialects:
            records = _records(sample.text, dialect)
            if not records:
                continue
            shape = (_by_header if layout.header else _by_content)(fmt, layout, dialect, records)
            if shape is not None:
                yield shape


def _known_keys(layout: Layout, objects: Sequence[dict[str, Any]]) -> int:
    return sum(any(_at(path, value) for value in objects) for path in layout.paths.values())


def _lacking_of_objects(layout: Layout, objects: Sequence[dict[str, Any]]) -> list[str]:
    """The required paths that too few of some JSON records have."""
    return [
        paths[0]
        for paths in layout.requires
        if 2 * sum(any(_at(path, value) for path in paths) for value in objects) < len(objects)
    ]


def _at(path: str, value: Any) -> bool:
    """Whether a path of plain keys, such as `$.Campaign.CampaignId`, leads to something."""
    for key in path.removeprefix("$").lstrip(".").split("."):
        value = value.get(key.strip('"')) if isinstance(value, dict) else None
    return value is not None


def _parsed(record: bytes) -> Any:
    try:
        return json.loads(record)
    except (ValueError, RecursionError):
        return None


def _by_header(fmt: Format, layout: Layout, dialect: Dialect, records: list[list[str]]) -> Shape | None:
    header = _header(records)
    if _lacking(layout, header):
        return None
    fields = tuple(f if f not in header[:i] else "" for i, f in enumerate(header))
    return Shape(fmt, layout, dialect, fields, sum(field in layout.columns for field in fields))


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
                return Shape(fmt, layout, dialect, fields, len(fields))
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
    return " ".join(field.split()).lower()


def _refusal(name: str, sample: Sample, candidates: Sequence[Format]) -> str:
    if not sample.text.strip():
        return f"{name}: the file is empty: there is not even a header to recognise it by"
    misses = [miss for f in candidates for layout in f.layouts if (miss := _miss(f, layout, sample))]
    closest = [sentence for _, sentence in sorted(misses, key=lambda m: m[0])[:3]]
    asked = f"is no {candidates[0].id} file" if len(candidates) == 1 else "is in no format that is known"
    near = "; ".join(closest) or "its fields match no layout of " + ", ".join(f.id for f in candidates)
    advice = (
        ""
        if len(candidates) == 1
        else "; if you know better, say --format, or map its columns with --format custom:FILE"
    )
    return f"{name}: {asked}: {near}{advice}"


def _miss(fmt: Format, layout: Layout, sample: Sample) -> tuple[int, str] | None:
    """How far a layout that names its fields is from fitting, and what it lacks; None where it is far off."""
    if layout.json:
        lacking = _lacking_of_objects(layout, sample.objects) if sample.objects else []
        fault = f"its records lack {', '.join(lacking)}"
    elif layout.header and sample.objects is None:
        header = min(
            (_header(_records(sample.text, dialect)) for dialect in layout.dialects),
            key=lambda header: len(_lacking(layout, header)),
        )
        lacking, fault = _lacking(layout, header), header_fault(layout, header) or ""
    else:
        return None
    if len(lacking) == len(layout.requires) or not lacking:
        return None
    return len(lacking), f"for {fmt.id} ({layout.title}) {fault}"


def _lacking(layout: Layout, header: Sequence[str]) -> list[str]:
    return [names[0] for names in layout.requires if not any(name in header for name in names)]
