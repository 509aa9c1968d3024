"""Who is told what of an audit: the client everything, each partner what is its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from auditor.audit.audit import Judged, select
from auditor.audit.document import as_document
from auditor.audit.selection import Selection


@dataclass(frozen=True, slots=True)
class Edition:
    """One report's content: the audit document of the client (`partner` None) or of a partner."""

    partner: str | None
    document: dict[str, Any]


def editions(connection: duckdb.DuckDBPyConnection, judged: Judged, only: str | None = None) -> list[Edition]:
    """The group's document and one for every partner with calls in the period; or one partner's."""
    if only is not None:
        return [Edition(only, as_document(select(connection, judged, Selection(partner=only))))]
    group = as_document(select(connection, judged))
    partners = [partner["id"] for partner in group["partners"]]
    return [
        Edition(None, group),
        *(Edition(p, as_document(select(connection, judged, Selection(partner=p)))) for p in partners),
    ]
