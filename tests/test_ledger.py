"""The load ledger: every record of every file is accounted for, and no file counts twice."""

from __future__ import annotations

import gzip
import json
import sys
from fractions import Fraction

import pytest
from loading import Store, a_store, balances

from auditor.errors import AuditorError
from auditor.sources.load import load_file
from auditor.sources.source import Ceiling, Source, parse_ceiling
from auditor.store import ledger

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HEADER = "call_id,campaign,dialled_number,dialled_at,outcome\n"


@pytest.fixture
def store():
    with a_store() as made:
        yield made


def line(call: int | str, outcome: str = "busy") -> str:
    return f"c{call},SALES1,+447700900123,2026-10-05T09:30:00Z,{outcome}\n"


def export(good: int, bad: int = 0, start: int = 0) -> str:
    """So many records that can be taken, then so many that cannot."""
    numbers = range(start, start + good + bad)
    return HEADER + "".join(line(n, "busy" if n < start + good else "?") for n in numbers)


def counts(load: ledger.Load) -> tuple[int, int, int, int]:
    assert balances(load)
    return load.read, load.accepted, load.rejected, load.duplicate


def refuse(store: Store, content: str | bytes, name: str = "export", **how: object) -> str:
    """Why the file is refused; nothing of it may be left in the store."""
    before = [ledger.loads(store.connection), store.calls(), store.rejects()]
    with pytest.raises(AuditorError) as caught:
        store.load(content, name, **how)  # type: ignore[arg-type]
    assert [ledger.loads(store.connection), store.calls(), store.rejects()] == before
    return str(caught.value)


class TestEveryRecordIsAccountedFor:
    def test_read_is_accepted_and_rejected_and_duplicate(self, store):
        text = export(3, bad=2) + line(0) + "one field\n"
        assert counts(store.load(text)) == (7, 3, 3, 1)

    def test_calls_and_rejects_are_as_many_as_the_ledger_says(self, store):
        store.load(export(5, bad=2), "a")
        store.load(export(5, bad=1, start=3), "b")
        for load in ledger.loads(store.connection):
            assert balances(load)
            assert load.accepted == sum(call["load_id"] == load.load_id for call in store.calls())
            assert load.rejected == sum(reject.load_id == load.load_id for reject in store.rejects())

    def test_a_call_that_a_later_load_replaces_becomes_a_duplicate_of_the_earlier_line(self, store):
        store.load(export(5), "a")
        store.load(HEADER + line(1, "fax") + line(2) + line(9), "b")
        first, second = ledger.loads(store.connection)
        assert counts(first) == (5, 4, 0, 1)
        assert counts(second) == (3, 2, 0, 1)

    def test_the_ledger_names_the_file_its_bytes_and_how_they_were_read(self, store):
        text = export(1)
        load = store.load(text, "oct.csv", partner="kestrel", call_centre="Leeds", country="IE")
        assert (load.file, load.bytes, load.format, load.partner) == (
            "oct.csv",
            len(text),
            "canonical",
            "kestrel",
        )
        assert load.settings["call_centre"] == "Leeds"
        assert load.settings["country"] == "IE"
        json.dumps(load.settings)


class TestNoFileCountsTwice:
    def test_the_same_bytes_are_in_the_store_already_whatever_their_name(self, store):
        first = store.load(export(3), "a")
        assert store.new
        assert store.load(export(3), "b") == first
        assert not store.new
        assert len(store.calls()) == 3

    def test_the_same_bytes_are_refused_for_another_partner(self, store):
        store.load(export(3), "a", partner="kestrel")
        sentence = refuse(store, export(3), "b", partner="magpie")
        assert "load 1 (a) of kestrel" in sentence
        assert "count twice" in sentence
        assert "no partner" in refuse(store, export(3), "b")

    def test_the_same_text_packed_is_another_file_of_the_same_calls(self, store):
        store.load(export(3), "a")
        assert counts(store.load(gzip.compress(export(3).encode()), "a.gz")) == (3, 0, 0, 3)

    def test_overlapping_exports_count_once(self, store):
        assert counts(store.load(export(6), "first week")) == (6, 6, 0, 0)
        assert counts(store.load(export(6, start=4), "second week")) == (6, 4, 0, 2)
        assert sorted(call["call_id"] for call in store.calls()) == sorted(f"c{n}" for n in range(10))

    def test_the_same_call_id_of_two_partners_is_two_calls(self, store):
        store.load(export(2), "a", partner="kestrel")
        assert counts(store.load(export(2) + "\n", "b", partner="magpie")) == (2, 2, 0, 0)


