"""Notices as SARIF 2.1.0, inside the limits that GitHub sets for code scanning."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from auditor import __version__
from auditor.gate.notice import Notice

#: GitHub takes no more results of a run.
MOST = 25_000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(notices: Sequence[Notice]) -> str:
    """The notices as one run; those beyond the limit, the least grave, are counted in a notification."""
    taken = notices[:MOST]
    rules = list({notice.rule: notice for notice in taken}.values())
    places = {notice.rule: n for n, notice in enumerate(rules)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "auditor",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(notice) for notice in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(notice, places[notice.rule]) for notice in taken],
    }
    if len(notices) > MOST:
        said = f"{len(notices) - MOST:,} further findings are left out: see --format json"
        run["invocations"] = [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "warning", "message": {"text": said}}],
            }
        ]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _rule(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.rule,
        "name": "".join(word.capitalize() for word in notice.rule.split("/")[-1].split("-")),
        "shortDescription": {"text": notice.title},
        "fullDescription": {"text": f"{notice.title}. {notice.citation}"},
        "help": {"text": notice.help or notice.title, "markdown": notice.help or notice.title},
        "defaultConfiguration": {"level": notice.level},
        "properties": {"tags": ["telephony", "compliance"]},
    }


def _result(notice: Notice, index: int) -> dict[str, Any]:
    day = f"{notice.day}: " if notice.day else ""
    # The same finding tomorrow, a line further down, is the same finding.
    told_apart = "\n".join((notice.rule, notice.subject, notice.file or "", notice.day or ""))
    result: dict[str, Any] = {
        "ruleId": notice.rule,
        "ruleIndex": index,
        "level": notice.level,
        "message": {"text": f"{notice.subject}: {day}{notice.says} {notice.help}".strip()},
        "partialFingerprints": {"auditor/v1": _hash(told_apart)},
    }
    # GitHub refuses a location that is of no file: a verdict on calls has none.
    if notice.file is not None and notice.place is not None:
        region = {"startLine": notice.place.line, "startColumn": notice.place.column}
        where = {"artifactLocation": {"uri": quote(os.fsencode(notice.file))}, "region": region}
        result["locations"] = [
            {
                "physicalLocation": where,
                "logicalLocations": [{"fullyQualifiedName": notice.subject, "kind": "campaign"}],
            }
        ]
    if notice.verdict == "waived":
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": notice.justification or notice.says}
        ]
    return result


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
