"""What `load` and `run` share: which files to load, how to read each, and how to say what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb

from auditor.cli.progress import watched
from auditor.errors import AuditorError
from auditor.settings import SourceTable
from auditor.sources.load import load_file
from auditor.sources.source import Ceiling, Source
from auditor.store import ledger
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Job:
    """A file to load, what the ledger calls it, and how to read it."""

    path: Path
    name: str
    source: Source


def jobs_of_workspace(workspace: Workspace) -> list[Job]:
    """The files that the workspace's sources match, in the order of the sources and names.

    Raises:
        AuditorError: the workspace has no source, or none of them matches a file.
    """
    if not workspace.config.source:
        raise AuditorError(
            f"{workspace.folder / 'auditor.toml'} names no [[source]]: name one, or give the files to load"
        )
    jobs = []
    for number, table in enumerate(workspace.config.source, 1):
        paths = sorted(p for p in workspace.folder.glob(table.files) if p.is_file())
        if not paths:
            click.echo(f"auditor: source[{number}]: no file matches {table.files}", err=True)
        for path in paths:
            name = path.relative_to(workspace.folder).as_posix()
            jobs.append(Job(path, name, source_of(workspace, table)))
    if not jobs:
        raise AuditorError("no source of the workspace matches a file: nothing was loaded")
    return jobs


def source_for(workspace: Workspace, path: Path) -> Source:
    """How to read a file the user names: as the workspace's source that matches it, if one does."""
    for table in workspace.config.source:
        if any(match.samefile(path) for match in workspace.folder.glob(table.files)):
            return source_of(workspace, table)
    return Source(country=workspace.config.client.country)


def source_of(workspace: Workspace, table: SourceTable) -> Source:
    """A source of the workspace, with the client's country where it names none."""
    return Source(
        format=table.format,
        partner=table.partner,
        call_centre=table.call_centre,
        campaign=table.campaign,
        zone=table.zone,
        country=table.country or workspace.config.client.country,
        campaign_from=table.campaign_from,
        call_centre_from=table.call_centre_from,
        disposition_from=table.disposition_from,
        codes=dict(table.codes),
    )


def load_jobs(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, jobs: list[Job], ceiling: Ceiling
) -> Iterator[tuple[Job, ledger.Load | None, str]]:
    """Load each file in a transaction of its own; a refused one does not stop the others.

    Yields:
        The job, its ledger line (None where it was refused), and the sentence to print.
    """
    for job in jobs:
        try:
            load, new = load_file(
                connection,
                job.path,
                job.source,
                name=job.name,
                ceiling=ceiling,
                partners=workspace.partner_ids,
                default_zone=workspace.config.client.zone,
                watch=watched,
            )
        except AuditorError as error:
            yield job, None, str(error)
        else:
            yield job, load, _said(connection, load, new)


def _said(connection: duckdb.DuckDBPyConnection, load: ledger.Load, new: bool) -> str:
    if not new:
        return f"{load.file}: in the store already, as load {load.load_id}"
    said = (
        f"{load.file}: load {load.load_id}, {load.format} ({load.layout}): {load.read:,} read, "
        f"{load.accepted:,} accepted, {load.rejected:,} rejected, {load.duplicate:,} duplicate"
    )
    codes = [f"{c} ({n:,})" for i, c, n in ledger.unknown_codes(connection) if i == load.load_id]
    notes = list(load.notes)
    if codes:
        notes.append(f"codes that no table knows, counted as answered, outcome unknown: {', '.join(codes)}")
    return "\n".join([said, *(f"  {note}" for note in notes)])
