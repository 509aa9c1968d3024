"""The calls behind a verdict: those it turns on and no others, looked up by their ids, numbers masked."""

from __future__ import annotations

from calls import audited, calls, law, row
from hypothesis import given
from report_document import DAY, NEXT, STAMP, document, good, over, silent
from test_oracle import PERIOD, records_of, some

from auditor.audit import samples
from auditor.report.branding import Branding
from auditor.report.calls import MAX_CALLS, calls_of
from auditor.report.html import render_html
from auditor.report.view import view_of

DROP = "dropped_by_dialler"


def ids(result):
    return [(call["counts"], call["call_id"]) for call in result["sample"]]


def named(name, outcome, at="2012-05-08T12:00:00.000+00:00", **facts):
    (record,) = calls(1, outcome, at=at, **facts)
    return record | {"call_id": name}


class TestTheAudit:
    def test_a_silent_call_is_named_with_what_its_record_says(self):
        dropped = named(
            "d1", DROP, message="none", dialled_number="+447700900123", precision_ms="1",
            answered_at="2012-05-08T12:00:10.250+00:00", ended_at="2012-05-08T12:00:12.000+00:00",
        )  # fmt: skip
        (call,) = law(audited([dropped, *calls(9, "live_to_agent")]), "silent-calls")["sample"]
        assert (call["counts"], call["tally"], call["call_id"]) == ("counted", "silent", "d1")
        assert call["number"].endswith("•123")
        assert "0900" not in call["number"]
        # On the regulator's clock, to the millisecond.
        assert call["dialled_at"] == "2012-05-08T13:00:00.000+01:00"
        assert call["answered_at"] == "2012-05-08T13:00:10.250+01:00"
        assert (call["load_id"], call["source_row"]) == (1, 1)

    def test_times_are_as_fine_as_they_are_known(self):
        dropped = named("d1", DROP, message="none", precision_ms="1000")
        (call,) = law(audited([dropped]), "silent-calls")["sample"]
        assert call["dialled_at"] == "2012-05-08T13:00:00+01:00"

    def test_what_passes_needs_no_calls(self):
        found = audited(calls(5, DROP, message="played") + calls(500, "live_to_agent"))
        assert not any(result["sample"] for result in found["results"] if result["verdict"] == "pass")

    def test_a_rate_over_the_limit_names_the_drops_and_a_doubt_those_in_doubt(self):
        found = audited(
            [named("d1", DROP, message="played"), named("h1", "callee_hung_up_waiting"),
             *calls(9, "live_to_agent")]
        )  # fmt: skip
        assert ids(law(found)) == [("counted", "d1"), ("doubtful", "h1")]

    def test_the_first_of_many_are_shown(self):
        drops = [
            named(f"d{n:02}", DROP, f"2012-05-08T12:00:{59 - n:02}.000+00:00", message="none")
            for n in range(15)
        ]
        shown = ids(law(audited(drops), "silent-calls"))
        assert shown == [("counted", f"d{n:02}") for n in range(14, 4, -1)]

    def test_a_call_that_somebody_answers_for_is_in_no_doubt(self):
        attestation = {
            "partner": "a", "from": "2012-05-01", "to": "2012-05-31", "says": "message_played",
            "evidence": "drop action AUDIO", "signed_by": "Head of Compliance",
        }  # fmt: skip
        records = [named("a1", DROP, partner="a"), named("b1", DROP, partner="b")]
        found = row(
            audited(records, attestation=[attestation]), "silent-calls", scope="campaign", basis="law"
        )
        assert (found["doubtful"], ids(found)) == ("1", [("doubtful", "b1")])

    def test_of_a_repeat_the_later_call_is_named(self):
        first = named("d1", DROP, message="played", dialled_number="+447700900123")
        again = named("r1", "live_to_agent", "2012-05-09T12:00:00.000+00:00", dialled_number="+447700900123")
        other = named("x1", "live_to_agent", "2012-05-09T12:00:00.000+00:00")
        found = audited([first, again, other])
        telling = [r for r in found["results"] if r["rule"] == "repeat-after-abandoned" and r["sample"]]
        assert telling
        assert {call_id for result in telling for _, call_id in ids(result)} == {"r1"}

    def test_of_a_repeat_the_call_before_it_is_named_too(self):
        to = {"dialled_number": "+447700900123"}
        records = [
            named("d1", DROP, "2012-05-06T12:00:00.000+00:00", message="played", partner="bob", **to),
            named("d2", DROP, "2012-05-07T12:00:00.000+00:00", message="played", partner="bob", **to),
            named("n1", "not_answered", "2012-05-07T14:00:00.000+00:00", partner="bob", **to),
            named("r1", "live_to_agent", "2012-05-08T12:00:00.000+00:00", partner="ann", **to),
            named("r2", "live_to_agent", "2012-05-08T14:00:00.000+00:00", partner="ann", **to),
        ]

        def before(document):
            (found,) = (
                r for r in document["results"]
                if r["rule"] == "repeat-after-abandoned" and r["scope"] == "partner" and r["partner"] == "ann"
            )  # fmt: skip
            return [(call["call_id"], call["after"]) for call in found["sample"]]

        d2 = {
            "partner": "bob", "dialled_at": "2012-05-07T13:00:00.000+01:00", "call_id": "d2", "load_id": 1,
            "source_row": 2,
        }  # fmt: skip
        assert before(audited(records)) == [("r1", d2), ("r2", d2)]
        # What another partner did is none of Ann's business, but that it was not hers is.
        nobody = dict.fromkeys(d2)
        assert before(audited(records, only_partner="ann")) == [("r1", nobody), ("r2", nobody)]
        found = audited(records, partner=[{"id": "ann"}, {"id": "bob"}])
        lines = [call.after for b in view_of(found).breaches + view_of(found).doubts for call in b.calls]
        assert lines[-1] == "after call d2 of bob, dialled Mon 7 May 13:00:00.000 (load 1, record 2)"
        own = audited(records, only_partner="ann", partner=[{"id": "ann"}, {"id": "bob"}])
        lines = [call.after for b in view_of(own).breaches + view_of(own).doubts for call in b.calls]
        assert lines[-1] == "after an earlier call for the client, not of this partner"

    def test_of_two_calls_of_one_moment_it_is_the_abandoned_one(self):
        to = {"dialled_number": "+447700900123"}
        records = [
            named("a1", "not_answered", "2012-05-07T12:00:00.000+00:00", partner="ann", **to),
            named("b1", DROP, "2012-05-07T12:00:00.000+00:00", message="played", partner="bob", **to),
            named("b2", "live_to_agent", "2012-05-08T12:00:00.000+00:00", partner="bob", **to),
        ]
        told = {
            call["after"]["call_id"]
            for r in audited(records)["results"] for call in r["sample"] if call["after"]
        }  # fmt: skip
        assert told == {"b1"}

    def test_the_call_before_is_one_of_the_same_client(self):
        to = {"dialled_number": "+447700900123"}
        records = [
            named("d1", DROP, "2012-05-07T12:00:00.000+00:00", message="played", client="X", **to),
            named("d2", DROP, "2012-05-07T13:00:00.000+00:00", message="played", client="Y", **to),
            named("r1", "live_to_agent", "2012-05-08T12:00:00.000+00:00", client="X", **to),
        ]
        told = {
            (call["call_id"], call["after"]["call_id"])
            for r in audited(records)["results"] for call in r["sample"] if call["after"]
        }  # fmt: skip
        assert told == {("r1", "d1")}

    def test_calls_that_detection_ended_are_behind_a_doubt_that_no_estimate_settles(self):
        ended = [named(f"m{n}", "machine_by_amd") for n in range(3)]
        (unknown,) = audited(ended + calls(50, "live_to_agent"), campaign="SALES1")["results"][:1]
        assert ids(unknown) == [("doubtful", "m0"), ("doubtful", "m1"), ("doubtful", "m2")]
        assert unknown["sample_of"] == {"counted": 0, "doubtful": 3}
        without = row(audited(ended), "reasoned-estimate", basis="law", scope="campaign")
        assert ids(without) == [("counted", "m0"), ("counted", "m1"), ("counted", "m2")]

    def test_but_not_those_that_an_estimate_speaks_of(self):
        ended = [named("a1", "machine_by_amd", partner="ann"), named("b1", "machine_by_amd", partner="bob")]
        estimate = {
            "campaign": "SALES1", "partner": "ann", "from": "2012-05-01", "to": "2012-05-31",
            "base": "machine", "false_positives": 1, "sample": 100, "signed_by": "Head of Compliance",
        }  # fmt: skip
        found = audited(ended + calls(9, "live_to_agent"), estimate=[estimate])
        assert ids(law(found)) == [("doubtful", "b1")]
        assert law(found)["sample_of"] == {"counted": 0, "doubtful": 1}

    def test_a_repeat_to_no_public_number_is_named_too(self):
        found = audited(
            [named("d1", DROP, message="played"), named("n1", "live_to_agent", dialled_number="1001")]
        )
        telling = [r for r in found["results"] if r["rule"] == "repeat-after-abandoned" and r["sample"]]
        assert {call_id for result in telling for _, call_id in ids(result)} == {"n1"}

    def test_a_document_has_room_for_so_many_and_failures_come_first(self, monkeypatch):
        records = calls(3, DROP, message="none", campaign="S") + calls(3, DROP, campaign="A")
        whole = [r for r in audited(records)["results"] if r["sample"]]
        assert {r["verdict"] for r in whole} == {"fail", "undecided"}
        failing = sum(len(r["sample"]) for r in whole if r["verdict"] == "fail")
        for room, shown in ((failing, failing), (failing + 1, failing), (failing - 1, failing - 3)):
            monkeypatch.setattr(samples, "MOST", room)
            found = [r for r in audited(records)["results"] if r["sample"]]
            assert {r["verdict"] for r in found} <= {"fail"}
            assert sum(len(r["sample"]) for r in found) == shown

    def test_the_worst_campaigns_are_served_before_views_of_the_same_calls(self, monkeypatch):
        records = calls(3, DROP, message="played", campaign="A", call_centre="Leeds", partner="ann")
        records += calls(30, "live_to_agent", campaign="A", call_centre="Leeds", partner="ann")
        records += calls(9, DROP, message="played", campaign="B", call_centre="Leeds", partner="ann")
        records += calls(9, "live_to_agent", campaign="B", call_centre="Leeds", partner="ann")
        monkeypatch.setattr(samples, "MOST", 9)
        told = [(r["scope"], r["campaign"]) for r in audited(records)["results"] if r["sample"]]
        assert told == [("campaign", "B")]

    def test_a_partner_sees_its_own_calls_alone(self):
        records = [
            named("a1", DROP, message="none", partner="ann"),
            named("b1", DROP, message="none", partner="bob"),
        ]
        seen = audited(records, only_partner="ann")
        assert {c["call_id"] for r in seen["results"] for c in r["sample"]} == {"a1"}

    @some
    @given(records_of)
    def test_as_many_are_named_as_count_and_all_are_of_the_unit_and_day(self, records):
        by_id = {record["call_id"]: record for record in records}
        for result in audited(records, PERIOD)["results"]:
            told = [by_id[call["call_id"]] for call in result["sample"]]
            for name in ("partner", "campaign"):
                assert all(record[name] == result[name] for record in told if result[name] is not None)
            assert all(call["dialled_at"].startswith(result["from"]) for call in result["sample"])
            if result["verdict"] not in ("fail", "undecided"):
                assert told == []
            elif result["rule"] not in ("abandoned-call-rate", "reasoned-estimate"):
                for kind in ("counted", "doubtful"):
                    shown = sum(call["counts"] == kind for call in result["sample"])
                    assert shown == min(samples.SHOWN, int(result[kind])), (result["rule"], kind)


