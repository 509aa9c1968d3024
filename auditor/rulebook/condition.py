"""Conditions of a rule: a closed subset of SQL over the columns of a call record.

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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|'')*')|(?P<number>[0-9]{1,18}(?![0-9]))|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|<>|[=<>+\-(),]))"
)
_KEYWORDS = frozenset(
    {"AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "LIKE", "COALESCE", "TRUE", "FALSE"}
)
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
_ORDER = frozenset({"<", "<=", ">", ">="})
_LOGIC = frozenset({"AND", "OR", "NOT"})
_PREDICATES = frozenset({*_COMPARISONS, *_ORDER, "IS NULL", "IN", "BETWEEN", "LIKE"})


@dataclass(frozen=True, slots=True)
class Expr:
    """A node: a `name`, a `value` (SQL text of a literal), or an operator of the grammar over `args`."""

    op: str
    args: tuple[Expr, ...] = ()
    text: str = ""

    @property
    def holds_or_not(self) -> bool:
        """Whether this is a condition by its form, not a number or a text."""
        return self.op in _LOGIC or self.op in _PREDICATES or self in (TRUE, FALSE)

    def names(self) -> Iterator[str]:
        """Every column and threshold in it, as often as it stands there."""
        if self.op == "name":
            yield self.text
        for arg in self.args:
            yield from arg.names()


#: So many words and signs are no condition that anybody can read; and reading them would nest too deeply.
_LONGEST = 150

#: Column or threshold → `number`, `text` or `truth`, and the only words it can hold (none: any).
Kinds = Mapping[str, tuple[str, tuple[str, ...]]]

TRUE = Expr("value", text="TRUE")
FALSE = Expr("value", text="FALSE")


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


def faults_of(found: Expr, kinds: Kinds) -> Iterator[str]:
    """What is wrong with the names and words of a condition, one sentence each."""
    unknown = sorted(set(found.names()) - set(kinds))
    if unknown:
        yield from (
            f"'{name}' is neither a column of a call record nor a threshold or condition of the rule"
            for name in unknown
        )
    else:
        yield from _clashes(found, kinds, "truth")


def _clashes(found: Expr, kinds: Kinds, wanted: str) -> Iterator[str]:
    """Where a truth value, number or text stands in another's place."""
    kind = _kind(found, kinds)
    if kind != wanted:
        yield f"'{sql_of(found)}' is a {kind}, where a {wanted} is needed"
    elif found.op in _LOGIC:
        for arg in found.args:
            yield from _clashes(arg, kinds, "truth")
    elif found.args:
        inner = "text" if found.op == "LIKE" else _kind(found.args[0], kinds)
        for arg in found.args:
            yield from _clashes(arg, kinds, inner)
        yield from _strange_words(found, kinds)


def _strange_words(found: Expr, kinds: Kinds) -> Iterator[str]:
    words = {word for arg in found.args if arg.op == "name" for word in kinds[arg.text][1]}
    for arg in found.args:
        if words and arg.text.startswith("'") and found.op != "LIKE" and arg.text.strip("'") not in words:
            yield f"{arg.text} is no word of '{found.args[0].text}', which has {', '.join(sorted(words))}"


def _kind(found: Expr, kinds: Kinds) -> str:
    if found.op == "name":
        return kinds[found.text][0]
    if found.op == "value":
        return "text" if found.text.startswith("'") else "number" if found.text.isdigit() else "truth"
    if found.op == "COALESCE":
        return _kind(found.args[0], kinds)
    return "number" if found.op in ("+", "-") else "truth"


def sql_of(found: Expr) -> str:
    """The condition as SQL, with every name and literal as it was written."""
    match found:
        case Expr(op="name" | "value"):
            return found.text
        case Expr(op="NOT", args=(one,)):
            return f"NOT ({sql_of(one)})"
        case Expr(op="IS NULL", args=(one,)):
            return f"{_operand(one)} IS NULL"
        case Expr(op="IN", args=(one, *listed)):
            return f"{_operand(one)} IN ({', '.join(map(sql_of, listed))})"
        case Expr(op="BETWEEN", args=(one, low, high)):
            return f"{_operand(one)} BETWEEN {_operand(low)} AND {_operand(high)}"
        case Expr(op="COALESCE", args=args):
            return f"COALESCE({', '.join(map(sql_of, args))})"
        case Expr(op="AND" | "OR", args=args):
            return f" {found.op} ".join(
                f"({sql_of(arg)})" if arg.op in _LOGIC else sql_of(arg) for arg in args
            )
    return f" {found.op} ".join(map(_operand, found.args))


def _operand(found: Expr) -> str:
    plain = found.op in ("name", "value", "COALESCE")
    return sql_of(found) if plain else f"({sql_of(found)})"


def replaced(found: Expr, names: Mapping[str, Expr]) -> Expr:
    """The condition with some of its names replaced."""
    if found.op == "name":
        return names.get(found.text, found)
    return Expr(found.op, tuple(replaced(arg, names) for arg in found.args), found.text)


def knowing(found: Expr, column: str, word: str) -> Expr:
    """What is left of a condition where a column is known to hold `word`: TRUE and FALSE where all is said.

    Three-valued logic is kept: what is left holds for a call exactly where the condition does.
    """
    match found:
        case Expr(op="AND", args=args):
            return all_of(knowing(arg, column, word) for arg in args)
        case Expr(op="OR", args=args):
            return _any_of(knowing(arg, column, word) for arg in args)
        case Expr(op="NOT", args=(one,)):
            left = knowing(one, column, word)
            return {TRUE: FALSE, FALSE: TRUE}.get(left, Expr("NOT", (left,)))
        case Expr(op="IS NULL", args=(Expr(op="name", text=name),)) if name == column:
            return FALSE
        case Expr(op="IN", args=(Expr(op="name", text=name), *listed)) if name == column:
            return TRUE if quoted(word) in {each.text for each in listed} else FALSE
        case Expr(op=sign, args=(Expr(op="name", text=name), Expr(op="value", text=value))) if (
            name == column and sign in _COMPARISONS
        ):
            return TRUE if _COMPARISONS[sign](quoted(word), value) else FALSE
    return found


def all_of(parts: Iterator[Expr]) -> Expr:
    """All of them together, flat, without what always holds."""
    left = tuple(dict.fromkeys(each for part in parts for each in _flat(part) if each != TRUE))
    if FALSE in left:
        return FALSE
    return Expr("AND", left) if len(left) > 1 else left[0] if left else TRUE


def _flat(part: Expr) -> Iterator[Expr]:
    if part.op == "AND":
        for arg in part.args:
            yield from _flat(arg)
    else:
        yield part


def _any_of(parts: Iterator[Expr]) -> Expr:
    left = tuple(dict.fromkeys(part for part in parts if part != FALSE))
    if TRUE in left:
        return TRUE
    return Expr("OR", left) if len(left) > 1 else left[0] if left else FALSE


def quoted(word: str) -> str:
    """A word as a literal of SQL."""
    return "'" + word.replace("'", "''") + "'"


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
        if ahead in _COMPARISONS or ahead in _ORDER:
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
        if found.op in _LOGIC or found.op in _PREDICATES:
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
