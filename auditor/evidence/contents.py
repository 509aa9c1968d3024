"""What a bundle holds of an audit besides the reports: made once to be sealed, and again to be compared."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.audit.document import as_json
from auditor.audit.editions import Edition
from auditor.calls.masking import masked_throughout
from auditor.report.findings import findings_csv, results_csv
from auditor.report.write import file_stems
from auditor.spreadsheet import as_csv
from auditor.store import ledger

_REJECTS = ("load_id", "file", "line", "byte_offset", "reason", "raw")


def contents(
    found: Sequence[Edition], loads: list[ledger.Load], rejects: Sequence[ledger.Reject]
) -> dict[str, bytes]:
    """The files by their paths below `data/`.

    Args:
        found: the editions of the audit, the group's first.
        loads: every line of the load ledger: all of it may have been looked at (repeats, months before).
        rejects: every record that was not taken; the numbers in it are masked.
    """
    group, *others = found
    stems = file_stems([edition.partner for edition in others if edition.partner is not None])
    rows = (
        (
            r.load_id,
            r.file,
            r.line,
            r.byte_offset,
            r.reason,
            masked_throughout(r.raw.decode("utf-8", "replace")),
        )
        for r in rejects
    )
    texts = {
        "results.json": as_json(group.document),
        "results.csv": results_csv(group.document),
        "findings.csv": findings_csv(group.document),
        "loads.json": ledger.as_json(loads),
        "rejects.csv": as_csv(_REJECTS, rows),
    }
    texts |= {f"partners/{stems[e.partner]}.json": as_json(e.document) for e in others if e.partner}
    return {name: text.encode("utf-8") for name, text in texts.items()}
