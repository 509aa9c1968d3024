"""Whatever the bytes, a file is loaded or refused in a sentence, and no record goes uncounted."""

from __future__ import annotations

import gzip
import itertools
import json
import tomllib
from fractions import Fraction
from importlib.resources import files as files_of
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from loading import Store, a_store, balances
from test_asterisk import CDR_CSV, TABLE, master, table
from test_canonical import CALL, export
from test_json_records import call
from test_vicidial import CARRIER, CARRIER_SALE, EXTENDED_2, EXTENDED_SALE, report

from auditor.errors import AuditorError
from auditor.sources.catalogue import formats
from auditor.sources.source import Ceiling
from auditor.store import ledger

ANY = Ceiling(Fraction(1))
#: The short form looks at so many files of each kind, `make torture` at as many as its profile says.
files = settings(max_examples=max(60, settings().max_examples))

_IDS = [f"1791190800.{n}" for n in range(6)]
EXPORTS = [
    export(*(CALL | {"call_id": f"c{n}", "disposition": 'said "no", twice'[:n]} for n in range(6))),
    export(*(CALL | {"call_id": f"c{n}"} for n in range(6))).replace("SALES1", '"SALES\n1"'),
    report(CARRIER, *(CARRIER_SALE | {"caller_code": f"V10051000{n:02}0000000077"} for n in range(6))),
    report(EXTENDED_2, *(EXTENDED_SALE | {"caller_code": f"V10051000{n:02}0000000077"} for n in range(6))),
    report(EXTENDED_2, EXTENDED_SALE).replace("\t", ",").replace("SALES1", '"SALES ""1"""'),
    master([*CDR_CSV, "uniqueid"], *({"uniqueid": uid} for uid in _IDS)),
    table(TABLE, *({"uniqueid": uid} for uid in _IDS)).replace('"02079460001" <', '""Ann" <'),
]
# And every file of the formats' own cases.
EXPORTS += [
    text
    for path in sorted((Path(str(files_of("auditor.sources"))) / "formats").glob("*/cases/*.toml"))
    for text in tomllib.loads(path.read_text("utf-8"))["files"].values()
]
_SCRAPS = [
    b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b",", b"\t", b";", b"\\", b" ", b"\xff", b"\xef\xbb\xbf", b"'",
    b"NULL", b"-1", b"9" * 40, b"0000-00-00 00:00:00", b"9999-12-31 23:59:59", b"\xe2\x80\xa8", b"\x1f",
]  # fmt: skip


def cut(data: bytes, at: int, length: int, _: bytes) -> bytes:
    return data[:at] + data[at + length :]


def end(data: bytes, at: int, _length: int, _: bytes) -> bytes:
    return data[:at]


def repeat(data: bytes, at: int, length: int, _: bytes) -> bytes:
    return data[: at + length] + data[at:]


def flip(data: bytes, at: int, length: int, _: bytes) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << length % 8]) + data[at + 1 :]


