"""Conditions as trees: what they name, how they read in SQL, what is left of them where a fact is known.

What a condition may be is in `grammar`. As in SQL, a condition on NULL does not hold. Texts compare with
texts and numbers with numbers, and a column of closed vocabulary with its words only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
ORDER = frozenset({"<", "<=", ">", ">="})
LOGIC = frozenset({"AND", "OR", "NOT"})
PREDICATES = frozenset({*COMPARISONS, *ORDER, "IS NULL", "IN", "BETWEEN", "LIKE"})


@dataclass(frozen=True, slots=True)
class Expr:
    """A node: a `name`, a `value` (SQL text of a literal), or an operator of the grammar over `args`."""

    op: str
    args: tuple[Expr, ...] = ()
    text: str = ""

    @property
    def holds_or_not(self) -> bool:
        """Whether this is a condition by its form, not a number or a text."""
        return self.op in LOGIC or self.op in PREDICATES or self in (TRUE, FALSE)

    def names(self) -> Iterator[str]:
        """Every column and threshold in it, as often as it stands there."""
        if self.op == "name":
            yield self.text
        for arg in self.args:
            yield from arg.names()


#: Column or threshold → `number`, `text` or `truth`, and the only words it can hold (none: any).
Kinds = Mapping[str, tuple[str, tuple[str, ...]]]

TRUE = Expr("value", text="TRUE")
FALSE = Expr("value", text="FALSE")


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
    elif found.op in LOGIC:
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
                f"({sql_of(arg)})" if arg.op in LOGIC else sql_of(arg) for arg in args
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
            name == column and sign in COMPARISONS
        ):
            return TRUE if COMPARISONS[sign](quoted(word), value) else FALSE
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
