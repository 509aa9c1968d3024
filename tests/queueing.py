"""What theory says of queues, and a day of dialling simulated call by call: oracles for the forecast."""

from __future__ import annotations

import heapq
import math
import random


def engset(sources: int, servers: int, load: float) -> float:
    """The share of a finite number of sources' calls that find all servers busy, none waiting.

    `load` is a call's mean length over a source's mean time between calls. It holds for any distribution
    of either (Engset 1918; the insensitivity is Cohen's, 1957).
    """
    terms = [math.comb(sources - 1, j) * load**j for j in range(servers + 1)]
    return terms[servers] / sum(terms)


def patient_for_so_long(rate: float, mean: float, servers: int, patience: float) -> float:
    """The share of Poisson arrivals lost where each waits no longer than a fixed time: M/M/c+D.

    Of Gnedenko and Kovalenko's solution: the offered wait has the density
    λ p(c−1) exp(−cμw + λ min(w, T)), and what meets more than T is lost.
    """
    busy = rate * mean
    release = servers / mean
    weight = [busy**j / math.factorial(j) for j in range(servers)]
    surplus = rate - release
    within = math.expm1(surplus * patience) / surplus * rate * weight[-1]
    beyond = rate * weight[-1] * math.exp(surplus * patience) / release
    return beyond / (sum(weight) + within + beyond)


def several_lines_for_one_agent(lines: int, answered: float) -> float:
    """The share of answered calls dropped where one agent takes the first of so many dialled at once."""
    return (lines * answered - 1 + (1 - answered) ** lines) / (lines * answered)


def repair(machines: int, servers: int, load: float) -> float:
    """The share of servers at work where calls wait for ever: the machine repair model, M/M/c//N."""
    weight = [1.0]
    for j in range(machines):
        weight.append(weight[-1] * (machines - j) * load / min(j + 1, servers))
    return sum(w * min(j, servers) for j, w in enumerate(weight)) / sum(weight) / servers


def day(traffic, lines: float, per: str, seed: int) -> dict[str, int]:
    """One day, event by event, by the plainest of means: a heap of what happens next, a list of who waits."""
    rng = random.Random(seed)
    count = dict.fromkeys(("dialled", "live", "agent_machines", "dropped", "found", "taken"), 0)
    events: list[tuple[float, int, str, object]] = []
    free, ringing, in_use, serial = traffic.agents, 0, 0, 0
    waiting: list[tuple[int, bool]] = []
    detection = traffic.detection

    def at(when, what, which=None):
        nonlocal serial
        serial += 1
        heapq.heappush(events, (when, serial, what, which))

    def dial(now):
        nonlocal ringing, in_use
        wanted = int(lines * traffic.agents) if per == "all_agents" else int(lines * free)
        while now < traffic.shift_ms and (in_use if per == "all_agents" else ringing) < wanted:
            ringing, in_use = ringing + 1, in_use + 1
            count["dialled"] += 1
            if rng.random() < traffic.answered / 1e6:
                listens = detection.listens_ms if detection else 0
                at(
                    now + rng.random() * traffic.ring_ms + listens,
                    "answered",
                    rng.random() < traffic.machines / 1e6,
                )
            else:
                at(now + traffic.ring_ms, "unanswered")

    def take(now, machine):
        nonlocal free
        free -= 1
        count["agent_machines" if machine else "live"] += 1
        mean = traffic.machine_ms if machine else traffic.talk_ms
        at(now + rng.expovariate(1 / mean) + traffic.wrap_up_ms, "free")

    dial(0)
    while events:
        now, number, what, which = heapq.heappop(events)
        if what == "unanswered":
            ringing, in_use = ringing - 1, in_use - 1
        elif what == "answered":
            ringing -= 1
            if detection and rng.random() < (detection.finds if which else detection.takes) / 1e6:
                count["found" if which else "taken"] += 1
                in_use -= 1
            elif free:
                take(now, which)
            else:
                waiting.append((number, which))
                at(now + traffic.waits_ms, "gives up", number)
        elif what == "gives up":
            if any(call == which for call, _ in waiting):
                waiting = [call for call in waiting if call[0] != which]
                count["dropped"] += 1
                in_use -= 1
        else:
            free, in_use = free + 1, in_use - 1
            if waiting:
                take(now, waiting.pop(0)[1])
        dial(now)
    return count
