"""`custom:FILE`: a mapping of the user's own, which says what of an export each fact comes from.

It is data, never SQL: each column of the call record is a column of the export (or a path in its JSON
records), a time may be another plus a duration, and a table says what the dialler's codes mean. What is
then made of them is what the canonical format makes of its own columns.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from auditor.calls.record import VOCABULARY
from auditor.errors import AuditorError
from auditor.sources.definition import ONE_FIELD, Code, Dialect, Format, Layout

_KEYS = ("title", "delimiter", "columns", "times", "fields", "codes", "within")
_REQUIRED = ("call_id", "dialled_number", "dialled_at")
_UNITS = {
    "milliseconds": "whole({})",
    "seconds": "milliseconds({})",
    "minutes": "milliseconds({}) * 60",
    "hh:mm:ss": "hms_ms({})",
}
_PATH = re.compile(r"""\$(\.(\w[\w-]*|"[^"]+")|\[\d+\])+""")
#: Columns of the canonical format that are the store's own, or another way to write a time.
_NOT_OFFERED = ("call_key", "load_id", "source_row")


def read_mapping(path: str, canonical: Format) -> Format:
    """The format that a mapping of the user's own describes.

    Raises:
        AuditorError: it cannot be read, or says what no mapping can say (a line for each fault).
    """
    try:
        text = Path(path).read_text("utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise AuditorError(f"{path}: the mapping cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuditorError(f"{path}: is no TOML: {error}") from None
    known = [c for c in canonical.columns if c not in _NOT_OFFERED]
    if faults := list(_faults(data, known)):
        raise AuditorError("\n".join(f"{path}: {fault}" for fault in faults))
    fields: dict[str, Any] = data["fields"]
    return replace(
        canonical,
        id="custom",
        title=data.get("title", f"a mapping of your own, {path}"),
        clock=replace(canonical.clock, zone="source", written=tuple(data.get("times", ()))),
        layouts=(_layout(data, fields),),
        codes={code: Code(outcome, "", verified=True) for code, outcome in data.get("codes", {}).items()},
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        cannot_prove=tuple(
            f"{fact.removesuffix('_at').replace('_', ' ')}: the mapping names no column for it"
            for fact in ("answered_at", "connected_at", "greeting_end_at", "message_at")
            if fact not in fields and fact.replace("_at", "_ms") not in fields
        ),
        notes_other_columns=False,
    )


def _layout(data: dict[str, Any], fields: dict[str, Any]) -> Layout:
    json = any(isinstance(value, str) and value.startswith("$") for value in fields.values())
    sources = {fact: _source(value) for fact, value in fields.items()}
    required = [fields[fact] for fact in _REQUIRED if fact in fields]
    named = tuple(dict.fromkeys(column for _, columns in sources.values() for column in columns))
    header = not json and "columns" not in data
    delimiters = [data["delimiter"]] if "delimiter" in data else [",", ";", "\t", "|"]
    return Layout(
        id="custom",
        title="the columns of the mapping",
        header=header,
        columns=tuple(column.lower() for column in data.get("columns", named)),
        requires=tuple((column,) for column in (required if json else named)),
        optional=(),
        looks_like={},
        paths=dict(fields) if json else {},
        within=tuple(data.get("within", ())),
        dialects=(ONE_FIELD,) if json else tuple(Dialect(delimiter=d) for d in delimiters),
        companion=False,
        sources={} if json else sources,
    )


def _source(value: str | dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """SQL of a fact as a template, and the columns that fill it in."""
    if isinstance(value, str):
        return "{}", (value.lower(),)
    unit = _UNITS[value.get("unit", "seconds")]
    column = value["column"].lower()
    # What cannot be read is handed on as it is written, to be refused by what reads it.
    if "plus" not in value:
        return f"coalesce(CAST({unit.replace('{}', '{0}')} AS VARCHAR), {{0}})", (column,)
    later = "instant_ms(given({0})) + " + unit.replace("{}", "{1}")
    return f"coalesce(CAST({later} AS VARCHAR), given({{1}}))", (column, value["plus"].lower())


def _faults(data: dict[str, Any], known: list[str]) -> Iterator[str]:
    for key in data.keys() - set(_KEYS):
        yield f"there is no such key as '{key}': write {', '.join(_KEYS)}"
    yield from _kind_faults(data)
    fields = data.get("fields")
    if not isinstance(fields, dict) or not fields:
        yield 'has no [fields]: write a line for each column of the call record: call_id = "CallRef" …'
        return
    for fact, value in fields.items():
        if fact not in known:
            close = difflib.get_close_matches(fact, known, 1, 0.6)
            meant = f"did you mean '{close[0]}'?" if close else f"write one of {', '.join(known)}"
            yield f"fields.{fact}: the call record has no such column: {meant}"
        yield from (f"fields.{fact}: {fault}" for fault in _value_faults(fact, value))
    for fact in _REQUIRED:
        if fact not in fields and fact.replace("_at", "_ms") not in fields:
            yield f"fields.{fact}: is missing: say which column it comes from"
    if "outcome" not in fields and not ("disposition" in fields and data.get("codes")):
        yield "says nothing of outcomes: write fields.disposition and a [codes] table of what its codes mean"
    codes = data.get("codes", {})
    for code, outcome in codes.items() if isinstance(codes, dict) else ():
        if outcome not in VOCABULARY["outcome"]:
            yield f"codes.{code}: '{outcome}' is no outcome: write one of {', '.join(VOCABULARY['outcome'])}"
    columns = data.get("columns")
    if isinstance(columns, list) and all(isinstance(column, str) for column in columns):
        there = {column.lower() for column in columns}
        used = {column for value in fields.values() for column in _columns_of(value)}
        for column in sorted(used - there):
            yield f"columns: does not have '{column}', which fields speak of"
    texts = [isinstance(value, str) and value.startswith("$") for value in fields.values()]
    if any(texts) and not all(texts):
        yield "fields: write either columns or JSON paths ($.key) alone, not both"


def _kind_faults(data: dict[str, Any]) -> Iterator[str]:
    for key in ("columns", "times", "within"):
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            yield f'{key}: write a list of texts, such as ["…", "…"]'
    for key in ("title", "delimiter"):
        if not isinstance(data.get(key, ""), str):
            yield f"{key}: write a text"
    if "delimiter" in data and data["delimiter"] not in (",", ";", "\t", "|"):
        yield 'delimiter: write one of "," ";" "\\t" "|"'
    if not isinstance(data.get("codes", {}), dict):
        yield "codes: write a table of codes and outcomes"
    times = data.get("times", [])
    for pattern in times if isinstance(times, list) else ():
        try:
            with duckdb.connect() as connection:
                connection.execute("SELECT try_strptime('x', ?)", [pattern]).fetchall()
        except duckdb.Error:
            yield f"times: {pattern!r} is no way to write a time: write one such as %d.%m.%Y %H:%M:%S"


def _columns_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.lower()
    elif isinstance(value, dict):
        yield from (v.lower() for k, v in value.items() if k in ("column", "plus") and isinstance(v, str))


def _value_faults(fact: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        if value.startswith("$") and not _PATH.fullmatch(value):
            yield f'{value!r} is no path: write "$.key", "$.key.inner" or "$.list[0].key"'
        return
    if not isinstance(value, dict) or not isinstance(value.get("column"), str):
        yield (
            'write the name of a column, or { column = "Start", plus = "Duration", unit = "seconds" }, '
            f"and not {value!r}"
        )
        return
    for key in value.keys() - {"column", "plus", "unit"}:
        yield f"there is no such key as '{key}': write column, plus, unit"
    if not isinstance(value.get("plus", ""), str):
        yield "plus: write the name of a column"
    if str(value.get("unit", "seconds")) not in _UNITS:
        yield f"unit '{value['unit']}' is not known: write one of {', '.join(_UNITS)}"
    if "plus" in value and fact == "dialled_at":
        yield "when a call was dialled needs a column of its own: leave plus out"
    elif "plus" in value and not fact.endswith("_at"):
        yield "only a time can be another time plus a duration: leave plus out"
    if "plus" not in value and fact not in ("ring_ms", "precision_ms"):
        yield "a time needs plus, the column of the duration; else write the column's name alone"
