"""The example is what it says: a lifelike month in which exactly the planted things are wrong."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from auditor.errors import AuditorError
from auditor.example import build_example
from auditor.example.client import ASSIGNMENTS, ESTIMATE, Assignment
from auditor.example.floor import Session
from auditor.example.leads import Lead, LeadList, lead_list
from auditor.example.rota import Run
from auditor.example.tally import Tally, judge
from auditor.example.truth import decimal
from auditor.example.vicidial import HEADER

#: Ofcom's "telephone numbers for drama use", mobile, geographic and with no area.
DRAMA = re.compile(
    r"\+44(7700900\d{3}|2079460\d{3}|11[3-8]4960\d{3}|1[23456]14960\d{3}|1914980\d{3}"
    r"|2896496\d{3}|2920180\d{3}|1632960\d{3})"
)


class Seen(NamedTuple):
    """A call as an export shows it, in words of our own."""

    campaign: str
    dialled: datetime
    number: str
    fate: str
    by_hand: bool


class Example(NamedTuple):
    """A workspace on disk, what `build_example` said of it, and the calls its exports show."""

    folder: Path
    truth: dict[str, Any]
    calls: tuple[Seen, ...]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return _example(tmp_path_factory.mktemp("example"))


# --- the same everywhere -------------------------------------------------------------------------


def test_the_same_calls_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        build_example(tmp_path / name, calls=500, seed=7)
    assert _bytes_of(tmp_path / "one") == _bytes_of(tmp_path / "other")


def test_another_seed_gives_other_calls(tmp_path: Path) -> None:
    build_example(tmp_path / "one", calls=500, seed=7)
    build_example(tmp_path / "other", calls=500, seed=8)
    assert _bytes_of(tmp_path / "one") != _bytes_of(tmp_path / "other")


def test_no_machine_and_no_python_changes_a_byte(tmp_path: Path) -> None:
    """The text of the exports, pinned: a change of the simulation changes it, nothing else may."""
    build_example(tmp_path, calls=500, seed=2013)
    digest = hashlib.sha256()
    for path in sorted((tmp_path / "exports").rglob("*.*")):
        data = path.read_bytes()
        digest.update(gzip.decompress(data) if path.suffix == ".gz" else data)
    assert digest.hexdigest() == "4ae03a6f80464d6849aca12946a380d422b10348532ac4933171d1f1d4403a99"


# --- what is planted -----------------------------------------------------------------------------


def test_planted_days_are_over_the_limit(month: Example) -> None:
    over = _planted(month, "over_limit")
    assert [(p["partner"], p["campaign"]) for p in over] == [
        ("brightcall", "SURVEY-N"),
        ("kestrel", "LOYALTY"),
    ]
    for planted in over:
        day = _day(month, planted["campaign"], planted["day"])
        # Without detection the machine share cancels out: D / (D + A + L), law-uk 1.4.
        rate = Fraction(day["dropped"], day["dropped"] + day["agent_machine"] + day["live"])
        assert rate >= Fraction(4, 100)
        assert planted["rate"] == day["rate"] == decimal(rate)
        assert planted["verdict"] == day["verdict"] == "fail"


def test_every_other_judged_day_is_within_the_limit(month: Example) -> None:
    over = {(p["campaign"], p["day"]) for p in _planted(month, "over_limit")}
    judged = [
        day
        for day in month.truth["days"]
        if (day["campaign"], day["day"]) not in over and day["campaign"] != "RENEW-AMD"
    ]
    assert len(judged) > 30
    for day in judged:
        assert Fraction(day["rate_high"]) <= Fraction(3, 100)
        assert day["verdict"] == "pass"


def test_detection_without_an_estimate_leaves_every_day_undecided(month: Example) -> None:
    (planted,) = _planted(month, "no_estimate")
    assert (planted["partner"], planted["campaign"]) == ("northgate", "RENEW-AMD")
    assert planted["days"] == [day["day"] for day in month.truth["days"] if day["campaign"] == "RENEW-AMD"]
    for day in planted["days"]:
        assert _day(month, "RENEW-AMD", day)["verdict"] == "undecided"


def test_silent_calls_are_kestrel_s_in_the_week_its_message_server_fails(month: Example) -> None:
    without_message = Counter(
        (row["campaign"], row["dialled_at"][:10])
        for row in _kestrel(month.folder)
        if row["outcome"] == "dropped_by_dialler" and row["message"] == "none"
    )
    planted = _planted(month, "silent")
    assert {(p["campaign"], p["day"]): int(p["counted"]) for p in planted} == without_message
    assert len({date.fromisoformat(p["day"]).isocalendar().week for p in planted}) == 1
    assert len(planted) >= 3


def test_the_exports_show_what_the_truth_counts(month: Example) -> None:
    """Recounted from the files, each code read as the reference reads it."""
    counted: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for call in month.calls:
        if not call.by_hand:
            counted[call.campaign, str(call.dialled.date())][call.fate] += 1
    assert len(counted) == len(month.truth["days"])
    for day in month.truth["days"]:
        fates = counted[day["campaign"], day["day"]]
        for fate in ("dropped", "live", "agent_machine", "amd_machine", "hung_up_over_2s"):
            assert day[fate] == fates[fate], (fate, day)


# --- the oracle ----------------------------------------------------------------------------------


def test_the_oracle_knows_the_worked_example_of_the_reference() -> None:
    found = judge(Tally(dropped=29, live=9, agent_machine=7), None)
    assert (found.counted, found.base) == (Fraction("16.3125"), Fraction("25.3125"))
    assert decimal(found.rate) == "0.644444"


def test_exactly_three_per_cent_is_within_the_limit() -> None:
    assert judge(Tally(dropped=3, live=97), None).verdict == "pass"
    assert judge(Tally(dropped=3, live=96), None).verdict == "fail"


def test_an_estimate_adds_the_people_whom_detection_cut_off() -> None:
    day = Tally(dropped=2, live=200, amd_machine=400, amd_results=602)
    found = judge(day, ESTIMATE)
    assert found.rate == Fraction(2 + 2, 2 + 2 + 200)
    assert found.low < found.rate < found.high
    assert judge(day, None).high == Fraction(402, 602)


# --- lifelike ------------------------------------------------------------------------------------


def test_every_number_is_one_that_ofcom_keeps_for_drama(month: Example) -> None:
    numbers = {call.number for call in month.calls}
    assert len(numbers) > 10_000
    assert [number for number in numbers if not DRAMA.fullmatch(number)] == []


def test_nobody_is_dialled_on_a_sunday_or_out_of_hours(month: Example) -> None:
    for call in month.calls:
        assert call.dialled.weekday() < 6
        assert 9 <= call.dialled.hour < 20


def test_about_a_third_of_the_calls_are_answered(month: Example) -> None:
    fates = Counter(call.fate for call in month.calls if not call.by_hand)
    answered = sum(fates.values()) - fates["unanswered"]
    assert 0.25 < answered / sum(fates.values()) < 0.35
    assert fates["live"] / 27 > 200  # dialling days in October 2026


def test_a_telephone_nobody_answers_rings_for_fifteen_seconds(month: Example) -> None:
    rings = [int(row["ring_ms"]) for row in _kestrel(month.folder) if row["outcome"] == "not_answered"]
    assert min(rings) >= 15_000


def test_messages_begin_within_two_seconds_of_the_answer(month: Example) -> None:
    delays = [
        datetime.fromisoformat(row["message_at"]) - datetime.fromisoformat(row["answered_at"])
        for row in _kestrel(month.folder)
        if row["message"] == "played"
    ]
    assert delays
    assert max(delays) <= timedelta(seconds=2)


@pytest.mark.parametrize("campaign", ["LOYALTY", "WINBACK"])
def test_a_number_that_was_abandoned_or_met_detection_rests(campaign: str) -> None:
    """A list so short that it comes round four times a session, dialled recklessly."""
    assignment = _assignment(campaign)
    run = Run(date(2026, 10, 22), assignment, 400, over_limit=True, message_fails=False)
    leads = LeadList(lead_list(assignment, 1).deck[:100])
    calls = _session(run, leads, seed=1, pace=35, guarded=False).play()
    dialled = Counter(call.lead for call in calls)
    assert max(dialled.values()) > 3
    resting: set[Lead] = set()
    for call in calls:
        assert call.lead not in resting
        if call.outcome in ("dropped_by_dialler", "callee_hung_up_waiting", "machine_by_amd"):
            resting.add(call.lead)
    assert len(resting) > 10


def test_a_rest_ends() -> None:
    leads = LeadList((Lead(1, "+447700900001"), Lead(2, "+447700900002")))
    leads.rest(Lead(1, "+447700900001"), until_ms=5_000)
    assert [leads.deal(now)[0].lead_id for now in (0, 4_999, 5_000)] == [2, 2, 1]


def test_no_two_lists_share_a_number() -> None:
    numbers = [lead.number for a in ASSIGNMENTS for lead in lead_list(a, 1).deck]
    assert len(set(numbers)) == len(numbers) > 16_000


@pytest.mark.parametrize("seed", range(10))
def test_the_drop_guard_cannot_be_overspent(seed: int) -> None:
    """However fast it is paced: the losses stay within the budget of the live calls."""
    survey = _assignment("SURVEY-N")
    run = Run(date(2026, 10, 8), survey, 400, over_limit=False, message_fails=False)
    calls = _session(run, lead_list(survey, seed), seed=seed, pace=100, guarded=True).play()
    auto = Counter(call.outcome for call in calls if not call.by_hand)
    lost = auto["dropped_by_dialler"] + auto["callee_hung_up_waiting"]
    assert lost <= auto["live_to_agent"] * survey.drop_budget // 1000
    assert len(calls) == 400


# --- files ---------------------------------------------------------------------------------------


def test_files_have_the_rows_that_the_truth_says(month: Example) -> None:
    headers = {"northgate": 1, "brightcall": 0, "kestrel": 1}
    by_partner: Counter[str] = Counter()
    for name, rows in month.truth["files"].items():
        partner = name.split("/")[1]
        lines = _text(month.folder / name).splitlines()
        assert len(lines) - headers[partner] == rows
        by_partner[partner] += rows
    assert by_partner == month.truth["calls"]["partners"]
    assert by_partner.total() == month.truth["calls"]["total"] == 30_000
    assert json.loads(_text(month.folder / "truth.json")) == month.truth
    on_disk = {str(p.relative_to(month.folder)) for p in month.folder.glob("exports/*/*")}
    assert on_disk == set(month.truth["files"])


def test_the_vicidial_header_names_a_column_that_no_row_has(month: Example) -> None:
    assert HEADER.startswith("call_date\tphone_number_dialed\tstatus\tuser\tcampaign_id\t")
    assert HEADER.endswith("\tdial log sip_hangup_reason\t\r\n")
    for path in (month.folder / "exports/northgate").iterdir():
        header, *rows = path.read_bytes().decode().split("\r\n")
        assert header == HEADER.removesuffix("\r\n")
        assert rows.pop() == ""
        assert {row.count("\t") for row in rows} == {header.count("\t") - 1}


def test_vicidial_text_is_slashed_and_its_call_codes_say_when(month: Example) -> None:
    rows = list(_northgate(month.folder))
    assert any(row["last_name"] == r"O\'Brien" for row in rows)
    assert any(r"\"evening\"" in row["comments"] for row in rows)
    for row in rows:
        code = row["caller_code"]
        when = re.sub(r"\D", "", row["dial log call_date"])[4:]
        assert re.fullmatch(r"[VM]\d{20}", code)
        assert code[1:11] == when
        assert row["dial log outbound_cid"].startswith(rf"\"{code}\" <0113496")
    codes = [row["caller_code"] for row in rows]
    assert len(set(codes)) == len(codes)


def test_asterisk_records_have_the_eighteen_fields_of_cdr_csv(month: Example) -> None:
    for fields in _brightcall(month.folder):
        assert len(fields) == 18
        assert (fields[10] == "") == (fields[14] != "ANSWERED")
        assert fields[4] == f'"{fields[1]}" <{fields[1]}>'


def test_the_workspace_names_every_partner_campaign_and_code(month: Example) -> None:
    workspace = tomllib.loads((month.folder / "auditor.toml").read_text("utf-8"))
    assert {p["id"]: p["campaigns"] for p in workspace["partner"]} == {
        "northgate": ["SALES1", "RENEW-AMD"],
        "brightcall": ["SALES1", "SURVEY-N"],
        "kestrel": ["WINBACK", "LOYALTY"],
    }
    for source in workspace["source"]:
        matched = {str(p.relative_to(month.folder)) for p in month.folder.glob(source["files"])}
        own = {n for n in month.truth["files"] if n.split("/")[1] == source["partner"]}
        assert matched == own
    written = {fields[17] for fields in _brightcall(month.folder)}
    assert written - {""} <= set(workspace["source"][1]["codes"])
    (estimate,) = workspace["estimate"]
    assert (estimate["campaign"], str(estimate["to"])) == ("WINBACK", "2026-10-31")


# --- small ones, other months, and refusals ------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_five_hundred_calls_show_every_kind_of_breach(tmp_path: Path, seed: int) -> None:
    example = _example(tmp_path, calls=500, seed=seed)
    assert example.truth["calls"]["total"] == 500
    kinds = Counter(planted["kind"] for planted in example.truth["planted"])
    assert kinds["over_limit"] == 2
    assert kinds["no_estimate"] == 1
    assert kinds["silent"] >= 1
    failed = {(d["campaign"], d["day"]) for d in example.truth["days"] if d["verdict"] == "fail"}
    assert failed == {(p["campaign"], p["day"]) for p in _planted(example, "over_limit")}


@pytest.mark.parametrize("name", ["2026-02", "2024-12", "2027-05"])
def test_any_month_will_do(tmp_path: Path, name: str) -> None:
    truth = build_example(tmp_path, calls=1_000, month=name)
    assert {day["day"][:7] for day in truth["days"]} == {name}
    assert Counter(p["kind"] for p in truth["planted"])["over_limit"] == 2


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(AuditorError, match="is not empty"):
        build_example(tmp_path, calls=500)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    with pytest.raises(AuditorError, match="cannot be written here"):
        build_example(tmp_path / "file", calls=500)


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-10-05", "next"])
def test_what_is_no_month_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(AuditorError, match="write"):
        build_example(tmp_path / "new", month=text)
    assert not (tmp_path / "new").exists()


def test_too_few_calls_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditorError, match="200 or more"):
        build_example(tmp_path / "new", calls=199)


# --- helpers; the exports are read independently of the product -----------------------------------


def _assignment(campaign: str) -> Assignment:
    return next(a for a in ASSIGNMENTS if a.campaign == campaign)


def _session(run: Run, leads: LeadList, *, seed: int, pace: int, guarded: bool) -> Session:
    return Session(
        run,
        leads,
        Random(seed),
        opens_ms=0,
        first_call_no=1,
        agents=4,
        pace=pace,
        guarded=guarded,
    )


def _example(folder: Path, *, calls: int = 30_000, seed: int = 2013) -> Example:
    truth = build_example(folder, calls=calls, seed=seed)
    return Example(folder, truth, tuple(_seen(folder)))


def _seen(folder: Path) -> Iterator[Seen]:
    """Every call, as its export shows it."""
    vicidial = {"DROP": "dropped", "A": "agent_machine", "AA": "amd_machine", "AFAX": "fax"}
    vicidial |= dict.fromkeys(("NA", "N", "AB", "B", "ADC", "DC"), "unanswered")
    vicidial |= dict.fromkeys(("SALE", "NI", "NP", "DEC", "CALLBK"), "live")
    for row in _northgate(folder):
        yield Seen(
            row["campaign_id"],
            datetime.fromisoformat(row["dial log call_date"]),
            f"+{row['phone_code']}{row['phone_number_dialed']}",
            vicidial[row["status"]],
            row["caller_code"].startswith("M"),
        )
    asterisk = {"LIVE": "live", "AGENT-AM": "agent_machine", "FAX": "fax", "": "unanswered"}
    asterisk |= {"DROP": "dropped", "DROPMSG": "dropped"}
    for fields in _brightcall(folder):
        fate = asterisk.get(fields[17], "by hand")
        if fields[17] == "HANGUP":
            waited = datetime.fromisoformat(fields[11]) - datetime.fromisoformat(fields[10])
            fate = "hung_up_over_2s" if waited >= timedelta(seconds=2) else "hung_up"
        yield Seen(
            fields[0],
            datetime.fromisoformat(fields[9]),
            "+44" + fields[2].removeprefix("0"),
            fate,
            fields[17] == "MANUAL",
        )
    canonical = {"live_to_agent": "live", "machine_by_agent": "agent_machine", "fax": "fax"}
    canonical |= {"machine_by_amd": "amd_machine", "dropped_by_dialler": "dropped"}
    canonical |= dict.fromkeys(("not_answered", "busy", "invalid_number"), "unanswered")
    canonical |= {"callee_hung_up_waiting": "hung_up"}
    for row in _kestrel(folder):
        yield Seen(
            row["campaign"],
            datetime.fromisoformat(row["dialled_at"]).replace(tzinfo=None),
            row["dialled_number"],
            canonical[row["outcome"]],
            row["dial_mode"] != "auto",
        )


def _northgate(folder: Path) -> Iterator[dict[str, str]]:
    for path in sorted((folder / "exports/northgate").iterdir()):
        header, *rows = _text(path).split("\r\n")[:-1]
        names = header.split("\t")
        for row in rows:
            yield dict(zip(names, row.split("\t"), strict=False))


def _brightcall(folder: Path) -> Iterator[list[str]]:
    for path in sorted((folder / "exports/brightcall").iterdir()):
        yield from csv.reader(_text(path).splitlines(), strict=True)


def _kestrel(folder: Path) -> Iterator[dict[str, str]]:
    for path in sorted((folder / "exports/kestrel").iterdir()):
        yield from csv.DictReader(_text(path).splitlines(), strict=True)


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _planted(example: Example, kind: str) -> list[dict[str, Any]]:
    return [planted for planted in example.truth["planted"] if planted["kind"] == kind]


def _day(example: Example, campaign: str, day: str) -> dict[str, Any]:
    days: list[dict[str, Any]] = example.truth["days"]
    (found,) = (entry for entry in days if (entry["campaign"], entry["day"]) == (campaign, day))
    return found
