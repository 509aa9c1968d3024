"""In which order a file writes its dates: as its epochs prove, as all make sense, or as the user says."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from auditor.errors import AuditorError
from auditor.sources.definition import Clock
from auditor.sources.reading import Reading, define, shifts_shown

#: So many of a file's records that can say must agree with an order of dates, or with a zone.
AGREE = 0.9

#: Dates as spreadsheets write them, by the order of their parts.
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_ORDERS = {
    "ymd": tuple(f"%Y{sep}%m{sep}%d {time}" for sep in "/.-" for time in _TIMES),
    "dmy": tuple(f"%d{sep}%m{sep}%Y {time}" for sep in "/.-" for time in _TIMES),
    "mdy": tuple(f"%m{sep}%d{sep}%Y {time}" for sep in "/.-" for time in _TIMES),
}
_YEAR_FIRST = r"\d{4}[/.-]\d{1,2}[/.-]\d{1,2} .*"
_YEAR_LAST = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4} .*"


def patterns_of_dates(
    connection: duckdb.DuckDBPyConnection, name: str, clock: Clock, dates: str | None
) -> tuple[str, ...]:
    """The patterns of dates that are written as spreadsheets do; none where all are ISO 8601."""
    row = connection.execute(
        "SELECT count(*) FILTER (naive(x) IS NULL AND regexp_full_match(x, $last)), "
        "count(*) FILTER (naive(x) IS NULL AND regexp_full_match(x, $first)), "
        "count(*), min(x) FILTER (naive(x) IS NULL AND regexp_full_match(x, $last)) FROM clock_sample",
        {"last": _YEAR_LAST, "first": _YEAR_FIRST},
    ).fetchone()
    assert row is not None
    year_last, year_first, total, example = row
    found = _ORDERS["ymd"] if year_first else ()
    # A few among many are damaged records, to be rejected, and no way of writing dates.
    if year_last < (1 - AGREE) * total or not year_last:
        return found
    fits = {order: _fit(connection, _ORDERS[order], clock) for order in ("dmy", "mdy")}
    proven = [
        o for o in fits if fits[o].agreeing >= AGREE * max(fits[o].with_epoch, 1) and fits[o].with_epoch
    ]
    possible = [o for o in fits if fits[o].readable >= max(f.readable for f in fits.values())]
    if dates in ("dmy", "mdy"):
        if proven and dates not in proven:
            raise AuditorError(
                f"{name}: its dates are not {dates}: the epochs in its records prove {proven[0]}; "
                "leave --dates out"
            )
        order = dates
    elif len(proven) == 1 or len(possible) == 1:
        order = proven[0] if len(proven) == 1 else possible[0]
    else:
        raise AuditorError(
            f"{name}: whether its dates, such as {example}, begin with the day or with the month cannot be "
            "told: say --dates dmy or --dates mdy"
        )
    return found + _ORDERS[order]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How many times a reading of dates makes sense of, how many of those have an epoch, how many agree."""

    readable: int
    with_epoch: int
    agreeing: int


def _fit(connection: duckdb.DuckDBPyConnection, patterns: tuple[str, ...], clock: Clock) -> _Fit:
    reading = Reading("UTC", patterns)
    define(connection, reading, clock)
    row = connection.execute(
        "SELECT count(naive(x)), count(epoch) FILTER (naive(x) IS NOT NULL) FROM clock_sample"
    ).fetchone()
    assert row is not None
    return _Fit(row[0], row[1], sum(shifts_shown(connection, reading, clock).values()))
