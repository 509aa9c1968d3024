"""What a pack says: rules, dated versions, citations, tallies and formulas, as frozen data."""

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


Ratio = Annotated[str, BeforeValidator(exact_ratio)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class SourceText(_Data):
    """A text that provisions are cited from."""

    title: str
    publisher: str
    published: date | None = None
    address: str | None = None
    note: str | None = None


class Citation(_Data):
    """A provision: which source, and where in it."""

    source: str
    provision: str


class Version(_Data):
    """What a rule says from one day to another, both inside; `limit` None: the law has no limit."""

    id: str
    from_: date = Field(alias="from")
    to: date | None = None
    limit: Ratio | None = None
    law: tuple[Scope, ...]
    oversight: tuple[Scope, ...] = ()
    says: str
    no_limit: str | None = None
    citation: Citation
    status: Status

    def covers(self, day: date) -> bool:
        """Whether this version was in force on `day`."""
        return self.from_ <= day and (self.to is None or day <= self.to)


class Tally(_Data):
    """A count of calls: where the condition holds, and what it means in words."""

    where: str
    means: str


class Workings(_Data):
    """How the three counts come out of the tallies, where `when` holds."""

    title: str
    when: str
    counted: str
    doubtful: str
    others: str
    midpoint: str | None = None
    verdict: Literal["undecided"] | None = None
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
        texts = {"when": self.when, "counted": self.counted, "doubtful": self.doubtful,
                 "others": self.others, "midpoint": self.midpoint or self.counted}  # fmt: skip
        return {name: parse_formula(text) for name, text in texts.items()}


class EstimateUse(_Data):
    """Which calls a reasoned estimate speaks of: its two possible bases, as formulas.

    Where `used` is zero, detection was not in use and nobody can have been taken for a machine.
    """

    used: str
    machine: str
    live: str
    source: str
    provision: str


class Attested(_Data):
    """An attestation `says` moves the tally `settles` out of doubt, unless the other is not zero."""

    says: Literal["message_played", "operator_reserved", "number_presented"]
    settles: str
    contradicted_by: str


class Blind(_Data):
    """What the rule cannot see, said wherever the tally is not zero."""

    tally: str
    what: str
    why: str


class House(_Data):
    """The limit applied where the law has none and the workspace sets none."""

    default: Ratio
    source: str
    provision: str


class ScopeOfCalls(_Data):
    """Which calls a rule looks at."""

    where: str


class Note(_Data):
    """A reading: how the rule answers what the law leaves open."""

    text: str
    source: str
    provision: str


class Rule(_Data):
    """One rule of a pack."""

    id: str
    title: str
    kind: Literal["rate", "count"]
    window: Literal["day"]
    counts: str
    of: str
    why: str
    versions: tuple[Version, ...] = Field(alias="version")
    house: House | None = None
    scope: ScopeOfCalls | None = None
    tally: dict[str, Tally]
    estimate: EstimateUse | None = None
    attested: tuple[Attested, ...] = ()
    blind: tuple[Blind, ...] = ()
    formulas: tuple[Workings, ...] = Field(alias="formula")
    notes: tuple[Note, ...] = Field(alias="note", default=())

    def version_on(self, day: date) -> Version | None:
        """The version in force on `day`, or None."""
        return next((v for v in self.versions if v.covers(day)), None)


class Coverage(_Data):
    """Since when there was a policy, since when the pack models it, and what it leaves out."""

    in_force_since: date
    modelled_from: date
    not_modelled: tuple[str, ...] = ()


class PackFile(_Data):
    """`pack.toml`."""

    id: str
    title: str
    regulator: str
    country: str
    time_zone: str
    version: str
    coverage: Coverage
    source: dict[str, SourceText]


class Pack(_Data):
    """A pack: its own data, its rules, and a hash over every byte of it."""

    about: PackFile
    rules: tuple[Rule, ...]
    sha256: str

    @property
    def id(self) -> str:
        """The pack's id."""
        return self.about.id
