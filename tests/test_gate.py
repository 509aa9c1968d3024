"""The gate: what campaign configurations say that the rules do not allow, and where they say it."""

from __future__ import annotations

import json
import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from gates import GOOD, TODAY, checks, found, gated, written

from auditor.errors import AuditorError
from auditor.gate.check import settings_of
from auditor.gate.read import read_campaigns
from auditor.gate.settings import SETTINGS
from auditor.rulebook.evaluate import evaluator
from auditor.rulebook.grammar import parse_condition

RATE = "uk-ofcom/abandoned-call-rate"


def changed(*changes):
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


class TestTheChecksOfThePack:
    @pytest.mark.parametrize("check", checks(), ids=lambda check: check.name)
    def test_each_finds_what_its_cases_say(self, check):
        holds = evaluator(parse_condition(check.check.where))
        version = check.rule.version_on(TODAY) if check.rule else None
        bounds = dict(version.threshold) if version else {}
        for case in check.check.case:
            values = dict.fromkeys(SETTINGS) | bounds | {"limit": 30_000} | case.given
            assert (holds(values) is True) == case.found, case

    @pytest.mark.parametrize(
        ("change", "verdict", "check", "line", "column"),
        [
            (("ring_timeout: 21 s", "ring_timeout: 14.999 s"), "fail", "ring-timeout", 6, 17),
            (("connect_within: 2 s", "connect_within: 2001 ms"), "fail", "time-to-connect", 11, 19),
            (("kind: recording", "kind: tone"), "fail", "message-is-a-tone", 14, 11),
            (("action: message", "action: hangup"), "fail", "drop-in-silence", 12, 11),
            (("action: message", "action: queue"), "warning", "drop-into-a-queue", 12, 11),
            (("who_called: true", "who_called: false"), "fail", "message-without-name", 16, 22),
            (('    number: "0800 496 0123"\n', ""), "fail", "message-without-number", 15, 11),
            (("0800 496 0123", "0900 496 0123"), "fail", "message-number-at-a-premium", 17, 13),
            (("markets: false", "markets: true"), "fail", "message-markets", 18, 14),
            (("at_most: 2%", "at_most: 3.01%"), "fail", "pacing-target", 20, 22),
            (("at_most: 2%", "at_most: 3%"), "warning", "pacing-target-without-margin", 20, 22),
            (("of: live_calls", "of: all_calls"), "fail", "pacing-denominator", 21, 7),
            (("ofcom_formula: true", "ofcom_formula: false"), "warning", "ofcom-formula-off", 22, 18),
            (("  ofcom_formula", '  drop_group: "101"\n  ofcom_formula'), "fail", "drop-group", 22, 15),
            (("used: false", "used: true"), "fail", "detection-without-estimate", 24, 9),
            (("after_abandoned: 72 h", "after_abandoned: 71 h"), "fail", "retry-after-abandoned", 26, 20),
            (("+442079460123", "anonymous"), "fail", "number-withheld", 7, 21),
            (("+442079460123", "+449012345678"), "fail", "number-at-a-premium", 7, 21),
            (('  presented_number: "+442079460123"\n', ""), "fail", "number-not-presented", 1, 11),
            (("owner: sales-ops@example.com\n", ""), "warning", "no-owner", 1, 11),
            (("partner: northgate\n", ""), "warning", "no-partner", 1, 11),
            (('from: "09:00"', 'from: "07:59"'), "warning", "calling-hours", 9, 17),
        ],
    )  # fmt: skip
    def test_one_fault_is_one_finding_where_it_stands(self, tmp_path, change, verdict, check, line, column):
        result = gated(written(tmp_path, changed(change)))
        assert found(result) == [(verdict, check, line, column)]

    def test_a_campaign_without_fault_has_none(self, tmp_path):
        assert found(gated(written(tmp_path, GOOD))) == []

    def test_nor_has_the_one_in_the_docs(self, tmp_path):
        docs = Path(__file__).parent.parent / "docs" / "gate.md"
        (example,) = re.findall(r"```yaml\n(campaign: .*?)```", docs.read_text("utf-8"), re.S)
        assert found(gated(written(tmp_path, example))) == []

    def test_what_agents_dial_themselves_may_wait(self, tmp_path):
        text = changed(("mode: predictive", "mode: manual"), ("connect_within: 2 s", "connect_within: 9 s"))
        assert found(gated(written(tmp_path, text))) == []

    def test_thirty_faults_are_thirty_findings_in_one_run(self, tmp_path):
        bad = changed(
            ("ring_timeout: 21 s", "ring_timeout: 5 s"), ("connect_within: 2 s", "connect_within: 5 s"),
            ("action: message", "action: hangup"), ("who_called: true", "who_called: false"),
            ("markets: false", "markets: true"), ("at_most: 2%", "at_most: 5%"),
            ("of: live_calls", "of: all_calls"), ("used: false", "used: true"),
            ("after_abandoned: 72 h", "after_abandoned: 0 h"), ("after_machine: 24 h", "after_machine: 0 h"),
        )  # fmt: skip
        three = "---\n".join(bad.replace("SALES1", name) for name in ("A", "B", "C"))
        assert len(gated(written(tmp_path, three)).findings) == 30


