"""What comes from outside, or lies in the way, ends in a sentence: never in a fault of ours."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from test_cli import auditor, in_one_sentence

from auditor.errors import AuditorError
from auditor.files import write_whole
from auditor.report.branding import Branding
from auditor.report.write import Report, write_reports
from auditor.store.store import store_path

HEADER = "call_id,campaign,dialled_number,dialled_at,outcome\n"
CALL = "c1,S,+441632960000,2026-10-05T12:00:00Z,busy\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "calls.csv").write_text(HEADER + CALL)
    return tmp_path


def refused(folder: Path, *arguments: str, **environment: str) -> str:
    said = in_one_sentence(auditor(folder, *arguments, **environment))
    assert "a fault of ours" not in said
    return said


def test_a_source_may_begin_at_the_root(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "calls.csv").write_text(HEADER + CALL)
    (folder / "auditor.toml").write_text(f'[[source]]\nfiles = "{elsewhere}/*.csv"\n')
    result = auditor(folder, "load")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"{elsewhere}/calls.csv: load 1, canonical" in result.stdout


def test_a_setting_that_is_nested_without_end(folder):
    deep = "x = " + "[" * 100_000
    (folder / "mapping.toml").write_text(deep)
    assert "nested too deeply" in refused(folder, "load", "calls.csv", "--format", "custom:mapping.toml")
    (folder / "auditor.toml").write_text(deep)
    assert "nests too deeply" in refused(folder, "load", "calls.csv")


def test_a_key_that_is_no_text(folder):
    (folder / "auditor.toml").write_text('[privacy]\nnumbers = "pseudonyms"\n')
    secret = os.fsdecode(b"\xff" * 40)
    assert auditor(folder, "load", "calls.csv", AUDITOR_NUMBERS_KEY=secret).returncode == 0


@pytest.mark.parametrize("table", ["CREATE TABLE store (x INTEGER)", "CREATE TABLE calls (x INTEGER)"])
def test_a_database_of_somebody_else(folder, table):
    store_path(folder).parent.mkdir()
    with duckdb.connect(str(store_path(folder))) as connection:
        connection.execute(table)
    for command in (("load", "calls.csv"), ("audit", "2026-10"), ("purge", "--before", "2026-01-01")):
        said = refused(folder, *command)
        assert "no store that auditor made" in said or "holds no calls yet" in said


def test_a_pipe_in_place_of_the_store(folder):
    store_path(folder).parent.mkdir()
    os.mkfifo(store_path(folder))
    assert "is no file: move away what is there" in refused(folder, "load", "calls.csv")


@pytest.mark.parametrize("logo", ["pipe", "/dev/zero"])
def test_a_logo_that_never_ends(folder, logo):
    os.mkfifo(folder / "pipe")
    assert auditor(folder, "load", "calls.csv").returncode == 0
    (folder / "auditor.toml").write_text(f'[branding]\nlogo = "{logo}"\n')
    assert "is no picture of at most 16 MiB" in refused(folder, "report", "2026-10")


def test_what_is_written_to_a_device_or_a_link_leaves_it_there(folder):
    (folder / "target.csv").write_text("old")
    (folder / "link.csv").symlink_to("target.csv")
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(folder / "pipe", b"through it")
        assert os.read(reader, 100) == b"through it"
    finally:
        os.close(reader)
    assert (folder / "pipe").is_fifo()
    write_whole(folder / "link.csv", b"new")
    assert (folder / "link.csv").is_symlink()
    assert (folder / "target.csv").read_text() == "new"


def test_a_name_with_line_ends_makes_no_line_of_its_own(folder):
    forged = "kestrel\u2028auditor: all is well\u0085x"
    (folder / "calls.csv").write_text(
        HEADER.replace("campaign", "campaign,partner")
        + CALL.replace(",S,", f",S,{forged},")
        + CALL.replace("c1", "c2").replace(",S,", ",S,other,")
    )
    said = auditor(folder, "load", "calls.csv")
    assert "\\u2028auditor: all is well\\x85x" in said.stdout
    assert not [line for line in said.stdout.splitlines() if line.startswith("auditor:")]


def test_a_configuration_that_is_no_text(folder):
    (folder / "campaign.yaml").write_bytes(b"campaign: \xff")
    result = auditor(folder, "check", "campaign.yaml")
    assert result.returncode == 2
    assert "campaign.yaml: byte 10 is no UTF-8: save it as UTF-8" in result.stderr


def test_a_parquet_file_that_is_said_to_be_something_else(folder):
    duckdb.execute(f"COPY (SELECT 1 AS x) TO '{folder}/calls.parquet'")
    said = refused(folder, "load", "calls.parquet", "--format", "vicidial")
    assert "calls.parquet: is Parquet, which only the canonical format can be" in said


def test_a_mapping_that_is_no_toml(folder):
    (folder / "mapping.toml").write_text("fields = {")
    assert "mapping.toml: is no TOML:" in refused(
        folder, "load", "calls.csv", "--format", "custom:mapping.toml"
    )


def test_to_sign_without_the_library_for_it(folder):
    (folder / "without" / "cryptography").mkdir(parents=True)
    (folder / "without" / "cryptography" / "__init__.py").write_text("raise ImportError")
    path = os.pathsep.join([str(folder / "without"), *filter(None, [os.environ.get("PYTHONPATH")])])
    said = refused(folder, "run", "2026-10", "--sign", "key.pem", PYTHONPATH=path)
    assert said == "auditor: signatures need the package 'cryptography': pip install 'auditor[sign]'\n"


class _Fatal:
    """What kills the process that it is sent to."""

    def __reduce__(self):
        return os.abort, ()


def test_a_process_that_dies_while_it_renders(tmp_path):
    reports = [Report(tmp_path / "group", _Fatal(), "{}", "{}", "run")]
    with pytest.raises(AuditorError, match="the process that renders it was killed"):
        list(write_reports(reports, ["html"], Branding(), datetime(2026, 11, 3, tzinfo=UTC)))


def test_an_export_whose_name_is_no_text(folder):
    path = Path(os.fsdecode(os.fsencode(folder) + b"/latin-\xe9.csv"))
    (folder / "calls.csv").rename(path)
    (folder / "auditor.toml").write_text('[[source]]\nfiles = "*.csv"\n')
    result = auditor(folder, "load")
    assert result.returncode == 0, result.stderr
    assert "latin-\\xe9.csv: load 1" in result.stdout
    assert "in the store already" in auditor(folder, "load").stdout
