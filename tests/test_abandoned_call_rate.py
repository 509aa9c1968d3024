"""The abandoned call rate, held against worked examples and the edges of the law."""

from __future__ import annotations

import pytest
from calls import audited, calls, law, row, rows

LIVE, DROP, AGENT_MACHINE = "live_to_agent", "dropped_by_dialler", "machine_by_agent"


def test_the_worked_example_of_29_drops_9_people_and_7_machines_is_64_44_per_cent():
    found = law(audited(calls(29, DROP) + calls(9, LIVE) + calls(7, AGENT_MACHINE)))
    assert (found["counted"], found["base"], found["rate"]) == ("16.3125", "25.3125", "0.644444")
    assert (found["rate_low"], found["rate_high"]) == ("0.644444", "0.644444")
    assert (found["verdict"], found["regime"], found["limit"]) == ("fail", "2010", "3/100")
    assert "64.44%" in found["reason"]
    assert "16.3125 of 25.3125" in found["reason"]


def test_three_abandoned_in_a_hundred_live_calls_is_within_three_per_cent():
    found = law(audited(calls(3, DROP) + calls(97, LIVE)))
    assert (found["rate"], found["verdict"]) == ("0.030000", "pass")


def test_four_abandoned_in_133_live_calls_is_over():
    found = law(audited(calls(4, DROP) + calls(129, LIVE)))
    assert (found["rate"], found["verdict"]) == ("0.030075", "fail")
    assert "3.01%" in found["reason"]


def test_a_rate_that_rounds_to_the_limit_but_is_over_it_fails_and_the_reason_shows_more_digits():
    # 301 / 10,033 = 3.00009…%
    found = law(audited(calls(301, DROP) + calls(9732, LIVE)))
    assert found["verdict"] == "fail"
    assert "3.0001%" in found["reason"]


def test_a_month_that_averages_under_the_limit_fails_on_each_of_its_eight_days_over_it():
    records = []
    for day in range(1, 32):
        over = day % 4 == 1
        records += calls(5 if over else 0, DROP, f"2012-05-{day:02}") + calls(100, LIVE, f"2012-05-{day:02}")
    found = rows(audited(records), basis="law", scope="campaign")
    assert sum(float(r["counted"]) for r in found) / sum(float(r["base"]) for r in found) < 0.03
    assert [r["from"][-2:] for r in found if r["verdict"] == "fail"] == [
        "01", "05", "09", "13", "17", "21", "25", "29",
    ]  # fmt: skip
    assert sum(r["verdict"] == "pass" for r in found) == 23


@pytest.mark.parametrize("mode", ["manual", "preview"])
def test_calls_dialled_by_hand_do_not_thin_the_rate(mode):
    document = audited(calls(4, DROP) + calls(96, LIVE) + calls(900, LIVE, dial_mode=mode))
    assert law(document)["base"] == "100"


def test_a_call_of_unknown_dialling_mode_counts_as_automatic_and_is_reported():
    document = audited(calls(4, DROP) + calls(96, LIVE))
    assert law(document)["base"] == "100"
    figures = {q["what"]: q["figure"] for q in document["data_quality"]}
    assert figures["Calls of unknown dialling mode"] == "100 of 100 calls"


def test_the_share_of_machines_is_that_of_the_unit_judged_and_no_sum_of_smaller_shares():
    # One campaign at two partners: drops at one, machines at the other.
    document = audited(
        calls(10, DROP, partner="a") + calls(90, LIVE, partner="a")
        + calls(90, LIVE, partner="b") + calls(20, AGENT_MACHINE, partner="b"),
    )  # fmt: skip
    assert law(document)["counted"] == "9"  # 10 × 180 ÷ 200
    at_a = row(document, basis="oversight", scope="campaign+partner", partner="a")
    assert at_a["counted"] == "10"


class TestOutcomesThatCannotBeTold:
    def test_an_answer_of_unknown_outcome_is_doubtful_and_may_decide(self):
        found = law(audited(calls(2, DROP) + calls(96, LIVE) + calls(2, "answered_unknown")))
        assert (found["counted"], found["doubtful"], found["base"]) == ("2", "2", "100")
        assert (found["rate_low"], found["rate_high"]) == ("0.020000", "0.040000")
        assert found["rate"] == "0.020408"  # 2 ÷ 98: doubtful calls are left out of the formula
        assert found["verdict"] == "undecided"
        assert "2 answered calls of which the export cannot say" in found["reason"]

    def test_doubt_that_cannot_reach_the_limit_leaves_a_pass(self):
        found = law(audited(calls(1, DROP) + calls(97, LIVE) + calls(2, "answered_unknown")))
        assert (found["rate_high"], found["verdict"]) == ("0.030000", "pass")

    def test_doubt_that_cannot_save_a_failure_leaves_a_failure(self):
        found = law(audited(calls(10, DROP) + calls(80, LIVE) + calls(10, "answered_unknown")))
        assert (found["rate_low"], found["verdict"]) == ("0.100000", "fail")

    def test_doubtful_calls_are_not_reduced_by_the_share_of_machines(self):
        found = law(audited(calls(50, LIVE) + calls(50, AGENT_MACHINE) + calls(6, "answered_unknown")))
        assert found["doubtful"] == "6"

    def test_a_call_that_heard_only_a_message_is_doubtful(self):
        assert law(audited(calls(97, LIVE) + calls(1, "message_only")))["doubtful"] == "1"


