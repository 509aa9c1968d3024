"""A condition over the values of one record, in Python: what an engine says of it in SQL, NULL included."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from auditor.rulebook.condition import Expr

#: A whole number, a text, a truth value, or None: not known.
Value = int | str | bool | None
#: A condition made ready: names → whether it holds; None where that is not known.
Compiled = Callable[[Mapping[str, Value]], Any]

_COMPARISON: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub}


def evaluator(found: Expr) -> Compiled:
    """Make a condition ready. Its names must be among the values it is given (`faults_of` says whether)."""
    parts = [evaluator(arg) for arg in found.args]
    match found.op:
        case "name":
            return lambda values: values[found.text]
        case "value":
            literal = _literal(found.text)
            return lambda values: literal
        case "NOT":
            return lambda values: _not(parts[0](values))
        case "AND":
            return lambda values: _all(part(values) for part in parts)
        case "OR":
            return lambda values: _not(_all(_not(part(values)) for part in parts))
        case "IS NULL":
            return lambda values: parts[0](values) is None
        case "COALESCE":
            return lambda values: next((v for part in parts if (v := part(values)) is not None), None)
        case "IN":
            return lambda values: _among([part(values) for part in parts])
        case "BETWEEN":
            return lambda values: _all(
                _known(compare, parts[0](values), end(values))
                for compare, end in zip((operator.ge, operator.le), parts[1:], strict=True)
            )
        case "LIKE":
            pattern = _pattern(_literal(found.args[1].text))
            return lambda values: _known(lambda text, _: bool(pattern.fullmatch(text)), parts[0](values), "")
    apply = _COMPARISON.get(found.op) or _ARITHMETIC[found.op]
    return lambda values: _known(apply, parts[0](values), parts[1](values))


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return int(text) if text.isdigit() else text == "TRUE"


def _pattern(like: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(sign, re.escape(sign)) for sign in like), re.DOTALL)


def _known(apply: Callable[[Any, Any], Any], left: Value, right: Value) -> Any:
    return None if left is None or right is None else apply(left, right)


def _not(holds: bool | None) -> bool | None:
    return None if holds is None else not holds


def _all(holding: Any) -> bool | None:
    found = list(holding)
    return False if False in found else None if None in found else True


def _among(values: list[Value]) -> bool | None:
    one, *listed = values
    if one is None:
        return None
    return True if one in listed else None if None in listed else False
