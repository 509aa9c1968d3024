"""Canonical call records: what the contract takes, and what it refuses."""

from __future__ import annotations

import gzip
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest
from loading import a_store, calls_of, ms

from auditor.calls.record import VOCABULARY
from auditor.errors import AuditorError
from auditor.sources.source import Ceiling

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CALL = {
    "call_id": "c1", "campaign": "SALES1", "dialled_number": "+447700900123",
    "dialled_at": "2026-10-05T09:30:00.250+01:00", "outcome": "live_to_agent",
}  # fmt: skip
TIMES = [
    "dialled_at", "answered_at", "greeting_start_at", "greeting_end_at", "connected_at", "message_at",
    "ended_at",
]  # fmt: skip


def export(*calls: dict[str, str], delimiter: str = ",") -> str:
    """The calls under a header of all the columns that they have."""
    header = list(dict.fromkeys(key for call in calls for key in call))
    lines = [header, *([call.get(key, "") for key in header] for call in calls)]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def several(changes: list[dict[str, str]], **how: Any) -> list[dict[str, Any] | str]:
    """The call changed in each of these ways, in one file: as the store has it, or why it has not."""
    lines = export(*(CALL | {"call_id": f"c{n}"} | change for n, change in enumerate(changes)), delimiter=";")
    with a_store() as store:
        store.load(lines, ceiling=Ceiling(Fraction(1)), **how)
        found: dict[int, Any] = {r.line - 2: r.reason for r in store.rejects() if r.line}
        found |= {int(call["call_id"][1:] or -1): call for call in store.calls()}
    return [found[n] for n in range(len(changes))]


def taken(changes: dict[str, str] | None = None, **how: Any) -> dict[str, Any]:
    """The call with these columns changed or added, as the store has it."""
    (call,) = calls_of(export(CALL | (changes or {})), **how)
    return call


def fact(name: str, changes: list[dict[str, str]], **how: Any) -> list[Any]:
    """What is known of the call changed in each of these ways, which must all be taken."""
    return [call if isinstance(call, str) else call[name] for call in several(changes, **how)]


def refusals(changes: list[dict[str, str]], **how: Any) -> list[str]:
    """Why the call changed in each of these ways is rejected; an unchanged one after them is not."""
    *reasons, last = several([*changes, {}], **how)
    assert isinstance(last, dict), last
    return ["taken" if isinstance(reason, dict) else reason for reason in reasons]


