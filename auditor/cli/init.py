"""`auditor init`: a new workspace."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from auditor.errors import AuditorError
from auditor.files import write_whole
from auditor.workspace import CONFIG_NAME


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Write a commented auditor.toml and the folders of a workspace into DIR (default: here)."""
    path = folder / CONFIG_NAME
    if path.exists():
        raise AuditorError(f"{path}: is there already: change that one, or name another folder")
    template = files("auditor.cli").joinpath("auditor.toml").read_bytes()
    write_whole(path, template)
    (folder / "exports").mkdir(exist_ok=True)
    click.echo(f"{path}: written; say in it who the client and its partners are, put their exports under")
    click.echo(f"{folder / 'exports'}, then: auditor --workspace {folder} run 2026-10")
