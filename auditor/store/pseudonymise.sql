-- A store that kept numbers as they are comes to hold what it would if every file had been loaded under the key:
-- numbers, ids, and the keys that are hashes of either.

-- What the records become; those of `conflicts` are kept as JSON and read back for it. Keys as in accept.sql, legs.sql.
CREATE OR REPLACE TEMP TABLE hidden AS
WITH records AS (
    SELECT 'calls' AS stands_in, c.rowid AS place, call_key, group_key, format, partner, call_id, dialled_number,
        presented_number, CAST(outcome AS VARCHAR) AS outcome, dialled_ms
    FROM calls c JOIN (SELECT load_id, format FROM loads) USING (load_id)
    UNION ALL
    SELECT 'conflicts', x.rowid, call_key, TRY_CAST(record ->> 'group_key' AS UHUGEINT), format, record ->> 'partner',
        record ->> 'call_id', record ->> 'dialled_number', record ->> 'presented_number', record ->> 'outcome',
        CAST(record ->> 'dialled_ms' AS BIGINT)
    FROM conflicts x JOIN (SELECT load_id, format FROM loads) USING (load_id)
),
keyed_ids AS (
    SELECT *, md5_number(concat_ws(chr(31), coalesce(partner, ''), format, call_id)) AS own_key
    FROM (SELECT * REPLACE ({hidden}) FROM records)
)
SELECT *,
    CASE
        WHEN group_key IS NULL OR call_key = group_key THEN own_key
        ELSE md5_number(concat_ws(chr(31), own_key, dialled_ms, dialled_number))
    END AS new_key
FROM keyed_ids;

-- A call that stands in several places has one key: that of the call that is kept.
CREATE OR REPLACE TEMP TABLE renamed AS
SELECT call_key, arg_min(new_key, (stands_in, place)) AS new_key FROM hidden GROUP BY call_key;

CREATE TABLE hidden_calls AS
SELECT c.* REPLACE (
    n.new_key AS call_key,
    CASE WHEN c.group_key IS NOT NULL THEN h.own_key END AS group_key,
    h.call_id AS call_id, h.dialled_number AS dialled_number, h.presented_number AS presented_number
)
FROM calls c
JOIN hidden h ON h.stands_in = 'calls' AND h.place = c.rowid
JOIN renamed n ON n.call_key = c.call_key
ORDER BY c.rowid;

DELETE FROM calls;

INSERT INTO calls
SELECT * REPLACE ({number_keys}) FROM hidden_calls;

DROP TABLE hidden_calls;

UPDATE conflicts SET
    call_key = n.new_key,
    call_id = h.call_id,
    record = json_merge_patch(
        record,
        json_object('call_id', h.call_id, 'dialled_number', h.dialled_number, 'presented_number', h.presented_number),
        CASE WHEN h.group_key IS NOT NULL THEN json_object('group_key', CAST(h.own_key AS VARCHAR)) ELSE '{{}}' END
    )
FROM hidden h JOIN renamed n ON n.call_key = h.call_key
WHERE h.stands_in = 'conflicts' AND h.place = conflicts.rowid;

UPDATE duplicates SET call_key = n.new_key FROM renamed n WHERE n.call_key = duplicates.call_key;

UPDATE rejects SET raw = NULL;

DROP TABLE hidden;
DROP TABLE renamed
