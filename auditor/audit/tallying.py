"""How many calls hold each of many conditions, in one grouped pass: SQL made of the conditions.

Counting thirty conditions with thirty aggregates costs thirty times the counting. But every condition
turns on the outcome of a call first: where that is known, most say no at once and what is left of the
others is short and shared by many. So the calls are grouped by cell, outcome and a mask, a number
with one bit for each distinct question left to ask; a second, small query reads the tallies off the
masks. The SQL is of the portable subset: CASE, integers, `&`, COUNT and SUM.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.calls.record import VOCABULARY
from auditor.rulebook.condition import FALSE, TRUE, Expr, knowing, sql_of

#: Bits to a mask: it stays below the largest 32-bit integer of every engine.
_BITS = 30
#: What is asked of the calls of so many outcomes is asked of every call: one test for all is cheaper.
_COMMON = 4


@dataclass(frozen=True, slots=True)
class _Plan:
    """The questions to ask: of every call, and of the calls of each outcome besides.

    `needed` says of each tally, by outcome, which answers must be yes: bits, counted over the common
    questions and then the outcome's own. An outcome whose calls are never in the tally is left out.
    """

    common: tuple[Expr, ...]
    own: dict[str, tuple[Expr, ...]]
    needed: tuple[dict[str, tuple[int, ...]], ...]


def tallying_sql(group: Sequence[str], tallies: Sequence[Expr], source: str) -> str:
    """One SELECT: the columns of `group`, the number of calls, and then each tally.

    Args:
        group: SQL expressions over a call record.
        tallies: the condition of each tally.
        source: what stands behind FROM, with its WHERE.
    """
    plan = _plan(tallies)
    bits = len(plan.common) + max(map(len, plan.own.values()))
    masks = range(-(-bits // _BITS))
    keys = [f"key_{number}" for number in range(len(group))]
    named = [f"{text} AS {key}" for text, key in zip(group, keys, strict=True)]
    named += ["outcome", *(f"{_mask(plan, number)} AS mask_{number}" for number in masks)]
    inner_keys = [*keys, "outcome", *(f"mask_{number}" for number in masks)]
    inner = f"SELECT {', '.join(named)}, COUNT(*) AS n FROM {source} GROUP BY {', '.join(inner_keys)}"
    sums = ["CAST(SUM(n) AS BIGINT)", *map(_sum, plan.needed)]
    return (
        f"SELECT {', '.join([*keys, *sums])} FROM ({inner}) AS counted GROUP BY {', '.join(keys)} "
        f"ORDER BY {', '.join(keys)}"
    )


def _plan(tallies: Sequence[Expr]) -> _Plan:
    left: list[dict[str, tuple[Expr, ...]]] = [
        {
            outcome: _conjuncts(known)
            for outcome in VOCABULARY["outcome"]
            if (known := knowing(tally, "outcome", outcome)) != FALSE
        }
        for tally in tallies
    ]
    asked: dict[str, list[Expr]] = {
        outcome: list(dict.fromkeys(q for by_outcome in left for q in by_outcome.get(outcome, ())))
        for outcome in VOCABULARY["outcome"]
    }
    often = Counter(question for questions in asked.values() for question in questions)
    common = tuple(question for question, outcomes in often.items() if outcomes >= _COMMON)
    own = {outcome: tuple(q for q in questions if q not in common) for outcome, questions in asked.items()}
    needed = tuple(
        {
            outcome: tuple(sorted(map((*common, *own[outcome]).index, questions)))
            for outcome, questions in by_outcome.items()
        }
        for by_outcome in left
    )
    return _Plan(common, own, needed)


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    if condition == TRUE:
        return ()
    return condition.args if condition.op == "AND" else (condition,)


def _mask(plan: _Plan, number: int) -> str:
    """The bits of one mask, as a sum: those of the common questions, and those of the outcome's own."""
    parts = [_bit(question, place) for place, question in enumerate(plan.common) if place // _BITS == number]
    whens = []
    for outcome, questions in plan.own.items():
        places = enumerate(questions, len(plan.common))
        bits = [_bit(question, place) for place, question in places if place // _BITS == number]
        if bits:
            whens.append(f"WHEN '{outcome}' THEN {' + '.join(bits)}")
    if whens:
        parts.append(f"CASE outcome {' '.join(whens)} ELSE 0 END")
    return " + ".join(parts)


def _bit(question: Expr, place: int) -> str:
    return f"CASE WHEN {sql_of(question)} THEN {1 << place % _BITS} ELSE 0 END"


def _sum(needed: dict[str, tuple[int, ...]]) -> str:
    """The calls of the groups whose answers are all that the tally needs."""
    whens: dict[str, list[str]] = {}
    for outcome, places in needed.items():
        whens.setdefault(_where(places), []).append(f"'{outcome}'")
    tests = [f"WHEN outcome IN ({', '.join(outcomes)}){where} THEN n" for where, outcomes in whens.items()]
    return f"CAST(SUM(CASE {' '.join(tests)} ELSE 0 END) AS BIGINT)" if tests else "CAST(0 AS BIGINT)"


def _where(places: tuple[int, ...]) -> str:
    masks: dict[int, int] = {}
    for place in places:
        masks[place // _BITS] = masks.get(place // _BITS, 0) | 1 << place % _BITS
    return "".join(f" AND (mask_{number} & {bits}) = {bits}" for number, bits in masks.items())