class TestTheDay:
    def test_of_each_day_the_rules_in_force_on_it(self, tmp_path):
        path = written(
            tmp_path, changed(("used: false", "used: true"), ("after_machine: 24 h", "after_machine: 1 h"))
        )
        on = {
            day: [check for _, check, _, _ in found(gated(path, day=day))]
            for day in (date(2008, 9, 9), date(2008, 9, 10), date(2011, 1, 31), date(2011, 2, 1))
        }
        assert list(on.values()) == [
            [], ["detection-without-estimate"], ["detection-without-estimate"],
            ["detection-without-estimate", "retry-after-machine"],
        ]  # fmt: skip

    def test_beyond_the_limit_of_the_law_while_there_was_one_and_of_the_house_since(self, tmp_path):
        path = written(tmp_path, changed(("at_most: 2%", "at_most: 4%")))
        basis = [gated(path, day=day).findings[0].basis for day in (date(2017, 2, 28), date(2017, 3, 1))]
        assert basis == ["law", "house"]

    def test_a_house_limit_moves_the_bar(self, tmp_path):
        path = written(tmp_path, GOOD)
        tight = [{"rule": RATE, "limit": "1/100"}]
        assert found(gated(path, house_limit=tight)) == [("fail", "pacing-target", 20, 22)]


ESTIMATE = {
    "campaign": "SALES1", "from": TODAY - timedelta(9), "to": TODAY, "base": "machine",
    "false_positives": 3, "sample": 1000, "signed_by": "Head of Compliance",
}  # fmt: skip


