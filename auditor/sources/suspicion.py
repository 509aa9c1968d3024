"""What looks as if calls were missing from an export: it stops at a round number, or a day has too few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median

import duckdb

from auditor.period import Period
from auditor.sources.records import Recognised
from auditor.zones import day_of, local_day_sql, zone_named

#: Where spreadsheets stop, with and without a header.
SPREADSHEET_ROWS = (65_535, 65_536, 1_048_575, 1_048_576)
#: A day is suspicious with less than a fifth of what such days usually have …
FEW = 0.2
#: … where there are so many such days, with usually so many calls.
ENOUGH_DAYS, ENOUGH_CALLS = 4, 50
#: So many suspicious days are listed.
LISTED = 10


def of_file(
    connection: duckdb.DuckDBPyConnection, found: Recognised, load_id: int, read: int, zone: str | None
) -> tuple[str, ...]:
    """Sentences about what may be missing from the file whose records are in `mapped`.

    Args:
        connection: the store, with `mapped` and this load's `rejects`.
        found: the file.
        load_id: its number.
        read: how many records it has.
        zone: the clock its days are counted on; None: UTC.
    """
    return (
        *_caps(found, read),
        *_cut_off(connection, found, load_id),
        *_thin_days(connection, zone or "UTC"),
    )


def _caps(found: Recognised, read: int) -> Iterator[str]:
    if read in found.format.row_caps:
        yield (
            f"has exactly {read:,} records, where {found.format.title} stops: calls are probably missing; "
            "export shorter periods"
        )
    elif read in SPREADSHEET_ROWS:
        yield f"has exactly {read:,} records, where a spreadsheet stops: calls are probably missing"


def _cut_off(connection: duckdb.DuckDBPyConnection, found: Recognised, load_id: int) -> Iterator[str]:
    if found.shape is None:
        return
    size = found.ready.original.stat().st_size
    last = connection.execute(
        "SELECT count(*) FROM rejects WHERE load_id = ? AND byte_offset + length = ? "
        "AND (reason LIKE 'has fewer fields%' OR reason LIKE 'a quote is not closed%' "
        "OR reason = 'is no JSON object')",
        [load_id, size],
    ).fetchone()
    if last and last[0]:
        yield "its last record is not whole and no line end follows: the file was probably cut off"


def _thin_days(connection: duckdb.DuckDBPyConnection, zone: str) -> Iterator[str]:
    bounds = connection.execute(
        "SELECT min(dialled_ms), max(dialled_ms) FROM mapped WHERE reject IS NULL"
    ).fetchone()
    if not bounds or bounds[0] is None:
        return
    first, last = (datetime.fromtimestamp(ms / 1000, UTC).date() for ms in bounds)
    day = local_day_sql(Period(first - timedelta(1), last + timedelta(1), ""), zone_named(zone))
    counted = connection.execute(
        f"SELECT {day}, count(*) FROM mapped WHERE reject IS NULL GROUP BY 1"
    ).fetchall()
    calls = {day_of(number): count for number, count in counted}
    days = [min(calls) + timedelta(n) for n in range((max(calls) - min(calls)).days + 1)]
    thin = []
    for weekend in (False, True):
        alike = [d for d in days if (d.weekday() >= 5) is weekend]
        usual = median([calls[d] for d in alike if d in calls] or [0])
        if len(alike) >= ENOUGH_DAYS and usual >= ENOUGH_CALLS and _mostly(alike, calls):
            thin += [
                (d, calls.get(d, 0), usual)
                for d in alike
                if calls.get(d, 0) < FEW * usual and not _rests(d, days, calls)
            ]
    if thin:
        listed = [
            f"{d} ({count:,}, where {usual:,.0f} are usual)" for d, count, usual in sorted(thin)[:LISTED]
        ]
        more = f" and {len(thin) - LISTED} more" if len(thin) > LISTED else ""
        yield f"suspiciously few calls on {', '.join(listed)}{more}: is the export whole?"


def _mostly(days: list[date], calls: dict[date, int]) -> bool:
    """Whether calls are made on most of these days, so that one without any is strange."""
    return 2 * sum(day in calls for day in days) > len(days)


def _rests(day: date, days: list[date], calls: dict[date, int]) -> bool:
    """Whether nobody ever calls on this day of the week, as far as the file shows."""
    return not any(other in calls for other in days if other.weekday() == day.weekday())
