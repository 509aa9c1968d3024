"""An independent oracle: the rules again, in plain Python over plain calls, against the SQL."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from calls import audited, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.calls.record import VOCABULARY

LONDON = ZoneInfo("Europe/London")


def rate_oracle(records):
    """Ofcom's abandoned call rate by campaign and London day: (counted, doubtful, others) or None."""
    units = defaultdict(list)
    for r in records:
        day = datetime.fromisoformat(r["dialled_at"]).astimezone(LONDON).date().isoformat()
        units[r["campaign"], day].append(r)
    found = {}
    for unit, members in units.items():
        automatic = [r for r in members if r["dial_mode"] in ("", "auto")]
        n = defaultdict(int)
        for r in automatic:
            n[r["outcome"]] += 1
        detection = any(r["outcome"] == "machine_by_amd" or r["amd"] in ("human", "machine", "unsure")
                        for r in automatic)  # fmt: skip
        waited = 0
        for r in automatic:
            if r["outcome"] == "callee_hung_up_waiting":
                known = r["answered_at"] and r["ended_at"]
                wait = known and datetime.fromisoformat(r["ended_at"]) - datetime.fromisoformat(
                    r["answered_at"]
                )
                coarse = int(r["precision_ms"]) - 1 if r["precision_ms"] else 0
                waited += not known or wait.total_seconds() * 1000 + coarse > 2000
        unknown = n["answered_unknown"] + n["message_only"]
        drops, live, machines, ended = (
            n[o] for o in ("dropped_by_dialler", "live_to_agent", "machine_by_agent", "machine_by_amd")
        )
        if live == 0 and drops + machines > 0:
            found[unit] = (Fraction(0), Fraction(drops + ended + waited + unknown), Fraction(0))
        elif detection:
            found[unit] = (Fraction(drops), Fraction(ended + waited + unknown), Fraction(live))
        else:
            share = Fraction(machines, machines + live) if machines + live else Fraction(0)
            found[unit] = (drops * (1 - share), Fraction(waited + unknown), Fraction(live))
    return found


def silent_oracle(records):
    """Silent calls by campaign and London day: (counted, doubtful, examined)."""
    found = defaultdict(lambda: (0, 0, 0))
    for r in records:
        day = datetime.fromisoformat(r["dialled_at"]).astimezone(LONDON).date().isoformat()
        answered = r["outcome"] not in (
            "not_answered", "busy", "invalid_number", "network_failure", "excluded"
        )  # fmt: skip
        dropped, unclear = r["outcome"] == "dropped_by_dialler", r["outcome"] == "answered_unknown"
        silent = dropped and r["message"] == "none"
        doubtful = (dropped and r["message"] in ("", "unknown")) or (unclear and r["message"] != "played")
        counted, doubts, examined = found[r["campaign"], day]
        found[r["campaign"], day] = (counted + silent, doubts + doubtful, examined + answered)
    return found


@st.composite
def one_call(draw):
    # Around midnight on the day the clocks go back, in whole and broken seconds.
    minute = draw(st.integers(0, 59))
    hour = draw(st.sampled_from(["26T22", "26T23", "27T00", "27T01", "27T22", "27T23", "28T00"]))
    start = f"2013-10-{hour}:{minute:02}"
    wait = draw(st.integers(0, 5000))
    coarse = draw(st.sampled_from(["", "1", "1000", "60000"]))
    return {
        "campaign": draw(st.sampled_from("ABCDE")),
        "partner": draw(st.sampled_from(["p", "q"])),
        "dialled_number": "+447700900123",
        "dialled_at": f"{start}:00.000+00:00",
        "answered_at": draw(st.sampled_from(["", f"{start}:10.000+00:00"])),
        "ended_at": f"{start}:{10 + wait / 1000:06.3f}+00:00",
        "outcome": draw(st.sampled_from(VOCABULARY["outcome"])),
        "dial_mode": draw(st.sampled_from(["", "auto", "manual", "preview"])),
        "amd": draw(st.sampled_from(["", "", "", "none", "human"])),
        "message": draw(st.sampled_from(["", "played", "none", "unknown"])),
        "precision_ms": coarse,
    }