class TestNothingHides:
    """What a second pair of eyes found to pass unseen."""

    def test_every_campaign_of_a_list_is_looked_at(self, tmp_path):
        inner = {"campaignCallingNum": "02079460123", "noAnswerRingLimit": 20}
        good = {"campaignName": "A", "dialerType": "PREDICTIVE", "typeSpecificInfo": {"x": inner}}
        bad = json.loads(json.dumps(good).replace('"A"', '"B"').replace(": 20", ": 10"))
        result = gated(written(tmp_path, json.dumps({"campaign": [good, bad]}), "c.json"))
        assert [c.name for c in result.campaigns] == ["A", "B"]
        assert ("B", "ring-timeout") in {(f.campaign, f.check.split("/")[1]) for f in result.findings}

    def test_nor_may_anything_stand_beside_a_list(self, tmp_path):
        inner = "\n".join(f"  {line}" for line in GOOD.splitlines())
        text = f"campaigns:\n-{inner[1:]}\ndialling: {{mode: auto}}\n"
        with pytest.raises(AuditorError, match="has other keys beside 'campaigns'"):
            read_campaigns(written(tmp_path, text))

    def test_what_does_not_say_who_dials_is_dialled_by_the_system(self, tmp_path):
        campaign = {
            "name": "A",
            "channelSubtypeConfig": {"telephony": {"defaultOutboundConfig": {"ringTimeout": 5}}},
        }
        names = [check for _, check, _, _ in found(gated(written(tmp_path, json.dumps(campaign), "c.json")))]
        assert "ring-timeout" in names
        said = changed(("  mode: predictive\n", ""))
        with pytest.raises(AuditorError, match="is no campaign's configuration that is known"):
            read_campaigns(written(tmp_path, said))

    def test_what_was_not_said_is_listed(self, tmp_path):
        result = gated(written(tmp_path, "campaign: A\ndialling: {mode: auto}\n"))
        ((unsaid, (campaign,)),) = result.unsaid.items()
        assert campaign.name == "A"
        assert "how long an unanswered call rings" in unsaid

    def test_a_key_with_a_dot_in_it_is_no_path(self, tmp_path):
        text = changed(("connect_within: 2 s", "connect_within: 60 s")) + "drop.connect_within: 1 s\n"
        with pytest.raises(AuditorError, match="there is no key 'drop․connect_within'"):
            read_campaigns(written(tmp_path, text))

    @pytest.mark.parametrize(
        ("number", "check"),
        [
            ("+44 900 123 4567", "number-at-a-premium"), ("+44 (0)900 1234567", "number-at-a-premium"),
            ("0044 900 1234567", "number-at-a-premium"), ("(0900) 123-4567", "number-at-a-premium"),
            ("tel:+449001234567", "number-at-a-premium"), ("WITHHELD", "number-withheld"),
            ("Anonymous", "number-withheld"), ("0000000000", "number-not-presented"),
            ("none", "number-not-presented"),
        ],
    )  # fmt: skip
    def test_a_number_is_told_however_it_is_written(self, tmp_path, number, check):
        path = written(tmp_path, changed(("+442079460123", number)))
        assert [name for _, name, _, _ in found(gated(path))] == [check]

    def test_a_number_that_yaml_would_take_for_one_keeps_its_sign(self, tmp_path):
        path = written(tmp_path, changed(('"0800 496 0123"', "+449001234567")))
        assert [name for _, name, _, _ in found(gated(path))] == ["message-number-at-a-premium"]
        assert read_campaigns(written(tmp_path, changed(("SALES1", "007"))))[0].name == "007"

    def test_a_tighter_limit_of_the_house_makes_no_less_of_the_laws(self, tmp_path):
        path = written(tmp_path, changed(("at_most: 2%", "at_most: 5%")))
        tight = [{"rule": RATE, "limit": "1/50"}]
        (finding,) = gated(path, day=date(2012, 1, 1), house_limit=tight).findings
        assert (finding.basis, "more than the limit of 3%" in finding.says) == ("law", True)
        between = written(tmp_path, changed(("at_most: 2%", "at_most: 2.5%")))
        assert gated(between, day=date(2012, 1, 1), house_limit=tight).findings[0].basis == "house"

    def test_a_share_is_not_rounded_into_the_limit(self, tmp_path):
        path = written(tmp_path, changed(("at_most: 2%", "at_most: 3.001%")))
        assert found(gated(path)) == [("fail", "pacing-target", 20, 22)]

    @pytest.mark.parametrize(
        ("said", "why"), [("2.00001 s", "is finer than anything"), ("2000", "write it like")]
    )
    def test_nor_is_a_time_or_a_share_guessed(self, tmp_path, said, why):
        with pytest.raises(AuditorError, match=why):
            read_campaigns(written(tmp_path, changed(("connect_within: 2 s", f"connect_within: {said}"))))
        with pytest.raises(AuditorError, match=r"write it like 2\.5%"):
            read_campaigns(written(tmp_path, changed(("at_most: 2%", "at_most: 0.03"))))

    def test_hours_through_midnight_are_early_and_late(self, tmp_path):
        path = written(tmp_path, changed(('from: "09:00", to: "20:00"', 'from: "20:00", to: "09:00"')))
        assert [name for _, name, _, _ in found(gated(path))] == ["calling-hours"]

    def test_vicidials_ratio_has_no_target(self, tmp_path):
        header = "campaign_id,drop_call_seconds,dial_method,adaptive_dropped_percentage"
        rows = f"{header}\nA,2,RATIO,9\nB,2,ADAPT_AVERAGE,9\n"
        result = gated(written(tmp_path, rows, "c.csv"))
        assert [f.campaign for f in result.findings if f.check.endswith("pacing-target")] == ["B"]

    def test_before_there_was_a_policy_that_is_said(self, tmp_path):
        assert (
            "no rule was in force on 2005-01-01"
            in gated(written(tmp_path, GOOD), day=date(2005, 1, 1)).idle[0]
        )


