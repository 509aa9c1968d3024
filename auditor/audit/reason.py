"""Why a verdict is what it is: one sentence a partner manager understands, with the numbers in it."""

from __future__ import annotations

from fractions import Fraction

from auditor.audit.judge import Judged
from auditor.audit.numbers import count_text, percent_text
from auditor.audit.result import Verdict
from auditor.rulebook.model import Rule, Version

_NO_ESTIMATE = (
    "calls that answering machine detection ended without a reasoned estimate, "
    "any of which may have been a person"
)


def reason_for(
    rule: Rule, version: Version, judged: Judged, limit: Fraction | None, verdict: Verdict
) -> tuple[str, str]:
    """The sentence, and the cause that other verdicts may share (empty where there is no doubt)."""
    doubts = doubts_of(rule, judged) if verdict == "undecided" else []
    numbered = "; ".join(f"{number} {kind}" if number else kind for number, kind in doubts)
    say = _of_count if rule.kind == "count" else _of_rate
    sentence = say(rule, version, judged, limit, verdict, numbered)
    cause = "; ".join(kind for _, kind in doubts)
    return f"{sentence}{_attested(judged)}{_unverified(version)}", cause


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
        f" ({count_text(figures.counted)} of {count_text(figures.base)})"
        if figures.low == figures.high
        else ""
    )
    said = f"{share[0].upper()}{share[1:]} of {rule.of} were abandoned{exactly}"
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
        case "pass":
            return f"{counted} among {base}; {allowed}."
        case "undecided":
            return f"It is not known whether there were {rule.counts} among {base}; {allowed}: {doubts}."
    return f"{counted} among {base}. {version.no_limit or ''}".strip()


def doubts_of(rule: Rule, judged: Judged) -> list[tuple[str, str]]:
    """What the doubt rests on: how many calls ('' where a number says nothing), and of what kind."""
    if judged.formula.verdict is not None:
        return [("", judged.formula.title)]
    doubts = [
        (count_text(judged.names[name]), tally.means)
        for name, tally in rule.tally.items()
        if name in judged.formula.formulas["doubtful"].names and judged.names[name]
    ]
    people = judged.day.people
    if people.unestimated:
        doubts.append((str(people.unestimated), _NO_ESTIMATE))
    estimated_high = people.high - people.unestimated
    if estimated_high != people.low:
        spread = f"{count_text(people.low)} to {count_text(estimated_high)}"
        doubts.append((spread, "people taken for machines, by the reasoned estimate"))
    return doubts


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
    return " This rests on a figure nobody has verified." if version.status == "unverified" else ""


def _lower(title: str) -> str:
    return f"{title[0].lower()}{title[1:]}"


def _few(plural: str, count: Fraction) -> str:
    """`1 silent call`, `2 silent calls`."""
    return plural.removesuffix("s") if count == 1 else plural
