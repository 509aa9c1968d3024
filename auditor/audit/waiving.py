"""Waivers over verdicts: what is waived stays in sight, and a limit of the law cannot be waived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.audit.result import Result
from auditor.period import Period, in_words
from auditor.waivers import Waiver


@dataclass(frozen=True, slots=True)
class Used:
    """What became of a waiver in an audit.

    `waived` counts the failures of a house limit that it took out, `accepted` those of the law's limits,
    which stay. Of failures that no waiver speaks of, `before` and `after` count those it would speak of had
    it begun sooner or held longer; `other` is the ticket of one that spoke first.
    """

    waiver: Waiver
    waived: int
    accepted: int
    before: int
    after: int
    other: str | None


def waived(result: Result, waivers: Sequence[Waiver]) -> Result:
    """The verdict with the first waiver that speaks of it on its day."""
    if result.verdict != "fail":
        return result
    waiver = next((w for w in waivers if _speaks_of(w, result) and w.covers(result.first)), None)
    if waiver is None:
        return result
    until = f"until {in_words(waiver.expires)}"
    if result.own_limit:
        said = f"Waived by {waiver.approver} {until} ({waiver.ticket})."
        return replace(result, verdict="waived", waiver=waiver, reason=f"{result.reason} {said}")
    said = (
        f"{waiver.approver} accepts this as a risk {until} ({waiver.ticket}); "
        "a limit of the law cannot be waived, so it is a failure still."
    )
    return replace(result, waiver=waiver, reason=f"{result.reason} {said}")


def used(waivers: Sequence[Waiver], results: Sequence[Result]) -> Iterator[Used]:
    """What became of each waiver."""
    for waiver in waivers:
        spoken = [r for r in results if r.verdict in ("fail", "waived") and _speaks_of(waiver, r)]
        mine = [r for r in spoken if r.waiver == waiver]
        alone = [r for r in spoken if r.waiver is None]
        yield Used(
            waiver,
            waived=sum(r.verdict == "waived" for r in mine),
            accepted=sum(r.verdict == "fail" for r in mine),
            before=sum(r.first < waiver.created for r in alone),
            after=sum(r.first > waiver.expires for r in alone),
            other=next((r.waiver.ticket for r in spoken if r.waiver not in (None, waiver)), None),
        )


def note_on(use: Used, period: Period) -> str | None:
    """What to say of a waiver whose days are over or not yet come, or that nothing needed."""
    waiver = use.waiver
    if use.after:
        return (
            f"expired on {in_words(waiver.expires)}, and its findings are back: mend them, "
            "or have it approved anew"
        )
    if use.before:
        return (
            f"holds from {in_words(waiver.created)}, the day it was created: failures of the days before "
            "stay failures"
        )
    if use.waived or use.accepted or not waiver.created <= period.last <= waiver.expires:
        return None
    if use.other is not None:
        return f"was not used, since the waiver {use.other} speaks of the same: take one of them out"
    return "was not used, since nothing that it speaks of failed: take it out if it is mended"


def _speaks_of(waiver: Waiver, result: Result) -> bool:
    unit = result.unit
    return waiver.rule == f"{result.pack}/{result.rule}" and waiver.names(
        unit.partner, unit.call_centre, unit.campaign
    )
