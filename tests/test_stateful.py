"""Loaded, corrected, audited, purged, sealed and hidden in whatever order, all is as a plain model says."""

from __future__ import annotations

import hmac
import shutil
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from loading import balances

from auditor.audit.audit import judge, select
from auditor.audit.document import as_document
from auditor.audit.editions import editions
from auditor.errors import AuditorError
from auditor.evidence.bundle import seal
from auditor.evidence.contents import contents
from auditor.evidence.runs import held_runs
from auditor.evidence.verify import verify_all
from auditor.period import parse_period
from auditor.settings import Config
from auditor.sources.load import Supersede, Terms, load_file
from auditor.sources.source import Source
from auditor.store import ledger
from auditor.store.horizon import horizon
from auditor.store.pseudonymise import pseudonymise
from auditor.store.pseudonyms import NumbersKey, numbers_key
from auditor.store.purge import purge
from auditor.store.store import open_store, store_path
from auditor.workspace import Workspace

SECRET = b"a key of a good length, for tests alone"
KEY = numbers_key(SECRET)
HEADER = "call_id,campaign,dialled_number,dialled_at,outcome\n"
#: A file: calls by their ids, each with the day of October on which it was dialled, and an outcome.
FILES = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.tuples(st.integers(1, 28), st.sampled_from(("busy", "live_to_agent", "dropped_by_dialler"))),
    min_size=1,
    max_size=6,
)


