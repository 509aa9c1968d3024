"""How one file's times are read: macros made for it, and what epochs beside the times say of a reading."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import duckdb

from auditor.sources.definition import Clock
from auditor.sources.reader import quoted

_QUARTER = 900_000


@dataclass(frozen=True, slots=True)
class Steady:
    """A stretch of local time (ms since 1970 on that clock) in which a zone has one offset, in ms."""

    start: int
    end: int
    offset_ms: int


@dataclass(frozen=True, slots=True)
class Reading:
    """How one file's times are read.

    `written` are strptime's patterns for what is not ISO 8601. `shifts` are the milliseconds by
    which times read in `zone` are ahead of the epochs beside them, the commonest first; `folds` the
    stretches of local time (ms since 1970 on that clock) that came twice or never; `steady` one
    between two of them, in which the middle one of the file's times lies.
    """

    zone: str | None
    written: tuple[str, ...] = ()
    shifts: tuple[int, ...] = (0,)
    folds: tuple[tuple[int, int], ...] = ()
    steady: Steady | None = None
    notes: tuple[str, ...] = ()
    offsets_ms: tuple[int, ...] = ()  # of the clock, where not a zone but its epochs say them


def define(connection: duckdb.DuckDBPyConnection, reading: Reading, clock: Clock) -> None:
    """Make the macros with which a mapping reads this file's times."""
    zone = quoted(reading.zone) if reading.zone else "NULL"
    patterns = "[" + ", ".join(map(quoted, reading.written)) + "]"
    first, *others = reading.shifts
    near = f"BETWEEN -2000 AND {clock.lag_ms}"
    whens = " ".join(f"WHEN local - epoch - ({shift}) {near} THEN {shift}" for shift in (first, *others))
    # Quarters of an hour, as one list: the time is read once, however many there are.
    quarters = [q for start, end in reading.folds for q in range(start // _QUARTER, end // _QUARTER)]
    local = "epoch_ms(naive(x))"
    doubtful = f"{local} // {_QUARTER} IN ({', '.join(map(str, quarters))})"
    on_clock = f"ms_of(t AT TIME ZONE {zone})"
    if reading.zone == "UTC":
        on_clock = "ms_of(t)"
    elif steady := reading.steady:
        # Asking for a zone's offset takes longer than reading the time.
        doubtful = (
            f"CASE WHEN {local} BETWEEN {steady.start} AND {steady.end - 1} THEN false ELSE {doubtful} END"
        )
        inside = f"ms_of(t) BETWEEN {steady.start} AND {steady.end - 1}"
        on_clock = f"CASE WHEN {inside} THEN ms_of(t) - ({steady.offset_ms}) ELSE {on_clock} END"
    example = ": write ISO 8601, such as 2026-10-05T09:30:00.250+01:00"
    text = files("auditor.sources").joinpath("clock.sql").read_text("utf-8")
    connection.execute(
        text.format(
            zone=zone,
            on_clock=on_clock,
            otherwise=f"try_strptime(x, {patterns})" if reading.written else "NULL::TIMESTAMP",
            shift=f"CASE {whens} ELSE {first} END" if others else str(first),
            lag=clock.lag_ms,
            in_fold=doubtful if quarters else "false",
            expected=quoted("" if clock.written else example),
        )
    )


def shifts_shown(connection: duckdb.DuckDBPyConnection, reading: Reading, clock: Clock) -> dict[int, int]:
    """Shift → how many records of `clock_sample` show it: whole quarters of an hour, at most 14 hours."""
    define(connection, reading, clock)
    rows = connection.execute(
        "WITH gaps AS (SELECT local_ms(x) - epoch + 2000 AS gap FROM clock_sample "
        "WHERE epoch IS NOT NULL AND NOT in_fold(x)), "
        "cut AS (SELECT (gap % 900000 + 900000) % 900000 AS rest, gap FROM gaps) "
        "SELECT gap - rest, count(*) FROM cut "
        "WHERE rest <= ? + 2000 AND gap - rest BETWEEN -50400000 AND 50400000 GROUP BY 1",
        [clock.lag_ms],
    ).fetchall()
    return dict(rows)
