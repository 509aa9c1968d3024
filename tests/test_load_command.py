"""`auditor load` as a user meets it: dry runs, corrections, companions, and what it says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from test_asterisk import LINKED as LINKED_COLUMNS
from test_asterisk import SIX, TABLE, master, table
from test_canonical import CALL, export
from test_cli import auditor as run


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "auditor.toml").write_text('[client]\nname = "Example Telecom"\n')
    return tmp_path


def auditor(workspace: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return run(workspace, *map(str, arguments))


def written(workspace: Path, name: str, text: str) -> Path:
    path = workspace / name
    path.write_text(text, "utf-8")
    return path


def ledger(workspace: Path) -> list[dict[str, object]]:
    return json.loads(auditor(workspace, "loads", "--format", "json").stdout)["loads"]


class TestDryRun:
    def test_it_says_what_a_file_is_and_what_it_would_become(self, workspace):
        rows = ({"dst": f"0770090{n:04}", "disposition": "ANSWERED"} for n in range(12))
        path = written(workspace, "cdr.csv", table(TABLE, *rows, {"duration": "x"}))
        found = auditor(workspace, "load", "--dry-run", path)
        assert found.returncode == 0, found.stderr
        for words in (
            "asterisk: Asterisk call detail records",
            "an export of the cdr table",
            "not there: start, answer, end",
            "13 read, 12 accepted, 1 rejected",
            "columns are shifted (first on line 14)",
            "when an agent was connected",
            "times finer than a second, of 12 calls",
            "the first 10 calls",
        ):
            assert words in found.stdout

    def test_it_leaves_the_store_as_it_is(self, workspace):
        auditor(workspace, "load", "--dry-run", written(workspace, "c.csv", export(CALL)))
        assert not (workspace / "store").exists()

    def test_numbers_are_masked(self, workspace):
        found = auditor(workspace, "load", "--dry-run", written(workspace, "c.csv", export(CALL)))
        assert "•••123" in found.stdout
        assert "7700900123" not in found.stdout

    def test_unknown_codes_are_listed_with_their_calls(self, workspace):
        ids = ({"uniqueid": f"1791190800.{n}", "linkedid": str(n)} for n in range(3))
        text = master(LINKED_COLUMNS, *(i | {"userfield": "WHAT"} for i in ids))
        toml = workspace / "auditor.toml"
        toml.write_text(toml.read_text() + '[[source]]\nfiles = "*.csv"\ndisposition_from = "userfield"\n')
        found = auditor(workspace, "load", "--dry-run", written(workspace, "Master.csv", text))
        assert "WHAT (3)" in found.stdout

    def test_a_file_that_is_nothing_known_ends_as_it_would_without(self, workspace):
        found = auditor(workspace, "load", "--dry-run", written(workspace, "x.csv", "a,b\n1,2\n"))
        assert found.returncode == 2
        assert "in no format that is known" in found.stderr

    def test_names_in_a_file_do_not_steer_the_terminal(self, workspace):
        path = written(workspace, "c.csv", export(CALL | {"campaign": "\x1b[31mred"}))
        found = auditor(workspace, "load", "--dry-run", path)
        assert "\x1b" not in found.stdout
        assert "red" in found.stdout


def test_what_a_load_said_stands_in_the_ledger_and_in_the_audit(workspace):
    days = ("05", "06", "07", "08", "09", "12", "13", "14", "15", "16")
    rows = [
        CALL | {"call_id": f"{day}-{n}", "dialled_at": f"2026-10-{day}T10:{n:02}:00Z"}
        for day in days
        for n in range(1 if day == "08" else 60)
    ]
    auditor(workspace, "load", written(workspace, "c.csv", export(*rows)))
    (line,) = ledger(workspace)
    assert "suspiciously few calls on 2026-10-08" in line["suspicions"][0]
    assert "suspiciously few calls on 2026-10-08" in auditor(workspace, "loads").stdout
    document = json.loads(auditor(workspace, "audit", "2026-10", "--format", "json").stdout)
    (missing,) = [gap for gap in document["not_tested"] if "may be missing" in gap["what"]]
    assert "2026-10-08 (1, where 60 are usual)" in missing["why"]


class TestSecondLoads:
    def test_a_zone_that_comes_too_late_is_told_with_what_would_apply_it(self, workspace):
        path = written(workspace, "cdr.csv", table(SIX))
        auditor(workspace, "load", path, "--zone", "UTC")
        again = auditor(workspace, "load", path, "--zone", "Asia/Kolkata")
        assert again.returncode == 0
        assert "(zone)" in again.stdout
        assert "--supersede" in again.stdout
        assert ledger(workspace)[0]["settings"]["zone"] == "UTC"

    def test_a_companion_that_comes_too_late_is_told(self, workspace):
        calls = written(workspace, "Master.csv", master(LINKED_COLUMNS))
        auditor(workspace, "load", calls)
        queue = written(
            workspace, "queue_log", "1791190812|1791190800.55|SALES|NONE|ENTERQUEUE||07700900123|1\n"
        )
        again = auditor(workspace, "load", calls, queue)
        assert "the files that add facts" in again.stdout
        assert "--supersede" in again.stdout

    def test_a_zone_nobody_knows_is_refused_even_where_no_time_needs_one(self, workspace):
        path = written(workspace, "cdr.csv", table(SIX))
        auditor(workspace, "load", path, "--zone", "UTC")
        again = auditor(workspace, "load", path, "--zone", "BST")
        assert again.returncode == 2
        assert "'BST' is not known" in again.stderr

    def test_the_same_again_says_only_that_it_is_there(self, workspace):
        path = written(workspace, "cdr.csv", table(SIX))
        auditor(workspace, "load", path, "--zone", "UTC")
        assert auditor(workspace, "load", path, "--zone", "UTC").stdout.count("\n") == 1

    def test_another_file_of_the_same_name_asks_whether_it_is_a_correction(self, workspace):
        path = written(workspace, "c.csv", export(CALL))
        auditor(workspace, "load", path)
        written(workspace, "c.csv", export(CALL | {"call_id": "c2"}))
        assert "--supersede-load 1" in auditor(workspace, "load", path).stdout

    def test_the_bytes_of_another_load_supersede_nothing(self, workspace):
        auditor(workspace, "load", written(workspace, "a.csv", export(CALL)))
        auditor(workspace, "load", written(workspace, "b.csv", export(CALL | {"call_id": "c2"})))
        refused = auditor(workspace, "load", workspace / "b.csv", "--supersede-load", 1)
        assert refused.returncode == 2
        assert "as load 2" in refused.stderr

    def test_why_rows_were_rejected_is_said_at_once(self, workspace):
        path = written(workspace, "c.csv", export(CALL, CALL | {"call_id": "c2", "dialled_at": "yesterday"}))
        assert "1 × dialled_at is no time" in auditor(workspace, "load", path).stdout


class TestSupersede:
    def test_a_corrected_file_takes_the_place_of_the_earlier_one(self, workspace):
        path = written(workspace, "october.csv", export(CALL, CALL | {"call_id": "c2"}))
        auditor(workspace, "load", path)
        written(workspace, "october.csv", export(CALL))
        assert auditor(workspace, "load", path, "--supersede").returncode == 0
        assert [(line["accepted"], line["superseded_by"]) for line in ledger(workspace)] == [
            (2, 2),
            (1, None),
        ]

    def test_of_another_name_it_is_named_by_its_number(self, workspace):
        auditor(workspace, "load", written(workspace, "a.csv", export(CALL)))
        path = written(workspace, "b.csv", export(CALL | {"outcome": "busy"}))
        refused = auditor(workspace, "load", path, "--supersede")
        assert refused.returncode == 2
        assert "--supersede-load" in refused.stderr
        assert auditor(workspace, "load", path, "--supersede-load", 1).returncode == 0
        assert [line["superseded_by"] for line in ledger(workspace)] == [2, None]

    def test_one_number_is_for_one_file(self, workspace):
        paths = [written(workspace, name, export(CALL)) for name in ("a.csv", "b.csv")]
        found = auditor(workspace, "load", *paths, "--supersede-load", 1)
        assert found.returncode == 2
        assert "one file" in found.stderr

    def test_an_audit_leaves_out_what_was_superseded(self, workspace):
        path = written(workspace, "october.csv", export(CALL, CALL | {"call_id": "c2"}))
        auditor(workspace, "load", path)
        written(workspace, "october.csv", export(CALL))
        auditor(workspace, "load", path, "--supersede")
        document = json.loads(auditor(workspace, "audit", "2026-10", "--format", "json").stdout)
        assert document["calls"]["audited"] == 1


def test_dates_that_leave_day_and_month_open_are_asked_for(workspace):
    path = written(workspace, "cdr.csv", table(SIX, {"calldate": "1/9/2026 10:00:00"}))
    asked = auditor(workspace, "load", path)
    assert asked.returncode == 2
    assert "--dates dmy" in asked.stderr
    assert auditor(workspace, "load", path, "--dates", "dmy").returncode == 0


def test_a_mapping_named_in_the_workspace_is_found_from_there(workspace):
    (workspace / "maps").mkdir()
    (workspace / "maps" / "acme.toml").write_text(
        '[fields]\ncall_id = "a"\ndialled_number = "b"\ndialled_at = "c"\noutcome = "d"\n'
    )
    toml = workspace / "auditor.toml"
    toml.write_text(
        toml.read_text()
        + '[[source]]\nfiles = "in/*.csv"\nformat = "custom:maps/acme.toml"\ncampaign = "S"\n'
    )
    (workspace / "in").mkdir()
    written(workspace, "in/x.csv", "a,b,c,d\n1,07700900123,2026-10-05T10:00:00Z,busy\n")
    assert auditor(workspace, "load").returncode == 0
    assert ledger(workspace)[0]["accepted"] == 1