class TestTheWorkspace:
    @pytest.mark.parametrize(
        ("change", "findings"),
        [
            ({}, 0),
            ({"campaign": "OTHER"}, 1),
            ({"to": TODAY - timedelta(1)}, 1),
            ({"partner": "brightcall"}, 1),
            ({"partner": "northgate"}, 0),
        ],
    )
    def test_an_estimate_that_holds_today_speaks_for_detection(self, tmp_path, change, findings):
        path = written(tmp_path, changed(("used: false", "used: true")))
        assert len(gated(path, estimate=[ESTIMATE | change]).findings) == findings

    def waiver(self, **facts):
        return {
            "rule": "uk-ofcom/no-owner", "campaign": "SALES1", "reason": "moving house", "approver": "Head",
            "ticket": "RISK-1", "created": TODAY, "expires": TODAY,
        } | facts  # fmt: skip

    def test_a_matter_of_the_house_can_be_waived_and_stays_in_sight(self, tmp_path):
        path = written(tmp_path, changed(("owner: sales-ops@example.com\n", "")))
        result = gated(path, waiver=[self.waiver()])
        assert found(result) == [("waived", "no-owner", 1, 11)]
        assert "Waived by Head until 2026-11-22 (RISK-1)." in result.findings[0].says
        assert result.idle == ()

    def test_what_the_law_asks_cannot(self, tmp_path):
        path = written(tmp_path, changed(("ring_timeout: 21 s", "ring_timeout: 5 s")))
        result = gated(path, waiver=[self.waiver(rule="uk-ofcom/ring-timeout")])
        assert found(result)[0][0] == "fail"
        assert "what the law asks cannot be waived" in result.findings[0].says

    @pytest.mark.parametrize(
        ("facts", "said"),
        [
            ({"expires": TODAY - timedelta(1), "created": TODAY - timedelta(9)}, "expired on 2026-11-21"),
            ({"rule": "uk-ofcom/no-partner"}, "was not used"),
        ],
    )
    def test_one_that_is_over_or_not_needed_is_told(self, tmp_path, facts, said):
        path = written(tmp_path, changed(("owner: sales-ops@example.com\n", "")))
        result = gated(path, waiver=[self.waiver(**facts)])
        assert found(result)[0][0] == "warning"
        (idle,) = result.idle
        assert said in idle

    def test_one_of_a_campaign_that_was_not_looked_at_is_no_matter(self, tmp_path):
        assert gated(written(tmp_path, GOOD), waiver=[self.waiver(campaign="OTHER")]).idle == ()


