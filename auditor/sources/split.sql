-- Records of one call id that are several calls: an agent's channel that stays up all day gives its id to every call
-- it is joined to. A record begins a call of its own when it leads to a public number that this id did not call before, or
-- called and had let go a minute ago; a record that leads to none (an agent's telephone) belongs to the call before it.
UPDATE mapped SET
    call_id = s.new_id,
    call_key = CAST(md5(concat_ws(chr(31), coalesce(partner, ''), '{format}', s.new_id)) AS UUID)
FROM (
    WITH legs AS (
        SELECT
            m.rowid AS place, m.call_key, m.call_id, m.dialled_ms, m.ended_ms,
            CASE WHEN starts_with(m.dialled_number, '+') THEN m.dialled_number END AS number
        FROM mapped m JOIN repeated r ON m.call_key = r.call_key
        WHERE m.reject IS NULL
    ),
    begun AS (
        SELECT
            *,
            CASE
                WHEN number IS NOT NULL AND coalesce(
                    dialled_ms > 60000 + max(coalesce(ended_ms, dialled_ms)) OVER (
                        PARTITION BY call_key, number ORDER BY dialled_ms, place
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                    ),
                    true
                )
                THEN place
            END AS begins
        FROM legs
    ),
    called AS (
        SELECT
            *,
            CASE
                WHEN number IS NOT NULL
                THEN last_value(begins IGNORE NULLS) OVER (PARTITION BY call_key, number ORDER BY dialled_ms, place)
                ELSE coalesce(
                    last_value(begins IGNORE NULLS) OVER (PARTITION BY call_key ORDER BY dialled_ms, place),
                    first_value(begins IGNORE NULLS) OVER (
                        PARTITION BY call_key ORDER BY dialled_ms, place
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    )
                )
            END AS call,
            count(begins) OVER (PARTITION BY call_key) AS calls
        FROM begun
    )
    SELECT c.place, c.call_id || '/' || f.number || '/' || f.dialled_ms AS new_id
    FROM called c JOIN legs f ON f.place = c.call
    WHERE c.calls > 1
) s
WHERE mapped.rowid = s.place
