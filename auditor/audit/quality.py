"""What the audit could not test, and how good the data are that it could."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from auditor.audit.conditions import longest_look_back
from auditor.audit.inputs import Inputs
from auditor.audit.scan import Cell
from auditor.audit.selection import Selection
from auditor.period import Period, in_words
from auditor.rulebook.model import Rule
from auditor.rulebook.pack import Pack
from auditor.settings import Attestation
from auditor.sources.catalogue import formats
from auditor.store.horizon import horizon
from auditor.zones import bounds_ms, zone_named


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not tested, and why; `rule` (pack/rule): which saw but part of what it judges."""

    what: str
    why: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """A figure about the data, and what it means for the verdicts."""

    what: str
    figure: str
    why: str


def gaps(
    connection: duckdb.DuckDBPyConnection,
    packs: tuple[Pack, ...],
    cells: list[Cell],
    inputs: Inputs,
    selection: Selection,
    void: Iterable[Attestation],
    missing: Iterable[str],
    period: Period,
) -> Iterator[Gap]:
    """What was not tested, of the selected calls and loads; `missing` are partners without a call."""
    loads = inputs.loads
    for partner in missing:
        yield Gap(
            f"every call of partner {partner}",
            "no call of the period is in the store: nothing was judged; make sure that no export is missing",
        )
    ids = [load.load_id for load in loads]
    files = {load.load_id: load.file for load in loads}
    rejects = connection.execute(
        "SELECT load_id, reason, count(*) FROM rejects WHERE list_contains(?::INTEGER[], load_id) "
        "GROUP BY ALL ORDER BY ALL",
        [[load_id for load_id in ids if load_id not in inputs.shared]],
    ).fetchall()
    for load in loads:
        if load.load_id in inputs.shared:
            yield Gap(
                f"records of {load.file} that were rejected, if any",
                "the file holds other partners' calls too, and whose a rejected record was cannot be told",
            )
    for load_id, reason, count in rejects:
        yield Gap(f"{count:,} records of {files[load_id]}", f"rejected when it was loaded: {reason}")
    for load in loads:
        for suspicion in load.suspicions:
            yield Gap(f"calls that may be missing from {load.file}", suspicion)
    for load_id, code, count in _unknown_codes(connection, ids, inputs.shared, selection):
        yield Gap(
            f"what became of {_calls(count)} with the code '{code}' in {files[load_id]}",
            "no code table knows this code, so whether a person answered is taken as unknown; "
            "say what it means under codes in auditor.toml",
        )
    unnamed = sum(cell.calls for cell in cells if cell.call_centre is None)
    if unnamed:
        yield Gap(
            f"the call centre of {_calls(unnamed)}",
            "neither the export nor the workspace names it, so they are judged by campaign only",
        )
    unnamed = sum(cell.calls for cell in cells if cell.campaign is None)
    if unnamed:
        yield Gap(
            f"the campaign of {_calls(unnamed)}",
            "neither the export nor the workspace names it; they are judged together as one campaign",
        )
    for attestation in void:
        yield Gap(
            f"what the attestation of {attestation.signed_by} says ({attestation.says}, "
            f"{attestation.from_} to {attestation.to})",
            "a record of the calls it speaks of says the opposite, so it is void where that record counts",
        )
    for format_id in sorted({load.format for load in loads} & formats().keys()):
        fmt = formats()[format_id]
        if fmt.cannot_prove:
            yield Gap(f"what exports in the format {fmt.id} cannot show", "; ".join(fmt.cannot_prove))
    for pack in packs:
        for rule in pack.rules:
            why = _unseen_before(connection, pack, rule, period)
            if why is not None:
                what = f"{rule.title}: calls that repeat one made before {in_words(period.first)}"
                yield Gap(what, why, f"{pack.id}/{rule.id}")
            for blind in rule.blind:
                count = sum(cell.tallies[pack.id, rule.id, blind.tally] for cell in cells)
                if count:
                    yield Gap(f"{blind.what} ({_calls(count)})", blind.why)
        for left_out in pack.about.coverage.not_modelled:
            yield Gap(f"{pack.about.regulator}: {left_out}", "not in this rulebook yet")