class TestTheDiallers:
    VICIDIAL = (
        "campaign_id,campaign_name,dial_method,drop_call_seconds,drop_action,safe_harbor_audio,dial_timeout,"
        "campaign_cid,drop_rate_group,adaptive_dropped_percentage,ofcom_uk_drop_calc,drop_lockout_time,"
        "user_group\n"
    )

    def test_vicidial_as_it_ships_has_a_buzz_and_five_seconds(self, tmp_path):
        path = written(tmp_path, "campaign_id,drop_call_seconds,dial_method\nNEW,,RATIO\n", "c.csv")
        result = gated(path)
        told = {f.check.split("/")[1]: f.default for f in result.findings}
        assert set(told) == {
            "time-to-connect", "message-is-a-tone", "number-not-presented", "retry-after-abandoned",
            "ofcom-formula-off", "no-owner", "no-partner",
        }  # fmt: skip
        assert "safe_harbor_audio default 'buzz'" in told["message-is-a-tone"]
        assert "drop_call_seconds default 5" in told["time-to-connect"]

    def test_vicidials_rows_have_the_column_of_each_fault(self, tmp_path):
        text = self.VICIDIAL + (
            'BAD,"Sales, one",ADAPT_TAPERED,5,AUDIO,buzz,12,0000000000,101,5,N,0,---ALL---\n'
            "GOOD,Good,RATIO,2,AUDIO,om-2026-03,21,02079460123,DISABLED,2,Y,72,northgate\n"
        )
        assert found(gated(written(tmp_path, text, "c.csv"))) == [
            ("warning", "no-owner", 2, 1), ("fail", "time-to-connect", 2, 32),
            ("fail", "message-is-a-tone", 2, 40), ("fail", "ring-timeout", 2, 45),
            ("fail", "number-not-presented", 2, 48), ("fail", "drop-group", 2, 59),
            ("fail", "pacing-target", 2, 63), ("warning", "ofcom-formula-off", 2, 65),
            ("fail", "retry-after-abandoned", 2, 67), ("warning", "no-partner", 2, 69),
            ("warning", "no-owner", 3, 1),
        ]  # fmt: skip

    def test_amazon_connect(self, tmp_path):
        def campaign(**telephony):
            outbound = {"connectSourcePhoneNumber": "+442079460123", "ringTimeout": 20,
                        "answerMachineDetectionConfig": {"enableAnswerMachineDetection": True}}  # fmt: skip
            return {
                "name": "SALES1",
                "channelSubtypeConfig": {
                    "telephony": {"outboundMode": {"predictive": {"bandwidthAllocation": 1}},
                                  "defaultOutboundConfig": outbound} | telephony
                },
                "pacing": {"abandonmentRate": {"targetRate": 0.05, "connectionThresholdSeconds": 4}},
            }  # fmt: skip

        text = json.dumps(campaign(), indent=2)
        result = gated(written(tmp_path, text, "c.json"))
        told = {check: text.splitlines()[line - 1].strip() for _, check, line, _ in found(result)}
        assert told == {
            "time-to-connect": '"connectionThresholdSeconds": 4',
            "pacing-target": '"targetRate": 0.05,',
            "detection-without-estimate": '"enableAnswerMachineDetection": true',
            "no-owner": '"name": "SALES1",', "no-partner": '"name": "SALES1",',
        }  # fmt: skip
        agentless = json.dumps(campaign(outboundMode={"agentless": {}}))
        assert read_campaigns(written(tmp_path, agentless, "d.json"))[0].value("dial_mode") == "auto"

    def test_amazon_connects_hours_are_those_of_its_longest_day(self, tmp_path):
        hours = {
            "MONDAY": [
                {"startTime": "T09:00", "endTime": "T12:00"},
                {"startTime": "T13:00", "endTime": "T21:30"},
            ],
            "SATURDAY": [{"startTime": "T07:30", "endTime": "T12:00"}],
        }
        limits = [{"frequency": 1, "maxCountPerRecipient": 3, "unit": "DAY"},
                  {"frequency": 7, "maxCountPerRecipient": 2, "unit": "DAY"}]  # fmt: skip
        text = json.dumps(
            {
                "name": "SALES1",
                "channelSubtypeConfig": {"telephony": {"outboundMode": {"progressive": {}}}},
                "communicationTimeConfig": {"telephony": {"openHours": {"dailyHours": hours}}},
                "communicationLimitsOverride": {"allChannelSubtypes": {"communicationLimitsList": limits}},
            },
            indent=1,
        )
        path = written(tmp_path, text, "c.json")
        (campaign,) = read_campaigns(path)
        assert (campaign.value("calling_from"), campaign.value("calling_to")) == (7 * 60 + 30, 21 * 60 + 30)
        assert campaign.value("attempts_a_day") == 2
        (line,) = [line for _, check, line, _ in found(gated(path)) if check == "calling-hours"]
        assert text.splitlines()[line - 1].strip() == '"startTime": "T07:30",'

    def test_genesys_cloud_one_or_a_list(self, tmp_path):
        one = {"name": "SALES1", "dialingMode": "predictive", "callerAddress": "+442079460123",
               "abandonRate": 3.5, "noAnswerTimeout": 10, "division": {"name": "northgate"}}  # fmt: skip
        listed = {"entities": [one, one | {"name": "SALES2", "noAnswerTimeout": 20, "abandonRate": 2}]}
        names = [check for _, check, _, _ in found(gated(written(tmp_path, json.dumps(one), "c.json")))]
        assert sorted(names) == ["no-owner", "pacing-target", "ring-timeout"]
        result = gated(written(tmp_path, json.dumps(listed, indent=1), "l.json"))
        assert [c.name for c in result.campaigns] == ["SALES1", "SALES2"]
        assert [f.campaign for f in result.findings if f.verdict == "fail"] == ["SALES1", "SALES1"]

    def test_cisco_uccx_and_its_documented_defaults(self, tmp_path):
        campaign = {
            "campaignId": 7, "campaignName": "SALES1", "dialerType": "PREDICTIVE", "startTime": "07:00",
            "endTime": "21:00",
            "typeSpecificInfo": {"obAgentPredictive": {"campaignCallingNum": "02079460123",
                                                       "abandonedCallTreatment": "ABANDON_CALL",
                                                       "noAnswerRingLimit": 10}},
        }  # fmt: skip
        result = gated(written(tmp_path, json.dumps(campaign), "c.json"))
        told = {f.check.split("/")[1]: f.default for f in result.findings}
        assert told.keys() == {
            "drop-in-silence", "ring-timeout", "calling-hours", "no-owner", "no-partner",
            "pacing-target-without-margin",
        }  # fmt: skip
        assert "callAbandonLimit default 3.0" in told["pacing-target-without-margin"]
        assert told["ring-timeout"] is None


