"""Killed, interrupted, out of disk: the store holds whole loads, nothing half done stands under its name."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from gates import GOOD, written
from loading import balances
from test_cli import auditor, in_one_sentence
from test_evidence import faults

from auditor.evidence.runs import read_runs
from auditor.store import ledger
from auditor.store.store import open_store, store_path

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "torture"
KILLS = 150 if LONG else 5
HEADER = "call_id,campaign,dialled_number,dialled_at,outcome\n"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A small example workspace, and how long its monthly job takes."""
    folder = tmp_path_factory.mktemp("crash")
    assert auditor(folder, "example", "demo", "--calls", "600").returncode == 0
    shutil.copytree(folder / "demo", folder / "timed")
    begun = time.monotonic()
    assert auditor(folder / "timed", "run", "2026-10").returncode in (0, 1, 3)
    return folder / "demo", time.monotonic() - begun


def whole(folder: Path) -> None:
    """Nothing in a workspace is half done, whatever happened to who worked in it."""
    if store_path(folder).exists():
        with open_store(store_path(folder), write=True) as connection:
            loads = ledger.loads(connection)
            assert all(balances(load) for load in loads)
            kept = connection.execute(
                "SELECT load_id, count(*) FROM calls GROUP BY ALL ORDER BY ALL"
            ).fetchall()
            assert kept == [(load.load_id, load.accepted) for load in loads if load.accepted]
    for pdf in folder.glob("reports/**/*.pdf"):
        if not pdf.name.startswith("."):
            content = pdf.read_bytes()
            assert content.startswith(b"%PDF"), pdf
            assert content.rstrip().endswith(b"%%EOF"), pdf
    if read_runs(folder / "bundles"):
        # A bundle that has a line and not yet its name is named by the next run.
        assert {kind for kind, _ in faults(folder)} <= {"missing"}


@pytest.mark.slow
def test_killed_at_any_instant_of_the_monthly_job(workspace, tmp_path, record_property):
    record_property("kills of the monthly job", KILLS)
    original, seconds = workspace
    folder = tmp_path / "demo"
    chance = random.Random(os.urandom(8) if LONG else 7)
    for number in range(KILLS):
        if number % 5 == 0:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(original, folder)
        job = subprocess.Popen(
            [sys.executable, "-m", "auditor", "run", "2026-10"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.1, 1.1) * seconds)
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        whole(folder)
    result = auditor(folder, "run", "2026-10", "--wait", "30", SOURCE_DATE_EPOCH="1793700000")
    assert result.returncode == 1, result.stderr
    whole(folder)
    assert faults(folder) == []
    assert not [path for path in (folder / "bundles").iterdir() if path.name.startswith(".")]