class TestTimes:
    WRITTEN: ClassVar = {
        "2026-10-05T09:30:00Z": "2026-10-05T09:30:00+00:00",
        "2026-10-05T09:30:00z": "2026-10-05T09:30:00+00:00",
        "2026-10-05T09:30:00+01:00": "2026-10-05T08:30:00+00:00",
        "2026-10-05T09:30:00+0100": "2026-10-05T08:30:00+00:00",
        "2026-10-05T09:30:00+01": "2026-10-05T08:30:00+00:00",
        "2026-10-05T09:30:00-04:30": "2026-10-05T14:00:00+00:00",
        "2026-10-05T09:30:00-0430": "2026-10-05T14:00:00+00:00",
        "2026-10-05T09:30:00-04": "2026-10-05T13:30:00+00:00",
        "2026-10-05 09:30:00+01:00": "2026-10-05T08:30:00+00:00",
        "2026-10-05T09:30:00.250+01:00": "2026-10-05T08:30:00.250+00:00",
        "2026-10-05T09:30:00,250+01:00": "2026-10-05T08:30:00.250+00:00",
        "2026-10-05T09:30:00.5Z": "2026-10-05T09:30:00.500+00:00",
        "2026-10-05T09:30:00.250999Z": "2026-10-05T09:30:00.250+00:00",
        "2026-10-05T09:30:00.123456789Z": "2026-10-05T09:30:00.123+00:00",
        "2026-10-05T09:30+01:00": "2026-10-05T08:30:00+00:00",
        "2026-10-05T09:30+0100": "2026-10-05T08:30:00+00:00",
        "2026-10-05T09:30+01": "2026-10-05T08:30:00+00:00",
        "2026-10-05T00:30:00+14:00": "2026-10-04T10:30:00+00:00",
        "2026-10-05T23:30:00-14:00": "2026-10-06T13:30:00+00:00",
        "1791189000250": "2026-10-05T08:30:00.250+00:00",
        "2028-02-29T12:00:00Z": "2028-02-29T12:00:00+00:00",
    }

    def test_a_time_is_iso_8601_with_an_offset_or_epoch_milliseconds(self):
        found = fact("dialled_ms", [{"dialled_at": written} for written in self.WRITTEN])
        assert dict(zip(self.WRITTEN, found, strict=True)) == {w: ms(m) for w, m in self.WRITTEN.items()}

    def test_every_time_is_read_so(self):
        at = "2026-10-05T09:31:00.125+01:00"
        (call,) = several([dict.fromkeys(TIMES, at)])
        assert isinstance(call, dict)
        names = [name.removesuffix("_at") + "_ms" for name in TIMES]
        assert {name: call[name] for name in names} == dict.fromkeys(names, ms(at))

    @pytest.mark.parametrize("place", ["dialled_ms", "dialled_at"])
    def test_either_name_of_a_time_takes_either_form(self, place):
        call = {key: value for key, value in CALL.items() if key != "dialled_at"}
        rows = [
            call | {"call_id": "c1", place: "1791189000250"},
            call | {"call_id": "c2", place: "2026-10-05T09:30:00.250+01:00"},
        ]
        assert {found["dialled_ms"] for found in calls_of(export(*rows))} == {1791189000250}

    @pytest.mark.parametrize(
        ("zone", "clocks"),
        [
            (
                "Europe/London",
                {
                    "2026-07-01T12:00:00": "2026-07-01T12:00:00+01:00",
                    "2026-12-01T12:00:00": "2026-12-01T12:00:00+00:00",
                },
            ),
            (
                "Asia/Kolkata",
                {
                    "2026-07-01 12:00:00.5": "2026-07-01T12:00:00.500+05:30",
                    # An offset in the file wins over the zone of the source.
                    "2026-07-01T12:00:00Z": "2026-07-01T12:00:00+00:00",
                },
            ),
        ],
    )
    def test_a_time_without_an_offset_is_on_the_clock_of_the_given_zone(self, zone, clocks):
        found = fact("dialled_ms", [{"dialled_at": written} for written in clocks], zone=zone)
        assert found == [ms(meant) for meant in clocks.values()]

    def test_a_time_with_no_zone_is_refused_where_none_is_given(self):
        (reason,) = refusals([{"dialled_at": "2026-10-05T09:30:00"}])
        assert "dialled_at has no time zone" in reason
        assert "--zone" in reason

    def test_an_offset_beyond_fourteen_hours_is_refused(self):
        beyond = ["2026-10-05T09:30:00+14:01", "2026-10-05T09:30:00-1430", "2026-10-05T09:30:00+99"]
        assert all("beyond 14 hours" in reason for reason in refusals([{"dialled_at": w} for w in beyond]))

    def test_a_day_that_does_not_exist_is_refused(self):
        days = ["2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-10-00"]
        times = [f"{day}T09:30:00{zone}" for day in days for zone in ("Z", "+01:00", "")]
        reasons = refusals([{"dialled_at": time} for time in times], zone="UTC")
        assert reasons == ["dialled_at is a day or an hour that does not exist"] * len(times)

    def test_what_is_no_time_is_refused(self):
        nonsense = [
            "yesterday",
            "05/10/2026 09:30",
            "2026-10-05",
            "2026-10-05T24:00:00Z",
            "2026-10-05T09:60:00Z",
            "2026-10-05T09:30:60Z",
            "2026-10-05T09:30:00 Europe/London",
            "2026-10-05T09:30:00+1:00",
            "2026-10-05T09:30:00ZZ",
            "2026-10-05T\t9:30:00Z",
            "1791189000",
            "-1791189000250",
        ]
        places = [(column, written) for column in TIMES for written in nonsense]
        reasons = refusals([{column: written} for column, written in places])
        for (column, _), reason in zip(places, reasons, strict=True):
            assert reason.startswith(f"{column} is no time")

    def test_every_time_is_a_time_of_the_years_1990_to_2100(self):
        outside = ("1989-12-31T23:59:59Z", "2101-01-01T00:00:00Z")
        reasons = refusals([{column: written} for column in TIMES for written in outside])
        assert set(reasons) == {"has a time outside the years 1990 to 2100"}

    def test_the_first_and_the_last_of_these_years_are_taken(self):
        ends = ["1990-01-01T00:00:00Z", "2100-12-31T23:59:59Z"]
        assert fact("dialled_ms", [{"dialled_at": end} for end in ends]) == [ms(end) for end in ends]

    def test_an_end_before_the_start_is_refused(self):
        assert refusals(
            [
                {"ended_at": "2026-10-05T09:30:00.249+01:00"},
                {"answered_at": "2026-10-05T09:30:00.249+01:00"},
                {"answered_at": "2026-10-05T09:31:00Z", "ended_at": "2026-10-05T09:30:59Z"},
            ]
        ) == [
            "ended before it was dialled",
            "answered before it was dialled",
            "ended before it was answered",
        ]

    def test_a_call_may_end_as_it_begins(self):
        assert taken({"ended_at": CALL["dialled_at"]})["ended_ms"] == ms(CALL["dialled_at"])


