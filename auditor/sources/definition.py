"""A dialler format as its folder defines it: layouts, clock, fields, code table and mapping SQL."""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any


@dataclass(frozen=True, slots=True)
class Dialect:
    """How text is cut into fields. An empty `quote` means a quote is a character like any other.

    Where it is not `strict`, text may follow a closing quote; a record is then always one line.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    strict: bool = True
    padded: bool = False  # records may have fewer fields than the header


#: JSON text: each record is an object, brought onto a line of its own, which is one field.
ONE_FIELD = Dialect(delimiter="\x1e", quote="", escape="")


@dataclass(frozen=True, slots=True)
class Layout:
    """One shape a format's files come in.

    With a header, `requires` lists the columns that must stand in it (each a tuple of names, any of
    which will do) and `columns` all that the mapping knows. Without one, `columns` gives the fields
    in order, `optional` the groups of them that may be missing, and `looks_like` patterns that
    fields of the first records must match. Of JSON, `paths` says where in a record each column
    stands, and `within` under which keys a document may keep its list of records.

    Of a mapping of the user's own, `sources` says from which columns of the file each column comes: a
    template of SQL, and the columns that fill it in.

    A `companion` adds facts to the calls of another layout's files and has none of its own.
    """

    id: str
    title: str
    header: bool
    columns: tuple[str, ...]
    requires: tuple[tuple[str, ...], ...]
    optional: tuple[tuple[str, ...], ...]
    looks_like: dict[str, str]
    paths: dict[str, str]
    within: tuple[str, ...]
    dialects: tuple[Dialect, ...]
    companion: bool
    sources: dict[str, tuple[str, tuple[str, ...]]]

    @property
    def json(self) -> bool:
        """Whether its records are JSON objects."""
        return bool(self.paths)


@dataclass(frozen=True, slots=True)
class Clock:
    """What is known of a format's times.

    `zone` says how a time without an offset is read: on the clock of the `source` (the client's
    own where it names none), only if one is `given`, or as `utc`. `written` are the ways it is
    written besides ISO 8601, for strptime. Where a record holds an epoch too (in the column `epoch`),
    `time` (the first of these columns that is there) is held against it, and may be up to `lag_ms` later.
    """

    zone: str
    written: tuple[str, ...]
    time: tuple[str, ...]
    epoch: str | None
    lag_ms: int


@dataclass(frozen=True, slots=True)
class Code:
    """What a dialler's own disposition means; `verified` says whether a source was read for it."""

    outcome: str
    meaning: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Format:
    """A dialler format: everything that is known of its files."""

    id: str
    title: str
    clock: Clock
    layouts: tuple[Layout, ...]
    columns: tuple[str, ...]  # every column that the mapping may name of a call's record, over all layouts
    fields: dict[str, str]  # fact → what of the export it comes from; the mapping gives just these
    codes: dict[str, Code]
    mapping: str  # SQL over the relation `raw`, and one for each companion layout under its id
    alone: str | None  # the same without any companion, where that can do without joins
    sha256: str  # of all this, as it is written
    cannot_prove: tuple[str, ...]
    legs: bool  # records of one call id in one file are legs of one call, not versions of it
    row_caps: tuple[int, ...]  # the exporting program stops at so many records
    notes_other_columns: bool  # whether to say which header columns were not read

    @property
    def companions(self) -> tuple[Layout, ...]:
        """The layouts of files that add facts to calls."""
        return tuple(layout for layout in self.layouts if layout.companion)


#: In a mapping, what it does with companions and what without any.
_ALTERNATIVES = re.compile(r"--\[ with companions\n(.*?)--\[ alone\n(.*?)--\]\n", re.DOTALL)


def read_format(folder: Traversable) -> Format:
    """The format that a folder defines."""
    definition = folder.joinpath("format.toml").read_text("utf-8")
    codes = folder.joinpath("codes.csv").read_text("utf-8") if folder.joinpath("codes.csv").is_file() else ""
    mapping = folder.joinpath("map.sql").read_text("utf-8")
    data = tomllib.loads(definition)
    layouts = tuple(_layout(entry) for entry in data["layout"])
    return Format(
        id=data["id"],
        title=data["title"],
        clock=_clock(**data["clock"]),
        layouts=layouts,
        columns=tuple(dict.fromkeys(c for layout in layouts if not layout.companion for c in layout.columns)),
        fields=data["fields"],
        codes=_codes(codes),
        mapping=_ALTERNATIVES.sub(r"\1", mapping),
        alone=_ALTERNATIVES.sub(r"\2", mapping) if _ALTERNATIVES.search(mapping) else None,
        sha256=hashlib.sha256("\0".join((definition, codes, mapping)).encode()).hexdigest(),
        cannot_prove=tuple(data["cannot_prove"]),
        legs=data.get("legs", False),
        row_caps=tuple(data.get("row_caps", ())),
        notes_other_columns=data.get("notes_other_columns", False),
    )


def _codes(table: str) -> dict[str, Code]:
    return {
        row["code"]: Code(row["outcome"], row["meaning"], row["verified"] == "yes")
        for row in csv.DictReader(table.splitlines())
    }


def _clock(
    *,
    zone: str,
    written: list[str] | None = None,
    time: list[str] | None = None,
    epoch: str | None = None,
    lag_seconds: int = 0,
) -> Clock:
    return Clock(zone, tuple(written or ()), tuple(time or ()), epoch, lag_seconds * 1000)


def _layout(data: dict[str, Any]) -> Layout:
    paths = data.get("paths", {})
    return Layout(
        id=data["id"],
        title=data["title"],
        header=data.get("header", False),
        columns=tuple(data.get("columns", paths)),
        requires=tuple((c,) if isinstance(c, str) else tuple(c) for c in data.get("requires", [])),
        optional=tuple(tuple(group) for group in data.get("optional", [])),
        looks_like=data.get("looks_like", {}),
        paths=paths,
        within=tuple(data.get("within", [])),
        dialects=tuple(Dialect(**d) for d in data["dialect"]) if "dialect" in data else (ONE_FIELD,),
        companion=data.get("companion", False),
        sources={},
    )
