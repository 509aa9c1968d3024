"""What `load` and `run` share: which files to load, how to read each, and how to say what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePath

import click
import duckdb

from auditor.cli.progress import watched
from auditor.errors import AuditorError, StoreLost, StoreRefuses
from auditor.files import name_of
from auditor.numbers_key import key_for
from auditor.settings import SourceTable
from auditor.sources.batch import Export, batches
from auditor.sources.catalogue import CUSTOM
from auditor.sources.companions import Companions
from auditor.sources.load import Supersede, Terms, load_companion, load_file
from auditor.sources.source import Ceiling, Source
from auditor.store import ledger
from auditor.text import printable
from auditor.workspace import Workspace

#: So many reasons of rejects are listed when a file is loaded.
REASONS_SHOWN = 5


def jobs_of_workspace(workspace: Workspace) -> list[Export]:
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
        paths = sorted(p for p in _matching(workspace, table) if p.is_file())
        if not paths:
            click.echo(f"auditor: source[{number}]: no file matches {table.files}", err=True)
        for path in paths:
            inside = path.is_relative_to(workspace.folder)
            name = name_of(path.relative_to(workspace.folder) if inside else path)
            jobs.append(Export(path, name, source_of(workspace, table)))
    if not jobs:
        raise AuditorError("no source of the workspace matches a file: nothing was loaded")
    return jobs


def source_for(workspace: Workspace, path: Path) -> Source:
    """How to read a file the user names: as the workspace's source that matches it, if one does."""
    for table in workspace.config.source:
        if any(match.samefile(path) for match in _matching(workspace, table)):
            return source_of(workspace, table)
    return Source(country=workspace.config.client.country)


def _matching(workspace: Workspace, table: SourceTable) -> Iterator[Path]:
    """What a source's `files` match: below the workspace, or from the root where they begin there."""
    pattern = PurePath(table.files)
    if not pattern.is_absolute():
        return workspace.folder.glob(table.files)
    return Path(pattern.anchor).glob(pattern.relative_to(pattern.anchor).as_posix())


def source_of(workspace: Workspace, table: SourceTable) -> Source:
    """A source of the workspace, with the client's country where it names none."""
    said = table.model_dump(exclude={"files"}) | {"country": table.country or workspace.config.client.country}
    if table.format and table.format.startswith(CUSTOM):
        # Like everything in auditor.toml, a mapping is named from the workspace.
        said["format"] = CUSTOM + str(workspace.folder / table.format.removeprefix(CUSTOM))
    return Source(**said)


def load_jobs(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, jobs: list[Export], terms: Terms
) -> Iterator[tuple[Export, ledger.Load | None, str]]:
    """Load each file in a transaction of its own; a refused one does not stop the others.

    Files that add facts to the calls of others come before those; without one of them that was
    refused, the others are loaded as they are, and their load says which companions it had.

    Yields:
        The job, its ledger line (None where it was refused), and the sentence to print.
    """
    for batch in batches(jobs):
        with Companions(connection) as companions:
            for job in batch.companions:
                yield _loaded(connection, job, partial(load_companion, companions=companions, terms=terms))
            for job in batch.calls:
                load = partial(load_file, terms=terms, companions=companions, watch=watched)
                yield _loaded(connection, job, load)


def _loaded(
    connection: duckdb.DuckDBPyConnection, job: Export, load: Callable[..., tuple[ledger.Load, bool]]
) -> tuple[Export, ledger.Load | None, str]:
    try:
        line, new = load(connection, job.path, job.source, name=job.name)
    except (StoreLost, StoreRefuses):
        raise
    except AuditorError as error:
        return job, None, str(error)
    return job, line, _said(connection, line, new)


def terms_for(workspace: Workspace, ceiling: Ceiling, supersede: Supersede | None = None) -> Terms:
    """The terms on which a workspace's files are loaded."""
    return Terms(ceiling, workspace.partner_ids, workspace.config.client.zone, supersede, key_for(workspace))


def _said(connection: duckdb.DuckDBPyConnection, load: ledger.Load, new: bool) -> str:
    if not new:
        return "\n".join(
            [
                f"{load.file}: in the store already, as load {load.load_id}",
                *(f"  {note}" for note in load.notes),
            ]
        )
    said = (
        f"{load.file}: load {load.load_id}, {load.format} ({load.layout}): {load.read:,} read, "
        f"{load.accepted:,} accepted, {load.rejected:,} rejected, {load.duplicate:,} duplicate"
    )
    notes = [*load.notes, *load.suspicions]
    if load.rejected:
        notes += [f"rejected: {r}" for r in reject_reasons(connection, load)[:REASONS_SHOWN]]
        notes.append("see them with `auditor loads --rejects`")
    codes = [f"{c} ({n:,})" for i, c, n in ledger.unknown_codes(connection) if i == load.load_id]
    if codes:
        notes.append(f"codes that no table knows, counted as answered, outcome unknown: {', '.join(codes)}")
    partners = connection.execute(
        "SELECT coalesce(partner, 'no partner'), count(*) FROM calls WHERE load_id = ? "
        "GROUP BY 1 ORDER BY 2 DESC, 1",
        [load.load_id],
    ).fetchall()
    if len(partners) > 1:
        notes.append("calls of " + ", ".join(f"{partner} ({count:,})" for partner, count in partners))
    # A name in a note may have a line end of its own.
    return "\n".join([printable(said), *(f"  {printable(note)}" for note in notes)])


def reject_reasons(connection: duckdb.DuckDBPyConnection, load: ledger.Load) -> list[str]:
    """Why records of a load were rejected, the commonest reason first."""
    return [
        f"{count:,} × {reason}" + (f" (first on line {line:,})" if line else "")
        for reason, count, line in ledger.reject_reasons(connection, load.load_id)
    ]
