"""Whom the campaigns dial: only numbers that Ofcom keeps for drama, which ring nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from auditor.example.chance import shuffled, stream
from auditor.example.client import ASSIGNMENTS, Assignment

HOUR_MS = 3_600_000
#: An abandoned call keeps a number from being dialled for 72 hours; an hour more for slow clocks.
REST_AFTER_ABANDONED_MS = 73 * HOUR_MS
REST_AFTER_MACHINE_MS = 24 * HOUR_MS

#: Ofcom's drama ranges: what stands before the last three digits, each from 000 to 999.
_DRAMA_RANGES = (
    "+447700900",  # mobile
    "+442079460",  # London
    "+441134960",  # Leeds
    "+441144960",  # Sheffield
    "+441154960",  # Nottingham
    "+441164960",  # Leicester
    "+441174960",  # Bristol
    "+441184960",  # Reading
    "+441214960",  # Birmingham
    "+441314960",  # Edinburgh
    "+441414960",  # Glasgow
    "+441514960",  # Liverpool
    "+441614960",  # Manchester
    "+441914980",  # Tyneside
    "+442896496",  # Northern Ireland
    "+442920180",  # Cardiff
    "+441632960",  # no area
)


@dataclass(frozen=True, slots=True)
class Lead:
    """A number on a campaign's list, in E.164."""

    lead_id: int
    number: str


@dataclass(slots=True)
class LeadList:
    """A campaign's list, dialled round and round, past the numbers that have to rest."""

    deck: tuple[Lead, ...]
    dealt: int = 0
    _rests_until: dict[int, int] = field(default_factory=dict)

    def deal(self, now_ms: int) -> tuple[Lead, int]:
        """The next lead that may be dialled, and how many times the list has come round to it.

        A list that rests altogether is dialled regardless, which takes millions of calls a month.
        """
        for _ in self.deck:
            rounds, place = divmod(self.dealt, len(self.deck))
            self.dealt += 1
            lead = self.deck[place]
            if self._rests_until.get(lead.lead_id, 0) <= now_ms:
                break
        return lead, rounds + 1

    def rest(self, lead: Lead, until_ms: int) -> None:
        """Keep a lead from being dialled until then, or for as long as it rests already."""
        self._rests_until[lead.lead_id] = max(until_ms, self._rests_until.get(lead.lead_id, 0))

    def fork(self) -> LeadList:
        """A copy to try a day on."""
        return LeadList(self.deck, self.dealt, dict(self._rests_until))


@cache
def drama_numbers() -> tuple[str, ...]:
    """Every number that may be dialled: the drama ranges without the client's own lines."""
    own = {assignment.presented_number for assignment in ASSIGNMENTS}
    numbers = (f"{start}{n:03}" for start in _DRAMA_RANGES for n in range(1000))
    return tuple(number for number in numbers if number not in own)


def national(number: str) -> str:
    """As it is dialled within the country: `01134960123`."""
    return "0" + number.removeprefix("+44")


def lead_list(assignment: Assignment, seed: int) -> LeadList:
    """The assignment's own leads: no two lists share a number, so that no rest is ever broken."""
    place = ASSIGNMENTS.index(assignment)
    numbers = drama_numbers()[place :: len(ASSIGNMENTS)]
    leads = (Lead(1_000_000 * (place + 1) + n, number) for n, number in enumerate(numbers, 1))
    return LeadList(shuffled(stream(seed, assignment.key, "leads"), leads))
