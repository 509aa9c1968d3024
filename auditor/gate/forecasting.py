"""The days of a campaign, forecast: by every rule that will judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from auditor.amounts import PARTS
from auditor.audit.house import reading_of, tighter_limit
from auditor.gate.assumptions import Assumptions, assumptions_of
from auditor.gate.read import Campaign
from auditor.rulebook.checks import RuleCheck
from auditor.rulebook.evaluate import Value
from auditor.rulebook.model import Rule
from auditor.rulebook.pack import Pack
from auditor.settings import Config

if TYPE_CHECKING:
    from auditor.forecast.odds import Forecast

#: Where the workspace sets no ceiling, the pace is looked for whose chance is certainly no higher.
_BOUND = Fraction(1, 20)
#: Days of more agents than these are simulated in smaller numbers, as each takes longer and they differ less.
_AGENTS_IN_FULL, _FEWEST_DAYS = 25, 200
_NO_RATE = "people who speak to agents: none of the simulated days has a rate"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was simulated of a campaign for a rule; `forecast` None: it lacks what `lacks` names.

    `limit` is the rule's, or the house's where that is tighter.
    """

    campaign: Campaign
    rule: str
    limit: Fraction
    own_limit: bool
    assumed: Assumptions
    lacks: tuple[str, ...]
    forecast: Forecast | None
    ceiling: str | None

    def settings(self) -> dict[str, Value]:
        """What the checks of the rule may ask of it."""
        found: dict[str, Value] = {
            "forecast": self.forecast is not None,
            "forecast_lacks": "; ".join(self.lacks),
            "ceiling": int(Fraction(self.ceiling) * PARTS) if self.ceiling is not None else None,
        }
        if self.forecast is not None:
            low, high = self.forecast.now.interval
            found["chance"] = round(self.forecast.now.chance * PARTS)
            # Rounded outwards, as the interval is.
            found["chance_low"], found["chance_high"] = int(low * PARTS), -int(-high * PARTS // 1)
        return found


def foresee(
    campaign: Campaign, checks: Iterable[RuleCheck], config: Config, day: date, workers: Executor | None
) -> Iterator[Foreseen]:
    """Simulate a campaign for every rule about the rates of days; one that an agent dials has none.

    Args:
        campaign: as it is configured.
        checks: those of the packs in use: their rules are the ones that judge.
        config: the workspace's traffic, estimates and limits.
        day: by the rules of which days are judged.
        workers: processes that share the work.
    """
    assumed = assumptions_of(campaign, config, day)
    if not assumed.dialled:
        return
    lacks = assumed.lacks
    asked = config.forecast
    for pack, rule in _rules(checks):
        version = rule.version_on(day)
        limit, own = tighter_limit(pack, rule, version, config.house_limit) if version else (None, False)
        if limit is None:
            continue
        found = None
        if not lacks:
            # NumPy takes a while to import: only who asks for a forecast waits for it.
            from auditor.forecast.odds import forecast
            from auditor.forecast.rate import Ruling

            found = forecast(
                assumed.traffic(),
                assumed.pacing(),
                Ruling(rule, day, reading_of(pack, rule, config.reading), Fraction(limit)),
                Fraction(asked.ceiling) if asked.ceiling is not None else _BOUND,
                days=_days(asked.days, assumed.traffic().agents),
                seed=asked.seed,
                workers=workers,
            )
            if found.now.middle is None:
                lacks, found = (_NO_RATE,), None
        name = f"{pack.id}/{rule.id}"
        yield Foreseen(campaign, name, Fraction(limit), own, assumed, lacks, found, asked.ceiling)


def _days(asked: int, agents: int) -> int:
    return min(asked, max(asked * _AGENTS_IN_FULL // agents, _FEWEST_DAYS))


def _rules(checks: Iterable[RuleCheck]) -> list[tuple[Pack, Rule]]:
    """The rules about rates of days, each once."""
    found = {
        (check.pack.id, check.rule.id): (check.pack, check.rule)
        for check in checks
        if check.rule is not None and check.rule.kind == "rate"
    }
    return list(found.values())
