"""Which verdicts a user asked for: everybody's, one partner's alone, or one campaign's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from auditor.audit.result import Result, Unit
from auditor.audit.scan import Cell


@dataclass(frozen=True, slots=True)
class Selection:
    """A partner's calls alone, a campaign's, or (both None) all."""

    partner: str | None = None
    campaign: str | None = None

    def cells(self, cells: list[Cell]) -> list[Cell]:
        """The cells of the selected calls."""
        return [
            cell
            for cell in cells
            if self.partner in (None, cell.partner) and self.campaign in (None, cell.campaign)
        ]

    def results(self, results: list[Result], cells: list[Cell]) -> list[Result]:
        """The verdicts on units that hold selected calls and no others.

        A partner's are its own rows, its campaigns' rows, and those of call centres in which nobody
        else made a call in the whole period: what would show another partner's calls is left out.
        """
        partners_of: dict[str | None, set[str | None]] = defaultdict(set)
        for cell in cells:
            partners_of[cell.call_centre].add(cell.partner)
        return [r for r in results if self._takes(r.unit, partners_of[r.unit.call_centre])]

    def _takes(self, unit: Unit, partners_of_centre: set[str | None]) -> bool:
        if self.campaign is not None:
            if unit.campaign != self.campaign or "campaign" not in unit.scope:
                return False
            return self.partner is None or unit.partner == self.partner
        if self.partner is None:
            return True
        if unit.scope == "call_centre":
            return partners_of_centre == {self.partner}
        return unit.partner == self.partner
