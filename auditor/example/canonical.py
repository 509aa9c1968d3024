"""Kestrel's view: canonical call records, to the millisecond, one gzipped CSV a week."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from auditor.example.calls import Outcome, SimulatedCall
from auditor.example.client import KESTREL
from auditor.example.clock import LocalDay, week_of

COLUMNS = (
    "call_id",
    "partner",
    "call_centre",
    "campaign",
    "agent",
    "dial_mode",
    "dialled_number",
    "presented_number",
    "dialled_at",
    "answered_at",
    "greeting_start_at",
    "greeting_end_at",
    "connected_at",
    "message",
    "message_at",
    "ended_at",
    "ring_ms",
    "ended_by",
    "amd",
    "operator_reserved",
    "outcome",
    "disposition",
)
HEADER = ",".join(COLUMNS) + "\n"

_DISPOSITIONS: dict[Outcome, str] = {
    "not_answered": "NO ANSWER",
    "busy": "BUSY",
    "invalid_number": "UNOBTAINABLE",
    "machine_by_amd": "MACHINE",
    "machine_by_agent": "AGENT MACHINE",
    "fax": "FAX",
    "dropped_by_dialler": "ABANDONED",
    "callee_hung_up_waiting": "CLEARED",
}


def file_name(day: date) -> str:
    """One file a week, named for its first day."""
    monday, _ = week_of(day)
    return f"kestrel-calls-{monday:%Y%m%d}.csv.gz"


def lines(calls: Iterable[SimulatedCall], day: LocalDay) -> Iterator[str]:
    """The day's records in the order dialled. No field can hold a comma, so none is quoted."""

    def at(instant_ms: int | None) -> str:
        return "" if instant_ms is None else day.iso(instant_ms)

    for call in calls:
        fields = (
            f"KO-{call.call_no:08}",
            call.partner,
            KESTREL.call_centre,
            call.campaign,
            call.agent,
            call.dial_mode,
            call.lead.number,
            call.presented_number,
            at(call.dialled_ms),
            at(call.answered_ms),
            at(call.greeting_start_ms),
            at(call.greeting_end_ms),
            at(call.connected_ms),
            call.message,
            at(call.message_ms),
            at(call.ended_ms),
            str(call.ring_ms),
            call.ended_by,
            call.amd,
            "true" if call.by_hand else "false",
            call.outcome,
            call.result.upper() or _DISPOSITIONS[call.outcome],
        )
        yield ",".join(fields) + "\n"
