"""The pictures of a report: what each day in them says, and where it leads."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from calls import calls
from report_document import NEXT, STAMP, document, doubtful, good, over

from auditor.report.branding import Branding
from auditor.report.html import render_html
from auditor.report.view import view_of

OFTEN = [f"2026-10-{day:02}" for day in range(1, 16)]


class Marks(HTMLParser):
    """What a browser would find of the marks in some HTML, and of anything that could run."""

    def __init__(self, text):
        super().__init__()
        self.tips, self.tags = {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if "data-tip" in dict(attrs):
            self.tips[dict(attrs)["data-tip"]] = dict(attrs).get("data-to")


def told(records):
    """Tip → where it leads, of every day in the heat map; each daily chart says the same of its own."""
    view = view_of(document(records))
    found = Marks(str(view.heat)).tips
    for chart in view.charts:
        assert Marks(str(chart.svg)).tips.items() <= found.items()
    return found


def test_a_day_over_the_limit_leads_to_its_breach_and_a_pass_nowhere():
    assert told(over() + good(day=NEXT)) == {
        "SALES1, Mon 5 October 2026: 10.00% of live calls: Fail": "breach-1",
        "SALES1, Tue 6 October 2026: 3.00% of live calls: Pass": None,
    }


def test_each_day_leads_to_the_breach_of_its_own_day_and_campaign():
    records = over() + over(day=NEXT) + over(day=NEXT, campaign="B")
    breaches = {b.anchor: (b.where, b.when) for b in view_of(document(records)).breaches}
    led = {tip.split(": ")[0]: breaches[to] for tip, to in told(records).items()}
    assert led == {
        "SALES1, Mon 5 October 2026": ("Campaign SALES1", "5 October 2026"),
        "SALES1, Tue 6 October 2026": ("Campaign SALES1", "6 October 2026"),
        "B, Tue 6 October 2026": ("Campaign B", "6 October 2026"),
    }


def test_a_doubt_is_told_by_its_ends_and_leads_to_its_cause():
    records = doubtful(campaign="AMD")
    (told_of,) = told(records).items()
    assert told_of[0] == "AMD, Mon 5 October 2026: between 0.00% and 50.00% of live calls: Undecided"
    (cause,) = (d for d in view_of(document(records)).doubts if d.anchor == told_of[1])
    assert any(rule.startswith("Abandoned") for rule, _, _ in cause.units)


def test_a_day_leads_to_no_breach_that_the_page_leaves_out():
    records = [call for day in OFTEN for call in over(day=day)]
    page = render_html(document(records), Branding(), STAMP, for_print=False)
    led = [to for to in told(records).values() if to]
    assert len(led) == 12
    assert all(f'id="{to}"' in page for to in led)


def test_a_cut_bar_says_how_far_the_highest_goes():
    def labels(records):
        return re.findall(r">(to [\d.]+%)</text>", str(view_of(document(records)).charts[0].svg))

    higher = calls(20, "live_to_agent", NEXT, campaign="AMD") + calls(60, "answered_unknown", NEXT, "AMD")
    assert labels(doubtful(campaign="AMD") + higher) == ["to 75.00%"]
    assert labels(over()) == []


@pytest.mark.parametrize("for_print", [True, False])
def test_a_hostile_campaign_stays_inside_its_attribute(for_print):
    name = '"><script>alert(1)</script>'
    records = over(campaign=name) + good(day=NEXT, campaign=name)
    page = render_html(document(records), Branding(), STAMP, for_print=for_print)
    found = Marks(page)
    assert f"{name}, Mon 5 October 2026: 10.00% of live calls: Fail" in found.tips
    assert sum(tag == "script" for tag, _ in found.tags) == (0 if for_print else 1)
    assert not any(attribute.startswith("on") for _, attributes in found.tags for attribute in attributes)


def test_a_call_sorts_by_the_worlds_clock_where_the_local_one_repeats_an_hour():
    def at(clock):
        return calls(1, "dropped_by_dialler", at=f"2026-10-25T{clock}.000+00:00", message="none")

    (breach,) = (b for b in view_of(document(at("00:59:00") + at("01:01:00"))).breaches if b.calls)
    assert [call.clock[:5] for call in breach.calls] == ["01:59", "01:01"]
    assert [call.moment for call in breach.calls] == [
        "2026-10-25T00:59:00.000+00:00",
        "2026-10-25T01:01:00.000+00:00",
    ]
