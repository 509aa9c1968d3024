"""`auditor check`: the gate for campaign configurations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from auditor.audit.rules_in_use import check_rules_named, chosen_packs
from auditor.cli.options import output_options, pack_option, rules_option, workspace_of
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

_FORMATS = ("text", "json", "junit", "sarif", "github", "markdown")
_WORDS = {"fail": "FAIL", "warning": "warning", "waived": "waived"}


@click.command()
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--on",
    "day",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="By the rules, estimates and waivers of this day. [default: today]",
)
@click.option(
    "--forecast",
    is_flag=True,
    help="Simulate each campaign's days besides, and say how likely one goes beyond the limit.",
)
@pack_option
@rules_option
@output_options(*_FORMATS)
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    day: datetime | None,
    forecast: bool,
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
    on = day.date() if day else run_time().date()
    gated = gate(paths, workspace, checks, on, forecast=_watched if forecast else None)
    found_out = [*(of_fault(*fault) for fault in gated.faults), *map(of_finding, gated.findings)]
    notices = [replace(notice, file=in_repository(notice.file or "")) for notice in found_out]
    deliver(
        {
            "text": lambda: "".join(f"{printable(line)}\n" for line in _lines(gated)),
            "json": lambda: _as_json(gated, workspace.config.forecast.seed),
            "junit": lambda: as_junit(notices, _looked_at(gated, checks)),
            "sarif": lambda: as_sarif(notices),
            "github": lambda: as_annotations(notices),
            "markdown": lambda: _as_markdown(gated),
        },
        style,
        outputs,
    )
    if style == "github":
        append_step_summary(as_step_summary(notices))
    for warning in gated.idle:
        click.echo(f"warning: {printable(warning)}", err=True)
    for _, fault in gated.faults:
        click.echo(f"auditor: {printable(fault)}", err=True)
    ctx.exit(2 if gated.faults else int(any(f.verdict == "fail" for f in gated.findings)))


def _watched(campaigns: Sequence[Campaign]) -> Iterator[Campaign]:
    return counted(campaigns, len(campaigns), "Simulating")


def _looked_at(gated: Gated, checks: list[RuleCheck]) -> Iterator[tuple[str, str]]:
    for campaign in gated.campaigns:
        for check in checks:
            yield check.name, f"{campaign.name or 'unnamed campaign'} ({in_repository(campaign.file)})"


def _lines(gated: Gated) -> Iterator[str]:
    for finding in gated.findings:
        where = f"{finding.file}:{finding.place.line}:{finding.place.column}"
        yield f"{where}: {_WORDS[finding.verdict]}  {finding.check}  {finding.campaign or '(unnamed)'}"
        yield f"    {finding.says}"
        yield f"    {finding.remedy}"
        yield f"    {finding.citation} ({finding.status})"
    for foreseen in gated.foreseen:
        yield from outlook(foreseen)
    for unsaid, campaigns in gated.unsaid.items():
        names = named([campaign.name or "(unnamed)" for campaign in campaigns])
        yield f"Not said by {names}: {'; '.join(unsaid)}"
    for title, left_out in gated.cannot_show.items():
        yield f"Not checked in {title}: {'; '.join(left_out)}"
    yield _summary(gated)


def _summary(gated: Gated) -> str:
    counts = {v: sum(f.verdict == v for f in gated.findings) for v in ("fail", "warning", "waived")}
    campaigns = f"{len(gated.campaigns):,} {'campaign' if len(gated.campaigns) == 1 else 'campaigns'}"
    files = f"{gated.files:,} {'file' if gated.files == 1 else 'files'}"
    warnings = f"{counts['warning']} {'warning' if counts['warning'] == 1 else 'warnings'}"
    found = f"{counts['fail']} failed, {warnings}, {counts['waived']} waived"
    return f"{campaigns} in {files}, by the rules of {in_words(gated.day)}: {found}"


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


def _as_markdown(gated: Gated) -> str:
    rows = [
        (f.verdict, f.check, f.campaign or "", f"{f.file}:{f.place.line}:{f.place.column}", f.says, f.remedy)
        for f in gated.findings
    ]
    table = as_markdown(("verdict", "check", "campaign", "where", "what", "what to do"), rows)
    forecasts = "".join(f"\n{in_markdown(line.strip())}\n" for f in gated.foreseen for line in outlook(f))
    return f"{_summary(gated)}\n\n{table}{forecasts}"
