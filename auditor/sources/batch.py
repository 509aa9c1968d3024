"""Files that are loaded together: which of them have calls, and which add facts to the calls of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.errors import AuditorError
from auditor.sources.catalogue import candidates_for
from auditor.sources.definition import Format
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
    """Exports of one source: `companions` add facts to the calls of `calls`."""

    calls: tuple[Export, ...]
    companions: tuple[Export, ...]
    strays: tuple[tuple[Export, AuditorError], ...]  # companions without any calls to add to


def batches(exports: Sequence[Export]) -> Iterator[Batch]:
    """The exports by their source, in the order they came; a companion's source names its format."""
    sources: list[Source] = []
    for export in exports:
        if export.source not in sources:
            sources.append(export.source)
    for source in sources:
        yield _batch([export for export in exports if export.source == source])


def _batch(exports: list[Export]) -> Batch:
    fitting = [_shapes(export) for export in exports]
    companion = [bool(found) and all(s.layout.companion for s in found) for found in fitting]
    with_calls = {
        s.format.id for found, is_one in zip(fitting, companion, strict=True) if not is_one for s in found
    }
    companions, strays = [], []
    for export, found, is_one in zip(exports, fitting, companion, strict=True):
        if is_one:
            theirs = {s.format.id: s for s in found if s.format.id in with_calls}
            if len(theirs) == 1:
                companions.append(replace(export, source=replace(export.source, format=next(iter(theirs)))))
            else:
                strays.append((export, _stray(export, list(theirs.values()) or found)))
    calls = tuple(export for export, is_one in zip(exports, companion, strict=True) if not is_one)
    return Batch(calls, tuple(companions), tuple(strays))


def _stray(export: Export, found: list[Shape]) -> AuditorError:
    formats = {s.format.id: s.format for s in found}
    if len(formats) > 1:
        ids = " or ".join(sorted(formats))
        return AuditorError(f"{export.name}: could add to calls of {ids}: say which with --format")
    fmt = next(iter(formats.values()))
    return AuditorError(
        f"{export.name}: is {found[0].layout.title}, which only adds facts to calls: "
        f"load it together with {_calls(fmt)}"
    )


def _calls(fmt: Format) -> str:
    return " or ".join(layout.title for layout in fmt.layouts if not layout.companion)


def _shapes(export: Export) -> list[Shape]:
    try:
        text = first_text(export.path)
    except (OSError, *CANNOT_EXPAND):
        return []  # loading it says what is wrong with it
    return [] if is_json(text) else shapes(Sample(text), candidates_for(export.source))
