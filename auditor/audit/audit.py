"""The audit of a period: the law in force on each day, applied to the calls of that day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from auditor.audit.conditions import looks_at_digits
from auditor.audit.house import House, house_limit, reading_of
from auditor.audit.inputs import Inputs, inputs_of
from auditor.audit.quality import Gap, Quality, gaps, qualities
from auditor.audit.result import Result
from auditor.audit.rules import judge_rule
from auditor.audit.rules_in_use import check_rules_named, chosen_packs
from auditor.audit.samples import sampled
from auditor.audit.scan import Cell, scan
from auditor.audit.selection import Selection
from auditor.audit.trend import MONTHS, Month, month_of
from auditor.audit.units import Given
from auditor.audit.waiving import Used, note_on, used, waived
from auditor.errors import AuditorError
from auditor.period import Period, in_words, months_until
from auditor.rulebook.pack import Pack
from auditor.settings import Config
from auditor.store import ledger
from auditor.store.horizon import horizon
from auditor.store.pseudonyms import key_id
from auditor.workspace import Workspace
from auditor.zones import bounds_ms, zone_named


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything an audit found; `results` in the contract's order."""

    workspace: Workspace
    period: Period
    selection: Selection
    packs: tuple[Pack, ...]
    results: tuple[Result, ...]
    gaps: tuple[Gap, ...]
    qualities: tuple[Quality, ...]
    inputs: Inputs
    audited: int
    partners: tuple[str, ...]
    house_limits: tuple[tuple[str, House], ...]
    trend: tuple[Month, ...]
    waivers: tuple[tuple[Used, str | None], ...]  # each with what is to be said of it
    data_sha256: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A period, judged once for everybody: `by_clock` has the cells and verdicts of packs on one clock.

    `earlier` has the same of the months before it of which there are calls.
    """

    workspace: Workspace
    period: Period
    packs: tuple[Pack, ...]
    by_clock: tuple[tuple[list[Cell], list[Result]], ...]
    earlier: tuple[tuple[Period, tuple[tuple[list[Cell], list[Result]], ...]], ...]


def judge(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    period: Period,
    packs: tuple[str, ...] = (),
    own_rules: tuple[Path, ...] = (),
) -> Judged:
    """Apply the rules to all calls of a period: the calls are read once for each clock.

    Args:
        connection: a store open for reading.
        workspace: whose configuration holds the client, estimates, attestations and house limits.
        period: local days on each pack's own clock.
        packs: ids of the packs to apply; none: the workspace's choice.
        own_rules: the user's own folders of packs, beside those shipped.

    Raises:
        AuditorError: an unknown pack, or a house limit for an unknown rule.
    """
    applied = chosen_packs(workspace.config, packs, own_rules)
    check_rules_named(workspace, applied, own_rules)
    return judge_by(connection, workspace, period, applied)


def judge_by(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, period: Period, applied: Sequence[Pack]
) -> Judged:
    """The same, by packs that were read already."""
    _refuse_digits(connection, applied)
    gone = horizon(connection)
    if gone is not None and period.first < gone.day:
        raise AuditorError(
            f"calls dialled before {in_words(gone.day)} were purged on {gone.purged_at[:10]}, "
            f"so {period.words} cannot be audited any more: what was sealed of it is in bundles/"
        )
    before = [
        month
        for month in months_until(period, MONTHS)[:-1]
        if (gone is None or gone.day <= month.first) and _has_calls(connection, month, applied)
    ]
    return Judged(
        workspace,
        period,
        tuple(applied),
        _by_clock(connection, workspace, applied, period),
        tuple((month, _by_clock(connection, workspace, applied, month)) for month in before),
    )


def _refuse_digits(connection: duckdb.DuckDBPyConnection, applied: Sequence[Pack]) -> None:
    if key_id(connection) is None:
        return
    for pack in applied:
        for rule in pack.rules:
            if looks_at_digits(rule, zone_named(pack.about.time_zone)):
                raise AuditorError(
                    f"{pack.id}/{rule.id}: looks at the digits of numbers, and the store keeps them as "
                    "pseudonyms: choose other packs with --pack, or audit a store that keeps numbers in clear"
                )


def _has_calls(connection: duckdb.DuckDBPyConnection, period: Period, packs: Sequence[Pack]) -> bool:
    row = connection.execute(
        "SELECT 1 FROM calls WHERE dialled_ms >= ? AND dialled_ms < ? LIMIT 1",
        bounds_ms(period, zone_named(packs[0].about.time_zone)),
    ).fetchone()
    return row is not None


def _by_clock(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, applied: Sequence[Pack], period: Period
) -> tuple[tuple[list[Cell], list[Result]], ...]:
    config = workspace.config
    given = Given(config.estimate, config.attestation)
    by_clock = []
    for zone in sorted({pack.about.time_zone for pack in applied}):
        same_clock = [pack for pack in applied if pack.about.time_zone == zone]
        cells = scan(connection, same_clock, period, config.client.name)
        results = [
            waived(result, workspace.waivers)
            for pack in same_clock
            for rule in pack.rules
            for result in judge_rule(
                pack,
                rule,
                cells,
                given,
                house_limit(pack, rule, config.house_limit),
                reading_of(pack, rule, config.reading),
            )
        ]
        by_clock.append((cells, results))
    return tuple(by_clock)


def select(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    selection: Selection = Selection(),  # noqa: B008 (frozen)
) -> Audit:
    """What of a judged period a user may see: all of it, or what is a partner's or campaign's alone.

    Raises:
        AuditorError: an unknown partner, or no selected call in the period.
    """
    period, packs, config = judged.period, judged.packs, judged.workspace.config
    _check_partner(connection, judged.workspace, selection.partner)
    first_cells = judged.by_clock[0][0]
    selected = selection.cells(first_cells)
    if not selected:
        raise AuditorError(_nothing(connection, period, selection, packs[0]))
    results = sorted(
        (r for cells, found in judged.by_clock for r in selection.results(found, cells)), key=_order
    )
    given = Given(config.estimate, config.attestation)
    void = dict.fromkeys(attestation for result in results for attestation in result.void)
    partners = {cell.partner for cell in selected}
    everybody = selection == Selection()
    missing = [p for p in judged.workspace.partner_ids if everybody and p not in partners]
    bounds = bounds_ms(period, zone_named(packs[0].about.time_zone))
    inputs = inputs_of(connection, bounds, selection)
    return Audit(
        workspace=judged.workspace,
        period=period,
        selection=selection,
        packs=packs,
        results=tuple(
            sampled(connection, packs, period, config.client.name, given, selection.partner, results)
        ),
        gaps=tuple(gaps(connection, packs, selected, inputs, selection, void, missing, period)),
        qualities=tuple(qualities(connection, selected, inputs, period, selection, bounds)),
        inputs=inputs,
        audited=sum(cell.calls for cell in selected),
        partners=tuple(sorted(p for p in partners if p is not None)),
        house_limits=tuple(_house_limits(config, packs, results)),
        trend=tuple(_trend(judged, selection)),
        waivers=tuple(
            (use, note_on(use, period) if everybody else None)
            for use in used(judged.workspace.waivers, results)
        ),
        data_sha256=_data_hash(inputs.loads),
    )


def _trend(judged: Judged, selection: Selection) -> Iterator[Month]:
    """The months up to this one; none where it is no month, or nothing came before it."""
    main = "campaign" if selection.partner is None else "campaign+partner"
    rates = {rule.id for pack in judged.packs for rule in pack.rules if rule.kind == "rate"}
    for period, by_clock in (*judged.earlier, (judged.period, judged.by_clock)) if judged.earlier else ():
        cells = selection.cells(by_clock[0][0])
        results = [r for all_cells, found in by_clock for r in selection.results(found, all_cells)]
        yield month_of(period, cells, results, main, rates)


def _order(result: Result) -> tuple[str, ...]:
    unit = result.unit
    names = (unit.client, unit.partner, unit.call_centre, unit.campaign)
    return (
        result.pack, result.rule, result.basis, unit.scope, *(n or "" for n in names),
        result.first.isoformat(),
    )  # fmt: skip


def _check_partner(connection: duckdb.DuckDBPyConnection, workspace: Workspace, partner: str | None) -> None:
    if partner is None or partner in workspace.partner_ids:
        return
    found = connection.execute("SELECT DISTINCT partner FROM calls ORDER BY partner").fetchall()
    known = sorted({row[0] for row in found if row[0] is not None} | set(workspace.partner_ids))
    if partner not in known:
        raise AuditorError(
            f"partner '{partner}' is not in this workspace: choose from {', '.join(known) or 'none'}"
        )


def _nothing(connection: duckdb.DuckDBPyConnection, period: Period, selection: Selection, pack: Pack) -> str:
    zone = zone_named(pack.about.time_zone)
    row = connection.execute("SELECT min(dialled_ms), max(dialled_ms) FROM calls").fetchone()
    whose = f" of partner '{selection.partner}'" if selection.partner else ""
    which = f" in campaign '{selection.campaign}'" if selection.campaign else ""
    when = "on" if period.first == period.last else "in"
    said = f"no call{whose}{which} was dialled {when} {period.words}"
    if row is None or row[0] is None:
        return f"{said}: the store holds no calls; load the exports first"
    first, last = (in_words(datetime.fromtimestamp(ms / 1000, zone).date()) for ms in row)
    return f"{said}: the store holds calls from {first} to {last}"


def _house_limits(
    config: Config, packs: tuple[Pack, ...], results: Sequence[Result]
) -> Iterator[tuple[str, House]]:
    """The client's own limits, and this product's where a verdict was held against one."""
    used = {(result.pack, result.rule) for result in results if result.own_limit}
    for pack in packs:
        for rule in pack.rules:
            house = house_limit(pack, rule, config.house_limit)
            if house is not None and (not house.default or (pack.id, rule.id) in used):
                yield f"{pack.id}/{rule.id}", house


def _data_hash(loads: tuple[ledger.Load, ...]) -> str:
    """sha256 over what was audited: each file's hash and how it was read."""
    lines = sorted(json.dumps([load.sha256, load.partner, load.settings], sort_keys=True) for load in loads)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
