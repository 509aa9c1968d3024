"""Cases of a rule: a handful of calls and the verdict they must have, read from `cases/*.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from auditor.errors import AuditorError
from auditor.rulebook.model import Rule


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Calls(_Data):
    """So many calls alike. Moments are seconds after dialling, to the millisecond."""

    count: int = Field(default=1, ge=1)
    outcome: str
    day: date | None = None  # another day than the case's
    at: time = time(12)  # on the pack's clock
    before: Decimal = Decimal(0)  # so many seconds before that moment, whatever clocks did meanwhile
    client: str | None = None
    partner: str | None = None
    call_centre: str | None = None
    campaign: str = "CASE"
    dial_mode: str | None = None
    dialled_number: str = "+447700900001"
    presented_number: str | None = None
    amd: str | None = None
    message: str | None = None
    ended_by: str | None = None
    operator_reserved: bool | None = None
    precision_ms: int = 1
    ring_ms: int | None = None
    answered: Decimal | None = None
    greeting_start: Decimal | None = None
    greeting_end: Decimal | None = None
    connected: Decimal | None = None
    message_began: Decimal | None = None
    ended: Decimal | None = None


class Expected(_Data):
    """The one result that is looked at (by basis, scope, names and day), and what it must say."""

    basis: str = "law"
    scope: str = "campaign"
    partner: str | None = None
    call_centre: str | None = None
    campaign: str | None = None
    day: date | None = None
    regime: str | None = None
    verdict: str
    counted: str | None = None
    doubtful: str | None = None
    base: str | None = None
    rate: str | None = None
    limit: str | None = None


class Case(_Data):
    """A situation, on one day or on each of several.

    `estimate`, `attestation`, `house_limit` and `reading` are tables as in auditor.toml.
    """

    name: str
    on: Annotated[tuple[date, ...], BeforeValidator(lambda on: on if isinstance(on, list) else [on])]
    calls: tuple[Calls, ...]
    expect: tuple[Expected, ...] = Field(min_length=1)
    estimate: tuple[dict[str, Any], ...] = ()
    attestation: tuple[dict[str, Any], ...] = ()
    house_limit: tuple[dict[str, Any], ...] = ()
    reading: tuple[dict[str, Any], ...] = ()


class _File(_Data):
    case: tuple[Case, ...]


def read_cases(folder: Path) -> list[Case]:
    """The cases beside a rule, in the order of their files.

    Args:
        folder: the rule's folder.

    Raises:
        AuditorError: one line for each fault of each file.
    """
    cases: list[Case] = []
    faults: list[str] = []
    for path in sorted((folder / "cases").glob("*.toml")):
        try:
            text = path.read_text("utf-8")
            cases += _File.model_validate(tomllib.loads(text, parse_float=Decimal)).case
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{path}: is no TOML: {error}")
        except ValidationError as error:
            for fault in error.errors():
                key = ".".join(str(part) for part in fault["loc"])
                faults.append(f"{path}: {key}: {fault['msg']}")
    if faults:
        raise AuditorError("\n".join(faults))
    return cases


def missing_days(rule: Rule, cases: list[Case]) -> Iterator[str]:
    """For each day a version begins: whether a case looks at the day before, the day and the day after."""
    looked_at = {day for case in cases for day in case.on} | {
        e.day for case in cases for e in case.expect if e.day is not None
    }
    for version in rule.versions:
        names = {-1: "the day before", 0: "the day", 1: "the day after"}
        for shift, name in names.items():
            day = version.from_ + timedelta(shift)
            if day not in looked_at:
                yield f"version '{version.id}': no case looks at {name} it begins ({day})"
