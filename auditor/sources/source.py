"""What a user or a workspace says of an export: how to read it, and how many rejects it may have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from auditor.errors import AuditorError

#: Up to so many rejects never refuse a file under the default ceiling.
ALWAYS_ALLOWED = 10


@dataclass(frozen=True, slots=True)
class Source:
    """How to read an export.

    `zone` is the clock of naive times, `dates` the order of their parts (`dmy`, `mdy`) where the
    export leaves it open, and `country` that of national numbers. `codes` adds to or overrides the
    format's code table; the `_from` fields name columns of the export, and `partners`,
    `call_centres` and `campaigns` say what the values of those columns mean.
    """

    format: str | None = None
    partner: str | None = None
    call_centre: str | None = None
    campaign: str | None = None
    zone: str | None = None
    dates: str | None = None
    country: str = "GB"
    partner_from: str | None = None
    campaign_from: str | None = None
    call_centre_from: str | None = None
    disposition_from: str | None = None
    codes: dict[str, str] = field(default_factory=dict)
    partners: dict[str, str] = field(default_factory=dict)
    call_centres: dict[str, str] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many rejected records a file may have: `share` of its records, or `floor` if that is more."""

    share: Fraction = Fraction(5, 100)
    floor: int = ALWAYS_ALLOWED

    def allows(self, rejected: int, read: int) -> bool:
        """Whether a file with so many rejected of so many read records may go in."""
        return rejected <= self.floor or rejected <= self.share * read


def parse_ceiling(text: str) -> Ceiling:
    """Read `--max-rejects`: a count (`25`) or a share of the records (`2.5%`)."""
    if re.fullmatch(r"\d+", text):
        return Ceiling(Fraction(0), int(text))
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)%", text):
        return Ceiling(Fraction(match[1]) / 100, 0)
    raise AuditorError(f"--max-rejects '{text}': write a count (25) or a share of the rows (2.5%)")
