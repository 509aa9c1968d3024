"""A period of local days, as the command line writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from auditor.errors import AuditorError

#: No call record is older or younger (contract, canonical CSV).
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days `first` to `last`, both inside; `name` is as the user wrote it."""

    first: date
    last: date
    name: str

    def days(self) -> Iterator[date]:
        """Every day of the period, in order."""
        return (self.first + timedelta(n) for n in range((self.last - self.first).days + 1))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def is_month(self) -> bool:
        """Whether it is a calendar month."""
        return self.first.day == 1 and self.last == self.first + relativedelta(months=1, days=-1)

    @property
    def words(self) -> str:
        """The period in words: `October 2026`, `5 October 2026`, `1 February 2011 to 21 March 2011`."""
        if self.first == self.last:
            return in_words(self.first)
        if self.is_month:
            return f"{self.first:%B %Y}"
        return f"{in_words(self.first)} to {in_words(self.last)}"


def months_until(period: Period, count: int) -> list[Period]:
    """So many calendar months that end with a period, in order; none where it is no month."""
    if not period.is_month:
        return []
    firsts = [period.first - relativedelta(months=n) for n in reversed(range(count))]
    return [Period(f, f + relativedelta(months=1, days=-1), f"{f:%Y-%m}") for f in firsts if f >= EARLIEST]


def in_words(day: date) -> str:
    """`5 October 2026`."""
    return f"{day.day} {day:%B %Y}"


def parse_period(text: str) -> Period:
    """Read `2026-10`, `2026-10-05`, `2026-Q4` or `2011-02-01..2011-03-21`.

    Raises:
        AuditorError: the text is none of these, ends before it begins, or is of no year of any call.
    """
    try:
        first, last = _days(text)
    except ValueError:
        raise AuditorError(
            f"period '{text}' is not understood: write a month (2026-10), a day (2026-10-05), "
            "a quarter (2026-Q4) or two days (2011-02-01..2011-03-21)"
        ) from None
    if not EARLIEST <= first <= LATEST or last > LATEST:
        raise AuditorError(f"period '{text}' is outside the years {EARLIEST.year} to {LATEST.year}")
    if last < first:
        raise AuditorError(f"period '{text}' ends before it begins: write the earlier day first")
    return Period(first, last, text)


def _days(text: str) -> tuple[date, date]:
    if ".." in text:
        first, _, last = text.partition("..")
        return _day(first), _day(last)
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        first_day = date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1)
        return first_day, first_day + relativedelta(months=3, days=-1)
    if month := re.fullmatch(r"(\d{4})-(\d{2})", text):
        first_day = date(int(month[1]), int(month[2]), 1)
        return first_day, first_day + relativedelta(months=1, days=-1)
    return _day(text), _day(text)


def _day(text: str) -> date:
    # date.fromisoformat also takes 20261005 and 2026-W41-1, which nobody here means.
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)
