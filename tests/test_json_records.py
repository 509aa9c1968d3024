"""Where the records of JSON texts begin and end, however they are written; none goes uncounted."""

from __future__ import annotations

import json

import pytest
from loading import a_store

from auditor.errors import AuditorError


def call(number: int, **more: object) -> dict[str, object]:
    """A Twilio call."""
    return {
        "sid": f"CA{number}", "account_sid": "AC1", "to": "+447700900123", "from": "+442079460123",
        "status": "busy", "direction": "outbound-api", "start_time": "2026-10-05T09:00:00Z",
        "end_time": "2026-10-05T09:00:20Z", "duration": "0", "answered_by": None, "parent_call_sid": None,
    } | more  # fmt: skip


def counted(text: str) -> tuple[int, int, int]:
    with a_store() as store:
        load = store.load(text)
        return load.read, load.accepted, load.rejected


THREE = [call(n) for n in range(3)]
WRITTEN = {
    "a record a line": "\n".join(map(json.dumps, THREE)),
    "blank lines between": "\n\n\r\n".join(map(json.dumps, THREE)),
    "one after another": "".join(map(json.dumps, THREE)),
    "a list": json.dumps(THREE),
    "a list over many lines": json.dumps(THREE, indent=2),
    "under a key": json.dumps({"end": 1, "calls": THREE, "page": 0}),
    "under a key, over many lines": json.dumps({"end": 1, "calls": THREE, "page": 0}, indent=2),
    "under a key within another": json.dumps({"result": {"calls": THREE}}),
    "the same, over many lines": json.dumps({"result": {"calls": THREE}}, indent=1),
    "pages, one after another": json.dumps({"calls": THREE[:2]}) + json.dumps({"calls": THREE[2:]}),
    "two lists": json.dumps({"a": {"calls": THREE[:1]}, "b": {"calls": THREE[1:]}}, indent=1),
    "another list besides": json.dumps({"calls": THREE, "warnings": [{"code": 1}]}, indent=1),
    "a mark of byte order": "\ufeff" + json.dumps(THREE),
    "records over many lines": "\n".join(json.dumps(record, indent=2) for record in THREE),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_three_calls_are_three_calls_however_they_are_written(how):
    assert counted(WRITTEN[how]) == (3, 3, 0)


@pytest.mark.parametrize("key", ["calls", "conversations", "completedContacts"])
def test_a_record_with_a_list_of_a_documents_name_is_still_a_record(key):
    for listed in ([], [{"n": 1}]):
        records = [THREE[0], call(7, **{key: listed}), THREE[1]]
        assert counted("\n".join(map(json.dumps, records))) == (3, 3, 0)
        assert counted("\n".join(json.dumps(record, indent=1) for record in records)) == (3, 3, 0)


def test_what_is_no_object_in_a_list_of_records_is_a_reject():
    assert counted(json.dumps({"calls": [THREE[0], "junk", [1, [2]], THREE[1]]})) == (4, 2, 2)


def test_brackets_and_quotes_within_text_are_text():
    assert counted(json.dumps([call(1, caller_name='"]}{[\\'), call(2)], indent=1)) == (2, 2, 0)
    assert counted(json.dumps({"a {": "}, {", "calls": [call(1, caller_name="{"), call(2)]})) == (2, 2, 0)


@pytest.mark.parametrize("cut", [1, 30, 300])
def test_a_document_that_was_cut_off_is_refused_whole(cut):
    text = json.dumps({"calls": THREE}, indent=1)
    with a_store() as store, pytest.raises(AuditorError, match="cut off or damaged"):
        store.load(text[:-cut])


#: Two of these records have a quote too many: within strings and not is reversed between them.
ODD = (2, 8)
STRAY = [json.dumps(call(n, caller_name='an"on' if n in ODD else "x")).replace('\\"', '"') for n in range(10)]


@pytest.mark.parametrize(
    "text",
    [
        "[\n" + ",\n".join(STRAY) + "\n]\n",
        "[" + ", ".join(STRAY) + "]",
        '{"calls": [\n' + ",\n".join(STRAY) + "\n]}\n",
        "".join(STRAY),
        "[\n" + ",\n".join(STRAY[:2]) + ',"\n' + ",\n".join(STRAY[3:8]) + '",\n' + STRAY[9] + "]\n",
        json.dumps(
            [call(n, caller_name="stray" if n in (2, 8) else "{") for n in range(10)], indent=1
        ).replace("stray", 's"'),
        '{"calls": [' + STRAY[0] + '], "next": "x""}{"calls": [' + STRAY[1] + '], "next": "y""}',
    ],
)
def test_a_quote_too_many_in_a_list_hides_no_records(text):
    with a_store() as store, pytest.raises(AuditorError, match="quotes do not close"):
        store.load(text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\t"])
def test_a_line_end_in_a_text_of_a_record_costs_that_record_alone(end):
    odd = json.dumps(call(1, caller_name="a b")).replace("a b", f"a{end}b")
    assert counted(f"[{json.dumps(THREE[0])},\n{odd},\n{json.dumps(THREE[2])}]") == (3, 2, 1)


def test_a_list_may_begin_after_any_space():
    pages = [json.dumps({"calls": [call(n)]}).replace("[", "[" + " " * 100) for n in range(3)]
    assert counted(json.dumps({"calls": THREE}) + "".join(pages).replace("CA", "CB")) == (6, 6, 0)
