"""A line as it is dialled, with all that it will meet drawn at once.

The dialler learns of it only as time passes; drawing it first keeps the simulation a plain sequence
of moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from auditor.example.calls import Amd, Result
from auditor.example.chance import Quantiles, Shares, draw, happens, pick
from auditor.example.client import Assignment, Detection, Meets
from auditor.example.leads import Lead

#: Milliseconds until the far end answers, or the dialler or the network gives up. No telephone that
#: stays unanswered rings for less than 15 s; voicemail mostly answers late.
RING: Final[dict[Meets, Quantiles]] = {
    "person": (4_000, 7_000, 10_000, 14_000, 19_000, 30_000),
    "machine": (9_000, 16_000, 20_000, 22_000, 25_000, 30_000),
    "fax": (3_000, 8_000, 15_000),
    "nobody": (20_000, 26_000, 28_000, 30_000, 34_000),
    "busy": (800, 1_500, 4_000),
    "invalid": (300, 900, 2_500),
}
#: How long detection listens, by its verdict: machines give themselves away by talking on.
ANALYSIS: Final[dict[Amd, Quantiles]] = {
    "none": (0, 0),
    "human": (1_500, 1_700, 2_000, 2_700),
    "machine": (1_800, 2_300, 2_600, 3_000),
}
FAX_TONE: Final[Quantiles] = (1_200, 1_600, 2_400)
GREETING_START: Final[Quantiles] = (150, 350, 700)
#: Detection calls somebody human when silence of this length follows the greeting.
AFTER_GREETING_MS: Final = 700
#: When the dialler gives a call up: early enough for the message to begin within two seconds.
DROP_AFTER: Final[Quantiles] = (1_850, 2_000)
PATIENCE: Final[Quantiles] = (300, 2_500, 6_000, 9_000, 14_000, 40_000)
TALK: Final[Quantiles] = (12_000, 30_000, 55_000, 90_000, 150_000, 260_000, 700_000)
WRAP: Final[Quantiles] = (4_000, 12_000, 20_000, 35_000, 75_000)
HEARING_A_MACHINE: Final[Quantiles] = (3_000, 5_000, 8_000, 15_000)
WRAP_OF_A_MACHINE: Final[Quantiles] = (1_000, 2_000, 4_000)
RESULT: Final[Shares[Result]] = (
    ("not interested", 560),
    ("call back", 160),
    ("declined", 120),
    ("no pitch", 100),
    ("sale", 60),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A dialled line and its fate; instants in epoch ms UTC.

    `rung_ms`: ringing ends. `seeks_ms`: an agent is wanted, or the line is known to need none.
    `heard_ms`: analysis is done. `lost_ms`: with no agent by now the call is over, because the
    dialler drops it or (`hangs_up`) the person has had enough.
    """

    call_no: int
    assignment: Assignment
    lead: Lead
    attempt: int
    dialled_ms: int
    met: Meets
    verdict: Amd
    rung_ms: int
    heard_ms: int
    seeks_ms: int
    lost_ms: int
    hangs_up: bool
    greeting_start_ms: int | None

    @property
    def answered(self) -> bool:
        """Whether anybody or anything picked up."""
        return self.met in ("person", "machine", "fax")

    @property
    def wants_agent(self) -> bool:
        """Whether the dialler takes it for a person."""
        return self.met in ("person", "machine") and self.verdict != "machine"


def draw_line(
    rng: Random,
    assignment: Assignment,
    lead: Lead,
    *,
    attempt: int,
    call_no: int,
    dialled_ms: int,
    detection: Detection | None,
) -> Line:
    """Dial a lead: draw who answers, when, and how long each would wait."""
    met = pick(rng, assignment.meets)
    rung = dialled_ms + draw(rng, RING[met])
    verdict = _verdict(rng, met, detection)
    if met in ("person", "machine"):
        heard = rung + draw(rng, ANALYSIS[verdict])
        drops = rung + draw(rng, DROP_AFTER)
        # The dialler holds an agent for a call that detection still listens to, or gives it up.
        seeks = heard if verdict == "machine" else min(heard, drops)
        leaves = seeks + draw(rng, PATIENCE) if met == "person" else drops + 1
        greeting = None if verdict == "none" else rung + draw(rng, GREETING_START)
    else:
        heard = rung + (draw(rng, FAX_TONE) if met == "fax" else 0)
        seeks = leaves = drops = heard
        greeting = None
    return Line(
        call_no=call_no,
        assignment=assignment,
        lead=lead,
        attempt=attempt,
        dialled_ms=dialled_ms,
        met=met,
        verdict=verdict,
        rung_ms=rung,
        heard_ms=heard,
        seeks_ms=seeks,
        lost_ms=min(drops, leaves),
        hangs_up=leaves < drops,
        greeting_start_ms=greeting,
    )


def _verdict(rng: Random, met: Meets, detection: Detection | None) -> Amd:
    if detection is None:
        return "none"
    if met == "person":
        return "machine" if happens(rng, detection.people_called_machine) else "human"
    if met == "machine":
        return "human" if happens(rng, detection.machines_called_human) else "machine"
    return "none"