class TestPeopleWhoHangUpWaiting:
    def hung_up_after(self, milliseconds: int, **facts):
        ended = f"2012-05-08T12:00:{10 + milliseconds / 1000:06.3f}+00:00"
        record = calls(
            1, "callee_hung_up_waiting", answered_at="2012-05-08T12:00:10.000+00:00", ended_at=ended, **facts
        )
        return law(audited(record + calls(99, LIVE)))["doubtful"]

    def test_within_two_seconds_they_are_left_out(self):
        assert self.hung_up_after(1999) == "0"
        assert self.hung_up_after(2000) == "0"

    def test_after_more_than_two_seconds_they_are_doubtful(self):
        assert self.hung_up_after(2001) == "1"

    @pytest.mark.parametrize(("seconds", "doubtful"), [(0, "0"), (1, "0"), (2, "1"), (3, "1")])
    def test_on_a_clock_of_whole_seconds_two_is_doubtful(self, seconds, doubtful):
        assert self.hung_up_after(seconds * 1000, precision_ms=1000) == doubtful

    def test_on_a_clock_of_whole_minutes_nobody_is_known_to_have_waited_less(self):
        assert self.hung_up_after(0, precision_ms=60000) == "1"

    def test_without_times_they_are_doubtful(self):
        assert law(audited(calls(1, "callee_hung_up_waiting") + calls(99, LIVE)))["doubtful"] == "1"


class TestNoDenominator:
    def test_drops_without_any_operator_are_undecided_with_their_number(self):
        found = law(audited(calls(5, DROP)))
        assert found["verdict"] == "undecided"
        assert "5 dropped calls" in found["reason"]
        assert (found["counted"], found["doubtful"]) == ("0", "5")

    def test_only_machines_at_the_operators_is_undecided_and_never_nought_per_cent(self):
        found = law(audited(calls(3, DROP) + calls(4, AGENT_MACHINE)))
        assert (found["verdict"], found["rate"]) == ("undecided", None)
        assert "3 dropped calls" in found["reason"]

    def test_only_machines_and_no_drop_is_undecided_too(self):
        assert law(audited(calls(4, AGENT_MACHINE)))["verdict"] == "undecided"

    def test_a_day_on_which_nobody_answered_has_no_rate(self):
        found = law(audited(calls(7, "not_answered") + calls(2, "busy")))
        assert (found["verdict"], found["rate"], found["base"]) == ("not_applicable", None, "0")
        assert "Nobody who answered" in found["reason"]

    def test_only_doubtful_answers_are_undecided(self):
        found = law(audited(calls(3, "answered_unknown")))
        assert (found["rate_low"], found["rate_high"], found["verdict"]) == (
            "0.000000",
            "1.000000",
            "undecided",
        )


class TestRegimes:
    @pytest.mark.parametrize(
        ("day", "regime", "verdict"),
        [
            ("2006-02-28", None, "not_in_force"),
            ("2006-03-01", "2006", "fail"),
            ("2008-09-09", "2006", "fail"),
            ("2008-09-10", "2008", "fail"),
            ("2010-09-30", "2008", "fail"),
            ("2010-10-01", "2010", "fail"),
            ("2010-10-02", "2010", "fail"),
            ("2017-02-28", "2010", "fail"),
            ("2017-03-01", "2016", "not_applicable"),
            ("2017-03-02", "2016", "not_applicable"),
        ],
    )
    def test_a_call_is_judged_by_the_policy_of_its_own_day(self, day, regime, verdict):
        found = law(audited(calls(10, DROP, day) + calls(90, LIVE, day), day))
        assert (found["regime"], found["verdict"]) == (regime, verdict)

    def test_a_period_over_two_policies_shows_both(self):
        document = audited(
            calls(10, DROP, "2017-02-28") + calls(90, LIVE, "2017-02-28")
            + calls(10, DROP, "2017-03-01") + calls(90, LIVE, "2017-03-01"),
            "2017-02-28..2017-03-01",
        )  # fmt: skip
        assert [r["regime"] for r in rows(document, basis="law", scope="campaign")] == ["2010", "2016"]

    def test_since_march_2017_the_law_row_keeps_its_figures_and_names_the_change(self):
        found = law(audited(calls(10, DROP, "2026-10-05") + calls(90, LIVE, "2026-10-05"), "2026-10"))
        assert (found["limit"], found["rate"]) == (None, "0.100000")
        assert "1 March 2017" in found["reason"]
        assert found["status"] == "secondary"


