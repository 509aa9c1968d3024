"""The store: one writer at a time, nobody kept waiting for ever, and whole loads or none."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from loading import balances

from auditor.errors import AuditorError
from auditor.sources.load import load_file
from auditor.sources.source import Source
from auditor.store import ledger
from auditor.store.rewrite import ask_for_rewrite, is_asked_for
from auditor.store.store import STORE_VERSION, open_store, store_path

HOLD = """
import sys
from pathlib import Path
from auditor.store.store import open_store
with open_store(Path(sys.argv[1]), write=True):
    print("held", flush=True)
    sys.stdin.readline()
"""

LOAD_FOR_EVER = """
import itertools, sys
from pathlib import Path
from auditor.sources.load import load_file
from auditor.sources.source import Source
from auditor.store.store import open_store
folder = Path(sys.argv[1])
with open_store(folder / "store.duckdb", write=True) as connection:
    for number in itertools.count():
        rows = "".join(f"c{number}-{n},S,1234,2026-10-05T09:30:00Z,busy\\n" for n in range(1000))
        export = folder / f"{number}.csv"
        export.write_text("call_id,campaign,dialled_number,dialled_at,outcome\\n" + rows)
        load_file(connection, export, Source())
        print(number, flush=True)
"""


@contextmanager
def running(script: str, argument: Path):
    """A process of our own that runs the script; it has written its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(argument)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def path(tmp_path):
    return store_path(tmp_path)


@pytest.mark.parametrize("write", [True, False])
def test_who_comes_second_waits_and_is_then_told_who_holds_the_store(path, write):
    with running(HOLD, path) as holder:
        began = time.monotonic()
        with (
            pytest.raises(AuditorError, match=rf"in use by process {holder.pid}: waited 0.3 s.*--wait"),
            open_store(path, write=write, wait=0.3),
        ):
            pass
        assert time.monotonic() - began >= 0.3


def test_who_waits_long_enough_gets_the_store(path):
    with running(HOLD, path) as holder:
        # Each try finds it held until this line has ended the holder, well within the wait.
        with pytest.raises(AuditorError), open_store(path, write=True, wait=0):
            pass
        holder.communicate("let go\n", timeout=30)
        with open_store(path, write=True, wait=30) as connection:
            assert ledger.loads(connection) == []


def test_a_reader_of_no_store_is_told_to_load_first_and_none_is_made(path):
    with pytest.raises(AuditorError, match=r"no calls are loaded yet.*auditor load"), open_store(path):
        pass
    assert not path.parent.exists()


def test_two_readers_share_it(path):
    with open_store(path, write=True):
        pass
    with open_store(path) as one, open_store(path) as other:
        assert ledger.loads(one) == ledger.loads(other) == []


def test_a_reader_cannot_write(path):
    with open_store(path, write=True):
        pass
    with open_store(path) as connection, pytest.raises(duckdb.Error):
        connection.execute("DELETE FROM calls")


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("content", [b"this is no store, " * 1000, b"half"])
def test_a_file_that_is_no_store_is_left_alone_and_named(path, write, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with (
        pytest.raises(AuditorError, match=r"the store .*auditor.duckdb cannot be opened"),
        open_store(path, write=write),
    ):
        pass
    assert path.read_bytes() == content


def test_a_database_without_calls_is_told_to_load_first(path):
    path.parent.mkdir()
    duckdb.connect(str(path)).close()
    with pytest.raises(AuditorError, match="holds no calls yet"), open_store(path):
        pass


#: Store version → what came after it.
_6 = (
    "DROP TABLE pseudonyms; DROP TABLE rewriting; ALTER TABLE rejects DROP COLUMN length; "
    "ALTER TABLE purges DROP COLUMN after_load;"
)
LATER = {4: f"{_6} DROP TABLE purges", 5: _6}


@pytest.mark.parametrize("version", LATER)
@pytest.mark.parametrize("write", [True, False])
def test_a_store_of_a_version_before_is_brought_up_to_date(path, version, write):
    def shape(connection):
        columns = "table_name, column_name, data_type, is_nullable"
        return connection.execute(
            f"SELECT {columns} FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        ).fetchall()

    with open_store(path, write=True) as connection:
        today = shape(connection)
        connection.execute(LATER[version])
        connection.execute("UPDATE store SET version = ?", [version])
    with open_store(path, write=write) as connection:
        assert shape(connection) == today
        assert connection.execute("SELECT version FROM store").fetchone() == (STORE_VERSION,)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (
            3,
            r"by an earlier version of auditor \(store version 3, this one reads 6\): .*`mv .*v3` and `aud",
        ),
        (99, r"by a later version of auditor \(store version 99, this one reads 6\): update auditor"),
    ],
)
@pytest.mark.parametrize("write", [True, False])
def test_a_store_of_another_version_is_not_read(path, version, said, write):
    with open_store(path, write=True) as connection:
        connection.execute("UPDATE store SET version = ?", [version])
    with pytest.raises(AuditorError, match=said), open_store(path, write=write):
        pass


