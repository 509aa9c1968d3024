"""The twelve import traps seen in real files (diallers.md, section 14), each at least once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from loading import a_store, calls_of, ms
from test_asterisk import CDR_CSV, CDR_CUSTOM, LINKED, TABLE, UNANSWERED, master, table
from test_canonical import CALL, export
from test_vicidial import EXTENDED_2, EXTENDED_SALE, SALE, STANDARD, report

FREESWITCH = (
    '"Ann","02079460123","07700900123","default","2026-10-05 10:00:00","2026-10-05 10:00:12",'
    '"2026-10-05 10:00:45","45","33","NORMAL_CLEARING","5f2b6c1e-0000-4000-8000-00000000000{}","",'
    '"SALES1","PCMA","PCMA"\n'
)
FIVE9 = (
    "CALL ID,TIMESTAMP,CAMPAIGN,CALL TYPE,AGENT,AGENT NAME,DISPOSITION,ANI,CUSTOMER NAME,DNIS,CALL TIME,"
    "BILL TIME (ROUNDED),COST,IVR TIME,QUEUE WAIT TIME,RING TIME,TALK TIME,HOLD TIME,PARK TIME,"
    "AFTER CALL WORK TIME,TRANSFERS,CONFERENCES,HOLDS,ABANDONED,RECORDINGS\n"
    '{id},"Mon, 05 Oct 2026 {at}",SALES1,{type},{agent},[None],{disposition},02079460123,[None],'
    "{to},{time},0,0,0:00:00,0:00:00,0:00:00,{talk},0:00:00,0:00:00,0:00:00,0,0,0,0,0\n"
)


def five9(**changes: str) -> str:
    call = {
        "id": "300000000000001", "at": "10:00:00", "type": "Outbound", "agent": "ann@example.com",
        "to": "07700900123", "disposition": "No Disposition", "time": "0:00:33", "talk": "0:00:30",
    }  # fmt: skip
    return FIVE9.format(**call | changes)


def loaded(*exports: str, **how: Any) -> tuple[list[dict[str, Any]], list[Any]]:
    """The calls and the ledger lines of exports loaded one after another."""
    with a_store() as store:
        loads = [store.load(text, f"export{n}", **how) for n, text in enumerate(exports)]
        return store.calls(), loads


def test_1_three_layouts_share_the_name_master_csv():
    with a_store() as store:
        found = []
        for text in (master(CDR_CSV), master(CDR_CUSTOM), FREESWITCH.format(1)):
            load = store.load(text, "Master.csv")
            found.append((load.format, load.layout))
    assert found == [("asterisk", "cdr_csv"), ("asterisk", "cdr_custom"), ("freeswitch-csv", "example")]


def test_2_a_file_whose_lines_end_in_returns_alone_has_all_its_records():
    calls, (load,) = loaded(master(LINKED, *({"linkedid": str(n)} for n in range(5))).replace("\n", "\r"))
    assert (load.read, len(calls)) == (5, 5)


def test_3_the_epoch_says_which_is_the_day_and_which_the_month():
    first = {"calldate": "1/9/2017 16:33:01", "uniqueid": "1504283581.1"}
    (call,), _ = loaded(table(TABLE, first), zone="UTC")
    assert call["dialled_ms"] == ms("2017-09-01T16:33:01+00:00")


def test_3_a_spreadsheet_that_lost_the_seconds_leaves_two_seconds_untold():
    (call,), _ = loaded(table(TABLE, {"calldate": "2020/2/10 22:41", "uniqueid": ""}), zone="UTC")
    assert call["precision_ms"] == 60_000


def test_4_a_broken_quote_that_shifts_no_column_costs_nothing_and_one_that_does_its_own_record():
    harmless, harmful = '""Ann" <1115>"', '""Ann, Example" <1115>"'
    for clid, rejected in ((harmless, 0), (harmful, 1)):
        text = table(TABLE, {}, {"uniqueid": "1791190801.56"})
        lines = text.splitlines(keepends=True)
        lines[1] = lines[1].replace('"02079460001" <02079460001>', clid)
        _, (load,) = loaded("".join(lines))
        assert (load.read, load.rejected) == (2, rejected)


@pytest.mark.parametrize("nothing", ["NULL", "[None]", r"\N", "", " "])
def test_5_what_exports_write_for_nothing_is_nothing(nothing):
    (call,) = calls_of(table(TABLE, {"accountcode": nothing, "dstchannel": nothing, "clid": nothing}))
    assert (call["campaign"], call["agent"], call["presented_number"]) == (None, None, None)


def test_5_an_epoch_of_zero_is_no_answer():
    variables = {"uuid": "a1", "start_epoch": "1791190800", "answer_epoch": "0", "answer_uepoch": "0",
                 "end_epoch": "1791190830", "hangup_cause": "NO_ANSWER"}  # fmt: skip
    (call,) = calls_of(json.dumps({"variables": variables}))
    assert (call["answered_ms"], call["outcome"]) == (None, "not_answered")


def test_6_unique_ids_gain_a_system_name_midway_and_still_prove_the_clock():
    ids = ("1791190800.1", "dss-1791190800.2", "pbx.example-1791190800.3")
    calls, (load,) = loaded(
        master([*CDR_CSV, "uniqueid"], *({"uniqueid": i} for i in ids)), zone="Europe/London"
    )
    assert {call["dialled_ms"] for call in calls} == {1791190800_000}
    assert any("epochs in its records agree" in note for note in load.notes)


def test_7_a_line_end_within_a_field_ends_no_record():
    calls, (load,) = loaded(export(CALL | {"disposition": '"gave\nno reason"'}, CALL | {"call_id": "c2"}))
    assert (load.read, load.rejected) == (2, 0)
    assert calls[0]["disposition"] == "gave\nno reason"


class TestDuplicates8:
    def test_a_feed_delivers_a_contact_twice(self):
        contact = {
            "ContactId": "c1", "AWSContactTraceRecordFormatVersion": "2017-03-10", "Channel": "VOICE",
            "InitiationMethod": "API", "InitiationTimestamp": "2026-10-05T09:00:00Z",
            "ConnectedToSystemTimestamp": None, "DisconnectTimestamp": "2026-10-05T09:00:30Z",
            "LastUpdateTimestamp": "2026-10-05T09:01:00Z", "DisconnectReason": "TELECOM_UNANSWERED",
            "CustomerEndpoint": {"Address": "+447700900123"},
        }  # fmt: skip
        calls, (load,) = loaded("\n".join([json.dumps(contact)] * 2))
        assert (len(calls), load.duplicate) == (1, 1)

    def test_vicidial_logs_a_call_on_two_servers(self):
        header = "uniqueid,lead_id,list_id,campaign_id,call_date,start_epoch,end_epoch,length_in_sec,status,"
        header += (
            "phone_code,phone_number,user,comments,processed,user_group,term_reason,alt_dial,called_count\n"
        )
        row = "1791190800.55,77,998,SALES1,2026-10-05 10:00:13,{},{},{},{},44,7700900123,{},,N,LEEDS,{},,1\n"
        sale = row.format(1791190813, 1791190845, 32, "SALE", "agent7", "CALLER")
        cleaned = row.format(1791190813, 1791190813, 0, "NA", "VDAD", "NONE")
        for rows in (sale + cleaned, cleaned + sale):
            calls, (load,) = loaded(header + rows, format="vicidial-db")
            assert [call["outcome"] for call in calls] == ["live_to_agent"]
            assert load.duplicate == 1

    def test_five9_writes_a_transfer_as_a_second_leg(self):
        transfer = five9(type="3rd party transfer", at="10:00:20", to="02079460999").partition("\n")[2]
        calls, (load,) = loaded(five9() + transfer, zone="America/Los_Angeles")
        assert [call["dialled_number"] for call in calls] == ["+447700900123"]
        assert load.duplicate == 1

    def test_asterisk_writes_each_channel(self):
        calls, (load,) = loaded(master(LINKED, {}, {"uniqueid": "1791190801.51", "dst": "5001"}))
        assert (len(calls), load.duplicate) == (1, 1)


def test_9_a_report_that_stops_at_its_cap_is_told():
    header, row = report(STANDARD, SALE).splitlines(keepends=True)
    text = header + "".join(row.replace("\t77\t", f"\t{n}\t") for n in range(100_000))
    _, (load,) = loaded(text)
    assert any("exactly 100,000 records" in sign for sign in load.suspicions)


def test_10_durations_are_seconds_minutes_or_hours_as_each_dialler_writes_them():
    (five,) = calls_of(five9(disposition="No Answer", agent="[None]", time="0:00:36", talk="0:00:00"))
    assert five["outcome"] == "not_answered"
    (seconds,) = calls_of(table(TABLE, UNANSWERED | {"duration": "36.5"}))
    assert seconds["ring_ms"] == 36_500
    header = (
        "callID,campaign_id,campaign_name,lead_phone,pass_disposition,agent_disposition,call_start,duration,agent_id,"
        "loaded_caller_id,dial_type,dial_duration,agent_wait_time\n"
    )
    row = "r1,7,SALES1,07700900123,ANSWER,SALE,2026-10-05 10:00:00,1.50,42,02079460123,PREDICTIVE,12,3\n"
    (minutes,) = calls_of(header + row, zone="Europe/London")
    assert minutes["ended_ms"] == ms("2026-10-05T10:01:30+01:00")


@pytest.mark.parametrize(
    ("reason", "outcome"), [("", "dropped_by_dialler"), ("QUEUETIMEOUT", "dropped_by_dialler")]
)
def test_11_a_word_that_overflowed_its_enumeration_is_empty_and_still_the_diallers_drop(reason, outcome):
    drop = EXTENDED_SALE | {"status": "DROP", "user": "VDAD", "term_reason": reason}
    (call,) = calls_of(report(EXTENDED_2, drop))
    assert call["outcome"] == outcome


def test_11_a_status_cut_to_six_letters_is_no_known_code_and_clears_no_call():
    with a_store() as store:
        store.load(report(STANDARD, SALE | {"status": "NOTINT"}), codes={"NOTINTERESTED": "live_to_agent"})
        assert [call["outcome"] for call in store.calls()] == ["answered_unknown"]
        assert store.rows("SELECT code, calls FROM unknown_codes") == [{"code": "NOTINT", "calls": 1}]


def test_12_a_disposition_that_was_changed_afterwards_is_told_with_both_results():
    before = report(
        EXTENDED_2, EXTENDED_SALE | {"status": "DROP", "user": "VDAD", "term_reason": "QUEUETIMEOUT"}
    )
    calls, loads = loaded(before, report(EXTENDED_2, EXTENDED_SALE))
    assert [call["outcome"] for call in calls] == ["live_to_agent"]
    assert any("dropped_by_dialler is now live_to_agent (1)" in note for note in loads[1].notes)
