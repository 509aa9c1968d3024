"""What the mark of a day says of it, and where the page tells the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from auditor.report import words
from auditor.report.drawing import Tip
from auditor.report.rows import Row, VerdictKey, unit_name, verdict_key


def tips_of(anchors: Mapping[VerdictKey, str]) -> Callable[[Row], Tip]:
    """How to tell of a row of a rate, on a page that has these anchors."""
    return lambda row: Tip(said(row), anchors.get(verdict_key(row)))


def said(row: Row) -> str:
    """`SURVEY-N, Thu 8 October 2026: 8.64% of live calls: Fail`; what is in doubt by its ends alone."""
    on = f"{date.fromisoformat(row['from']):%a} {words.day(row['from'])}"
    low, high = words.percent(row["rate_low"]), words.percent(row["rate_high"])
    share = f"between {low} and {high} of live calls"
    if row["verdict"] != "undecided" and row["rate"] is not None:
        ends = "" if low == high else f" (between {low} and {high})"
        share = f"{words.percent(row['rate'])} of live calls{ends}"
    return f"{unit_name(row)}, {on}: {share}: {words.VERDICTS[row['verdict']]}"
