"""What a rule may not say: names of nothing, conditions outside the language, gaps, citations of nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from auditor.rulebook.condition import Kinds, faults_of
from auditor.rulebook.formula import parse_formula
from auditor.rulebook.grammar import parse_condition
from auditor.rulebook.model import Rule
from auditor.rulebook.pack import PackFile

#: Names that a formula may use besides the rule's tallies, where the rule takes an estimate.
ESTIMATE_NAMES = frozenset({"people_low", "people_mid", "people_high", "unestimated"})


def rule_faults(rule: Rule, columns: Kinds) -> Iterator[str]:
    """Every fault of a rule by itself, one sentence each."""
    yield from _conditions(rule, columns)
    yield from _earlier_calls(rule)
    yield from _names(rule)
    yield from _readings(rule)
    yield from _thresholds(rule)
    yield from _versions(rule)
    yield from _gaps(rule)


def citation_faults(rule: Rule, about: PackFile) -> Iterator[str]:
    """Citations of sources that the pack does not list."""
    cited: list[Any] = [v.citation for v in rule.versions]
    cited += [*rule.formulas, *rule.notes, *filter(None, (rule.house, rule.estimate))]
    for source in sorted({c.source for c in cited} - set(about.source)):
        yield f"cites '{source}', which is no source of pack.toml"


def pack_faults(about: PackFile) -> Iterator[str]:
    """Faults of what a pack says around its rules."""
    if about.retention is not None and about.retention.citation.source not in about.source:
        yield f"retention cites '{about.retention.citation.source}', which is no source"
    for context in about.context:
        if context.citation.source not in about.source:
            yield f"context '{context.title}' cites '{context.citation.source}', which is no source"
        if context.from_ and context.to and context.to < context.from_:
            yield f"context '{context.title}' ends on {context.to}, before it begins"


def _conditions(rule: Rule, columns: Kinds) -> Iterator[str]:
    conditions = {f"tally.{name}": tally.where for name, tally in rule.tally.items()}
    conditions |= {f"earlier.{name}": earlier.where for name, earlier in rule.earlier.items()}
    if rule.scope is not None:
        conditions["scope"] = rule.scope.where
    own: dict[str, tuple[str, tuple[str, ...]]] = dict.fromkeys(rule.threshold, ("number", ()))
    for name in sorted({*rule.threshold, *rule.condition} & set(columns)):
        yield f"'{name}' is a column of a call record: give the threshold or condition another name"
    named = {f"condition.{name}": condition.where for name, condition in rule.condition.items()}
    yield from _outside(named, {**columns, **own})
    own |= dict.fromkeys(rule.condition, ("truth", ()))
    yield from _outside(conditions, {**columns, **own})


def _outside(conditions: dict[str, str], kinds: Kinds) -> Iterator[str]:
    for where, text in conditions.items():
        try:
            yield from (f"{where}: {fault}" for fault in faults_of(parse_condition(text), kinds))
        except ValueError as error:
            yield f"{where}: {error}"


def _earlier_calls(rule: Rule) -> Iterator[str]:
    for name, tally in rule.tally.items():
        for kind in sorted({*tally.after, *tally.unless} - set(rule.earlier)):
            yield f"tally.{name}: '{kind}' is none of the rule's earlier calls"
        if tally.unnumbered and not rule.earlier:
            yield f"tally.{name}: 'unnumbered' is for rules with earlier calls"
        if tally.unnumbered and tally.after:
            yield f"tally.{name}: what came before a call to no public number is not known: drop 'after'"
        if tally.unless and not tally.after:
            yield f"tally.{name}: 'unless' needs an 'after'"
    if len({earlier.within for earlier in rule.earlier.values()}) > 1:
        yield "earlier: the calls that a later one may repeat must all have the same 'within'"
    for name, earlier in rule.earlier.items():
        if earlier.within != "day" and earlier.within not in rule.threshold:
            yield f"earlier.{name}: within is '{earlier.within}': write day, or a threshold of the rule"


def _names(rule: Rule) -> Iterator[str]:
    tallies = frozenset(rule.tally)
    for formula in rule.formulas:
        used = frozenset().union(*(f.names for f in formula.formulas.values()))
        known = tallies | (ESTIMATE_NAMES if rule.estimate else frozenset())
        yield from _unknown(f"formula '{formula.title}'", used, known)
    if rule.estimate is not None:
        texts = (rule.estimate.used, rule.estimate.machine, rule.estimate.live)
        used = frozenset().union(*(parse_formula(text).names for text in texts))
        yield from _unknown("estimate", used, tallies)
    yield from _unknown("blind", (blind.tally for blind in rule.blind), tallies)
    for attested in rule.attested:
        used = frozenset((*attested.settles, *attested.contradicted_by))
        yield from _unknown(f"attested '{attested.says}'", used, tallies)
        certain = {
            name for f in rule.formulas for name in f.formulas["counted"].names & set(attested.settles)
        }
        for name in sorted(certain):
            yield f"attested '{attested.says}': '{name}' is certain, and nobody's word changes what is known"


def _unknown(where: str, used: Iterable[str], known: frozenset[str]) -> Iterator[str]:
    for name in sorted(set(used) - known):
        yield f"{where}: '{name}' is no tally of the rule"


def _readings(rule: Rule) -> Iterator[str]:
    choices = set(rule.reading.choice) if rule.reading else set()
    if rule.reading is not None and rule.reading.default not in choices:
        yield f"reading: the default '{rule.reading.default}' is none of its choices"
    for formula in rule.formulas:
        if (formula.reading or "") not in (choices or {""}):
            yield f"formula '{formula.title}': its reading is '{formula.reading}', none of the rule's choices"
    for choice in sorted(choices - {formula.reading for formula in rule.formulas}):
        yield f"reading: no formula follows '{choice}'"


def _thresholds(rule: Rule) -> Iterator[str]:
    for version in rule.versions:
        for name in sorted(set(rule.threshold) - set(version.threshold)):
            yield f"version '{version.id}' does not say how long the threshold '{name}' is"
        for name in sorted(set(version.threshold) - set(rule.threshold)):
            yield f"version '{version.id}': '{name}' is no threshold of the rule"


def _versions(rule: Rule) -> Iterator[str]:
    ids = [version.id for version in rule.versions]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"there are several versions '{twice}'"
    for version in rule.versions:
        scopes = [*version.law, *version.oversight]
        for twice in sorted({scope for scope in scopes if scopes.count(scope) > 1}):
            yield f"version '{version.id}' names the scope '{twice}' twice"
        if version.to is not None and version.to < version.from_:
            yield f"version '{version.id}' ends on {version.to}, before it begins"
        if rule.in_force_since is not None and version.from_ < rule.in_force_since:
            yield f"version '{version.id}' begins before in_force_since ({rule.in_force_since})"


def _gaps(rule: Rule) -> Iterator[str]:
    ordered = sorted(rule.versions, key=lambda v: v.from_)
    for earlier, later in pairwise(ordered):
        days = (later.from_ - earlier.to).days if earlier.to else 0
        if days != 1:
            what = "overlaps" if days < 1 else f"leaves {days - 1} days without a rule before"
            yield f"version '{earlier.id}' {what} version '{later.id}'"
