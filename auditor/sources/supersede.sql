-- Load {load_id} is superseded: its calls leave the store. A call that another load holds too stays as that
-- load's; one of which another load had an earlier version goes back to that version.

CREATE OR REPLACE TEMP TABLE heirs AS
WITH claims AS (
    SELECT d.call_key, d.load_id, d.source_row, NULL AS record, true AS same
    FROM duplicates d JOIN calls c ON c.call_key = d.call_key
    WHERE c.load_id = {load_id}
    UNION ALL
    SELECT x.call_key, x.load_id, x.source_row, x.record, false
    FROM conflicts x JOIN calls c ON c.call_key = x.call_key
    WHERE c.load_id = {load_id}
)
SELECT * FROM claims JOIN loads USING (load_id)
WHERE load_id <> {load_id} AND superseded_by IS NULL
-- Who holds the same content comes before who holds another, and of those the latest.
QUALIFY row_number() OVER (
    PARTITION BY call_key
    ORDER BY same DESC, TRY_CAST(json_extract_string(record, '$.version') AS BIGINT) DESC NULLS LAST, load_id DESC, source_row DESC
) = 1;

UPDATE calls SET load_id = h.load_id, source_row = h.source_row
FROM heirs h WHERE calls.call_key = h.call_key AND h.same;

DELETE FROM calls WHERE load_id = {load_id};

INSERT INTO calls
SELECT call_key, load_id, source_row, {keys}, group_key, version, {facts}
FROM (SELECT call_key, load_id, source_row, unnest(from_json(record, '{structure}')) FROM heirs WHERE NOT same);

DELETE FROM duplicates d WHERE d.load_id = {load_id}
    OR EXISTS (FROM heirs h WHERE h.same AND h.call_key = d.call_key AND h.load_id = d.load_id AND h.source_row = d.source_row);

DELETE FROM conflicts x
WHERE EXISTS (FROM heirs h WHERE NOT h.same AND h.call_key = x.call_key AND h.load_id = x.load_id AND h.source_row = x.source_row);

UPDATE loads SET accepted = loads.accepted + n.calls, duplicate = loads.duplicate - n.calls
FROM (SELECT load_id, count(*) AS calls FROM heirs GROUP BY load_id) n
WHERE loads.load_id = n.load_id;

DROP TABLE heirs
