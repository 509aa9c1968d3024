"""The example client, the partners that dial for it, and how each of their campaigns behaves."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from auditor.example.chance import Shares

#: Who or what a dialled number meets.
Meets = Literal["person", "machine", "fax", "nobody", "busy", "invalid"]

MON, TUE, WED, THU, FRI, SAT = range(6)


@dataclass(frozen=True, slots=True)
class Partner:
    """An outsourcer and what its dialler's export can show.

    `clock_ms` is the export's resolution. An export that does not tell hang-ups writes a person who
    hung up waiting as a drop (readings, 7). One that tells all has the message and every result of
    detection; the others show only the calls that detection ended.
    """

    id: str
    name: str
    call_centre: str
    clock_ms: int
    tells_hang_ups: bool
    tells_all: bool
    by_hand: Literal["manual", "preview"]


@dataclass(frozen=True, slots=True)
class Detection:
    """How often answering machine detection errs, in 1,000 of each kind."""

    people_called_machine: int
    machines_called_human: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """A campaign as one partner dials it.

    `drop_budget` is how many of 1,000 live calls the drop guard lets go on an ordinary day; with
    detection it leaves room for the people whom the machine detection cuts off.
    """

    partner: Partner
    campaign: str
    presented_number: str
    weekdays: tuple[int, ...]
    opens_hour: int
    closes_hour: int
    weight: int
    meets: Shares[Meets]
    detection: Detection | None = None
    drop_budget: int = 25

    @property
    def key(self) -> str:
        """Partner and campaign: what a lead list and a random stream belong to."""
        return f"{self.partner.id}/{self.campaign}"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A reasoned estimate of false positives per call that detection took for a machine."""

    partner: str
    campaign: str
    false_positives: int
    sample: int
    low: Fraction  # of the exact 95% Clopper-Pearson interval, to eight places
    high: Fraction

    @property
    def midpoint(self) -> Fraction:
        """The share found in the sample."""
        return Fraction(self.false_positives, self.sample)


NORTHGATE = Partner("northgate", "Northgate Contact Ltd", "Leeds", 1000, False, False, "manual")
BRIGHTCALL = Partner("brightcall", "Brightcall Services", "Sunderland", 1000, True, False, "manual")
KESTREL = Partner("kestrel", "Kestrel Outsourcing", "Derry", 1, True, True, "preview")
PARTNERS = (NORTHGATE, BRIGHTCALL, KESTREL)

_DAYTIME: Shares[Meets] = (
    ("nobody", 570),
    ("person", 205),
    ("machine", 110),
    ("busy", 60),
    ("invalid", 49),
    ("fax", 6),
)
_EVENING: Shares[Meets] = (
    ("nobody", 535),
    ("person", 245),
    ("machine", 100),
    ("busy", 75),
    ("invalid", 43),
    ("fax", 2),
)

ASSIGNMENTS = (
    Assignment(NORTHGATE, "SALES1", "+441134960123", (MON, WED, SAT), 9, 17, weight=110, meets=_DAYTIME),
    Assignment(
        NORTHGATE,
        "RENEW-AMD",
        "+441134960124",
        (TUE, FRI),
        10,
        19,
        weight=100,
        meets=_DAYTIME,
        detection=Detection(people_called_machine=10, machines_called_human=80),
        drop_budget=15,
    ),
    Assignment(BRIGHTCALL, "SALES1", "+448081570101", (MON, WED, SAT), 11, 20, weight=90, meets=_EVENING),
    Assignment(BRIGHTCALL, "SURVEY-N", "+448081570102", (TUE, THU), 12, 20, weight=105, meets=_EVENING),
    Assignment(
        KESTREL,
        "WINBACK",
        "+448081570201",
        (WED, FRI),
        11,
        20,
        weight=100,
        meets=_EVENING,
        # A detector tuned with care: the estimate below could have been found by testing it.
        detection=Detection(people_called_machine=3, machines_called_human=80),
        drop_budget=15,
    ),
    Assignment(KESTREL, "LOYALTY", "+448081570202", (MON, THU), 10, 19, weight=100, meets=_DAYTIME),
)

ESTIMATE = Estimate("kestrel", "WINBACK", 5, 1000, low=Fraction("0.00162542"), high=Fraction("0.01162947"))
