"""What a file's clock says: in which order it writes dates, in which zone, and what its epochs make of both.

Most exports write local times without a zone. Where a record's unique id holds an epoch as well, the
zone is not a matter of belief: it is inferred, a zone that contradicts it is refused, and the hour
that a change of the clocks repeats is no riddle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import chain, pairwise

import duckdb

from auditor.errors import AuditorError
from auditor.period import Period
from auditor.sources.definition import Clock
from auditor.sources.reader import quoted
from auditor.sources.source import Source
from auditor.zones import bounds_ms, spans, zone_named

#: So many of a file's first records are looked at.
SAMPLE = 20_000
#: So many of those that can say must agree with a zone.
AGREE = 0.9
#: An offset that fewer of them show is a coincidence: a leg a quarter of an hour younger than its channel.
RARE = 0.01

_QUARTER = 900_000

#: Dates as spreadsheets write them, by the order of their parts.
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_ORDERS = {
    "ymd": tuple(f"%Y{sep}%m{sep}%d {time}" for sep in "/.-" for time in _TIMES),
    "dmy": tuple(f"%d{sep}%m{sep}%Y {time}" for sep in "/.-" for time in _TIMES),
    "mdy": tuple(f"%m{sep}%d{sep}%Y {time}" for sep in "/.-" for time in _TIMES),
}
_YEAR_FIRST = r"\d{4}[/.-]\d{1,2}[/.-]\d{1,2} .*"
_YEAR_LAST = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4} .*"


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


def read_clock(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    sample: str,
    clock: Clock,
    source: Source,
    default_zone: str,
) -> Reading:
    """Decide how a file's times are read.

    Args:
        connection: where the sample is looked at; macros.sql is loaded there.
        name: what to call the file in an error.
        sample: SQL of its records, with `clock_time` and `clock_epoch`.
        clock: what is known of the format's times.
        source: the zone and the order of dates that the user gives.
        default_zone: the clock of naive times where nothing says otherwise.

    Raises:
        AuditorError: day and month cannot be told apart, or the zone contradicts the epochs.
    """
    # What a mapping of records calls must be there, whatever it turns out to be.
    define(connection, Reading("UTC", clock.written), clock)
    if clock.zone == "utc":
        return Reading("UTC", clock.written)
    given = source.zone
    zone = given or (default_zone if clock.zone == "source" else None)
    if zone is not None:
        zone_named(zone)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE clock_sample AS SELECT trim(clock_time) AS x, clock_epoch AS epoch "
        f"FROM ({sample}) WHERE given(clock_time) IS NOT NULL LIMIT {SAMPLE}"
    )
    try:
        written = clock.written + _order(connection, name, clock, source.dates)
        define(connection, Reading("UTC", written), clock)
        seen = connection.execute(
            "SELECT min(naive(x)), median(naive(x)), max(naive(x)) FROM clock_sample"
        ).fetchone()
        folds, steady = _changes(zone, *seen) if zone and seen and seen[0] else ((), None)
        if steady is not None and not _agrees(connection, str(zone), steady):
            steady = None  # two sets of time zone data: DuckDB's own decides
        plain = Reading(zone, written, (0,), folds, steady, _unproven(given, zone))
        if clock.epoch is None:
            return plain
        # What lies in an hour that came twice proves no zone wrong.
        shifts = _shifts(connection, replace(plain, zone=zone or "UTC"), clock)
        total = sum(shifts.values())
        if not total:
            return plain
        if zone and shifts.get(0, 0) >= AGREE * total:
            agree = f"the epochs in its records agree with {zone}"
            return replace(plain, shifts=(0, *_jumps(folds)), notes=(agree,))
        offsets = _shifts(connection, Reading("UTC", written), clock)
        commonest = sorted((o for o in offsets if offsets[o] >= RARE * total), key=lambda o: (-offsets[o], o))
        proven = " and ".join(map(utc_offset, commonest))
        if given:
            raise AuditorError(
                f"{name}: its times are not those of {given}: the epochs in its records put its clock at "
                f"{proven}; give the zone of the server with --zone, or leave it out and the epochs decide"
            )
        note = f"its clock is at {proven}, as the epochs in its records prove"
        return Reading("UTC", written, tuple(commonest), notes=(note,), offsets_ms=tuple(commonest))
    finally:
        connection.execute("DROP TABLE IF EXISTS temp.clock_sample")


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


def _order(
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
    return _Fit(row[0], row[1], sum(_shifts(connection, reading, clock).values()))


def _shifts(connection: duckdb.DuckDBPyConnection, reading: Reading, clock: Clock) -> dict[int, int]:
    """Shift → how many records of the sample show it: whole quarters of an hour, at most 14 hours."""
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


def _changes(
    zone: str, first: datetime, middle: datetime, last: datetime
) -> tuple[tuple[tuple[int, int], ...], Steady | None]:
    """The local hours that came twice or never, from a year before these times to a year after.

    And between two of them the stretch in which the middle one lies, if it does in any.
    """
    around = Period(
        name="",
        first=max(date(1990, 1, 1), first.date() - timedelta(366)),
        last=min(date(2100, 12, 31), last.date() + timedelta(366)),
    )
    found = spans(around, zone_named(zone))
    folds = tuple(
        (
            before.until_ms + min(before.offset_ms, after.offset_ms),
            before.until_ms + max(before.offset_ms, after.offset_ms),
        )
        for before, after in pairwise(found)
    )
    at = int(middle.replace(tzinfo=UTC).timestamp() * 1000)
    edges = [bounds_ms(around, zone_named(zone))[0] + found[0].offset_ms, *chain(*folds)]
    edges.append(found[-1].until_ms + found[-1].offset_ms)
    stretches = zip(edges[::2], edges[1::2], found, strict=True)
    steady = (Steady(start, end, span.offset_ms) for start, end, span in stretches if start <= at < end)
    return folds, next(steady, None)


def _agrees(connection: duckdb.DuckDBPyConnection, zone: str, steady: Steady) -> bool:
    """Whether DuckDB gives a zone this offset at the ends of a stretch and every hour between."""
    at = "make_timestamp(ms * 1000)"
    row = connection.execute(
        f"SELECT bool_and(ms_of({at} AT TIME ZONE $zone) = ms - $offset) FROM "
        "(SELECT unnest(range($first, $last, 3600000)) AS ms UNION ALL SELECT $last)",
        {"zone": zone, "offset": steady.offset_ms, "first": steady.start, "last": steady.end - 1},
    ).fetchone()
    return row == (True,)


def _jumps(folds: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """By how much a local time may be read wrong where the clocks change."""
    lengths = {end - start for start, end in folds}
    return tuple(sorted({sign * length for length in lengths for sign in (-1, 1)}))


def _unproven(given: str | None, zone: str | None) -> tuple[str, ...]:
    return () if given or zone is None else (f"no zone was given: its times were read as {zone}",)


def utc_offset(offset_ms: int) -> str:
    """An offset in ms as it is written: `UTC-05:00`."""
    minutes = abs(offset_ms) // 60_000
    return f"UTC{'-' if offset_ms < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
