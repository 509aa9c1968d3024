-- The store: accepted calls, the ledger of what was loaded, and everything that was not accepted.
-- Append-only but for two things: a later version of a call replaces the earlier one, which then
-- stands in `conflicts`; and a superseded load's calls go, but its line in the ledger stays. No secondary indexes: the whole file can be rebuilt from the exports.

CREATE TABLE store (version INTEGER NOT NULL);
INSERT INTO store VALUES (6);

CREATE TABLE loads (
    load_id       INTEGER PRIMARY KEY,
    file          VARCHAR NOT NULL,   -- as the user named it
    sha256        VARCHAR NOT NULL,   -- of the file's bytes as they are on disk
    bytes         BIGINT NOT NULL,
    format        VARCHAR NOT NULL,
    layout        VARCHAR NOT NULL,
    partner       VARCHAR,            -- NULL: the client itself, or the file's own column
    settings      VARCHAR NOT NULL,   -- JSON: zone, country, call centre, campaign …
    loaded_at     VARCHAR NOT NULL,   -- ISO 8601 UTC
    read          BIGINT NOT NULL,    -- = accepted + rejected + duplicate, always
    accepted      BIGINT NOT NULL,
    rejected      BIGINT NOT NULL,
    duplicate     BIGINT NOT NULL,
    superseded_by INTEGER,            -- the load that corrected this one; its calls are then gone from `calls`
    notes         VARCHAR NOT NULL,   -- JSON list of sentences about the file
    suspicions    VARCHAR NOT NULL    -- JSON list of signs that calls are missing from it
);

CREATE TABLE rejects (
    load_id     INTEGER NOT NULL,
    line        BIGINT,               -- first line of the record, from 1; NULL where not known
    byte_offset BIGINT,               -- of the record's first byte, in the expanded file
    reason      VARCHAR NOT NULL,
    raw         BLOB,                 -- the record's bytes as they are; NULL: not kept, or purged
    length      BIGINT                -- how many bytes the record has; NULL where not known
);

-- The same call with other content: the newest is kept in `calls`, the others stand here.
CREATE TABLE conflicts (
    call_key     UHUGEINT NOT NULL,
    load_id      INTEGER NOT NULL,    -- where the version that was not kept came from
    source_row   BIGINT NOT NULL,
    kept_load_id INTEGER NOT NULL,
    call_id      VARCHAR,
    record       VARCHAR NOT NULL     -- JSON of the version that was not kept
);

-- The same call with the same content: who else holds a call that is in `calls`.
CREATE TABLE duplicates (
    call_key   UHUGEINT NOT NULL,
    load_id    INTEGER NOT NULL,
    source_row BIGINT NOT NULL
);

CREATE TABLE unknown_codes (
    load_id INTEGER NOT NULL,
    code    VARCHAR NOT NULL,
    calls   BIGINT NOT NULL
);

-- What was taken out when its retention was over; a purge that found nothing has a line without a load.
CREATE TABLE purges (
    before_day VARCHAR NOT NULL,      -- ISO 8601
    before_ms  BIGINT NOT NULL,       -- when that day began
    purged_at  VARCHAR NOT NULL,      -- ISO 8601 UTC
    load_id    INTEGER,
    calls      BIGINT NOT NULL,
    versions   BIGINT NOT NULL,       -- of calls that were not kept
    rejects    BIGINT NOT NULL,       -- raw bytes of rejected records
    after_load INTEGER NOT NULL       -- the last load before it; 0: none
);

-- A line here: what was taken out may lie on in free blocks, and the file is to be written anew (rewrite.py).
CREATE TABLE rewriting (since VARCHAR NOT NULL);

-- A line here: dialled numbers are kept as pseudonyms, under the key of this name (pseudonyms.py).
CREATE TABLE pseudonyms (key_id VARCHAR NOT NULL);
