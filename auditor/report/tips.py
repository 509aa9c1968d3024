"""What the mark of a day says of it, and which breach or doubt of the page tells the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from auditor.report import words
from auditor.report.breaches import Breach, Doubt
from auditor.report.drawing import Tip
from auditor.report.rows import Row, unit_name


def tips_of(breaches: Sequence[Breach], doubts: Sequence[Doubt]) -> Callable[[Row], Tip]:
    """How to tell of a row of a rate, on a page that shows these breaches and doubts."""
    # A rate's failure is one unit on one day; a campaign comes before a call centre of the same name.
    failed = {(breach.of, breach.when): breach.anchor for breach in reversed(breaches)}
    doubted = {(doubt.cause.lower(), doubt.advice): doubt.anchor for doubt in doubts}

    def tip(row: Row) -> Tip:
        to = None
        if row["verdict"] == "fail":
            to = failed.get(((row["pack"], row["rule"], unit_name(row)), words.day(row["from"])))
        elif row["verdict"] == "undecided":
            to = doubted.get((row["cause"].lower(), row["remedy"]))
        return Tip(said(row), to)

    return tip


def said(row: Row) -> str:
    """`SURVEY-N, Thu 8 October 2026: 8.64% of live calls: Fail`; what is in doubt by its ends alone."""
    on = f"{date.fromisoformat(row['from']):%a} {words.day(row['from'])}"
    low, high = words.percent(row["rate_low"]), words.percent(row["rate_high"])
    share = f"between {low} and {high} of live calls"
    if row["verdict"] != "undecided" and row["rate"] is not None:
        ends = "" if low == high else f" (between {low} and {high})"
        share = f"{words.percent(row['rate'])} of live calls{ends}"
    return f"{unit_name(row)}, {on}: {share}: {words.VERDICTS[row['verdict']]}"
