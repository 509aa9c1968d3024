"""Made-up call records, and what the auditor says of them."""

from __future__ import annotations

import csv
import io
import itertools
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.audit.audit import judge, select
from auditor.audit.document import as_document
from auditor.audit.selection import Selection
from auditor.period import parse_period
from auditor.settings import Config
from auditor.sources.load import Terms, load_file
from auditor.sources.source import Source
from auditor.store.pseudonyms import NumbersKey
from auditor.store.store import open_store, store_path
from auditor.waivers import Waivers
from auditor.workspace import Workspace

_NUMBERS = itertools.count(1)


def calls(
    count: int, outcome: str, day: str = "2012-05-08", campaign: str = "SALES1", **facts: Any
) -> list[dict[str, Any]]:
    """So many calls of one outcome, dialled at noon unless `at` says when, and documented in full.

    Each goes to a number of its own and presents a proper one. One that nobody answered rang for 21 s;
    a message that was played began 1.5 s after the answer.
    """
    at = facts.pop("at", f"{day}T12:00:00.000+00:00")
    row = {"campaign": campaign, "dialled_at": at, "outcome": outcome, "presented_number": "+442079460123"}
    if outcome == "not_answered":
        row["ring_ms"] = "21000"
    if facts.get("message") == "played":
        row |= {"answered_at": later(at, 10), "message_at": later(at, 11.5)}
    return [
        {"call_id": f"c{n}", "dialled_number": f"+447{n:09}", **row, **facts}
        for n in itertools.islice(_NUMBERS, count)
    ]


def later(at: str, seconds: float) -> str:
    """So many seconds after a time, to the millisecond."""
    moment = datetime.fromisoformat(at) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds")


def csv_text(records: Iterable[dict[str, Any]]) -> str:
    """The records as a canonical export."""
    records = list(records)
    header = list(dict.fromkeys(key for record in records for key in record))
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def audited(
    records: Iterable[dict[str, Any]],
    period: str = "2012-05",
    *,
    only_partner: str | None = None,
    campaign: str | None = None,
    waiver: Iterable[dict[str, Any]] = (),
    numbers_key: NumbersKey | None = None,
    **tables: Any,
) -> dict[str, Any]:
    """The audit document of these calls; `tables` are those of auditor.toml, `waiver` of waivers.toml."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        export = folder / "calls.csv"
        export.write_text(csv_text(records), "utf-8")
        waivers = Waivers.model_validate({"waiver": tuple(waiver)}).waiver
        workspace = Workspace(folder, Config.model_validate(tables), waivers)
        with open_store(store_path(folder), write=True) as connection:
            load_file(connection, export, Source(), name="calls.csv", terms=Terms(numbers_key=numbers_key))
            judged = judge(connection, workspace, parse_period(period))
            return as_document(select(connection, judged, Selection(only_partner, campaign)))


def rows(document: dict[str, Any], rule: str = "abandoned-call-rate", **wanted: Any) -> list[dict[str, Any]]:
    """The results of a rule with these values, in the document's order."""
    return [
        r for r in document["results"]
        if r["rule"] == rule and all(r[key] == value for key, value in wanted.items())
    ]  # fmt: skip


def row(document: dict[str, Any], rule: str = "abandoned-call-rate", **wanted: Any) -> dict[str, Any]:
    """The only result of a rule with these values."""
    (found,) = rows(document, rule, **wanted)
    return found


def law(document: dict[str, Any], rule: str = "abandoned-call-rate", **wanted: Any) -> dict[str, Any]:
    """The only verdict in law on a campaign."""
    return row(document, rule, basis="law", scope="campaign", **wanted)
