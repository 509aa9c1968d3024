"""The command line as scripts use it: exit codes, sentences, and nothing lost."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from calls import calls, csv_text

DAY = "2012-05-08"
GOOD = csv_text(calls(97, "live_to_agent", DAY) + calls(3, "dropped_by_dialler", DAY, message="played"))
BAD = csv_text(calls(90, "live_to_agent", DAY) + calls(10, "dropped_by_dialler", DAY, message="played"))
DOUBTFUL = csv_text(calls(90, "live_to_agent", DAY) + calls(10, "answered_unknown", DAY, message="played"))


def auditor(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env=os.environ | {"PYTHONUTF8": "1"} | environment,
    )  # fmt: skip


def unread(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where nobody reads what it prints (`auditor … | true`)."""
    theirs, ours = os.pipe()
    os.close(theirs)
    try:
        return subprocess.run(
            [sys.executable, "-m", "auditor", *arguments],
            cwd=folder, stdout=ours, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(ours)


def in_one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    """What a refusal says: exit 2, on stderr only, no traceback."""
    assert result.returncode == 2, result
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    return result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def loaded(folder: Path, text: str, *options: str) -> Path:
    (folder / "calls.csv").write_text(text, "utf-8")
    result = auditor(folder, "load", "calls.csv", "--partner", "ann", *options)
    assert result.returncode == 0, result.stderr
    return folder


class TestExitCodes:
    def test_0_when_nothing_failed(self, folder):
        result = auditor(loaded(folder, GOOD), "audit", "2012-05")
        assert result.returncode == 0
        assert "24 pass" in result.stdout

    def test_1_when_something_failed(self, folder):
        result = auditor(loaded(folder, BAD), "audit", "2012-05")
        assert result.returncode == 1
        assert "10% of live calls were abandoned (10 of 100): over the limit of 3%." in result.stdout

    def test_3_when_nothing_failed_but_something_is_undecided(self, folder):
        loaded(folder, DOUBTFUL)
        assert auditor(folder, "audit", "2012-05").returncode == 3
        assert auditor(folder, "audit", "2012-05", "--allow-undecided").returncode == 0

    def test_2_for_usage(self, folder):
        assert auditor(folder, "audit").returncode == 2
        assert auditor(folder, "audit", "last-month").returncode == 2
        assert auditor(folder, "nonsense").returncode == 2
        assert auditor(folder, "load", "--nonsense").returncode == 2


class TestTheJson:
    def test_two_runs_print_the_same_bytes_in_the_contracts_order(self, folder):
        loaded(folder, GOOD + BAD.partition("\r\n")[2])
        first = auditor(folder, "audit", "2012-05", "--format", "json").stdout
        assert first == auditor(folder, "audit", "2012-05", "--format", "json").stdout
        document = json.loads(first)
        assert list(document)[:5] == ["schema", "period", "calls", "results", "not_tested"]
        assert document["period"] == {"from": "2012-05-01", "to": "2012-05-31"}
        assert document["calls"] == {
            "read": 200,
            "accepted": 200,
            "rejected": 0,
            "duplicate": 0,
            "audited": 200,
        }
        keys = [
            (r["pack"], r["rule"], r["basis"], r["scope"], r["partner"] or "", r["campaign"] or "", r["from"])
            for r in document["results"]
        ]
        assert keys == sorted(keys)

    def test_files_are_written_besides_what_is_printed(self, folder):
        loaded(folder, GOOD)
        outputs = ["--output", "json=out/a.json", "--output", "csv=a.csv", "--output", "markdown=a.md"]
        printed = auditor(folder, "audit", "2012-05", *outputs).stdout
        assert printed.startswith("All calls")
        assert json.loads((folder / "out/a.json").read_text("utf-8"))["schema"] == 1
        assert (folder / "a.csv").read_text("utf-8").startswith("pack,rule,regime,basis,scope,client,partner")
        assert "| rule |" in (folder / "a.md").read_text("utf-8")

    def test_an_output_that_cannot_be_written_or_understood(self, folder):
        loaded(folder, GOOD)
        (folder / "file").write_text("", "utf-8")
        result = auditor(folder, "audit", "2012-05", "--output", "json=file/a.json")
        assert "file/a.json: cannot be written" in in_one_sentence(result)
        assert "write FORMAT=PATH" in auditor(folder, "audit", "2012-05", "--output", "pdf=x").stderr


class TestBadInput:
    def refused(self, folder, *arguments):
        said = in_one_sentence(auditor(folder, *arguments))
        store = folder / "store" / "auditor.duckdb"
        if store.exists():
            listed = auditor(folder, "loads", "--format", "json")
            assert json.loads(listed.stdout)["loads"] == []
        return said

    def test_a_missing_file(self, folder):
        assert "gone.csv: there is no such file" in self.refused(folder, "load", "gone.csv")

    def test_an_unknown_format(self, folder):
        (folder / "calls.csv").write_text(GOOD, "utf-8")
        said = self.refused(folder, "load", "calls.csv", "--format", "avaya")
        assert "format 'avaya' is not known: choose one of amazon-connect, asterisk, " in said

    def test_a_wrong_header_names_what_is_missing_and_the_near_miss(self, folder):
        (folder / "calls.csv").write_text(GOOD.replace("outcome", "outcom", 1), "utf-8")
        said = self.refused(folder, "load", "calls.csv")
        assert "the header lacks 'outcome' (it has 'outcom')" in said

    def test_a_half_written_gzip(self, folder):
        whole = gzip.compress(GOOD.encode())
        (folder / "calls.csv.gz").write_bytes(whole[: len(whole) // 2])
        said = self.refused(folder, "load", "calls.csv.gz")
        assert "calls.csv.gz: the compressed file is cut off or damaged" in said

    def test_a_partner_who_is_not_in_the_workspace(self, folder):
        (folder / "auditor.toml").write_text('[[partner]]\nid = "ann"\n', "utf-8")
        (folder / "calls.csv").write_text(GOOD, "utf-8")
        said = self.refused(folder, "load", "calls.csv", "--partner", "zoe")
        assert "partner 'zoe' is not in this workspace: choose from ann" in said

    def test_a_period_without_calls(self, folder):
        said = in_one_sentence(auditor(loaded(folder, GOOD), "audit", "2012-06"))
        assert "no call was dialled in June 2012: the store holds calls from 8 May 2012 to 8 May 2012" in said

    def test_no_store_at_all(self, folder):
        assert "run `auditor load` first" in in_one_sentence(auditor(folder, "audit", "2012-05"))
        assert "run `auditor load` first" in in_one_sentence(auditor(folder, "loads"))

    def test_an_unknown_pack_and_partner(self, folder):
        loaded(folder, GOOD)
        assert "pack 'xx' is not known" in in_one_sentence(
            auditor(folder, "audit", "2012-05", "--pack", "xx")
        )
        said = in_one_sentence(auditor(folder, "audit", "2012-05", "--partner", "zoe"))
        assert "partner 'zoe' is not in this workspace: choose from ann" in said

    def test_a_configuration_with_several_faults_names_them_all(self, folder):
        (folder / "auditor.toml").write_text('[client]\nnam = "x"\n[branding]\ncolour = "red"\n', "utf-8")
        said = in_one_sentence(auditor(folder, "audit", "2012-05"))
        assert "did you mean 'name'?" in said
        assert "branding.colour" in said

    def test_a_house_limit_for_a_rule_there_is_not(self, folder):
        loaded(folder, GOOD)
        (folder / "auditor.toml").write_text(
            '[[house_limit]]\nrule = "uk-ofcom/abandoned"\nlimit = "1/100"\n', "utf-8"
        )
        said = in_one_sentence(auditor(folder, "audit", "2012-05"))
        assert "there is no rule 'uk-ofcom/abandoned': write one of uk-ofcom/abandoned-call-rate" in said

    def test_nothing_to_load(self, folder):
        assert "names no [[source]]" in in_one_sentence(auditor(folder, "load"))
        (folder / "auditor.toml").write_text('[[source]]\nfiles = "exports/*.txt"\n', "utf-8")
        assert "no source of the workspace matches a file" in in_one_sentence(auditor(folder, "load"))

    def test_a_file_with_too_many_rejects_is_refused_whole(self, folder):
        header, *lines = GOOD.splitlines()
        broken = [line.replace("live_to_agent", "chatted") for line in lines[:11]]
        (folder / "calls.csv").write_text("\n".join([header, *broken, *lines[11:]]) + "\n", "utf-8")
        said = self.refused(folder, "load", "calls.csv")
        assert "11 of 100 records cannot be taken (11 × outcome is none of" in said
        assert "first on line 2" in said
        assert auditor(folder, "load", "calls.csv", "--max-rejects", "11").returncode == 0
        rejected = json.loads(auditor(folder, "loads", "--rejects", "--format", "json").stdout)["rejects"]
        assert [r["line"] for r in rejected] == list(range(2, 13))
        assert rejected[0]["raw"] == broken[0]

    def test_a_ceiling_that_is_none(self, folder):
        (folder / "calls.csv").write_text(GOOD, "utf-8")
        said = self.refused(folder, "load", "calls.csv", "--max-rejects", "few")
        assert "--max-rejects 'few': write a count (25) or a share of the rows (2.5%)" in said

    def test_one_refused_file_does_not_stop_the_others(self, folder):
        (folder / "a.csv").write_text("nonsense\n1\n", "utf-8")
        (folder / "b.csv").write_text(GOOD, "utf-8")
        result = auditor(folder, "load", "a.csv", "b.csv")
        assert result.returncode == 2
        assert "a.csv: is in no format that is known" in result.stderr
        assert "b.csv: load 1" in result.stdout


def test_a_reader_that_has_seen_enough_ends_the_command(folder):
    done = unread(folder, "rules", "list")
    assert (done.returncode, done.stderr) == (141, "")


class TestASecondProcess:
    HOLDER = """
        import sys, time
        from pathlib import Path
        from auditor.store.store import open_store
        with open_store(Path(sys.argv[1]), write=True):
            print("held", flush=True)
            time.sleep(float(sys.argv[2]))
    """

    def hold(self, folder: Path, seconds: float) -> subprocess.Popen[str]:
        store = folder / "store" / "auditor.duckdb"
        holder = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(self.HOLDER), str(store), str(seconds)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        return holder

    def test_it_waits_then_names_the_holder(self, folder):
        (folder / "calls.csv").write_text(GOOD, "utf-8")
        with self.hold(folder, 60) as holder:
            said = in_one_sentence(auditor(folder, "load", "calls.csv", "--wait", "0.3"))
            holder.kill()
        assert f"is in use by process {holder.pid}: waited 0.3 s" in said

    def test_it_goes_on_when_the_holder_lets_go(self, folder):
        (folder / "calls.csv").write_text(GOOD, "utf-8")
        with self.hold(folder, 1.5):
            assert auditor(folder, "load", "calls.csv").returncode == 0


class TestLoading:
    def test_the_same_bytes_again_change_nothing(self, folder):
        loaded(folder, GOOD)
        (folder / "copy.csv").write_text(GOOD, "utf-8")
        result = auditor(folder, "load", "copy.csv", "--partner", "ann")
        assert result.returncode == 0
        assert "in the store already, as load 1" in result.stdout
        assert len(json.loads(auditor(folder, "loads", "--format", "json").stdout)["loads"]) == 1

    def test_the_ledger_has_the_contracts_keys(self, folder):
        (line,) = json.loads(auditor(loaded(folder, GOOD), "loads", "--format", "json").stdout)["loads"]
        assert list(line)[:10] == [
            "load_id", "file", "sha256", "format", "partner", "read", "accepted", "rejected", "duplicate",
            "superseded_by",
        ]  # fmt: skip
        assert (line["file"], line["partner"], line["read"], line["accepted"]) == (
            "calls.csv",
            "ann",
            100,
            100,
        )

    def test_options_name_the_campaign_and_the_call_centre(self, folder):
        loaded(folder, GOOD, "--campaign", "OTHER", "--call-centre", "Leeds")
        results = json.loads(auditor(folder, "audit", "2012-05", "--format", "json").stdout)["results"]
        assert {r["campaign"] for r in results} == {"OTHER", None}
        assert {r["call_centre"] for r in results} == {"Leeds", None}

    def test_a_file_of_a_source_is_read_as_the_source_says(self, folder):
        (folder / "auditor.toml").write_text(
            '[[source]]\npartner = "ann"\nfiles = "in/*.csv"\ncall_centre = "Leeds"\n', "utf-8"
        )
        (folder / "in").mkdir()
        (folder / "in" / "calls.csv").write_text(GOOD, "utf-8")
        assert auditor(folder, "load", "in/calls.csv").returncode == 0
        document = json.loads(auditor(folder, "audit", "2012-05", "--format", "json").stdout)
        assert [load["partner"] for load in document["loads"]] == ["ann"]
        assert any(r["call_centre"] == "Leeds" for r in document["results"])

    def test_what_an_export_contains_cannot_steer_the_terminal(self, folder):
        loaded(folder, GOOD.replace("SALES1", "S\x1b[2J\u202eX"))
        printed = auditor(folder, "audit", "2012-05").stdout + auditor(folder, "loads").stdout
        assert "\x1b" not in printed
        assert "\u202e" not in printed

    def test_what_an_export_contains_cannot_run_in_a_spreadsheet(self, folder):
        loaded(folder, BAD.replace("SALES1", "=HYPERLINK(1)"))
        table = auditor(folder, "audit", "2012-05", "--format", "csv").stdout
        assert "'=HYPERLINK(1)" in table
        assert ",=HYPERLINK(1)" not in table


class TestInit:
    def test_it_writes_a_commented_workspace_that_is_valid(self, folder):
        result = auditor(folder, "init", "new")
        assert result.returncode == 0
        text = (folder / "new" / "auditor.toml").read_text("utf-8")
        assert "# [[partner]]" in text
        assert (folder / "new" / "exports").is_dir()
        # Valid as it stands, and with every example switched on.
        assert "names no [[source]]" in in_one_sentence(auditor(folder, "--workspace", "new", "load"))
        for name in ("auditor.toml", "waivers.toml"):
            path = folder / "new" / name
            switched_on = "\n".join(
                line[2:]
                if line.startswith("# ") and ("=" in line.split("#")[1] or line.startswith("# ["))
                else line
                for line in path.read_text("utf-8").splitlines()
            )
            path.write_text(switched_on, "utf-8")
        said = in_one_sentence(auditor(folder, "--workspace", "new", "load"))
        assert "no source of the workspace matches a file" in said

    def test_it_never_overwrites(self, folder):
        auditor(folder, "init")
        assert "is there already" in in_one_sentence(auditor(folder, "init"))


class TestTheCommandItself:
    def test_its_version_waits_for_neither_duckdb_nor_weasyprint(self, folder):
        code = (
            "import sys, runpy\nsys.argv = ['auditor', '--version']\n"
            "try: runpy.run_module('auditor', run_name='__main__')\nexcept SystemExit: pass\n"
            "assert not {'duckdb', 'weasyprint', 'pydantic'} & set(sys.modules)"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith("auditor, version 0.")

    def test_the_workspace_may_stand_before_or_after_the_command_or_in_the_environment(self, folder):
        there = folder / "there"
        there.mkdir()
        loaded(there, GOOD)
        for arguments in (("--workspace", "there", "loads"), ("loads", "--workspace", "there")):
            assert "calls.csv" in auditor(folder, *arguments).stdout
        assert "calls.csv" in auditor(folder, "loads", AUDITOR_WORKSPACE="there").stdout

    def test_every_command_has_help(self, folder):
        listed = auditor(folder, "--help").stdout
        for command in ("init", "example", "load", "loads", "audit", "report", "run"):
            assert f"  {command} " in listed
            helped = auditor(folder, command, "--help")
            assert helped.returncode == 0, helped.stderr
            assert "Usage:" in helped.stdout
