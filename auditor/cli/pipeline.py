"""What `audit` and `check` share when a pipeline reads them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from auditor.gate.notice import Notice, of_result
from auditor.report.findings import findings

Document = dict[str, Any]


def notices_of(document: Document) -> list[Notice]:
    """The failures, doubts and waived failures of an audit, those of the law and the house first."""
    titles = {(rule["pack"], rule["rule"]): rule["title"] for rule in document["rules"]}
    waivers = {(waiver["rule"], waiver["ticket"]): waiver for waiver in document["waivers"]}
    rows = sorted(findings(document), key=lambda row: row["basis"] == "oversight")
    order = ("fail", "undecided", "waived")
    rows.sort(key=lambda row: order.index(row["verdict"]))
    return [of_result(row, titles[row["pack"], row["rule"]], waivers) for row in rows]


def judged_units(document: Document) -> Iterator[tuple[str, str]]:
    """(rule, whose) of every verdict, passes too."""
    for row in document["results"]:
        notice = of_result(row, "", {})
        yield notice.rule, notice.subject


def append_step_summary(text: str) -> None:
    """Add to the summary of a step of GitHub Actions, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(text)


def in_repository(file: str) -> str:
    """A file as its repository names it: from the root, where it stands below it."""
    path = Path(os.path.normpath(Path.cwd() / file))
    root = _root()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


@cache
def _root() -> Path:
    given = os.environ.get("GITHUB_WORKSPACE")
    here = Path.cwd()
    found = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return Path(given) if given else found
