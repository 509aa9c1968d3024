"""Files that are loaded together: which of them have calls, and which add facts to the calls of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.sources.catalogue import candidates_for
from auditor.sources.objects import is_json
from auditor.sources.prepare import CANNOT_EXPAND, first_text
from auditor.sources.recognise import Sample, Shape, shapes
from auditor.sources.source import Source


@dataclass(frozen=True, slots=True)
class Export:
    """A file to load, what the ledger calls it, and how to read it."""

    path: Path
    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class Batch:
    """Exports of one source: `companions` add facts to the calls of `calls`, and name their format.

    A companion without calls to add to is among `calls`: loading it says what is wrong.
    """

    calls: tuple[Export, ...]
    companions: tuple[Export, ...]


def batches(exports: Sequence[Export]) -> Iterator[Batch]:
    """The exports by their source, in the order they came."""
    sources: list[Source] = []
    for export in exports:
        if export.source not in sources:
            sources.append(export.source)
    for source in sources:
        yield _batch([export for export in exports if export.source == source])


def _batch(exports: list[Export]) -> Batch:
    fitting = [_shapes(export) for export in exports]
    with_calls = {s.format.id for found in fitting for s in found if not s.layout.companion}
    calls, companions = [], []
    for export, found in zip(exports, fitting, strict=True):
        theirs = sorted({s.format.id for s in found} & with_calls)
        if theirs and all(s.layout.companion for s in found):
            # The same table may be a companion of several formats, and then is one of each.
            companions += [replace(export, source=replace(export.source, format=f)) for f in theirs]
        else:
            calls.append(export)
    return Batch(tuple(calls), tuple(companions))


def _shapes(export: Export) -> list[Shape]:
    try:
        text = first_text(export.path)
    except (OSError, *CANNOT_EXPAND):
        return []  # loading it says what is wrong with it
    return [] if is_json(text) else shapes(Sample(text), candidates_for(export.source))
