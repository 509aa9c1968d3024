"""Numbers, days and names as a report writes them. Rounding here is for display only."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from auditor.rulebook.page import STATUSES as STATUSES
from auditor.rulebook.page import length_text as length_text

SCOPES = {
    "campaign": "campaign",
    "call_centre": "call centre",
    "partner": "partner",
    "campaign+partner": "campaign",
    "client": "client",
    "telemarketer": "telemarketer",
}
VERDICTS = {
    "pass": "Pass",
    "fail": "Fail",
    "undecided": "Undecided",
    "not_applicable": "No limit applies",
    "not_in_force": "Not in force",
    "waived": "Waived",
    "nothing": "Nothing judged",
}
UNNAMED = "(unnamed)"


def percent(rate: str | None, places: int = 2) -> str:
    """A rate of the document (`0.086420`) as a percentage (`8.64%`)."""
    if rate is None:
        return "–"
    return f"{(Decimal(rate) * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)}%"


def rates(lows: list[str], highs: list[str]) -> str:
    """From the least to the most of some rates of the document: `3.00% to 10.00%`."""
    if not lows:
        return "–"
    low, high = min(lows, key=Decimal), max(highs, key=Decimal)
    return percent(low) if low == high else f"{percent(low)} to {percent(high)}"


def limit_percent(limit: str) -> str:
    """A limit of the document (`3/100`) as a percentage (`3%`)."""
    value = Fraction(limit) * 100
    return f"{value.numerator if value.denominator == 1 else float(value):g}%"


def count(value: str | int | None) -> str:
    """A count with thousands set apart, and at most two decimals."""
    if value is None:
        return "–"
    number = Decimal(value)
    if number == number.to_integral_value():
        return f"{int(number):,}"
    return f"{number.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def many(number: int, one: str, several: str | None = None) -> str:
    """`1 day`, `2 days`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def day(text: str) -> str:
    """`2026-10-08` as `8 October 2026`."""
    value = date.fromisoformat(text)
    return f"{value.day} {value:%B %Y}"


def short_day(text: str) -> str:
    """`2026-10-08` as `Thu 8 Oct`."""
    value = date.fromisoformat(text)
    return f"{value:%a} {value.day} {value:%b}"


def period(first: str, last: str) -> str:
    """A period in words: a month by its name, else its first and last day."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    if start == end:
        return day(first)
    whole_month = start.day == 1 and end.day == monthrange(end.year, end.month)[1]
    if whole_month and (start.year, start.month) == (end.year, end.month):
        return f"{start:%B %Y}"
    return f"{day(first)} to {day(last)}"


def within(first: str, last: str) -> str:
    """A period as a sentence has it: `in October 2026`, `on 5 October 2026`, `from … to …`."""
    said = period(first, last)
    return f"from {said}" if " to " in said else f"{'on' if first == last else 'in'} {said}"


def named(names: list[str], most: int = 3) -> str:
    """Some names as a list: `A`, `A and B`, `A, B, C and 4 more`."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def overlap(dated: dict[str, Any], period: dict[str, Any]) -> bool:
    """Whether what holds from one day to another (None: to today) holds on some day of a period."""
    return bool(dated["from"] <= period["to"] and (dated["to"] is None or dated["to"] >= period["from"]))


def spans(days: list[str]) -> str:
    """Some days of a period, told by their number and ends."""
    if len(days) == 1:
        return short_day(days[0])
    return f"{len(days)} days, {short_day(days[0])} to {short_day(days[-1])}"
