"""`auditor report`: the group report and one report per partner."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.audit.audit import judge
from auditor.audit.editions import editions
from auditor.cli.listing import warn_of_waivers
from auditor.cli.options import (
    opened,
    pack_option,
    partner_option,
    period_argument,
    rules_option,
    wait_option,
    workspace_of,
)
from auditor.cli.progress import counted
from auditor.cli.reporting import write_editions
from auditor.evidence.manifest import run_time
from auditor.period import Period


@click.command()
@period_argument
@pack_option
@rules_option
@partner_option
@click.option("--to", "folder", metavar="DIR", type=click.Path(path_type=Path),
              help="Where to write; default: reports/PERIOD in the workspace.")  # fmt: skip
@click.option("--format", "kinds", multiple=True, type=click.Choice(["pdf", "html", "xlsx"]), default=["pdf"],
              show_default=True, help="The kind of document (repeatable).")  # fmt: skip
@wait_option
@click.pass_context
def command(
    ctx: click.Context,
    period: Period,
    packs: tuple[str, ...],
    own_rules: tuple[Path, ...],
    partner: str | None,
    folder: Path | None,
    kinds: tuple[str, ...],
    wait: float,
) -> None:
    """Write group.pdf (.html, .xlsx) and one partner-ID.pdf for every partner with calls in PERIOD.

    A partner's report, and what is attached to it, holds that partner's calls only.
    """
    workspace = workspace_of(ctx)
    when = run_time()
    with opened(workspace, wait=wait) as connection:
        found = editions(connection, judge(connection, workspace, period, packs, own_rules), partner)
    warn_of_waivers(found[0].document)
    target = folder or workspace.folder / "reports" / period.name
    wanted = list(dict.fromkeys(kinds))
    written = write_editions(found, workspace, target, wanted, when)
    for path in counted(written, len(found) * len(wanted), "reports"):
        click.echo(path)
