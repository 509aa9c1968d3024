"""Local days as integer arithmetic: a regulator's day is midnight to midnight on its own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from auditor.errors import AuditorError
from auditor.period import Period

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """The zone's offset from UTC, in ms, up to and excluding the instant `until_ms`."""

    until_ms: int
    offset_ms: int


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone, or an AuditorError that says how zones are written."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise AuditorError(
            f"time zone '{name}' is not known: write an IANA name such as Europe/London or UTC"
        ) from None


def day_start_ms(day: date, zone: ZoneInfo) -> int:
    """The instant the local day begins, in epoch ms UTC."""
    return int(datetime.combine(day, time(), zone).timestamp()) * 1000


def bounds_ms(period: Period, zone: ZoneInfo) -> tuple[int, int]:
    """The instants a period of local days begins and ends (the end excluded), in epoch ms UTC."""
    return day_start_ms(period.first, zone), day_start_ms(period.last + timedelta(1), zone)


def spans(period: Period, zone: ZoneInfo) -> list[Span]:
    """The zone's offsets over a period: one span, and one more for each change of the clocks."""
    start, end = bounds_ms(period, zone)
    found: list[Span] = []
    at = start
    while at < end:
        offset = _offset_ms(at, zone)
        following = min(at + DAY_MS, end)
        if _offset_ms(following, zone) != offset:
            following = _change_ms(at, following, offset, zone)
            found.append(Span(following, offset))
        at = following
    found.append(Span(end, _offset_ms(end - 1, zone)))
    return found


def local_day_sql(period: Period, zone: ZoneInfo, column: str = "dialled_ms") -> str:
    """SQL for the local day of `column`, as days since 1970-01-01.

    Only integers computed here enter the text, so any engine can run it and nothing is injected.
    """
    *earlier, last = spans(period, zone)
    if not earlier:
        return f"({column} + {last.offset_ms}) // {DAY_MS}"
    whens = " ".join(f"WHEN {column} < {s.until_ms} THEN {s.offset_ms}" for s in earlier)
    return f"({column} + CASE {whens} ELSE {last.offset_ms} END) // {DAY_MS}"


def day_end_sql(period: Period, zone: ZoneInfo, day: str) -> str:
    """SQL for the instant a local day ends, in epoch ms; `day` is SQL for days since 1970-01-01."""
    midnight = f"({day} + 1) * {DAY_MS}"
    *earlier, last = spans(period, zone)
    ends = [
        f"WHEN {midnight} - {s.offset_ms} <= {s.until_ms} THEN {midnight} - {s.offset_ms}" for s in earlier
    ]
    ended = f"{midnight} - {last.offset_ms}"
    return f"CASE {' '.join(ends)} ELSE {ended} END" if ends else ended


def day_of(number: int) -> date:
    """The date of a day number counted from 1970-01-01."""
    return EPOCH + timedelta(number)


def _offset_ms(instant_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(zone).utcoffset()
    return round(offset.total_seconds() * 1000) if offset else 0


def _change_ms(low: int, high: int, offset: int, zone: ZoneInfo) -> int:
    """The first instant in (low, high] with another offset; both are whole seconds apart."""
    while high - low > 1000:
        middle = (low + high) // 2000 * 1000
        if _offset_ms(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high
