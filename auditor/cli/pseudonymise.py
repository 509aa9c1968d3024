"""`auditor pseudonymise`: numbers in the store as keyed pseudonyms."""

from __future__ import annotations

import click

from auditor.cli.options import opened, wait_option, workspace_of
from auditor.errors import AuditorError
from auditor.numbers_key import key_for
from auditor.store.pseudonymise import pseudonymise
from auditor.store.store import store_path


@click.command()
@wait_option
@click.pass_context
def command(ctx: click.Context, wait: float) -> None:
    """Make pseudonyms of the numbers in a store that kept them as they are, also in its file.

    For a workspace whose auditor.toml asks for pseudonyms after calls were loaded. Exports, backups, sealed
    runs and reports stay as they are.
    """
    workspace = workspace_of(ctx)
    key = key_for(workspace)
    if key is None:
        raise AuditorError(
            'auditor.toml does not ask for pseudonyms: write numbers = "pseudonyms" under [privacy]'
        )
    path = store_path(workspace.folder)
    if not path.exists():
        raise AuditorError(f"there is nothing to change: there is no store at {path}")
    with opened(workspace, write=True, wait=wait) as connection:
        calls = pseudonymise(connection, path, key)
    click.echo(f"the numbers of {calls:,} calls are pseudonyms now, under the key {key.id}")
