"""A campaign's settings → what its days are simulated from, or what nobody said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from auditor.amounts import PARTS
from auditor.forecast.traffic import Detection, Pacing, Traffic
from auditor.gate.check import settings_of
from auditor.gate.read import Campaign, told
from auditor.gate.settings import SETTINGS
from auditor.rulebook.evaluate import Value
from auditor.settings import Config

#: A key of [[traffic]] → the setting that it says, where the configuration does not.
_TRAFFIC = {
    "agents": "agents", "shift": "shift_ms", "answered": "answered", "machines": "machines",
    "talk": "talk_ms", "wrap_up": "wrap_up_ms", "machine_talk": "machine_talk_ms",
    "lines_per_agent": "lines_per_agent", "lines_at_most": "lines_at_most", "lines_for": "lines_for",
    "ring_timeout": "ring_timeout_ms", "connect_within": "connect_within_ms", "detection_used": "amd",
    "detection_finds": "detection_finds", "detection_takes": "detection_takes",
    "detection_listens": "detection_listens_ms",
}  # fmt: skip
#: Without these no day can be simulated.
_NEEDED = ("agents", "shift_ms", "answered", "talk_ms", "ring_timeout_ms", "connect_within_ms", "lines_for")
#: What can be simulated in a time that somebody waits for: least and most.
_SECOND, _HOUR = 1_000, 3_600_000
_POSSIBLE = {
    "agents": (1, 1_000),
    "shift_ms": (60 * _SECOND, 24 * _HOUR),
    "ring_timeout_ms": (_SECOND, _HOUR),
    "connect_within_ms": (0, _HOUR),
    "lines_per_agent": (PARTS, 20 * PARTS),
    "lines_at_most": (PARTS, 20 * PARTS),
    "talk_ms": (_SECOND, 24 * _HOUR),
    "wrap_up_ms": (0, 24 * _HOUR),
    "machine_talk_ms": (0, _HOUR),
    "detection_listens_ms": (0, 60 * _SECOND),
}
#: Calls that could be dialled on a day, if nobody answered.
_MOST_CALLS = 1_000_000
#: What is taken for granted where nobody says otherwise.
_GRANTED: Mapping[str, tuple[Value, str]] = {
    "machines": (0, "no answering machine answers"),
    "wrap_up_ms": (0, "an agent needs no time after a call"),
    "amd": (False, "detection is not used"),
    "abandon_over": ("live_calls", "pacing takes the abandoned calls as a share of the live calls"),
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is known of a campaign's days: by its configuration, the workspace, or taken for granted.

    `granted` says in words what was taken for granted, `lacks` what no day can be simulated without.
    """

    known: Mapping[str, Value]
    granted: tuple[str, ...]
    lacks: tuple[str, ...]

    @property
    def dialled(self) -> bool:
        """Whether the system dials, so that calls may wait for agents."""
        return self.known["dial_mode"] == "auto"

    @property
    def seeks(self) -> bool:
        """Whether the dialler seeks its pace: it has no fixed number of lines."""
        return _seeks(self.known)

    def traffic(self) -> Traffic:
        """A shift; nothing may be lacking."""
        return _traffic(self.known)

    def pacing(self) -> Pacing:
        """How the dialler paces itself; nothing may be lacking."""
        return _pacing(self.known)


def assumptions_of(campaign: Campaign, config: Config, day: date) -> Assumptions:
    """What a campaign's days are simulated from.

    Args:
        campaign: as it is configured.
        config: the workspace's, for what the configuration does not say.
        day: on which estimates must hold.
    """
    known, granted = _known(campaign, config, day)
    return Assumptions(known, granted, tuple(_lacking(known, campaign)))


