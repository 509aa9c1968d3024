"""`auditor check`: the gate for campaign configurations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from auditor.audit.rules_in_use import check_rules_named, chosen_packs
from auditor.cli.options import DayType, output_options, pack_option, rules_option, workspace_of
from auditor.cli.pipeline import append_step_summary, in_repository
from auditor.cli.progress import counted
from auditor.cli.writing import Outputs, deliver
from auditor.evidence.manifest import run_time
from auditor.gate import settings
from auditor.gate.check import Finding
from auditor.gate.github import as_annotations, as_step_summary
from auditor.gate.junit import as_junit
from auditor.gate.notice import of_fault, of_finding
from auditor.gate.outlook import as_data, outlook
from auditor.gate.read import Campaign
from auditor.gate.run import Gated, gate
from auditor.gate.sarif import as_sarif
from auditor.period import in_words
from auditor.report.words import named
from auditor.rulebook.checks import RuleCheck, read_checks
from auditor.rulebook.packs import pack_folders
from auditor.text import as_markdown, in_markdown, printable
from auditor.workspace import Workspace

_FORMATS = ("text", "json", "junit", "sarif", "github", "markdown")
_WORDS = {"fail": "FAIL", "warning": "warning", "waived": "waived"}


@click.command()
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--on",
    "day",
    metavar="DATE",
    type=DayType(),
    help="By the rules, estimates and waivers of this day. [default: today]",
)
@click.option(
    "--forecast",
    is_flag=True,
    help="Simulate each campaign's days besides, and say how likely one goes beyond the limit.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit 3 where nothing failed, but a campaign does not say what the rules ask.",
)
@pack_option
@rules_option
@output_options(*_FORMATS)
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    day: date | None,
    forecast: bool,
    strict: bool,
    packs: tuple[str, ...],
    own_rules: tuple[Path, ...],
    style: str,
    outputs: Outputs,
) -> None:
    """Check the campaign configurations at PATH…, files or folders, before they dial.

    Reads the product's own YAML, rows of vicidial_campaigns (CSV or TSV), and the JSON of Amazon Connect,
    Genesys Cloud and Cisco Unified CCX. Exits 1 if a finding fails, 2 if a file could not be read.
    """
    workspace = workspace_of(ctx)
    found = chosen_packs(workspace.config, packs, own_rules)
    check_rules_named(workspace, found, own_rules)
    folders = pack_folders(own_rules)
    checks = [check for pack in found for check in read_checks(folders[pack.id], pack, settings.QUERYABLE)]
    on = day or run_time().date()
    gated = gate(paths, workspace, checks, on, forecast=_watched if forecast else None)
    found_out = [*(of_fault(*fault) for fault in gated.faults), *map(of_finding, gated.findings)]
    notices = [replace(notice, file=in_repository(notice.file or "")) for notice in found_out]
    remarks = [*_remarks(gated), _summary(gated, workspace)]
    deliver(
        {
            "text": lambda: "".join(f"{printable(line)}\n" for line in [*_findings(gated), *remarks]),
            "json": lambda: _as_json(gated, workspace.config.forecast.seed),
            "junit": lambda: as_junit(notices, _looked_at(gated, checks, forecast), _unanswered(gated)),
            "sarif": lambda: as_sarif(notices),
            "github": lambda: (
                as_annotations(notices) + "".join(f"{printable(remark)}\n" for remark in remarks)
            ),
            "markdown": lambda: _as_markdown(gated, remarks),
        },
        style,
        outputs,
    )
    if style == "github":
        append_step_summary(as_step_summary(notices, remarks))
    for warning in gated.idle:
        click.echo(f"warning: {printable(warning)}", err=True)
    for _, fault in gated.faults:
        click.echo(f"auditor: {printable(fault)}", err=True)
    failed = any(f.verdict == "fail" for f in gated.findings)
    undecided = strict and bool(gated.unsaid or gated.elsewhere)
    ctx.exit(2 if gated.faults else 1 if failed else 3 if undecided else 0)


def _watched(campaigns: Sequence[Campaign]) -> Iterator[Campaign]:
    return counted(campaigns, len(campaigns), "Simulating")


def _looked_at(gated: Gated, checks: list[RuleCheck], forecast: bool) -> Iterator[tuple[str, str]]:
    for campaign in gated.campaigns:
        for check in checks:
            if campaign not in gated.elsewhere and (forecast or not check.is_of_forecast):
                yield check.name, _case(campaign)


def _unanswered(gated: Gated) -> Iterator[tuple[str, str]]:
    for name, campaign in gated.unanswered:
        yield name, _case(campaign)


def _case(campaign: Campaign) -> str:
    return f"{campaign.name or 'unnamed campaign'} ({in_repository(campaign.file)})"


def _findings(gated: Gated) -> Iterator[str]:
    for finding in gated.findings:
        where = f"{finding.file}:{finding.place.line}:{finding.place.column}"
        verdict = f"{_WORDS[finding.verdict]} ({finding.basis})"
        yield f"{where}: {verdict}  {finding.check}  {finding.campaign or '(unnamed)'}"
        yield f"    {finding.says}"
        yield f"    {finding.remedy}"
        yield f"    {finding.citation} ({finding.status})"


def _remarks(gated: Gated) -> Iterator[str]:
    """What is to be said besides the findings: forecasts, and what could not be checked."""
    for foreseen in gated.foreseen:
        yield from outlook(foreseen)
    for campaign in gated.elsewhere:
        name, country = campaign.name or "(unnamed)", campaign.value("country")
        yield f"Not checked: {name}, which calls {country}: no pack in use is of that country"
    for unsaid, campaigns in gated.unsaid.items():
        names = named([campaign.name or "(unnamed)" for campaign in campaigns])
        yield f"Not said by {names}, so not checked: {'; '.join(unsaid)}"
    for title, left_out in gated.cannot_show.items():
        yield f"Not checked in {title}: {'; '.join(left_out)}"


def _summary(gated: Gated, workspace: Workspace) -> str:
    counts = {v: sum(f.verdict == v for f in gated.findings) for v in ("fail", "warning", "waived")}
    campaigns = f"{len(gated.campaigns):,} {'campaign' if len(gated.campaigns) == 1 else 'campaigns'}"
    files = f"{gated.files:,} {'file' if gated.files == 1 else 'files'}"
    warnings = f"{counts['warning']} {'warning' if counts['warning'] == 1 else 'warnings'}"
    found = f"{counts['fail']} failed, {warnings}, {counts['waived']} waived"
    if gated.faults:
        unread = len({file for file, _ in gated.faults})
        found += f"; {unread} {'file' if unread == 1 else 'files'} could not be read"
    settings = workspace.files
    by = (
        f"the rules of {in_words(gated.day)} and {settings[0]}"
        if settings
        else (f"the rules of {in_words(gated.day)}, with no auditor.toml")
    )
    return f"{campaigns} in {files}, by {by}: {found}"


def _as_json(gated: Gated, seed: int) -> str:
    document = {
        "schema": 1,
        "on": gated.day.isoformat(),
        "files": gated.files,
        "campaigns": [
            {
                "file": campaign.file,
                "line": campaign.place.line,
                "format": campaign.format.id,
                "campaign": campaign.name,
                "partner": campaign.partner,
            }
            for campaign in gated.campaigns
        ],
        "findings": [_finding(finding) for finding in gated.findings],
        "forecasts": [as_data(foreseen, seed) for foreseen in gated.foreseen],
        "not_tested": [
            *({"what": what, "why": "; ".join(why)} for what, why in gated.cannot_show.items()),
            *(
                {
                    "what": f"{campaign.name or '(unnamed)'} ({campaign.file})",
                    "why": f"not said: {'; '.join(unsaid)}",
                }
                for unsaid, campaigns in gated.unsaid.items()
                for campaign in campaigns
            ),
        ],
        "faults": [{"file": file, "says": says} for file, says in gated.faults],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "rule": finding.rule,
        "title": finding.title,
        "verdict": finding.verdict,
        "basis": finding.basis,
        "file": finding.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "campaign": finding.campaign,
        "partner": finding.partner,
        "says": finding.says,
        "remedy": finding.remedy,
        "default": finding.default,
        "citation": finding.citation,
        "status": finding.status,
        "waiver": finding.waiver.ticket if finding.waiver else None,
    }


def _as_markdown(gated: Gated, remarks: Sequence[str]) -> str:
    rows = [
        (
            f.verdict,
            f.basis,
            f.check,
            f.campaign or "",
            f"{f.file}:{f.place.line}:{f.place.column}",
            f.says,
            f.remedy,
            f"{f.citation} ({f.status})",
        )
        for f in gated.findings
    ]
    header = ("verdict", "of", "check", "campaign", "where", "what", "what to do", "provision")
    below = "".join(f"\n{in_markdown(remark.strip())}\n" for remark in remarks)
    return f"{as_markdown(header, rows)}{below}"
