"""The verdict in a sentence: what a director reads first, and a regulator last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from auditor.report import words
from auditor.report.rows import Document, Row, decisive, judged, judged_nothing, rule_of, unit_name, unit_of


@dataclass(frozen=True, slots=True)
class Headline:
    """`verdict` is fail, undecided, pass or nothing; `word` says it in capitals; then the sentences."""

    verdict: str
    word: str
    sentence: str
    more: str
    figures: tuple[tuple[str, str], ...]


def headline_of(document: Document, main: str) -> Headline:
    """The headline over what the law and the house judge.

    Args:
        document: a client's or a partner's audit document.
        main: the scope of its campaigns: `campaign`, or `campaign+partner` in a partner's.
    """
    every = judged(document, main)
    rows = decisive(every)
    counts = Counter("nothing" if judged_nothing(row) else row["verdict"] for row in rows)
    failed = [row for row in every if row["verdict"] == "fail"]
    when = words.within(document["period"]["from"], document["period"]["to"])
    verdict = next((v for v in ("fail", "undecided", "waived", "pass") if counts[v]), "nothing")
    verdict = "pass" if verdict == "waived" else verdict
    word = words.VERDICTS[verdict].upper()
    undecided = words.many(counts["undecided"], "verdict")
    if verdict == "fail":
        sentence = f"{_who(document)} {_what_was_broken(document, failed)} {when}."
        more = " ".join(_what_happened(document, failed, rows))
        if counts["undecided"]:
            more += f" {words.many(counts['undecided'], 'further verdict')} could not be decided."
    elif verdict == "undecided":
        sentence = f"Nothing failed {when}, but {undecided} could not be decided."
        more = "What cannot be shown is no pass: the causes and what would settle them are on the next pages."
    elif verdict == "nothing":
        sentence = f"Nothing was judged {when}."
        more = "No rule was in force for these calls, or none found a call that it is about."
    else:
        sentence = f"{_who(document)} kept to the rules that were tested {when}."
        more = "No limit was exceeded on any day, and nothing was found that is not allowed at all."
        if counts["waived"]:
            more = "No limit of the law was exceeded, and nothing was found that is not allowed at all."
    if counts["waived"]:
        were = "was" if counts["waived"] == 1 else "were"
        more += f" {words.many(counts['waived'], 'failure')} of the house limit {were} waived."
        word += ", WITH WAIVERS" if verdict == "pass" else ""
    overseen = sum(r["verdict"] == "fail" and r["basis"] == "oversight" for r in document["results"])
    if verdict != "fail" and overseen:
        failed_too = words.many(overseen, "verdict")
        more += f" {failed_too} of oversight, over calls of several campaigns or of a part of one, did fail."
    figures = (
        ("calls audited", f"{document['calls']['audited']:,}"),
        ("failed", f"{counts['fail']:,}"),
        ("undecided", f"{counts['undecided']:,}"),
        *([("waived", f"{counts['waived']:,}")] if counts["waived"] else []),
        ("passed", f"{counts['pass']:,}"),
    )
    return Headline(verdict, word, sentence, more, figures)


def _who(document: Document) -> str:
    partner = document["selection"]["partner"]
    if partner is not None:
        name = next((p["name"] for p in document["partners"] if p["id"] == partner), partner)
        return f"The dialling of {name}"
    return document["client"] or "The dialling audited here"


def _what_was_broken(document: Document, failed: list[Row]) -> str:
    of_law = [row for row in failed if row["limit_of"] == "law"]
    of_house = [row for row in failed if row["limit_of"] == "house"]
    if len(of_law) == len(failed) and all(row["status"] == "unverified" for row in of_law):
        return "did not keep to rules that nobody has found in the text of the policy in force"
    if of_law and of_house:
        return f"kept neither to the law nor to {_house(document, of_house)}"
    return f"did not keep to {'the law' if of_law else _house(document, of_house)}"


def _house(document: Document, rows: list[Row]) -> str:
    """Whose limit it is: the client's, or this product's where the client has set none."""
    rules = {f"{row['pack']}/{row['rule']}" for row in rows}
    default = all(limit["default"] for limit in document["house_limits"] if limit["rule"] in rules)
    return "auditor's default limit" if default else "the house limit"


def _what_happened(document: Document, failed: list[Row], rows: list[Row]) -> Iterator[str]:
    rates = [row for row in failed if rule_of(document, row)["kind"] == "rate"]
    by_law = [row for row in rates if row["limit_of"] == "law"]
    # A day beyond the law's limit is told once, though it is beyond the house's too.
    told = {(*unit_of(row), row["from"]) for row in by_law}
    by_house = [
        row for row in rates
        if row["limit_of"] == "house" and (*unit_of(row), row["from"]) not in told
    ]  # fmt: skip
    if by_law:
        yield _over(by_law, "the limit of the law", further=False)
    if by_house:
        whose = _house(document, by_house)
        whose += ", as the client has set none" if "default" in whose else ""
        yield _over(by_house, whose, further=bool(by_law))
    found = list(_not_allowed(document, rows))
    if found:
        yield f"Not allowed at all, but found: {'; '.join(found)}."


def _over(rows: list[Row], whose: str, *, further: bool) -> str:
    """`On 2 campaign-days and for call centre Leeds on 1 day …`."""
    limits = sorted({row["limit"] for row in rows}, key=Fraction)
    centres = [row for row in rows if row["scope"] == "call_centre"]
    campaigns = {(*unit_of(row), row["from"]) for row in rows if row["scope"] != "call_centre"}
    more = "further " if further else ""
    when = [words.many(len(campaigns), f"{more}campaign-day")] if campaigns else []
    if centres:
        names = words.named(sorted({unit_name(row) for row in centres}))
        centre_days = len({(*unit_of(row), row["from"]) for row in centres})
        days = words.many(centre_days, f"{'' if campaigns else more}day")
        when.append(f"{days} over all campaigns of a call centre ({names})")
    bar = " or ".join(words.limit_percent(limit) for limit in limits)
    return f"On {' and on '.join(when)} more than {bar} of live calls were abandoned ({whose})."


def _not_allowed(document: Document, rows: list[Row]) -> Iterator[str]:
    """`12 silent calls on 2 days, and 30 more may be`, for each rule that was broken."""
    for rule in document["rules"]:
        mine = [r for r in rows if (r["pack"], r["rule"]) == (rule["pack"], rule["rule"])]
        failed = [row for row in mine if row["verdict"] == "fail"]
        if rule["kind"] == "count" and failed:
            days = words.many(len({row["from"] for row in failed}), "day")
            said = f"{words.many(int(_sum(failed, 'counted')), *rule['counts'])} on {days}"
            perhaps = _sum(mine, "doubtful")
            said += f", and {words.count(str(perhaps))} more may be" if perhaps else ""
            unverified = all(row["status"] == "unverified" for row in failed)
            yield said + (" (nobody has verified this provision)" if unverified else "")


def _sum(rows: list[Row], key: str) -> int:
    return sum(int(Fraction(row[key] or 0)) for row in rows)