def _unseen_before(
    connection: duckdb.DuckDBPyConnection, pack: Pack, rule: Rule, period: Period
) -> str | None:
    """Why a rule that looks back beyond the period cannot see there; None: it can, or need not."""
    first_ms, _ = bounds_ms(period, zone_named(pack.about.time_zone))
    back_ms = longest_look_back(rule)
    gone = horizon(connection)
    if back_ms > 0 and gone is not None and gone.before_ms > first_ms - back_ms:
        return f"calls dialled before {in_words(gone.day)} were purged: what repeats one of them is not seen"
    found = connection.execute(
        "SELECT 1 FROM calls WHERE dialled_ms >= ? AND dialled_ms < ? LIMIT 1", [first_ms - back_ms, first_ms]
    ).fetchone()
    if back_ms > 0 and found is None:
        return (
            "the store holds no call of the days just before: load their exports as well, or what is said of "
            "the first days is said in part"
        )
    return None


def _unknown_codes(
    connection: duckdb.DuckDBPyConnection, ids: list[int], shared: frozenset[int], selection: Selection
) -> list[tuple[int, str, int]]:
    """(load, code, calls) of the codes no table knows; of a shared load, those of the partner's own calls."""
    codes = connection.execute(
        "SELECT load_id, code, calls FROM unknown_codes WHERE list_contains(?::INTEGER[], load_id) "
        "ORDER BY ALL",
        [ids],
    ).fetchall()
    if not shared:
        return codes
    rows = connection.execute(
        "SELECT load_id, disposition, count(*) FROM calls "
        "WHERE list_contains(?::INTEGER[], load_id) AND partner = ? GROUP BY ALL",
        [sorted(shared), selection.partner],
    ).fetchall()
    own = {(load_id, code): calls for load_id, code, calls in rows}
    seen = (
        (load_id, code, own.get((load_id, code), 0) if load_id in shared else calls)
        for load_id, code, calls in codes
    )
    return [each for each in seen if each[2]]


def qualities(
    connection: duckdb.DuckDBPyConnection,
    cells: list[Cell],
    inputs: Inputs,
    period: Period,
    selection: Selection,
    bounds: tuple[int, int],
) -> Iterator[Quality]:
    """Figures about the selected data."""
    row = connection.execute(
        "SELECT count(*) FILTER (outcome = 'answered_unknown'), count(*) FILTER (outcome = 'excluded'), "
        "count(*) FILTER (dial_mode IN ('manual', 'preview')), count(*) FILTER (precision_ms >= 1000), "
        "count(*) FILTER (dial_mode IS NULL AND outcome <> 'excluded'), count(*) FROM calls "
        "WHERE dialled_ms >= ? AND dialled_ms < ? "
        "AND (?::VARCHAR IS NULL OR partner = ?) AND (?::VARCHAR IS NULL OR campaign = ?)",
        [*bounds, selection.partner, selection.partner, selection.campaign, selection.campaign],
    ).fetchone()
    assert row is not None
    unknown, excluded, by_hand, coarse, mode_unknown, total = row
    every = f"of {_calls(total)}"
    yield Quality(
        "Answered calls of unknown outcome", f"{unknown:,} {every}",
        "the export cannot say who answered or what followed: counted as doubtful",
    )  # fmt: skip
    yield Quality(
        "Calls timed to a whole second or coarser", f"{coarse:,} {every}",
        "where a rule turns on two seconds, such a call may be doubtful",
    )  # fmt: skip
    yield Quality(
        "Calls of unknown dialling mode", f"{mode_unknown:,} {every}",
        "counted as dialled automatically",
    )  # fmt: skip
    yield Quality(
        "Calls dialled by hand or after a preview", f"{by_hand:,} {every}",
        "left out of the abandoned call rate: an operator was there by nature",
    )  # fmt: skip
    yield Quality(
        "Calls left out by their result", f"{excluded:,} {every}",
        "tests, calls that came in, and what the workspace's codes say is none of the dialler's calls",
    )  # fmt: skip
    changed = connection.execute(
        "SELECT count(*) FROM conflicts WHERE list_contains(?::INTEGER[], load_id) AND "
        "(?::VARCHAR IS NULL OR call_key IN (SELECT call_key FROM calls WHERE partner = ?))",
        [[load.load_id for load in inputs.loads], selection.partner, selection.partner],
    ).fetchone()
    assert changed is not None
    yield Quality(
        "Calls exported again with other content", f"{changed[0]:,}",
        "the latest version is judged; a result changed after the fact should be explained",
    )  # fmt: skip
    days = Counter(cell.day for cell in cells)
    all_days = sum(1 for _ in period.days())
    yield Quality(
        "Days with no call", f"{all_days - len(days)} of {all_days} days",
        "nothing was judged on them; make sure that no export is missing",
    )  # fmt: skip


def _calls(number: int) -> str:
    """`1 call`, `2,000 calls`."""
    return f"{number:,} {'call' if number == 1 else 'calls'}"
