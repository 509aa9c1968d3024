"""What an audit says beside its verdicts: what was not tested, how good the data are, what was applied."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from calls import audited, calls, law

from auditor.audit.audit import judge, select
from auditor.audit.document import as_document, as_json
from auditor.audit.numbers import percent_text
from auditor.audit.rules import judge_rule
from auditor.audit.scan import Cell
from auditor.audit.units import Given
from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.period import parse_period
from auditor.rulebook.model import Workings
from auditor.rulebook.packs import pack_named
from auditor.settings import Config
from auditor.sources.load import load_file
from auditor.sources.source import Source
from auditor.store.store import open_store, store_path
from auditor.workspace import Workspace


def gaps(document) -> dict[str, str]:
    return {gap["what"]: gap["why"] for gap in document["not_tested"]}


def test_rejected_records_are_not_guessed_into_rates_but_listed():
    document = audited(calls(97, "live_to_agent") + calls(2, "chatted"))
    assert document["calls"] == {"read": 99, "accepted": 97, "rejected": 2, "duplicate": 0, "audited": 97}
    assert "rejected when it was loaded: outcome is none of" in gaps(document)["2 records of calls.csv"]


def test_a_code_that_no_table_knows_is_doubtful_and_listed(tmp_path):
    export = tmp_path / "cdr.csv"
    export.write_text(
        "calldate,src,dst,duration,billsec,disposition\n2012-05-08 12:00:00,100,07700900123,30,20,UNKNOWN\n"
    )
    with open_store(store_path(tmp_path), write=True) as connection:
        load_file(connection, export, Source(campaign="SALES1"), name="cdr.csv")
        judged = judge(connection, Workspace(tmp_path, Config()), parse_period("2012-05"), ("uk-ofcom",))
        document = as_document(select(connection, judged))
    assert "what became of 1 call with the code 'UNKNOWN' in cdr.csv" in gaps(document)
    assert "when an agent was connected" in gaps(document)["what exports in the format asterisk cannot show"]
    doubtful = {r["rule"] for r in document["results"] if r["verdict"] == "undecided"}
    assert doubtful >= {"abandoned-call-rate", "silent-calls", "information-message"}


def test_calls_that_may_be_missing_from_an_export_are_not_passed_over(tmp_path):
    days = [f"2012-05-{day:02}" for day in (7, 8, 9, 10, 11, 14, 15, 16, 17, 18)]
    records = [c for d in days for c in calls(5 if d.endswith("15") else 60, "live_to_agent", d)]
    (gap,) = [why for what, why in gaps(audited(records, "2012-05")).items() if "may be missing" in what]
    assert "suspiciously few calls on 2012-05-15 (5, where 60 are usual)" in gap


def test_the_quality_of_the_data_is_told_in_figures():
    records = (
        calls(5, "live_to_agent", dial_mode="auto", precision_ms=1)
        + calls(2, "live_to_agent", dial_mode="manual", precision_ms=1000)
        + calls(1, "excluded", dial_mode="auto", precision_ms=1)
        + calls(1, "answered_unknown", precision_ms=60000)
    )
    figures = {q["what"]: q["figure"] for q in audited(records)["data_quality"]}
    assert figures == {
        "Answered calls of unknown outcome": "1 of 9 calls",
        "Calls timed to a whole second or coarser": "3 of 9 calls",
        "Calls of unknown dialling mode": "1 of 9 calls",
        "Calls dialled by hand or after a preview": "2 of 9 calls",
        "Calls left out by their result": "1 of 9 calls",
        "Calls exported again with other content": "0",
        "Days with no call": "30 of 31 days",
    }


def test_calls_of_no_campaign_are_judged_together_and_that_is_said(tmp_path):
    export = tmp_path / "cdr.csv"
    export.write_text(
        "calldate,src,dst,duration,billsec,disposition\n2012-05-08 12:00:00,1,07700900123,9,0,NO ANSWER\n"
    )
    with open_store(store_path(tmp_path), write=True) as connection:
        load_file(connection, export, Source(), name="cdr.csv")
        judged = judge(connection, Workspace(tmp_path, Config()), parse_period("2012-05"))
        document = as_document(select(connection, judged))
    assert "the campaign of 1 call" in gaps(document)
    assert {r["campaign"] for r in document["results"]} == {None}
    assert len(document["results"]) == len(document["rules"])


def test_a_partner_of_the_workspace_without_a_call_is_missed():
    tables = {"partner": [{"id": "ann"}, {"id": "bob"}]}
    found = gaps(audited(calls(1, "live_to_agent", partner="ann"), **tables))
    assert "make sure that no export is missing" in found["every call of partner bob"]
    assert "every call of partner ann" not in found
    # To ann, bob is nobody's business.
    assert "bob" not in str(
        gaps(audited(calls(1, "live_to_agent", partner="ann"), only_partner="ann", **tables))
    )


def test_what_the_pack_does_not_model_is_said_every_time():
    found = gaps(audited(calls(1, "live_to_agent")))
    assert found["Ofcom: that records are kept for at least six months"] == "not in this rulebook yet"


def test_the_document_names_the_rules_their_versions_and_how_far_each_was_verified():
    document = audited(calls(1, "live_to_agent"))
    (pack,) = document["packs"]
    assert (pack["id"], pack["time_zone"], len(pack["sha256"])) == ("uk-ofcom", "Europe/London", 64)
    rules = {rule["rule"]: rule for rule in document["rules"]}
    assert [v["id"] for v in rules["abandoned-call-rate"]["versions"]] == ["2006", "2008", "2010", "2016"]
    assert {v["status"] for v in rules["silent-calls"]["versions"]} == {"secondary", "read"}
    assert as_json(document).endswith("}\n")


def test_the_hash_of_the_data_changes_with_the_data():
    one, other = calls(2, "live_to_agent"), calls(3, "live_to_agent")
    assert audited(one)["data_sha256"] == audited(one)["data_sha256"]
    assert audited(one)["data_sha256"] != audited(other)["data_sha256"]


def test_a_house_limit_for_a_rule_there_is_not_is_an_error():
    table = [{"rule": "uk-ofcom/abandoned", "limit": "1/100"}]
    with pytest.raises(AuditorError, match="there is no rule 'uk-ofcom/abandoned': write one of"):
        audited(calls(1, "live_to_agent"), house_limit=table)


def test_a_reading_that_a_rule_does_not_have_is_an_error():
    for rule, use, said in (
        ("uk-ofcom/information-message", "sneeze", "has no reading 'sneeze': choose from answered, speech"),
        ("uk-ofcom/ring-time", "answered", "this rule has one reading only"),
        ("uk-ofcom/ringing", "answered", "there is no rule 'uk-ofcom/ringing': write one of"),
    ):
        with pytest.raises(AuditorError, match=said):
            audited(calls(1, "live_to_agent"), reading=[{"rule": rule, "use": use}])


def test_which_reading_was_used_is_in_every_verdict_and_in_the_document():
    records = calls(1, "dropped_by_dialler", message="played")
    table = [{"rule": "uk-ofcom/information-message", "use": "speech"}]
    for tables, used in (({}, "answered"), ({"reading": table}, "speech")):
        document = audited(records, **tables)
        rule = next(r for r in document["rules"] if r["rule"] == "information-message")
        assert (rule["reading"]["used"], rule["reading"]["default"]) == (used, used == "answered")
        reason = law(document, "information-message")["reason"]
        begin = {"answered": "the call was answered", "speech": "the person began to speak"}
        assert f"Timed from the moment {begin[used]};" in reason
        assert "it is 0 late messages" in reason


def test_two_readings_or_two_limits_for_one_rule_are_an_error():
    readings = [{"rule": "uk-ofcom/information-message", "use": use} for use in ("speech", "answered")]
    with pytest.raises(AuditorError, match="reading: there are two for uk-ofcom/information-message"):
        audited(calls(1, "live_to_agent"), reading=readings)


def test_repeats_of_calls_before_what_is_loaded_are_said_to_be_untested():
    title = "Repeat calls within 72 hours of an abandoned call"
    what = f"{title}: calls that repeat one made before 7 May 2012"
    records = calls(1, "live_to_agent", "2012-05-07") + calls(1, "live_to_agent", "2012-05-08")
    assert not any(title in said for said in gaps(audited(records, "2012-05-08")))
    found = audited(records, "2012-05-07..2012-05-08")
    assert "the store holds no call of the days just before" in gaps(found)[what]
    assert [gap["rule"] for gap in found["not_tested"] if gap["rule"]] == ["uk-ofcom/repeat-after-abandoned"]


def test_a_formula_that_fits_no_day_or_divides_by_zero_is_named():
    pack = pack_named("uk-ofcom", QUERYABLE)
    rule = next(rule for rule in pack.rules if rule.id == "silent-calls")
    tallies = {(pack.id, rule.id, name): 0 for name in rule.tally}
    cells = [Cell(date(2012, 5, 8), None, None, None, "SALES1", 1, tallies)]
    for changes, said in (
        ({"when": "silent > 0"}, "none of its formulas applies to the calls of 2012-05-08"),
        ({"counted": "1 / silent"}, "formula 'silent calls' divides by zero over the calls of 2012-05-08"),
    ):
        formula = Workings.model_validate(rule.formulas[0].model_dump(exclude_none=True) | changes)
        broken = rule.model_copy(update={"formulas": (formula,)})
        with pytest.raises(AuditorError, match=said):
            list(judge_rule(pack, broken, cells, Given(), None, None))


def test_the_law_around_the_rules_is_that_of_the_period():
    for day, penalty in (("2006-04-05", "£5,000."), ("2006-04-06", "£50,000"), ("2010-09-24", "£50,000"),
                         ("2010-09-25", "£2,000,000.")):  # fmt: skip
        (pack,) = audited(calls(1, "live_to_agent", day), day)["packs"]
        said = [c["says"] for c in pack["context"] if c["title"] == "Maximum penalty"]
        assert len(said) == 1
        assert said[0].startswith(penalty)


def test_a_count_without_a_limit_is_reported_and_not_judged():
    pack = pack_named("uk-ofcom", QUERYABLE)
    silent = next(rule for rule in pack.rules if rule.id == "silent-calls")
    version = silent.versions[-1].model_copy(update={"limit": None})
    rule = silent.model_copy(update={"versions": (version,), "house": None})
    tallies = {(pack.id, rule.id, name): 3 if name in ("silent", "answered") else 0 for name in rule.tally}
    cell = Cell(date(2026, 10, 5), None, None, None, "SALES1", 3, tallies)
    (result,) = judge_rule(pack, rule, [cell], Given(), None, None)
    assert (result.verdict, result.reason) == ("not_applicable", "3 silent calls among 3 answered calls.")


def test_an_unverified_provision_says_so_in_every_reason():
    pack = pack_named("uk-ofcom", QUERYABLE)
    rule = pack.rules[0]
    version = rule.version_on(date(2012, 5, 8)).model_copy(update={"status": "unverified"})
    tallies = {(pack.id, rule.id, name): 97 if name == "live" else 0 for name in rule.tally}
    cell = Cell(date(2012, 5, 8), None, None, None, "SALES1", 97, tallies)
    rule = rule.model_copy(update={"versions": (version,)})
    (result,) = judge_rule(pack, rule, [cell], Given(), None, None)
    assert result.reason.endswith("Nobody has verified the provision this rests on.")


def test_days_of_a_policy_that_a_pack_does_not_model_are_undecided():
    pack = pack_named("uk-ofcom", QUERYABLE)
    rule = pack.rules[0].model_copy(update={"versions": pack.rules[0].versions[2:]})
    tallies = {(pack.id, rule.id, name): 0 for name in rule.tally}
    days = [date(2006, 2, 28), date(2006, 3, 1), date(2010, 9, 30)]
    cells = [Cell(day, None, None, None, "SALES1", 1, tallies) for day in days]
    found = [r for r in judge_rule(pack, rule, cells, Given(), None, None) if r.unit.scope == "campaign"]
    assert [r.verdict for r in found] == ["not_in_force", "undecided", "undecided"]
    assert "not in this rulebook, which begins on 2010-10-01" in found[1].reason


def test_a_percentage_stops_at_eight_decimals():
    assert percent_text(Fraction(3, 100) + Fraction(1, 10**14), Fraction(3, 100)) == "3.00000000%"


def test_a_store_without_calls_says_so(tmp_path):
    with open_store(store_path(tmp_path), write=True) as connection:
        judged = judge(connection, Workspace(tmp_path, Config()), parse_period("2012-05"))
        with pytest.raises(AuditorError, match="the store holds no calls; load the exports first"):
            select(connection, judged)