class Store(RuleBasedStateMachine):
    """The store, and beside it the files that count, in the order they came."""

    loads = Bundle("loads")

    def __init__(self) -> None:
        super().__init__()
        # In memory where there is such a folder: the store is opened hundreds of times.
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.path = store_path(self.folder)
        self.files = 0
        #: Load id → its calls, of the loads that count.
        self.live: dict[int, dict[str, tuple[int, str]]] = {}
        self.purged_before = 0
        self.key: NumbersKey | None = None
        self.runs = self.folder / "bundles"
        #: Bundle → its seal, in the order of the runs.
        self.sealed: dict[str, str] = {}

    @initialize(hidden=st.booleans())
    def asks_for_pseudonyms_or_not(self, hidden):
        self.key = KEY if hidden else None

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def load(self, calls: dict[str, tuple[int, str]], supersede: Supersede | None) -> int | None:
        self.files += 1
        export = self.folder / f"{self.files}.csv"
        # A comment of its own makes each file another: the same bytes are never loaded twice.
        rows = "".join(
            f"{name},S,+4416329600{day:02d},2026-10-{day:02d}T12:00:00Z,{outcome}\n"
            for name, (day, outcome) in calls.items()
        )
        export.write_text(HEADER.replace("\n", f",note{self.files}\n") + rows.replace("\n", ",x\n"))
        with open_store(self.path, write=True) as connection:
            found, new = load_file(
                connection, export, Source(), terms=Terms(supersede=supersede, numbers_key=self.key)
            )
        assert new
        assert balances(found)
        return found.load_id

    @rule(target=loads, calls=FILES)
    def loads_a_file(self, calls):
        load_id = self.load(calls, None)
        self.live[load_id] = self.young(calls)
        return load_id

    @rule(target=loads, calls=FILES, corrected=consumes(loads))
    def corrects_a_file(self, calls, corrected):
        if corrected not in self.live:
            return multiple()
        load_id = self.load(calls, Supersede(corrected))
        del self.live[corrected]
        self.live[load_id] = self.young(calls)
        return load_id

    @rule(day=st.integers(1, 28), dry=st.booleans())
    def purges(self, day, dry):
        if not self.path.exists():
            return
        first = datetime(2026, 10, day, tzinfo=UTC)
        with open_store(self.path, write=True) as connection:
            purge(connection, self.path, date(2026, 10, day), int(first.timestamp() * 1000), first, dry=dry)
        if not dry:
            self.purged_before = max(self.purged_before, day)
            # A call is as old as its last version, and with it go the others.
            gone = {name for name, call in self.kept().items() if call[0] < day}
            for load_id, calls in self.live.items():
                self.live[load_id] = {n: c for n, c in calls.items() if c[0] >= day and n not in gone}

    @rule()
    def audits(self):
        if not self.path.exists():
            return
        first = max(self.purged_before, 1)
        expected = sum(day >= first for day, _ in self.kept().values())
        with open_store(self.path) as connection:
            period = parse_period(f"2026-10-{first:02d}..2026-10-28")
            if not expected:
                with pytest.raises(AuditorError, match="no call"):
                    self.audited(connection, period)
            else:
                assert self.audited(connection, period)["calls"]["audited"] == expected

    @precondition(lambda self: self.key is None and self.path.exists())
    @rule()
    def makes_pseudonyms(self):
        with open_store(self.path, write=True) as connection:
            pseudonymise(connection, self.path, KEY)
        self.key = KEY

    @rule()
    def seals(self):
        first = max(self.purged_before, 1)
        if not any(day >= first for day, _ in self.kept().values()):
            return
        period = parse_period(f"2026-10-{first:02d}..2026-10-28")
        with open_store(self.path) as connection:
            found = editions(connection, judge(connection, Workspace(self.folder, Config()), period))
            files = contents(found, ledger.loads(connection), ledger.rejects(connection))
        with held_runs(self.runs) as runs:
            name = f"run-{len(self.sealed)}"
            self.sealed[name] = seal(self.runs / name, files, {}, runs, when=datetime.now(UTC)).seal

    @precondition(lambda self: self.sealed)
    @rule(data=st.data(), how=st.sampled_from(("changed", "missing", "extra")))
    def somebody_meddles(self, data, how):
        bundle = self.runs / data.draw(st.sampled_from(sorted(self.sealed)))
        path = data.draw(st.sampled_from(sorted(p for p in bundle.rglob("*") if p.is_file())))
        content = path.read_bytes()
        if how == "missing":
            path.unlink()
        elif how == "extra":
            path = path.with_name("more")
            path.write_bytes(content)
        else:
            at = data.draw(st.integers(0, max(len(content) - 1, 0)))
            path.write_bytes(content[:at] + b"!" + content[at + 1 :])
        found, _ = verify_all(self.runs)
        faulty = [each for each in found if each.faults]
        assert [each.bundle for each in faulty] == [bundle.name]
        assert path.relative_to(bundle).as_posix() in {fault.file for fault in faulty[0].faults}
        path.unlink(missing_ok=True)
        if how != "extra":
            path.write_bytes(content)

    @invariant()
    def what_was_sealed_stays_as_it_was(self):
        if self.sealed:
            found, faults = verify_all(self.runs)
            assert not faults
            assert {each.bundle: each.seal for each in found} == self.sealed
            assert not any(each.faults for each in found)
            assert [each.run.number for each in found] == list(range(1, len(found) + 1))

    @invariant()
    def who_asked_for_pseudonyms_has_no_number(self):
        if self.key and self.path.exists():
            assert b"16329600" not in self.path.read_bytes()

    def named(self, name):
        """What the store calls a call."""
        return "~" + hmac.digest(SECRET, name.encode(), "sha256").hex()[:32] if self.key else name

    def young(self, calls):
        """Those that are not older than what was purged: others do not come back."""
        return {name: call for name, call in calls.items() if call[0] >= self.purged_before}

    def audited(self, connection, period):
        return as_document(select(connection, judge(connection, Workspace(self.folder, Config()), period)))

    def kept(self) -> dict[str, tuple[int, str]]:
        """Each call as the latest file that counts has it."""
        return {name: call for _, calls in sorted(self.live.items()) for name, call in calls.items()}

    @invariant()
    def the_store_holds_what_the_model_does(self):
        if not self.path.exists():
            return
        with open_store(self.path, write=True) as connection:
            calls = connection.execute(
                "SELECT call_id, CAST(strftime(make_timestamp(dialled_ms * 1000), '%d') AS INTEGER), "
                "CAST(outcome AS VARCHAR) FROM calls"
            ).fetchall()
            lines = ledger.loads(connection)
            gone = horizon(connection)
        kept = {self.named(name): call for name, call in self.kept().items()}
        assert {name: (day, outcome) for name, day, outcome in calls} == kept
        assert len(calls) == len(self.kept())
        assert all(balances(line) for line in lines)
        assert {line.load_id for line in lines if line.superseded_by is None} == set(self.live)
        assert (gone.day.day if gone else 0) == self.purged_before


TestStore = Store.TestCase
TestStore.settings = settings(max_examples=max(10, settings().max_examples // 50), stateful_step_count=12)
