"""What a day of dialling is made of: the agents, the people called, and how the dialler paces itself.

Durations are milliseconds, shares and lines per agent parts of a million, as in a campaign's settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Detection:
    """Answering machine detection: of the machines it `finds` so many, of people it `takes` so many for one.

    It `listens_ms` to every call that is answered before it decides; only then is an agent sought.
    """

    finds: int
    takes: int
    listens_ms: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """A shift of a campaign.

    `answered` is the share of calls dialled that somebody or something answers, `machines` that of answering
    machines among these. An answered call has rung for a time between nothing and `ring_ms`, each as likely
    as another; an unanswered one rings for all of it. The lengths of talks with people and of calls that
    machines take up are exponential around their means. `waits_ms` is how long a call waits for an agent
    before the dialler drops it.
    """

    agents: int
    shift_ms: int
    answered: int
    machines: int
    ring_ms: int
    waits_ms: int
    talk_ms: int
    wrap_up_ms: int
    machine_ms: int
    detection: Detection | None = None


#: What a dialler divides the calls it dropped by.
Base = Literal["live_calls", "answered_calls", "all_calls"]


@dataclass(frozen=True, slots=True)
class Pacing:
    """How many lines the dialler keeps busy: `lines` for each agent at work, or for each that is free.

    With `target` it seeks the number itself, up to `lines`: once a minute it takes a tenth of a line more
    where the calls it dropped since the shift began are within that share `of` its base, else two tenths
    less. What diallers do is their makers' secret or differs by version: this stands for them all.
    """

    lines: int
    per: Literal["all_agents", "free_agents"]
    target: int | None = None
    of: Base = "live_calls"
