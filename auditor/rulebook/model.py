"""What a rule says: dated versions, citations, tallies and formulas, as frozen data."""

from __future__ import annotations

import re
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from auditor.rulebook.formula import Formula, parse_formula

Status = Literal["read", "secondary", "unverified"]
Scope = Literal["campaign", "call_centre", "partner", "campaign+partner", "client", "telemarketer"]


def exact_ratio(value: Any) -> str:
    """A limit as it is written: `3/100` or `0`; never a float.

    Raises:
        ValueError: it is no exact ratio of at least 0.
    """
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(/[1-9]\d{0,8})?", value, re.ASCII):
        return value
    raise ValueError('write an exact ratio as text, such as "3/100", or "0"')


#: What a rule calls its tallies, conditions, thresholds and earlier calls.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
#: A length of time in ms: at least one, at most a leap year.
Milliseconds = Annotated[int, Field(strict=True, ge=1, le=366 * 86_400_000)]
Ratio = Annotated[str, BeforeValidator(exact_ratio)]


class Data(BaseModel):
    """Frozen data of a pack; an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Citation(Data):
    """A provision: which source, and where in it."""

    source: str
    provision: str


class Version(Data):
    """What a rule says from one day to another, both inside; `limit` None: the law has no limit."""

    id: str
    from_: date = Field(alias="from", ge=date(1900, 1, 1))
    to: date | None = None
    limit: Ratio | None = None
    threshold: dict[Name, Milliseconds] = {}
    law: tuple[Scope, ...]
    oversight: tuple[Scope, ...] = ()
    says: str
    no_limit: str | None = None
    citation: Citation
    status: Status

    def covers(self, day: date) -> bool:
        """Whether this version was in force on `day`."""
        return self.from_ <= day and (self.to is None or day <= self.to)


class Condition(Data):
    """A condition with a name, which the others of the rule may use."""

    where: str
    means: str


class Threshold(Data):
    """A length of time that conditions may name, in milliseconds; each version says how long."""

    means: str


class Earlier(Data):
    """Calls that a later one may repeat: automated calls to the same number, of the same client.

    `within` is a threshold, from dialling to dialling, or `day`: the same local day.
    """

    where: str
    within: str
    means: str


class Tally(Data):
    """A count of calls: where the condition holds, what it means, and what would settle a doubt about it.

    With `after` only calls that come after one of these earlier calls are counted, and with `unless`
    only those that come after none of these; with `unnumbered` only calls to what is no public number,
    of which nobody can say what came before.
    """

    where: str
    means: str
    after: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unnumbered: bool = False
    settle: str | None = None

    @property
    def looks_back(self) -> bool:
        """Whether a call's own record does not say that it is counted."""
        return bool(self.after) or self.unnumbered


class Workings(Data):
    """How the three counts come out of the tallies, where `when` holds (left out: always)."""

    title: str
    reading: str | None = None
    when: str | None = None
    counted: str
    doubtful: str
    others: str
    midpoint: str | None = None
    verdict: Literal["undecided"] | None = None
    settle: str | None = None
    says: str
    source: str
    provision: str

    @field_validator("when", "counted", "doubtful", "others", "midpoint")
    @classmethod
    def _parses(cls, text: str) -> str:
        parse_formula(text)
        return text

    @cached_property
    def formulas(self) -> dict[str, Formula]:
        """The parsed formulas by name; `midpoint` falls back to `counted`."""
        texts = {"when": self.when or "0 == 0", "counted": self.counted, "doubtful": self.doubtful,
                 "others": self.others, "midpoint": self.midpoint or self.counted}  # fmt: skip
        return {name: parse_formula(text) for name, text in texts.items()}


class EstimateUse(Data):
    """Which calls a reasoned estimate speaks of: its two possible bases, as formulas.

    Where `used` is zero, detection was not in use and nobody can have been taken for a machine.
    """

    used: str
    machine: str
    live: str
    settle: str
    source: str
    provision: str

    @field_validator("used", "machine", "live")
    @classmethod
    def _parses(cls, text: str) -> str:
        parse_formula(text)
        return text


class Attested(Data):
    """An attestation `says` moves the tallies it settles out of doubt, unless another is not zero."""

    says: Literal["message_played", "operator_reserved", "number_presented"]
    settles: tuple[str, ...]
    contradicted_by: tuple[str, ...]


class Blind(Data):
    """What the rule cannot see, said wherever the tally is not zero."""

    tally: str
    what: str
    why: str


class House(Data):
    """The limit applied where the law has none and the workspace sets none."""

    default: Ratio
    source: str
    provision: str


class ScopeOfCalls(Data):
    """Which calls a rule looks at."""

    where: str
    means: str


class Readings(Data):
    """Several ways to read the rule: which applies unless the workspace says otherwise, and each in words."""

    default: str
    choice: dict[str, str]


class Note(Data):
    """A reading: how the rule answers what the law leaves open."""

    text: str
    source: str
    provision: str


class Rule(Data):
    """One rule of a pack. `counts` and `of` name what is counted and among what, one and several of it."""

    id: str
    title: str
    short: str
    kind: Literal["rate", "count"]
    window: Literal["day"]
    counts: tuple[str, str]
    of: tuple[str, str]
    why: str
    remedy: str
    in_force_since: date | None = None  # where the policy is older than the rule
    versions: tuple[Version, ...] = Field(alias="version", min_length=1)
    house: House | None = None
    scope: ScopeOfCalls | None = None
    threshold: dict[Name, Threshold] = {}
    reading: Readings | None = None
    condition: dict[Name, Condition] = {}
    earlier: dict[Name, Earlier] = {}
    tally: dict[Name, Tally]
    estimate: EstimateUse | None = None
    attested: tuple[Attested, ...] = ()
    blind: tuple[Blind, ...] = ()
    formulas: tuple[Workings, ...] = Field(alias="formula", min_length=1)
    notes: tuple[Note, ...] = Field(alias="note", default=())

    def formulas_read(self, reading: str | None) -> tuple[Workings, ...]:
        """The formulas of one reading; a rule of one reading has all of them under None."""
        return tuple(formula for formula in self.formulas if formula.reading == reading)

    def version_on(self, day: date) -> Version | None:
        """The version in force on `day`, or None."""
        return next((v for v in self.versions if v.covers(day)), None)
