"""The connection that rules run on: locked, and stopped when a statement runs away."""

from __future__ import annotations

import duckdb
import pytest

from auditor.engines import duckdb as engine
from auditor.errors import AuditorError
from auditor.store.store import LOCKED, open_store, store_path


@pytest.fixture
def connection():
    with duckdb.connect(config=LOCKED) as connection:
        yield connection


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM read_text('/etc/hostname')", "COPY (SELECT 1) TO '/tmp/leak.csv'",
     "SELECT * FROM 'https://example.org/a.csv'", "ATTACH '/tmp/other.duckdb'",
     "SET enable_external_access = true", "INSTALL httpfs"],
)  # fmt: skip
def test_no_file_no_network_and_no_way_back(connection, sql):
    with pytest.raises(duckdb.Error):
        connection.execute(sql).fetchall()


def test_a_scan_that_runs_away_is_stopped_with_a_sentence(connection):
    endless = "SELECT sum(a.i * b.i % 7) FROM range(1000000) a(i), range(1000000) b(i)"
    said = r"took longer than 0\.2 s over these calls: audit a shorter period"
    with pytest.raises(AuditorError, match=said), engine.limited(connection, seconds=0.2):
        engine.rows(connection, endless)


def test_what_is_kept_is_gone_afterwards(connection):
    with engine.kept(connection, "few", "SELECT 1 AS one"):
        assert engine.rows(connection, "SELECT one FROM few") == [(1,)]
    with pytest.raises(duckdb.CatalogException):
        engine.rows(connection, "SELECT one FROM few")


def test_whoever_only_reads_the_store_reads_nothing_else(tmp_path):
    with open_store(store_path(tmp_path), write=True):
        pass
    with open_store(store_path(tmp_path)) as reader, pytest.raises(duckdb.Error):
        reader.execute("SELECT * FROM read_text('/etc/hostname')").fetchall()
