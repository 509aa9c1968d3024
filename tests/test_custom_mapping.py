"""`custom:FILE`: what a user's own mapping makes of an export, and how it is refused when it is faulty."""

from __future__ import annotations

import pytest
from loading import a_store, ms

from auditor.errors import AuditorError
from auditor.sources.catalogue import format_named

MAPPING = """
title = "Acme dialler"
times = ["%d.%m.%Y %H:%M:%S"]

[fields]
call_id = "Call Ref"
campaign = "Project"
dialled_number = "Phone"
presented_number = "CLI"
dialled_at = "Start"
answered_at = { column = "Start", plus = "Ring" }
ended_at = { column = "Start", plus = "Length", unit = "hh:mm:ss" }
ring_ms = { column = "Ring", unit = "seconds" }
disposition = "Result"

[codes]
SALE = "live_to_agent"
LOST = "dropped_by_dialler"
"""
EXPORT = """Call Ref;Project;Phone;CLI;Start;Ring;Length;Result;Comment
1;SALES1;07700900123;02079460123;05.10.2026 10:00:00;12.5;0:00:45;SALE;"a; b"
2;SALES1;07700900124;;05.10.2026 10:00:00;12;0:00:20;LOST;
3;SALES1;07700900125;;05.10.2026 10:00:00;12;0:00:20;???;
4;SALES1;07700900126;;yesterday;12;0:00:20;SALE;
"""


@pytest.fixture
def mapping(tmp_path):
    def written(text: str = MAPPING) -> str:
        path = tmp_path / "acme.toml"
        path.write_text(text, "utf-8")
        return f"custom:{path}"

    return written


def test_columns_times_and_codes_become_calls(mapping):
    with a_store() as store:
        load = store.load(EXPORT, format=mapping(), zone="Europe/London")
        assert (load.format, load.read, load.accepted, load.rejected) == ("custom", 4, 3, 1)
        sale, lost, unknown = store.calls()
        assert "yesterday" in store.rejects()[0].raw.decode()
        assert store.rows("SELECT code, calls FROM unknown_codes") == [{"code": "???", "calls": 1}]
    assert sale["call_id"] == "1"
    assert sale["dialled_number"] == "+447700900123"
    assert sale["presented_number"] == "+442079460123"
    assert sale["dialled_ms"] == ms("2026-10-05T10:00:00+01:00")
    assert sale["answered_ms"] == ms("2026-10-05T10:00:12.500+01:00")
    assert sale["ended_ms"] == ms("2026-10-05T10:00:45+01:00")
    assert (sale["ring_ms"], sale["precision_ms"]) == (12_500, 1000)
    assert [call["outcome"] for call in (sale, lost, unknown)] == [
        "live_to_agent", "dropped_by_dialler", "answered_unknown",
    ]  # fmt: skip


def test_an_export_without_a_header_is_named_column_by_column(mapping):
    columns = EXPORT.splitlines()[0].split(";")
    text = f"columns = {columns}\n" + MAPPING
    with a_store() as store:
        load = store.load(EXPORT.partition("\n")[2], format=mapping(text))
        assert (load.read, load.accepted) == (4, 3)


def test_records_may_be_json(mapping):
    paths = """
within = ["rows"]
[fields]
call_id = "$.id"
campaign = "$.job.name"
dialled_number = "$.to"
dialled_at = "$.at"
outcome = "$.outcome"
"""
    export = (
        '{"rows": [{"id": 7, "job": {"name": "S"}, "to": "07700900123",'
        ' "at": "2026-10-05T09:00:00Z", "outcome": "busy"}]}'
    )
    with a_store() as store:
        store.load(export, format=mapping(paths))
        (call,) = store.calls()
        assert (call["call_id"], call["campaign"], call["outcome"]) == ("7", "S", "busy")
        assert call["dialled_ms"] == ms("2026-10-05T09:00:00Z")


def test_its_bytes_are_part_of_what_the_ledger_says(mapping):
    with a_store() as store:
        first = store.load(EXPORT, format=mapping())
        second = store.load(EXPORT + "\n", format=mapping(MAPPING.replace("LOST", "LOSS")))
        assert first.settings["mapping_sha256"] != second.settings["mapping_sha256"]


