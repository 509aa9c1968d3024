"""Silent calls, and what an attestation can and cannot do about those that cannot be told."""

from __future__ import annotations

import pytest
from calls import audited, calls, law, row

DROP = "dropped_by_dialler"


def silent(*args, **tables):
    return law(audited(*args, **tables), "silent-calls")


def test_one_drop_without_any_message_fails_the_day():
    found = silent(calls(1, DROP, message="none") + calls(99, "live_to_agent"))
    assert (found["counted"], found["base"], found["limit"], found["verdict"]) == ("1", "100", "0", "fail")
    assert found["reason"] == "1 silent call among 100 answered calls; none is allowed."


def test_drops_that_played_a_message_pass():
    assert silent(calls(5, DROP, message="played"))["verdict"] == "pass"


def test_a_drop_whose_message_is_unknown_is_doubtful():
    found = silent(calls(2, DROP) + calls(8, "live_to_agent"))
    assert (found["counted"], found["doubtful"], found["verdict"]) == ("0", "2", "undecided")
    assert "2 dropped calls of which the export cannot show" in found["reason"]


def test_an_answer_of_unknown_outcome_may_have_been_silent():
    assert silent(calls(1, "answered_unknown"))["verdict"] == "undecided"
    assert silent(calls(1, "answered_unknown", message="played"))["verdict"] == "pass"


def test_calls_nobody_answered_are_not_examined():
    found = silent(calls(9, "not_answered") + calls(1, "live_to_agent"))
    assert (found["base"], found["verdict"]) == ("1", "pass")


def test_a_person_who_hung_up_waiting_was_not_cut_off_by_the_dialler():
    assert silent(calls(1, "callee_hung_up_waiting", message="none"))["verdict"] == "pass"


def test_people_whom_detection_may_have_cut_off_are_said_to_be_untested():
    document = audited(calls(3, "machine_by_amd", amd="machine"))
    assert any("answering machine detection ended (3 calls)" in gap["what"] for gap in document["not_tested"])


@pytest.mark.parametrize(("day", "regime"), [("2017-02-28", "2010"), ("2017-03-01", "2016")])
def test_any_silent_call_is_a_failure_in_law_under_both_policies(day, regime):
    found = law(audited(calls(1, DROP, day, message="none"), day), "silent-calls")
    assert (found["verdict"], found["regime"]) == ("fail", regime)


class TestAttestations:
    def say(self, **changes):
        attestation = {
            "partner": "a", "from": "2012-05-01", "to": "2012-05-31", "says": "message_played",
            "evidence": "drop action AUDIO", "signed_by": "Head of Compliance",
        }  # fmt: skip
        return {"attestation": [attestation | changes]}

    def test_an_attestation_takes_unknown_messages_out_of_doubt_and_the_reason_says_on_whose_word(self):
        found = silent(calls(2, DROP, partner="a"), **self.say())
        assert (found["doubtful"], found["verdict"]) == ("0", "pass")
        assert (
            "2 calls are taken out of doubt on the word of Head of Compliance (drop action AUDIO)"
            in found["reason"]
        )

    def test_it_does_not_reach_another_partner_or_day(self):
        assert silent(calls(1, DROP, partner="b"), **self.say())["verdict"] == "undecided"
        assert silent(calls(1, DROP, partner="a"), **self.say(to="2012-05-07"))["verdict"] == "undecided"
        assert silent(calls(1, DROP, partner="a"), **self.say(to="2012-05-08"))["verdict"] == "pass"

    def test_it_speaks_of_nothing_but_what_it_says(self):
        assert (
            silent(calls(1, DROP, partner="a"), **self.say(says="operator_reserved"))["verdict"]
            == "undecided"
        )

    def test_it_never_turns_what_is_known_into_something_else(self):
        assert silent(calls(1, DROP, partner="a", message="none"), **self.say())["verdict"] == "fail"

    def test_a_single_record_that_says_otherwise_voids_it_for_the_unit_on_every_day(self):
        records = calls(1, DROP, "2012-05-08", partner="a") + calls(
            1, DROP, "2012-05-09", partner="a", message="none"
        )
        document = audited(records, **self.say())
        found = law(document, "silent-calls", **{"from": "2012-05-08"})
        assert found["verdict"] == "undecided"
        assert "void here: a record says the opposite" in found["reason"]
        assert document["attestations"][0]["void"] is not None
        assert any("attestation" in gap["what"] for gap in document["not_tested"])

    def test_also_where_the_law_changed_in_between(self):
        records = calls(1, DROP, "2017-02-27", partner="a", message="none") + calls(
            1, DROP, "2017-03-02", partner="a"
        )
        period = self.say(**{"from": "2017-02-01", "to": "2017-03-31"})
        document = audited(records, "2017-02-25..2017-03-10", **period)
        found = law(document, "silent-calls", **{"from": "2017-03-02"})
        assert (found["verdict"], found["doubtful"]) == ("undecided", "1")

    def test_a_contradiction_in_one_campaign_leaves_the_other_campaigns_word_standing(self):
        records = (
            calls(1, DROP, partner="a", campaign="X")
            + calls(1, DROP, partner="a", campaign="Y", message="none")
        )  # fmt: skip
        document = audited(records, **self.say())
        assert law(document, "silent-calls", campaign="X")["verdict"] == "pass"
        # The partner's own row holds the contradiction.
        of_partner = row(document, "silent-calls", scope="partner")
        assert (of_partner["counted"], of_partner["doubtful"]) == ("1", "1")

    def test_two_attestations_of_the_same_calls_are_leant_on_once(self):
        tables = {"attestation": self.say()["attestation"] * 2}
        found = silent(calls(2, DROP, partner="a"), **tables)
        assert found["reason"].count("Head of Compliance") == 1
