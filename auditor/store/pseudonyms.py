"""Dialled numbers kept as keyed pseudonyms, where the client asks for it: made in SQL, over columns.

A number is kept as its HMAC-SHA-256 under a key that never comes near the store: the same number has the same
pseudonym, so that repeats are found, and who has the key can ask what was called. Without the key, trying
every number there is tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import duckdb

from auditor.errors import StoreRefuses

_BLOCK = 64  # bytes of a block of SHA-256

#: Column → SQL of what is kept in place of what an export says: of the number, of the caller of a call that
#: came in, and of every id: some are made of numbers, and by any a dialler's own log tells who was called.
HIDDEN: Final = {
    "dialled_number": "pseudonym(dialled_number)",
    "presented_number": (
        "CASE WHEN outcome = 'excluded' AND presented_number <> 'withheld' "
        "THEN pseudonym(presented_number) ELSE presented_number END"
    ),
    "call_id": "'~' || keyed(call_id)",
}


@dataclass(frozen=True, slots=True, repr=False)
class NumbersKey:
    """A key as HMAC takes it, and its name: what may be written down of it."""

    inner: bytes
    outer: bytes
    id: str


def numbers_key(secret: bytes) -> NumbersKey:
    """A key made of a secret of any length (RFC 2104, section 2)."""
    key = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    name = hmac.digest(secret, b"auditor: the name of a key for numbers", "sha256").hex()[:16]
    return NumbersKey(bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key), name)


def define(connection: duckdb.DuckDBPyConnection, key: NumbersKey) -> None:
    """Make the macros `keyed` and `pseudonym` of this connection."""
    for name in ("inner", "outer"):
        connection.execute(f"SET VARIABLE numbers_{name} = unhex('{getattr(key, name).hex()}')")
    connection.execute(files("auditor.store").joinpath("pseudonyms.sql").read_text("utf-8"))


def key_id(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The name of the key under which the store keeps its numbers; None: it keeps them as they are."""
    row = connection.execute("SELECT key_id FROM pseudonyms").fetchone()
    return str(row[0]) if row else None


def agree(connection: duckdb.DuckDBPyConnection, key: NumbersKey | None) -> None:
    """See that what is loaded keeps its numbers as the store does; an empty store takes the key for its own.

    Raises:
        StoreRefuses: it keeps them otherwise.
    """
    kept = key_id(connection)
    if kept == (key.id if key else None):
        return
    if key is None:
        raise StoreRefuses(
            f"the store keeps numbers as pseudonyms (key {kept}), and auditor.toml does not ask for them: "
            'write numbers = "pseudonyms" under [privacy]'
        )
    if kept is not None:
        raise StoreRefuses(
            f"the key for numbers is {key.id}, and the store's numbers are under {kept}: name that one"
        )
    if connection.execute("SELECT 1 FROM loads LIMIT 1").fetchone():
        raise StoreRefuses(
            "auditor.toml asks for pseudonyms, and the store keeps numbers as they are: "
            "change it over with `auditor pseudonymise`"
        )
    connection.execute("INSERT INTO pseudonyms VALUES (?)", [key.id])