def insert(data: bytes, at: int, _length: int, scrap: bytes) -> bytes:
    return data[:at] + scrap + data[at:]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An export to which one to four things happened."""
    data = draw(st.sampled_from(EXPORTS)).encode()
    for _ in range(draw(st.integers(1, 4))):
        if not data:
            break
        happen = draw(st.sampled_from([cut, end, repeat, flip, insert, insert, insert]))
        at = draw(st.integers(0, len(data) - 1))
        data = happen(data, at, draw(st.integers(1, 300)), draw(st.sampled_from(_SCRAPS)))
    return data


def hold(store: Store, data: bytes, format_id: str | None = None) -> ledger.Load | None:
    """Load it, or have it refused; either way every record is accounted for and nothing is left behind."""
    before = ledger.loads(store.connection)
    try:
        load = store.load(data, ceiling=ANY, format=format_id)
    except AuditorError as error:
        sentence = str(error)
    else:
        sentence = ""
    if sentence:
        assert sentence.startswith("export: ") or str(store.folder / "export") in sentence
        assert "\n" not in sentence
        assert ledger.loads(store.connection) == before
        return None
    assert all(balances(line) for line in ledger.loads(store.connection))
    kept = store.rows("SELECT load_id, count(*) AS calls FROM calls GROUP BY load_id")
    accepted = {line.load_id: line.accepted for line in ledger.loads(store.connection) if line.accepted}
    assert {row["load_id"]: row["calls"] for row in kept} == accepted
    rejects = [reject for reject in store.rejects() if reject.load_id == load.load_id]
    assert len(rejects) == load.rejected
    assert_found_again(data, rejects)
    return load


def assert_found_again(data: bytes, rejects: list[ledger.Reject]) -> None:
    """Each rejected record stands in the file where it is said to, and no two of them overlap."""
    text = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    at = 0
    for reject in rejects:
        assert reject.byte_offset is not None
        assert reject.line is not None
        assert reject.byte_offset >= at
        at = reject.byte_offset + len(reject.raw)
        assert text[reject.byte_offset : at] == reject.raw
        before = text[: reject.byte_offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        assert reject.line == before.count(b"\n") + 1


@pytest.fixture(autouse=True)
def files_loaded(monkeypatch, record_property):
    """How many files a test tried, for the table of what was survived."""
    count = itertools.count()
    load = Store.load

    def counted(*arguments, **options):
        next(count)
        return load(*arguments, **options)

    monkeypatch.setattr(Store, "load", counted)
    yield
    record_property("files of random or mutated bytes", next(count))


@pytest.fixture(scope="module")
def store():
    with a_store() as made:
        yield made


@files
@given(data=damaged())
@example(b'"c\nallID","ID","campaign_id","call_start"\n"1","2","3","4"\n')
def test_a_damaged_export_is_loaded_or_refused(data):
    with a_store() as store:
        hold(store, data)


@settings(parent=files, max_examples=max(25, settings().max_examples // 3))
@given(data=damaged(), format_id=st.sampled_from(sorted(formats())))
def test_also_when_the_user_names_a_format(data, format_id):
    with a_store() as store:
        hold(store, data, format_id)


@files
@given(data=st.binary(max_size=400))
@example(b"\x1f\x8b\x08")
@example(b"\x28\xb5\x2f\xfd\x00")
@example(b"PAR1PAR1")
@example(b'"')
@example(b"\xef\xbb\xbf")
@example(b"call_id,campaign,dialled_number,dialled_at,outcome\n" + b'"' * 999)
def test_bytes_of_any_kind_are_refused_or_loaded(store, data):
    hold(store, data)


@settings(parent=files, max_examples=max(20, settings().max_examples // 3))
@given(data=damaged(), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_damaged_gzip_is_loaded_or_refused(data, at, bit):
    packed = bytearray(gzip.compress(data, mtime=0))
    packed[at % len(packed)] ^= 1 << bit
    with a_store() as store:
        try:
            store.load(bytes(packed), ceiling=ANY)
        except AuditorError:
            assert ledger.loads(store.connection) == []
        else:
            assert all(balances(line) for line in ledger.loads(store.connection))


@settings(parent=files, max_examples=max(25, settings().max_examples // 3))
@given(data=damaged(), where=st.integers(0, 10_000))
def test_a_record_more_never_makes_a_file_hide_one(data, where):
    """Nothing that happens to an export costs more of its other records than the lines it happened to."""
    good = export(*(CALL | {"call_id": f"g{n}"} for n in range(20)))
    lines = good.encode().splitlines(keepends=True)
    scrap = data[where % max(len(data), 1) :][:40].replace(b"\n", b"").replace(b"\r", b"")
    lines.insert(10, scrap + b"\n")
    with a_store() as store:
        load = hold(store, b"".join(lines))
        assert load is not None
        assert load.accepted >= 20


_OF_JSON = [b'"', b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b'""', b"},{", b'":{"', b'","']


@settings(parent=files, max_examples=max(60, settings().max_examples // 3))
@given(
    scraps=st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(_OF_JSON)), min_size=1, max_size=3),
    between=st.sampled_from([", ", ",\n"]),
    around=st.sampled_from(["[{}]", '{{"calls": [{}], "page": 1}}', '{{"page": "{{", "calls": [{}]}}']),
)
def test_scraps_in_a_list_of_json_cost_the_records_they_are_in_or_all(scraps, between, around):
    text = around.format(between.join(json.dumps(call(n, caller_name="{}, [x]")) for n in range(30))).encode()
    for at, scrap in scraps:
        at %= len(text)
        text = text[:at] + scrap + text[at:]
    with a_store() as store:
        load = hold(store, text)
        # A scrap may make one record of two, or two of one.
        assert load is None or load.accepted >= 30 - 2 * len(scraps)


#: Lines with an id each, x as long as it takes; how many records of each can be taken, and how many not.
_CALL = "{n},S,+447700900123,2026-10-05T09:30:00Z,busy"
_STRETCHES = {
    "calls": (_CALL + ",x", 1, 0),
    "quoted calls": (_CALL + ',"a, ""b"" x"', 1, 0),
    "calls of two lines": (_CALL + ',"a\nx"', 1, 0),
    "calls and empty fields": (_CALL + ",x,,", 1, 0),
    "calls and faults": (_CALL + ",x\nw" + _CALL + ",x,y", 1, 1),
    "fields too many": (_CALL + ",x,y", 0, 1),
    "fields too few": ("{n},x", 0, 1),
    "quotes left open": (_CALL + ',"x', 0, 1),
    "blank lines": ("\n" * 40, 0, 0),
}  # fmt: skip


@settings(parent=files, max_examples=max(4, settings().max_examples // 30), phases=[Phase.generate])
@given(
    stretches=st.lists(
        st.tuples(st.sampled_from(sorted(_STRETCHES)), st.integers(1, 6_000), st.integers(1, 3_000)),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_no_stretch_of_a_large_file_is_passed_over(stretches):
    """DuckDB shares a text of more than 8 MB out, and looks in the middle of it for a line to begin at."""
    text, accepted, rejected = ["call_id,campaign,dialled_number,dialled_at,outcome,disposition\n"], 0, 0
    for number, (kind, many, wide) in enumerate(stretches):
        line, good, bad = _STRETCHES[kind]
        wide = min(wide, (12 << 20) // many)
        text += [line.replace("x", "x" * wide).format(n=f"{number}-{n}") + "\n" for n in range(many)]
        accepted, rejected = accepted + good * many, rejected + bad * many
    with a_store() as store:
        load = store.load("".join(text), ceiling=ANY)
        assert (load.accepted, load.rejected) == (accepted, rejected)
        assert load.read == accepted + rejected
