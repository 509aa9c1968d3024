"""Conditions of a rule: a closed subset of SQL over the columns of a call record.

What is not on the list cannot be written, so a pack can neither reach a file nor stall an engine,
and every engine gives the same answer. Integer arithmetic on times, comparisons, IN, IS NULL,
AND, OR, NOT and COALESCE are all that a rule about calls has needed.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\s+|(?P<text>'(?:[^'\\]|'')*')|(?P<number>\d+)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|<>|[=<>+\-(),])"
)
_KEYWORDS = {"AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "COALESCE", "TRUE", "FALSE"}


def check_condition(text: str, columns: frozenset[str]) -> list[str]:
    """What is wrong with a condition, one sentence each; an empty list if nothing is."""
    faults: list[str] = []
    at = depth = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return [*faults, f"'{text[at : at + 12]}' is not allowed in a condition"]
        at = token.end()
        depth += (token.group() == "(") - (token.group() == ")")
        if depth < 0:
            return [*faults, "a ')' closes nothing"]
        word = token["word"]
        if word and word.upper() not in _KEYWORDS and word not in columns:
            faults.append(f"'{word}' is no column of a call record")
    if depth:
        faults.append("a '(' is not closed")
    if not text.strip():
        faults.append("the condition is empty")
    return faults
