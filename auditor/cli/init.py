"""`auditor init`: a new workspace."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from auditor.errors import AuditorError
from auditor.files import write_whole
from auditor.waivers import WAIVERS_NAME
from auditor.workspace import CONFIG_NAME


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Write a commented auditor.toml and waivers.toml, and folders for exports, into DIR (default: here)."""
    for name in (CONFIG_NAME, WAIVERS_NAME):
        path = folder / name
        if path.exists():
            raise AuditorError(f"{path}: is there already: change that one, or name another folder")
    for name in (WAIVERS_NAME, CONFIG_NAME):
        path = folder / name
        write_whole(path, files("auditor.cli").joinpath(name).read_bytes())
    (folder / "exports").mkdir(exist_ok=True)
    click.echo(f"{path}: written; say in it who the client and its partners are, put their exports under")
    click.echo(f"{folder / 'exports'}, then: auditor --workspace {folder} run 2026-10")
