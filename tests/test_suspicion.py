"""What looks as if calls were missing from an export is told when it is loaded."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from loading import a_store
from test_canonical import CALL, export
from test_vicidial import SALE, STANDARD, report


def days(counts: dict[date, int]) -> str:
    """An export with so many calls on each of these days."""
    return export(
        *(
            CALL | {"call_id": f"{day}-{n}", "dialled_at": f"{day}T10:{n // 60:02}:{n % 60:02}+00:00"}
            for day, count in counts.items()
            for n in range(count)
        )
    )


def told(text: str, part: str, **how: object) -> list[str]:
    with a_store() as store:
        return [sign for sign in store.load(text, **how).suspicions if part in sign]


MONDAY = date(2026, 9, 7)
WEEKDAYS = [MONDAY + timedelta(n) for n in range(12) if n % 7 < 5]


class TestThinDays:
    def test_a_day_with_a_fifth_of_the_usual_calls_is_enough_and_with_less_is_not(self):
        usual = dict.fromkeys(WEEKDAYS, 60)
        assert told(days(usual | {WEEKDAYS[3]: 12}), "suspiciously few") == []
        (note,) = told(days(usual | {WEEKDAYS[3]: 11}), "suspiciously few")
        assert f"{WEEKDAYS[3]} (11, where 60 are usual)" in note

    def test_a_weekday_without_any_call_is_one(self):
        usual = dict.fromkeys(WEEKDAYS, 60)
        del usual[WEEKDAYS[6]]
        (note,) = told(days(usual), "suspiciously few")
        assert f"{WEEKDAYS[6]} (0, where 60 are usual)" in note

    def test_weekends_are_held_against_weekends(self):
        saturdays = [MONDAY + timedelta(5 + 7 * n) for n in range(2)]
        assert told(days(dict.fromkeys(WEEKDAYS, 60) | dict.fromkeys(saturdays, 3)), "suspiciously few") == []

    def test_a_few_calls_a_day_tell_nothing(self):
        assert told(days(dict.fromkeys(WEEKDAYS, 40) | {WEEKDAYS[3]: 1}), "suspiciously few") == []

    def test_the_day_is_that_of_the_clock_it_was_dialled_on(self):
        # Late in the evening in New York it is the next day in London.
        text = days(dict.fromkeys(WEEKDAYS, 60) | {WEEKDAYS[3]: 5}).replace("T10:", "T23:")
        (note,) = told(text.replace("+00:00", "-04:00"), "suspiciously few", zone="America/New_York")
        assert f"{WEEKDAYS[3]} (5, where 60 are usual)" in note


class TestTruncation:
    def test_a_last_record_that_is_cut_off_is_told(self):
        whole = export(*(CALL | {"call_id": str(n)} for n in range(30)))
        assert told(whole, "cut off") == []
        assert told(whole.rstrip("\n"), "cut off") == []
        (note,) = told(whole[: whole.rindex("2026")], "cut off")
        assert "last record is not whole" in note

    @pytest.mark.parametrize(("rows", "suspicious"), [(99_999, False), (100_000, True), (100_001, False)])
    def test_exactly_as_many_records_as_the_report_stops_at(self, rows, suspicious):
        header, row = report(STANDARD, SALE).splitlines(keepends=True)
        text = header + "".join(row.replace("\t77\t", f"\t{n}\t") for n in range(rows))
        assert bool(told(text, f"exactly {rows:,} records")) is suspicious

    def test_as_many_as_a_spreadsheet_has_rows(self):
        row = ",".join(CALL.values())
        text = ",".join(CALL) + "\n" + "".join(f"{row}\n".replace("c1", str(n), 1) for n in range(65_535))
        assert told(text, "a spreadsheet stops")
