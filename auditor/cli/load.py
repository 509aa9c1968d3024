"""`auditor load`: exports into the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from auditor.cli.loading import jobs_of_workspace, load_jobs, source_for, terms_for
from auditor.cli.options import max_rejects_option, opened, opened_for_nothing, wait_option, workspace_of
from auditor.cli.previewing import preview
from auditor.errors import AuditorError
from auditor.files import name_of
from auditor.sources.batch import Export
from auditor.sources.catalogue import format_named
from auditor.sources.load import Supersede
from auditor.sources.source import Ceiling, parse_ceiling
from auditor.text import printable
from auditor.zones import zone_named


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "format_", metavar="F", help="The export's format; default: recognised.")
@click.option("--partner", metavar="P", help="Whose calls they are; default: the client's own.")
@click.option("--zone", metavar="Z", help="The clock of times without a zone, such as Europe/London.")
@click.option(
    "--dates", type=click.Choice(["dmy", "mdy"]), help="Whether 1/9/2026 is 1 September or 9 January."
)
@click.option("--campaign", metavar="C", help="Their campaign, where the export does not say.")
@click.option("--call-centre", metavar="X", help="Their call centre.")
@click.option("--supersede", is_flag=True, help="The file corrects the load of the same name (or bytes).")
@click.option("--supersede-load", type=int, metavar="N", help="The file corrects load N, whatever its name.")
@click.option("--dry-run", is_flag=True, help="Say what the files would become; the store stays as it is.")
@max_rejects_option
@wait_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    format_: str | None,
    partner: str | None,
    zone: str | None,
    dates: str | None,
    campaign: str | None,
    call_centre: str | None,
    supersede: bool,
    supersede_load: int | None,
    dry_run: bool,
    max_rejects: str | None,
    wait: float,
) -> None:
    """Load exports; with no FILE, what the workspace's sources match.

    A file whose bytes are in the store already is left as it is. Rejected rows are kept raw
    (`auditor loads --rejects`); a file with too many of them is refused whole.
    """
    workspace = workspace_of(ctx)
    ceiling = parse_ceiling(max_rejects) if max_rejects is not None else Ceiling()
    if format_ is not None:
        format_named(format_)
    if zone is not None:
        zone_named(zone)
    if partner is not None and workspace.partner_ids and partner not in workspace.partner_ids:
        known = ", ".join(workspace.partner_ids)
        raise AuditorError(f"partner '{partner}' is not in this workspace: choose from {known}")
    said = {"format": format_, "partner": partner, "zone": zone, "dates": dates, "campaign": campaign,
            "call_centre": call_centre}  # fmt: skip
    given: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    if files:
        for path in files:
            if path.is_dir():
                raise AuditorError(f"{path}: is a folder: name the files in it")
            if not path.is_file():
                raise AuditorError(f"{path}: there is no such file: check the name")
        sources = [source_for(workspace, p) for p in files]
        if partner is not None and any(source.partner_from for source in sources):
            raise AuditorError("the source says partner_from, and --partner another: leave one of them out")
        jobs = [Export(p, name_of(p), replace(s, **given)) for p, s in zip(files, sources, strict=True)]
    else:
        jobs = [replace(j, source=replace(j.source, **given)) for j in jobs_of_workspace(workspace)]
    if supersede_load is not None and len(jobs) != 1:
        raise AuditorError("--supersede-load is for one file: give the file that corrects the load")
    corrects = Supersede(supersede_load) if supersede or supersede_load is not None else None
    if dry_run:
        corrects = None  # an empty store has nothing to correct
    terms = terms_for(workspace, ceiling, corrects)
    refused = 0
    with opened_for_nothing() if dry_run else opened(workspace, write=True, wait=wait) as connection:
        for job, load, sentence in load_jobs(connection, workspace, jobs, terms):
            refused += load is None
            told = preview(connection, job, load) if dry_run and load else sentence
            for line in told.split("\n"):
                text = printable(line)
                click.echo(f"auditor: {text}" if load is None else text, err=load is None)
    if refused:
        ctx.exit(2)
