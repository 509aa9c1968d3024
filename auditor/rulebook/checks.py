"""Checks of a rule: what a campaign's configuration must not say, if the rule is to be kept."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from auditor.errors import AuditorError
from auditor.rulebook.condition import Kinds, faults_of
from auditor.rulebook.grammar import parse_condition
from auditor.rulebook.model import Citation, Data, Rule, Status
from auditor.rulebook.pack import Pack

#: The client's limit or the law's, parts of a million, for rules that have one.
LIMIT = "limit"


#: What a condition says of simulated days.
_FORESEEN = frozenset(("forecast", "chance", "chance_low", "chance_high"))


class CheckCase(Data):
    """What a campaign says, and whether the check finds fault with it; what is left out is not known."""

    given: dict[str, int | str | bool]
    found: bool


class Check(Data):
    """What is wrong where `where` holds of a campaign's settings (NULL: not known).

    The condition may name settings, the thresholds of the rule's version in force, and `limit`. `at` are
    the settings it is about. `basis` law: the rule cannot be kept so, or not be shown to be; house: a
    matter of care. The version in force is cited, unless the check has a citation of its own.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,60}$")
    title: str
    where: str
    at: tuple[str, ...] = Field(min_length=1)
    basis: Literal["law", "house"]
    level: Literal["error", "warning"] = "error"
    says: str
    remedy: str
    citation: Citation | None = None
    status: Status | None = None
    case: tuple[CheckCase, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """What its sentence names in braces."""
        return frozenset(re.findall(r"\{(\w+)\}", self.says))


class ChecksFile(Data):
    """`checks.toml`, beside a rule."""

    check: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """A check of a pack, and the rule that it is of; None: one of the pack's own."""

    pack: Pack
    rule: Rule | None
    check: Check

    @property
    def name(self) -> str:
        """By which it is known: `uk-ofcom/ring-timeout`."""
        return f"{self.pack.id}/{self.check.id}"

    @property
    def is_of_forecast(self) -> bool:
        """Whether it is about simulated days, which are simulated only where somebody asks for it."""
        return bool(_FORESEEN & set(parse_condition(self.check.where).names()))


def read_checks(folder: Path, pack: Pack, settings: Kinds) -> list[RuleCheck]:
    """The checks of a pack, its own and those beside its rules.

    Args:
        folder: the pack's folder.
        pack: the pack.
        settings: what a check's condition may name of a campaign's configuration.

    Raises:
        AuditorError: one line for each fault, all of them at once.
    """
    found: list[RuleCheck] = []
    faults: list[str] = []
    for rule, path in (
        (None, folder / "checks.toml"),
        *((r, folder / r.id / "checks.toml") for r in pack.rules),
    ):
        for check in _read(path, faults) if path.is_file() else ():
            found.append(RuleCheck(pack, rule, check))
            faults += [f"{path}: check '{check.id}': {fault}" for fault in _faults(check, rule, settings)]
            cited = check.citation.source if check.citation is not None else None
            if cited is not None and cited not in pack.about.source:
                faults.append(f"{path}: check '{check.id}' cites '{cited}', which is no source of pack.toml")
    names = [each.check.id for each in found] + [rule.id for rule in pack.rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [f"{folder}: there are several checks or rules '{name}'" for name in twice]
    if faults:
        raise AuditorError("\n".join(faults))
    return found


def check_ids(folder: Path) -> set[str]:
    """The ids of the checks of a pack, whatever else is wrong with them."""
    paths = [folder / "checks.toml", *folder.glob("*/checks.toml")]
    return {check.id for path in paths if path.is_file() for check in _read(path, [])}


def _read(path: Path, faults: list[str]) -> tuple[Check, ...]:
    try:
        return ChecksFile.model_validate(tomllib.loads(path.read_text("utf-8"))).check
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: is no TOML: {error}")
    except ValidationError as error:
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"])
            faults.append(f"{path}: {key}: {fault['msg']}")
    return ()


def _faults(check: Check, rule: Rule | None, settings: Kinds) -> Iterator[str]:
    """Every fault of a check, one sentence each."""
    known: dict[str, tuple[str, tuple[str, ...]]] = dict(settings)
    known |= dict.fromkeys(rule.threshold if rule else (), ("number", ()))
    if rule is not None and rule.kind == "rate":
        known[LIMIT] = ("number", ())
    try:
        yield from faults_of(parse_condition(check.where), known)
    except ValueError as error:
        yield str(error)
    for name in sorted({*check.at} - set(settings)):
        yield f"there is no setting '{name}'"
    for name in sorted(check.names - set(known)):
        yield f"its sentence names '{name}', which is neither a setting nor a threshold"
    if (check.citation is None) != (check.status is None):
        yield "a citation needs a status, and a status a citation"
    if rule is None and check.citation is None:
        yield "is of no rule, so it needs a citation of its own"
    if not {True, False} <= {case.found for case in check.case}:
        yield "needs a case that it finds and one that it does not"
    for case in check.case:
        for name in sorted(set(case.given) - set(settings)):
            yield f"a case says '{name}', which is no setting"
