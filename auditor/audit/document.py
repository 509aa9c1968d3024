"""An audit as the JSON document of the contract: the one thing that reports and scripts read."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from auditor import __version__
from auditor.audit import answers
from auditor.audit.audit import Audit
from auditor.audit.estimate import PEOPLE
from auditor.audit.house import reading_of
from auditor.audit.numbers import count_text, rate_text
from auditor.audit.result import Result, SampledCall
from auditor.audit.trend import Month
from auditor.engines import duckdb as engine
from auditor.period import Period
from auditor.rulebook.formula import parse_formula
from auditor.rulebook.model import Citation, Note, Rule, Workings
from auditor.rulebook.pack import Pack
from auditor.zones import zone_named

SCHEMA = 1

_MOMENTS = ("dialled_ms", "answered_ms", "greeting_end_ms", "connected_ms", "message_ms", "ended_ms")


def as_json(document: dict[str, Any]) -> str:
    """The document as text: the same bytes for the same data, rules and configuration."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def as_document(audit: Audit) -> dict[str, Any]:
    """The document: the contract's keys, and what a report needs besides."""
    config = audit.workspace.config
    zones = {pack.id: zone_named(pack.about.time_zone) for pack in audit.packs}
    totals = {
        key: sum(getattr(load, key) for load in audit.inputs.loads)
        for key in ("read", "accepted", "rejected", "duplicate")
    }
    return {
        "schema": SCHEMA,
        "period": {"from": audit.period.first.isoformat(), "to": audit.period.last.isoformat()},
        "calls": {**totals, "audited": audit.audited},
        "results": [_result(result, zones[result.pack]) for result in audit.results],
        "not_tested": [{"what": gap.what, "why": gap.why, "rule": gap.rule} for gap in audit.gaps],
        "auditor": {"version": __version__},
        "engine": {"name": engine.NAME, "version": engine.version()},
        "client": config.client.name,
        "selection": {"partner": audit.selection.partner, "campaign": audit.selection.campaign},
        "partners": [{"id": p, "name": audit.workspace.partner_name(p)} for p in audit.partners],
        "packs": [_pack(pack, audit.period) for pack in audit.packs],
        "rules": [_rule(audit, pack, rule) for pack in audit.packs for rule in pack.rules],
        "data_sha256": audit.data_sha256,
        "data_quality": [
            {"what": q.what, "figure": q.figure, "why": q.why} for q in audit.qualities
        ],
        "loads": [
            {key: getattr(load, key) for key in
             ("load_id", "file", "sha256", "format", "partner", "read", "accepted", "rejected", "duplicate")}
            | {"notes": list(load.notes), "suspicions": list(load.suspicions)}
            | {"shared": load.load_id in audit.inputs.shared}
            for load in audit.inputs.loads
        ],
        "trend": [_month(month) for month in audit.trend],
        "house_limits": [
            {"rule": rule, "limit": house.limit, "default": house.default}
            for rule, house in audit.house_limits
        ],
        "estimates": answers.estimates(audit),
        "attestations": answers.attestations(audit),
        "waivers": answers.waivers(audit),
    }  # fmt: skip


def _month(month: Month) -> dict[str, Any]:
    return {
        "from": month.period.first.isoformat(),
        "to": month.period.last.isoformat(),
        "calls": month.calls,
        "failed": month.failed,
        "undecided": month.undecided,
        "waived": month.waived,
        "passed": month.passed,
        "rate_low": _rate(month.low),
        "rate_high": _rate(month.high),
    }


def _result(result: Result, zone: ZoneInfo) -> dict[str, Any]:
    figures, unit = result.figures, result.unit
    return {
        "pack": result.pack,
        "rule": result.rule,
        "regime": result.regime,
        "basis": result.basis,
        "scope": unit.scope,
        "client": unit.client,
        "partner": unit.partner,
        "call_centre": unit.call_centre,
        "campaign": unit.campaign,
        "from": result.first.isoformat(),
        "to": result.last.isoformat(),
        "counted": count_text(figures.counted) if figures else None,
        "doubtful": count_text(figures.doubtful) if figures else None,
        "base": count_text(figures.base) if figures else None,
        "rate": _rate(figures.rate) if figures else None,
        "rate_low": _rate(figures.low) if figures else None,
        "rate_high": _rate(figures.high) if figures else None,
        "limit": result.limit,
        "limit_of": "house" if result.own_limit else "law",
        "verdict": result.verdict,
        "reason": result.reason,
        "citation": result.citation,
        "status": result.status,
        "cause": result.cause,
        "remedy": result.remedy,
        "attested": result.attested,
        "waiver": result.waiver.ticket if result.waiver else None,
        "workings": [
            {"name": w.name, "formula": w.formula, "numbers": w.numbers, "value": count_text(w.value)}
            for w in result.workings
        ],
        "tallies": dict(result.tallies),
        "sample": [_sampled(call, zone) for call in result.sample],
        "sample_of": {kind: result.calls_it_turns_on(kind) for kind in ("counted", "doubtful")},
    }