class TestPrecision:
    FINE, WHOLE = "2026-10-05T09:31:00.125+01:00", "2026-10-05T09:32:00+01:00"

    def test_a_time_with_a_fraction_is_good_to_a_millisecond_and_one_without_to_a_second(self):
        cases = [
            ({}, 1),
            ({"ended_at": self.FINE}, 1),
            ({"dialled_at": "1791189000250"}, 1),
            ({"dialled_at": "2026-10-05T09:30:00+01:00"}, 1000),
            ({"dialled_at": "2026-10-05T09:30+01:00"}, 60_000),
            # Of several, the coarsest says how far a time may be off.
            *(({column: self.WHOLE}, 1000) for column in TIMES),
            ({"answered_at": self.FINE, "ended_at": self.WHOLE}, 1000),
        ]
        assert fact("precision_ms", [times for times, _ in cases]) == [precision for _, precision in cases]

    def test_the_file_may_say_its_precision(self):
        assert fact("precision_ms", [{"precision_ms": "500"}, {"precision_ms": ""}]) == [500, 1]

    def test_what_is_no_precision_is_refused(self):
        reasons = refusals([{"precision_ms": written} for written in ("0", "-1", "fine", "99999999999")])
        assert all("precision_ms" in reason for reason in reasons)


class TestMessage:
    AT = "2026-10-05T09:30:20.000+01:00"

    def test_its_column_says_it_and_a_time_says_that_it_was_played(self):
        cases = [
            ({}, "unknown"),
            ({"message_at": self.AT}, "played"),
            ({"message": "played"}, "played"),
            ({"message": "none"}, "none"),
            ({"message": "unknown"}, "unknown"),
            ({"message": "PLAYED", "message_at": self.AT}, "played"),
        ]
        assert fact("message", [columns for columns, _ in cases]) == [message for _, message in cases]

    def test_without_its_column_an_empty_time_means_unknown(self):
        rows = [{"message_at": self.AT}, {"message_at": ""}]
        assert fact("message", rows) == ["played", "unknown"]
        assert fact("message_ms", rows) == [ms(self.AT), None]