class TestLocalDays:
    @pytest.mark.parametrize(
        ("at", "day"),
        [
            # The clocks go back at 02:00 BST on 27 October 2013: a day of 25 hours.
            ("2013-10-26T23:30:00.000+01:00", "2013-10-26"),
            ("2013-10-27T00:30:00.000+01:00", "2013-10-27"),
            ("2013-10-27T23:30:00.000+00:00", "2013-10-27"),
            ("2013-10-28T00:30:00.000+00:00", "2013-10-28"),
            # They go forward at 01:00 GMT on 30 March 2014: a day of 23 hours.
            ("2014-03-29T23:30:00.000+00:00", "2014-03-29"),
            ("2014-03-30T00:30:00.000+00:00", "2014-03-30"),
            ("2014-03-30T23:30:00.000+01:00", "2014-03-30"),
            ("2014-03-31T00:30:00.000+01:00", "2014-03-31"),
            # An offshore clock changes nothing.
            ("2014-06-01T04:29:59.999+05:30", "2014-05-31"),
            ("2014-06-01T04:30:00.000+05:30", "2014-06-01"),
        ],
    )
    def test_a_day_is_midnight_to_midnight_in_london(self, at, day):
        assert law(audited(calls(1, LIVE, at=at), "2013-10-01..2014-06-30"))["from"] == day

    def test_a_period_takes_in_its_first_and_last_local_day_whole(self):
        inside = ["2014-03-30T00:00:00.000+00:00", "2014-03-30T23:59:59.999+01:00"]
        outside = ["2014-03-29T23:59:59.999+00:00", "2014-03-31T00:00:00.000+01:00"]
        document = audited([c for at in inside + outside for c in calls(1, LIVE, at=at)], "2014-03-30")
        assert law(document)["base"] == "2"
        assert document["calls"]["audited"] == 2


class TestScopes:
    def test_the_law_judges_campaigns_and_call_centres_and_the_rest_is_oversight(self):
        document = audited(calls(97, LIVE, partner="a", call_centre="Leeds"))
        assert {(r["scope"], r["basis"]) for r in rows(document)} == {
            ("campaign", "law"), ("call_centre", "law"),
            ("partner", "oversight"), ("campaign+partner", "oversight"),
        }  # fmt: skip

    def test_a_bad_campaign_shows_though_its_call_centre_is_within_the_limit(self):
        document = audited(
            calls(10, DROP, campaign="BAD", call_centre="Leeds")
            + calls(90, LIVE, campaign="BAD", call_centre="Leeds")
            + calls(900, LIVE, campaign="GOOD", call_centre="Leeds")
        )  # fmt: skip
        assert law(document, campaign="BAD")["verdict"] == "fail"
        assert row(document, basis="law", scope="call_centre")["verdict"] == "pass"

    def test_calls_without_a_call_centre_are_judged_by_campaign_and_that_is_said(self):
        document = audited(calls(97, LIVE))
        assert rows(document, scope="call_centre") == []
        assert any(gap["what"] == "the call centre of 97 calls" for gap in document["not_tested"])

    def test_names_a_scope_does_not_use_are_null(self):
        document = audited(calls(1, LIVE, partner="a", call_centre="Leeds"), client={"name": "Example"})
        unit = {
            r["scope"]: (r["client"], r["partner"], r["call_centre"], r["campaign"]) for r in rows(document)
        }
        assert unit == {
            "campaign": ("Example", None, None, "SALES1"),
            "call_centre": ("Example", None, "Leeds", None),
            "partner": ("Example", "a", None, None),
            "campaign+partner": ("Example", "a", None, "SALES1"),
        }


class TestHouseLimits:
    DAY = "2026-10-05"

    def house(self, drops: int, live: int, day: str = DAY, **tables):
        document = audited(calls(drops, DROP, day) + calls(live, LIVE, day), day, **tables)
        return rows(document, basis="house", scope="campaign")

    def limits(self, limit: str):
        return {"house_limit": [{"rule": "uk-ofcom/abandoned-call-rate", "limit": limit}]}

    def test_three_per_cent_applies_where_the_law_has_none_even_with_no_config(self):
        (found,) = self.house(4, 96)
        assert (found["limit"], found["verdict"]) == ("3/100", "fail")
        assert "default" in found["citation"]

    def test_the_workspace_may_set_another(self):
        (found,) = self.house(4, 96, **self.limits("5/100"))
        assert (found["limit"], found["verdict"]) == ("5/100", "pass")
        assert "set by the client" in found["citation"]

    def test_beside_a_limit_of_the_law_only_a_tighter_one_of_the_client_stands(self):
        assert self.house(2, 98, "2012-05-08") == []
        assert self.house(2, 98, "2012-05-08", **self.limits("3/100")) == []
        assert self.house(2, 98, "2012-05-08", **self.limits("5/100")) == []
        (found,) = self.house(2, 98, "2012-05-08", **self.limits("1/100"))
        assert found["verdict"] == "fail"

    def test_an_oversight_view_is_held_against_the_tightest_limit_of_its_day(self):
        records = calls(2, DROP, partner="a") + calls(98, LIVE, partner="a")
        found = row(audited(records, **self.limits("1/100")), scope="partner")
        assert (found["limit"], found["verdict"]) == ("1/100", "fail")
