"""Numbers kept as keyed pseudonyms: the audit is the same, and nobody without the key learns a number."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import shutil
import tomllib

import pytest
from calls import audited, calls, law
from hypothesis import given
from hypothesis import strategies as st
from loading import a_store
from test_cli import auditor, in_one_sentence
from test_formats import ANY, CASES

from auditor.audit.audit import judge
from auditor.calls.masking import masked, masked_in, masked_throughout
from auditor.errors import AuditorError, StoreRefuses
from auditor.period import parse_period
from auditor.rulebook.packs import pack_folders
from auditor.settings import Config
from auditor.sources.load import Supersede
from auditor.store.pseudonymise import hide
from auditor.store.pseudonyms import define, numbers_key
from auditor.store.store import open_store, store_path
from auditor.workspace import Workspace

SECRET = "correct horse battery staple, 32 long"
KEY = numbers_key(SECRET.encode())
HEADER = "call_id,campaign,dialled_number,presented_number,dialled_at,outcome\n"
NUMBER = "+447700900123"


def pseudonym(number: str, secret: str = SECRET) -> str:
    """By the standard library."""
    public = "+~" if re.fullmatch(r"\+\d{8,15}", number) else "+~~" if number.startswith("+") else "~"
    return public + hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()[:32]


def line(name: str, number: str, outcome: str = "busy", presented: str = "", day: int = 5) -> str:
    return f"{name},S,{number},{presented},2026-10-{day:02d}T12:00:00Z,{outcome}\n"


class TestThePseudonym:
    @given(st.text(min_size=1).filter(lambda text: "\0" not in text), st.binary(min_size=1, max_size=200))
    def test_is_an_hmac_under_the_key(self, number, secret):
        with a_store() as store:
            define(store.connection, numbers_key(secret))
            (found,) = store.connection.execute("SELECT keyed(?)", [number]).fetchone()
        assert found == hmac.new(secret, number.encode(), hashlib.sha256).hexdigest()[:32]

    def test_of_a_published_vector(self):
        # RFC 4231, test case 2.
        with a_store() as store:
            define(store.connection, numbers_key(b"Jefe"))
            (found,) = store.connection.execute("SELECT keyed('what do ya want for nothing?')").fetchone()
        assert found == "5bdcc146bf60754e6a042426089575c7"

    def test_says_what_a_number_may_have_been(self):
        with a_store(KEY) as store:
            written = [NUMBER, "07700900123", "1001", "+12"]
            store.load(HEADER + "".join(line(f"c{n}", number) for n, number in enumerate(written)))
            found = store.calls()
        assert [call["dialled_number"] for call in found] == [
            pseudonym(NUMBER), pseudonym(NUMBER), pseudonym("1001"), pseudonym("+12"),
        ]  # fmt: skip
        bits = int(pseudonym(NUMBER)[2:18], 16) % 2**63
        assert [call["number_key"] for call in found] == [bits, bits, None, None]

    def test_presented_numbers_are_the_clients_but_those_of_people_who_called_in(self):
        with a_store(KEY) as store:
            store.load(
                HEADER
                + line("out", NUMBER, presented="+442079460123")
                + line("in", "+442079460123", "excluded", presented=NUMBER)
                + line("hidden", "+442079460123", "excluded", presented="withheld")
            )
            found = [call["presented_number"] for call in store.calls()]
        assert found == ["+442079460123", pseudonym(NUMBER), "withheld"]

    def test_every_id_is_one_too_and_the_same_call_the_same(self):
        ids = ["x 07700900123", "1791190800.7", "日本"]
        with a_store(KEY) as store:
            store.load(HEADER + "".join(line(name, NUMBER) for name in ids), "a")
            # The id was made of another number, and the call is the same.
            store.load(HEADER + line(ids[0], "+447700900124", "fax"), "b")
            found = {call["call_id"]: call["outcome"] for call in store.calls()}
        hidden = [
            "~" + hmac.new(SECRET.encode(), name.encode(), hashlib.sha256).hexdigest()[:32] for name in ids
        ]
        assert found == dict(zip(hidden, ["fax", "busy", "busy"], strict=True))

    def test_a_file_that_was_cut_off_is_told_as_ever(self):
        with a_store(KEY) as store:
            load = store.load(HEADER + line("a", NUMBER) + "b,S,+4477009", ceiling=ANY)
            assert any("probably cut off" in sentence for sentence in load.suspicions)

    def test_a_sentence_about_a_record_shows_no_number(self):
        with a_store() as store:
            store.load(
                "call_id,campaign,partner,dialled_number,dialled_at,outcome\n"
                f"c1,S,kestrel,{NUMBER},2026-10-05T12:00:00Z,busy\n"
                "c2,S,+44 7700-900123,x,2026-10-05T12:00:00Z,busy\n",
                known_partners=("kestrel",),
                ceiling=ANY,
                partner_from="partner",
            )
            (reject,) = store.rejects()
        assert reject.reason == "partner '+•••' is none of the workspace's: kestrel"


#: What a store holds of records.
TABLES = {
    "calls": "SELECT * FROM calls ORDER BY load_id, source_row",
    "conflicts": "SELECT * EXCLUDE (record) FROM conflicts ORDER BY ALL",
    "duplicates": "SELECT * FROM duplicates ORDER BY ALL",
    "rejects": "SELECT * FROM rejects ORDER BY ALL",
}


def held(store):
    found = {name: store.rows(sql) for name, sql in TABLES.items()}
    records = [json.loads(row["record"]) for row in store.rows("SELECT record FROM conflicts")]
    found["records"] = sorted(
        json.dumps({k: str(v) for k, v in r.items() if v is not None}, sort_keys=True) for r in records
    )
    return found


class TestAStoreChangedOver:
    """Changed over, a store holds what it would hold if every file had been loaded under the key."""

    @pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
    def test_of_every_format(self, path):
        case = tomllib.loads(path.read_text("utf-8"))
        with a_store() as clear, a_store(KEY) as hidden:
            for store in (clear, hidden):
                store.load_together(case["files"], ceiling=ANY, **case.get("source", {}))
            found = clear.calls()
            numbers = {call["dialled_number"] for call in found} - {
                call["presented_number"] for call in found
            }
            hide(clear.connection, KEY)
            assert held(clear) == held(hidden)
            everything = json.dumps(held(hidden), default=str)
        assert not [number for number in numbers if number and len(number) > 7 and number[-7:] in everything]

    def test_with_versions_copies_and_corrections(self):
        files = [
            ("a", line("c1", NUMBER) + line("07700900123 c2", NUMBER) + "broken,S,,,no time,busy\n"),
            ("b", line("c1", NUMBER, "fax") + line("07700900123 c2", NUMBER) + line("c3", "+447700900124")),
            ("c", line("07700900123 c2", NUMBER, "busy", day=6) + line("c3", "1001")),
            ("e", line("c3", "1001")),
            ("b", line("c1", NUMBER, "fax", day=7)),
        ]
        with a_store() as clear, a_store(KEY) as hidden:
            for store in (clear, hidden):
                for n, (name, text) in enumerate(files):
                    store.load(HEADER + text, name, supersede=Supersede() if n == 4 else None)
            hide(clear.connection, KEY)
            found, wanted = held(clear), held(hidden)
            assert found == wanted
            assert all(found.values())
            assert {len(call["call_id"]) for call in found["calls"]} == {33}
            # And it goes on as the other does.
            clear.key = KEY
            for store in (clear, hidden):
                store.load(HEADER + line("07700900123 c2", NUMBER, "fax") + line("c9", NUMBER), "d")
            assert held(clear) == held(hidden)


RULES = ("abandoned-call-rate", "silent-calls", "repeat-after-abandoned", "presented-number")


def test_the_verdicts_are_the_same():
    day = "2012-05-07"
    records = calls(95, "live_to_agent", day) + calls(4, "dropped_by_dialler", day, message="played")
    again = [
        late | {"dialled_number": record["dialled_number"]}
        for late, record in zip(
            calls(2, "not_answered", day, at=f"{day}T15:00:00.000+00:00", operator_reserved="false"),
            records[-2:],
            strict=True,
        )
    ]
    found = [audited([*records, *again], numbers_key=key) for key in (None, KEY)]
    for rule in RULES:
        clear, hidden = (law(document, rule) for document in found)
        for told in (clear, hidden):
            told["sample"] = sorted(call["dialled_at"] for call in told["sample"])
        assert clear == hidden
    assert law(found[1], "repeat-after-abandoned")["counted"] == "2"


def test_who_has_the_key_finds_the_calls_to_a_number():
    with a_store(KEY) as store:
        store.load(HEADER + line("c1", NUMBER) + line("c2", "+447700900124") + line("c3", "07700 900123"))
        define(store.connection, KEY)
        told = store.rows(
            f"SELECT source_row FROM calls WHERE dialled_number = pseudonym('{NUMBER}') ORDER BY 1"
        )
        define(store.connection, numbers_key(b"another key, also of a good length"))
        others = store.rows(f"SELECT source_row FROM calls WHERE dialled_number = pseudonym('{NUMBER}')")
    assert [row["source_row"] for row in told] == [1, 3]
    assert others == []


class TestOneStoreOneKey:
    def test_a_clear_one_takes_no_pseudonyms_and_none_of_another_key(self):
        with a_store() as store:
            store.load(HEADER + line("c1", NUMBER), "a")
            store.key = KEY
            with pytest.raises(StoreRefuses, match="change it over with `auditor pseudonymise`"):
                store.load(HEADER + line("c2", NUMBER), "b")
        with a_store(KEY) as store:
            store.load(HEADER + line("c1", NUMBER), "a")
            store.key = numbers_key(b"another key, also of a good length")
            with pytest.raises(StoreRefuses, match="the store's numbers are under"):
                store.load(HEADER + line("c2", NUMBER), "b")
            store.key = None
            with pytest.raises(StoreRefuses, match="does not ask for them"):
                store.load(HEADER + line("c2", NUMBER), "b")
            assert len(store.calls()) == 1


@pytest.fixture
def folder(tmp_path):
    """A workspace that asks for pseudonyms, and an export with a broken row."""
    keyed = tmp_path / "numbers.key"
    keyed.write_text(SECRET + "\n")
    (tmp_path / "auditor.toml").write_text('[privacy]\nnumbers = "pseudonyms"\nkey_file = "numbers.key"\n')
    rows = [line(f"c{n}", f"+44121654{n:04d}", "dropped_by_dialler") for n in range(500)]
    broken = "broken,S,+441216549999,,not a time,busy\n"
    (tmp_path / "calls.csv").write_text(HEADER + "".join(rows) + broken)
    return tmp_path


def everything_in(*places):
    files = [
        path
        for place in places
        for path in (place.rglob("*") if place.is_dir() else [place])
        if path.is_file()
    ]
    return b"".join(path.read_bytes() for path in files)


def test_neither_number_nor_key_is_in_the_store_a_bundle_or_a_report(folder):
    (folder / "auditor.toml").write_text(
        (folder / "auditor.toml").read_text() + '[[source]]\nfiles = "calls.csv"\nformat = "canonical"\n'
    )
    done = auditor(folder, "run", "2026-10")
    assert done.returncode in (1, 3), done.stderr
    written = (
        everything_in(folder / "store", folder / "bundles", folder / "reports")
        + (done.stdout + done.stderr).encode()
    )
    assert b"44121654" not in written
    assert b"6540499" not in written
    assert SECRET.encode() not in written
    assert KEY.inner not in written
    assert KEY.id.encode() in written
    (bundle,) = (folder / "bundles").glob("2026-10-*")
    results = (bundle / "data" / "results.json").read_text()
    shown = set(re.findall(r'"number": "(.*?)"', results))
    assert shown
    assert shown <= {masked(pseudonym(f"+44121654{n:04d}")) for n in range(500)}
    # A replay needs the key, from wherever it is.
    assert auditor(folder, "replay", str(bundle)).returncode == 0
    (folder / "numbers.key").unlink()
    assert "cannot be read" in in_one_sentence(auditor(folder, "replay", str(bundle)))
    assert auditor(folder, "replay", str(bundle), AUDITOR_NUMBERS_KEY=SECRET).returncode == 0
    said = in_one_sentence(auditor(folder, "replay", str(bundle), AUDITOR_NUMBERS_KEY=SECRET * 2))
    assert f"was sealed under {KEY.id}" in said
    # An audit does not.
    assert auditor(folder, "audit", "2026-10").returncode in (1, 3)


def test_a_store_that_was_clear_is_changed_over_down_to_its_bytes(folder):
    asked = (folder / "auditor.toml").read_text()
    (folder / "auditor.toml").write_text("")
    assert auditor(folder, "load", "calls.csv").returncode == 0
    assert b"+44121654" in everything_in(folder / "store")
    assert "does not ask for pseudonyms" in in_one_sentence(auditor(folder, "pseudonymise"))
    (folder / "auditor.toml").write_text(asked)
    assert "`auditor pseudonymise`" in in_one_sentence(auditor(folder, "load", "calls.csv"))
    done = auditor(folder, "pseudonymise")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"the numbers of 500 calls are pseudonyms now, under the key {KEY.id}\n"
    assert b"44121654" not in everything_in(folder / "store")
    assert "of 0 calls" in auditor(folder, "pseudonymise").stdout
    assert "under" in in_one_sentence(auditor(folder, "pseudonymise", AUDITOR_NUMBERS_KEY=SECRET * 2))
    assert "in the store already" in auditor(folder, "load", "calls.csv").stdout
    with open_store(store_path(folder)) as connection:
        assert connection.execute("SELECT count(*) FROM rejects WHERE raw IS NOT NULL").fetchone() == (0,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"short\n", "has 5 characters: it must have 32 to 4,096 (`openssl rand -hex 32` makes one)"),
        (b"x" * 9000, "it must have 32 to 4,096"),
    ],
)
def test_a_key_that_is_none_is_told(folder, content, said):
    (folder / "numbers.key").unlink()
    if content is not None:
        (folder / "numbers.key").write_bytes(content)
    assert said in in_one_sentence(auditor(folder, "load", "calls.csv"))
    # What the environment says goes first.
    assert auditor(folder, "load", "calls.csv", AUDITOR_NUMBERS_KEY=SECRET).returncode == 0


def test_no_key_named(folder):
    (folder / "auditor.toml").write_text('[privacy]\nnumbers = "pseudonyms"\n')
    said = in_one_sentence(auditor(folder, "load", "calls.csv"))
    assert said == (
        "auditor: pseudonyms need a key: name its file in AUDITOR_NUMBERS_KEY_FILE or as key_file under "
        "[privacy] (`openssl rand -hex 32` makes one)\n"
    )
    assert auditor(folder, "load", "calls.csv", AUDITOR_NUMBERS_KEY_FILE="numbers.key").returncode == 0


def test_there_is_nothing_to_change_over(folder):
    assert "there is nothing to change" in in_one_sentence(auditor(folder, "pseudonymise"))


class TestMasking:
    def test_a_number(self):
        assert masked(NUMBER) == "••••••••••123"
        assert masked(None) == ""

    def test_a_pseudonym_is_cut_short(self):
        assert masked(pseudonym(NUMBER)) == "~" + pseudonym(NUMBER)[2:10]
        assert masked(pseudonym("+12")) == "~" + pseudonym("+12")[3:11]
        assert masked(pseudonym("1001")) == "~" + pseudonym("1001")[1:9]

    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("2026-10-05 09:00:00 07700900123 77", "2026-10-05 09:00:00 ••••••••123 77"),
            ("x-447700900123", "x-•••••••••123"),
            ("07 700 90-0123", "07 ••••••••123"),
            ("V1005090000000012345", "V1005090000000012345"),
        ],
    )
    def test_in_an_id(self, written, shown):
        assert masked_in(written, NUMBER) == shown
        for other in (None, "1001", pseudonym(NUMBER)):
            assert masked_in(written, other) == written

    def test_an_id_that_is_a_pseudonym_is_cut_short(self):
        assert masked_in(pseudonym("a 0123"), pseudonym(NUMBER)) == masked(pseudonym("a 0123"))

    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("c1,S,07700900123,2026-10-05T12:00:00Z,busy", "c1,S,••••••••123,2026-10-05T12:00:00Z,busy"),
            ("c1\t+44 (0)7700 900123\t2026-10-05 12:00", "c1\t•••••••••••••••123\t2026-10-05 12:00"),
            ("1,2,3,100 calls", "1,2,3,100 calls"),
        ],
    )
    def test_wherever_it_may_stand(self, written, shown):
        assert masked_throughout(written) == shown


def test_an_id_that_was_made_of_the_number_is_masked_in_results():
    records = [
        record | {"call_id": f"2012-05-07 12:00:00 0{record['dialled_number'][3:]}"}
        for record in calls(10, "dropped_by_dialler", "2012-05-07", message="none")
    ]
    document = json.dumps(audited(records), ensure_ascii=False)
    assert "2012-05-07 12:00:00 ••••" in document
    assert not [r for r in records if r["dialled_number"][3:] in document]


def test_a_rule_about_digits_cannot_be_applied_to_pseudonyms(tmp_path):
    pack = tmp_path / "packs" / "own"
    shutil.copytree(pack_folders()["uk-ofcom"], pack)
    for path, old, new in (
        (pack / "pack.toml", 'id = "uk-ofcom"', 'id = "own"'),
        (
            pack / "silent-calls" / "rule.toml",
            "outcome = 'machine_by_amd'",
            "outcome = 'machine_by_amd' AND number_key < 9",
        ),
    ):
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def judged(store):
        store.load(HEADER + line("c1", NUMBER))
        workspace = Workspace(tmp_path, Config())
        return judge(store.connection, workspace, parse_period("2026-10"), ("own",), (tmp_path / "packs",))

    with a_store() as store:
        assert judged(store)
    with (
        a_store(KEY) as store,
        pytest.raises(AuditorError, match="own/silent-calls: looks at the digits of numbers"),
    ):
        judged(store)
