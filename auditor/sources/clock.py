"""By which clock a file writes its times: in which zone, and what its epochs make of that.

Most exports write local times without a zone. Where a record's unique id holds an epoch as well, the
zone is not a matter of belief: it is inferred, a zone that contradicts it is refused, and the hour
that a change of the clocks repeats is no riddle.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise

import duckdb

from auditor.errors import AuditorError
from auditor.period import Period
from auditor.sources.dates import AGREE, patterns_of_dates
from auditor.sources.definition import Clock
from auditor.sources.reading import Reading, Steady, define, shifts_shown
from auditor.sources.source import Source
from auditor.zones import bounds_ms, spans, zone_named

#: So many of a file's first records are looked at.
SAMPLE = 20_000
#: An offset that fewer of them show is a coincidence: a leg a quarter of an hour younger than its channel.
RARE = 0.01


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
        written = clock.written + patterns_of_dates(connection, name, clock, source.dates)
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
        shifts = shifts_shown(connection, replace(plain, zone=zone or "UTC"), clock)
        total = sum(shifts.values())
        if not total:
            return plain
        if zone and shifts.get(0, 0) >= AGREE * total:
            agree = f"the epochs in its records agree with {zone}"
            return replace(plain, shifts=(0, *_jumps(folds)), notes=(agree,))
        offsets = shifts_shown(connection, Reading("UTC", written), clock)
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
