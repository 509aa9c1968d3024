"""A rule as a page, and the folders that packs come from."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from auditor.calls.record import FACTS
from auditor.errors import AuditorError
from auditor.rulebook.packs import pack_folders, pack_named
from auditor.rulebook.page import limit_text, rule_page
from auditor.shipped import rules

PACK = pack_named("uk-ofcom", frozenset(FACTS))
RATE, SILENT = PACK.rules


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
    assert "Only calls where" not in page
    assert limit_text(SILENT, "2") == "at most 2"


def test_before_there_was_a_policy_or_a_model_of_it():
    assert "Ofcom had no such policy before 2006-03-01." in text(RATE, date(2006, 2, 28))
    coverage = PACK.about.coverage.model_copy(update={"modelled_from": date(2010, 10, 1)})
    pack = PACK.model_copy(update={"about": PACK.about.model_copy(update={"coverage": coverage})})
    rule = RATE.model_copy(update={"versions": RATE.versions[2:]})
    assert "is not in this rulebook, which begins on 2010-10-01" in rule_page(pack, rule, date(2009, 1, 1))


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
            pack_named("house-rules", frozenset(FACTS), [own])

    def test_a_folder_without_a_pack_and_a_name_that_is_taken(self, own, tmp_path):
        with pytest.raises(AuditorError, match="there is no pack"):
            pack_folders([tmp_path])
        with pytest.raises(AuditorError, match="there is a pack 'uk-ofcom' already"):
            pack_folders([rules()])
