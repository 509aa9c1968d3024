"""What a report bears besides its document: when it was made, in which run, and the hash of its results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stamp:
    """`when` is UTC, `run` names the run (as its bundle does), `results_sha256` is of results.json."""

    when: datetime
    run: str
    results_sha256: str

    @property
    def moment(self) -> str:
        """The time in ISO 8601."""
        return f"{self.when:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def words(self) -> str:
        """The time as a sentence has it."""
        return f"{self.when.day} {self.when:%B %Y}, {self.when:%H:%M} UTC"