def _sampled(call: SampledCall, zone: ZoneInfo) -> dict[str, Any]:
    """A call as it is shown: its times on the regulator's clock, as finely as they are known."""
    record = asdict(call)
    precision = record.pop("precision_ms")
    after = record.pop("after")
    return _told(record, zone, precision) | {"after": _told(after, zone, precision) if after else None}


def _told(record: dict[str, Any], zone: ZoneInfo, precision_ms: int) -> dict[str, Any]:
    units = "milliseconds" if precision_ms == 1 else "seconds"
    return {
        name.replace("_ms", "_at") if name in _MOMENTS else name: value
        if name not in _MOMENTS or value is None
        else datetime.fromtimestamp(value / 1000, zone).isoformat(timespec=units)
        for name, value in record.items()
    }


def _rate(value: Fraction | None) -> str | None:
    return None if value is None else rate_text(value)


def _pack(pack: Pack, period: Period) -> dict[str, Any]:
    about = pack.about
    context = [
        each for each in about.context
        if (each.from_ is None or each.from_ <= period.last) and (each.to is None or each.to >= period.first)
    ]  # fmt: skip
    return {
        "id": about.id,
        "title": about.title,
        "regulator": about.regulator,
        "country": about.country,
        "version": about.version,
        "sha256": pack.sha256,
        "time_zone": about.time_zone,
        "context": [
            {
                "title": each.title,
                "from": each.from_.isoformat() if each.from_ else None,
                "to": each.to.isoformat() if each.to else None,
                "says": each.says,
                "citation": _cited(pack, each.citation),
                "status": each.status,
            }
            for each in context
        ],
        "sources": [
            {"id": key, **source.model_dump(mode="json", exclude_none=True)}
            for key, source in about.source.items()
        ],
    }


def _reading(audit: Audit, pack: Pack, rule: Rule) -> dict[str, Any] | None:
    """Which reading of the rule was used, and the others there are."""
    if rule.reading is None:
        return None
    used = str(reading_of(pack, rule, audit.workspace.config.reading))
    choice = rule.reading.choice
    return {
        "used": used,
        "words": choice[used],
        "default": used == rule.reading.default,
        "others": {name: words for name, words in choice.items() if name != used},
    }


def _rule(audit: Audit, pack: Pack, rule: Rule) -> dict[str, Any]:
    return {
        "pack": pack.id,
        "rule": rule.id,
        "title": rule.title,
        "kind": rule.kind,
        "why": rule.why,
        "short": rule.short,
        "counts": list(rule.counts),
        "of": list(rule.of),
        "tallies": {name: tally.means for name, tally in rule.tally.items()},
        "words": _words_used(rule),
        "thresholds": {name: threshold.means for name, threshold in rule.threshold.items()},
        "earlier": {name: kind.means for name, kind in rule.earlier.items()},
        "reading": _reading(audit, pack, rule),
        "versions": [
            {
                "id": version.id,
                "from": version.from_.isoformat(),
                "to": version.to.isoformat() if version.to else None,
                "limit": version.limit,
                "thresholds": dict(version.threshold),
                "law": list(version.law),
                "oversight": list(version.oversight),
                "says": version.says,
                "citation": _cited(pack, version.citation),
                "status": version.status,
            }
            for version in rule.versions
        ],
        "formulas": [
            {
                "title": formula.title,
                "reading": formula.reading,
                "when": formula.when,
                "counted": formula.formulas["counted"].shown(_words),
                "doubtful": formula.formulas["doubtful"].shown(_words),
                "others": formula.formulas["others"].shown(_words),
                "says": formula.says,
                "source": _cited(pack, formula),
            }
            for formula in rule.formulas
        ],
        "notes": [{"text": note.text, "source": _cited(pack, note)} for note in rule.notes],
    }


def _words_used(rule: Rule) -> dict[str, str]:
    """What the names in a rule's formulas mean, those of a reasoned estimate among them."""
    used = {name for each in rule.formulas for formula in each.formulas.values() for name in formula.names}
    words = {name: tally.means for name, tally in rule.tally.items()}
    if rule.estimate is not None:
        bases = {name: parse_formula(getattr(rule.estimate, name)) for name in ("machine", "live")}
        used |= bases["machine"].names | (bases["live"].names if used & set(PEOPLE) else set())
        of = " or ".join(dict.fromkeys(base.shown(_words) for base in bases.values()))
        words |= {name: means.format(of=of) for name, means in PEOPLE.items()}
    return {name: means for name, means in words.items() if name in used}


def _cited(pack: Pack, provision: Citation | Workings | Note) -> str:
    return f"{pack.about.source[provision.source].title}: {provision.provision}"


def _words(name: str) -> str:
    return name.replace("_", " ")
