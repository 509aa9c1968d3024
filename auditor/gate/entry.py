"""What stands in a configuration file, with where it stands: the same for YAML, JSON and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column of a file, both from 1."""

    line: int
    column: int


#: A value as it is written. None: the file says that there is none.
Written = str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One campaign of a file: path → what is written there, and where.

    A path is a column's name, or keys joined by dots; of an entry of a list, its place from 0 is the key.
    """

    place: Place
    values: Mapping[str, tuple[Written, Place]]

    def at(self, pattern: str) -> Iterator[tuple[str, Written, Place]]:
        """What stands where a pattern says, by its path.

        In a pattern `*` stands for one key, and `**` at its beginning for any number of them.
        """
        if pattern in self.values:
            yield (pattern, *self.values[pattern])
        elif "*" in pattern:
            wanted = pattern.split(".")
            for path, (written, place) in self.values.items():
                if _fits(path.split("."), wanted):
                    yield path, written, place


def _fits(path: list[str], wanted: list[str]) -> bool:
    if wanted[0] == "**":
        wanted = wanted[1:]
        path = path[-len(wanted) :]
    return len(path) == len(wanted) and all(w in ("*", p) for p, w in zip(path, wanted, strict=True))
