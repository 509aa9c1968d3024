"""Brightcall's view: Asterisk's `Master.csv` as cdr_csv writes it, rotated once a week.

No header, text quoted, numbers not, local time in whole seconds, a record when its call has ended.
Asterisk knows no more than that a channel was answered; what became of the call is a code that the
dialler leaves in `userfield`. No code proves that a message was heard, and none says when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from auditor.example.calls import Outcome, SimulatedCall
from auditor.example.clock import LocalDay, week_of
from auditor.example.leads import national

#: The dialler's codes and what each means in the call record; `workspace` writes them out.
CODES: dict[str, Outcome | str] = {
    "LIVE": "live_to_agent",
    "AGENT-AM": "machine_by_agent",
    "DROP": "dropped_by_dialler",
    "DROPMSG": "dropped_by_dialler",
    "HANGUP": "callee_hung_up_waiting",
    "AM": "machine_by_amd",
    "FAX": "fax",
    "MANUAL": "excluded",
}
_DISPOSITIONS: dict[Outcome, str] = {
    "not_answered": "NO ANSWER",
    "busy": "BUSY",
    "invalid_number": "FAILED",
}
_USERFIELDS: dict[Outcome, str] = {
    "live_to_agent": "LIVE",
    "machine_by_agent": "AGENT-AM",
    "callee_hung_up_waiting": "HANGUP",
    "machine_by_amd": "AM",
    "fax": "FAX",
}


def file_name(day: date) -> str:
    """One log a week, named for its first day."""
    monday, _ = week_of(day)
    return f"Master-{monday:%Y%m%d}.csv"


def lines(calls: Iterable[SimulatedCall], day: LocalDay) -> Iterator[str]:
    """The day's records in the order in which the calls ended."""
    for call in sorted(calls, key=lambda call: (call.ended_ms, call.call_no)):
        yield ",".join(_fields(call, day)) + "\n"


def _fields(call: SimulatedCall, day: LocalDay) -> Iterator[str]:
    answered = call.answered_ms
    presented = national(call.presented_number)
    application, data = _last_application(call)
    yield _quoted(call.campaign)
    yield _quoted(presented)
    yield _quoted(national(call.lead.number))
    yield _quoted("outbound")
    yield _quoted(f'"{presented}" <{presented}>')
    yield _quoted(f"PJSIP/carrier-{call.call_no:08x}")
    yield _quoted(f"PJSIP/{call.agent}-{call.call_no:08x}" if call.agent else "")
    yield _quoted(application)
    yield _quoted(data)
    yield _quoted(day.stamp(call.dialled_ms))
    yield _quoted("" if answered is None else day.stamp(answered))
    yield _quoted(day.stamp(call.ended_ms))
    yield str((call.ended_ms - call.dialled_ms) // 1000)
    yield str(0 if answered is None else (call.ended_ms - answered) // 1000)
    yield _quoted(_DISPOSITIONS.get(call.outcome, "ANSWERED"))
    yield _quoted("DOCUMENTATION")
    yield _quoted(f"{call.dialled_ms // 1000}.{call.call_no}")
    yield _quoted(_userfield(call))


def _userfield(call: SimulatedCall) -> str:
    """The dialler's code; none where nobody answered, which Asterisk says itself."""
    if call.by_hand:
        return "MANUAL"
    if call.outcome == "dropped_by_dialler":
        # DROPMSG: the message ended the call. DROP: the person did, while it was played.
        return "DROPMSG" if call.ended_by == "dialler" else "DROP"
    return _USERFIELDS.get(call.outcome, "")


def _last_application(call: SimulatedCall) -> tuple[str, str]:
    if call.answered_ms is None:
        return "Dial", f"PJSIP/{national(call.lead.number)}@carrier,36"
    if call.outcome == "dropped_by_dialler":
        return "Playback", "et-information-message"
    return "Queue", call.campaign


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
