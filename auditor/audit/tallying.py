"""How many calls hold each of many conditions, in one grouped pass: SQL made of the conditions.

Counting thirty conditions with thirty aggregates costs thirty times the counting. But every condition
turns on the outcome of a call first: where that is known, most say no at once and what is left of the
others is short and shared by many. So the calls are grouped by cell and a mask, a number that holds
the outcome and one bit for each distinct question left to ask; a second, small query reads the
tallies off the masks. The SQL is of the portable subset: CASE, integers, `&`, COUNT and SUM.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.calls.record import VOCABULARY
from auditor.rulebook.condition import FALSE, TRUE, Expr, all_of, knowing, sql_of

#: Bits to a mask: it stays below the largest 32-bit integer of every engine.
_BITS = 30
#: The lowest bits of the first mask are the outcome's place in its vocabulary.
_OUTCOME = (len(VOCABULARY["outcome"]) - 1).bit_length()
#: What is asked of the calls of so many outcomes is asked of every call: one test for all is cheaper.
_COMMON = 4


@dataclass(frozen=True, slots=True)
class _Plan:
    """The questions to ask: of every call, and of the calls of each outcome besides.

    `needed` says of each tally, by outcome, which answers must be yes: bits, counted after the outcome
    over the common questions and then the outcome's own; an outcome never in the tally is left out.
    `asked_by` says which tallies ask a question, and of which outcome: one that is only ever asked along
    with another need not be asked where that was answered with no.
    """

    common: tuple[str, ...]
    own: dict[str, tuple[str, ...]]
    needed: tuple[dict[str, tuple[int, ...]], ...]
    asked_by: dict[str, set[tuple[int, str]]]


def tallying_sql(group: Sequence[str], tallies: Sequence[Expr], source: str) -> str:
    """One SELECT: the columns of `group`, the number of calls, and then each tally.

    Args:
        group: SQL expressions over a call record.
        tallies: the condition of each tally.
        source: what stands behind FROM, with its WHERE.
    """
    plan = _plan(tallies)
    bits = _OUTCOME + len(plan.common) + max(map(len, plan.own.values()))
    masks = range(-(-bits // _BITS))
    keys = [f"key_{number}" for number in range(len(group))]
    named = [f"{text} AS {key}" for text, key in zip(group, keys, strict=True)]
    named += [f"{_mask(plan, number)} AS mask_{number}" for number in masks]
    inner_keys = [*keys, *(f"mask_{number}" for number in masks)]
    inner = f"SELECT {', '.join(named)}, COUNT(*) AS n FROM {source} GROUP BY {', '.join(inner_keys)}"
    sums = ["CAST(SUM(n) AS BIGINT)", *map(_sum, plan.needed)]
    return (
        f"SELECT {', '.join([*keys, *sums])} FROM ({inner}) AS counted GROUP BY {', '.join(keys)} "
        f"ORDER BY {', '.join(keys)}"
    )


def _plan(tallies: Sequence[Expr]) -> _Plan:
    left = [_left(tally) for tally in tallies]
    asked: dict[str, list[str]] = {
        outcome: list(dict.fromkeys(q for by_outcome in left for q in by_outcome.get(outcome, ())))
        for outcome in VOCABULARY["outcome"]
    }
    often = Counter(question for questions in asked.values() for question in questions)
    common = tuple(question for question, outcomes in often.items() if outcomes >= _COMMON)
    own = {outcome: tuple(q for q in questions if q not in common) for outcome, questions in asked.items()}
    needed = tuple(
        {
            outcome: tuple(sorted(_OUTCOME + (*common, *own[outcome]).index(q) for q in questions))
            for outcome, questions in by_outcome.items()
        }
        for by_outcome in left
    )
    asked_by: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for tally, by_outcome in enumerate(left):
        for outcome, questions in by_outcome.items():
            for question in questions:
                asked_by[question].add((tally, outcome))
    return _Plan(common, own, needed, asked_by)


def _left(tally: Expr) -> dict[str, tuple[str, ...]]:
    """What is left to ask of the calls of each outcome that can be in a tally: the SQL of each question."""
    parts = _conjuncts(tally)
    turning = [part for part in parts if "outcome" in part.names()]
    others = tuple(sql_of(part) for part in parts if part not in turning)
    left = {}
    for outcome in VOCABULARY["outcome"]:
        known = all_of(knowing(part, "outcome", outcome) for part in turning)
        if known != FALSE:
            left[outcome] = tuple(dict.fromkeys((*map(sql_of, _conjuncts(known)), *others)))
    return left


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    if condition == TRUE:
        return ()
    return condition.args if condition.op == "AND" else (condition,)


def _mask(plan: _Plan, number: int) -> str:
    """The bits of one mask, as a sum: those of the common questions, and those of the outcome's own."""
    parts = _bits(plan, plan.common, _OUTCOME, number)
    whens = []
    for which, (outcome, questions) in enumerate(plan.own.items()):
        bits = [str(which)] if number == 0 else []
        bits += _bits(plan, questions, _OUTCOME + len(plan.common), number)
        if bits:
            whens.append(f"WHEN '{outcome}' THEN {' + '.join(bits)}")
    if whens:
        parts.append(f"CASE outcome {' '.join(whens)} ELSE 0 END")
    return " + ".join(parts) or "0"


def _bits(plan: _Plan, questions: tuple[str, ...], start: int, number: int) -> list[str]:
    """One term for each question; a narrower one stands inside the term of the one it is asked with."""
    places = {question: start + place for place, question in enumerate(questions)}
    mine = [question for question, place in places.items() if place // _BITS == number]
    inside: dict[str | None, list[str]] = defaultdict(list)
    for place, question in enumerate(mine):
        by = plan.asked_by[question]
        gates = [gate for gate in mine[:place] if by <= plan.asked_by[gate]]
        gates += [gate for gate in mine[place + 1 :] if by < plan.asked_by[gate]]
        tightest = min(gates, key=lambda gate: (len(plan.asked_by[gate]), -mine.index(gate)), default=None)
        inside[tightest].append(question)

    def term(question: str) -> str:
        within = "".join(f" + {term(each)}" for each in inside[question])
        return f"CASE WHEN {question} THEN {1 << places[question] % _BITS}{within} ELSE 0 END"

    return [term(question) for question in inside[None]]


def _sum(needed: dict[str, tuple[int, ...]]) -> str:
    """The calls of the groups whose answers are all that the tally needs."""
    whens: dict[str, list[str]] = {}
    for outcome, places in needed.items():
        whens.setdefault(_where(places), []).append(str(VOCABULARY["outcome"].index(outcome)))
    outcome_is = f"(mask_0 & {(1 << _OUTCOME) - 1})"
    tests = [f"WHEN {outcome_is} IN ({', '.join(which)}){where} THEN n" for where, which in whens.items()]
    return f"CAST(SUM(CASE {' '.join(tests)} ELSE 0 END) AS BIGINT)" if tests else "CAST(0 AS BIGINT)"


def _where(places: tuple[int, ...]) -> str:
    masks: dict[int, int] = {}
    for place in places:
        masks[place // _BITS] = masks.get(place // _BITS, 0) | 1 << place % _BITS
    return "".join(f" AND (mask_{number} & {bits}) = {bits}" for number, bits in masks.items())
