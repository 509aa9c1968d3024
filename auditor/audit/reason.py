"""Why a verdict is what it is: one sentence a partner manager understands, with the numbers in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from auditor.audit.estimate import People
from auditor.audit.judge import Judged
from auditor.audit.numbers import count_text, percent_text
from auditor.audit.result import Verdict
from auditor.rulebook.model import EstimateUse, Rule, Version

_NO_ESTIMATE = (
    "calls that answering machine detection ended without a reasoned estimate, "
    "any of which may have been a person"
)
_LARGER_SAMPLE = "Have a larger sample listened to: the more calls, the narrower the estimate."


@dataclass(frozen=True, slots=True)
class Doubt:
    """How many calls a doubt rests on ('' where a number says nothing), of what kind, and what settles it."""

    number: str
    kind: str
    settle: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """A verdict in one sentence; the cause that other verdicts may share; and what to do about it.

    `cause` is empty where there is no doubt, `remedy` where there is nothing to do.
    """

    sentence: str
    cause: str
    remedy: str


def reason_for(
    rule: Rule,
    version: Version,
    judged: Judged,
    others: tuple[Judged, ...],
    limit: Fraction | None,
    verdict: Verdict,
) -> Reason:
    """Say why: `others` are the same calls by the rule's other readings."""
    doubts = doubts_of(rule, judged) if verdict == "undecided" else []
    numbered = "; ".join(f"{doubt.number} {doubt.kind}" if doubt.number else doubt.kind for doubt in doubts)
    say = _of_count if rule.kind == "count" else _of_rate
    sentence = say(rule, version, judged, limit, verdict, numbered)
    settled_by = " ".join(dict.fromkeys(doubt.settle for doubt in doubts if doubt.settle))
    return Reason(
        f"{sentence}{_read(rule, judged, others)}{_attested(judged)}{_unverified(version)}",
        "; ".join(doubt.kind for doubt in doubts),
        rule.remedy if verdict == "fail" else settled_by,
    )


def _of_rate(
    rule: Rule,
    version: Version,
    judged: Judged,
    limit: Fraction | None,
    verdict: Verdict,
    doubts: str,
) -> str:
    figures = judged.figures
    if judged.formula.verdict is not None and limit is not None:
        said = judged.formula.says.format(**{n: count_text(v) for n, v in judged.names.items()})
        return f"{said}"
    if figures.low is None or figures.high is None:
        nobody = f"Nobody who answered was abandoned or spoken to, so there is no {_lower(rule.title)}."
        return nobody if limit is not None else f"{nobody} {version.no_limit}"
    low, high = percent_text(figures.low, limit), percent_text(figures.high, limit)
    share = low if figures.low == figures.high else f"between {low} and {high}"
    exactly = (
        f" ({count_text(figures.counted, 4)} of {count_text(figures.base, 4)})"
        if figures.low == figures.high
        else ""
    )
    said = f"{share[0].upper()}{share[1:]} of {rule.of[1]} were abandoned{exactly}"
    if limit is None:
        return f"{said}. {version.no_limit}"
    bar = f"the limit of {percent_text(limit)}"
    match verdict:
        case "fail":
            even = "" if figures.low == figures.high else ", over it even if no doubtful call counts"
            return f"{said}: over {bar}{even}."
        case "pass":
            even = "" if figures.low == figures.high else ", within it even if every doubtful call counts"
            return f"{said}: within {bar}{even}."
    return f"{said}, so it is not known whether {bar} was kept: {doubts}."


def _of_count(
    rule: Rule,
    version: Version,
    judged: Judged,
    limit: Fraction | None,
    verdict: Verdict,
    doubts: str,
) -> str:
    figures = judged.figures
    base = f"{count_text(figures.base)} {_few(rule.of, figures.base)}"
    counted = f"{count_text(figures.counted)} {_few(rule.counts, figures.counted)}"
    allowed = "none is allowed" if not limit else f"at most {count_text(limit)} are allowed"
    match verdict:
        case "fail":
            more = f", and {count_text(figures.doubtful)} more may be" if figures.doubtful else ""
            return f"{counted} among {base}{more}; {allowed}."
        case "pass" if not figures.base:
            return f"There were no {rule.of[1]}, so there was nothing to judge."
        case "pass":
            return f"{counted} among {base}; {allowed}."
        case "undecided":
            return f"It is not known whether there were {rule.counts[1]} among {base}; {allowed}: {doubts}."
    return f"{counted} among {base}. {version.no_limit or ''}".strip()


def doubts_of(rule: Rule, judged: Judged) -> list[Doubt]:
    """What the doubt rests on, in the order of the rule's tallies."""
    formula = judged.formula
    if formula.verdict is not None:
        return [Doubt("", formula.title, formula.settle)]
    doubts = [
        Doubt(count_text(judged.names[name]), tally.means, tally.settle)
        for name, tally in rule.tally.items()
        if name in formula.formulas["doubtful"].names and judged.names[name]
    ]
    if rule.estimate is not None:
        doubts += _people(rule.estimate, judged.day.people)
    return doubts


def _people(estimate: EstimateUse, people: People) -> Iterator[Doubt]:
    """Doubts about whom detection took for a machine."""
    if people.unestimated:
        yield Doubt(str(people.unestimated), _NO_ESTIMATE, estimate.settle)
    estimated_high = people.high - people.unestimated
    if estimated_high != people.low:
        spread = f"{count_text(people.low)} to {count_text(estimated_high)}"
        yield Doubt(spread, "people taken for machines, by the reasoned estimate", _LARGER_SAMPLE)


def _read(rule: Rule, judged: Judged, others: tuple[Judged, ...]) -> str:
    """Which reading was used, and what the others come to."""
    if rule.reading is None or judged.formula.reading is None:
        return ""
    choice = rule.reading.choice
    said = f" Timed {choice[judged.formula.reading]}"
    for other in others:
        figures = other.figures
        counted = f"{count_text(figures.counted)} {_few(rule.counts, figures.counted)}"
        doubtful = f" and {count_text(figures.doubtful)} doubtful" if figures.doubtful else ""
        said += f"; {choice[str(other.formula.reading)]} it is {counted}{doubtful}"
    return f"{said}."


def _attested(judged: Judged) -> str:
    day = judged.day
    said = ""
    if day.attested:
        word = "; ".join(f"{a.signed_by} ({a.evidence})" for a in day.relied_on)
        calls = "1 call is" if day.attested == 1 else f"{day.attested} calls are"
        said += f" {calls} taken out of doubt on the word of {word}."
    for attestation in day.void:
        said += f" The attestation of {attestation.signed_by} is void here: a record says the opposite."
    return said


def _unverified(version: Version) -> str:
    return " Nobody has verified the provision this rests on." if version.status == "unverified" else ""


def _lower(title: str) -> str:
    return f"{title[0].lower()}{title[1:]}"


def _few(one_or_several: tuple[str, str], count: Fraction) -> str:
    """`1 silent call`, `2 silent calls`."""
    return one_or_several[count != 1]