class TestReading:
    def refused(self, folder, text, name="campaign.yaml"):
        with pytest.raises(AuditorError) as caught:
            read_campaigns(written(folder, text, name))
        return str(caught.value)

    def test_a_key_that_there_is_not_is_named_with_its_place(self, tmp_path):
        said = self.refused(tmp_path, changed(("ring_timeout", "ring_timout")))
        assert "campaign.yaml:6:16: there is no key 'dialling.ring_timout'" in said
        assert said.endswith("did you mean 'dialling.ring_timeout'?")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (("ring_timeout: 21 s", "ring_timeout: soon"), "6:17: dialling.ring_timeout: 'soon'"),
            (("mode: predictive", "mode: turbo"), "5:9: dialling.mode: 'turbo' is not understood: write one"),
            (("at_most: 2%", "at_most: -2%"), "20:22: pacing.abandoned_at_most: '-2' is no number"),
            (("at_most: 2%", "at_most: .inf"), "20:22: pacing.abandoned_at_most: '.inf' is not understood"),
            (("used: false", "used: perhaps"), "24:9: detection.used: 'perhaps' is not understood"),
            (('"09:00"', '"25:00"'), "9:17: dialling.hours.from: '25:00' is not"),
            (("attempts_a_day: 3", "attempts_a_day: few"), "8:19: dialling.attempts_a_day: 'few'"),
        ],
    )  # fmt: skip
    def test_a_value_that_cannot_be_is_named_with_its_place(self, tmp_path, change, said):
        assert said in self.refused(tmp_path, changed(change))

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("campaign: [", "is neither YAML nor JSON"),
            ("campaign: A\ncampaign: B\ndialling: {mode: auto}\n", "line 2, column 1: the key 'campaign'"),
            ("- just text\n", "line 1, column 3: is no campaign: write keys and values"),
            ("a: 1\n", "is no campaign's configuration that is known"),
            ("", "is no campaign's configuration that is known"),
            ("a: &x {b: *x}\n", "has more than 20,000 values, or goes in circles"),
            ("a: " + "[" * 500, "nests more than 60 deep"),
            ("# " + "]" * 9000 + "\n" + "[" * 9000, "nests more than 60 deep"),
            ("a:\n" + "- " * 500 + "b\n", "nests more than 60 deep"),
            ("? [a]\n: b\n", "is a key, but no text"),
            ("<<: 3\n", "is merged in, but is no mapping"),
            ("a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
             "c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n"
             "e: [*d, *d, *d, *d, *d, *d, *d, *d]\n", "has more than 20,000 values"),
        ],
    )  # fmt: skip
    def test_what_is_no_configuration_is_said_in_a_sentence(self, tmp_path, text, said):
        assert said in self.refused(tmp_path, text)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("campaign_id,drop_call_seconds\nA\n", "line 2: has 1 fields, the header 2"),
            ('campaign_id,drop_call_seconds\n"A,5\n', "line 2: a quote is opened and never closed"),
            ('campaign_id,drop_call_seconds\n"A"B,5\n', "line 2: there is text behind a closing quote"),
            ("campaign_id,campaign_id\nA,B\n", "line 1: the column 'campaign_id' stands there twice"),
            ("campaign_id,drop_call_seconds\n", "is no campaign's configuration that is known"),
            ("a,b\n1,2\n", "has campaign_id and drop_call_seconds"),
            ("", "c.csv: is empty"),
            ("\ufeff\n\n", "c.csv: is empty"),
        ],
    )
    def test_nor_what_is_no_table(self, tmp_path, text, said):
        assert said in self.refused(tmp_path, text, "c.csv")

    def test_nor_what_is_no_text(self, tmp_path):
        (tmp_path / "c.yaml").write_bytes(b"campaign: \xff\n")
        with pytest.raises(AuditorError, match="byte 10 is no UTF-8"):
            read_campaigns(tmp_path / "c.yaml")
        (tmp_path / "big.yaml").write_bytes(b"a" * (5 << 20))
        with pytest.raises(AuditorError, match="is larger than 4 MiB"):
            read_campaigns(tmp_path / "big.yaml")
        with pytest.raises(AuditorError, match="cannot be read"):
            read_campaigns(tmp_path / "none.yaml")

    def test_what_several_campaigns_share_may_be_merged_in(self, tmp_path):
        text = (
            "campaigns:\n"
            "- &usual {campaign: A, partner: northgate, owner: o, dialling: {mode: auto, ring_timeout: 5 s,\n"
            '   presented_number: "02079460123"}}\n'
            "- {<<: *usual, campaign: B}\n"
        )
        result = gated(written(tmp_path, text))
        assert [c.name for c in result.campaigns] == ["A", "B"]
        assert [(f.campaign, f.place.line) for f in result.findings] == [("A", 2), ("B", 2)]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_tables_end_their_lines_as_they_like(self, tmp_path, end):
        rows = ("campaign_id\tdrop_call_seconds\tdial_method", '"A ""x""\n1"\tNULL\tRATIO', "B\t\\N\tRATIO")
        path = tmp_path / "c.tsv"
        path.write_bytes(end.join(rows).encode())
        read = [(c.name, c.value("connect_within_ms")) for c in read_campaigns(path)]
        assert read == [('A "x"\n1', 5000), ("B", 5000)]

    def test_a_databases_own_listing_has_quotes_that_are_characters(self, tmp_path):
        text = 'campaign_id\tdrop_call_seconds\tdial_method\n"S" North\t5\tRATIO\n'
        assert read_campaigns(written(tmp_path, text, "c.tsv"))[0].name == '"S" North'

    def test_brackets_in_a_comment_are_no_nest_and_a_dangling_document_is_none(self, tmp_path):
        assert read_campaigns(written(tmp_path, f"# {'[' * 99}\n{GOOD}---\n"))[0].name == "SALES1"

    def test_many_campaigns_in_one_file_are_read(self, tmp_path):
        one = {"name": "A", "dialingMode": "power", "callerAddress": "+442079460123", "x": list(range(30))}
        path = written(tmp_path, json.dumps({"entities": [one] * 900}), "c.json")
        assert len(read_campaigns(path)) == 900

    def test_aliases_multiply_no_file_beyond_bounds(self, tmp_path):
        text = "- &a {" + ", ".join(f"k{n}: 1" for n in range(15_000)) + "}\n" + "- *a\n" * 80
        with pytest.raises(AuditorError, match="has more than 20,000 values"):
            read_campaigns(written(tmp_path, text))

    def test_what_is_no_file_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "f.yaml")
        with pytest.raises(AuditorError, match="cannot be read"):
            read_campaigns(tmp_path / "f.yaml")

    def test_tabs_between_the_values_of_json_are_none_of_its_faults(self, tmp_path):
        path = written(
            tmp_path, '{\t"name":\t"A",\n\t"dialingMode": "power",\n\t"callerAddress": ""}', "c.json"
        )
        assert read_campaigns(path)[0].name == "A"

    def test_one_bad_file_does_not_hide_the_others(self, tmp_path):
        folder = tmp_path / "campaigns"
        folder.mkdir()
        written(folder, "a: [", "bad.yaml")
        written(folder, changed(("ring_timeout: 21 s", "ring_timeout: 5 s")), "good.yaml")
        written(folder, "no campaign", "notes.txt")
        result = gated(folder)
        assert found(result) == [("fail", "ring-timeout", 6, 17)]
        assert len(result.faults) == 1
        assert result.faults[0][0].endswith("bad.yaml")

    def test_a_folder_without_campaigns_is_refused(self, tmp_path):
        with pytest.raises(AuditorError, match="has no campaign configuration"):
            gated(tmp_path)
        with pytest.raises(AuditorError, match="there is no such file or folder"):
            gated(tmp_path / "nowhere")


