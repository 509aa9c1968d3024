"""What a pipeline is told: a finding of the gate or a verdict of an audit, in one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from auditor.gate.check import Finding
from auditor.gate.entry import Place

Verdict = Literal["fail", "unreadable", "undecided", "warning", "waived"]


@dataclass(frozen=True, slots=True)
class Notice:
    """`rule` names what is broken, `subject` whose: a campaign, a call centre, a partner.

    `file` and `place` say where it stands, where it stands in a file; `day` is the day of a verdict.
    `justification` says who waived it, and why.
    """

    rule: str
    title: str
    verdict: Verdict
    subject: str
    says: str
    help: str
    citation: str
    day: str | None = None
    file: str | None = None
    place: Place | None = None
    justification: str | None = None

    @property
    def case(self) -> str:
        """What it is a case of: two files may each have a campaign of one name."""
        return f"{self.subject} ({self.file})" if self.file is not None else self.subject

    @property
    def level(self) -> Literal["error", "warning", "note"]:
        """How grave it is, in the three words that most tools have."""
        return (
            "error"
            if self.verdict in ("fail", "unreadable")
            else "note"
            if self.verdict == "waived"
            else "warning"
        )


def of_finding(finding: Finding) -> Notice:
    """A finding of the gate."""
    waiver = finding.waiver
    return Notice(
        rule=finding.check,
        title=finding.title,
        verdict=finding.verdict,
        subject=finding.campaign or "unnamed campaign",
        says=finding.says,
        help=finding.remedy,
        citation=f"{finding.citation} ({finding.status})",
        file=finding.file,
        place=finding.place,
        justification=f"{waiver.reason} ({waiver.approver}, {waiver.ticket})" if waiver else None,
    )


def of_fault(file: str, sentence: str) -> Notice:
    """A file that could not be read: nothing is known of its campaigns."""
    return Notice(
        rule="auditor/unreadable",
        title="A file that could not be read",
        verdict="unreadable",
        subject=file,
        says=sentence,
        help="Mend it: nothing in it was checked.",
        citation="none",
        file=file,
        place=Place(1, 1),
    )


def of_result(row: dict[str, Any], title: str, waivers: dict[tuple[str, str], dict[str, Any]]) -> Notice:
    """A verdict of an audit that is a failure, a doubt or waived.

    Args:
        row: a row of the document's results.
        title: that of its rule.
        waivers: (rule, ticket) → waiver, of the document.
    """
    names = [str(row[key]) for key in ("partner", "call_centre", "campaign") if row[key] is not None]
    rule = f"{row['pack']}/{row['rule']}"
    waiver = waivers.get((rule, row["waiver"] or ""))
    return Notice(
        rule=rule,
        title=title,
        verdict=row["verdict"],
        subject=f"{row['basis']}, {row['scope']} {' / '.join(names) or row['client'] or '(unnamed)'}",
        says=row["reason"],
        help=row["remedy"],
        citation=f"{row['citation']} ({row['status']})",
        day=row["from"],
        justification=f"{waiver['reason']} ({waiver['approver']}, {waiver['ticket']})" if waiver else None,
    )