class TestTheReport:
    def test_a_breach_tells_its_calls_as_an_officer_reads_them(self):
        dropped = named(
            "d1", DROP, f"{DAY}T12:00:00.000+00:00", message="none", partner="ann", disposition="DROP",
            answered_at=f"{DAY}T12:00:10.250+00:00", ended_at=f"{DAY}T12:00:12.000+00:00",
        )  # fmt: skip
        found = document([dropped, *good()])
        (breach,) = (b for b in view_of(found).breaches if b.title == "Silent calls")
        (call,) = breach.calls
        assert (f"{call.day} {call.clock}", call.call_id, call.record) == (
            "Mon 5 Oct 13:00:00.000",
            "d1",
            "load 1, record 1",
        )
        assert breach.calls_in_all == 1
        assert "Ann Ltd (1 of 101)" in render_html(found, Branding(name="X"), STAMP, for_print=True)
        assert (call.outcome, call.code) == ("ended by the dialler", "DROP")
        assert (call.rang, call.message, call.agent, call.ended) == ("10.25 s", "none", "–", "1.75 s")
        assert call.counts == "certain: silent"

    def test_of_a_call_that_nobody_answered_times_are_since_the_dialling(self):
        rang = named(
            "r1", "not_answered", ring_ms="9000", ended_by="dialler", ended_at="2012-05-08T12:00:09.000+00:00"
        )
        (call,) = calls_of([law(audited([rang]), "ring-time")])
        assert (call.rang, call.message, call.ended) == ("9 s", "–", "9 s")

    def test_of_several_days_the_certain_calls_come_first_and_ten_at_most(self):
        breaches = view_of(document(silent() + silent(day=NEXT) + over(campaign="B"))).breaches
        assert all(len(breach.calls) <= MAX_CALLS for breach in breaches)
        (both,) = (b for b in breaches if b.title == "Silent calls")
        assert [call.day for call in both.calls] == ["Mon 5 Oct", "Tue 6 Oct"]

    def test_a_table_of_calls_says_of_how_many(self):
        page = render_html(document(over() + silent(day=NEXT)), Branding(name="X"), STAMP, for_print=True)
        assert "All 10 calls;" in page
        assert "The call;" in page
        many = calls(30, "dropped_by_dialler", DAY, message="none", partner="ann")
        page = render_html(document(many), Branding(name="X"), STAMP, for_print=True)
        assert ">10 of 30 calls;" in page

    def test_a_doubt_tells_the_calls_that_are_in_doubt(self):
        found = view_of(document(calls(60, "live_to_agent", DAY) + calls(3, "machine_by_amd", DAY)
                                 + calls(1, "dropped_by_dialler", DAY, message="played")))  # fmt: skip
        (doubt,) = (d for d in found.doubts if "machine detection" in d.cause)
        assert {call.counts for call in doubt.calls} == {"doubtful: amd machine"}

    def test_a_doubt_of_a_campaign_and_of_its_call_centre_counts_each_call_once(self):
        records = calls(94, "live_to_agent", DAY, partner="ann", call_centre="Leeds")
        records += calls(6, "answered_unknown", DAY, partner="ann", call_centre="Leeds", message="played")
        # Another campaign there has doubtful calls of the kind, but fails whatever they were.
        records += calls(90, "live_to_agent", DAY, "B", partner="ann", call_centre="Leeds")
        records += calls(10, DROP, DAY, "B", partner="ann", call_centre="Leeds", message="played")
        records += calls(
            3, "answered_unknown", DAY, "B", partner="ann", call_centre="Leeds", message="played"
        )
        found = view_of(document(records))
        (doubt,) = (
            d for d in found.doubts if any("abandoned" in key for v in d.verdicts for key in v if key)
        )
        assert (len(doubt.calls), doubt.calls_in_all) == (6, 6)

    def test_no_whole_number_is_on_any_page(self):
        records = over() + silent(day=NEXT)
        found = document(records)
        page = render_html(found, Branding(name="X"), STAMP, for_print=True)
        assert "•••" in page
        assert not any(record["dialled_number"][1:] in page for record in records)


class TestTheHeatMap:
    def test_every_day_with_calls_is_a_square_the_worst_campaign_first(self):
        found = view_of(document(good(campaign="A") + over(campaign="B") + good(campaign="B", day=NEXT)))
        assert found.heat is not None
        assert found.heat.count("<rect") == 3
        assert found.heat.index(">B<") < found.heat.index(">A<")
        assert "B: 1 over the limit, 0 undecided, of 2 days with calls; A: 0 over" in found.heat

    def test_a_single_day_or_several_years_have_no_picture(self):
        one_day = audited(calls(1, "live_to_agent"), "2012-05-08")
        years = audited(calls(1, "live_to_agent"), "2012-01-01..2013-12-31")
        assert view_of(one_day).heat is None
        assert view_of(years).heat is None

    def test_more_campaigns_than_can_be_read_are_counted(self):
        records = [r for n in range(33) for r in calls(1, "live_to_agent", DAY, f"C{n:02}")]
        found = view_of(document(records))
        assert found.heat_left_out == 3
        assert "3 further campaigns" in render_html(
            document(records), Branding(name="X"), STAMP, for_print=True
        )
