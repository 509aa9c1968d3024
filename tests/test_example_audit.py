"""The example, loaded and audited through the product, against the truth its simulation knows."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from auditor.audit.audit import judge, select
from auditor.audit.document import as_document
from auditor.cli.loading import jobs_of_workspace, load_jobs
from auditor.example import build_example
from auditor.period import parse_period
from auditor.sources.load import Terms
from auditor.store.store import open_store, store_path
from auditor.workspace import find_workspace


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example") / "demo"
    build_example(folder, calls=6_000)
    workspace = find_workspace(folder)
    with open_store(store_path(folder), write=True) as connection:
        for _, load, sentence in load_jobs(connection, workspace, jobs_of_workspace(workspace), Terms()):
            assert load is not None, sentence
        document = as_document(select(connection, judge(connection, workspace, parse_period("2026-10"))))
    return json.loads((folder / "truth.json").read_text("utf-8")), document


def test_every_call_is_in(example):
    truth, document = example
    assert document["calls"]["accepted"] == document["calls"]["read"] == truth["calls"]["total"]
    assert document["calls"]["rejected"] == document["calls"]["duplicate"] == 0


def test_every_campaign_day_has_the_verdict_and_the_figures_of_the_simulation(example):
    truth, document = example
    found = {
        (r["campaign"], r["from"]): r
        for r in document["results"]
        if r["rule"] == "abandoned-call-rate" and r["basis"] == "house" and r["scope"] == "campaign"
    }
    assert found.keys() == {(day["campaign"], day["day"]) for day in truth["days"]}
    for day in truth["days"]:
        result = found[day["campaign"], day["day"]]
        assert result["verdict"] == day["verdict"], result["reason"]
        for key in ("counted", "doubtful", "base"):
            assert abs(Fraction(result[key]) - Fraction(day[key])) < Fraction(1, 10**5)


def test_what_was_planted_is_found_and_nothing_else_fails(example):
    truth, document = example
    planted = {(p["campaign"], p["day"]) for p in truth["planted"] if p["kind"] == "over_limit"}
    failed = {
        (r["campaign"], r["from"])
        for r in document["results"]
        if r["verdict"] == "fail" and r["rule"] == "abandoned-call-rate" and r["scope"] == "campaign"
    }
    assert len(planted) == 2
    assert failed == planted


def test_the_silent_calls_are_found_on_their_days_and_nowhere_else(example):
    truth, document = example
    planted = {(p["campaign"], p["day"]): p["counted"] for p in truth["planted"] if p["kind"] == "silent"}
    failed = [r for r in document["results"] if r["verdict"] == "fail" and r["rule"] == "silent-calls"]
    in_law = {(r["campaign"], r["from"]): r["counted"] for r in failed if r["basis"] == "law"}
    assert in_law == planted
    assert planted
    assert {r["partner"] for r in failed if r["scope"] == "partner"} == {"kestrel"}
