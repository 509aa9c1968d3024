"""Whose a call was: from options, from columns, and from the user's own tables of what their values mean."""

from __future__ import annotations

import pytest
from loading import a_store, calls_of
from test_canonical import CALL, export
from test_vicidial import EXTENDED_2, EXTENDED_SALE, report

from auditor.errors import AuditorError
from auditor.sources.source import Ceiling
from auditor.workspace import find_workspace


def groups(*values: str) -> str:
    """A VICIdial report with a call for each of these user groups."""
    rows = ({"user_group": v, "caller_code": f"V1005100000{n:010}"} for n, v in enumerate(values))
    return report(EXTENDED_2, *(EXTENDED_SALE | row for row in rows))


def partners(*values: str, **how: object) -> list[str | None]:
    return [call["partner"] for call in calls_of(groups(*values), partner_from="user_group", **how)]


def test_a_column_says_whose_a_call_was():
    assert partners("LEEDS", "HULL", "") == ["LEEDS", "HULL", None]


def test_a_table_says_what_its_values_mean():
    table = {"LEEDS": "northgate", "HULL": "northgate", "PORTO": "sul"}
    assert partners("LEEDS", "PORTO", "HULL", partners=table) == ["northgate", "sul", "northgate"]


def test_a_star_stands_for_anything_and_the_first_line_that_fits_counts():
    table = {"NG-*": "northgate", "*-LF": "lifeline", "": "own", "*": "other"}
    assert partners("NG-1", "NG-LF", "X-LF", "", "Y", partners=table) == [
        "northgate", "northgate", "lifeline", "own", "other",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["100%", "a_b", "a\\b", "o'neil", "[x]", "$partner", "{x}"])
def test_a_value_is_itself_whatever_it_looks_like(value):
    table = {f"{value}-*": "right", "*": "wrong"}
    column = export(CALL | {"agent": f"{value}-7"}, CALL | {"agent": "axb", "call_id": "c2"})
    found = calls_of(column, partner_from="agent", partners=table)
    assert [call["partner"] for call in found] == ["right", "wrong"]


def test_a_value_that_the_table_lacks_is_rejected_and_its_call_is_nobodys():
    with a_store() as store:
        load = store.load(
            groups("LEEDS", "YORK", ""), partner_from="user_group", partners={"LEEDS": "northgate"}
        )
        assert (load.accepted, load.rejected) == (1, 2)
        assert [reject.reason for reject in store.rejects()] == [
            "user_group is 'YORK', which [source.partners] lacks",
            "user_group is empty, which [source.partners] lacks",
        ]


def test_a_file_of_which_too_much_is_nobodys_is_refused():
    with a_store() as store, pytest.raises(AuditorError, match=r"'YORK', which \[source.partners\] lacks"):
        store.load(
            groups(*["YORK"] * 20),
            partner_from="user_group",
            partners={"LEEDS": "x"},
            ceiling=Ceiling(floor=0),
        )


def test_what_the_user_says_outright_comes_before_any_column():
    table = {"LEEDS": "northgate"}
    assert partners("LEEDS", "YORK", partner="own", partners=table) == ["own", "own"]


def test_call_centres_and_campaigns_may_be_assigned_alike():
    (call,) = calls_of(
        groups("LEEDS"),
        call_centre_from="user_group",
        call_centres={"LEEDS": "Leeds, first floor"},
        campaign_from="list_id",
        campaigns={"99*": "AUTUMN"},
    )
    assert (call["call_centre"], call["campaign"]) == ("Leeds, first floor", "AUTUMN")


def test_a_workspace_says_so_in_its_source(tmp_path):
    toml = tmp_path / "auditor.toml"
    toml.write_text(
        '[[source]]\nfiles = "in/*"\npartner_from = "user_group"\n[source.partners]\n"NG-*" = "northgate"\n'
    )
    (source,) = find_workspace(tmp_path).config.source
    assert source.partners == {"NG-*": "northgate"}


def test_a_table_without_a_column_is_refused(tmp_path):
    (tmp_path / "auditor.toml").write_text(
        '[[source]]\nfiles = "in/*"\n[source.partners]\nLEEDS = "northgate"\n'
    )
    with pytest.raises(AuditorError, match="partner_from does not say of which column"):
        find_workspace(tmp_path)
