"""Reports: what they say, what they hold, and what they can never hold."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import re
from datetime import UTC, datetime

import pikepdf
import pytest
from calls import calls
from markupsafe import escape
from report_document import DAY, NEXT, STAMP, document, doubtful, good, over, silent

from auditor.audit.document import as_json
from auditor.errors import AuditorError
from auditor.report import write
from auditor.report.branding import Branding
from auditor.report.findings import findings_csv
from auditor.report.html import render_html
from auditor.report.pdf import _fetcher, _weasyprint, render_pdf
from auditor.report.view import view_of
from auditor.report.words import count, limit_percent, many, percent, period, spans
from auditor.report.write import Bounds, Report, file_stems, write_reports
from auditor.shipped import templates

WHEN = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

#: A report says what the document says, whichever DuckDB counted.
pytestmark = pytest.mark.slow
SCRIPT = (templates() / "report.js").read_text("utf-8")


def page(found, branding=None) -> str:
    return render_html(found, branding or Branding(), STAMP, for_print=False)


HOUSE = [{"rule": "uk-ofcom/abandoned-call-rate", "limit": "2/100"}]
DROP, PLAYED = "dropped_by_dialler", {"message": "played", "partner": "ann"}


def said(records, partner=None, **more):
    headline = view_of(document(records, partner, **more)).headline
    return headline.verdict, f"{headline.sentence} {headline.more}"


class TestTheVerdictInASentence:
    def test_a_clean_month(self):
        verdict, text = said(good())
        assert verdict == "pass"
        assert text.startswith("Example Telecom kept to the rules that were tested in October 2026.")

    def test_a_day_over_this_products_limit_is_no_breach_of_the_law_nor_of_a_limit_of_the_clients(self):
        verdict, text = said(over() + good(day=NEXT))
        assert verdict == "fail"
        assert "did not keep to auditor's default limit in October 2026" in text
        over_it = "On 1 campaign-day more than 3% of live calls were abandoned"
        assert f"{over_it} (auditor's default limit, as the client has set none)." in text

    def test_a_day_over_the_clients_own_limit_is_no_breach_of_the_law(self):
        _, text = said(over(), house_limit=HOUSE)
        assert "did not keep to the house limit in October 2026" in text
        assert "more than 2% of live calls were abandoned (the house limit)." in text

    def test_what_the_law_forbids_is_told_apart_from_what_the_client_does(self):
        records = over(day="2011-02-01", campaign="A") + calls(3, DROP, "2011-02-02", campaign="B", **PLAYED)
        records += calls(97, "live_to_agent", "2011-02-02", campaign="B", partner="ann")
        _, text = said(records, period="2011-02", house_limit=HOUSE)
        assert "kept neither to the law nor to the house limit" in text
        assert "On 1 campaign-day more than 3% of live calls were abandoned (the limit of the law)." in text
        assert (
            "On 1 further campaign-day more than 2% of live calls were abandoned (the house limit)." in text
        )

    def test_a_silent_call_is_one(self):
        verdict, text = said(silent())
        assert (verdict, "did not keep to the law" in text) == ("fail", True)
        assert "Not allowed at all, but found: 1 silent call on 1 day." in text

    def test_both_at_once_and_a_doubt_beside_them(self):
        _, text = said(over() + silent(day=NEXT) + doubtful(campaign="AMD"))
        assert "kept neither to the law nor to auditor's default limit" in text
        assert "1 further verdict could not be decided." in text

    def test_a_doubt_alone_is_no_pass(self):
        verdict, text = said(doubtful())
        assert verdict == "undecided"
        assert text.startswith("Nothing failed in October 2026, but 1 verdict could not be decided.")

    def test_a_call_centre_over_the_limit_beside_a_campaign_that_is(self):
        # On the first day SALES1 is over, and Hull with it; on the second Hull is, B at both centres is not.
        day, next_day = "2011-02-01", "2011-02-02"
        records = over(call_centre="Hull", day=day) + over(call_centre="Hull", campaign="B", day=next_day)
        records += calls(400, "live_to_agent", next_day, partner="ann", call_centre="York", campaign="B")
        found = document(records, period="2011-02")
        headline = view_of(found).headline
        assert headline.more.startswith(
            "On 1 campaign-day and on 2 days over all campaigns of a call centre (Hull) more than 3%"
        )
        assert dict(headline.figures)["failed"] == "3"
        first, second = view_of(found).breaches
        assert (first.where, first.also) == ("Campaign SALES1", ("call centre Hull",))
        assert (second.where, second.when) == ("Call centre Hull", "2 February 2011")
        own = view_of(document(over(call_centre="Hull", day=day), "ann", period="2011-02"))
        assert [(b.where, b.also) for b in own.breaches] == [("Campaign SALES1", ("call centre Hull",))]

    def test_a_call_centre_over_the_limit_with_clean_campaigns(self):
        # B drops 10 of 100 at Hull, but 10 of 500 over both call centres: 2%.
        records = over(call_centre="Hull", campaign="B")
        records += calls(400, "live_to_agent", DAY, partner="ann", call_centre="York", campaign="B")
        verdict, text = said(records)
        assert verdict == "fail"
        assert text.count("On 1 day over all campaigns of a call centre (Hull) more than 3%") == 1

    def test_days_on_which_no_rule_was_in_force_are_no_pass(self):
        found = view_of(document(good(day="2003-05-08"), period="2003-05"))
        assert (found.headline.verdict, found.headline.word) == ("nothing", "NOTHING JUDGED")
        assert found.headline.sentence == "Nothing was judged in May 2003."
        assert found.lines[0].verdict == "Nothing judged"

    def test_two_clients_of_one_campaigns_name_are_two(self):
        records = over(client="C1") + good(client="C2")
        found = view_of(document(records, client={}))
        assert [line.name for line in found.lines] == ["SALES1 of C1", "SALES1 of C2"]
        (breach,) = (b for b in found.breaches if b.where.startswith("Campaign"))
        assert breach.partners == (("Ann Ltd", "10", "100"),)

    def test_a_partners_report_speaks_of_the_partner(self):
        verdict, text = said(over("bob") + good("ann"), partner="ann")
        assert verdict == "pass"
        assert text.startswith("The dialling of Ann Ltd kept to the rules")


class TestThePage:
    def test_a_rate_is_shown_as_a_range_of_days_and_a_doubt_never_as_a_low_rate(self):
        view = view_of(document(good() + over(day=NEXT) + doubtful(campaign="AMD")))
        lines = {line.name: line for line in view.lines}
        assert lines["SALES1"].rates == "3.00% to 10.00%"
        assert lines["AMD"].rates == "0.00% to 50.00%"
        assert (lines["AMD"].verdict, lines["SALES1"].verdict) == ("Undecided", "Fail")
        assert lines["SALES1"].silent == "0"

    def test_a_breach_has_its_formula_numbers_provision_and_advice(self):
        text = page(document(over()))
        assert "dropped × live ÷ (live + agent machine)" in text
        assert "10 × 90 ÷ (90 + 0)" in text
        assert "House limit of 3%" in text
        assert "Lower the pacing" in text

    def test_what_was_not_tested_stands_before_the_figures(self):
        text = page(document(good()))
        assert text.index("What was not tested") < text.index("Method and law")
        assert "not in this rulebook yet" in text

    def test_a_chart_has_words_for_those_who_cannot_see_it_and_shapes_for_those_who_see_no_colour(self):
        text = page(document(over() + good(day=NEXT) + doubtful(campaign="AMD")))
        assert "<title>Abandoned call rate of SALES1, day by day, against the limit: 1 day over" in text
        svgs = re.findall(r"<svg.*?</svg>", text, re.S)
        assert len(svgs) == 3, "a picture of all campaigns, and one of each that failed or is in doubt"
        assert any("<polygon" in svg for svg in svgs), "a bar beyond the axis has an arrow"
        assert any('width="7" height="7"' in svg for svg in svgs), "a failure is a square"

    def test_where_the_limit_changes_the_line_does(self):
        records = good(day="2017-02-27") + over(day="2017-02-28") + good(day="2017-03-01")
        house = [{"rule": "uk-ofcom/abandoned-call-rate", "limit": "5/100"}]
        (chart,) = view_of(document(records, period="2017-02-20..2017-03-10", house_limit=house)).charts
        assert re.findall(r">limit ([\d.]+%)<", chart.svg) == ["3%", "5%"]

    def test_every_verdict_is_a_word(self):
        text = page(document(over() + doubtful(campaign="AMD") + good(campaign="OK")))
        for word in (">Fail<", ">Undecided<", ">Pass<"):
            assert word in text

    def test_the_html_needs_nothing_but_itself(self):
        text = page(document(good()), Branding(logo=PNG))
        addresses = re.findall(r'(?:src|href)="([^"]*)"|url\("?([^")]*)', text)
        assert addresses
        assert all((a or b).startswith(("data:", "#")) for a, b in addresses)
        assert "default-src 'none'" in text

    def test_undecided_days_are_grouped_by_their_cause(self):
        records = [
            call for day in (DAY, NEXT)
            for call in calls(50, "live_to_agent", day) + calls(9, "machine_by_amd", day)
        ]  # fmt: skip
        (doubt,) = view_of(document(records)).doubts
        assert doubt.days == 2
        assert doubt.cause.startswith("Calls that answering machine detection ended")
        assert doubt.units[0][2] == "2 days, Mon 5 Oct to Tue 6 Oct"
        assert "reasoned estimate" in doubt.advice

    def test_what_is_not_allowed_at_all_is_one_breach_of_a_campaign_with_all_its_days(self):
        records = silent() + silent(day=NEXT) + silent(day=NEXT, campaign="B")
        (first, second) = view_of(document(records)).breaches
        assert {first.where, second.where} == {"Campaign SALES1", "Campaign B"}
        both = first if first.where == "Campaign SALES1" else second
        assert (both.when, both.days) == (
            "2 days", (("Mon 5 Oct", "1", "0", "100"), ("Tue 6 Oct", "1", "0", "100"))
        )  # fmt: skip
        assert "Every day it happened" in page(document(records))

    def test_every_campaign_has_its_verdict_by_every_rule(self):
        view = view_of(document(good() + silent(day=NEXT) + doubtful(campaign="B")))
        squares = dict(view.squares)
        by_rule = dict(zip(view.rules, squares["SALES1"], strict=True))
        assert (by_rule["Silent"].verdict, by_rule["Silent"].note) == ("Fail", "1 day")
        assert (by_rule["Number shown"].verdict, by_rule["Number shown"].note) == ("Pass", "")
        assert (by_rule["Ring time"].verdict, by_rule["Ring time"].note) == ("", "nothing to judge")
        assert dict(zip(view.rules, squares["B"], strict=True))["Abandoned"].verdict == "Undecided"

    def test_the_annex_says_what_a_breach_may_cost_in_that_period(self):
        text = page(document(good()))
        assert "£2,000,000." in text
        assert "£50,000" not in text

    def test_more_breaches_than_a_reader_reads_are_cut_with_a_banner(self):
        days = [f"2026-10-{day:02}" for day in range(1, 16)]
        text = page(document([call for day in days for call in over(day=day)]))
        assert text.count('class="breach"') == 12
        assert "The 12 gravest of 15 breaches are shown." in re.sub(r"\s+", " ", text)

    @pytest.mark.parametrize(
        "name",
        ["<script>alert(1)</script>", "{{ 7 * 7 }}", "{% raw %}", "</style><b>", "שלום עולם", "🎉 party",
         "x" * 300,
         "O'Neill & Söhne \"GmbH\""],
    )  # fmt: skip
    def test_a_hostile_name_comes_out_as_text(self, name):
        text = page(document(over(campaign=name) + doubtful(campaign=f"{name}2"), client={"name": name}))
        assert str(escape(name)) in text
        # One script is ours; the page's policy lets no other run.
        assert re.findall(r"<script.*?</script>", text, re.S) == [f"<script>{SCRIPT}</script>"]
        assert "</style><b>" not in text

    def test_templates_never_switch_escaping_off(self):
        for template in templates().glob("*.html"):
            assert not re.search(r"\|\s*safe|autoescape\s+false", template.read_text("utf-8"))


class TestThePdf:
    @pytest.fixture(scope="class")
    @classmethod
    def written(cls, tmp_path_factory):
        """Two reports, rendered as `auditor report` does, twice."""
        found = document(
            over() + doubtful("bob", campaign="AMD") + silent("bob", day=NEXT, campaign="🎉 <b>")
        )
        both = []
        for name in ("first", "second"):
            folder = tmp_path_factory.mktemp(name)
            reports = [Report(folder / "group", found, as_json(found), '{"schema": 1}\n', "run")]
            both.append(list(write_reports(reports, ["pdf", "html"], Branding(logo=PNG), WHEN)))
        return found, both

    def test_it_is_tagged_archival_and_says_what_it_is(self, written):
        _, ((path, _), _) = written
        with pikepdf.open(path) as pdf:
            assert pdf.Root.MarkInfo.Marked
            assert str(pdf.Root.Lang) == "en-GB"
            assert "/StructTreeRoot" in pdf.Root
            with pdf.open_metadata() as meta:
                assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
                assert meta["dc:title"] == "Abandoned and silent calls: Example Telecom, October 2026"

    def test_its_evidence_is_attached(self, written):
        found, ((path, _), _) = written
        with pikepdf.open(path) as pdf:
            files = {name: a.get_file().read_bytes() for name, a in pdf.attachments.items()}
        assert set(files) == {"results.json", "findings.csv", "manifest.json"}
        assert files["results.json"].decode() == as_json(found)
        rows = list(csv.DictReader(io.StringIO(files["findings.csv"].decode())))
        assert {row["verdict"] for row in rows} == {"fail", "undecided"}
        assert json.loads(files["manifest.json"]) == {"schema": 1}

    def test_every_font_is_embedded(self, written):
        _, ((path, _), _) = written
        with pikepdf.open(path) as pdf:
            fonts = [
                o
                for o in pdf.objects
                if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
            ]
            assert fonts
            assert all("/FontFile2" in f or "/FontFile3" in f for f in fonts)

    def test_the_same_input_gives_the_same_bytes(self, written):
        _, (first, second) = written
        for one, other in zip(first, second, strict=True):
            assert one.read_bytes() == other.read_bytes()

    def test_nothing_half_written_is_left(self, written):
        _, ((path, _), _) = written
        assert sorted(p.name for p in path.parent.iterdir()) == ["group.html", "group.pdf"]

    def test_only_packaged_fonts_and_what_the_page_carries_can_be_reached(self):
        weasyprint = _weasyprint()
        fetcher = _fetcher(weasyprint)
        from weasyprint.urls import FatalURLFetchingError

        for address in ("file:///etc/passwd", "http://127.0.0.1/", (templates() / "report.css").as_uri()):
            with pytest.raises(FatalURLFetchingError):
                fetcher.fetch(address)

    def test_a_character_that_no_font_has_is_a_box_and_stops_nothing(self):
        strange = "日本 \x1b[31m\u202e\u0085٠١ 𐍈 \ufdfd Ωμέγα Ж \u00adq\u200bq"
        found = document(over(strange) + silent("bob", campaign=strange))
        html = render_html(found, Branding(name=strange), STAMP, for_print=True)
        assert "□□ □[31m" in html
        assert "Ωμέγα Ж \u00adq\u200bq" in html
        assert render_pdf(html, {}, WHEN).startswith(b"%PDF")

    def test_a_page_that_reaches_elsewhere_or_is_faulty_is_no_report(self):
        for body in ('<img src="file:///etc/passwd">', "<p style='colour: red'>x</p>"):
            html = f"<html lang=en><title>x</title><body>{body}</body></html>"
            with pytest.raises(AuditorError, match="could not be rendered cleanly"):
                render_pdf(html, {}, WHEN)


class TestWritingThem:
    def test_partner_ids_become_safe_names_that_are_kept_apart(self):
        stems = file_stems(["ann", "ANN", "a/b", "a b", "..", "c" * 90, "プロ"])
        assert stems["ann"].startswith("partner-ann")
        assert len({stem.lower() for stem in stems.values()}) == 7
        assert all(re.fullmatch(r"partner-[A-Za-z0-9._-]{1,80}", stem) for stem in stems.values())
        assert file_stems(["northgate"]) == {"northgate": "partner-northgate"}

    def test_a_folder_that_cannot_be_written_is_one_sentence(self, tmp_path):
        (tmp_path / "file").write_text("", "utf-8")
        found = document(good())
        report = Report(tmp_path / "file" / "group", found, as_json(found), "{}", "run")
        with pytest.raises(AuditorError, match=r"group\.html: cannot be written"):
            list(write_reports([report], ["html"], Branding(), WHEN))

    def test_a_report_that_takes_too_long_is_named_and_leaves_nothing(self, tmp_path):
        found = document(over())
        report = Report(tmp_path / "group", found, as_json(found), "{}", "run")
        with pytest.raises(AuditorError, match=r"group\.pdf: rendering it took longer than 0\.05 s"):
            list(write_reports([report], ["pdf"], Branding(), WHEN, Bounds(seconds=0.05)))
        assert list(tmp_path.iterdir()) == []

    def test_a_report_has_so_much_memory_and_no_more(self, tmp_path, monkeypatch):
        monkeypatch.setattr(write, "_render", lambda *_: bytes(2 << 30))
        report = Report(tmp_path / "group", {}, "", "", "")
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()

        def render():
            try:
                write._bounded(report, "pdf", Branding(), WHEN, Bounds(memory=1 << 30), tmp_path)
            except MemoryError:
                theirs.send("MemoryError")

        child = context.Process(target=render)
        child.start()
        assert ours.poll(30)
        assert ours.recv() == "MemoryError"
        child.join()

    def test_a_logo_or_colour_that_cannot_be_used(self):
        with pytest.raises(AuditorError, match="neither PNG nor JPEG"):
            Branding(logo=b"GIF89a")
        with pytest.raises(AuditorError, match="write it like #1f3a5f"):
            Branding(colour="red;}")

    def test_findings_are_safe_in_a_spreadsheet(self):
        rows = findings_csv(document(over(campaign="=1+1")))
        assert "'=1+1" in rows
        assert ",=1+1" not in rows


def test_words():
    assert percent("0.086420") == "8.64%"
    assert percent("0.000050") == "0.01%"
    assert percent(None) == "–"
    assert (limit_percent("3/100"), limit_percent("1/40")) == ("3%", "2.5%")
    assert (count("1234567"), count("16.3125"), count(None)) == ("1,234,567", "16.31", "–")
    assert (many(1, "day"), many(2, "day"), many(2, "foot", "feet")) == ("1 day", "2 days", "2 feet")
    assert period("2026-10-01", "2026-10-31") == "October 2026"
    assert period("2026-10-05", "2026-10-05") == "5 October 2026"
    assert period("2011-02-01", "2011-03-21") == "1 February 2011 to 21 March 2011"
    assert spans([DAY]) == "Mon 5 Oct"