def _known(campaign: Campaign, config: Config, day: date) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The settings by the configuration, else the workspace, else taken for granted, and what was."""
    known = settings_of(campaign, config.client.country)
    speaking = [table for table in config.traffic if table.names(campaign.partner, None, campaign.name)]
    for table in sorted(speaking, key=lambda each: (each.closeness, each.campaign is not None), reverse=True):
        for key, setting in _TRAFFIC.items():
            if known[setting] is None:
                known[setting] = getattr(table, key)
    granted = {name: said for name, (_, said) in _GRANTED.items() if known[name] is None}
    accuracy = ("detection_finds", "detection_takes", "detection_listens_ms")
    if "amd" not in campaign.format.setting or any(known[name] is not None for name in accuracy):
        granted.pop("amd", None)  # such a file could not say it, or says how well it works
    known |= {name: _GRANTED[name][0] for name in granted}
    if known["amd"]:
        # Somebody signed the estimate: it comes before what the configuration says of itself.
        estimated = _taken(campaign, known, config, day)
        known["detection_takes"] = known["detection_takes"] if estimated is None else estimated
    if not _seeks(known):
        granted.pop("abandon_over", None)
    return known, tuple(granted.values())


def _taken(campaign: Campaign, known: Mapping[str, Value], config: Config, day: date) -> int | None:
    """The share of people that detection takes for machines, by the reasoned estimate of the campaign."""
    speaking = [
        estimate
        for estimate in config.estimate
        if estimate.call_centre is None and estimate.speaks_of(day, campaign.partner, None, campaign.name)
    ]
    if not speaking:
        return None
    estimate = max(speaking, key=lambda each: (each.closeness, each.from_))
    share = Fraction(estimate.false_positives, estimate.sample)
    if estimate.base == "live":
        return round(share * PARTS)
    finds, machines = known["detection_finds"], Fraction(_number(known, "machines"), PARTS)
    if finds is None or share == 1 or machines == 1:
        return None
    # f of the calls it ends are people: of all people that is f · found / (1 − f), over their share.
    found = machines * Fraction(_number(known, "detection_finds"), PARTS)
    return min(round(share * found / ((1 - share) * (1 - machines)) * PARTS), PARTS)


def _seeks(known: Mapping[str, Value]) -> bool:
    """Whether the dialler seeks its pace: it has no fixed number of lines."""
    return known["lines_per_agent"] is None


def _key(setting: str, campaign: Campaign) -> str:
    """Where a setting may be said: in the configuration, or in auditor.toml."""
    keys = [f"[[traffic]] {key}" for key, name in _TRAFFIC.items() if name == setting]
    if setting in campaign.format.setting:
        keys.insert(0, campaign.format.setting[setting].at)
    return " or ".join(keys)


def _lacking(known: Mapping[str, Value], campaign: Campaign) -> Iterator[str]:
    """What nobody said, or cannot be simulated, in words."""
    needed = ["amd", *_NEEDED]
    needed += ("abandon_target", "lines_at_most") if _seeks(known) else ("lines_per_agent",)
    detects = bool(known["amd"])
    if detects:
        needed += ["detection_takes", "detection_listens_ms"]
    if known["machines"]:
        needed += ["detection_finds"] if detects else []
        needed += [] if detects and known["detection_finds"] == PARTS else ["machine_talk_ms"]
    for name in needed:
        if known[name] is None:
            yield f"{SETTINGS[name].means} ({_key(name, campaign)})"
    for name, (least, most) in _POSSIBLE.items():
        value = known[name]
        if name in (*needed, "wrap_up_ms") and isinstance(value, int) and not least <= value <= most:
            reach = f"{told(name, least)} to {told(name, most)} can be simulated"
            yield f"{SETTINGS[name].means} ({_key(name, campaign)}): {reach}, not {told(name, value)}"
            return
    if all(known[name] is not None for name in needed):
        lines = _number(known, "lines_at_most" if _seeks(known) else "lines_per_agent")
        calls = lines * _number(known, "agents") * _number(known, "shift_ms")
        if calls > _MOST_CALLS * PARTS * _number(known, "ring_timeout_ms"):
            yield (
                f"a day of fewer calls: up to {_MOST_CALLS:,} can be simulated "
                "(agents × lines × shift ÷ ring time-out)"
            )


def _number(known: Mapping[str, Value], name: str) -> int:
    value = known[name]
    assert isinstance(value, int)
    return value


def _traffic(known: Mapping[str, Value]) -> Traffic:
    def number(name: str) -> int:
        return _number(known, name) if known[name] is not None else 0

    finds, takes, listens = (number(f"detection_{word}") for word in ("finds", "takes", "listens_ms"))
    return Traffic(
        agents=number("agents"),
        shift_ms=number("shift_ms"),
        answered=number("answered"),
        machines=number("machines"),
        ring_ms=number("ring_timeout_ms"),
        waits_ms=number("connect_within_ms"),
        talk_ms=number("talk_ms"),
        wrap_up_ms=number("wrap_up_ms"),
        machine_ms=number("machine_talk_ms"),
        detection=Detection(finds, takes, listens) if known["amd"] else None,
    )


def _pacing(known: Mapping[str, Value]) -> Pacing:
    seeks = _seeks(known)
    lines = _number(known, "lines_at_most" if seeks else "lines_per_agent")
    target = _number(known, "abandon_target") if seeks else None
    return Pacing(lines, known["lines_for"], target, known["abandon_over"])  # type: ignore[arg-type]