class TestFacts:
    def test_every_column_of_the_record_is_read(self):
        columns = {
            "client": "Example Telecom", "partner": "kestrel", "call_centre": "Leeds", "agent": "a7",
            "dial_mode": "preview", "presented_number": "02079460123", "ring_ms": "12000",
            "ended_by": "callee", "amd": "human", "operator_reserved": "true", "disposition": "TALKED",
            "callee_zone": "Europe/Dublin",
        }  # fmt: skip
        call = taken(columns)
        expected = columns | {
            "presented_number": "+442079460123", "ring_ms": 12_000, "operator_reserved": True,
            "campaign": "SALES1", "call_id": "c1", "outcome": "live_to_agent",
        }  # fmt: skip
        assert {key: call[key] for key in expected} == expected

    @pytest.mark.parametrize("column", list(VOCABULARY))
    def test_every_word_of_a_vocabulary_is_taken_and_no_other(self, column):
        words = VOCABULARY[column]
        assert fact(column, [{column: word.upper()} for word in words]) == list(words)
        (reason,) = refusals([{column: "abandoned"}])
        assert reason == f"{column} is none of: {', '.join(words)}"

    def test_what_is_required_may_not_be_empty(self):
        reasons = refusals([{column: ""} for column in CALL])
        assert [reason.partition(":")[0] for reason in reasons] == [f"{column} is empty" for column in CALL]

    def test_whether_an_operator_was_reserved_is_true_false_or_not_said(self):
        written = ["true", "1", "Yes", "FALSE", "0", "no", ""]
        assert fact("operator_reserved", [{"operator_reserved": w} for w in written]) == [
            True, True, True, False, False, False, None,
        ]  # fmt: skip

    def test_what_is_no_such_value_is_refused(self):
        wrong = [("operator_reserved", "maybe"), ("ring_ms", "long"), ("ring_ms", "-1")]
        reasons = refusals([{column: written} for column, written in wrong])
        assert all(column in reason for (column, _), reason in zip(wrong, reasons, strict=True)), reasons

    def test_how_long_it_rang_follows_from_the_answer_where_it_is_not_said(self):
        assert taken({"answered_at": "2026-10-05T09:30:12.750+01:00"})["ring_ms"] == 12_500

    def test_an_extension_is_kept_as_it_is(self):
        assert taken({"dialled_number": "1115"})["dialled_number"] == "1115"


class TestPartners:
    def test_the_file_or_the_source_says_whose_calls_they_are(self):
        assert taken({"partner": "kestrel"})["partner"] == "kestrel"
        assert taken(partner="kestrel")["partner"] == "kestrel"
        assert taken()["partner"] is None

    def test_a_partner_that_the_workspace_does_not_know_is_refused(self):
        with a_store() as store:
            load = store.load(
                export(CALL | {"partner": "kestrel"}, CALL | {"call_id": "c2", "partner": "magpie"}),
                known_partners=("kestrel", "northgate"),
            )
            assert (load.accepted, load.rejected) == (1, 1)
            assert "kestrel, northgate" in store.rejects()[0].reason


class TestFiles:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_commas_semicolons_and_tabs_are_taken(self, delimiter):
        assert len(calls_of(export(CALL, delimiter=delimiter))) == 1

    @pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
    def test_packed_text_is_read_as_it_is_whatever_its_name(self, pack):
        with a_store() as store:
            assert store.load(pack(export(CALL).encode()), "calls.txt").accepted == 1

    def test_plain_text_named_gz_is_read_as_what_it_is(self):
        with a_store() as store:
            assert store.load(export(CALL), "calls.csv.gz").accepted == 1

    @pytest.mark.parametrize(
        "name", ["calls[1].csv", "calls*.csv", "partner=magpie", "what?.csv", "it's.csv"]
    )
    def test_a_name_is_a_name_and_no_pattern(self, name):
        with a_store() as store:
            (store.folder / "calls1.csv").write_text(export(CALL | {"call_id": "another file's"}))
            store.load(export(CALL), name)
            assert [(c["call_id"], c["partner"]) for c in store.calls()] == [("c1", None)]

    def test_names_of_columns_are_taken_in_any_case_and_order(self):
        header, line = export(dict(reversed(CALL.items()))).splitlines()
        (call,) = calls_of(f"{header.upper()}\n{line}\n")
        assert call["call_id"] == "c1"

    def test_a_column_nobody_knows_is_noted(self):
        with a_store() as store:
            notes = store.load(export(CALL | {"wrap_up": "3"})).notes
            assert any("wrap_up" in note for note in notes)

    def test_a_wrong_header_is_told_what_it_lacks_and_what_is_near_it(self):
        with a_store() as store, pytest.raises(AuditorError) as caught:
            store.load(export(CALL).replace("dialled_number", "dialed_number"), "calls.csv")
        assert "'dialled_number' (it has 'dialed_number')" in str(caught.value)
        assert str(caught.value).startswith("calls.csv: ")
        assert "campaign" not in str(caught.value)


