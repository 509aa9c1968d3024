"""What the client chose for a rule: its own limit, and which of the rule's readings applies."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from auditor.rulebook.model import Rule, Version
from auditor.rulebook.pack import Pack
from auditor.settings import HouseLimit, ReadingChoice


@dataclass(frozen=True, slots=True)
class House:
    """The client's own limit for a rule; `default` says that the product set it, not the client."""

    limit: str
    default: bool


def house_limit(pack: Pack, rule: Rule, limits: tuple[HouseLimit, ...]) -> House | None:
    """The workspace's limit for a rule, else the pack's default, else None."""
    chosen = next((h for h in limits if h.rule == f"{pack.id}/{rule.id}"), None)
    if chosen is not None:
        return House(chosen.limit, default=False)
    return House(rule.house.default, default=True) if rule.house is not None else None


def tighter_limit(
    pack: Pack, rule: Rule, version: Version, limits: tuple[HouseLimit, ...]
) -> tuple[str | None, bool]:
    """The tighter of the law's limit and the house's, and whether it is the house's; None: there is none."""
    house = house_limit(pack, rule, limits)
    if house is not None and (version.limit is None or Fraction(house.limit) < Fraction(version.limit)):
        return house.limit, True
    return version.limit, False


def reading_of(pack: Pack, rule: Rule, choices: tuple[ReadingChoice, ...]) -> str | None:
    """Which of a rule's readings applies: the workspace's choice, else the rule's default, else None."""
    chosen = next((c.use for c in choices if c.rule == f"{pack.id}/{rule.id}"), None)
    return chosen or (rule.reading.default if rule.reading else None)
