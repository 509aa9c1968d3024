-- Readings, 3: the same call in two exports counts once; of two versions the latest is kept, and the
-- other goes to the ledger as duplicate and is listed as a conflict.

-- Calls that stand more than once in this file: of each, the place of the record that is kept.
CREATE OR REPLACE TEMP TABLE repeated AS
WITH several AS (SELECT call_key FROM mapped WHERE reject IS NULL GROUP BY call_key HAVING count(*) > 1),
ranked AS (
    SELECT m.call_key, m.rowid AS place,
        row_number() OVER (PARTITION BY m.call_key ORDER BY {latest_first}) AS rank
    FROM mapped m JOIN several s ON m.call_key = s.call_key
    WHERE m.reject IS NULL
)
SELECT call_key, place FROM ranked WHERE rank = 1;

CREATE OR REPLACE TEMP TABLE not_kept AS
SELECT m.rowid AS place
FROM mapped m JOIN repeated r ON m.call_key = r.call_key AND m.rowid <> r.place
WHERE m.reject IS NULL;

-- Calls that an earlier load brought: the same content is a duplicate of this load, other content
-- replaces the earlier version and makes that one the duplicate.
CREATE OR REPLACE TEMP TABLE met AS
SELECT b.rowid AS place, a.load_id, a.source_row, a.call_key,
    ({differs}) AND coalesce(b.version >= a.version, true) AS changed,
    ({differs}) AND coalesce(b.version < a.version, false) AS outdated,
    a.outcome AS outcome_before, b.outcome AS outcome_after
FROM calls a JOIN mapped b ON a.call_key = b.call_key
WHERE b.reject IS NULL AND b.rowid NOT IN (SELECT place FROM not_kept);

INSERT INTO conflicts
SELECT a.call_key, {load_id}, a.rowid + 1, coalesce(met.load_id, {load_id}), a.call_id, CAST(to_json({record}) AS VARCHAR)
FROM mapped a JOIN repeated r ON a.call_key = r.call_key AND a.rowid <> r.place
JOIN mapped b ON b.rowid = r.place
LEFT JOIN met ON met.place = r.place AND NOT met.changed
WHERE a.reject IS NULL AND ({differs});

-- A feed may deliver an earlier version after the later one: that one then stays.
INSERT INTO conflicts
SELECT a.call_key, {load_id}, a.rowid + 1, met.load_id, a.call_id, CAST(to_json({record}) AS VARCHAR)
FROM mapped a JOIN met ON met.place = a.rowid
WHERE met.outdated;

-- A version that is replaced stands in `conflicts` for each load that held it.
INSERT INTO conflicts
SELECT a.call_key, h.load_id, h.source_row, {load_id}, a.call_id, CAST(to_json({record}) AS VARCHAR)
FROM calls a
JOIN (
    SELECT call_key, load_id, source_row FROM met WHERE changed
    UNION ALL
    SELECT d.call_key, d.load_id, d.source_row FROM duplicates d JOIN met ON d.call_key = met.call_key WHERE met.changed
) h ON a.call_key = h.call_key;

DELETE FROM duplicates WHERE call_key IN (SELECT call_key FROM met WHERE changed);
DELETE FROM calls WHERE call_key IN (SELECT call_key FROM met WHERE changed);

-- The same content in a later version: what comes after is measured against that.
UPDATE calls SET version = b.version
FROM met JOIN mapped b ON b.rowid = met.place
WHERE calls.call_key = met.call_key AND NOT met.changed AND NOT met.outdated AND b.version > calls.version;

INSERT INTO duplicates SELECT call_key, {load_id}, place + 1 FROM met WHERE NOT changed AND NOT outdated;
INSERT INTO not_kept SELECT place FROM met WHERE NOT changed;

UPDATE loads SET accepted = loads.accepted - n.calls, duplicate = loads.duplicate + n.calls
FROM (SELECT load_id, count(*) AS calls FROM met WHERE changed GROUP BY load_id) n
WHERE loads.load_id = n.load_id
