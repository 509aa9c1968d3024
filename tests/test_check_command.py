"""`auditor check` as a pipeline runs it."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from gates import GOOD, written
from test_cli import auditor, in_one_sentence

#: The gate counts no calls.
pytestmark = pytest.mark.slow

BAD = GOOD.replace("ring_timeout: 21 s", "ring_timeout: 5 s")
ON = ("--on", "2026-11-22")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "campaigns").mkdir()
    written(tmp_path / "campaigns", GOOD, "good.yaml")
    return tmp_path


def test_0_when_nothing_fails(folder):
    result = auditor(folder, "check", "campaigns", *ON)
    assert (result.returncode, result.stderr) == (0, "")
    by = "by the rules of 22 November 2026, with no auditor.toml"
    assert result.stdout == f"1 campaign in 1 file, {by}: 0 failed, 0 warnings, 0 waived\n"


def test_1_when_something_does_with_its_place_reason_remedy_and_provision(folder):
    written(folder / "campaigns", BAD, "bad.yaml")
    result = auditor(folder, "check", "campaigns", *ON)
    assert result.returncode == 1
    first, says, remedy, cited = result.stdout.splitlines()[:4]
    assert first == "campaigns/bad.yaml:6:17: FAIL (law)  uk-ofcom/ring-timeout  SALES1"
    assert "rings for 5 seconds, less than the 15 seconds" in says
    assert "at least fifteen seconds" in remedy
    assert cited.endswith("(secondary)")


def test_a_warning_fails_nothing(folder):
    written(folder / "campaigns", GOOD.replace("owner: sales-ops@example.com\n", ""), "good.yaml")
    result = auditor(folder, "check", "campaigns", *ON)
    assert result.returncode == 0
    assert "warning (house)  uk-ofcom/no-owner" in result.stdout


def test_2_when_a_file_could_not_be_read_and_the_others_are_told_all_the_same(folder):
    written(folder / "campaigns", BAD, "bad.yaml")
    written(folder / "campaigns", "campaign: [", "broken.yaml")
    result = auditor(folder, "check", "campaigns", *ON)
    assert result.returncode == 2
    assert "uk-ofcom/ring-timeout" in result.stdout
    assert "auditor: campaigns/broken.yaml: line 2, column 1: is neither YAML nor JSON" in result.stderr
    assert "there is no such file" in in_one_sentence(auditor(folder, "check", "nowhere"))


def test_every_format_at_once(folder):
    written(folder / "campaigns", BAD, "bad.yaml")
    formats = ("json", "junit", "sarif", "github", "markdown", "text")
    outputs = [f"--output={name}={name}.out" for name in formats]
    summary = folder / "summary.md"
    summary.write_text("before\n")
    result = auditor(
        folder, "check", "campaigns", "--format", "github", *outputs, *ON, GITHUB_STEP_SUMMARY=str(summary)
    )
    assert result.returncode == 1
    assert result.stdout == (folder / "github.out").read_text("utf-8")
    assert result.stdout.startswith(
        "::error file=campaigns/bad.yaml,line=6,col=17,title=uk-ofcom/ring-timeout%3A"
    )
    assert summary.read_text("utf-8").startswith("before\n### auditor: 1 failed, 0 to look at\n")
    found = json.loads((folder / "json.out").read_text("utf-8"))
    assert [(f["check"], f["rule"], f["line"], f["column"]) for f in found["findings"]] == [
        ("uk-ofcom/ring-timeout", "uk-ofcom/ring-time", 6, 17)
    ]
    assert [c["campaign"] for c in found["campaigns"]] == ["SALES1", "SALES1"]


def test_estimates_house_limits_and_waivers_are_the_workspaces(folder):
    written(
        folder, '[[house_limit]]\nrule = "uk-ofcom/abandoned-call-rate"\nlimit = "1/100"\n', "auditor.toml"
    )
    waiver = (
        '[[waiver]]\nrule = "uk-ofcom/pacing-target"\ncampaign = "SALES1"\nreason = "r"\napprover = "Head"\n'
        'ticket = "RISK-1"\ncreated = 2026-11-01\nexpires = 2026-11-30\n'
    )
    assert auditor(folder, "check", "campaigns", *ON).returncode == 1
    written(folder, waiver, "waivers.toml")
    result = auditor(folder, "check", "campaigns", *ON)
    assert (result.returncode, "waived (house)  uk-ofcom/pacing-target" in result.stdout) == (0, True)
    later = auditor(folder, "check", "campaigns", "--on", "2026-12-01")
    assert later.returncode == 1
    assert "warning: waiver RISK-1 of uk-ofcom/pacing-target expired on 2026-11-30" in later.stderr


def test_files_are_named_from_the_root_of_the_repository(folder):
    (folder / ".git").mkdir()
    (folder / "deep").mkdir()
    written(folder / "campaigns", BAD, "bad.yaml")
    for path in ("../campaigns/bad.yaml", str(folder / "campaigns" / "bad.yaml")):
        result = auditor(folder / "deep", "check", path, "--format", "github", *ON)
        assert result.stdout.startswith("::error file=campaigns/bad.yaml,line=6")


def test_a_waiver_of_a_check_there_is_not_is_refused(folder):
    waiver = (
        '[[waiver]]\nrule = "uk-ofcom/ring-timout"\ncampaign = "SALES1"\nreason = "r"\napprover = "Head"\n'
        'ticket = "RISK-1"\ncreated = 2026-11-01\nexpires = 2026-11-30\n'
    )
    written(folder, waiver, "waivers.toml")
    written(folder, "", "auditor.toml")
    said = in_one_sentence(auditor(folder, "check", "campaigns"))
    assert "waivers.toml: waiver: there is no rule 'uk-ofcom/ring-timout'" in said


def test_a_pipeline_may_gate_on_calls_too(folder):
    calls = (
        "call_id,campaign,dialled_number,dialled_at,outcome,message\n"
        "1,S,+447700900001,2026-10-05T12:00:00Z,dropped_by_dialler,none\n"
    )
    written(folder, calls, "calls.csv")
    assert auditor(folder, "load", "calls.csv").returncode == 0
    result = auditor(folder, "audit", "2026-10-05", "--format", "github", "--output", "sarif=o.sarif")
    assert result.returncode == 1
    assert (
        "::error title=uk-ofcom/silent-calls%3A law%2C campaign S::2026-10-05: 1 silent call" in result.stdout
    )
    assert json.loads((folder / "o.sarif").read_text("utf-8"))["version"] == "2.1.0"
    junit = auditor(folder, "audit", "2026-10-05", "--format", "junit")
    assert '<testsuites name="auditor"' in junit.stdout


def test_neither_the_engine_nor_the_renderer_is_waited_for(folder):
    result = auditor(folder, "check", "campaigns", PYTHONPROFILEIMPORTTIME="1")
    assert "duckdb" not in result.stderr
    assert "weasyprint" not in result.stderr
    assert "auditor.gate.run" in result.stderr


SILENT = (
    "campaign: X\nowner: o\npartner: p\ndialling: {mode: predictive, presented_number: '+442079460123'}\n"
)


class TestWhatWasNotSaid:
    """It passes nothing: every output says that nothing was checked there."""

    @pytest.fixture
    def silent(self, tmp_path):
        written(tmp_path, SILENT, "c.yaml")
        return tmp_path

    @pytest.mark.parametrize("style", ["text", "markdown", "github"])
    def test_what_was_not_checked_is_told(self, silent, style):
        result = auditor(silent, "check", "c.yaml", "--format", style, *ON)
        assert result.returncode == 0
        assert "Not said by X, so not checked: " in result.stdout
        assert "whether answering machine detection ends calls" in result.stdout

    def test_a_check_that_nothing_answers_is_skipped(self, silent):
        cases = ET.fromstring(auditor(silent, "check", "c.yaml", "--format", "junit", *ON).stdout)
        skipped = {
            case.get("classname") for case in cases.iter("testcase") if case.find("skipped") is not None
        }
        assert {"uk-ofcom/ring-timeout", "uk-ofcom/time-to-connect", "uk-ofcom/drop-in-silence"} <= skipped
        assert "uk-ofcom/no-owner" not in skipped
        assert "uk-ofcom/forecast" not in {case.get("classname") for case in cases.iter("testcase")}
        assert int(cases.get("skipped")) == len(skipped)

    def test_strictly_it_is_undecided(self, silent):
        assert auditor(silent, "check", "c.yaml", "--strict", *ON).returncode == 3
        written(silent, GOOD, "c.yaml")
        assert auditor(silent, "check", "c.yaml", "--strict", *ON).returncode == 0

    def test_a_campaign_that_calls_a_country_of_no_pack(self, silent):
        written(silent, GOOD + "country: FR\n", "c.yaml")
        result = auditor(silent, "check", "c.yaml", *ON)
        assert "Not checked: SALES1, which calls FR: no pack in use is of that country" in result.stdout
        assert auditor(silent, "check", "c.yaml", "--strict", *ON).returncode == 3
        written(silent, GOOD + "country: gb\n", "c.yaml")
        assert "Not checked" not in auditor(silent, "check", "c.yaml", *ON).stdout


def test_a_check_is_shown_as_a_rule_is(folder):
    shown = auditor(folder, "rules", "show", "uk-ofcom/pacing-denominator").stdout
    assert shown.startswith("Pacing divides by more than the live calls (uk-ofcom/pacing-denominator)\n")
    assert "abandon_over <> 'live_calls'" in shown
    said = in_one_sentence(auditor(folder, "rules", "show", "uk-ofcom/pacing"))
    assert "or a check, from " in said


def test_a_file_that_is_nearly_a_campaign_says_what_it_lacks(folder):
    written(folder, GOOD.replace("dialling:", "dialing:"), "c.yaml")
    said = auditor(folder, "check", "c.yaml").stderr
    assert "(it looks like campaigns/*.yaml, the product's own form, but has no dialling.mode)" in said


def test_a_day_that_is_none(folder):
    said = in_one_sentence(auditor(folder, "check", "campaigns", "--on", "today"))
    assert "'today' is no day: write it like 2026-10-05" in said
