"""How numbers are dialled in a country: what turns them into E.164."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from auditor.errors import AuditorError


@dataclass(frozen=True, slots=True)
class Dialling:
    """A country's calling code, its trunk prefix ('' where it has none) and international prefix.

    `shortest` and `longest` are the digits of its subscribers' numbers, counted without any prefix.
    """

    calling_code: str
    trunk: str
    international: str
    shortest: int
    longest: int


@cache
def countries() -> dict[str, Dialling]:
    """Every country the product can read national numbers of, by ISO 3166 code."""
    text = files("auditor.calls").joinpath("dialling.csv").read_text("utf-8")
    return {
        row["country"]: Dialling(
            row["calling_code"],
            row["trunk"],
            row["international"],
            int(row["shortest"]),
            int(row["longest"]),
        )
        for row in csv.DictReader(text.splitlines())
    }


def dialling_in(country: str) -> Dialling:
    """How numbers are dialled in `country`, or an AuditorError that lists the countries there are."""
    try:
        return countries()[country]
    except KeyError:
        raise AuditorError(
            f"country '{country}' is not known: write one of {', '.join(countries())}"
        ) from None
