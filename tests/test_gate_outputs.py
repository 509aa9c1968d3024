"""What pipelines read: SARIF, JUnit and annotations, of the gate and of an audit alike."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from gates import GOOD, TODAY, checks, gated, written
from junitparser import Error, Failure, JUnitXml, Skipped
from report_document import document, doubtful, good, over, silent
from sarif_pydantic import Sarif

from auditor.cli.pipeline import judged_units, notices_of
from auditor.gate import github, sarif
from auditor.gate.entry import Place
from auditor.gate.github import as_annotations, as_step_summary
from auditor.gate.junit import as_junit
from auditor.gate.notice import Notice, of_fault, of_finding
from auditor.gate.sarif import as_sarif

HOSTILE = "a|b`c`\n::error::<x>\x00 %0A é"


@pytest.fixture
def notices(tmp_path):
    text = (
        GOOD.replace("ring_timeout: 21 s", "ring_timeout: 5 s").replace("owner: sales-ops@example.com\n", "")
        .replace("partner: northgate\n", "").replace("after_abandoned: 72 h", "after_abandoned: 1 h")
    )  # fmt: skip
    waiver = {
        "rule": "uk-ofcom/no-owner", "campaign": "SALES1", "reason": "moving house", "approver": "Head",
        "ticket": "RISK-1", "created": TODAY, "expires": TODAY,
    }  # fmt: skip
    return [of_finding(f) for f in gated(written(tmp_path, text, "a b.yaml"), waiver=[waiver]).findings]


@pytest.fixture(scope="module")
def verdicts():
    return document(over() + silent(campaign="B") + doubtful(campaign="C") + good(campaign="D"))


def many(count, verdict="fail", **facts):
    facts = {"file": "c.yaml", "place": Place(1, 2)} | facts
    return [Notice("p/r", "Title", verdict, f"C{n}", "says", "help", "cited", **facts) for n in range(count)]


class TestSarif:
    def test_it_is_sarif_with_rules_places_and_what_was_waived(self, notices):
        log = json.loads(as_sarif(notices))
        Sarif.model_validate(log)
        (run,) = log["runs"]
        assert log["version"] == "2.1.0"
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(rules) == len(set(rules)) == 4
        results = {r["ruleId"]: r for r in run["results"]}
        assert all(
            run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"]
        )
        where = results["uk-ofcom/ring-timeout"]["locations"][0]["physicalLocation"]
        assert where["artifactLocation"]["uri"].endswith("a%20b.yaml")
        assert where["region"] == {"startLine": 4, "startColumn": 17}
        assert [(r["level"], "suppressions" in r) for r in run["results"]] == [
            ("error", False), ("error", False), ("warning", False), ("note", True),
        ]  # fmt: skip
        (suppression,) = results["uk-ofcom/no-owner"]["suppressions"]
        assert suppression["justification"] == "moving house (Head, RISK-1)"

    def test_a_finding_that_moved_down_a_line_is_the_same_finding(self):
        prints = [
            json.loads(as_sarif(many(1, place=place)))["runs"][0]["results"][0]["partialFingerprints"]
            for place in (Place(1, 1), Place(9, 1))
        ]
        assert prints[0] == prints[1]

    def test_what_is_beyond_the_limit_is_counted(self, monkeypatch):
        monkeypatch.setattr(sarif, "MOST", 3)
        (run,) = json.loads(as_sarif(many(5)))["runs"]
        assert len(run["results"]) == 3
        (told,) = run["invocations"][0]["toolExecutionNotifications"]
        assert told["message"]["text"].startswith("2 further findings are left out")

    def test_verdicts_of_an_audit_have_no_file_but_a_subject(self, verdicts):
        log = json.loads(as_sarif(notices_of(verdicts)))
        Sarif.model_validate(log)
        (run,) = log["runs"]
        assert {r["level"] for r in run["results"]} == {"error", "warning"}
        assert all("locations" not in r for r in run["results"])
        assert any(
            r["message"]["text"].startswith("house, campaign SALES1: 2026-10-05: ") for r in run["results"]
        )


class TestAFileThatCouldNotBeRead:
    """Nothing that a pipeline reads may look green for want of anything read."""

    notice = of_fault("a/b.json", "a/b.json: line 1, column 1: is neither YAML nor JSON")

    def test_it_is_an_error_everywhere(self):
        suites = JUnitXml.fromstring(as_junit([self.notice], []).encode())
        assert (suites.tests, suites.errors) == (1, 1)
        assert as_annotations([self.notice]).startswith("::error file=a/b.json,line=1,col=1")
        assert as_step_summary([self.notice]).startswith("### auditor: 1 failed")
        (result,) = json.loads(as_sarif([self.notice]))["runs"][0]["results"]
        assert result["level"] == "error"

    def test_a_name_that_is_no_text_is_a_name_all_the_same(self):
        notice = of_fault("a\udcff.json", "x")
        (result,) = json.loads(as_sarif([notice]))["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%FF.json"


class TestJUnit:
    def test_a_case_for_each_check_and_campaign(self, notices):
        (file,) = {notice.file for notice in notices}
        xml = as_junit(notices, [(check.name, f"SALES1 ({file})") for check in checks()])
        suites = JUnitXml.fromstring(xml.encode())
        assert (suites.tests, suites.failures, suites.errors, suites.skipped) == (len(checks()), 2, 0, 1)
        told = {suite.name: case for suite in suites for case in suite}
        (failure,) = told["uk-ofcom/ring-timeout"].result
        assert isinstance(failure, Failure)
        assert "a b.yaml:4:17: An unanswered call rings for 5 seconds" in failure.text
        (skipped,) = told["uk-ofcom/no-owner"].result
        assert isinstance(skipped, Skipped)
        assert "moving house (Head, RISK-1)" in skipped.text
        assert told["uk-ofcom/no-partner"].result == []
        assert "does not say which partner" in told["uk-ofcom/no-partner"].system_out

    def test_two_files_with_a_campaign_of_one_name_are_two_cases(self):
        notices = [
            replace(notice, subject="A", file=file) for notice in many(1) for file in ("a.yaml", "b.yaml")
        ]
        assert JUnitXml.fromstring(as_junit(notices, []).encode()).failures == 2

    def test_a_doubt_is_an_error_and_no_failure(self, verdicts):
        suites = JUnitXml.fromstring(as_junit(notices_of(verdicts), judged_units(verdicts)).encode())
        told = {(suite.name, case.name): case.result for suite in suites for case in suite}
        rate = "uk-ofcom/abandoned-call-rate"
        assert isinstance(told[rate, "house, campaign C"][0], Error)
        assert isinstance(told[rate, "house, campaign SALES1"][0], Failure)
        assert told[rate, "house, campaign D"] == []
        assert suites.tests == len(told)

    def test_what_no_xml_can_hold_is_replaced(self):
        notice = Notice("p/r", "t", "fail", HOSTILE, HOSTILE, "h", "c")
        (case,) = ET.fromstring(as_junit([notice], [])).iter("testcase")
        assert "\ufffd" in case.get("name")


class TestGitHub:
    def test_ten_of_a_level_and_then_how_many_more(self):
        lines = as_annotations([*many(12), *many(11, "warning"), *many(1, "waived")]).splitlines()
        assert [line.split(" ")[0] for line in lines] == (
            ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] + ["3"]
        )
        assert lines[-1] == "3 more: see the summary of this step, or --format json"

    def test_nothing_in_a_name_begins_a_command_of_its_own(self):
        hostile = Notice("p/r", "t", "fail", HOSTILE, HOSTILE, "h", "c", "2026-10-05", HOSTILE, Place(1, 2))
        (line,) = as_annotations([hostile]).split("\n")[:-1]
        assert line.startswith("::error file=a|b`c`%0A%3A%3Aerror%3A%3A<x>")

    def test_a_summary_is_a_table_that_no_name_breaks(self):
        rows = as_step_summary([Notice("p/r", "t", "fail", HOSTILE, HOSTILE, "h", "c")]).splitlines()
        assert rows[0] == "### auditor: 1 failed, 0 to look at"
        assert len(rows) == 5
        assert rows[-1].replace("\\|", "").count("|") == 6
        assert "&lt;x>" in rows[-1]
        assert as_step_summary([]) == "### auditor: nothing failed\n"
        assert as_step_summary([], ["Not said: <b>"]) == "### auditor: nothing failed\n\nNot said: &lt;b>\n"

    def test_a_summary_that_would_be_too_long_is_cut_with_a_word(self, monkeypatch):
        monkeypatch.setattr(github, "ROWS", 2)
        assert as_step_summary(many(5)).endswith("\n3 more are in the other formats.\n")

    def test_a_verdict_of_an_audit_names_its_day(self, verdicts):
        text = as_annotations(notices_of(verdicts))
        assert "::2026-10-05: " in text
        assert "file=" not in text
