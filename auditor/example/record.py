"""What became of a line, as a call record."""

from __future__ import annotations

from typing import Required, TypedDict, Unpack

from auditor.example.calls import Ender, Outcome, Result, SimulatedCall
from auditor.example.lines import AFTER_GREETING_MS, Line


class Ending(TypedDict, total=False):
    """How a call went on after the line settled; instants in epoch ms UTC."""

    ended_ms: Required[int]
    ended_by: Required[Ender]
    agent: str
    by_hand: bool
    connected_ms: int
    message_ms: int
    wrap_ms: int
    result: Result


def call_of(line: Line, outcome: Outcome, **ending: Unpack[Ending]) -> SimulatedCall:
    """The record of a line that ended so."""
    partner = line.assignment.partner
    message_ms = ending.get("message_ms")
    greeting_end = line.heard_ms - AFTER_GREETING_MS
    cut_short = greeting_end > (ending["ended_ms"] if message_ms is None else message_ms)
    return SimulatedCall(
        call_no=line.call_no,
        partner=partner.id,
        campaign=line.assignment.campaign,
        dial_mode=partner.by_hand if ending.get("by_hand") else "auto",
        lead=line.lead,
        attempt=line.attempt,
        presented_number=line.assignment.presented_number,
        dialled_ms=line.dialled_ms,
        ring_ms=line.rung_ms - line.dialled_ms,
        answered_ms=line.rung_ms if line.answered else None,
        greeting_start_ms=line.greeting_start_ms,
        greeting_end_ms=None if line.verdict != "human" or cut_short else greeting_end,
        routed_ms=line.seeks_ms if line.answered else None,
        connected_ms=ending.get("connected_ms"),
        message="none" if message_ms is None else "played",
        message_ms=message_ms,
        ended_ms=ending["ended_ms"],
        ended_by=ending["ended_by"],
        met=line.met,
        amd=line.verdict,
        outcome=outcome,
        agent=ending.get("agent", ""),
        wrap_ms=ending.get("wrap_ms", 0),
        result=ending.get("result", ""),
    )