class TestParquet:
    def parquet(self, folder: Path, select: str) -> bytes:
        path = folder / "made.parquet"
        duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()

    TEXT = "SELECT 'c1' AS call_id, 'S' AS campaign, '07700900123' AS dialled_number, 'busy' AS outcome"

    @pytest.mark.parametrize(
        "time",
        [
            "'2026-10-05T09:30:00.250+01:00'",
            "TIMESTAMPTZ '2026-10-05 09:30:00.250+01:00'",
            "1791189000250::BIGINT",
        ],
    )
    def test_its_times_may_be_text_instants_or_numbers(self, tmp_path, time):
        (call,) = calls_of(self.parquet(tmp_path, f"{self.TEXT}, {time} AS dialled_at"))
        assert (call["dialled_ms"], call["precision_ms"]) == (1791189000250, 1)
        assert call["dialled_number"] == "+447700900123"

    def test_its_local_times_are_on_the_clock_of_the_given_zone(self, tmp_path):
        export = self.parquet(tmp_path, f"{self.TEXT}, TIMESTAMP '2026-10-05 09:30:00.250' AS dialled_at")
        (call,) = calls_of(export, zone="Europe/London")
        assert call["dialled_ms"] == 1791189000250
        with a_store() as store:
            assert store.load(export).rejected == 1

    def test_its_typed_columns_are_read(self, tmp_path):
        typed = (
            "SELECT 17::BIGINT AS call_id, 'S' AS campaign, 447700900123::BIGINT AS dialled_number, "
            "'busy' AS outcome, 1791189000250::BIGINT AS dialled_ms, true AS operator_reserved, "
            "NULL::INTEGER AS ring_ms, 1000::SMALLINT AS precision_ms"
        )
        (call,) = calls_of(self.parquet(tmp_path, typed))
        assert (call["call_id"], call["dialled_number"]) == ("17", "+447700900123")
        assert (call["operator_reserved"], call["ring_ms"], call["precision_ms"]) == (True, None, 1000)

    def test_a_row_it_cannot_take_is_named_by_its_number(self, tmp_path):
        rows = f"{self.TEXT}, 1791189000250 AS dialled_ms UNION ALL {self.TEXT}, NULL"
        with a_store() as store:
            load = store.load(self.parquet(tmp_path, rows))
            assert (load.accepted, load.rejected) == (1, 1)
            (reject,) = store.rejects()
            assert (reject.line, reject.byte_offset, reject.reason) == (2, None, "dialled_at is empty")
            assert b'"call_id":"c1"' in reject.raw

    def test_what_it_lacks_is_named_with_what_is_near_and_what_nobody_knows_is_noted(self, tmp_path):
        with a_store() as store:
            lacking = self.parquet(tmp_path, f"{self.TEXT}, 1 AS dialed_at")
            with pytest.raises(AuditorError, match=r"^calls: .*'dialled_at' \(it has 'dialed_at'\)"):
                store.load(lacking, "calls")
            more = self.parquet(tmp_path, f"{self.TEXT}, 1791189000250 AS dialled_at, 3 AS wrap_up")
            assert any("wrap_up" in note for note in store.load(more).notes)

    def test_a_cut_one_is_refused(self, tmp_path):
        whole = self.parquet(tmp_path, f"{self.TEXT}, 1791189000250 AS dialled_at")
        with a_store() as store, pytest.raises(AuditorError, match="no whole Parquet file"):
            store.load(whole[:-20])
