"""The cases beside every rule hold, cover its dates, and would catch a limit or a date that is off."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.audit.casework import Bench, mutants
from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.rulebook.cases import Case, missing_days, read_cases
from auditor.rulebook.packs import pack_named
from auditor.shipped import rules

PACK = pack_named("uk-ofcom", QUERYABLE)
CASES = {rule.id: read_cases(rules() / PACK.id / rule.id) for rule in PACK.rules}
EVERY = [(rule, case) for rule in PACK.rules for case in CASES[rule.id]]
MUTANTS = [(rule, mutant) for rule in PACK.rules for mutant in mutants(rule)]
BENCH = Bench(PACK)


@pytest.mark.parametrize(
    ("rule", "case"),
    EVERY,
    ids=lambda found: getattr(found, "name", found.id) if not isinstance(found, Case) else found.name,
)
def test_a_case_holds(rule, case):
    assert BENCH.failures(rule, case) == []


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
def test_the_day_before_of_and_after_each_version_is_looked_at(rule):
    assert list(missing_days(rule, CASES[rule.id])) == []


@pytest.mark.parametrize(("rule", "mutant"), MUTANTS, ids=lambda found: getattr(found, "what", found))
def test_a_limit_or_date_one_step_off_is_caught_by_a_case(rule, mutant):
    cases = mutant.nearest_first(CASES[rule.id])
    assert any(BENCH.failures(mutant.rule, case) for case in cases), mutant.what


def test_a_case_that_does_not_hold_says_what_is_other():
    rule = PACK.rules[0]
    wrong = Case.model_validate(
        {
            "name": "wrong",
            "on": date(2012, 5, 8),
            "calls": [{"outcome": "live_to_agent"}],
            "expect": [
                {"verdict": "fail"},
                {"verdict": "pass", "base": "2"},
                {"verdict": "pass", "scope": "client"},
            ],
        }
    )
    assert BENCH.failures(rule, wrong) == [
        "'wrong': verdict is pass, not fail",
        "'wrong': base is 1, not 2",
        "'wrong': 0 results of law on client, not one",
    ]


def test_a_case_that_is_missing_is_named():
    rule = PACK.rules[0]
    left = [case for case in CASES[rule.id] if date(2017, 3, 1) not in case.on]
    assert list(missing_days(rule, left)) == [
        "version '2016': no case looks at the day it begins (2017-03-01)"
    ]


def test_every_fault_of_case_files_comes_at_once(tmp_path):
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "a.toml").write_text("[[case", "utf-8")
    (tmp_path / "cases" / "b.toml").write_text('[[case]]\nname = "x"\nsurprise = 1\n', "utf-8")
    with pytest.raises(AuditorError) as caught:
        read_cases(tmp_path)
    for fault in ("a.toml: is no TOML", "b.toml: case.0.surprise", "b.toml: case.0.on: Field required"):
        assert fault in str(caught.value)
