"""`auditor audit`: the verdicts on a period."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.audit.audit import judge, select
from auditor.audit.document import as_document, as_json
from auditor.audit.selection import Selection
from auditor.cli.listing import as_summary, as_text, exit_code, warn_of_waivers
from auditor.cli.options import (
    allow_undecided_option,
    opened,
    output_options,
    pack_option,
    partner_option,
    period_argument,
    rules_option,
    wait_option,
    workspace_of,
)
from auditor.cli.pipeline import append_step_summary, judged_units, notices_of
from auditor.cli.writing import Outputs, deliver
from auditor.gate.github import as_annotations, as_step_summary
from auditor.gate.junit import as_junit
from auditor.gate.sarif import as_sarif
from auditor.period import Period
from auditor.report.findings import results_csv


@click.command()
@period_argument
@pack_option
@rules_option
@partner_option
@click.option("--campaign", metavar="C", help="Only this campaign.")
@click.option("--engine", type=click.Choice(["duckdb"]), default="duckdb", show_default=True)
@allow_undecided_option
@output_options("text", "json", "csv", "markdown", "junit", "sarif", "github")
@wait_option
@click.pass_context
def command(
    ctx: click.Context,
    period: Period,
    packs: tuple[str, ...],
    own_rules: tuple[Path, ...],
    partner: str | None,
    campaign: str | None,
    engine: str,
    allow_undecided: bool,
    style: str,
    outputs: Outputs,
    wait: float,
) -> None:
    """Apply the law in force on each day of PERIOD to the calls of that day.

    PERIOD is 2026-10, 2026-10-05, 2026-Q4 or 2011-02-01..2011-03-21.
    """
    workspace = workspace_of(ctx)
    with opened(workspace, wait=wait) as connection:
        judged = judge(connection, workspace, period, packs, own_rules)
        found = select(connection, judged, Selection(partner, campaign))
    document = as_document(found)
    warn_of_waivers(document)
    deliver(
        {
            "text": lambda: as_text(document),
            "json": lambda: as_json(document),
            "csv": lambda: results_csv(document),
            "markdown": lambda: as_summary(document),
            "junit": lambda: as_junit(notices_of(document), judged_units(document)),
            "sarif": lambda: as_sarif(notices_of(document)),
            "github": lambda: as_annotations(notices_of(document)),
        },
        style,
        outputs,
    )
    if style == "github":
        append_step_summary(as_step_summary(notices_of(document)))
    ctx.exit(exit_code(document, allow_undecided=allow_undecided))
