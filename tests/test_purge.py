"""Retention: call records go, for good, and what was proven with them stays."""

from __future__ import annotations

import json

import duckdb
import pytest
from loading import balances
from test_cli import auditor, in_one_sentence

from auditor.audit.audit import judge
from auditor.audit.editions import editions
from auditor.errors import AuditorError
from auditor.period import parse_period
from auditor.settings import Config
from auditor.store import ledger
from auditor.store.horizon import horizon
from auditor.store.store import open_store, store_path
from auditor.workspace import Workspace

HEADER = "call_id,campaign,dialled_number,dialled_at,outcome\n"
#: Of the old calls; nothing else in the file looks like it.
TELLTALE = "+442079461234"


def line(name: str, when: str, number: str = "+441632960000", outcome: str = "live_to_agent") -> str:
    return f"{name},S,{number},{when},{outcome}\n"


@pytest.fixture
def folder(tmp_path):
    """A store with calls of 2026-03 (to the telltale number) and of 2026-10, and rejects of both."""
    old = "".join(line(f"old-{n}", f"2026-03-{n % 28 + 1:02d}T12:00:00Z", TELLTALE) for n in range(400))
    new = "".join(line(f"new-{n}", f"2026-10-{n % 28 + 1:02d}T12:00:00Z") for n in range(300))
    (tmp_path / "old.csv").write_text(HEADER + old + f"broken,S,{TELLTALE},not a time,busy\n")
    (tmp_path / "new.csv").write_text(HEADER + new + "broken,S,+441632960001,not a time,busy\n")
    assert auditor(tmp_path, "load", "old.csv", "new.csv").returncode == 0
    return tmp_path


def purged(folder, day: str, *options: str):
    """As of 2 November 2026, and also of what is in no sealed run."""
    arguments = ("purge", "--before", day, *(options or ("--even-so",)))
    return auditor(folder, *arguments, SOURCE_DATE_EPOCH="1793611800")


def store(folder):
    return duckdb.connect(str(store_path(folder)), read_only=True)


def test_calls_before_the_day_are_gone_and_the_others_are_there(folder):
    result = purged(folder, "2026-04-01")
    assert result.returncode == 0, result.stderr
    assert "400 calls dialled before 1 April 2026 are gone; the ledger and sealed runs stay" in result.stdout
    with store(folder) as connection:
        assert connection.execute("SELECT load_id, count(*) FROM calls GROUP BY ALL").fetchall() == [(2, 300)]
        loads = ledger.loads(connection)
        assert [(load.accepted, load.rejected) for load in loads] == [(400, 1), (300, 1)]
        assert all(balances(load) for load in loads)
        rejects = connection.execute("SELECT load_id, line, raw IS NULL FROM rejects ORDER BY 1").fetchall()
        assert rejects == [(1, 402, True), (2, 302, False)]
        assert str(horizon(connection).day) == "2026-04-01"


def test_their_bytes_are_no_longer_in_the_file(folder):
    number = int(TELLTALE[1:]).to_bytes(8, "little")
    before = store_path(folder).read_bytes()
    assert TELLTALE.encode() in before or number in before or b"old-399" in before
    assert purged(folder, "2026-04-01").returncode == 0
    after = store_path(folder).read_bytes()
    for trace in (TELLTALE.encode(), number, b"old-"):
        assert trace not in after
    assert [path.name for path in store_path(folder).parent.iterdir()] == ["auditor.duckdb"]


def test_a_call_of_the_day_itself_stays_on_the_clock_of_the_rules(tmp_path):
    # 31 March 2026 ends at 23:00 UTC in London.
    rows = line("before", "2026-03-31T22:59:59Z") + line("of-the-day", "2026-03-31T23:00:00Z")
    (tmp_path / "calls.csv").write_text(HEADER + rows)
    assert auditor(tmp_path, "load", "calls.csv").returncode == 0
    assert purged(tmp_path, "2026-04-01").returncode == 0
    with store(tmp_path) as connection:
        assert connection.execute("SELECT call_id FROM calls").fetchall() == [("of-the-day",)]


def test_a_dry_run_takes_nothing(folder):
    said = purged(folder, "2026-04-01", "--dry-run").stdout
    assert "400 calls dialled before 1 April 2026 would go" in said
    with store(folder) as connection:
        assert connection.execute("SELECT count(*) FROM calls").fetchone() == (700,)
        assert horizon(connection) is None


