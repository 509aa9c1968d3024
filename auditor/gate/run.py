"""The gate over files and folders: every finding of every campaign, and every file that could not be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from auditor.errors import AuditorError
from auditor.gate.check import Finding, look_at, made_ready, worst_first
from auditor.gate.forecasting import Foreseen, foresee
from auditor.gate.read import Campaign, Given, read_campaigns
from auditor.gate.settings import SETTINGS, TELLING
from auditor.processes import pool
from auditor.rulebook.checks import RuleCheck
from auditor.settings import Config, Partner
from auditor.waivers import Waiver
from auditor.workspace import Workspace

_ENDINGS = frozenset((".yaml", ".yml", ".json", ".csv", ".tsv"))


@dataclass(frozen=True, slots=True)
class Gated:
    """What the gate found, worst first; `faults` are sentences about files that it could not read.

    `unanswered` are checks that a campaign's settings say nothing of, `elsewhere` campaigns that call a
    country of which no pack is in use.
    """

    day: date
    files: int
    campaigns: tuple[Campaign, ...]
    findings: tuple[Finding, ...]
    faults: tuple[tuple[str, str], ...]  # file, sentence
    idle: tuple[str, ...]
    foreseen: tuple[Foreseen, ...] = ()
    unanswered: tuple[tuple[str, Campaign], ...] = ()  # check, campaign
    elsewhere: tuple[Campaign, ...] = ()

    @property
    def unsaid(self) -> dict[tuple[str, ...], list[Campaign]]:
        """What campaigns might have said and did not, so that nothing was looked at: by the settings."""
        found: dict[tuple[str, ...], list[Campaign]] = {}
        for campaign in self.campaigns:
            asked = [name for name in TELLING if name in campaign.format.setting]
            unsaid = tuple(SETTINGS[name].means for name in asked if campaign.value(name) is None)
            if unsaid and campaign.value("dial_mode") in (None, "auto"):
                found.setdefault(unsaid, []).append(campaign)
        return found

    @property
    def cannot_show(self) -> dict[str, tuple[str, ...]]:
        """By the title of each kind of configuration that was read, what it leaves out."""
        return {c.format.title: c.format.cannot_show for c in self.campaigns if c.format.cannot_show}


def gate(
    paths: Sequence[Path],
    workspace: Workspace,
    checks: Sequence[RuleCheck],
    day: date,
    *,
    forecast: Callable[[Sequence[Campaign]], Iterable[Campaign]] | None = None,
) -> Gated:
    """Check the campaigns of some files, and of the configurations in some folders.

    Args:
        paths: the files and folders.
        workspace: whose limits, estimates, traffic and waivers apply.
        checks: those of the packs in use.
        day: by the rules of which day.
        forecast: simulate their days besides, of the campaigns that it hands out one by one.

    Raises:
        AuditorError: there is no such file or folder, or a folder has nothing to check.
    """
    files = list(dict.fromkeys(_files(paths)))
    ready = made_ready(checks, day, workspace.config.house_limit)
    campaigns: list[Campaign] = []
    faults: list[tuple[str, str]] = []
    for path in files:
        try:
            campaigns += [_claimed(c, workspace.config.partner) for c in read_campaigns(path)]
        except AuditorError as error:
            faults += [(str(path), line) for line in str(error).splitlines()]
    foreseen = _foreseen(forecast(campaigns), checks, workspace.config, day) if forecast else ()
    findings: list[Finding] = []
    unanswered: list[tuple[str, Campaign]] = []
    for campaign in campaigns:
        mine = [each for each in ready if _is_for(campaign, each.of.pack.about.country)]
        told = {each.rule: each.settings() for each in foreseen if each.campaign is campaign}
        found, left_open = look_at(campaign, mine, day, workspace.config, workspace.waivers, told)
        findings += found
        unanswered += [(name, campaign) for name in left_open]
    findings = worst_first(findings)
    names = {check.name for check in checks}
    silent = not any(each.of.rule is not None for each in ready)
    idle = tuple(_idle([w for w in workspace.waivers if w.rule in names], findings, campaigns, day))
    if silent and checks:
        idle = (*idle, f"no rule was in force on {day}, so only what is no rule's was looked at")
    countries = {check.pack.about.country for check in checks}
    return Gated(
        day,
        len(files),
        tuple(campaigns),
        tuple(findings),
        tuple(faults),
        idle,
        foreseen,
        tuple(unanswered),
        tuple(c for c in campaigns if not any(_is_for(c, country) for country in countries)),
    )


def _claimed(campaign: Campaign, partners: Sequence[Partner]) -> Campaign:
    """A campaign with its partner and owner by the workspace, where its configuration does not name them."""
    given = dict(campaign.given)
    if campaign.partner is None:
        listing = [partner.id for partner in partners if campaign.name in partner.campaigns]
        if len(listing) == 1:
            given["partner"] = Given(listing[0])
    partner = given["partner"].value if "partner" in given else None
    owner = next((each.owner for each in partners if each.id == partner), None)
    if campaign.value("owner") is None and owner is not None:
        given["owner"] = Given(owner)
    return replace(campaign, given=given)


def _is_for(campaign: Campaign, country: str) -> bool:
    """Whether the rules of a country are for a campaign: it calls there, or does not say where it calls."""
    called = str(campaign.value("country") or country).upper()
    return {"UK": "GB"}.get(called, called) == country


def _checks_for(campaign: Campaign, checks: Iterable[RuleCheck]) -> list[RuleCheck]:
    return [check for check in checks if _is_for(campaign, check.pack.about.country)]


def _foreseen(
    campaigns: Iterable[Campaign], checks: Sequence[RuleCheck], config: Config, day: date
) -> tuple[Foreseen, ...]:
    """What their days are forecast to be like; two processes share the simulation of each."""
    cores = min(os.cpu_count() or 1, 2)
    try:
        with pool(cores) if cores > 1 else nullcontext() as workers:
            return tuple(
                each
                for campaign in campaigns
                for each in foresee(campaign, _checks_for(campaign, checks), config, day, workers)
            )
    except BrokenProcessPool:
        raise AuditorError("the process that simulates days was killed (out of memory?)") from None


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() in _ENDINGS and p.is_file())
            if not found:
                raise AuditorError(f"{path}: has no campaign configuration ({', '.join(sorted(_ENDINGS))})")
            yield from found
        elif path.exists():
            yield path
        else:
            raise AuditorError(f"{path}: there is no such file or folder")


def _idle(
    waivers: Sequence[Waiver], findings: Sequence[Finding], campaigns: Sequence[Campaign], day: date
) -> Iterator[str]:
    """What to say of waivers that did nothing, of campaigns that were looked at."""
    used = {finding.waiver for finding in findings if finding.waiver is not None}
    for waiver in waivers:
        if waiver in used or not any(waiver.names(c.partner, None, c.name) for c in campaigns):
            continue
        named = f"waiver {waiver.ticket} of {waiver.rule}"
        if day > waiver.expires:
            yield f"{named} expired on {waiver.expires}: its findings are back"
        elif day >= waiver.created:
            yield f"{named} was not used: nothing that it speaks of was found: take it out if it is mended"