def test_what_was_to_be_rewritten_is_so_by_the_next_writer(path):
    with open_store(path, write=True) as connection:
        connection.execute("CREATE TABLE secret AS SELECT '+447700900123' AS number FROM range(5000)")
    with open_store(path, write=True) as connection:
        connection.execute("BEGIN")
        connection.execute("DROP TABLE secret")
        ask_for_rewrite(connection)
        connection.execute("COMMIT")
    assert b"+447700900123" in path.read_bytes()
    with open_store(path) as connection:
        assert is_asked_for(connection)
    with open_store(path, write=True) as connection:
        assert not is_asked_for(connection)
        connection.execute("CREATE TABLE other AS SELECT 1 AS one")
    assert b"+447700900123" not in path.read_bytes()
    with open_store(path) as connection:  # it was the new file that was written to
        assert connection.execute("FROM other").fetchall() == [(1,)]


def test_what_a_killed_process_spilled_is_taken_away_by_the_next_writer(path):
    with open_store(path, write=True):
        pass
    left = path.with_name(f"{path.name}.tmp") / "duckdb_temp_storage_DEFAULT-0.tmp"
    left.parent.mkdir()
    left.write_text("+447700900123")
    with open_store(path):
        assert left.exists()  # another reader may be at work with it
    with open_store(path, write=True):
        assert not left.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "store").write_text("in the way")
    with (
        pytest.raises(AuditorError, match=r"folder .*store cannot be made"),
        open_store(store_path(tmp_path), write=True),
    ):
        pass


def test_what_was_loaded_is_there_when_the_store_is_opened_again(path):
    export = path.parent.parent / "export.csv"
    export.write_text(
        "call_id,campaign,dialled_number,dialled_at,outcome\n1,S,1234,2026-10-05T09:30:00Z,busy\n"
    )
    with open_store(path, write=True) as connection:
        load, _ = load_file(connection, export, Source())
    with open_store(path) as connection:
        assert ledger.loads(connection) == [load]
        assert connection.execute("SELECT call_id FROM calls").fetchall() == [("1",)]


def test_a_failed_load_leaves_nothing_in_the_way_of_the_next(path):
    export = path.parent.parent / "export.csv"
    with open_store(path, write=True) as connection:
        for _ in range(2):
            export.write_text("call_id,campaign,dialled_number,dialled_at,outcome\n" + "x\n" * 11)
            with pytest.raises(AuditorError, match="refused"):
                load_file(connection, export, Source())
            assert ledger.loads(connection) == []
        export.write_text("call_id,campaign,dialled_number,dialled_at,outcome\n" + "x\n" * 10)
        load, _ = load_file(connection, export, Source())
        assert (load.load_id, load.rejected) == (1, 10)


@pytest.mark.parametrize("seconds_later", [0, 0.05, 0.1])
def test_a_killed_writer_leaves_whole_loads_and_nothing_else(tmp_path, seconds_later):
    with running(LOAD_FOR_EVER, tmp_path) as writer:
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        time.sleep(seconds_later)  # somewhere within the loads that follow
        writer.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, writer.communicate()[0].split())])
    with open_store(tmp_path / "store.duckdb", write=True) as connection:
        loads = ledger.loads(connection)
        assert len(loads) > acknowledged
        assert all(balances(load) and load.accepted == 1000 for load in loads)
        calls = connection.execute("SELECT load_id, count(*) FROM calls GROUP BY ALL ORDER BY ALL").fetchall()
        assert calls == [(load.load_id, 1000) for load in loads]
