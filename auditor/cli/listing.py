"""The audit document as text and Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click

from auditor.report.findings import findings
from auditor.report.rows import failures
from auditor.text import as_markdown, printable

Document = dict[str, Any]

_SUMMARY = ("rule", "basis", "scope", "unit", "day", "rate", "verdict", "reason")
_ORDER = ("fail", "undecided", "pass", "not_applicable", "not_in_force", "waived")
#: So many failures are printed one by one; the others are in the CSV and the JSON.
_SHOWN = 40


def exit_code(document: Document, *, allow_undecided: bool) -> int:
    """What the command exits with: 1 for any failure, 3 for any doubt, else 0."""
    verdicts = {result["verdict"] for result in document["results"]}
    if "fail" in verdicts:
        return 1
    return 3 if "undecided" in verdicts and not allow_undecided else 0


def as_text(document: Document) -> str:
    """The document for a terminal: failures first, then doubts by cause, then what was not tested."""
    return "\n".join(printable(line) for line in _lines(document)) + "\n"


def as_summary(document: Document) -> str:
    """Failures, doubts and what was waived as a Markdown table, the worst first."""
    rows = [
        (r["rule"], r["basis"], r["scope"], _unit(r), r["from"], r["rate"], r["verdict"], r["reason"])
        for r in findings(document)
    ]
    return f"{_headline(document)}\n\n{as_markdown(_SUMMARY, rows)}"


def _headline(document: Document) -> str:
    counts = {v: sum(r["verdict"] == v for r in document["results"]) for v in _ORDER}
    verdicts = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in counts.items() if count)
    return verdicts or "no verdict"


def _lines(document: Document) -> Iterator[str]:
    period, calls = document["period"], document["calls"]
    whose = document["selection"]["partner"]
    names = [document["client"] or "All calls", *([f"partner {whose}"] if whose else [])]
    packs = ", ".join(f"{p['id']} {p['version']}" for p in document["packs"])
    yield f"{' · '.join(names)} · {period['from']} to {period['to']} · {packs}"
    yield (
        f"{calls['audited']:,} calls audited, of files with {calls['read']:,} read, {calls['accepted']:,} "
        f"accepted, {calls['rejected']:,} rejected, {calls['duplicate']:,} duplicate"
    )
    yield _headline(document)
    yield from _failures(document)
    yield from _doubts(document)
    yield from _waivers(document)
    if document["not_tested"]:
        yield ""
        yield "Not tested"
        yield from (f"  {gap['what']}: {gap['why']}" for gap in document["not_tested"])


def _failures(document: Document) -> Iterator[str]:
    """Failures, the days of a unit together where a rule allows none at all; the worst day is told."""
    # The law's and the house's own verdicts before the views that show the same calls by partner.
    failed = sorted(failures(document, document["results"]), key=lambda pair: pair[0]["basis"] == "oversight")
    if failed:
        yield ""
        yield "Failed"
    for worst, rows in failed[:_SHOWN]:
        days = (
            worst["from"] if len(rows) == 1 else f"{len(rows)} days, {rows[0]['from']} to {rows[-1]['from']}"
        )
        yield f"  {worst['rule']}  {worst['basis']}  {worst['scope']} {_unit(worst)}: {days}"
        on_day = "" if len(rows) == 1 else f"On {worst['from']}: "
        yield f"    {on_day}{worst['reason']}"
    if len(failed) > _SHOWN:
        yield f"  … and {len(failed) - _SHOWN} more: see --format csv or json"


def _doubts(document: Document) -> Iterator[str]:
    """Undecided verdicts by their cause: a month of them for one cause is one thing to mend."""
    groups: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for r in document["results"]:
        if r["verdict"] == "undecided":
            where = f"{r['rule']}  {r['basis']}  {r['scope']} {_unit(r)}"
            groups[r["cause"], r["remedy"]][where].append(r["from"])
    if groups:
        yield ""
        yield "Undecided"
    for (cause, remedy), units in sorted(groups.items(), key=lambda group: -sum(map(len, group[1].values()))):
        total = sum(len(days) for days in units.values())
        yield f"  {total} {'verdict' if total == 1 else 'verdicts'} for one cause: {cause}"
        for where, days in units.items():
            many = len(days) > 1
            yield f"    {where}: {f'{len(days)} days, {days[0]} to {days[-1]}' if many else days[0]}"
        if remedy:
            yield f"    To settle it: {remedy}"


def _waivers(document: Document) -> Iterator[str]:
    """What was waived; what each waiver did, or why it did nothing."""
    waived: list[str] = []
    for result in document["results"]:
        if result["verdict"] == "waived":
            where = f"{result['rule']}  {result['basis']}  {result['scope']} {_unit(result)}"
            waived.append(f"  {where}: {result['from']}  {result['reason']}")
    if waived:
        yield ""
        yield "Waived"
        yield from waived
    if document["waivers"]:
        yield ""
        yield "Waivers"
    for waiver in document["waivers"]:
        named = [waiver[key] for key in ("partner", "call_centre", "campaign") if waiver[key] is not None]
        did = [f"{waiver['waived']} waived"] if waiver["waived"] else []
        if waiver["accepted"]:
            did.append(f"{waiver['accepted']} accepted as a risk, but failures of the law cannot be waived")
        if waiver["note"]:
            did.append(waiver["note"])
        yield (
            f"  {waiver['ticket']}  {waiver['rule']}  {' / '.join(named)}, until {waiver['expires']}, "
            f"{waiver['approver']}: {'; '.join(did) or 'nothing here'}"
        )


def warn_of_waivers(document: Document) -> None:
    """Say which waivers expired, came too late, or were needed by nothing."""
    for waiver in document["waivers"]:
        if waiver["note"]:
            said = f"waiver {waiver['ticket']} of {waiver['rule']} {waiver['note']}"
            click.echo(f"warning: {printable(said)}", err=True)


def _unit(result: dict[str, Any]) -> str:
    keys = result["scope"].split("+")
    parts = [result[key] for key in ("partner", "call_centre", "campaign") if key in keys]
    return " / ".join(p if p is not None else "(unnamed)" for p in parts) or (result["client"] or "")
