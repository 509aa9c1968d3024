"""The first place in which two JSON documents differ, as a person would name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: By which of its keys an entry of a list is told from others, besides its place.
_NAMES = (
    "pack",
    "rule",
    "basis",
    "scope",
    "partner",
    "call_centre",
    "campaign",
    "from",
    "file",
    "what",
    "id",
)
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """Where (`results[3].rate`), in which entry of a list (its names), and what stands there each time."""

    where: str
    entry: str
    sealed: str
    now: str


def first_difference(sealed: Any, now: Any, where: str = "", entry: str = "") -> Difference | None:
    """The first difference in the order of the sealed document; None: there is none."""
    if isinstance(sealed, dict) and isinstance(now, dict):
        for key in [*sealed, *(key for key in now if key not in sealed)]:
            path = f"{where}.{key}" if where else key
            if key not in sealed or key not in now:
                return Difference(path, entry, _shown(sealed, key), _shown(now, key))
            if found := first_difference(sealed[key], now[key], path, entry):
                return found
        return None
    if isinstance(sealed, list) and isinstance(now, list):
        for place, (one, other) in enumerate(zip(sealed, now, strict=False)):
            if found := first_difference(one, other, f"{where}[{place}]", _named(one) or entry):
                return found
        if len(sealed) != len(now):
            longer = (sealed if len(sealed) > len(now) else now)[min(len(sealed), len(now))]
            counts = (f"{len(sealed):,} entries", f"{len(now):,} entries")
            return Difference(where, _named(longer) or entry, *counts)
        return None
    if sealed != now or type(sealed) is not type(now):
        return Difference(where, entry, _cut(repr(sealed)), _cut(repr(now)))
    return None


def _shown(document: dict[str, Any], key: str) -> str:
    return _cut(repr(document[key])) if key in document else "nothing"


def _named(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    return ", ".join(str(entry[name]) for name in _NAMES if isinstance(entry.get(name), str))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
