"""A rule as a page, and the folders that packs come from."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.gate.settings import QUERYABLE as SETTINGS
from auditor.rulebook.checks import read_checks
from auditor.rulebook.packs import pack_folders, pack_named
from auditor.rulebook.page import check_page, length_text, limit_text, rule_page
from auditor.shipped import rules

PACK = pack_named("uk-ofcom", QUERYABLE)
RULES = {rule.id: rule for rule in PACK.rules}
RATE, SILENT = RULES["abandoned-call-rate"], RULES["silent-calls"]


def text(rule, day: date) -> str:
    return " ".join(rule_page(PACK, rule, day).split())


def test_the_page_says_what_the_law_said_on_the_day_and_where():
    page = text(RATE, date(2012, 5, 8))
    assert "On 2012-05-08" in page
    assert "Limit 3/100 (3%)" in page
    assert "Judged by law campaign, call_centre" in page
    assert "paragraphs 4.70 to 4.74 [known from a secondary source]" in page
    assert "counted = dropped × live ÷ (live + agent machine)" in page
    assert "2016: since 2017-03-01, no limit in law" in page


def test_where_the_law_has_no_limit_the_house_has_one():
    assert "House limit 3/100 (3%) unless the client sets another" in text(RATE, date(2026, 10, 5))


def test_a_rule_that_counts_allows_none():
    page = text(SILENT, date(2026, 10, 5))
    assert "Limit none allowed" in page
    assert "Looks at" not in page
    assert limit_text(SILENT, "2") == "at most 2"


def test_before_there_was_a_policy_or_a_model_of_it():
    assert "Ofcom had no such policy before 2006-03-01." in text(RATE, date(2006, 2, 28))
    rule = RATE.model_copy(update={"versions": RATE.versions[2:]})
    assert "is not in this rulebook, which begins on 2010-10-01" in rule_page(PACK, rule, date(2009, 1, 1))


def test_a_rule_with_thresholds_says_how_long_in_words():
    page = text(RULES["repeat-after-abandoned"], date(2012, 5, 8))
    assert "72 hours how long after an abandoned call another needs an operator" in page
    assert "Looks at automated call attempts" in page
    assert "15 seconds how long an unanswered call must ring" in text(RULES["ring-time"], date(2012, 5, 8))


def test_a_rule_that_can_be_read_in_two_ways_says_both():
    page = text(RULES["information-message"], date(2012, 5, 8))
    assert "Read from the moment the call was answered" in page
    assert "Or, shown besides from the moment the person began to speak (reading 'speech'" in page


def test_a_rule_younger_than_the_policy_says_since_when():
    page = text(RULES["repeat-after-machine"], date(2011, 1, 31))
    assert "Ofcom had no such rule before 2011-02-01." in page


class TestFoldersOfPacks:
    @pytest.fixture
    def own(self, tmp_path):
        folder = tmp_path / "packs" / "house-rules"
        shutil.copytree(rules() / "uk-ofcom", folder)
        return folder

    def test_a_pack_or_a_folder_of_packs_joins_those_shipped(self, own):
        for root in (own, own.parent):
            assert pack_folders([root]) == {"uk-ofcom": rules() / "uk-ofcom", "house-rules": own}

    def test_a_pack_must_be_called_what_its_folder_is(self, own):
        with pytest.raises(AuditorError, match="id is 'uk-ofcom' but the folder is 'house-rules'"):
            pack_named("house-rules", QUERYABLE, [own])

    def test_a_folder_without_a_pack_and_a_name_that_is_taken(self, own, tmp_path):
        with pytest.raises(AuditorError, match="there is no pack"):
            pack_folders([tmp_path])
        with pytest.raises(AuditorError, match="there is a pack 'uk-ofcom' already"):
            pack_folders([rules()])


CHECKS = {check.name: check for check in read_checks(rules() / "uk-ofcom", PACK, SETTINGS)}


class TestChecks:
    """A check of campaign configurations is a page, too."""

    @pytest.mark.parametrize(
        ("name", "sentences"),
        [
            ("pacing-target", ("A check of the rule uk-ofcom/abandoned-call-rate", "abandon_target > limit",
                               "a failure, of the law (of the house, where only a house limit is passed)")),
            ("no-owner", ("A check of the pack uk-ofcom", "owner IS NULL", "As a warning", "fines")),
            ("number-withheld", ("As a failure, of the law",)),
        ],
    )  # fmt: skip
    def test_what_it_finds_and_of_what(self, name, sentences):
        page = " ".join(check_page(CHECKS[f"uk-ofcom/{name}"]).split())
        for sentence in sentences:
            assert sentence in page

    def test_which_are_of_simulated_days(self):
        found = {name for name, check in CHECKS.items() if check.is_of_forecast}
        assert found == {"uk-ofcom/forecast", "uk-ofcom/forecast-close", "uk-ofcom/forecast-missing"}


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(1_000, "1 second"), (1_500, "1.5 seconds"), (60_000, "60 seconds"), (120_000, "2 minutes"),
     (3_600_000, "1 hour"), (258_840_000, "71.9 hours"), (259_200_000, "72 hours"), (90_000, "90 seconds")],
)  # fmt: skip
def test_a_length_of_time_as_a_reader_says_it(milliseconds, words):
    assert length_text(milliseconds) == words
