"""However large or lopsided a file, it is loaded whole, in part with rejects, or refused in one sentence."""

from __future__ import annotations

import gzip
import json
import random
import resource
import subprocess
import sys
import tomllib
from importlib.resources import files

import duckdb
import pytest
from loading import a_store, balances

from auditor.errors import AuditorError
from auditor.sources.prepare import CHUNK, MAX_LINE_BYTES, prepared

CASE = files("auditor.sources") / "formats" / "freeswitch-json" / "cases" / "outcomes.toml"
HEADER = "call_id,campaign,dialled_number,dialled_at,outcome\n"


def row(name: str, campaign: str = "S") -> str:
    return f"{name},{campaign},+441632960000,2026-10-05T12:00:00Z,busy\n"


def test_an_archive_made_to_fill_the_disk_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("auditor.sources.prepare.BOMB_BYTES", 1 << 20)
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * (4 << 20)))
    with pytest.raises(AuditorError, match="expands to more than 200 times its size"), prepared(bomb):
        pass
    plain = tmp_path / "plain.csv.gz"
    plain.write_bytes(gzip.compress(random.Random(1).randbytes(1 << 20).hex().encode()))
    with prepared(plain) as ready:
        assert ready.path.stat().st_size == 2 << 20


def test_an_archive_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("auditor.sources.prepare.MAX_EXPANDED_BYTES", 1 << 20)
    large = tmp_path / "large.csv.gz"
    large.write_bytes(gzip.compress(b"0" * (4 << 20)))
    with pytest.raises(AuditorError, match="expands to more than 0 GiB: split the export"), prepared(large):
        pass


MADE_OF_FAULTS = {
    "a long line": ",z" * 900_000,
    "many fields": ("z," * 1_000 + "\n") * 900,
    "short lines": "x\n" * 200_000,
    "quotes": '"' * 1_800_001,
    "quoted fields": '"",' * 4_000_000 + 'x"y"',
}


@pytest.mark.parametrize("faults", MADE_OF_FAULTS)
def test_faults_take_no_more_memory_than_calls_do(tmp_path, faults):
    (tmp_path / "calls.csv").write_text(HEADER + row("a") + MADE_OF_FAULTS[faults] + "\n" + row("b"))
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "load", "calls.csv", "--max-rejects", "100%"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)),
    )  # fmt: skip
    assert ", 2 accepted, " in done.stdout, done.stderr


def test_a_file_of_too_many_records_is_refused(monkeypatch):
    monkeypatch.setattr("auditor.sources.prepare.MAX_RECORDS", 2)
    with a_store() as store, pytest.raises(AuditorError, match="has 4 records, more than the 2"):
        store.load(HEADER + row("a") + row("b") + row("c"))


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("MAX_RECORDS", 2, "has 3 records, more than the"),
        ("MAX_EXPANDED_BYTES", 9, "expands to more than 0 GiB"),
    ],
)
def test_so_is_a_parquet_file_that_stands_for_too_much(tmp_path, monkeypatch, limit, value, said):
    monkeypatch.setattr(f"auditor.sources.reader.{limit}", value)
    path = tmp_path / "export.parquet"
    (tmp_path / "export.csv").write_text(HEADER + row("a") + row("b") + row("c"))
    duckdb.execute(f"COPY (FROM '{tmp_path}/export.csv') TO '{path}'")
    with a_store() as store, pytest.raises(AuditorError, match=said):
        store.load(path.read_bytes())


def test_so_is_one_whose_records_take_no_room(tmp_path):
    path = tmp_path / "export.parquet"
    facts = zip(HEADER.strip().split(","), row("a").strip().split(","), strict=True)
    call = ", ".join(f"'{value}' AS {name}" for name, value in facts)
    duckdb.execute(f"COPY (SELECT {call} FROM range(1000000)) TO '{path}'")
    with (
        a_store() as store,
        pytest.raises(AuditorError, match=r"1,000,000 records in .* was it made to fill"),
    ):
        store.load(path.read_bytes())


class TestLongLines:
    @pytest.mark.parametrize("after", ["", row("c")], ids=["last", "not last"])
    def test_one_that_no_record_is_but_some_file_may_have_is_rejected(self, after):
        with a_store() as store:
            load = store.load(HEADER + row("a") + row("b", "S" * 5_000_000) + after)
            (reject,) = store.rejects()
            assert (load.rejected, reject.line, reject.reason) == (
                1,
                3,
                "is longer than any call record can be",
            )
            assert len(reject.raw) < 1 << 17
            assert balances(load)

    @pytest.mark.parametrize("after", ["", "\n", "\r\n" + row("c")], ids=["cut off", "last", "not last"])
    @pytest.mark.parametrize("quote", ["", '"'])
    def test_with_one_that_the_reader_would_pass_over_the_file_is_refused(self, quote, after):
        long = row("b", f"{quote}{'S' * (MAX_LINE_BYTES + CHUNK)}{quote}").rstrip()
        with a_store() as store:
            with pytest.raises(AuditorError, match="more than 16 MiB, which no call record is"):
                store.load(HEADER + row("a") + long + after)
            assert store.calls() == []

    @pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
    def test_lines_that_end_in_returns_are_lines_too(self, monkeypatch, end):
        monkeypatch.setattr("auditor.sources.records.MAX_LINE_BYTES", CHUNK)
        text = HEADER + "".join(row(f"call {n:010}") for n in range(6_000))
        assert len(text) > CHUNK
        with a_store() as store:
            assert store.load(text.replace("\n", end)).accepted == 6_000

    @pytest.mark.parametrize(
        "wrap", ["\n".join, lambda lines: f"[{','.join(lines)}]"], ids=["a line each", "a list on one line"]
    )
    def test_of_json_it_is_the_object_that_counts(self, monkeypatch, wrap):
        monkeypatch.setattr("auditor.sources.records.MAX_LINE_BYTES", CHUNK)
        text = next(iter(tomllib.loads(CASE.read_text("utf-8"))["files"].values()))
        record, _ = json.JSONDecoder().raw_decode(text)

        def call(name: str, **more: str) -> str:
            return json.dumps(record | {"variables": record["variables"] | {"uuid": name} | more})

        many = [call(f"{n:036}") for n in range(1_000)]
        assert len("".join(many)) > 2 * CHUNK
        with a_store() as store:
            assert store.load(wrap(many)).accepted == 1_000
            with pytest.raises(AuditorError, match="more than 16 MiB"):
                store.load(wrap([*many[:2], call("long", note="x" * 2 * CHUNK)]))


def test_a_file_of_blank_lines_alone_is_no_export():
    with a_store() as store, pytest.raises(AuditorError):
        store.load("\n" * 1_000_000)