def numbered(records):
    return [{"call_id": f"c{n}", **r} for n, r in enumerate(records)]


records_of = st.lists(one_call(), min_size=1, max_size=150).map(numbered)
PERIOD = "2013-10-01..2013-11-01"
# Each example holds dozens of units: few of them look at much.
some = settings(max_examples=settings.default.max_examples // 5)


def figures(document, rule="abandoned-call-rate"):
    basis = {"basis": "law", "scope": "campaign"}
    return {
        (r["campaign"], r["from"]): (r["counted"], r["doubtful"], r["base"])
        for r in rows(document, rule, **basis)
    }


def close(shown, exact):
    """A count is printed with six decimals, half up."""
    return abs(Fraction(shown) - exact) <= Fraction(5, 10**7)


@some
@given(records_of)
def test_the_sql_counts_what_the_oracle_counts(records):
    document = audited(records, PERIOD)
    expected = rate_oracle(records)
    found = figures(document)
    assert found.keys() == expected.keys()
    for unit, (counted, doubtful, others) in expected.items():
        shown = found[unit]
        assert close(shown[0], counted)
        assert close(shown[1], doubtful)
        assert close(shown[2], counted + doubtful + others)
    silent = figures(document, "silent-calls")
    assert silent == {unit: tuple(map(str, counts)) for unit, counts in silent_oracle(records).items()}


@some
@given(records_of)
def test_verdicts_follow_from_exact_rationals(records):
    limit = Fraction(3, 100)
    document = audited(records, PERIOD)
    verdicts = {
        (r["campaign"], r["from"]): r["verdict"] for r in rows(document, basis="law", scope="campaign")
    }
    for unit, (counted, doubtful, others) in rate_oracle(records).items():
        base = counted + doubtful + others
        if verdicts[unit] == "not_applicable":
            assert base == 0
        elif verdicts[unit] == "fail":
            assert counted > limit * base
        elif verdicts[unit] == "pass":
            assert counted + doubtful <= limit * base
        else:
            assert others == 0 or counted <= limit * base < counted + doubtful


@some
@given(records_of, st.sampled_from("ABCDE"))
def test_another_abandoned_call_never_lowers_a_rate(records, campaign):
    at = next((r["dialled_at"] for r in records if r["campaign"] == campaign), records[0]["dialled_at"])
    drop = {**records[0], "call_id": "extra", "campaign": campaign, "dialled_at": at, "answered_at": "",
            "ended_at": "", "outcome": "dropped_by_dialler", "dial_mode": "auto", "amd": ""}  # fmt: skip
    before = {
        (r["campaign"], r["from"]): r for r in rows(audited(records, PERIOD), basis="law", scope="campaign")
    }
    after = rows(audited([*records, drop], PERIOD), basis="law", scope="campaign")
    for r in after:
        earlier = before.get((r["campaign"], r["from"]))
        if earlier and earlier["rate_low"] is not None:
            assert float(r["rate_high"]) >= float(earlier["rate_high"])
            assert float(r["rate_low"]) >= float(earlier["rate_low"])


@some
@given(records_of, st.randoms(use_true_random=False))
def test_the_order_of_the_calls_changes_nothing(records, random):
    shuffled = records[:]
    random.shuffle(shuffled)
    assert audited(records, PERIOD)["results"] == audited(shuffled, PERIOD)["results"]


@some
@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40))
def test_with_live_calls_the_rate_without_detection_is_drops_over_all_connects(drops, live, machines):
    from calls import calls

    records = (
        calls(drops, "dropped_by_dialler")
        + calls(live, "live_to_agent")
        + calls(machines, "machine_by_agent")
    )
    (found,) = rows(audited(records), basis="law", scope="campaign")
    assert abs(Fraction(found["rate"]) - Fraction(drops, drops + live + machines)) <= Fraction(5, 10**7)


@some
@given(records_of)
def test_every_doubt_has_a_cause_and_every_verdict_a_sentence(records):
    for result in audited(records, PERIOD)["results"]:
        assert (result["cause"] != "") == (result["verdict"] == "undecided")
        assert result["reason"].endswith(".")
