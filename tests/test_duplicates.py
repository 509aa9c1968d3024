"""The same call twice: once in the figures, and listed where the versions differ (readings.md, 3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from loading import a_store, balances

from auditor.store import ledger

HEADER = "call_id,campaign,dialled_number,dialled_at,outcome\n"


@pytest.fixture
def store():
    with a_store() as made:
        yield made


def versions(*outcomes: str, call: str = "c1") -> str:
    """One call as often as there are outcomes."""
    return HEADER + "".join(
        f"{call},SALES1,+447700900123,2026-10-05T09:30:00Z,{outcome}\n" for outcome in outcomes
    )


def conflicts(store: Any) -> list[tuple[int, int, int, str, str]]:
    """Load and row of each version not kept, the load of the one kept, the call, and its outcome then."""
    return [
        (c["load_id"], c["source_row"], c["kept_load_id"], c["call_id"], json.loads(c["record"])["outcome"])
        for c in store.rows("SELECT * FROM conflicts ORDER BY kept_load_id, load_id, source_row")
    ]


def kept(store: Any) -> list[tuple[int, int, str]]:
    return [(call["load_id"], call["source_row"], call["outcome"]) for call in store.calls()]


def lines(store: Any) -> list[tuple[int, int]]:
    """Accepted and duplicate of each load."""
    found = ledger.loads(store.connection)
    assert all(balances(load) for load in found)
    return [(load.accepted, load.duplicate) for load in found]


def test_the_same_record_twice_in_a_file_counts_once_and_is_no_conflict(store):
    store.load(versions("busy", "busy"))
    assert kept(store) == [(1, 2, "busy")]
    assert lines(store) == [(1, 1)]
    assert conflicts(store) == []


def test_of_two_versions_in_a_file_the_latest_is_kept_and_the_other_listed(store):
    store.load(versions("busy", "fax"))
    assert kept(store) == [(1, 2, "fax")]
    assert lines(store) == [(1, 1)]
    assert conflicts(store) == [(1, 1, 1, "c1", "busy")]


def test_of_many_versions_those_that_differ_from_the_latest_are_listed(store):
    store.load(versions("fax", "busy", "not_answered", "fax"))
    assert kept(store) == [(1, 4, "fax")]
    assert lines(store) == [(1, 3)]
    assert conflicts(store) == [(1, 2, 1, "c1", "busy"), (1, 3, 1, "c1", "not_answered")]


def test_the_same_record_in_a_later_file_is_a_duplicate_of_that_file(store):
    store.load(versions("busy"), "a")
    store.load(versions("busy") + "\n", "b")
    assert kept(store) == [(1, 1, "busy")]
    assert lines(store) == [(1, 0), (0, 1)]
    assert conflicts(store) == []


def test_another_version_in_a_later_file_is_kept_and_the_earlier_one_listed(store):
    store.load(versions("busy"), "a")
    store.load(versions("fax"), "b")
    assert kept(store) == [(2, 1, "fax")]
    assert lines(store) == [(0, 1), (1, 0)]
    assert conflicts(store) == [(1, 1, 2, "c1", "busy")]


def test_a_version_may_change_again_and_again(store):
    for number, outcome in enumerate(("busy", "fax", "busy")):
        store.load(versions(outcome) + "\n" * number, f"{number}")
    assert kept(store) == [(3, 1, "busy")]
    assert lines(store) == [(0, 1), (0, 1), (1, 0)]
    assert conflicts(store) == [(1, 1, 2, "c1", "busy"), (2, 1, 3, "c1", "fax")]


def test_a_file_that_ends_with_the_version_of_an_earlier_load_leaves_that_one_kept(store):
    store.load(versions("busy"), "a")
    store.load(versions("fax", "busy"), "b")
    assert kept(store) == [(1, 1, "busy")]
    assert lines(store) == [(1, 0), (0, 2)]
    assert conflicts(store) == [(2, 1, 1, "c1", "fax")]


def test_a_rejected_record_replaces_nothing(store):
    store.load(versions("busy"), "a")
    load = store.load(versions("fax", "?") + versions("busy", call="c2").removeprefix(HEADER), "b")
    assert (load.accepted, load.rejected, load.duplicate) == (2, 1, 0)
    assert kept(store) == [(2, 1, "fax"), (2, 3, "busy")]


def test_what_differs_may_be_any_fact_of_the_call(store):
    store.load(versions("busy"), "a", campaign="SALES1")
    store.load(versions("busy") + "\n", "b", call_centre="Leeds")
    assert len(conflicts(store)) == 1
    assert [call["call_centre"] for call in store.calls()] == ["Leeds"]


def test_the_same_id_in_another_format_is_another_call(store):
    store.load(versions("busy", call="V10051000000000000077"), "a")
    report = (
        "call_date\tphone_number_dialed\tstatus\tuser\tcampaign_id\tlength_in_sec\tcaller_code\n"
        "2026-10-05 10:00:13\t07700900123\tSALE\tagent7\tSALES1\t9\tV10051000000000000077\n"
    )
    store.load(report, "b")
    assert lines(store) == [(1, 0), (1, 0)]


def test_a_key_is_the_same_in_every_store(store):
    store.load(versions("busy"), partner="kestrel")
    (first,) = store.calls()
    with a_store() as another:
        another.load(versions("fax", call="c0"), "before", partner="kestrel")
        another.load(versions("fax"), partner="kestrel")
        assert another.call("c1")["call_key"] == first["call_key"]


class TestVersions:
    """A feed that delivers at least once, in any order (diallers.md, sections 9 and 14)."""

    def contact(self, updated: str, reason: str) -> str:
        return json.dumps(
            {
                "ContactId": "c1", "AWSContactTraceRecordFormatVersion": "2017-03-10", "Channel": "VOICE",
                "InitiationMethod": "API", "InitiationTimestamp": "2026-10-05T09:00:00Z",
                "ConnectedToSystemTimestamp": "2026-10-05T09:00:12Z",
                "DisconnectTimestamp": "2026-10-05T09:00:16Z",
                "LastUpdateTimestamp": updated, "DisconnectReason": reason,
                "AnsweringMachineDetectionStatus": "HUMAN_ANSWERED",
                "CustomerEndpoint": {"Address": "+447700900123", "Type": "TELEPHONE_NUMBER"},
                "Campaign": {"CampaignId": "SALES1"},
            }
        )  # fmt: skip

    def test_the_same_content_in_a_later_version_raises_the_version(self):
        reasons = ("CUSTOMER_DISCONNECT", "CUSTOMER_DISCONNECT", "CONTACT_FLOW_DISCONNECT")
        with a_store() as fresh:
            for minute, reason in zip((1, 5, 3), reasons, strict=True):
                fresh.load(self.contact(f"2026-10-05T09:0{minute}:00Z", reason), f"{minute}.json")
            assert [call["outcome"] for call in fresh.calls()] == ["callee_hung_up_waiting"]

    def test_the_later_version_stays_whichever_file_brings_it(self):
        early = self.contact("2026-10-05T09:01:00Z", "CONTACT_FLOW_DISCONNECT")
        late = self.contact("2026-10-05T09:02:00Z", "CUSTOMER_DISCONNECT")
        for first, second in ((early, late), (late, early)):
            with a_store() as fresh:
                fresh.load(first, "1.json")
                fresh.load(second, "2.json")
                (call,) = fresh.calls()
                assert call["outcome"] == "callee_hung_up_waiting"
                assert len(fresh.rows("SELECT * FROM conflicts")) == 1
                assert all(map(balances, ledger.loads(fresh.connection)))
