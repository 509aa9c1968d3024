"""Audit documents to make reports of: small ones, through the product itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from calls import audited, calls

from auditor.report.stamp import Stamp

PARTNERS = [{"id": "ann", "name": "Ann Ltd"}, {"id": "bob", "name": "Bob & Sons <Ltd>"}]
DAY, NEXT = "2026-10-05", "2026-10-06"
STAMP = Stamp(datetime(2026, 11, 2, 9, 30, tzinfo=UTC), "20261102T093000Z-0123abcd", "ab" * 32)


def document(
    records: list[dict[str, Any]], partner: str | None = None, period: str = "2026-10", **tables: Any
) -> dict[str, Any]:
    tables = {"client": {"name": "Example Telecom"}, "partner": PARTNERS} | tables
    return audited(records, period, only_partner=partner, **tables)


def good(partner: str = "ann", day: str = DAY, **facts: Any) -> list[dict[str, Any]]:
    return calls(97, "live_to_agent", day, partner=partner, **facts) + calls(
        3, "dropped_by_dialler", day, partner=partner, message="played", **facts
    )


def over(partner: str = "ann", day: str = DAY, **facts: Any) -> list[dict[str, Any]]:
    return calls(90, "live_to_agent", day, partner=partner, **facts) + calls(
        10, "dropped_by_dialler", day, partner=partner, message="played", **facts
    )


def silent(partner: str = "ann", day: str = DAY, **facts: Any) -> list[dict[str, Any]]:
    return calls(99, "live_to_agent", day, partner=partner, **facts) + calls(
        1, "dropped_by_dialler", day, partner=partner, message="none", **facts
    )


def doubtful(partner: str = "ann", day: str = DAY, **facts: Any) -> list[dict[str, Any]]:
    return calls(50, "live_to_agent", day, partner=partner, **facts) + calls(
        50, "answered_unknown", day, partner=partner, message="played", **facts
    )
