"""An independent oracle: the rules again, in plain Python over plain calls, against the SQL."""

from __future__ import annotations

from fractions import Fraction

import oracles
from calls import audited, rows
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditor.calls.record import VOCABULARY

NUMBERS = [
    "", "withheld", "Anonymous", "1001", "+12025550123", "+442079460123", "+44169772123", "+449098790123",
    "+440000000000", "+4420794", "+44207946012345",
]  # fmt: skip


@st.composite
def one_call(draw):
    # Around midnight on the day the clocks go back and 72 hours on, in whole and broken seconds.
    minute = draw(st.integers(0, 59))
    hour = draw(
        st.sampled_from(["26T22", "26T23", "27T00", "27T01", "27T22", "27T23", "28T00", "29T23", "30T00"])
    )
    start = f"2013-10-{hour}:{minute:02}"

    def moment(earliest, latest):
        seconds = draw(st.integers(earliest, latest)) / 1000
        return draw(st.sampled_from(["", f"{start}:{seconds:06.3f}+00:00"]))

    return {
        "campaign": draw(st.sampled_from("ABCDE")),
        "partner": draw(st.sampled_from(["p", "q"])),
        "client": draw(st.sampled_from(["", "", "Another"])),
        "dialled_number": draw(st.sampled_from(["+447700900123", "+447700900124", "+447700900125", "1001"])),
        "dialled_at": f"{start}:00.000+00:00",
        "answered_at": draw(st.sampled_from(["", f"{start}:10.000+00:00"])),
        "greeting_start_at": moment(10_000, 11_500),
        "message_at": moment(11_000, 14_500),
        "ended_at": f"{start}:{10 + draw(st.integers(0, 5000)) / 1000:06.3f}+00:00",
        "outcome": draw(st.sampled_from(VOCABULARY["outcome"])),
        "dial_mode": draw(st.sampled_from(["", "auto", "auto", "manual", "preview"])),
        "amd": draw(st.sampled_from(["", "", "", "none", "human", "machine"])),
        "message": draw(st.sampled_from(["played", "none", "unknown"])),
        "ring_ms": draw(st.sampled_from(["", "14000", "14999", "15000", "15999", "16000", "29000"])),
        "ended_by": draw(st.sampled_from(["", "dialler", "callee", "unknown"])),
        "operator_reserved": draw(st.sampled_from(["", "true", "false"])),
        "presented_number": draw(st.sampled_from(NUMBERS)),
        "precision_ms": draw(st.sampled_from(["1", "1", "1000", "60000"])),
    }


def numbered(records):
    return [{"call_id": f"c{n}", **r} for n, r in enumerate(records)]


records_of = st.lists(one_call(), min_size=1, max_size=60).map(numbered)
PERIOD = "2013-10-01..2013-11-01"
# Each example holds dozens of units: few of them look at much.
some = settings(max_examples=settings.default.max_examples // 5)


def figures(document, rule="abandoned-call-rate"):
    """(counted, doubtful, base) of each client, campaign and day."""
    return {
        (r["client"], r["campaign"], r["from"]): (r["counted"], r["doubtful"], r["base"])
        for r in rows(document, rule, basis="law", scope="campaign")
    }


def close(shown, exact):
    """A count is printed with six decimals, half up."""
    return abs(Fraction(shown) - exact) <= Fraction(5, 10**7)


@some
@given(records_of)
def test_the_sql_counts_what_the_oracle_counts(records):
    document = audited(records, PERIOD)
    expected = oracles.rate(records)
    found = figures(document)
    assert found.keys() == expected.keys()
    for unit, (counted, doubtful, others) in expected.items():
        shown = found[unit]
        assert close(shown[0], counted)
        assert close(shown[1], doubtful)
        assert close(shown[2], counted + doubtful + others)


ORACLES = {
    "silent-calls": lambda records: oracles.silent,
    "information-message": lambda records: oracles.late,
    "ring-time": lambda records: oracles.rang_too_briefly,
    "presented-number": lambda records: oracles.number_improper,
    "reasoned-estimate": lambda records: oracles.without_estimate,
    "repeat-after-abandoned": lambda records: oracles.repeated(
        records, oracles.abandoned, oracles.within_72_hours
    ),
    "repeat-after-machine": lambda records: oracles.repeated(records, oracles.machine, oracles.same_day),
}


@some
@given(records_of)
def test_the_rules_that_count_calls_count_what_their_oracles_count(records):
    document = audited(records, PERIOD)
    for rule, oracle in ORACLES.items():
        assert figures(document, rule) == oracles.counts(oracle(records), records), rule


@some
@given(records_of)
def test_messages_are_timed_from_the_first_word_where_the_workspace_says_so(records):
    document = audited(records, PERIOD, reading=[{"rule": "uk-ofcom/information-message", "use": "speech"}])
    expected = oracles.counts(lambda r: oracles.late(r, "greeting_start_at"), records)
    assert figures(document, "information-message") == expected


@some
@given(records_of)
def test_calls_before_the_period_can_be_repeated_but_are_not_judged(records):
    judge = oracles.repeated(records, oracles.abandoned, oracles.within_72_hours)
    expected = oracles.counts(judge, records)
    inside = {unit: figures for unit, figures in expected.items() if unit[2] >= "2013-10-27"}
    assume(inside)
    document = audited(records, "2013-10-27..2013-11-01")
    assert figures(document, "repeat-after-abandoned") == inside


@some
@given(records_of)
def test_verdicts_follow_from_exact_rationals(records):
    limit = Fraction(3, 100)
    document = audited(records, PERIOD)
    verdicts = {
        (r["client"], r["campaign"], r["from"]): r["verdict"]
        for r in rows(document, basis="law", scope="campaign")
    }
    for unit, (counted, doubtful, others) in oracles.rate(records).items():
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
        (r["client"], r["campaign"], r["from"]): r
        for r in rows(audited(records, PERIOD), basis="law", scope="campaign")
    }
    after = rows(audited([*records, drop], PERIOD), basis="law", scope="campaign")
    for r in after:
        earlier = before.get((r["client"], r["campaign"], r["from"]))
        if earlier and earlier["rate_low"] is not None:
            assert float(r["rate_high"]) >= float(earlier["rate_high"])
            assert float(r["rate_low"]) >= float(earlier["rate_low"])


@some
@given(records_of, st.randoms(use_true_random=False))
def test_the_order_of_the_calls_changes_nothing(records, random):
    shuffled = records[:]
    random.shuffle(shuffled)
    before, after = (audited(each, PERIOD)["results"] for each in (records, shuffled))
    for result in (*before, *after):
        for call in result["sample"]:
            for told in filter(None, (call, call["after"])):
                told.pop("source_row")  # where it stands is all that is new
    assert before == after


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
