"""`auditor check --forecast`: how likely a day beyond the limit is, as a campaign is configured."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date

import pytest
from gates import GOOD, checks, gated, written
from test_cli import auditor

from auditor.gate.outlook import as_data, outlook

#: Nothing here turns on the version of DuckDB.
pytestmark = pytest.mark.slow

TRAFFIC = {
    "campaign": "SALES1",
    "agents": 5,
    "shift": "2 h",
    "answered": "30%",
    "talk": "2 min",
    "lines_for": "all_agents",
}
FAST = TRAFFIC | {"lines_per_agent": 2}
SLOW = TRAFFIC | {"lines_per_agent": 1}
DAYS = {"days": 100}


@pytest.fixture
def campaign(tmp_path):
    return written(tmp_path, GOOD)


def foreseen(path, *traffic, **tables):
    result = gated(path, foresee=True, traffic=traffic, **({"forecast": DAYS} | tables))
    (one,) = result.foreseen
    return one


def verdicts(path, *traffic, **tables):
    result = gated(path, foresee=True, traffic=traffic, **tables)
    return [(f.verdict, f.check) for f in result.findings]


class TestTheCeiling:
    def test_without_one_a_forecast_fails_nothing(self, campaign):
        assert verdicts(campaign, FAST, forecast=DAYS) == []

    def test_beyond_it_the_gate_fails(self, campaign):
        result = gated(campaign, foresee=True, traffic=[FAST], forecast={"ceiling": "1/20", **DAYS})
        (finding,) = result.findings
        assert (finding.verdict, finding.check, finding.basis) == ("fail", "uk-ofcom/forecast", "house")
        assert "Of its simulated days 100% go beyond the limit of 3%" in finding.says
        assert "the workspace allows 5%" in finding.says

    def test_within_it_nothing_is_found(self, campaign):
        assert verdicts(campaign, SLOW, forecast={"ceiling": "1/20", **DAYS}) == []

    def test_too_few_days_to_tell_are_a_warning(self, campaign):
        # None of a hundred days is over: the chance is 3.6% at most, and 2% are allowed.
        assert verdicts(campaign, SLOW, forecast={"ceiling": "1/50", **DAYS}) == [
            ("warning", "uk-ofcom/forecast-close")
        ]

    def test_a_campaign_that_cannot_be_simulated_is_a_warning(self, campaign):
        result = gated(campaign, foresee=True, forecast={"ceiling": "1/20"})
        (finding,) = result.findings
        assert (finding.verdict, finding.check) == ("warning", "uk-ofcom/forecast-missing")
        assert "how many agents work" in finding.says

    def test_it_may_be_waived_as_it_is_the_houses(self, campaign):
        waiver = {
            "rule": "uk-ofcom/forecast",
            "campaign": "SALES1",
            "reason": "a pilot of one day",
            "approver": "Head of Compliance",
            "ticket": "C-7",
            "created": date(2026, 11, 1),
            "expires": date(2026, 11, 30),
        }
        result = gated(
            campaign,
            foresee=True,
            traffic=[FAST],
            forecast={"ceiling": "1/20", **DAYS},
            waiver=[waiver],
        )
        assert [(f.verdict, f.check) for f in result.findings] == [("waived", "uk-ofcom/forecast")]

    def test_nothing_is_simulated_unless_asked_for(self, campaign):
        result = gated(campaign, traffic=[FAST], forecast={"ceiling": "1/20"})
        assert (result.foreseen, result.findings) == ((), ())


class TestWhatItIsMadeOf:
    def test_the_configuration_comes_before_the_workspace(self, tmp_path):
        text = GOOD + "traffic: {agents: 3, shift: 90 min, answered: 25%, talk: 1 min}\n"
        known = foreseen(written(tmp_path, text), SLOW).assumed.known
        assert (known["agents"], known["shift_ms"], known["answered"]) == (3, 5_400_000, 250_000)
        assert known["lines_per_agent"] == 1_000_000

    def test_of_several_tables_the_closest_speaks_first(self, campaign):
        known = foreseen(
            campaign, {"partner": "northgate", "agents": 9, "wrap_up": "5 s"}, SLOW
        ).assumed.known
        assert (known["agents"], known["wrap_up_ms"]) == (5, 5_000)

    def test_another_campaigns_traffic_is_not_its_own(self, campaign):
        assert "how many agents work" in foreseen(campaign, SLOW | {"campaign": "OTHER"}).lacks[0]

    def test_calling_hours_are_no_shift(self, campaign):
        no_shift = {key: value for key, value in SLOW.items() if key != "shift"}
        (lack,) = foreseen(campaign, no_shift).lacks
        assert lack == "how long they work on a day (traffic.shift or [[traffic]] shift)"

    def test_how_well_detection_works_is_not_said_of_one_that_is_not_used(self, tmp_path):
        text = GOOD.replace("used: false", "takes: 9%\n  finds: 90%\n  listens: 2 s")
        lacks = foreseen(written(tmp_path, text), SLOW).lacks
        assert lacks[0].startswith("whether answering machine detection ends calls (detection.used or")

    def test_more_calls_than_anybody_could_wait_for(self, campaign):
        (lack,) = foreseen(campaign, SLOW | {"agents": 1_000, "shift": "24 h"}).lacks
        assert lack.startswith("a day of fewer calls: up to 1,000,000 can be simulated")

    def test_what_was_taken_for_granted_is_said(self, campaign):
        assert foreseen(campaign, SLOW).assumed.granted == (
            "no answering machine answers",
            "an agent needs no time after a call",
        )

    def test_detection_needs_to_be_known(self, tmp_path):
        path = written(tmp_path, GOOD.replace("used: false", "used: true"))
        lacks = foreseen(path, SLOW | {"machines": "40%"}).lacks
        assert lacks == (
            "the share of people it takes for machines (detection.takes or [[traffic]] detection_takes)",
            "how long detection listens before it decides (detection.listens or [[traffic]] "
            "detection_listens)",
            "the share of machines that detection finds (detection.finds or [[traffic]] detection_finds)",
            "how long an answering machine takes up an agent on average (traffic.machine_talk or "
            "[[traffic]] machine_talk)",
        )

    @pytest.mark.parametrize(
        ("base", "takes"),
        [
            # 5 in 100 live calls; or of the calls it ends: 5/95 of 40% × 90% machines, of 60% people.
            ("live", 50_000),
            ("machine", round(0.36 * 5 / 95 / 0.6 * 1e6)),
        ],
    )
    def test_people_it_takes_for_machines_are_those_of_the_reasoned_estimate(self, tmp_path, base, takes):
        path = written(tmp_path, GOOD.replace("used: false", "used: true"))
        estimate = {
            "campaign": "SALES1",
            "from": "2026-11-01",
            "to": "2026-11-30",
            "base": base,
            "false_positives": 5,
            "sample": 100,
            "signed_by": "Head of Compliance",
        }
        detection = {"machines": "40%", "detection_finds": "90%", "detection_listens": "2 s"}
        known = foreseen(path, SLOW | detection | {"machine_talk": "9 s"}, estimate=[estimate]).assumed.known
        assert known["detection_takes"] == takes

    def test_what_somebody_signed_comes_before_what_the_configuration_says_of_itself(self, tmp_path):
        used = "used: true\n  takes: 0%\n  listens: 1 s"
        path = written(tmp_path, GOOD.replace("used: false", used))
        estimate = {"campaign": "SALES1", "from": "2026-11-01", "to": "2026-11-30", "base": "live",
                    "false_positives": 4, "sample": 100, "signed_by": "Head"}  # fmt: skip
        assert foreseen(path, SLOW).assumed.known["detection_takes"] == 0
        assert foreseen(path, SLOW, estimate=[estimate]).assumed.known["detection_takes"] == 40_000
        lapsed = estimate | {"to": "2026-11-21"}
        assert foreseen(path, SLOW, estimate=[lapsed]).assumed.known["detection_takes"] == 0

    def test_a_file_that_cannot_say_whether_detection_is_used_must_be_told(self, tmp_path):
        header = "campaign_id\tdrop_call_seconds\tdial_method\tauto_dial_level"
        path = written(tmp_path, f"{header}\nSALES1\t2\tRATIO\t1.2\n", "campaigns.tsv")
        (lack,) = foreseen(path, TRAFFIC).lacks
        assert lack == "whether answering machine detection ends calls ([[traffic]] detection_used)"
        assert foreseen(path, TRAFFIC | {"detection_used": False}).forecast is not None

    def test_a_dialler_that_seeks_its_pace_aims_at_its_target(self, campaign):
        seeking = TRAFFIC | {"lines_at_most": 3}
        one = foreseen(campaign, seeking)
        assert one.forecast.now.aim == 20_000
        text = "\n".join(outlook(one))
        assert "up to 3 lines for each of all agents, aiming at 2% of live calls" in text

    def test_a_campaign_of_another_country_is_judged_by_no_rule_of_this_one(self, tmp_path):
        path = written(tmp_path, GOOD + "country: FR\n")
        assert gated(path, foresee=True, traffic=[FAST]).foreseen == ()

    def test_a_preview_dialler_abandons_nobody(self, tmp_path):
        path = written(tmp_path, GOOD.replace("mode: predictive", "mode: preview"))
        assert gated(path, foresee=True, traffic=[FAST]).foreseen == ()

    def test_a_row_of_vicidial_says_its_lines(self, tmp_path):
        header = "campaign_id\tdrop_call_seconds\tdial_method\tauto_dial_level\tdial_timeout"
        path = written(tmp_path, f"{header}\nSALES1\t5\tRATIO\t1.2\t26\n", "campaigns.tsv")
        known = foreseen(path, TRAFFIC | {"detection_used": False}).assumed.known
        assert (known["lines_per_agent"], known["lines_for"]) == (1_200_000, "all_agents")
        assert (known["connect_within_ms"], known["ring_timeout_ms"]) == (5_000, 26_000)

    def test_what_nobody_could_wait_for_is_refused(self, campaign):
        (said,) = foreseen(campaign, SLOW | {"agents": 5_000}).lacks
        assert said == (
            "how many agents work (traffic.agents or [[traffic]] agents): "
            "1 to 1,000 can be simulated, not 5,000"
        )

    def test_where_nobody_answers_there_is_no_chance_to_tell(self, campaign):
        one = foreseen(campaign, SLOW | {"answered": "0%"})
        assert one.forecast is None
        assert "none of the simulated days has a rate" in next(outlook(one))

    @pytest.mark.parametrize(
        ("table", "says"),
        [
            ({"campaign": "A", "answered": "130%"}, "is more than all"),
            ({"campaign": "A", "talk": "3 minutes"}, "write it like 20 s"),
            ({"campaign": "A", "lines_per_agent": -1}, "no number that it could be"),
            ({"agents": 3}, "must name a campaign or a partner"),
            ({"campaign": "A", "call_centre": "Leeds"}, "no configuration names a call centre"),
        ],
    )
    def test_traffic_that_cannot_be(self, table, says):
        with pytest.raises(ValueError, match=says):
            gated(traffic=[table])


class TestByHowMany:
    def test_more_agents_fewer_days(self, campaign):
        one = foreseen(
            campaign,
            SLOW | {"agents": 100, "shift": "10 min"},
            forecast={"days": 1_000},
        )
        assert one.forecast.now.days == 250


class TestWhatIsPrinted:
    def test_words(self, campaign):
        lines = list(outlook(foreseen(campaign, FAST)))
        assert lines[0].startswith(
            f"Forecast of SALES1 ({campaign}): 100% of 100 simulated days (95% interval: 96.3% to 100%) "
            "go beyond 3%, the house limit. The middle day has "
        )
        assert lines[1].startswith(
            "    The highest pace that certainly keeps it to 5% or less: 1 line for each agent. 0% of 100"
        )
        assert lines[2].startswith("    The workspace sets no ceiling")
        assert lines[3] == (
            "    Simulated: 5 agents for 2 hours, 2 lines for each of all agents; 30% of calls answered, "
            "0% of these by machines; a call rings for 21 seconds and waits for 2 seconds; a talk takes "
            "2 minutes, the wrap-up 0 seconds."
        )

    def test_data(self, campaign):
        data = as_data(foreseen(campaign, FAST), 1)
        assert data["rule"] == "uk-ofcom/abandoned-call-rate"
        assert (data["limit"], data["limit_of"]) == ("3/100", "house")
        assert data["as_configured"]["chance"] == "1.000000"
        assert data["as_configured"]["pace"] == "2.000000"
        assert float(data["highest_pace_below"]["chance"]) < 0.05
        assert data["simulated"]["agents"] == 5

    def test_the_command(self, tmp_path):
        written(tmp_path, GOOD)
        (tmp_path / "auditor.toml").write_text(
            '[forecast]\nceiling = "1/20"\ndays = 100\n'
            '[[traffic]]\ncampaign = "SALES1"\nagents = 3\nshift = "1 h"\nanswered = "30%"\n'
            'talk = "2 min"\nlines_per_agent = 2\nlines_for = "all_agents"\n'
        )
        command = ("check", "campaign.yaml", "--on", "2026-11-22")
        plain = auditor(tmp_path, *command)
        assert (plain.returncode, "Forecast" in plain.stdout) == (0, False)
        text = auditor(tmp_path, *command, "--forecast")
        assert text.returncode == 1
        assert "\nForecast of SALES1 (campaign.yaml): 100% of 100 simulated days" in text.stdout
        twice = [auditor(tmp_path, *command, "--forecast", "--format", "json").stdout for _ in range(2)]
        assert twice[0] == twice[1]
        assert json.loads(twice[0])["forecasts"][0]["as_configured"]["over"] == 100
        assert (
            "Forecast of SALES1" in auditor(tmp_path, *command, "--forecast", "--format", "markdown").stdout
        )

    def test_who_does_not_ask_for_it_does_not_wait_for_numpy(self, campaign):
        code = (
            "import sys, runpy\n"
            f"sys.argv = ['auditor', 'check', {str(campaign)!r}]\n"
            "try: runpy.run_module('auditor', run_name='__main__')\nexcept SystemExit: pass\n"
            "assert not {'duckdb', 'weasyprint', 'numpy'} & set(sys.modules), 'imported'"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr


def test_the_rules_about_the_forecast_are_checks_like_others():
    names = {check.name for check in checks()}
    assert {"uk-ofcom/forecast", "uk-ofcom/forecast-close", "uk-ofcom/forecast-missing"} <= names


@pytest.mark.parametrize("ceiling", ["0", "1", "2"])
def test_a_ceiling_is_a_chance(ceiling):
    with pytest.raises(ValueError, match="no chance between never and always"):
        gated(forecast={"ceiling": ceiling})
