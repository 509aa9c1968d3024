"""A simulated call: the facts of a call record, and what no export would ever tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.example.client import Meets
from auditor.example.leads import Lead

DialMode = Literal["auto", "preview", "manual"]
Amd = Literal["none", "human", "machine"]
Outcome = Literal[
    "not_answered",
    "busy",
    "invalid_number",
    "machine_by_amd",
    "machine_by_agent",
    "fax",
    "live_to_agent",
    "dropped_by_dialler",
    "callee_hung_up_waiting",
]
Ender = Literal["dialler", "callee", "agent"]
#: What the agent noted; empty where no agent spoke to a person.
Result = Literal["", "sale", "not interested", "no pitch", "declined", "call back"]


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """One call attempt; times in epoch ms UTC, durations in ms.

    `routed_ms` is when the dialler looked for an agent: at the answer, or when detection was done.
    `met` is the truth about who answered, which a dialler only guesses at.
    """

    call_no: int
    partner: str
    campaign: str
    dial_mode: DialMode
    lead: Lead
    attempt: int
    presented_number: str
    dialled_ms: int
    ring_ms: int
    answered_ms: int | None
    greeting_start_ms: int | None
    greeting_end_ms: int | None
    routed_ms: int | None
    connected_ms: int | None
    message_ms: int | None
    ended_ms: int
    ended_by: Ender
    met: Meets
    amd: Amd
    outcome: Outcome
    message: Literal["played", "none"]
    agent: str
    wrap_ms: int
    result: Result

    @property
    def by_hand(self) -> bool:
        """Whether an agent dialled, who was there by nature: no call of an automated system."""
        return self.dial_mode != "auto"

    @property
    def lost_ms(self) -> int:
        """When a call that found no agent was given up; a message may follow."""
        return self.ended_ms if self.message_ms is None else self.message_ms
