"""A sealed run's loads and purges, done again in a store of their own, and what an audit of it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import duckdb
from pydantic import TypeAdapter, ValidationError

from auditor.audit.audit import judge_by
from auditor.audit.editions import editions
from auditor.errors import AuditorError, first_fault
from auditor.evidence.contents import contents
from auditor.evidence.manifest import Sealed
from auditor.period import parse_period
from auditor.rulebook.pack import Pack
from auditor.sources.companions import Companions
from auditor.sources.load import Supersede, Terms, load_companion, load_file
from auditor.sources.source import Ceiling, Source
from auditor.store import ledger
from auditor.store.horizon import Horizon
from auditor.store.pseudonyms import NumbersKey
from auditor.store.purge import purge
from auditor.store.store import open_store, store_path
from auditor.workspace import Workspace


def run_again(
    folder: Path,
    loads: Sequence[ledger.Load],
    places: dict[int, Path],
    settings: Workspace,
    packs: Sequence[Pack],
    about: Sealed,
    key: NumbersKey | None,
) -> dict[str, bytes]:
    """The contents of the bundle, made anew in a store of its own."""
    period = parse_period(f"{about.period['from']}..{about.period['to']}")
    with open_store(store_path(folder), write=True) as connection:
        purges = list(about.purges)
        for load in loads:
            while purges and purges[0].after_load < load.load_id:
                _purge_again(connection, folder, purges.pop(0))
            _load_again(connection, load, loads, places, settings, key)
        for each in purges:
            _purge_again(connection, folder, each)
        judged = judge_by(connection, settings, period, packs)
        return contents(editions(connection, judged), ledger.loads(connection), ledger.rejects(connection))


def _purge_again(connection: duckdb.DuckDBPyConnection, folder: Path, gone: Horizon) -> None:
    when = datetime.fromisoformat(gone.purged_at)
    purge(connection, store_path(folder), gone.day, gone.before_ms, when, dry=False)


def _load_again(
    connection: duckdb.DuckDBPyConnection,
    load: ledger.Load,
    loads: Sequence[ledger.Load],
    places: dict[int, Path],
    settings: Workspace,
    key: NumbersKey | None,
) -> None:
    """One line of the ledger, with the companions and the corrections that it came with."""
    corrected = next((each.load_id for each in loads if each.superseded_by == load.load_id), None)
    terms = Terms(
        # Whatever ceiling it passed then, it passes now: what differs is to be seen in the results.
        ceiling=Ceiling(Fraction(1)),
        partners=settings.partner_ids,
        default_zone=load.settings.get("zone") or settings.config.client.zone,
        supersede=Supersede(corrected) if corrected is not None else None,
        numbers_key=key,
    )
    source = _source(load)
    with Companions(connection) as companions:
        if "mapping_sha256" not in load.settings:  # it only adds facts to the calls of others
            load_companion(connection, places[load.load_id], source, companions, name=load.file, terms=terms)
            return
        for digest in load.settings.get("companions", ()):
            other = next((each for each in loads if each.sha256 == digest), None)
            if other is None:
                raise AuditorError(
                    f"loads.json: load {load.load_id} names a companion that is none of the loads"
                )
            theirs = replace(_source(other), format=load.format)
            place = places[other.load_id]
            load_companion(connection, place, theirs, companions, name=other.file, terms=terms)
        load_file(
            connection, places[load.load_id], source, name=load.file, terms=terms, companions=companions
        )


def _source(load: ledger.Load) -> Source:
    """What was said of a load's file when it was loaded."""
    known = {field.name for field in fields(Source)}
    said = {key: value for key, value in load.settings.items() if key in known}
    said["zone"] = load.settings.get("zone_said", load.settings.get("zone"))
    try:
        return TypeAdapter(Source).validate_python(said)
    except ValidationError as error:
        raise AuditorError(
            f"loads.json: the settings of load {load.load_id} are not as a run writes them "
            f"({first_fault(error)})"
        ) from None
