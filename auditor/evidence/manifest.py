"""The manifest: with what a report was made, so that it can be made again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from auditor.errors import AuditorError


def run_time() -> datetime:
    """The time a run bears, UTC: SOURCE_DATE_EPOCH where it is set, else now.

    Raises:
        AuditorError: SOURCE_DATE_EPOCH is no number of seconds.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise AuditorError(
            f"SOURCE_DATE_EPOCH is '{epoch}': it must be a number of seconds since 1970"
        ) from None


def manifest(
    document: Mapping[str, Any],
    results: str,
    when: datetime,
    run: str,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a report rests on: inputs, rules, versions, and the hash of its results.

    Args:
        document: the audit document.
        results: the document as the JSON text that is attached.
        when: the run's time.
        run: the run's name.
        options: what the user asked for, where that was more than the period.
    """
    return {
        "schema": 1,
        "run_id": run,
        "run_at": when.isoformat().replace("+00:00", "Z"),
        "period": document["period"],
        "client": document["client"],
        "selection": document["selection"],
        **({"options": dict(options)} if options is not None else {}),
        "results_sha256": hashlib.sha256(results.encode()).hexdigest(),
        "data_sha256": document["data_sha256"],
        "inputs": [
            {key: load[key] for key in ("file", "sha256", "format", "partner", "read", "accepted")}
            for load in document["loads"]
        ],
        "packs": [{key: pack[key] for key in ("id", "version", "sha256")} for pack in document["packs"]],
        "versions": {
            "auditor": document["auditor"]["version"],
            document["engine"]["name"]: document["engine"]["version"],
            "weasyprint": version("weasyprint"),
            "tzdata": version("tzdata"),
            "python": platform.python_version(),
        },
    }


def as_json(found: Mapping[str, Any]) -> str:
    """The manifest as text."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
