"""Exact numbers as text. Rounding happens here, once, half up, and decides nothing."""

from __future__ import annotations

from fractions import Fraction


def decimal_places(value: Fraction, places: int) -> str:
    """A value of at least 0 with exactly so many decimals, rounded half up."""
    scaled, rest = divmod(value.numerator * 10**places, value.denominator)
    if rest * 2 >= value.denominator:
        scaled += 1
    digits = str(scaled).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def count_text(value: Fraction, places: int = 6) -> str:
    """A count: whole where it is whole, else up to so many decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    return decimal_places(value, places).rstrip("0").rstrip(".")


def rate_text(value: Fraction) -> str:
    """A rate, six decimals."""
    return decimal_places(value, 6)


def percent_text(value: Fraction, limit: Fraction | None = None) -> str:
    """A share as a percentage: two decimals, or as many as it takes to tell it from the limit."""
    percent = value * 100
    if percent.denominator == 1:
        return f"{percent.numerator}%"
    for places in (2, 4, 8):
        text = decimal_places(percent, places)
        if limit is None or text != decimal_places(limit * 100, places):
            break
    return f"{text}%"