class TestFilesWithoutCalls:
    def test_a_file_with_a_header_alone_is_in_the_ledger(self, store):
        assert counts(store.load(HEADER)) == (0, 0, 0, 0)
        assert counts(store.load(HEADER.rstrip("\n"), "no line end")) == (0, 0, 0, 0)

    def test_it_may_come_from_every_partner_and_is_known_again(self, store):
        for partner in ("kestrel", "magpie", "kestrel", "magpie"):
            load = store.load(HEADER, partner=partner)
            assert load.partner == partner
        assert len(ledger.loads(store.connection)) == 2

    @pytest.mark.parametrize(
        "content", ["", "\n", "\r\n\r\n", "   \n", "\ufeff", gzip.compress(b"", mtime=0)]
    )
    def test_an_empty_file_is_refused(self, store, content):
        assert "empty" in refuse(store, content)


class TestFilesThatAreNoText:
    def test_a_half_written_gzip_is_refused(self, store):
        packed = gzip.compress(export(2000).encode())
        for cut in (5, len(packed) // 2, len(packed) - 4):
            assert "cut off or damaged" in refuse(store, packed[:cut])

    def test_a_half_written_zstd_is_refused(self, store):
        packed = zstd.compress(export(2000).encode())
        for cut in (len(packed) // 2, len(packed) - 2):
            assert "cut off or damaged" in refuse(store, packed[:cut])

    def test_a_gzip_with_a_flipped_bit_is_refused(self, store):
        packed = bytearray(gzip.compress(export(2000).encode()))
        packed[len(packed) // 2] ^= 1
        assert "cut off or damaged" in refuse(store, bytes(packed))

    @pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
    @pytest.mark.parametrize(
        ("content", "word"),
        [
            (b"PK\x03\x04rest of a workbook", "zip"),
            (export(1).encode("utf-16"), "UTF-16"),
            ("\ufeff".encode("utf-16-be") + export(1).encode("utf-16-be"), "UTF-16"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
            (b"%PDF-1.7\n", "PDF"),
        ],
    )
    def test_what_is_no_text_is_refused_by_what_it_is(self, store, pack, content, word):
        assert word in refuse(store, pack(content))

    def test_a_file_that_is_missing_or_a_folder_is_refused(self, store):
        (store.folder / "folder").mkdir()
        for name in ("folder", "nothing"):
            with pytest.raises(AuditorError, match="cannot be read"):
                load_file(store.connection, store.folder / name, Source())


class TestCeiling:
    @pytest.mark.parametrize(
        ("ceiling", "rejected", "read"),
        [
            (None, 10, 20),
            (None, 1, 1),
            (None, 50, 1000),
            ("0", 0, 20),
            ("3", 3, 20),
            ("3", 3, 3),
            ("2.5%", 1, 40),
            ("2.5%", 25, 1000),
            ("100%", 20, 20),
        ],
    )
    def test_up_to_the_ceiling_a_file_goes_in_with_its_rejects(self, store, ceiling, rejected, read):
        load = store.load(export(read - rejected, bad=rejected), ceiling=_ceiling(ceiling))
        assert counts(load) == (read, read - rejected, rejected, 0)

    @pytest.mark.parametrize(
        ("ceiling", "rejected", "read"),
        [
            (None, 11, 20),
            (None, 51, 1000),
            ("0", 1, 1000),
            ("3", 4, 1000),
            ("2.5%", 2, 79),
            ("2.5%", 1, 39),
            ("2.5%", 26, 1000),
        ],
    )
    def test_above_it_the_file_is_refused_and_nothing_of_it_is_kept(self, store, ceiling, rejected, read):
        store.load(export(3, start=10_000), "another file")
        sentence = refuse(store, export(read - rejected, bad=rejected), ceiling=_ceiling(ceiling))
        assert f"{rejected:,} of {read:,} records" in sentence
        assert "--max-rejects" in sentence
        assert f"first on line {read - rejected + 2:,}" in sentence

    def test_what_was_refused_can_be_loaded_with_a_higher_ceiling(self, store):
        refuse(store, export(9, bad=11))
        assert counts(store.load(export(9, bad=11), ceiling=parse_ceiling("11"))) == (20, 9, 11, 0)

    def test_a_ceiling_is_a_count_or_a_share(self):
        assert parse_ceiling("25") == Ceiling(Fraction(0), 25)
        assert parse_ceiling("2.5%") == Ceiling(Fraction(1, 40), 0)

    @pytest.mark.parametrize("text", ["", "-1", "2.5", "%", "five", "1e3", "5 %"])
    def test_what_is_neither_is_refused(self, text):
        with pytest.raises(AuditorError, match="--max-rejects"):
            parse_ceiling(text)


def _ceiling(text: str | None) -> Ceiling:
    return Ceiling() if text is None else parse_ceiling(text)
