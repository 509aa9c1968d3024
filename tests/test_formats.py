"""Each format's own cases, and its definition, mapping and documentation held to each other."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from datetime import datetime
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from loading import a_store

from auditor.calls.record import FACTS, TIMES, VOCABULARY
from auditor.sources.catalogue import formats
from auditor.sources.source import Ceiling
from auditor.store import ledger

ANY = Ceiling(Fraction(1))
FOLDERS = Path(str(files("auditor.sources"))) / "formats"
CASES = sorted(path for folder in FOLDERS.iterdir() for path in folder.glob("cases/*.toml"))


def expected(case: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    """The facts a call should have; those not written are NULL."""
    given = case.get("every", {}) | call
    facts: dict[str, Any] = dict.fromkeys(FACTS) | {"message": "unknown"}
    for name, value in given.items():
        # `message` is a word, so the time the message began is `message_at`.
        fact = f"{name.removesuffix('_at')}_ms" if isinstance(value, datetime) else name
        assert fact in FACTS, f"'{name}' is no fact of a call"
        facts[fact] = _ms(value) if isinstance(value, datetime) else value
    return facts


def _ms(instant: datetime) -> int:
    assert instant.tzinfo is not None, f"{instant} has no offset"
    return round(instant.timestamp() * 1000)


def _of(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_an_export_becomes_the_calls_its_case_says(path):
    case = _of(path)
    expect = case.get("expect", {})
    with a_store() as store:
        loads = store.load_together(case["files"], ceiling=ANY, **case.get("source", {}))
        found = [{fact: call[fact] for fact in FACTS} for call in store.calls()]
        wanted = [expected(case, call) for call in case.get("call", [])]
        assert found == wanted
        rejects = store.rejects()
        assert [(r.line, r.file) for r in rejects] == [
            (r["line"], r.get("file", next(iter(case["files"])))) for r in case.get("reject", [])
        ]
        for reject, words in zip(rejects, case.get("reject", []), strict=True):
            assert words["reason"] in reject.reason
        assert sum(load.duplicate for load in loads) == expect.get("duplicate", 0)
        notes = [note for load in loads for note in load.notes]
        assert all(any(part in note for note in notes) for part in expect.get("notes", [])), notes
        codes = {code: calls for _, code, calls in ledger.unknown_codes(store.connection)}
        assert codes == expect.get("unknown_codes", {})
        assert {load.format for load in loads} == {path.parent.parent.name}


@pytest.mark.parametrize("fmt", formats().values(), ids=formats())
class TestDefinition:
    def test_its_fields_are_facts(self, fmt):
        assert set(fmt.fields) <= {*FACTS, "version"}
        assert {"call_id", "dialled_ms", "outcome", "precision_ms"} <= set(fmt.fields)

    def test_its_codes_mean_outcomes(self, fmt):
        assert {code.outcome for code in fmt.codes.values()} <= set(VOCABULARY["outcome"])

    def test_each_of_its_fields_is_in_a_case(self, fmt):
        """What the documentation promises of a format, some case shows."""
        cases = [_of(path) for path in CASES if path.parent.parent.name == fmt.id]
        shown = {
            name for case in cases for call in case.get("call", []) for name in case.get("every", {}) | call
        }
        named = {f"{n}_ms" if f"{n}_ms" in TIMES and n != "message" else n for n in shown}
        named |= {"message_ms"} if "message_at" in shown else set()
        assert set(fmt.fields) - {"version"} <= named

    def test_its_layouts_have_names_of_their_own(self, fmt):
        ids = [layout.id for layout in fmt.layouts]
        assert len(ids) == len(set(ids))

    def test_its_companions_are_named_as_nothing_else_in_the_store(self, fmt):
        with a_store() as store:
            tables = {row["name"] for row in store.rows("SELECT table_name AS name FROM duckdb_tables()")}
        assert not tables & {layout.id for layout in fmt.companions}


@pytest.mark.parametrize(
    ("tool", "page"), [("write_formats", "formats"), ("write_settings", "gate-settings")]
)
def test_the_published_pages_are_those_of_the_definitions(tmp_path, tool, page):
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, f"tools/{tool}.py", str(tmp_path / "page.md")], cwd=root, check=True)
    published = (root / "docs" / f"{page}.md").read_text("utf-8")
    assert published == (tmp_path / "page.md").read_text("utf-8"), "run `make docs`"
