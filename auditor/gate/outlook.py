"""A forecast in words and as data."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from auditor.amounts import PARTS
from auditor.audit.numbers import percent_text, rate_text
from auditor.gate.forecasting import Foreseen
from auditor.gate.read import told

if TYPE_CHECKING:
    from auditor.forecast.odds import Odds

#: What a simulation is told to have been made of, in this order.
_MADE_OF = (
    "agents", "shift_ms", "lines_for", "lines_per_agent", "lines_at_most", "abandon_target", "abandon_over",
    "answered", "machines", "ring_timeout_ms", "connect_within_ms", "talk_ms", "wrap_up_ms",
    "machine_talk_ms", "detection_finds", "detection_takes", "detection_listens_ms",
)  # fmt: skip


def outlook(foreseen: Foreseen) -> Iterator[str]:
    """The forecast of a campaign: a headline, and lines below it."""
    name = f"{foreseen.campaign.name or '(unnamed)'} ({foreseen.campaign.file})"
    if foreseen.forecast is None:
        yield f"No forecast of {name}. It needs: {'; '.join(foreseen.lacks)}."
        return
    now, whose = foreseen.forecast.now, ", the house limit" if foreseen.own_limit else ""
    yield f"Forecast of {name}: {_odds(now)} go beyond {percent_text(foreseen.limit)}{whose}. {_rates(now)}"
    if now.undecided:
        yield (
            f"    On {now.undecided:,} of them agents spoke to nobody while calls were dropped: no rate can "
            "be told, and they count as beyond it."
        )
    yield f"    {_best(foreseen)}"
    if foreseen.ceiling is None:
        yield "    The workspace sets no ceiling ([forecast] ceiling in auditor.toml), so this fails nothing."
    yield f"    Simulated: {'; '.join(_made_of(foreseen))}."
    if foreseen.assumed.granted:
        yield f"    Taken for granted, as nobody says otherwise: {'; '.join(foreseen.assumed.granted)}."


def as_data(foreseen: Foreseen, seed: int) -> dict[str, Any]:
    """The forecast for a program: chances and rates as decimals, the pace in lines or as a share."""
    found = foreseen.forecast
    return {
        "campaign": foreseen.campaign.name,
        "partner": foreseen.campaign.partner,
        "file": foreseen.campaign.file,
        "rule": foreseen.rule,
        "limit": str(foreseen.limit),
        "limit_of": "house" if foreseen.own_limit else "law",
        "seed": seed,
        "lacks": list(foreseen.lacks),
        "taken_for_granted": list(foreseen.assumed.granted),
        "simulated": {
            name: foreseen.assumed.known[name]
            for name in _MADE_OF
            if foreseen.assumed.known[name] is not None
        },
        "as_configured": _odds_data(found.now) if found is not None else None,
        "below": rate_text(found.bound) if found is not None else None,
        "highest_pace_below": _odds_data(found.best) if found is not None and found.best else None,
    }


def _odds(odds: Odds) -> str:
    low, high = odds.interval
    chances = f"{_percent(odds.chance)} of {odds.days:,} simulated days"
    return f"{chances} (95% interval: {_percent(low, up=False)} to {_percent(high, up=True)})"


def _rates(odds: Odds) -> str:
    if odds.middle is None or odds.worst is None:
        return "No day has a rate."
    middle, worst = percent_text(odds.middle), percent_text(odds.worst)
    return f"The middle day has {middle}, one day in twenty more than {worst}."


def _best(foreseen: Foreseen) -> str:
    assert foreseen.forecast is not None
    found, bound = foreseen.forecast, percent_text(foreseen.forecast.bound)
    if found.best is None:
        looked = f"{_pace(foreseen, found.lowest)} to {_pace(foreseen, found.highest)}"
        others = "fewer lines at most, " if foreseen.assumed.seeks else ""
        return (
            f"Of the paces looked at ({looked}) none certainly keeps that chance to {bound} or less: "
            f"{others}more agents or better detection may."
        )
    pace = _pace(foreseen, found.best.aim)
    if found.best.aim == found.highest:
        return f"At {pace}, the highest that was looked at, it is still {bound} or less: {_odds(found.best)}."
    if found.best.aim == found.now.aim:
        return f"That is as fast as it may be paced if the chance is to stay at {bound} or less."
    said = f"{pace}. {_odds(found.best)}. {_rates(found.best)}"
    return f"The highest pace that certainly keeps it to {bound} or less: {said}"


def _pace(foreseen: Foreseen, aim: int) -> str:
    if foreseen.assumed.seeks:
        return f"a target of {told('abandon_target', aim)}"
    return f"{told('lines_per_agent', aim)} {'line' if aim == PARTS else 'lines'} for each agent"


def _made_of(foreseen: Foreseen) -> Iterator[str]:
    known = foreseen.assumed.known
    said = {name: told(name, known[name]) for name in _MADE_OF if known[name] is not None}
    lines = f"for each of {said['lines_for']}"
    if foreseen.assumed.seeks:
        pace = f"up to {said['lines_at_most']} lines {lines}"
        aim = f", aiming at {said['abandon_target']} of {said['abandon_over']}"
    else:
        word = "line" if known["lines_per_agent"] == PARTS else "lines"
        pace, aim = f"{said['lines_per_agent']} {word} {lines}", ""
    agents = "1 agent" if known["agents"] == 1 else f"{said['agents']} agents"
    yield f"{agents} for {said['shift_ms']}, {pace}{aim}"
    yield f"{said['answered']} of calls answered, {said['machines']} of these by machines"
    yield f"a call rings for {said['ring_timeout_ms']} and waits for {said['connect_within_ms']}"
    machine = f", a machine {said['machine_talk_ms']}" if "machine_talk_ms" in said else ""
    yield f"a talk takes {said['talk_ms']}{machine}, the wrap-up {said['wrap_up_ms']}"
    if known["amd"]:
        finds = f"finds {said['detection_finds']} of machines, " if "detection_finds" in said else ""
        takes = f"takes {said['detection_takes']} of people for machines"
        yield f"detection {finds}{takes} and listens for {said['detection_listens_ms']}"


def _percent(share: Fraction, *, up: bool | None = None) -> str:
    """To a tenth of a per cent, half up, or rounded `up` or down; 0% and 100% mean none and all."""
    tenths = share * 1000
    rounded = int(tenths + Fraction(1, 2)) if up is None else -int(-tenths // 1) if up else int(tenths)
    if up is None and 0 < share < 1 and rounded in (0, 1000):
        return "less than 0.1%" if rounded == 0 else "more than 99.9%"
    return f"{rounded / 10:g}%"


def _odds_data(odds: Odds) -> dict[str, Any]:
    low, high = odds.interval
    return {
        "pace": rate_text(Fraction(odds.aim, PARTS)),
        "days": odds.days,
        "over": odds.over,
        "undecided": odds.undecided,
        "chance": rate_text(odds.chance),
        "chance_low": rate_text(low),
        "chance_high": rate_text(high),
        "rate_of_middle_day": rate_text(odds.middle) if odds.middle is not None else None,
        "rate_of_one_day_in_twenty": rate_text(odds.worst) if odds.worst is not None else None,
    }
