"""`auditor run`: the monthly job."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.audit.audit import judge
from auditor.audit.document import as_json
from auditor.audit.editions import editions
from auditor.audit.rules_in_use import check_rules_named, chosen_packs
from auditor.cli.listing import as_text, exit_code, warn_of_waivers
from auditor.cli.loading import jobs_of_workspace, load_jobs, terms_for
from auditor.cli.options import (
    allow_undecided_option,
    max_rejects_option,
    opened,
    pack_option,
    period_argument,
    rules_option,
    wait_option,
    workspace_of,
)
from auditor.cli.progress import counted
from auditor.cli.reporting import write_editions
from auditor.errors import AuditorError
from auditor.evidence import manifest
from auditor.evidence.bundle import refuse_lost_ledger, run_id, seal, unlisted, zipped
from auditor.evidence.contents import contents
from auditor.evidence.runs import held_runs, read_runs
from auditor.evidence.signature import private_key, sign
from auditor.files import scratch_folder, write_whole
from auditor.period import Period
from auditor.rulebook.packs import pack_folders
from auditor.sources.source import Ceiling, parse_ceiling
from auditor.store import ledger
from auditor.store.horizon import horizons
from auditor.text import printable


@click.command()
@period_argument
@pack_option
@rules_option
@max_rejects_option
@allow_undecided_option
@wait_option
@click.option(
    "--sign",
    "key_path",
    metavar="PEM",
    type=click.Path(path_type=Path),
    help="Sign the bundle with this private Ed25519 key (its passphrase: AUDITOR_KEY_PASSPHRASE).",
)
@click.option("--zip", "as_zip", is_flag=True, help="Write the bundle as a zip besides.")
@click.pass_context
def command(
    ctx: click.Context,
    period: Period,
    packs: tuple[str, ...],
    own_rules: tuple[Path, ...],
    max_rejects: str | None,
    allow_undecided: bool,
    wait: float,
    key_path: Path | None,
    as_zip: bool,
) -> None:
    """Load what the workspace's sources match, audit PERIOD, write the reports, seal the evidence.

    Exits as `audit` does, after everything is written; 2 if any export was refused, and then
    nothing is reported: a report that lacks a partner's file would be wrong.
    """
    workspace = workspace_of(ctx)
    when = manifest.run_time()
    key = private_key(key_path) if key_path is not None else None
    bundles = workspace.folder / "bundles"
    # What cannot be done is told before anything is.
    check_rules_named(workspace, chosen_packs(workspace.config, packs, own_rules), own_rules)
    refuse_lost_ledger(bundles, read_runs(bundles) or ())
    ceiling = parse_ceiling(max_rejects) if max_rejects is not None else Ceiling()
    with opened(workspace, write=True, wait=wait) as connection:
        refused = []
        terms = terms_for(workspace, ceiling)
        for _, load, sentence in load_jobs(connection, workspace, jobs_of_workspace(workspace), terms):
            click.echo(printable(sentence.replace("\n", "; ")), err=True)
            refused += [] if load else [sentence]
        if refused:
            raise AuditorError("nothing was reported, since not every export could be loaded")
        found = editions(connection, judge(connection, workspace, period, packs, own_rules))
        rejects, loads = ledger.rejects(connection), ledger.loads(connection)
        purges = horizons(connection)
    document = found[0].document
    warn_of_waivers(document)
    results = as_json(document)
    run = run_id(when, results)
    folder = bundles / f"{period.name}-{run}"
    reports = workspace.folder / "reports" / period.name
    with scratch_folder() as scratch:
        rendered = write_editions(found, workspace, scratch, ["pdf"], when)
        written = list(counted(rendered, len(found), "reports"))
        files = {f"reports/{path.name}": path.read_bytes() for path in written}
    for name, content in files.items():
        write_whole(reports / Path(name).name, content)
    about = manifest.manifest(document, results, when, run, options={"packs": list(packs)}, purges=purges)
    files |= contents(found, loads, rejects)
    files |= {f"settings/{path.name}": path.read_bytes() for path in workspace.files}
    files["manifest.json"] = manifest.as_json(about).encode()
    folders = pack_folders(own_rules)
    rules = {pack["id"]: folders[pack["id"]] for pack in document["packs"]}
    with held_runs(bundles, wait) as runs:
        sealed = seal(folder, files, rules, runs, when=when)
        strange = unlisted(bundles, runs.lines)
    for name in strange:
        click.echo(
            f"auditor: {bundles / name} is in no line of the run ledger: ask `auditor verify`", err=True
        )
    made = [f"Reports: {reports}", f"Bundle:  {folder} (run {sealed.number}, seal {sealed.seal})"]
    if key is not None:
        made.append(f"Signed:  {sign(folder, key)}")
    if as_zip:
        made.append(f"Zip:     {zipped(folder)}")
    # Last, as a reader may have seen enough before all is printed.
    click.echo(as_text(document), nl=False)
    click.echo("\n" + "\n".join(made))
    ctx.exit(exit_code(document, allow_undecided=allow_undecided))
