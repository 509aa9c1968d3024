"""`auditor purge`: call records past their retention."""

from __future__ import annotations

from datetime import date, datetime

import click
import duckdb
from dateutil.relativedelta import relativedelta

from auditor.audit.rules_in_use import chosen_packs
from auditor.cli.options import DayType, opened, wait_option, workspace_of
from auditor.errors import AuditorError
from auditor.evidence.manifest import run_time
from auditor.evidence.runs import sealed_periods
from auditor.period import in_words
from auditor.rulebook.pack import Pack
from auditor.store.purge import purge
from auditor.store.store import store_path
from auditor.text import as_columns, printable
from auditor.workspace import Workspace
from auditor.zones import day_start_ms, zone_named


@click.command()
@click.option("--before", "day", required=True, type=DayType(), metavar="DATE", help="Calls before it go.")
@click.option("--dry-run", is_flag=True, help="Say what would go; the store stays as it is.")
@click.option(
    "--even-so", is_flag=True, help="Also where rules ask for longer, or no run is sealed of the calls."
)
@wait_option
@click.pass_context
def command(ctx: click.Context, day: date, dry_run: bool, even_so: bool, wait: float) -> None:
    """Remove calls dialled before DATE from the store, and their bytes from its file.

    The load ledger, its counts, results and sealed runs stay. A period with purged calls can no longer be
    audited: seal it before (`auditor run`).
    """
    workspace = workspace_of(ctx)
    when = run_time()
    packs = chosen_packs(workspace.config, (), ())
    if day > when.date():
        raise AuditorError(
            f"--before {day} is still to come, and calls of the days until then would count as purged before "
            f"they are loaded: choose a day up to {when.date()}"
        )
    refusal = None if even_so else _too_soon(packs, day, when.date())
    if refusal is not None and not dry_run:
        raise AuditorError(refusal)
    # The day begins where it begins first: nothing of a day that a pack judges whole may go.
    before_ms = min(
        day_start_ms(day, zone_named(name))
        for name in (workspace.config.client.zone, *(pack.about.time_zone for pack in packs))
    )
    path = store_path(workspace.folder)
    if not path.exists():
        raise AuditorError(f"there is nothing to purge: there is no store at {path}")
    with opened(workspace, write=True, wait=wait) as connection:
        if not even_so and refusal is None:
            refusal = _unsealed(connection, workspace, before_ms)
            if refusal is not None and not dry_run:
                raise AuditorError(refusal)
        found = purge(connection, path, day, before_ms, when, dry=dry_run)
    header = ("load_id", "file", "calls", "older versions", "raw rejects")
    rows = [(each.load_id, printable(each.file), each.calls, each.versions, each.rejects) for each in found]
    click.echo(as_columns(header, rows, {*header} - {"file"}) if rows else "", nl=False)
    done = "would go" if dry_run else "are gone"
    calls = sum(each.calls for each in found)
    click.echo(f"{calls:,} calls dialled before {in_words(day)} {done}; the ledger and sealed runs stay")
    if refusal is not None:
        click.echo(f"auditor: without --dry-run this is refused: {refusal}", err=True)


def _unsealed(connection: duckdb.DuckDBPyConnection, workspace: Workspace, before_ms: int) -> str | None:
    """Why calls may not go that no sealed run speaks of, as they are the last proof; None: there are none."""
    zone = zone_named(workspace.config.client.zone)
    hours = connection.execute(
        "SELECT DISTINCT dialled_ms // 3600000 FROM calls WHERE dialled_ms < ?", [before_ms]
    )
    days = {datetime.fromtimestamp(hour * 3600, zone).date() for (hour,) in hours.fetchall()}
    sealed = list(sealed_periods(workspace.folder / "bundles"))
    months = sorted({f"{d:%Y-%m}" for d in days if not any(p.first <= d <= p.last for p in sealed)})
    if not months:
        return None
    return (
        f"calls of {', '.join(months)} are in no sealed run, and what is purged can never be audited: "
        f"seal them first (`auditor run {months[0]}`), or say --even-so"
    )


def _too_soon(packs: list[Pack], day: date, today: date) -> str | None:
    """Why the rules in use do not let calls before a day go; None: they do."""
    for pack in packs:
        kept = pack.about.retention
        if kept is not None and day > (latest := today - relativedelta(months=kept.months)):
            source = pack.about.source[kept.citation.source]
            return (
                f"{pack.id}: {kept.says} ({source.title}: {kept.citation.provision}; {kept.status}): "
                f"choose a day up to {latest}, or say --even-so"
            )
    return None
