"""VICIdial's Export Calls Report, read as its source code writes it (diallers.md, sections 1.1 to 1.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pytest
from loading import a_store, calls_of, ms

from auditor.errors import AuditorError
from auditor.store import ledger


def _names(text: str) -> list[str]:
    return text.split()


_BASE = _names("""
    call_date phone_number_dialed status user full_name campaign_id vendor_lead_code source_id list_id
    gmt_offset_now phone_code phone_number title first_name middle_initial last_name address1 address2
    address3 city state province postal_code country_code gender date_of_birth alt_phone email
    security_phrase comments length_in_sec user_group alt_dial rank owner lead_id
""")
_EXTENDED = _names("""
    wrapup_time queue_time uniqueid caller_code server_ip hangup_cause dialstatus channel dial_time
    answered_time cpd_result did_pattern did_id did_description
""")
_EXTENDED_2 = _names("""
    entry_date called_count last_local_call_time modify_date called_since_last_reset term_reason
""")
_CARRIER_LOG = _names("""
    uniqueid call_date server_ip lead_id hangup_cause dialstatus channel dial_time answered_time
    sip_hangup_cause sip_hangup_reason caller_code
""")
_DIAL_LOG = _names("""
    caller_code lead_id server_ip call_date extension channel context timeout outbound_cid
    sip_hangup_cause sip_hangup_reason
""")

STANDARD = [*_BASE, "list_name", "list_description", "status_name"]
EXTENDED_2 = [*_BASE, *_EXTENDED_2, "list_name", "list_description", "status_name", *_EXTENDED]
CARRIER = [
    *_BASE, "list_name", "list_description", "status_name", *_EXTENDED,
    *(f"carrier log {name}" for name in _CARRIER_LOG), *(f"dial log {name}" for name in _DIAL_LOG),
]  # fmt: skip

#: A sale: dialled at 10:00:00, answered at :12, routed to an agent at :13, over at :45 on its server's clock.
SALE = {
    "call_date": "2026-10-05 10:00:13", "phone_code": "44", "phone_number_dialed": "7700900123",
    "status": "SALE", "user": "agent7", "campaign_id": "SALES1", "length_in_sec": "32", "lead_id": "77",
    "list_id": "998", "user_group": "LEEDS",
}  # fmt: skip
EXTENDED_SALE = SALE | {
    "uniqueid": "1791190800.55", "caller_code": "V10051000000000000077", "server_ip": "192.0.2.10",
    "dialstatus": "ANSWER", "dial_time": "45", "answered_time": "33",
}  # fmt: skip
CARRIER_SALE = EXTENDED_SALE | {
    "carrier log call_date": "2026-10-05 10:00:45", "carrier log dial_time": "45",
    "carrier log answered_time": "33", "carrier log dialstatus": "ANSWER",
    "dial log call_date": "2026-10-05 10:00:00", "dial log caller_code": "V10051000000000000077",
    "dial log outbound_cid": r"\"V10051000000000000077\" <02079460123>",
}  # fmt: skip


def report(columns: list[str], *rows: dict[str, str]) -> str:
    """Tab-separated with CRLF; the carrier variant's header ends with a tab, its rows do not."""
    header = "\t".join(columns) + ("\t" if columns is CARRIER else "")
    lines = [header, *("\t".join(row.get(name, "") for name in columns) for row in rows)]
    return "".join(line + "\r\n" for line in lines)


def carrier_call(changes: dict[str, str] | None = None, **how: Any) -> dict[str, Any]:
    """The sale of the carrier variant with some columns changed, as the store has it."""
    (call,) = calls_of(report(CARRIER, CARRIER_SALE | (changes or {})), **how)
    return call


def carrier_calls(*changes: dict[str, str], **how: Any) -> list[dict[str, Any]]:
    """The sale changed in each of these ways, in one report."""
    numbered = ({"caller_code": f"V1005100000{number:010}"} | change for number, change in enumerate(changes))
    return calls_of(report(CARRIER, *(CARRIER_SALE | change for change in numbered)), **how)


