"""Periods, days and numbers as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from auditor.audit.numbers import count_text, percent_text, rate_text
from auditor.errors import AuditorError
from auditor.period import parse_period
from auditor.zones import bounds_ms, local_day_sql, spans, zone_named


@pytest.mark.parametrize(
    ("text", "first", "last", "words"),
    [
        ("2026-10", "2026-10-01", "2026-10-31", "October 2026"),
        ("2024-02", "2024-02-01", "2024-02-29", "February 2024"),
        ("2026-10-05", "2026-10-05", "2026-10-05", "5 October 2026"),
        ("2026-Q4", "2026-10-01", "2026-12-31", "1 October 2026 to 31 December 2026"),
        ("2026-Q1", "2026-01-01", "2026-03-31", "1 January 2026 to 31 March 2026"),
        ("2011-02-01..2011-03-21", "2011-02-01", "2011-03-21", "1 February 2011 to 21 March 2011"),
    ],
)
def test_a_period_in_every_form(text, first, last, words):
    period = parse_period(text)
    assert (period.first.isoformat(), period.last.isoformat(), period.words) == (first, last, words)
    days = list(period.days())
    assert (days[0], days[-1]) == (period.first, period.last)
    assert days[0] in period
    assert period.name == text


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-1", "2026-02-30", "20261005", "2026-Q5", "2026-W41", "10", "a..b",
             "2026-10-05..", "2026-10..2026-11"],
)  # fmt: skip
def test_anything_else_is_an_error_that_shows_the_forms(text):
    with pytest.raises(AuditorError, match=r"write a month \(2026-10\)"):
        parse_period(text)


def test_a_period_cannot_end_before_it_begins():
    with pytest.raises(AuditorError, match="ends before it begins"):
        parse_period("2026-10-05..2026-10-04")


class TestClocks:
    LONDON = zone_named("Europe/London")

    @pytest.mark.parametrize(("day", "hours"), [("2013-10-27", 25), ("2014-03-30", 23), ("2014-03-31", 24)])
    def test_days_of_25_and_23_hours(self, day, hours):
        start, end = bounds_ms(parse_period(day), self.LONDON)
        assert end - start == hours * 3_600_000

    def test_a_year_has_three_spans_of_one_offset(self):
        found = spans(parse_period("2026-01-01..2026-12-31"), self.LONDON)
        assert [span.offset_ms for span in found] == [0, 3_600_000, 0]
        # 29 March and 25 October 2026, 01:00 UTC.
        assert [span.until_ms for span in found[:2]] == [1_774_746_000_000, 1_792_890_000_000]

    def test_a_period_without_a_change_of_clocks_is_plain_arithmetic(self):
        assert local_day_sql(parse_period("2026-07"), self.LONDON) == "(dialled_ms + 3600000) // 86400000"

    def test_an_unknown_zone_is_an_error_that_says_how_zones_are_written(self):
        for name in ("Europe/Londn", "", "../etc/passwd"):
            with pytest.raises(AuditorError, match="write an IANA name such as Europe/London"):
                zone_named(name)


class TestNumbers:
    def test_rates_are_rounded_half_up_to_six_places(self):
        assert rate_text(Fraction(29, 45)) == "0.644444"
        assert rate_text(Fraction(5, 10_000_000)) == "0.000001"
        assert rate_text(Fraction(4_999_999, 10**13)) == "0.000000"
        assert rate_text(Fraction(1)) == "1.000000"

    def test_counts_are_exact_where_six_decimals_suffice(self):
        assert count_text(Fraction(261, 16)) == "16.3125"
        assert count_text(Fraction(1200)) == "1200"
        assert count_text(Fraction(1, 3)) == "0.333333"

    def test_a_percentage_is_never_shown_as_the_limit_it_misses(self):
        limit = Fraction(3, 100)
        assert percent_text(limit, limit) == "3%"
        assert percent_text(Fraction(30_001, 10**6), limit) == "3.0001%"
        assert percent_text(Fraction(3, 100) + Fraction(1, 10**9), limit) == "3.00000010%"
        assert percent_text(Fraction(64444, 10**5)) == "64.44%"
