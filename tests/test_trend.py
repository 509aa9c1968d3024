"""Month on month: each month as it would be audited alone."""

from __future__ import annotations

from calls import audited
from report_document import PARTNERS, STAMP, good, over, silent

from auditor.report.branding import Branding
from auditor.report.html import render_html

SEPTEMBER, OCTOBER = "2026-09-10", "2026-10-05"


def records():
    return (
        over(day=SEPTEMBER) + good(day="2026-09-11") + silent("bob", SEPTEMBER, campaign="B")
        + good(day=OCTOBER) + good("bob", OCTOBER, campaign="B")
    )  # fmt: skip


def month(period="2026-10", partner=None):
    return audited(records(), period, only_partner=partner, partner=PARTNERS)


def test_each_month_is_as_it_would_be_audited_alone():
    september, october = month()["trend"]
    alone = month("2026-09")
    verdicts = {
        (r["rule"], r["campaign"], r["from"]): r["verdict"]
        for r in sorted(alone["results"], key=lambda r: r["verdict"] == "fail")
        if r["scope"] == "campaign"
    }
    assert (september["from"], september["to"]) == ("2026-09-01", "2026-09-30")
    assert september["calls"] == alone["calls"]["audited"] == 300
    assert september["failed"] == sum(v == "fail" for v in verdicts.values()) == 2
    # A verdict on no call at all is none.
    judged = {
        (r["rule"], r["campaign"], r["from"])
        for r in alone["results"]
        if r["scope"] == "campaign" and r["verdict"] in ("fail", "undecided", "pass") and r["base"] != "0"
    }
    assert september["passed"] + september["failed"] + september["undecided"] == len(judged) < len(verdicts)
    assert (september["rate_low"], september["rate_high"]) == ("0.010000", "0.100000")
    assert (october["failed"], october["calls"]) == (0, 200)


def test_a_month_without_calls_is_left_out_and_one_alone_is_no_trend():
    july = audited(good(day="2026-07-01") + good(day=OCTOBER), "2026-10")["trend"]
    assert [m["from"] for m in july] == ["2026-07-01", "2026-10-01"]
    assert audited(good(day=OCTOBER), "2026-10")["trend"] == []
    assert audited(good(day="2026-04-30") + good(day=OCTOBER), "2026-10")["trend"] == []


def test_what_is_no_month_has_no_trend():
    assert month("2026-10-01..2026-10-30")["trend"] == []


def test_a_partner_sees_its_own_months_alone():
    september, october = month(partner="bob")["trend"]
    assert (september["calls"], october["calls"]) == (100, 100)
    assert (september["failed"], october["failed"]) == (1, 0)


def test_before_the_first_month_of_all_there_is_none():
    early = audited(good(day="1990-02-05") + good(day="1990-01-05"), "1990-02")["trend"]
    assert [m["from"] for m in early] == ["1990-01-01", "1990-02-01"]


def test_it_is_on_the_page():
    page = render_html(month(), Branding(name="X"), STAMP, for_print=True)
    assert "Month on month" in page
    assert "September 2026" in page
