"""All rules over five million calls, beside one bare grouped scan of the same table (`make bench`).

The bare scan groups the calls by local day, client, partner, call centre and campaign and counts them;
the audit's scan tallies every condition of every rule, and looks for repeat calls. Both run in one
process in turn, on two threads.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.audit.scan import scan
from auditor.calls.record import QUERYABLE, VOCABULARY
from auditor.period import parse_period
from auditor.rulebook.packs import pack_named
from auditor.store.store import open_store, store_path
from auditor.zones import bounds_ms, local_day_sql, zone_named

CALLS = 5_000_000
#: Three partners, of which one exports to the millisecond and two detect machines in half their campaigns.
LOADS = 3
#: Different numbers: each is dialled four times in the month or so.
NUMBERS = 1_200_000
PERIOD = parse_period("2026-10")
RUNS = 7
#: One partner's calls, as a load keeps them: alike in what its dialler can say, by outcome and then time.
MADE_UP = """
INSERT INTO calls (call_key, load_id, source_row, number_key, presented_key, call_id, partner, call_centre,
    campaign, dial_mode, dialled_number, presented_number, dialled_ms, answered_ms, ended_ms, message,
    message_ms, ring_ms, ended_by, amd, operator_reserved, outcome, precision_ms)
SELECT md5_number(i::VARCHAR || '/' || $load), $load, i, number,
    441134960120 + campaign, i::VARCHAR, 'partner ' || $load,
    'centre ' || $load, 'campaign ' || campaign, CASE WHEN chance % 50 = 0 THEN 'manual' ELSE 'auto' END,
    '+' || number, '+44113496012' || campaign, dialled,
    CASE WHEN outcome NOT IN ('not_answered', 'busy', 'invalid_number') THEN dialled + 12000 END,
    dialled + 12000 + CAST(chance % 90000 AS BIGINT),
    CASE WHEN outcome = 'dropped_by_dialler' AND $fine THEN 'played' ELSE 'unknown' END,
    CASE WHEN outcome = 'dropped_by_dialler' AND $fine THEN dialled + 13900 END,
    CASE outcome WHEN 'not_answered' THEN 20000 + CAST(chance % 14000 AS BIGINT) WHEN 'busy' THEN 1500
        WHEN 'invalid_number' THEN 900 ELSE 4000 + CAST(chance % 20000 AS BIGINT) END,
    CASE WHEN $fine THEN 'dialler' END,
    CASE WHEN outcome = 'machine_by_amd' THEN 'machine'
        WHEN $fine AND detected AND outcome = 'live_to_agent' THEN 'human' END,
    CASE WHEN $fine THEN chance % 50 = 0 END, outcome, CASE WHEN $fine THEN 1 ELSE 1000 END
FROM (
    SELECT *,
        CASE WHEN draw < 560 THEN 'not_answered' WHEN draw < 620 THEN 'busy'
            WHEN draw < 665 THEN 'invalid_number'
            WHEN draw < 745 AND detected THEN 'machine_by_amd' WHEN draw < 780 THEN 'machine_by_agent'
            WHEN draw < 785 THEN 'dropped_by_dialler' WHEN draw < 790 THEN 'callee_hung_up_waiting'
            ELSE 'live_to_agent' END AS outcome
    FROM (
        SELECT i, hash(i) AS chance, hash(i + 5) % 1000 AS draw, hash(i + 99) % 7 AS campaign,
            hash(i + 99) % 7 % 2 = 0 AND $detects AS detected,
            447000000000 + CAST(hash(i * 7 + $load * 99991) % $numbers AS BIGINT) * 1901 + $load AS number,
            $first + i * ($end - $first) // $calls AS dialled
        FROM range($calls) AS each(i)
    )
)
ORDER BY list_position($outcomes, outcome), dialled
"""


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print the ratio."""
    pack = pack_named("uk-ofcom", QUERYABLE)
    zone = zone_named(pack.about.time_zone)
    first, end = bounds_ms(PERIOD, zone)
    bare = (
        f"SELECT {local_day_sql(PERIOD, zone)}, client, partner, call_centre, campaign, COUNT(*) "
        f"FROM calls WHERE dialled_ms >= {first} AND dialled_ms < {end} GROUP BY ALL ORDER BY ALL"
    )
    with (
        TemporaryDirectory() as folder,
        open_store(store_path(Path(folder)), write=True) as connection,
    ):
        for load in range(LOADS):
            facts = {
                "load": load,
                "calls": CALLS // LOADS,
                "numbers": NUMBERS // LOADS,
                "first": first,
                "end": end,
            }
            connection.execute(
                MADE_UP,
                facts | {"fine": load == 0, "detects": load < 2, "outcomes": list(VOCABULARY["outcome"])},
            )
        connection.execute("CHECKPOINT")
        connection.execute("SET threads = 2")
        pairs = [
            (
                seconds(lambda: connection.execute(bare).fetchall()),
                seconds(lambda: scan(connection, [pack], PERIOD, None)),
            )
            for _ in range(RUNS + 1)
        ][1:]
    rules = ", ".join(rule.id for rule in pack.rules)
    print(f"{CALLS:,} calls, {rules}; medians of {RUNS} runs in turn")
    print(f"bare grouped scan   {statistics.median(b for b, _ in pairs):7.3f} s")
    print(f"all rules, one scan {statistics.median(a for _, a in pairs):7.3f} s")
    print(f"ratio               {statistics.median(a / b for b, a in pairs):7.2f}")


if __name__ == "__main__":
    main()
