"""Campaigns × checks → findings: what their configurations say that the rules in force do not allow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from auditor.amounts import PARTS
from auditor.audit.house import tighter_limit
from auditor.audit.numbers import percent_text
from auditor.gate.entry import Place
from auditor.gate.read import Campaign, Given, told
from auditor.gate.settings import SETTINGS
from auditor.gate.values import dialable
from auditor.rulebook.checks import LIMIT, RuleCheck
from auditor.rulebook.evaluate import Compiled, Value, evaluator
from auditor.rulebook.grammar import parse_condition
from auditor.rulebook.page import length_text
from auditor.settings import Config, HouseLimit
from auditor.waivers import Waiver

Verdict = Literal["fail", "warning", "waived"]


@dataclass(frozen=True, slots=True)
class Ready:
    """A check made ready for a day: the thresholds and limit in force on it, and where they stand."""

    of: RuleCheck
    holds: Compiled
    bounds: Mapping[str, Value]
    basis: Literal["law", "house"]
    citation: str
    status: str
    #: The bounds of the law, where a tighter limit of the house stands before them.
    lawful: Mapping[str, Value] | None = None

    @property
    def rule(self) -> str | None:
        """The rule that it is of, by its full name; None: one of the pack's own."""
        return f"{self.of.pack.id}/{self.of.rule.id}" if self.of.rule else None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a campaign's configuration says and should not, where it says it.

    `default` is the source that documents the dialler's default, where the file does not say it itself.
    `waiver` waived it, or accepts the risk of what the law does not let be waived.
    """

    check: str
    rule: str | None
    title: str
    verdict: Verdict
    basis: Literal["law", "house"]
    file: str
    place: Place
    campaign: str | None
    partner: str | None
    says: str
    remedy: str
    default: str | None
    citation: str
    status: str
    waiver: Waiver | None = None


def made_ready(checks: Iterable[RuleCheck], day: date, limits: tuple[HouseLimit, ...]) -> list[Ready]:
    """The checks that are in force on a day.

    Args:
        checks: those of the packs in use.
        day: the day.
        limits: the workspace's house limits.
    """
    return [ready for check in checks if (ready := _ready(check, day, limits)) is not None]


def _ready(of: RuleCheck, day: date, limits: tuple[HouseLimit, ...]) -> Ready | None:
    check, rule, pack = of.check, of.rule, of.pack
    bounds: dict[str, Value] = {}
    lawful: dict[str, Value] | None = None
    basis: Literal["law", "house"] = check.basis
    cited, status = check.citation, check.status
    if rule is not None:
        version = rule.version_on(day)
        if version is None:
            return None
        bounds |= version.threshold
        if cited is None:
            cited, status = version.citation, version.status
        if rule.kind == "rate":
            # Beyond the client's limit, or this product's, is beyond no limit of the law.
            limit, own = tighter_limit(pack, rule, version, limits)
            basis = "house" if own else basis
            bounds[LIMIT] = _parts(limit)
            lawful = (
                {**bounds, LIMIT: _parts(version.limit)} if basis != check.basis and version.limit else None
            )
    assert cited is not None
    assert status is not None
    source = pack.about.source[cited.source]
    citation = f"{source.publisher}, {source.title}: {cited.provision}"
    holds = evaluator(parse_condition(check.where))
    return Ready(of, holds, bounds, basis, citation, status, lawful)


def _parts(limit: str | None) -> int | None:
    return int(Fraction(limit) * PARTS) if limit is not None else None


def look_at(
    campaign: Campaign,
    checks: Sequence[Ready],
    day: date,
    config: Config,
    waivers: Sequence[Waiver],
    foreseen: Mapping[str, Mapping[str, Value]],
) -> tuple[list[Finding], list[str]]:
    """Every finding of one campaign, and the checks that nothing answers: what they ask was not said.

    Args:
        campaign: as it is configured.
        checks: those in force.
        day: the day on which estimates and waivers must hold.
        config: the workspace's: its estimates speak for detection.
        waivers: the workspace's.
        foreseen: what was forecast for a rule, as settings, by the rule's name.
    """
    known = settings_of(campaign, config.client.country)
    known["attempts_allowed"] = config.gate.attempts_a_day
    known["estimate"] = any(
        # A configuration does not say in which call centre it is dialled.
        estimate.call_centre is None and estimate.speaks_of(day, campaign.partner, None, campaign.name)
        for estimate in config.estimate
    )
    findings, unanswered = [], []
    for ready in checks:
        facts = {**known, **foreseen.get(ready.rule or "", {})}
        values = {**facts, **ready.bounds}
        holds = ready.holds(values)
        if holds is None:
            unanswered.append(ready.of.name)
        if holds is not True:
            continue
        if ready.lawful is not None and ready.holds({**facts, **ready.lawful}) is True:
            # Beyond the law's limit too: no tighter one of the house makes less of it.
            values = {**facts, **ready.lawful}
            ready = replace(ready, basis=ready.of.check.basis)
        findings.append(_finding(campaign, ready, values, _waiver(campaign, ready, day, waivers)))
    return findings, unanswered


def settings_of(campaign: Campaign, country: str) -> dict[str, Value]:
    """What is known of a campaign: what is configured, and what follows from it.

    Args:
        campaign: as it is configured.
        country: the client's, whose national numbers are read.
    """
    known = {name: campaign.value(name) for name in SETTINGS}
    # As of calls: what does not say that an agent dials is dialled by the system (readings, 2).
    known["dial_mode"] = known["dial_mode"] or "auto"
    for name in ("presented", "message"):
        known[f"{name}_dialable"] = dialable(known[f"{name}_number"], country)
    return known


def _finding(campaign: Campaign, ready: Ready, values: Mapping[str, Value], waiver: Waiver | None) -> Finding:
    check = ready.of.check
    given = next((campaign.given[name] for name in check.at if name in campaign.given), Given(None))
    verdict: Verdict = "warning" if check.level == "warning" else "fail"
    says = re.sub(r"\{(\w+)\}", lambda found: _told(found[1], values), check.says)
    if given.default is not None:
        says += f" The file does not say so: it is the dialler's default ({given.default.source})."
    if waiver is not None:
        until = f"until {waiver.expires.isoformat()} ({waiver.ticket})"
        if ready.basis == "house":
            verdict = "waived"
            says += f" Waived by {waiver.approver} {until}."
        else:
            says += f" {waiver.approver} accepts this as a risk {until}; what the law asks cannot be waived."
    return Finding(
        check=ready.of.name,
        rule=ready.rule,
        title=check.title,
        verdict=verdict,
        basis=ready.basis,
        file=campaign.file,
        place=given.place or campaign.place,
        campaign=campaign.name,
        partner=campaign.partner,
        says=says,
        remedy=check.remedy,
        default=given.default.source if given.default is not None else None,
        citation=ready.citation,
        status=ready.status,
        waiver=waiver,
    )


def _told(name: str, values: Mapping[str, Value]) -> str:
    value = values[name]
    if name in SETTINGS:
        return told(name, value)
    if name == LIMIT and isinstance(value, int):
        return percent_text(Fraction(value, PARTS))
    return length_text(value) if isinstance(value, int) else str(value)


def _waiver(campaign: Campaign, ready: Ready, day: date, waivers: Sequence[Waiver]) -> Waiver | None:
    return next(
        (
            waiver
            for waiver in waivers
            if waiver.rule == ready.of.name
            and waiver.covers(day)
            and waiver.names(campaign.partner, None, campaign.name)
        ),
        None,
    )


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """In the order of their weight: failures of the law, of the house, warnings, what was waived; by file."""
    order = ("fail", "warning", "waived")
    return sorted(
        findings,
        key=lambda f: (order.index(f.verdict), f.basis != "law", f.file, f.place, f.check),
    )
