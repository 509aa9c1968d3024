"""All rules over five million calls, beside one bare grouped scan of the same table (`make bench`).

The bare scan groups the calls by local day, partner, call centre and campaign and counts them; the
audit's scan tallies every condition of every rule in the same pass. Both run in one process in turn.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.audit.scan import scan
from auditor.calls.record import QUERYABLE
from auditor.period import parse_period
from auditor.rulebook.packs import pack_named
from auditor.store.store import open_store, store_path
from auditor.zones import bounds_ms, local_day_sql, zone_named

CALLS = 5_000_000
PERIOD = parse_period("2026-10")
RUNS = 7
MADE_UP = """
INSERT INTO calls (call_key, load_id, source_row, call_id, partner, call_centre, campaign, dial_mode,
    dialled_number, dialled_ms, answered_ms, ended_ms, message, amd, outcome, precision_ms)
SELECT md5(i::VARCHAR)::UUID, 1, i, i::VARCHAR,
    'p' || (i % 3), 'centre ' || (i % 5), 'campaign ' || (i % 20),
    'auto', '+447700900' || lpad((i % 1000)::VARCHAR, 3, '0'), d, d + 10000,
    d + 10000 + CAST(hash(i) % 9000 AS BIGINT),
    CASE hash(i) % 3 WHEN 0 THEN 'played' WHEN 1 THEN 'none' ELSE 'unknown' END,
    CASE hash(i) % 4 WHEN 0 THEN 'human' END,
    list_value('not_answered', 'not_answered', 'not_answered', 'live_to_agent', 'machine_by_agent',
        'dropped_by_dialler', 'callee_hung_up_waiting', 'machine_by_amd'
    )[CAST(1 + hash(i + 1) % 8 AS BIGINT)],
    CASE hash(i) % 2 WHEN 0 THEN 1 ELSE 1000 END
FROM (SELECT i, $first + ((i * 7919) % ($end - $first)) AS d FROM range($calls) t(i))
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
        connection.execute(MADE_UP, {"first": first, "end": end, "calls": CALLS})
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
