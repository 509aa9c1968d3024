"""What a campaign's configuration says, in one vocabulary for every dialler.

Facts only: how long, how often, what is played. NULL means that the configuration does not say and the
dialler has no documented default. Durations are milliseconds, shares parts of a million.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Setting:
    """`kind` is number, text or truth, `words` the only ones it can be, `unit` how a number is told."""

    kind: str
    means: str
    words: tuple[str, ...] = ()
    unit: str = ""


def _ms(means: str) -> Setting:
    return Setting("number", means, unit="ms")


_AGENTS: Final = ("all_agents", "free_agents")

SETTINGS: Final = {
    "campaign": Setting("text", "the campaign, as its call records name it"),
    "partner": Setting("text", "the outsourcer that dials it"),
    "owner": Setting("text", "who answers for it"),
    "country": Setting("text", "the country it calls, as a code of two letters"),
    "dial_mode": Setting("text", "who dials: the system, or an agent", ("auto", "preview", "manual")),
    "connect_within_ms": _ms("how long after the answer a call waits for an operator before it is dropped"),
    "drop_action": Setting(
        "text",
        "what becomes of a call that no operator takes",
        ("hangup", "message", "flow", "queue", "voicemail"),
    ),
    "message": Setting("text", "the information message that is played to it"),
    "message_kind": Setting("text", "what that message is", ("none", "tone", "recording", "flow")),
    "message_identifies": Setting("truth", "whether the message says who called"),
    "message_number": Setting("text", "the number it gives for declining further calls"),
    "message_dialable": Setting("truth", "whether that is a number that could be dialled"),
    "message_markets": Setting("truth", "whether it advertises anything"),
    "ring_timeout_ms": _ms("how long an unanswered call rings"),
    "abandon_target": Setting("number", "the abandoned call rate that pacing aims at", unit="share"),
    "abandon_over": Setting(
        "text", "of what that rate is a share", ("live_calls", "answered_calls", "all_calls")
    ),
    "amd": Setting("truth", "whether answering machine detection ends calls"),
    "estimate": Setting("truth", "whether the workspace has a reasoned estimate for it that holds today"),
    "operator_reserved": Setting("truth", "whether repeat calls are made with an operator reserved"),
    "retry_abandoned_ms": _ms("how long a number is left alone after an abandoned call to it"),
    "retry_machine_ms": _ms("how long a number is left alone after detection took it for a machine"),
    "attempts_a_day": Setting("number", "how often a number may be dialled on one day"),
    "attempts_allowed": Setting("number", "how often the client lets a number be dialled on one day"),
    "presented_number": Setting("text", "the number that is shown to the person called"),
    "presented_dialable": Setting("truth", "whether that is a number that could be dialled"),
    "calling_from": Setting("number", "when calls begin, by the clock of the person called", unit="clock"),
    "calling_to": Setting("number", "when they end", unit="clock"),
    "drop_group": Setting("text", "the group of campaigns over which the dialler averages its drop rate"),
    "ofcom_formula": Setting("truth", "whether the dialler reckons its drop rate by Ofcom's formula"),
    "lines_per_agent": Setting("number", "how many lines are dialled for each agent", unit="times"),
    "lines_at_most": Setting("number", "how many lines the pacing may go up to for each agent", unit="times"),
    "lines_for": Setting("text", "whether lines are for all agents or for free ones", _AGENTS),
    "agents": Setting("number", "how many agents work"),
    "shift_ms": _ms("how long they work on a day"),
    "answered": Setting("number", "the share of calls that is answered", unit="share"),
    "machines": Setting("number", "the share of answering machines among answered calls", unit="share"),
    "talk_ms": _ms("how long a talk with a person lasts on average"),
    "wrap_up_ms": _ms("how long an agent needs after a call"),
    "machine_talk_ms": _ms("how long an answering machine takes up an agent on average"),
    "detection_finds": Setting("number", "the share of machines that detection finds", unit="share"),
    "detection_takes": Setting("number", "the share of people it takes for machines", unit="share"),
    "detection_listens_ms": _ms("how long detection listens before it decides"),
    "forecast": Setting("truth", "whether its days could be simulated, where that was asked for"),
    "forecast_lacks": Setting("text", "what nobody said that the simulation needs"),
    "chance": Setting("number", "the share of simulated days that go beyond the limit", unit="share"),
    "chance_low": Setting("number", "the low end of the 95% interval of that chance", unit="share"),
    "chance_high": Setting("number", "its high end", unit="share"),
    "ceiling": Setting("number", "the chance of such a day that the workspace allows", unit="share"),
}  # fmt: skip

#: Of which it matters that nobody said them: what their checks look for may be there all the same.
TELLING: Final = (
    "dial_mode", "connect_within_ms", "drop_action", "message_kind", "message_identifies", "ring_timeout_ms",
    "abandon_target", "abandon_over", "amd", "retry_abandoned_ms", "retry_machine_ms", "calling_from",
)  # fmt: skip

#: What a check's condition may name: setting → kind and vocabulary.
QUERYABLE: Final = {name: (setting.kind, setting.words) for name, setting in SETTINGS.items()}
