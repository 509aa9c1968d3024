"""What a partner is shown is the partner's alone."""

from __future__ import annotations

import json

import pytest
from calls import audited, calls, rows

from auditor.errors import AuditorError

LIVE = "live_to_agent"
CALLS = (
    calls(10, LIVE, partner="ann", call_centre="Leeds", campaign="SHARED")
    + calls(10, LIVE, partner="bob", call_centre="Hull", campaign="SHARED")
    + calls(10, LIVE, partner="bob", call_centre="Ryde", campaign="OWN-BOB")
    + calls(10, LIVE, partner="ann", call_centre="Ryde", campaign="OWN-ANN")
    + calls(10, LIVE, "2012-05-09", partner="bob", call_centre="York", campaign="OWN-BOB")
    + calls(10, LIVE, "2012-05-10", partner="ann", call_centre="York", campaign="OWN-ANN")
)


def test_a_partner_gets_its_own_rows_its_campaigns_and_the_call_centres_nobody_shared():
    document = audited(CALLS, only_partner="ann")
    assert {(r["scope"], r["partner"], r["call_centre"], r["campaign"]) for r in rows(document)} == {
        ("partner", "ann", None, None),
        ("campaign+partner", "ann", None, "SHARED"),
        ("campaign+partner", "ann", None, "OWN-ANN"),
        ("call_centre", None, "Leeds", None),
    }


def test_nothing_in_its_document_is_of_another_partner():
    tables = {
        "partner": [{"id": "ann", "name": "Ann Ltd"}, {"id": "bob", "name": "Bob Ltd"}],
        "attestation": [
            {"partner": "bob", "from": "2012-05-01", "to": "2012-05-31", "says": "message_played",
             "evidence": "bob's word", "signed_by": "bob's boss"},
            {"campaign": "OWN-BOB", "from": "2012-05-01", "to": "2012-05-31", "says": "message_played",
             "evidence": "bob's word", "signed_by": "bob's boss"},
            {"partner": "ann", "from": "2012-05-01", "to": "2012-05-31", "says": "message_played",
             "evidence": "tape 7", "signed_by": "boss"},
        ],
        "estimate": [
            {"call_centre": "Hull", "from": "2012-05-01", "to": "2012-05-31", "base": "machine",
             "false_positives": 1, "sample": 10, "signed_by": "bob's boss"},
        ],
    }  # fmt: skip
    document = audited(CALLS, only_partner="ann", **tables)
    text = json.dumps(document).lower()
    assert "bob" not in text
    assert "hull" not in text
    assert [a["evidence"] for a in document["attestations"]] == ["tape 7"]
    assert document["partners"] == [{"id": "ann", "name": "Ann Ltd"}]
    assert document["calls"]["audited"] == 30


def test_of_a_file_that_others_share_it_has_its_own_calls_alone():
    """Calls of Bob's, a rejected record and a code of his that nobody knows stand in the same file."""
    records = calls(3, "live_to_agent", partner="ann", disposition="A")
    records += calls(20, "answered_unknown", partner="bob", disposition="B?")
    records += calls(1, "live_to_agent", partner="bob") + [
        record | {"outcome": "bobbed"} for record in calls(1, "live_to_agent", partner="bob")
    ]
    group, ann = audited(records), audited(records, only_partner="ann")
    assert group["calls"] == {"read": 25, "accepted": 24, "rejected": 1, "duplicate": 0, "audited": 24}
    assert ann["calls"] == {"read": 3, "accepted": 3, "rejected": 0, "duplicate": 0, "audited": 3}
    assert [load["shared"] for load in (*group["loads"], *ann["loads"])] == [False, True]
    text = json.dumps(ann)
    assert "B?" not in text
    assert "bobbed" not in text
    (said,) = (gap["why"] for gap in ann["not_tested"] if "rejected" in gap["what"])
    assert "whose a rejected record was cannot be told" in said


def test_a_file_in_which_others_had_only_rejected_records_is_shared_too():
    records = calls(3, "live_to_agent", partner="ann")
    records += [record | {"outcome": "bobbed"} for record in calls(2, "live_to_agent", partner="bob")]
    ann = audited(records, only_partner="ann")
    assert ann["calls"] == {"read": 3, "accepted": 3, "rejected": 0, "duplicate": 0, "audited": 3}
    assert "bobbed" not in json.dumps(ann)


def test_one_campaign_of_one_partner():
    document = audited(CALLS, only_partner="ann", campaign="SHARED")
    assert {(r["scope"], r["campaign"]) for r in rows(document)} == {("campaign+partner", "SHARED")}
    assert document["calls"]["audited"] == 10


def test_one_campaign_over_all_partners():
    document = audited(CALLS, campaign="SHARED")
    assert {(r["scope"], r["partner"]) for r in rows(document)} == {
        ("campaign", None), ("campaign+partner", "ann"), ("campaign+partner", "bob"),
    }  # fmt: skip


def test_a_partner_nobody_knows_is_an_error_that_names_those_there_are():
    with pytest.raises(AuditorError, match="partner 'zoe' is not in this workspace: choose from ann, bob"):
        audited(CALLS, only_partner="zoe")


def test_a_partner_of_the_workspace_without_calls_is_told_so():
    tables = {"partner": [{"id": "ann"}, {"id": "bob"}, {"id": "cat"}]}
    with pytest.raises(AuditorError, match="no call of partner 'cat' was dialled in May 2012"):
        audited(CALLS, only_partner="cat", **tables)


def test_a_period_without_calls_says_which_days_have_some():
    with pytest.raises(AuditorError, match="holds calls from 8 May 2012 to 10 May 2012"):
        audited(CALLS, "2013-01")
    with pytest.raises(AuditorError, match="in campaign 'NONE'"):
        audited(CALLS, campaign="NONE")
