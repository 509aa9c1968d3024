"""What there is to say of a file that is loaded: why it is refused, and what a user should know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import duckdb

from auditor.errors import AuditorError
from auditor.sources.catalogue import format_named, formats
from auditor.sources.companions import Companions
from auditor.sources.records import Recognised
from auditor.sources.source import Source
from auditor.store import ledger


def is_the_same(before: ledger.Load, name: str, source: Source) -> bool:
    """Whether a file of bytes that are loaded already is the same export again.

    Raises:
        AuditorError: it is given for another partner, which would count its calls twice.
    """
    if before.read and source.partner != before.partner:
        raise AuditorError(
            f"{name}: the same bytes are in the store as load {before.load_id} ({before.file}) of "
            f"{before.partner or 'no partner'}; loaded for {source.partner or 'no partner'} as well, "
            "its calls would count twice"
        )
    return source.partner == before.partner


def not_applied(before: ledger.Load, source: Source, joined: Companions) -> Iterator[str]:
    """What is said now of a file that was loaded with something else said of it."""
    told = {key: value for key, value in asdict(source).items() if value and key not in ("format", "partner")}
    if source.format is not None:
        fmt = format_named(source.format)
        told |= {"format": fmt.id}
        if fmt.sha256 != before.settings.get("mapping_sha256"):
            told |= {"mapping": fmt.sha256}
    known = before.settings | {"format": before.format}
    changed = [key for key, value in told.items() if known.get(key) != value]
    hashes = joined.hashes(formats().get(before.format))
    if hashes and hashes != before.settings.get("companions"):
        changed.append("the files that add facts to its calls")
    if changed:
        yield (
            f"what is said of it now ({', '.join(changed)}) is not what it was loaded with and was not "
            "applied: load it with --supersede to read it anew"
        )


def namesakes(
    connection: duckdb.DuckDBPyConnection, name: str, source: Source, earlier: ledger.Load | None
) -> Iterator[str]:
    """What the file takes the place of, or loads of its name that it was not said to correct."""
    if earlier is not None:
        yield f"takes the place of load {earlier.load_id} ({earlier.file}), whose calls are no longer counted"
        return
    for load in ledger.loads(connection):
        if load.file == name and load.partner == source.partner and load.superseded_by is None:
            yield (
                f"load {load.load_id} has this name too, and its calls stay as well: "
                f"if this file corrects it, load it with --supersede-load {load.load_id}"
            )


def only_adds(name: str, found: Recognised) -> str:
    """Why a companion is refused that stands alone."""
    others = " or ".join(layout.title for layout in found.format.layouts if not layout.companion)
    return f"{name}: is {found.layout.title}, which only adds facts to calls: load it together with {others}"


def too_many(connection: duckdb.DuckDBPyConnection, name: str, load_id: int, rejected: int, read: int) -> str:
    """Why a file with too many rejects is refused."""
    rows = ledger.reject_reasons(connection, load_id)[:3]
    reasons = "; ".join(
        f"{count:,} × {reason}" + (f" (first on line {line:,})" if line else "")
        for reason, count, line in rows
    )
    return (
        f"{name}: refused, nothing of it was loaded: {rejected:,} of {read:,} records cannot be taken "
        f"({reasons}); mend the export, or allow more with --max-rejects"
    )
