"""The grammar of conditions: a closed subset of SQL over the columns of a call record.

What is not in the grammar cannot be written, so a pack can neither reach a file nor stall an engine,
and every engine gives the same answer:

    condition  := either (OR either)*          either := each (AND each)*
    each       := NOT each | sum [comparison]
    comparison := (= | <> | < | <= | > | >=) sum | IS [NOT] NULL
                | [NOT] IN (sum, …) | [NOT] BETWEEN sum AND sum | [NOT] LIKE 'text'
    sum        := part ((+ | -) part)*
    part       := name | number | 'text' | TRUE | FALSE | COALESCE(sum, …) | (condition)

A name is a column or a threshold of the rule. As in SQL, a condition on NULL does not hold.
Texts compare with texts and numbers with numbers, and a column of closed vocabulary with its words only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from auditor.rulebook.condition import COMPARISONS, LOGIC, ORDER, PREDICATES, Expr, sql_of

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|'')*')|(?P<number>[0-9]{1,18}(?![0-9]))|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|<>|[=<>+\-(),]))"
)
_KEYWORDS = frozenset(
    {"AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "LIKE", "COALESCE", "TRUE", "FALSE"}
)
#: So many words and signs are no condition that anybody can read; and reading them would nest too deeply.
_LONGEST = 150


@cache
def parse_condition(text: str) -> Expr:
    """Read a condition.

    Raises:
        ValueError: a sentence that says what in it is not allowed.
    """
    parser = _Parser(text)
    found = parser.either()
    if parser.ahead is not None:
        raise ValueError(f"'{parser.ahead}' is not allowed there in a condition")
    if not found.holds_or_not and found.op != "name":
        raise ValueError(f"'{text.strip()}' is a number or a text, no condition")
    return found


class _Parser:
    """Recursive descent over the grammar above: one method a line of it."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        if len(self._tokens) > _LONGEST:
            raise ValueError(f"the condition is too long: at most {_LONGEST} words and signs")
        self._at = 0

    @property
    def ahead(self) -> str | None:
        """The next token, or None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self) -> Expr:
        return self._joined("OR", self._each)

    def _each(self) -> Expr:
        return self._joined("AND", self._one)

    def _joined(self, word: str, part: Callable[[], Expr]) -> Expr:
        parts = [part()]
        while self._takes(word):
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        return Expr(word, tuple(self._condition(each) for each in parts))

    def _one(self) -> Expr:
        if self._takes("NOT"):
            return Expr("NOT", (self._condition(self._one()),))
        left = self._sum()
        ahead = self._upper()
        if ahead in COMPARISONS or ahead in ORDER:
            self._at += 1
            return Expr(ahead, (self._number_or_text(left), self._number_or_text(self._sum())))
        if self._takes("IS"):
            negated = self._takes("NOT")
            self._needs("NULL")
            return _perhaps_not(negated, Expr("IS NULL", (self._number_or_text(left),)))
        negated = self._takes("NOT")
        if self._takes("IN"):
            return _perhaps_not(negated, Expr("IN", (self._number_or_text(left), *self._list())))
        if self._takes("BETWEEN"):
            low = self._number_or_text(self._sum())
            self._needs("AND")
            return _perhaps_not(negated, Expr("BETWEEN", (left, low, self._number_or_text(self._sum()))))
        if self._takes("LIKE"):
            pattern = self._part()
            if not pattern.text.startswith("'"):
                raise ValueError("LIKE needs a text in single quotes")
            return _perhaps_not(negated, Expr("LIKE", (left, pattern)))
        if negated:
            raise ValueError(f"NOT needs IN, BETWEEN or LIKE behind it, not {self._told()}")
        return left

    def _sum(self) -> Expr:
        left = self._part()
        while (sign := self._upper()) in ("+", "-"):
            self._at += 1
            left = Expr(sign, (self._number_or_text(left), self._number_or_text(self._part())))
        return left

    def _part(self) -> Expr:
        part = self.ahead
        if part is None:
            raise ValueError("the condition ends too early")
        self._at += 1
        if part == "(":
            inner = self.either()
            self._needs(")")
            return inner
        word = part.upper()
        if word == "COALESCE":
            return Expr("COALESCE", self._list())
        if word in ("TRUE", "FALSE"):
            return Expr("value", text=word)
        if part[0] == "'" or part.isdigit():
            return Expr("value", text=part)
        if word in _KEYWORDS or not re.match(r"[A-Za-z_]", part):
            raise ValueError(f"'{part}' is not allowed there in a condition")
        return Expr("name", text=part)

    def _list(self) -> tuple[Expr, ...]:
        self._needs("(")
        listed = [self._number_or_text(self._sum())]
        while self._takes(","):
            listed.append(self._number_or_text(self._sum()))
        self._needs(")")
        return tuple(listed)

    def _upper(self) -> str:
        return (self.ahead or "").upper()

    def _takes(self, word: str) -> bool:
        taken = self._upper() == word
        self._at += taken
        return taken

    def _needs(self, word: str) -> None:
        if not self._takes(word):
            raise ValueError(f"{word} is missing before {self._told()}")

    def _told(self) -> str:
        return "the end" if self.ahead is None else f"'{self.ahead}'"

    @staticmethod
    def _condition(found: Expr) -> Expr:
        if found.holds_or_not or found.op == "name":  # a column of truth values is a condition by itself
            return found
        raise ValueError(f"'{sql_of(found)}' is a number or a text, no condition")

    @staticmethod
    def _number_or_text(found: Expr) -> Expr:
        if found.op in LOGIC or found.op in PREDICATES:
            raise ValueError(f"'{sql_of(found)}' is a condition, no number or text")
        return found


def _perhaps_not(negated: bool, found: Expr) -> Expr:
    return Expr("NOT", (found,)) if negated else found


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    if not end:
        raise ValueError("the condition is empty")
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"'{text[at:end].lstrip()[:12]}' is not allowed in a condition")
        at = token.end()
        yield token.group().strip()