def standard_call(changes: dict[str, str] | None = None, **how: Any) -> dict[str, Any]:
    """The sale of the standard variant, which knows neither unique ids nor when a call was dialled."""
    (call,) = calls_of(report(STANDARD, SALE | (changes or {})), **how)
    return call


def ended(status: str, user: str, term_reasons: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """Outcome and who hung up, of calls of the EXTENDED_2 variant with each of these term_reasons."""
    rows = [
        EXTENDED_SALE
        | {"status": status, "user": user, "term_reason": reason, "caller_code": f"V1005100000{number:010}"}
        for number, reason in enumerate(term_reasons)
    ]
    found = [(call["outcome"], call["ended_by"]) for call in calls_of(report(EXTENDED_2, *rows))]
    return dict(zip(term_reasons, found, strict=True))


class TestTimes:
    def test_an_answered_call_was_answered_when_the_carrier_says_and_not_when_it_was_routed(self):
        call = carrier_call()
        assert call["dialled_ms"] == ms("2026-10-05T10:00:00+01:00")
        assert call["answered_ms"] == ms("2026-10-05T10:00:12+01:00")
        assert call["ended_ms"] == ms("2026-10-05T10:00:45+01:00")
        assert call["ring_ms"] == 12_000

    def test_no_time_is_claimed_that_the_export_does_not_have(self):
        call = carrier_call()
        not_there = ("greeting_start_ms", "greeting_end_ms", "connected_ms", "message_ms")
        assert [call[name] for name in not_there] == [None] * 4
        assert call["message"] == "unknown"
        assert call["precision_ms"] == 1000

    def test_without_the_carrier_log_call_date_is_when_it_was_answered(self):
        (call,) = calls_of(report(EXTENDED_2, EXTENDED_SALE | {"dial_time": "", "answered_time": ""}))
        assert call["answered_ms"] == ms("2026-10-05T10:00:13+01:00")
        assert call["dialled_ms"] == ms("2026-10-05T10:00:00+01:00")  # the caller code says so
        assert call["ring_ms"] == 13_000

    def test_where_nothing_says_when_a_call_was_dialled_how_long_it_rang_is_not_known(self):
        call = standard_call()
        assert call["answered_ms"] == ms("2026-10-05T10:00:13+01:00")
        assert call["ring_ms"] is None

    def test_of_an_unanswered_call_call_date_is_the_clean_up_and_no_answer(self):
        unanswered = {
            "user": "VDAD", "call_date": "2026-10-05 10:00:38", "length_in_sec": "36",
            "carrier log call_date": "2026-10-05 10:00:36", "carrier log dial_time": "36",
            "carrier log answered_time": "0",
        }  # fmt: skip
        statuses = ("NA", "AB", "ADC", "N", "B", "DC")
        for call in carrier_calls(*(unanswered | {"status": status} for status in statuses)):
            assert call["answered_ms"] is None
            assert call["dialled_ms"] == ms("2026-10-05T10:00:00+01:00")
            assert call["ended_ms"] == ms("2026-10-05T10:00:38+01:00")
            assert call["ring_ms"] == 36_000

    def test_the_clean_up_may_leave_a_stage_where_the_length_belongs(self):
        call = carrier_call({"status": "NA", "user": "VDAD", "length_in_sec": "LIVE-3"})
        assert call["outcome"] == "not_answered"

    def test_of_a_pdrop_call_date_is_the_dialling_and_the_answer_is_not_known(self):
        call = standard_call({"status": "PDROP", "user": "VDAD", "length_in_sec": "0"})
        assert call["outcome"] == "answered_unknown"
        assert call["dialled_ms"] == ms("2026-10-05T10:00:13+01:00")
        assert (call["answered_ms"], call["ended_ms"], call["ring_ms"]) == (None, None, None)

    def test_of_a_pdrop_the_carrier_saw_how_long_it_rang_and_when_it_ended(self):
        call = carrier_call(
            {"status": "PDROP", "user": "VDAD", "call_date": "2026-10-05 10:00:00", "length_in_sec": "0",
             "carrier log call_date": "2026-10-05 10:00:22", "carrier log dial_time": "22",
             "carrier log answered_time": "2"}
        )  # fmt: skip
        assert call["answered_ms"] is None
        assert call["ring_ms"] == 20_000
        assert call["ended_ms"] == ms("2026-10-05T10:00:22+01:00")

    def test_a_drop_ends_when_it_is_dropped_though_the_line_may_go_on_to_a_message(self):
        call = carrier_call(
            {"status": "DROP", "user": "VDAD", "length_in_sec": "5",
             "carrier log call_date": "2026-10-05 10:00:45"}
        )  # fmt: skip
        assert call["ended_ms"] == ms("2026-10-05T10:00:18+01:00")

    def test_times_are_on_the_clock_of_the_zone_in_summer_and_winter(self):
        dates = ("2026-07-01 12:00:00", "2026-12-01 12:00:00")
        found = calls_of(report(STANDARD, *(SALE | {"call_date": date} for date in dates)))
        assert [call["answered_ms"] for call in found] == [
            ms("2026-07-01T12:00:00+01:00"),
            ms("2026-12-01T12:00:00+00:00"),
        ]

    def test_the_source_says_which_zone(self):
        call = standard_call({"call_date": "2026-07-01 12:00:00"}, zone="Asia/Kolkata")
        assert call["answered_ms"] == ms("2026-07-01T12:00:00+05:30")

    def test_that_no_zone_was_given_is_noted(self):
        with a_store() as store:
            assert "Europe/London" in " ".join(store.load(report(STANDARD, SALE)).notes)

    def test_a_december_call_logged_in_january_was_dialled_the_year_before(self):
        (call,) = calls_of(
            report(
                EXTENDED_2,
                EXTENDED_SALE
                | {"call_date": "2027-01-01 00:00:08", "caller_code": "V12312359500000000077",
                   "dial_time": "", "answered_time": ""},
            )
        )  # fmt: skip
        assert call["dialled_ms"] == ms("2026-12-31T23:59:50+00:00")
        assert call["ring_ms"] == 18_000

    def test_a_january_call_is_of_the_year_it_is_logged_in(self):
        (call,) = calls_of(
            report(
                EXTENDED_2,
                EXTENDED_SALE
                | {"call_date": "2027-01-01 00:00:20", "caller_code": "V01010000020000000077",
                   "dial_time": "", "answered_time": ""},
            )
        )  # fmt: skip
        assert call["dialled_ms"] == ms("2027-01-01T00:00:02+00:00")

    def test_a_record_whose_call_date_is_none_is_rejected_and_the_others_stay(self):
        written = ("", "yesterday", "5 October 2026 10:00:13", "2026-02-30 10:00:00")
        with a_store() as store:
            rows = [CARRIER_SALE | {"call_date": date} for date in written]
            load = store.load(report(CARRIER, *rows, CARRIER_SALE))
            assert (load.accepted, load.rejected) == (1, 4)
            assert all("call_date" in reject.reason for reject in store.rejects())


class TestOutcomes:
    #: Written by the dialler under its own user, VDAD.
    BY_DIALLER: ClassVar = {
        "DROP": "dropped_by_dialler",
        "SRDROP": "dropped_by_dialler",
        "IVRXFR": "dropped_by_dialler",
        "PDROP": "answered_unknown",
        "XDROP": "excluded",
        "AA": "machine_by_amd",
        "AM": "machine_by_amd",
        "AL": "machine_by_amd",
        "AFAX": "fax",
        "AB": "busy",
        "NA": "not_answered",
        "ADC": "invalid_number",
        "ADCT": "invalid_number",
        "PU": "answered_unknown",
        "PM": "message_only",
        "SVYEXT": "message_only",
        "SVYVM": "message_only",
        "SVYHU": "message_only",
        "SVYREC": "message_only",
        "ADAIR": "answered_unknown",
        # Only an agent can tell these, and there was none.
        "A": "answered_unknown",
        "SALE": "answered_unknown",
    }
    BY_AGENT: ClassVar = {
        "A": "machine_by_agent",
        "AA": "machine_by_agent",
        "AM": "machine_by_agent",
        "AL": "machine_by_agent",
        "B": "busy",
        "N": "not_answered",
        "DC": "invalid_number",
        "DAIR": "answered_unknown",
        "SALE": "live_to_agent",
        "NI": "live_to_agent",
        "NP": "live_to_agent",
        "DEC": "live_to_agent",
        "DNC": "live_to_agent",
        "CALLBK": "live_to_agent",
        "XFER": "live_to_agent",
    }
    #: Site codes, and those of code paths that the status table does not list.
    UNKNOWN = ("WRNUM", "CPDNA", "HUC01", "ADCCAR", "LRERR", "TIMEOT", "QVMAIL", "NOTANS", "na")

    def outcomes_of(self, statuses: Any, user: str) -> dict[str, str]:
        found = carrier_calls(*({"status": status, "user": user} for status in statuses))
        return {call["disposition"]: call["outcome"] for call in found}

    def test_each_code_of_the_dialler_has_its_outcome(self):
        assert self.outcomes_of(self.BY_DIALLER, "VDAD") == self.BY_DIALLER

    def test_each_code_of_an_agent_has_its_outcome(self):
        assert self.outcomes_of(self.BY_AGENT, "agent7") == self.BY_AGENT

    def test_a_code_nobody_knows_is_answered_unknown_whatever_the_carrier_says(self):
        unanswered = {"carrier log dialstatus": "NOANSWER", "dialstatus": "NOANSWER"}
        rows = [
            CARRIER_SALE | unanswered | {"status": code, "caller_code": f"V1005100000{number:010}"}
            for number, code in enumerate(self.UNKNOWN)
        ]
        with a_store() as store:
            store.load(report(CARRIER, *rows, CARRIER_SALE))
            outcomes = {c["disposition"]: c["outcome"] for c in store.calls() if c["disposition"] != "SALE"}
            assert outcomes == dict.fromkeys(self.UNKNOWN, "answered_unknown")
            listed = {code: calls for _, code, calls in ledger.unknown_codes(store.connection)}
            assert listed == dict.fromkeys(self.UNKNOWN, 1)

    def test_the_diallers_own_users_are_no_agents(self):
        found = carrier_calls(*({"status": "DROP", "user": user} for user in ("VDAD", "VDCL", "", "agent7")))
        assert [call["agent"] for call in found] == [None, None, None, "agent7"]

    def test_a_machine_the_dialler_found_is_an_amd_result_and_one_an_agent_found_is_not(self):
        found = carrier_calls({"status": "AA", "user": "VDAD"}, {"status": "A"})
        assert [call["amd"] for call in found] == ["machine", None]

    def test_a_drop_is_read_by_its_term_reason(self):
        expected = {
            "QUEUETIMEOUT": ("dropped_by_dialler", "dialler"),
            "ABANDON": ("callee_hung_up_waiting", "callee"),
            # The drop action was a call menu: its CALLMENUXFER is not in the ENUM, so MySQL kept ''.
            "": ("dropped_by_dialler", None),
            "NONE": ("dropped_by_dialler", None),
        }
        assert ended("DROP", "VDAD", expected) == expected

    def test_a_drop_of_a_layout_without_term_reason_is_the_diallers(self):
        assert carrier_call({"status": "DROP", "user": "VDAD"})["outcome"] == "dropped_by_dialler"
        assert standard_call({"status": "DROP", "user": "VDAD"})["outcome"] == "dropped_by_dialler"

    def test_who_hung_up_a_call_that_an_agent_had_is_kept(self):
        expected = {"CALLER": ("live_to_agent", "callee"), "AGENT": ("live_to_agent", "agent")}
        assert ended("SALE", "agent7", expected) == expected

    def test_the_caller_code_says_whether_a_call_was_dialled_by_hand(self):
        codes = ("V10051000000000000077", "M10051000000000000077", "")
        found = carrier_calls(*({"caller_code": code, "dial log caller_code": ""} for code in codes))
        assert [call["dial_mode"] for call in found] == ["auto", "manual", None]

    def test_an_inbound_call_is_excluded(self):
        codes = {"caller_code": "Y10051000000000000077", "dial log caller_code": ""}
        assert carrier_call(codes)["outcome"] == "excluded"


class TestNumbers:
    def test_a_number_is_the_phone_code_and_what_was_dialled(self):
        expected = {
            ("44", "7700900123"): "+447700900123",
            ("44", "07700900123"): "+447700900123",
            ("353", "850123456"): "+353850123456",
            ("1", "2025550123"): "+12025550123",
            ("", "02079460123"): "+442079460123",
            ("", "1115"): "1115",
        }
        found = carrier_calls(*({"phone_code": c, "phone_number_dialed": n} for c, n in expected))
        assert [call["dialled_number"] for call in found] == list(expected.values())

    def test_the_presented_number_is_that_of_the_dial_log(self):
        expected = {
            r"\"V10051000000000000077\" <02079460123>": "+442079460123",
            r"\"V10051000000000000077\" <442079460123>": "+442079460123",
            r"\"V10051000000000000077\" <+442079460123>": "+442079460123",
            r"\"V10051000000000000077\" <0000000000>": None,  # the default campaign_cid
            "": None,
        }
        found = carrier_calls(*({"dial log outbound_cid": cid} for cid in expected))
        assert [call["presented_number"] for call in found] == list(expected.values())


class TestIdentity:
    def test_a_call_is_named_by_its_caller_code(self):
        assert carrier_call()["call_id"] == "V10051000000000000077"

    def test_else_by_its_server_and_unique_id_which_two_servers_share(self):
        row = EXTENDED_SALE | {"caller_code": ""}
        export = report(EXTENDED_2, row, row | {"server_ip": "192.0.2.11"})
        assert [call["call_id"] for call in calls_of(export)] == [
            "192.0.2.10-1791190800.55",
            "192.0.2.11-1791190800.55",
        ]

    def test_else_by_when_whom_and_which_lead(self):
        later = {"call_date": "2026-10-05 10:00:14"}
        other = {"lead_id": "78"}
        with a_store() as store:
            load = store.load(report(STANDARD, SALE, SALE | later, SALE | other, SALE))
            assert (load.accepted, load.duplicate) == (3, 1)


class TestText:
    def test_a_quote_is_a_character_and_ends_no_record(self):
        rows = [
            EXTENDED_SALE | {"comments": '5" pipe', "caller_code": f"V1005100000{number:010}"}
            for number in range(5)
        ]
        assert len(calls_of(report(EXTENDED_2, *rows))) == 5

    def test_the_carrier_variant_escapes_with_backslashes(self):
        call = carrier_call({"campaign_id": r"O\'Brien \\ Co", "user": r"d\'arcy"})
        assert (call["campaign"], call["agent"]) == (r"O'Brien \ Co", "d'arcy")

    def test_the_nameless_last_column_of_the_carrier_header_is_no_fault(self):
        with a_store() as store:
            load = store.load(report(CARRIER, CARRIER_SALE))
            assert (load.format, load.layout, load.accepted) == ("vicidial", "carrier", 1)

    def test_a_record_cut_off_before_what_is_read_of_it_is_rejected(self):
        export = report(CARRIER, CARRIER_SALE, CARRIER_SALE | {"caller_code": "V10051000010000000078"})
        with a_store() as store:
            load = store.load(export[: export.rindex("\t2026-10-05 10:00:00")])
            assert (load.accepted, load.rejected) == (1, 1)
            assert "fewer fields" in store.rejects()[0].reason

    def test_the_comma_variant_quotes_what_needs_it(self):
        (call,) = calls_of(
            "call_date,phone_number_dialed,status,user,campaign_id,comments,length_in_sec\n"
            '2026-10-05 10:00:13,07700900123,SALE,agent7,"SALES, North","say ""hi""",32\n'
        )
        assert call["campaign"] == "SALES, North"
        assert call["ended_ms"] == ms("2026-10-05T10:00:45+01:00")

    def test_a_comment_of_the_comma_variant_may_have_more_lines_than_one(self):
        export = (
            "call_date,phone_number_dialed,status,user,comments,campaign_id,length_in_sec\n"
            '2026-10-05 10:00:13,07700900123,SALE,agent7,"first\nsecond",SALES1,32\n'
            "2026-10-05 10:00:14,07700900124,NI,agent8,,SALES1,9\n"
        )
        assert [call["outcome"] for call in calls_of(export)] == ["live_to_agent", "live_to_agent"]

    def test_variants_are_told_apart_by_their_headers(self):
        with a_store() as store:
            assert store.load(report(STANDARD, SALE), "a").layout == "standard"
            assert store.load(report(EXTENDED_2, EXTENDED_SALE), "b").layout == "standard"
            assert store.load(report(CARRIER, CARRIER_SALE), "c").layout == "carrier"


class TestSettings:
    def test_campaign_and_call_centre_may_come_from_other_columns(self):
        call = carrier_call(campaign_from="list_id", call_centre_from="user_group")
        assert (call["campaign"], call["call_centre"]) == ("998", "LEEDS")

    def test_such_a_column_is_freed_of_its_backslashes_too(self):
        call = carrier_call({"user_group": r"King\'s Lynn"}, call_centre_from="user_group")
        assert call["call_centre"] == "King's Lynn"

    def test_what_the_source_says_of_all_its_calls_comes_first(self):
        call = carrier_call(campaign="ALL", campaign_from="list_id", call_centre="York", partner="north")
        assert (call["campaign"], call["call_centre"], call["partner"]) == ("ALL", "York", "north")

    def test_the_disposition_may_come_from_another_column(self):
        call = carrier_call({"comments": "NA"}, disposition_from="comments")
        assert (call["disposition"], call["outcome"]) == ("NA", "not_answered")

    def test_an_empty_one_leaves_the_status_to_decide(self):
        call = carrier_call({"comments": ""}, disposition_from="comments")
        assert (call["disposition"], call["outcome"]) == ("SALE", "live_to_agent")

    def test_codes_of_the_site_are_added_and_override(self):
        with a_store() as store:
            rows = [
                CARRIER_SALE | {"status": code, "user": "VDAD", "caller_code": f"V1005100000{n:010}"}
                for n, code in enumerate(("NOREPL", "NI", "AB"))
            ]
            store.load(report(CARRIER, *rows), codes={"NOREPL": "not_answered", "NI": "excluded"})
            assert {c["disposition"]: c["outcome"] for c in store.calls()} == {
                "NOREPL": "not_answered",
                "NI": "excluded",
                "AB": "busy",
            }
            assert ledger.unknown_codes(store.connection) == []

    def test_a_column_that_is_not_there_is_named_with_those_that_are(self):
        with a_store() as store, pytest.raises(AuditorError, match=r"campaign_from = 'camp'.*campaign_id"):
            store.load(report(STANDARD, SALE), campaign_from="camp")
