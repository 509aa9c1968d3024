"""Real call records, as they were published; skipped where the folder of samples is not there.

The figures are those of the samples' own description, or counted by hand with grep and cut.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from loading import Store, a_store, ms

from auditor.errors import AuditorError

SAMPLES = Path(__file__).parent.parent.parent / "shared" / "samples"
PBXWARE = SAMPLES / "srinimonster+voipreports1"
MASTER = SAMPLES / "mineevburyat+dj-asterisk-cdr" / "Master.csv"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


@pytest.fixture
def store():
    with a_store() as made:
        yield made


def since_their_ids(store: Store) -> list[int]:
    """Seconds from the making of each call's channel, which its unique id names, to its dialling."""
    made = [int(call["call_id"].partition(".")[0].rpartition("-")[2]) for call in store.calls()]
    return [call["dialled_ms"] // 1000 - at for call, at in zip(store.calls(), made, strict=True)]


def test_a_pbxware_export_loses_no_leg_to_its_broken_quotes(store):
    load = store.load((PBXWARE / "cdr.csv").read_bytes(), country="US", zone="America/New_York")
    assert (load.format, load.layout) == ("asterisk", "table")
    assert (load.read, load.rejected) == (1000, 0)
    # 636 linked ids, counted with rsplit; two of them called two public numbers.
    assert (load.accepted, load.duplicate) == (638, 362)


def test_its_zone_is_five_hours_behind_utc(store):
    # The unique id is the epoch second in which the channel was made (diallers.md, section 16).
    store.load((PBXWARE / "cdr.csv").read_bytes(), country="US", zone="America/New_York")
    assert store.calls()[0]["dialled_ms"] == ms("2018-11-29T20:19:34-05:00") == 1543540774_000
    # A channel is made with its first leg, and none begins before.
    assert min(since_their_ids(store)) == 0


def test_its_answers_are_those_that_were_billed(store):
    text = (PBXWARE / "cdr.csv").read_text("utf-8")
    store.load(text, country="US", zone="America/New_York")
    # The word stands between commas in the column of the disposition and in no other; the linked id is the
    # seventh column from the right, and of two calls of one id both may be answered.
    answered = {line.rsplit(",", 7)[1] for line in text.splitlines() if ",ANSWERED," in line}
    calls = [call for call in store.calls() if call["answered_ms"] is not None]
    assert {call["call_id"] for call in calls} == answered


def test_the_small_export_is_the_same_layout(store):
    load = store.load((PBXWARE / "cdr_tmp.csv").read_bytes(), country="US", zone="America/New_York")
    assert (load.layout, load.read, load.accepted) == ("table", 7, 7)


def test_an_asterisk_log_is_read_though_bytes_of_it_are_no_utf8(store):
    load = store.load(MASTER.read_bytes(), zone="UTC")
    assert (load.format, load.layout) == ("asterisk", "cdr_csv")
    assert (load.read, load.accepted, load.duplicate) == (84, 36, 48)  # 36 linked ids
    assert any("16 bytes are not UTF-8" in note for note in load.notes)


def test_its_unique_ids_agree_with_its_clock_before_and_after_they_gain_a_name(store):
    store.load(MASTER.read_bytes(), zone="UTC")
    named = ["-" in call["call_id"].partition(".")[0] for call in store.calls()]
    assert 0 < sum(named) < len(named)
    assert min(since_their_ids(store)) == 0


@pytest.mark.parametrize(
    "name",
    [
        "cdr-stats+cdr-stats/CDRImport-2015-10-26.csv",
        "cdr-stats+cdr-stats/import_cdr.txt",
        "cdr-stats+cdr-stats/import_cdr_100.txt",
    ],
)
def test_what_is_in_no_format_of_ours_is_refused_and_never_guessed_at(store, name):
    with pytest.raises(AuditorError, match="in no format that is known"):
        store.load((SAMPLES / name).read_bytes())


def test_a_freeswitch_log_has_two_whole_calls_of_four_and_says_why(store):
    load = store.load((SAMPLES / "cgrates+cgrates" / "freeswitch_json_cdrs.jsonl").read_bytes())
    assert (load.format, load.read, load.accepted, load.rejected) == ("freeswitch-json", 4, 2, 2)
    assert ["start_epoch is missing" in reject.reason for reject in store.rejects()] == [True, False]
    assert [call["outcome"] for call in store.calls()] == ["live_to_agent", "live_to_agent"]


def test_genesys_conversations_that_were_never_dialled_are_excluded_and_none_is_dropped(store):
    path = SAMPLES / "MyPureCloud+developer-tools" / "conversation_details_query_result.json"
    load = store.load(path.read_bytes())
    assert (load.format, load.read, load.accepted, load.rejected) == ("genesys-cloud", 25, 25, 0)
    calls = store.calls()
    assert {call["outcome"] for call in calls} == {"excluded"}
    assert sum(call["disposition"] == "ININ-OUTBOUND-PREVIEW-SKIPPED" for call in calls) == 19


def test_a_queue_log_alone_is_told_what_it_adds_to(store):
    with pytest.raises(AuditorError, match="only adds facts to calls: load it together with"):
        store.load((PBXWARE / "queue_log.csv").read_bytes())


def test_with_its_queue_log_an_export_knows_who_was_connected(store):
    files = {name: (PBXWARE / name).read_text("utf-8") for name in ("cdr.csv", "queue_log.csv")}
    store.load_together(files, country="US", zone="America/New_York")
    taken = {call["call_id"] for call in store.calls() if call["outcome"] == "live_to_agent"}
    # CONNECT lines of the log whose call has a record in the export, counted with grep and sort -u.
    assert len(taken) == 17