def test_where_there_is_no_store_none_is_made(tmp_path):
    assert "there is nothing to purge" in in_one_sentence(purged(tmp_path, "2026-04-01"))
    assert not (tmp_path / "store").exists()


def refused(folder, day: str) -> str:
    return in_one_sentence(auditor(folder, "purge", "--before", day, SOURCE_DATE_EPOCH="1793611800"))


def test_not_sooner_than_the_rules_allow(folder):
    said = refused(folder, "2026-05-03")
    assert "uk-ofcom: Records are to be kept for at least six months." in said
    assert "secondary" in said
    assert "choose a day up to 2026-05-02, or say --even-so" in said
    asked = purged(folder, "2026-11-01", "--dry-run")  # that is only a question
    assert asked.returncode == 0
    assert "700 calls dialled before" in asked.stdout
    assert "auditor: without --dry-run this is refused: uk-ofcom: Records" in asked.stderr
    assert purged(folder, "2026-11-01", "--dry-run", "--even-so").stderr == ""
    assert purged(folder, "2026-10-15").returncode == 0


def test_a_purge_that_does_nothing_is_entered_where_it_reaches_further(folder):
    for day in ("2026-02-01", "2026-02-01", "2026-01-01", "2026-02-02"):
        assert purged(folder, day).returncode == 0
    days = [
        each["before"] for each in json.loads(auditor(folder, "loads", "--format", "json").stdout)["purges"]
    ]
    assert days == ["2026-02-01", "2026-02-02"]


def test_not_before_a_day_to_come_of_which_no_call_is_loaded_yet(folder):
    for options in (("--even-so",), ("--dry-run",)):
        said = in_one_sentence(purged(folder, "2026-11-03", *options))
        assert "--before 2026-11-03 is still to come" in said
        assert "choose a day up to 2026-11-02" in said


def test_not_before_a_run_is_sealed_of_the_calls(folder):
    said = refused(folder, "2026-05-02")
    assert "calls of 2026-03 are in no sealed run" in said
    assert "(`auditor run 2026-03`), or say --even-so" in said
    ledger = folder / "bundles" / "runs.jsonl"
    ledger.parent.mkdir()
    for name, left in (("2026-03-01..2026-03-15", True), ("2026-03", False)):
        run = {
            "number": 1,
            "bundle": f"{name}-20261101T093000Z-0123abcd",
            "run_at": "",
            "seal": "",
            "previous": None,
        }
        ledger.write_text(json.dumps(run) + "\n")
        if left:
            assert "calls of 2026-03 are in no sealed run" in refused(folder, "2026-05-02")
    done = auditor(folder, "purge", "--before", "2026-05-02", SOURCE_DATE_EPOCH="1793611800")
    assert done.returncode == 0, done.stderr


def test_purged_calls_do_not_come_back(folder):
    assert purged(folder, "2026-10-05").returncode == 0
    (folder / "again.csv").write_text((folder / "new.csv").read_text().replace("new-", "again-"))
    # That they are old is no fault of the file, and hides none that it has.
    faulty = (folder / "again.csv").read_text().replace("2026-10-2", "2026-10-9")
    (folder / "faulty.csv").write_text(faulty)
    said = in_one_sentence(auditor(folder, "load", "faulty.csv"))
    assert "was dialled before 5 October 2026: calls before that were purged" in said
    assert auditor(folder, "load", "again.csv").returncode == 0
    assert "was dialled before 5 October 2026" in auditor(folder, "loads", "--rejects").stdout
    with store(folder) as connection:
        counts = "SELECT count(*), min(dialled_ms) >= 1791154800000 FROM calls WHERE load_id = 3"
        accepted, young = connection.execute(counts).fetchone()
        assert young
        rejects = "SELECT count(*) FILTER (raw IS NULL), count(*) FROM rejects WHERE load_id = 3"
        assert connection.execute(rejects).fetchone() == (300 - accepted, 301 - accepted)
    assert b"again-0,S," not in store_path(folder).read_bytes()
    assert (
        "calls dialled before 5 October 2026 were purged on 2026-11-02, after load 2"
        in auditor(folder, "loads").stdout
    )
    (gone,) = json.loads(auditor(folder, "loads", "--format", "json").stdout)["purges"]
    assert gone == {"before": "2026-10-05", "purged_at": "2026-11-02T09:30:00+00:00", "after_load": 2}


