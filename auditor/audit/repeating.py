"""A rule about repeats, made ready for the days of a period: which calls it looks for, and after which."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from auditor.audit.conditions import earlier_conditions, spans_of_threshold, tally_conditions
from auditor.rulebook.condition import Expr, quoted
from auditor.rulebook.model import Rule
from auditor.rulebook.pack import Pack


@dataclass(frozen=True, slots=True)
class Repeating:
    """A rule about repeats, with the conditions of its tallies and of the earlier calls it names.

    `spans` are, for times on the clock, the lengths of time with the instants between which later calls
    have them; None: until the end of the local day.
    """

    number: int
    pack_id: str
    rule: Rule
    earlier: dict[str, Expr]
    tallies: dict[str, Expr]
    spans: tuple[tuple[int, int, int], ...] | None

    @property
    def after(self) -> list[str]:
        """The tallies of calls that come after others."""
        return [name for name, tally in self.rule.tally.items() if tally.after]

    @property
    def apart(self) -> list[frozenset[str]]:
        """Sets of kinds, other than all of them, of which some tally asks whether a call came before."""
        tallies = [self.rule.tally[name] for name in self.after]
        asked = {frozenset(kinds) for tally in tallies for kinds in (tally.after, tally.unless) if kinds}
        return sorted(asked - {frozenset(self.earlier)}, key=sorted)

    def kind(self, name: str) -> str:
        """The word under which an earlier call of a kind is kept."""
        return f"{self.number}/{name}"

    @property
    def stretches(self) -> str:
        """The table of the stretches of time that follow earlier calls."""
        return f"after_{self.number}"

    def among(self, kinds: frozenset[str]) -> str:
        """SQL for whether a kept call is of one of some kinds."""
        return f"of_kind IN ({', '.join(quoted(self.kind(name)) for name in sorted(kinds))})"


def repeating(number: int, pack: Pack, rule: Rule, zone: ZoneInfo) -> Repeating:
    """Make a rule with earlier calls ready; `number` tells it from the others of its run."""
    within = next(iter(rule.earlier.values())).within
    spans = None if within == "day" else spans_of_threshold(rule, within, zone)
    return Repeating(
        number, pack.id, rule, earlier_conditions(rule, zone), tally_conditions(rule, zone), spans
    )
