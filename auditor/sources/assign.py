"""Whose a call was: its partner, call centre and campaign, from options, columns or the user's own tables."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.sources.reader import quoted
from auditor.sources.source import Source

UNITS = ("partner", "call_centre", "campaign")


def assigned(source: Source) -> dict[str, str]:
    """SQL for each unit: what the user says, else what a column (and a table) says, else the mapping's.

    The SQL reads the columns `partner`, `call_centre`, `campaign` and the struct `chosen` of a
    mapping, and the parameters of the same names.
    """
    return {
        unit: f"coalesce(CAST(${unit} AS VARCHAR), {_from_column(unit, _table(source, unit))}, {unit})"
        for unit in UNITS
    }


def unassigned(source: Source) -> str:
    """SQL of the CASE branches that reject a value which the user's table does not have."""
    return "\n        ".join(_refusals(source))


def _refusals(source: Source) -> Iterator[str]:
    for unit in UNITS:
        table = _table(source, unit)
        if table and getattr(source, unit) is None:
            column = getattr(source, f"{unit}_from")
            # A value nobody has assigned is not guessed at: its calls would be another's.
            value = f"coalesce(quoted(given(chosen.{unit})), 'empty')"
            fault = f"concat({quoted(f'{column} is ')}, {value}, {quoted(f', which [source.{unit}s] lacks')})"
            yield f"WHEN {_from_column(unit, table)} IS NULL THEN {fault}"


def _table(source: Source, unit: str) -> dict[str, str]:
    table: dict[str, str] = getattr(source, f"{unit}s")
    return table


def _from_column(unit: str, table: dict[str, str]) -> str:
    value = f"given(chosen.{unit})"
    if not table:
        return value
    whens = " ".join(f"WHEN {_matches(value, key)} THEN {quoted(meant)}" for key, meant in table.items())
    return f"CASE {whens} END"


def _matches(value: str, key: str) -> str:
    """A key is a value, or with `*` in it a pattern; an empty one stands for no value."""
    if not key:
        return f"{value} IS NULL"
    if "*" not in key:
        return f"{value} = {quoted(key)}"
    pattern = key.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").replace("*", "%")
    return rf"{value} LIKE {quoted(pattern)} ESCAPE '\'"