def test_a_call_is_as_old_as_its_last_version(folder):
    (folder / "later.csv").write_text(HEADER + line("new-20", "2026-03-21T12:00:00Z"))
    assert auditor(folder, "load", "later.csv").returncode == 0
    assert purged(folder, "2026-04-01").returncode == 0
    with store(folder) as connection:
        for table in ("calls", "conflicts"):
            assert connection.execute(
                f"SELECT count(*) FROM {table} WHERE call_id = 'new-20'"
            ).fetchone() == (0,)


def test_a_period_whose_calls_were_purged_cannot_be_audited(folder):
    assert purged(folder, "2026-10-02", "--even-so").returncode == 0
    for period in ("2026-03", "2026-10"):
        said = in_one_sentence(auditor(folder, "audit", period))
        assert "calls dialled before 2 October 2026 were purged on 2026-11-02" in said
    document = json.loads(auditor(folder, "audit", "2026-10-03..2026-10-31", "--format", "json").stdout)
    (why,) = {gap["why"] for gap in document["not_tested"] if "calls that repeat one" in gap["what"]}
    assert why == "calls dialled before 2 October 2026 were purged: what repeats one of them is not seen"


def test_what_an_audit_sees_of_a_purge(folder):
    """Months that lie before it are no part of the trend, and days that look back to it say so."""
    (folder / "sep.csv").write_text(HEADER + line("sep", "2026-09-20T12:00:00Z"))
    assert auditor(folder, "load", "sep.csv").returncode == 0
    assert purged(folder, "2026-09-29", "--even-so").returncode == 0
    workspace = Workspace(folder, Config())
    with open_store(store_path(folder)) as connection:
        group, *_ = editions(connection, judge(connection, workspace, parse_period("2026-10")))
        assert group.document["trend"] == []
        whys = {gap["why"] for gap in group.document["not_tested"]}
        assert (
            "calls dialled before 29 September 2026 were purged: what repeats one of them is not seen" in whys
        )
        with pytest.raises(AuditorError, match="September 2026 cannot be audited any more"):
            judge(connection, workspace, parse_period("2026-09"))


def test_a_file_that_was_purged_is_not_loaded_again(folder):
    assert purged(folder, "2026-04-01").returncode == 0
    assert "in the store already" in auditor(folder, "load", "old.csv").stdout


def test_versions_that_were_not_kept_go_too(tmp_path):
    (tmp_path / "one.csv").write_text(HEADER + line("a", "2026-03-01T12:00:00Z", TELLTALE, "busy"))
    (tmp_path / "two.csv").write_text(HEADER + line("a", "2026-03-01T12:00:00Z", TELLTALE))
    assert auditor(tmp_path, "load", "one.csv", "two.csv").returncode == 0
    with store(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM conflicts").fetchone() == (1,)
    said = purged(tmp_path, "2026-04-01").stdout
    assert "1 calls dialled" in said
    with store(tmp_path) as connection:
        for table in ("calls", "conflicts", "duplicates"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert TELLTALE.encode() not in store_path(tmp_path).read_bytes()


def test_editions_for_everybody_or_for_one_partner(tmp_path):
    rows = "call_id,campaign,partner,dialled_number,dialled_at,outcome\n" + "".join(
        f"{partner}-{n},S,{partner},+441632960000,2026-10-05T12:00:0{n}Z,live_to_agent\n"
        for partner in ("kestrel", "northgate")
        for n in range(3)
    )
    (tmp_path / "calls.csv").write_text(rows)
    assert auditor(tmp_path, "load", "calls.csv").returncode == 0
    with open_store(store_path(tmp_path)) as connection:
        judged = judge(connection, Workspace(tmp_path, Config()), parse_period("2026-10"))
        assert [each.partner for each in editions(connection, judged)] == [None, "kestrel", "northgate"]
        (one,) = editions(connection, judged, only="kestrel")
        assert (one.partner, one.document["calls"]["audited"]) == ("kestrel", 3)
