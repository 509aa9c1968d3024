"""What `report` and `run` share: one document for the client and one for each partner, written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from auditor.audit.audit import Judged, select
from auditor.audit.document import as_document, as_json
from auditor.audit.selection import Selection
from auditor.errors import AuditorError
from auditor.evidence import manifest
from auditor.evidence.bundle import run_id
from auditor.report.branding import Branding
from auditor.report.write import Report, file_stems, write_reports
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Edition:
    """One report's content: the audit document of the client (`partner` None) or of a partner."""

    partner: str | None
    document: dict[str, Any]


def editions(connection: duckdb.DuckDBPyConnection, judged: Judged, only: str | None = None) -> list[Edition]:
    """The group's document and one for every partner with calls in the period; or one partner's."""
    if only is not None:
        return [Edition(only, as_document(select(connection, judged, Selection(partner=only))))]
    group = as_document(select(connection, judged))
    partners = [partner["id"] for partner in group["partners"]]
    return [
        Edition(None, group),
        *(Edition(p, as_document(select(connection, judged, Selection(partner=p)))) for p in partners),
    ]


def write_editions(
    found: Sequence[Edition],
    workspace: Workspace,
    folder: Path,
    kinds: Sequence[str],
    when: datetime,
) -> Iterator[Path]:
    """Write every edition in every kind; yields each path when it stands.

    Raises:
        AuditorError: a report could not be made or written.
    """
    # Every edition is of one run, which bears the name of its bundle.
    run = run_id(when, as_json(found[0].document))
    stems = file_stems([edition.partner for edition in found if edition.partner is not None])
    reports = []
    for edition in found:
        stem = stems[edition.partner] if edition.partner is not None else "group"
        results = as_json(edition.document)
        about = manifest.as_json(manifest.manifest(edition.document, results, when, run))
        reports.append(Report(folder / stem, edition.document, results, about, run))
    return write_reports(reports, kinds, branding_of(workspace), when)


def branding_of(workspace: Workspace) -> Branding:
    """How the client's reports look.

    Raises:
        AuditorError: the logo cannot be read.
    """
    table = workspace.config.branding
    logo = None
    if table.logo is not None:
        path = workspace.folder / table.logo
        try:
            logo = path.read_bytes()
        except OSError as error:
            raise AuditorError(f"branding.logo: {path} cannot be read ({error.strerror})") from None
    return Branding(name=table.name or workspace.config.client.name, logo=logo, colour=table.colour)
