"""Asterisk's call detail records in the layouts they are found in (diallers.md, sections 4 and 14)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from loading import a_store, balances, calls_of, ms

from auditor.store import ledger

CODES = {"LIVE": "live_to_agent", "DROP": "dropped_by_dialler", "AM": "machine_by_amd", "MANUAL": "excluded"}

#: A call: dialled at 10:00:00, answered at :12, over at :45, on the server's clock.
ANSWERED = {
    "accountcode": "SALES1", "src": "02079460001", "dst": "07700900123", "dcontext": "outbound",
    "clid": '"02079460001" <02079460001>', "channel": "PJSIP/carrier-00000001",
    "dstchannel": "PJSIP/agent7-00000002", "lastapp": "Queue", "lastdata": "SALES1",
    "start": "2026-10-05 10:00:00", "answer": "2026-10-05 10:00:12", "end": "2026-10-05 10:00:45",
    "duration": "45", "billsec": "33", "disposition": "ANSWERED", "amaflags": "DOCUMENTATION",
    "uniqueid": "1791190800.55", "userfield": "LIVE", "peeraccount": "peer", "linkedid": "1791190800.50",
    "sequence": "7",
}  # fmt: skip
UNANSWERED = {
    "answer": "", "billsec": "0", "duration": "36", "end": "2026-10-05 10:00:36",
    "disposition": "NO ANSWER", "userfield": "",
}  # fmt: skip

CDR_CSV = [
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
    "start", "answer", "end", "duration", "billsec", "disposition", "amaflags",
]  # fmt: skip
NEW_COLUMNS = ["peeraccount", "linkedid", "sequence"]
LINKED = [*CDR_CSV, "uniqueid", "userfield", *NEW_COLUMNS]
CDR_CUSTOM = [
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield",
    "sequence",
]  # fmt: skip
TABLE = [
    "calldate", "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "duration",
    "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield",
]  # fmt: skip
SIX = ["calldate", "src", "dst", "duration", "billsec", "disposition"]


def master(columns: list[str], *changes: dict[str, str]) -> str:
    """A Master.csv: no header, text in quotes, a quote doubled."""
    calls = [ANSWERED | change for change in changes or ({},)]
    numbers = ("duration", "billsec", "sequence")
    return "".join(
        ",".join(c[n] if n in numbers else '"' + c[n].replace('"', '""') + '"' for n in columns) + "\n"
        for c in calls
    )


def table(columns: list[str], *changes: dict[str, str], delimiter: str = ",") -> str:
    """An export of the cdr table, with a header."""
    calls = [ANSWERED | {"calldate": ANSWERED["start"]} | change for change in changes or ({},)]
    lines = [columns, *([c[name] for name in columns] for c in calls)]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def facts(call: dict[str, Any]) -> tuple[Any, ...]:
    return call["dialled_ms"], call["answered_ms"], call["ended_ms"], call["ring_ms"]


ANSWERED_FACTS = (
    ms("2026-10-05T10:00:00+01:00"),
    ms("2026-10-05T10:00:12+01:00"),
    ms("2026-10-05T10:00:45+01:00"),
    12_000,
)


class TestLayouts:
    @pytest.mark.parametrize(("unique", "user", "new"), list(product([False, True], repeat=3)))
    def test_cdr_csv_has_sixteen_to_twenty_one_fields_as_cdr_conf_says(self, unique, user, new):
        columns = [*CDR_CSV, *["uniqueid"] * unique, *["userfield"] * user, *NEW_COLUMNS * new]
        how = {"disposition_from": "userfield", "codes": CODES} if user else {}
        (call,) = calls_of(master(columns), **how)
        assert facts(call) == ANSWERED_FACTS
        assert call["campaign"] == "SALES1"
        assert call["outcome"] == ("live_to_agent" if user else "answered_unknown")
        identity = "1791190800.50" if new else "1791190800.55" if unique else "1791190800000 02079460001 "
        assert call["call_id"].startswith(identity)

    def test_cdr_custom_has_the_same_file_name_and_another_order(self):
        with a_store() as store:
            assert store.load(master(CDR_CUSTOM)).layout == "cdr_custom"
            (call,) = store.calls()
        assert facts(call) == ANSWERED_FACTS
        assert (call["campaign"], call["dialled_number"]) == ("SALES1", "+447700900123")

    def test_cdr_custom_may_count_in_fractions_of_a_second(self):
        (call,) = calls_of(master(CDR_CUSTOM, {"duration": "45.250", "billsec": "32.750"}))
        assert call["precision_ms"] == 1000  # its times of day are still whole seconds

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_the_table_says_its_columns(self, delimiter):
        (call,) = calls_of(table(TABLE, delimiter=delimiter))
        assert facts(call) == ANSWERED_FACTS

    def test_six_columns_are_enough(self):
        (call,) = calls_of(table(SIX), campaign="SALES1")
        assert facts(call) == ANSWERED_FACTS
        assert call["campaign"] == "SALES1"

    def test_six_columns_tell_calls_apart_by_when_from_where_and_whither(self):
        later, other = {"calldate": "2026-10-05 10:00:01"}, {"dst": "07700900124"}
        assert len(calls_of(table(SIX, {}, later, other))) == 3


class TestTimes:
    def test_the_table_has_no_answer_but_what_was_not_billed(self):
        (call,) = calls_of(table(SIX, {"duration": "20", "billsec": "3"}))
        assert call["answered_ms"] == ms("2026-10-05T10:00:17+01:00")
        assert call["ended_ms"] == ms("2026-10-05T10:00:20+01:00")

    @pytest.mark.parametrize("export", [master(CDR_CSV, UNANSWERED), table(SIX, UNANSWERED)])
    def test_an_unanswered_call_rang_until_its_end(self, export):
        (call,) = calls_of(export)
        assert call["answered_ms"] is None
        assert call["ring_ms"] == 36_000
        assert call["ended_ms"] == ms("2026-10-05T10:00:36+01:00")

    def test_mysqls_zero_date_is_no_answer(self):
        zero = UNANSWERED | {"answer": "0000-00-00 00:00:00"}
        (call,) = calls_of(table([*TABLE, "answer"], zero))
        assert call["answered_ms"] is None

    @pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/London"])
    def test_times_are_on_the_clock_of_the_zone(self, zone):
        offset = {"UTC": "+00:00", "America/New_York": "-04:00", "Europe/London": "+01:00"}[zone]
        (call,) = calls_of(master(CDR_CSV), zone=zone)
        assert call["dialled_ms"] == ms(f"2026-10-05T10:00:00{offset}")

    def test_a_single_time_in_another_order_is_rejected_and_never_guessed(self):
        dates = ("1/9/2017 16:33:01", "NULL", "")
        whole = ({"dst": f"0770090{n:04}"} for n in range(20))
        with a_store() as store:
            load = store.load(table(SIX, *whole, *({"calldate": date} for date in dates)))
            assert (load.accepted, load.rejected) == (20, 3)


class TestOutcomes:
    def test_asterisk_knows_no_more_than_what_became_of_the_channel(self):
        expected = {
            "ANSWERED": "answered_unknown",  # the channel was: by a person, a machine or an announcement
            "NO ANSWER": "not_answered",
            "BUSY": "busy",
            "FAILED": "network_failure",
            "CONGESTION": "network_failure",
        }
        with a_store() as store:
            rows = ({"disposition": word, "dst": f"0770090012{n}"} for n, word in enumerate(expected))
            store.load(table(SIX, *rows))
            assert {call["disposition"]: call["outcome"] for call in store.calls()} == expected
            assert ledger.unknown_codes(store.connection) == []

    def test_userfield_may_hold_the_diallers_own_result(self):
        rows = [
            {"userfield": code, "uniqueid": f"1791190800.{n}"} for n, code in enumerate([*CODES, "", "WHAT"])
        ]
        rows[4] |= UNANSWERED
        with a_store() as store:
            export = master([*CDR_CSV, "uniqueid", "userfield"], *rows)
            store.load(export, disposition_from="userfield", codes=CODES)
            assert {c["disposition"]: c["outcome"] for c in store.calls()} == {
                **CODES,
                "NO ANSWER": "not_answered",
                "WHAT": "answered_unknown",
            }
            assert ledger.unknown_codes(store.connection) == [(1, "WHAT", 1)]
            assert {c["disposition"]: c["amd"] for c in store.calls()}["AM"] == "machine"

    def test_numbers_are_e164_and_extensions_stay_as_they_are(self):
        dialled = ["07700900123", "*98", "s"]
        rows = [{"dst": dst, "uniqueid": f"1791190800.{n}"} for n, dst in enumerate(dialled)]
        found = calls_of(master([*CDR_CSV, "uniqueid"], *rows))
        assert [call["dialled_number"] for call in found] == ["+447700900123", "*98", "s"]
        assert {call["presented_number"] for call in found} == {"+442079460001"}

    def test_the_agent_is_the_peer_that_was_called(self):
        (call,) = calls_of(master(CDR_CSV))
        assert call["agent"] == "agent7"

    def test_null_is_no_text(self):
        nothing = dict.fromkeys(("clid", "dstchannel", "accountcode", "userfield"), "NULL")
        (call,) = calls_of(table(TABLE, nothing))
        assert [call[name] for name in ("campaign", "agent", "presented_number")] == [None] * 3
        assert "NULL" not in call["call_id"]


class TestLegs:
    """A call has a record for each of its channels, grouped by the linked id (diallers.md, section 14)."""

    def legs(self, *changes: dict[str, str], **how: Any) -> list[dict[str, Any]]:
        numbered = ({"uniqueid": f"179119080{n}.5{n}", "sequence": str(n)} | c for n, c in enumerate(changes))
        with a_store() as store:
            load = store.load(master(LINKED, *numbered), **how)
            assert (load.read, load.rejected) == (len(changes), 0)
            assert load.duplicate == load.read - load.accepted
            return store.calls()

    def test_a_call_that_found_an_agent_on_a_second_channel_is_one_call(self):
        agent = {
            "dst": "5001", "start": "2026-10-05 10:00:13", "answer": "2026-10-05 10:00:14", "userfield": "",
            "end": "2026-10-05 10:01:00", "duration": "47", "billsec": "46",
        }  # fmt: skip
        (call,) = self.legs({"userfield": "LIVE"}, agent, disposition_from="userfield", codes=CODES)
        assert (call["dialled_ms"], call["answered_ms"]) == ANSWERED_FACTS[:2]
        assert call["ended_ms"] == ms("2026-10-05T10:01:00+01:00")  # with the last leg
        assert (call["outcome"], call["disposition"]) == ("live_to_agent", "LIVE")
        assert call["dialled_number"] == "+447700900123"  # and not the agent's extension
        assert call["ring_ms"] == 12_000

    def test_a_trunk_that_fails_is_an_attempt_of_the_same_call(self):
        failed = UNANSWERED | {"disposition": "CONGESTION", "duration": "1", "end": "2026-10-05 10:00:01"}
        later = {"start": "2026-10-05 10:00:02", "duration": "43"}
        (call,) = self.legs(failed, later)
        assert (call["outcome"], call["disposition"]) == ("answered_unknown", "ANSWERED")
        assert call["dialled_ms"] == ms("2026-10-05T10:00:00+01:00")
        (call,) = self.legs(failed, UNANSWERED | {"start": "2026-10-05 10:00:02", "disposition": "BUSY"})
        assert call["outcome"] == "busy"  # of attempts that nobody answered, the last says how it ended

    def test_legs_are_no_versions_of_a_call_and_no_conflict(self):
        with a_store() as store:
            store.load(master(LINKED, {}, {"uniqueid": "1791190801.51", "lastapp": "Playback"}))
            assert store.rows("SELECT * FROM conflicts") == []

    def test_an_agents_channel_that_stays_up_does_not_make_one_call_of_many(self):
        others = ({"dst": f"0770090012{n}", "start": f"2026-10-05 10:0{n}:00"} for n in (4, 5))
        agent = {
            "dst": "5001",
            "start": "2026-10-05 10:05:01",
            "end": "2026-10-05 10:07:00",
            "duration": "119",
        }
        calls = self.legs({}, *others, agent)
        assert [call["dialled_number"] for call in calls] == [f"+44770090012{n}" for n in (3, 4, 5)]
        assert {call["call_id"] for call in calls} == {"1791190800.50"}  # the id the dialler gave them all
        # What leads to no public number belongs to the call before it.
        assert calls[2]["ended_ms"] == ms("2026-10-05T10:07:00+01:00")

    @pytest.mark.parametrize(("again", "calls"), [("10:01:45", 1), ("10:01:46", 2)])
    def test_the_same_number_a_minute_after_it_was_let_go_is_called_again(self, again, calls):
        # Let go at 10:00:45. A repeat that were taken for a leg would hide what the repeat rules are about.
        later = {"start": f"2026-10-05 {again}", "end": "2026-10-05 10:03:00", "answer": "", "billsec": "0",
                 "disposition": "NO ANSWER", "duration": "70"}  # fmt: skip
        assert len(self.legs({}, later)) == calls

    def test_legs_in_two_files_are_one_call_in_whichever_order_they_come(self):
        agent = {
            "uniqueid": "1791190813.51", "dst": "5001", "start": "2026-10-05 10:00:13", "answer": "",
            "end": "", "billsec": "40", "duration": "47", "userfield": "",
        }  # fmt: skip
        files = [master(LINKED, {"userfield": "LIVE"}), master(LINKED, agent)]
        found = []
        for order in (files, files[::-1]):
            with a_store() as store:
                for number, text in enumerate(order):
                    store.load(text, f"{number}.csv", disposition_from="userfield", codes=CODES)
                (call,) = store.calls()
                found.append((call["dialled_number"], call["outcome"], *facts(call)))
                for text in order:  # and again, with a line more that says nothing new
                    store.load(text + "\n", "again.csv", disposition_from="userfield", codes=CODES)
                assert len(store.calls()) == 1
                assert all(map(balances, ledger.loads(store.connection)))
        assert found[0] == found[1]
        assert found[0][:2] == ("+447700900123", "live_to_agent")
        assert found[0][4] == ms("2026-10-05T10:01:00+01:00")

    def test_a_log_that_has_grown_counts_no_call_twice(self):
        timed = {"answer": "", "end": ""}
        later = timed | {"dst": "07700900124", "start": "2026-10-05 10:04:00"}
        for texts in ([{}], [{}, later]), ([{}, later], [{}]), ([{}], [later]), ([later], [{}]):
            with a_store() as store:
                for number, rows in enumerate(texts):
                    store.load(master(LINKED, *rows), f"{number}.csv")
                found = sorted(call["dialled_number"] for call in store.calls())
                assert found == ["+447700900123", "+447700900124"]
                assert all(map(balances, ledger.loads(store.connection)))

    def test_without_a_linked_id_a_call_is_its_channel(self):
        columns = [*CDR_CSV, "uniqueid"]
        assert len(calls_of(master(columns, {}, {"uniqueid": "1791190801.56"}))) == 2
        assert len(calls_of(master(columns, {}, {"lastapp": "Playback"}))) == 1

    def test_without_any_id_calls_are_told_apart_by_when_and_whither(self):
        columns = [*CDR_CSV]
        assert len(calls_of(master(columns, {}, {"dst": "07700900124"}, {"lastapp": "Playback"}))) == 3

    def test_a_leg_that_stands_twice_counts_once(self):
        with a_store() as store:
            load = store.load(table(TABLE, {}, {}))
            assert (load.accepted, load.duplicate) == (1, 1)

    def test_unique_ids_may_gain_a_system_name_midway(self):
        rows = [{"uniqueid": i} for i in ("1706368044.1", "1706368045.2", "mainserverdss-1706422943.15")]
        found = calls_of(master([*CDR_CSV, "uniqueid"], *rows))
        assert [call["call_id"].partition("/")[0] for call in found] == [r["uniqueid"] for r in rows]


class TestText:
    def test_a_callers_name_in_broken_quotes_shifts_no_column(self):
        good = table(TABLE)
        broken = good.replace('"02079460001" <02079460001>', '""Ann Example" <02079460001>"')
        assert broken != good
        (call,) = calls_of(broken)
        assert facts(call) == ANSWERED_FACTS
        assert call["presented_number"] == "+442079460001"

    def test_one_broken_name_with_a_comma_rejects_its_record_alone(self):
        good = table(TABLE, {}, {"uniqueid": "1791190801.1"}, {"uniqueid": "1791190802.2"})
        lines = good.splitlines(keepends=True)
        lines[2] = lines[2].replace('"02079460001" <02079460001>', '""Example, Ann" <02079460001>"')
        with a_store() as store:
            load = store.load("".join(lines))
            assert (load.read, load.accepted, load.rejected) == (3, 2, 1)
            assert store.rejects()[0].raw.decode() + "\n" == lines[2]

    def test_a_quote_left_open_swallows_no_other_call(self):
        lines = [table(TABLE)]
        rows = ({"uniqueid": f"1791190801.{n}"} for n in range(40))
        lines += [table(TABLE, row).splitlines(keepends=True)[1] for row in rows]
        lines[20] = lines[20].replace('"02079460001" <02079460001>', '"Ann" <02079460001>"')
        with a_store() as store:
            load = store.load("".join(lines))
            assert (load.read, load.accepted, load.rejected) == (41, 40, 1)
            assert store.rejects()[0].raw.decode() + "\n" == lines[20]

    def test_bytes_that_are_no_utf8_are_kept_as_question_marks_and_noted(self):
        export = master(CDR_CSV, {"clid": "Anne <02079460001>"}).encode().replace(b"nn", b"\xa5\xa5")
        with a_store() as store:
            load = store.load(export)
            assert load.accepted == 1
            assert any("2 bytes are not UTF-8" in note for note in load.notes)
            assert facts(store.calls()[0]) == ANSWERED_FACTS

    def test_a_record_whose_columns_are_shifted_is_rejected(self):
        shifted = (
            {"duration": "x"},
            {"billsec": "ANSWERED"},
            {"disposition": "33"},
            {"disposition": ""},
            {"duration": "33", "billsec": "45"},
        )
        with a_store() as store:
            load = store.load(table(SIX, {}, *shifted))
            assert (load.accepted, load.rejected) == (1, len(shifted))
