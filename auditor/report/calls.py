"""The calls behind a failure or a doubt, each in a line that an officer can look up in the dialler."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.report import words
from auditor.report.rows import Row

#: So many calls are told of one failure or doubt; results.json has a few more of each of its days.
MAX_CALLS = 10

_OUTCOMES = {
    "not_answered": "not answered",
    "busy": "busy",
    "invalid_number": "no such number",
    "network_failure": "network failure",
    "machine_by_amd": "machine, says detection",
    "machine_by_agent": "machine, says an agent",
    "fax": "fax",
    "live_to_agent": "put through to an agent",
    "dropped_by_dialler": "ended by the dialler",
    "callee_hung_up_waiting": "the person hung up",
    "message_only": "recorded message only",
    "answered_unknown": "answered, by whom unknown",
    "excluded": "not dialled by the dialler",
}
_MESSAGES = {"played": "played", "none": "none", "unknown": "not known"}
_COUNTS = {"counted": "certain", "doubtful": "doubtful"}


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call: when it was dialled, what happened how long after the answer, and where its record stands.

    `moment` is the dialling by the world's clock, which sorts by time where local clocks repeat an hour.
    """

    day: str
    clock: str
    moment: str
    number: str
    outcome: str
    code: str
    rang: str
    message: str
    agent: str
    ended: str
    counts: str
    call_id: str
    record: str
    after: str


def calls_of(rows: Iterable[Row], *, only_doubtful: bool = False) -> tuple[CallLine, ...]:
    """The first calls of some rows' samples: those that certainly count before those that may.

    With `only_doubtful` those that may alone: what a doubt is about.
    """
    # A call is told once, though rows of a campaign and of a call centre both turn on it.
    told = {
        (call["load_id"], call["source_row"]): call
        for row in rows
        for call in row["sample"]
        if not only_doubtful or call["counts"] == "doubtful"
    }
    sample = list(told.values())
    sample.sort(key=lambda call: (call["counts"] != "counted", _moment(call), call["call_id"]))
    return tuple(map(_line, sample[:MAX_CALLS]))


def _line(call: Row) -> CallLine:
    dialled, answered = call["dialled_at"], call["answered_at"]
    message = _after(answered, call["message_at"]) or _MESSAGES[call["message"]]
    rang = _after(dialled, answered)
    if not rang and call["ring_ms"] is not None:
        rang = _seconds(call["ring_ms"])
    return CallLine(
        day=words.short_day(dialled[:10]),
        clock=_clock(dialled),
        moment=_moment(call),
        number=call["number"],
        outcome=_OUTCOMES[call["outcome"]],
        code=call["disposition"] or "",
        rang=rang or "–",
        message=message if answered is not None else "–",
        agent=_after(answered, call["connected_at"]) or "–",
        ended=_after(answered or dialled, call["ended_at"]) or "–",
        counts=f"{_COUNTS[call['counts']]}: {call['tally'].replace('_', ' ')}",
        call_id=call["call_id"],
        record=_record(call),
        after=_earlier(call["after"]) if call["after"] else "",
    )


def _record(call: Row) -> str:
    return f"load {call['load_id']}, record {call['source_row']:,}"


def _earlier(call: Row) -> str:
    """The call that one repeats."""
    if call["call_id"] is None:
        return "after an earlier call for the client, not of this partner"
    whose = f" of {call['partner']}" if call["partner"] is not None else ""
    when = f"{words.short_day(call['dialled_at'][:10])} {_clock(call['dialled_at'])}"
    return f"after call {call['call_id']}{whose}, dialled {when} ({_record(call)})"


def _moment(call: Row) -> str:
    """The dialling by the world's clock, all alike in form."""
    at = datetime.fromisoformat(call["dialled_at"])
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _clock(moment: str) -> str:
    at = datetime.fromisoformat(moment)
    return f"{at:%H:%M:%S.%f}"[:-3] if "." in moment else f"{at:%H:%M:%S}"


def _after(first: str | None, then: str | None) -> str:
    if first is None or then is None:
        return ""
    return _seconds((datetime.fromisoformat(then) - datetime.fromisoformat(first)).total_seconds() * 1000)


def _seconds(ms: float) -> str:
    """As finely as it is known: `2 s`, `1.919 s`."""
    return f"{ms / 1000:,.3f}".rstrip("0").rstrip(".") + " s"
