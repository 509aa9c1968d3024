"""The manifest: with what a report was made, so that it can be made again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from auditor.errors import AuditorError, first_fault
from auditor.store.horizon import Horizon


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
    purges: Sequence[Horizon] = (),
) -> dict[str, Any]:
    """What a report rests on: inputs, rules, versions, and the hash of its results.

    Args:
        document: the audit document.
        results: the document as the JSON text that is attached.
        when: the run's time.
        run: the run's name.
        options: what the user asked for, where that was more than the period.
        purges: what was purged from the store before.
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
        **({"purges": [asdict(each) | {"day": each.day.isoformat()} for each in purges]} if purges else {}),
        "packs": [{key: pack[key] for key in ("id", "version", "sha256")} for pack in document["packs"]],
        "versions": {
            "auditor": document["auditor"]["version"],
            document["engine"]["name"]: document["engine"]["version"],
            "weasyprint": version("weasyprint"),
            "tzdata": version("tzdata"),
            "python": platform.python_version(),
        },
    }


class SealedPack(BaseModel):
    """A pack that a sealed run applied."""

    id: Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$")]
    version: str
    sha256: str


class Sealed(BaseModel):
    """What a sealed run's manifest says that running it again needs."""

    period: dict[Literal["from", "to"], date]
    packs: list[SealedPack]
    versions: dict[str, str]
    results_sha256: str
    data_sha256: str
    purges: list[Horizon] = []


def from_json(text: str) -> Sealed:
    """The manifest that `as_json` wrote.

    Raises:
        AuditorError: it is none.
    """
    try:
        return Sealed.model_validate_json(text)
    except ValidationError as error:
        raise AuditorError(f"manifest.json is not as a run writes it ({first_fault(error)})") from None


def as_json(found: Mapping[str, Any]) -> str:
    """The manifest as text."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
