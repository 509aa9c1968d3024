"""The workbook: typed, calm, the same bytes each time, and nothing in it that runs."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest
from calls import calls
from report_document import DAY, NEXT, document, doubtful, good, over, silent

from auditor.report import xlsx
from auditor.report.xlsx import render_xlsx

WHEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def book(found, when=WHEN):
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(found, when)))


def table(sheet):
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def month():
    return document(over() + silent(day=NEXT) + doubtful(campaign="AMD") + good(campaign="OK"))


def test_every_sheet_has_a_header_that_stays_and_a_filter(month):
    pages = book(month)
    names = "Summary, Findings, Calls behind findings, All verdicts, Not tested, Data quality, Inputs"
    assert ", ".join(pages.sheetnames) == names
    for page in pages:
        assert page.freeze_panes == "A2"
        assert page.auto_filter.ref.startswith("A1:")
        assert all(cell.font.bold for cell in page[1])


def test_the_verdict_is_what_opens(month):
    summary = {row["What"]: row["Figure"] for row in table(book(month)["Summary"])}
    assert summary["Verdict"] == "FAIL"
    assert summary["Calls audited"] == 400
    failed = {(r["rule"], r["campaign"], r["from"]) for r in month["results"]
              if (r["scope"], r["verdict"]) == ("campaign", "fail")}  # fmt: skip
    assert summary["Verdicts failed"] == len(failed)
    assert "Example Telecom" in summary["In a sentence"]


def test_figures_are_numbers_rates_are_percentages_and_days_are_days(month):
    page = book(month)["All verdicts"]
    (found,) = (
        row for row in table(page)
        if (row["rule"], row["scope"], row["basis"], row["campaign"], row["from"])
        == ("abandoned-call-rate", "campaign", "house", "SALES1", datetime(2026, 10, 5))
    )  # fmt: skip
    assert (found["counted"], found["base"], found["rate"], found["limit"]) == (10, 100, 0.1, 0.03)
    place = {cell.value: n for n, cell in enumerate(page[1])}
    rated = [row for row in page.iter_rows(min_row=2) if row[place["rate low"]].value is not None]
    assert rated
    assert {row[place["rate low"]].number_format for row in rated} == {"0.00%"}
    assert {row[place["from"]].number_format for row in rated} == {"yyyy-mm-dd"}


def test_all_verdicts_are_there_and_the_findings_are_those_of_the_csv(month):
    pages = book(month)
    assert len(table(pages["All verdicts"])) == len(month["results"])
    found = table(pages["Findings"])
    verdicts = [row["verdict"] for row in found]
    assert [row["basis"] == "oversight" for row in found] == sorted(
        row["basis"] == "oversight" for row in found
    )
    judged = [row["verdict"] for row in found if row["basis"] != "oversight" and row["scope"] == "campaign"]
    assert judged == sorted(judged, key=("fail", "undecided").index)
    assert len(verdicts) == sum(r["verdict"] in ("fail", "undecided") for r in month["results"])


def test_the_calls_behind_a_finding_are_masked(month):
    told = table(book(month)["Calls behind findings"])
    assert len(told) == sum(len(r["sample"]) for r in month["results"])
    assert all(row["number"].startswith("•••") for row in told)
    # Noon in London's summer is 13:00 on the regulator's clock, a time that sorts and subtracts.
    assert {row["dialled at"] for row in told} == {datetime(2026, 10, day, 13) for day in (5, 6)}


@pytest.mark.parametrize("name", ["=1+1", "+44", "-2", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0"])
def test_names_that_a_spreadsheet_would_run_are_text(name):
    found = document(over(campaign=name))
    cells = [cell for page in book(found) for row in page.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(cell.value == f"'{name}" for cell in cells)


def test_control_characters_and_long_names_do_no_harm():
    found = table(book(document(over(campaign="a\x07b" + "c" * 300)))["Findings"])
    assert found[0]["campaign"] == "a\ufffdb" + "c" * 300


def test_the_same_document_makes_the_same_bytes(month):
    assert render_xlsx(month, WHEN) == render_xlsx(json.loads(json.dumps(month)), WHEN)
    properties = book(month).properties
    assert (properties.created, properties.modified) == (WHEN.replace(tzinfo=None),) * 2


def test_a_partners_workbook_has_nothing_of_another():
    records = over("ann", campaign="A-CAMPAIGN") + over("bob", campaign="B-CAMPAIGN")
    with zipfile.ZipFile(io.BytesIO(render_xlsx(document(records, "ann"), WHEN))) as parts:
        whole = b"".join(parts.read(part) for part in parts.namelist())
    assert b"A-CAMPAIGN" in whole
    assert b"B-CAMPAIGN" not in whole
    assert b"bob" not in whole.lower()


def test_more_rows_than_a_sheet_holds_are_counted(monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_ROWS", 3)
    rows = table(book(document(calls(5, "live_to_agent", DAY, partner="ann")))["All verdicts"])
    assert len(rows) == 4
    assert rows[-1]["verdict"].endswith("further rows are in results.json")
