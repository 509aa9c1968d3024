"""Running the cases of a check, and mutants of it that some case must catch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from auditor.gate.check import Ready, made_ready
from auditor.gate.settings import SETTINGS
from auditor.rulebook.checks import RuleCheck
from auditor.rulebook.condition import Expr
from auditor.rulebook.evaluate import Value, evaluator
from auditor.rulebook.grammar import parse_condition


def check_failures(of: RuleCheck, day: date) -> list[str]:
    """What the cases of a check say otherwise than the check does, by the rules of a day."""
    return [
        f"{of.name}: a case of {case.given or 'nothing'} is {'not ' if case.found else ''}found"
        for ready in made_ready([of], day, ())
        for case, found in zip(of.check.case, _outcomes(of, ready), strict=True)
        if found != case.found
    ]


def check_mutants(of: RuleCheck, day: date) -> Iterator[tuple[str, bool]]:
    """The check with one length of time, limit or number off by one: what, and whether a case catches it."""
    for ready in made_ready([of], day, ()):
        sound = _outcomes(of, ready)
        parsed = parse_condition(of.check.where)
        used = set(parsed.names())
        for step in (-1, 1):
            for name, bound in ready.bounds.items():
                if name in used and isinstance(bound, int):
                    off = replace(ready, bounds={**ready.bounds, name: bound + step})
                    yield f"{of.name}: {name} {step:+}", _outcomes(of, off) != sound
            for number in sorted(set(_numbers(parsed))):
                moved = _moved(parsed, number, str(int(number) + step))
                off = replace(ready, holds=evaluator(moved))
                yield f"{of.name}: {number} {step:+}", _outcomes(of, off) != sound


def _outcomes(of: RuleCheck, ready: Ready) -> list[bool]:
    nothing: Mapping[str, Value] = dict.fromkeys(SETTINGS)
    return [ready.holds({**nothing, **ready.bounds, **case.given}) is True for case in of.check.case]


def _numbers(found: Expr) -> Iterator[str]:
    if found.op == "value" and found.text.isdigit():
        yield found.text
    for arg in found.args:
        yield from _numbers(arg)


def _moved(found: Expr, number: str, to: str) -> Expr:
    if found.op == "value":
        return Expr("value", text=to) if found.text == number else found
    return Expr(found.op, tuple(_moved(arg, number, to) for arg in found.args), found.text)
