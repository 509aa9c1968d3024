"""The columns of a call record, their types and their closed vocabularies (design, section 4).

Times are epoch milliseconds UTC, durations integer milliseconds. NULL means "the export does not
say". Nothing here is a judgement: a rule decides what a fact means.
"""

from __future__ import annotations

from typing import Final

VOCABULARY: Final[dict[str, tuple[str, ...]]] = {
    "outcome": (
        "not_answered",
        "busy",
        "invalid_number",
        "network_failure",
        "machine_by_amd",
        "machine_by_agent",
        "fax",
        "live_to_agent",
        "dropped_by_dialler",
        "callee_hung_up_waiting",
        "message_only",
        "answered_unknown",
        "excluded",
    ),
    "dial_mode": ("auto", "preview", "manual"),
    "message": ("played", "none", "unknown"),
    "amd": ("none", "human", "machine", "unsure"),
    "ended_by": ("dialler", "callee", "agent", "unknown"),
}


def _words(column: str) -> str:
    # An enumeration, not text: every rule compares these, on every call.
    return f"ENUM({', '.join(repr(word) for word in VOCABULARY[column])})"


#: Column name → SQL type, in the order of the `calls` table. The first five are the store's own.
COLUMNS: Final[dict[str, str]] = {
    "call_key": "UHUGEINT",  # md5 of partner, format and call_id: the same in every store
    "load_id": "INTEGER",
    "source_row": "BIGINT",  # the record's place among the file's readable records, from 1
    "number_key": "BIGINT",  # the digits of a dialled E.164 number, or bits of its pseudonym; else NULL
    "presented_key": "BIGINT",  # those of the presented number
    "group_key": "UHUGEINT",  # the same where records are legs: who may belong together
    "version": "BIGINT",  # where the dialler numbers the versions of a call: the higher is the later
    "call_id": "VARCHAR",
    "client": "VARCHAR",
    "partner": "VARCHAR",
    "call_centre": "VARCHAR",
    "campaign": "VARCHAR",
    "agent": "VARCHAR",
    "dial_mode": _words("dial_mode"),
    "dialled_number": "VARCHAR",  # E.164, or verbatim where it is no public number; or a pseudonym
    "presented_number": "VARCHAR",
    "dialled_ms": "BIGINT",
    "answered_ms": "BIGINT",
    "greeting_start_ms": "BIGINT",
    "greeting_end_ms": "BIGINT",
    "connected_ms": "BIGINT",  # to an agent
    "message": _words("message"),
    "message_ms": "BIGINT",  # the information message began
    "ended_ms": "BIGINT",
    "ring_ms": "BIGINT",
    "ended_by": _words("ended_by"),
    "amd": _words("amd"),
    "operator_reserved": "BOOLEAN",
    "outcome": _words("outcome"),
    "disposition": "VARCHAR",  # the dialler's own code, verbatim
    "precision_ms": "INTEGER",  # how far a time may be off; never NULL once accepted
    "callee_zone": "VARCHAR",
}

_OWN: Final = ("call_key", "load_id", "source_row", "number_key", "presented_key", "group_key", "version")

#: What a format's mapping gives; the store adds the rest when it accepts the record.
FACTS: Final = tuple(c for c in COLUMNS if c not in _OWN)

TIMES: Final = tuple(c for c in FACTS if c.endswith("_ms") and c not in ("ring_ms", "precision_ms"))


def _digits(column: str, key: str) -> str:
    is_number = f"regexp_full_match({column}, '\\+\\d{{8,15}}')"
    is_pseudonym = f"regexp_full_match({column}, '\\+~[0-9a-f]{{32}}')"
    # Of a pseudonym 63 bits: that two of ten million numbers share them is a chance of one in 180,000.
    bits = f"CAST(CAST('0x' || substr({column}, 3, 16) AS UBIGINT) & {2**63 - 1} AS BIGINT)"
    return (
        f"CASE WHEN {is_number} THEN CAST(substr({column}, 2) AS BIGINT) "
        f"WHEN {is_pseudonym} THEN {bits} END AS {key}"
    )


#: SQL for both keys: numbers are compared as integers, many times faster than as text.
KEYS: Final = f"{_digits('dialled_number', 'number_key')}, {_digits('presented_number', 'presented_key')}"

_KINDS: Final = {"BIGINT": "number", "INTEGER": "number", "BOOLEAN": "truth"}

#: What a rule's condition may name: column → `number`, `text` or `truth`, and its closed vocabulary.
QUERYABLE: Final = {
    name: (_KINDS.get(COLUMNS[name], "text"), VOCABULARY.get(name, ()))
    for name in (*FACTS, "number_key", "presented_key")
}
