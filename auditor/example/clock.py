"""A dialling day on the call centre's own clock, as integer arithmetic.

A month at full size has millions of times to write; `strftime` would take most of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/London")
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One day in the zone: `midnight_ms` in epoch ms UTC, the offset from UTC in minutes.

    Both are those of noon: clocks change at night, and nobody is dialled then.
    """

    day: date
    midnight_ms: int
    offset_minutes: int

    @classmethod
    def of(cls, day: date) -> LocalDay:
        """The local day of a date."""
        noon = datetime.combine(day, time(12), ZONE)
        midnight_ms = int(noon.timestamp()) * 1000 - 12 * HOUR_MS
        return cls(day, midnight_ms, (noon.utcoffset() or timedelta()) // timedelta(minutes=1))

    def at(self, hour: int) -> int:
        """The instant of a full hour, in epoch ms UTC."""
        return self.midnight_ms + hour * HOUR_MS

    def stamp(self, instant_ms: int) -> str:
        """Local time in whole seconds, cut off as diallers do: `2026-10-05 09:00:01`."""
        return f"{self.day} {self._time(instant_ms)}"

    def iso(self, instant_ms: int) -> str:
        """Local time with milliseconds and offset: `2026-10-05T09:00:01.250+01:00`."""
        hours, minutes = divmod(abs(self.offset_minutes), 60)
        sign = "-" if self.offset_minutes < 0 else "+"
        fraction = instant_ms % 1000
        clock = self._time(instant_ms)
        return f"{self.day}T{clock}.{fraction:03}{sign}{hours:02}:{minutes:02}"

    def _time(self, instant_ms: int) -> str:
        minutes, second = divmod((instant_ms - self.midnight_ms) // 1000, 60)
        hour, minute = divmod(minutes, 60)
        return f"{hour:02}:{minute:02}:{second:02}"


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the day's week, cut to the day's month: the span of one export file."""
    monday = day - timedelta(day.weekday())
    first = max(monday, day.replace(day=1))
    next_month = (day.replace(day=1) + timedelta(31)).replace(day=1)
    return first, min(monday + timedelta(6), next_month - timedelta(1))
