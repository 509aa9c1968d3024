"""A corrected export takes the place of an earlier one, and nothing that others brought is lost with it."""

from __future__ import annotations

import pytest
from loading import Store, a_store, balances
from test_canonical import CALL, export

from auditor.errors import AuditorError
from auditor.sources.load import Supersede
from auditor.store import ledger

CORRECTS = Supersede()


def calls(*ids: str, **changes: str) -> str:
    """An export of calls with these ids."""
    return export(*(CALL | {"call_id": i} | changes for i in ids))


@pytest.fixture
def store():
    with a_store() as made:
        yield made
        lines = ledger.loads(made.connection)
        assert all(map(balances, lines))
        kept = {
            row["load_id"]: row["n"]
            for row in made.rows("SELECT load_id, count(*) AS n FROM calls GROUP BY ALL")
        }
        assert kept == {
            line.load_id: line.accepted for line in lines if line.accepted and line.superseded_by is None
        }


def held(store: Store) -> dict[str, tuple[int, str]]:
    """Call id → its load and outcome."""
    return {call["call_id"]: (call["load_id"], call["outcome"]) for call in store.calls()}


def test_the_calls_of_the_earlier_file_go_and_both_stay_in_the_ledger(store):
    store.load(calls("a", "b", "c"), "october.csv")
    load = store.load(calls("a", "b", outcome="busy"), "october.csv", supersede=CORRECTS)
    first, second = ledger.loads(store.connection)
    assert (first.superseded_by, second.superseded_by) == (2, None)
    assert (first.accepted, load.accepted, load.duplicate) == (3, 2, 0)
    assert held(store) == {"a": (2, "busy"), "b": (2, "busy")}
    assert store.rows("SELECT * FROM conflicts") == []  # a correction is no conflict


def test_it_may_correct_a_load_of_another_name(store):
    store.load(calls("a"), "october.csv")
    store.load(calls("b"), "november.csv")
    store.load(calls("a", "c"), "october-again.csv", supersede=Supersede(1))
    assert set(held(store)) == {"a", "b", "c"}
    assert [load.superseded_by for load in ledger.loads(store.connection)] == [3, None, None]


def test_the_same_bytes_are_read_anew_with_other_settings(store):
    store.load(calls("a", dialled_at="2026-10-05 10:00:00"), "october.csv", zone="UTC")
    store.load(
        calls("a", dialled_at="2026-10-05 10:00:00"), "october.csv", zone="Asia/Kolkata", supersede=CORRECTS
    )
    assert store.new
    (call,) = store.calls()
    assert call["load_id"] == 2
    assert ledger.load_numbered(store.connection, 2).settings["zone"] == "Asia/Kolkata"


def test_a_file_that_was_superseded_may_come_again(store):
    store.load(calls("a"), "october.csv")
    store.load(calls("b"), "october.csv", supersede=CORRECTS)
    store.load(calls("a"), "october.csv", supersede=CORRECTS)
    assert held(store) == {"a": (3, "live_to_agent")}
    assert [load.superseded_by for load in ledger.loads(store.connection)] == [2, 3, None]


def test_a_call_that_another_file_holds_too_stays_as_that_files(store):
    store.load(calls("a", "b"), "week.csv")
    month = store.load(calls("a", "b", "c"), "month.csv")
    assert (month.accepted, month.duplicate) == (1, 2)
    store.load(calls("b"), "week.csv", supersede=CORRECTS)
    assert held(store) == {"a": (2, "live_to_agent"), "b": (2, "live_to_agent"), "c": (2, "live_to_agent")}


def test_a_version_that_the_earlier_file_had_replaced_comes_back(store):
    store.load(calls("a", "b"), "first.csv")
    store.load(calls("a", outcome="busy"), "second.csv")
    assert held(store)["a"] == (2, "busy")
    store.load(calls("c"), "second.csv", supersede=CORRECTS)
    assert held(store) == {"a": (1, "live_to_agent"), "b": (1, "live_to_agent"), "c": (3, "live_to_agent")}
    assert store.rows("SELECT * FROM conflicts") == []
    restored = store.call("a")
    assert restored["number_key"] == 447700900123
    assert {k: v for k, v in restored.items() if k not in ("call_id", "call_key", "source_row")} == {
        k: v for k, v in store.call("b").items() if k not in ("call_id", "call_key", "source_row")
    }


def test_of_several_holders_of_a_replaced_version_the_latest_gets_it_back(store):
    store.load(calls("a", "x"), "first.csv")
    store.load(calls("a", "y"), "again.csv")
    store.load(calls("a", outcome="busy"), "changed.csv")
    store.load(calls("z"), "changed.csv", supersede=CORRECTS)
    assert held(store)["a"] == (2, "live_to_agent")


def test_what_a_superseded_load_held_is_given_to_nobody(store):
    store.load(calls("a"), "first.csv")
    store.load(calls("a", "b"), "second.csv")
    store.load(calls("c"), "second.csv", supersede=CORRECTS)  # the second no longer holds a
    store.load(calls("d"), "first.csv", supersede=CORRECTS)
    assert set(held(store)) == {"c", "d"}


def test_of_several_loads_of_a_name_the_user_says_which(store):
    store.load(calls("a"), "Master.csv")
    store.load(calls("b"), "Master.csv")
    with pytest.raises(AuditorError, match="loads 1 or 2 have this name"):
        store.load(calls("c"), "Master.csv", supersede=CORRECTS)
    store.load(calls("c"), "Master.csv", supersede=Supersede(1))
    assert set(held(store)) == {"b", "c"}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"supersede": CORRECTS}, "no load of this name"),
        ({"supersede": Supersede(7)}, "no load 7"),
        ({"supersede": Supersede(1), "partner": "ann"}, "cannot supersede"),
    ],
)
def test_what_cannot_be_superseded_is_refused(store, how, words):
    store.load(calls("a"), "october.csv")
    with pytest.raises(AuditorError, match=words):
        store.load(calls("b"), "november.csv", **how)
    assert set(held(store)) == {"a"}


def test_a_correction_that_is_refused_leaves_the_earlier_file_as_it_was(store):
    store.load(calls("a", "b"), "october.csv")
    with pytest.raises(AuditorError, match="refused"):
        store.load(calls(*map(str, range(30)), dialled_at="yesterday"), "october.csv", supersede=CORRECTS)
    assert set(held(store)) == {"a", "b"}
    assert [load.superseded_by for load in ledger.loads(store.connection)] == [None]


def test_another_result_for_a_call_is_told_with_both_outcomes(store):
    store.load(calls("a", "b", "c"), "first.csv")
    load = store.load(calls("a", "b", outcome="busy"), "second.csv")
    assert any(
        "2 calls came before with other content" in n and "live_to_agent is now busy (2)" in n
        for n in load.notes
    )
