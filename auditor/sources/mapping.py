"""A file's records mapped by its format's SQL to calls, as the table `mapped`."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import duckdb

from auditor.calls.record import COLUMNS, FACTS, TIMES, VOCABULARY
from auditor.period import in_words
from auditor.sources.assign import assigned, unassigned
from auditor.sources.clock import read_clock
from auditor.sources.definition import Format
from auditor.sources.numbers import define_numbers
from auditor.sources.reader import named, quoted
from auditor.sources.reading import Reading, define
from auditor.sources.records import Recognised
from auditor.sources.source import Source
from auditor.store.horizon import Horizon
from auditor.store.pseudonyms import HIDDEN, NumbersKey
from auditor.store.pseudonyms import define as define_pseudonyms


def map_records(
    connection: duckdb.DuckDBPyConnection,
    found: Recognised,
    source: Source,
    name: str,
    default_zone: str,
    partners: tuple[str, ...],
    *,
    accompanied: bool = False,
    numbers_key: NumbersKey | None = None,
    gone: Horizon | None = None,
) -> Reading:
    """Make the temporary table `mapped`: one row for each readable record, in the file's order.

    Args:
        connection: a store; only temporary objects are made. A companion's records stand there
            already, in a temporary relation of its layout's name.
        found: the file.
        source: how to read it.
        name: what to call the file in an error.
        default_zone: the clock of naive times where neither the source nor the file says.
        partners: the ids a record's partner may have; empty: any.
        accompanied: whether companions of it were read.
        numbers_key: what makes pseudonyms of the numbers; None: they stay as they are.
        gone: up to when calls were purged; older ones do not come back.

    Returns:
        How its times were read.

    Raises:
        AuditorError: the zone is unknown, or the file's own epochs contradict it.
    """
    fmt = found.format
    load_macros(connection)
    reading = read_clock(connection, name, found.raw, fmt.clock, source, default_zone)
    define(connection, reading, fmt.clock)
    define_numbers(connection, source.country)
    raw, mapping, order = found.raw, fmt.alone or fmt.mapping, ""
    if fmt.companions and (accompanied or fmt.alone is None):
        # A join keeps no order, so each record's place goes with it.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {raw}")
        raw, mapping, order = "SELECT rowid AS place, * FROM staged", fmt.mapping, "ORDER BY place"
    elif fmt.companions:
        raw = f"SELECT NULL AS place, * FROM ({raw})"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW raw AS {raw}")
    if numbers_key is not None:
        define_pseudonyms(connection, numbers_key)
    sql = _accepting(fmt, source, mapping, order, hidden=numbers_key is not None, gone=gone)
    # DuckDB keeps the file's order as long as it only projects. A join keeps none, and it makes one of
    # an IN with several constants: records would change places from run to run.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    try:
        connection.execute(sql, _parameters(sql, fmt, source, partners))
    finally:
        connection.execute("RESET disabled_optimizers")
    return reading


def purged(gone: Horizon) -> str:
    """Why a call is rejected that was dialled before what was purged."""
    return f"was dialled before {in_words(gone.day)}: calls before that were purged"


def load_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros that every mapping may call."""
    connection.execute(files("auditor.sources").joinpath("macros.sql").read_text("utf-8"))


def _accepting(
    fmt: Format, source: Source, mapping: str, order: str, *, hidden: bool, gone: Horizon | None
) -> str:
    """The statement that makes `mapped`: the facts the format gives, NULL for those it does not."""
    given = [*FACTS, "version"]
    fields = [
        named(fact)
        if fact in fmt.fields
        else f"{_MISSING.get(fact, 'NULL')}::{COLUMNS[fact]} AS {named(fact)}"
        for fact in given
    ]
    text = files("auditor.sources").joinpath("accept.sql").read_text("utf-8")
    return text.format(
        facts=", ".join(f"{fact}_word AS {fact}" if fact in VOCABULARY else fact for fact in FACTS),
        words=", ".join(f"TRY_CAST({column} AS {COLUMNS[column]}) AS {column}_word" for column in VOCABULARY),
        no_word="\n        ".join(map(_no_word, VOCABULARY)),
        times=", ".join(TIMES),
        fields=", ".join(fields),
        mapping=mapping,
        order=order,
        hidden=", ".join(
            f"{sql} AS {fact}" for fact, sql in (HIDDEN if hidden else {"call_id": "call_id"}).items()
        ),
        purged=f"WHEN dialled_ms < {gone.before_ms} THEN {quoted(purged(gone))}" if gone else "",
        group_key="call_key" if fmt.legs else "NULL::UHUGEINT",
        unassigned=unassigned(source),
        **assigned(source),
    )


def _no_word(column: str) -> str:
    """SQL of the CASE branch that rejects a word which a closed vocabulary does not have."""
    fault = f"{column} is none of: {', '.join(VOCABULARY[column])}"
    return f"WHEN {column}_word IS NULL AND {column} IS NOT NULL THEN {quoted(fault)}"


#: What a fact is that no mapping gives, where that is not NULL.
_MISSING = {"message": quoted("unknown")}


def _parameters(sql: str, fmt: Format, source: Source, partners: tuple[str, ...]) -> dict[str, Any]:
    """What the mapping binds; DuckDB refuses a parameter that the SQL does not name."""
    outcomes = {code: entry.outcome for code, entry in fmt.codes.items()} | source.codes
    values: dict[str, Any] = {
        "format": fmt.id,
        "partner": source.partner,
        "call_centre": source.call_centre,
        "campaign": source.campaign,
        "codes": list(outcomes),
        "code_outcomes": list(outcomes.values()),
        "partners": list(partners),
    }
    return {key: value for key, value in values.items() if f"${key}" in sql}
