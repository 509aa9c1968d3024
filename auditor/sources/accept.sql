-- The mapped records of one file, each with its key and, where it cannot be taken, the reason.
-- `rowid` of this table is the record's place among the file's readable records, from 0.
CREATE OR REPLACE TEMP TABLE mapped AS
SELECT
    md5_number(concat_ws(chr(31), coalesce(partner, ''), $format, call_id)) AS call_key,
    -- Where records are legs, those of one id may belong together (legs.sql).
    {group_key} AS group_key,
    {facts},
    version,
    code_known,
    CASE
        WHEN reject IS NOT NULL THEN reject
        WHEN call_id IS NULL THEN 'has no call id'
        WHEN outcome IS NULL THEN 'has no outcome'
        WHEN dialled_ms IS NULL THEN 'does not say when it was dialled'
        -- 1990-01-01 to 2100-12-31, UTC
        WHEN least({times}) < 631152000000 OR greatest({times}) > 4133980799999 THEN 'has a time outside the years 1990 to 2100'
        WHEN ended_ms < dialled_ms THEN 'ended before it was dialled'
        WHEN ended_ms < answered_ms THEN 'ended before it was answered'
        WHEN answered_ms < dialled_ms THEN 'answered before it was dialled'
        {purged}
        {no_word}
        {unassigned}
        WHEN length($partners) > 0 AND NOT list_contains($partners, partner)
            THEN concat('partner ', coalesce(quoted(partner), 'none'), ' is none of the workspace''s: ', array_to_string($partners, ', '))
    END AS reject
FROM (SELECT * REPLACE ({hidden}) FROM (
    SELECT {words}, * REPLACE (
        {partner} AS partner, {call_centre} AS call_centre, {campaign} AS campaign,
        e164(dialled_number) AS dialled_number, presented(presented_number) AS presented_number
    )
    FROM (SELECT {fields}, chosen, code_known, reject FROM ({mapping}) {order})
))