def test_interrupted_it_leaves_nothing_half_done(workspace, tmp_path):
    original, seconds = workspace
    folder = tmp_path / "demo"
    shutil.copytree(original, folder)
    job = subprocess.Popen(
        [sys.executable, "-m", "auditor", "run", "2026-10"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )
    time.sleep(seconds * 0.6)
    job.send_signal(signal.SIGINT)
    _, said = job.communicate(timeout=60)
    assert "Traceback" not in said, said[-2500:]
    assert job.returncode in (1, 2)  # 1: it was faster than we
    whole(folder)


@pytest.mark.parametrize("after", [0, 0.1, 0.3])
def test_interrupted_while_it_loads_it_says_so(tmp_path, after):
    (tmp_path / "large.csv").write_text(rows("large", 400_000))
    job = subprocess.Popen(
        [sys.executable, "-m", "auditor", "load", "large.csv"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=hear_interrupts,
    )  # fmt: skip
    while not store_path(tmp_path).exists() and job.poll() is None:
        time.sleep(0.01)
    time.sleep(after)
    job.send_signal(signal.SIGINT)
    _, said = job.communicate(timeout=60)
    assert job.returncode == 2
    assert said.splitlines()[-1] == "auditor: interrupted; nothing half-done was kept"
    whole(tmp_path)


def hear_interrupts() -> None:
    """As at a terminal: what a shell runs in the background begins with them ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def rows(name: str, count: int) -> str:
    return HEADER + "".join(
        f"{name}-{n},S,+442079{n:06d},2026-10-05T09:30:{n % 60:02d}Z,busy\n" for n in range(count)
    )


class TestAFullDisk:
    """What was in the store is as it was, the sentence says what to do, and with room again it goes on."""

    def check(self, folder: Path, load, make_room) -> None:
        (folder / "small.csv").write_text(rows("small", 500))
        (folder / "large.csv").write_text(rows("large", 120_000))
        assert auditor(folder, "load", "small.csv").returncode == 0
        said = in_one_sentence(load(folder, "large.csv"))
        assert "large.csv: cannot be loaded: the store could not be written" in said
        assert "nothing of the file was kept" in said
        assert "make room and load it again" in said
        assert self.loads(folder) == [500]
        make_room()
        assert auditor(folder, "load", "large.csv").returncode == 0
        assert self.loads(folder) == [500, 120_000]

    @staticmethod
    def loads(folder: Path) -> list[int]:
        whole(folder)
        with duckdb.connect(str(store_path(folder)), read_only=True) as connection:
            return [
                n for (n,) in connection.execute("SELECT accepted FROM loads ORDER BY load_id").fetchall()
            ]

    def test_a_writer_that_may_write_no_more(self, tmp_path):
        def load(folder, name):
            def limited():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))

            (folder / name).write_text((folder / name).read_text())
            return subprocess.run(
                [sys.executable, "-m", "auditor", "load", name],
                cwd=folder, capture_output=True, text=True, check=False, preexec_fn=limited,
            )  # fmt: skip

        self.check(tmp_path, load, lambda: None)

    def test_a_disk_that_is_full(self, tmp_path):
        disk = tmp_path / "disk"
        disk.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=14m", "tmpfs", str(disk)], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("no file system can be mounted here")
        ballast = disk / "ballast"

        def load(folder, name):
            free = shutil.disk_usage(disk).free
            ballast.write_bytes(b"x" * max(free - 1_500_000, 0))
            return auditor(folder, "load", name)

        try:
            self.check(disk, load, ballast.unlink)
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=False)


def test_what_a_killed_process_left_is_taken_away(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    long_ago = time.time() - 7_200
    left = tmp_path / "tmp" / f"auditor-{ended.pid}-abc"
    live = tmp_path / "tmp" / f"auditor-{os.getpid()}-abc"
    recent = tmp_path / "tmp" / f"auditor-{ended.pid}-new"
    for folder in (left, live, recent):
        folder.mkdir()
        (folder / "expanded").write_text("calls")
    for folder in (left, live):
        os.utime(folder, (long_ago, long_ago))
    (tmp_path / "calls.csv").write_text(rows("a", 3))
    assert auditor(tmp_path, "load", "calls.csv", TMPDIR=str(tmp_path / "tmp")).returncode == 0
    assert {path.name for path in (tmp_path / "tmp").iterdir()} == {live.name, recent.name}


#: What rewrites the store's file: its arguments, what it needs of auditor.toml, what the store holds before
#: it and after, and bytes that are gone then.
REWRITES = {
    "purge": (
        ["purge", "--before", "2026-04-01", "--even-so"],
        "",
        "SELECT count(*), (SELECT count(*) FROM purges) FROM calls",
        ((150_010, 0), (10, 1)),
        b"large-",
    ),
    "change-over to pseudonyms": (
        ["pseudonymise"],
        '[privacy]\nnumbers = "pseudonyms"\n',
        "SELECT count(*) FILTER (starts_with(dialled_number, '+~')), (SELECT count(*) FROM pseudonyms) "
        "FROM calls",
        ((0, 0), (150_010, 1)),
        b"+442079",
    ),
}


@pytest.mark.parametrize("what", REWRITES)
def test_killed_while_it_rewrites_the_store(tmp_path, record_property, what):
    """The store is as it was or as it should be, and the same command again ends the work."""
    record_property(f"kills of a {what}", KILLS)
    arguments, settings, counts, (before, after), gone = REWRITES[what]
    (tmp_path / "large.csv").write_text(rows("large", 150_000).replace("2026-10-05", "2026-03-05"))
    (tmp_path / "kept.csv").write_text(rows("kept", 10))
    assert auditor(tmp_path, "load", "large.csv", "kept.csv").returncode == 0
    (tmp_path / "auditor.toml").write_text(settings)
    folder = tmp_path / "store"
    shutil.copytree(folder, tmp_path / "full")
    chance = random.Random(os.urandom(8) if LONG else 11)
    command = [sys.executable, "-m", "auditor", *arguments]
    environment = os.environ | {"AUDITOR_NUMBERS_KEY": "a key of a good length, for tests alone"}
    for _ in range(KILLS):
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "full", folder)
        job = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        time.sleep(chance.uniform(0.3, 1.2))
        job.kill()
        job.wait()
        with open_store(store_path(tmp_path), write=True) as connection:
            assert connection.execute(counts).fetchone() in (before, after)
        assert {path.name for path in folder.iterdir()} == {"auditor.duckdb"}
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    with open_store(store_path(tmp_path)) as connection:
        assert connection.execute(counts).fetchone()[0] == after[0]
    assert gone not in store_path(tmp_path).read_bytes()
    assert {path.name for path in folder.iterdir()} == {"auditor.duckdb"}


@pytest.fixture
def simulating(tmp_path):
    """A gate in the midst of a long forecast, and the processes that simulate its days."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("how processes are found")
    written(tmp_path, GOOD)
    (tmp_path / "auditor.toml").write_text(
        '[forecast]\ndays = 100000\n[[traffic]]\ncampaign = "SALES1"\nagents = 50\nshift = "8 h"\n'
        'answered = "30%"\ntalk = "2 min"\nlines_for = "all_agents"\nlines_per_agent = 2\n'
    )
    command = [sys.executable, "-m", "auditor", "check", "--forecast", "."]
    job = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while len(workers := children(job.pid)) < 2 and time.monotonic() < deadline and job.poll() is None:
            time.sleep(0.1)
        assert len(workers) >= 2
        yield job, workers
    finally:
        job.kill()
        job.communicate()


def children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = path.read_text().split(" ", 1)
        except OSError:  # it has ended since
            continue
        if int(rest.rsplit(")", 1)[1].split()[1]) == parent:
            found.append(int(number))
    return found


def in_session(leader: int) -> list[int]:
    """The processes of a session, whoever began them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since
            number, rest = path.read_text().split(" ", 1)
            state, *_, session = rest.rsplit(")", 1)[1].split()[:4]
            found += [int(number)] if int(session) == leader and state != "Z" else []
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 2)])
def test_processes_that_render_end_with_the_command(workspace, tmp_path, how, code):
    if not Path("/proc/self/stat").exists():
        pytest.skip("how processes are found")
    folder = tmp_path / "demo"
    shutil.copytree(workspace[0], folder)
    job = subprocess.Popen(
        [sys.executable, "-m", "auditor", "run", "2026-10"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=hear_interrupts,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    # Itself, the tracker, what they are copies of, and a process that renders.
    while len(in_session(job.pid)) < 4 and time.monotonic() < deadline:
        assert job.poll() is None
        time.sleep(0.02)
    os.kill(job.pid, how) if how == signal.SIGKILL else os.killpg(job.pid, how)
    _, said = job.communicate(timeout=60)
    assert job.returncode == code
    assert "Traceback" not in said, said[-2500:]
    while (left := in_session(job.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


@pytest.mark.slow
class TestProcessesThatSimulateDays:
    def test_they_end_with_the_command_that_was_killed(self, simulating):
        job, workers = simulating
        job.kill()
        job.wait()
        deadline = time.monotonic() + 10
        while (left := [n for n in workers if Path(f"/proc/{n}").exists()]) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == []

    def test_one_that_is_killed_is_told(self, simulating):
        job, (one, *_) = simulating
        os.kill(one, signal.SIGKILL)
        _, said = job.communicate(timeout=60)
        assert (job.returncode, said) == (
            2, "auditor: the process that simulates days was killed (out of memory?)\n",
        )  # fmt: skip
