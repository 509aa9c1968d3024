"""A rule as a page a compliance officer understands."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from auditor.rulebook.checks import RuleCheck
from auditor.rulebook.model import Citation, EstimateUse, House, Note, Rule, Version, Workings
from auditor.rulebook.pack import Pack

STATUSES = {
    "read": "the primary text was read",
    "secondary": "known from a secondary source",
    "unverified": "not verified",
}
_WIDTH = 96


def rule_page(pack: Pack, rule: Rule, day: date) -> str:
    """The rule in plain words as it stands on a day: what it says, its formula, its limit, its provision."""
    return "\n".join(_lines(pack, rule, day)) + "\n"


def check_page(found: RuleCheck) -> str:
    """A check of campaign configurations in plain words: what it finds, when, and what to do then."""
    check, pack = found.check, found.pack
    title = f"{check.title} ({found.name})"
    of = f"the rule {pack.id}/{found.rule.id}" if found.rule else f"the pack {pack.id}"
    lines = [title, "=" * len(title), *_paragraph(check.says), *_paragraph(check.remedy)]
    lines += [*_entry("A check of", of), *_entry("Finds fault where", check.where)]
    level = "a warning" if check.level == "warning" else f"a failure, of the {check.basis}"
    if check.basis == "law" and found.rule is not None and found.rule.house is not None:
        level += " (of the house, where only a house limit is passed)"
    lines += _entry("As", level)
    if check.citation is not None and check.status is not None:
        source = pack.about.source[check.citation.source]
        lines += _entry("Provision", f"{source.title}: {check.citation.provision} ({STATUSES[check.status]})")
    return "\n".join(lines) + "\n"


def version_span(version: Version) -> str:
    """`2010-10-01 to 2017-02-28`, or `since 2017-03-01`."""
    return f"{version.from_} to {version.to}" if version.to else f"since {version.from_}"


def limit_text(rule: Rule, limit: str | None) -> str:
    """A limit as a reader says it."""
    if limit is None:
        return "no limit in law"
    if rule.kind == "count":
        return "none allowed" if limit == "0" else f"at most {limit}"
    percent = Fraction(limit) * 100
    return f"{limit} ({float(percent):g}%)"


def length_text(milliseconds: int) -> str:
    """A length of time as a reader says it: `72 hours`, `15 seconds`, `1.5 seconds`."""
    if milliseconds >= 3_600_000 and milliseconds % 360_000 == 0:
        return "1 hour" if milliseconds == 3_600_000 else f"{milliseconds / 3_600_000:g} hours"
    if milliseconds > 60_000 and milliseconds % 60_000 == 0:
        return f"{milliseconds // 60_000} minutes"
    return "1 second" if milliseconds == 1000 else f"{milliseconds / 1000:g} seconds"


def _lines(pack: Pack, rule: Rule, day: date) -> Iterator[str]:
    version = rule.version_on(day)
    yield f"{rule.title} ({pack.id}/{rule.id})"
    yield "=" * len(f"{rule.title} ({pack.id}/{rule.id})")
    yield from _paragraph(rule.why)
    yield from _heading(f"On {day}")
    if version is None:
        yield from _paragraph(_not_in_force(pack, rule, day))
    else:
        yield from _paragraph(version.says)
        yield from _entry("Limit", limit_text(rule, version.limit))
        for name, length in version.threshold.items():
            yield from _entry(length_text(length).capitalize(), rule.threshold[name].means)
        if version.limit is None and rule.house is not None:
            yield from _entry(
                "House limit", f"{limit_text(rule, rule.house.default)} unless the client sets another"
            )
        yield from _entry("Judged by law", ", ".join(version.law))
        yield from _entry("Shown besides", ", ".join(version.oversight))
        yield from _entry("Provision", f"{_cited(pack, version.citation)} [{STATUSES[version.status]}]")
    yield from _heading("How it is counted")
    if rule.scope is not None:
        yield from _entry("Looks at", rule.scope.means)
    if rule.reading is not None:
        yield from _entry("Read", rule.reading.choice[rule.reading.default])
        for name, words in rule.reading.choice.items():
            if name != rule.reading.default:
                yield from _entry(
                    "Or, shown besides", f"{words} (reading '{name}', which the workspace may choose)"
                )
    for formula in rule.formulas:
        yield f"  {formula.title}" + (f" (where {formula.when})" if formula.when else "")
        for name in ("counted", "doubtful", "others"):
            yield f"    {name:9} = {formula.formulas[name].shown(_words)}"
        # In a verdict's reason the braces hold its numbers; here the words speak for themselves.
        yield from _paragraph(re.sub(r"\{\w+\} ", "", formula.says), "    ")
        yield from _paragraph(_cited(pack, formula), "    ")
    yield from _heading("What the words count")
    for name, tally in rule.tally.items():
        yield from _entry(_words(name), tally.means)
    for name, kind in rule.earlier.items():
        yield from _entry(_words(name), kind.means)
    yield from _heading("What to do about a breach")
    yield from _paragraph(rule.remedy)
    yield from _heading("Readings")
    for note in rule.notes:
        yield from _paragraph(f"{note.text} [{_cited(pack, note)}]")
    yield from _heading("Versions")
    for each in sorted(rule.versions, key=lambda v: v.from_):
        yield f"  {each.id}: {version_span(each)}, {limit_text(rule, each.limit)} [{STATUSES[each.status]}]"


def _not_in_force(pack: Pack, rule: Rule, day: date) -> str:
    since = rule.in_force_since or pack.about.coverage.in_force_since
    if day < since:
        what = "rule" if rule.in_force_since else "policy"
        return f"{pack.about.regulator} had no such {what} before {since}."
    begins = min(version.from_ for version in rule.versions)
    return f"The policy of that day is not in this rulebook, which begins on {begins}."


def _cited(pack: Pack, provision: Citation | Workings | Note | House | EstimateUse) -> str:
    source = pack.about.source[provision.source]
    return f"{source.publisher}, {source.title}: {provision.provision}"


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "-" * len(text)


def _paragraph(text: str, indent: str = "  ") -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _entry(name: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent=f"  {name:27} ", subsequent_indent=" " * 30)


def _words(name: str) -> str:
    return name.replace("_", " ")
