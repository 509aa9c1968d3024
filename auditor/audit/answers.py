"""What the client answers for, as an audit's document has it; a partner's has what concerns the partner."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from auditor.audit.audit import Audit
from auditor.audit.interval import clopper_pearson
from auditor.audit.numbers import rate_text


def estimates(audit: Audit) -> list[dict[str, Any]]:
    """Each reasoned estimate with its exact 95% interval."""
    found = []
    for estimate in audit.workspace.config.estimate:
        if not _concerns(audit, estimate.partner, estimate.campaign, estimate.call_centre):
            continue
        low, high = clopper_pearson(estimate.false_positives, estimate.sample)
        middle = Fraction(estimate.false_positives, estimate.sample)
        found.append(
            estimate.model_dump(mode="json", by_alias=True)
            | {"low": rate_text(low), "midpoint": rate_text(middle), "high": rate_text(high)}
        )
    return found


def attestations(audit: Audit) -> list[dict[str, Any]]:
    """Each attestation, and whether a record makes it void."""
    void = {attestation for result in audit.results for attestation in result.void}
    return [
        a.model_dump(mode="json", by_alias=True)
        | {"void": "a record says the opposite" if a in void else None}
        for a in audit.workspace.config.attestation
        if _concerns(audit, a.partner, a.campaign, a.call_centre)
    ]


def waivers(audit: Audit) -> list[dict[str, Any]]:
    """Each waiver with the failures it waived, those whose risk it accepts, and what is to be said of it."""
    return [
        each.waiver.model_dump(mode="json") | {"waived": each.waived, "accepted": each.accepted, "note": note}
        for each, note in audit.waivers
        # One that names no partner may be about another's calls, and say so in its reason.
        if audit.selection.partner in (None, each.waiver.partner) or each.waived or each.accepted
    ]


def _concerns(audit: Audit, partner: str | None, campaign: str | None, call_centre: str | None) -> bool:
    """Whether something said of some calls may be shown: a partner sees nothing of another's."""
    chosen = audit.selection.partner
    if chosen is None:
        return True
    centres = {r.unit.call_centre for r in audit.results}
    campaigns = {r.unit.campaign for r in audit.results}
    return partner == chosen or (
        partner is None
        and (campaign is None or campaign in campaigns)
        and (call_centre is None or call_centre in centres)
    )