@pytest.mark.parametrize(("good", "bad"), [("0:00:45", "01:30"), ("12.5", "soon")])
def test_a_duration_that_cannot_be_read_is_a_reject_and_never_nothing(mapping, good, bad):
    with a_store() as store:
        load = store.load(EXPORT.replace(good, bad, 1), format=mapping())
        assert (load.accepted, load.rejected) == (2, 2)


def test_an_export_that_lacks_a_column_is_told_so(mapping):
    with a_store() as store, pytest.raises(AuditorError, match="lacks 'project'"):
        store.load(EXPORT.replace("Project", "Campagne"), format=mapping())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("title =", "titel ="), "no such key as 'titel'"),
        (("[fields]\n", "[felder]\n"), "has no [fields]"),
        (('dialled_number = "Phone"\n', ""), "fields.dialled_number: is missing"),
        (("campaign =", "campain ="), "did you mean 'campaign'?"),
        (('"live_to_agent"', '"sold"'), "codes.SALE: 'sold' is no outcome"),
        (('unit = "seconds"', 'unit = "fortnights"'), "unit 'fortnights' is not known"),
        (('plus = "Ring"', 'plsu = "Ring"'), "no such key as 'plsu'"),
        (('call_id = "Call Ref"', "call_id = 7"), "write the name of a column"),
        (("[codes]", "[codes]\n[other]"), "no such key as 'other'"),
        (('call_id = "Call Ref"', 'call_id = "$.ref"'), "not both"),
        (('disposition = "Result"\n', ""), "says nothing of outcomes"),
        (("title = ", "title "), "is no TOML"),
        (("times = [", "times = [1, "), "times: write a list of texts"),
        (('"%d.%m.%Y %H:%M:%S"', '"%Q"'), "is no way to write a time"),
        (("title =", 'delimiter = "::"\ntitle ='), "delimiter: write one of"),
        (("title =", 'columns = ["Start"]\ntitle ='), "columns: does not have 'call ref'"),
        (('plus = "Ring"', "plus = 5"), "plus: write the name of a column"),
        (('dialled_at = "Start"', 'dialled_at = { column = "Start", plus = "Ring" }'), "a column of its own"),
        (('"Call Ref"', '"$.*"'), "is no path"),
    ],
)
def test_a_faulty_mapping_is_refused_with_what_to_write(mapping, change, words):
    assert change[0] in MAPPING
    with pytest.raises(AuditorError) as caught:
        format_named(mapping(MAPPING.replace(*change)))
    assert words in str(caught.value)


def test_a_mapping_that_is_not_there_is_told(tmp_path):
    with pytest.raises(AuditorError, match="cannot be read"):
        format_named(f"custom:{tmp_path / 'none.toml'}")


def test_no_way_of_writing_times_becomes_sql(mapping):
    evil = MAPPING.replace(
        '"%d.%m.%Y %H:%M:%S"', '"%d.%m.%Y %H:%M:%S", "%Y\\nCREATE TABLE evil (a INTEGER);\\n--"'
    )
    assert evil != MAPPING
    with a_store() as store:
        store.load(EXPORT, format=mapping(evil), zone="Europe/London")
        assert store.rows("SELECT * FROM duckdb_tables() WHERE table_name = 'evil'") == []


def test_no_text_of_a_mapping_becomes_sql(mapping, tmp_path):
    """A column may have any name, and a name is never run."""
    evil = "x' || (SELECT content FROM read_text('/etc/hostname')) || '"
    text = MAPPING.replace('"Project"', f'"{evil}"')
    with a_store() as store:
        store.load(EXPORT.replace("Project", evil), format=mapping(text))
        assert {call["campaign"] for call in store.calls()} == {"SALES1"}


@pytest.mark.parametrize(
    ("pattern", "written"),
    [("%Y%m%d%H%M%S", "20261005100000"), ("%d.%m.%Y %H.%M", "05.10.2026 10.00")],
)
def test_times_may_be_written_without_a_colon(mapping, pattern, written):
    fields = (
        '[fields]\ncall_id = "id"\ncampaign = "c"\ndialled_number = "n"\ndialled_at = "t"\noutcome = "o"\n'
    )
    text = f'title = "Acme"\ntimes = ["{pattern}"]\n\n{fields}'
    with a_store() as store:
        store.load(
            f"id,c,n,t,o\n1,S,07700900123,{written},busy\n", format=mapping(text), zone="Europe/London"
        )
        (call,) = store.calls()
    assert (call["dialled_ms"], call["precision_ms"]) == (ms("2026-10-05T10:00:00+01:00"), 60_000)
