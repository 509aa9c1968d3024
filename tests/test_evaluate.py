"""A condition in Python says what the engine says of it in SQL, NULL included."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.rulebook.condition import Expr, sql_of
from auditor.rulebook.evaluate import evaluator
from auditor.rulebook.grammar import parse_condition

NUMBERS, TEXTS, TRUTHS = ("a", "b"), ("s", "t"), ("p", "q")


def leaf(names, literals):
    return st.one_of(
        st.sampled_from(names).map(lambda n: Expr("name", text=n)),
        st.sampled_from(literals).map(lambda v: Expr("value", text=v)),
    )


numbers = st.recursive(
    leaf(NUMBERS, ("0", "1", "2")),
    lambda inner: st.builds(
        lambda op, *args: Expr(op, args), st.sampled_from(("+", "-", "COALESCE")), inner, inner
    ),
    max_leaves=3,
)
texts = leaf(TEXTS, ("'x'", "'x_y'", "'it''s'"))


def comparison(side):
    return st.one_of(
        st.builds(
            lambda op, *args: Expr(op, args), st.sampled_from(("=", "<>", "<", "<=", ">", ">=")), side, side
        ),
        st.builds(lambda *args: Expr("BETWEEN", args), side, side, side),
        st.builds(lambda *args: Expr("IN", args), side, side, side),
        st.builds(lambda one: Expr("IS NULL", (one,)), side),
    )


likes = st.builds(
    lambda one, pattern: Expr("LIKE", (one, Expr("value", text=pattern))),
    st.sampled_from(TEXTS).map(lambda n: Expr("name", text=n)),
    st.sampled_from(("'x%'", "'_'", "'%s'", "'x_y'", "'.'")),
)
conditions = st.recursive(
    st.one_of(
        comparison(numbers), comparison(texts), likes, leaf(TRUTHS, ("TRUE", "FALSE")).map(lambda e: e)
    ),
    lambda inner: st.one_of(
        st.builds(lambda op, *args: Expr(op, args), st.sampled_from(("AND", "OR")), inner, inner),
        st.builds(lambda one: Expr("NOT", (one,)), inner),
    ),
    max_leaves=5,
)
values = st.fixed_dictionaries(
    {n: st.sampled_from((None, 0, 1, 2)) for n in NUMBERS}
    | {n: st.sampled_from((None, "x", "x_y", "xay", "it's", "s", "")) for n in TEXTS}
    | {n: st.sampled_from((None, True, False)) for n in TRUTHS}
)


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        yield connection


@given(conditions, values)
def test_it_says_what_the_engine_says(engine, condition, given):
    columns = ", ".join(
        [f"?::INTEGER AS {n}" for n in NUMBERS]
        + [f"?::VARCHAR AS {n}" for n in TEXTS]
        + [f"?::BOOLEAN AS {n}" for n in TRUTHS]
    )
    sql = f"SELECT ({sql_of(condition)})::BOOLEAN FROM (SELECT {columns})"
    (said,) = engine.execute(sql, [given[n] for n in (*NUMBERS, *TEXTS, *TRUTHS)]).fetchone()
    assert evaluator(condition)(given) is said


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a > 1 AND s = 'x'", True),
        ("a > 1 AND t = 'x'", None),
        ("a < 1 AND t = 'x'", False),
        ("NOT (t = 'x')", None),
        ("t IS NULL OR a = 0", True),
        ("COALESCE(t, s) = 'x'", True),
        ("s LIKE '_'", True),
        ("a IN (1, 2)", True),
        ("a IN (1, b)", None),
    ],
)
def test_null_is_not_known(text, holds):
    given = {"a": 2, "b": None, "s": "x", "t": None}
    assert evaluator(parse_condition(text))(given) is holds
