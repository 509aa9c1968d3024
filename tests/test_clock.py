"""On which clock a file's times are, in which order it writes dates, and what its epochs prove of both."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from loading import a_store, calls_of, ms
from test_asterisk import CDR_CSV, SIX, TABLE, UNANSWERED, master, table
from test_canonical import CALL, export

from auditor.errors import AuditorError

UNIQUE = [*CDR_CSV, "uniqueid"]
HOUR = 3_600_000


def cdr(at: str, zone: str, *, written: str = "%Y-%m-%d %H:%M:%S", **changes: str) -> dict[str, str]:
    """A call dialled at an instant, on the clock of a zone; its unique id has the epoch."""
    instant = datetime.fromisoformat(at)
    local = instant.astimezone(ZoneInfo(zone)).strftime(written)
    return UNANSWERED | {
        "start": local, "calldate": local, "end": "", "uniqueid": f"{int(instant.timestamp())}.7",
    } | changes  # fmt: skip


def dialled(text: str, **how: object) -> list[int]:
    return [call["dialled_ms"] for call in calls_of(text, **how)]


def refusal(text: str, **how: object) -> str:
    with a_store() as store, pytest.raises(AuditorError) as caught:
        store.load(text, **how)
    assert store.calls() == []
    return str(caught.value)


class TestEpochs:
    INSTANT = "2026-10-05T09:00:00+00:00"

    @pytest.mark.parametrize(
        "zone", ["UTC", "Europe/London", "Asia/Kolkata", "America/New_York", "Asia/Kathmandu"]
    )
    def test_an_epoch_proves_the_clock_whatever_it_is(self, zone):
        assert dialled(master(UNIQUE, cdr(self.INSTANT, zone))) == [ms(self.INSTANT)]

    def test_a_zone_that_contradicts_the_epochs_is_refused_with_the_offset_they_prove(self):
        sentence = refusal(master(UNIQUE, cdr(self.INSTANT, "Asia/Kolkata")), zone="Europe/London")
        assert "not those of Europe/London" in sentence
        assert "UTC+05:30" in sentence

    def test_a_zone_that_agrees_is_taken(self):
        for zone in ("Asia/Kolkata", "Asia/Colombo"):
            assert dialled(master(UNIQUE, cdr(self.INSTANT, "Asia/Kolkata")), zone=zone) == [ms(self.INSTANT)]

    def test_a_server_whose_clock_was_set_to_another_zone_midway_is_followed(self):
        before = [cdr(f"2026-10-05T09:{n:02}:00+00:00", "UTC") for n in range(30)]
        after = [cdr(f"2026-10-06T09:{n:02}:00+00:00", "Asia/Kolkata") for n in range(30)]
        found = dialled(master(UNIQUE, *before, *after))
        assert found == [1000 * int(c["uniqueid"].partition(".")[0]) for c in (*before, *after)]

    def test_a_record_of_another_clock_than_the_file_is_rejected(self):
        good = [cdr(f"2026-10-05T{9 + n // 60:02}:{n % 60:02}:00+00:00", "UTC") for n in range(300)]
        with a_store() as store:
            load = store.load(master(UNIQUE, *good, cdr(self.INSTANT, "Asia/Kolkata", dst="07700900999")))
            assert (load.accepted, load.rejected) == (300, 1)
            assert "own epoch says another time" in store.rejects()[0].reason

    def test_a_leg_that_began_long_after_its_channel_is_no_evidence(self):
        late = cdr(self.INSTANT, "Europe/London") | {"start": "2026-10-05 10:07:13"}
        assert dialled(master(UNIQUE, late), zone="Europe/London") == [ms("2026-10-05T10:07:13+01:00")]

    def test_a_record_without_an_epoch_is_on_the_clock_of_the_others(self):
        silent = cdr("2026-10-05T10:00:00+00:00", "Asia/Kolkata", uniqueid="", dst="07700900124")
        proven = [cdr(self.INSTANT, "Asia/Kolkata")]
        assert dialled(master(UNIQUE, *proven, silent))[1] == ms("2026-10-05T10:00:00+00:00")

    def test_the_load_says_what_the_epochs_prove(self):
        with a_store() as store:
            load = store.load(master(UNIQUE, cdr(self.INSTANT, "Asia/Kolkata")))
            assert any("UTC+05:30" in note for note in load.notes)
            assert load.settings["offsets_ms"] == [5.5 * HOUR]


class TestChangeOfTheClocks:
    """In London the hour from 01:00 comes twice on 25 October 2026 and never on 29 March."""

    @pytest.mark.parametrize("at", ["2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"])
    def test_an_epoch_tells_the_first_of_two_hours_from_the_second(self, at):
        around = [cdr(f"2026-10-24T09:{n:02}:00+00:00", "Europe/London") for n in range(20)]
        calls = calls_of(master(UNIQUE, *around, cdr(at, "Europe/London")), zone="Europe/London")
        assert calls[-1]["dialled_ms"] == ms(at)
        assert calls[-1]["precision_ms"] == 1000

    @pytest.mark.parametrize(
        ("local", "precision"),
        [
            ("2026-10-25 00:59:59", 1000),
            ("2026-10-25 01:00:00", HOUR),
            ("2026-10-25 01:59:59", HOUR),
            ("2026-10-25 02:00:00", 1000),
            ("2026-03-29 00:59:59", 1000),
            ("2026-03-29 01:00:00", HOUR),
            ("2026-03-29 01:59:59", HOUR),
            ("2026-03-29 02:00:00", 1000),
        ],
    )
    def test_without_one_a_time_is_good_to_an_hour(self, local, precision):
        (call,) = calls_of(table(SIX, {"calldate": local}), zone="Europe/London")
        assert call["precision_ms"] == precision

    def test_nor_is_a_canonical_time_that_has_no_offset(self):
        (call,) = calls_of(export(CALL | {"dialled_at": "2026-10-25T01:30:00"}), zone="Europe/London")
        assert call["precision_ms"] == HOUR
        (call,) = calls_of(export(CALL | {"dialled_at": "2026-10-25T01:30:00+01:00"}), zone="Europe/London")
        assert call["precision_ms"] == 1000

    def test_a_zone_whose_clocks_never_change_has_no_such_hour(self):
        (call,) = calls_of(table(SIX, {"calldate": "2026-10-25 01:30:00"}), zone="Asia/Kolkata")
        assert call["precision_ms"] == 1000

    def test_the_hour_that_comes_twice_proves_no_zone_wrong(self):
        times = [f"2026-10-25T00:{n:02}:00+00:00" for n in range(30, 60)] + ["2026-10-25T01:30:00+00:00"]
        text = master(
            UNIQUE, *(cdr(at, "Europe/London") for at in times), cdr("2026-10-26T09:00:00+00:00", "UTC")
        )
        assert dialled(text, zone="Europe/London") == [ms(at) for at in (*times, "2026-10-26T09:00:00+00:00")]


class TestZones:
    @pytest.mark.parametrize(
        "zone",
        ["America/Vancouver", "Africa/Casablanca", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu"],
    )
    def test_a_time_is_the_same_instant_whatever_else_is_in_its_file(self, zone):
        """Two sets of time zone data may disagree on what governments decided lately."""
        at = [f"2026-{month:02}-{day:02} 12:00:00" for month in range(1, 13) for day in (1, 15, 28)]
        alone = [dialled(table(SIX, UNANSWERED | {"calldate": a}), zone=zone)[0] for a in at[::5]]
        others = [UNANSWERED | {"calldate": a} for a in at]
        assert dialled(table(SIX, *others), zone=zone)[::5] == alone


class TestOrderOfDates:
    def test_the_epoch_tells_the_day_from_the_month(self):
        first = cdr("2017-09-01T16:33:01+00:00", "UTC", written="1/9/%Y %H:%M:%S")
        assert dialled(table(TABLE, first)) == [ms("2017-09-01T16:33:01+00:00")]
        second = cdr("2017-01-09T16:33:01+00:00", "UTC", written="1/9/%Y %H:%M:%S")
        assert dialled(table(TABLE, second)) == [ms("2017-01-09T16:33:01+00:00")]

    @pytest.mark.parametrize(("order", "at"), [("dmy", "2017-09-01"), ("mdy", "2017-01-09")])
    def test_without_one_a_day_beyond_the_twelfth_does(self, order, at):
        telling = {"dmy": "25/9/2017 10:00:00", "mdy": "9/25/2017 10:00:00"}[order]
        dates = ({"calldate": text} for text in ("1/9/2017 16:33:01", telling))
        assert dialled(table(SIX, *dates), zone="UTC")[0] == ms(f"{at}T16:33:01+00:00")

    def test_where_nothing_tells_the_user_is_asked(self):
        text = table(SIX, {"calldate": "1/9/2017 16:33:01"})
        assert "--dates" in refusal(text)
        assert dialled(text, zone="UTC", dates="dmy") == [ms("2017-09-01T16:33:01+00:00")]
        assert dialled(text, zone="UTC", dates="mdy") == [ms("2017-01-09T16:33:01+00:00")]

    def test_what_the_user_says_against_the_epochs_is_refused(self):
        first = cdr("2017-09-01T16:33:01+00:00", "UTC", written="1/9/%Y %H:%M:%S")
        assert "dmy" in refusal(table(TABLE, first), dates="mdy")

    def test_a_spreadsheet_that_lost_the_seconds_is_good_to_a_minute(self):
        (call,) = calls_of(table(SIX, {"calldate": "2020/2/10 22:41"}), zone="UTC")
        assert call["dialled_ms"] == ms("2020-02-10T22:41:00+00:00")
        assert call["precision_ms"] == 60_000

    @pytest.mark.parametrize("written", ["2/10/2020 10:41 PM", "2/13/2020 10:41:05 PM"])
    def test_american_afternoons(self, written):
        dates = (
            {"calldate": text, "dst": f"0770090012{n}"}
            for n, text in enumerate((written, "2/25/2020 9:00 AM"))
        )
        (first, second) = calls_of(table(SIX, *dates), zone="UTC")
        assert datetime.fromtimestamp(first["dialled_ms"] / 1000, UTC).hour == 22
        assert datetime.fromtimestamp(second["dialled_ms"] / 1000, UTC).hour == 9
