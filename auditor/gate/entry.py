"""What stands in a configuration file, with where it stands: the same for YAML, JSON and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column of a file, both from 1."""

    line: int
    column: int


#: A value as it is written. None: the file says that there is none.
Written = str | bool | Decimal | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One campaign of a file: path → what is written there, and where.

    A path is a column's name, or keys joined by dots; of an entry of a list, its place from 0 is the key.
    """

    place: Place
    values: Mapping[str, tuple[Written, Place]]
