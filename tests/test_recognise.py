"""What a file is follows from its content; what is not known is refused with what would help."""

from __future__ import annotations

import pytest
from loading import a_store
from test_asterisk import CDR_CSV, CDR_CUSTOM, NEW_COLUMNS, SIX, TABLE, master, table
from test_canonical import CALL, export
from test_vicidial import CARRIER, CARRIER_SALE, EXTENDED_2, EXTENDED_SALE, SALE, STANDARD, report

from auditor.errors import AuditorError
from auditor.sources.catalogue import format_named, formats
from auditor.sources.definition import Format
from auditor.sources.recognise import Sample, Shape
from auditor.sources.recognise import recognise as recognised_among

KNOWN = {
    "carrier report": (report(CARRIER, CARRIER_SALE), "vicidial", "carrier"),
    "standard report": (report(STANDARD, SALE), "vicidial", "standard"),
    "EXTENDED_2 report": (report(EXTENDED_2, EXTENDED_SALE), "vicidial", "standard"),
    "report with commas": (report(STANDARD, SALE).replace("\t", ","), "vicidial", "standard"),
    "cdr_csv of 16": (master(CDR_CSV), "asterisk", "cdr_csv"),
    "cdr_csv of 19": (master([*CDR_CSV, *NEW_COLUMNS]), "asterisk", "cdr_csv"),
    "cdr_custom of 19": (master(CDR_CUSTOM), "asterisk", "cdr_custom"),
    "cdr table": (table(TABLE), "asterisk", "table"),
    "six columns": (table(SIX), "asterisk", "table"),
    "canonical": (export(CALL), "canonical", "canonical"),
    "canonical, tabs": (export(CALL, delimiter="\t"), "canonical", "canonical"),
}


def recognise(name: str, text: str, wanted: Format | None = None) -> Shape:
    return recognised_among(name, Sample(text), [wanted] if wanted else list(formats().values()))


def told(text: str | bytes, **how: object) -> str:
    with a_store() as store, pytest.raises(AuditorError) as caught:
        store.load(text, "export.txt", **how)  # type: ignore[arg-type]
    assert str(caught.value).startswith("export.txt: ")
    return str(caught.value)


@pytest.mark.parametrize("name", KNOWN)
def test_a_file_is_recognised_by_its_content(name):
    text, format_id, layout = KNOWN[name]
    shape = recognise("export", text)
    assert (shape.format.id, shape.layout.id) == (format_id, layout)


@pytest.mark.parametrize("name", KNOWN)
def test_saying_its_format_changes_nothing(name):
    text, format_id, _ = KNOWN[name]
    assert recognise("export", text, format_named(format_id)) == recognise("export", text)


@pytest.mark.parametrize("name", KNOWN)
def test_a_file_is_not_taken_for_another_format(name):
    text, format_id, _ = KNOWN[name]
    for other in formats().values():
        if other.id != format_id:
            with pytest.raises(AuditorError, match=f"is no {other.id} file"):
                recognise("export", text, other)


def test_the_name_of_a_file_decides_nothing():
    with a_store() as store:
        assert store.load(export(CALL), "Master.csv").format == "canonical"
        assert store.load(master(CDR_CSV), "calls.vicidial.txt").format == "asterisk"


def test_blank_lines_before_the_header_are_passed_over():
    with a_store() as store:
        assert store.load("\n\r\n\n" + export(CALL)).accepted == 1


def test_a_broken_first_record_does_not_hide_a_layout_without_a_header():
    whole = master([*CDR_CSV, "uniqueid"], *({"uniqueid": f"1791190800.{n}"} for n in range(9)))
    for broken in ('"cut off","in the', "x", whole.splitlines()[0].replace('"SALES1"', '"SALES1')):
        with a_store() as store:
            load = store.load(broken + "\n" + whole)
            assert (load.format, load.read, load.accepted, load.rejected) == ("asterisk", 10, 9, 1)


def test_a_header_whose_quotes_do_not_close_is_refused():
    assert "its header cannot be read: a quote is not closed" in told(
        export(CALL).replace("call_id,", 'call_id,"agent"s,', 1)
    )


@pytest.mark.parametrize(
    ("header", "words"),
    [
        # One column is called otherwise.
        ("callid,campaign,dialled_number,dialled_at,outcome", ["canonical", "'call_id' (it has 'callid')"]),
        ("call_id,campaign,dialled_number,dialled_at,result", ["canonical", "'outcome'"]),
        ("calldate,src,destination,duration,billsec,disposition", ["asterisk", "'dst'"]),
        (
            "call_date\tphone_number_dialled\tstatus\tcampaign_id\tlength_in_sec",
            ["vicidial", "'phone_number_dialed' (it has 'phone_number_dialled')"],
        ),
    ],
)
def test_a_header_that_is_nearly_right_is_told_what_it_lacks(header, words):
    sentence = told(header + "\n1,2,3,4,5\n")
    assert all(word in sentence for word in words)
    assert "--format" in sentence


def test_the_nearest_layout_is_named_first():
    sentence = told("call_id,campaign,dialled_number,dialled_at,duration,src,result\n")
    assert sentence.index("canonical") < sentence.index("asterisk")


@pytest.mark.parametrize("text", ["hello\n", "a,b,c\n1,2,3\n", '{"calls": []}\n', "<html>\n", "\x00\x01\n"])
def test_what_is_in_no_format_is_refused_with_those_that_are_known(text):
    sentence = told(text)
    assert "in no format that is known" in sentence
    assert all(name in sentence for name in formats())


def test_a_format_nobody_knows_is_refused_with_those_there_are():
    with a_store() as store, pytest.raises(AuditorError, match=r"'avaya' is not known.*asterisk.*vicidial"):
        store.load(export(CALL), format="avaya")


def test_a_zone_or_country_nobody_knows_is_refused():
    with a_store() as store:
        with pytest.raises(AuditorError, match="'Europe/Londn' is not known"):
            store.load(export(CALL), zone="Europe/Londn")
        with pytest.raises(AuditorError, match=r"'UK' is not known: write one of .*GB"):
            store.load(export(CALL), country="UK")
        assert store.calls() == []
