"""One dialling session: agents, lines and the moments between them.

The drop guard works by a budget: the calls that could still be lost without going over a share of
the live calls so far. The lines out may outnumber the free agents by that many and no more. A call
that is lost takes one line and one of the budget away, a call that is connected one line and one
free agent: the margin never goes below nothing, so a guarded day cannot overspend.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Unpack

from auditor.example.calls import Outcome, SimulatedCall
from auditor.example.chance import draw, happens, pick
from auditor.example.client import Meets
from auditor.example.leads import REST_AFTER_ABANDONED_MS, REST_AFTER_MACHINE_MS, LeadList
from auditor.example.lines import (
    HEARING_A_MACHINE,
    RESULT,
    TALK,
    WRAP,
    WRAP_OF_A_MACHINE,
    Line,
    draw_line,
)
from auditor.example.record import Ending, call_of
from auditor.example.rota import Run

#: Of 1,000 calls, those an agent dials by hand.
BY_HAND = 15
#: The message is twelve seconds long; many do not hear it out.
LISTENS = (1_000, 3_000, 8_000, 12_000, 12_000)
MESSAGE_LENGTH_MS = 12_000
#: Placing a call takes the dialler a moment.
PLACING = (20, 150, 600)

_UNANSWERED: dict[Meets, Outcome] = {
    "nobody": "not_answered",
    "busy": "busy",
    "invalid": "invalid_number",
}


class Session:
    """A run being dialled. `pace` is lines per ten free agents; `guarded` keeps to the budget."""

    def __init__(
        self,
        run: Run,
        leads: LeadList,
        rng: Random,
        *,
        opens_ms: int,
        first_call_no: int,
        agents: int,
        pace: int,
        guarded: bool,
    ) -> None:
        self._run = run
        self._leads = leads
        self._rng = rng
        self._pace = pace
        self._guarded = guarded
        self._now = opens_ms
        self._next_call_no = first_call_no
        self._end_call_no = first_call_no + run.calls
        initial = run.assignment.partner.id[0].upper()
        self._free = deque(f"{initial}{101 + n}" for n in range(agents))
        self._waiting: dict[int, Line] = {}  # by call number, longest waiting first
        self._in_flight = 0
        self._live = 0
        self._lost = 0
        self._moments: list[tuple[int, int, Callable[[], None]]] = []
        self._moments_made = 0
        self._calls: list[SimulatedCall] = []

    def play(self) -> list[SimulatedCall]:
        """Dial the run to its end; the calls in the order they were dialled."""
        self._dial()
        while self._moments:
            self._now, _, happen = heappop(self._moments)
            happen()
            self._dial()
        return sorted(self._calls, key=lambda call: (call.dialled_ms, call.call_no))

    def _at(self, when_ms: int, happen: Callable[[], None]) -> None:
        self._moments_made += 1  # of two things at one instant, the one foreseen first comes first
        heappush(self._moments, (when_ms, self._moments_made, happen))

    def _dial(self) -> None:
        while self._next_call_no < self._end_call_no and self._has_room():
            if happens(self._rng, BY_HAND):
                self._dial_by_hand(self._free.popleft())
            else:
                line = self._line(automatic=True)
                self._in_flight += 1
                self._at(line.seeks_ms, partial(self._settle, line))

    def _has_room(self) -> bool:
        free = len(self._free)
        lines = self._pace * free // 10
        if self._guarded:
            lines = min(lines, free + self._budget_left())
        return self._in_flight < lines

    def _budget_left(self) -> int:
        return self._live * self._run.assignment.drop_budget // 1000 - self._lost

    def _line(self, *, automatic: bool) -> Line:
        lead, attempt = self._leads.deal(self._now)
        line = draw_line(
            self._rng,
            self._run.assignment,
            lead,
            attempt=attempt,
            call_no=self._next_call_no,
            dialled_ms=self._now + draw(self._rng, PLACING),
            detection=self._run.assignment.detection if automatic else None,
        )
        self._next_call_no += 1
        return line

    def _dial_by_hand(self, agent: str) -> None:
        line = self._line(automatic=False)
        self._at(line.seeks_ms, partial(self._settle_by_hand, line, agent))

    def _settle_by_hand(self, line: Line, agent: str) -> None:
        if line.wants_agent:
            self._connect(line, agent, by_hand=True)
        else:
            self._end_unconnected(line, agent)
            self._at(self._now, partial(self._agent_free, agent))

    def _settle(self, line: Line) -> None:
        """The ringing is over, and detection, if there is any, has heard enough."""
        if not line.wants_agent:
            self._in_flight -= 1
            self._end_unconnected(line)
        elif self._free:
            self._in_flight -= 1
            self._connect(line, self._free.popleft())
        else:
            self._waiting[line.call_no] = line
            self._at(line.lost_ms, partial(self._lose, line))

    def _agent_free(self, agent: str) -> None:
        if self._waiting:
            line = self._waiting.pop(next(iter(self._waiting)))
            self._in_flight -= 1
            self._connect(line, agent)
        else:
            self._free.append(agent)

    def _connect(self, line: Line, agent: str, *, by_hand: bool = False) -> None:
        connected = max(self._now, line.heard_ms)
        person = line.met == "person"
        ended = connected + draw(self._rng, TALK if person else HEARING_A_MACHINE)
        wrap = draw(self._rng, WRAP if person else WRAP_OF_A_MACHINE)
        if person and not by_hand:
            self._live += 1
        self._at(ended + wrap, partial(self._agent_free, agent))
        self._note(
            line,
            "live_to_agent" if person else "machine_by_agent",
            ended_ms=ended,
            ended_by="callee" if person and happens(self._rng, 500) else "agent",
            agent=agent,
            by_hand=by_hand,
            connected_ms=connected,
            wrap_ms=wrap,
            result=pick(self._rng, RESULT) if person else "",
        )

    def _lose(self, line: Line) -> None:
        """Nobody was free in time: the dialler drops the call, unless the person hung up first."""
        if self._waiting.pop(line.call_no, None) is None:
            return  # an agent was free after all
        self._in_flight -= 1
        self._lost += 1
        self._leads.rest(line.lead, line.dialled_ms + REST_AFTER_ABANDONED_MS)
        if line.hangs_up:
            self._note(line, "callee_hung_up_waiting", ended_ms=self._now, ended_by="callee")
        elif self._run.message_fails:
            self._note(line, "dropped_by_dialler", ended_ms=self._now, ended_by="dialler")
        else:
            listens = draw(self._rng, LISTENS)
            self._note(
                line,
                "dropped_by_dialler",
                ended_ms=self._now + listens,
                ended_by="callee" if listens < MESSAGE_LENGTH_MS else "dialler",
                message_ms=self._now,
            )

    def _end_unconnected(self, line: Line, agent: str = "") -> None:
        """Nobody answered, a fax did, or what detection took for a machine."""
        outcome = _UNANSWERED.get(line.met, "fax" if line.met == "fax" else "machine_by_amd")
        if outcome == "machine_by_amd":
            self._leads.rest(line.lead, line.dialled_ms + REST_AFTER_MACHINE_MS)
        self._note(
            line,
            outcome,
            ended_ms=self._now,
            ended_by="agent" if agent else "dialler",
            agent=agent,
            by_hand=bool(agent),
        )

    def _note(self, line: Line, outcome: Outcome, **facts: Unpack[Ending]) -> None:
        self._calls.append(call_of(line, outcome, **facts))