class TestWhoseCampaignItIs:
    def test_a_partner_that_lists_it_dials_it_and_its_owner_answers_for_it(self, tmp_path):
        path = written(tmp_path, GOOD.replace("partner: northgate\nowner: sales-ops@example.com\n", ""))
        partner = {"id": "northgate", "campaigns": ("SALES1",), "owner": "Jo"}
        result = gated(path, partner=[partner])
        assert (result.campaigns[0].partner, result.campaigns[0].value("owner")) == ("northgate", "Jo")
        assert result.findings == ()
        both = gated(path, partner=[partner, partner | {"id": "kestrel"}])
        assert both.campaigns[0].partner is None


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("+442079460123", True), ("020 7946 0123", True), ("0044 20 7946 0123", True), ("442079460123", True),
        ("+33142685300", True), ("0800 1111", True), ("01204 12345", True),
        ("tbc", False), ("0207", False), ("+442079460123x", False), ("118 500", False),
        ("+44207946012345", False), ("+0123456789", False), ("00", None), ("anonymous", None),
    ],
)  # fmt: skip
def test_a_number_has_the_digits_of_one(tmp_path, number, found):
    path = written(tmp_path, GOOD.replace('"+442079460123"', f'"{number}"'))
    (campaign,) = read_campaigns(path)
    assert settings_of(campaign, "GB")["presented_dialable"] is found
    names = [f.check for f in gated(path).findings]
    assert ("uk-ofcom/number-invalid" in names) == (found is False)


def test_detection_that_listens_for_too_long(tmp_path):
    listening = GOOD.replace("used: false", "used: true\n  listens: 2.1 s")
    names = [f.check for f in gated(written(tmp_path, listening)).findings]
    assert "uk-ofcom/detection-listens" in names


def test_how_often_a_number_may_be_dialled_is_the_clients_to_say(tmp_path):
    path = written(tmp_path, GOOD)
    silent = written(tmp_path, GOOD.replace("  attempts_a_day: 3\n", ""), "silent.yaml")
    assert gated(path).findings == gated(path, gate={"attempts_a_day": 3}).findings == ()
    (more,) = gated(path, gate={"attempts_a_day": 2}).findings
    assert (more.verdict, more.check, more.basis) == ("fail", "uk-ofcom/too-many-attempts", "house")
    (unsaid,) = gated(silent, gate={"attempts_a_day": 2}).findings
    assert (unsaid.verdict, unsaid.check) == ("warning", "uk-ofcom/attempts-without-cap")
    assert gated(silent).findings == ()
