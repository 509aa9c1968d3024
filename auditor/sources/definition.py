"""A dialler format as its folder defines it: layouts, dialects, code table and mapping SQL."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from auditor.errors import AuditorError


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


@dataclass(frozen=True, slots=True)
class Layout:
    """One shape a format's files come in.

    With a header, `requires` lists the columns that must stand in it (each a tuple of names, any of
    which will do) and `columns` all that the mapping knows. Without one, `columns` gives the fields
    in order, `optional` the groups of them that may be missing, and `looks_like` patterns that
    fields of the first records must match.
    """

    id: str
    title: str
    header: bool
    columns: tuple[str, ...]
    requires: tuple[tuple[str, ...], ...]
    optional: tuple[tuple[str, ...], ...]
    looks_like: dict[str, str]
    dialects: tuple[Dialect, ...]


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
    naive_times: bool  # times without a zone are local times of the source's zone
    default_zone: bool  # … and may take the client's own zone where none is given
    other_columns: str  # header columns the mapping does not know: "ignore" or "note"
    layouts: tuple[Layout, ...]
    codes: dict[str, Code]
    mapping: str  # SQL over the relation `raw`
    cannot_prove: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping may name, over all layouts."""
        return tuple(dict.fromkeys(c for layout in self.layouts for c in layout.columns))


@cache
def formats() -> dict[str, Format]:
    """All formats that ship with the product, by id."""
    found = {}
    for folder in sorted(files("auditor.sources").joinpath("formats").iterdir(), key=str):
        definition = folder.joinpath("format.toml")
        if definition.is_file():
            codes = folder.joinpath("codes.csv")
            fmt = _format(
                tomllib.loads(definition.read_text("utf-8")),
                codes.read_text("utf-8") if codes.is_file() else "",
                folder.joinpath("map.sql").read_text("utf-8"),
            )
            found[fmt.id] = fmt
    return found


def format_named(name: str) -> Format:
    """The format with this id, or an AuditorError that lists those there are."""
    try:
        return formats()[name]
    except KeyError:
        raise AuditorError(f"format '{name}' is not known: choose one of {', '.join(formats())}") from None


def _format(data: dict[str, Any], codes: str, mapping: str) -> Format:
    return Format(
        id=data["id"],
        title=data["title"],
        naive_times=data["naive_times"],
        default_zone=data["default_zone"],
        other_columns=data["other_columns"],
        layouts=tuple(_layout(entry) for entry in data["layout"]),
        codes={
            row["code"]: Code(row["outcome"], row["meaning"], row["verified"] == "yes")
            for row in csv.DictReader(codes.splitlines())
        },
        mapping=mapping,
        cannot_prove=tuple(data["cannot_prove"]),
    )


def _layout(data: dict[str, Any]) -> Layout:
    return Layout(
        id=data["id"],
        title=data["title"],
        header=data["header"],
        columns=tuple(data["columns"]),
        requires=tuple((c,) if isinstance(c, str) else tuple(c) for c in data.get("requires", [])),
        optional=tuple(tuple(group) for group in data.get("optional", [])),
        looks_like=data.get("looks_like", {}),
        dialects=tuple(Dialect(**dialect) for dialect in data["dialect"]),
    )
