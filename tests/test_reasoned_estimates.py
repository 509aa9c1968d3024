"""Answering machine detection, with and without a reasoned estimate of the people it hung up on."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from calls import audited, calls, law, row

from auditor.audit.interval import clopper_pearson

LIVE, DROP, AMD = "live_to_agent", "dropped_by_dialler", "machine_by_amd"


def estimate(found: int, sample: int, **changes):
    table = {
        "campaign": "SALES1", "from": "2012-05-01", "to": "2012-05-31", "base": "machine",
        "false_positives": found, "sample": sample, "signed_by": "Head of Compliance",
    }  # fmt: skip
    return {"estimate": [table | changes]}


class TestClopperPearson:
    def tail(self, k: int, n: int, p: Fraction) -> Fraction:
        """P(X ≤ k), term by term and exact."""
        return sum((math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1)), start=Fraction(0))

    @pytest.mark.parametrize(("found", "sample"), [(5, 1000), (1, 2), (0, 50), (50, 50), (7, 20), (3, 400)])
    def test_each_end_has_a_tail_of_two_and_a_half_per_cent_to_twelve_digits(self, found, sample):
        low, high = clopper_pearson(found, sample)
        step, tail = Fraction(1, 10**12), Fraction(25, 1000)
        if found < sample:
            assert self.tail(found, sample, high) <= tail < self.tail(found, sample, high - step)
        else:
            assert high == 1
        if found:
            assert (
                1 - self.tail(found - 1, sample, low) <= tail < 1 - self.tail(found - 1, sample, low + step)
            )
        else:
            assert low == 0

    def test_five_in_a_thousand_is_the_published_interval(self):
        low, high = clopper_pearson(5, 1000)
        assert (round(float(low), 6), round(float(high), 6)) == (0.001625, 0.011629)


class TestWithoutAnEstimate:
    def test_every_call_that_detection_ended_may_have_been_a_person(self):
        found = law(audited(calls(1, DROP) + calls(95, LIVE) + calls(4, AMD)))
        assert (found["counted"], found["doubtful"], found["base"]) == ("1", "4", "100")
        assert found["verdict"] == "undecided"
        assert "4 calls that answering machine detection ended without a reasoned estimate" in found["reason"]

    def test_a_day_can_still_pass_or_fail(self):
        assert law(audited(calls(1, DROP) + calls(97, LIVE) + calls(2, AMD)))["verdict"] == "pass"
        assert law(audited(calls(10, DROP) + calls(80, LIVE) + calls(10, AMD)))["verdict"] == "fail"


class TestWithAnEstimate:
    def test_drops_count_whole_and_the_interval_of_the_estimate_is_added(self):
        document = audited(
            calls(1, DROP) + calls(199, LIVE) + calls(9, "machine_by_agent") + calls(400, AMD),
            **estimate(5, 1000),
        )
        found = law(document)
        low, high = (400 * end for end in clopper_pearson(5, 1000))
        assert float(found["counted"]) == pytest.approx(float(1 + low), abs=1e-6)
        assert float(found["doubtful"]) == pytest.approx(float(high - low), abs=1e-6)
        assert float(found["base"]) == pytest.approx(float(200 + high), abs=1e-6)
        assert found["rate"] == "0.014851"  # (1 + 2) ÷ (1 + 2 + 199)
        assert float(found["rate_low"]) < 0.014851 < float(found["rate_high"])

    def test_the_callmedia_example_of_99_per_cent_leaves_room_for_two_drops(self):
        # law-uk.md G2: 400 machines at 1% are 4 people, 200 live: 2 drops more make 3%.
        found = law(audited(calls(2, DROP) + calls(194, LIVE) + calls(400, AMD), **estimate(10, 1000)))
        assert found["rate"] == "0.030000"

    def test_an_estimate_on_live_calls_adds_f_of_all_live_calls(self):
        # law-uk.md G4: f = 2%, 20 drops, 1,000 live: F = 20.816…, 3.92%.
        records = calls(20, DROP) + calls(1000, LIVE, amd="human")
        found = law(audited(records, **estimate(20, 1000, base="live")))
        assert found["rate"] == "0.039216"  # 0.98 × 20 ÷ 1020 + 0.02

    def test_a_result_of_detection_on_any_call_of_the_day_counts_drops_whole(self):
        records = calls(4, DROP) + calls(96, LIVE) + calls(100, "machine_by_agent")
        assert law(audited(records))["counted"] == "1.959184"  # 4 × 96 ÷ 196
        assert law(audited(records + calls(1, "not_answered", amd="unsure")))["counted"] == "4"

    def test_nobody_found_in_the_sample_is_no_proof_that_there_was_nobody(self):
        found = law(audited(calls(100, LIVE) + calls(100, AMD), **estimate(0, 100)))
        assert found["rate"] == "0.000000"
        assert float(found["rate_high"]) > 0.03
        assert found["verdict"] == "undecided"
        assert "0 to 3.621669 people taken for machines" in found["reason"]
        assert found["cause"] == "people taken for machines, by the reasoned estimate"

    def test_without_operators_the_people_found_are_doubtful_too(self):
        found = law(audited(calls(2, DROP) + calls(5, AMD), **estimate(1, 10)))
        assert (found["counted"], found["verdict"]) == ("0", "undecided")


class TestWhoseEstimate:
    RECORDS = calls(100, LIVE, partner="a") + calls(100, AMD, partner="a")

    def unestimated(self, document) -> bool:
        return "without a reasoned estimate" in law(document)["reason"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"campaign": "OTHER"},
            {"partner": "b"},
            {"from": "2012-05-09"},
            {"to": "2012-05-07"},
            {"campaign": None, "call_centre": "Leeds"},
        ],
    )
    def test_an_estimate_of_other_calls_says_nothing(self, changes):
        assert self.unestimated(audited(self.RECORDS, **estimate(1, 1000, **changes)))

    @pytest.mark.parametrize("changes", [{}, {"partner": "a"}, {"from": "2012-05-08", "to": "2012-05-08"}])
    def test_an_estimate_of_these_calls_and_this_day_counts(self, changes):
        assert not self.unestimated(audited(self.RECORDS, **estimate(1, 1000, **changes)))

    def test_the_closest_estimate_wins_and_of_two_as_close_the_later(self):
        tables = {
            "estimate": [
                *estimate(900, 1000)["estimate"],
                *estimate(0, 1000, **{"partner": "a"})["estimate"],
                *estimate(500, 1000, **{"partner": "a", "from": "2012-04-01"})["estimate"],
            ]
        }
        assert law(audited(self.RECORDS, **tables))["rate"] == "0.000000"

    def test_a_wider_row_takes_each_campaigns_estimate_by_its_share_of_the_calls(self):
        leeds = {"call_centre": "Leeds"}
        records = (
            calls(100, LIVE, **leeds) + calls(100, AMD, **leeds) + calls(50, AMD, campaign="OTHER", **leeds)
        )  # fmt: skip
        found = row(audited(records, **estimate(1, 100)), scope="call_centre")
        low, high = (100 * end for end in clopper_pearson(1, 100))
        assert float(found["counted"]) == pytest.approx(float(low), abs=1e-6)
        assert float(found["doubtful"]) == pytest.approx(float(high - low + 50), abs=1e-6)
        assert "50 calls that answering machine detection ended" in found["reason"]
        assert "people taken for machines, by the reasoned estimate" in found["reason"]

    def test_the_estimate_is_listed_with_its_interval(self):
        (listed,) = audited(self.RECORDS, **estimate(1, 1000))["estimates"]
        assert (listed["midpoint"], listed["low"], listed["high"]) == ("0.001000", "0.000025", "0.005559")
