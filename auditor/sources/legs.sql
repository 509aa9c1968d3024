-- Records of one call that are its legs (transfers, attempts over another trunk, the agent's own channel)
-- become one call: it is dialled with its first leg and over with its last, and it is what the first leg says
-- that was answered by somebody known; else the first that was answered; else the last. A call that begins as
-- one that nobody dialled (an inbound call, a test) stays that, whoever was joined to it.

CREATE OR REPLACE TEMP TABLE folded AS
WITH legs AS (
    SELECT
        m.*,
        r.place AS kept,
        row_number() OVER (PARTITION BY m.call_key ORDER BY m.dialled_ms, m.rowid) AS number
    FROM mapped m JOIN repeated r ON m.call_key = r.call_key
    WHERE m.reject IS NULL
),
told AS (
    SELECT
        *,
        CASE
            WHEN number = 1 AND outcome = 'excluded' THEN 0
            WHEN outcome IN ('not_answered', 'busy', 'invalid_number', 'network_failure') THEN 3000000000 - number
            WHEN outcome IN ('answered_unknown', 'excluded') THEN 1000000000 + number
            ELSE number
        END AS telling
    FROM legs
)
SELECT
    kept AS place,
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
GROUP BY kept;

UPDATE mapped SET
    dialled_ms = f.dialled_ms, answered_ms = f.answered_ms, connected_ms = f.connected_ms, message_ms = f.message_ms,
    ended_ms = f.ended_ms, ring_ms = f.ring_ms, precision_ms = f.precision_ms, dialled_number = f.dialled_number,
    presented_number = f.presented_number, campaign = f.campaign, call_centre = f.call_centre, dial_mode = f.dial_mode,
    agent = f.agent, outcome = f.outcome, disposition = f.disposition, amd = f.amd, ended_by = f.ended_by,
    message = f.message
FROM folded f WHERE mapped.rowid = f.place
