"""Many days of a campaign at once, in step: event by event, each a few operations over arrays of days.

A row of a table is a line, a column a day; a cell holds when the line's call comes to its next event and
what that event is, packed into one integer so that the least of a column is its next event. Calls that
wait are given to agents in the order of their answers, so whether one is taken in time is known when it
is answered (the recursion of Kiefer and Wolfowitz for a queue of several servers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from auditor.amounts import PARTS
from auditor.forecast.traffic import Pacing, Traffic

_Numbers = npt.NDArray[np.int64]

# What a line's next event is.
_FAILED, _PERSON, _MACHINE, _TAKEN, _FOUND, _SERVED, _OVER = range(7)
_KIND_BITS: Final = 3
_ROW_BITS: Final = 17
_SHIFT: Final = _KIND_BITS + _ROW_BITS
_ROW: Final = (1 << _ROW_BITS) - 1
_NEVER: Final = np.iinfo(np.int64).max
#: More lines than these no campaign has.
MOST_LINES: Final = _ROW

#: A dialler that seeks its pace looks at its rate so often, and moves by so much.
_LOOKS_MS: Final = 60_000
_UP: Final = PARTS // 10
_DOWN: Final = 2 * _UP
#: Before so many calls it does not look.
_FIRST_CALLS: Final = 50


@dataclass(frozen=True, slots=True)
class Days:
    """What became of the calls of each day: arrays with one number for every day.

    `dialled` are all calls, `live` people and `agent_machines` machines that agents spoke to, `dropped`
    calls that waited too long; `found` machines that detection ended, `taken` people that it did.
    """

    dialled: _Numbers
    live: _Numbers
    agent_machines: _Numbers
    dropped: _Numbers
    found: _Numbers
    taken: _Numbers

    @property
    def unanswered(self) -> _Numbers:
        """Calls that nobody and nothing answered."""
        return self.dialled - self.live - self.agent_machines - self.dropped - self.found - self.taken

    @classmethod
    def joined(cls, several: Sequence[Days]) -> Days:
        """Days one after another."""
        return cls(*(np.concatenate([getattr(days, f.name) for days in several]) for f in fields(cls)))


def simulate(traffic: Traffic, pacing: Pacing, aims: _Numbers, rng: np.random.Generator) -> Days:
    """Simulate a day for each of some aims.

    Args:
        traffic: a shift.
        pacing: how the dialler paces itself.
        aims: for each day the lines per agent, or the target where the dialler seeks its pace.
        rng: where chance comes from; the same one gives the same days.
    """
    floor = _Floor(traffic, pacing, aims, rng)
    while floor.step():
        pass
    return floor.days


class _Floor:
    """The state of every day."""

    def __init__(self, traffic: Traffic, pacing: Pacing, aims: _Numbers, rng: np.random.Generator) -> None:
        self._traffic, self._pacing, self._rng = traffic, pacing, rng
        self._seeks = pacing.target is not None
        days = len(aims)
        self._target = aims
        self._level = np.full(days, PARTS, np.int64) if self._seeks else aims.copy()
        highest = pacing.lines if self._seeks else int(aims.max(initial=0))
        lines = highest * traffic.agents // PARTS + (traffic.agents if pacing.per == "free_agents" else 0)
        self._every_day = np.arange(days)
        self._next = np.full((lines, days), _NEVER, np.int64)
        #: When each agent is free again, and which agent, packed.
        self._agents = np.tile(np.arange(traffic.agents, dtype=np.int64)[:, None], days)
        #: Lines that are not in use: the first `_unused` rows of a column.
        self._parked = np.tile(np.arange(lines, dtype=np.int64)[:, None], days)
        self._unused = np.full(days, lines, np.int64)
        self._lines = lines
        self._ringing = np.zeros(days, np.int64)
        self._busy = np.zeros(days, np.int64)  # calls with agents or about to be
        self._looks = np.full(days, _LOOKS_MS if traffic.shift_ms > _LOOKS_MS else _NEVER, np.int64)
        self.days = Days(*(np.zeros(days, np.int64) for _ in range(6)))
        self._dial(np.zeros(days, np.int64))

    def step(self) -> bool:
        """Bring every day to its next event; False when all are over."""
        event = self._next.min(axis=0)
        when = event >> _SHIFT
        row = (event >> _KIND_BITS) & _ROW
        kind = event & ((1 << _KIND_BITS) - 1)
        now = when
        days = self._every_day
        looking = self._looks <= when if self._seeks else None
        if event.max() == _NEVER or (looking is not None and looking.any()):
            now = np.full(len(days), self._traffic.shift_ms, np.int64)
            going = event != _NEVER
            if not going.any():
                return False
            if looking is not None:
                at = np.nonzero(looking & going)[0]
                now[at] = self._looks[at]
                self._seek(at)
                going &= ~looking
            days = np.nonzero(going)[0]
            when, row, kind = when[days], row[days], kind[days]
            now[days] = when
        self._happens(days, when, row, kind)
        self._dial(now)
        return True

    def _happens(self, days: _Numbers, when: _Numbers, row: _Numbers, kind: _Numbers) -> None:
        """The events of some days: calls are answered, given to agents, dropped or ended; lines are free."""
        held = np.full(len(days), _NEVER, np.int64)
        self._ringing[days] -= kind < _SERVED
        self._busy[days] -= kind == _SERVED
        self._route(days, when, row, kind, held)
        if self._traffic.detection is not None:
            self.days.taken[days] += kind == _TAKEN
            self.days.found[days] += kind == _FOUND
        self._next[row, days] = held
        freed = np.nonzero(held == _NEVER)[0]
        freed_days = days[freed]
        self._parked[self._unused[freed_days], freed_days] = row[freed]
        self._unused[freed_days] += 1

    def _route(self, days: _Numbers, when: _Numbers, row: _Numbers, kind: _Numbers, held: _Numbers) -> None:
        """Calls that somebody should take: whoever is free first does, if that is soon enough."""
        calls = np.nonzero((kind == _PERSON) | (kind == _MACHINE))[0]
        if not len(calls):
            return
        traffic = self._traffic
        where = days[calls]
        ready = when[calls]
        first = self._agents.min(axis=0)[where]
        start = np.maximum(first >> _SHIFT, ready)
        person = kind[calls] == _PERSON
        taken = start <= ready + traffic.waits_ms
        mean = np.where(person, traffic.talk_ms, traffic.machine_ms)
        talk = (self._rng.standard_exponential(len(calls)) * mean).astype(np.int64)
        until = start + talk + traffic.wrap_up_ms
        to = np.nonzero(taken)[0]
        agent = first[to] & ((1 << _SHIFT) - 1)
        self._agents[agent, where[to]] = (until[to] << _SHIFT) | agent
        self._busy[where] += taken
        self.days.live[where] += taken & person
        self.days.agent_machines[where] += taken & ~person
        self.days.dropped[where] += ~taken
        over = ready + traffic.waits_ms
        held[calls] = _packed(np.where(taken, until, over), row[calls], np.where(taken, _SERVED, _OVER))

    def _seek(self, at: _Numbers) -> None:
        """Let the dialler look at its rate, where a minute of the shift is over, and move its pace."""
        self._looks[at] += _LOOKS_MS
        # Nobody dials any more when the shift is over, so nobody need look.
        self._looks[self._looks >= self._traffic.shift_ms] = _NEVER
        count = self.days
        people = count.live[at] + count.dropped[at]
        base = {
            "live_calls": people,
            "answered_calls": people + count.agent_machines[at] + count.found[at] + count.taken[at],
            "all_calls": count.dialled[at],
        }[self._pacing.of]
        within = count.dropped[at] * PARTS <= self._target[at] * base
        move = np.where(count.dialled[at] < _FIRST_CALLS, 0, np.where(within, _UP, -_DOWN))
        self._level[at] = np.clip(self._level[at] + move, PARTS, self._pacing.lines)

    def _dial(self, now: _Numbers) -> None:
        """Dial on as many lines as the pace allows, where the shift is not over."""
        agents = self._traffic.agents
        if self._pacing.per == "all_agents":
            wanted = self._level * agents // PARTS - (self._lines - self._unused)
        else:
            free = np.maximum(agents - self._busy, 0)
            wanted = self._level * free // PARTS - self._ringing
        wanted = np.minimum(wanted, self._unused)
        days = np.nonzero((wanted > 0) & (now < self._traffic.shift_ms))[0]
        if not len(days):
            return
        wanted = wanted[days]
        self._ringing[days] += wanted
        self._unused[days] -= wanted
        if wanted.max() > 1:  # several lines of a day at once, one after another in these arrays
            before = np.cumsum(wanted) - wanted
            days = np.repeat(days, wanted)
            nth = np.arange(len(days)) - np.repeat(before, wanted)
            row = self._parked[self._unused[days] + nth, days]
        else:
            row = self._parked[self._unused[days], days]
        self._next[row, days] = self._dialled(days, now[days], row)

    def _dialled(self, days: _Numbers, now: _Numbers, row: _Numbers) -> _Numbers:
        """What will become of calls dialled now.

        Where the number of lines is the same until the dialler looks at its rate again, a line that nobody
        answers on dials again at once: all of that is one event, the answer or the end of its last try.
        """
        traffic, rng = self._traffic, self._rng
        count = len(days)
        luck = rng.random((4, count))
        if self._pacing.per == "all_agents" and traffic.answered:
            until_answer = rng.geometric(traffic.answered / PARTS, count)
            until = np.minimum(self._looks[days], traffic.shift_ms) if self._seeks else traffic.shift_ms
            left = -((now - until) // traffic.ring_ms)  # as many as there is time to begin
            answered = until_answer <= left
            tries = np.minimum(until_answer, left)
            np.add.at(self.days.dialled, days, tries)
            now = now + (tries - 1) * traffic.ring_ms
        else:
            answered = luck[0] * PARTS < traffic.answered
            np.add.at(self.days.dialled, days, 1)
        listens = traffic.detection.listens_ms if traffic.detection is not None else 0
        rings = np.where(answered, (luck[1] * traffic.ring_ms).astype(np.int64) + listens, traffic.ring_ms)
        machine = luck[2] * PARTS < traffic.machines
        kind = np.where(machine, _MACHINE, _PERSON)
        if (detection := traffic.detection) is not None:
            drawn = luck[3] * PARTS
            kind = np.where(machine & (drawn < detection.finds), _FOUND, kind)
            kind = np.where(~machine & (drawn < detection.takes), _TAKEN, kind)
        return _packed(now + rings, row, np.where(answered, kind, _FAILED))


def _packed(when: _Numbers, row: _Numbers, kind: _Numbers | int) -> _Numbers:
    packed: _Numbers = (when << _SHIFT) | (row << _KIND_BITS) | kind
    return packed
