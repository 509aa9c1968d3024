"""The verdict in a sentence: what a director reads first, and a regulator last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from auditor.report import words

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Headline:
    """`verdict` is fail, undecided or pass; `word` is that in capitals for the page; then the sentences."""

    verdict: str
    word: str
    sentence: str
    more: str
    figures: tuple[tuple[str, str], ...]


def headline_of(document: dict[str, Any], main: str, period: str) -> Headline:
    """The headline over the main scope's rows (and the call centres', where the campaigns are clean).

    Args:
        document: a client's or a partner's audit document.
        main: the scope of its campaigns: `campaign`, or `campaign+partner` in a partner's.
        period: the period in words.
    """
    kinds = {(r["pack"], r["rule"]): r["kind"] for r in document["rules"]}
    rows = [r for r in document["results"] if r["scope"] == main]
    centres = [r for r in document["results"] if r["scope"] == "call_centre"]
    over = [r for r in rows if r["verdict"] == "fail" and kinds[r["pack"], r["rule"]] == "rate"]
    found = [r for r in rows if r["verdict"] == "fail" and kinds[r["pack"], r["rule"]] == "count"]
    centre_over = [] if over else [r for r in centres if r["verdict"] == "fail"]
    days = {(r["rule"], _unit(r), r["from"]) for r in rows}
    undecided = {(r["rule"], _unit(r), r["from"]) for r in rows if r["verdict"] == "undecided"}
    failed = {(r["rule"], _unit(r), r["from"]) for r in [*over, *found]}
    waived = {(r["rule"], _unit(r), r["from"]) for r in rows if r["verdict"] == "waived"} - failed - undecided
    who = _who(document)
    verdict = "fail" if failed or centre_over else "undecided" if undecided else "pass"
    if verdict == "fail":
        sentence = f"{who} {_what_was_broken([*over, *found, *centre_over])} in {period}."
        more = _what_happened(document, over, found, centre_over)
        if undecided - failed:
            more += f" {words.many(len(undecided - failed), 'further verdict')} could not be decided."
    elif verdict == "undecided":
        sentence = (
            f"Nothing failed in {period}, but {words.many(len(undecided), 'verdict')} could not be decided."
        )
        more = (
            "What cannot be shown is not a pass: the causes and what would settle them are on the next pages."
        )
    else:
        sentence = f"{who} kept to the rules that were tested in {period}."
        more = "No campaign was over its limit on any day, and nothing was found that is not allowed at all."
        if waived:
            more = "No limit of the law was broken, and nothing was found that is not allowed at all."
    word = words.VERDICTS[verdict].upper()
    if waived:
        failures = words.many(len(waived), "failure")
        more += f" {failures} of the house limit {'was' if len(waived) == 1 else 'were'} waived."
        word += ", WITH WAIVERS" if verdict == "pass" else ""
    figures = (
        ("calls audited", f"{document['calls']['audited']:,}"),
        ("failed", f"{len(failed):,}"),
        ("undecided", f"{len(undecided - failed):,}"),
        *([("waived", f"{len(waived):,}")] if waived else []),
        ("passed", f"{len(days - failed - undecided - waived):,}"),
    )
    return Headline(verdict, word, sentence, more, figures)


def _who(document: dict[str, Any]) -> str:
    partner = document["selection"]["partner"]
    if partner is not None:
        name = next((p["name"] for p in document["partners"] if p["id"] == partner), partner)
        return f"The dialling of {name}"
    return document["client"] or "The dialling audited here"


def _what_was_broken(rows: list[Row]) -> str:
    of_law = [r for r in rows if r["limit_of"] == "law"]
    law = bool(of_law)
    if law and len(of_law) == len(rows) and all(r["status"] == "unverified" for r in of_law):
        return "did not keep to rules that nobody has found in the text of the policy in force"
    own = any(r["limit_of"] == "house" for r in rows)
    own_limit = "the house limit"
    if law and own:
        return "kept neither to the law nor to the house limit"
    return f"did not keep to {'the law' if law else own_limit}"


def _what_happened(
    document: dict[str, Any], over: list[Row], found: list[Row], centre_over: list[Row]
) -> str:
    said = []
    if over:
        days = {(_unit(r), r["from"]) for r in over}
        limits = sorted({r["limit"] for r in over}, key=Fraction)
        bar = " or ".join(words.limit_percent(limit) for limit in limits)
        said.append(
            f"On {words.many(len(days), 'campaign-day')} more than {bar} of live calls were abandoned."
        )
    if centre_over:
        days = {(_unit(r), r["from"]) for r in centre_over}
        said.append(
            f"On {words.many(len(days), 'day')} a call centre was over the limit over all its campaigns."
        )
    if found:
        said.append(f"Not allowed at all, but found: {'; '.join(_each_rule(document, found))}.")
    return " ".join(said)


def _each_rule(document: dict[str, Any], found: list[Row]) -> Iterator[str]:
    """`12 silent calls on 2 days`, for each rule that was broken."""
    for rule in document["rules"]:
        mine = [r for r in found if (r["pack"], r["rule"]) == (rule["pack"], rule["rule"])]
        if mine:
            total = int(sum(Fraction(r["counted"]) for r in mine))
            days = {r["from"] for r in mine}
            yield f"{words.many(total, *rule['counts'])} on {words.many(len(days), 'day')}"


def _unit(row: Row) -> tuple[str | None, ...]:
    return (row["scope"], row["partner"], row["call_centre"], row["campaign"])
