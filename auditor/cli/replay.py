"""`auditor replay`: a sealed audit run again from its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from auditor.cli.options import workspace_of
from auditor.evidence.replay import Replayed, replay
from auditor.text import printable


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--inputs",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Look here for exports that lie elsewhere now; they are known by their bytes (repeatable).",
)
@click.option("--current-rules", is_flag=True, help="By today's rules, to see what they would change.")
@click.pass_context
def command(ctx: click.Context, bundle: Path, inputs: tuple[Path, ...], current_rules: bool) -> None:
    """Load the inputs of BUNDLE into a store of its own, audit them again, and compare.

    By the rules and settings that were sealed. Exits 0 if everything comes out the same, 1 if not (and names
    the first difference), 2 if an export is not to be found.
    """
    found = replay(bundle, workspace_of(ctx).folder, inputs, current_rules=current_rules)
    for line in _lines(found, current_rules=current_rules):
        click.echo(printable(line))
    ctx.exit(0 if found.differs is None else 1)


def _lines(found: Replayed, *, current_rules: bool) -> Iterator[str]:
    by = "today's rules" if current_rules else "the sealed rules"
    yield from found.changed
    yield from (f"made with {version}" for version in found.versions)
    if found.differs is None:
        yield f"{found.bundle}: the same by {by}: {', '.join(found.compared)}"
        return
    yield f"{found.bundle}: not the same by {by}. The first difference is in {found.differs}:"
    if found.difference is not None:
        if found.difference.entry:
            yield f"  of {found.difference.entry}"
        yield f"  {found.difference.where}: sealed {found.difference.sealed}, now {found.difference.now}"
