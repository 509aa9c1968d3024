"""Formulas of a rule: arithmetic over named counts, exact, readable and printable.

The language is that of Python's expressions, cut down to whole numbers, names, + - * /, comparisons
and `and`/`or`. Every value is a `Fraction`: no float ever decides.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISON: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "−",
    ast.Mult: "×",
    ast.Div: "÷",
}

#: Longer formulas nobody can read.
_LONGEST = 400

_Compiled = Callable[[Mapping[str, Fraction]], Any]


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula."""

    text: str
    names: frozenset[str]
    _tree: ast.expr
    _compiled: _Compiled

    @property
    def summands(self) -> frozenset[str]:
        """The names that what is summed begins with: in `a * b / c + d - e` those are a and d."""
        return _summands(self._tree)

    def value(self, counts: Mapping[str, Fraction]) -> Fraction:
        """The exact value over these counts. A division by zero raises ZeroDivisionError."""
        return Fraction(self._compiled(counts))

    def holds(self, counts: Mapping[str, Fraction]) -> bool:
        """Whether a condition holds over these counts."""
        return bool(self._compiled(counts))

    def shown(self, name: Callable[[str], str] = lambda n: n) -> str:
        """The formula as a reader sees it, each name passed through `name`."""
        return _show(self._tree, name)


def parse_formula(text: str) -> Formula:
    """Read a formula.

    Raises:
        ValueError: a sentence that says what in it is not allowed.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"the formula is longer than {_LONGEST} characters")
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise ValueError(f"'{text}' is no formula") from None
    names = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return Formula(text, names, tree, _compile(tree))


def _compile(node: ast.expr) -> _Compiled:
    match node:
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            constant = Fraction(number)
            return lambda counts: constant
        case ast.Name(id=name):
            return lambda counts: counts[name]
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
            return _joined(_ARITHMETIC[type(sign)], _compile(left), _compile(right))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARISON:
            return _joined(_COMPARISON[type(sign)], _compile(left), _compile(right))
        case ast.BoolOp(op=join, values=values):
            parts = [_compile(value) for value in values]
            every = all if isinstance(join, ast.And) else any
            return lambda counts: every(part(counts) for part in parts)
    raise ValueError(
        f"'{ast.unparse(node)}': a formula has whole numbers, names, + - * /, one comparison at a "
        "time, 'and' and 'or', and nothing else"
    )


def _joined(apply: Callable[[Any, Any], Any], left: _Compiled, right: _Compiled) -> _Compiled:
    return lambda counts: apply(left(counts), right(counts))


def _summands(node: ast.expr) -> frozenset[str]:
    match node:
        case ast.Name(id=name):
            return frozenset((name,))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _summands(left) | _summands(right)
        case ast.BinOp(left=left):
            return _summands(left)
    return frozenset()


def _show(node: ast.expr, name: Callable[[str], str], tight: bool = False) -> str:
    match node:
        case ast.Name(id=word):
            return name(word)
        case ast.BinOp(left=left, op=sign, right=right):
            multiplies = isinstance(sign, ast.Mult | ast.Div)
            # Subtraction and division bind their right side; the left of a product binds sums only.
            binds = multiplies or isinstance(sign, ast.Sub)
            shown_right = _show(right, name, binds)
            if isinstance(sign, ast.Div) and isinstance(right, ast.BinOp) and _is_product(right):
                shown_right = f"({shown_right})"
            text = f"{_show(left, name, multiplies)} {_SIGNS[type(sign)]} {shown_right}"
            return f"({text})" if tight and not multiplies else text
    return ast.unparse(node)


def _is_product(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Mult | ast.Div)
