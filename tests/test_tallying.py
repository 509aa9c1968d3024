"""The tallies read off masks are those of one plain count for each condition."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.audit.tallying import tallying_sql
from auditor.calls.record import COLUMNS, VOCABULARY
from auditor.rulebook.condition import sql_of
from auditor.rulebook.grammar import parse_condition

PLAIN = [
    "dial_mode IS NULL OR dial_mode = 'auto'",
    "amd <> 'none'",
    "message = 'played'",
    "message IS NULL OR message = 'unknown'",
    "ring_ms < 15000",
    "ring_ms IS NULL",
    "operator_reserved = FALSE",
    "operator_reserved",
    "NOT (ring_ms > 3)",
    "TRUE",
]
OUTCOMES = [
    "outcome = 'live_to_agent'",
    "outcome <> 'excluded'",
    "outcome IN ('dropped_by_dialler', 'answered_unknown', 'fax')",
    "NOT outcome IN ('busy', 'not_answered')",
    "outcome = 'machine_by_amd' OR amd <> 'none'",
    "(outcome = 'not_answered' AND ring_ms < 15000) OR (outcome = 'busy' AND message = 'played')",
]
conditions = st.lists(
    st.lists(st.sampled_from(PLAIN + OUTCOMES), min_size=1, max_size=4).map(
        lambda parts: " AND ".join(f"({part})" for part in parts)
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def store():
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE calls ({', '.join(f'{n} {k}' for n, k in COLUMNS.items())})")
    yield connection
    connection.close()


def some(words):
    return st.sampled_from([None, *words])


rows = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", None]),
        st.sampled_from(VOCABULARY["outcome"]),
        some(VOCABULARY["dial_mode"]),
        some(VOCABULARY["amd"]),
        some(VOCABULARY["message"]),
        st.sampled_from([None, 3, 14_999, 15_000]),
        st.sampled_from([None, True, False]),
    ),
    min_size=1,
    max_size=40,
)


@given(rows, conditions)
def test_masks_count_what_plain_aggregates_count(store, calls, texts):
    store.execute("DELETE FROM calls")
    store.executemany(
        "INSERT INTO calls (campaign, outcome, dial_mode, amd, message, ring_ms, operator_reserved) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [list(call) for call in calls],
    )
    tallies = [parse_condition(text) for text in texts]
    counts = ", ".join(f"COUNT(CASE WHEN {sql_of(tally)} THEN 1 END)" for tally in tallies)
    plain = f"SELECT campaign, COUNT(*), {counts} FROM calls GROUP BY campaign ORDER BY campaign"
    masked = tallying_sql(["campaign"], tallies, "calls")
    assert store.execute(masked).fetchall() == store.execute(plain).fetchall()


def test_more_questions_than_one_mask_holds(store):
    store.execute("DELETE FROM calls")
    store.execute("INSERT INTO calls (outcome, ring_ms) SELECT 'not_answered', range FROM range(100)")
    store.execute("INSERT INTO calls (outcome, ring_ms) SELECT 'busy', range FROM range(100)")
    texts = [f"ring_ms > {n}" for n in range(40)]
    texts += [f"outcome = 'not_answered' AND ring_ms = {n}" for n in range(40)]
    found = store.execute(tallying_sql(["campaign"], [parse_condition(t) for t in texts], "calls")).fetchall()
    assert found == [(None, 200, *((99 - n) * 2 for n in range(40)), *(1 for _ in range(40)))]


def test_questions_of_every_outcome_alone(store):
    store.execute("DELETE FROM calls")
    store.execute("INSERT INTO calls (outcome, ring_ms) SELECT 'busy', range FROM range(50)")
    tallies = [parse_condition(f"ring_ms > {n}") for n in range(40)]
    found = store.execute(tallying_sql(["campaign"], tallies, "calls")).fetchall()
    assert found == [(None, 50, *(49 - n for n in range(40)))]


def test_a_tally_that_no_call_can_be_in(store):
    nothing = parse_condition("outcome = 'busy' AND outcome = 'fax'")
    store.execute("DELETE FROM calls")
    store.execute("INSERT INTO calls (outcome) VALUES ('busy')")
    assert store.execute(tallying_sql(["campaign"], [nothing], "calls")).fetchall() == [(None, 1, 0)]
