"""`auditor load --dry-run`: what an export would become, said without touching the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb

from auditor.calls.masking import masked, masked_in
from auditor.cli.loading import reject_reasons
from auditor.sources.batch import Export
from auditor.sources.catalogue import candidates_for
from auditor.sources.clock import utc_offset
from auditor.sources.definition import Format
from auditor.sources.prepare import prepared
from auditor.sources.records import Recognised, recognised
from auditor.store import ledger
from auditor.text import as_columns
from auditor.zones import zone_named

CALLS_SHOWN = 10
_SHOWN = (
    "call_id", "partner", "campaign", "dialled_number", "dialled_ms", "answered_ms", "connected_ms",
    "ended_ms", "ring_ms", "ended_by", "message", "outcome", "disposition",
)  # fmt: skip
#: What a rule may ask for; where no call has it, the dry run says so.
_ASKED_FOR = {
    "presented_number": "the presented number",
    "answered_ms": "when a call was answered",
    "greeting_end_ms": "when the person began or ended their greeting",
    "connected_ms": "when an agent was connected",
    "message_ms": "when an information message began",
    "ring_ms": "how long it rang",
    "ended_by": "who ended the call",
    "amd": "what answering machine detection said",
    "operator_reserved": "whether an operator was held ready",
    "dial_mode": "whether a call was dialled automatically, as a preview or by hand",
}


def preview(connection: duckdb.DuckDBPyConnection, job: Export, load: ledger.Load) -> str:
    """What became of one export, in sentences and a table.

    Args:
        connection: a store of its own, in which the export was loaded.
        job: the export.
        load: its ledger line.
    """
    with prepared(job.path) as ready:
        found = recognised(connection, ready, job.source, job.name, candidates_for(job.source))
    counts = (
        f"{load.read:,} read, {load.accepted:,} accepted, {load.rejected:,} rejected, "
        f"{load.duplicate:,} duplicate"
    )
    lines = [
        job.name,
        *_about("format", f"{load.format}: {found.format.title}"),
        *_about("layout", found.layout.title),
        *_about("columns", *_columns(found)),
        *_about("clock", _clock(found.format, load)),
        *_about("records", counts),
        *_about("rejects", *reject_reasons(connection, load)),
        *_about("unknown codes", *_codes(connection, load)),
        *_about("to be noted", *load.notes, *load.suspicions),
    ]
    if not found.layout.companion:
        lines += [
            *_about("cannot prove", *found.format.cannot_prove),
            *_about("no call says", *_silent(connection, load, found.format)),
            f"  the first {min(CALLS_SHOWN, load.accepted)} calls:",
            *(f"    {line}" for line in _calls(connection, load).splitlines()),
        ]
    return "\n".join(lines)


def _about(what: str, *sentences: str) -> Iterator[str]:
    for number, sentence in enumerate(sentences):
        yield f"  {what if number == 0 else '':14} {sentence}"


def _columns(found: Recognised) -> Iterator[str]:
    layout = found.layout
    if found.shape is None or layout.json:
        yield f"{len(layout.columns)} are looked for"
        return
    there = [field for field in found.shape.fields if field in layout.columns]
    absent = [column for column in layout.columns if column not in there]
    yield f"read: {', '.join(there)}"
    if absent:
        yield f"not there: {', '.join(absent)}"
    if found.shape.unknown:
        yield f"not needed: {', '.join(found.shape.unknown)}"


def _clock(fmt: Format, load: ledger.Load) -> str:
    if fmt.clock.zone == "utc":
        return "its times are UTC, or say their own offset"
    zone, offsets = load.settings.get("zone"), load.settings.get("offsets_ms")
    if offsets:
        return f"at {' and '.join(map(utc_offset, offsets))}, as the epochs beside its times prove"
    return f"times without an offset are read as {zone}" if zone else "times without an offset are refused"


def _codes(connection: duckdb.DuckDBPyConnection, load: ledger.Load) -> Iterator[str]:
    codes = [f"{c} ({n:,})" for i, c, n in ledger.unknown_codes(connection) if i == load.load_id]
    if codes:
        yield f"{', '.join(codes)}: answered, outcome unknown, unless codes of the source say what they mean"


def _silent(connection: duckdb.DuckDBPyConnection, load: ledger.Load, fmt: Format) -> Iterator[str]:
    counts = ", ".join(f"count({fact})" for fact in _ASKED_FOR)
    row = connection.execute(f"SELECT {counts} FROM calls WHERE load_id = ?", [load.load_id]).fetchone()
    assert row is not None
    for (fact, words), calls in zip(_ASKED_FOR.items(), row, strict=True):
        if not calls:
            yield f"{words} (it would be {fmt.fields[fact]})" if fact in fmt.fields else words
    coarse = connection.execute(
        "SELECT precision_ms, count(*) FROM calls WHERE load_id = ? AND precision_ms > 1 "
        "GROUP BY 1 ORDER BY 1",
        [load.load_id],
    ).fetchall()
    for precision, calls in coarse:
        yield f"times finer than {_PRECISIONS.get(precision, f'{precision:,} ms')}, of {calls:,} calls"


_PRECISIONS = {1000: "a second", 60_000: "a minute", 3_600_000: "an hour"}


def _calls(connection: duckdb.DuckDBPyConnection, load: ledger.Load) -> str:
    rows = connection.execute(
        f"SELECT {', '.join(_SHOWN)} FROM calls WHERE load_id = ? ORDER BY source_row LIMIT ?",
        [load.load_id, CALLS_SHOWN],
    ).fetchall()
    zone = zone_named(load.settings["zone"] or "UTC")

    def shown(fact: str, value: Any) -> str:
        if value is None:
            return ""
        if fact == "ring_ms":
            return f"{value / 1000:g} s"
        if fact.endswith("_ms"):
            instant = datetime.fromtimestamp(value // 1000, UTC).astimezone(zone)
            fraction = f".{value % 1000:03}" if value % 1000 else ""
            return f"{instant:%Y-%m-%d %H:%M:%S}{fraction}{instant:%z}"
        return masked(value) if fact == "dialled_number" else str(value)

    place, number = _SHOWN.index("call_id"), _SHOWN.index("dialled_number")
    rows = [(*row[:place], masked_in(row[place], row[number]), *row[place + 1 :]) for row in rows]
    table = [tuple(map(shown, _SHOWN, row)) for row in rows]
    return as_columns([fact.removesuffix("_ms") for fact in _SHOWN], table, set())
