"""Failures and doubts as a reader meets them: what happened, why, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from auditor.report import words
from auditor.report.calls import CallLine, calls_of
from auditor.report.rows import (
    Document,
    Row,
    VerdictKey,
    failures,
    judged,
    rule_of,
    unit_label,
    unit_name,
    unit_of,
    verdict_key,
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A failure: what happened, the arithmetic of it (of its worst day), the provision and what to do.

    A rate's failure is one unit on one day. What is not allowed at all is told once for each unit,
    with every day it happened on: (day, counted, doubtful, among). `also` names call centres whose
    failure is made of the same calls, `partners` whose calls they were: (name, counted, among).
    """

    anchor: str
    verdicts: frozenset[VerdictKey]
    title: str
    where: str
    when: str
    also: tuple[str, ...]
    partners: tuple[tuple[str, str, str], ...]
    reason: str
    workings: tuple[Row, ...]
    days: tuple[tuple[str, str, str, str], ...]
    calls: tuple[CallLine, ...]
    calls_in_all: int
    limit: str
    basis: str
    citation: str
    status: str
    advice: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Undecided days that share a cause."""

    anchor: str
    verdicts: frozenset[VerdictKey]
    cause: str
    days: int
    units: tuple[tuple[str, str, str], ...]  # rule, unit, days
    calls: tuple[CallLine, ...]
    calls_in_all: int
    advice: str


@dataclass(frozen=True, slots=True)
class Breaches:
    """The gravest failures, and how many more there are."""

    told: tuple[Breach, ...]
    left_out: int


def breaches_of(document: Document, main: str, most: int) -> Breaches:
    """The failures of campaigns (scope `main`) and call centres: campaigns first, the worst first.

    Args:
        document: an audit document with named rows.
        main: the scope of its campaigns.
        most: how many are told.
    """
    failed = failures(document, judged(document, main))
    # A call centre's row repeats its campaigns' calls: campaigns first, rates before counts, worst first.
    failed.sort(
        key=lambda pair: (
            pair[0]["scope"] != main,
            rule_of(document, pair[0])["kind"] != "rate",
            -Decimal(pair[0]["rate"] or 0),
        )
    )
    alone: list[tuple[Row, list[Row]]] = []
    also: dict[int, list[Row]] = defaultdict(list)
    places: dict[tuple[Any, ...], int] = {}
    for worst, rows in failed:
        same = places.get(_same_calls(worst))
        if worst["scope"] == "call_centre" and same is not None:
            also[same].append(worst)
            continue
        if worst["scope"] != "call_centre":
            places.setdefault(_same_calls(worst), len(alone))
        alone.append((worst, rows))
    partners = _by_campaign(document)
    told = (
        _breach(document, number, worst, rows, also[number - 1], partners)
        for number, (worst, rows) in enumerate(alone[:most], 1)
    )
    return Breaches(tuple(told), max(0, len(alone) - most))


def _same_calls(row: Row) -> tuple[Any, ...]:
    """What a campaign's failure and a call centre's have in common where all calls of both are the same."""
    same = ("pack", "rule", "limit_of", "client", "from", "limit", "counted", "doubtful", "base")
    return (*(row[key] for key in same), *sorted(row["tallies"].items()))


#: (pack, rule, client, campaign, day) → the rows of its partners.
_ByCampaign = dict[tuple[str | None, ...], list[Row]]


def _by_campaign(document: Document) -> _ByCampaign:
    """Of a client's document the rows of each campaign's partners; a partner's needs none."""
    found: _ByCampaign = defaultdict(list)
    if document["selection"]["partner"] is None:
        for row in document["results"]:
            if row["scope"] == "campaign+partner" and row["base"] is not None:
                found[_campaign_day(row)].append(row)
    return found


def _campaign_day(row: Row) -> tuple[str | None, ...]:
    return row["pack"], row["rule"], row["client"], row["campaign"], row["from"]


