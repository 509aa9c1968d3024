"""`auditor rules` on the shipped pack and on a third party's."""

from __future__ import annotations

import json
import shutil

import pytest
from calls import calls, csv_text
from test_cli import auditor, in_one_sentence

from auditor.shipped import rules

# What the engine makes of every case is looked at on both versions of DuckDB by test_rule_cases.
pytestmark = pytest.mark.slow


@pytest.fixture
def own(tmp_path):
    """A third party's pack: some of the UK's rules under another name."""
    folder = tmp_path / "packs" / "house-rules"
    shutil.copytree(rules() / "uk-ofcom", folder)
    about = (folder / "pack.toml").read_text("utf-8")
    (folder / "pack.toml").write_text(about.replace('id = "uk-ofcom"', 'id = "house-rules"'), "utf-8")
    change(folder / "abandoned-call-rate" / "cases" / "dates.toml", "uk-ofcom/", "house-rules/")
    change(folder / "information-message" / "cases" / "clock.toml", "uk-ofcom/", "house-rules/")
    for rule in ("ring-time", "repeat-after-abandoned", "repeat-after-machine"):
        shutil.rmtree(folder / rule)
    return folder


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_list_says_what_is_modelled_since_when_and_what_is_not(tmp_path):
    printed = auditor(tmp_path, "rules", "list").stdout
    assert "2010-10-01 to 2017-02-28" in printed
    assert "known from a secondary source" in printed
    assert "does not model:\n- what the information message says" in printed
    listed = json.loads(auditor(tmp_path, "rules", "list", "--format", "json").stdout)
    assert {r["rule"] for r in listed["rules"]} == {
        "abandoned-call-rate", "silent-calls", "information-message", "ring-time", "repeat-after-abandoned",
        "repeat-after-machine", "presented-number", "reasoned-estimate",
    }  # fmt: skip
    assert auditor(tmp_path, "rules", "list", "--format", "markdown").stdout.startswith("| pack |")


@pytest.mark.parametrize(
    ("day", "sentences"),
    [
        ("2012-05-08", ["No more than three per cent", "3/100 (3%)", "paragraphs 4.70 to 4.74"]),
        ("2017-03-01", ["no limit in law", "3/100 (3%) unless the client sets another", "A4.12"]),
        ("2009-01-01", ["over any 24-hour period, a reasoned estimate", "callcentrehelper"]),
        ("2005-01-01", ["Ofcom had no such policy before 2006-03-01"]),
    ],
)
def test_show_is_the_page_of_a_rule_on_a_day(tmp_path, day, sentences):
    printed = auditor(tmp_path, "rules", "show", "uk-ofcom/abandoned-call-rate", "--on", day).stdout
    text = " ".join(printed.split())
    assert "dropped × live ÷ (live + agent machine)" in text
    assert "{" not in text
    for sentence in sentences:
        assert sentence in text


def test_show_of_a_rule_there_is_not(tmp_path):
    said = in_one_sentence(auditor(tmp_path, "rules", "show", "uk-ofcom/abandoned"))
    assert "there is no rule 'uk-ofcom/abandoned': choose from uk-ofcom/abandoned-call-rate" in said


def test_test_runs_the_cases_of_every_rule_and_prints_the_mutation_score(tmp_path):
    result = auditor(tmp_path, "rules", "test", "--cases")
    assert result.returncode == 0
    assert "uk-ofcom/ring-time\n" in result.stdout
    assert "  holds  14.999 s is too short under every statement (2007-05-08, 2009-05-08, " in result.stdout
    assert "mutation score: 100.0%" in result.stdout


def test_verify_finds_nothing_wrong_with_what_ships(tmp_path):
    result = auditor(tmp_path, "rules", "verify")
    assert (result.returncode, result.stderr) == (0, "")


class TestAThirdPartysPack:
    def test_it_is_listed_tested_and_verified_like_ours(self, own, tmp_path):
        options = ("--rules", str(own.parent))
        listed = json.loads(auditor(tmp_path, "rules", "list", "--format", "json", *options).stdout)
        assert {r["pack"] for r in listed["rules"]} == {"uk-ofcom", "house-rules"}
        assert auditor(tmp_path, "rules", "test", "house-rules", *options).returncode == 0
        assert auditor(tmp_path, "rules", "verify", "house-rules", "--rules", str(own)).returncode == 0

    def test_it_is_applied_to_calls(self, own, tmp_path):
        change(own / "abandoned-call-rate" / "rule.toml", 'limit = "3/100"', 'limit = "1/100"')
        records = calls(2, "dropped_by_dialler", message="played") + calls(98, "live_to_agent")
        (tmp_path / "calls.csv").write_text(csv_text(records), "utf-8")
        assert auditor(tmp_path, "load", "calls.csv").returncode == 0
        options = ("--rules", str(own), "--pack", "house-rules")
        assert auditor(tmp_path, "audit", "2012-05").returncode == 0
        result = auditor(tmp_path, "audit", "2012-05", *options)
        assert result.returncode == 1
        assert "over the limit of 1%" in result.stdout

    def test_a_case_that_does_not_hold_and_a_mutant_that_lives_are_named(self, own, tmp_path):
        change(own / "abandoned-call-rate" / "rule.toml", 'limit = "3/100"', 'limit = "4/100"')
        result = auditor(tmp_path, "rules", "test", "house-rules", "--rules", str(own))
        assert result.returncode == 1
        assert "'4 in 133 are over three per cent': verdict is pass, not fail" in result.stderr
        shutil.rmtree(own / "silent-calls" / "cases")
        result = auditor(tmp_path, "rules", "test", "house-rules", "--rules", str(own))
        assert "no case catches version '2010': the limit 1 for 0" in result.stderr

    @pytest.mark.parametrize(
        ("file", "old", "new", "sentence"),
        [
            ("abandoned-call-rate/rule.toml", 'source = "statement-2016"', 'source = "gone"', "cites 'gone'"),
            ("abandoned-call-rate/rule.toml", "from = 2017-03-01", "from = 2017-03-02",
             "leaves 1 days without a rule"),
            ("abandoned-call-rate/cases/dates.toml", "on = 2017-03-01", "on = 2017-03-05",
             "version '2016': no case looks at the day it begins (2017-03-01)"),
            ("pack.toml", "[source.rostrvm]", "[source.other]", ""),
        ],
    )  # fmt: skip
    def test_a_citation_a_day_or_a_case_that_is_gone_is_named(self, own, tmp_path, file, old, new, sentence):
        change(own / file, old, new)
        result = auditor(tmp_path, "rules", "verify", "house-rules", "--rules", str(own))
        if not sentence:
            # rostrvm is named in words only; nothing cites it as a source.
            assert result.returncode == 0
            return
        assert sentence in in_one_sentence(result)

    def test_a_folder_without_a_pack_and_a_name_that_is_taken(self, own, tmp_path):
        said = in_one_sentence(auditor(tmp_path, "rules", "list", "--rules", str(tmp_path)))
        assert "there is no pack (a folder with a pack.toml)" in said
        said = in_one_sentence(auditor(tmp_path, "rules", "list", "--rules", str(rules())))
        assert "there is a pack 'uk-ofcom' already" in said
        said = in_one_sentence(auditor(tmp_path, "rules", "test", "nowhere"))
        assert "pack 'nowhere' is not known: choose from uk-ofcom" in said
