"""Waivers: a failure of the house limit may be accepted for a while, one of the law's cannot."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from calls import audited, row, rows
from report_document import DAY, NEXT, PARTNERS, STAMP, doubtful, good, over, silent

from auditor.cli.listing import as_summary, as_text, exit_code
from auditor.errors import AuditorError
from auditor.report.branding import Branding
from auditor.report.findings import findings_csv
from auditor.report.html import render_html
from auditor.report.view import view_of
from auditor.workspace import find_workspace

RATE = "uk-ofcom/abandoned-call-rate"
SILENT = "uk-ofcom/silent-calls"


def waiver(**facts):
    return {
        "rule": RATE, "campaign": "SALES1", "reason": "two agents ill", "approver": "Head of Compliance",
        "ticket": "RISK-12", "created": date(2026, 10, 1), "expires": date(2026, 10, 31),
    } | facts  # fmt: skip


def of(records, *waivers, period="2026-10", **more):
    return audited(records, period, partner=PARTNERS, waiver=waivers, **more)


def house(document, day=DAY):
    return row(document, basis="house", scope="campaign", **{"from": day})


class TestAHouseLimit:
    def test_a_failure_is_waived_and_says_by_whom(self):
        found = house(of(over(), waiver()))
        assert (found["verdict"], found["waiver"]) == ("waived", "RISK-12")
        assert found["reason"].endswith("Waived by Head of Compliance until 31 October 2026 (RISK-12).")
        assert found["rate"] == "0.100000"

    @pytest.mark.parametrize(
        ("created", "expires", "verdict"),
        [
            (date(2026, 10, 5), date(2026, 10, 5), "waived"),
            (date(2026, 10, 6), date(2026, 10, 31), "fail"),
            (date(2026, 9, 1), date(2026, 10, 4), "fail"),
        ],
    )
    def test_from_the_day_it_was_created_to_the_day_it_expires(self, created, expires, verdict):
        assert house(of(over(), waiver(created=created, expires=expires)))["verdict"] == verdict

    @pytest.mark.parametrize(
        ("scope", "waived"),
        [
            ({"campaign": "SALES1"}, {"campaign", "campaign+partner"}),
            ({"campaign": "SALES1", "partner": "ann"}, {"campaign+partner"}),
            ({"campaign": None, "partner": "ann"}, {"campaign+partner", "partner"}),
            ({"campaign": None, "call_centre": "Leeds"}, {"call_centre"}),
            ({"campaign": "OTHER"}, set()),
        ],
    )
    def test_it_speaks_of_rows_that_have_the_names_it_gives(self, scope, waived):
        document = of(over(call_centre="Leeds"), waiver(**scope))
        failing = [r for r in rows(document) if r["verdict"] in ("fail", "waived")]
        assert {r["scope"] for r in failing if r["verdict"] == "waived"} == waived
        assert len(failing) == 4

    def test_a_pass_and_a_doubt_are_left_alone(self):
        document = of(good() + doubtful(day=NEXT), waiver())
        assert house(document)["verdict"] == "pass"
        assert house(document, NEXT)["verdict"] == "undecided"
        assert {r["waiver"] for r in document["results"]} == {None}

    def test_another_rule_is_not_meant(self):
        assert house(of(over(), waiver(rule=SILENT)))["verdict"] == "fail"

    def test_exit_0_once_every_failure_is_waived_and_1_while_one_is_not(self):
        both = waiver(campaign=None, partner="ann")
        assert exit_code(of(over(), waiver(), both), allow_undecided=True) == 0
        assert exit_code(of(over(), waiver()), allow_undecided=True) == 1


class TestTheLaw:
    def test_a_limit_of_the_law_cannot_be_waived_only_accepted_as_a_risk(self):
        document = of(silent(), waiver(rule=SILENT))
        found = row(document, "silent-calls", scope="campaign")
        assert (found["verdict"], found["waiver"], found["basis"]) == ("fail", "RISK-12", "law")
        assert "a limit of the law cannot be waived, so it is a failure still" in found["reason"]
        assert exit_code(document, allow_undecided=True) == 1

    def test_nor_can_the_same_limit_in_a_view_of_oversight(self):
        document = of(silent(), waiver(rule=SILENT, campaign=None, partner="ann"))
        found = row(document, "silent-calls", scope="partner")
        assert (found["basis"], found["limit_of"], found["verdict"]) == ("oversight", "law", "fail")

    def test_nor_does_a_tighter_house_limit_hide_the_laws_in_a_view_of_oversight(self):
        may = {"created": date(2012, 5, 1), "expires": date(2012, 5, 31)}
        both = (waiver(**may), waiver(campaign=None, partner="ann", **may))
        tables = {"only_partner": "ann", "house_limit": [{"rule": RATE, "limit": "2/100"}]}
        document = of(over(day="2012-05-08"), *both, period="2012-05", **tables)
        assert {(r["limit_of"], r["limit"], r["verdict"]) for r in rows(document)} == {
            ("law", "3/100", "fail")
        }
        headline = view_of(document).headline
        assert (headline.verdict, "did not keep to the law" in headline.sentence) == ("fail", True)

    def test_nor_ofcoms_rate_while_it_was_law(self):
        document = of(
            over(day="2012-05-08"),
            waiver(created=date(2012, 5, 1), expires=date(2012, 5, 31)),
            period="2012-05",
        )
        assert row(document, basis="law", scope="campaign")["verdict"] == "fail"


class TestWhatBecameOfIt:
    def said(self, records, *waivers, **more):
        return [(w["waived"], w["accepted"], w["note"]) for w in of(records, *waivers, **more)["waivers"]]

    def test_what_it_waived_and_what_it_only_accepts_are_counted(self):
        assert self.said(over() + over(day=NEXT), waiver()) == [(4, 0, None)]  # campaign, and at its partner
        assert self.said(silent(), waiver(rule=SILENT)) == [(0, 2, None)]

    def test_one_that_nothing_needed_is_warned_of(self):
        ((waived, accepted, note),) = self.said(good(), waiver())
        assert (waived, accepted) == (0, 0)
        assert note.startswith("was not used")

    def test_one_that_expired_says_that_its_findings_are_back(self):
        ((_, _, note),) = self.said(over(), waiver(expires=date(2026, 10, 4)))
        assert note.startswith("expired on 4 October 2026, and its findings are back")

    def test_one_that_came_after_the_failure_says_so(self):
        ((_, _, note),) = self.said(over(), waiver(created=date(2026, 10, 6)))
        assert note.startswith("holds from 6 October 2026")

    def test_one_of_another_time_is_no_matter_for_a_warning(self):
        assert self.said(good(), waiver(created=date(2026, 11, 1), expires=date(2026, 11, 2))) == [
            (0, 0, None)
        ]

    def test_a_part_of_the_calls_cannot_tell_that_nothing_needed_it(self):
        assert self.said(good(), waiver(), campaign="SALES1") == [(0, 0, None)]

    def test_each_failure_is_of_the_first_that_speaks_of_it_and_the_second_says_so(self):
        first, second = self.said(over(), waiver(), waiver(ticket="RISK-13"))
        assert (first[0], second[0]) == (2, 0)
        assert second[2].startswith("was not used, since the waiver RISK-12 speaks of the same")

    def test_one_that_was_renewed_is_not_said_to_be_over(self):
        until, then = waiver(expires=date(2026, 10, 5)), waiver(created=date(2026, 10, 6), ticket="RISK-13")
        assert self.said(over() + over(day=NEXT), until, then) == [(2, 0, None), (2, 0, None)]

    def test_days_before_it_and_days_after_it_are_told_apart(self):
        ((_, _, note),) = self.said(over(), waiver(created=date(2026, 10, 10), expires=date(2026, 10, 20)))
        assert note.startswith("holds from 10 October 2026")


class TestOnPaper:
    def test_oversight_that_still_fails_is_told_beside_a_pass(self):
        document = of(over(), waiver())
        headline = view_of(document).headline
        assert headline.word == "PASS, WITH WAIVERS"
        assert headline.more.endswith(
            "1 verdict of oversight, over calls of several campaigns or of a part of one, did fail."
        )
        assert exit_code(document, allow_undecided=True) == 1

    def test_its_reason_goes_to_no_partner_whose_calls_it_did_not_touch(self):
        records = over("bob") + good("ann")
        document = of(records, waiver(reason="Bob & Sons agents ill"), only_partner="ann")
        assert document["waivers"] == []
        assert "Bob" not in str(document)

    def test_no_output_hides_what_was_waived(self):
        document = of(over() + good(day=NEXT), waiver(), waiver(campaign=None, partner="ann"))
        assert "Waived by Head of Compliance" in as_summary(document)
        assert "RISK-12  uk-ofcom/abandoned-call-rate  SALES1, until 2026-10-31" in as_text(document)
        waived = [r for r in csv.DictReader(io.StringIO(findings_csv(document))) if r["verdict"] == "waived"]
        assert {r["scope"] for r in waived} == {"campaign", "campaign+partner", "partner"}
        page = render_html(document, Branding(), STAMP, for_print=True)
        assert "two agents ill" in page
        assert "Head of Compliance (RISK-12)" in page

    def test_a_waived_failure_is_neither_failed_nor_passed(self):
        document = of(over() + good(day=NEXT), waiver(), waiver(campaign=None, partner="ann"))
        view = view_of(document)
        figures = dict(view.headline.figures)
        assert (figures["failed"], figures["waived"]) == ("0", "1")
        assert view.headline.word == "PASS, WITH WAIVERS"
        assert "1 failure of the house limit was waived" in view.headline.more
        judged = {
            r["rule"] + r["from"]
            for r in document["results"]
            if r["scope"] == "campaign" and r["verdict"] in ("pass", "waived") and r["base"] != "0"
        }
        assert int(figures["passed"]) == len(judged) - 1
        assert view.lines[0].verdict == "Waived"

    def test_a_failure_beside_it_is_still_the_headline(self):
        document = of(over() + silent(day=NEXT), waiver())
        headline = view_of(document).headline
        assert headline.verdict == "fail"
        assert headline.more.endswith("1 failure of the house limit was waived.")

    def test_the_month_it_was_waived_in_says_so_afterwards(self):
        september = waiver(created=date(2026, 9, 1), expires=date(2026, 9, 30))
        document = of(over(day="2026-09-10") + good(), september)
        assert [m["waived"] for m in document["trend"]] == [1, 0]
        assert [m["failed"] for m in document["trend"]] == [0, 0]

    def test_a_partner_sees_the_waivers_that_concern_it(self):
        records = over(campaign="A") + over("bob", campaign="B")
        both = (waiver(campaign="A"), waiver(campaign="B", reason="as agreed with Bob"))
        document = of(records, *both, only_partner="ann")
        assert [w["campaign"] for w in document["waivers"]] == ["A"]
        assert "agreed with Bob" not in str(document)


class TestTheFile:
    def faults(self, folder, text):
        (folder / "waivers.toml").write_text(text, "utf-8")
        with pytest.raises(AuditorError) as caught:
            find_workspace(folder)
        return str(caught.value)

    @pytest.mark.parametrize("key", ["rule", "reason", "approver", "ticket", "created", "expires"])
    def test_everything_is_required(self, tmp_path, key):
        facts = waiver()
        del facts[key]
        text = "[[waiver]]\n" + "".join(
            f"{name} = {value}\n" if isinstance(value, date) else f'{name} = "{value}"\n'
            for name, value in facts.items()
        )
        assert f"waivers.toml: waiver[1].{key}: is missing: add it" in self.faults(tmp_path, text)

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [
            ("", "names no partner, campaign or call_centre: write at least one"),
            ('campaign = "A"\ncall_centre = "B"\n', "no verdict is of both: write one waiver for each"),
            ('campain = "A"\n', "waiver[1].campain: there is no such key: did you mean 'campaign'?"),
            ('campaign = "A"\n[[waiver]]\n', "waiver[2].rule: is missing: add it"),
            ('campaign = "A"\nexpires = 2026-09-30\n', "Cannot overwrite a value"),
        ],
    )
    def test_a_fault_is_a_sentence(self, tmp_path, more, sentence):
        text = (
            f'[[waiver]]\nrule = "{RATE}"\nreason = "r"\napprover = "a"\nticket = "t"\n'
            f"created = 2026-10-01\nexpires = 2026-10-31\n{more}"
        )
        assert sentence in self.faults(tmp_path, text)

    @pytest.mark.parametrize("day", ['"2026-10-31"', "4102444800", "2026-10-31T12:00:00"])
    def test_a_day_is_a_day(self, tmp_path, day):
        text = (
            f'[[waiver]]\nrule = "{RATE}"\ncampaign = "A"\nreason = "r"\napprover = "a"\nticket = "t"\n'
            f"created = 2026-10-01\nexpires = {day}\n"
        )
        assert "waiver[1].expires" in self.faults(tmp_path, text)

    def test_what_is_there_but_no_file_is_no_absence_of_waivers(self, tmp_path):
        (tmp_path / "waivers.toml").mkdir()
        with pytest.raises(AuditorError, match=r"waivers\.toml: cannot be read"):
            find_workspace(tmp_path)

    @pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = "])
    def test_what_is_no_toml_is_said_in_a_sentence(self, tmp_path, text):
        assert "waivers.toml: is no TOML" in self.faults(tmp_path, text)

    def test_one_that_never_ends_can_be_printed(self):
        document = of(over(), waiver(expires=date(9999, 12, 31)))
        page = render_html(document, Branding(), STAMP, for_print=True)
        assert "1 October 2026 to 31 December 9999" in page

    def test_a_waiver_cannot_expire_before_it_begins(self):
        with pytest.raises(ValueError, match="expires on 2026-09-30, before it was created on 2026-10-01"):
            of(good(), waiver(expires=date(2026, 9, 30)))

    def test_a_partner_that_there_is_not_is_refused(self, tmp_path):
        (tmp_path / "auditor.toml").write_text('[[partner]]\nid = "ann"\n', "utf-8")
        text = (
            f'[[waiver]]\nrule = "{RATE}"\npartner = "bert"\nreason = "r"\napprover = "a"\nticket = "t"\n'
            "created = 2026-10-01\nexpires = 2026-10-31\n"
        )
        assert "waiver[1].partner: 'bert' is no partner of this workspace" in self.faults(tmp_path, text)

    @pytest.mark.parametrize("rule", ["uk-ofcom/abandoned", "uk-ofcm/abandoned-call-rate"])
    def test_a_rule_that_there_is_not_is_refused(self, rule):
        with pytest.raises(AuditorError, match=f"waivers.toml: waiver: there is no rule '{rule}'"):
            of(good(), waiver(rule=rule))