def _breach(
    document: Document,
    number: int,
    worst: Row,
    rows: list[Row],
    also: list[Row],
    by_campaign: _ByCampaign,
) -> Breach:
    rule = rule_of(document, worst)
    rate = rule["kind"] == "rate"
    limit = words.limit_percent(worst["limit"]) if rate else "none allowed"
    if not rate and worst["limit"] != "0":
        limit = f"at most {worst['limit']}"
    return Breach(
        anchor=f"breach-{number}",
        verdicts=frozenset(map(verdict_key, (*rows, *also))),
        title=rule["title"],
        where=f"{words.SCOPES[worst['scope']].capitalize()} {unit_name(worst)}",
        when=words.day(worst["from"]) if len(rows) == 1 else words.many(len(rows), "day"),
        also=tuple(map(unit_label, also)),
        partners=tuple(_partners(document, worst, rows, by_campaign)),
        reason=worst["reason"],
        workings=tuple(worst["workings"]),
        days=tuple(map(_day, rows)) if len(rows) > 1 else (),
        calls=calls_of(rows),
        calls_in_all=sum(sum(row["sample_of"].values()) for row in rows),
        limit=limit,
        basis=_basis(worst),
        citation=worst["citation"],
        status=words.STATUSES[worst["status"]],
        advice=worst["remedy"],
    )


def _basis(row: Row) -> str:
    limit = "the law" if row["limit_of"] == "law" else "the house limit"
    return f"{limit}, applied to these calls alone" if row["basis"] == "oversight" else limit


def _partners(
    document: Document, worst: Row, rows: list[Row], by_campaign: _ByCampaign
) -> Iterator[tuple[str, str, str]]:
    """Whose calls a campaign's failure was made of; of a partner's own report, nobody's need be said."""
    names = {partner["id"]: partner["name"] for partner in document["partners"]}
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows if worst["scope"] == "campaign" else ():
        for part in by_campaign.get(_campaign_day(row), ()):
            found[part["partner"]][part["from"]] = part  # held against two limits, its figures are the same
    for partner, mine in sorted(found.items()):
        counted, base = (
            sum((Decimal(row[key]) for row in mine.values()), Decimal(0)) for key in ("counted", "base")
        )
        yield names.get(partner, partner), words.count(str(counted)), words.count(str(base))


def _day(row: Row) -> tuple[str, str, str, str]:
    counted, doubtful, among = (words.count(row[key]) for key in ("counted", "doubtful", "base"))
    return words.short_day(row["from"]), counted, doubtful, among


def doubts_of(document: Document, main: str) -> list[Doubt]:
    """What could not be decided of campaigns (scope `main`) and call centres, by its cause, most first."""
    causes: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in judged(document, main):
        if row["verdict"] == "undecided":
            causes[row["cause"], row["remedy"]].append(row)
    found = []
    for (cause, remedy), rows in causes.items():
        units: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in rows:
            units[rule_of(document, row)["title"], unit_label(row)].add(row["from"])
        listed = tuple(
            (rule, unit, words.spans(sorted(days))) for (rule, unit), days in sorted(units.items())
        )
        total = sum(len(days) for days in units.values())
        verdicts = frozenset(map(verdict_key, rows))
        said = f"{cause[0].upper()}{cause[1:]}"
        # A call centre's row repeats its campaigns' calls; another rule's, or limit's, the same ones.
        of_campaigns = [row for row in rows if row["scope"] != "call_centre"] or rows
        in_all: dict[tuple[str | None, ...], int] = defaultdict(int)
        for row in of_campaigns:
            key = (*unit_of(row), row["from"])
            in_all[key] = max(in_all[key], row["sample_of"]["doubtful"])
        calls = calls_of(of_campaigns, only_doubtful=True)
        found.append(Doubt("", verdicts, said, total, listed, calls, sum(in_all.values()), remedy))
    found.sort(key=lambda doubt: -doubt.days)
    return [replace(doubt, anchor=f"doubt-{number}") for number, doubt in enumerate(found, 1)]


def anchors_of(breaches: Sequence[Breach], doubts: Sequence[Doubt]) -> dict[VerdictKey, str]:
    """Where on the page more is told of a verdict."""
    of_doubts = {key: doubt.anchor for doubt in doubts for key in doubt.verdicts}
    return of_doubts | {key: breach.anchor for breach in breaches for key in breach.verdicts}
