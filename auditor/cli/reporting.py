"""What `report` and `run` share: one document for the client and one for each partner, written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from auditor.audit.document import as_json
from auditor.audit.editions import Edition
from auditor.errors import AuditorError
from auditor.evidence import manifest
from auditor.evidence.bundle import run_id
from auditor.report.branding import Branding
from auditor.report.write import Report, file_stems, write_reports
from auditor.workspace import Workspace


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


#: A page bears it, and so does every HTML report.
_LARGEST_LOGO = 16 << 20


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
            if path.exists() and (not path.is_file() or path.stat().st_size > _LARGEST_LOGO):
                raise AuditorError(
                    f"branding.logo: {path} is no picture of at most {_LARGEST_LOGO >> 20} MiB"
                )
            logo = path.read_bytes()
        except OSError as error:
            raise AuditorError(f"branding.logo: {path} cannot be read ({error.strerror})") from None
    return Branding(name=table.name or workspace.config.client.name, logo=logo, colour=table.colour)
