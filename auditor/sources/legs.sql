-- Records of one call id in a format whose calls have legs (transfers, attempts over another trunk, the agent's own
-- channel) become calls. The calls that earlier files made of the same ids take part as if they were records of this
-- one, so that a call whose legs came in two files is one call, in whichever order they came.

CREATE OR REPLACE TEMP TABLE stored AS
SELECT c.* FROM calls c JOIN (SELECT DISTINCT group_key FROM mapped WHERE reject IS NULL) g ON c.group_key = g.group_key;

CREATE OR REPLACE TEMP TABLE legs AS
WITH several AS (
    SELECT group_key FROM (
        SELECT group_key FROM mapped WHERE reject IS NULL UNION ALL SELECT group_key FROM stored
    ) GROUP BY group_key HAVING count(*) > 1
)
SELECT m.rowid AS place, NULL::UHUGEINT AS stored_key, m.group_key, {facts}
FROM mapped m JOIN several s ON m.group_key = s.group_key
WHERE m.reject IS NULL
UNION ALL
SELECT NULL, c.call_key, c.group_key, {facts} FROM stored c;

-- Which call a leg belongs to. An agent's channel that stays up all day gives its id to every call it is joined to:
-- a leg begins a call of its own when it leads to a public number that this id did not call before, or called and had let
-- go a minute ago; one that leads to none (an agent's telephone) belongs to the call before it.
CREATE OR REPLACE TEMP TABLE told AS
WITH numbered AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY group_key ORDER BY dialled_ms, place NULLS LAST) AS number,
        CASE WHEN starts_with(dialled_number, '+') THEN dialled_number END AS public_number
    FROM legs
),
begun AS (
    SELECT
        *,
        CASE
            WHEN public_number IS NOT NULL AND coalesce(
                dialled_ms > 60000 + max(coalesce(ended_ms, dialled_ms)) OVER (
                    PARTITION BY group_key, public_number ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ),
                true
            )
            THEN number
        END AS begins
    FROM numbered
),
called AS (
    SELECT
        *,
        coalesce(
            CASE
                WHEN public_number IS NOT NULL
                THEN last_value(begins IGNORE NULLS) OVER (PARTITION BY group_key, public_number ORDER BY number)
                ELSE coalesce(
                    last_value(begins IGNORE NULLS) OVER (PARTITION BY group_key ORDER BY number),
                    first_value(begins IGNORE NULLS) OVER (
                        PARTITION BY group_key ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    )
                )
            END,
            0
        ) AS call
    FROM begun
)
SELECT
    *,
    -- What a call was: what the first leg says that was answered by somebody known, else the first that was answered,
    -- else the last. One that begins as a call that nobody dialled (an inbound call, a test) stays that.
    CASE
        WHEN number = 1 AND outcome = 'excluded' THEN 0
        WHEN outcome IN ('not_answered', 'busy', 'invalid_number', 'network_failure') THEN 3000000000 - number
        WHEN outcome IN ('answered_unknown', 'excluded') THEN 1000000000 + number
        ELSE number
    END AS telling
FROM called;

CREATE OR REPLACE TEMP TABLE folded AS
SELECT
    group_key,
    call,
    min(place) AS kept,
    -- The key it has in the store; else its id's own for the first call of that id, and one with its beginning for others.
    min(stored_key) AS stored_key,
    min(dialled_ms) AS dialled_ms,
    min(answered_ms) AS answered_ms,
    min(connected_ms) AS connected_ms,
    min(message_ms) AS message_ms,
    max(ended_ms) AS ended_ms,
    coalesce(min(answered_ms) - min(dialled_ms), max(ring_ms)) AS ring_ms,
    max(precision_ms) AS precision_ms,
    -- Of whom was called, the first leg knows that has a public number: others lead to extensions.
    coalesce(arg_min(dialled_number, number) FILTER (starts_with(dialled_number, '+')), arg_min(dialled_number, number)) AS dialled_number,
    coalesce(arg_min(presented_number, number) FILTER (starts_with(presented_number, '+')), arg_min(presented_number, number)) AS presented_number,
    arg_min(campaign, number) AS campaign,
    arg_min(call_centre, number) AS call_centre,
    arg_min(dial_mode, number) AS dial_mode,
    arg_min(agent, telling) AS agent,
    arg_min(outcome, telling) AS outcome,
    arg_min(disposition, telling) AS disposition,
    arg_min(amd, telling) AS amd,
    arg_max(ended_by, number) AS ended_by,
    coalesce(arg_min(message, number) FILTER (message <> 'unknown'), 'unknown') AS message
FROM told
GROUP BY group_key, call;

UPDATE mapped SET
    call_key = f.new_key,
    dialled_ms = f.dialled_ms, answered_ms = f.answered_ms, connected_ms = f.connected_ms, message_ms = f.message_ms,
    ended_ms = f.ended_ms, ring_ms = f.ring_ms, precision_ms = f.precision_ms, dialled_number = f.dialled_number,
    presented_number = f.presented_number, campaign = f.campaign, call_centre = f.call_centre, dial_mode = f.dial_mode,
    agent = f.agent, outcome = f.outcome, disposition = f.disposition, amd = f.amd, ended_by = f.ended_by,
    message = f.message
FROM (
    SELECT
        *,
        coalesce(
            stored_key,
            CASE
                WHEN row_number() OVER (PARTITION BY group_key, stored_key IS NULL ORDER BY dialled_ms, call) = 1
                    AND NOT bool_or(stored_key = group_key) OVER (PARTITION BY group_key) IS TRUE
                THEN group_key
                ELSE md5_number(concat_ws(chr(31), group_key, dialled_ms, dialled_number))
            END
        ) AS new_key
    FROM folded
) f
WHERE mapped.rowid = f.kept;

CREATE OR REPLACE TEMP TABLE not_kept AS
SELECT t.place FROM told t JOIN folded f ON t.group_key = f.group_key AND t.call = f.call
WHERE t.place <> f.kept;

-- Legs are no versions of each other.
CREATE OR REPLACE TEMP TABLE repeated AS SELECT call_key, 0::BIGINT AS place FROM mapped WHERE false
