"""What was sealed against what comes out now: which document differs first, and where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from auditor.evidence.difference import Difference, first_difference
from auditor.evidence.manifest import Sealed

#: Keys of a document that say with what it was made, not what it says.
_MADE_WITH = ("auditor", "engine")


def versions_then_and_now(about: Sealed, now: dict[str, Any]) -> Iterator[str]:
    """With what it was made then and now, where that differs."""
    then = about.versions
    today = {"auditor": now["auditor"]["version"], now["engine"]["name"]: now["engine"]["version"]}
    for name, version in today.items():
        if then.get(name) != version:
            yield f"{name} {then.get(name, 'of no known version')} then, {version} now"


def manifest_differs(about: Sealed, results: str) -> tuple[str | None, Difference | None]:
    """Whether the manifest speaks of other results than were sealed with it."""
    found = hashlib.sha256(results.encode()).hexdigest()
    if found == about.results_sha256:
        return None, None
    return "manifest.json", Difference("results_sha256", "", about.results_sha256, found)


def compared(
    sealed: dict[str, str], now: dict[str, str], changed: set[int]
) -> tuple[str | None, Difference | None]:
    """The first file that differs, and its first difference.

    When a file was loaded makes none; nor do the bytes of those that are known to be `changed`, so that what
    the change does is seen.
    """
    for name, text in sealed.items():
        if text == now[name]:
            continue
        if not name.endswith(".json"):
            return name, first_difference(text.splitlines(), now[name].splitlines(), "line")
        found = first_difference(_plain(text, changed), _plain(now[name], changed))
        if found is not None:
            return name, found
    return None, None


def _plain(text: str, changed: set[int]) -> Any:
    document = json.loads(text)

    def without_bytes(load: dict[str, Any]) -> dict[str, Any]:
        left_out = {"loaded_at"} | ({"sha256", "bytes"} if load["load_id"] in changed else set())
        return {key: value for key, value in load.items() if key not in left_out}

    if isinstance(document, list):
        return [without_bytes(load) for load in document]
    left_out = {*_MADE_WITH, *(("data_sha256",) if changed else ())}
    return {key: value for key, value in document.items() if key not in left_out} | {
        "loads": [without_bytes(load) for load in document["loads"]]
    }
