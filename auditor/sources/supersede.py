"""A corrected export takes the place of an earlier one; both stay in the ledger."""

from __future__ import annotations

import json
from importlib.resources import files

import duckdb

from auditor.calls.record import COLUMNS, FACTS, KEYS
from auditor.errors import AuditorError
from auditor.sources.source import Source
from auditor.store import ledger


def superseded_load(
    connection: duckdb.DuckDBPyConnection, name: str, sha256: str, source: Source, number: int | None
) -> ledger.Load:
    """The load that a corrected file supersedes: the one numbered, else that of the same bytes or name.

    Raises:
        AuditorError: there is none, several have the name, or its calls are another partner's.
    """
    live = [load for load in ledger.loads(connection) if load.superseded_by is None]
    if number is not None:
        found = [load for load in live if load.load_id == number]
        if not found:
            raise AuditorError(f"{name}: there is no load {number} to supersede: see `auditor loads`")
        if found[0].partner != source.partner:
            raise AuditorError(
                f"{name}: load {number} ({found[0].file}) has calls of {found[0].partner or 'no partner'}, "
                f"and this file those of {source.partner or 'no partner'}: it cannot supersede it"
            )
        return found[0]
    own = [load for load in live if load.partner == source.partner]
    found = [load for load in own if sha256 == load.sha256] or [load for load in own if name == load.file]
    if len(found) > 1:
        numbers = " or ".join(str(load.load_id) for load in found)
        raise AuditorError(
            f"{name}: loads {numbers} have this name: say which of them it corrects with --supersede-load"
        )
    if not found:
        raise AuditorError(
            f"{name}: no load of this name or content is there to supersede: "
            "say which with --supersede-load, see `auditor loads`"
        )
    return found[0]


def retire(connection: duckdb.DuckDBPyConnection, load_id: int) -> None:
    """Take a load's calls out of the store, and give back what it had replaced.

    Its ledger line, rejects and conflicts stay as they are; `superseded_by` is for the caller to write.
    """
    structure = {
        fact: COLUMNS[fact] if COLUMNS[fact] in _PLAIN else "VARCHAR"
        for fact in (*FACTS, "version", "group_key")
    }
    text = files("auditor.sources").joinpath("supersede.sql").read_text("utf-8")
    sql = text.format(load_id=load_id, keys=KEYS, facts=", ".join(FACTS), structure=json.dumps(structure))
    for statement in sql.split(";\n"):
        connection.execute(statement)


#: What JSON gives back as it was; the words of an enumeration come as text.
_PLAIN = ("BIGINT", "INTEGER", "BOOLEAN", "VARCHAR")
