"""A verdict and everything it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from auditor.settings import Attestation
from auditor.waivers import Waiver

Verdict = Literal["pass", "fail", "undecided", "not_applicable", "not_in_force", "waived"]
Basis = Literal["law", "house", "oversight"]


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """What is judged: the calls of a scope. Names that the scope does not use are None."""

    scope: str
    client: str | None
    partner: str | None = None
    call_centre: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """The call that another one repeats. Of a call of another partner a partner is told no more than that."""

    partner: str | None
    dialled_ms: int | None
    call_id: str | None
    load_id: int | None
    source_row: int | None


@dataclass(frozen=True, slots=True)
class SampledCall:
    """One of the calls a verdict turns on: the tally it is in, and what its record says.

    `counts` is `counted` (it certainly counts) or `doubtful` (it may). Times are epoch ms; the number
    is masked; `load_id` and `source_row` lead to the record in the export. `after` is the call that it
    repeats, where the rule is about repeats.
    """

    counts: Literal["counted", "doubtful"]
    tally: str
    call_id: str
    load_id: int
    source_row: int
    number: str
    outcome: str
    disposition: str | None
    message: str
    ended_by: str | None
    dialled_ms: int
    answered_ms: int | None
    greeting_end_ms: int | None
    connected_ms: int | None
    message_ms: int | None
    ended_ms: int | None
    ring_ms: int | None
    precision_ms: int
    after: EarlierCall | None = None


@dataclass(frozen=True, slots=True)
class Turning:
    """Calls that a verdict turns on: those of a tally, how they count and how many they are.

    `unestimated` are only those of which no reasoned estimate speaks.
    """

    tally: str
    counts: Literal["counted", "doubtful"]
    calls: int
    unestimated: bool = False


@dataclass(frozen=True, slots=True)
class Working:
    """One line of arithmetic: `name` = `formula` = `numbers` = `value`."""

    name: str
    formula: str
    numbers: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Figures:
    """The three exact counts, the interval they span and the regulator's own rate.

    Rates are None where nothing certain or doubtful was counted: 0/0 is no rate.
    """

    counted: Fraction
    doubtful: Fraction
    others: Fraction
    midpoint: Fraction

    @property
    def base(self) -> Fraction:
        """Certain, doubtful and other calls together."""
        return self.counted + self.doubtful + self.others

    @property
    def low(self) -> Fraction | None:
        """The rate if no doubtful call counts."""
        return self.counted / self.base if self.base else None

    @property
    def high(self) -> Fraction | None:
        """The rate if every doubtful call counts."""
        return (self.counted + self.doubtful) / self.base if self.base else None

    @property
    def rate(self) -> Fraction | None:
        """The regulator's formula, at the estimate's midpoint, with doubtful calls left out."""
        certain = self.midpoint + self.others
        return self.midpoint / certain if certain else None


@dataclass(frozen=True, slots=True)
class Result:
    """One verdict on one unit over local days `first` to `last`."""

    pack: str
    rule: str
    regime: str | None
    basis: Basis
    own_limit: bool  # held against the house's limit, not against the law's
    unit: Unit
    first: date
    last: date
    figures: Figures | None
    limit: str | None
    verdict: Verdict
    reason: str
    cause: str  # what several verdicts may share, for an officer's view of them together
    remedy: str  # what to do about a failure, or what would settle a doubt
    citation: str
    status: str
    workings: tuple[Working, ...] = ()
    tallies: tuple[tuple[str, int], ...] = ()
    attested: int = 0  # calls taken out of doubt on somebody's word
    void: tuple[Attestation, ...] = ()
    turns_on: tuple[Turning, ...] = ()
    waiver: Waiver | None = None  # who waived the failure, or (of a limit of the law) accepts its risk
    sample: tuple[SampledCall, ...] = ()  # a few of those calls, the certain ones first

    def calls_it_turns_on(self, kind: str) -> int:
        """How many calls the figures count in this way: `counted` or `doubtful`."""
        return sum(turning.calls for turning in self.turns_on if turning.counts == kind)
